"""Signals on visits (impossible travel, the same decimals, tap-through, unverified clock), kept up to date by night.

They only weight the spot check (抽查回访), and the cadre sees them too. Phones come in late: the last fortnight is looked at again.
"""

from __future__ import annotations

from sqlalchemy import select

from app.database import reading
from app.domain.workdays import date_of_day, day_of
from app.jobs import Report, archive
from app.jobs.schedule import due_daily
from app.models.people import Team
from app.review.reach import Period, team_reach
from app.review.signals import flag

NAME = "signals"
DAYS = 14


def is_due(now: int) -> bool:
    """Every night, after the archive."""
    return due_daily(NAME, archive.AT_MS, now, after=archive.NAME)


def run(now: int) -> Report:
    """Bring the flags of the last `DAYS` days before `now` (ms) up to date, a team at a time."""
    report = Report(NAME)
    today = day_of(now)
    period = Period(date_of_day(today - DAYS).isoformat(), date_of_day(today).isoformat())
    with reading() as session:
        teams = list(session.scalars(select(Team.id).where(Team.deleted.is_(False))))
    for team in teams:
        report.add("visits", flag(team_reach(team), period, now))
    return report
