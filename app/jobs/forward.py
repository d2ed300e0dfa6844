"""Forwards what is due: claim, commit the intent, POST without a transaction, record. One thread keeps the books, others call.

The books are kept in one transaction a round: the results of the calls that ended, together with the intents of those that
leave next. So a killed worker leaves at most as many doubtful deliveries as were really under way.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field

import structlog
from sqlalchemy import or_, select

from app.database import reading
from app.domain.forwarding import Outcome, State
from app.external.adapters import Sent
from app.external.http import NotSent, Outward
from app.jobs import Clock, Report, moving, stopping
from app.jobs.books import Books, keep_books, open_books
from app.jobs.delivery_rows import Adapters, adapters, all_targets, room_of
from app.jobs.outgoing import Held, claim, give_back, intend
from app.jobs.results import Result, record_sent
from app.models.forwarding import Forwarding

log = structlog.get_logger()

THREADS = 24
# Few at a time, in claiming and in recording: phones that push wait for their turn to write, and must not wait long.
BATCH = 6
_RECORDED_AT_ONCE = 3
# A run ends after so long, and the next one begins: jobs that share the worker get their turn.
BUDGET_MS = 20_000
# Calls end one by one; waiting a little for the next few makes one transaction of several.
_GATHER_S = 0.014
# Between the commit of an intent and the socket lies no more than this, or the machine stood still meanwhile.
_FRESH_S = 20.0

Phase = Callable[[str], None]


def _nothing(_phase: str) -> None:
    return


@dataclass
class Round:
    """What one run has in hand."""

    ways: Adapters
    clock: Clock
    phase: Phase
    report: Report
    ready: list[Held] = field(default_factory=list)
    flying: dict[Future[Sent], Held] = field(default_factory=dict)

    def counts(self) -> Counter[str]:
        """How many are on their way to each target."""
        return Counter(held.target for held in self.flying.values())


def is_due(now: int) -> bool:
    """Whether anything could be sent now; cheap enough to ask every second."""
    with reading() as session:
        open_targets = [t.code for t in all_targets(session).values() if room_of(t, now)]
        due = select(Forwarding.id).where(
            Forwarding.state == State.DUE,
            Forwarding.next_at <= now,
            or_(Forwarding.target.is_(None), Forwarding.target.in_(open_targets)),
        )
        return session.execute(due.limit(1)).first() is not None


def run(now: int, *, outward: Outward | None = None, phase: Phase = _nothing, threads: int = THREADS) -> Report:
    """Send everything that is due; returns counts by outcome.

    `phase` is told where the run stands: claimed, intended, sent, recorded.
    """
    hand = Round(adapters(outward), moving(now), phase, Report("forward"))
    ends_at = now + BUDGET_MS
    with ThreadPoolExecutor(threads, thread_name_prefix="forward") as pool:
        while True:
            if len(hand.ready) < _RECORDED_AT_ONCE and hand.clock() < ends_at and not stopping.is_set():
                hand.ready += claim(hand.clock(), BATCH - len(hand.ready), hand.ways)
                if hand.ready:
                    phase("claimed")
            if not hand.ready and not hand.flying:
                return hand.report
            _keep_books(hand, pool, threads, may_send=hand.clock() < ends_at and not stopping.is_set())


def _keep_books(hand: Round, pool: ThreadPoolExecutor, threads: int, may_send: bool) -> None:
    """One round: record what has ended, commit to what leaves, let it leave."""
    ended = _ended(hand)
    leaving: list[Held] = []
    if ended or hand.ready:
        first = hand.ready[: threads - len(hand.flying)] if may_send else hand.ready
        ids = [result.id for result in ended] + [held.id for held in first]
        now = hand.clock()

        def enter(books: Books) -> tuple[list[Held], list[Held]]:
            record_sent(books, ended)
            if may_send:
                return intend(books, first, hand.counts())
            give_back(books, first)
            return [], []

        leaving, staying = keep_books(lambda session: open_books(session, ids, now), enter)
        hand.ready = staying + hand.ready[len(first) :]
        if ended:
            hand.phase("recorded")
            hand.report.counts.update(str(result.sent.outcome) for result in ended)
    if leaving:
        hand.phase("intended")
        committed = time.time()
        for held in leaving:
            hand.flying[pool.submit(_send, held, committed, hand.phase)] = held


def _ended(hand: Round) -> list[Result]:
    if not hand.flying:
        return []
    done, others = wait(hand.flying, return_when=FIRST_COMPLETED)
    if others:
        time.sleep(_GATHER_S)
    done |= {future for future in hand.flying if future.done()}
    return [_result(hand.flying.pop(future), future) for future in list(done)[:_RECORDED_AT_ONCE]]


def _result(held: Held, future: Future[Sent]) -> Result:
    error = future.exception()
    if error is not None:
        # A fault of ours after the intent: whether something left is as unknown as after a kill.
        log.error("forwarding_fault", target=held.target, kind=type(error).__name__)
        return Result(held.id, held.lease, held.terms, Sent(Outcome.UNKNOWN, detail="fault"))
    return Result(held.id, held.lease, held.terms, future.result())


def _send(held: Held, committed: float, phase: Phase) -> Sent:
    def check_fresh() -> None:
        # The wall clock goes on while a machine is suspended; a lease that may have run out must not be used.
        if not -_FRESH_S < time.time() - committed < _FRESH_S:
            raise NotSent("stale")

    sent = held.adapter.send(held.parcel, check_fresh)
    phase("sent")
    return sent
