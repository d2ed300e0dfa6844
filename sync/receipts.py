"""What the server remembers of pushes: how far each client came, and the outcome of each mutation."""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Connection

from sync.statements import insert_sql, marker, run, scalar
from sync.tables import Tables
from sync.wire import Mutation, Outcome


class Kept(NamedTuple):
    """One remembered outcome, short: a receipt never stores the row [M4]."""

    mid: int
    hash: str
    outcome: str
    scope: str | None = None
    seq: int | None = None
    fields: list[str] | None = None
    code: str | None = None
    detail: str | None = None
    collection: str | None = None
    record_id: str | None = None


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(list[Kept]).decode


def last_mid(connection: Connection, tables: Tables, client_id: str, *, hold: bool) -> int:
    """The client's last known mid. `hold`: keep the client's row until commit, so that a doubled POST waits for the first."""
    mark = marker(connection.dialect)
    if hold and connection.dialect.name != "sqlite":
        run(
            connection,
            f'INSERT INTO "{tables.client.name}" (client_id, last_mid) VALUES ({mark}, 0) ON CONFLICT DO NOTHING',
            (client_id,),
        )
    lock = " FOR UPDATE" if hold and connection.dialect.name != "sqlite" else ""
    found = scalar(
        connection,
        f'SELECT last_mid FROM "{tables.client.name}" WHERE client_id = {mark}{lock}',
        (client_id,),
    )
    return int(found or 0)


def remember(
    connection: Connection,
    tables: Tables,
    client_id: str,
    mutations: list[tuple[Mutation, str]],
    outcomes: list[Outcome],
    now: int,
) -> None:
    """Write one receipt for the batch and move the client's last mid."""
    kept = [
        Kept(m.mid, h, o.outcome, o.scope, o.seq, o.fields or None, o.code, o.detail, m.collection, m.id)
        for (m, h), o in zip(mutations, outcomes, strict=True)
    ]
    mark = marker(connection.dialect)
    last = kept[-1].mid
    run(
        connection,
        insert_sql(tables.receipt, mark, ("client_id", "last_mid", "first_mid", "at", "results")),
        (client_id, last, kept[0].mid, now, _encode(kept).decode()),
    )
    run(
        connection,
        f"{insert_sql(tables.client, mark)} ON CONFLICT (client_id) DO UPDATE SET last_mid = excluded.last_mid",
        (client_id, last),
    )


def recall(
    connection: Connection, tables: Tables, client_id: str, after_mid: int, up_to: int | None = None
) -> list[Kept]:
    """The remembered outcomes with `after_mid < mid` (and `mid <= up_to`), in order."""
    mark = marker(connection.dialect)
    rows = run(
        connection,
        f'SELECT results FROM "{tables.receipt.name}" WHERE client_id = {mark} AND last_mid > {mark} ORDER BY last_mid',
        (client_id, after_mid),
    )
    kept: list[Kept] = []
    for row in rows:
        for entry in _decode(row[0]):
            if up_to is not None and entry.mid > up_to:
                return kept
            if entry.mid > after_mid:
                kept.append(entry)
    return kept


def as_outcome(kept: Kept, record: Any = msgspec.UNSET) -> Outcome:
    """A remembered outcome as it goes out again."""
    return Outcome(
        kept.mid, kept.outcome, kept.scope, kept.seq, kept.fields or [], kept.code, kept.detail, record=record
    )
