"""Takes values out of what is kept beside the rows: old lines of the change log, and the database file itself.

The log is history for good; what must be forgotten (exact points, words of cleared notices) leaves its lines, the lines stay.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import msgspec
from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from app.database import db, reading, writing
from app.synced import DOOR

_CHANGE = DOOR.tables.change
# So many scopes are looked through in one read transaction.
_SCOPES = 200
_LINES = 1000

Changes = dict[str, Any]
Clean = Callable[[Changes], Changes]


def overwrite_freed_space(session: Session) -> None:
    """What this transaction removes is overwritten in the file and not only unlinked (SQLite's `secure_delete`)."""
    if session.get_bind().dialect.name == "sqlite":
        session.connection().exec_driver_sql("PRAGMA secure_delete=ON")


def empty_the_journal() -> None:
    """Bring SQLite's write-ahead log into the file and cut it to nothing: it holds pages as they were.

    With readers at work less than all is done; the next run does the rest.
    """
    if db.engine.dialect.name != "sqlite":
        return
    # Not inside a transaction, which SQLAlchemy's own connections always are.
    connection = db.engine.raw_connection()
    try:
        connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    finally:
        connection.close()


def scrub(collection: str, holding: str, clean: Clean, before: int) -> int:
    """Pass lines of `collection` older than `before` (ms) whose text contains `holding` through `clean`; how many."""
    scrubbed = 0
    for numbers in _scopes():
        with reading() as session:
            lines = session.execute(
                select(_CHANGE.c.scope_no, _CHANGE.c.seq, _CHANGE.c.changes).where(
                    _CHANGE.c.scope_no.in_(numbers),
                    _CHANGE.c.collection == collection,
                    _CHANGE.c.at < before,
                    _CHANGE.c.changes.contains(holding, autoescape=True),
                )
            ).all()
        for start in range(0, len(lines), _LINES):
            with writing() as session:
                _rewrite(session, lines[start : start + _LINES], clean)
        scrubbed += len(lines)
    return scrubbed


def scrub_records(session: Session, collection: str, ids: Sequence[str], scopes: Sequence[str], clean: Clean) -> None:
    """Pass the lines of these records in these scopes through `clean`, in the caller's transaction."""
    scope = DOOR.tables.scope
    numbers = select(scope.c.no).where(scope.c.name.in_(scopes))
    lines = session.execute(
        select(_CHANGE.c.scope_no, _CHANGE.c.seq, _CHANGE.c.changes).where(
            _CHANGE.c.scope_no.in_(numbers),
            _CHANGE.c.collection == collection,
            _CHANGE.c.record_id.in_(ids),
            _CHANGE.c.changes.is_not(None),
        )
    ).all()
    _rewrite(session, lines, clean)


def _scopes() -> Iterator[list[int]]:
    with reading() as session:
        numbers = list(session.scalars(select(DOOR.tables.scope.c.no).order_by(DOOR.tables.scope.c.no)))
    for start in range(0, len(numbers), _SCOPES):
        yield numbers[start : start + _SCOPES]


def _rewrite(session: Session, lines: Sequence[Any], clean: Clean) -> None:
    if not lines:
        return
    overwrite_freed_space(session)
    rewritten = []
    for line in lines:
        kept = clean(msgspec.json.decode(line.changes))
        text = msgspec.json.encode(kept).decode() if kept else None
        rewritten.append({"of_scope": line.scope_no, "of_seq": line.seq, "text": text})
    session.connection().execute(
        update(_CHANGE)
        .where(_CHANGE.c.scope_no == bindparam("of_scope"), _CHANGE.c.seq == bindparam("of_seq"))
        .values(changes=bindparam("text")),
        rewritten,
    )
