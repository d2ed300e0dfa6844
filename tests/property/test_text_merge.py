"""Laws of the sentence merge, and named stories of two cadres who write in one diary."""

import random
import unicodedata
from collections import Counter

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sync.text_merge import MergeResult, clean, merge, sentences

# Few words and many line breaks, so that repeated and moved sentences are common.
words = st.sampled_from(
    ["张家没事", "李家", "路灯不亮", "café", "cafe\u0301", "😀", "", "\ud83d", "\udc00", "\r\n", "\r"]
)
ends = st.sampled_from(["。", "！", "？", "；", "!", "?", ";", "\n", "。\n", ""])
texts = st.lists(st.tuples(words, ends), max_size=9).map(lambda parts: "".join(map("".join, parts)))
anything = st.text(max_size=40) | texts


@given(anything)
def test_a_clean_text_is_composed_and_has_neither_carriage_returns_nor_lone_surrogates(text: str) -> None:
    cleaned = clean(text)
    cleaned.encode("utf-8")
    assert "\r" not in cleaned
    assert unicodedata.is_normalized("NFC", cleaned)
    assert clean(cleaned) == cleaned


@given(anything)
def test_sentences_put_together_are_the_text(text: str) -> None:
    tokens = sentences(clean(text))
    assert "".join(tokens) == clean(text)
    assert all(tokens)


@given(anything, anything)
def test_only_one_writer_wins_without_conflict(base: str, text: str) -> None:
    assert merge(base, base, text) == MergeResult(clean(text), ())
    assert merge(base, text, base) == MergeResult(clean(text), ())


@given(anything, anything)
def test_two_writers_of_the_same_agree(base: str, text: str) -> None:
    assert merge(base, text, text) == MergeResult(clean(text), ())


@given(anything, anything, anything)
def test_the_conflict_flag_does_not_depend_on_who_is_called_mine(base: str, li: str, wang: str) -> None:
    assert merge(base, li, wang).conflict is merge(base, wang, li).conflict


@given(anything, anything, anything)
def test_a_result_is_clean_and_merging_it_again_changes_nothing(base: str, li: str, wang: str) -> None:
    merged = merge(base, li, wang)
    assert clean(merged.text) == merged.text
    assert merge(merged.text, merged.text, merged.text).text == merged.text
    assert "<<<<" not in merged.text


def said(text: str) -> Counter[str]:
    return Counter(token.rstrip("\n") for token in sentences(clean(text)) if token.strip("\n"))


@given(texts, texts, texts)
@example("", "张家没事", "李家")
@example("张家没事。", "张家没事。李家", "张家没事。路灯不亮")
def test_no_sentence_anybody_added_is_lost(base: str, li: str, wang: str) -> None:
    merged = merge(base, li, wang)
    kept = said(merged.text)
    for lost in merged.lost:
        kept += said(lost)
    before = said(base)
    for text in (li, wang):
        added = said(text) - before
        assert added <= kept


@given(texts, texts, texts)
def test_without_conflict_nothing_that_only_one_removed_comes_back(base: str, li: str, wang: str) -> None:
    merged = merge(base, li, wang)
    if not merged.conflict:
        allowed = said(base) | said(li) + said(wang)
        assert said(merged.text) <= allowed


@given(st.lists(st.integers(0, 10**6), unique=True, min_size=4, max_size=30), st.randoms())
def test_edits_of_different_sentences_both_stay(households: list[int], chance: random.Random) -> None:
    diary = [f"走访{number}号，没事。" for number in households]
    first, second = chance.sample(range(len(diary)), 2)
    li, wang = list(diary), list(diary)
    li[first], wang[second] = "李改写。", "王改写。"
    expected = list(diary)
    expected[first], expected[second] = "李改写。", "王改写。"
    assert merge("".join(diary), "".join(li), "".join(wang)) == MergeResult("".join(expected), ())


@given(st.lists(st.integers(0, 10**6), unique=True, max_size=30), st.data())
def test_two_pure_insertions_both_stay_wherever_they_are(households: list[int], data: st.DataObject) -> None:
    diary = [f"走访{number}号，没事。" for number in households]
    place_li, place_wang = (data.draw(st.integers(0, len(diary))) for _ in range(2))
    li = [*diary[:place_li], "李添一句。", *diary[place_li:]]
    wang = [*diary[:place_wang], "王添一句。", *diary[place_wang:]]
    merged = merge("".join(diary), "".join(li), "".join(wang))
    assert not merged.conflict
    assert Counter(sentences(merged.text)) == Counter([*diary, "李添一句。", "王添一句。"])
    assert [token for token in sentences(merged.text) if "添" not in token] == diary


DIARY = "今天走访三家。\n张家没事。\n李家反映路灯不亮。\n"


def test_two_lines_added_at_the_end_stay_on_two_lines() -> None:
    merged = merge(DIARY, DIARY + "王家没人。\n", DIARY + "赵家很好。\n")
    assert merged == MergeResult(DIARY + "王家没人。\n赵家很好。\n", ())


def test_lines_added_after_a_last_line_without_a_break_stay_on_two_lines() -> None:
    assert (
        merge("张家没事。", "张家没事。\n王家没人。", "张家没事。\n赵家很好。").text
        == "张家没事。\n王家没人。\n赵家很好。"
    )


def test_two_diaries_begun_offline_for_the_same_day_both_stay() -> None:
    assert merge("", "张家没事", "李家没人").text == "张家没事\n李家没人"


def test_what_both_heard_at_the_same_door_is_written_once() -> None:
    merged = merge(DIARY, DIARY + "王家要修路。\n", DIARY + "王家要修路。\n路很窄。\n")
    assert merged == MergeResult(DIARY + "王家要修路。\n路很窄。\n", ())


def test_the_same_sentence_reworded_twice_keeps_mine_and_hands_back_theirs() -> None:
    merged = merge(DIARY, DIARY.replace("没事", "挺好"), DIARY.replace("没事", "有意见"))
    assert merged.text == DIARY.replace("没事", "挺好")
    assert merged.conflict
    assert merged.lost == ("张家有意见。",)
    assert merged.clashes[0].base == "张家没事。"


def test_neighbouring_sentences_reworded_by_two_are_no_conflict() -> None:
    li = DIARY.replace("今天走访三家", "今天下雨")
    wang = DIARY.replace("张家没事", "张家有意见")
    assert merge(DIARY, li, wang).text == "今天下雨。\n张家有意见。\n李家反映路灯不亮。\n"


def test_a_sentence_struck_by_one_and_reworded_by_the_other_is_a_conflict_either_way() -> None:
    struck, reworded = DIARY.replace("张家没事。\n", ""), DIARY.replace("张家没事", "张家有意见")
    assert merge(DIARY, struck, reworded).lost == ("张家有意见。\n",)
    kept = merge(DIARY, reworded, struck)
    assert (kept.text, kept.conflict, kept.lost) == (reworded, True, ())


def test_two_edits_far_apart_do_not_meet_because_of_repeated_lines() -> None:
    street = "".join(f"{number}号：\n没事。\n" for number in range(200))
    li, wang = street.replace("3号：\n没事", "3号：\n没人", 1), street.replace("190号：\n没事", "190号：\n不便")
    merged = merge(street, li, wang)
    assert merged == MergeResult(li.replace("190号：\n没事", "190号：\n不便"), ())


def test_of_two_equal_sentences_the_one_that_was_struck_is_not_taken_for_an_anchor() -> None:
    merged = merge("张家来过。没事。没事。", "没事。李家来过。", "张家来过。没事。王家来过。没事。")
    assert merged == MergeResult("没事。王家来过。李家来过。", ())


def test_line_ends_and_decomposed_characters_are_no_edits() -> None:
    assert merge("café。\n没事。\n", "cafe\u0301。\r\n没事。\r\n", "café。\n没事。\n王家。") == MergeResult(
        "café。\n没事。\n王家。", ()
    )


@pytest.mark.parametrize("size", [1, 400])
def test_a_hostile_text_of_the_same_few_sentences_still_merges(size: int) -> None:
    chance = random.Random(size)

    def diary() -> str:
        parts = (f"{i}号。" + "".join(chance.choice(["甲。", "乙。"]) for _ in range(200)) for i in range(size))
        return "".join(parts)

    base, li, wang = diary(), diary(), diary()
    assert merge(base, li, wang).conflict is merge(base, wang, li).conflict
