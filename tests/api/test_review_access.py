"""Who sees the review: leaders their own team, the task force all; no cadre, no stranger; and no ranking for anybody."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update

from app.database import writing
from app.models.accounts import Account, Device
from app.models.places import Area
from app.writes import Actor, create, write
from tests.api.review_days import HOUR_MS, Day
from tests.devices import Phone
from tests.factories import City

ON = "2026-11-20"
RESIDENT = Actor("resident", None, "居民")
# Words of what the State Council's rules forbid such apps: points, rankings, online time, dwell, tracks.
_BANNED = re.compile(
    r"rank|leader_?board|point_?s$|^points|credit|streak|badge_count|online|dwell|track_|tracks|screen_?time"
)
_PEOPLE = {"cadre_id", "cadre_name", "name", "author"}
# What may stand beside a person as a number: instants, and how much a phone still has to hand in.
_BESIDE_PEOPLE = re.compile(r"_at$|^pending$|^at$|^no$")


@pytest.fixture
def day(city: City) -> Day:
    """Work in both teams, a phone each, a parked record each."""
    day = Day(city, ON)
    for who, place in (("li", "p1"), ("li", "p2"), ("wang", "p3"), ("zhao", "p5")):
        day.visit(who, place, finished_at=day.at + 9000)
    with writing() as session:
        for name in ("li", "wang", "zhao"):
            session.add(
                Device(id=f"phone-{name}", account_id=city.people[name], enrolled_at=day.at - HOUR_MS, pending=2)
            )
    park(city, "li", "p5")
    park(city, "zhao", "p1")
    return day


def park(city: City, name: str, place: str) -> None:
    """The phone of `name` hands in a visit to a place that is not the own team's."""
    phone = Phone(city.sign_in(name, f"client-of-{name}"), f"client-of-{name}", city.people[name])
    phone.create("visit", {"place_id": city.places[place], "outcome": "met"})
    phone.sync()
    assert phone.results[1]["outcome"] == "parked"


def routes(app: Flask) -> Iterator[tuple[str, str]]:
    """Every (method, rule) of the review."""
    for rule in app.url_map.iter_rules():
        if rule.endpoint.startswith("review"):
            for method in sorted((rule.methods or set()) & {"GET", "POST"}):
                yield method, rule.rule


def filled(rule: str, **ids: str) -> str:
    """A rule with these ids; any other blank is some record that does not exist."""
    return re.sub(r"<(?:int:)?(\w+)>", lambda found: ids.get(found[1], "1"), rule)


def test_a_cadre_a_unit_and_a_stranger_get_nothing(app: Flask, day: Day):
    stranger = app.test_client()
    stranger.environ_base["HTTP_X_DOORSTEP"] = "1"
    cadre = day.city.sign_in("li")
    seen = 0
    for method, rule in routes(app):
        path = filled(rule)
        assert stranger.open(path, method=method, json={} if method == "POST" else None).status_code == 401, path
        reply = cadre.open(path, method=method, json={} if method == "POST" else None)
        assert (reply.status_code, reply.get_json()["error"]) == (403, "not_allowed"), path
        seen += 1
    assert seen > 20


def test_a_leader_gets_nothing_of_another_team(app: Flask, day: Day):
    request_id, visit_id = day.request("p1"), day.visit("li", "p4")
    city, qian = day.city, day.city.sign_in("qian")
    for path in (
        "friday",
        "figures",
        "rows",
        "map",
        "self-check",
        "people",
        "parked",
        "projects",
        "coverage",
        "dead-letters",
    ):
        query = {"on": ON, "of": "visits", "team": city.teams["a"]}
        assert qian.get(f"/api/review/{path}", query_string=query).status_code == 404, path
    own = " ".join(
        qian.get(f"/api/review/{path}", query_string={"on": ON, "of": of}).get_data(as_text=True)
        for path, of in (
            ("friday", ""), ("rows", "visits"), ("rows", "requests"), ("rows", "places"), ("rows", "phones"),
            ("map", ""), ("people", ""), ("parked", ""), ("projects", ""), ("teams", ""), ("spot-checks", ""),
            ("coverage", ""), ("dead-letters", ""),
        )
    )  # fmt: skip
    for secret in (
        request_id,
        visit_id,
        city.teams["a"],
        city.people["li"],
        city.places["p1"],
        "phone-li",
        "第a服务队",
    ):
        assert secret not in own, secret
    assert "phone-zhao" in own
    parked = city.sign_in("sun").get("/api/review/parked").get_json()["parked"][0]["no"]
    for path, body in (
        (f"review/service-requests/{request_id}/step", {"from_status": "queued", "to": "withdrawn", "reason": "x"}),
        (f"review/service-requests/{request_id}/events", {"kind": "comment", "text": "x"}),
        (f"review/service-requests/{request_id}/phone", {"reason": "x"}),
        ("review/projects", {"ids": [request_id], "title": "x", "responsible": "x"}),
        (f"review/parked/{parked}/apply", {}),
        (f"review/parked/{parked}/dismiss", {"reason": "x"}),
        ("devices/phone-li/revoke", {"how": "hard"}),
        ("review/friday/sign", {"on": ON, "team": city.teams["a"]}),
    ):
        assert qian.post(f"/api/{path}", json=body).status_code == 404, path
    assert qian.get(f"/api/review/service-requests/{request_id}").status_code == 404


@pytest.mark.parametrize(
    ("area", "teams"), [("371500", "ab"), ("370000", "ab"), ("371502", "ab"), ("371503", ""), ("371502001002", "b")]
)
def test_a_task_force_sees_the_teams_of_its_province_city_county_or_community(city: City, area: str, teams: str):
    with writing() as session:
        session.execute(update(Account).where(Account.login == "zhou").values(area_id=area))
        for letter, code in (("a", "371502001001"), ("b", "371502001002")):
            session.add(Area(id=code, parent_id="371502001", level="community", name=code, team_id=city.teams[letter]))
    found = city.sign_in("zhou").get("/api/review/teams").get_json()["teams"]
    assert {team["id"] for team in found} == {city.teams[letter] for letter in teams}


def test_the_task_forces_own_business_is_not_a_leaders(app: Flask, day: Day):
    sun = day.city.sign_in("sun")
    for path, body in (
        ("spot-checks", {"on": ON, "random_calls": 1, "risk_calls": 0}),
        ("evaluations", {"team": day.city.teams["a"], "by": "peers", "on": ON, "score": 5}),
        ("spot-checks/x/calls/y/contact", {}),
        ("spot-checks/x/calls/y/result", {}),
    ):
        assert sun.post(f"/api/review/{path}", json=body).status_code == 403, path


def test_a_confidential_report_reaches_the_task_force_and_no_leader(app: Flask, day: Day):
    with writing() as session:
        values = {
            "text": "举报：低保评定有人说情",
            "confidential": True,
            "source": "resident",
            "contact_phone": "13800001234",
        }
        values["place_id"] = day.city.places["p1"]
        report = create("service_request", values)
        write(session, [report], actor=RESIDENT, now=day.at)
    on = {"on": ON, "of": "requests"}
    assert report.id not in day.city.sign_in("sun").get("/api/review/rows", query_string=on).get_data(as_text=True)
    page = day.city.sign_in("zhou").get(f"/api/review/service-requests/{report.id}").get_json()
    assert page["confidential"]
    assert page["cadre"] is None
    assert page["has_phone"]
    assert "13800001234" not in str(page)


def walked(value: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every object of a JSON value."""
    if isinstance(value, dict):
        yield path, value
        for name, inner in value.items():
            yield from walked(inner, f"{path}.{name}")
    elif isinstance(value, list):
        for inner in value:
            yield from walked(inner, f"{path}[]")


def test_there_is_no_ranking_no_score_and_no_online_time_of_anybody(app: Flask, day: Day):
    """The rule that binds such apps: walk every route and every answer of leaders and task force."""
    for rule in app.url_map.iter_rules():
        assert not _BANNED.search(rule.rule.replace("-", "_")), rule.rule
    request_id = day.request("p1", reaches="answered")
    answers = 0
    for who in ("sun", "zhou"):
        client = day.city.sign_in(who)
        client.post("/api/review/spot-checks", json={"on": ON, "random_calls": 2, "risk_calls": 1})
        for method, rule in routes(app):
            if method != "GET":
                continue
            for of in ("visits", "requests", "places", "phones") if rule.endswith("/rows") else ("",):
                path = filled(rule, request_id=request_id)
                reply = client.get(path, query_string={"on": ON, "of": of})
                if who == "sun" and rule == "/api/review/feedback":
                    # What people say about the work goes past their own leader.
                    assert reply.status_code == 403
                    continue
                assert reply.status_code == 200, (path, reply.get_json())
                answers += 1
                for place, found in walked(reply.get_json()):
                    _check_object(f"{path}{place}", found, day.city)
    assert answers > 20


def _check_object(place: str, found: dict[str, Any], city: City) -> None:
    for name in found:
        assert not _BANNED.search(name.lower()), f"{place}.{name}"
    about_a_person = any(found.get(name) in city.people or found.get(name) in city.people.values() for name in _PEOPLE)
    if about_a_person:
        numbers = {n for n, v in found.items() if isinstance(v, (int, float)) and not isinstance(v, bool)}
        wrong = {name for name in numbers if not _BESIDE_PEOPLE.search(name)}
        assert not wrong, f"{place}: {wrong} stands beside a person"


def test_people_are_listed_by_name_whatever_they_did(day: Day):
    people = day.city.sign_in("sun").get("/api/review/people").get_json()["people"]
    assert [person["name"] for person in people] == ["li", "sun", "wang"]
    for query in ("sort=visits", "order=-visits", "by=cadre"):
        assert day.city.sign_in("sun").get(f"/api/review/people?{query}").get_json()["people"] == people
