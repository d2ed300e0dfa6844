"""What news from a platform may do to a request, whatever comes in whatever order."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.platform_updates import WHY_WORDS, PlatformUpdate, Why, judge, status_of, way_to
from app.domain.service_requests import STATUSES, TERMINAL, may_step
from app.domain.webhook_news import Malformed, read_message

WORDS = ["open", "OPEN", "accepted", "dispatched", "In Progress", "in_progress", "returned", "extended", "answered", "closed",
         "CLOSED", "not_accepted", "duplicate", "已受理", "办结", "退单", "fnord", ""]  # fmt: skip


def update(status: str, at: int = 10, **told: str) -> PlatformUpdate:
    return PlatformUpdate("u:1", "1", at, status=status, **told)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("IN PROGRESS", "in_progress"),
        ("closed", "answered"),
        ("已 办结", "answered"),
        ("退单", "returned"),
        ("？", None),
    ],
)
def test_a_platforms_word_is_understood_in_any_spelling(word: str, status: str | None) -> None:
    assert status_of(word) == status


def test_steps_the_platform_did_not_mention_are_filled_in() -> None:
    assert way_to("queued", "answered") == ("submitted", "answered")
    assert way_to("submitted", "extended") in {
        ("accepted", "extended"),
        ("dispatched", "extended"),
        ("in_progress", "extended"),
    }
    assert way_to("answered", "dispatched") is None


def test_a_remote_closed_is_an_answer_and_never_an_end() -> None:
    verdict = judge(update("closed", text="路灯已修好"), "in_progress", None)
    assert verdict.steps == ("answered",)
    assert verdict.fields["answer"] == "路灯已修好"


def test_closing_after_the_answer_changes_nothing() -> None:
    verdict = judge(update("closed", text="事项已办结。"), "answered", None)
    assert (verdict.steps, verdict.fields, verdict.why) == ((), {}, None)


def test_older_news_are_not_applied() -> None:
    assert judge(update("answered", at=9), "in_progress", 10).why is Why.OLDER
    assert judge(update("answered", at=10), "in_progress", 10).why is None


def test_news_of_the_old_answer_do_not_answer_a_reopened_request() -> None:
    assert judge(update("closed"), "reopened", None).why is Why.NOT_POSSIBLE
    assert judge(update("in_progress"), "reopened", None).steps == ("in_progress",)


def test_a_second_dispatch_is_told_as_progress_with_the_new_unit() -> None:
    verdict = judge(update("dispatched", text="改派供电公司", lead_unit="供电公司"), "in_progress", None)
    assert (verdict.steps, verdict.note, verdict.fields) == ((), "改派供电公司", {"lead_unit": "供电公司"})


def test_a_merge_into_a_request_we_do_not_know_waits_for_a_person() -> None:
    assert judge(update("duplicate"), "accepted", None).why is Why.MERGED_UNKNOWN
    assert judge(update("duplicate"), "accepted", None, merge_known=True).steps == ("merged",)


def test_every_reason_is_said_in_both_languages() -> None:
    assert set(WHY_WORDS) == set(Why)
    assert all(zh and en.isascii() for zh, en in WHY_WORDS.values())


@given(
    st.sampled_from(sorted(STATUSES)),
    st.lists(st.tuples(st.sampled_from(WORDS), st.integers(0, 20), st.booleans()), max_size=30),
)
def test_no_news_ends_a_request_or_goes_back_in_time_or_leaves_the_table(
    start: str, news: list[tuple[str, int, bool]]
) -> None:
    status, applied_until = start, None
    for word, at, snapshot in news:
        told = PlatformUpdate("u", "1", at, status=word, text="文字", snapshot=snapshot)
        verdict = judge(told, status, applied_until)
        if verdict.why is not None:
            assert not verdict.steps
            assert not verdict.fields
            continue
        assert applied_until is None or at >= applied_until
        applied_until = at
        for to in verdict.steps:
            assert may_step(status, to, "platform"), (status, to)
            assert to not in {"agreed", "closed", "archived", "withdrawn", "reopened"}
            if status in TERMINAL:
                pytest.fail("an ended request was moved")
            status = to


def test_a_message_is_read_and_a_senseless_one_refused() -> None:
    body = {
        "type": "service_request.updated",
        "timestamp": "2026-11-22T10:00:00+08:00",
        "data": {
            "service_request_id": 17,
            "status": "answered",
            "answer": "已修好",
            "co_units": ["供电公司", 3],
            "unknown": {},
        },
    }
    news = read_message(body, "msg_1", 99)
    assert (news.update_id, news.platform_id, news.answer, news.co_units) == ("w:msg_1", "17", "已修好", ("供电公司",))
    assert news.at == 1_795_312_800_000
    for senseless in (
        None,
        [],
        "x",
        {},
        {"data": []},
        {"data": {}},
        {"data": {"status": "open"}},
        {"data": {"reference": "MQ-1"}},
    ):
        with pytest.raises(Malformed):
            read_message(senseless, "msg_2", 99)
