"""Who has been visited: per grid and building for a team, per team, street or county for more; who has waited for over 90 days."""

from __future__ import annotations

from typing import Any, Literal

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.orm import Session

from app.models.people import Team
from app.models.places import Area, Place
from app.models.visits import Visit
from app.review.reach import Period, Query, Reach, days_before

STALE_DAYS = 90
# Whoever declined three times, or asked not to be disturbed, is left in peace and is not "missing".
_REFUSALS = 3

By = Literal["building", "grid", "team", "street", "county"]
_AREA_DIGITS = {"county": 6, "street": 9}


def spared() -> ColumnElement[bool]:
    """Places that are not to be visited: by their own wish."""
    return or_(Place.do_not_disturb.is_(True), func.coalesce(Place.refusals, 0) >= _REFUSALS)


def last_visits(reach: Reach, period: Period) -> Query:
    """The last visit of each place in the 90 days up to the end of the period."""
    window = Period(days_before(period.on, STALE_DAYS - 1), period.on)
    return (
        select(Visit.place_id, func.max(Visit.visit_on).label("last_on"))
        .where(
            window.has_day(Visit.visit_on, reach),
            reach.covers(Visit.scope),
            Visit.deleted.is_(False),
            Visit.withdrawn.is_not(True),
        )
        .group_by(Visit.place_id)
    )


def condition(word: str, last_on: ColumnElement[Any], period: Period) -> ColumnElement[bool]:
    """Places that were visited in the period (`now`), in the last 90 days (`visited`), not since (`stale`), or are `spared`."""
    if word == "now":
        return last_on >= period.from_on
    if word == "visited":
        return and_(last_on.is_not(None), ~spared())
    if word == "stale":
        return and_(last_on.is_(None), ~spared())
    return spared()


def _group(by: By) -> list[Any]:
    if by == "team":
        return [Place.scope]
    if by in _AREA_DIGITS:
        return [func.substr(Place.area_id, 1, _AREA_DIGITS[by])]
    return [Place.grid_id, Place.grid_name, *([Place.building] if by == "building" else [])]


def table(session: Session, reach: Reach, period: Period, by: By) -> list[dict[str, Any]]:
    """One line for each group: all places, visited in the period, in 90 days, not in 90 days, left in peace."""
    last = last_visits(reach, period).subquery()
    group = _group(by)
    counts = [
        func.sum(case((condition(word, last.c.last_on, period), 1), else_=0))
        for word in ("now", "visited", "stale", "spared")
    ]
    rows = session.execute(
        select(*group, func.count(), *counts)
        .select_from(Place)
        .outerjoin(last, last.c.place_id == Place.id)
        .where(reach.covers(Place.scope), Place.deleted.is_(False))
        .group_by(*group)
        .order_by(*group)
    ).all()
    names = _names(session, by, [row[0] for row in rows])
    return [_line(by, row, names) for row in rows]


def _line(by: By, row: Any, names: dict[str, str]) -> dict[str, Any]:
    *group, total, now, visited, stale, spared_ = row
    key = group[0] or ""
    line: dict[str, Any] = {"key": key.removeprefix("team:"), "name": names.get(key, "")}
    if by in ("grid", "building"):
        line["name"] = group[1] or key
    if by == "building":
        line["building"] = group[2] or ""
    return line | {"all": total, "now": now, "visited": visited, "stale": stale, "spared": spared_}


def _names(session: Session, by: By, keys: list[str | None]) -> dict[str, str]:
    known = [key for key in keys if key]
    if by == "team":
        ids = [key.removeprefix("team:") for key in known]
        return {f"team:{team.id}": team.name for team in session.scalars(select(Team).where(Team.id.in_(ids)))}
    if by in _AREA_DIGITS:
        return {area.id: area.name for area in session.scalars(select(Area).where(Area.id.in_(known)))}
    return {}


def natural(session: Session, reach: Reach, period: Period) -> tuple[By, list[dict[str, Any]]]:
    """The division that fits the reach: buildings for a team, streets within a county, counties for a city."""
    if reach.team:
        return "building", table(session, reach, period, "building")
    by: By = "county" if reach.teams is None else "street"
    lines = table(session, reach, period, by)
    if len(lines) == 1 and by == "county":
        return "street", table(session, reach, period, "street")
    if len(lines) == 1:
        return "team", table(session, reach, period, "team")
    return by, lines


def totals(lines: list[dict[str, Any]]) -> dict[str, int]:
    """The sum of all lines."""
    return {word: sum(line[word] for line in lines) for word in ("all", "now", "visited", "stale", "spared")}
