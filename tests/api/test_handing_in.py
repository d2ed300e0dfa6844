"""A phone's outbox handed in from its exported file, by the owner's next phone or for the owner by the office; nothing counts twice."""

from __future__ import annotations

import hashlib

import pytest
from flask import Flask
from sqlalchemy import select, text
from werkzeug.test import TestResponse

from app.database import reading, writing
from app.models.accounts import Account, Device
from app.models.attachments import PhotoSender
from app.models.audit import AuditLine
from app.models.visits import Visit
from tests.api.residents_street import picture
from tests.api.test_enrol import enrol, revoked
from tests.devices import Phone, Record
from tests.factories import City, make_city


@pytest.fixture
def app(either_app: Flask) -> Flask:
    """On SQLite and on PostgreSQL."""
    return either_app


@pytest.fixture
def city(app: Flask) -> City:
    """The tiny city."""
    return make_city()


@pytest.fixture
def broken(app: Flask, city: City) -> Phone:
    """Li's phone: a visit and a count wait on it, the first push lost its answer, and now there is no network any more."""
    browser, reply = enrol(app, city, "li")
    li = Phone(browser, reply.get_json()["client_id"], city.people["li"])
    li.pull()
    li.patch("place", city.places["p1"], {"refusals": {"op": "inc", "by": 1}})
    li.push(lose_reply=True)
    li.create("visit", {"place_id": city.places["p1"], "outcome": "met", "finding": "nothing"})
    return li


def file_of(phone: Phone) -> Record:
    """A push of all that the phone holds, as whoever reads its file sends it."""
    return phone.push_body([phone.outbox[mid] for mid in sorted(phone.outbox)]) | {"epoch": None}


def outcomes(reply: TestResponse) -> list[str]:
    return [outcome.get("code") or outcome["outcome"] for outcome in reply.get_json()["results"]]


def visits_and_refusals(city: City) -> tuple[int, int]:
    with reading() as session:
        visits = session.scalar(text("SELECT count(*) FROM visit"))
        refusals = session.execute(text("SELECT refusals FROM place WHERE id = :id"), {"id": city.places["p1"]})
        return int(visits), int(refusals.scalar_one() or 0)


def test_a_leader_hands_in_what_a_broken_phone_holds_and_the_phone_comes_back(city: City, broken: Phone) -> None:
    leader = city.sign_in("sun")
    for _ in range(2):
        reply = leader.post(f"/api/devices/{broken.client_id}/push", json=file_of(broken))
        assert outcomes(reply) == ["applied", "applied"]
        assert all("record" not in outcome for outcome in reply.get_json()["results"])
    assert visits_and_refusals(city) == (1, 1)
    with reading() as session:
        visit = session.scalars(select(Visit)).one()
        assert (visit.cadre_id, visit.changed_by) == (city.people["li"], city.people["li"])
        assert len(session.scalars(select(AuditLine).where(AuditLine.act == "outbox_handed_in")).all()) == 2
    # The phone finds its network again: it only reads what became of its work, and who did it.
    broken.sync()
    assert not broken.outbox
    assert visits_and_refusals(city) == (1, 1)
    [told] = [row for (name, _), row in broken.base.items() if name == "notice"]
    assert told["text"] == "sun代您交回了手机导出的文件，请核对走访和日记。不是您托付的，请在“投诉建议”里说明。"


def test_a_cadre_hands_in_the_file_of_the_old_phone_on_the_new_one(app: Flask, city: City, broken: Phone) -> None:
    browser, reply = enrol(app, city, "li")
    new = Phone(browser, reply.get_json()["client_id"], city.people["li"])
    assert new.client_id != broken.client_id
    assert outcomes(new.post("/sync/push", file_of(broken))) == ["applied", "applied"]
    new.pull()
    assert [key[0] for key in new.base if key[0] == "visit"] == ["visit"]
    assert visits_and_refusals(city) == (1, 1)


def test_a_file_that_the_server_has_a_gap_before_goes_in_under_a_number_of_its_own(city: City, broken: Phone) -> None:
    body = file_of(broken)
    later = [{**mutation, "mid": mutation["mid"] + 5} for mutation in body["mutations"]]
    leader, at = city.sign_in("sun"), f"/api/devices/{broken.client_id}/push"
    gap = leader.post(at, json={**body, "mutations": later})
    assert (gap.status_code, gap.get_json()["expected_mid"]) == (409, 2)
    anew = [{**mutation, "mid": mid} for mid, mutation in enumerate(body["mutations"], 1)]
    for _ in range(2):
        again = leader.post(at, json={**body, "client_id": f"file-{'0' * 30}", "mutations": anew})
        assert outcomes(again) == ["applied", "applied"]
    assert visits_and_refusals(city) == (1, 1)


@pytest.mark.parametrize("how", ["soft", "hard"])
def test_what_a_stopped_phone_held_is_looked_at_before_it_is_written(city: City, broken: Phone, how: str) -> None:
    revoked(broken.client_id, how)
    leader = city.sign_in("sun")
    reply = leader.post(f"/api/devices/{broken.client_id}/push", json=file_of(broken))
    assert outcomes(reply) == ["applied", "quarantined"]
    [waiting] = leader.get("/api/review/parked").get_json()["parked"]
    assert (waiting["author"], waiting["code"], waiting["may_apply"]) == ("li", "quarantined", True)


def test_nobody_hands_in_for_people_who_are_not_theirs(app: Flask, city: City, broken: Phone) -> None:
    _, wangs = enrol(app, city, "wang")
    at, body = f"/api/devices/{broken.client_id}/push", file_of(broken)
    # Qian leads another team, Wang is a colleague, and a file of Li's is none of Wang's.
    assert city.sign_in("qian").post(at, json=body).status_code == 404
    assert city.sign_in("wang").post(at, json=body).status_code == 403
    theirs = city.sign_in("sun").post(f"/api/devices/{wangs.get_json()['client_id']}/push", json=body)
    assert (theirs.status_code, theirs.get_json()["error"]) == (400, "malformed")
    assert city.sign_in("sun").post(at, data=b"{", content_type="application/json").status_code == 400
    assert visits_and_refusals(city) == (0, 1)


def test_nobody_stands_in_for_the_task_force(city: City, broken: Phone) -> None:
    with writing() as session:
        session.get_one(Account, session.get_one(Device, broken.client_id).account_id).role = "task_force"
    for name in ("sun", "zhou"):
        reply = city.sign_in(name).post(f"/api/devices/{broken.client_id}/push", json=file_of(broken))
        assert reply.status_code == 404
    assert visits_and_refusals(city) == (0, 1)


def test_the_photos_of_a_file_are_their_owners(city: City, broken: Phone) -> None:
    data = picture()
    sha256 = hashlib.sha256(data).hexdigest()
    leader, at = city.sign_in("sun"), f"/api/devices/{broken.client_id}/attachments/{sha256}"
    assert [leader.put(at, data=data, content_type="image/jpeg").status_code for _ in range(2)] == [201, 200]
    assert leader.put(at.replace(sha256, "0" * 64), data=data, content_type="image/jpeg").status_code == 422
    with reading() as session:
        assert list(session.scalars(select(PhotoSender.person_id))) == [city.people["li"]]
    assert city.sign_in("qian").put(at, data=data, content_type="image/jpeg").status_code == 404
