"""The printed codes of one team: contact cards (连心卡) for its doors, plates for its buildings, badges (工作证) for its cadres."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.models.people import Cadre
from app.models.places import Area, Place, PlaceCode
from app.place_codes import new_place_code
from app.residents.scanned import chain_of, team_of

KINDS = ("card", "plate", "badge")
Owner = Place | Area | Cadre


class Printed(NamedTuple):
    """One thing to print: what it stands for, and its living code (None: not made yet)."""

    owner: Owner
    code: str | None


def printed(session: Session, team_id: str, kind: str) -> list[Printed]:
    """Everything of a kind that the team needs, in the order of the round; KeyError for another kind."""
    owners = _OWNERS[kind](session, team_id)
    column = _column(kind)
    living = {}
    for start in range(0, len(owners), 500):
        ids = [owner.id for owner in owners[start : start + 500]]
        rows = select(PlaceCode).where(PlaceCode.kind == kind, column.in_(ids), PlaceCode.revoked_at.is_(None))
        living.update(
            {getattr(row, column.key): row.code for row in session.scalars(rows.order_by(PlaceCode.created_at))}
        )
    return [Printed(owner, living.get(owner.id)) for owner in owners]


def make_missing(session: Session, team_id: str, kind: str, now: int) -> int:
    """Make a code for everything that has none; how many were made. `now` in ms."""
    missing = [one.owner.id for one in printed(session, team_id, kind) if one.code is None]
    field = _column(kind).key
    session.add_all(PlaceCode(code=new_place_code(), kind=kind, created_at=now, **{field: owner}) for owner in missing)
    return len(missing)


def team_of_code(session: Session, row: PlaceCode) -> str | None:
    """The team whose leader answers for a code."""
    if row.cadre_id:
        cadre = session.get(Cadre, row.cadre_id)
        return cadre.team_id if cadre is not None else None
    place = session.get(Place, row.place_id) if row.place_id else None
    return team_of(session, place, chain_of(session, row.area_id or (place.area_id if place is not None else None)))


def _column(kind: str) -> Any:
    return {"card": PlaceCode.place_id, "plate": PlaceCode.area_id, "badge": PlaceCode.cadre_id}[kind]


def _doors(session: Session, team_id: str) -> Sequence[Place]:
    mine = select(Place).where(Place.scope == f"team:{team_id}", Place.deleted.is_(False))
    return session.scalars(mine.order_by(Place.grid_id, Place.building, Place.route_order, Place.id)).all()


def _buildings(session: Session, team_id: str) -> Sequence[Area]:
    """The buildings in the team's area and those its doors are in; where no buildings are known, the areas of its doors."""
    under = session.scalars(select(Area.id).where(Area.team_id == team_id)).all()
    of_doors = select(Place.area_id).where(Place.scope == f"team:{team_id}", Place.deleted.is_(False))
    mine = select(Area).where(or_(Area.id.in_(of_doors), *(Area.id.startswith(area_id) for area_id in under)))
    areas = session.scalars(mine.order_by(Area.id)).all()
    return [area for area in areas if area.level == "building"] or areas


def cadres_of(session: Session, team_id: str) -> Sequence[Cadre]:
    """The cadres in office, the leader first."""
    mine = select(Cadre).where(Cadre.team_id == team_id, Cadre.deleted.is_(False), Cadre.active.is_not(False))
    return session.scalars(mine.order_by(Cadre.leader.desc(), Cadre.number, Cadre.id)).all()


_OWNERS: dict[str, Callable[[Session, str], Sequence[Owner]]] = {
    "card": _doors,
    "plate": _buildings,
    "badge": cadres_of,
}
