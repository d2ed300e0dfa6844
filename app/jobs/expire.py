"""What has run out by the hour: sessions, enrolment codes, uploads waiting for a yes, pushes to phones that were taken back."""

from __future__ import annotations

from flask import current_app
from sqlalchemy import and_, delete, or_, update

from app.database import writing
from app.imports import previews
from app.jobs import Report
from app.jobs.schedule import DAY_MS, HOUR_MS, due_every
from app.models.accounts import Device, EnrolmentCode, LoginSession
from app.sessions import IDLE_MS

NAME = "expire"


def is_due(now: int) -> bool:
    """Every hour: an upload holds personal data and is kept for one."""
    return due_every(NAME, HOUR_MS, now)


def run(now: int) -> Report:
    """Delete what has run out at `now` (ms)."""
    report = Report(NAME)
    idle = and_(LoginSession.device_id.is_(None), LoginSession.seen_at < now - IDLE_MS)
    with writing() as session:
        sessions = session.execute(delete(LoginSession).where(or_(LoginSession.expires_at < now, idle)))
        # A day's grace: somebody who types an old code reads that it has expired, and not that it never was.
        codes = session.execute(delete(EnrolmentCode).where(EnrolmentCode.expires_at < now - DAY_MS))
        pushes = session.execute(
            update(Device)
            .where(Device.revoked.is_not(None), Device.push_subscription.is_not(None))
            .values(push_subscription=None)
        )
    for word, result in (("sessions", sessions), ("codes", codes), ("push_subscriptions", pushes)):
        report.add(word, result.rowcount)  # type: ignore[attr-defined]
    report.add("uploads", previews.purge(current_app.config["DOORSTEP"].data_dir / "imports"))
    return report
