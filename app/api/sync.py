"""The sync endpoints: bytes in, `sync/` does the work, bytes out."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import msgspec
import structlog
from flask import Blueprint, Response, request
from sqlalchemy import Connection, update
from sqlalchemy.exc import DBAPIError, OperationalError
from werkzeug.exceptions import RequestEntityTooLarge

from app.api.access import Viewer, signed_in, viewer
from app.database import db, reading, writing_on
from app.errors import Problem, sentences
from app.ids import now_ms
from app.models.accounts import Device
from app.synced import DOOR
from sync.mend import mend
from sync.pull import pull
from sync.push import Gap, Malformed, Prepared, Read, TooMany, prepare, push, read
from sync.receipts import NotYours
from sync.step import Author
from sync.wire import (
    MAX_ALONE_BYTES,
    MAX_MUTATIONS,
    MAX_PUSH_BYTES,
    Outcome,
    Pull,
    PullReply,
    Push,
    PushReply,
    decode_pull,
    decode_push,
    encode,
    is_client_id,
    short,
)

log = structlog.get_logger()

bp = Blueprint("sync", __name__)

_SYNCED_AT_EVERY_MS = 600_000
_MOST_PENDING = 1_000_000


_NOTHING = msgspec.Raw(b"null")


class Both(msgspec.Struct):
    """A push and a pull in one round trip; either may be null."""

    push: msgspec.Raw = _NOTHING
    pull: msgspec.Raw = _NOTHING


_decode_both = msgspec.json.Decoder(Both).decode


def as_reply(body: Any, status: int = 200) -> Response:
    """A message of the protocol as a reply."""
    return Response(encode(body), status, mimetype="application/json")


def _body(limit: int) -> bytes:
    if request.headers.get("Content-Encoding"):
        raise Problem("unsupported_media_type", "Content-Encoding")
    # A body that does not say its length is counted while it is read.
    request.max_content_length = limit
    try:
        return request.get_data(cache=False)
    except RequestEntityTooLarge:
        raise Problem("too_large", max_bytes=MAX_PUSH_BYTES) from None


def _decoded(decode: Any, body: bytes) -> Any:
    try:
        return decode(body)
    except msgspec.ValidationError:
        raise Problem("malformed") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError):
        # Half an emoji is enough for that; a phone that always got this answer could never hand in anything again.
        pass
    try:
        return decode(mend(body))
    except (msgspec.ValidationError, msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError):
        raise Problem("malformed") from None


def _check_device(person: Viewer, client_id: str) -> None:
    if not is_client_id(client_id):
        raise Problem("malformed", "client_id")
    if person.device is None or person.device.id != client_id:
        # A leader reads the numbers of the team's phones; they must not serve to push or pull in another's place.
        with reading() as session:
            device = session.get(Device, client_id)
        if device is not None and device.account_id != person.account.id:
            raise Problem("malformed", "client_id")


def _word(outcomes: list[Outcome]) -> None:
    """Give outcomes their sentences; only parked ones have any."""
    for outcome in outcomes:
        if outcome.code is not None:
            outcome.zh, outcome.en = sentences(outcome.code)


def read_push() -> tuple[Push, int]:
    """The push in this request's body, and the length of that in bytes."""
    body = _body(MAX_ALONE_BYTES)
    return _decoded(decode_push, body), len(body)


def take_push(person: Viewer, batch: Push, size: int, *, quarantine: bool) -> PushReply:
    """Apply what `person` hands in under a number that is theirs. `size` is the body's, in bytes."""
    if size > MAX_PUSH_BYTES and len(batch.mutations) > 1:
        raise Problem("too_large", max_bytes=MAX_PUSH_BYTES)
    try:
        content = read(batch)
    except TooMany:
        raise Problem("too_large", max_bytes=MAX_PUSH_BYTES, max_mutations=MAX_MUTATIONS) from None
    except Malformed as error:
        raise Problem("malformed", str(error)) from None
    reply = _write(person, batch.client_id, content, now_ms(), quarantine)
    _word(reply.results)
    return reply


def _pushed(person: Viewer, batch: Push, size: int) -> PushReply:
    _check_device(person, batch.client_id)
    quarantine = person.device is not None and person.device.revoked == "soft"
    return take_push(person, batch, size, quarantine=quarantine)


def _write(person: Viewer, client_id: str, content: Read, now: int, quarantine: bool) -> PushReply:
    author = person.author(client_id)

    def attempt(*, singly: bool, ahead: Prepared | None = None) -> PushReply:
        with writing_on(connection):
            return push(connection, DOOR, content, author, now, quarantine=quarantine, singly=singly, prepared=ahead)

    try:
        with db.engine.connect() as connection:
            try:
                return attempt(singly=False, ahead=_ahead(connection, author, content, now, quarantine))
            except (Gap, NotYours, OperationalError):
                raise
            except Exception as error:
                # What a database says of a row may quote the row: no traceback then.
                log.error("push failed", kind=type(error).__name__, exc_info=not isinstance(error, DBAPIError))
                return attempt(singly=True)
    except Gap as gap:
        raise Problem("gap", expected_mid=gap.expected_mid) from None
    except NotYours:
        raise Problem("malformed", "client_id") from None
    except OperationalError:
        # Locked for longer than a phone waits, or the disk is full: nothing was written, the phone keeps it all.
        raise Problem("busy", headers={"Retry-After": "20"}) from None


def _ahead(connection: Connection, author: Author, content: Read, now: int, quarantine: bool) -> Prepared | None:
    """Where all writers wait for one another, the work is done before one's turn."""
    if connection.dialect.name != "sqlite":
        return None
    with connection.begin():
        return prepare(connection, DOOR, content, author, now, quarantine=quarantine)


def _pulled(person: Viewer, body: bytes) -> PullReply:
    ask: Pull = _decoded(decode_pull, body)
    _check_device(person, ask.client_id)
    if person.device is not None and person.device.revoked:
        raise Problem("device_revoked")
    now = now_ms()
    try:
        with reading() as session:
            reply: PullReply = pull(session.connection(), DOOR, ask, person.scopes, now, person.person_id)
    except NotYours:
        raise Problem("malformed", "client_id") from None
    _note_device(person, ask, now)
    _word(reply.results)
    return reply


def _note_device(person: Viewer, ask: Pull, now: int) -> None:
    """The leader sees who still holds records; written only when it changes, so that a no-change sync writes nothing."""
    device = person.device
    if device is None or ask.pending is None:
        return
    stale = now - (device.synced_at or 0) > _SYNCED_AT_EVERY_MS
    if device.pending != ask.pending or device.app_version != ask.app_version or stale:
        pending = max(0, min(ask.pending, _MOST_PENDING))
        values = {"pending": pending, "synced_at": now, "app_version": short(ask.app_version or "", 40)}
        # A database that cannot be written to just now can still be read.
        with suppress(OperationalError), db.engine.execution_options(doorstep_write=True).begin() as connection:
            connection.execute(update(Device).where(Device.id == device.id).values(**values))


@bp.post("/sync/push")
@signed_in(hand_in=True)
def sync_push() -> Response:
    """Apply a batch of mutations; 200 with one outcome each."""
    return as_reply(_pushed(viewer(), *read_push()))


@bp.post("/sync/pull")
@signed_in()
def sync_pull() -> Response:
    """What changed in the device's scopes since its cursors."""
    return as_reply(_pulled(viewer(), _body(64 * 1024)))


@bp.post("/sync")
@signed_in(hand_in=True)
def sync_both() -> Response:
    """Push, then pull, in one round trip; a push that fails as a whole does not stop the pull [P5]."""
    both: Both = _decoded(_decode_both, _body(MAX_ALONE_BYTES + 64 * 1024))
    person, status = viewer(), 200
    pushed: PushReply | dict[str, Any] | None = None
    headers: dict[str, str] = {}
    if bytes(both.push) != b"null":
        try:
            pushed = _pushed(person, _decoded(decode_push, bytes(both.push)), len(both.push))
        except Problem as problem:
            if problem.status in (401, 403):
                raise
            status, pushed, headers = problem.status, problem.as_json(), problem.headers
    pulled = _pulled(person, bytes(both.pull)) if bytes(both.pull) != b"null" else None
    reply = as_reply({"push": pushed, "pull": pulled}, status)
    reply.headers.update(headers)
    return reply
