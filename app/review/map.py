"""The map of visits and requests as GeoJSON: points of places (never where a cadre stood), outlines of grids; streets for a city."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from app.domain.service_request_steps import OPEN
from app.models.places import Area, Place
from app.models.service_requests import ServiceRequest
from app.models.visits import Visit
from app.review import requests, visits
from app.review.reach import Period, Reach

# More points than this are neither read nor drawn one by one; a reach of many teams gets one circle a street.
MOST_POINTS = 2000
_FEW_TEAMS = 20
_STREET_DIGITS = 9
Point = tuple[float, float]


def features(session: Session, reach: Reach, period: Period) -> dict[str, Any]:
    """A FeatureCollection: for a few teams their grids, visits and requests; for many each street with its sums."""
    few = reach.teams is not None and len(reach.teams) <= _FEW_TEAMS
    found = _points(session, reach, period) if few else _streets(session, reach, period)
    return {"type": "FeatureCollection", "features": found}


def _points(session: Session, reach: Reach, period: Period) -> list[dict[str, Any]]:
    located = (reach.covers(Place.scope), Place.deleted.is_(False), Place.lat.is_not(None), Place.lon.is_not(None))
    grids: dict[tuple[str, str], list[Point]] = defaultdict(list)
    for grid, name, lat, lon in session.execute(
        select(Place.grid_id, Place.grid_name, Place.lat, Place.lon).where(*located)
    ).all():
        grids[grid or "", name or ""].append((lon or 0.0, lat or 0.0))
    outlines = [
        _feature({"layer": "grid", "id": grid, "name": name}, "Polygon", [[*ring, ring[0]]])
        for (grid, name), points in sorted(grids.items())
        if len(ring := hull(points)) > 2
    ]
    visited = session.execute(
        select(Place.id, Place.label, Place.address, Place.kind, Place.lat, Place.lon, Visit.outcome, Visit.finding)
        .join(Visit, Visit.place_id == Place.id)
        .where(visits.live(reach, period), *located)
        .order_by(Visit.visit_on, Visit.arrived_at)
        .limit(MOST_POINTS)
    )
    points = [
        _feature(
            {"layer": "visit", **{k: v for k, v in row._mapping.items() if k not in ("lat", "lon")}},
            "Point",
            [row.lon, row.lat],
        )
        for row in visited
    ]
    return outlines + points + _requests(session, reach, period)


def _requests(session: Session, reach: Reach, period: Period) -> list[dict[str, Any]]:
    """Open requests and those of the period; a confidential one is on no map."""
    lat, lon = func.coalesce(ServiceRequest.lat, Place.lat), func.coalesce(ServiceRequest.lon, Place.lon)
    rows = session.execute(
        select(
            ServiceRequest.id,
            ServiceRequest.status,
            ServiceRequest.category,
            func.coalesce(ServiceRequest.title, func.substr(ServiceRequest.text, 1, 60)).label("title"),
            ServiceRequest.due_at,
            lat.label("lat"),
            lon.label("lon"),
        )
        .outerjoin(Place, Place.id == ServiceRequest.place_id)
        .where(
            requests.or_open(reach, period),
            ServiceRequest.confidential.is_not(True),
            lat.is_not(None),
            lon.is_not(None),
        )
        .order_by(ServiceRequest.recorded_at.desc(), ServiceRequest.id)
        .limit(MOST_POINTS)
    )
    return [
        _feature(
            {
                "layer": "request",
                "open": row.status in OPEN,
                **{k: v for k, v in row._mapping.items() if k not in ("lat", "lon")},
            },
            "Point",
            [row.lon, row.lat],
        )
        for row in rows
    ]


def _streets(session: Session, reach: Reach, period: Period) -> list[dict[str, Any]]:
    street = func.substr(Place.area_id, 1, _STREET_DIGITS)
    rows = session.execute(
        select(
            street.label("street"),
            func.count().label("visits"),
            func.sum(case((Visit.outcome == "met", 1), else_=0)).label("met"),
            func.avg(Place.lat).label("lat"),
            func.avg(Place.lon).label("lon"),
        )
        .join(Visit, Visit.place_id == Place.id)
        .where(visits.live(reach, period))
        .group_by(street)
    ).all()
    asked = func.substr(ServiceRequest.area_id, 1, _STREET_DIGITS)
    open_: dict[str, int] = dict(
        session.execute(
            select(asked, func.count())
            .where(requests.seen(reach), ServiceRequest.status.in_(sorted(OPEN)))
            .group_by(asked)
        ).all()
    )
    areas = {area.id: area for area in session.scalars(select(Area).where(Area.id.in_([r.street for r in rows])))}
    found = []
    for row in rows:
        area = areas.get(row.street)
        lat, lon = (area.lat, area.lon) if area and area.lat is not None else (row.lat, row.lon)
        if lat is not None and lon is not None:
            values = {"visits": row.visits, "met": int(row.met), "open": open_.get(row.street, 0)}
            name = area.name if area else row.street
            found.append(_feature({"layer": "street", "id": row.street, "name": name, **values}, "Point", [lon, lat]))
    return found


def _feature(properties: dict[str, Any], kind: str, coordinates: Any) -> dict[str, Any]:
    return {"type": "Feature", "properties": properties, "geometry": {"type": kind, "coordinates": coordinates}}


def hull(points: Iterable[Point]) -> list[Point]:
    """The convex hull of (lon, lat) points, counter-clockwise (Andrew's monotone chain)."""
    ordered = sorted(set(points))
    if len(ordered) < 3:
        return ordered

    def half(run: Iterable[Point]) -> list[Point]:
        chain: list[Point] = []
        for point in run:
            while len(chain) > 1 and _turn(chain[-2], chain[-1], point) <= 0:
                chain.pop()
            chain.append(point)
        return chain[:-1]

    return half(ordered) + half(reversed(ordered))


def _turn(a: Point, b: Point, c: Point) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
