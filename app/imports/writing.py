"""Turns readable rows into plans, and plans into writes: all of a file in one transaction, or nothing of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, NamedTuple

from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from app.database import Base
from app.errors import Problem
from app.imports.faults import Fault
from app.imports.kind import Context, Kind, Plan, Resolved, Row
from app.writes import Actor, move, write

# Rows resolved and written at once: well below the door's 5,000 items, a row may write two.
BATCH = 2_000


class Applied(NamedTuple):
    """How many rows made a record and how many changed one."""

    new: int
    known: int


def _batches(kind: Kind, rows: Iterable[Row]) -> Iterator[list[Row]]:
    walk = iter(sorted(rows, key=kind.sort) if kind.sort else rows)
    while batch := list(islice(walk, BATCH)):
        yield batch


def resolved(session: Session, kind: Kind, rows: Iterable[Row], context: Context) -> Iterator[Resolved]:
    """Plans and faults of all rows; the database is asked once for many rows."""
    for batch in _batches(kind, rows):
        yield from kind.resolve(session, batch, context)


def apply(session: Session, kind: Kind, rows: Iterable[Row], context: Context, actor: Actor) -> Applied:
    """Write all rows inside the caller's write transaction.

    Raises `Problem("import_changed_meanwhile")` when a row no longer fits the database as it is now: the caller's
    transaction must then roll back, and nothing has happened.
    """
    new = known = 0
    for batch in _batches(kind, rows):
        plans = []
        for result in kind.resolve(session, batch, context):
            if isinstance(result, Fault):
                raise Problem("import_changed_meanwhile", detail=f"{result.row}")
            plans.append(result)
        _write(session, plans, context, actor)
        new += sum(plan.new for plan in plans)
        known += sum(not plan.new for plan in plans)
    return Applied(new, known)


def _write(session: Session, plans: list[Plan], context: Context, actor: Actor) -> None:
    for collection, record_id, scope in (plan.move for plan in plans if plan.move):
        move(session, collection, record_id, scope, actor=actor, now=context.now)
    _rows(session, plans)
    outcomes = write(session, [item for plan in plans for item in plan.writes], actor=actor, now=context.now)
    parked = next((outcome for outcome in outcomes if outcome.outcome == "parked"), None)
    if parked is not None:
        raise Problem("import_changed_meanwhile", detail=parked.code)
    # The session may have read rows that the door has changed behind it.
    session.expire_all()


def _rows(session: Session, plans: list[Plan]) -> None:
    """Plain rows, one statement for each table and set of columns."""
    inserts: dict[tuple[type[Base], tuple[str, ...]], list[dict[str, Any]]] = defaultdict(list)
    updates: dict[tuple[type[Base], tuple[str, ...]], list[dict[str, Any]]] = defaultdict(list)
    for plan in plans:
        for model, values in plan.inserts:
            inserts[model, tuple(values)].append(values)
        for model, values in plan.updates:
            updates[model, tuple(values)].append(values)
    for (model, _), rows in inserts.items():
        session.execute(insert(model), rows)
    for (model, _), rows in updates.items():
        session.execute(update(model), rows)
