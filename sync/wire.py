"""What travels: mutations, batches, outcomes, and the canonical hash of a mutation."""

from __future__ import annotations

import hashlib
import re
from typing import Any
from uuid import UUID, uuid5

import msgspec
from msgspec import UNSET, UnsetType

MAX_MUTATIONS = 200
MAX_PUSH_BYTES = 256 * 1024
# One mutation by itself may be longer than a batch: it is then parked for what is too long in it, and blocks nobody [M1].
MAX_ALONE_BYTES = 2 * 1024 * 1024
# The newest shape of a mutation (`v`) that this server reads; older ones go through `upcast`.
SCHEMA = 1
# Devices that write an older shape are told to update [M6].
MIN_SCHEMA = 1


class Change(msgspec.Struct, omit_defaults=True):
    """One field's change: `set` (from, to), `delta` (add, remove), `inc` (by) or `step` (from, to, reason, …)."""

    op: str = "set"
    from_: Any = msgspec.field(default=UNSET, name="from")
    to: Any = None
    add: list[Any] = []
    remove: list[Any] = []
    by: int | float = 0
    reason: str | None = None
    text: str | None = None
    public: bool = False
    evidence: list[str] = []


class Mutation(msgspec.Struct, omit_defaults=True):
    """One intent of one person, made on a device and never rewritten (README, Push)."""

    mid: int
    uuid: str
    collection: str
    id: str
    op: str = "patch"
    v: int = 1
    base_rev: int = 0
    changes: dict[str, Change] = {}
    occurred_at: int | None = None
    monotonic_ms: int | float | None = None
    boot: str | None = None
    depends_on: list[Any] = []
    attachments: list[str] = []
    settles: list[str] = []


class Push(msgspec.Struct):
    """A batch; the mutations stay raw until each has been read by itself, so that one bad one spoils no other [P5]."""

    client_id: str
    mutations: list[msgspec.Raw]
    app_version: str | None = None
    schema: int = SCHEMA
    epoch: str | None = None
    clock: int | float | None = None


class Pull(msgspec.Struct):
    """What a device asks for; `pending` is the depth of its outbox."""

    client_id: str
    cursors: dict[str, int] = {}
    epoch: str | None = None
    acked_mid: int = 0
    limit: int = 1000
    pending: int | None = None
    app_version: str | None = None


class Outcome(msgspec.Struct, omit_defaults=True):
    """What became of a mutation [P3]: applied, merged, conflict or parked; `seq` in `scope` is what a pull must cover [L7]."""

    mid: int
    outcome: str
    scope: str | None = None
    seq: int | None = None
    fields: list[str] = []
    code: str | None = None
    detail: str | None = None
    # The application's sentences for the code; this library has no words of its own.
    zh: str | None = None
    en: str | None = None
    record: Any = UNSET


class PushReply(msgspec.Struct):
    """Answer to a push."""

    epoch: str
    last_mid: int
    server_time: int
    results: list[Outcome]
    min_schema: int = MIN_SCHEMA


class Feed(msgspec.Struct):
    """One scope's part of a pull."""

    scope: str
    cursor: int
    more: bool
    entries: list[Any]
    reset: bool = False
    digest: str | UnsetType = UNSET


class PullReply(msgspec.Struct):
    """Answer to a pull."""

    epoch: str
    last_mid: int
    server_time: int
    head: dict[str, int]
    feed: list[Feed]
    results: list[Outcome]
    min_schema: int = MIN_SCHEMA


decode_mutation = msgspec.json.Decoder(Mutation).decode
decode_mutations = msgspec.json.Decoder(list[Mutation]).decode
decode_push = msgspec.json.Decoder(Push).decode
decode_pull = msgspec.json.Decoder(Pull).decode
encode = msgspec.json.Encoder().encode
_canonical = msgspec.json.Encoder(order="sorted").encode


_ENTRIES = UUID("5f0c7c0e-6a57-5b0e-9f0e-3f1f6e9b7a11")
_ID = re.compile(r"[A-Za-z0-9_:.\-]{1,36}")
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


def is_id(value: object) -> bool:
    """Whether a value can be a record's id: nothing else may reach a database."""
    return isinstance(value, str) and _ID.fullmatch(value) is not None


def is_client_id(value: str) -> bool:
    """Whether a text can be a device's id."""
    return 8 <= len(value) <= 36 and value.isascii() and value.isprintable()


def short(value: object, most: int = 64) -> str:
    """A word of a mutation that could not be understood, fit to be stored and shown."""
    return _UNPRINTABLE.sub("\ufffd", str(value)[:most])


def body_hash(mutation: Mutation) -> str:
    """Hash of a mutation that does not depend on key order or white space [M5]; 16 hexadecimal digits."""
    return hashlib.blake2b(_canonical(mutation), digest_size=8).hexdigest()


def entry_uuid(mutation: Mutation, field: str, value: Any) -> str:
    """Name of the conflict entry that keeps `value` because of a mutation.

    The value is part of it: offered again after a restore, the same mutation may put aside another value, and whoever settled
    the first entry has not seen that one.
    """
    return str(uuid5(_ENTRIES, _canonical([mutation.uuid, field, value]).decode()))


def raw_hash(raw: bytes) -> str:
    """Hash of the bytes of a mutation that cannot be read; it stands in for its body, so that a repeat is known again."""
    return hashlib.blake2b(raw, digest_size=8).hexdigest()
