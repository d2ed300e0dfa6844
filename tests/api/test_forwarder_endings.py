"""The resident's last word reaches the platform: agreed or withdrawn, told once, never before the request itself is known there."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app import dead_letters
from app.database import reading, writing
from app.domain.forwarding import State
from app.models.forwarding import Forwarding
from app.models.service_requests import ServiceRequest
from app.writes import Actor, patch, step, write
from tests.factories import City
from tests.forwarding_world import HOUR, MINUTE, World
from tests.platform import COMMITTED, LOST, Platform

RESIDENT = Actor("resident", None, "群众")
LEADER = Actor("leader", None, "孙队长")


def take(world: World, request_id: str, *statuses: str, by: Actor = RESIDENT, reason: str = "原因") -> None:
    with writing() as session:
        for status in statuses:
            evidence = ["resident_agreement"] if status == "agreed" else []
            change = step(status, reason=reason, text="已修复", evidence=evidence)
            (outcome,) = write(
                session, [patch("service_request", request_id, {"status": change})], actor=by, now=world.now
            )
            assert outcome.outcome == "applied", outcome


def answered(world: World) -> str:
    """A request that the platform has and has answered."""
    (request_id,) = world.queue()
    world.forward()
    take(world, request_id, "answered", by=Actor("platform", None, "市民热线平台"))
    return request_id


def endings() -> list[Forwarding]:
    with reading() as session:
        return list(session.scalars(select(Forwarding).where(Forwarding.ending).order_by(Forwarding.forward_no)))


def told(world: World) -> list[dict[str, str]]:
    """What the platform has heard of its requests since they were posted."""
    return [update for update in world.platform.updates if "上报编号" in str(update.get("description", ""))]


def test_agreement_is_told_to_the_platform_once(world: World) -> None:
    request_id = answered(world)
    take(world, request_id, "agreed")
    assert world.forward() == {"created": 1}
    (heard,) = told(world)
    assert str(heard["description"]).startswith("群众认可办理结果。")
    (row,) = endings()
    assert (row.operation, row.state, row.platform_id) == ("agree", State.DONE, world.platform.copies[0].number)
    world.now += HOUR
    assert world.forward() == {}
    assert world.request(request_id).status == "agreed"


def test_withdrawal_is_told_to_the_platform_without_the_residents_reason(world: World) -> None:
    (request_id,) = world.queue()
    world.forward()
    take(world, request_id, "withdrawn", reason="我妈妈王桂兰不想让人知道")
    world.settle()
    (heard,) = told(world)
    assert str(heard["description"]).startswith("群众撤回诉求，请停止办理。")
    assert "王桂兰" not in str(world.platform.updates)


@pytest.mark.parametrize("fault", [f for f in COMMITTED + LOST if not f.startswith(("token", "blind", "id_"))])
def test_whatever_goes_wrong_the_platform_hears_it_once_or_a_person_knows(world: World, fault: str) -> None:
    request_id = answered(world)
    world.platform.faults.append(fault)
    take(world, request_id, "agreed")
    world.settle()
    (row,) = endings()
    assert len(told(world)) <= 1
    if row.state == State.DONE:
        assert len(told(world)) == 1
    else:
        assert str(world.request(request_id).stuck).startswith("群众认可或撤回的意见未能告知平台")


def test_of_a_request_that_never_left_the_platform_hears_nothing(world: World) -> None:
    (request_id,) = world.queue()
    take(world, request_id, "withdrawn")
    world.settle()
    assert endings() == []
    assert world.platform.posts == []


def test_the_ending_of_a_request_in_doubt_waits_until_the_platform_is_known_to_have_it(world: World) -> None:
    world.platform.faults.append("drop_after_commit")
    (request_id,) = world.queue()
    world.forward()
    take(world, request_id, "withdrawn")
    world.now += MINUTE
    assert world.forward() == {}
    world.settle()
    (row,) = endings()
    assert (row.state, row.platform_id) == (State.DONE, world.platform.copies[0].number)
    assert len(told(world)) == 1
    assert world.request(request_id).status == "withdrawn"


def test_of_a_request_that_turns_out_not_to_have_arrived_nothing_is_told(world: World) -> None:
    world.platform.faults.append("drop_before_commit")
    (request_id,) = world.queue()
    world.forward()
    take(world, request_id, "withdrawn")
    world.settle()
    assert world.platform.copies == []
    assert told(world) == []
    assert {row.state for row in world.rows()} == {State.DONE}


def test_a_platform_that_cannot_be_told_is_not_told(city: City, platform: Platform) -> None:
    world = World(city, platform, cannot=["end"])
    request_id = answered(world)
    take(world, request_id, "agreed")
    assert world.forward() == {}
    (row,) = endings()
    assert (row.state, row.last_outcome) == (State.DONE, "not_needed")
    assert world.request(request_id).stuck is None


def test_a_resident_who_changes_their_mind_in_time_is_not_reported_as_content(world: World) -> None:
    request_id = answered(world)
    world.platform.refuse()
    take(world, request_id, "agreed")
    world.forward()
    world.platform.accept_again()
    take(world, request_id, "reopened")
    take(world, request_id, "to_be_forwarded", by=LEADER)
    world.settle()
    assert [str(heard["description"]).startswith("群众认可") for heard in told(world)] == [False]
    assert world.request(request_id).status == "submitted"


def test_reopening_never_overtakes_an_agreement_that_is_in_doubt(world: World) -> None:
    request_id = answered(world)
    world.platform.faults.append("drop_after_commit")
    take(world, request_id, "agreed")
    world.forward()
    take(world, request_id, "reopened")
    take(world, request_id, "to_be_forwarded", by=LEADER)
    assert world.forward() == {}
    world.settle()
    assert [str(heard["description"])[:4] for heard in told(world)] == ["群众认可", "原因\n上"]


def test_the_second_round_is_ended_by_a_delivery_of_its_own(world: World) -> None:
    request_id = answered(world)
    take(world, request_id, "agreed")
    world.forward()
    take(world, request_id, "reopened")
    take(world, request_id, "to_be_forwarded", by=LEADER)
    world.settle()
    take(world, request_id, "answered", by=Actor("platform", None, "市民热线平台"))
    take(world, request_id, "agreed")
    world.settle()
    assert [(row.forward_no, row.state) for row in endings()] == [(1, State.DONE), (2, State.DONE)]
    assert len(told(world)) == 3


def test_a_person_can_try_again_or_tick_off_what_the_platform_refused_to_hear(city: City, world: World) -> None:
    request_id = answered(world)
    world.platform.faults.append("echo_400")
    take(world, request_id, "agreed")
    world.forward()
    everything = ServiceRequest.id.is_not(None)
    with reading() as session:
        (entry,) = dead_letters.waiting(session, everything)
    assert entry["acts"] == ["retry", "dismiss"]
    assert entry["zh"].startswith("群众认可或撤回的意见未能告知平台：平台拒收")
    with writing() as session:
        dead_letters.dismiss(session, entry["id"], everything, actor=LEADER, now=world.now)
    assert world.request(request_id).stuck is None
    assert endings()[0].state == State.DONE
    assert told(world) == []


def test_a_confidential_report_is_ended_without_a_word_of_anybody(world: World) -> None:
    (request_id,) = world.queue(confidential=True, text="物业经理收钱", contact_phone="13900001234")
    world.forward()
    take(world, request_id, "withdrawn", reason="我是李秀英，怕报复")
    world.settle()
    (row,) = endings()
    assert row.confidential
    said = str(row.payload) + str(world.platform.updates)
    assert not any(word in said for word in ("李秀英", "13900001234", "怕报复"))
