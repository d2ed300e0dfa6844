"""Spot checks: drawn once, repeatable, never by one's own team; three evaluations entered by the task force."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import update

from app.database import reading, writing
from app.ids import new_id
from app.models.accounts import Account
from app.models.audit import AuditLine
from app.models.places import PlaceContact
from app.models.reviews import SpotCheck
from app.models.visits import Visit
from app.review import spot_check
from tests.api.review_days import Day
from tests.factories import City

ON = "2026-11-20"


@pytest.fixture
def day(city: City) -> Day:
    """Forty visits where somebody was met, ten where nobody was home."""
    day = Day(city, ON)
    places = ["p1", "p2", "p3", "p4", "p5", "p6"]
    for number in range(40):
        day.visit("li", places[number % 6], evidence="a", scanned_code=None)
    for number in range(10):
        day.visit("wang", places[number % 6], "nobody")
    with writing() as session:
        for number, place in enumerate(places):
            contact = PlaceContact(place_id=city.places[place], name=f"张明{number}", phone=f"1990000000{number}")
            session.add(contact)
    return day


def drawn(day: Day, random_calls: int = 10, risk_calls: int = 5) -> dict[str, Any]:
    client = day.city.sign_in("zhou")
    body = {"on": ON, "random_calls": random_calls, "risk_calls": risk_calls}
    reply = client.post("/api/review/spot-checks", json=body)
    assert reply.status_code == 201, reply.get_json()
    return client.get("/api/review/spot-checks", query_string={"on": ON}).get_json()


def test_a_draw_is_sealed_holds_and_says_what_it_can_find(day: Day):
    page = drawn(day)
    assert page["draw"]["sealed_count"] == 40
    assert page["draw"]["holds"]
    assert page["draw"]["needed"]["0.05"] == 31
    assert page["summary"]["drawn"] == len(page["calls"])
    assert sum(1 for call in page["calls"] if call["layer"] == "random") == 10


def test_nobody_draws_again(day: Day):
    first = drawn(day)
    day.visit("li", "p1")
    again = drawn(day, random_calls=30)
    assert again["draw"] == first["draw"]
    assert again["calls"] == first["calls"]


def test_a_tampered_list_or_draw_is_noticed(day: Day):
    page = drawn(day)
    with writing() as session:
        session.execute(update(SpotCheck).values(seed="0" * 64))
    client = day.city.sign_in("zhou")
    assert not client.get("/api/review/spot-checks", query_string={"on": ON}).get_json()["draw"]["holds"]
    with reading() as session:
        check = session.get(SpotCheck, page["draw"]["id"])
        assert len(spot_check.unpacked(check.sealed)) == 40


def test_whoever_is_called_is_named_once_asked_for_and_every_look_is_audited(day: Day):
    page = drawn(day)
    assert "1990000000" not in str(page)
    client, check, call = day.city.sign_in("zhou"), page["draw"]["id"], page["calls"][0]
    contact = client.post(f"/api/review/spot-checks/{check}/calls/{call['visit_id']}/contact", json={}).get_json()
    assert contact["phone"].startswith("1990000000")
    with reading() as session:
        assert session.query(AuditLine).filter_by(act="contact_viewed").count() == 1


def test_the_page_says_no_more_than_the_calls_allow(day: Day):
    page = drawn(day, random_calls=10, risk_calls=0)
    client, check = day.city.sign_in("zhou"), page["draw"]["id"]
    answers = {"visited": "yes", "recorded": "yes", "content": "yes"}
    for call in page["calls"][:9]:
        path = f"/api/review/spot-checks/{check}/calls/{call['visit_id']}/result"
        assert client.post(path, json={"answers": answers}).get_json()["result"] == "same"
    path = f"/api/review/spot-checks/{check}/calls/{page['calls'][9]['visit_id']}/result"
    assert client.post(path, json={"note": "无人接听"}).get_json() == {"result": None, "tries": 1}
    found = client.get("/api/review/friday", query_string={"on": ON}).get_json()["spot_check"]["finding"]
    assert (found["reached"], found["differ"]) == (9, 0)
    assert found["upper"] == pytest.approx(1 - 0.05 ** (1 / 9))
    assert client.post(path, json={"answers": {"visited": "no"}}).get_json()["result"] == "differs"
    found = client.get("/api/review/friday", query_string={"on": ON}).get_json()["spot_check"]["finding"]
    assert (found["reached"], found["differ"]) == (10, 1)


def test_somebody_not_reached_three_times_is_no_longer_open_and_counts_for_nothing(day: Day):
    page = drawn(day, 1, 0)
    client = day.city.sign_in("zhou")
    path = f"/api/review/spot-checks/{page['draw']['id']}/calls/{page['calls'][0]['visit_id']}/result"
    results = [client.post(path, json={}).get_json()["result"] for _ in range(3)]
    assert results == [None, None, "unreached"]
    summary = client.get("/api/review/spot-checks", query_string={"on": ON}).get_json()["summary"]
    assert summary["finding"] == {"reached": 0, "differ": 0, "upper": None}


@pytest.mark.parametrize(
    "answers", [{}, {"recorded": "yes"}, {"visited": "maybe"}, {"visited": "yes", "income": "5000"}]
)
def test_only_our_three_questions_are_asked(day: Day, answers: dict[str, str]):
    page = drawn(day, 1, 0)
    path = f"/api/review/spot-checks/{page['draw']['id']}/calls/{page['calls'][0]['visit_id']}/result"
    assert day.city.sign_in("zhou").post(path, json={"answers": answers}).status_code == 400


def test_a_member_of_the_task_force_from_team_a_never_calls_team_as_residents(day: Day):
    page = drawn(day)
    with writing() as session:
        session.execute(update(Account).where(Account.login == "zhou").values(team_id=day.city.teams["a"]))
        of_team_a = {v.id for v in session.query(Visit) if v.scope == f"team:{day.city.teams['a']}"}
    client = day.city.sign_in("zhou")
    left = client.get("/api/review/spot-checks", query_string={"on": ON}).get_json()["calls"]
    assert left
    assert not {call["visit_id"] for call in left} & of_team_a
    own = next(call for call in page["calls"] if call["visit_id"] in of_team_a)
    path = f"/api/review/spot-checks/{page['draw']['id']}/calls/{own['visit_id']}"
    assert client.post(f"{path}/contact", json={}).get_json()["error"] == "own_team_call"
    assert client.post(f"{path}/result", json={"answers": {"visited": "yes"}}).status_code == 403


def test_signals_are_written_on_the_visits_before_the_draw_and_weigh_the_risk_layer(city: City):
    day = Day(city, ON)
    ordinary = [day.visit("wang", "p1", fix={"lat": 36.4561, "lon": 115.98, "accuracy_m": 5, "taken_at": day.at})]
    tapped = [
        day.visit("li", place, arrived_at=day.at + number * 9000)
        for number, place in enumerate(("p1", "p2", "p3", "p4"))
    ]
    page = drawn(day, 0, 3)
    with reading() as session:
        assert all("tap_through" in session.get(Visit, visit).flags for visit in tapped)
        assert not session.get(Visit, ordinary[0]).flags
    assert {call["visit_id"] for call in page["calls"]} <= set(tapped)


def test_a_leader_reads_the_result_but_no_names_and_no_calls(day: Day):
    drawn(day)
    page = day.city.sign_in("sun").get("/api/review/spot-checks", query_string={"on": ON}).get_json()
    assert page["draw"] is None
    assert page["calls"] == []
    assert page["summary"]["drawn"] >= 1


def test_sheets_of_superiors_and_peers_name_a_team_and_show_from_five_on(day: Day):
    client, team = day.city.sign_in("zhou"), day.city.teams["a"]
    for number in range(5):
        for by in ("superiors", "peers"):
            body = {"team": team, "by": by, "on": ON, "score": 5 if by == "peers" else 4, "text": f"第{number}份"}
            assert client.post("/api/review/evaluations", json=body).status_code == 201
    lines = client.get("/api/review/friday", query_string={"on": ON, "team": team}).get_json()["evaluations"]
    assert [(line["by"], line["mean"]) for line in lines] == [("superiors", 4.0), ("peers", 5.0), ("served", None)]
    wrong = {"team": team, "by": "superiors", "on": ON, "score": 6}
    assert client.post("/api/review/evaluations", json=wrong).status_code == 400
    assert client.post("/api/review/evaluations", json=wrong | {"team": new_id(), "score": 5}).status_code == 404
