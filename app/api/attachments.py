"""Photos: HEAD first, an idempotent PUT addressed by SHA-256, GET of the re-encoded picture."""

from __future__ import annotations

import hashlib

from flask import Blueprint, Response, current_app, request, send_file

from app import photos
from app.api.access import signed_in, viewer
from app.database import reading, writing
from app.errors import Problem
from app.ids import now_ms
from app.models.attachments import Attachment, PhotoSender
from app.photo_access import may_see, note_sender

bp = Blueprint("attachments", __name__, url_prefix="/attachments")


def _check_name(sha256: str) -> None:
    if len(sha256) != 64 or set(sha256) - set("0123456789abcdef"):
        raise Problem("photo_hash")


@bp.put("/<sha256>")
@signed_in(hand_in=True)
def put_photo(sha256: str) -> Response:
    """Store a photo: 201 when new, 200 when already there."""
    return take_photo(sha256, viewer().person_id)


def take_photo(sha256: str, person_id: str) -> Response:
    """Store the photo in this request's body as sent by this person."""
    _check_name(sha256)
    with reading() as session:
        if session.get(PhotoSender, (sha256, person_id)) is not None:
            return Response(status=200)
        known = session.get(Attachment, sha256) is not None
    # One byte more than allowed is enough to know that it is too large.
    request.max_content_length = photos.MAX_BYTES + 1
    if (request.content_length or 0) > photos.MAX_BYTES:
        raise Problem("photo_too_large")
    data = request.get_data(cache=False)
    if not known:
        return _kept(data, sha256, person_id)
    # Somebody else has sent it: whoever shows the same bytes has seen the photo too.
    if hashlib.sha256(data).hexdigest() != sha256:
        raise Problem("photo_hash")
    with writing() as session:
        note_sender(session, sha256, person_id)
    return Response(status=200)


def _kept(data: bytes, sha256: str, person_id: str) -> Response:
    stored = photos.store(data, current_app.config["DOORSTEP"].photo_dir, sha256)
    with writing() as session:
        if session.get(Attachment, sha256) is None:
            session.add(Attachment(sha256=sha256, owner_id=person_id, created_at=now_ms(), **stored._asdict()))
        note_sender(session, sha256, person_id)
    return Response(status=201)


@bp.get("/<sha256>")
@signed_in()
def get_photo(sha256: str) -> Response:
    """The re-encoded photo (HEAD answers the same without the bytes), for those who may read a record that names it."""
    _check_name(sha256)
    person = viewer()
    with reading() as session:
        photo = session.get(Attachment, sha256)
        if photo is None or not may_see(session, photo, person.person_id, person.may_read):
            raise Problem("not_found")
    path = photos.path_of(current_app.config["DOORSTEP"].photo_dir, photo.stored_sha256)
    if not path.is_file():
        raise Problem("not_found")
    reply = send_file(path, mimetype=photo.media_type, max_age=86_400 * 30)
    reply.headers["Cache-Control"] = "private, max-age=2592000"
    reply.headers["Content-Disposition"] = "inline"
    return reply
