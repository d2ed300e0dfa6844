"""The 22 invariants of the sync engine, each with the tests that hold it and the deliberate fault that they notice.

A reference is `file::name`; of a TypeScript test the name is the words of its `it`. What stands here is checked: a test that is
renamed or lost fails this one.
"""

from __future__ import annotations

import ast
from pathlib import Path
from typing import NamedTuple

import pytest

import config


class Invariant(NamedTuple):
    """What is promised, by what it is held, and which fault shows that the tests would notice."""

    promise: str
    held_by: tuple[str, ...]
    shown_by: tuple[str, ...]


HISTORIES = "tests/property/test_histories.py::test_any_history_keeps_every_invariant_on_sqlite"
PHONES = "tests/property/test_phones.py::test_phones_with_the_apps_own_program_keep_every_invariant"
MODEL = "tests/property/model.py::"
CHECKS = "pwa/tests/histories/checks.ts::"
FAULT = "tests/property/faults.py::"
CLIENT_FAULT = "pwa/tests/histories/faults.ts::"
WRITERS = "tests/sync/test_concurrent_writers.py::"

INVARIANTS: dict[int, Invariant] = {
    1: Invariant(
        "after quiet, every phone holds what the server has in its scopes",
        (HISTORIES, PHONES, MODEL + "check_convergence", CHECKS + "checkPhone"),
        (FAULT + "no_exit_on_a_move", CLIENT_FAULT + "the cursor is stored before the page"),
    ),
    2: Invariant(
        "exactly once, for any replay in any interleaving",
        (
            HISTORIES,
            PHONES,
            MODEL + "check_exactly_once",
            "tests/sync/test_kill.py::test_two_hundred_kills_lose_nothing_and_double_nothing",
        ),
        (FAULT + "no_receipts", CLIENT_FAULT + "a lost answer makes the phone number its outbox anew"),
    ),
    3: Invariant(
        "every mutation gets exactly one outcome",
        (HISTORIES, PHONES, MODEL + "check_outcomes", CHECKS + "checkPhone"),
        (FAULT + "a_restored_server_empties_the_outbox",),
    ),
    4: Invariant(
        "no value is lost",
        (HISTORIES, PHONES, MODEL + "check_values_kept", CHECKS + "checkValues"),
        (FAULT + "whole_records_are_written", FAULT + "refused_work_is_dropped"),
    ),
    5: Invariant(
        "no sentence is lost",
        (
            HISTORIES,
            PHONES,
            MODEL + "check_words_kept",
            CHECKS + "checkWords",
            "tests/property/test_text_merge.py::test_no_sentence_anybody_added_is_lost",
        ),
        (FAULT + "the_last_text_wins",),
    ),
    6: Invariant(
        "an acknowledgement without a pull changes no view",
        (
            HISTORIES,
            PHONES,
            "pwa/tests/histories/history.ts::answerWithoutItsPull",
            "pwa/tests/sync.test.ts::stays on the screen until a pull has covered it",
        ),
        (
            FAULT + "the_outbox_forgets_on_acknowledgement",
            CLIENT_FAULT + "the outbox forgets on acknowledgement, before a pull",
        ),
    ),
    7: Invariant(
        "one client's mutations apply in order, without a gap",
        (
            HISTORIES,
            "tests/sync/test_two_phones.py::test_a_gap_is_named",
            "tests/sync/test_numbers.py::test_a_batch_without_an_order_is_malformed_and_nothing_of_it_is_written",
        ),
        (FAULT + "a_gap_is_accepted",),
    ),
    8: Invariant(
        "cursors never decrease, and everything up to them has been applied, whatever the page size",
        (
            HISTORIES,
            PHONES,
            "tests/sync/test_scopes.py::test_a_team_granted_and_taken_between_two_pages_leaves_no_row_behind",
        ),
        (FAULT + "the_cursor_is_stored_before_the_page", CLIENT_FAULT + "the cursor is stored before the page"),
    ),
    9: Invariant(
        "commit order is sequence order, with concurrent writers on both databases",
        (
            WRITERS + "test_a_team_that_pushes_all_at_once_loses_nothing_and_a_reader_misses_nothing",
            WRITERS + "test_two_teams_that_push_at_once_each_have_a_log_without_holes",
        ),
        (WRITERS + "test_without_the_scopes_lock_the_same_rush_breaks",),
    ),
    10: Invariant(
        "no row outside a device's scopes",
        (
            HISTORIES,
            PHONES,
            MODEL + "check_convergence",
            "tests/sync/test_two_phones.py::test_another_teams_household_is_neither_seen_nor_changed",
        ),
        (FAULT + "rows_of_other_scopes_leak",),
    ),
    11: Invariant(
        "losing a scope, revocation, signing out, an update or a reset never deletes unacknowledged work",
        (
            PHONES,
            CHECKS + "checkNothingSaidIsGone",
            "tests/sync/test_scopes.py::test_a_cadre_who_changes_teams_with_a_full_outbox_loses_nothing",
            "tests/sync/test_scopes.py::test_a_phone_whose_owner_left_hands_in_its_work_for_seven_days_and_reads_nothing",
            "pwa/tests/session.test.ts::keeps undelivered work through signing out and in again, and then delivers it under its old number",
            "tests/e2e/test_new_versions.py::test_a_new_version_never_reloads_a_page_under_the_hand_that_writes",
        ),
        (FAULT + "a_restored_server_empties_the_outbox", CLIENT_FAULT + "the outbox is emptied when it is sent"),
    ),
    12: Invariant(
        "sets and counters are exact",
        (HISTORIES, PHONES, MODEL + "check_sets", MODEL + "check_counters", CHECKS + "checkCounters"),
        (FAULT + "a_counter_is_set", FAULT + "a_removal_beats_an_addition"),
    ),
    13: Invariant(
        "a status history is a path of the table; at most one forwarding for each request and number",
        (
            HISTORIES,
            MODEL + "check_status_paths",
            "tests/api/test_forwarder_faults.py::test_no_sequence_of_faults_loses_or_doubles_a_request",
        ),
        (FAULT + "the_phones_clock_counts",),
    ),
    14: Invariant(
        "the laws of merging",
        (
            "tests/property/test_text_merge.py::test_only_one_writer_wins_without_conflict",
            "tests/property/test_text_merge.py::test_two_writers_of_the_same_agree",
            "tests/property/test_text_merge.py::test_the_conflict_flag_does_not_depend_on_who_is_called_mine",
            "pwa/tests/text_merge.test.ts::and the phone merges every vector exactly as the server does",
        ),
        (FAULT + "the_last_text_wins",),
    ),
    15: Invariant(
        "the log replayed from the beginning gives the same state",
        (HISTORIES, MODEL + "check_log_replays", "sync/check.py::faults"),
        (FAULT + "the_digest_stays_behind",),
    ),
    16: Invariant(
        "a phone's clock changes nothing but what it claims",
        (HISTORIES, MODEL + "check_clocks"),
        (FAULT + "the_phones_clock_counts",),
    ),
    17: Invariant(
        "a poison mutation delays nobody",
        (
            HISTORIES,
            PHONES,
            "tests/sync/test_two_phones.py::test_a_poison_mutation_delays_nobody",
            "tests/sync/test_bad_input.py::test_a_mutation_that_upsets_the_database_is_parked_and_the_rest_is_written",
        ),
        (FAULT + "refused_work_is_dropped",),
    ),
    18: Invariant(
        "an attachment that is there hashes to its id",
        (
            "tests/api/test_attachments.py::test_bytes_that_are_not_the_announced_ones_are_refused",
            "tests/api/test_attachments.py::test_what_is_no_whole_picture_is_refused_in_words_and_leaves_no_file",
        ),
        ("tests/api/test_attachments.py::test_bytes_that_are_not_the_announced_ones_are_refused",),
    ),
    19: Invariant(
        "after a restore from any backup, what a device still holds is back, and nothing is doubled",
        (
            HISTORIES,
            PHONES,
            "tests/sync/test_restore.py::test_after_a_restore_from_yesterday_everything_that_phones_hold_is_back_once",
            "pwa/tests/restore.test.ts::gets it back from a phone that died while it heard of it",
        ),
        (
            FAULT + "acknowledged_work_is_not_offered_again",
            CLIENT_FAULT + "acknowledged work is not offered again to a restored server",
        ),
    ),
    20: Invariant(
        "what old clients recorded is never refused",
        (
            "tests/sync/test_old_apps.py::test_what_phones_sent_half_a_year_ago_is_still_taken",
            "tests/sync/test_old_apps.py::test_any_schema_number_is_read",
        ),
        ("tests/sync/test_bad_input.py::test_a_bad_field_parks_its_mutation_and_delays_nobody",),
    ),
    21: Invariant(
        "“all delivered” is said only when it is so",
        (
            PHONES,
            CHECKS + "checkPhone",
            "pwa/tests/states.test.ts::is not said while anything waits, was refused, or is a photo on its way",
        ),
        (CLIENT_FAULT + "the outbox is emptied when it is sent",),
    ),
    22: Invariant(
        "equal digests mean equal sets of (id, rev)",
        (HISTORIES, PHONES, MODEL + "check_log_replays", "tests/devices.py::_apply_feed"),
        (FAULT + "the_digest_stays_behind",),
    ),
}


def named(reference: str) -> bool:
    """Whether the file has what the reference names."""
    path, name = reference.split("::")
    content = (Path(config.ROOT) / path).read_text(encoding="utf-8")
    if not path.endswith(".py"):
        return name in content
    tree = ast.parse(content)
    return any(isinstance(node, ast.FunctionDef) and node.name == name for node in ast.walk(tree))


@pytest.mark.parametrize("number", range(1, 23))
def test_every_invariant_is_held_by_tests_that_exist(number: int) -> None:
    invariant = INVARIANTS[number]
    assert invariant.held_by
    assert invariant.shown_by
    missing = [reference for reference in (*invariant.held_by, *invariant.shown_by) if not named(reference)]
    assert not missing
