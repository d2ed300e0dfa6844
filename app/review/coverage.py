"""Who has been visited: per grid and building for a team, per team, street or county for more; who has waited for over 90 days."""

from __future__ import annotations

from typing import Any, Literal

from sqlalchemy import ColumnElement, ScalarSelect, and_, case, func, or_, select
from sqlalchemy.orm import Session

from app.models.people import Team
from app.models.places import Area, Place
from app.models.visits import Visit
from app.review.reach import Period, Reach, days_before

STALE_DAYS = 90
# Whoever declined three times, or asked not to be disturbed, is left in peace and is not "missing".
_REFUSALS = 3

By = Literal["building", "team", "street", "county"]
_AREA_DIGITS = {"county": 6, "street": 9}


def spared() -> ColumnElement[bool]:
    """Places that are not to be visited: by their own wish."""
    return or_(Place.do_not_disturb.is_(True), func.coalesce(Place.refusals, 0) >= _REFUSALS)


def last_on(period: Period) -> ScalarSelect[Any]:
    """The day of a place's last visit in the 90 days up to the end of the period; null when there was none.

    Asked place by place: visits of a place are few, and the index on them makes a city's million places a matter of seconds.
    """
    return (
        select(func.max(Visit.visit_on))
        .where(
            Visit.place_id == Place.id,
            Visit.visit_on.between(days_before(period.on, STALE_DAYS - 1), period.on),
            Visit.deleted.is_(False),
            Visit.withdrawn.is_not(True),
        )
        .correlate(Place)
        .scalar_subquery()
    )


def condition(word: str, last: Any, left_alone: Any, period: Period) -> ColumnElement[bool]:
    """Places that were visited in the period (`now`), in the last 90 days (`visited`), not since (`stale`), or are `spared`."""
    if word == "now":
        return and_(last >= period.from_on)
    if word == "visited":
        return and_(last.is_not(None), ~left_alone)
    if word == "stale":
        return and_(last.is_(None), ~left_alone)
    return and_(left_alone)


def _group(by: By) -> list[ColumnElement[Any]]:
    if by == "team":
        return [Place.scope.label("team")]
    if by in _AREA_DIGITS:
        return [func.substr(Place.area_id, 1, _AREA_DIGITS[by]).label("area")]
    return [Place.grid_id.label("grid"), Place.grid_name.label("name"), Place.building.label("building")]


def inside(area: str) -> ColumnElement[bool]:
    """Places of an area: codes of parts begin with the code of the whole."""
    return and_(Place.area_id >= area, Place.area_id < area + "z")


def table(session: Session, reach: Reach, period: Period, by: By, area: str = "") -> list[dict[str, Any]]:
    """One line for each group: all places, visited in the period, in 90 days, not in 90 days, left in peace."""
    group = _group(by)
    places = select(*group, last_on(period).label("last_on"), spared().label("spared")).where(
        reach.covers(Place.scope), Place.deleted.is_(False), *([inside(area)] if area else [])
    )
    # Materialized: the last day is asked for once a place, not once for each of the sums below.
    each = places.cte("each", nesting=False).prefix_with("MATERIALIZED")
    keys = [each.c[column.name] for column in group]
    counts = [
        func.sum(case((condition(word, each.c.last_on, each.c.spared, period), 1), else_=0))
        for word in ("now", "visited", "stale", "spared")
    ]
    rows = session.execute(select(*keys, func.count(), *counts).group_by(*keys).order_by(*keys)).all()
    names = _names(session, by, [row[0] for row in rows])
    return [_line(by, row, names) for row in rows]


def _line(by: By, row: Any, names: dict[str, str]) -> dict[str, Any]:
    *group, total, now, visited, stale, spared_ = row
    key = group[0] or ""
    line: dict[str, Any] = {"key": key.removeprefix("team:"), "name": names.get(key, "")}
    if by == "building":
        line |= {"name": group[1] or key, "building": group[2] or ""}
    return line | {"all": total, "now": now, "visited": visited, "stale": stale, "spared": spared_}


def _names(session: Session, by: By, keys: list[str | None]) -> dict[str, str]:
    known = [key for key in keys if key]
    if by == "team":
        ids = [key.removeprefix("team:") for key in known]
        return {f"team:{team.id}": team.name for team in session.scalars(select(Team).where(Team.id.in_(ids)))}
    if by in _AREA_DIGITS:
        return {area.id: area.name for area in session.scalars(select(Area).where(Area.id.in_(known)))}
    return {}


def division(reach: Reach, area: str = "") -> By:
    """The division that fits: counties of a city, streets of a county, teams of a street, buildings of a team."""
    if reach.team:
        return "building"
    within = area or reach.key.partition(":")[2]
    return (
        "county"
        if len(within) < _AREA_DIGITS["county"]
        else "street"
        if len(within) < _AREA_DIGITS["street"]
        else "team"
    )


def page(session: Session, reach: Reach, period: Period, area: str = "") -> dict[str, Any]:
    """The table of the reach, or of one area of it, with its totals."""
    by = division(reach, area)
    lines = table(session, reach, period, by, area)
    return {"by": by, "area": area, "stale_days": STALE_DAYS, "total": totals(lines), "lines": lines}


def totals(lines: list[dict[str, Any]]) -> dict[str, int]:
    """The sum of all lines."""
    return {word: sum(line[word] for line in lines) for word in ("all", "now", "visited", "stale", "spared")}
