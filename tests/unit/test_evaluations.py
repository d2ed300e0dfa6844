"""The three evaluations: sums of five or more, never a single vote."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.evaluations import check_score, summarise


def test_four_answers_stay_hidden_and_five_are_shown():
    assert summarise([0, 0, 0, 0, 4]).mean is None
    shown = summarise([1, 0, 0, 1, 3])
    assert (shown.given, shown.hidden, shown.mean, shown.satisfied) == (5, False, 4.0, 0.8)


@given(st.lists(st.integers(0, 4), min_size=5, max_size=5))
def test_a_hidden_sum_gives_nothing_away_but_its_count(spread: list[int]):
    found = summarise(spread, hidden_below=21)
    assert found == (sum(spread), True, None, None, None)


@given(st.lists(st.integers(0, 50), min_size=5, max_size=5).filter(lambda spread: sum(spread) >= 5))
def test_mean_and_share_stay_within_their_scales(spread: list[int]):
    found = summarise(spread)
    assert 1 <= found.mean <= 5
    assert 0 <= found.satisfied <= 1


def test_no_answers_are_hidden_even_when_nothing_is_to_be_hidden():
    assert summarise([0] * 5, hidden_below=0).hidden


@pytest.mark.parametrize("score", [0, 6, 3.0, "5", True, None])
def test_a_score_outside_the_five_words_is_refused(score: object):
    with pytest.raises(ValueError, match="score"):
        check_score(score)
