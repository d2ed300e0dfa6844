"""Background work writes a little at a time: on SQLite, phones that push wait for the end of each turn to write."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from app import write_turn
from app.jobs import Report, archive, confirm_points, deadlines, purge, signals
from app.residents.retention import KEPT_MS
from sync.door import Door
from tests.evenings import DAY, HOUR, at, fix, record, set_values, take, visit
from tests.factories import City

FRIDAY = at("2026-11-20 09:00")
IN_A_TURN = 2
MANY = 5


@pytest.fixture
def turns(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many writes each turn that went through the door had."""
    seen: list[int] = []
    write = Door.write

    def counting(self: Door, connection: Any, mutations: Any, *rest: Any) -> Any:
        seen.append(len(mutations))
        return write(self, connection, mutations, *rest)

    monkeypatch.setattr(write_turn, "IN_A_TURN", IN_A_TURN)
    monkeypatch.setattr(Door, "write", counting)
    return seen


def overdue(city: City) -> int:
    for _ in range(MANY):
        record(city, "li", FRIDAY)
    return FRIDAY + 12 * HOUR


def long_ended(city: City) -> int:
    for _ in range(MANY):
        lamp = record(city, "li", FRIDAY, handling="forward", contact_phone="13800001234")
        take(lamp, "withdrawn", now=FRIDAY, by="resident")
    return FRIDAY + KEPT_MS + DAY


def tapped_through(city: City) -> int:
    for n in range(MANY):
        visit(city, "li", f"p{n % 3 + 1}", FRIDAY + n * 10_000)
    return FRIDAY + DAY


def doors_found(city: City) -> int:
    for n in (1, 2, 3):
        set_values("place", city.places[f"p{n}"], {"point_confirmed": False, "lat": 36.5, "lon": 115.9}, FRIDAY)
        for hour, who in enumerate(("li", "wang", "li")):
            arrived = FRIDAY + hour * HOUR
            visit(city, who, f"p{n}", arrived, fix=fix(36.45 + n / 100, 115.98, arrived))
    return FRIDAY + DAY


@pytest.mark.parametrize(
    ("much_to_do", "job", "each"),
    [
        # The cadre and the leader get a notice about each.
        (overdue, deadlines.run, 2),
        (long_ended, archive.run, 1),
        (long_ended, purge.run, 1),
        (tapped_through, signals.run, 1),
        (doors_found, confirm_points.run, 1),
    ],
)
def test_no_turn_is_longer_than_a_few_records(
    city: City, turns: list[int], much_to_do: Callable[[City], int], job: Callable[[int], Report], each: int
) -> None:
    now = much_to_do(city)
    turns.clear()
    assert not job(now).idle
    written = [size for size in turns if size]
    assert len(written) > 1
    assert max(written) <= IN_A_TURN * each
