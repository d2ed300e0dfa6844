"""Exact points of visits are coarsened to the address after 90 days: the fix goes, what it proved stays.

The fix becomes null and not a rounded point: the place has the address, `evidence` and `evidence_reason` say what the fix
showed while it was there, and a point that is only a little wrong could still be put together again from several visits.
"""

from __future__ import annotations

import json
import re
from typing import Any

from sqlalchemy import ColumnElement, Text, and_, or_, select, type_coerce, update

from app.database import reading, writing
from app.jobs import Report
from app.jobs.log_scrubbing import Changes, overwrite_freed_space, scrub
from app.jobs.schedule import DAY_MS
from app.models.visits import Visit
from app.synced import DOOR
from app.write_turn import in_turns
from app.writes import Actor, patch, write

# Counted from the server's receipt: a phone's clock may be years ahead.
KEPT_MS = 90 * DAY_MS
_ACTOR = Actor("system", None, "到期清理")
_BATCH = 1000
# How a point shows in JSON; a fix that only names an error has none.
_POINT = '"lat"'
_COORDINATE = re.compile(r'("(?:lat|lon)"\s*:\s*)[^,}\s]+')


def coarsen(now: int, report: Report) -> None:
    """Coarsen what is older than 90 days at `now` (ms): the visits, the log's lines about them, what waits for a person."""
    limit = now - KEPT_MS
    _coarsen_visits(limit, now, report)
    report.add("log_lines", scrub("visit", _POINT, without_fix, limit))
    _coarsen_parked(limit, report)


def without_fix(changes: Changes) -> Changes:
    """A line's changes without the exact point, nor one that lost a merge."""
    kept = {name: value for name, value in changes.items() if name != "fix"}
    if kept.get("conflict"):
        kept["conflict"] = [entry for entry in kept["conflict"] if entry.get("field") != "fix"]
    return kept


def _holds_point() -> ColumnElement[bool]:
    fix, conflict = type_coerce(Visit.fix, Text), type_coerce(Visit.conflict, Text)
    return or_(fix.contains(_POINT), and_(conflict.contains('"fix"'), conflict.contains(_POINT)))


def _coarsen_visits(limit: int, now: int, report: Report) -> None:
    after = ""
    while True:
        with reading() as session:
            rows = session.execute(
                select(Visit.id, Visit.conflict)
                .where(Visit.id > after, Visit.received_at < limit, _holds_point())
                .order_by(Visit.id)
                .limit(_BATCH)
            ).all()
        if not rows:
            return
        writes = [patch("visit", row.id, {"fix": None}, settles=_lost_fixes(row.conflict)) for row in rows]
        for part in in_turns(writes):
            with writing() as session:
                overwrite_freed_space(session)
                write(session, part, actor=_ACTOR, now=now)
        report.add("fixes", len(writes))
        after = rows[-1].id


def _lost_fixes(conflict: list[dict[str, Any]] | None) -> list[str]:
    return [entry["uuid"] for entry in conflict or () if entry.get("field") == "fix"]


def _coarsen_parked(limit: int, report: Report) -> None:
    """A visit that waits for a person is kept whole, but for the exact point."""
    table = DOOR.tables.parked
    with reading() as session:
        rows = session.execute(
            select(table.c.no, table.c.body).where(
                table.c.collection == "visit", table.c.at < limit, table.c.body.contains(_POINT)
            )
        ).all()
    # Of one that cannot be read the word "lat" stays: it is looked at every night and written once.
    changed = [(no, kept) for no, body in rows if (kept := without_point(body)) != body]
    for no, kept in changed:
        with writing() as session:
            overwrite_freed_space(session)
            session.execute(update(table).where(table.c.no == no).values(body=kept))
    report.add("parked_fixes", len(changed))


def without_point(body: str) -> str:
    """The text of a mutation without its fix; of one that cannot be read only the coordinates go."""
    try:
        mutation = json.loads(body)
        mutation["changes"].pop("fix")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return _COORDINATE.sub(r"\1null", body)
    return json.dumps(mutation, ensure_ascii=False)
