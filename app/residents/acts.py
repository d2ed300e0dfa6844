"""What a resident does with a request: withdraw, agree or have it reopened, rate."""

from __future__ import annotations

from dataclasses import dataclass

from flask import current_app
from sqlalchemy import or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app import programmes, sessions
from app.domain.codes import format_tracking_code
from app.errors import Problem
from app.models.accounts import Account
from app.models.service_requests import Rating, ServiceRequest
from app.programmes.shape import Evaluation
from app.residents.cases import Case
from app.residents.filing import RESIDENT
from app.writes import Actor, create, patch, step, write

HOUR_MS = 3_600_000
MAX_REASON = 400
# Programmes name the five words in Chinese; these are what the English page says, worst first.
ENGLISH_RATING_WORDS = ("Very dissatisfied", "Dissatisfied", "So-so", "Satisfied", "Very satisfied")
SYSTEM = Actor("system", None, "系统")


@dataclass(frozen=True)
class Opinion:
    """A rating as it was given: `score` 1 (worst) to 5."""

    score: int
    text: str
    pressured: bool


def check_own_phone() -> None:
    """A resident's word is given on the resident's phone: raises `Problem("staff_phone")` where staff are signed in."""
    if sessions.current() is not None:
        raise Problem("staff_phone")


def check_may_act(case: Case) -> None:
    """Raises `Problem("phone_tail_needed")` while the phone's last four digits are owed."""
    check_own_phone()
    if not case.may_act:
        raise Problem("phone_tail_needed")


def take_step(session: Session, request_id: str, to: str, *, reason: str = "", now: int) -> None:
    """The resident's step; raises `Problem("step_not_now")` when the request has moved on meanwhile. `now` in ms."""
    change = step(to, reason=reason, evidence=["resident_agreement"] if to == "agreed" else [])
    (outcome,) = write(session, [patch("service_request", request_id, {"status": change})], actor=RESIDENT, now=now)
    if outcome.outcome == "parked":
        raise Problem("step_not_now")


def evaluation() -> Evaluation:
    """How this city's programme has answers evaluated."""
    return programmes.load(current_app.config["DOORSTEP"].programme).evaluation


def rating_opens_at(case: Case) -> int | None:
    """The instant (ms) from which the answer may be rated; None when there is nothing to rate."""
    if not case.may_be_rated or case.said_done_at is None:
        return None
    return case.said_done_at + evaluation().rates_after_hours * HOUR_MS


def check_may_rate(case: Case, now: int) -> None:
    """Raises `Problem` when a rating would be the second, too early, or not the resident's own."""
    check_may_act(case)
    if case.rating is not None:
        raise Problem("rating_done")
    opens_at = rating_opens_at(case)
    if opens_at is None:
        raise Problem("rating_nothing")
    if now < opens_at:
        raise Problem("rating_too_early")


def rate(session: Session, case: Case, opinion: Opinion, now: int) -> None:
    """Keep the rating; one that was asked for by staff is told to the task force, and to nobody else."""
    session.add(
        Rating(
            service_request_id=case.request.id,
            score=opinion.score,
            agreed=True if case.request.agreed_at else None,
            text=opinion.text or None,
            pressured=opinion.pressured,
            rated_at=now,
        )
    )
    try:
        session.flush()
    except IntegrityError:
        raise Problem("rating_done") from None
    if opinion.pressured:
        _tell_task_force(session, case.request, now)


def _tell_task_force(session: Session, request: ServiceRequest, now: int) -> None:
    area_id = request.area_id or ""
    covers = [area_id[:length] for length in range(1, len(area_id) + 1)]
    accounts = session.scalars(
        select(Account).where(
            Account.role == "task_force", Account.active, or_(Account.area_id.is_(None), Account.area_id.in_(covers))
        )
    )
    notices = [
        create(
            "notice",
            {
                "kind": "rating_pressured",
                "title": "有群众反映被要求给好评",
                "text": f"查询码 {format_tracking_code(request.tracking_code or '')}："
                "群众评价时勾选了“有人要求我给好评”。请核实，并对走访干部保密。",
                "about_collection": "service_request",
                "about_id": request.id,
                "created_at": now,
            },
            scope=f"user:{account.cadre_id or account.id}",
        )
        for account in accounts
    ]
    write(session, notices, actor=SYSTEM, now=now)
