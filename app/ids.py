"""Record ids: UUIDv7 as text, so that new records land at the end of every index."""

from __future__ import annotations

import time
import uuid

import uuid_utils

DIARY_NAMESPACE = uuid.UUID("6f1c0a52-5b1d-5a53-9a3e-0d1b6f6b7a11")


def new_id() -> str:
    """A new UUIDv7, 36 characters."""
    return str(uuid_utils.uuid7())


def diary_id(author_id: str, diary_on: str) -> str:
    """The id of a person's diary of a day: two phones that start it offline mean the same record."""
    return str(uuid.uuid5(DIARY_NAMESPACE, f"{author_id}/{diary_on}"))


def now_ms() -> int:
    """The server's clock: milliseconds since 1970, UTC."""
    return time.time_ns() // 1_000_000
