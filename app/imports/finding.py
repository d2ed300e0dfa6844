"""Finds the teams and areas that rows name, in one query for many rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.imports.faults import Fault
from app.imports.kind import Context, Row
from app.models.people import Team
from app.models.places import Area

# SQLite takes 32,766 parameters in a statement; a few thousand are quick on every database.
_AT_ONCE = 5_000


def in_chunks(values: Iterable[Any]) -> Iterable[list[Any]]:
    """Distinct values in pieces that fit into a statement."""
    found = sorted({value for value in values if value})
    return (found[start : start + _AT_ONCE] for start in range(0, len(found), _AT_ONCE))


class Teams:
    """The teams that rows name by `team` (a name), narrowed down by `area_code` where a name stands for several."""

    def __init__(self, session: Session, rows: Sequence[Row], context: Context) -> None:
        self.context = context
        self._by_name: dict[str, list[Team]] = defaultdict(list)
        for names in in_chunks(row.values.get("team") for row in rows):
            for team in session.scalars(select(Team).where(Team.name.in_(names), Team.deleted.is_(False))):
                self._by_name[team.name].append(team)
        self._default = session.get(Team, context.team_id) if context.team_id else None

    def of(self, row: Row, header: str, *, area: str | None = None) -> Team | Fault:
        """The team of a row, or why there is none. Without a name it is the team chosen for the whole file."""
        name = row.values.get("team")
        if not name:
            return self._default or Fault(row.number, header, "", "no_team")
        found = self._by_name.get(name, [])
        if len(found) > 1:
            narrowed = [team for team in found if area and (team.area_id or "").startswith(area[:12])]
            narrowed = narrowed or [
                team for team in found if self.context.team_ids and team.id in self.context.team_ids
            ]
            found = narrowed if len(narrowed) == 1 else found
        if len(found) != 1:
            return Fault(row.number, header, name, "ambiguous_team" if found else "unknown_team")
        if not self.context.may_write_to(found[0].id):
            return Fault(row.number, header, name, "not_your_team")
        return found[0]


class Areas:
    """The areas that rows name by code or by the name of a community."""

    def __init__(self, session: Session, rows: Sequence[Row], *keys: str) -> None:
        self.by_code: dict[str, Area] = {}
        self._by_name: dict[str, list[Area]] = defaultdict(list)
        for codes in in_chunks(row.values.get(key) for row in rows for key in keys):
            self.by_code.update((area.id, area) for area in session.scalars(select(Area).where(Area.id.in_(codes))))
        for names in in_chunks(row.values.get("community") for row in rows):
            query = select(Area).where(Area.name.in_(names), Area.level == "community")
            for area in session.scalars(query):
                self._by_name[area.name].append(area)

    def of(self, row: Row, team: Team, code_header: str, name_header: str) -> Area | Fault | None:
        """The area of a row: its code, else the name of its community, else nothing. A name is looked for near the team first."""
        code, name = row.values.get("area_code"), row.values.get("community")
        if code:
            return self.by_code.get(code) or Fault(row.number, code_header, code, "unknown_area")
        if not name:
            return None
        found = self._by_name.get(name, [])
        if len(found) > 1:
            own = [area for area in found if area.team_id == team.id or area.id == team.area_id]
            found = own if len(own) == 1 else found
        if len(found) == 1:
            return found[0]
        return Fault(row.number, name_header, name, "ambiguous_area" if found else "unknown_area")
