"""Handing in a phone's exported outbox for its owner: the same messages as from the phone, by somebody who may stand in [L11]."""

from __future__ import annotations

from flask import Blueprint, Response
from msgspec import UNSET

from app.api.access import Viewer, signed_in, viewer
from app.api.attachments import take_photo
from app.api.review_frame import actor, found, whole_reach
from app.api.sync import as_reply, read_push, take_push
from app.database import reading, writing
from app.errors import Problem
from app.ids import now_ms
from app.models.accounts import Device
from app.review import handing_in

bp = Blueprint("handing_in", __name__, url_prefix="/api/devices/<device_id>")


def _owner(device_id: str) -> tuple[Viewer, Device]:
    with reading() as session:
        account, device = found(handing_in.owner(session, whole_reach(viewer()), device_id))
    return viewer().on_behalf_of(account, device), device


@bp.post("/push")
@signed_in("leader", "task_force", "admin")
def push_for(device_id: str) -> Response:
    """Apply a batch from the file of this phone in its owner's name; of a phone or a person out of service, for review."""
    owner, device = _owner(device_id)
    batch, size = read_push()
    with reading() as session:
        if handing_in.others_number(session, device, batch.client_id):
            raise Problem("malformed", "client_id")
    out_of_service = device.revoked is not None or not owner.account.active
    reply = take_push(owner, batch, size, quarantine=out_of_service)
    if reply.results:
        mids = reply.results[0].mid, reply.results[-1].mid
        with writing() as session:
            handing_in.note(session, owner.person_id, device, mids, actor(), now_ms())
    for outcome in reply.results:
        # The owner's rows are not all for whoever stands in.
        outcome.record = UNSET
    return as_reply(reply)


@bp.put("/attachments/<sha256>")
@signed_in("leader", "task_force", "admin")
def put_photo_for(device_id: str, sha256: str) -> Response:
    """Store a photo from the file of this phone as sent by its owner: 201 when new, 200 when already there."""
    owner, _ = _owner(device_id)
    return take_photo(sha256, owner.person_id)
