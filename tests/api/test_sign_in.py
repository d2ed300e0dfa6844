"""Signing in with a password: the reply to it already knows who came in."""

from __future__ import annotations

import pyotp
from sqlalchemy import update

from app.database import writing
from app.models.accounts import Account
from app.passwords import hash as password_hash
from tests.conftest import Browser
from tests.factories import City

PASSWORD = "四月的风 7"


def set_password(city: City, name: str, **values: str) -> None:
    with writing() as session:
        chosen = Account.id == city.people[name]
        session.execute(update(Account).where(chosen).values(password_hash=password_hash(PASSWORD), **values))


def knock(client: Browser, **body: str):
    return client.post("/api/session", json=body, headers={"X-Doorstep": "1"})


def test_a_leader_signs_in_and_stays_signed_in(city: City, client: Browser):
    set_password(city, "sun")
    reply = knock(client, login="sun", password=PASSWORD)
    assert (reply.status_code, reply.get_json()["account"]["role"]) == (200, "leader")
    assert client.get("/api/session").get_json()["team"]["id"] == city.teams["a"]
    assert client.get("/api/review/frame").status_code == 200


def test_a_wrong_password_and_an_unknown_login_get_the_same_answer(city: City, client: Browser):
    set_password(city, "sun")
    answers = [knock(client, login=login, password="wrong password").get_json() for login in ("sun", "nobody")]
    assert answers[0] == answers[1]
    assert answers[0]["error"] == "password_wrong"


def test_with_an_authenticator_the_password_alone_is_not_enough(city: City, client: Browser):
    secret = pyotp.random_base32()
    set_password(city, "zhou", totp_secret=secret)
    assert knock(client, login="zhou", password=PASSWORD).get_json()["error"] == "password_wrong"
    assert knock(client, login="zhou", password=PASSWORD, totp=pyotp.TOTP(secret).now()).status_code == 200
