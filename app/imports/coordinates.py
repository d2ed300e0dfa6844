"""Coordinates of a row: one or two cells, three datums, exchanged columns; and the suspicion that a list mixes datums."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.domain import geo
from app.imports import values as read
from app.imports.columns import Column
from app.imports.faults import DATUM_WORDS, Caution, CellFault, Offer
from app.imports.finding import in_chunks
from app.imports.kind import Row
from app.models.places import Area, Place

COLUMNS = (
    Column(
        "lon",
        "经度",
        read.degrees,
        ("lng", "longitude", "x", "东经", "经度坐标", "x坐标"),
        example=115.985,
        hint="东经，十进制度",
    ),
    Column(
        "lat",
        "纬度",
        read.degrees,
        ("latitude", "y", "北纬", "纬度坐标", "y坐标"),
        example=36.456,
        hint="北纬，十进制度",
    ),
    Column(
        "point",
        "坐标",
        read.point,
        ("经纬度", "位置坐标", "地理坐标", "定位", "location"),
        hint="经度,纬度；与上两列二选一",
    ),
    Column(
        "datum",
        "坐标系",
        read.datum,
        ("坐标系统", "坐标类型", "坐标系类型", "datum", "crs"),
        example="WGS-84",
        hint="WGS-84、GCJ-02（高德、腾讯）、BD-09（百度）",
    ),
)

_FAR_M = 30_000
# Pairs of one building nearer than this say nothing about datums.
_APART_M = (350.0, 750.0)
_PAIRS = 3
_SAMPLE = 2_000


@dataclass
class Coordinates:
    """Settles the coordinates of one file. `datum` and `swap` are what the person chose for the whole of it."""

    datum: geo.Datum | None = None
    swap: bool = False
    swapped_rows: int = 0
    null_islands: int = 0
    given: int = 0
    firsts: dict[tuple[str, str], geo.Point] = field(default_factory=dict)
    pairs: list[tuple[geo.Point, geo.Point]] = field(default_factory=list)

    def settle(self, values: dict[str, Any]) -> None:
        """Replace what the row has by `lat` and `lon` in WGS-84, or by neither. Raises `CellFault`."""
        own = values.pop("datum", None)
        pair = values.pop("point", None)
        lat, lon = pair or (values.pop("lat", None), values.pop("lon", None))
        values.pop("lat", None)
        values.pop("lon", None)
        if lat is None and lon is None:
            return
        if lat is None or lon is None:
            raise CellFault("half_coordinate")
        if lat == 0 and lon == 0:
            self.null_islands += 1
            return
        if geo.swapped_lat_lon(lat, lon):
            self.swapped_rows += 1
            if not self.swap:
                raise CellFault("swapped_coordinates")
            lat, lon = lon, lat
        if abs(lat) > 90 or geo.outside_china(lat, lon):
            raise CellFault("outside_china")
        point = geo.to_wgs84(lat, lon, own or self.datum or "wgs84")
        values["lat"], values["lon"] = round(point.lat, 7), round(point.lon, 7)
        self.given += 1
        self._remember(values)

    def _remember(self, values: dict[str, Any]) -> None:
        """Points of one building that lie half a kilometre apart: a list put together from two maps."""
        building = values.get("building")
        if not building or len(self.pairs) >= _SAMPLE:
            return
        here = geo.Point(values["lat"], values["lon"])
        first = self.firsts.setdefault(
            (values.get("area_code") or values.get("community") or values.get("team") or "", building), here
        )
        if _APART_M[0] <= geo.rough_distance_m(first, here) <= _APART_M[1]:
            west, east = sorted((first, here), key=lambda p: p.lon)
            self.pairs.append((east, west))

    def mixed_inside(self) -> list[Caution]:
        """Does the file itself mix two datums?"""
        found = geo.mixed_datums(self.pairs) if len(self.pairs) >= _PAIRS else None
        return [Caution("mixed_inside", number=round(found.offset_m))] if found else []


def against_known(session: Session, rows: Sequence[Row]) -> tuple[list[Caution], list[Offer]]:
    """Compare a sample of the file with points that visits have confirmed: same address, or same building."""
    sample = [row for row in rows if "lat" in row.values][:_SAMPLE]
    known = _confirmed(session, sample)
    pairs = []
    for row in sample:
        trusted = known.get(row.values.get("address") or "") or known.get(row.values.get("building") or "")
        if trusted:
            pairs.append((geo.Point(row.values["lat"], row.values["lon"]), trusted))
    suspicion = geo.mixed_datums(pairs)
    if suspicion is None:
        return [], []
    word = DATUM_WORDS.get(suspicion.likely or "", "另一种坐标系")
    cautions = [Caution("mixed_datums", word, round(suspicion.offset_m))]
    offers = [Offer("datum", suspicion.likely, word)] if suspicion.likely in ("gcj02", "bd09") else []
    return cautions, offers


def _confirmed(session: Session, rows: Sequence[Row]) -> dict[str, geo.Point]:
    """Confirmed points by address and by building. A building's name must stand for one point only."""
    confirmed = (Place.point_confirmed.is_(True), Place.lat.is_not(None))
    columns: Select[*tuple[Any, ...]] = select(Place.address, Place.building, Place.lat, Place.lon).where(*confirmed)
    found: dict[str, geo.Point] = {}
    buildings: dict[str, list[geo.Point]] = {}
    for names in in_chunks(row.values.get("address") for row in rows):
        for address, _, lat, lon in session.execute(columns.where(Place.address.in_(names))):
            found[address] = geo.Point(lat, lon)
    for names in in_chunks(row.values.get("building") for row in rows):
        for _, building, lat, lon in session.execute(columns.where(Place.building.in_(names))):
            buildings.setdefault(building, []).append(geo.Point(lat, lon))
    for building, points in buildings.items():
        if all(geo.within_m(points[0], other, 150) for other in points):
            found.setdefault(building, points[0])
    return found


def far_from_area(rows: Iterable[Row], areas: dict[str, Area]) -> int:
    """How many rows lie so far from the point of their area that one of the two must be wrong."""
    far = 0
    for row in rows:
        area = areas.get(row.values.get("area_code") or "")
        if area is None or area.lat is None or area.lon is None or "lat" not in row.values:
            continue
        far += (
            geo.rough_distance_m(geo.Point(area.lat, area.lon), geo.Point(row.values["lat"], row.values["lon"]))
            > _FAR_M
        )
    return far
