"""Photos that no record names are deleted after 90 days, with files that belong to no photo."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from flask import current_app
from sqlalchemy import Text, delete, select, type_coerce
from sqlalchemy.orm import Session

from app import photos
from app.database import reading, writing
from app.jobs import Report
from app.jobs.schedule import DAY_MS
from app.models.attachments import Attachment, PhotoNaming, PhotoSender
from app.models.diaries import Diary
from app.models.people import Cadre
from app.models.service_requests import ServiceRequest, ServiceRequestEvent
from app.models.visits import Visit
from app.synced import DOOR
from app.write_turn import in_turns

# A photo may come long before its record: phones send when they have a network, and keep the record for weeks.
KEPT_MS = 90 * DAY_MS
# The photos of a form that is still being put right have no row yet; their token lives a day.
STRAY_MS = 2 * DAY_MS
_HASH = re.compile(r"[0-9a-f]{64}")
_PARKED = DOOR.tables.parked.c
# Every column in which a record names a photo; what waits for a person may still become one.
_NAMED_IN: tuple[Any, ...] = (
    Visit.photos,
    ServiceRequest.photos,
    ServiceRequestEvent.photos,
    Diary.photos,
    Cadre.photo,
    _PARKED.body,
)


def clear(now: int, report: Report) -> None:
    """Delete unnamed photos older than 90 days at `now` (ms), and stray files older than two days."""
    folder: Path = current_app.config["DOORSTEP"].photo_dir
    with reading() as session:
        unnamed = _unnamed(session, now - KEPT_MS)
    for batch in in_turns(unnamed):
        with writing() as session:
            for model in (Attachment, PhotoNaming, PhotoSender):
                session.execute(delete(model).where(model.sha256.in_(batch)))
        report.add("photos", len(batch))
    report.add("files", sum(_delete_stray(files) for files in _old_files(folder, now - STRAY_MS)))


def _unnamed(session: Session, limit: int) -> list[str]:
    """Old photos that no record names."""
    left = set(session.scalars(select(Attachment.sha256).where(Attachment.created_at < limit)))
    for column in _NAMED_IN:
        if not left:
            break
        texts = session.scalars(
            select(type_coerce(column, Text)).where(column.is_not(None)), execution_options={"yield_per": 1000}
        )
        for text in texts:
            left.difference_update(_HASH.findall(text))
    return sorted(left)


def _old_files(folder: Path, limit: int) -> Iterator[list[Path]]:
    """Files of the folders `00` to `ff` written before `limit` (ms); the desk's photos lie elsewhere and are its own."""
    for shelf in sorted(folder.glob("[0-9a-f][0-9a-f]")):
        yield [path for path in shelf.iterdir() if path.stat().st_mtime * 1000 < limit]


def _delete_stray(files: Sequence[Path]) -> int:
    """Delete those that no photo's row leads to: what was just cleared, forms never sent, halves left by a crash."""
    names = {path.stem for path in files}
    if not names:
        return 0
    with reading() as session:
        known = set(session.scalars(select(Attachment.stored_sha256).where(Attachment.stored_sha256.in_(names))))
    stray = [path for path in files if path.stem not in known or path != photos.path_of(path.parent.parent, path.stem)]
    for path in stray:
        path.unlink(missing_ok=True)
    return len(stray)
