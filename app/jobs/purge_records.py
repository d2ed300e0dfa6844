"""What is cleared away when nobody needs it any more: old notices, settled records, receipts, the jobs' own memories."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Table, and_, delete, or_, select, tuple_

from app.database import reading, writing
from app.domain.workdays import date_of_day, day_of
from app.jobs import Report
from app.jobs.log_scrubbing import Changes, overwrite_freed_space, scrub_records
from app.jobs.schedule import DAY_MS
from app.models.notices import Notice
from app.models.reminders import DailyNotice, DeadlineReminder, PushNudge
from app.synced import DOOR
from app.write_turn import in_turns
from app.writes import Actor, Write, patch, write

READ_NOTICE_MS = 180 * DAY_MS
# Whoever has not read it for so long has left the post.
UNREAD_NOTICE_MS = 400 * DAY_MS
SETTLED_MS = 180 * DAY_MS
# A session ends after 90 days and an app is supported for twelve months: later no phone can ask what became of a mutation. The
# client's last number stays for ever, so that even then nothing is taken twice.
RECEIPT_MS = 400 * DAY_MS
REMINDER_MS = 400 * DAY_MS
DAILY_NOTICE_MS = 30 * DAY_MS
NUDGE_MS = 7 * DAY_MS
_ACTOR = Actor("system", None, "到期清理")


def clear(now: int, report: Report) -> None:
    """Clear away what has run out at `now` (ms). The audit log is never touched."""
    _clear_notices(now, report)
    tables = DOOR.tables
    _delete(tables.receipt, tables.receipt.c.at < now - RECEIPT_MS, "receipts", report)
    _delete(tables.parked, tables.parked.c.settled_at < now - SETTLED_MS, "parked", report)
    _delete(_table(DeadlineReminder), DeadlineReminder.at < now - REMINDER_MS, "reminders", report)
    oldest = date_of_day(day_of(now - DAILY_NOTICE_MS)).isoformat()
    _delete(_table(DailyNotice), DailyNotice.on < oldest, "daily_notices", report)
    _delete(_table(PushNudge), PushNudge.at < now - NUDGE_MS, "nudges", report)


def _table(model: Any) -> Table:
    table: Table = model.__table__
    return table


def _delete(table: Table, condition: ColumnElement[bool], word: str, report: Report) -> None:
    """Delete rows by their keys, some at a time: looking for them all under the write lock would keep phones waiting."""
    keys = tuple(table.primary_key.columns)
    with reading() as session:
        found = [tuple(row) for row in session.execute(select(*keys).where(condition))]
    for batch in in_turns(found):
        with writing() as session:
            overwrite_freed_space(session)
            session.connection().execute(delete(table).where(tuple_(*keys).in_(batch)))
    report.add(word, len(found))


def _clear_notices(now: int, report: Report) -> None:
    """Old notices go from the phones too; what is left here is an empty row that says so to phones that come late."""
    old = or_(
        Notice.read_at < now - READ_NOTICE_MS,
        and_(Notice.read_at.is_(None), Notice.created_at < now - UNREAD_NOTICE_MS),
    )
    # `read_at` is a phone's word; nothing is cleared that the server itself has not had for as long.
    had = Notice.created_at < now - READ_NOTICE_MS
    with reading() as session:
        found = session.execute(select(Notice.id, Notice.scope).where(Notice.deleted.is_(False), old, had)).all()
    for batch in in_turns(found):
        with writing() as session:
            overwrite_freed_space(session)
            write(session, [w for row in batch for w in _cleared(row.id)], actor=_ACTOR, now=now)
            scrub_records(session, "notice", [row.id for row in batch], sorted({row.scope for row in batch}), _wordless)
        report.add("notices", len(batch))


def _cleared(notice_id: str) -> Sequence[Write]:
    emptied = patch("notice", notice_id, {"title": None, "text": None, "about_id": None})
    return [emptied, Write(0, emptied.uuid, "notice", notice_id, op="delete")]


def _wordless(changes: Changes) -> Changes:
    return {name: value for name, value in changes.items() if name not in ("title", "text", "about_id")}
