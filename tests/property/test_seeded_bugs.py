"""The property suite finds each deliberate fault, and for the reason we expect; without one, the same histories pass."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import pytest
from hypothesis import Phase

from tests.property import faults
from tests.property.test_histories import World, run
from tests.property.test_histories import world as world

# As many histories as the most hidden of the faults needs, with room to spare.
HISTORIES = 100
# A repeat must meet a value or a text that moved meanwhile.
RARE = {
    "no_receipts": 400,
    # Two people must have the same tag in hand, one of them blind.
    "a_removal_beats_an_addition": 600,
    # The record must have left between its line of the log and the page.
    "rows_of_other_scopes_leak": 400,
    "acknowledged_work_is_not_offered_again": 400,
    "a_restored_server_empties_the_outbox": 400,
}

# The fault, and the checks of which one has to be what notices it.
FAULTS: list[tuple[Callable[[], AbstractContextManager[None]], tuple[str, ...]]] = [
    (faults.no_receipts, ("check_exactly_once",)),
    (faults.a_gap_is_accepted, ("check_",)),
    (faults.refused_work_is_dropped, ("check_values_kept", "check_words_kept")),
    (faults.the_last_text_wins, ("check_words_kept",)),
    (faults.whole_records_are_written, ("check_values_kept",)),
    (faults.a_counter_is_set, ("check_counters",)),
    (faults.a_removal_beats_an_addition, ("check_sets",)),
    (faults.no_exit_on_a_move, ("_apply_feed", "check_convergence", "check_log_replays")),
    (faults.the_digest_stays_behind, ("_apply_feed", "check_convergence")),
    (faults.rows_of_other_scopes_leak, ("_apply_feed", "check_convergence")),
    (faults.the_phones_clock_counts, ("check_clocks", "check_status_paths")),
    (faults.the_outbox_forgets_on_acknowledgement, ("push",)),
    (faults.the_cursor_is_stored_before_the_page, ("_apply_feed", "check_convergence")),
    (faults.a_restored_server_empties_the_outbox, ("check_",)),
    (faults.acknowledged_work_is_not_offered_again, ("check_",)),
]


def broken(error: BaseException) -> Iterator[list[str]]:
    """For each assertion in a failure (Hypothesis may bundle several): the functions that led to it."""
    if isinstance(error, BaseExceptionGroup):
        for part in error.exceptions:
            yield from broken(part)
    elif isinstance(error, AssertionError):
        yield [frame.name for frame in traceback.extract_tb(error.__traceback__)]


@pytest.mark.timeout(900)
@pytest.mark.parametrize("world", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("fault", "noticed_by"), FAULTS, ids=lambda v: getattr(v, "__name__", ""))
def test_the_suite_notices(world: World, fault: Callable[[], Any], noticed_by: tuple[str, ...]) -> None:
    try:
        with fault():
            # The first history that fails is enough; a small one is not needed.
            run(RARE.get(fault.__name__, HISTORIES), phases=(Phase.generate,))
    except (AssertionError, BaseExceptionGroup) as error:
        trails = list(broken(error))
        assert any(name.startswith(noticed_by) for trail in trails for name in trail), trails
        return
    pytest.fail(f"{fault.__name__} went unnoticed")


@pytest.mark.timeout(900)
@pytest.mark.parametrize("world", ["sqlite"], indirect=True)
def test_without_a_fault_the_same_histories_pass(world: World) -> None:
    run(HISTORIES, phases=(Phase.generate,))
