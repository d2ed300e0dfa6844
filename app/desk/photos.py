"""Photos that clients post and units attach. `app.photos` checks and re-encodes them; here they are registered."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from flask import current_app, request
from sqlalchemy.orm import Session

from app import photos
from app.errors import Problem
from app.models.desk import DeskPhoto

MAX_PHOTOS = 5
MAX_BYTES = photos.MAX_BYTES
MAX_TEXT_BYTES = 256 * 1024
MAX_PARTS = 200


def folder() -> Path:
    """Where the desk's photos lie, beside those of the phones."""
    path: Path = current_app.config["DOORSTEP"].photo_dir / "desk"
    return path


def path_of(sha256: str) -> Path:
    """Where the photo of this hash lies."""
    return photos.path_of(folder(), sha256)


def bound_body() -> None:
    """Bound this request's body: its texts, and the photos where it can carry any. Beyond, reading it is a 413."""
    files = MAX_PHOTOS * MAX_BYTES if request.mimetype == "multipart/form-data" else 0
    # A urlencoded body is read whole: only the length of all bounds it.
    request.max_content_length = files + MAX_TEXT_BYTES
    request.max_form_memory_size = MAX_TEXT_BYTES
    request.max_form_parts = MAX_PARTS


def uploaded(*names: str) -> list[bytes]:
    """The files of this request's form fields `names`, as sent; raises the problem `desk_too_many_photos`."""
    files = [file for name in names for file in request.files.getlist(name) if file.filename]
    if len(files) > MAX_PHOTOS:
        raise Problem("desk_too_many_photos")
    # One byte more than allowed is enough to know that it is too large.
    return [file.stream.read(MAX_BYTES + 1) for file in files]


def fingerprints(contents: Sequence[bytes]) -> list[str]:
    """The SHA-256 of each file as sent: by it a replay is recognised."""
    return [hashlib.sha256(content).hexdigest() for content in contents]


def keep(contents: Sequence[bytes]) -> list[photos.Stored]:
    """Re-encode the photos and write their files; a file nobody registers afterwards does no harm.

    Raises the problems `photo_too_large` and `photo_not_picture`.
    """
    return [photos.store(content, folder()) for content in contents]


def register(session: Session, kept: Sequence[photos.Stored], now: int) -> list[str]:
    """Write the photos' rows inside the caller's transaction; returns their names in order."""
    for photo in kept:
        if session.get(DeskPhoto, photo.stored_sha256) is None:
            row = DeskPhoto(sha256=photo.stored_sha256, bytes=photo.bytes, width=photo.width, height=photo.height)
            row.created_at = now
            session.add(row)
            session.flush()
    return [photo.stored_sha256 for photo in kept]
