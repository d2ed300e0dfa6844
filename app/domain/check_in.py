"""Check-in (定位打卡): how well a visit is evidenced, and what makes a call-back a little more likely.

Every visit is valid whatever comes out here. The phone's twin of `grade_visit` is
`pwa/src/rules/check_in.ts`; both are held to `tests/contract/check_in.json`.
"""

import math
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import pairwise
from types import MappingProxyType
from typing import Literal, NamedTuple, get_args

from app.domain.geo import Point, impossible_travel, near_distance_m
from app.domain.words import Words

Grade = Literal["a", "b", "c", "d"]
LocationError = Literal["denied", "timeout", "unavailable", "off"]
SignalCode = Literal["impossible_travel", "same_fix", "tap_through", "unverified_clock"]

# The only words a phone may send in place of a fix: "inside" is ours to say.
_LOCATION_ERRORS = frozenset(get_args(LocationError))

# How far from the place's point a fix still counts as being there, in metres, by kind of dwelling.
RADII_M: Mapping[str, int] = MappingProxyType(
    {"building": 80, "old_estate": 120, "village_house": 150, "village_centre": 1000, "enterprise": 200}
)

# Android reports the radius that holds 68 % of positions, everything else 95 %: for a round normal spread
# the second is sqrt(ln 0.05 / ln 0.32) times the first.
_ANDROID_TO_95 = math.sqrt(math.log(0.05) / math.log(0.32))

# A circle wider than the place itself says nothing; indoors phones seldom do better than this floor.
_VAGUE_M = 100.0

# 0°N 0°E within some 100 m: what a broken receiver reports, and nobody's doorstep.
_NULL_ISLAND_DEGREES = 0.001

# 2020-01-01 UTC. A phone that believes in an earlier year has lost its clock, and with it the age of its fix.
_CLOCK_SET_AFTER_MS = 1_577_836_800_000

_TAP_THROUGH_MS = 20_000
_TAP_THROUGH_PLACES = 3
_SAME_FIX_PLACES = 3

GRADE_WORDS: Mapping[str, Words] = MappingProxyType(
    {
        "a": Words("甲 · 定位在范围内", "A · location inside the radius"),
        "b": Words("乙 · 已扫门牌或联系卡", "B · plate or card scanned"),
        "c": Words("丙 · 群众已确认", "C · confirmed by the resident"),
        "d": Words("丁 · 本人填报", "D · self-declared"),
    }
)

LOCATION_WORDS: Mapping[str, Words] = MappingProxyType(
    {
        "inside": Words("定位在范围内", "Location inside the radius"),
        "outside": Words("定位不在该地址附近", "Location not near this address"),
        "too_vague": Words("定位误差较大，不作判断", "Location too imprecise to judge"),
        "address_unconfirmed": Words("地址位置待核实，不作判断", "Address not yet confirmed, no judgement"),
        "denied": Words("未授予定位权限", "Location permission not given"),
        "timeout": Words("定位超时", "Location timed out"),
        "unavailable": Words("暂时无法定位", "Location unavailable"),
        "off": Words("定位已关闭", "Location is switched off"),
        "null_island": Words("定位结果无效", "The location received is not valid"),
        "clock_not_set": Words("手机时间未校准", "The phone's clock is not set"),
        "late_entry": Words("补录，时间由本人填报", "Late entry, time self-declared"),
    }
)

SIGNAL_WORDS: Mapping[SignalCode, Words] = MappingProxyType(
    {
        "impossible_travel": Words("两次走访之间移动过快", "Moved too fast between two visits"),
        "same_fix": Words("多个地址的定位坐标完全相同", "Exactly the same coordinates at several addresses"),
        "tap_through": Words("连续多户停留时间很短", "Several addresses in a row within seconds"),
        "unverified_clock": Words("手机时间未经核对", "The phone's clock was not verified"),
    }
)

# Odds of a call-back against a visit in grade a without signals; only odds, nobody is judged by them.
GRADE_WEIGHTS: Mapping[Grade, int] = MappingProxyType({"a": 1, "b": 1, "c": 1, "d": 2})
SIGNAL_WEIGHTS: Mapping[SignalCode, int] = MappingProxyType(
    {"impossible_travel": 3, "same_fix": 3, "tap_through": 2, "unverified_clock": 1}
)


class Address(NamedTuple):
    """A place as the check-in sees it; degrees WGS-84, None where it was never located."""

    lat: float | None
    lon: float | None
    dwelling: str
    confirmed: bool


class Fix(NamedTuple):
    """One location as the phone reported it: WGS-84 degrees, its radius in metres, phone's time in ms."""

    lat: float
    lon: float
    accuracy_m: float | None
    taken_at: int
    android: bool = False


class Evidence(NamedTuple):
    """A grade with its reason.

    `location` says what the fix alone gave and `reason` what the grade rests on: `plate_scanned`,
    `resident_confirmed`, or the location's own code. Distances are metres; None where nothing was measured.
    """

    grade: Grade
    reason: str
    location: str
    distance_m: float | None
    radius_m: int | None


class VisitTrace(NamedTuple):
    """What one visit of one cadre left behind for the signals; `arrived_at` is the phone's time in ms."""

    visit_id: str
    place_id: str
    arrived_at: int
    fix: Fix | None
    clock_verified: bool


class Signal(NamedTuple):
    """Something odd about some visits, shown to the cadre as well, with a note field and no consequence."""

    code: SignalCode
    visit_ids: tuple[str, ...]


def radius_95_m(fix: Fix) -> float | None:
    """The radius in metres that holds the true position 95 times in 100; None where the phone gave none."""
    if fix.accuracy_m is None or not math.isfinite(fix.accuracy_m) or fix.accuracy_m < 0:
        return None
    return fix.accuracy_m * _ANDROID_TO_95 if fix.android else fix.accuracy_m


def grade_visit(
    address: Address,
    location: Fix | LocationError,
    *,
    scanned: bool = False,
    resident_confirmed: bool = False,
    late_entry: bool = False,
    radii_m: Mapping[str, int] = RADII_M,
) -> Evidence:
    """The best grade a visit has evidence for: a 甲, b 乙, c 丙, d 丁. Never refuses and never raises.

    `scanned`: the plate or contact card was read at the door. `late_entry` (补录): recorded afterwards, so
    the fix says where the cadre is now and not where he was. `radii_m`: the programme's own radii.
    """
    radius_m = radii_m.get(address.dwelling) if address.confirmed else None
    where, away_m = ("late_entry", None) if late_entry else _locate(address, location, radius_m)
    if where == "inside":
        return Evidence("a", where, where, away_m, radius_m)
    if scanned:
        return Evidence("b", "plate_scanned", where, away_m, radius_m)
    if resident_confirmed:
        return Evidence("c", "resident_confirmed", where, away_m, radius_m)
    return Evidence("d", where, where, away_m, radius_m)


def in_words(evidence: Evidence) -> Words:
    """The grade as people read it, with what the location said where the grade does not rest on it."""
    grade, where = GRADE_WORDS[evidence.grade], LOCATION_WORDS[evidence.location]
    if evidence.grade == "a":
        return grade
    return Words(f"{grade.zh}（{where.zh}）", f"{grade.en} ({where.en})")


def _locate(address: Address, location: Fix | LocationError, radius_m: int | None) -> tuple[str, float | None]:
    """The location's code and its distance from the address in metres."""
    if isinstance(location, str):
        return location if location in _LOCATION_ERRORS else "unavailable", None
    flaw = _flaw(location)
    if flaw:
        return flaw, None
    there = _point(address)
    if radius_m is None or there is None:
        return "address_unconfirmed", None
    away_m = near_distance_m(there, Point(location.lat, location.lon))
    blur_m = radius_95_m(location)
    if blur_m is None or blur_m > max(radius_m, _VAGUE_M):
        return "too_vague", away_m
    return "inside" if away_m - blur_m <= radius_m else "outside", away_m


def _point(address: Address) -> Point | None:
    if address.lat is None or address.lon is None or not _on_earth(address.lat, address.lon):
        return None
    return Point(address.lat, address.lon)


def _on_earth(lat: float, lon: float) -> bool:
    return abs(lat) <= 90 and abs(lon) <= 180  # false for NaN too


def _flaw(fix: Fix) -> str | None:
    if not _on_earth(fix.lat, fix.lon):
        return "unavailable"
    if abs(fix.lat) < _NULL_ISLAND_DEGREES and abs(fix.lon) < _NULL_ISLAND_DEGREES:
        return "null_island"
    return "clock_not_set" if fix.taken_at < _CLOCK_SET_AFTER_MS else None


def signals(visits: Sequence[VisitTrace]) -> list[Signal]:
    """What is odd about one cadre's visits of one day; an empty list is the ordinary case.

    A late entry or a switched-off location gives no fix and therefore no signal about places.
    """
    day = sorted(visits, key=lambda visit: visit.arrived_at)
    odd = [*_too_fast(day), *_same_fix(day), *_tapped_through(day)]
    doubtful = tuple(v.visit_id for v in day if not v.clock_verified or v.arrived_at < _CLOCK_SET_AFTER_MS)
    return [*odd, Signal("unverified_clock", doubtful)] if doubtful else odd


def _usable(visits: Sequence[VisitTrace]) -> Iterator[tuple[VisitTrace, Fix, float]]:
    for visit in visits:
        blur_m = radius_95_m(visit.fix) if visit.fix and _flaw(visit.fix) is None else None
        if visit.fix and blur_m is not None:
            yield visit, visit.fix, blur_m


def _too_fast(day: Sequence[VisitTrace]) -> Iterator[Signal]:
    for (before, a, blur_a_m), (after, b, blur_b_m) in pairwise(_usable(day)):
        if impossible_travel(
            Point(a.lat, a.lon),
            Point(b.lat, b.lon),
            elapsed_ms=b.taken_at - a.taken_at,
            slack_m=blur_a_m + blur_b_m,
        ):
            yield Signal("impossible_travel", (before.visit_id, after.visit_id))


def _same_fix(day: Sequence[VisitTrace]) -> Iterator[Signal]:
    """Seven decimals are a centimetre: a living receiver never repeats them at three addresses."""
    seen: dict[tuple[float, float], list[VisitTrace]] = defaultdict(list)
    for visit, fix, _ in _usable(day):
        seen[round(fix.lat, 7), round(fix.lon, 7)].append(visit)
    for alike in seen.values():
        if len({visit.place_id for visit in alike}) >= _SAME_FIX_PLACES:
            yield Signal("same_fix", tuple(visit.visit_id for visit in alike))


def _tapped_through(day: Sequence[VisitTrace]) -> Iterator[Signal]:
    """Runs of addresses, each begun under 20 s after the one before: walking and knocking take longer.

    The time between arrivals is measured and not the taps of one visit, because "nobody home" is honestly
    recorded in eight seconds.
    """
    run: list[VisitTrace] = []
    for visit in day:
        if run and visit.place_id == run[-1].place_id:
            continue
        if run and visit.arrived_at - run[-1].arrived_at >= _TAP_THROUGH_MS:
            yield from _tap_signal(run)
            run = []
        run.append(visit)
    yield from _tap_signal(run)


def _tap_signal(run: Sequence[VisitTrace]) -> Iterator[Signal]:
    if len({visit.place_id for visit in run}) >= _TAP_THROUGH_PLACES:
        yield Signal("tap_through", tuple(visit.visit_id for visit in run))


def call_back_weight(grade: Grade, codes: Collection[SignalCode]) -> int:
    """How many lots a visit gets in the risk layer of the spot check (抽查回访): at least one."""
    return GRADE_WEIGHTS[grade] + sum(SIGNAL_WEIGHTS[code] for code in set(codes))
