"""The audit log: who saw personal data in full, who exported what, who settled or signed what.

Append-only; each line carries the SHA-256 of the line before it, so a line that is changed, removed or put in later breaks the
chain at that place. Lines are kept for at least six months (网络安全法, article 21).
"""

from __future__ import annotations

import hashlib
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.models.audit import AuditLine

# What the first line has before it.
GENESIS = "0" * 64
# PostgreSQL: one appender at a time (any constant will do); SQLite's write transactions are alone anyway.
_LOCK = 5_140_311


class Verdict(NamedTuple):
    """The outcome of `verify`: how many lines hold, the number of the first broken one (None: all hold), and the last hash."""

    lines: int
    broken_at: int | None
    head: str


def append(
    session: Session,
    actor_id: str | None,
    act: str,
    *,
    now: int,
    subject: str | None = None,
    reason: str | None = None,
    detail: dict[str, Any] | None = None,
) -> AuditLine:
    """Add one line inside the caller's write transaction, so that the act and its record stand or fall together.

    `act` is a word such as `export_unmasked` or `contact_viewed`; `subject` names the record or the file; `now` is in
    milliseconds since 1970. `reason` is cut to 200 characters. `detail` must hold no names, phone numbers or texts.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    last = session.execute(select(AuditLine.no, AuditLine.hash).order_by(AuditLine.no.desc()).limit(1)).first()
    line = AuditLine(
        no=last.no + 1 if last else 1,
        at=now,
        actor_id=actor_id,
        act=act,
        subject=subject,
        reason=reason[:200] if reason else None,
        detail=detail,
        previous_hash=last.hash if last else GENESIS,
    )
    line.hash = _hash(line)
    session.add(line)
    session.flush()
    return line


def verify(session: Session) -> Verdict:
    """Walk the whole chain. A line that does not follow from the one before ends the walk."""
    expected_no, head = 1, GENESIS
    for line in session.scalars(select(AuditLine).order_by(AuditLine.no).execution_options(yield_per=1000)):
        if line.no != expected_no or line.previous_hash != head or line.hash != _hash(line):
            return Verdict(expected_no - 1, expected_no, head)
        expected_no, head = expected_no + 1, line.hash
        session.expunge(line)
    return Verdict(expected_no - 1, None, head)


def _hash(line: AuditLine) -> str:
    content = [line.no, line.at, line.actor_id, line.act, line.subject, line.reason, line.detail, line.previous_hash]
    return hashlib.sha256(msgspec.json.encode(content, order="sorted")).hexdigest()
