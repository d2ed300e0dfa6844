"""Archives (归档) what has ended: half a year after a request was closed, merged, refused or withdrawn."""

from __future__ import annotations

from sqlalchemy import func, select

from app.database import reading, writing
from app.jobs import Report
from app.jobs.schedule import DAY_MS, HOUR_MS, due_daily
from app.models.service_requests import ServiceRequest, ServiceRequestEvent
from app.write_turn import in_turns
from app.writes import Actor, patch, step, write

NAME = "archive"
AT_MS = HOUR_MS
# Within this time a resident may still say that it is not solved after all, and a leader may take it up again.
AFTER_MS = 180 * DAY_MS
ENDED = ("closed", "merged", "not_accepted", "withdrawn")
_ACTOR = Actor("system", None, "归档")


def is_due(now: int) -> bool:
    """Every night at one, the first of the night's jobs."""
    return due_daily(NAME, AT_MS, now)


def run(now: int) -> Report:
    """Archive all requests that ended `AFTER_MS` before `now` (ms) or earlier."""
    report = Report(NAME)
    ids = _ended_before(now - AFTER_MS)
    for batch in in_turns(ids):
        writes = [patch("service_request", i, {"status": step("archived")}) for i in batch]
        with writing() as session:
            outcomes = write(session, writes, actor=_ACTOR, now=now)
        # One that was reopened in the meantime is parked by the table of steps, and stays as it is.
        report.add("archived", sum(outcome.outcome == "applied" for outcome in outcomes))
    return report


def _ended_before(limit: int) -> list[str]:
    """Requests that have been in their present, final status since before `limit` (ms)."""
    event = ServiceRequestEvent
    since = (
        select(func.max(event.received_at))
        .where(event.service_request_id == ServiceRequest.id, event.kind == "status")
        .scalar_subquery()
    )
    with reading() as session:
        found = session.scalars(
            select(ServiceRequest.id).where(
                ServiceRequest.status.in_(ENDED),
                ServiceRequest.deleted.is_(False),
                func.coalesce(ServiceRequest.closed_at, since) < limit,
            )
        )
        return list(found)
