"""The badge's six digits: the standard's examples, a minute's tolerance, nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.badge import STEP_MS, badge_changes_in_ms, badge_code, badge_is_genuine

RFC_SECRET = b"12345678901234567890"
NOON = 1_795_147_200_000

secrets = st.binary(min_size=10, max_size=32)
instants = st.integers(0, 2**43)


@pytest.mark.parametrize(
    ("seconds", "eight_digits"),
    [
        (59, "94287082"),
        (1111111109, "07081804"),
        (1111111111, "14050471"),
        (1234567890, "89005924"),
        (2000000000, "69279037"),
        (20000000000, "65353130"),
    ],
)
def test_the_examples_of_rfc_6238_come_out(seconds: int, eight_digits: str) -> None:
    assert badge_code(RFC_SECRET, seconds * 1000) == eight_digits[-6:]


@given(secrets, instants, st.integers(0, STEP_MS - 1))
def test_digits_stay_for_their_half_minute(secret: bytes, at: int, later: int) -> None:
    begin = at - at % STEP_MS
    assert badge_code(secret, begin + later) == badge_code(secret, begin)
    assert begin + later + badge_changes_in_ms(begin + later) == begin + STEP_MS


@given(secrets, instants, st.integers(-STEP_MS, STEP_MS))
def test_what_a_phone_half_a_minute_off_shows_is_genuine(secret: bytes, at: int, off: int) -> None:
    assert badge_is_genuine(secret, badge_code(secret, max(at + off, 0)), at)


def test_what_a_phone_showed_a_minute_ago_is_not_genuine_any_more() -> None:
    assert not badge_is_genuine(RFC_SECRET, badge_code(RFC_SECRET, NOON), NOON + 2 * STEP_MS)
    assert not badge_is_genuine(RFC_SECRET, badge_code(RFC_SECRET, NOON), NOON - 2 * STEP_MS)


def test_another_cadres_digits_are_not_genuine() -> None:
    assert not badge_is_genuine(RFC_SECRET, badge_code(b"another secret", NOON), NOON)


def test_digits_may_be_typed_with_spaces_and_in_full_width() -> None:
    digits = badge_code(RFC_SECRET, NOON)
    wide = "".join(chr(ord(digit) + 0xFEE0) for digit in digits)
    assert badge_is_genuine(RFC_SECRET, f" {digits[:3]} {digits[3:]} ", NOON)
    assert badge_is_genuine(RFC_SECRET, wide, NOON)


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "abcdef", "一二三四五六", "-12345"])
def test_what_is_not_six_digits_is_not_genuine(typed: str) -> None:
    assert not badge_is_genuine(RFC_SECRET, typed, NOON)
