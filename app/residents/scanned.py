"""What a scanned code stands for: a door, a building or a badge, with the team and the cadre who look after it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.errors import Problem
from app.models.people import Cadre, Team
from app.models.places import Area, Place, PlaceCode
from app.place_codes import place_code_from

# City, county, street, community, grid, building: no chain of areas is longer.
_LEVELS = 6
# People say where they live by street and community; grids are the office's.
_SPOKEN_LEVELS = ("street", "community")
_WITHIN = ("grid", "building")


@dataclass(frozen=True)
class Scanned:
    """A living code. `areas` run from the code's own area up to the city; `cadre` is the badge's, or who looks after the door."""

    code: str
    kind: str
    place: Place | None
    areas: tuple[Area, ...]
    team: Team | None
    cadre: Cadre | None

    @property
    def enterprise(self) -> bool:
        """Whether an enterprise speaks here."""
        return self.place is not None and self.place.kind == "enterprise"

    @property
    def heading(self) -> str:
        """Where this is, without a resident's name: who finds a card must not learn who lives there."""
        if self.place is not None:
            if self.place.kind != "household":
                return self.place.label
            return self._door() or self._near()
        return self.areas[0].name if self.areas else ""

    @property
    def below_heading(self) -> str:
        """The address of an enterprise or a village; else street and community."""
        if self.place is not None and self.place.kind != "household" and self.place.address:
            return self.place.address
        return self._near()

    @property
    def address(self) -> str | None:
        """The address a request from here carries."""
        if self.place is not None:
            return self.place.address
        named = [area.name for area in reversed(self.areas) if area.level in _SPOKEN_LEVELS or area is self.areas[0]]
        return "".join(named) or None

    def _door(self) -> str:
        """A household's address without the street and community that stand below it."""
        door = (self.place and self.place.address) or ""
        for area in reversed(self.areas):
            if area.level not in _WITHIN:
                door = door.removeprefix(area.name) or door
        return door

    def _near(self) -> str:
        above = self.areas if self.place is not None else self.areas[1:]
        return " ".join(area.name for area in reversed(above) if area.level in _SPOKEN_LEVELS)


def find(session: Session, text: str) -> Scanned:
    """The code that was scanned or typed; raises `Problem` for one that is not ours, or no longer in use."""
    code = place_code_from(text)
    row = session.get(PlaceCode, code) if code else None
    if row is None:
        raise Problem("code_unknown")
    if row.revoked_at is not None:
        raise Problem("code_revoked")
    place = session.get(Place, row.place_id) if row.place_id else None
    areas = chain_of(session, row.area_id or (place.area_id if place else None))
    cadre = session.get(Cadre, row.cadre_id) if row.cadre_id else _looks_after(session, place)
    team_id = cadre.team_id if row.cadre_id and cadre else team_of(session, place, areas)
    team = session.get(Team, team_id) if team_id else None
    return Scanned(row.code, row.kind, place, areas, team, cadre)


def chain_of(session: Session, area_id: str | None) -> tuple[Area, ...]:
    """An area and all areas above it, smallest first."""
    chain: list[Area] = []
    while area_id and len(chain) < _LEVELS:
        area = session.get(Area, area_id)
        if area is None:
            break
        chain.append(area)
        area_id = area.parent_id
    return tuple(chain)


def _looks_after(session: Session, place: Place | None) -> Cadre | None:
    if place is None:
        return None
    cadre_id = place.linked_cadre_id or place.owner_cadre_id
    cadre = session.get(Cadre, cadre_id) if cadre_id else None
    return cadre if cadre is not None and cadre.active else None


def team_of(session: Session, place: Place | None, areas: tuple[Area, ...]) -> str | None:
    """The team that a door or an area belongs to."""
    if place is not None and place.scope.startswith("team:"):
        return place.scope.removeprefix("team:")
    for area in areas:
        if area.team_id:
            return area.team_id
    if not areas:
        return None
    scope = session.scalar(
        select(Place.scope).where(Place.area_id == areas[0].id, Place.scope.startswith("team:")).limit(1)
    )
    return scope.removeprefix("team:") if scope else None
