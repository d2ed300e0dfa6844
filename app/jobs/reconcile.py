"""Finds out what became of doubtful deliveries: leases of dead workers, look-ups, tokens, breakers' probes, and what waits too long."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import structlog
from sqlalchemy import select

from app.database import reading, writing
from app.domain import forwarding as rules
from app.domain.breaker import after_probe
from app.domain.forwarding import EMPTY_SEARCHES, Finding, State, Terms
from app.external.adapters import Adapter, Found, LookUpFailed, Wanted
from app.external.http import Outward
from app.forwarding_queue import delivery_of, keep
from app.ids import new_id
from app.jobs import Report, moving
from app.jobs.books import Books, open_books
from app.jobs.delivery_rows import (
    Adapters,
    adapters,
    all_targets,
    attempt,
    breaker_of,
    count_call,
    keep_breaker,
    terms_of,
    told,
)
from app.jobs.left_waiting import elsewhere, give_up_blocked, overdue, settle_elsewhere
from app.jobs.results import Search, record_searches
from app.models.forwarding import Forwarding, Target

log = structlog.get_logger()

THREADS = 8
# Phones wait for their turn to write: no transaction of ours may keep them long.
BATCH = 200
_SEARCHED = (State.UNKNOWN, State.THROTTLED, State.DEAD)


@dataclass(frozen=True)
class Asked:
    """A delivery taken for a look-up, with what its target must be asked."""

    id: str
    lease: str
    target: str
    adapter: Adapter
    terms: Terms
    wanted: Wanted
    awaiting: bool
    token: str | None


def is_due(now: int) -> bool:
    """Whether there is anything to reconcile, probe or give to a person; cheap enough to ask every second."""
    with reading() as session:
        waits = select(Forwarding.id).where(
            Forwarding.state.in_((State.LEASED, State.AWAITING_ID, *_SEARCHED)), Forwarding.next_at <= now
        )
        if session.execute(waits.limit(1)).first() is not None:
            return True
        targets = all_targets(session)
        if any(t.breaker_probe_at is not None and t.breaker_probe_at <= now for t in targets.values()):
            return True
        waiting = session.execute(overdue(targets, now).limit(1)).first()
        return waiting is not None or session.execute(elsewhere().limit(1)).first() is not None


def run(now: int, *, outward: Outward | None = None, phase: Callable[[str], None] = lambda _: None) -> Report:
    """One pass over everything doubtful; returns counts."""
    report, ways, clock = Report("reconcile"), adapters(outward), moving(now)
    _recover(clock(), ways, report)
    _probe(clock(), ways, report)
    give_up_blocked(clock(), report)
    settle_elsewhere(clock(), report)
    with ThreadPoolExecutor(THREADS, thread_name_prefix="reconcile") as pool:
        asked = _take(clock(), ways)
        phase("asked")
        searches = list(pool.map(_ask_token, [one for one in asked if one.awaiting]))
        by_target: dict[str, list[Asked]] = {}
        for one in asked:
            if not one.awaiting:
                by_target.setdefault(one.target, []).append(one)
        for found in pool.map(lambda group: _search(group, clock()), by_target.values()):
            searches += found
    phase("found")
    with writing() as session:
        books = open_books(session, [search.id for search in searches], clock())
        _record_tokens(books, [s for s in searches if s.phase == "token"])
        record_searches(books, [s for s in searches if s.phase == "search"])
        _count_searches(books, [s for s in searches if s.phase == "search"])
        books.close()
    phase("recorded")
    for search in searches:
        report.add(f"{search.phase}_{search.finding}")
    return report


def _recover(now: int, ways: Adapters, report: Report) -> None:
    """Deliveries whose worker died: those with an intent are unknown from now on, the others are due again."""
    with writing() as session:
        targets = all_targets(session, locked=True)
        rows = session.scalars(
            select(Forwarding)
            .where(Forwarding.state == State.LEASED, Forwarding.next_at <= now)
            .limit(BATCH)
            .with_for_update(skip_locked=True)
        ).all()
        books = Books(session, now, targets, {row.id: row for row in rows})
        for row in rows:
            target = books.target(row)
            terms = terms_of(row, ways.of(target)) if target else Terms(searchable=False)
            sent = row.intent_at is not None
            keep(row, rules.expired(delivery_of(row), terms, now))
            session.add(attempt(row, "lease", "unknown" if sent else "not_sent", now, detail="killed"))
            if row.state == State.DEAD:
                books.add(row, told(row, "killed"))
            report.add("recovered")
        books.close()


def _probe(now: int, ways: Adapters, report: Report) -> None:
    """Ask silent targets a harmless question."""
    with reading() as session:
        due = [t for t in all_targets(session).values() if t.breaker_probe_at is not None and t.breaker_probe_at <= now]
        probes = [(target.code, ways.of(target)) for target in due]
    for code, adapter in probes:
        answered = adapter.probe()
        with writing() as session:
            target = all_targets(session, locked=True)[code]
            breaker = breaker_of(target)
            if breaker.open:
                keep_breaker(target, after_probe(breaker, answered, now))
        log.info("forwarding_probe", target=code, answered=answered)
        report.add("probe_answered" if answered else "probe_silent")


def _take(now: int, ways: Adapters) -> list[Asked]:
    """Take the deliveries whose time for a look-up has come, so that no other worker asks the same."""
    with writing() as session:
        targets = all_targets(session)
        rows = session.scalars(
            select(Forwarding)
            .where(Forwarding.state.in_((State.AWAITING_ID, *_SEARCHED)), Forwarding.next_at <= now)
            .order_by(Forwarding.next_at)
            .limit(BATCH)
            .with_for_update(skip_locked=True)
        ).all()
        books = Books(session, now, targets, {row.id: row for row in rows})
        asked = []
        for row in rows:
            target = targets.get(row.target or "")
            if target is None:
                row.next_at = None
                continue
            if target.breaker_probe_at is not None and row.state != State.AWAITING_ID:
                _wait_for_probe(books, row, target.breaker_probe_at)
                continue
            row.lease, row.next_at = new_id(), now + rules.LEASE_MS
            asked.append(_asked(row, target, ways.of(target)))
        books.close()
        return asked


def _wait_for_probe(books: Books, row: Forwarding, probe_at: int) -> None:
    """A silent target is not asked; its deliveries use up no try, but a person hears of them in time."""
    was_dead = row.state == State.DEAD
    keep(row, rules.blocked(delivery_of(row), books.now, probe_at))
    if row.state == State.DEAD and not was_dead:
        books.session.add(attempt(row, "wait", "given_up", books.now))
        books.add(row, told(row))


def _asked(row: Forwarding, target: Target, adapter: Adapter) -> Asked:
    wanted = Wanted(
        reference=row.reference,
        operation=row.operation,
        service_code=row.service_code or "",
        since=row.sent_since or row.created_at,
        platform_id=row.platform_id,
        # The last look before another POST does not trust the platform's clock.
        wide=row.lookups >= EMPTY_SEARCHES - 1 or row.state == State.DEAD,
    )
    awaiting = row.state == State.AWAITING_ID
    return Asked(
        row.id,
        str(row.lease),
        target.code,
        adapter,
        terms_of(row, adapter),
        wanted,
        awaiting,
        row.token if awaiting else None,
    )


def _ask_token(asked: Asked) -> Search:
    number = None
    if asked.token:
        try:
            number = asked.adapter.number_for(asked.token).platform_id
        except LookUpFailed as failure:
            log.info("forwarding_token_failed", target=asked.target, code=failure.code)
    finding = Finding.FOUND if number else Finding.NONE
    return Search(asked.id, asked.lease, asked.terms, finding, (number,) if number else (), "token")


def _search(group: Sequence[Asked], now: int) -> list[Search]:
    """Search one target for all that is wanted of it; whatever goes wrong proves nothing."""
    adapter = group[0].adapter
    try:
        found = adapter.search([asked.wanted for asked in group], now)
    except LookUpFailed as failure:
        log.info("forwarding_search_failed", target=group[0].target, code=failure.code)
        found = Found(unproved=frozenset(asked.wanted.reference for asked in group))
    return [_finding(asked, found) for asked in group]


def _finding(asked: Asked, found: Found) -> Search:
    reference = asked.wanted.reference
    numbers = tuple(found.copies.get(reference, ()))
    if numbers:
        finding = Finding.FOUND
    elif reference in found.unnumbered:
        finding = Finding.TAKEN
    elif reference in found.unproved:
        finding = Finding.FAILED
    else:
        finding = Finding.NONE
    return Search(asked.id, asked.lease, asked.terms, finding, numbers)


def _record_tokens(books: Books, searches: Sequence[Search]) -> None:
    for search in searches:
        row = books.rows[search.id]
        if row.lease != search.lease:
            continue
        if search.finding is Finding.FOUND:
            record_searches(books, [search])
            continue
        keep(row, rules.after_token(delivery_of(row), False, books.now))
        if row.state == State.DEAD:
            books.session.add(attempt(row, "token", "given_up", books.now))
            books.add(row, told(row))


def _count_searches(books: Books, searches: Sequence[Search]) -> None:
    """Look-ups count for the breaker once for each target and pass."""
    for code in {row.target for s in searches if (row := books.rows.get(s.id))}:
        target = books.targets.get(code or "")
        if target is not None:
            of_target = [s.finding for s in searches if books.rows[s.id].target == code]
            count_call(target, not all(f is Finding.FAILED for f in of_target), books.now)
