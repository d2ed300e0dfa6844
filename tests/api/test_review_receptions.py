"""Reception sessions: who comes is received, what is decided is kept, and only a signed agreement strikes a request off."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.api.review_days import Day
from tests.evenings import request
from tests.factories import City

ON = "2026-11-20"
WHERE = {"held_on": ON, "place": "光岳社区党群服务中心", "host": "孙队长"}


@pytest.fixture
def app(either_app: Flask) -> Flask:
    return either_app


@pytest.fixture
def day(city: City) -> Day:
    return Day(city, ON)


def hold(client: FlaskClient) -> str:
    return str(client.post("/api/review/receptions", json=WHERE).get_json()["id"])


def bring(client: FlaskClient, session: str, **body: Any) -> str:
    reply = client.post(f"/api/review/receptions/{session}/requests", json=body)
    assert reply.status_code == 201, reply.get_json()
    return str(reply.get_json()["cases"][-1]["id"])


def decide(client: FlaskClient, session: str, request_id: str, **body: Any) -> Any:
    given = {"measure": "社区三日内修好楼道照明", **body}
    return client.post(f"/api/review/receptions/{session}/requests/{request_id}/measure", json=given)


def test_one_session_closes_three_of_four_with_signed_agreements(day: Day) -> None:
    sun = day.city.sign_in("sun")
    session = hold(sun)
    brought = [bring(sun, session, text=f"第{n}位来访群众反映楼道灯不亮") for n in range(4)]
    for request_id in brought[:3]:
        assert decide(sun, session, request_id, outcome="solved", signed=True).status_code == 200
    assert decide(sun, session, brought[3], outcome="open").status_code == 200
    summed = sun.get("/api/review/receptions").get_json()["sums"]
    assert (summed["sessions"], summed["requests"], summed["measures"]) == (1, 4, 4)
    assert (summed["settled"], summed["signed"]) == (3, 3)
    assert [request(i).status for i in brought] == ["closed"] * 3 + ["recorded"]
    assert {request(i).source for i in brought} == {"reception"}


def test_a_request_that_is_only_promised_cannot_be_signed_off(day: Day) -> None:
    sun = day.city.sign_in("sun")
    session = hold(sun)
    request_id = bring(sun, session, text="要求加装电梯")
    refused = decide(sun, session, request_id, outcome="open", signed=True)
    assert (refused.status_code, refused.get_json()["error"]) == (409, "reception_unsettled")
    (case,) = sun.get("/api/review/receptions").get_json()["receptions"][0]["cases"]
    assert (case["measure"], case["signed_at"]) == (None, None)


def test_silence_at_a_session_is_no_agreement(day: Day) -> None:
    sun = day.city.sign_in("sun")
    session = hold(sun)
    request_id = bring(sun, session, text="要求退还物业费")
    assert decide(sun, session, request_id, outcome="explained").status_code == 200
    assert request(request_id).status == "explained"


def test_a_request_that_exists_is_brought_and_keeps_its_place_in_the_table(day: Day) -> None:
    sun = day.city.sign_in("sun")
    session, known = hold(sun), day.request("p1", reaches="dispatched")
    assert bring(sun, session, service_request_id=known) == known
    refused = decide(sun, session, known, outcome="solved")
    assert (refused.status_code, refused.get_json()["error"]) == (409, "illegal_transition")
    assert decide(sun, session, known, outcome="open").status_code == 200
    assert request(known).status == "dispatched"
    events = sun.get(f"/api/review/service-requests/{known}").get_json()["events"]
    assert events[-1]["text"] == "接访议定：社区三日内修好楼道照明"


def test_the_task_force_receives_too_and_a_team_does_not_see_its_sessions(day: Day) -> None:
    zhou, qian = day.city.sign_in("zhou"), day.city.sign_in("qian")
    session = hold(zhou)
    request_id = bring(zhou, session, text="反映拖欠工资", contact_phone="13800001234")
    assert decide(zhou, session, request_id, outcome="solved", signed=True).status_code == 200
    assert qian.get("/api/review/receptions").get_json()["sessions"] == 0
    assert "13800001234" not in str(zhou.get("/api/review/receptions").get_json())


@pytest.mark.parametrize(
    ("body", "status"), [({}, 422), ({"text": " "}, 422), ({"service_request_id": "0" * 36}, 404), ({"text": 5}, 400)]
)
def test_nothing_is_recorded_by_halves(day: Day, body: dict[str, Any], status: int) -> None:
    sun = day.city.sign_in("sun")
    session = hold(sun)
    reply = sun.post(f"/api/review/receptions/{session}/requests", json=body)
    assert reply.status_code == status
    assert reply.get_json()["zh"]
    assert sun.get("/api/review/receptions").get_json()["sums"]["requests"] == 0
