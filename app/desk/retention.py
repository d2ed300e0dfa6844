"""Contacts and photos of residents leave the desk two years after a work order (工单) was closed; what was done stays."""

from __future__ import annotations

from sqlalchemy import Text, or_, select, type_coerce, update
from sqlalchemy.orm import Session

from app.desk import photos
from app.desk.steps import CLOSED
from app.models.desk import DeskPhoto, DeskRequest, DeskUpdate

# The same as residents are promised where they file: two years after closing.
KEPT_MS = 2 * 365 * 86_400_000
_BATCH = 500


def forget(session: Session, now: int) -> int:
    """Delete names, numbers, addresses for mail and photos of what was closed two years before `now` (ms), in the caller's write
    transaction; returns how many requests, at most one batch of them. Photos that another request shows too are kept.
    """
    contacts = (DeskRequest.contact_name, DeskRequest.contact_phone, DeskRequest.contact_email)
    rows = session.scalars(
        select(DeskRequest)
        .where(
            DeskRequest.status.in_(sorted(CLOSED)),
            DeskRequest.closed_at < now - KEPT_MS,
            or_(
                *(column.is_not(None) for column in (*contacts, DeskRequest.media_url)),
                *(type_coerce(column, Text).like('["%') for column in (DeskRequest.photos, DeskRequest.answer_photos)),
            ),
        )
        .limit(_BATCH)
    ).all()
    freed: set[str] = set()
    for row in rows:
        freed |= {*row.photos, *row.answer_photos}
        row.contact_name = row.contact_phone = row.contact_email = row.media_url = None
        row.photos, row.answer_photos = [], []
    lines = session.scalars(select(DeskUpdate).where(DeskUpdate.request_id.in_([row.id for row in rows]))).all()
    for line in lines:
        freed |= set(line.photos)
    if lines:
        ids = [line.id for line in lines]
        session.execute(update(DeskUpdate).where(DeskUpdate.id.in_(ids)).values(photos=[], media_url=None))
    session.flush()
    for sha256 in sorted(freed):
        if not _is_shown(session, sha256):
            photos.path_of(sha256).unlink(missing_ok=True)
            known = session.get(DeskPhoto, sha256)
            if known is not None:
                session.delete(known)
    return len(rows)


def _is_shown(session: Session, sha256: str) -> bool:
    columns = (DeskRequest.photos, DeskRequest.answer_photos)
    shown = or_(*(type_coerce(column, Text).contains(sha256) for column in columns))
    if session.scalar(select(DeskRequest.id).where(shown).limit(1)) is not None:
        return True
    line = type_coerce(DeskUpdate.photos, Text).contains(sha256)
    return session.scalar(select(DeskUpdate.id).where(line).limit(1)) is not None
