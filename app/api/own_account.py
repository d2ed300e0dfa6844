"""One's own account: the password once more, a new one, and the six digits of an authenticator app (动态验证码)."""

from __future__ import annotations

from typing import Any

import pyotp
from flask import Blueprint, Response, current_app, jsonify
from itsdangerous import BadSignature, URLSafeTimedSerializer
from sqlalchemy import delete, update

from app.api.access import Viewer, signed_in, viewer
from app.api.accounts import CODE_MS, body, check_totp, fits, text_of
from app.audit import append as audit
from app.database import writing
from app.errors import Problem
from app.ids import now_ms
from app.limits import limiter
from app.models.accounts import Account, LoginSession
from app.passwords import MAX_LENGTH, check_strength, verify
from app.passwords import hash as hashed
from app.qr import qr_svg_file

bp = Blueprint("own_account", __name__, url_prefix="/api")


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


def _totp_offers() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["DOORSTEP"].secret_key, salt="totp")


@bp.post("/totp")
@limiter.limit("10 per minute")
@signed_in()
def begin_totp() -> Response:
    """A secret for an authenticator app, also as a QR image (SVG), after the password (and the digits of the app that it replaces).

    In force once confirmed.
    """
    person, values = viewer(), body()
    _check_password(person, values)
    check_totp(person.account, values)
    secret = pyotp.random_base32()
    uri = pyotp.TOTP(secret).provisioning_uri(name=person.account.login or person.account.name, issuer_name="民情日记")
    offer = _totp_offers().dumps([person.account.id, secret])
    return jsonify({"secret": secret, "uri": uri, "offer": offer, "qr": qr_svg_file(uri).decode()})


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
    if account_id != person.account.id or not fits(secret, values):
        raise Problem("totp_wrong")
    with writing() as session:
        session.execute(update(Account).where(Account.id == account_id).values(totp_secret=secret))
        audit(session, account_id, "totp_set", now=now_ms(), subject=account_id)
    return jsonify({"confirmed": True})


def _check_password(person: Viewer, values: dict[str, Any]) -> None:
    """The password once more, before anything about signing in changes; raises `Problem("password_wrong")`."""
    if not verify(person.account.password_hash, text_of(values, "password")):
        raise Problem("password_wrong")
