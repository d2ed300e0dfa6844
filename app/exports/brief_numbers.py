"""The numbers of the weekly brief: counts of one week, the weeks before it, what is late, what comes up most."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.exports.ledger import Ledger, status_word
from app.exports.selection import Selection
from app.masking import masked_text
from app.models.accounts import Account, Device
from app.models.places import Place
from app.models.service_requests import ServiceRequest
from app.models.visits import Visit

WEEKS = 8
_TOP = 5
_LONGEST_TEXT = 34


@dataclass(frozen=True)
class LateRequest:
    """A request whose date for the resident has passed."""

    category: str
    text: str
    status: str
    unit: str


@dataclass(frozen=True)
class BriefNumbers:
    """Everything the brief says. `waiting_phones` > 0 makes all of it provisional (暂计)."""

    visits: int
    by_kind: dict[str, int]
    met: int
    nobody: int
    opinions: int
    funnel: dict[str, int]
    weeks: list[tuple[str, int]]
    categories: list[tuple[str, int]]
    late_total: int
    late: list[LateRequest]
    waiting_phones: int


def collect(session: Session, selection: Selection, ledger: Ledger, now: int) -> BriefNumbers:
    """Count one selection; `now` (ms) decides what is late."""
    outcomes, kinds, findings = _visits(session, selection)
    categories: Counter[str] = Counter()
    query = (
        select(ServiceRequest.category, func.count())
        .where(*ledger.request_conditions())
        .group_by(ServiceRequest.category)
    )
    for code, number in session.execute(query):
        categories[ledger.category(code) or "未分类"] += number
    late_total, late = _late(session, selection, ledger, now)
    return BriefNumbers(
        visits=sum(outcomes.values()),
        by_kind=dict(kinds),
        met=outcomes["met"],
        nobody=outcomes["nobody"],
        opinions=findings["opinion"],
        funnel=dict(ledger.funnel()),
        weeks=_weeks(session, selection),
        categories=categories.most_common(_TOP),
        late_total=late_total,
        late=late,
        waiting_phones=_waiting_phones(session, selection),
    )


def _visits(session: Session, selection: Selection) -> tuple[Counter[str], Counter[str], Counter[str]]:
    outcomes: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    findings: Counter[str] = Counter()
    query = (
        select(Visit.outcome, Place.kind, Visit.finding, func.count())
        .outerjoin(Place, Place.id == Visit.place_id)
        .where(*_visit_conditions(selection))
        .group_by(Visit.outcome, Place.kind, Visit.finding)
    )
    for outcome, kind, finding, number in session.execute(query):
        outcomes[outcome or ""] += number
        kinds[kind or ""] += number
        findings[finding or ""] += number
    return outcomes, kinds, findings


def _visit_conditions(selection: Selection) -> tuple[Any, ...]:
    return (
        Visit.visit_on.between(selection.first.isoformat(), selection.last.isoformat()),
        Visit.deleted.is_(False),
        Visit.withdrawn.is_not(True),
        selection.in_scope(Visit.scope),
    )


def _weeks(session: Session, selection: Selection) -> list[tuple[str, int]]:
    """Visits of the last eight weeks that end with this one: (the week's last day as month-day, number)."""
    longer = replace(selection, first=selection.last - timedelta(days=7 * WEEKS - 1))
    by_day = dict(
        session.execute(
            select(Visit.visit_on, func.count()).where(*_visit_conditions(longer)).group_by(Visit.visit_on)
        ).all()
    )
    weeks = []
    for back in reversed(range(WEEKS)):
        end = selection.last - timedelta(days=7 * back)
        days = (end - timedelta(days=day) for day in range(7))
        weeks.append((end.strftime("%m-%d"), sum(by_day.get(day.isoformat(), 0) for day in days)))
    return weeks


def _late(session: Session, selection: Selection, ledger: Ledger, now: int) -> tuple[int, list[LateRequest]]:
    """Requests, whenever recorded, that owe the resident something since before `now`; the longest overdue first."""
    conditions = (
        ServiceRequest.due_at < now,
        ServiceRequest.deleted.is_(False),
        selection.in_scope(ServiceRequest.scope),
    )
    total = session.scalar(select(func.count(ServiceRequest.id)).where(*conditions)) or 0
    query = (
        select(ServiceRequest)
        .where(*conditions, ServiceRequest.confidential.is_not(True))
        .order_by(ServiceRequest.due_at)
    )
    late = []
    for request in session.scalars(query.limit(_TOP)):
        text = " ".join(masked_text(request.title or request.text).split())
        shown = text if len(text) <= _LONGEST_TEXT else text[: _LONGEST_TEXT - 1] + "…"
        late.append(
            LateRequest(
                ledger.category(request.category), shown, status_word(request.status), request.lead_unit or "待定"
            )
        )
    return total, late


def _waiting_phones(session: Session, selection: Selection) -> int:
    """Phones of these teams that still hold records."""
    query = (
        select(func.count(Device.id))
        .join(Account, Account.id == Device.account_id)
        .where(Device.pending > 0, Device.revoked.is_(None))
    )
    if selection.team_ids is not None:
        query = query.where(Account.team_id.in_(sorted(selection.team_ids)))
    return session.scalar(query) or 0
