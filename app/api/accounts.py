"""Signing in: passwords of leaders, one-time codes of cadres' phones, and what a phone needs to know about its owner."""

from __future__ import annotations

import base64
import hashlib
import secrets
from typing import Any

import pyotp
from flask import Blueprint, Response, current_app, jsonify, request
from sqlalchemy import delete, select
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
from app.passwords import verify
from app.programmes import load as load_programme
from app.programmes import settings_for_phone
from app.schemas.fields import one_line
from app.synced import DOOR
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
        "account": {
            "id": person.person_id,
            "name": account.name,
            "role": account.role,
            "locale": "zh-CN",
            # What there is to change on the page of one's own account.
            "signs_in": {"password": account.password_hash is not None, "totp": account.totp_secret is not None},
        },
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
    check_totp(account, values)
    now = now_ms()
    with writing() as session:
        token = sessions.begin(session, account, now)
    return _signed_in(token, device=False)


def check_totp(account: Account, values: dict[str, Any]) -> None:
    """The six digits, where they are set up; raises `Problem("password_wrong")`."""
    if account.totp_secret and not fits(account.totp_secret, values):
        raise Problem("password_wrong", "totp")


def fits(secret: str, values: dict[str, Any]) -> bool:
    """Whether `totp` of a body holds the six digits of this half minute or of its neighbours."""
    return pyotp.TOTP(secret).verify(str(values.get("totp", ""))[:10], valid_window=1)


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
    again = _own_before(session, account, [client_id, *before])
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


def _own_before(session: Session, account: Account, numbers: list[str]) -> Device | None:
    """The first of the numbers that is this person's: a device, or one that the phone gave itself and pushed under [L9]."""
    mine = Device.id.in_(numbers), Device.account_id == account.id
    devices = {device.id: device for device in session.scalars(select(Device).where(*mine))}
    client, owner = DOOR.tables.client.c, account.cadre_id or account.id
    clients = select(client.client_id).where(client.client_id.in_(numbers), client.owner == owner)
    pushed_under = set(session.scalars(clients))
    for number in numbers:
        device = devices.get(number)
        if device is None and number in pushed_under:
            made = Device(id=number, account_id=account.id, pending=0, enrolled_at=0)
            session.add(made)
            return made
        # A lost phone stays lost: its work was refused, and whoever has it now shall not come back as it.
        if device is not None and device.revoked != "hard":
            return device
    return None


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
