"""The night's backup, rotated, and a copy of the ledger (台账) that any SQLite reader opens."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path

from flask import current_app

import config
from app.backup import back_up
from app.database import reading
from app.domain.workdays import date_of_day, day_of
from app.exports.ledger import Ledger, clock
from app.exports.selection import Selection
from app.exports.snapshot import write_snapshot
from app.jobs import Report, archive, purge
from app.jobs.schedule import due_daily
from app.programmes import load

NAME = "snapshot"
DAILY = 7
WEEKLY = 4
# A quarter is what the boards look back on; the whole history stands in the backup.
LEDGER_DAYS = 92
_PREFIX = "nightly-"
_HALF_MADE_S = 86_400


def is_due(now: int) -> bool:
    """Every night, after the purge: what has been forgotten shall not be copied."""
    return due_daily(NAME, archive.AT_MS, now, after=purge.NAME)


def run(now: int) -> Report:
    """Back everything up, delete old backups, renew the ledger's copy. `now` in ms."""
    report = Report(NAME)
    settings: config.Config = current_app.config["DOORSTEP"]
    today = date_of_day(day_of(now))
    folder = settings.data_dir / "backups"
    back_up(settings, folder / f"{_PREFIX}{today.isoformat()}.tar")
    report.add("backups")
    report.add("old_backups", _rotate(folder))
    copy_ledger(settings, today, now)
    report.add("ledgers")
    return report


def kept(made_on: Iterable[date]) -> set[date]:
    """Which nightly backups to keep: the seven newest, and of the older ones the newest of each of four weeks."""
    newest = sorted(made_on, reverse=True)
    weeks: dict[tuple[int, int], date] = {}
    for on in newest[DAILY:]:
        weeks.setdefault(on.isocalendar()[:2], on)
    return {*newest[:DAILY], *list(weeks.values())[:WEEKLY]}


def _rotate(folder: Path) -> int:
    """Delete nightly backups that are not kept; those that a person made stay."""
    made = {_date_of(path): path for path in folder.glob(f"{_PREFIX}*.tar")}
    made.pop(None, None)
    known = {on: path for on, path in made.items() if on is not None}
    old = [path for on, path in known.items() if on not in kept(known)]
    # What a crash left half made; a younger one may be under way.
    old += [path for path in folder.glob("*.part") if time.time() - path.stat().st_mtime > _HALF_MADE_S]
    for path in old:
        path.unlink()
    return len(old)


def _date_of(path: Path) -> date | None:
    try:
        return date.fromisoformat(path.stem.removeprefix(_PREFIX))
    except ValueError:
        return None


def copy_ledger(settings: config.Config, today: date, now: int) -> Path:
    """Write the last quarter's ledger, masked, to `snapshots/ledger.db`; readers of the old copy keep it."""
    target = settings.data_dir / "snapshots" / "ledger.db"
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = target.with_suffix(".part")
    part.unlink(missing_ok=True)
    selection = Selection(today - timedelta(days=LEDGER_DAYS), today, None, confidential=False)
    programme = load(settings.programme)
    about = {"工作": programme.name_zh, "期间": selection.words(), "生成时间": clock(now), "脱敏": "是"}
    with reading() as session:
        write_snapshot(part, Ledger(session, selection, programme), about)
    part.chmod(0o600)
    os.replace(part, target)
    return target
