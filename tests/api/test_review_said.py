"""What cadres say about the app and what the task force answers; the inbox of people who work at a desk."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from app.database import writing
from app.writes import create, write
from tests.api.review_days import SYSTEM, Day
from tests.devices import Phone
from tests.factories import City


@pytest.fixture
def day(city: City) -> Day:
    return Day(city, "2026-11-20")


def phone_of(city: City, name: str) -> Phone:
    phone = Phone(city.sign_in(name, f"client-of-{name}"), f"client-of-{name}", city.people[name])
    phone.sync()
    return phone


def feedback(client: FlaskClient, **query: str) -> list[dict[str, object]]:
    found: list[dict[str, object]] = client.get("/api/review/feedback", query_string=query).get_json()["feedback"]
    return found


def tell(city: City, name: str, day: Day, title: str) -> str:
    with writing() as session:
        told = {"kind": "deadline", "title": title, "text": "请尽快处理", "created_at": day.at}
        (outcome,) = write(
            session,
            [notice := create("notice", told, scope=f"user:{city.people[name]}")],
            actor=SYSTEM,
            now=day.at,
        )
        assert outcome.outcome == "applied"
        return notice.id


def test_the_task_force_answers_what_li_said_and_li_reads_it_on_the_phone(city: City):
    phone = phone_of(city, "li")
    said = phone.create("feedback", {"about": "app", "text": "登记诉求要点太多次", "created_at": phone.now})
    phone.sync()
    zhou = city.sign_in("zhou")
    assert zhou.get("/api/review/frame").get_json()["waiting"]["feedback"] == 1
    (waiting,) = feedback(zhou)
    assert (waiting["id"], waiting["text"], waiting["author"]) == (said, "登记诉求要点太多次", "li")
    path = f"/api/review/feedback/{said}/answer"
    assert zhou.post(path, json={"text": "  "}).get_json()["error"] == "bad_request"
    assert zhou.post(path, json={"text": "下个版本少两下。"}).status_code == 200
    assert feedback(zhou) == []
    assert [one["answer"] for one in feedback(zhou, answered="1")] == ["下个版本少两下。"]
    phone.sync()
    assert phone.base["feedback", said]["answer"] == "下个版本少两下。"
    told = [row["title"] for (collection, _), row in phone.base.items() if collection == "notice"]
    assert told == ["您的投诉建议有了答复"]


def test_an_appeal_comes_with_what_the_system_saw_of_the_visit(city: City, day: Day):
    phone = phone_of(city, "li")
    visit = day.visit("li", "p1", "met", fix={"error": "denied"})
    phone.create("feedback", {"about": f"visit:{visit}", "text": "手机没电了"})
    phone.sync()
    (appeal,) = feedback(city.sign_in("zhou"))
    assert appeal["visit"] | {"label": None} == {
        "label": None,
        "visit_on": "2026-11-20",
        "arrived_at": day.at,
        "outcome": "met",
        "evidence": "d",
        "evidence_reason": "denied",
        "flags": [],
    }


def test_leaders_neither_read_nor_answer_what_is_said_to_the_task_force(city: City):
    phone = phone_of(city, "li")
    said = phone.create("feedback", {"about": "app", "text": "队长催得太紧"})
    phone.sync()
    sun = city.sign_in("sun")
    assert sun.get("/api/review/feedback").status_code == 403
    assert sun.post(f"/api/review/feedback/{said}/answer", json={"text": "知道了"}).status_code == 403
    assert sun.get("/api/review/frame").get_json()["waiting"]["feedback"] == 0


def test_a_leader_reads_the_own_notices_at_a_desk_and_nobody_elses(city: City, day: Day):
    mine, others = tell(city, "sun", day, "快到期"), tell(city, "qian", day, "已超期")
    sun = city.sign_in("sun")
    assert [one["title"] for one in sun.get("/api/review/inbox").get_json()["notices"]] == ["快到期"]
    assert sun.get("/api/review/frame").get_json()["waiting"]["inbox"] == 1
    assert sun.post("/api/review/inbox/read", json={"ids": [mine, others]}).get_json() == {"unread": 0}
    assert city.sign_in("qian").get("/api/review/frame").get_json()["waiting"]["inbox"] == 1
