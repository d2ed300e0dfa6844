"""Records what became of deliveries: the row, its history, the target's breaker, and the request's own steps, all at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.domain import forwarding as rules
from app.domain.breaker import FAILURES
from app.domain.forwarding import MINUTE_MS, Finding, Outcome, State, Terms
from app.external.adapters import Sent
from app.forwarding_queue import delivery_of, keep
from app.jobs.books import Books
from app.jobs.delivery_rows import attempt, count_call, spread, told
from app.models.forwarding import Forwarding, Target
from app.writes import patch, step

# The platform's clock is read from the answer's date, which may lie a little after the moment of the update.
_CLOCK_SLACK_MS = 2000
_TAKEN = frozenset({Outcome.CREATED, Outcome.TOKEN, Outcome.BLIND, Outcome.DUPLICATE})


@dataclass(frozen=True)
class Result:
    """How one POST ended. `lease` is the hold under which it was made."""

    id: str
    lease: str
    terms: Terms
    sent: Sent


@dataclass(frozen=True)
class Search:
    """What the search for one delivery told; `numbers` are its copies, oldest first."""

    id: str
    lease: str
    terms: Terms
    finding: Finding
    numbers: tuple[str, ...] = ()
    phase: str = "search"


def record_sent(books: Books, results: Sequence[Result]) -> None:
    """Record POSTs that have ended."""
    for result in results:
        row = books.rows[result.id]
        sent, target = result.sent, books.target(row)
        line = attempt(
            row,
            "post",
            sent.outcome,
            books.now,
            http_status=sent.http_status,
            detail=sent.detail,
            words=sent.words,
            secrets=[target.api_key] if target and target.api_key else (),
        )
        books.session.add(line)
        if target is not None:
            _tell_target(target, sent, books.now)
        if row.lease != result.lease or row.state != State.LEASED:
            _late(books, row, result)
            continue
        before = delivery_of(row)
        after = rules.after_send(before, sent.outcome, result.terms, books.now, spread(), sent.wait_ms)
        keep(row, after)
        row.token = sent.token or row.token
        if sent.outcome is Outcome.TOKEN and target is not None:
            target.learn_batch(row.service_code or "")
        if sent.outcome is Outcome.CREATED:
            adopt(books, row, str(sent.platform_id))
            if row.operation == "reopen" and sent.remote_at is not None:
                # News from before the reopening speak of the old round.
                row.news_at = sent.remote_at - _CLOCK_SLACK_MS
        elif after.state is State.DEAD:
            books.add(row, told(row, sent.detail))
        values = {"reference": row.reference, "target": row.target, "outcome": sent.outcome, "state": row.state}
        books.note("info", "forwarding_post", **values)


def _tell_target(target: Target, sent: Sent, now: int) -> None:
    # Our own full disk and our own standstill say nothing about the platform.
    if sent.detail not in ("stale", "disk"):
        count_call(target, sent.outcome not in FAILURES, now)
    if sent.outcome is Outcome.FORBIDDEN:
        target.paused_reason = sent.detail or "forbidden"
    elif sent.outcome is Outcome.THROTTLED:
        target.throttled_until = max(target.throttled_until or 0, now + min(max(sent.wait_ms, 1000), 60 * MINUTE_MS))


def _late(books: Books, row: Forwarding, result: Result) -> None:
    """A worker that was given up for dead comes back with an answer: what the platform took counts, nothing else does."""
    sent = result.sent
    if sent.outcome not in _TAKEN:
        return
    if row.state == State.DONE:
        if sent.platform_id is not None and row.platform_id != sent.platform_id:
            raise_alarm(books, row, "several")
    elif sent.platform_id is not None:
        adopt(books, row, sent.platform_id)
    elif row.lease is None:
        keep(row, rules.after_send(delivery_of(row), sent.outcome, result.terms, books.now))
        row.token = sent.token or row.token
        books.add(row, told(row, sent.detail))


def record_searches(books: Books, searches: Sequence[Search]) -> None:
    """Record look-ups that have ended."""
    for search in searches:
        row = books.rows[search.id]
        if row.lease != search.lease:
            continue
        was_dead = row.state == State.DEAD
        after = rules.after_search(delivery_of(row), search.finding, search.terms, books.now, spread())
        if not was_dead or search.finding in (Finding.FOUND, Finding.TAKEN):
            detail = "several" if len(search.numbers) > 1 else None
            books.session.add(attempt(row, search.phase, search.finding, books.now, detail=detail))
        keep(row, after)
        if search.finding is Finding.FOUND:
            adopt(books, row, search.numbers[0])
            if len(search.numbers) > 1:
                raise_alarm(books, row, "several")
        elif after.state is State.DEAD or was_dead:
            books.add(row, told(row))


def adopt(books: Books, row: Forwarding, number: str) -> None:
    """The delivery has its number: the request is submitted."""
    keep(row, rules.after_search(delivery_of(row), Finding.FOUND, Terms(), books.now))
    row.platform_id, row.done_at, row.lease = number, books.now, None
    if row.ending:
        books.add(row, [patch("service_request", row.service_request_id, {"stuck": None})])
        return
    writes = [
        patch("service_request", row.service_request_id, {"platform_number": number, "stuck": None}),
        patch("service_request", row.service_request_id, {"status": step("submitted")}),
    ]
    books.add(row, writes)
    books.adopted.append(number)


def raise_alarm(books: Books, row: Forwarding, alarm: str) -> None:
    """Put a delivered request before a person."""
    row.alarm = alarm
    books.note("error", "forwarding_alarm", reference=row.reference, target=row.target, alarm=alarm)
    books.add(row, told(row))
