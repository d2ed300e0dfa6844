"""Households and people change teams, phones are revoked: nobody sees what is not theirs, and no late work is lost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import text

import app.api.access as access
import app.api.sync as endpoint
from app.database import db, reading, writing
from app.ids import diary_id, new_id, now_ms
from app.models.accounts import Account, Device
from app.synced import DOOR
from app.writes import Actor, move
from sync.check import faults
from tests.devices import Phone
from tests.factories import City
from tests.sync.conftest import PhoneMaker

SYSTEM = Actor("system", None, "系统")
DAY_MS = 86_400_000


def to_team(city: City, place: str, letter: str) -> None:
    """The household gets another team."""
    with writing() as session:
        move(session, "place", city.places[place], f"team:{city.teams[letter]}", actor=SYSTEM, now=now_ms())


def transfer(city: City, name: str, letter: str) -> None:
    """The person gets another team."""
    with writing() as session:
        session.get_one(Account, city.people[name]).team_id = city.teams[letter]
    db.session.rollback()


def revoke(phone: Phone, how: str) -> None:
    """The phone is taken out of service."""
    with writing() as session:
        device = session.get_one(Device, phone.client_id)
        device.revoked, device.revoked_at = how, now_ms()
    db.session.rollback()


@pytest.fixture
def days_later(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Turn the server's clock on."""

    def turn(days: float) -> None:
        for module in (access, endpoint):
            monkeypatch.setattr(module, "now_ms", lambda: now_ms() + int(days * DAY_MS))

    return turn


def codes(body: Any) -> list[str]:
    """Code or outcome of each mutation."""
    return [r.get("code") or r["outcome"] for r in body["results"]]


def parked() -> list[tuple[str, str, str]]:
    """Code, author's team and body of what waits for a leader."""
    with reading() as session:
        found = session.execute(text("SELECT code, actor_scope, body FROM sync_parked ORDER BY no"))
        return [(row[0], row[1], row[2]) for row in found]


def same_as_a_new_phone(city: City, name: str, phone: Phone) -> bool:
    """Whether the phone holds what a phone that was enrolled this minute would get."""
    client_id = new_id()
    fresh = Phone(city.sign_in(name, client_id), client_id, city.people[name])
    fresh.pull()
    return fresh.base == phone.base


def test_six_visits_to_a_household_that_has_moved_wait_for_the_leaders_in_full(city: City, phone: PhoneMaker) -> None:
    li = phone("li")
    visits = [
        li.create("visit", {"place_id": city.places["p1"], "outcome": "met", "note": f"第{n}次。"}) for n in range(6)
    ]
    to_team(city, "p1", "b")
    assert codes(li.push()) == ["scope_lost"] * 6
    li.pull()
    assert not li.outbox
    assert ("place", city.places["p1"]) not in li.base
    assert all(li.results[mid]["zh"] and li.results[mid]["en"] for mid in range(1, 7))
    kept = parked()
    assert {scope for _, scope, _ in kept} == {f"team:{city.teams['a']}"}
    assert all(
        visit in body and f"第{n}次" in body for n, (visit, (_, _, body)) in enumerate(zip(visits, kept, strict=True))
    )
    # The task force sees both teams: what it puts in stands under Li's name with the new team.
    zhou = city.sign_in("zhou")
    for entry in zhou.get("/api/review/parked").get_json()["parked"]:
        assert zhou.post(f"/api/review/parked/{entry['no']}/apply", json={}).status_code == 200
    zhao = phone("zhao")
    assert {zhao.base["visit", visit]["cadre_id"] for visit in visits} == {li.person_id}


def test_a_household_moves_with_its_children_and_comes_back(city: City, phone: PhoneMaker) -> None:
    li, zhao = phone("li"), phone("zhao")
    visit = li.create("visit", {"place_id": city.places["p1"], "outcome": "met"})
    request = li.create("service_request", {"place_id": city.places["p1"], "text": "路灯不亮。"})
    li.sync()
    to_team(city, "p1", "b")
    li.pull()
    zhao.pull()
    keys = {("place", city.places["p1"]), ("visit", visit), ("service_request", request)}
    assert not keys & set(li.base)
    assert keys <= set(zhao.base)
    to_team(city, "p1", "a")
    li.pull(limit=1)
    zhao.pull(limit=1)
    assert keys <= set(li.base)
    assert not keys & set(zhao.base)
    with reading() as session:
        assert faults(session.connection(), DOOR) == []


@pytest.mark.parametrize(("days", "code"), [(0, "applied"), (13.9, "applied"), (14.1, "scope_lost")])
def test_a_late_comment_counts_for_fourteen_days(
    city: City, phone: PhoneMaker, days_later: Callable[[float], None], days: float, code: str
) -> None:
    li, zhao = phone("li"), phone("zhao")
    request = li.create("service_request", {"place_id": city.places["p1"], "text": "路灯不亮。"})
    li.sync()
    comment = li.create("service_request_event", {"service_request_id": request, "kind": "comment", "text": "已修好。"})
    li.patch("service_request", request, {"title": "路灯"})
    to_team(city, "p1", "b")
    days_later(days)
    assert codes(li.push()) == [code, "scope_lost"]
    zhao.pull()
    assert (("service_request_event", comment) in zhao.base) is (code == "applied")


def test_a_cadre_who_changes_teams_with_a_full_outbox_loses_nothing(city: City, phone: PhoneMaker) -> None:
    li = phone("li")
    li.create("visit", {"place_id": city.places["p1"], "outcome": "met"})
    li.sync()
    request = li.create("service_request", {"place_id": city.places["p1"], "text": "路灯不亮。"})
    late = li.create("visit", {"place_id": city.places["p2"], "outcome": "met"})
    li.create("service_request_event", {"service_request_id": request, "kind": "comment", "text": "已拍照。"})
    diary = diary_id(li.person_id, "2026-11-20")
    li.create("diary", {"author_id": li.person_id, "diary_on": "2026-11-20", "text": "走访两户。"}, id=diary)
    li.push(limit=1)
    transfer(city, "li", "b")
    li.pull(limit=2)
    assert len(li.outbox) == 3, "the base of the old team is gone, the outbox is not"
    assert codes(li.push()) == ["scope_lost", "applied", "applied"]
    li.pull()
    assert not li.outbox
    assert {r["scope"] for r in li.base.values()} == {f"team:{city.teams['b']}"}
    assert same_as_a_new_phone(city, "li", li)
    assert [(code, late in body) for code, _, body in parked()] == [("scope_lost", True)]


def test_what_never_was_ones_own_is_forbidden_not_lost(city: City, phone: PhoneMaker) -> None:
    li = phone("li")
    li.create("visit", {"place_id": city.places["p5"], "outcome": "met"})
    assert codes(li.push()) == ["forbidden"]
    assert [code for code, _, _ in parked()] == ["forbidden"]


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_a_team_granted_and_taken_between_two_pages_leaves_no_row_behind(
    city: City, phone: PhoneMaker, limit: int
) -> None:
    li = phone("li")
    li.pull(limit=limit, pages=1)
    transfer(city, "li", "b")
    li.pull(limit=limit, pages=1)
    transfer(city, "li", "a")
    li.pull(limit=limit, pages=1)
    transfer(city, "li", "b")
    li.pull(limit=limit, pages=1)
    transfer(city, "li", "a")
    li.pull(limit=limit)
    assert same_as_a_new_phone(city, "li", li)


def test_a_household_that_moves_between_two_pages_is_on_one_teams_phones_only(city: City, phone: PhoneMaker) -> None:
    li, zhao = phone("li"), phone("zhao")
    for mate in (li, zhao):
        mate.base, mate.cursors = {}, {}
        mate.pull(limit=2, pages=1)
    to_team(city, "p1", "b")
    for mate in (li, zhao):
        mate.pull(limit=2)
    assert ("place", city.places["p1"]) not in li.base
    assert ("place", city.places["p1"]) in zhao.base
    assert same_as_a_new_phone(city, "li", li)


def test_a_phone_whose_owner_left_hands_in_its_work_for_seven_days_and_reads_nothing(
    city: City, phone: PhoneMaker, days_later: Callable[[float], None]
) -> None:
    li, wang = phone("li"), phone("wang")
    visit = li.create("visit", {"place_id": city.places["p1"], "outcome": "met"})
    wang.create("visit", {"place_id": city.places["p2"], "outcome": "met"})
    wang.sync()
    revoke(li, "soft")
    days_later(6.9)
    batch = li.push_body([li.outbox[1]])
    assert codes(li.push()) == ["quarantined"]
    assert codes(li.post("/sync/push", batch).get_json()) == ["quarantined"]
    pulled = li.post("/sync/pull", {"client_id": li.client_id, "cursors": {}})
    assert (pulled.status_code, pulled.get_json()["error"]) == (403, "device_revoked")
    assert "X-Doorstep-Wipe" not in pulled.headers
    assert [(code, visit in body) for code, _, body in parked()] == [("quarantined", True)]
    wang.pull()
    assert ("visit", visit) not in wang.base
    days_later(7.1)
    li.create("visit", {"place_id": city.places["p2"], "outcome": "met"})
    late = li.post("/sync/push", li.push_body([li.outbox[2]]))
    assert (late.status_code, late.headers["X-Doorstep-Wipe"]) == (403, "1")
    assert len(parked()) == 1


def test_a_lost_phone_is_refused_and_told_to_wipe(city: City, phone: PhoneMaker) -> None:
    li = phone("li")
    li.create("visit", {"place_id": city.places["p1"], "outcome": "met"})
    revoke(li, "hard")
    for path, body in (
        ("/sync/push", li.push_body([li.outbox[1]])),
        ("/sync/pull", {"client_id": li.client_id}),
        ("/sync", {"push": li.push_body([li.outbox[1]]), "pull": {"client_id": li.client_id}}),
    ):
        reply = li.post(path, body)
        assert (reply.status_code, reply.get_json()["error"], reply.headers["X-Doorstep-Wipe"]) == (
            403,
            "device_revoked",
            "1",
        )
    assert parked() == []


def test_only_our_header_logs_a_phone_out(city: City, phone: PhoneMaker) -> None:
    li = phone("li")
    li.client.delete_cookie("doorstep")
    reply = li.post("/sync/pull", {"client_id": li.client_id})
    assert reply.status_code == 401
    assert "X-Doorstep-Logout" not in reply.headers
    assert "X-Doorstep-Wipe" not in reply.headers


def test_a_confidential_report_never_reaches_a_colleagues_phone(city: City, phone: PhoneMaker) -> None:
    li, wang = phone("li"), phone("wang")
    report = li.create("service_request", {"place_id": city.places["p1"], "text": "举报内容。", "confidential": True})
    li.sync()
    wang.pull()
    assert ("service_request", report) in li.base
    assert ("service_request", report) not in wang.base
    to_team(city, "p1", "b")
    zhao = phone("zhao")
    assert ("service_request", report) not in zhao.base
    li.pull()
    assert ("service_request", report) in li.base


@pytest.mark.parametrize("why", ["older than the kept log", "beyond its end"])
def test_a_cursor_that_the_log_cannot_serve_begins_again_and_the_outbox_stays(
    city: City, phone: PhoneMaker, why: str
) -> None:
    li, wang, scope = phone("li"), phone("wang"), f"team:{city.teams['a']}"
    visit = li.create("visit", {"place_id": city.places["p1"], "outcome": "met"})
    li.base["place", "gone"] = {"id": "gone", "scope": scope, "rev": 1}
    if why == "beyond its end":
        li.cursors[scope] += 10**6
    wang.patch("place", city.places["p1"], {"note": "有狗。"})
    wang.sync()
    if why == "older than the kept log":
        with writing() as session:
            session.execute(text("UPDATE sync_scope SET kept_from = seq WHERE name = :name"), {"name": scope})
    reply = li.pull()
    assert reply is not None
    assert [(part["scope"], part["reset"]) for part in reply["feed"]] == [(scope, True)]
    # What the server no longer speaks of is gone, the rest is there, and so is what waits.
    assert li.base == wang.base
    li.sync()
    assert ("visit", visit) in li.base
    # Who knows nothing yet needs no reset.
    assert not any(part["reset"] for part in (phone("wang").pull() or {})["feed"])
