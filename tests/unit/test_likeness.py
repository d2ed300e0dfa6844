"""From one problem to one class of problems: alike texts about one thing at one place, and why."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.domain.likeness import Item, clusters, likeness, pairs, phrases

LAMPS = [
    "3号楼门口路灯坏了，晚上看不见路",
    "小区西门的路灯不亮好几天了，老人晚上出门危险",
    "路灯不亮，晚上走路看不清",
    "路灯坏了没人修，晚上黑",
]


def items(texts: list[str], category: str = "roads_lights", place: str = "371502001001") -> list[Item]:
    return [Item(f"{category}-{place}-{number}", category, place, text) for number, text in enumerate(texts)]


def test_four_letters_about_dark_street_lamps_are_one_class_and_say_why():
    found = clusters([*items([*LAMPS, "井盖松动，车一压就响"])])
    assert len(found) == 1
    assert len(found[0].ids) == 4
    assert "路灯" in found[0].phrases


def test_the_same_words_in_another_community_or_category_are_another_class():
    far, other = items(LAMPS[:3], place="371502001002"), items(LAMPS[:3], category="safety_order")
    found = clusters([*items(LAMPS[:3]), *far, *other])
    assert sorted((c.category, c.place, len(c.ids)) for c in found) == [
        ("roads_lights", "371502001001", 3),
        ("roads_lights", "371502001002", 3),
        ("safety_order", "371502001001", 3),
    ]


def test_two_are_not_a_class_and_unrelated_ones_of_one_category_neither():
    assert clusters(items(LAMPS[:2])) == []
    unrelated = ["高血压门诊慢特病去哪里办", "孩子放学早，双职工接不了", "门口井盖松动响得厉害"]
    assert clusters(items(unrelated)) == []


def test_a_request_without_place_or_category_belongs_to_no_class():
    assert clusters(items(LAMPS, place="")) == []
    assert clusters(items(LAMPS, category="")) == []


def test_house_numbers_and_punctuation_make_nobody_alike():
    assert likeness(pairs("3号楼101"), pairs("5号楼，202。")) == 1.0
    assert likeness(pairs("！！"), pairs("？？")) == 0.0


@given(st.text(max_size=40), st.text(max_size=40))
def test_likeness_is_mutual_and_lies_between_nothing_and_the_same(a: str, b: str):
    one = likeness(pairs(a), pairs(b))
    assert one == likeness(pairs(b), pairs(a))
    assert 0 <= one <= 1
    if pairs(a):
        assert likeness(pairs(a), pairs(a)) == 1


@given(st.lists(st.sampled_from(LAMPS), min_size=1, max_size=8))
def test_a_phrase_occurs_in_two_thirds_of_the_texts(texts: list[str]):
    for phrase in phrases(texts):
        assert sum(1 for text in texts if phrase in text) * 3 >= 2 * len(texts)
