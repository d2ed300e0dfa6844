"""Server-side sessions: a random token in the cookie, its SHA-256 in the table."""

from __future__ import annotations

import hashlib
import secrets
from contextlib import suppress
from typing import Any

from flask import Response, current_app, g, request
from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app.database import db
from app.ids import now_ms
from app.models.accounts import Account, Device, LoginSession

DAY_MS = 86_400_000
IDLE_MS = 14 * DAY_MS
# An enrolled phone must still work on the fourth Friday, and after a long leave.
DEVICE_MS = 90 * DAY_MS
CONFIRMED_MS = 30 * 60_000
# `seen_at` is not worth a write on every request.
_SEEN_EVERY_MS = 3_600_000


def cookie_name() -> str:
    """`__Host-` binds the cookie to this host and to https; plain http on localhost gets a plain name."""
    secure: bool = current_app.config["DOORSTEP"].secure_cookies
    return "__Host-doorstep" if secure else "doorstep"


def token_hash(token: str) -> str:
    """What the table keeps of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def begin(session: Session, account: Account, now: int, device_id: str | None = None) -> str:
    """Start a session and return its token."""
    token = secrets.token_urlsafe(32)
    session.add(
        LoginSession(
            token_hash=token_hash(token),
            account_id=account.id,
            device_id=device_id,
            created_at=now,
            seen_at=now,
            expires_at=now + (DEVICE_MS if device_id else IDLE_MS),
            confirmed_at=now if not device_id else None,
        )
    )
    return token


def set_cookie(response: Response, token: str, *, device: bool) -> None:
    """Give the token to the browser."""
    response.set_cookie(
        cookie_name(),
        token,
        max_age=(DEVICE_MS if device else IDLE_MS) // 1000,
        secure=current_app.config["DOORSTEP"].secure_cookies,
        httponly=True,
        samesite="Lax",
        path="/",
    )


def delete_cookie(response: Response) -> None:
    """Take the token back; a browser lets go of a `__Host-` cookie only by a header that is itself one."""
    secure: bool = current_app.config["DOORSTEP"].secure_cookies
    response.delete_cookie(cookie_name(), path="/", secure=secure, httponly=True, samesite="Lax")


def end(session: Session, token: str) -> None:
    """Forget a session."""
    session.execute(delete(LoginSession).where(LoginSession.token_hash == token_hash(token)))


# Built once: putting the expression together costs more than running it, and every request asks.
_LIVING = (
    select(Account, LoginSession, Device)
    .join(LoginSession, LoginSession.account_id == Account.id)
    .outerjoin(Device, Device.id == LoginSession.device_id)
    .where(LoginSession.token_hash == bindparam("token_hash"))
)


def lookup(token: str | None, now: int) -> tuple[Account, LoginSession, Device | None] | None:
    """The living session of a token, with its account and its device."""
    if not token:
        return None
    row: Any = db.session.execute(_LIVING, {"token_hash": token_hash(token)}).first()
    if row is None:
        return None
    account, login, device = row
    idle_since = login.seen_at + IDLE_MS
    if login.expires_at < now or (device is None and idle_since < now):
        return None
    return account, login, device


def touch(login: LoginSession, now: int) -> None:
    """Note that the session is in use; keeps an idle one alive."""
    if now - login.seen_at > _SEEN_EVERY_MS:
        # A database that cannot be written to just now must not shut anybody out.
        with suppress(OperationalError), db.engine.execution_options(doorstep_write=True).begin() as connection:
            connection.execute(
                update(LoginSession).where(LoginSession.token_hash == login.token_hash).values(seen_at=now)
            )


def current_token() -> str | None:
    """The token of this request."""
    return request.cookies.get(cookie_name())


def current() -> tuple[Account, LoginSession, Device | None] | None:
    """The session of this request, looked up once."""
    if "login" not in g:
        g.login = lookup(current_token(), now_ms())
    found: tuple[Account, LoginSession, Device | None] | None = g.login
    return found
