"""The requests of a period: the three ways, the hotline funnel, and what is due by either clock."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Subquery, and_, case, func, or_, select
from sqlalchemy.orm import Session

from app.domain.deadlines import HOUR_MS
from app.domain.service_request_steps import OPEN
from app.due_dates import current_rules
from app.models.service_requests import ServiceRequest, ServiceRequestEvent
from app.review.reach import Period, Reach

# A phone may claim a day before the server hears of it; nothing is recorded long before it occurred.
_EARLY_MS = 36 * HOUR_MS

# The statuses by which somebody chose a way for a request.
WAY_OF_STATUS = {
    "solved_on_spot": "on_the_spot",
    "explained": "explain",
    "own_unit": "own_unit",
    "to_be_forwarded": "forward",
    "submitted": "forward",
}
# How far a status means that a request has come at the hotline platform.
STAGES = ("uploaded", "dispatched", "answered", "agreed")
_RANK = {
    "submitted": 1,
    "accepted": 1,
    "dispatched": 2,
    "in_progress": 2,
    "extended": 2,
    "answered": 3,
    "agreed": 4,
}
# Where a request stands now; `to_send` comes before the first stage.
WAITING: dict[str, tuple[str, ...]] = {
    "to_send": ("to_be_forwarded", "queued"),
    "uploaded": ("submitted", "accepted", "returned"),
    "dispatched": ("dispatched", "in_progress", "extended"),
    "answered": ("answered",),
    "agreed": ("agreed",),
}
# What the own unit handled also ends in `answered`, but never went up.
_SENT_UP = ServiceRequest.platform_number.is_not(None)


def seen(reach: Reach) -> ColumnElement[bool]:
    """Requests of the reach."""
    return and_(reach.covers(ServiceRequest.scope), ServiceRequest.deleted.is_(False))


def raised(reach: Reach, period: Period) -> ColumnElement[bool]:
    """Requests raised on the days of the period."""
    return and_(
        seen(reach),
        ServiceRequest.recorded_at >= period.start_ms - _EARLY_MS,
        ServiceRequest.occurred_on.between(period.from_on, period.on),
    )


def ways(reach: Reach, period: Period) -> Subquery:
    """(id, way) of the period's requests: the way that was chosen last; requests that nobody has decided on are absent."""
    word = case(*((ServiceRequestEvent.to_status == status, way) for status, way in WAY_OF_STATUS.items()))
    order = func.row_number().over(
        partition_by=ServiceRequestEvent.service_request_id,
        order_by=(ServiceRequestEvent.received_at.desc(), ServiceRequestEvent.id.desc()),
    )
    chosen = (
        select(ServiceRequestEvent.service_request_id.label("id"), word.label("way"), order.label("order"))
        .join(ServiceRequest, ServiceRequest.id == ServiceRequestEvent.service_request_id)
        .where(
            raised(reach, period),
            ServiceRequestEvent.kind == "status",
            ServiceRequestEvent.to_status.in_(WAY_OF_STATUS),
        )
        .subquery()
    )
    return select(chosen.c.id, chosen.c.way).where(chosen.c.order == 1).subquery()


def reached(reach: Reach, period: Period) -> Subquery:
    """(id, rank) of the period's requests that were uploaded: the furthest stage that each has ever reached."""
    rank = case(*((ServiceRequestEvent.to_status == status, number) for status, number in _RANK.items()))
    sent = func.max(case((ServiceRequestEvent.to_status == "submitted", 1), else_=0))
    return (
        select(ServiceRequestEvent.service_request_id.label("id"), func.max(rank).label("rank"))
        .join(ServiceRequest, ServiceRequest.id == ServiceRequestEvent.service_request_id)
        .where(raised(reach, period), ServiceRequestEvent.kind == "status", ServiceRequestEvent.to_status.in_(_RANK))
        .group_by(ServiceRequestEvent.service_request_id)
        .having(sent == 1)
        .subquery()
    )


def waiting(stage: str) -> ColumnElement[bool]:
    """Requests that stand in a stage of the funnel now, whenever they were raised."""
    inside = ServiceRequest.status.in_(WAITING[stage])
    return inside if stage == "to_send" else and_(inside, _SENT_UP)


def summary(session: Session, reach: Reach, period: Period) -> dict[str, Any]:
    """How many were raised, by the way that was chosen, and how far the uploaded ones have come."""
    chosen, stages = ways(reach, period), reached(reach, period)
    total = session.scalar(select(func.count()).select_from(ServiceRequest).where(raised(reach, period))) or 0
    by_way: dict[str, int] = dict(session.execute(select(chosen.c.way, func.count()).group_by(chosen.c.way)).all())
    by_rank: dict[int, int] = dict(session.execute(select(stages.c.rank, func.count()).group_by(stages.c.rank)).all())
    return {
        "raised": total,
        "ways": {way: by_way.get(way, 0) for way in dict.fromkeys(WAY_OF_STATUS.values())}
        | {"undecided": total - sum(by_way.values())},
        "funnel": [
            {"stage": stage, "reached": sum(n for rank, n in by_rank.items() if rank >= number)}
            for number, stage in enumerate(STAGES, 1)
        ],
    }


def standing_in_funnel(session: Session, reach: Reach) -> list[dict[str, Any]]:
    """How many stand in each stage now, and the one that has waited longest since it was recorded."""
    lines = []
    for stage in WAITING:
        inside = (seen(reach), waiting(stage))
        count = session.scalar(select(func.count()).select_from(ServiceRequest).where(*inside)) or 0
        oldest = session.execute(
            select(ServiceRequest.id, ServiceRequest.recorded_at, ServiceRequest.category)
            .where(*inside)
            .order_by(ServiceRequest.recorded_at, ServiceRequest.id)
            .limit(1)
        ).first()
        lines.append({"stage": stage, "waiting": count, "oldest": oldest and dict(oldest._mapping)})
    return lines


def _clock(clock: str) -> Any:
    return ServiceRequest.due_at if clock == "resident" else ServiceRequest.unit_due_at


def _stopped() -> Sequence[str]:
    """The statuses in which the unit's clock stands still."""
    return sorted({status for rule in current_rules() for status in rule.pauses_in})


def due(clock: str, word: str, now: int) -> ColumnElement[bool]:
    """Open requests by one clock: `overdue`, `within_24h`, `within_3d`, `later`, or `stopped` (the unit's, while it stands)."""
    at = _clock(clock)
    open_ = and_(ServiceRequest.status.in_(sorted(OPEN)), at.is_not(None))
    if clock == "unit":
        # A term that the platform has told runs on while it is extended.
        stands = and_(ServiceRequest.status.in_(_stopped()), ServiceRequest.unit_term_at.is_(None))
        if word == "stopped":
            return and_(open_, stands)
        open_ = and_(open_, ~stands)
    day, days = now + 24 * HOUR_MS, now + 72 * HOUR_MS
    spans = {
        "overdue": at < now,
        "within_24h": and_(at >= now, at <= day),
        "within_3d": and_(at > day, at <= days),
        "later": at > days,
    }
    return and_(open_, spans[word])


def due_summary(session: Session, reach: Reach, now: int) -> dict[str, dict[str, int]]:
    """Both clocks: how many are overdue, due within a day, within three days, later, or standing still."""
    words = {
        "resident": ("overdue", "within_24h", "within_3d", "later"),
        "unit": ("overdue", "within_24h", "within_3d", "later", "stopped"),
    }
    asked = [(clock, word) for clock, names in words.items() for word in names]
    counts = session.execute(
        select(*(func.coalesce(func.sum(case((due(clock, word, now), 1), else_=0)), 0) for clock, word in asked)).where(
            seen(reach), ServiceRequest.status.in_(sorted(OPEN))
        )
    ).one()
    sums: dict[str, dict[str, int]] = {clock: {} for clock in words}
    for (clock, word), count in zip(asked, counts, strict=True):
        sums[clock][word] = count
    return sums


def or_open(reach: Reach, period: Period) -> ColumnElement[bool]:
    """Raised in the period, or still open."""
    return or_(raised(reach, period), and_(seen(reach), ServiceRequest.status.in_(sorted(OPEN))))
