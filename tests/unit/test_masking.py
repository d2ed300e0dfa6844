"""Masking of names and numbers in lists and exports."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.masking import household_label, masked_name, masked_phone, masked_text


@pytest.mark.parametrize(
    ("name", "shown"),
    [("张小三", "张*三"), ("王五", "王*"), ("欧阳小锋", "欧**锋"), ("李", "李"), ("", ""), (None, "")],
)
def test_of_a_name_the_middle_goes(name: str | None, shown: str) -> None:
    assert masked_name(name) == shown


def test_a_households_row_shows_the_family_name_only() -> None:
    assert household_label("张小三") == "张**"
    assert household_label("") == ""


@pytest.mark.parametrize(
    ("phone", "shown"),
    [("13812341234", "138****1234"), ("06358300000", "*********00"), ("12", "**"), ("", ""), (None, "")],
)
def test_of_a_number_the_middle_goes(phone: str | None, shown: str) -> None:
    assert masked_phone(phone) == shown


def test_numbers_within_a_text_are_masked_and_others_stay() -> None:
    text = "打13812341234，身份证37150219800101001X，单号2026112000013812341234，共12345户"
    assert masked_text(text) == "打138****1234，身份证371502********001X，单号2026112000013812341234，共12345户"
    assert masked_text(None) == ""


@given(st.from_regex(r"1[3-9]\d{9}", fullmatch=True), st.text(max_size=20), st.text(max_size=20))
def test_no_mobile_number_survives_whatever_stands_around_it(phone: str, before: str, after: str) -> None:
    before, after = before.rstrip("0123456789"), after.lstrip("0123456789")
    if (before and before[-1].isdigit()) or (after and after[0].isdigit()):
        return
    assert phone not in masked_text(before + phone + after)
