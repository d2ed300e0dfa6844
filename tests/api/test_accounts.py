"""Signing in and staying signed in: codes, passwords, authenticator apps, and how sessions end."""

from __future__ import annotations

from typing import Any

import pyotp
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from app import sessions
from app.api.accounts import CODE_MS, issue_code
from app.database import reading, writing
from app.ids import now_ms
from app.models.accounts import Account, Device, EnrolmentCode, LoginSession
from app.models.audit import AuditLine
from app.passwords import hash as hashed
from tests.factories import City

DAY_MS = sessions.DAY_MS
OLD, NEW = "老槐树下有一口井", "新渠边上三棵老柳树"


@pytest.fixture
def city(city: City) -> City:
    """Sun has a password."""
    with writing() as session:
        session.execute(update(Account).where(Account.login == "sun").values(password_hash=hashed(OLD)))
    return city


def browser(app: Flask) -> FlaskClient:
    """Nobody yet."""
    client = app.test_client()
    client.environ_base["HTTP_X_DOORSTEP"] = "1"
    return client


def sign_in(app: Flask, **values: Any) -> tuple[FlaskClient, Any]:
    """Sun at a desk."""
    client = browser(app)
    return client, client.post("/api/session", json={"login": "sun", "password": OLD, **values})


def code_for(city: City, name: str) -> str:
    """The leader makes a code."""
    made = city.sign_in("sun").post("/api/enrolment-codes", json={"cadre_id": city.people[name]})
    assert made.status_code == 200
    return str(made.get_json()["code"])


def age(by_ms: int) -> None:
    """All sessions become so much older."""
    with writing() as session:
        columns = ("created_at", "seen_at", "expires_at")
        session.execute(update(LoginSession).values({name: getattr(LoginSession, name) - by_ms for name in columns}))


# Codes


def test_a_code_enrols_one_phone_once(app: Flask, city: City):
    code = code_for(city, "li")
    first = browser(app).post("/api/enrol", json={"code": code, "client_id": "phone-one"})
    assert (first.status_code, first.get_json()["account"]["name"]) == (200, "li")
    second = browser(app).post("/api/enrol", json={"code": code, "client_id": "phone-two"})
    assert second.get_json()["error"] == "code_invalid"
    with reading() as session:
        assert session.scalars(select(Device.id)).all() == ["phone-one"]


def test_a_code_is_read_with_its_gaps_and_in_small_letters(app: Flask, city: City):
    code = code_for(city, "li").lower()
    typed = "-".join(code[at : at + 5] for at in range(0, len(code), 5))
    assert browser(app).post("/api/enrol", json={"code": f" {typed} ", "client_id": "phone-one"}).status_code == 200


@pytest.mark.parametrize(("late_ms", "status"), [(-1000, 200), (1000, 403)])
def test_a_code_lives_ten_minutes(app: Flask, city: City, late_ms: int, status: int):
    with writing() as session:
        code = issue_code(session, city.people["li"], None, now_ms() - CODE_MS - late_ms)
    reply = browser(app).post("/api/enrol", json={"code": code, "client_id": "phone-one"})
    assert CODE_MS == 600_000
    assert reply.status_code == status


def test_a_code_has_128_bits_and_the_table_does_not_know_it(city: City):
    codes = {code_for(city, "li") for _ in range(20)}
    assert len(codes) == 20
    assert {len(code) for code in codes} == {26}
    with reading() as session:
        kept = str(session.execute(select(EnrolmentCode.code_hash)).all())
    assert not any(code in kept for code in codes)


def test_a_leader_makes_codes_for_the_own_team_only_and_not_for_those_who_left(city: City):
    sun = city.sign_in("sun")
    assert sun.post("/api/enrolment-codes", json={"cadre_id": city.people["zhao"]}).status_code == 404
    with writing() as session:
        session.execute(update(Account).where(Account.login == "li").values(active=False))
    assert sun.post("/api/enrolment-codes", json={"cadre_id": city.people["li"]}).status_code == 404


def test_a_phone_cannot_enrol_under_another_phones_number(app: Flask, city: City):
    city.sign_in("zhao", "phone-of-zhao")
    reply = browser(app).post("/api/enrol", json={"code": code_for(city, "li"), "client_id": "phone-of-zhao"})
    assert reply.get_json()["error"] == "code_invalid"


def test_nobody_pushes_or_pulls_under_the_number_of_somebody_elses_phone(city: City):
    city.sign_in("li", "phone-of-li")
    for path, body in (("push", {"client_id": "phone-of-li", "mutations": []}), ("pull", {"client_id": "phone-of-li"})):
        assert city.sign_in("sun").post(f"/sync/{path}", json=body).get_json()["error"] == "malformed"
        assert city.sign_in("wang", "phone-of-wang").post(f"/sync/{path}", json=body).status_code == 400
        assert city.sign_in("li", "phone-of-li").post(f"/sync/{path}", json=body).status_code == 200


# Sessions


@pytest.mark.parametrize(
    ("client_id", "days", "status"),
    [(None, 13, 200), (None, 15, 401), ("phone-of-li", 28, 200), ("phone-of-li", 89, 200), ("phone-of-li", 91, 401)],
)
def test_a_desk_is_signed_out_after_a_fortnight_and_a_phone_after_ninety_days(
    city: City, client_id: str | None, days: int, status: int
):
    client = city.sign_in("li", client_id)
    age(days * DAY_MS)
    reply = client.get("/api/session")
    assert reply.status_code == status
    assert "X-Doorstep-Logout" not in reply.headers


def test_the_table_of_sessions_holds_no_token(app: Flask, city: City):
    client, reply = sign_in(app)
    cookie = client.get_cookie(sessions.cookie_name())
    assert cookie is not None
    assert cookie.value in reply.headers["Set-Cookie"]
    with reading() as session:
        row = session.scalars(select(LoginSession)).one()
    assert cookie.value not in str(vars(row))
    assert row.token_hash == sessions.token_hash(cookie.value)


def test_only_signing_out_says_logout_and_the_cookie_is_worthless_afterwards(app: Flask, city: City):
    client, _ = sign_in(app)
    cookie = client.get_cookie(sessions.cookie_name())
    assert cookie is not None
    out = client.delete("/api/session")
    assert out.headers["X-Doorstep-Logout"] == "1"
    client.set_cookie(sessions.cookie_name(), cookie.value)
    again = client.get("/api/session")
    assert (again.status_code, again.headers.get("X-Doorstep-Logout")) == (401, None)


@pytest.mark.parametrize("token", ["", "x", "x" * 5000, "%00", "' OR 1=1 --"])
def test_a_made_up_cookie_is_nobody(app: Flask, city: City, token: str):
    client = browser(app)
    client.set_cookie(sessions.cookie_name(), token)
    assert client.get("/api/session").status_code == 401


@pytest.mark.parametrize(("how", "late_days", "push"), [("soft", 0, 200), ("soft", 8, 403), ("hard", 0, 403)])
def test_a_phone_taken_out_of_service_hands_in_at_most_and_reads_nothing(
    city: City, how: str, late_days: int, push: int
):
    client = city.sign_in("li", "phone-of-li")
    with writing() as session:
        device = session.get_one(Device, "phone-of-li")
        device.revoked, device.revoked_at = how, now_ms() - late_days * DAY_MS
    body = {"client_id": "phone-of-li", "mutations": []}
    assert client.post("/sync/push", json=body).status_code == push
    for path in ("/api/session", "/api/push-key", f"/attachments/{'0' * 64}"):
        assert client.get(path).get_json()["error"] == "device_revoked", path
    pulled = client.post("/sync/pull", json={"client_id": "phone-of-li"})
    assert pulled.get_json()["error"] == "device_revoked"
    wiped = client.post("/sync/push", json=body).headers.get("X-Doorstep-Wipe")
    assert wiped == (None if push == 200 else "1")


# Passwords


def test_a_new_password_replaces_the_old_one_and_signs_out_other_desks_but_no_phone(app: Flask, city: City):
    here, _ = sign_in(app)
    there, _ = sign_in(app)
    phone = city.sign_in("sun", "phone-of-sun")
    assert here.post("/api/password", json={"password": OLD, "new_password": NEW}).get_json() == {"changed": True}
    assert (here.get("/api/session").status_code, there.get("/api/session").status_code) == (200, 401)
    assert phone.get("/api/session").status_code == 200
    assert sign_in(app)[1].get_json()["error"] == "password_wrong"
    assert sign_in(app, password=NEW)[1].status_code == 200
    with reading() as session:
        assert session.scalar(select(func.count()).where(AuditLine.act == "password_changed")) == 1


@pytest.mark.parametrize(
    ("password", "new", "code"),
    [
        ("wrong one", NEW, "password_wrong"),
        (OLD, "short", "password_length"),
        (OLD, "12345678", "password_common"),
        (OLD, "x" * 200, "bad_request"),
        ("", NEW, "bad_request"),
    ],
)
def test_a_password_is_changed_only_by_who_knows_the_old_one_and_to_a_good_one(
    app: Flask, city: City, password: str, new: str, code: str
):
    client, _ = sign_in(app)
    reply = client.post("/api/password", json={"password": password, "new_password": new})
    assert reply.get_json()["error"] == code
    assert sign_in(app)[1].status_code == 200


def test_a_login_that_does_not_exist_answers_like_a_wrong_password(app: Flask, city: City):
    answers = [sign_in(app, **values)[1] for values in ({"login": "nobody"}, {"password": "wrong"}, {"login": "li"})]
    assert {(reply.status_code, reply.text) for reply in answers} == {(403, answers[0].text)}


@pytest.mark.usefixtures("limits")
def test_guessing_a_password_is_slowed_down(app: Flask, city: City):
    codes = [sign_in(app, password=f"guess {n}")[1].status_code for n in range(12)]
    assert codes[:10] == [403] * 10
    assert codes[-1] == 429


# Authenticator apps


def begin(client: FlaskClient, **values: Any) -> Any:
    """Ask for a secret."""
    return client.post("/api/totp", json={"password": OLD, **values})


def test_an_authenticator_app_is_set_up_by_password_and_first_digits_and_asked_for_from_then_on(app: Flask, city: City):
    client, _ = sign_in(app)
    offer = begin(client).get_json()
    digits = pyotp.TOTP(offer["secret"]).now()
    assert offer["uri"].startswith("otpauth://totp/")
    assert sign_in(app)[1].status_code == 200, "not in force before it is confirmed"
    confirmed = client.post("/api/totp/confirm", json={"offer": offer["offer"], "totp": digits})
    assert confirmed.get_json() == {"confirmed": True}
    assert sign_in(app)[1].get_json()["detail"] == "totp"
    assert sign_in(app, totp="000000" if digits != "000000" else "000001")[1].status_code == 403
    assert sign_in(app, totp=digits)[1].status_code == 200


def test_a_wrong_password_wrong_digits_or_somebody_elses_offer_set_up_nothing(app: Flask, city: City):
    with writing() as session:
        session.execute(update(Account).where(Account.login == "qian").values(password_hash=hashed(OLD)))
    sun, _ = sign_in(app)
    qian = city.sign_in("qian")
    assert begin(sun, password="wrong one").get_json()["error"] == "password_wrong"
    offer = begin(qian).get_json()
    digits = pyotp.TOTP(offer["secret"]).now()
    for client, given in (
        (sun, {"offer": offer["offer"], "totp": digits}),
        (qian, {"offer": offer["offer"], "totp": "12345"}),
        (qian, {"offer": "made up", "totp": digits}),
    ):
        assert client.post("/api/totp/confirm", json=given).get_json()["error"] == "totp_wrong"
    with reading() as session:
        assert session.scalars(select(Account.totp_secret).where(Account.totp_secret.is_not(None))).all() == []


def test_an_app_is_replaced_only_by_who_holds_the_old_one(app: Flask, city: City):
    secret = pyotp.random_base32()
    with writing() as session:
        session.execute(update(Account).where(Account.login == "sun").values(totp_secret=secret))
    client, _ = sign_in(app, totp=pyotp.TOTP(secret).now())
    assert begin(client).get_json()["error"] == "password_wrong"
    assert begin(client, totp=pyotp.TOTP(secret).now()).status_code == 200
