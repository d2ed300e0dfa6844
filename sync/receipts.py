"""What the server remembers of pushes: how far each client came, and the outcome of each mutation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Connection

from sync.statements import insert_sql, marker, run
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


_CLIENT = ("client_id", "last_mid", "owner")
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(list[Kept]).decode


class NotYours(Exception):
    """Somebody else pushes under this client id [S6]."""


def last_mid(connection: Connection, tables: Tables, client_id: str, owner: str | None, *, hold: bool) -> int:
    """The last known mid of the owner's client; raises `NotYours`.

    `hold`: keep the client's row until commit, so that a doubled POST waits for the first.
    """
    mark = marker(connection.dialect)
    if hold and connection.dialect.name != "sqlite":
        run(
            connection,
            f"{insert_sql(tables.client, mark, _CLIENT)} ON CONFLICT DO NOTHING",
            (client_id, 0, owner),
        )
    lock = " FOR UPDATE" if hold and connection.dialect.name != "sqlite" else ""
    found = run(
        connection,
        f'SELECT last_mid, owner FROM "{tables.client.name}" WHERE client_id = {mark}{lock}',
        (client_id,),
    ).fetchone()
    if found is None:
        return 0
    # For a client from before owners were noted, the application has checked whose enrolled device it is.
    if found[1] is not None and owner is not None and found[1] != owner:
        raise NotYours
    return int(found[0])


def form(mutations: Sequence[tuple[Mutation, str]], outcomes: Sequence[Outcome]) -> str:
    """The text of a batch's receipt."""
    kept = [
        Kept(m.mid, h, o.outcome, o.scope, o.seq, o.fields or None, o.code, o.detail, m.collection, m.id)
        for (m, h), o in zip(mutations, outcomes, strict=True)
    ]
    return _encode(kept).decode()


def remember(
    connection: Connection,
    tables: Tables,
    client_id: str,
    owner: str | None,
    mids: tuple[int, int],
    receipt: str,
    now: int,
) -> None:
    """Write the receipt of the batch with the first and last of `mids`, and move the client's last mid."""
    mark = marker(connection.dialect)
    first, last = mids
    run(
        connection,
        insert_sql(tables.receipt, mark, ("client_id", "last_mid", "first_mid", "at", "results")),
        (client_id, last, first, now, receipt),
    )
    run(
        connection,
        f"{insert_sql(tables.client, mark, _CLIENT)}"
        " ON CONFLICT (client_id) DO UPDATE SET last_mid = excluded.last_mid, owner = excluded.owner",
        (client_id, last, owner),
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
