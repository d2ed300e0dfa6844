"""Every fault and quirk of a platform, alone and in sequences: one copy there, or a person who knows; and a forwarder that simply
tries again is caught by the same check.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.domain import forwarding as rules
from app.domain.forwarding import Delivery, Outcome, State, Terms
from tests.factories import City
from tests.forwarding_world import DAY, HOUR, MINUTE, PATIENT, World, check_exactly_once
from tests.platform import COMMITTED, LOST, QUIRKS, SEARCH_FAULTS, Platform


def test_a_request_is_forwarded_and_gets_its_number(world: World) -> None:
    (request_id,) = world.queue()
    assert world.forward() == {"created": 1}
    check_exactly_once(world)
    assert [e.to_status for e in world.events(request_id)][-2:] == ["queued", "submitted"]
    assert world.request(request_id).stuck is None


@pytest.mark.parametrize("fault", COMMITTED + LOST)
def test_a_fault_of_one_post_neither_loses_nor_doubles(world: World, fault: str) -> None:
    world.platform.faults.append(fault)
    world.queue()
    world.settle()
    check_exactly_once(world)


@pytest.mark.parametrize("fault", COMMITTED + LOST)
def test_a_fault_of_every_post_neither_loses_nor_doubles(world: World, fault: str) -> None:
    world.platform.faults.extend([fault] * 20)
    world.queue()
    world.settle()
    check_exactly_once(world)


@pytest.mark.parametrize("fault", COMMITTED + LOST)
def test_a_platform_that_cannot_be_searched_is_never_sent_anything_doubtful_twice(
    city: City, platform: Platform, fault: str
) -> None:
    world = World(city, platform, cannot=["look_up_by_time"])
    platform.faults.extend([fault] * 20)
    world.queue()
    world.settle()
    check_exactly_once(world)
    assert len(platform.posts) == 1


@pytest.mark.parametrize("fault", SEARCH_FAULTS[1:])
@pytest.mark.parametrize("post", ["drop_after_commit", "drop_before_commit"])
def test_a_failed_search_is_no_reason_to_post_again(world: World, post: str, fault: str) -> None:
    world.platform.faults.append(post)
    world.platform.search_faults.extend([fault] * 3)
    world.queue()
    world.settle()
    check_exactly_once(world)
    assert world.row().state == State.DONE


@pytest.mark.parametrize("fault", SEARCH_FAULTS[1:])
def test_a_platform_that_never_lets_itself_be_searched_ends_with_a_person(world: World, fault: str) -> None:
    world.platform.faults.append("drop_after_commit")
    world.platform.search_faults.extend([fault] * 200)
    world.queue()
    world.settle()
    check_exactly_once(world)
    assert world.row().reason == "unsearchable"


@pytest.mark.parametrize("quirk", QUIRKS)
@pytest.mark.parametrize("post", ["ok", "drop_after_commit", "drop_before_commit"])
def test_a_quirk_of_the_answers_is_understood(world: World, post: str, quirk: str) -> None:
    world.platform.quirks.add(quirk)
    world.queue(3)
    world.platform.faults.append(post)
    world.settle()
    check_exactly_once(world)
    assert {row.state for row in world.rows()} == {State.DONE}


@pytest.mark.parametrize("quirk", QUIRKS)
def test_xml_is_spoken_as_well(city: City, platform: Platform, quirk: str) -> None:
    world = World(city, platform, format="xml")
    world.outward = PATIENT
    platform.quirks.add(quirk)
    platform.faults.extend(["ok", "drop_after_commit", "token", "400"])
    world.queue(4)
    world.settle()
    check_exactly_once(world)
    assert sorted(row.state for row in world.rows()) == [State.DEAD, State.DONE, State.DONE, State.DONE]
    assert all(path.endswith(".xml") for path in platform.posted_to)


def test_a_repeated_page_that_may_hide_records_proves_nothing(world: World) -> None:
    world.platform.quirks.add("same_page_for_ever")
    world.platform.page_size = 60
    world.queue(70)
    world.platform.faults.extend(["ok"] * 69 + ["drop_after_commit"])
    world.settle()
    check_exactly_once(world)
    assert [row.reason for row in world.rows() if row.state == State.DEAD] in ([], ["unsearchable"])


def test_a_search_turns_pages(world: World) -> None:
    world.platform.page_size = 2
    world.platform.faults.extend(["drop_after_commit"] * 3)
    world.queue(7)
    world.settle()
    check_exactly_once(world)
    assert {row.state for row in world.rows()} == {State.DONE}


def test_a_platform_whose_clock_is_hours_off_is_searched_widely_before_a_second_post(world: World) -> None:
    right = world.platform.now
    world.platform.now = lambda: right() - timedelta(hours=8)
    world.platform.faults.append("drop_after_commit")
    world.queue()
    world.settle()
    check_exactly_once(world)
    assert world.row().state == State.DONE


def test_a_refused_connection_costs_nothing_and_is_tried_again(world: World) -> None:
    world.platform.refuse()
    world.queue()
    assert world.forward() == {"not_sent": 1}
    row = world.row()
    assert (row.state, row.posts, row.tries) == (State.DUE, 0, 1)
    assert 24_000 <= (row.next_at or 0) - world.now <= 36_000
    world.platform.accept_again()
    world.settle()
    check_exactly_once(world)
    assert world.row().state == State.DONE


def test_a_platform_that_stays_away_ends_with_a_person_who_reads_why(world: World) -> None:
    world.platform.refuse()
    (request_id,) = world.queue()
    world.settle()
    row = world.row()
    assert row.reason == "target_blocked"
    assert world.now - row.created_at <= DAY + 5 * HOUR
    assert "诉求没有发出" in str(world.request(request_id).stuck)
    world.platform.accept_again()


def test_the_breaker_spares_a_silent_platform_and_uses_up_no_tries(world: World) -> None:
    world.platform.refuse()
    world.queue(40)
    world.forward()
    tried = [row for row in world.rows() if row.tries]
    assert world.target().breaker_probe_at is not None
    assert len(tried) <= 24
    world.now += 10_000
    assert world.forward() == {}
    world.platform.accept_again()
    world.settle()
    check_exactly_once(world)
    assert {row.state for row in world.rows()} == {State.DONE}
    assert max(row.tries for row in world.rows()) <= 2


def test_a_throttled_platform_is_left_alone_as_long_as_it_asked(world: World) -> None:
    world.platform.faults.append("429")
    world.queue(1)
    world.forward()
    world.queue(3)
    world.now += 59_000
    assert world.forward() == {}
    world.now += 1_000
    world.settle()
    check_exactly_once(world)
    assert {row.state for row in world.rows()} == {State.DONE}


def test_a_refused_key_pauses_the_target_until_a_person_resumes_it(world: World) -> None:
    world.platform.key = "another"
    world.queue(3)
    world.forward()
    assert world.target().paused_reason == "http_403"
    assert world.forward() == {}
    assert {row.state for row in world.rows()} == {State.DUE}
    world.platform.key = "k-123"
    world.change_target(paused_reason=None)
    world.now += MINUTE
    assert world.forward() == {"created": 3}
    check_exactly_once(world)


def test_a_paused_target_keeps_nothing_for_ever(world: World) -> None:
    world.change_target(paused_reason="http_403")
    (request_id,) = world.queue()
    world.settle()
    assert world.row().reason == "target_blocked"
    assert world.request(request_id).stuck


def test_several_copies_are_noticed_and_the_oldest_is_followed(world: World) -> None:
    world.platform.faults.append("drop_after_commit")
    (request_id,) = world.queue()
    world.forward()
    first = world.platform.copies[0]
    world.now += MINUTE
    # Somebody at the platform copied the work order.
    world.platform.commit(first.fields, [])
    world.settle()
    row = world.row()
    assert (row.state, row.platform_id, row.alarm) == (State.DONE, first.number, "several")
    assert "不止一份" in str(world.request(request_id).stuck)


def test_a_quoted_reference_does_not_take_another_request_for_ours(world: World) -> None:
    world.platform.faults.append("drop_before_commit")
    world.queue()
    world.forward()
    reference = world.row().reference
    world.queue(text=f"我邻居反映的是 上报编号 {reference}，我的也是路灯问题")
    world.settle()
    check_exactly_once(world)
    assert len({row.platform_id for row in world.rows()}) == 2


def test_a_duplicate_that_cannot_be_found_goes_to_a_person(world: World) -> None:
    world.platform.hidden = lambda _copy: True
    world.platform.faults.append("duplicate_409")
    world.queue()
    world.settle()
    check_exactly_once(world)
    assert world.row().reason == "no_number"


def test_a_copy_that_turns_up_late_takes_the_request_off_the_list(world: World) -> None:
    world.platform.hidden = lambda _copy: True
    world.platform.faults.append("blind_after_commit")
    (request_id,) = world.queue()
    world.settle()
    assert world.row().state == State.DEAD
    world.platform.hidden = lambda _copy: False
    world.now += 6 * HOUR + MINUTE
    world.reconcile()
    check_exactly_once(world)
    assert world.row().state == State.DONE
    assert world.request(request_id).stuck is None


def test_a_request_withdrawn_before_it_left_is_not_sent(world: World) -> None:
    (request_id,) = world.queue()
    world.withdraw(request_id)
    assert world.forward() == {}
    assert world.platform.posts == []
    assert world.row().state == State.DONE


def test_photos_travel_with_the_request(world: World, app: Flask) -> None:
    sha = world.photo(app, b"\xff\xd8\xff\xe0 a lamp")
    world.queue(photos=[sha])
    world.forward()
    check_exactly_once(world)
    assert world.platform.copies[0].photos == [b"\xff\xd8\xff\xe0 a lamp"]


def test_a_request_waits_two_minutes_for_its_photos_and_no_longer(world: World) -> None:
    world.queue(photos=["a" * 64])
    assert world.forward() == {}
    world.now += 2 * MINUTE
    assert world.forward() == {"created": 1}


# A token that never becomes a number takes three days of asking: it is tried alone above.
PLANS = st.lists(st.sampled_from([f for f in COMMITTED + LOST if f != "token_never"]), max_size=6)
SEARCHES = st.lists(st.sampled_from(SEARCH_FAULTS), max_size=6)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(plan=PLANS, searches=SEARCHES, quirk=st.sampled_from(QUIRKS), count=st.integers(1, 4), searchable=st.booleans())
def test_no_sequence_of_faults_loses_or_doubles_a_request(
    city: City, plan: list[str], searches: list[str], quirk: str, count: int, searchable: bool
) -> None:
    with Platform(faults=deque(plan), search_faults=deque(searches), quirks={quirk}) as platform:
        world = World(city, platform, **({} if searchable else {"cannot": ["look_up_by_time"]}))
        world.queue(count)
        world.settle()
        check_exactly_once(world)
        world.change_target(enabled=False)


def _naive(after_send: Callable[..., Delivery]) -> Callable[..., Delivery]:
    """The rule of a forwarder that tries again after any failure."""

    def try_again(
        delivery: Delivery, outcome: Outcome, terms: Terms, now: int, spread: float = 0.0, wait_ms: int = 0
    ) -> Delivery:
        if outcome in (Outcome.CREATED, Outcome.REJECTED, Outcome.TOKEN):
            return after_send(delivery, outcome, terms, now, spread, wait_ms)
        tried = replace(delivery, tries=delivery.tries + 1, intent_at=None, posts=0)
        if rules.exhausted(tried, now):
            return replace(tried, state=State.DEAD, reason="unreachable", next_at=None)
        return replace(tried, state=State.DUE, next_at=now + rules.back_off_ms(tried.tries, spread))

    return try_again


@pytest.mark.parametrize(
    "fault",
    ["drop_after_commit", "slow_after_commit", "502_after_commit", "html_200_after_commit", "id_0_after_commit"],
)
def test_a_forwarder_that_simply_tries_again_fails_this_suite(
    world: World, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "after_send", _naive(rules.after_send))
    world.platform.faults.append(fault)
    world.queue()
    world.settle()
    with pytest.raises(AssertionError, match="2 copies"):
        check_exactly_once(world)
