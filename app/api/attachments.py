"""Photos: HEAD first, an idempotent PUT addressed by SHA-256, GET of the re-encoded picture."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, request, send_file

from app import photos
from app.api.access import signed_in, viewer
from app.database import db, writing
from app.errors import Problem
from app.ids import now_ms
from app.models.attachments import Attachment

bp = Blueprint("attachments", __name__, url_prefix="/attachments")


def _known(sha256: str) -> Attachment | None:
    if len(sha256) != 64 or set(sha256) - set("0123456789abcdef"):
        raise Problem("photo_hash")
    return db.session.get(Attachment, sha256)


@bp.put("/<sha256>")
@signed_in()
def put_photo(sha256: str) -> Response:
    """Store a photo: 201 when new, 200 when already there."""
    person = viewer()
    if _known(sha256) is not None:
        return Response(status=200)
    if (request.content_length or 0) > photos.MAX_BYTES:
        raise Problem("photo_too_large")
    folder = current_app.config["DOORSTEP"].photo_dir
    stored = photos.store(request.get_data(cache=False), folder, sha256)
    with writing() as session:
        if session.get(Attachment, sha256) is None:
            session.add(Attachment(sha256=sha256, owner_id=person.person_id, created_at=now_ms(), **stored._asdict()))
    return Response(status=201)


@bp.get("/<sha256>")
@signed_in()
def get_photo(sha256: str) -> Response:
    """The re-encoded photo (HEAD answers the same without the bytes)."""
    found = _known(sha256)
    if found is None:
        raise Problem("not_found")
    path = photos.path_of(current_app.config["DOORSTEP"].photo_dir, found.stored_sha256)
    reply = send_file(path, mimetype=found.media_type, max_age=86_400 * 30)
    reply.headers["Content-Disposition"] = "inline"
    return reply
