"""The two short transactions around a POST: claim what is due; then commit the intent, before any socket is opened."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from app.database import reading, writing
from app.domain import forwarding as rules
from app.domain.forwarding import State, Terms
from app.external.adapters import Adapter, Parcel, Unsuitable
from app.forwarding_queue import delivery_of, keep
from app.ids import new_id
from app.jobs.books import Books, keep_books
from app.jobs.delivery_rows import Adapters, all_targets, attempt, room_of, terms_of, told
from app.jobs.parcels import Context, NotYet, compose, may_be_told, parcel_of, read_context, read_earlier
from app.models.forwarding import Forwarding, Target
from app.models.service_requests import ServiceRequest
from app.writes import Actor

SYSTEM = Actor("system", None, "上报程序")
_PHOTO_CHECK_MS = 3000
_QUEUED = frozenset({"queued"})
_ENDED = frozenset({"agreed", "closed", "withdrawn", "archived"})
# Built once: putting an expression together costs more than running it, some sixty times a second.
_UNASSIGNED = (Forwarding.state == State.DUE, Forwarding.target.is_(None))
_ANY_UNASSIGNED = select(Forwarding.id).where(*_UNASSIGNED).limit(1)
_REQUESTS = select(ServiceRequest).where(ServiceRequest.id.in_(bindparam("ids", expanding=True)))
_NEXT = (
    select(Forwarding)
    .where(
        Forwarding.state == State.DUE, Forwarding.target == bindparam("target"), Forwarding.next_at <= bindparam("now")
    )
    .order_by(Forwarding.next_at, Forwarding.id)
    .limit(bindparam("count"))
    .with_for_update(skip_locked=True)
)


@dataclass(frozen=True)
class Held:
    """A claimed delivery with everything its sending needs, so that no database is touched while it is under way."""

    id: str
    target: str
    lease: str
    adapter: Adapter
    terms: Terms
    parcel: Parcel


def claim(now: int, most: int, ways: Adapters) -> list[Held]:
    """Lease up to `most` due deliveries of targets that can take any; those that cannot be sent as they are go to a person."""
    _route_unassigned(now)
    return keep_books(lambda session: _due(session, now, most), lambda books: _claim(books, ways))


def _due(session: Session, now: int, most: int) -> Books:
    """The next deliveries of each target, held until the end of the transaction when it writes."""
    books = Books(session, now, all_targets(session), {})
    for target in books.targets.values():
        left = most - len(books.rows)
        room = min(room_of(target, now), left)
        # More than are sent at once, so that the next ones are at hand; a breaker on trial gets its one.
        count = left if room > 1 else room
        if count > 0:
            found = session.scalars(_NEXT, {"target": target.code, "now": now, "count": count})
            books.rows.update((row.id, row) for row in found)
    return books


def _claim(books: Books, ways: Adapters) -> list[Held]:
    rows = list(books.rows.values())
    if not rows:
        return []
    context = read_context(books.session, rows)
    if any(row.forward_no > 1 or row.ending for row in rows):
        books.need_turn()
        read_earlier(books.session, context, rows)
    held: list[Held] = []
    for code in dict.fromkeys(row.target for row in rows):
        held += _claim_for(books, books.targets[str(code)], [row for row in rows if row.target == code], context, ways)
    return held


def _route_unassigned(now: int) -> None:
    """Deliveries without a target take the ordinary route: the first enabled target."""
    with reading() as session:
        if session.execute(_ANY_UNASSIGNED).first() is None:
            return
    with writing() as session:
        targets = all_targets(session)
        first = next((target.code for target in targets.values() if target.enabled), None)
        if first is not None:
            session.execute(update(Forwarding).where(*_UNASSIGNED).values(target=first))
            return
        rows = session.scalars(select(Forwarding).where(*_UNASSIGNED).limit(500)).all()
        books = Books(session, now, targets, {row.id: row for row in rows})
        _to_a_person(books, rows, "no_target")
        books.close()


def _claim_for(
    books: Books, target: Target, rows: Sequence[Forwarding], context: Context, ways: Adapters
) -> list[Held]:
    adapter, now = ways.of(target), books.now
    held: list[Held] = []
    refused: dict[str, list[Forwarding]] = {}
    for row in rows:
        request = context.requests.get(row.service_request_id)
        if not is_wanted(row, request) or not may_be_told(row, adapter, context):
            _drop(books, row, request)
            continue
        try:
            compose(row, target, adapter, context, now)
        except NotYet:
            row.next_at = now + _PHOTO_CHECK_MS
            continue
        except Unsuitable as unsuitable:
            refused.setdefault(unsuitable.code, []).append(row)
            continue
        keep(row, rules.claimed(delivery_of(row), now))
        row.lease = new_id()
        held.append(
            Held(row.id, target.code, row.lease, adapter, terms_of(row, adapter), parcel_of(row, ways.photo_dir))
        )
    for reason, some in refused.items():
        _to_a_person(books, some, reason)
    return held


def _drop(books: Books, row: Forwarding, request: ServiceRequest | None) -> None:
    """The request was withdrawn, merged or forwarded by hand before it left."""
    row.state, row.next_at, row.done_at, row.lease = State.DONE, None, books.now, None
    row.platform_id = request.platform_number if request is not None and not row.ending else None
    books.session.add(attempt(row, "claim", "not_needed", books.now))


def _to_a_person(books: Books, rows: Sequence[Forwarding], reason: str) -> None:
    for row in rows:
        row.state, row.reason, row.next_at = State.DEAD, reason, None
        books.add(row, told(row), SYSTEM)


def intend(books: Books, waiting: Sequence[Held], flying: Counter[str]) -> tuple[list[Held], list[Held]]:
    """Commit to sending those for which there is room; returns them, and those that still wait.

    `books` hold their rows. Those whose target has closed meanwhile are given back untouched, those whose request was withdrawn
    are dropped: from here on the platform would have to be told. The transaction must end before a socket opens.
    """
    rows, targets, now = books.rows, books.targets, books.now
    ours = [held for held in waiting if _is_ours(rows.get(held.id), held)]
    ids = [rows[held.id].service_request_id for held in ours]
    requests = {r.id: r for r in books.session.scalars(_REQUESTS, {"ids": ids})} if ids else {}
    leaving, staying = [], []
    taken = Counter(flying)
    for held in ours:
        row = rows[held.id]
        request = requests.get(row.service_request_id)
        room = room_of(targets[held.target], now)
        if not is_wanted(row, request):
            _drop(books, row, request)
        elif room == 0:
            keep(row, rules.expired(delivery_of(row), held.terms, now))
        elif taken[held.target] < room:
            taken[held.target] += 1
            keep(row, rules.intended(delivery_of(row), now))
            leaving.append(held)
        else:
            staying.append(held)
    return leaving, staying


def _is_ours(row: Forwarding | None, held: Held) -> bool:
    """Whether the lease still holds; after a long standstill somebody else may have the delivery."""
    return row is not None and row.lease == held.lease and row.state == State.LEASED


def give_back(books: Books, ready: Sequence[Held]) -> None:
    """Return claimed deliveries that this run will not send any more; `books` hold their rows."""
    for held in ready:
        row = books.rows.get(held.id)
        if row is not None and _is_ours(row, held) and row.intent_at is None:
            keep(row, rules.expired(delivery_of(row), held.terms, books.now))


def is_wanted(row: Forwarding, request: ServiceRequest | None) -> bool:
    """Whether a queued request still is to be forwarded, or an ending still is the resident's last word."""
    if request is None or request.deleted or (request.forward_no or 1) != row.forward_no:
        return False
    return request.status in (_ENDED if row.ending else _QUEUED)
