"""Enrolling a phone, and enrolling it again: it goes on under its own number, so that nothing it delivered counts twice."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.api.accounts import issue_code
from app.database import db, writing
from app.ids import new_id, now_ms
from app.models.accounts import Account, Device, LoginSession
from tests.conftest import Browser
from tests.devices import Phone
from tests.factories import City, make_city


@pytest.fixture
def app(either_app: Flask) -> Flask:
    """On SQLite and on PostgreSQL."""
    return either_app


@pytest.fixture
def city(app: Flask) -> City:
    """The tiny city."""
    return make_city()


def code_for(city: City, name: str) -> str:
    """What the leader reads out."""
    with writing() as session:
        account = session.scalars(select(Account).where(Account.cadre_id == city.people[name])).one()
        return issue_code(session, account.id, None, now_ms())


def enrol(app: Flask, city: City, name: str, client_id: str | None = None, **more: Any) -> tuple[Browser, Any]:
    """A browser that has enrolled, and the answer."""
    browser = app.test_client()
    browser.environ_base["HTTP_X_DOORSTEP"] = "1"
    body = {"code": code_for(city, name), "client_id": client_id or new_id(), **more}
    return browser, browser.post("/api/enrol", json=body)


def revoked(client_id: str, how: str) -> None:
    with writing() as session:
        device = session.get_one(Device, client_id)
        device.revoked, device.revoked_at = how, now_ms()
    db.session.rollback()


def test_a_code_works_once(app: Flask, city: City) -> None:
    browser, reply = enrol(app, city, "li")
    assert reply.status_code == 200
    used = browser.post("/api/enrol", json={"code": "A" * 26, "client_id": new_id()})
    assert (used.status_code, used.get_json()["error"]) == (403, "code_invalid")


def test_a_count_whose_answer_was_lost_is_not_doubled_by_enrolling_again(app: Flask, city: City) -> None:
    browser, reply = enrol(app, city, "li")
    li = Phone(browser, reply.get_json()["client_id"], city.people["li"])
    li.pull()
    place = city.places["p1"]
    li.patch("place", place, {"refusals": {"op": "inc", "by": 1}})
    li.push(lose_reply=True)
    # The session is gone, the outbox is not; the person enters a new code.
    li.client, again = enrol(app, city, "li", known=[new_id(), li.client_id])
    assert again.get_json()["client_id"] == li.client_id
    li.sync()
    assert not li.outbox
    assert li.view("place", place)["refusals"] == 1


def test_enrolling_again_ends_the_older_session_of_that_phone_only(app: Flask, city: City) -> None:
    older, reply = enrol(app, city, "li")
    other, _ = enrol(app, city, "li")
    enrol(app, city, "li", known=[reply.get_json()["client_id"]])
    assert older.get("/api/session").status_code == 401
    assert other.get("/api/session").status_code == 200
    with writing() as session:
        assert len(session.scalars(select(LoginSession)).all()) == 2


def test_a_colleague_who_takes_over_a_phone_gets_a_number_of_her_own(app: Flask, city: City) -> None:
    _, reply = enrol(app, city, "li")
    before = reply.get_json()["client_id"]
    _, hers = enrol(app, city, "wang", known=[before])
    assert hers.get_json()["client_id"] != before
    # Naming Li's number as her new one does not give it to her either.
    assert enrol(app, city, "wang", client_id=before)[1].get_json()["error"] == "code_invalid"
    with writing() as session:
        mine = session.scalars(select(Account.id).where(Account.cadre_id == city.people["li"])).one()
        assert session.get_one(Device, before).account_id == mine


def test_who_comes_back_after_leaving_goes_on_with_the_same_phone(app: Flask, city: City) -> None:
    browser, reply = enrol(app, city, "li")
    li = Phone(browser, reply.get_json()["client_id"], city.people["li"])
    li.pull()
    li.create("visit", {"place_id": city.places["p1"], "outcome": "met"})
    revoked(li.client_id, "soft")
    assert li.push()["results"][0]["code"] == "quarantined"
    li.client, again = enrol(app, city, "li", known=[li.client_id])
    assert again.get_json()["client_id"] == li.client_id
    visit = li.create("visit", {"place_id": city.places["p2"], "outcome": "met"})
    li.sync()
    assert ("visit", visit) in li.base


def test_a_lost_phone_does_not_come_back_under_its_number(app: Flask, city: City) -> None:
    _, reply = enrol(app, city, "li")
    before = reply.get_json()["client_id"]
    revoked(before, "hard")
    _, again = enrol(app, city, "li", known=[before])
    assert again.status_code == 200
    assert again.get_json()["client_id"] != before
    assert enrol(app, city, "li", client_id=before)[1].status_code == 403


def test_a_phone_goes_on_under_the_number_it_gave_itself(app: Flask, city: City) -> None:
    browser, reply = enrol(app, city, "li")
    li = Phone(browser, reply.get_json()["client_id"], city.people["li"])
    li.pull()
    # A cloned phone numbers itself anew [L9]; then its sign-in runs out with an answer lost on the way.
    before, li.client_id = li.client_id, new_id()
    li.patch("place", city.places["p1"], {"refusals": {"op": "inc", "by": 1}})
    li.push(lose_reply=True)
    li.client, again = enrol(app, city, "li", known=[li.client_id, before])
    assert again.get_json()["client_id"] == li.client_id
    li.sync()
    assert li.view("place", city.places["p1"])["refusals"] == 1


def test_a_number_a_phone_gave_itself_is_nobody_elses(app: Flask, city: City) -> None:
    browser, reply = enrol(app, city, "li")
    li = Phone(browser, reply.get_json()["client_id"], city.people["li"])
    li.pull()
    li.client_id = new_id()
    visit = li.create("visit", {"place_id": city.places["p1"], "outcome": "met"})
    li.push()
    colleague, hers = enrol(app, city, "wang", known=[li.client_id])
    assert hers.get_json()["client_id"] != li.client_id
    wang = Phone(colleague, li.client_id, city.people["wang"])
    wang.next_mid = 2
    wang.create("visit", {"place_id": city.places["p2"], "outcome": "met"})
    for path, body in (
        ("/sync/push", wang.push_body(list(wang.outbox.values()))),
        ("/sync/pull", {"client_id": li.client_id}),
    ):
        refused = wang.post(path, body)
        assert (refused.status_code, refused.get_json()["error"]) == (400, "malformed")
    li.sync()
    assert ("visit", visit) in li.base
    assert len([key for key in li.base if key[0] == "visit"]) == 1


@pytest.mark.parametrize("known", [None, "x", {}, [None, 7, {}], ["", "a" * 500], [new_id()] * 500])
def test_odd_earlier_numbers_are_passed_over(app: Flask, city: City, known: Any) -> None:
    assert enrol(app, city, "li", known=known)[1].status_code == 200


@pytest.mark.parametrize("client_id", ["short", "空空空空空空空空", "a\x00bcdefgh", "x" * 37])
def test_a_number_that_cannot_be_one_is_refused(app: Flask, city: City, client_id: str) -> None:
    assert enrol(app, city, "li", client_id=client_id)[1].status_code in (400, 403)
