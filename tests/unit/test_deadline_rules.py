"""Deadline rules as programme files give them: what cannot be meant is refused by its key."""

from typing import Any

import pytest

from app.domain.deadline_presets import PRESETS
from app.domain.deadlines import DUTIES, BadRule, parse_rule, parse_rules


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"duty": "whistle"}, "duty"),
        ({"length": 0}, "length"),
        ({"length": 1.5}, "length"),
        ({"length": True}, "length"),
        ({"unit": "weeks"}, "unit"),
        ({"starts_at": ""}, "starts_at"),
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
    assert set(PRESETS) == {"liaocheng", "baoan", "huangpu", "zhoukou", "wangcheng", "shanghai"}
    for rules in PRESETS.values():
        assert any(one.clock == "resident" and one.duty in DUTIES for one in rules)


def test_a_rule_that_pauses_is_the_units_and_any_other_the_residents() -> None:
    table = {"starts_at": "dispatched", "duty": "answer", "length": 3, "unit": "working_days"}
    plain, pausing = parse_rules([table, {**table, "pauses_in": ["returned"]}])
    assert (plain.clock, pausing.clock) == ("resident", "unit")
    assert plain.warns_at == (0.5, 0.8, 1.0)
    assert plain.escalates_to is None
