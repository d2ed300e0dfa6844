"""The rule self-check (规则自查): each ban of the State Council's rules for such apps, and what is true here, counted from rows.

国办函〔2026〕12号, known here from reprints.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import case, func, or_, select
from sqlalchemy.orm import Session

from app.models.people import Cadre
from app.models.visits import Visit
from app.programmes.shape import Programme
from app.review import burden, visits
from app.review.reach import Period, Reach

_NO_LOCATION = ("denied", "timeout", "unavailable", "off")


def facts(session: Session, reach: Reach, period: Period, programme: Programme) -> dict[str, Any]:
    """What is switched on, and how the visits of the period show it: those without location, without photo, entered late."""
    no_photos = or_(Visit.photos.is_(None), Visit.photos == [])
    no_location = Visit.evidence_reason.in_(_NO_LOCATION)
    total, no_photo, no_fix, late = session.execute(
        select(
            func.count(),
            func.coalesce(func.sum(case((no_photos, 1), else_=0)), 0),
            func.coalesce(func.sum(case((no_location, 1), else_=0)), 0),
            func.coalesce(func.sum(case((Visit.late_entry.is_(True), 1), else_=0)), 0),
        ).where(visits.live(reach, period))
    ).one()
    switched_off = session.scalar(
        select(func.count())
        .select_from(Cadre)
        .where(reach.has_team(Cadre.team_id), Cadre.location_off.is_(True), Cadre.deleted.is_(False))
    )
    return {
        "programme": {"zh": programme.name_zh, "en": programme.name_en},
        "location_check_in": programme.location_check_in,
        "location_switched_off": switched_off or 0,
        "visits": total,
        "without_photo": no_photo,
        "without_fix": no_fix,
        "late_entries": late,
        "burden": burden.summary(session, reach, period, visits.cadre_days(session, reach, period)),
    }
