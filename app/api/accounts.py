"""Signing in: passwords of leaders, one-time codes of cadres' phones, and what a phone needs to know about its owner."""

from __future__ import annotations

import base64
import hashlib
import secrets
from typing import Any

import pyotp
from flask import Blueprint, Response, current_app, jsonify, request
from itsdangerous import BadSignature, URLSafeTimedSerializer
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from app import sessions
from app.api.access import Viewer, signed_in, viewer
from app.audit import append as audit
from app.database import db, writing
from app.errors import Problem
from app.ids import now_ms
from app.limits import limiter
from app.models.accounts import Account, Device, EnrolmentCode, LoginSession
from app.models.people import Cadre, Team
from app.models.places import PlaceCode
from app.passwords import MAX_LENGTH, check_strength, verify
from app.passwords import hash as hashed
from app.programmes import load as load_programme
from app.programmes import settings_for_phone
from app.schemas.fields import one_line
from sync.wire import is_client_id

bp = Blueprint("accounts", __name__, url_prefix="/api")

CODE_MS = 10 * 60_000
# So many earlier numbers of a phone are looked at.
_KNOWN = 20


def body() -> dict[str, Any]:
    """The JSON object of this request; raises `Problem("bad_request")`."""
    value = request.get_json(silent=True)
    if not isinstance(value, dict):
        raise Problem("bad_request")
    return value


def text_of(values: dict[str, Any], name: str, most: int = 200) -> str:
    """A required text of a body."""
    value = values.get(name)
    if not isinstance(value, str) or not value.strip() or len(value) > most:
        raise Problem("bad_request", name)
    return value.strip()


def about(person: Viewer) -> dict[str, Any]:
    """What the phone keeps about its owner, so that all works without network."""
    account = person.account
    cadre = db.session.get(Cadre, account.cadre_id) if account.cadre_id else None
    team = db.session.get(Team, account.team_id) if account.team_id else None
    programme = load_programme(current_app.config["DOORSTEP"].programme)
    return {
        "account": {"id": person.person_id, "name": account.name, "role": account.role, "locale": "zh-CN"},
        "cadre": cadre
        and {
            "id": cadre.id,
            "name": cadre.name,
            "unit_name": cadre.unit_name,
            "number": cadre.number,
            "photo": cadre.photo,
            "term": cadre.term,
            "badge_code": db.session.scalar(
                select(PlaceCode.code).where(PlaceCode.cadre_id == cadre.id, PlaceCode.revoked_at.is_(None)).limit(1)
            ),
            # Only the phone that shows the code gets the secret.
            "badge_secret": base64.b32encode(account.badge_secret or b"").decode() if person.device else None,
        },
        "team": team and {"id": team.id, "name": team.name},
        "client_id": person.device and person.device.id,
        "scopes": sorted(person.scopes),
        "programme": settings_for_phone(programme),
        "server_time": now_ms(),
    }


@bp.get("/session")
@signed_in()
def read_session() -> Response:
    """Who is signed in."""
    return jsonify(about(viewer()))


@bp.post("/session")
@limiter.limit("10 per minute")
def sign_in() -> Response:
    """Sign in with a password (and the six digits of an authenticator app where one is set up)."""
    values = body()
    login, password = text_of(values, "login", 60), text_of(values, "password")
    account = db.session.scalar(select(Account).where(Account.login == login, Account.active))
    if not verify(account.password_hash if account else None, password) or account is None:
        raise Problem("password_wrong")
    _check_totp(account, values)
    now = now_ms()
    with writing() as session:
        token = sessions.begin(session, account, now)
    return _signed_in(token, device=False)


@bp.post("/session/confirm")
@limiter.limit("10 per minute")
@signed_in()
def confirm() -> Response:
    """Enter the password again: for half an hour unmasked exports are open."""
    person = viewer()
    _check_password(person, body())
    with writing() as session:
        session.execute(
            update(LoginSession).where(LoginSession.token_hash == person.login.token_hash).values(confirmed_at=now_ms())
        )
    return jsonify({"confirmed": True})


@bp.post("/password")
@limiter.limit("10 per minute")
@signed_in()
def change_password() -> Response:
    """A new password in place of the old one; whoever else is signed in with the old one is signed out, phones are not."""
    person, values = viewer(), body()
    _check_password(person, values)
    new = text_of(values, "new_password", MAX_LENGTH)
    check_strength(new, login=person.account.login or "")
    with writing() as session:
        session.execute(update(Account).where(Account.id == person.account.id).values(password_hash=hashed(new)))
        others = (
            LoginSession.account_id == person.account.id,
            LoginSession.device_id.is_(None),
            LoginSession.token_hash != person.login.token_hash,
        )
        session.execute(delete(LoginSession).where(*others))
        audit(session, person.account.id, "password_changed", now=now_ms(), subject=person.account.id)
    return jsonify({"changed": True})


def _check_password(person: Viewer, values: dict[str, Any]) -> None:
    """The password once more, before anything about signing in changes; raises `Problem("password_wrong")`."""
    if not verify(person.account.password_hash, text_of(values, "password")):
        raise Problem("password_wrong")


def _check_totp(account: Account, values: dict[str, Any]) -> None:
    """The six digits, where they are set up; raises `Problem("password_wrong")`."""
    if account.totp_secret and not _fits(account.totp_secret, values):
        raise Problem("password_wrong", "totp")


def _fits(secret: str, values: dict[str, Any]) -> bool:
    return pyotp.TOTP(secret).verify(str(values.get("totp", ""))[:10], valid_window=1)


def _totp_offers() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["DOORSTEP"].secret_key, salt="totp")


@bp.post("/totp")
@limiter.limit("10 per minute")
@signed_in()
def begin_totp() -> Response:
    """A secret for an authenticator app, after the password (and the digits of the app that it replaces); in force once confirmed."""
    person, values = viewer(), body()
    _check_password(person, values)
    _check_totp(person.account, values)
    secret = pyotp.random_base32()
    uri = pyotp.TOTP(secret).provisioning_uri(name=person.account.login or person.account.name, issuer_name="民情日记")
    offer = _totp_offers().dumps([person.account.id, secret])
    return jsonify({"secret": secret, "uri": uri, "offer": offer})


@bp.post("/totp/confirm")
@limiter.limit("10 per minute")
@signed_in()
def confirm_totp() -> Response:
    """The `offer` of the step before with the first digits of the app: from now on every sign-in asks for them."""
    person, values = viewer(), body()
    try:
        account_id, secret = _totp_offers().loads(text_of(values, "offer", 400), max_age=CODE_MS // 1000)
    except BadSignature:
        raise Problem("totp_wrong") from None
    if account_id != person.account.id or not _fits(secret, values):
        raise Problem("totp_wrong")
    with writing() as session:
        session.execute(update(Account).where(Account.id == account_id).values(totp_secret=secret))
        audit(session, account_id, "totp_set", now=now_ms(), subject=account_id)
    return jsonify({"confirmed": True})


@bp.delete("/session")
@signed_in(hand_in=True)
def sign_out() -> Response:
    """Sign out; the header tells the phone that this was meant."""
    token = sessions.current_token() or ""
    with writing() as session:
        sessions.end(session, token)
    reply = jsonify({"signed_out": True})
    reply.headers["X-Doorstep-Logout"] = "1"
    sessions.delete_cookie(reply)
    return reply


@bp.post("/enrol")
@limiter.limit("20 per minute")
def enrol() -> Response:
    """Bind a phone to a cadre by a one-time code.

    `client_id` becomes the device, unless one of `known`, the numbers this phone went under before, is the same person's: then it
    goes on under that, and what was delivered without an answer is recognised by its receipt [L10].
    """
    values = body()
    code = text_of(values, "code", 80).replace("-", "").replace(" ", "").upper()
    client_id = text_of(values, "client_id", 36)
    now = now_ms()
    with writing() as session:
        row = session.get(EnrolmentCode, hashlib.sha256(code.encode()).hexdigest())
        if row is None or row.used_at is not None or row.expires_at < now:
            raise Problem("code_invalid")
        account = session.get(Account, row.account_id)
        if account is None or not account.active:
            raise Problem("code_invalid")
        label = one_line(str(values.get("label") or request.user_agent.string))[:120]
        client_id = _device(session, account, client_id, values.get("known"), label, now)
        row.used_at = now
        token = sessions.begin(session, account, now, client_id)
        audit(session, account.id, "enrol", now=now, subject=client_id)
    return _signed_in(token, device=True)


def _device(session: Session, account: Account, client_id: str, known: Any, label: str, now: int) -> str:
    """The person's own device again, with its older sessions ended, or a new one; its id. Raises `Problem("code_invalid")`."""
    before = (
        [one for one in known[:_KNOWN] if isinstance(one, str) and is_client_id(one)] if isinstance(known, list) else []
    )
    own = select(Device).where(Device.id.in_([client_id, *before]), Device.account_id == account.id)
    # A lost phone stays lost: its work was refused, and whoever has it now shall not come back as it.
    again = session.scalar(
        own.where(Device.revoked.is_distinct_from("hard")).order_by(Device.enrolled_at.desc()).limit(1)
    )
    if again is not None:
        session.execute(delete(LoginSession).where(LoginSession.device_id == again.id))
        again.revoked = again.revoked_at = None
        again.label, again.enrolled_at = label, now
    elif not is_client_id(client_id) or session.get(Device, client_id) is not None:
        raise Problem("code_invalid")
    else:
        again = Device(id=client_id, account_id=account.id, label=label, enrolled_at=now, pending=0)
        session.add(again)
    session.flush()
    return again.id


def _signed_in(token: str, *, device: bool) -> Response:
    from flask import g

    g.pop("viewer", None)
    # What this request has read so far is older than the session that was just written.
    db.session.rollback()
    g.login = sessions.lookup(token, now_ms())
    reply = jsonify(about(viewer()))
    sessions.set_cookie(reply, token, device=device)
    return reply


def issue_code(session: Any, account_id: str, issued_by: str | None, now: int) -> str:
    """A new one-time code: 26 characters base32 (128 bit), ten minutes."""
    code = base64.b32encode(secrets.token_bytes(16)).decode().rstrip("=")
    session.add(
        EnrolmentCode(
            code_hash=hashlib.sha256(code.encode()).hexdigest(),
            account_id=account_id,
            issued_by=issued_by,
            expires_at=now + CODE_MS,
        )
    )
    return code


@bp.post("/enrolment-codes")
@signed_in("leader", "task_force", "admin")
def new_code() -> Response:
    """The leader makes a code for one cadre of the team; shown as text and as a QR code."""
    person = viewer()
    cadre_id = text_of(body(), "cadre_id", 36)
    account = db.session.scalar(select(Account).where(Account.cadre_id == cadre_id, Account.active))
    if account is None or not person.may_see_team(account.team_id):
        raise Problem("not_found")
    now = now_ms()
    with writing() as session:
        code = issue_code(session, account.id, person.account.id, now)
        audit(session, person.account.id, "enrolment_code", now=now, subject=account.id)
    base = current_app.config["DOORSTEP"].public_url
    return jsonify({"code": code, "url": f"{base}/app/enrol#{code}", "expires_at": now + CODE_MS, "name": account.name})
