"""The background worker: `python -m app.jobs.worker`, one process beside the web server, on huey.

huey's own schedule counts in minutes; a request should leave within seconds. So its scheduler (a documented extension
point of its consumer) asks every job each second whether it is due, which is one indexed query, and queues those that are.
The queue holds no facts: what is to be done stands in the database, and a lost or doubled task does no harm.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

import structlog
from flask import Flask
from huey import Huey, RedisHuey, SqliteHuey
from huey.consumer import Consumer, Scheduler

import config
from app import collector, logs
from app.database import init_database, writing
from app.desk import retention
from app.ids import now_ms
from app.jobs import (
    Report,
    apply_news,
    archive,
    checkpoint,
    confirm_points,
    deadlines,
    digest,
    exchange_files,
    expire,
    forward,
    friday,
    notify,
    poll_platform,
    purge,
    reconcile,
    signals,
    snapshot,
    stopping,
)
from app.jobs.log_scrubbing import overwrite_freed_space
from app.jobs.schedule import HOUR_MS, due_daily
from app.models.forwarding import JobRun

log = structlog.get_logger()

WORKERS = 4
# A task that was not begun by then is stale: the next beat has queued another one.
_EXPIRES_S = 30
_QUEUE_LIMIT = 20
_SHUTDOWN_S = 8
# The thread that has the turn to write must not wait 5 ms, as by default, for each of the threads that read answers.
_SWITCH_S = 0.0005
# By its last beat the status page tells an idle worker from a dead one.
_HEARTBEAT_MS = 30_000
_FOLDERS_MS = 15_000
_DESK_AT_MS = 3 * HOUR_MS


@dataclass
class Job:
    """A job and when it is due. It never runs twice at once in one process."""

    name: str
    run: Callable[[int], Report]
    is_due: Callable[[int], bool]
    busy: threading.Lock = field(default_factory=threading.Lock)


@dataclass
class Every:
    """Due at the worker's start, then once in so many milliseconds; for jobs that cannot tell by looking."""

    milliseconds: int
    last: int | None = None

    def __call__(self, now: int) -> bool:
        if self.last is not None and now - self.last < self.milliseconds:
            return False
        self.last = now
        return True


def schedule() -> list[Job]:
    """All jobs of this product, the most urgent first."""
    return [
        Job("forward", forward.run, forward.is_due),
        Job("reconcile", reconcile.run, reconcile.is_due),
        Job("poll_platform", poll_platform.run, poll_platform.is_due),
        Job("apply_news", apply_news.run, apply_news.is_due),
        Job("exchange_files", exchange_files.run, Every(_FOLDERS_MS)),
        Job("notify", notify.run, notify.is_due),
        Job("deadlines", deadlines.run, deadlines.is_due),
        Job("digest", digest.run, digest.is_due),
        Job("friday", friday.run, friday.is_due),
        Job("archive", archive.run, archive.is_due),
        Job("signals", signals.run, signals.is_due),
        Job("confirm_points", confirm_points.run, confirm_points.is_due),
        Job("purge", purge.run, purge.is_due),
        Job("desk_retention", desk_retention, partial(due_daily, "desk_retention", _DESK_AT_MS, after="purge")),
        Job("snapshot", snapshot.run, snapshot.is_due),
        Job("expire", expire.run, expire.is_due),
        Job("heartbeat", lambda _now: Report("heartbeat"), Every(_HEARTBEAT_MS)),
    ]


def desk_retention(now: int) -> Report:
    """Contacts and photos that the embedded desk (内置受理平台) may not keep any longer."""
    report = Report("desk_retention")
    while not stopping.is_set():
        with writing() as session:
            overwrite_freed_space(session)
            forgotten = retention.forget(session, now)
        if not forgotten:
            break
        report.add("contacts", forgotten)
    return report


def background_app(settings: config.Config) -> Flask:
    """The product without its pages: settings and database."""
    app = Flask("doorstep-worker")
    app.config["DOORSTEP"] = settings
    app.config["SQLALCHEMY_DATABASE_URI"] = settings.database_url
    # A failing statement must not write what people said into the log.
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = {"hide_parameters": True}
    init_database(app)
    return app


def make_huey(settings: config.Config) -> Huey:
    """The queue: a file beside the database, or Redis when it is configured."""
    if settings.redis_url:
        return RedisHuey("doorstep", url=settings.redis_url, results=False)
    return SqliteHuey("doorstep", filename=str(settings.data_dir / "jobs.db"), results=False)


def add_jobs(huey: Huey, app: Flask, jobs: list[Job]) -> None:
    """Register each job as a task that huey's scheduler queues whenever the job says it is due."""
    for job in jobs:

        def is_due(_moment: datetime, job: Job = job) -> bool:
            return not stopping.is_set() and not job.busy.locked() and _ask(huey, app, job)

        def task(job: Job = job) -> None:
            with app.app_context():
                run_job(job)

        huey.periodic_task(is_due, name=job.name, expires=_EXPIRES_S)(task)


def _ask(huey: Huey, app: Flask, job: Job) -> bool:
    try:
        with app.app_context():
            return huey.pending_count() < _QUEUE_LIMIT and job.is_due(now_ms())
    except Exception as error:
        # The scheduler must outlive a database that is away for a while.
        log.error("job_check_failed", job=job.name, kind=type(error).__name__)
        return False


def run_job(job: Job) -> Report | None:
    """Run a job unless it runs already; its report or failure is noted where the status page reads it."""
    if not job.busy.acquire(blocking=False):
        return None
    try:
        started = now_ms()
        try:
            report = job.run(started)
        except Exception as error:
            # The traceback names our lines, not the values: those may be somebody's words.
            log.error("job_failed", job=job.name, kind=type(error).__name__, at=_where(error))
            _note(job, started, None, type(error).__name__)
            return None
        if not report.idle:
            log.info("job_done", job=job.name, **{f"n_{word}": number for word, number in report.counts.items()})
        _note(job, started, dict(report.counts), None)
        return report
    finally:
        job.busy.release()


def _where(error: BaseException) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else ""


def _note(job: Job, started: int, report: dict[str, Any] | None, error: str | None) -> None:
    with writing() as session:
        session.merge(JobRun(job=job.name, started_at=started, finished_at=now_ms(), report=report, error=error))


class Beat(Scheduler):  # type: ignore[misc]
    """huey's scheduler, asking every second instead of every minute."""

    periodic_task_seconds = 1


class Worker(Consumer):  # type: ignore[misc]
    """huey's consumer with our beat; asked to end, it lets running jobs finish what is under way."""

    scheduler_class = Beat

    def stop(self, graceful: bool = False) -> None:
        stopping.set()
        super().stop(graceful)


def main() -> None:
    """Work until stopped."""
    settings = config.load()
    logs.configure(settings)
    huey = make_huey(settings)
    app = background_app(settings)
    add_jobs(huey, app, schedule())
    checkpoint.begin(app)
    collector.settle()
    sys.setswitchinterval(_SWITCH_S)
    Worker(
        huey, workers=WORKERS, max_delay=0.5, scheduler_interval=1, shutdown_timeout=_SHUTDOWN_S, graceful_signal="TERM"
    ).run()


if __name__ == "__main__":
    main()
