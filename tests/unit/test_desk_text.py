"""What the units' pages make of text from outside."""

from __future__ import annotations

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.desk.text import unbroken


@pytest.mark.parametrize(
    ("text", "page"),
    [
        ("楼道灯不亮。上报编号 MQ-7K3F9D2A", '楼道灯不亮。上报编号 <span class="unbroken">MQ-7K3F9D2A</span>'),
        ("见2026-11-20的<b>", '见<span class="unbroken">2026-11-20</span>的&lt;b&gt;'),
        ("没有编号", "没有编号"),
        ("", ""),
        # Too long for the column of a phone: may break wherever it must.
        ("A-" + 400 * "B", "A-" + 400 * "B"),
    ],
)  # fmt: skip
def test_a_number_in_a_text_stays_on_one_line(text: str, page: str) -> None:
    assert str(unbroken(text)) == page


@given(st.text(alphabet="AZ09-<>&\"' 灯a\n", max_size=80))
def test_nothing_of_a_text_is_lost_and_none_of_it_becomes_markup(text: str) -> None:
    assert html.unescape(re.sub(r'<span class="unbroken">|</span>', "", str(unbroken(text)))) == text
