"""Whose records a board counts, and of which days."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, false, or_
from sqlalchemy.orm import InstrumentedAttribute, Session

from app.domain.workdays import date_of_day, day_of, day_of_date, first_ms
from app.models.people import Team
from app.models.places import Area
from app.programmes.shape import Cadence
from app.record_rules import TASK_FORCE

CITY = "city"
# A board of a whole year is the most that anybody needs, and the most that one query should read.
MOST_DAYS = 366

# A query whose columns do not matter to the type checker.
Query = Select[*tuple[Any, ...]]
Text = InstrumentedAttribute[str] | InstrumentedAttribute[str | None]


@dataclass(frozen=True)
class Reach:
    """The teams whose records are seen: by id, or None for every team of the city.

    `key` names it in sign-offs and draws: `city`, `area:<code>` or `team:<id>`. `confidential`: the task force's own requests,
    which belong to no team, are part of it.
    """

    key: str
    teams: frozenset[str] | None
    confidential: bool = False

    def covers(self, scope: Text) -> ColumnElement[bool]:
        """The condition on a scope column; written so that an index on it can be used."""
        own = [scope == TASK_FORCE] if self.confidential else []
        if self.teams is None:
            return or_(and_(scope >= "team:", scope < "team;"), *own)
        if not self.teams and not own:
            return false()
        return scope.in_([f"team:{team}" for team in sorted(self.teams)] + [TASK_FORCE] * len(own))

    def has_team(self, team: Text) -> ColumnElement[bool]:
        """The condition on a column of team ids."""
        return team.is_not(None) if self.teams is None else team.in_(sorted(self.teams))

    def has_scope(self, scope: str) -> bool:
        """Whether a record of this scope is seen."""
        if scope == TASK_FORCE:
            return self.confidential
        return scope.startswith("team:") and (self.teams is None or scope.removeprefix("team:") in self.teams)

    @property
    def team(self) -> str | None:
        """The one team, if the reach is a team's."""
        return self.key.removeprefix("team:") if self.key.startswith("team:") else None


def team_reach(team_id: str) -> Reach:
    """The reach of one team's board."""
    return Reach(f"team:{team_id}", frozenset([team_id]))


def title(session: Session, reach: Reach) -> str:
    """What people call it: the team's name, the area's, or 全市."""
    if reach.team:
        team = session.get(Team, reach.team)
        return team.name if team else ""
    area = session.get(Area, reach.key.removeprefix("area:")) if reach.key != CITY else None
    return area.name if area else "全市"


@dataclass(frozen=True)
class Period:
    """Days of visits, both included, as YYYY-MM-DD in Asia/Shanghai."""

    from_on: str
    on: str

    @property
    def days(self) -> list[str]:
        """Every day of the period."""
        first, last = day_of_date(date.fromisoformat(self.from_on)), day_of_date(date.fromisoformat(self.on))
        return [date_of_day(day).isoformat() for day in range(first, last + 1)]

    @property
    def start_ms(self) -> int:
        """The first instant of the period."""
        return first_ms(day_of_date(date.fromisoformat(self.from_on)))

    @property
    def end_ms(self) -> int:
        """The first instant after the period."""
        return first_ms(day_of_date(date.fromisoformat(self.on)) + 1)

    def has_day(self, on: Text, reach: Reach) -> ColumnElement[bool]:
        """The condition on a column of days.

        A team's few visits are found by seeking each day in the index (day, scope); a city's by reading the stretch.
        """
        if self.from_on == self.on:
            return on == self.on
        if reach.team:
            return on.in_(self.days)
        return on.between(self.from_on, self.on)


def check_period(from_on: str | None, on: str) -> Period:
    """The period of a request; raises ValueError for days that do not exist, are turned round or too many."""
    last = date.fromisoformat(on)
    first = date.fromisoformat(from_on) if from_on else last
    if not 0 <= (last - first).days < MOST_DAYS:
        raise ValueError("period")
    return Period(first.isoformat(), last.isoformat())


def last_visit_day(cadence: Cadence, now: int) -> str:
    """The newest visit day (走访日) up to today; today where the programme fixes none."""
    today = date_of_day(day_of(now))
    for back in range(7):
        day = today - timedelta(days=back)
        if cadence.may_be_visit_day(day):
            return day.isoformat()
    return today.isoformat()


def days_before(on: str, days: int) -> str:
    """The day so many days before `on`."""
    return (date.fromisoformat(on) - timedelta(days=days)).isoformat()


def counted(pairs: Iterable[Any]) -> dict[str, int]:
    """Sums of (word, count) rows; a missing word counts as `none`."""
    sums: dict[str, int] = {}
    for word, count in pairs:
        sums[word or "none"] = sums.get(word or "none", 0) + count
    return sums
