"""When a job is to run: every so often, or once a day from an hour on. What ran last stands in `job_run`."""

from __future__ import annotations

from app.database import reading
from app.domain.workdays import day_of, first_ms
from app.models.forwarding import JobRun

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS
# A run that failed is tried again, but not at every tick of the worker.
RETRY_MS = 30 * MINUTE_MS


def due_every(job: str, every_ms: int, now: int) -> bool:
    """Whether the job last began `every_ms` ago or earlier, or never. `now` in ms."""
    with reading() as session:
        last = session.get(JobRun, job)
        return last is None or now - last.started_at >= every_ms


def due_daily(job: str, at_ms: int, now: int, after: str | None = None) -> bool:
    """Whether today's run is still owed; `at_ms` is its time after midnight in Asia/Shanghai.

    After an outage it is made up for at any later hour of the day, never for a day that has passed. `after` names the job
    that must have ended today before: the jobs of the night run one by one, so that they never take all threads of the worker
    from the forwarding.
    """
    today_at = first_ms(day_of(now)) + at_ms
    if now < today_at:
        return False
    with reading() as session:
        last, before = session.get(JobRun, job), session.get(JobRun, after) if after else None
    if after and (before is None or before.started_at < first_ms(day_of(now))):
        return False
    if last is None or last.started_at < today_at:
        return True
    return last.error is not None and now - last.started_at >= RETRY_MS
