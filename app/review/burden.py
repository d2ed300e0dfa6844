"""The burden meter: what the app costs those who use it. The task force watches the burden, never the cadre."""

from __future__ import annotations

from collections.abc import Sequence
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
    """Median seconds and taps from "arrived" to "done" by outcome (with the talk, where somebody was met), and minutes a cadre and day.

    `days` are the cadre-visits (人次). Late entries say nothing about seconds. Below five cadres everything is None: a median of two people is a person.
    """
    seconds: ColumnElement[Any] = (Visit.finished_at - Visit.arrived_at) // 1000
    measured = (
        visits.live(reach, period),
        Visit.late_entry.is_not(True),
        Visit.finished_at.is_not(None),
        seconds.between(0, _LONGEST_S),
    )
    spent = _spread(session, seconds, measured)
    if spent is None:
        return {"hidden": True, "median_s": None, "median_taps": None, "minutes_each": None}
    taps = _spread(session, Visit.taps, (*measured, Visit.taps.is_not(None)))
    whole_s = sum(second * count for counts in spent.values() for second, count in counts.items())
    return {
        "hidden": False,
        "median_s": _medians(spent),
        "median_taps": taps and _medians(taps),
        "minutes_each": round(whole_s / 60 / days, 1) if days else None,
    }


def _spread(
    session: Session, value: Any, where: Sequence[ColumnElement[bool]]
) -> dict[str | None, dict[int, int]] | None:
    """How often each value, by outcome; None below five cadres."""
    cadres = session.scalar(select(func.count(Visit.cadre_id.distinct())).where(*where)) or 0
    if cadres < HIDDEN_BELOW:
        return None
    spread: dict[str | None, dict[int, int]] = {}
    counted = select(Visit.outcome, value, func.count()).where(*where).group_by(Visit.outcome, value)
    for outcome, one, count in session.execute(counted):
        spread.setdefault(outcome, {})[one] = count
    return spread


def _medians(spread: dict[str | None, dict[int, int]]) -> dict[str, float | None]:
    return {outcome: median(spread.get(outcome, {})) for outcome in OUTCOMES}


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
