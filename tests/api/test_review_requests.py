"""Leaders handle requests: by the table of steps, with the rule's own words, and classes of problems as projects."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from app.database import reading
from app.models.audit import AuditLine
from app.models.service_requests import ServiceRequest
from tests.api.review_days import Day
from tests.factories import City

ON = "2026-11-20"


@pytest.fixture
def day(city: City) -> Day:
    return Day(city, ON)


def read(client: FlaskClient, request_id: str) -> dict[str, Any]:
    reply = client.get(f"/api/review/service-requests/{request_id}")
    assert reply.status_code == 200
    return reply.get_json()


def take(client: FlaskClient, request_id: str, to: str, **body: Any) -> Any:
    seen = body.pop("from_status", None) or read(client, request_id)["status"]
    return client.post(f"/api/review/service-requests/{request_id}/step", json={"from_status": seen, "to": to, **body})


def audited(act: str) -> int:
    with reading() as session:
        return session.query(AuditLine).filter_by(act=act).count()


def test_the_page_shows_the_life_of_a_request_and_the_buttons_of_its_status(day: Day):
    request_id = day.request("p1", reaches="answered", contact_phone="13800001234")
    page = read(day.city.sign_in("sun"), request_id)
    told = [event["to_status"] for event in page["events"]]
    assert told == ["recorded", "to_be_forwarded", "queued", "submitted", "accepted", "dispatched", "answered"]
    assert {step["to"] for step in page["steps"]} == {"agreed", "closed", "reopened", "withdrawn"}
    assert page["answer"] == "已更换灯头"
    assert page["has_phone"]
    assert "13800001234" not in str(page)


def test_a_leader_decides_what_nobody_has_decided(day: Day):
    client = day.city.sign_in("sun")
    request_id = day.request("p1", None)
    page = take(client, request_id, "own_unit").get_json()
    assert page["status"] == "own_unit"
    answered = take(client, request_id, "answered", text="已上门调解").get_json()
    assert (answered["status"], answered["answer"]) == ("answered", "已上门调解")
    assert audited("step_taken") == 2


def test_a_step_without_what_it_needs_is_refused_in_the_rules_words_and_kept_as_a_comment(day: Day):
    client = day.city.sign_in("sun")
    request_id = day.request("p1", reaches="answered")
    refused = take(client, request_id, "reopened")
    assert refused.status_code == 409
    assert refused.get_json()["zh"] == "请先填写原因。"
    assert refused.get_json()["en"] == "Give the reason first."
    page = read(client, request_id)
    assert page["status"] == "answered"
    assert page["events"][-1]["kind"] == "illegal_step"


def test_silence_is_not_agreement_closing_takes_three_attempts_and_a_leader(day: Day):
    client = day.city.sign_in("sun")
    request_id = day.request("p1", reaches="answered")
    assert take(client, request_id, "agreed").status_code == 409
    for number in range(3):
        assert take(client, request_id, "closed").status_code == 409
        note = {"kind": "call_attempt", "text": f"第{number + 1}次电话，无人接听"}
        assert client.post(f"/api/review/service-requests/{request_id}/events", json=note).status_code == 201
    assert read(client, request_id)["attempts"] == 3
    assert take(client, request_id, "closed").get_json()["status"] == "closed"


def test_agreement_is_the_residents_own_word_and_is_said_as_evidence(day: Day):
    client = day.city.sign_in("sun")
    request_id = day.request("p1", reaches="answered")
    assert take(client, request_id, "agreed", evidence=["resident_agreement"]).get_json()["status"] == "agreed"


def test_whoever_looked_at_an_older_status_is_told_and_nothing_is_written(day: Day):
    client = day.city.sign_in("sun")
    request_id = day.request("p1", None)
    assert take(client, request_id, "explained").status_code == 200
    late = take(client, request_id, "own_unit", from_status="recorded")
    assert (late.status_code, late.get_json()["error"]) == (409, "changed_meanwhile")
    assert [event["kind"] for event in read(client, request_id)["events"]] == ["status", "status"]


def test_one_request_is_merged_into_another_of_the_same_team_only(day: Day):
    client = day.city.sign_in("sun")
    first, second, foreign = day.request("p1", None), day.request("p2", None), day.request("p5", None)
    assert take(client, second, "merged", other_request=foreign).status_code == 404
    page = take(client, second, "merged", other_request=first).get_json()
    assert (page["status"], page["merged_into"]) == ("merged", first)


def test_what_the_platform_will_not_take_is_forwarded_by_hand_with_its_number(day: Day):
    client = day.city.sign_in("sun")
    request_id = day.request("p1", "forward")
    assert take(client, request_id, "submitted").get_json()["zh"] == "请先填写平台工单编号。"
    page = take(client, request_id, "submitted", platform_number="LC2026-88").get_json()
    assert (page["status"], page["platform_number"]) == ("submitted", "LC2026-88")


def test_an_answer_cannot_be_slipped_in_with_another_step(day: Day):
    client = day.city.sign_in("sun")
    request_id = day.request("p1", "forward")
    page = take(client, request_id, "withdrawn", reason="误录", text="假答复", platform_number="X").get_json()
    assert (page["status"], page["answer"], page["platform_number"]) == ("withdrawn", None, None)


def test_a_phone_number_is_shown_for_a_reason_and_every_look_is_audited(day: Day):
    client = day.city.sign_in("sun")
    request_id = day.request("p1", contact_phone="13800001234")
    path = f"/api/review/service-requests/{request_id}/phone"
    assert client.post(path, json={}).status_code == 400
    assert client.post(path, json={"reason": "  "}).status_code == 400
    assert client.post(path, json={"reason": "回访核实"}).get_json() == {"phone": "13800001234"}
    assert audited("contact_viewed") == 1


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"to": "closed"},
        {"from_status": "recorded", "to": 3},
        {"from_status": "recorded", "to": "x", "scope": "all"},
    ],
)
def test_a_body_with_unknown_or_missing_parts_is_refused(day: Day, body: dict[str, Any]):
    request_id = day.request("p1", None)
    reply = day.city.sign_in("sun").post(f"/api/review/service-requests/{request_id}/step", json=body)
    assert (reply.status_code, reply.get_json()["error"]) == (400, "bad_request")


def test_a_class_of_problems_becomes_a_project_with_weekly_tasks_kept_open_until_people_agree(day: Day):
    client = day.city.sign_in("sun")
    ids = [day.request(place, "own_unit", text="电动车没地方充电") for place in ("p1", "p2", "p3")]
    made = client.post(
        "/api/review/projects",
        json={
            "ids": ids,
            "title": "光岳小区电动车充电",
            "responsible": "孙书记",
            "lead_unit": "物业",
            "co_units": ["街道"],
        },
    )
    project = made.get_json()
    assert (made.status_code, project["requests"], project["open"]) == (201, 3, 3)
    with reading() as session:
        assert {session.get(ServiceRequest, i).project_id for i in ids} == {project["id"]}
    path = f"/api/review/projects/{project['id']}"
    task = client.post(f"{path}/tasks", json={"text": "选址公示"}).get_json()["tasks"][0]
    assert task["due_on"] >= ON
    done = client.post(f"{path}/tasks/{task['id']}/done", json={"result": "已公示"}).get_json()
    assert done["tasks"][0]["result"] == "已公示"
    assert client.post(f"{path}/close", json={"result": "完成"}).get_json()["error"] == "project_open"
    for request_id in ids:
        take(client, request_id, "answered", text="车棚已启用")
        take(client, request_id, "agreed", evidence=["resident_agreement"])
    assert client.post(f"{path}/close", json={"result": "车棚已启用"}).get_json()["closed_at"] is not None
    assert day.city.sign_in("qian").get("/api/review/projects").get_json() == {"projects": []}


def test_a_project_takes_no_request_of_another_team(day: Day):
    ids = [day.request("p1"), day.request("p5")]
    body = {"ids": ids, "title": "路灯", "responsible": "孙书记"}
    assert day.city.sign_in("sun").post("/api/review/projects", json=body).status_code == 404
    assert day.city.sign_in("zhou").post("/api/review/projects", json=body).status_code == 201
    shown = day.city.sign_in("qian").get("/api/review/projects").get_json()["projects"]
    assert [project["title"] for project in shown] == ["路灯"], "a team reads of the project its own request is in"
    path = f"/api/review/projects/{shown[0]['id']}/tasks"
    assert day.city.sign_in("qian").post(path, json={"text": "x"}).status_code == 404


@pytest.mark.parametrize("path", ["dead-letters?", "rows?of=requests&", "rows?of=visits&", "rows?of=places&"])
@pytest.mark.parametrize("after", ["no number", "9" * 30, "9" * 5000])
def test_a_list_does_not_go_on_after_what_is_no_number_of_rows(day: Day, path: str, after: str):
    reply = day.city.sign_in("sun").get(f"/api/review/{path}after={after}")
    assert (reply.status_code, reply.get_json()["error"]) == (400, "bad_request")
