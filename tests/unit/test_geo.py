"""Datums, distances and the mistakes that lists of addresses make."""

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.geo import (
    Datum,
    Point,
    VisitFix,
    bd09_to_gcj02,
    bearing_deg,
    confirmed_point,
    distance_m,
    from_wgs84,
    gcj02_to_bd09,
    gcj02_to_wgs84,
    impossible_travel,
    mixed_datums,
    near_distance_m,
    rough_distance_m,
    swapped_lat_lon,
    to_wgs84,
    wgs84_to_gcj02,
    within_m,
)

LIAOCHENG = Point(36.4566, 115.9854)
METRE_NORTH = 1 / 110_966
places_in_china = st.builds(Point, st.floats(18.2, 53.4), st.floats(73.6, 134.9))


def north_of(point: Point, metres: float) -> Point:
    return Point(point.lat + metres * METRE_NORTH, point.lon)


def test_beijing_converts_as_published_examples_say() -> None:
    assert wgs84_to_gcj02(39.915, 116.404) == pytest.approx((39.91640428150164, 116.41024449916938), abs=1e-9)
    assert gcj02_to_bd09(39.915, 116.404) == pytest.approx((39.92133699351022, 116.41036949371029), abs=1e-9)


def test_mixing_datums_shifts_liaocheng_by_half_a_kilometre() -> None:
    assert distance_m(LIAOCHENG, wgs84_to_gcj02(*LIAOCHENG)) == pytest.approx(509, abs=1)


@given(places_in_china, st.sampled_from(["gcj02", "bd09", "wgs84"]))
def test_there_and_back_is_off_by_less_than_ten_centimetres(place: Point, datum: Datum) -> None:
    assert distance_m(place, to_wgs84(*from_wgs84(*place, datum), datum)) < 0.1


@given(places_in_china)
def test_each_inverse_alone_is_off_by_less_than_ten_centimetres(place: Point) -> None:
    assert distance_m(place, gcj02_to_wgs84(*wgs84_to_gcj02(*place))) < 0.1
    assert distance_m(place, bd09_to_gcj02(*gcj02_to_bd09(*place))) < 0.1


def test_outside_china_gcj02_is_wgs84() -> None:
    assert wgs84_to_gcj02(48.8584, 2.2945) == (48.8584, 2.2945)
    assert gcj02_to_wgs84(48.8584, 2.2945) == (48.8584, 2.2945)


@given(places_in_china, places_in_china)
def test_the_quick_distance_is_at_most_six_per_mille_wrong(a: Point, b: Point) -> None:
    assert rough_distance_m(a, b) == pytest.approx(distance_m(a, b), rel=0.006, abs=0.01)


@given(st.floats(0, 400), st.floats(1, 400))
def test_the_prefilter_never_changes_the_answer(away_m: float, reach_m: float) -> None:
    there = north_of(LIAOCHENG, away_m)
    assert within_m(LIAOCHENG, there, reach_m) is (distance_m(LIAOCHENG, there) <= reach_m)


def test_bearings_follow_the_compass() -> None:
    steps = [Point(0.01, 0), Point(0, 0.01), Point(-0.01, 0), Point(0, -0.01)]
    assert [bearing_deg(Point(0, 0), there) for there in steps] == pytest.approx([0, 90, 180, 270])


def a_street(count: int = 12) -> list[Point]:
    return [north_of(LIAOCHENG, metres) for metres in range(0, count * 25, 25)]


@pytest.mark.parametrize(("datum", "offset_m"), [("gcj02", 509), ("bd09", 1272)])
def test_a_list_in_another_datum_is_suspected_by_name(datum: Datum, offset_m: float) -> None:
    suspicion = mixed_datums([(from_wgs84(*door, datum), door) for door in a_street()])
    assert suspicion is not None
    assert suspicion.likely == datum
    assert suspicion.offset_m == pytest.approx(offset_m, rel=0.01)


def test_a_list_that_was_converted_without_need_is_suspected() -> None:
    suspicion = mixed_datums([(gcj02_to_wgs84(*door), door) for door in a_street()])
    assert suspicion is not None
    assert suspicion.likely == "converted_twice"


def test_an_unexplained_shift_with_one_bearing_is_suspected_without_a_name() -> None:
    suspicion = mixed_datums([(north_of(door, 600), door) for door in a_street()])
    assert suspicion is not None
    assert suspicion.likely is None
    assert suspicion.bearing_deg == pytest.approx(0, abs=1)


def test_a_good_list_with_one_wrong_door_raises_no_suspicion() -> None:
    doors = a_street()
    listed = [(north_of(door, 15), door) for door in doors[1:]] + [(north_of(doors[0], 500), doors[0])]
    assert mixed_datums(listed) is None


def test_scattered_errors_raise_no_suspicion() -> None:
    def shifted(door: Point, turn: float) -> Point:
        east = 500 * math.sin(turn) * METRE_NORTH / math.cos(math.radians(door.lat))
        return Point(door.lat + 500 * math.cos(turn) * METRE_NORTH, door.lon + east)

    scattered = [(shifted(door, turn * 2.4), door) for turn, door in enumerate(a_street())]
    assert mixed_datums(scattered) is None


def test_two_rows_prove_nothing() -> None:
    assert mixed_datums([(wgs84_to_gcj02(*door), door) for door in a_street(2)]) is None


@given(places_in_china)
def test_exchanged_latitude_and_longitude_are_noticed_everywhere_in_china(place: Point) -> None:
    assert swapped_lat_lon(place.lon, place.lat)
    assert not swapped_lat_lon(place.lat, place.lon)


def test_a_place_abroad_is_not_called_exchanged() -> None:
    assert not swapped_lat_lon(48.86, 2.29)


def test_four_kilometres_in_a_minute_are_impossible_and_one_is_not() -> None:
    far, near = north_of(LIAOCHENG, 4000), north_of(LIAOCHENG, 1000)
    assert impossible_travel(LIAOCHENG, far, elapsed_ms=60_000)
    assert not impossible_travel(LIAOCHENG, near, elapsed_ms=60_000)
    assert not impossible_travel(LIAOCHENG, far, elapsed_ms=60_000, slack_m=2500)


def test_a_clock_that_jumped_back_does_not_make_travel_possible() -> None:
    assert impossible_travel(LIAOCHENG, north_of(LIAOCHENG, 4000), elapsed_ms=-60_000)
    assert not impossible_travel(LIAOCHENG, north_of(LIAOCHENG, 30), elapsed_ms=0)


def visits(*metres_and_people: tuple[float, str], radius_m: float = 10) -> list[VisitFix]:
    spots = [(north_of(LIAOCHENG, metres), who) for metres, who in metres_and_people]
    return [VisitFix(spot.lat, spot.lon, radius_m, who) for spot, who in spots]


def test_three_visits_by_two_people_confirm_the_median() -> None:
    point = confirmed_point(visits((0, "li"), (10, "wang"), (40, "li")))
    assert point is not None
    assert distance_m(point, north_of(LIAOCHENG, 10)) < 0.1


@pytest.mark.parametrize(
    "seen",
    [
        visits((0, "li"), (10, "wang")),
        visits((0, "li"), (10, "li"), (20, "li"), (30, "li")),
        visits((0, "li"), (100, "wang"), (200, "li")),
        visits((0, "li"), (10, "wang"), (20, "li"), radius_m=80),
        [],
    ],
    ids=["two visits", "one person", "scattered", "vague", "none"],
)
def test_a_point_is_not_confirmed_by(seen: list[VisitFix]) -> None:
    assert confirmed_point(seen) is None


def test_a_stray_fix_neither_spoils_nor_moves_the_confirmed_point() -> None:
    good = visits((0, "li"), (10, "wang"), (20, "li"))
    assert confirmed_point(visits((5000, "wang")) + good) == confirmed_point(good)


def test_moving_on_in_small_steps_confirms_one_house_and_not_the_whole_street() -> None:
    walk = visits(*[(metres, who) for metres, who in zip(range(0, 400, 50), "abababab", strict=True)])
    point = confirmed_point(walk)
    assert point is not None
    near = [fix for fix in walk if distance_m(point, Point(fix.lat, fix.lon)) <= 60]
    assert len(near) <= 3
    assert all(a.cadre_id != b.cadre_id for a, b in pairwise(near))


@given(st.floats(-75, 75), st.floats(-180, 180), st.floats(-0.1, 0.1), st.floats(-0.1, 0.1))
def test_the_flat_distance_of_a_neighbourhood_is_the_ellipsoids(
    lat: float, lon: float, north: float, east: float
) -> None:
    a, b = Point(lat, lon), Point(lat + north, lon + east)
    assert near_distance_m(a, b) == pytest.approx(distance_m(a, b), rel=1e-4, abs=0.001)
