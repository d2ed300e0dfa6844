"""A resident's phone number and photos are deleted two years after the request has ended, as the notice under the form promises.

Not only the request has them: they stand in the frozen copies of what was forwarded, and in the tables of file exchange.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flask import current_app
from sqlalchemy import Text, func, or_, select, type_coerce, update

from app.database import reading, writing
from app.domain.service_requests import TERMINAL
from app.jobs import Report
from app.jobs.log_scrubbing import overwrite_freed_space
from app.models.forwarding import Forwarding
from app.models.service_requests import ServiceRequest, ServiceRequestEvent
from app.residents.retention import KEPT_MS
from app.write_turn import in_turns
from app.writes import Actor, Write, patch, write
from sync.wire import Change

_ACTOR = Actor("system", None, "到期清理")


def forget(now: int, report: Report) -> None:
    """Delete what has run out at `now` (ms)."""
    _delete_tables(now - KEPT_MS, report)
    found = _run_out(now - KEPT_MS)
    for batch in in_turns(found):
        with writing() as session:
            overwrite_freed_space(session)
            write(session, [_forgotten(row.id, row.photos or []) for row in batch], actor=_ACTOR, now=now)
            session.execute(
                update(Forwarding)
                .where(Forwarding.service_request_id.in_([row.id for row in batch]))
                .values(payload=None, photos=None)
            )
        report.add("contacts", len(batch))


def _delete_tables(limit: int, report: Report) -> None:
    """Files of the exchange folders written before `limit` (ms): every request in them was still open then."""
    folder: Path = current_app.config["DOORSTEP"].data_dir / "exchange"
    for path in folder.rglob("*"):
        if path.is_file() and path.stat().st_mtime * 1000 < limit:
            path.unlink()
            report.add("exchange_files")


def _run_out(limit: int) -> list[Any]:
    """Requests with a phone number or photos that ended before `limit` (ms); the same end as residents are told."""
    request, event = ServiceRequest, ServiceRequestEvent
    last = select(func.max(event.received_at)).where(event.service_request_id == request.id).scalar_subquery()
    photos = type_coerce(request.photos, Text)
    with reading() as session:
        rows = session.execute(
            select(request.id, request.photos).where(
                request.status.in_(sorted(TERMINAL)),
                or_(request.contact_phone.is_not(None), photos.like('["%')),
                func.coalesce(request.closed_at, last) < limit,
            )
        )
        return list(rows)


def _forgotten(request_id: str, photos: list[str]) -> Write:
    values: dict[str, Any] = {"contact_phone": None}
    if photos:
        values["photos"] = Change(op="delta", remove=photos)
    return patch("service_request", request_id, values)
