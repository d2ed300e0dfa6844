"""Signing in to the units' pages: a session of the desk's own, apart from everything else that runs here."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass

from flask import Response, current_app, g, request
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app import passwords
from app.database import reading, writing
from app.desk.clocks import DAY_MS, HOUR_MS
from app.errors import Problem
from app.ids import now_ms
from app.models.desk import DeskAccount, DeskSession, DeskUnit

# Units share office computers: a morning's absence signs out, a fortnight in any case.
IDLE_MS = 12 * HOUR_MS
ABSOLUTE_MS = 14 * DAY_MS
# `seen_at` is not worth a write on every page.
_SEEN_EVERY_MS = 10 * 60_000


@dataclass(frozen=True)
class Officer:
    """Who is signed in, and for which unit."""

    account_id: str
    name: str
    unit_id: str
    unit_name: str
    centre: bool
    token_hash: str


def cookie_name() -> str:
    """`__Host-` binds the cookie to this host and to https; plain http on localhost gets a plain name."""
    return "__Host-desk_session" if current_app.config["DOORSTEP"].secure_cookies else "desk_session"


def begin(login: str, password: str) -> str:
    """Check a sign-in and start a session; returns its token. Raises the problem `password_wrong`."""
    with reading() as session:
        account = session.scalar(select(DeskAccount).where(DeskAccount.login == login, DeskAccount.active))
        unit = session.get(DeskUnit, account.unit_id) if account else None
    # Verified even when there is no such login, so that the answer takes as long.
    matches = passwords.verify(account.password_hash if account else None, password)
    if not matches or account is None or unit is None or not unit.active:
        raise Problem("password_wrong")
    token, now = secrets.token_urlsafe(32), now_ms()
    with writing() as session:
        session.execute(delete(DeskSession).where(DeskSession.expires_at < now))
        session.add(
            DeskSession(
                token_hash=_hash(token),
                account_id=account.id,
                created_at=now,
                seen_at=now,
                expires_at=now + ABSOLUTE_MS,
            )
        )
    return token


def end() -> None:
    """Forget this browser's session."""
    with writing() as session:
        session.execute(delete(DeskSession).where(DeskSession.token_hash == _hash(_token())))


def delete_cookie(response: Response) -> None:
    """Take the token back; a browser lets go of a `__Host-` cookie only by a header that is itself one."""
    secure: bool = current_app.config["DOORSTEP"].secure_cookies
    response.delete_cookie(cookie_name(), path="/", secure=secure, httponly=True, samesite="Lax")


def set_cookie(response: Response, token: str) -> None:
    """Give the token to the browser."""
    response.set_cookie(
        cookie_name(),
        token,
        max_age=ABSOLUTE_MS // 1000,
        secure=current_app.config["DOORSTEP"].secure_cookies,
        httponly=True,
        samesite="Lax",
        path="/",
    )


def officer() -> Officer:
    """Who is signed in; raises the problem `desk_not_signed_in`."""
    if "desk_officer" not in g:
        g.desk_officer = _look_up(now_ms())
    found: Officer | None = g.desk_officer
    if found is None:
        raise Problem("desk_not_signed_in")
    return found


def _look_up(now: int) -> Officer | None:
    hashed = _hash(_token())
    with reading() as session:
        row = session.execute(
            select(DeskSession, DeskAccount, DeskUnit)
            .join(DeskAccount, DeskAccount.id == DeskSession.account_id)
            .join(DeskUnit, DeskUnit.id == DeskAccount.unit_id)
            .where(DeskSession.token_hash == hashed, DeskAccount.active, DeskUnit.active)
        ).first()
    if row is None:
        return None
    begun, account, unit = row
    if begun.expires_at < now or begun.seen_at + IDLE_MS < now:
        return None
    if now - begun.seen_at > _SEEN_EVERY_MS:
        with writing() as session:
            _touch(session, hashed, now)
    return Officer(account.id, account.name, unit.id, unit.name, unit.centre, hashed)


def _touch(session: Session, hashed: str, now: int) -> None:
    begun = session.get(DeskSession, hashed)
    if begun is not None:
        begun.seen_at = now


def _token() -> str:
    return request.cookies.get(cookie_name(), "")


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
