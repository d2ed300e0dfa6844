"""The rules of forwarding by themselves: what each outcome leads to, and what no history whatever may lead to."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import forwarding as rules
from app.domain.breaker import Breaker, after_call, after_probe, room
from app.domain.forwarding import (
    BATCH_QUIET_MS,
    HOUR_MS,
    MINUTE_MS,
    Delivery,
    Finding,
    Outcome,
    State,
    Terms,
    after_search,
    after_send,
    after_token,
    back_off_ms,
    blocked,
    claimed,
    expired,
    intended,
    may_post,
    taken_on,
    warn_at,
)
from app.domain.forwarding_words import CAUSES, REASONS, reason_words

NOW = 1_795_300_000_000
SEARCHABLE, DEAF = Terms(), Terms(searchable=False)


def sent(posts: int = 1, **changes: object) -> Delivery:
    """A delivery that has just been posted for the `posts`-th time."""
    delivery = Delivery()
    for _ in range(posts):
        delivery = intended(claimed(replace(delivery, state=State.DUE), NOW), NOW)
    return replace(delivery, **changes)


def test_a_number_ends_the_delivery() -> None:
    done = after_send(sent(), Outcome.CREATED, SEARCHABLE, NOW)
    assert (done.state, done.next_at, done.reason) == (State.DONE, None, None)


def test_an_unknown_fate_keeps_quiet_for_five_minutes_and_is_then_looked_up() -> None:
    unsure = after_send(sent(), Outcome.UNKNOWN, SEARCHABLE, NOW)
    assert (unsure.state, unsure.next_at) == (State.UNKNOWN, NOW + 5 * MINUTE_MS)


def test_a_batch_target_is_given_an_hour_before_it_is_searched() -> None:
    unsure = after_send(sent(), Outcome.UNKNOWN, Terms(quiet_ms=BATCH_QUIET_MS), NOW)
    assert unsure.next_at == NOW + HOUR_MS


def test_a_post_is_repeated_only_after_two_empty_searches() -> None:
    unsure = after_send(sent(), Outcome.UNKNOWN, SEARCHABLE, NOW)
    once = after_search(unsure, Finding.NONE, SEARCHABLE, NOW)
    assert once.state is State.UNKNOWN
    assert not may_post(once)
    twice = after_search(once, Finding.NONE, SEARCHABLE, NOW)
    assert may_post(twice)


def test_after_two_posts_only_a_person_may_go_on() -> None:
    unsure = after_send(sent(posts=2), Outcome.UNKNOWN, SEARCHABLE, NOW)
    for _ in range(2):
        unsure = after_search(unsure, Finding.NONE, SEARCHABLE, NOW)
    assert (unsure.state, unsure.reason) == (State.DEAD, "unconfirmed")


def test_a_failed_search_proves_nothing() -> None:
    unsure = after_send(sent(), Outcome.UNKNOWN, SEARCHABLE, NOW)
    for _ in range(5):
        unsure = after_search(unsure, Finding.FAILED, SEARCHABLE, NOW)
        assert unsure.state is State.UNKNOWN
        assert unsure.lookups == 0


def test_a_target_that_cannot_be_searched_gets_no_second_post_by_itself() -> None:
    assert after_send(sent(), Outcome.UNKNOWN, DEAF, NOW).reason == "unconfirmed"
    assert after_send(sent(), Outcome.BLIND, DEAF, NOW).reason == "no_number"
    assert after_send(sent(), Outcome.THROTTLED, DEAF, NOW).reason == "throttled"
    assert expired(sent(), DEAF, NOW).reason == "unconfirmed"


def test_a_platform_that_sends_the_number_later_is_waited_for() -> None:
    waiting = after_send(sent(), Outcome.BLIND, Terms(searchable=False, number_follows=True), NOW)
    assert (waiting.state, waiting.next_at) == (State.AWAITING_ID, NOW + 72 * HOUR_MS)


def test_a_token_is_asked_for_72_hours_and_never_posted_again() -> None:
    waiting = after_send(sent(), Outcome.TOKEN, SEARCHABLE, NOW)
    now = NOW
    while waiting.state is State.AWAITING_ID:
        assert waiting.next_at is not None
        assert waiting.next_at > now
        assert not may_post(waiting)
        now = waiting.next_at
        waiting = after_token(waiting, found=False, now=now)
    assert (waiting.state, waiting.reason) == (State.DEAD, "no_number")
    assert now - NOW >= 72 * HOUR_MS
    assert not may_post(waiting)


def test_a_refused_key_uses_nothing_up() -> None:
    back = after_send(sent(), Outcome.FORBIDDEN, SEARCHABLE, NOW)
    assert (back.state, back.posts, back.tries, back.sent_since) == (State.DUE, 0, 0, None)


def test_a_throttled_delivery_waits_as_told_and_is_looked_up_before_it_is_posted() -> None:
    waiting = after_send(sent(), Outcome.THROTTLED, SEARCHABLE, NOW, wait_ms=90_000)
    assert (waiting.state, waiting.next_at) == (State.THROTTLED, NOW + 90_000)
    assert not may_post(waiting)
    assert may_post(after_search(waiting, Finding.NONE, SEARCHABLE, NOW + 90_000))


def test_a_worker_killed_before_its_intent_has_sent_nothing() -> None:
    assert may_post(expired(claimed(Delivery(), NOW), SEARCHABLE, NOW + HOUR_MS))


def test_a_worker_killed_after_its_intent_leaves_a_doubt() -> None:
    unsure = expired(intended(claimed(Delivery(), NOW), NOW), SEARCHABLE, NOW + 3 * MINUTE_MS)
    assert (unsure.state, unsure.next_at) == (State.UNKNOWN, NOW + 5 * MINUTE_MS)


@pytest.mark.parametrize(
    "late",
    [
        replace(Delivery(), tries=11, since=NOW),
        replace(Delivery(), since=NOW - 24 * HOUR_MS),
        replace(Delivery(), since=NOW, warn_at=NOW),
    ],
    ids=["twelve tries", "a day", "the deadline warns"],
)
def test_what_cannot_be_sent_goes_to_a_person_in_time(late: Delivery) -> None:
    unsent = after_send(intended(claimed(late, NOW), NOW), Outcome.NOT_SENT, SEARCHABLE, NOW)
    assert (unsent.state, unsent.reason) == (State.DEAD, "unreachable")


def test_the_back_off_doubles_from_half_a_minute_to_four_hours() -> None:
    assert [back_off_ms(tries, 0) // 1000 for tries in (1, 2, 3, 9, 10, 12)] == [30, 60, 120, 7680, 14_400, 14_400]


@given(st.integers(1, 50), st.floats(-1, 1))
def test_the_back_off_stays_within_a_fifth_of_its_bounds(tries: int, spread: float) -> None:
    assert 0.8 * 30_000 <= back_off_ms(tries, spread) <= 1.2 * 4 * HOUR_MS


def test_a_closed_target_uses_up_no_try_but_not_all_the_time() -> None:
    waiting = blocked(Delivery(), NOW)
    assert (waiting.state, waiting.tries) == (State.DUE, 0)
    assert blocked(waiting, NOW + 24 * HOUR_MS).reason == "target_blocked"


def test_the_warning_comes_after_four_fifths_of_the_time() -> None:
    assert warn_at(NOW, NOW + 100) == NOW + 80
    assert warn_at(NOW, None) is None


def test_a_person_who_tries_again_has_the_platform_searched_first() -> None:
    dead = replace(sent(posts=2), state=State.DEAD, reason="unconfirmed", intent_at=None)
    again = taken_on(dead, SEARCHABLE, NOW)
    assert again.state is State.UNKNOWN
    assert may_post(after_search(again, Finding.NONE, SEARCHABLE, NOW))
    assert may_post(taken_on(dead, DEAF, NOW))


TERMS = st.builds(Terms, searchable=st.booleans(), number_follows=st.booleans())


@given(
    TERMS,
    st.lists(
        st.tuples(
            st.sampled_from([*Outcome, "killed before", "killed after"]),
            st.sampled_from(Finding),
            st.integers(0, 10**7),
        ),
        max_size=40,
    ),
)
def test_no_history_makes_more_than_two_posts_or_forgets_a_delivery(
    terms: Terms, history: list[tuple[str, Finding, int]]
) -> None:
    delivery, now, arrived, taken = Delivery(next_at=NOW), NOW, 0, False
    for outcome, finding, pause in history:
        now = max(now + pause, delivery.next_at or 0)
        if delivery.state is State.DUE:
            if not may_post(delivery):
                pytest.fail("a delivery is due that may not be posted")
            assert not taken, "posted again although the platform has it"
            delivery = claimed(delivery, now)
            if outcome == "killed before":
                delivery = expired(delivery, terms, now)
                continue
            delivery = intended(delivery, now)
            if outcome == "killed after":
                arrived += 1
                delivery = expired(delivery, terms, now + rules.LEASE_MS)
                continue
            arrived += Outcome(outcome) not in (Outcome.NOT_SENT, Outcome.FORBIDDEN)
            taken = outcome in (Outcome.CREATED, Outcome.TOKEN, Outcome.BLIND, Outcome.DUPLICATE)
            delivery = after_send(delivery, Outcome(outcome), terms, now)
        elif delivery.state is State.AWAITING_ID:
            delivery = after_token(delivery, finding is Finding.FOUND, now)
        elif delivery.state is not State.DONE and delivery.next_at is not None:
            taken = taken or finding in (Finding.FOUND, Finding.TAKEN)
            delivery = after_search(delivery, finding, terms, now)
        assert arrived <= 2
        assert (delivery.state is State.DEAD) == (delivery.reason is not None)
        if delivery.state not in (State.DONE, State.DEAD):
            assert delivery.next_at is not None, "nobody will ever look at it again"
        if arrived and not terms.searchable and delivery.state is State.DUE:
            pytest.fail("a second POST to a target that cannot be searched")


def test_five_silences_in_a_row_open_the_breaker_and_a_get_tries_it() -> None:
    breaker = Breaker()
    for _ in range(5):
        assert room(breaker, 16) == 16
        breaker = after_call(breaker, False, NOW)
    assert room(breaker, 16) == 0
    assert breaker.probe_at == NOW + 30_000
    trying = after_probe(breaker, True, NOW)
    assert room(trying, 16) == 1
    assert room(after_call(trying, True, NOW), 16) == 16
    again = after_call(trying, False, NOW)
    assert again.probe_at == NOW + 60_000


def test_half_of_twenty_failures_open_the_breaker_too() -> None:
    breaker = Breaker()
    for answered in [True, False] * 10:
        breaker = after_call(breaker, answered, NOW)
    assert breaker.open


def test_a_silent_platform_is_probed_ever_more_rarely_up_to_ten_minutes() -> None:
    breaker = Breaker()
    for _ in range(5):
        breaker = after_call(breaker, False, NOW)
    waits = []
    for _ in range(8):
        waits.append((breaker.probe_at or 0) - NOW)
        breaker = after_probe(breaker, False, NOW)
    assert waits == [30_000, 60_000, 120_000, 240_000, 480_000, 600_000, 600_000, 600_000]


def test_every_reason_and_cause_is_said_in_both_languages() -> None:
    for zh, en in (*REASONS.values(), *CAUSES.values()):
        assert zh
        assert en
        assert en.isascii()
    assert reason_words("rejected", "http_400")[0].endswith("（平台返回 400）。")
    assert "连接平台超时" in reason_words("unreachable", "connect_timeout")[0]
