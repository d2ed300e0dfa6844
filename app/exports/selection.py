"""What an export covers: a period, the teams that the viewer may see, and whether names and numbers stand in full."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import ColumnElement, or_, true
from sqlalchemy.orm import InstrumentedAttribute

from app.domain.workdays import day_of_date, first_ms, last_ms
from app.errors import Problem
from app.record_rules import TASK_FORCE

MAX_DAYS = 731


@dataclass(frozen=True)
class Selection:
    """`first` and `last` are days in Asia/Shanghai, both included. `team_ids` None means all teams of the city.

    `confidential` says whether requests in the task force's own scope are among them; `full` whether names and numbers are
    unmasked.
    """

    first: date
    last: date
    team_ids: frozenset[str] | None
    confidential: bool
    full: bool = False

    @property
    def from_ms(self) -> int:
        """The first instant of the period."""
        return first_ms(day_of_date(self.first))

    @property
    def to_ms(self) -> int:
        """The last instant of the period."""
        return last_ms(day_of_date(self.last))

    def in_scope(self, scope: InstrumentedAttribute[str]) -> ColumnElement[bool]:
        """The one condition that keeps other teams' records out of an export."""
        if self.team_ids is None:
            return true() if self.confidential else scope != TASK_FORCE
        own = scope.in_([f"team:{team_id}" for team_id in sorted(self.team_ids)])
        return or_(own, scope == TASK_FORCE) if self.confidential else own

    def words(self) -> str:
        """The period as a title says it."""
        first, last = self.first, self.last
        if first == last:
            return f"{first.year}年{first.month}月{first.day}日"
        year = f"{last.year}年" if last.year != first.year else ""
        return f"{first.year}年{first.month}月{first.day}日至{year}{last.month}月{last.day}日"


def period(first: str | None, last: str | None, today: date) -> tuple[date, date]:
    """The days of a query: the week (Monday to Sunday) of today when nothing is named; raises `Problem`."""
    monday = today - timedelta(days=today.weekday())
    try:
        begin = date.fromisoformat(first) if first else monday
        end = date.fromisoformat(last) if last else max(begin, monday + timedelta(days=6))
    except ValueError:
        raise Problem("bad_request", "from, to") from None
    if end < begin:
        raise Problem("bad_request", "from, to")
    if (end - begin).days >= MAX_DAYS:
        raise Problem("export_too_wide")
    return begin, end
