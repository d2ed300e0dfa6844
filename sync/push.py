"""Push: read, hold the client, answer what is known, apply what is new, remember it. The letters cite README.md."""

from __future__ import annotations

import json
from dataclasses import dataclass

import msgspec
from sqlalchemy import Connection

from sync import epoch, parked, receipts
from sync.batch import Author, Batch
from sync.door import Door
from sync.statements import select_in, wire_record
from sync.upcast import upcast
from sync.wire import MAX_MUTATIONS, Mutation, Outcome, Push, PushReply, body_hash, decode_mutation, raw_hash


class Gap(Exception):
    """The batch does not begin where the server's knowledge ends [M3]."""

    def __init__(self, expected_mid: int) -> None:
        super().__init__(expected_mid)
        self.expected_mid = expected_mid


class Malformed(Exception):
    """The batch as a whole cannot be read: no mids, mids out of order, or too many."""


@dataclass(slots=True)
class Read:
    """A batch after reading: mutations with their hashes; unreadable ones stand in by their mid with a code."""

    mutations: list[tuple[Mutation, str]]
    unreadable: dict[int, str]
    bodies: dict[int, bytes]


def read(batch: Push) -> Read:
    """Read every mutation by itself [P5]; raises `Malformed` when the batch has no order to speak of."""
    if len(batch.mutations) > MAX_MUTATIONS:
        raise Malformed("too_many")
    result = Read([], {}, {})
    previous = None
    for raw in batch.mutations:
        mutation, fault = _read_one(bytes(raw), batch.schema)
        if fault:
            result.unreadable[mutation.mid] = fault
            result.bodies[mutation.mid] = bytes(raw)
        if mutation.mid < 1 or (previous is not None and mutation.mid != previous + 1):
            raise Malformed("mid_order")
        previous = mutation.mid
        result.mutations.append((mutation, body_hash(mutation)))
    return result


def _read_one(raw: bytes, schema: int) -> tuple[Mutation, str | None]:
    try:
        return upcast(decode_mutation(raw), schema), None
    except (msgspec.ValidationError, msgspec.DecodeError, RecursionError, ValueError):
        try:
            loose = json.loads(raw)
            mid = loose["mid"]
            uuid, collection, record_id = (str(loose.get(k, ""))[:64] for k in ("uuid", "collection", "id"))
        except (ValueError, KeyError, TypeError, RecursionError):
            raise Malformed("mid_missing") from None
        if type(mid) is not int:
            raise Malformed("mid_missing") from None
        return Mutation(mid, uuid, collection, record_id, changes={}, boot=raw_hash(raw)), "unreadable"


def push(
    connection: Connection, door: Door, batch: Read, author: Author, now: int, *, quarantine: bool = False
) -> PushReply:
    """Apply a batch in the caller's write transaction. Raises `Gap`; everything else is an outcome [M2]."""
    client_id = author.client_id or ""
    last = receipts.last_mid(connection, door.tables, client_id, hold=True)
    known = [(m, h) for m, h in batch.mutations if m.mid <= last]
    new = [(m, h) for m, h in batch.mutations if m.mid > last]
    if new and new[0][0].mid != last + 1:
        raise Gap(last + 1)
    results = _answer_again(connection, door, known, author, batch, now)
    if new:
        results += _apply(connection, door, new, author, batch, now, quarantine)
        last = new[-1][0].mid
    return PushReply(epoch.current(connection, door.tables), last, now, results)


def _apply(
    connection: Connection,
    door: Door,
    new: list[tuple[Mutation, str]],
    author: Author,
    read_batch: Read,
    now: int,
    quarantine: bool,
) -> list[Outcome]:
    batch = Batch(connection, door.registry, door.tables, author, now, door.hooks)
    good = [] if quarantine else [m for m, _ in new if m.mid not in read_batch.unreadable]
    batch.load(good)
    outcomes = []
    for mutation, _ in new:
        if quarantine:
            outcomes.append(Outcome(mutation.mid, "parked", code="quarantined"))
        elif mutation.mid in read_batch.unreadable:
            outcomes.append(Outcome(mutation.mid, "parked", code=read_batch.unreadable[mutation.mid]))
        else:
            outcomes.append(door.apply(batch, mutation))
    batch.flush()
    receipts.remember(connection, door.tables, author.client_id or "", new, outcomes, now)
    refused = [(m, o) for (m, _), o in zip(new, outcomes, strict=True) if o.outcome == "parked"]
    parked.keep(connection, door.tables, author, refused, now, read_batch.bodies)
    return outcomes


def _answer_again(
    connection: Connection, door: Door, known: list[tuple[Mutation, str]], author: Author, batch: Read, now: int
) -> list[Outcome]:
    """Known mids: the stored outcome, with the row as it is now [M4]; another body under a known mid is parked [M5]."""
    if not known:
        return []
    first, last = known[0][0].mid, known[-1][0].mid
    kept = {k.mid: k for k in receipts.recall(connection, door.tables, author.client_id or "", first - 1, last)}
    records = _records(connection, door, [kept[m.mid] for m, h in known if m.mid in kept], author)
    results, reused = [], []
    for mutation, body in known:
        before = kept.get(mutation.mid)
        if before is not None and before.hash == body:
            record = records.get((before.collection, before.record_id), msgspec.UNSET)
            results.append(receipts.as_outcome(before, record))
        else:
            outcome = Outcome(mutation.mid, "parked", code="id_reuse")
            results.append(outcome)
            reused.append((mutation, outcome))
    parked.keep(connection, door.tables, author, _not_yet_parked(connection, door, reused), now, batch.bodies)
    return results


def _not_yet_parked(
    connection: Connection, door: Door, reused: list[tuple[Mutation, Outcome]]
) -> list[tuple[Mutation, Outcome]]:
    """A cloned phone repeats its batch until it reads the answer; one entry for each mutation is enough."""
    if not reused:
        return []
    rows = select_in(connection, door.tables.parked, "uuid", [m.uuid for m, _ in reused], ("uuid",))
    there = {row[0] for row in rows}
    return [(m, o) for m, o in reused if m.uuid not in there]


def _records(
    connection: Connection, door: Door, kept: list[receipts.Kept], author: Author
) -> dict[tuple[str | None, str | None], object]:
    found: dict[tuple[str | None, str | None], object] = {}
    wanted: dict[str, list[str]] = {}
    for entry in kept:
        if entry.collection in door.registry and entry.record_id:
            wanted.setdefault(entry.collection, []).append(entry.record_id)
    for name, ids in wanted.items():
        collection = door.registry[name]
        for values in select_in(connection, collection.table, "id", ids, collection.wire_fields):
            record = wire_record(collection, values)
            if record["scope"] in author.scopes:
                found[name, record["id"]] = record
    return found
