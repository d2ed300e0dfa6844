"""The Friday board (走访日看板): one page of numbers, and its sign-off. No number belongs to a single cadre."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app import dead_letters
from app.audit import append as audit
from app.ids import new_id
from app.models.people import Team
from app.models.reviews import ReviewFriday
from app.models.service_requests import ServiceRequest
from app.programmes.shape import Programme
from app.review import burden, coverage, evaluations, parked, phones, projects, requests, spot_check, visits
from app.review.reach import Period, Reach, days_before, title
from app.writes import Actor

# Sums of ratings are given by the month, so that no single Friday's few can be guessed.
_EVALUATION_DAYS = 31


def board(session: Session, reach: Reach, period: Period, programme: Programme, now: int) -> dict[str, Any]:
    """All of it; `complete` false means that every number is provisional (暂计).

    Coverage of more than a team takes seconds and is asked for by itself.
    """
    in_ = phones.summary(session, reach, period, now)
    raised = requests.summary(session, reach, period)
    out = visits.summary(session, reach, period)
    month = Period(min(period.from_on, days_before(period.on, _EVALUATION_DAYS - 1)), period.on)
    return {
        "on": period.on,
        "from_on": period.from_on,
        "reach": {"key": reach.key, "name": title(session, reach), "teams": _teams(session, reach)},
        "at": now,
        "complete": in_["complete"],
        "phones": in_,
        "visits": out,
        "coverage": coverage.page(session, reach, period) if reach.team else None,
        "requests": {**raised, "standing": requests.standing_in_funnel(session, reach)},
        "due": requests.due_summary(session, reach, now),
        "classes": projects.classes(session, reach, period),
        "spot_check": spot_check.summary(session, reach, period.on),
        "evaluations": evaluations.summary(session, reach, month, programme.evaluation.hidden_below),
        "burden": burden.summary(session, reach, period, out["cadre_days"]),
        "signed": signed(session, reach, period.on),
        "waiting": waiting(session, reach),
    }


def waiting(session: Session, reach: Reach) -> dict[str, int]:
    """What waits for a person of this reach: parked records, and deliveries that the forwarder has given up."""
    may_see = dead_letters.seen(reach.covers(ServiceRequest.scope), confidential=reach.confidential)
    return {"parked": parked.count(session, reach), "dead_letters": dead_letters.count(session, may_see)}


def _teams(session: Session, reach: Reach) -> int:
    return session.scalar(select(func.count()).select_from(Team).where(reach.has_team(Team.id))) or 0


def figures(session: Session, reach: Reach, period: Period) -> dict[str, int]:
    """The figures a city publishes about its Fridays, each counted from rows."""
    out = visits.summary(session, reach, period)
    raised = requests.summary(session, reach, period)
    stages = {line["stage"]: line["reached"] for line in raised["funnel"]}
    return {
        "cadre_visits": out["cadre_days"],
        "household_visits": out["kind"].get("household", 0),
        "enterprise_visits": out["kind"].get("enterprise", 0),
        "village_visits": out["kind"].get("village", 0),
        "solved_directly": raised["ways"]["on_the_spot"],
        "opinions": out["finding"].get("opinion", 0),
        "uploaded": stages["uploaded"],
        "dispatched": stages["dispatched"],
        "fed_back": stages["answered"],
    }


def signed(session: Session, reach: Reach, on: str) -> dict[str, Any] | None:
    """Who signed this day off, and what it said then."""
    row = session.scalar(select(ReviewFriday).where(ReviewFriday.visit_on == on, ReviewFriday.reach == reach.key))
    if row is None:
        return None
    return {
        "by": row.signed_name,
        "at": row.at,
        "note": row.note,
        "complete": row.complete,
        "numbers": row.numbers,
    }


def sign(
    session: Session, reach: Reach, period: Period, note: str | None, actor: Actor, now: int
) -> ReviewFriday | None:
    """Sign a visit day off with the numbers as they are counted now; None if somebody has signed it already."""
    if signed(session, reach, period.on) is not None:
        return None
    complete = phones.summary(session, reach, period, now)["complete"]
    row = ReviewFriday(
        id=new_id(),
        visit_on=period.on,
        reach=reach.key,
        signed_by=actor.id or "",
        signed_name=actor.name,
        at=now,
        note=note,
        complete=complete,
        numbers=figures(session, reach, period),
    )
    session.add(row)
    audit(session, actor.id, "friday_signed", now=now, subject=f"{reach.key} {period.on}")
    return row
