"""Confirmed points: three visits by two people within 60 m of each other say where a place really is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from app.database import reading, writing
from app.domain.check_in import Fix, radius_95_m
from app.domain.geo import Point, VisitFix, confirmed_point, outside_china
from app.jobs import Report, archive, signals
from app.jobs.schedule import due_daily
from app.models.places import Place
from app.models.visits import Visit
from app.write_turn import in_turns
from app.writes import Actor, patch, write

NAME = "confirm_points"
_ACTOR = Actor("system", None, "点位核实")
_BATCH = 1000
# What looks copied or impossible may not say where a place is.
_DOUBTFUL = frozenset({"same_fix", "impossible_travel"})


def is_due(now: int) -> bool:
    """Every night, after the signals: they say which fixes are in doubt."""
    return due_daily(NAME, archive.AT_MS, now, after=signals.NAME)


def run(now: int) -> Report:
    """Confirm every place whose visits agree; returns how many were confirmed. `now` in ms.

    Only visits made at the door and written down there speak, and only while their exact fixes are kept (90 days).
    """
    report = Report(NAME)
    candidates = _candidates()
    for start in range(0, len(candidates), _BATCH):
        with reading() as session:
            fixes = _fixes(session, candidates[start : start + _BATCH])
        points = {place: point for place, found in fixes.items() if (point := confirmed_point(found))}
        writes = [_confirm(place, point) for place, point in points.items()]
        for part in in_turns(writes):
            with writing() as session:
                write(session, part, actor=_ACTOR, now=now)
        report.add("places", len(writes))
    return report


def _confirm(place_id: str, point: Point) -> Any:
    # Seven decimals are a centimetre; more would only pretend.
    values = {"lat": round(point.lat, 7), "lon": round(point.lon, 7), "point_confirmed": True}
    return patch("place", place_id, values)


def _speaking() -> ColumnElement[bool]:
    return and_(
        Visit.fix.is_not(None),
        Visit.deleted.is_(False),
        Visit.withdrawn.is_not(True),
        Visit.late_entry.is_not(True),
        func.coalesce(Visit.mode, "doorstep") == "doorstep",
    )


def _candidates() -> list[str]:
    """Unconfirmed places with enough visits by enough people; whether these agree is for `confirmed_point` to say."""
    with reading() as session:
        found = session.scalars(
            select(Visit.place_id)
            .join(Place, Place.id == Visit.place_id)
            .where(_speaking(), Place.point_confirmed.is_not(True), Place.deleted.is_(False))
            .group_by(Visit.place_id)
            .having(func.count() >= 3, func.count(Visit.cadre_id.distinct()) >= 2)
        )
        return [place_id for place_id in found if place_id]


def _fixes(session: Session, places: Sequence[str]) -> dict[str, list[VisitFix]]:
    rows = session.execute(
        select(Visit.place_id, Visit.cadre_id, Visit.fix, Visit.flags).where(Visit.place_id.in_(places), _speaking())
    )
    fixes: dict[str, list[VisitFix]] = defaultdict(list)
    for place_id, cadre_id, fix, flags in rows:
        spoken = _visit_fix(cadre_id, fix) if _DOUBTFUL.isdisjoint(flags or ()) else None
        if spoken is not None:
            fixes[place_id].append(spoken)
    return fixes


def _visit_fix(cadre_id: str | None, fix: dict[str, Any]) -> VisitFix | None:
    """A fix that can be used: with both coordinates, a radius, and in the country (a broken receiver reports 0, 0)."""
    if not cadre_id or "lat" not in fix or "lon" not in fix or outside_china(fix["lat"], fix["lon"]):
        return None
    there = Fix(fix["lat"], fix["lon"], fix.get("accuracy_m"), fix.get("taken_at", 0), bool(fix.get("android")))
    radius = radius_95_m(there)
    return None if radius is None else VisitFix(there.lat, there.lon, radius, cadre_id)
