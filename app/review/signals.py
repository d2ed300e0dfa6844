"""Signals (impossible travel, the same decimals, tap-through): written on the visits, where the cadre sees them too."""

from __future__ import annotations

from collections import defaultdict
from itertools import groupby
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.database import reading, writing
from app.domain.check_in import Fix, VisitTrace, signals
from app.models.visits import Visit
from app.review.reach import Period, Reach
from app.review.visits import live
from app.write_turn import in_turns
from app.writes import Actor, patch, write

_SYSTEM = Actor("system", None, "系统")
# A phone whose clock is further off than this when its record arrives cannot order its visits.
_CLOCK_AHEAD_MS = 5 * 60_000


def flag(reach: Reach, period: Period, now: int) -> int:
    """Bring `visit.flags` of the period up to date, through the door; how many visits changed.

    Read and judged in a read transaction and written in short ones of its own, so that phones need not wait.
    """
    with reading() as session:
        changed = _changed(session, reach, period)
    for part in in_turns(changed):
        writes = [patch("visit", visit, {"flags": flags}) for visit, flags in part]
        with writing() as session:
            write(session, writes, actor=_SYSTEM, now=now)
    return len(changed)


def _changed(session: Session, reach: Reach, period: Period) -> list[tuple[str, list[str]]]:
    rows = session.execute(
        select(
            Visit.id,
            Visit.cadre_id,
            Visit.visit_on,
            Visit.place_id,
            Visit.arrived_at,
            Visit.received_at,
            Visit.fix,
            Visit.late_entry,
            Visit.flags,
        )
        .where(live(reach, period), Visit.arrived_at.is_not(None))
        .order_by(Visit.cadre_id, Visit.visit_on)
    )
    changed: list[tuple[str, list[str]]] = []
    for _, day in groupby(rows, key=lambda row: (row.cadre_id, row.visit_on)):
        visits = list(day)
        found = _flags(visits)
        changed += [(row.id, found[row.id]) for row in visits if sorted(row.flags or ()) != found[row.id]]
    return changed


def _flags(visits: list[Any]) -> dict[str, list[str]]:
    """The signal codes of each visit of one cadre's day. A late entry has no arrival of its own to judge."""
    traces = [_trace(row) for row in visits if not row.late_entry]
    found: dict[str, set[str]] = defaultdict(set)
    for signal in signals(traces):
        for visit in signal.visit_ids:
            found[visit].add(signal.code)
    return {row.id: sorted(found[row.id]) for row in visits}


def _trace(row: Any) -> VisitTrace:
    fix = row.fix if row.fix and "lat" in row.fix and "lon" in row.fix else None
    ahead = row.received_at is not None and row.arrived_at > row.received_at + _CLOCK_AHEAD_MS
    return VisitTrace(
        row.id,
        row.place_id or "",
        row.arrived_at,
        fix and Fix(fix["lat"], fix["lon"], fix.get("accuracy_m"), fix.get("taken_at", 0), bool(fix.get("android"))),
        not ahead,
    )
