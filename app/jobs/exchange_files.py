"""File exchange: makes the tables that go out, reads the tables that came back, and leaves a protocol beside each of them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import structlog
from sqlalchemy import select

from app.database import reading, writing
from app.external.file_exchange import FileExchange, bundle
from app.external.returned_files import ReturnedFile, read_table
from app.jobs import Report, moving
from app.jobs.delivery_rows import adapters, all_targets
from app.models.forwarding import PlatformNews
from app.platform_inbox import store_news

log = structlog.get_logger()

EVERY_S = 3600


def is_due(now: int) -> bool:
    """Whether any target works by files; what lies in its folders is cheap to see."""
    return bool(_folders())


def run(now: int) -> Report:
    """Go through the folders of all targets that work by files; returns counts."""
    report, clock = Report("exchange_files"), moving(now)
    for code, (folder, every_ms) in _folders().items():
        report.add("tables", len(bundle(folder, clock(), every_ms)))
        for path in sorted((folder / "in").glob("*.xlsx")):
            _read(code, folder, path, clock(), report)
    return report


def _folders() -> dict[str, tuple[Path, int]]:
    ways = adapters()
    with reading() as session:
        found = [(target, ways.of(target)) for target in all_targets(session).values() if target.enabled]
        return {
            target.code: (adapter.target.folder, round(float(adapter.target.settings.get("every_s", EVERY_S)) * 1000))
            for target, adapter in found
            if isinstance(adapter, FileExchange)
        }


def _read(target: str, folder: Path, path: Path, now: int, report: Report) -> None:
    """Read one table. It is moved away last: after a crash it is read again, and the inbox knows what it has."""
    found = read_table(path, now)
    with writing() as session:
        stored = store_news(session, target, found.updates, "file", now, strangers=True)
    report.add("news", stored)
    report.add("row_errors", len(found.errors))
    done = folder / "read" / path.name
    done.parent.mkdir(parents=True, exist_ok=True)
    protocol = done.with_suffix(".txt")
    protocol.write_text(_protocol(path.name, found, _unknown(target, found)), encoding="utf-8")
    os.replace(path, done)
    log.info("exchange_file_read", target=target, rows=len(found.updates), new=stored, errors=len(found.errors))


def _unknown(target: str, found: ReturnedFile) -> list[str]:
    """Updates of the table that belong to no delivery of ours."""
    ids = [update.update_id for update in found.updates]
    with reading() as session:
        lines = session.scalars(
            select(PlatformNews.update_id).where(
                PlatformNews.target == target,
                PlatformNews.forwarding_id.is_(None),
                PlatformNews.update_id.in_(ids),
            )
        )
        return list(lines)


def _protocol(name: str, found: ReturnedFile, unknown: Sequence[str]) -> str:
    lines = [f"{name}：读取{len(found.updates)}条，有误{len(found.errors)}条，编号不在本系统{len(unknown)}条。"]
    lines += found.errors
    lines += [f"第{found.rows[update_id]}行：编号不在本系统，已留存待核对。" for update_id in unknown]
    return "\n".join(lines) + "\n"
