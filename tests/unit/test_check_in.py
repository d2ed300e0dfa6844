"""Check-ins: grades in evidence, signals that only weigh, and never a refused visit."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.check_in import (
    GRADE_WORDS,
    LOCATION_WORDS,
    RADII_M,
    SIGNAL_WORDS,
    Address,
    Fix,
    VisitTrace,
    call_back_weight,
    grade_visit,
    in_words,
    signals,
)

DOOR = Address(36.4566, 115.9854, "building", True)
NOON = 1_795_147_200_000
METRE_NORTH = 1 / 110_966


def fix_at(metres: float = 0, *, accuracy_m: float | None = 10, at: int = NOON, android: bool = False) -> Fix:
    return Fix(36.4566 + metres * METRE_NORTH, 115.9854, accuracy_m, at, android)


@pytest.mark.parametrize(
    ("dwelling", "radius_m"),
    [("building", 80), ("old_estate", 120), ("village_house", 150), ("village_centre", 1000), ("enterprise", 200)],
)
def test_each_dwelling_has_its_radius(dwelling: str, radius_m: int) -> None:
    door = DOOR._replace(dwelling=dwelling)
    assert grade_visit(door, fix_at(radius_m - 2, accuracy_m=1)).grade == "a"
    assert grade_visit(door, fix_at(radius_m + 2, accuracy_m=1)).reason == "outside"


def test_an_android_radius_holds_68_percent_and_is_widened_to_95() -> None:
    assert grade_visit(DOOR, fix_at(95, accuracy_m=12, android=True)).grade == "a"
    assert grade_visit(DOOR, fix_at(95, accuracy_m=12, android=False)).reason == "outside"


def test_a_fix_vaguer_than_the_place_says_nothing() -> None:
    vague = grade_visit(DOOR, fix_at(0, accuracy_m=2000))
    assert (vague.grade, vague.reason) == ("d", "too_vague")


def test_an_unconfirmed_address_gets_no_judgement() -> None:
    assert grade_visit(DOOR._replace(confirmed=False), fix_at(5000)).reason == "address_unconfirmed"


@pytest.mark.parametrize("error", ["denied", "timeout", "unavailable", "off"])
def test_without_a_location_the_plate_or_the_resident_still_counts(error: str) -> None:
    assert grade_visit(DOOR, error).grade == "d"  # type: ignore[arg-type]
    assert grade_visit(DOOR, error, scanned=True).grade == "b"  # type: ignore[arg-type]
    assert grade_visit(DOOR, error, resident_confirmed=True).grade == "c"  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("fix", "reason"),
    [
        (fix_at()._replace(lat=0.0, lon=0.0), "null_island"),
        (fix_at(at=86_400_000), "clock_not_set"),
        (fix_at()._replace(lat=math.nan), "unavailable"),
        (fix_at()._replace(lon=200.0), "unavailable"),
    ],
)
def test_a_broken_fix_is_named_and_not_believed(fix: Fix, reason: str) -> None:
    assert grade_visit(DOOR, fix).reason == reason


def test_a_phone_cannot_say_inside_in_place_of_a_fix() -> None:
    assert grade_visit(DOOR, "inside").grade == "d"  # type: ignore[arg-type]


def test_a_late_entry_is_never_graded_by_where_the_cadre_is_now() -> None:
    assert grade_visit(DOOR, fix_at(0), late_entry=True).reason == "late_entry"


@given(
    st.builds(
        Address,
        st.none() | st.floats(),
        st.none() | st.floats(),
        st.sampled_from([*RADII_M, "houseboat", ""]),
        st.booleans(),
    ),
    st.sampled_from(["denied", "timeout", "unavailable", "off"])
    | st.builds(Fix, st.floats(), st.floats(), st.none() | st.floats(), st.integers(-(2**53), 2**53), st.booleans()),
    st.booleans(),
    st.booleans(),
    st.booleans(),
)
def test_every_visit_gets_a_grade_whatever_the_phone_sent(
    address: Address, location: Fix, scanned: bool, confirmed: bool, late: bool
) -> None:
    evidence = grade_visit(address, location, scanned=scanned, resident_confirmed=confirmed, late_entry=late)
    assert evidence.grade in GRADE_WORDS
    assert evidence.location in LOCATION_WORDS
    assert in_words(evidence).zh.startswith(GRADE_WORDS[evidence.grade].zh)
    if late or isinstance(location, str):
        assert evidence.grade != "a"


def visit(
    name: str, place: str, at: int, metres: float | None = 0, *, accuracy_m: float = 10, verified: bool = True
) -> VisitTrace:
    fix = None if metres is None else fix_at(metres, accuracy_m=accuracy_m, at=at)
    return VisitTrace(name, place, at, fix, verified)


def minutes(count: float) -> int:
    return NOON + round(count * 60_000)


def codes(day: list[VisitTrace]) -> set[str]:
    return {signal.code for signal in signals(day)}


def test_an_ordinary_round_of_visits_shows_no_signal() -> None:
    assert signals([visit(f"v{i}", f"p{i}", minutes(i * 10), i * 40.0) for i in range(12)]) == []


def test_five_kilometres_in_a_minute_are_noticed_with_both_visits() -> None:
    found = signals([visit("v1", "p1", minutes(0)), visit("v2", "p2", minutes(1), 5000)])
    assert [(s.code, s.visit_ids) for s in found] == [("impossible_travel", ("v1", "v2"))]


def test_a_vague_fix_excuses_a_jump() -> None:
    assert codes([visit("v1", "p1", minutes(0)), visit("v2", "p2", minutes(1), 5000, accuracy_m=4000)]) == set()


def test_the_same_seven_decimals_at_three_addresses_are_noticed() -> None:
    day = [visit(f"v{i}", f"p{i}", minutes(i * 10)) for i in range(3)]
    assert codes(day) == {"same_fix"}
    assert codes(day[:2]) == set()


def test_the_same_address_three_times_is_no_signal() -> None:
    assert codes([visit(f"v{i}", "p1", minutes(i * 10)) for i in range(3)]) == set()


def test_three_doors_begun_within_seconds_are_noticed_and_two_are_not() -> None:
    day = [visit(f"v{i}", f"p{i}", NOON + i * 15_000, i * 10.0) for i in range(3)]
    assert codes(day) == {"tap_through"}
    assert codes(day[:2]) == set()


def test_three_empty_flats_at_half_a_minute_each_are_no_signal() -> None:
    assert codes([visit(f"v{i}", f"p{i}", minutes(i / 2), i * 5.0) for i in range(6)]) == set()


def test_going_back_and_forth_between_two_doors_is_not_tapping_through() -> None:
    day = [visit(f"v{i}", f"p{i % 2}", NOON + i * 15_000, i * 10.0) for i in range(6)]
    assert codes(day) == set()


def test_a_clock_that_was_never_set_is_noticed_without_location() -> None:
    day = [
        visit("v1", "p1", 60_000, None),
        visit("v2", "p2", minutes(5), None, verified=False),
        visit("v3", "p3", minutes(9), None),
    ]
    assert [(s.code, s.visit_ids) for s in signals(day)] == [("unverified_clock", ("v1", "v2"))]


def test_signals_and_grades_only_add_lots() -> None:
    plain = call_back_weight("a", [])
    assert plain >= 1
    assert call_back_weight("d", []) > plain
    for code in SIGNAL_WORDS:
        assert call_back_weight("a", [code]) > plain
        assert call_back_weight("a", [code, code]) == call_back_weight("a", [code])
