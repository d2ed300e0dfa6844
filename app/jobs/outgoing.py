"""The two short transactions around a POST: claim what is due; then commit the intent, before any socket is opened."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.database import reading, writing
from app.domain import forwarding as rules
from app.domain.forwarding import State, Terms
from app.external.adapters import Adapter, Parcel, Unsuitable
from app.forwarding_queue import delivery_of, keep
from app.ids import new_id
from app.jobs.delivery_rows import Adapters, all_targets, attempt, room_of, terms_of, told
from app.jobs.parcels import Context, NotYet, compose, may_be_told, parcel_of, read_context, read_earlier
from app.jobs.results import Books
from app.models.forwarding import Forwarding, Target
from app.models.service_requests import ServiceRequest
from app.writes import Actor, Write, write

SYSTEM = Actor("system", None, "上报程序")
_PHOTO_CHECK_MS = 3000
_QUEUED = frozenset({"queued"})
_ENDED = frozenset({"agreed", "closed", "withdrawn", "archived"})


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
    """Lease up to `most` due deliveries of targets that can take any; those that cannot be sent as they are go to a person.

    What they refer to is read before the turn to write, in which phones wait.
    """
    _route_unassigned(now)
    with reading() as session:
        read = [row for rows in _due(session, now, most).values() for row in rows]
        context = read_context(session, read)
    if not read:
        return []
    ids = {row.id for row in read}
    held: list[Held] = []
    with writing() as session:
        targets = all_targets(session)
        for code, due in _due(session, now, most, targets).items():
            rows = [row for row in due if row.id in ids]
            read_earlier(session, context, rows)
            held += _claim_for(session, targets[code], rows, context, now, ways)
    return held


def _due(
    session: Session, now: int, most: int, targets: Mapping[str, Target] | None = None
) -> dict[str, Sequence[Forwarding]]:
    """The next deliveries of each target; held until the end of the transaction when it writes (it then brings its `targets`)."""
    found: dict[str, Sequence[Forwarding]] = {}
    for target in (all_targets(session) if targets is None else targets).values():
        left = most - sum(len(rows) for rows in found.values())
        room = min(room_of(target, now), left)
        # More than are sent at once, so that the next ones are at hand; a breaker on trial gets its one.
        count = left if room > 1 else room
        if count > 0:
            query = (
                select(Forwarding)
                .where(Forwarding.state == State.DUE, Forwarding.target == target.code, Forwarding.next_at <= now)
                .order_by(Forwarding.next_at, Forwarding.id)
                .limit(count)
            )
            found[target.code] = session.scalars(
                query if targets is None else query.with_for_update(skip_locked=True)
            ).all()
    return found


def _route_unassigned(now: int) -> None:
    """Deliveries without a target take the ordinary route: the first enabled target."""
    unassigned = (Forwarding.state == State.DUE, Forwarding.target.is_(None))
    with reading() as session:
        if session.execute(select(Forwarding.id).where(*unassigned).limit(1)).first() is None:
            return
    with writing() as session:
        first = next((target.code for target in all_targets(session).values() if target.enabled), None)
        if first is not None:
            session.execute(update(Forwarding).where(*unassigned).values(target=first))
            return
        rows = session.scalars(select(Forwarding).where(*unassigned).limit(500)).all()
        _to_a_person(session, rows, "no_target", now)


def _claim_for(
    session: Session, target: Target, rows: Sequence[Forwarding], context: Context, now: int, ways: Adapters
) -> list[Held]:
    adapter = ways.of(target)
    held: list[Held] = []
    refused: dict[str, list[Forwarding]] = {}
    for row in rows:
        request = context.requests.get(row.service_request_id)
        if not is_wanted(row, request) or not may_be_told(row, adapter, context):
            _drop(session, row, request, now)
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
        _to_a_person(session, some, reason, now)
    return held


def _drop(session: Session, row: Forwarding, request: ServiceRequest | None, now: int) -> None:
    """The request was withdrawn, merged or forwarded by hand before it left."""
    row.state, row.next_at, row.done_at = State.DONE, None, now
    row.platform_id = request.platform_number if request is not None and not row.ending else None
    session.add(attempt(row, "claim", "not_needed", now))


def _to_a_person(session: Session, rows: Sequence[Forwarding], reason: str, now: int) -> None:
    writes: list[Write] = []
    for row in rows:
        row.state, row.reason, row.next_at = State.DEAD, reason, None
        writes += told(row)
    if writes:
        write(session, writes, actor=SYSTEM, now=now)


def intend(books: Books, waiting: Sequence[Held], flying: Counter[str]) -> tuple[list[Held], list[Held]]:
    """Commit to sending those for which there is room; returns them, and those that still wait.

    `books` hold their rows. Those whose target has closed meanwhile are given back untouched. The transaction must end before
    a socket opens.
    """
    rows, targets, now = books.rows, books.targets, books.now
    leaving, staying = [], []
    taken = Counter(flying)
    for held in waiting:
        row = rows.get(held.id)
        if row is None or row.lease != held.lease or row.state != State.LEASED:
            # The lease ran out while this worker stood still; somebody else has it now.
            continue
        room = room_of(targets[held.target], now)
        if room == 0:
            keep(row, rules.expired(delivery_of(row), held.terms, now))
        elif taken[held.target] < room:
            taken[held.target] += 1
            keep(row, rules.intended(delivery_of(row), now))
            leaving.append(held)
        else:
            staying.append(held)
    return leaving, staying


def give_back(books: Books, ready: Sequence[Held]) -> None:
    """Return claimed deliveries that this run will not send any more; `books` hold their rows."""
    for held in ready:
        row = books.rows.get(held.id)
        if row is not None and row.lease == held.lease and row.state == State.LEASED and row.intent_at is None:
            keep(row, rules.expired(delivery_of(row), held.terms, books.now))


def is_wanted(row: Forwarding, request: ServiceRequest | None) -> bool:
    """Whether a queued request still is to be forwarded, or an ending still is the resident's last word."""
    if request is None or request.deleted or (request.forward_no or 1) != row.forward_no:
        return False
    return request.status in (_ENDED if row.ending else _QUEUED)
