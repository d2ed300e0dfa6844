"""Deliveries that nobody sends: those a closed target keeps for too long, and those whose request has moved on without them."""

from __future__ import annotations

from sqlalchemy import Select, and_, or_, select

from app.database import writing
from app.domain import forwarding as rules
from app.domain.forwarding import State
from app.forwarding_queue import delivery_of, keep
from app.jobs import Report
from app.jobs.books import Books
from app.jobs.delivery_rows import all_targets, attempt, told
from app.models.forwarding import Forwarding, Target
from app.models.service_requests import ServiceRequest

BATCH = 200


def overdue(targets: dict[str, Target], now: int) -> Select[Forwarding]:
    """Due deliveries that their closed target has kept for too long."""
    closed = [t.code for t in targets.values() if not t.enabled or t.paused_reason or t.breaker_probe_at is not None]
    return select(Forwarding).where(
        Forwarding.state == State.DUE,
        Forwarding.target.in_(closed),
        or_(
            Forwarding.since.is_(None),
            Forwarding.since <= now - rules.PATIENCE_MS,
            Forwarding.warn_at <= now,
        ),
    )


def give_up_blocked(now: int, report: Report) -> None:
    """Give to a person what a closed target has kept for too long."""
    with writing() as session:
        targets = all_targets(session)
        rows = session.scalars(overdue(targets, now).limit(BATCH).with_for_update(skip_locked=True)).all()
        books = Books(session, now, targets, {row.id: row for row in rows})
        for row in rows:
            keep(row, rules.blocked(delivery_of(row), now))
            if row.state == State.DEAD:
                session.add(attempt(row, "wait", "given_up", now))
                books.add(row, told(row))
                report.add("given_up")
        books.close()


def elsewhere() -> Select[Forwarding, str | None]:
    """Deliveries a person has, whose request has moved on without them."""
    return (
        select(Forwarding, ServiceRequest.platform_number)
        .join(ServiceRequest, ServiceRequest.id == Forwarding.service_request_id)
        .where(
            Forwarding.state == State.DEAD,
            or_(
                and_(Forwarding.ending.is_(False), ServiceRequest.status != "queued"),
                # The resident has changed their mind: what ends the next round is another delivery.
                and_(Forwarding.ending, ServiceRequest.forward_no != Forwarding.forward_no),
            ),
        )
    )


def settle_elsewhere(now: int, report: Report) -> None:
    """Take from the list what is no longer a person's business."""
    with writing() as session:
        for row, number in session.execute(elsewhere().limit(BATCH).with_for_update(of=Forwarding)).all():
            row.state, row.next_at, row.reason, row.done_at = State.DONE, None, None, now
            row.platform_id = row.platform_id or number
            session.add(attempt(row, "person", "settled_elsewhere", now))
            report.add("settled_elsewhere")
