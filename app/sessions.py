"""Server-side sessions: a random token in the cookie, its SHA-256 in the table."""

from __future__ import annotations

import hashlib
import secrets
from collections import namedtuple
from contextlib import suppress
from typing import Any

from flask import Response, current_app, g, request
from sqlalchemy import delete, inspect, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app.database import Base, db
from app.ids import now_ms
from app.models.accounts import Account, Device, LoginSession
from sync.statements import marker, run

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


def _columns(model: type[Base]) -> list[str]:
    return [column.name for column in inspect(model).columns]


def _row_of(model: type[Base]) -> Any:
    """What reads like a row of `model` and cannot be written to."""
    return namedtuple(model.__name__, _columns(model))


_MODELS = (Account, LoginSession, Device)
_Account, _LoginSession, _Device = map(_row_of, _MODELS)
_COLUMNS = ", ".join(f"{model.__tablename__}.{name}" for model in _MODELS for name in _columns(model))
# Every request asks this, and the ORM's way of asking cost a fifth of a phone's push.
_LIVING = (
    f"SELECT {_COLUMNS} FROM login_session JOIN account ON account.id = login_session.account_id"
    " LEFT JOIN device ON device.id = login_session.device_id WHERE login_session.token_hash = "
)


def lookup(token: str | None, now: int) -> tuple[Account, LoginSession, Device | None] | None:
    """The living session of a token, with its account and its device: copies of the rows, to read only."""
    if not token:
        return None
    with db.engine.connect() as connection:
        row = run(connection, _LIVING + marker(connection.dialect), (token_hash(token),)).fetchone()
    if row is None:
        return None
    ends = len(_Account._fields), len(_Account._fields) + len(_LoginSession._fields)
    account, login = _Account._make(row[: ends[0]]), _LoginSession._make(row[ends[0] : ends[1]])
    device = _Device._make(row[ends[1] :]) if row[ends[1]] is not None else None
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
