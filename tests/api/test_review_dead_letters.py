"""Deliveries that wait for a person: read with their reason, acted on by their leader, invisible to others."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from app.database import reading, writing
from app.domain.forwarding import State
from app.models.forwarding import Forwarding, Target
from app.models.service_requests import ServiceRequest
from tests.api.review_days import Day
from tests.factories import City


@pytest.fixture
def day(city: City) -> Day:
    return Day(city, "2026-11-20")


def stuck(day: Day, place: str = "p1", reason: str = "rejected", **values: Any) -> str:
    """A request whose delivery the forwarder has given up; the id of the delivery."""
    request_id = day.request(place, "forward", **values)
    with writing() as session:
        session.merge(Target(code="desk", name="受理平台", adapter="open311", settings={}))
        session.merge(Target(code="file", name="文件交换", adapter="file_exchange", settings={}))
        chosen = Forwarding.service_request_id == request_id
        session.execute(update(Forwarding).where(chosen).values(state=State.DEAD, reason=reason, target="desk"))
        found: str = session.scalars(select(Forwarding.id).where(chosen)).one()
    return found


def letters(client: FlaskClient) -> list[dict[str, Any]]:
    return client.get("/api/review/dead-letters").get_json()["letters"]


def status_of(delivery: str) -> tuple[str, str]:
    with reading() as session:
        row = session.get(Forwarding, delivery)
        return row.state, session.get(ServiceRequest, row.service_request_id).status


def test_a_leader_reads_why_a_delivery_stopped_and_what_can_be_done(day: Day):
    delivery = stuck(day)
    found = letters(day.city.sign_in("sun"))
    assert [(letter["id"], letter["reason"]) for letter in found] == [(delivery, "rejected")]
    assert found[0]["zh"]
    assert found[0]["acts"] == ["retry", "forwarded_by_hand", "other_route", "withdraw"]
    assert letters(day.city.sign_in("qian")) == []


@pytest.mark.parametrize(
    ("act", "body", "expected"),
    [
        ("retry", {}, ("due", "queued")),
        ("forwarded-by-hand", {"number": "LC-77"}, ("done", "submitted")),
        ("other-route", {"target": "file"}, ("due", "queued")),
        ("withdraw", {"reason": "居民已自行解决"}, ("done", "withdrawn")),
    ],
)
def test_each_act_does_its_work_once(day: Day, act: str, body: dict[str, str], expected: tuple[str, str]):
    delivery = stuck(day)
    client = day.city.sign_in("sun")
    path = f"/api/review/dead-letters/{delivery}/{act}"
    assert day.city.sign_in("qian").post(path, json=body).get_json()["error"] == "not_waiting"
    assert client.post(path, json=body).status_code == 200
    assert status_of(delivery) == expected
    assert client.post(path, json=body).get_json()["error"] == "not_waiting"


def test_a_confidential_delivery_is_the_task_forces(day: Day):
    stuck(day, confidential=True, text="举报：有人说情")
    assert letters(day.city.sign_in("sun")) == []
    assert [letter["confidential"] for letter in letters(day.city.sign_in("zhou"))] == [True]


def test_the_task_force_maps_a_category_and_all_that_waited_leaves(day: Day):
    deliveries = [stuck(day, place, "unmapped_category") for place in ("p1", "p5")]
    body = {"target": "desk", "category": "roads_lights", "service_code": "lights"}
    assert day.city.sign_in("sun").post("/api/review/category-mappings", json=body).status_code == 403
    zhou = day.city.sign_in("zhou")
    assert zhou.post("/api/review/category-mappings", json=body).get_json() == {"sent": 2}
    assert {status_of(delivery) for delivery in deliveries} == {("due", "queued")}


def test_a_leader_says_what_a_request_without_a_category_is_about_and_it_leaves(day: Day):
    delivery = stuck(day, reason="unmapped_category", category=None)
    sun = day.city.sign_in("sun")
    assert letters(sun)[0]["acts"] == ["set_category", "forwarded_by_hand", "other_route", "withdraw"]
    path = f"/api/review/dead-letters/{delivery}/category"
    assert sun.post(path, json={"category": "no_such_thing"}).get_json()["error"] == "bad_request"
    assert sun.post(path, json={"category": "roads_lights"}).status_code == 200
    assert status_of(delivery) == ("due", "queued")
    with reading() as session:
        assert session.scalars(select(ServiceRequest.category)).all() == ["roads_lights"]
    assert sun.post(path, json={"category": "roads_lights"}).get_json()["error"] == "not_waiting"


def test_a_paused_platform_is_resumed_by_the_task_force(day: Day):
    stuck(day)
    with writing() as session:
        session.execute(update(Target).where(Target.code == "desk").values(paused_reason="key_refused"))
    assert day.city.sign_in("zhou").post("/api/review/targets/desk/resume", json={}).status_code == 200
    page = day.city.sign_in("zhou").get("/api/review/dead-letters").get_json()
    assert [(t["code"], t["paused_reason"]) for t in page["targets"]] == [("desk", None), ("file", None)]
