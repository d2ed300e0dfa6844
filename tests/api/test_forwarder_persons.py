"""The dead-letter list: what a person reads there, and what each act does."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import true

from app import dead_letters, targets
from app.database import reading, writing
from app.errors import Problem
from app.models.forwarding import CategoryMapping
from app.models.service_requests import ServiceRequest
from app.writes import Actor
from tests.factories import City
from tests.forwarding_world import MINUTE, World, check_exactly_once
from tests.platform import Platform

LEADER = Actor("leader", None, "孙队长")


def the_list() -> list[dict[str, Any]]:
    with reading() as session:
        found = dead_letters.waiting(session, true())
        assert dead_letters.count(session, true()) == len(found)
        return found


def act(world: World, name: str, *given: str) -> None:
    """Do something with the only entry."""
    (entry,) = the_list()
    with writing() as session:
        getattr(dead_letters, name)(session, entry["id"], true(), *given, actor=LEADER, now=world.now)


def test_a_rejected_request_is_listed_with_the_reason_the_words_and_the_exact_payload(world: World) -> None:
    world.platform.faults.append("400")
    (request_id,) = world.queue(text="楼道口路灯不亮")
    world.forward()
    (entry,) = the_list()
    assert entry["service_request_id"] == request_id
    assert entry["zh"] == "平台拒收，请查看平台的说明，修改后重新上报（平台返回 400）。"
    assert entry["en"].endswith("(HTTP 400).")
    assert "refused: 400" in entry["platform_words"]
    assert entry["payload"]["description"] == f"楼道口路灯不亮\n上报编号 {entry['reference']}"
    assert [(a["phase"], a["outcome"], a["http_status"]) for a in entry["attempts"]] == [("post", "rejected", 400)]
    assert entry["acts"] == ["retry", "forwarded_by_hand", "other_route", "withdraw"]


def test_a_corrected_request_is_sent_anew(world: World) -> None:
    world.platform.faults.append("400")
    (request_id,) = world.queue()
    world.forward()
    world.correct(request_id, text="3号楼楼道口路灯不亮")
    act(world, "retry")
    world.settle()
    check_exactly_once(world)
    assert world.platform.copies[0].fields["description"].startswith("3号楼")
    assert the_list() == []
    assert world.request(request_id).stuck is None


def test_a_doubtful_request_is_looked_for_before_it_is_sent_again(world: World) -> None:
    world.platform.faults.append("drop_after_commit")
    world.platform.search_faults.extend(["html"] * 100)
    world.queue()
    world.settle()
    assert the_list()[0]["reason"] == "unsearchable"
    world.platform.search_faults.clear()
    act(world, "retry")
    world.now += MINUTE
    world.settle()
    check_exactly_once(world)
    assert len(world.platform.posts) == 1


def test_a_person_may_have_it_sent_a_third_time(world: World) -> None:
    world.platform.faults.extend(["drop_before_commit"] * 2)
    world.queue()
    world.settle()
    assert the_list()[0]["reason"] == "unconfirmed"
    act(world, "retry")
    world.now += MINUTE
    world.settle()
    assert len(world.platform.copies) == 1
    assert world.row().state == "done"


def test_a_number_entered_by_hand_submits_the_request(world: World) -> None:
    world.platform.faults.append("400")
    (request_id,) = world.queue()
    world.forward()
    act(world, "forwarded_by_hand", " 12345-67 ")
    request = world.request(request_id)
    assert (request.status, request.platform_number, request.stuck) == ("submitted", "12345-67", None)
    assert (world.row().state, world.row().platform_id) == ("done", "12345-67")
    last = world.events(request_id)[-1]
    assert (last.to_status, last.actor_kind) == ("submitted", "leader")
    assert the_list() == []


@pytest.mark.parametrize("number", ["", "   ", "x" * 65, "a\nb"])
def test_a_senseless_number_is_refused(world: World, number: str) -> None:
    world.platform.faults.append("400")
    world.queue()
    world.forward()
    with pytest.raises(Problem) as refused:
        act(world, "forwarded_by_hand", number)
    assert refused.value.code == "number_wrong"
    assert world.row().state == "dead"


def test_the_number_of_another_request_is_refused(world: World) -> None:
    world.queue()
    world.forward()
    taken = world.platform.copies[0].number
    world.platform.faults.append("400")
    world.queue()
    world.now += MINUTE
    world.forward()
    with pytest.raises(Problem) as refused:
        act(world, "forwarded_by_hand", taken)
    assert refused.value.code == "number_taken"


def test_another_route_is_taken_under_a_new_reference(city: City, world: World) -> None:
    world.platform.faults.append("400")
    (request_id,) = world.queue()
    world.forward()
    first = world.row().reference
    with Platform() as second:
        other = World(city, second)
        act(world, "other_route", other.code)
        assert other.row().reference != first
        other.settle()
        check_exactly_once(other)
    assert world.request(request_id).status == "submitted"
    comments = [str(e.text) for e in world.events(request_id) if e.kind == "comment"]
    assert any("改由" in text for text in comments)


def test_a_route_that_does_not_exist_is_refused(world: World) -> None:
    world.platform.faults.append("400")
    world.queue()
    world.forward()
    for target in ("nowhere", world.code):
        with pytest.raises(Problem) as refused:
            act(world, "other_route", target)
        assert refused.value.code == "unknown_target"


def test_a_withdrawn_request_leaves_the_list_and_is_never_sent(world: World) -> None:
    world.platform.faults.append("400")
    (request_id,) = world.queue()
    world.forward()
    act(world, "withdraw", "重复登记")
    assert world.request(request_id).status == "withdrawn"
    assert the_list() == []
    world.settle()
    assert len(world.platform.posts) == 1


def test_an_unmapped_category_waits_for_a_person_and_never_becomes_other(world: World) -> None:
    (request_id,) = world.queue(category="work_wages")
    world.settle()
    assert world.platform.posts == []
    (entry,) = the_list()
    assert entry["reason"] == "unmapped_category"
    assert entry["acts"][0] == "map_category"
    with writing() as session:
        sent = dead_letters.map_category(session, world.code, "work_wages", "lights", actor=LEADER, now=world.now)
        assert sent == 1
    world.settle()
    check_exactly_once(world)
    assert world.request(request_id).stuck is None
    with reading() as session:
        assert session.get_one(CategoryMapping, (world.code, "work_wages")).service_code == "lights"


def test_a_request_without_any_place_waits_for_its_address(world: World) -> None:
    (request_id,) = world.queue(place_id=None)
    world.settle()
    assert the_list()[0]["reason"] == "no_location"
    world.correct(request_id, address="古楼街道光岳小区3号楼")
    act(world, "retry")
    world.settle()
    check_exactly_once(world)


def test_without_any_platform_a_person_has_every_request(city: City, world: World) -> None:
    world.change_target(enabled=False)
    world.queue()
    world.unassign()
    world.forward()
    assert the_list()[0]["reason"] == "no_target"


def test_an_alarm_is_seen_to_and_leaves_the_list(world: World) -> None:
    world.platform.faults.append("drop_after_commit")
    (request_id,) = world.queue()
    world.forward()
    world.platform.commit(world.platform.copies[0].fields, [])
    world.settle()
    (entry,) = the_list()
    assert (entry["reason"], entry["acts"]) == ("several", ["dismiss"])
    act(world, "dismiss")
    assert the_list() == []
    assert world.request(request_id).stuck is None


def test_a_second_click_finds_nothing_left_to_do(world: World) -> None:
    world.platform.faults.append("400")
    world.queue()
    world.forward()
    (entry,) = the_list()
    act(world, "retry")
    with writing() as session, pytest.raises(Problem) as refused:
        dead_letters.retry(session, entry["id"], true(), actor=LEADER, now=world.now)
    assert refused.value.code == "not_waiting"


def test_a_leader_sees_the_own_team_only_and_the_task_force_the_confidential_ones(world: World) -> None:
    world.platform.faults.extend(["400"] * 3)
    world.queue(place="p1")
    world.queue(place="p6")
    world.queue(place_id=None, confidential=True, source="resident")
    world.settle()
    with reading() as session:
        own = dead_letters.seen(ServiceRequest.scope == f"team:{world.city.teams['a']}", confidential=False)
        assert dead_letters.count(session, own) == 1
        nobodys = dead_letters.seen(ServiceRequest.scope.startswith("team:"), confidential=True)
        everybodys = dead_letters.count(session, true())
        assert everybodys == 3
        assert dead_letters.count(session, nobodys | (ServiceRequest.scope == "unit:task_force")) == 3


def test_a_submission_by_hand_elsewhere_takes_the_delivery_off_the_list(world: World) -> None:
    world.platform.faults.append("400")
    (request_id,) = world.queue()
    world.forward()
    world.submit_elsewhere(request_id, "777")
    assert the_list() == []
    world.settle()
    assert world.request(request_id).platform_number == "777"
    assert len(world.platform.posts) == 1
    assert (world.row().state, world.row().platform_id) == ("done", "777")


def test_the_routes_and_their_services_can_be_read(world: World) -> None:
    world.poll()
    with reading() as session:
        (target,) = targets.standing(session)
    assert {"code": "lights", "name": "路灯", "type": "realtime"} in target["services"]
    world.change_target(paused_reason="http_403")
    with writing() as session:
        targets.resume(session, world.code)
    assert world.target().paused_reason is None
