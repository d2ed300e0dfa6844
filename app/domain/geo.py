"""Coordinates: the three datums used in China, distances in metres, and the mistakes lists of addresses make.

Everything the product stores is WGS-84. GCJ-02 (国测局坐标, maps of Amap and Tencent) and BD-09 (百度坐标)
are converted here, at the edge, and nowhere else.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from statistics import median
from typing import Literal, NamedTuple

Datum = Literal["wgs84", "gcj02", "bd09"]

# Krasovsky 1940, the ellipsoid on which the GCJ-02 offset is defined.
_AXIS_M = 6378245.0
_ECCENTRICITY_SQUARED = 0.00669342162296594323
_BD_TURN = math.pi * 3000.0 / 180.0

# Half a tenth of a millimetre in degrees: the inverse stops there, far inside the 0.1 m it promises.
_INVERSE_DEGREES = 5e-10
_INVERSE_ROUNDS = 30

# WGS-84: the equatorial axis and the first eccentricity squared.
_WGS84_AXIS_M = 6378137.0
_WGS84_SQUARED = (2.0 - 1 / 298.257223563) / 298.257223563
_NEAR_M = 10_000.0

# A sphere is off by at most 0.56 % against the ellipsoid; outside that margin it decides alone.
_SPHERE_ERROR = 0.006

_MIXED_M = (350.0, 750.0)
_MIXED_BEARING_UNITY = 0.95
_MIXED_EXPLAINED_M = 30.0
_MIXED_PAIRS = 3

_CONFIRM_WITHIN_M = 60.0
_CONFIRM_VISITS = 3
_CONFIRM_PEOPLE = 2

_TRAVEL_KMH = 120.0


class Point(NamedTuple):
    """Degrees, WGS-84 unless the name says otherwise."""

    lat: float
    lon: float


class VisitFix(NamedTuple):
    """Where a cadre stood at one visit: degrees WGS-84, the 95 % radius in metres, and who it was."""

    lat: float
    lon: float
    radius_m: float
    cadre_id: str


class MixedDatums(NamedTuple):
    """The suspicion that a list mixes coordinate systems: typical shift and its compass bearing.

    `likely` names what the listed points are (`gcj02`, `bd09`, or `converted_twice`: WGS-84 that somebody
    converted although it needed no conversion), or is None when no known datum explains the shift.
    """

    offset_m: float
    bearing_deg: float
    likely: Literal["gcj02", "bd09", "converted_twice"] | None


def outside_china(lat: float, lon: float) -> bool:
    """GCJ-02 is plain WGS-84 outside this rectangle: that is how its authors drew it."""
    return not (0.8293 <= lat <= 55.8271 and 72.004 <= lon <= 137.8347)


def _wave(x: float, first: float, second: float) -> float:
    return first * math.sin(x * math.pi) + second * math.sin(x * math.pi / 3.0)


def _gcj_shift_degrees(lat: float, lon: float) -> Point:
    """How far GCJ-02 lies from WGS-84 here, in degrees: a polynomial with three sine waves each way."""
    x, y = lon - 105.0, lat - 35.0
    root = 0.1 * math.sqrt(abs(x))
    ripple = (20.0 * math.sin(6.0 * x * math.pi) + 20.0 * math.sin(2.0 * x * math.pi)) * 2.0 / 3.0
    north_m = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 2.0 * root + ripple
    north_m += _wave(y, 20.0, 40.0) * 2.0 / 3.0 + _wave(y / 12.0, 160.0, 0.0) * 2.0 / 3.0
    north_m += 320.0 * math.sin(y * math.pi / 30.0) * 2.0 / 3.0
    east_m = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + root + ripple
    east_m += _wave(x, 20.0, 40.0) * 2.0 / 3.0 + _wave(x / 12.0, 150.0, 0.0) * 2.0 / 3.0
    east_m += 300.0 * math.sin(x * math.pi / 30.0) * 2.0 / 3.0
    phi = math.radians(lat)
    curve = 1.0 - _ECCENTRICITY_SQUARED * math.sin(phi) ** 2
    meridian_m = _AXIS_M * (1.0 - _ECCENTRICITY_SQUARED) / (curve * math.sqrt(curve))
    parallel_m = _AXIS_M / math.sqrt(curve) * math.cos(phi)
    return Point(math.degrees(north_m / meridian_m), math.degrees(east_m / parallel_m))


def wgs84_to_gcj02(lat: float, lon: float) -> Point:
    """Degrees in, degrees out; unchanged outside China."""
    if outside_china(lat, lon):
        return Point(lat, lon)
    shift = _gcj_shift_degrees(lat, lon)
    return Point(lat + shift.lat, lon + shift.lon)


def gcj02_to_bd09(lat: float, lon: float) -> Point:
    """Degrees in, degrees out: Baidu's turn and stretch on top of GCJ-02."""
    reach = math.hypot(lon, lat) + 0.00002 * math.sin(lat * _BD_TURN)
    angle = math.atan2(lat, lon) + 0.000003 * math.cos(lon * _BD_TURN)
    return Point(reach * math.sin(angle) + 0.006, reach * math.cos(angle) + 0.0065)


def _undo(forward: Callable[[float, float], Point], lat: float, lon: float) -> Point:
    """The point that `forward` sends to (lat, lon), by walking back the shift it would have got."""
    guess = Point(lat, lon)
    for _ in range(_INVERSE_ROUNDS):
        there = forward(*guess)
        miss = Point(there.lat - lat, there.lon - lon)
        guess = Point(guess.lat - miss.lat, guess.lon - miss.lon)
        if abs(miss.lat) < _INVERSE_DEGREES and abs(miss.lon) < _INVERSE_DEGREES:
            break
    return guess


def gcj02_to_wgs84(lat: float, lon: float) -> Point:
    """Inverse of `wgs84_to_gcj02` to better than 0.1 m (it has no closed form, so it is iterated)."""
    return Point(lat, lon) if outside_china(lat, lon) else _undo(wgs84_to_gcj02, lat, lon)


def bd09_to_gcj02(lat: float, lon: float) -> Point:
    """Inverse of `gcj02_to_bd09` to better than 0.1 m; the usual one-step formula is metres off."""
    return _undo(gcj02_to_bd09, lat, lon)


def to_wgs84(lat: float, lon: float, datum: Datum) -> Point:
    """What an import calls: degrees in the named datum to degrees WGS-84."""
    if datum == "bd09":
        return gcj02_to_wgs84(*bd09_to_gcj02(lat, lon))
    return gcj02_to_wgs84(lat, lon) if datum == "gcj02" else Point(lat, lon)


def from_wgs84(lat: float, lon: float, datum: Datum) -> Point:
    """For maps and platforms that expect another datum: degrees WGS-84 to degrees in the named one."""
    if datum == "wgs84":
        return Point(lat, lon)
    gcj = wgs84_to_gcj02(lat, lon)
    return gcj02_to_bd09(*gcj) if datum == "bd09" else gcj


def distance_m(a: Point, b: Point) -> float:
    """Metres along the WGS-84 ellipsoid; costs about ten times `rough_distance_m`."""
    # Imported where it is used: geopy brings its geocoders along, 17 MB that most server processes never need.
    from geopy.distance import geodesic

    return float(geodesic(a, b).meters)


def rough_distance_m(a: Point, b: Point) -> float:
    """Metres along a sphere, at most 0.6 % wrong: for sorting and for throwing out what is far away."""
    from geopy.distance import great_circle

    return float(great_circle(a, b).meters)


def near_distance_m(a: Point, b: Point) -> float:
    """Metres between two points of one neighbourhood: flat at their middle latitude, millimetres off at a kilometre.

    For the door, where every visit asks it; from 10 km on the ellipsoid decides.
    """
    middle = math.radians((a.lat + b.lat) / 2)
    curve = 1.0 - _WGS84_SQUARED * math.sin(middle) ** 2
    east = math.radians((b.lon - a.lon + 540.0) % 360.0 - 180.0) * _WGS84_AXIS_M / math.sqrt(curve) * math.cos(middle)
    north = math.radians(b.lat - a.lat) * _WGS84_AXIS_M * (1.0 - _WGS84_SQUARED) / curve**1.5
    away_m = math.hypot(north, east)
    return away_m if away_m < _NEAR_M else distance_m(a, b)


def within_m(a: Point, b: Point, reach_m: float) -> bool:
    """Whether two points lie no further apart than `reach_m`; exact only where the sphere cannot tell."""
    rough = rough_distance_m(a, b)
    if rough * (1.0 - _SPHERE_ERROR) > reach_m:
        return False
    return rough * (1.0 + _SPHERE_ERROR) <= reach_m or distance_m(a, b) <= reach_m


def bearing_deg(a: Point, b: Point) -> float:
    """Compass bearing from a to b, 0 ≤ degrees < 360."""
    phi_a, phi_b = math.radians(a.lat), math.radians(b.lat)
    turn = math.radians(b.lon - a.lon)
    east = math.sin(turn) * math.cos(phi_b)
    north = math.cos(phi_a) * math.sin(phi_b) - math.sin(phi_a) * math.cos(phi_b) * math.cos(turn)
    return math.degrees(math.atan2(east, north)) % 360.0


def swapped_lat_lon(lat: float, lon: float) -> bool:
    """True where a row has latitude and longitude exchanged: no place in China reads validly both ways."""
    return not _in_china(lat, lon) and _in_china(lon, lat)


def _in_china(lat: float, lon: float) -> bool:
    return 3.4 <= lat <= 53.6 and 73.4 <= lon <= 135.1


def mixed_datums(pairs: Iterable[tuple[Point, Point]]) -> MixedDatums | None:
    """The suspicion "坐标系混用？" for a list, from pairs (point in the list, point known to be WGS-84).

    Raised when the typical pair is 350–750 m apart and all point the same way, or when reading the list as
    another datum makes a shift of that size or more vanish. Fewer than three pairs prove nothing: None.
    """
    known = list(pairs)
    if len(known) < _MIXED_PAIRS:
        return None
    offset = median(rough_distance_m(trusted, listed) for listed, trusted in known)
    if offset < _MIXED_M[0]:
        return None
    turns = [math.radians(bearing_deg(trusted, listed)) for listed, trusted in known]
    east, north = sum(map(math.sin, turns)) / len(turns), sum(map(math.cos, turns)) / len(turns)
    likely = _likely_datum(known)
    one_way = math.hypot(east, north) >= _MIXED_BEARING_UNITY
    if likely is None and not (offset <= _MIXED_M[1] and one_way):
        return None
    return MixedDatums(offset, math.degrees(math.atan2(east, north)) % 360.0, likely)


def _likely_datum(known: Sequence[tuple[Point, Point]]) -> Literal["gcj02", "bd09", "converted_twice"] | None:
    """The reading under which the list fits best, if under it at least half of the list fits."""

    def misfit(read: Callable[[Point], Point]) -> float:
        return median(rough_distance_m(read(listed), trusted) for listed, trusted in known)

    fits = [
        (misfit(lambda p: to_wgs84(p.lat, p.lon, "gcj02")), "gcj02"),
        (misfit(lambda p: to_wgs84(p.lat, p.lon, "bd09")), "bd09"),
        (misfit(lambda p: wgs84_to_gcj02(p.lat, p.lon)), "converted_twice"),
    ]
    best_m, best = min(fits)
    if best_m > _MIXED_EXPLAINED_M:
        return None
    return "gcj02" if best == "gcj02" else "bd09" if best == "bd09" else "converted_twice"


def impossible_travel(a: Point, b: Point, *, elapsed_ms: int, slack_m: float = 0.0) -> bool:
    """Whether going from a to b took more than 120 km/h, after `slack_m` (both accuracies) is given away.

    The order of two fixes with wrong clocks is unknown, so the sign of `elapsed_ms` is ignored; under one
    second it counts as one second.
    """
    needed_m = max(abs(elapsed_ms), 1000) / 3_600_000 * _TRAVEL_KMH * 1000.0
    return not within_m(a, b, needed_m + max(slack_m, 0.0))


def confirmed_point(fixes: Sequence[VisitFix]) -> Point | None:
    """The place itself, once three visits by two people stood within 60 m: their median. Else None.

    Fixes vaguer than 60 m do not vote, and a stray one neither spoils nor moves the rest.
    """
    sharp = [fix for fix in fixes if 0 <= fix.radius_m <= _CONFIRM_WITHIN_M]
    circles = [_near(Point(fix.lat, fix.lon), sharp) for fix in sharp]
    densest = max(circles, key=len, default=[])
    if not densest:
        return None
    agreed = _near(_median_point(densest), densest)
    if len(agreed) < _CONFIRM_VISITS or len({fix.cadre_id for fix in agreed}) < _CONFIRM_PEOPLE:
        return None
    return _median_point(agreed)


def _near(centre: Point, fixes: Sequence[VisitFix]) -> list[VisitFix]:
    return [fix for fix in fixes if within_m(centre, Point(fix.lat, fix.lon), _CONFIRM_WITHIN_M)]


def _median_point(fixes: Sequence[VisitFix]) -> Point:
    return Point(median(fix.lat for fix in fixes), median(fix.lon for fix in fixes))
