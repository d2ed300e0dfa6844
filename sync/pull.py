"""Pull: for each scope the changes after the device's cursor, as rows of now, exits and tombstones."""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import Connection

from sync import digest, epoch, receipts
from sync.door import Door
from sync.statements import marker, run, select_in, wire_record
from sync.wire import Feed, Outcome, Pull, PullReply

MAX_LIMIT = 2000


def pull(
    connection: Connection, door: Door, ask: Pull, readable: frozenset[str], now: int, owner: str | None = None
) -> PullReply:
    """Answer a pull of `owner`'s in the caller's read transaction, which must have one stable view [L1–L6].

    Raises `receipts.NotYours` for a client id that is another person's.
    """
    tables = door.tables
    current = epoch.current(connection, tables)
    cursors = ask.cursors if ask.epoch in (None, current) else {}
    scopes = _heads(connection, door, readable)
    room = max(1, min(ask.limit, MAX_LIMIT))
    feed: list[Feed] = []
    for name in sorted(readable):
        number, head, total, kept_from = scopes.get(name, (0, 0, 0, 0))
        cursor = max(0, cursors.get(name, 0))
        reset = cursor > head or 0 < cursor < kept_from
        if reset:
            cursor = 0
        if cursor >= head:
            continue
        if room <= 0:
            feed.append(Feed(name, cursor, True, [], reset))
            continue
        part = _page(connection, door, name, number, cursor, head, room)
        part.reset = reset
        if not part.more:
            part.digest = digest.as_hex(total)
        room -= len(part.entries)
        feed.append(part)
    return PullReply(
        epoch=current,
        last_mid=receipts.last_mid(connection, tables, ask.client_id, owner, hold=False),
        server_time=now,
        head={name: scopes[name][1] if name in scopes else 0 for name in readable},
        feed=feed,
        results=_results(connection, door, ask),
    )


def _heads(connection: Connection, door: Door, readable: frozenset[str]) -> dict[str, tuple[int, int, int, int]]:
    columns = ("name", "no", "seq", "digest", "kept_from")
    rows = select_in(connection, door.tables.scope, "name", sorted(readable), columns)
    return {row[0]: (row[1], row[2], row[3], row[4]) for row in rows}


def _page(connection: Connection, door: Door, scope: str, number: int, cursor: int, head: int, limit: int) -> Feed:
    mark = marker(connection.dialect)
    lines = run(
        connection,
        f'SELECT seq, kind, collection, record_id, rev FROM "{door.tables.change.name}"'
        f" WHERE scope_no = {mark} AND seq > {mark} AND seq <= {mark} ORDER BY seq LIMIT {mark}",
        (number, cursor, head, limit),
    ).fetchall()
    more = len(lines) == limit and lines[-1][0] < head
    last: dict[tuple[str, str], Any] = {}
    for line in lines:
        # Of several lines of one record only the last place counts: the row is read as it is now.
        last.pop((line[2], line[3]), None)
        last[line[2], line[3]] = line
    rows = _rows(connection, door, scope, last)
    entries: list[dict[str, Any]] = []
    for (collection, record_id), line in last.items():
        if line[1] == "exit":
            entries.append({"kind": "exit", "collection": collection, "id": record_id, "seq": line[0]})
        elif line[1] == "tombstone":
            entries.append({"kind": "tombstone", "collection": collection, "id": record_id, "rev": line[4]})
        elif (collection, record_id) in rows:
            entries.append({"kind": "put", "collection": collection, "record": rows[collection, record_id]})
    return Feed(scope, lines[-1][0] if more else head, more, entries)


def _rows(
    connection: Connection, door: Door, scope: str, lines: dict[tuple[str, str], Any]
) -> dict[tuple[str, str], Any]:
    """The rows of the page. One that has left the scope or died since has a later line that says so: it is left out here."""
    wanted: dict[str, list[str]] = {}
    for (collection, record_id), line in lines.items():
        if line[1] == "put" and collection in door.registry:
            wanted.setdefault(collection, []).append(record_id)
    found: dict[tuple[str, str], Any] = {}
    for name, ids in wanted.items():
        kind = door.registry[name]
        for values in select_in(connection, kind.table, "id", ids, (*kind.wire_fields, "deleted")):
            record = wire_record(kind, values[:-1])
            if record["scope"] == scope and not values[-1]:
                found[name, record["id"]] = record
    return found


def _results(connection: Connection, door: Door, ask: Pull) -> list[Outcome]:
    # A number beyond all mids is beyond the databases' integers too.
    acked = max(0, min(ask.acked_mid, 2**53))
    kept = receipts.recall(connection, door.tables, ask.client_id, acked)
    return [receipts.as_outcome(entry, msgspec.UNSET) for entry in kept]
