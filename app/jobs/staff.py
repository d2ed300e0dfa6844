"""Whom a job tells: the cadre of a request, the leaders of its team, the task force (专班) of its area. Read once a run."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models.accounts import Account
from app.models.places import Area


class Person(NamedTuple):
    """Somebody with an inbox; `id` is the cadre's, or the account's where there is no cadre."""

    id: str
    name: str
    role: str
    team_id: str | None
    area_id: str | None

    @property
    def inbox(self) -> str:
        """The scope of this person's notices."""
        return f"user:{self.id}"


@dataclass
class Staff:
    """All active cadres, leaders and task forces. `areas` are the codes of the areas each team works in."""

    by_id: dict[str, Person] = field(default_factory=dict)
    leaders: dict[str, list[Person]] = field(default_factory=lambda: defaultdict(list))
    task_forces: list[Person] = field(default_factory=list)
    areas: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def leaders_of(self, scope: str) -> list[Person]:
        """The leaders (民情书记) of the team that a record belongs to; nobody for records of no team."""
        return list(self.leaders.get(scope.removeprefix("team:"), ()))

    def task_force_for(self, scope: str, area_id: str | None) -> list[Person]:
        """The task forces that see a record of this scope: the city's, and those of an area around it."""
        areas = [*self.areas.get(scope.removeprefix("team:"), ()), *([area_id] if area_id else [])]
        return [p for p in self.task_forces if not p.area_id or any(a.startswith(p.area_id) for a in areas)]

    def teams_under(self, person: Person) -> Iterator[str] | None:
        """The teams in a task force's area; None for all of them."""
        if not person.area_id:
            return None
        under = person.area_id
        return (team for team, areas in self.areas.items() if any(area.startswith(under) for area in areas))


def read_staff(session: Session) -> Staff:
    """Everybody who can be told something."""
    staff = Staff()
    rows = session.execute(
        select(Account.id, Account.cadre_id, Account.name, Account.role, Account.team_id, Account.area_id)
        .where(Account.active, Account.role.in_(("cadre", "leader", "task_force")))
        .order_by(Account.id)
    )
    for account_id, cadre_id, name, role, team_id, area_id in rows:
        person = Person(cadre_id or account_id, name, role, team_id, area_id)
        staff.by_id[person.id] = person
        if role == "leader" and team_id:
            staff.leaders[team_id].append(person)
        elif role == "task_force":
            staff.task_forces.append(person)
    for team_id, area_id in session.execute(select(Area.team_id, Area.id).where(Area.team_id.is_not(None))):
        staff.areas[str(team_id)].append(area_id)
    return staff
