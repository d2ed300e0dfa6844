"""The burden meter: what the app costs those who use it. The task force watches the burden, never the cadre."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from app.domain.evaluations import HIDDEN_BELOW
from app.models.visits import Visit
from app.review import visits
from app.review.reach import Period, Reach

# Whoever leaves a visit open and finishes it in the evening was not tapping all day.
_LONGEST_S = 2 * 3600
OUTCOMES = ("met", "nobody")


def summary(session: Session, reach: Reach, period: Period, days: int) -> dict[str, Any]:
    """Median seconds from "arrived" to "done" by outcome (with the talk, where somebody was met), and minutes a cadre and day.

    `days` are the cadre-visits (人次). Late entries say nothing about seconds. Below five cadres everything is None: a median of two people is a person.
    """
    seconds: ColumnElement[Any] = (Visit.finished_at - Visit.arrived_at) // 1000
    measured = (
        visits.live(reach, period),
        Visit.late_entry.is_not(True),
        Visit.finished_at.is_not(None),
        seconds.between(0, _LONGEST_S),
    )
    cadres = session.scalar(select(func.count(Visit.cadre_id.distinct())).where(*measured)) or 0
    if cadres < HIDDEN_BELOW:
        return {"hidden": True, "median_s": None, "minutes_each": None}
    counts = session.execute(
        select(Visit.outcome, seconds, func.count()).where(*measured).group_by(Visit.outcome, seconds)
    ).all()
    spreads: dict[str, dict[int, int]] = {outcome: {} for outcome in OUTCOMES}
    for outcome, second, count in counts:
        if outcome in spreads:
            spreads[outcome][second] = count
    whole_s = sum(second * count for _, second, count in counts)
    return {
        "hidden": False,
        "median_s": {outcome: median(spread) for outcome, spread in spreads.items()},
        "minutes_each": round(whole_s / 60 / days, 1) if days else None,
    }


def median(counts: dict[int, int]) -> float | None:
    """The median of values given as value → how often; None of nothing."""
    total = sum(counts.values())
    if not total:
        return None
    middle, passed, low = total / 2, 0, None
    for value in sorted(counts):
        passed += counts[value]
        if low is not None:
            return (low + value) / 2
        if passed > middle:
            return value
        if passed == middle:
            low = value
    return low
