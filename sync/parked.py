"""Mutations that could not be applied: kept whole, for the author to read and a person to settle [P3]."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from sync.statements import insert_sql, marker, run
from sync.step import Author
from sync.tables import Tables
from sync.wire import Mutation, Outcome, encode, short

_COLUMNS = (
    "client_id",
    "mid",
    "uuid",
    "collection",
    "record_id",
    "code",
    "detail",
    "body",
    "actor_id",
    "actor_scope",
    "at",
)


def keep(
    connection: Connection,
    tables: Tables,
    author: Author,
    parked: Sequence[tuple[Mutation, Outcome]],
    now: int,
    bodies: dict[int, bytes],
) -> None:
    """Store the parked ones of a push. `bodies` holds the raw bytes of those that could not be read as a mutation."""
    if not parked:
        return
    team = next((s for s in sorted(author.scopes) if s.startswith("team:")), None)
    run(
        connection,
        insert_sql(tables.parked, marker(connection.dialect), _COLUMNS),
        [
            (
                author.client_id,
                m.mid,
                m.uuid,
                short(m.collection),
                m.id,
                o.code,
                short(o.detail or "", 240),
                bodies.get(m.mid, b"").decode("utf-8", "replace").replace("\0", "") or encode(m).decode(),
                author.id,
                team,
                now,
            )
            for m, o in parked
        ],
    )
