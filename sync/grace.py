"""Late work on records outside an author's scopes: what left them, or whom they left, still counts for a while [S3]."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync.collections import Refused, Row
from sync.statements import marker, scalar
from sync.step import Author

if TYPE_CHECKING:
    from sync.batch import Batch

GRACE_MS = 14 * 86_400_000


def check_grace(batch: Batch, collection: str, row: Row, author: Author, *, adds_only: bool) -> None:
    """Raises `Refused` unless the record left the author's scopes, or the author it, and the mutation only adds to it."""
    left_at = _left_at(batch, collection, row["id"], author) or _last_seen(batch, row["scope"], author)
    if left_at is None:
        raise Refused("forbidden")
    if not adds_only or left_at < batch.now - GRACE_MS:
        raise Refused("scope_lost")


def _left_at(batch: Batch, collection: str, record_id: str, author: Author) -> int | None:
    numbers = [batch.scope(name).no for name in sorted(author.scopes - {"all"})]
    if not numbers:
        return None
    mark = marker(batch.connection.dialect)
    found = scalar(
        batch.connection,
        f"SELECT max(at) FROM \"{batch.tables.change.name}\" WHERE kind = 'exit' AND collection = {mark}"
        f" AND record_id = {mark} AND scope_no IN ({', '.join([mark] * len(numbers))})",
        (collection, record_id, *numbers),
    )
    return None if found is None else int(found)


def _last_seen(batch: Batch, scope: str, author: Author) -> int | None:
    """When the author last wrote in a scope: of somebody who changed teams, the server keeps no other trace."""
    key = f"last seen: {author.id} {scope}"
    if key not in batch.notes:
        mark = marker(batch.connection.dialect)
        found = scalar(
            batch.connection,
            f'SELECT max(at) FROM "{batch.tables.change.name}" WHERE scope_no = {mark} AND actor_id = {mark}',
            (batch.scope(scope).no, author.id),
        )
        batch.notes[key] = None if found is None else int(found)
    seen: int | None = batch.notes[key]
    return seen
