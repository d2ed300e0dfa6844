"""The three evaluations (三评议): sheets of superiors and peers entered by the task force, ratings given by residents."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.evaluations import BEST, WORST, check_score, summarise
from app.ids import new_id
from app.models.reviews import EvaluationSheet
from app.models.service_requests import Rating, ServiceRequest
from app.review.reach import Period, Reach
from app.review.requests import seen

# Who fills in sheets; the third kind, `served`, comes from the residents' own pages.
SHEETS = ("superiors", "peers")


def summary(session: Session, reach: Reach, period: Period, hidden_below: int) -> list[dict[str, Any]]:
    """One line for each of the three, over the month that ends with the period; without numbers below `hidden_below` answers."""
    lines = []
    for by in (*SHEETS, "served"):
        found = summarise(_spread(session, reach, period, by), hidden_below)
        lines.append({"by": by, "hidden_below": hidden_below, **found._asdict()})
    return lines


def _spread(session: Session, reach: Reach, period: Period, by: str) -> list[int]:
    if by == "served":
        asked = (
            select(Rating.score, func.count())
            .join(ServiceRequest, ServiceRequest.id == Rating.service_request_id)
            .where(seen(reach), Rating.rated_at >= period.start_ms, Rating.rated_at < period.end_ms)
            .group_by(Rating.score)
        )
    else:
        asked = (
            select(EvaluationSheet.score, func.count())
            .where(
                EvaluationSheet.by == by,
                reach.has_team(EvaluationSheet.team_id),
                EvaluationSheet.on.between(period.from_on, period.on),
            )
            .group_by(EvaluationSheet.score)
        )
    counts: dict[int, int] = dict(session.execute(asked).all())
    return [counts.get(score, 0) for score in range(WORST, BEST + 1)]


def enter(
    session: Session, team_id: str, by: str, score: object, text: str | None, on: str, entered_by: str, now: int
) -> EvaluationSheet:
    """Keep one sheet; raises ValueError for a wrong score or kind."""
    if by not in SHEETS:
        raise ValueError("by")
    sheet = EvaluationSheet(
        id=new_id(),
        team_id=team_id,
        by=by,
        on=on,
        score=check_score(score),
        text=text,
        entered_by=entered_by,
        entered_at=now,
    )
    session.add(sheet)
    return sheet
