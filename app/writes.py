"""How parts of the server write synced records: `create`, `patch`, `step`, then `write` through the one door."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from sqlalchemy import Connection
from sqlalchemy.orm import Session

from app.ahead import NeedsTurn
from app.ids import new_id
from app.synced import DOOR
from sync.flush import flush
from sync.scopes import Unmade
from sync.step import Author
from sync.wire import Change, Mutation, Outcome

__all__ = ["Actor", "Outcome", "Worked", "Write", "create", "move", "patch", "step", "write"]


class Write(Mutation):
    """A mutation by the server itself; it may name the scope of a new record."""

    scope: str | None = None


class Actor(msgspec.Struct, frozen=True):
    """Who does it: `kind` is one of the actor kinds of `app/domain/service_request_steps.py`."""

    kind: str
    id: str | None = None
    name: str = ""


def step(to: str, *, reason: str = "", text: str = "", public: bool = True, evidence: Iterable[str] = ()) -> Change:
    """A step of a request's status. `evidence` may hold `resident_agreement`."""
    return Change(op="step", to=to, reason=reason or None, text=text or None, public=public, evidence=list(evidence))


def _changes(values: Mapping[str, Any]) -> dict[str, Change]:
    return {name: value if isinstance(value, Change) else Change(to=value) for name, value in values.items()}


def create(collection: str, values: Mapping[str, Any], *, id: str | None = None, scope: str | None = None) -> Write:
    """A new record; its scope follows from its parent unless given."""
    return Write(0, new_id(), collection, id or new_id(), op="create", changes=_changes(values), scope=scope)


def patch(collection: str, id: str, values: Mapping[str, Any], *, settles: Iterable[str] = ()) -> Write:
    """New values for a record; without `from` the server's value stands over what was there."""
    return Write(0, new_id(), collection, id, op="patch", changes=_changes(values), settles=list(settles))


def _author(actor: Actor) -> Author:
    return Author(actor.id, actor.kind, actor.name, trusted=True)


def write(session: Session, writes: Iterable[Write], *, actor: Actor, now: int) -> list[Outcome]:
    """Apply the writes in the session's write transaction; one outcome each. `now` in ms."""
    items = list(writes)
    scopes = {item.scope for item in items if item.scope}
    session.flush()
    return DOOR.write(session.connection(), items, _author(actor), now, sorted(scopes))


class Worked:
    """Writes worked out in a read transaction, ahead of their turn (SQLite); raises `NeedsTurn` when they cannot be."""

    def __init__(self, connection: Connection, writes: Iterable[Write], *, actor: Actor, now: int) -> None:
        try:
            self._batch, self.outcomes = DOOR.work_out(connection, list(writes), _author(actor), now)
        except Unmade:
            raise NeedsTurn from None

    def still_true(self, connection: Connection) -> bool:
        """Whether nobody has written in their scopes meanwhile; from here on they belong to this write transaction."""
        return self._batch.still_true(connection)

    def write(self) -> None:
        """Write what was worked out."""
        flush(self._batch)


def move(session: Session, collection: str, record_id: str, scope: str, *, actor: Actor, now: int) -> None:
    """Bring a record with its children into another scope."""
    session.flush()
    DOOR.move(session.connection(), collection, record_id, scope, _author(actor), now)
