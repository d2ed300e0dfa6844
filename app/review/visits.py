"""The visits of a period: by kind of target, outcome, finding and grade of evidence, and how many cadres went out."""

from __future__ import annotations

from collections import Counter
from typing import Any

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from app.models.places import Place
from app.models.visits import Visit
from app.review.reach import Period, Reach


def live(reach: Reach, period: Period) -> ColumnElement[bool]:
    """Visits of the period that count: neither withdrawn nor deleted."""
    return and_(
        period.has_day(Visit.visit_on, reach),
        reach.covers(Visit.scope),
        Visit.deleted.is_(False),
        Visit.withdrawn.is_not(True),
    )


def summary(session: Session, reach: Reach, period: Period) -> dict[str, Any]:
    """Totals, each the sum of one grouping of the same rows; `none` stands for what nobody filled in."""
    grouped = session.execute(
        select(Place.kind, Visit.outcome, Visit.finding, Visit.evidence, Visit.late_entry, func.count())
        .outerjoin(Place, Place.id == Visit.place_id)
        .where(live(reach, period))
        .group_by(Place.kind, Visit.outcome, Visit.finding, Visit.evidence, Visit.late_entry)
    ).all()
    sums: dict[str, Counter[str]] = {name: Counter() for name in ("kind", "outcome", "finding", "evidence")}
    total = late = 0
    for kind, outcome, finding, evidence, late_entry, count in grouped:
        total += count
        late += count if late_entry else 0
        for name, value in (("kind", kind), ("outcome", outcome), ("evidence", evidence)):
            sums[name][value or "none"] += count
        if finding:
            sums["finding"][finding] += count
    return {
        "total": total,
        "late_entries": late,
        "cadre_days": cadre_days(session, reach, period),
        **{name: dict(counter) for name, counter in sums.items()},
    }


def cadre_days(session: Session, reach: Reach, period: Period) -> int:
    """Cadre-visits (人次): how many cadres went out, each counted once a day, companions too."""
    whose = select(Visit.visit_on, Visit.cadre_id).where(live(reach, period)).distinct()
    out = {(on, cadre) for on, cadre in session.execute(whose)}
    with_others = (
        select(Visit.visit_on, Visit.companions).where(live(reach, period), Visit.companions.is_not(None)).distinct()
    )
    for on, companions in session.execute(with_others):
        out.update((on, cadre) for cadre in companions or ())
    return len(out)
