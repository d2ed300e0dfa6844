"""A request's life through the door: merging leads both ways, a number is forwarded once, departments are called, weeks are owed."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from flask import Flask, current_app
from sqlalchemy import select, update

from app.database import reading, writing
from app.jobs import deadlines
from app.models.forwarding import Forwarding
from app.models.service_requests import ServiceRequestEvent
from app.writes import Actor, create, patch, step, write
from sync.wire import Outcome
from tests.evenings import DAY, HOUR, at, inbox, kinds, record, request, set_values, take
from tests.factories import City

FRIDAY = at("2026-11-20 10:00")
LEADER = Actor("leader", None, "孙队长")


@pytest.fixture
def app(either_app: Flask) -> Flask:
    return either_app


def programme(name: str) -> None:
    """The city runs this programme."""
    current_app.config["DOORSTEP"] = dataclasses.replace(current_app.config["DOORSTEP"], programme=name)


def try_step(request_id: str, status: str, now: int = FRIDAY, by: Actor = LEADER, **values: Any) -> Outcome:
    change = step(status, reason="同一问题", text="已修复")
    with writing() as session:
        (outcome,) = write(
            session, [patch("service_request", request_id, {**values, "status": change})], actor=by, now=now
        )
    return outcome


def events(request_id: str, kind: str) -> list[ServiceRequestEvent]:
    with reading() as session:
        found = select(ServiceRequestEvent).where(
            ServiceRequestEvent.service_request_id == request_id, ServiceRequestEvent.kind == kind
        )
        return list(session.scalars(found.order_by(ServiceRequestEvent.id)))


def merge(request_id: str, into: str) -> Outcome:
    return try_step(request_id, "merged", merged_into=into)


def test_a_merged_request_and_the_one_that_takes_it_over_name_each_other(city: City) -> None:
    first, second = record(city, "li", FRIDAY), record(city, "wang", FRIDAY)
    assert merge(second, first).outcome == "applied"
    assert (request(second).status, request(second).merged_into) == ("merged", first)
    (line,) = events(first, "merged_here")
    code = request(second).tracking_code or ""
    assert f"{code[:5]}" in (line.text or "").replace("-", "").replace(" ", "")
    assert not line.public
    sun = city.sign_in("sun")
    assert sun.get(f"/api/review/service-requests/{first}").get_json()["merged_from"][0]["id"] == second
    assert sun.get(f"/api/review/service-requests/{second}").get_json()["merged_code"] == request(first).tracking_code


def test_a_chain_of_merged_requests_ends_at_the_one_that_is_handled(city: City) -> None:
    first, second, third = (record(city, "li", FRIDAY) for _ in range(3))
    assert merge(second, first).outcome == "applied"
    assert merge(third, second).outcome == "applied"
    assert request(third).merged_into == first


def test_a_request_cannot_be_merged_into_itself_a_circle_or_what_has_been_withdrawn(city: City) -> None:
    first, second, gone = (record(city, "li", FRIDAY) for _ in range(3))
    take(gone, "withdrawn", now=FRIDAY, by="resident")
    assert merge(first, first).detail == "wrong_other_request"
    assert merge(first, gone).detail == "wrong_other_request"
    assert merge(first, "0" * 36).detail == "wrong_other_request"
    assert merge(second, first).outcome == "applied"
    assert merge(first, second).detail == "wrong_other_request"
    assert request(first).status == "recorded"
    assert len(events(first, "illegal_step")) == 4


def test_a_confidential_report_is_not_merged_into_what_others_can_read(city: City) -> None:
    secret = record(city, "li", FRIDAY, confidential=True, scope="unit:task_force")
    plain = record(city, "li", FRIDAY)
    assert merge(secret, plain).detail == "wrong_other_request"


def test_a_request_that_is_taken_up_again_is_nobodys_part_any_more(city: City) -> None:
    first, second = record(city, "li", FRIDAY), record(city, "li", FRIDAY)
    merge(second, first)
    assert try_step(second, "reopened").outcome == "applied"
    assert request(second).merged_into is None


def test_one_number_is_forwarded_once_whatever_the_status_says(city: City) -> None:
    lamp = record(city, "li", FRIDAY, handling="forward")
    with writing() as session:
        session.execute(update(Forwarding).where(Forwarding.service_request_id == lamp).values(forward_no=2))
    take(lamp, "submitted", "answered", now=FRIDAY)
    take(lamp, "reopened", now=FRIDAY, by="resident")
    refused = try_step(lamp, "to_be_forwarded")
    assert (refused.outcome, refused.detail) == ("parked", "already_forwarded")
    assert request(lamp).status == "reopened"


def test_the_way_of_handling_sets_the_units_clock_and_changing_it_moves_the_clock(city: City) -> None:
    lamp = record(city, "li", FRIDAY, handling="own_unit", way="at_once")
    assert request(lamp).unit_due_at == FRIDAY + 24 * HOUR
    set_values("service_request", lamp, {"way": "on_site"}, FRIDAY + HOUR)
    assert request(lamp).unit_due_at == at("2026-11-28 00:00") - 1
    assert deadlines.run(FRIDAY + HOUR).counts.get("due_dates", 0) == 0


def test_the_owner_of_a_way_hears_of_its_clock(city: City) -> None:
    record(city, "li", FRIDAY, handling="own_unit", way="coordinated")
    assert kinds(city, "zhou") == []
    deadlines.run(FRIDAY + 11 * DAY)
    assert "deadline_half" in kinds(city, "zhou")


def test_departments_that_are_called_co_operate_and_their_coming_stops_their_clock(city: City) -> None:
    programme("huangpu")
    flood = record(city, "li", FRIDAY, text="桥下积水")
    sun = city.sign_in("sun")
    address = f"/api/review/service-requests/{flood}/events"
    called = {"kind": "units_called", "text": "雨后桥下积水一米深", "units": ["区水务局", "区城管局"]}
    page = sun.post(address, json=called).get_json()
    assert (page["co_units"], page["way"], page["owner"]) == (["区水务局", "区城管局"], "coordinated", "task_force")
    assert page["events"][-1]["text"] == "呼叫区水务局、区城管局：雨后桥下积水一米深"
    due = page["unit_due_at"]
    assert due is not None
    came = sun.post(address, json={"kind": "unit_reported", "text": "区水务局抢排队到场"}).get_json()
    assert came["unit_due_at"] != due


@pytest.mark.parametrize(("units", "error"), [([], "units_missing"), (["  "], "units_missing")])
def test_a_call_needs_somebody_to_call(city: City, units: list[str], error: str) -> None:
    flood = record(city, "li", FRIDAY)
    body = {"kind": "units_called", "text": "积水", "units": units}
    reply = city.sign_in("sun").post(f"/api/review/service-requests/{flood}/events", json=body)
    assert (reply.status_code, reply.get_json()["error"]) == (422, error)


def test_nobody_is_called_for_what_has_ended(city: City) -> None:
    flood = record(city, "li", FRIDAY)
    take(flood, "withdrawn", now=FRIDAY, by="resident")
    body = {"kind": "units_called", "text": "积水", "units": ["区水务局"]}
    reply = city.sign_in("sun").post(f"/api/review/service-requests/{flood}/events", json=body)
    assert (reply.status_code, reply.get_json()["error"]) == (409, "request_ended")


def test_a_week_is_owed_from_the_task_on_and_each_result_begins_the_next(city: City) -> None:
    programme("huangpu")
    parking = record(city, "li", FRIDAY, handling="own_unit", text="停车难")
    sun = city.sign_in("sun")
    made = {"ids": [parking], "title": "停车难整治", "responsible": "孙队长"}
    project = sun.post("/api/review/projects", json=made).get_json()
    before = request(parking).due_at
    with_task = sun.post(f"/api/review/projects/{project['id']}/tasks", json={"text": "摸清车位"}).get_json()
    (given,) = events(parking, "task_given")
    week = request(parking).due_at
    assert before is None
    assert week is not None
    assert 6 * DAY < week - (given.received_at or 0) <= 8 * DAY
    task = with_task["tasks"][0]["id"]
    sun.post(f"/api/review/projects/{project['id']}/tasks/{task}/done", json={"result": "腾出车位30个"})
    (done,) = events(parking, "task_done")
    assert (done.text, done.public) == ("腾出车位30个", False)
    due = request(parking).due_at
    assert due is not None
    assert 6 * DAY < due - (done.received_at or 0) <= 8 * DAY
    deadlines.run((done.received_at or 0) + 8 * DAY)
    assert "deadline_over" in kinds(city, "sun")


def test_news_for_the_resident_keeps_the_promise_and_a_note_among_officials_does_not(city: City) -> None:
    lamp = record(city, "li", FRIDAY, handling="forward")
    assert request(lamp).due_at == FRIDAY + 24 * HOUR
    sun = city.sign_in("sun")
    address = f"/api/review/service-requests/{lamp}/events"
    sun.post(address, json={"kind": "progress", "text": "已联系电工", "public": False})
    assert request(lamp).due_at == FRIDAY + 24 * HOUR
    sun.post(address, json={"kind": "progress", "text": "电工明早到", "public": True})
    assert request(lamp).due_at is None
    assert deadlines.run(FRIDAY + 25 * HOUR).counts.get("due_dates", 0) == 0
    assert inbox(city, "zhou") == []


def test_a_list_of_2019_is_not_late_on_the_board_and_one_of_yesterday_still_has_its_promise(city: City) -> None:
    old = record(city, "li", FRIDAY, source="import", recorded_at=at("2019-03-01 09:00"))
    new = record(city, "li", FRIDAY, source="import", recorded_at=FRIDAY - 20 * HOUR)
    assert (request(old).due_at, request(new).due_at) == (None, FRIDAY + 4 * HOUR)
    assert deadlines.run(FRIDAY + HOUR).counts.get("due_dates", 0) == 0
    board = city.sign_in("sun").get("/api/review/friday?on=2026-11-20").get_json()
    assert board["due"]["resident"]["overdue"] <= 1
    (born,) = events(old, "status")
    assert (born.received_at, born.occurred_at) == (FRIDAY, at("2019-03-01 09:00"))
    take(old, "to_be_forwarded", now=FRIDAY + HOUR, by="leader")
    assert request(old).due_at is None


def test_an_event_of_a_phone_cannot_pretend_to_be_a_mark_of_the_office(city: City) -> None:
    lamp = record(city, "li", FRIDAY)
    event = create("service_request_event", {"service_request_id": lamp, "kind": "unit_reported", "text": "到了"})
    with writing() as session:
        (outcome,) = write(session, [event], actor=LEADER, now=FRIDAY)
    assert outcome.outcome == "applied"
    phone = city.sign_in("li", "phone-of-li")
    body = {
        "client_id": "phone-of-li",
        "app_version": "t",
        "schema": 1,
        "clock": FRIDAY,
        "mutations": [
            {
                "mid": 1,
                "uuid": "019aa000-0000-7000-8000-000000000001",
                "collection": "service_request_event",
                "id": "019aa000-0000-7000-8000-000000000002",
                "op": "event",
                "v": 1,
                "base_rev": 0,
                "occurred_at": FRIDAY,
                "changes": {
                    "service_request_id": {"to": lamp},
                    "kind": {"to": "unit_reported"},
                    "text": {"to": "到了"},
                },
            }
        ],
    }
    reply = phone.post("/sync/push", json=body).get_json()
    assert reply["results"][0]["outcome"] == "parked"


def test_the_term_that_the_platform_has_told_takes_the_place_of_the_programmes_until_another_unit_has_it(
    city: City,
) -> None:
    lamp = record(city, "li", FRIDAY, handling="forward")
    take(lamp, "submitted", "dispatched", now=FRIDAY + HOUR)
    ours = request(lamp).unit_due_at
    told = FRIDAY + 5 * DAY
    set_values("service_request", lamp, {"unit_term_at": told}, FRIDAY + 2 * HOUR)
    assert request(lamp).unit_due_at == told
    assert deadlines.run(FRIDAY + 2 * HOUR).counts.get("due_dates", 0) == 0
    # An extension is a new term, and its clock runs on; a return leaves nobody a term.
    take(lamp, "extended", now=FRIDAY + DAY, unit_term_at=told + DAY)
    assert request(lamp).unit_due_at == told + DAY
    take(lamp, "returned", now=FRIDAY + DAY)
    assert (request(lamp).unit_term_at, request(lamp).unit_due_at) == (None, ours)
    assert "deadline_over" not in kinds(city, "li")
    take(lamp, "dispatched", now=FRIDAY + DAY, unit_term_at=told + 2 * DAY)
    deadlines.run(told + 2 * DAY)
    assert "deadline_over" in kinds(city, "li")
