"""Spot checks: anybody can repeat a draw, nobody can steer it, and the page says no more than the calls allow."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.sampling import calls_needed, draw, finding, may_call, seal, upper_bound

VISITS = [f"visit-{number:04d}" for number in range(400)]
some_visits = st.lists(st.sampled_from(VISITS), min_size=1, max_size=60, unique=True)


@given(some_visits, st.randoms(use_true_random=False), st.integers(0, 20), st.integers(0, 20))
def test_the_order_in_which_the_visits_come_changes_nothing(
    visits: list[str], dice, random_calls: int, risk_calls: int
):
    shuffled = list(visits)
    dice.shuffle(shuffled)
    weights = dict.fromkeys(visits[::2], 3.0)
    one = draw(seal("2026-11-20", visits), random_calls, risk_calls, weights)
    other = draw(seal("2026-11-20", shuffled), random_calls, risk_calls, weights)
    assert one == other


@given(some_visits, st.integers(0, 80), st.integers(0, 80))
def test_the_layers_hold_as_many_as_asked_and_never_the_same_visit(
    visits: list[str], random_calls: int, risk_calls: int
):
    weights = dict.fromkeys(visits[::3], 2.0)
    drawn = draw(seal("2026-11-20", visits), random_calls, risk_calls, weights)
    assert len(drawn.random) == min(random_calls, len(visits))
    left = set(weights) - set(drawn.random)
    assert len(drawn.risk) == min(risk_calls, len(left))
    assert set(drawn.risk) <= left
    assert len(set(drawn.random + drawn.risk)) == len(drawn.random) + len(drawn.risk)


def test_one_visit_more_on_the_list_or_another_day_is_another_draw():
    sealed = seal("2026-11-20", VISITS)
    assert seal("2026-11-20", VISITS[:-1]).seed != sealed.seed
    assert seal("2026-11-27", VISITS).seed != sealed.seed
    assert draw(sealed, 59, 0, {}) != draw(seal("2026-11-27", VISITS), 59, 0, {})


def test_every_visit_has_the_same_chance_in_the_random_layer():
    """Over a year of Fridays each of 400 visits is drawn about 52 × 59 / 400 = 7.7 times; the extremes stay within chance."""
    times = dict.fromkeys(VISITS, 0)
    for week in range(52):
        for visit in draw(seal(f"week {week}", VISITS), 59, 0, {}).random:
            times[visit] += 1
    mean = 52 * 59 / 400
    spread = math.sqrt(sum((n - mean) ** 2 for n in times.values()) / len(times))
    assert 2.2 < spread < 3.0  # binomial: 2.56
    assert max(times.values()) < mean + 5 * 2.56


def test_a_heavier_visit_is_drawn_more_often_in_the_risk_layer():
    weights = {visit: 4.0 if number < 50 else 1.0 for number, visit in enumerate(VISITS[:200])}
    heavy = sum(
        sum(1 for visit in draw(seal(f"week {week}", VISITS), 0, 20, weights).risk if weights[visit] > 1)
        for week in range(100)
    )
    # 50 × 4 lots against 150 × 1: over half of 2,000 calls, where plain chance would give a quarter.
    assert 950 < heavy < 1250


def test_fifty_nine_calls_find_five_percent_149_find_two_and_298_find_one_on_a_citys_friday():
    assert [calls_needed(share, 183_272) for share in (0.05, 0.02, 0.01)] == [59, 149, 298]


def test_where_there_is_nothing_to_find_only_the_whole_list_proves_it():
    assert calls_needed(0.02, 37) == 37
    assert calls_needed(0.05, 0) == 0


def test_none_of_149_differing_means_under_two_percent_with_95_percent_confidence():
    assert finding(149, 0).upper == pytest.approx(1 - 0.05 ** (1 / 149))
    assert upper_bound(149, 0) < 0.02 < upper_bound(148, 0)
    assert upper_bound(59, 0) < 0.05


def test_the_bound_is_clopper_pearsons_also_when_some_differ():
    # R: binom.test(1, 59, alternative = "less")$conf.int[2]
    assert upper_bound(59, 1) == pytest.approx(0.0779, abs=5e-5)
    assert upper_bound(5, 5) == 1.0


@settings(deadline=None)
@given(st.integers(1, 300), st.data())
def test_more_differing_calls_never_make_the_bound_smaller(reached: int, data):
    differ = data.draw(st.integers(0, reached))
    bound = upper_bound(reached, differ)
    assert differ / reached <= bound <= 1
    if differ:
        assert upper_bound(reached, differ - 1) <= bound


def test_nobody_reached_says_nothing_and_impossible_counts_are_refused():
    assert finding(0, 0).upper is None
    with pytest.raises(ValueError, match="differ"):
        finding(3, 4)


def test_nobody_calls_the_own_team():
    assert not may_call({"a"}, "a")
    assert may_call({"a"}, "b")
    assert may_call(set(), "a")
