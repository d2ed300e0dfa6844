"""Photos of a form: stored as they come, and kept while the rest of the form is put right, because a browser forgets its files."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from flask import Request, current_app
from itsdangerous import BadSignature, URLSafeTimedSerializer
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app import photos
from app.errors import Problem
from app.models.attachments import Attachment

MAX_PHOTOS = 4
_KEPT_S = 86_400


@dataclass(frozen=True)
class KeptPhotos:
    """The photos of one form by the SHA-256 of the bytes that were sent, each with what is stored of it."""

    stored: dict[str, photos.Stored] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)

    @property
    def sha256s(self) -> list[str]:
        """Names of the photos, in order."""
        return list(self.stored)

    @property
    def token(self) -> str:
        """The hidden field that brings the stored photos back with the next try."""
        return str(_serializer().dumps({sha256: list(stored) for sha256, stored in self.stored.items()}))

    @classmethod
    def read(cls, request: Request) -> KeptPhotos:
        """Those of the try before, unless the sender let them go, and the newly sent ones."""
        stored: dict[str, photos.Stored] = {}
        if request.form.get("drop_photos") != "yes":
            stored.update(_brought_back(request.form.get("kept_photos", "")))
        problems: dict[str, str] = {}
        folder = current_app.config["DOORSTEP"].photo_dir
        for upload in request.files.getlist("photos"):
            # An empty file field arrives as one file without a name and without bytes.
            data = upload.stream.read(photos.MAX_BYTES + 1)
            if not data and not upload.filename:
                continue
            sha256 = hashlib.sha256(data).hexdigest()
            if sha256 not in stored and len(stored) >= MAX_PHOTOS:
                problems["photos"] = "filing_too_many_photos"
                break
            try:
                stored[sha256] = photos.store(data, folder)
            except Problem as problem:
                problems["photos"] = problem.code
        return cls(stored, problems)

    def keep(self, session: Session, now: int) -> None:
        """Make the photos known under their names, unless they are already. `now` in ms."""
        rows = [
            {"sha256": sha256, "owner_id": None, "created_at": now, **stored._asdict()}
            for sha256, stored in self.stored.items()
        ]
        if rows:
            insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
            session.execute(insert(Attachment).on_conflict_do_nothing(), rows)


def _brought_back(token: str) -> dict[str, photos.Stored]:
    try:
        kept = _serializer().loads(token, max_age=_KEPT_S) if token else {}
    except BadSignature:
        kept = {}
    return {sha256: photos.Stored(*values) for sha256, values in kept.items()}


def _serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["DOORSTEP"].secret_key, salt="kept photos")
