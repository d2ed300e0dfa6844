"""Who may see a photo: whoever sent its bytes, and whoever may read a record that names it.

The door notes each naming as it happens; whether it still holds is looked up in the record itself, so a record that moves
to another team, is deleted or lets the photo go takes the permission along. A naming may come long before the bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, Table, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.models.attachments import Attachment, PhotoNaming, PhotoSender
from app.models.diaries import Diary
from app.models.people import Cadre
from app.models.service_requests import ServiceRequest, ServiceRequestEvent
from app.models.visits import Visit
from sync.step import Step

# Every column in which a record names photos.
_COLUMNS: dict[str, Any] = {
    "visit": Visit.photos,
    "service_request": ServiceRequest.photos,
    "service_request_event": ServiceRequestEvent.photos,
    "diary": Diary.photos,
    "cadre": Cadre.photo,
}
_FIELDS = {collection: column.key for collection, column in _COLUMNS.items()}
# Named by a part of the server, which vouches for the photo.
_SERVER = ""


def note_namings(connection: Connection, steps: Sequence[Step]) -> None:
    """A hook of the door: remember which records came to name which photos, and by whom."""
    rows = [row for step in steps if _FIELDS.get(step.collection.name) in step.changed for row in _named_by(step)]
    _insert(connection, PhotoNaming, rows)


def _named_by(step: Step) -> Iterator[dict[str, Any]]:
    collection = step.collection.name
    field = _FIELDS[collection]
    before = _hashes(step.before[field]) if step.before else set()
    person = _SERVER if step.author.trusted else step.author.id or _SERVER
    for sha256 in sorted(_hashes(step.after[field]) - before):
        yield {"sha256": sha256, "collection": collection, "record_id": step.after["id"], "person_id": person}


def _hashes(value: Any) -> set[str]:
    return {value} if isinstance(value, str) else set(value or ())


def note_sender(session: Session, sha256: str, person_id: str) -> None:
    """Remember that this person has shown the bytes of a photo."""
    _insert(session.connection(), PhotoSender, [{"sha256": sha256, "person_id": person_id}])


def _insert(connection: Connection, model: type[PhotoNaming] | type[PhotoSender], rows: list[dict[str, Any]]) -> None:
    if not rows:
        return
    table: Table = model.__table__  # type: ignore[assignment]
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    connection.execute(insert(table).on_conflict_do_nothing(), rows)


def may_see(session: Session, photo: Attachment, person_id: str, may_read: Callable[[str], bool]) -> bool:
    """Whether a person may see a photo; `may_read` says it of a scope.

    A naming counts only when its author has sent the bytes too: a hash that somebody overheard, written into a record of
    one's own, opens nothing.
    """
    sha256 = photo.sha256
    senders = set(session.scalars(select(PhotoSender.person_id).where(PhotoSender.sha256 == sha256)))
    if person_id in senders:
        return True
    namings = session.scalars(select(PhotoNaming).where(PhotoNaming.sha256 == sha256)).all()
    vouched = {(n.collection, n.record_id) for n in namings if n.person_id == _SERVER or n.person_id in senders}
    return any(_still_named(session, collection, record_id, sha256, may_read) for collection, record_id in vouched)


def _still_named(
    session: Session, collection: str, record_id: str, sha256: str, may_read: Callable[[str], bool]
) -> bool:
    column = _COLUMNS[collection]
    model = column.class_
    row = session.execute(select(model.scope, model.deleted, column).where(model.id == record_id)).first()
    return row is not None and not row.deleted and sha256 in _hashes(row[2]) and may_read(row.scope)
