"""Deadline rules as programme files give them: what cannot be meant is refused by its key."""

from typing import Any

import pytest

from app.domain.deadline_rules import DUTIES, BadRule, parse_rule, parse_rules, rule_of_way
from app.domain.deadlines import due_at
from app.domain.service_requests import WAYS
from app.programmes import FOLDER, deadline_tables, names


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"duty": "whistle"}, "duty"),
        ({"length": 0}, "length"),
        ({"length": 1.5}, "length"),
        ({"length": True}, "length"),
        ({"unit": "weeks"}, "unit"),
        ({"starts_at": ""}, "starts_at"),
        ({"starts_at": "whenever"}, "starts_at"),
        ({"clock": "cuckoo"}, "clock"),
        ({"clock": "resident", "pauses_in": ["returned"]}, "pauses_in"),
        ({"warns_at": [0.8, 0.5]}, "warns_at"),
        ({"warns_at": [0, 1]}, "warns_at"),
        ({"warns_at": [1.2]}, "warns_at"),
        ({"best": 5}, "best"),
        ({"lenght": 3}, "unknown key: lenght"),
    ],
)
def test_a_rule_that_cannot_be_meant_is_refused_by_its_key(change: dict[str, Any], key: str) -> None:
    table = {"starts_at": "recorded", "duty": "answer", "length": 3, "unit": "working_days", **change}
    with pytest.raises(BadRule, match=key):
        parse_rule(table)


def test_every_programme_of_the_five_has_rules_with_a_clock_for_the_resident() -> None:
    assert set(names()) == {"liaocheng", "baoan", "huangpu", "zhoukou", "wangcheng"}
    for name in (*names(), "shanghai_petitions"):
        rules = parse_rules(deadline_tables(FOLDER, name))
        assert any(one.clock == "resident" and one.duty in DUTIES for one in rules)


@pytest.mark.parametrize(
    ("name", "duty", "best", "length", "unit"),
    [
        ("liaocheng", "feedback", None, 24, "clock_hours"),
        ("baoan", "accept", None, 1, "working_days"),
        ("baoan", "answer", 3, 5, "working_days"),
        ("shanghai_petitions", "handler_named", None, 7, "natural_days"),
        ("shanghai_petitions", "result", None, 3, "months"),
        ("huangpu", "weekly_task", None, 7, "natural_days"),
    ],
)
def test_the_numbers_of_the_newspaper_pages_stand_in_the_files(
    name: str, duty: str, best: int | None, length: int, unit: str
) -> None:
    (rule,) = [
        one for one in parse_rules(deadline_tables(FOLDER, name)) if one.duty == duty and one.clock == "resident"
    ]
    assert (rule.best, rule.length, rule.unit) == (best, length, unit)


def test_a_rule_that_pauses_is_the_units_and_any_other_the_residents() -> None:
    table = {"starts_at": "dispatched", "duty": "answer", "length": 3, "unit": "working_days"}
    plain, pausing = parse_rules([table, {**table, "pauses_in": ["returned"]}])
    assert (plain.clock, pausing.clock) == ("resident", "unit")
    assert plain.warns_at == (0.5, 0.8, 1.0)
    assert plain.escalates_to is None


def test_each_of_the_six_ways_sets_a_clock_for_its_owner_and_the_urgent_one_the_shortest() -> None:
    recorded_at = 1_795_161_600_000
    dues = {way: due_at(rule_of_way(way), recorded_at).at_ms for way in WAYS}
    assert min(dues, key=lambda way: dues[way]) == "at_once"
    assert dues["at_once"] == recorded_at + 24 * 3_600_000
    assert {rule_of_way(way).clock for way in WAYS} == {"unit"}
