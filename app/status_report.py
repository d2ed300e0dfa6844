"""What an operator wants to read in the morning: what is late or stuck, in one sentence each."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from flask import current_app
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.models.accounts import Device
from app.models.forwarding import Forwarding, JobRun
from app.synced import DOOR

_HOUR_MS = 3_600_000
_DAY_MS = 24 * _HOUR_MS
_WORKER_SILENT_MS = 120_000


@dataclass(frozen=True)
class Line:
    """One statement; `ok` false wants somebody's attention."""

    code: str
    ok: bool
    count: int
    zh: str
    en: str


def status_report(session: Session, now: int) -> list[Line]:
    """All lines, the same ones every day."""
    return [
        _phones(session, now),
        _parked(session),
        _deliveries(session, now),
        _dead(session),
        _worker(session, now),
        *_jobs(session),
        _backup(now),
    ]


def _phones(session: Session, now: int) -> Line:
    holding = session.scalar(
        select(func.count())
        .select_from(Device)
        .where(Device.pending > 0, Device.synced_at < now - _DAY_MS, Device.revoked.is_(None))
    )
    n = int(holding or 0)
    return Line(
        "phones_holding",
        n == 0,
        n,
        f"{n} 台手机有未送达的记录，且超过一天没有同步。",
        f"{n} phones hold records and have not synced for a day.",
    )


def _parked(session: Session) -> Line:
    table = DOOR.tables.parked
    n = int(session.scalar(select(func.count()).select_from(table).where(table.c.settled_at.is_(None))) or 0)
    return Line("parked", n == 0, n, f"{n} 条记录待人工处理。", f"{n} records wait for a person.")


def _deliveries(session: Session, now: int) -> Line:
    late = (
        select(func.count())
        .select_from(Forwarding)
        .where(Forwarding.state.not_in(("done", "dead")), Forwarding.created_at < now - _HOUR_MS)
    )
    n = int(session.scalar(late) or 0)
    return Line(
        "deliveries_late",
        n == 0,
        n,
        f"{n} 件上报超过一小时仍未送达平台。",
        f"{n} forwardings have not reached the platform for an hour.",
    )


def _dead(session: Session) -> Line:
    n = int(session.scalar(select(func.count()).select_from(Forwarding).where(Forwarding.state == "dead")) or 0)
    return Line("deliveries_dead", n == 0, n, f"{n} 件上报需要人工处理。", f"{n} forwardings need a person.")


def _worker(session: Session, now: int) -> Line:
    beat = session.scalar(select(JobRun.started_at).where(JobRun.job == "heartbeat")) or 0
    minutes = int((now - beat) / 60_000) if beat else -1
    if minutes < 0:
        return Line("worker", False, 0, "后台程序还没有运行过。", "The background worker has not run yet.")
    alive = now - beat < _WORKER_SILENT_MS
    return Line(
        "worker",
        alive,
        minutes,
        f"后台程序最近一次心跳在 {minutes} 分钟前。",
        f"The worker's last sign of life is {minutes} minutes old.",
    )


def _jobs(session: Session) -> list[Line]:
    failed = session.execute(select(JobRun.job, JobRun.error).where(JobRun.error.is_not(None)))
    return [
        Line(f"job_{job}", False, 1, f"后台任务 {job} 上次没有完成：{error}", f"The job {job} did not finish: {error}")
        for job, error in failed
    ]


def _backup(now: int) -> Line:
    folder: Path = current_app.config["DOORSTEP"].data_dir / "backups"
    newest = max((p.stat().st_mtime for p in folder.glob("*.tar")), default=0) * 1000
    hours = int((now - newest) / _HOUR_MS) if newest else -1
    if hours < 0:
        return Line("backup", False, 0, "还没有备份。", "There is no backup yet.")
    return Line(
        "backup", hours < 26, hours, f"最近一次备份在 {hours} 小时前。", f"The last backup is {hours} hours old."
    )
