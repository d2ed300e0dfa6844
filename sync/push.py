"""Push: read, hold the client, answer what is known, apply what is new, remember it. The letters cite README.md."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from sync import epoch, parked, receipts, scopes
from sync.batch import Batch
from sync.door import Door
from sync.flush import flush, form
from sync.mend import mend
from sync.statements import select_in, wire_record
from sync.step import Author
from sync.upcast import upcast
from sync.wire import (
    MAX_MUTATIONS,
    Mutation,
    Outcome,
    Push,
    PushReply,
    body_hash,
    decode_mutation,
    decode_mutations,
    is_id,
    raw_hash,
    short,
)

log = logging.getLogger(__name__)

_OPS = ("create", "patch", "delete", "event")
# What a 64-bit column and JavaScript both hold.
_MOST = 2**53


class Gap(Exception):
    """The batch does not begin where the server's knowledge ends [M3]."""

    def __init__(self, expected_mid: int) -> None:
        super().__init__(expected_mid)
        self.expected_mid = expected_mid


class Malformed(Exception):
    """The batch as a whole cannot be read: no mids, or mids out of order."""


class TooMany(Exception):
    """More mutations than a batch may hold [M1]."""


@dataclass(slots=True)
class Read:
    """A batch after reading: mutations with their hashes; unreadable ones stand in by their mid with a code."""

    epoch: str | None
    mutations: list[tuple[Mutation, str]]
    unreadable: dict[int, str]
    bodies: dict[int, bytes]


def read(batch: Push) -> Read:
    """Read every mutation by itself [P5]; raises `TooMany`, and `Malformed` when the batch has no order to speak of."""
    if len(batch.mutations) > MAX_MUTATIONS:
        raise TooMany
    result = Read(batch.epoch, [], {}, {})
    previous = None
    decoded = _decoded_at_once(batch.mutations)
    for place, raw in enumerate(batch.mutations):
        mutation, body, fault = _read_one(raw, decoded[place] if decoded else None)
        if fault:
            result.unreadable[mutation.mid] = fault
            result.bodies[mutation.mid] = bytes(raw)
        if mutation.mid < 1 or (previous is not None and mutation.mid != previous + 1):
            raise Malformed("mid_order")
        previous = mutation.mid
        result.mutations.append((mutation, body))
    return result


def _decoded_at_once(raws: Sequence[msgspec.Raw]) -> list[Mutation] | None:
    """All mutations in one pass; None when one of them stands in the way of the others."""
    try:
        return decode_mutations(b"[%b]" % b",".join(raws))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _read_one(raw: msgspec.Raw, decoded: Mutation | None) -> tuple[Mutation, str, str | None]:
    """A mutation, the hash of what was sent, and the code it is parked with if it cannot be read."""
    try:
        sent = decoded or _decoded(bytes(raw))
        # Before it is brought up to date: a repeat after an update of the server must be known again.
        body = body_hash(sent)
        mutation = upcast(sent)
    except (msgspec.ValidationError, msgspec.DecodeError, RecursionError, ValueError, OverflowError):
        return _stand_in(bytes(raw))
    except Exception:
        log.exception("a mutation could not be brought up to date")
        return _stand_in(bytes(raw))
    return (mutation, body, None) if _is_sound(mutation) else _stand_in(bytes(raw))


def _decoded(raw: bytes) -> Mutation:
    try:
        return decode_mutation(raw)
    except msgspec.ValidationError:
        raise
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return decode_mutation(mend(raw))


def _is_sound(mutation: Mutation) -> bool:
    """Whether what stands around the changes can be stored; the changes themselves are the fields' business."""
    at = mutation.occurred_at
    words = is_id(mutation.id) and is_id(mutation.uuid) and mutation.op in _OPS
    return words and (at is None or -_MOST < at < _MOST) and -_MOST < mutation.base_rev < _MOST


def _stand_in(raw: bytes) -> tuple[Mutation, str, str]:
    try:
        # No number of ours has more digits than Python reads.
        loose = json.loads(mend(raw), parse_int=lambda digits: int(digits[:32]))
        mid = loose["mid"]
        uuid, collection, record_id = (short(loose.get(name, "")) for name in ("uuid", "collection", "id"))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise Malformed("mid_missing") from None
    if type(mid) is not int:
        raise Malformed("mid_missing")
    return Mutation(mid, uuid, collection, record_id), raw_hash(raw), "unreadable"


@dataclass(slots=True)
class Prepared:
    """A batch worked out ahead of its turn to write, on what the server knew of the client then."""

    last: int
    batch: Batch
    outcomes: list[Outcome]
    receipt: str


def prepare(
    connection: Connection, door: Door, batch: Read, author: Author, now: int, *, quarantine: bool = False
) -> Prepared | None:
    """Work a batch out in a read transaction, so that its turn to write is short; None when that needs the turn.

    For SQLite, where the others wait for whoever has the turn. Raises nothing of its own: what is wrong, `push` says.
    """
    try:
        last = receipts.last_mid(connection, door.tables, author.client_id or "", author.id, hold=False)
        if not batch.mutations or batch.mutations[0][0].mid != last + 1:
            return None
        ahead = Batch(connection, door.registry, door.tables, author, now, door.hooks, ahead=True)
        outcomes = _decide(ahead, door, batch.mutations, batch, quarantine)
        form(ahead)
        return Prepared(last, ahead, outcomes, receipts.form(batch.mutations, outcomes))
    except (receipts.NotYours, scopes.Unmade):
        return None


def push(
    connection: Connection,
    door: Door,
    batch: Read,
    author: Author,
    now: int,
    *,
    quarantine: bool = False,
    singly: bool = False,
    prepared: Prepared | None = None,
) -> PushReply:
    """Apply a batch in the caller's write transaction. Raises `Gap` and `receipts.NotYours`; the rest is outcomes [M2].

    What was `prepared` is written as it is when nothing has changed under it, and worked out anew otherwise.
    When the database refuses the batch as a whole, the caller tries again `singly`: each mutation is written by itself, and
    the one that cannot be is parked, so that it delays no other [P5].
    """
    client_id, current = author.client_id or "", epoch.current(connection, door.tables)
    last = receipts.last_mid(connection, door.tables, client_id, author.id, hold=True)
    if batch.epoch not in (None, current):
        # From before a restore [M9].
        return PushReply(current, last, now, [])
    known = [(m, h) for m, h in batch.mutations if m.mid <= last]
    new = [(m, h) for m, h in batch.mutations if m.mid > last]
    if new and new[0][0].mid != last + 1:
        raise Gap(last + 1)
    results = _answer_again(connection, door, known, author, batch, now)
    if prepared and prepared.last == last and prepared.batch.still_true(connection):
        flush(prepared.batch)
        _remember(connection, door, new, prepared.outcomes, author, batch, now, prepared.receipt)
        results, last = prepared.outcomes, new[-1][0].mid
    elif new:
        parts = [[one] for one in new] if singly else [new]
        for part in parts:
            results += (_apply_alone if singly else _apply)(connection, door, part, author, batch, now, quarantine)
        last = new[-1][0].mid
    return PushReply(current, last, now, results)


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
    outcomes = _decide(batch, door, new, read_batch, quarantine)
    flush(batch)
    _remember(connection, door, new, outcomes, author, read_batch, now)
    return outcomes


def _decide(
    batch: Batch, door: Door, new: list[tuple[Mutation, str]], read_batch: Read, quarantine: bool
) -> list[Outcome]:
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
    return outcomes


def _apply_alone(
    connection: Connection,
    door: Door,
    one: list[tuple[Mutation, str]],
    author: Author,
    read_batch: Read,
    now: int,
    quarantine: bool,
) -> list[Outcome]:
    try:
        with connection.begin_nested():
            return _apply(connection, door, one, author, read_batch, now, quarantine)
    except OperationalError:
        # The database's trouble, not the mutation's.
        raise
    except Exception as error:
        # What a database says of a row may quote the row: only the kind of the fault is logged.
        log.error("a mutation of %s failed: %s", short(one[0][0].collection), type(error).__name__)
        outcomes = [Outcome(one[0][0].mid, "parked", code="internal_error")]
        _remember(connection, door, one, outcomes, author, read_batch, now)
        return outcomes


def _remember(
    connection: Connection,
    door: Door,
    new: list[tuple[Mutation, str]],
    outcomes: list[Outcome],
    author: Author,
    read_batch: Read,
    now: int,
    receipt: str | None = None,
) -> None:
    receipt = receipt or receipts.form(new, outcomes)
    mids = new[0][0].mid, new[-1][0].mid
    receipts.remember(connection, door.tables, author.client_id or "", author.id, mids, receipt, now)
    refused = [(m, o) for (m, _), o in zip(new, outcomes, strict=True) if o.outcome == "parked"]
    parked.keep(connection, door.tables, author, refused, now, read_batch.bodies)


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
        if entry.collection and entry.collection in door.registry and entry.record_id:
            wanted.setdefault(entry.collection, []).append(entry.record_id)
    for name, ids in wanted.items():
        collection = door.registry[name]
        for values in select_in(connection, collection.table, "id", ids, collection.wire_fields):
            record = wire_record(collection, values)
            if record["scope"] in author.scopes:
                found[name, record["id"]] = record
    return found
