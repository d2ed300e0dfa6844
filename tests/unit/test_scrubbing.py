"""No person in what leaves with a confidential report, nor in what is kept of an answer."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.scrubbing import MASK, excerpt, plain, without_persons


@pytest.mark.parametrize(
    "number",
    ["13812345678", "138 1234 5678", "138-1234-5678", "+8613812345678", "+86 13812345678", "１３８１２３４５６７８", "0635-8412345",
     "06358412345", "371502198001011234", "37150219800101123X"],
)  # fmt: skip
def test_numbers_of_persons_are_masked_in_any_spelling(number: str) -> None:
    assert without_persons(f"请打{number}联系我") == f"请打{MASK}联系我"
    assert without_persons(f"tel:{number}x") == f"tel:{MASK}x"


@pytest.mark.parametrize("harmless", ["2026-11-22", "12345", "WO20261122-000123", "15元", "MQ-00000000", "36.456789"])
def test_other_numbers_stay(harmless: str) -> None:
    assert without_persons(harmless) == harmless


def test_known_names_are_masked_the_longer_first() -> None:
    assert without_persons("王小明和王小的事", ["王小", "王小明", "", " "]) == f"{MASK}和{MASK}的事"


@given(st.text(max_size=300), st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True), st.text(max_size=300))
def test_a_phone_number_survives_nowhere_among_other_signs(before: str, phone: str, after: str) -> None:
    assert phone not in without_persons(f"{before}，{phone}，{after}")


def test_control_signs_go_and_line_ends_stay() -> None:
    assert plain("a\x00b\u202ec\ud800\nd\te") == "abc\nd\te"


def test_an_excerpt_is_short_and_has_no_half_number_at_its_end() -> None:
    assert len(excerpt("长" * 10_000)) == 500
    assert "371502" not in excerpt("371502198001011234 " * 1000)
    assert "k-123" not in excerpt('{"api_key": "k-123"}', ["k-123"])
