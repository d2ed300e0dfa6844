"""The inbox of news from platforms: stores each piece once, whichever way it came."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.domain.platform_updates import PlatformUpdate
from app.ids import new_id
from app.models.forwarding import Forwarding, PlatformNews

# Databases bind a limited number of values in one statement.
_AT_ONCE = 500


def store_news(
    session: Session, target: str, updates: Sequence[PlatformUpdate], source: str, now: int, *, strangers: bool
) -> int:
    """Add what is not yet there, in the caller's transaction; returns how many were new.

    `strangers`: keep news about numbers we do not know (a platform told us on purpose, they may come before the number
    itself); a polled list is full of other people's requests, which are none of our business.
    """
    fresh = {update.update_id: update for update in updates}
    for some in _slices(list(fresh)):
        known = select(PlatformNews.update_id).where(PlatformNews.target == target, PlatformNews.update_id.in_(some))
        for update_id in session.scalars(known).all():
            del fresh[update_id]
    owners = _owners(session, target, fresh.values())
    rows: list[dict[str, Any]] = []
    for update in fresh.values():
        owner = owners.get(update.platform_id or "") or owners.get(update.reference or "")
        if owner is None and not strangers:
            continue
        rows.append(
            {
                "id": new_id(),
                "target": target,
                "update_id": update.update_id,
                "platform_id": update.platform_id,
                "forwarding_id": owner,
                "source": source,
                "at": min(update.at, now),
                "received_at": now,
                "state": "new",
                "body": msgspec.to_builtins(update),
            }
        )
    if rows:
        insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
        session.execute(insert(PlatformNews).on_conflict_do_nothing(), rows)
    return len(rows)


def _owners(session: Session, target: str, updates: Iterable[PlatformUpdate]) -> dict[str, str]:
    """Ids of deliveries by the platform's number and by our reference; of a number the newest delivery."""
    owners: dict[str, tuple[int, str]] = {}
    numbers = {u.platform_id for u in updates if u.platform_id}
    references = {u.reference for u in updates if u.reference}
    for column, words in ((Forwarding.platform_id, numbers), (Forwarding.reference, references)):
        for some in _slices(sorted(words)):
            found = session.execute(
                select(column, Forwarding.forward_no, Forwarding.id).where(
                    Forwarding.target == target, column.in_(some), Forwarding.ending.is_(False)
                )
            )
            for word, number, forwarding_id in found:
                owners[str(word)] = max(owners.get(str(word), (0, "")), (number, forwarding_id))
    return {word: forwarding_id for word, (_, forwarding_id) in owners.items()}


def _slices(words: Sequence[str]) -> Iterable[Sequence[str]]:
    return (words[start : start + _AT_ONCE] for start in range(0, len(words), _AT_ONCE))
