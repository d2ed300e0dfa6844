"""Writes to synced tables that pass the door by are refused: they would have no line in the log and never reach a phone."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Delete, Engine, Insert, Update, event
from sqlalchemy.orm import Session

from app.models.synced import Synced

_TABLES: set[str] = set()


class PassedByTheDoor(RuntimeError):
    """A synced table was about to be written without `app.writes` or a push."""


def _synced_tables() -> set[str]:
    if not _TABLES:
        _TABLES.update(model.__tablename__ for model in Synced.__subclasses__())  # type: ignore[attr-defined]
    return _TABLES


@event.listens_for(Session, "before_flush")
def _refuse_objects(session: Session, *_: Any) -> None:
    changed = (*session.new, *session.deleted, *(o for o in session.dirty if session.is_modified(o)))
    for row in changed:
        if isinstance(row, Synced):
            raise PassedByTheDoor(type(row).__name__)


@event.listens_for(Engine, "before_execute")
def _refuse_statements(_connection: Connection, statement: Any, *_: Any) -> None:
    # The door hands SQL text to the driver, which does not come by here.
    if not isinstance(statement, (Insert, Update, Delete)):
        return
    table: Any = statement.table
    if table.name in _synced_tables():
        raise PassedByTheDoor(table.name)
