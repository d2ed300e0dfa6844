"""People and phones of a team, and the records that wait for a person."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request

from app.api.access import signed_in, viewer
from app.api.review_frame import actor, asked_reach, for_leaders, found, loaded, whole_reach
from app.database import reading, writing
from app.errors import sentences
from app.ids import now_ms
from app.review import parked, people
from app.schemas.reviews import ReasonBody, RevokeBody

bp = Blueprint("review_people", __name__, url_prefix="/api")


@bp.get("/review/people")
@signed_in("leader", "task_force", "admin")
def read_people() -> Response:
    """Cadres with their phones, by name."""
    with reading() as session:
        name = (request.args.get("name") or "").strip()[:60]
        return jsonify({"people": people.listed(session, asked_reach(), name)})


@bp.post("/devices/<device_id>/revoke")
@signed_in("leader", "task_force", "admin")
def revoke_phone(device_id: str) -> Response:
    """Stop a phone: `soft` left the post, `hard` lost or stolen."""
    body = loaded(RevokeBody)
    with writing() as session:
        device = found(people.phone(session, whole_reach(viewer()), device_id))
        people.revoke(session, device, body["how"], actor(), now_ms())
        return jsonify({"id": device.id, "revoked": device.revoked, "revoked_at": device.revoked_at})


@bp.get("/review/parked")
@for_leaders
def read_parked() -> Response:
    """Records that could not be taken as they were; `?settled=1` those that a person has dealt with."""
    with reading() as session:
        settled = request.args.get("settled") == "1"
        return jsonify({"parked": parked.listed(session, asked_reach(), settled=settled)})


@bp.post("/review/parked/<int:no>/apply")
@for_leaders
def apply_parked(no: int) -> Response:
    """Through the door again, in the author's name; what is refused stays on the list with the reason."""
    with writing() as session:
        reach = whole_reach(viewer())
        row = found(parked.find(session, reach, no))
        outcome = parked.apply_again(session, reach, row, actor(), now_ms())
    words = sentences(outcome.code) if outcome.code else (None, None)
    return jsonify(
        {"outcome": outcome.outcome, "code": outcome.code, "detail": outcome.detail, "zh": words[0], "en": words[1]}
    )


@bp.post("/review/parked/<int:no>/dismiss")
@for_leaders
def dismiss_parked(no: int) -> Response:
    """Put a record aside with a reason that its author reads."""
    body = loaded(ReasonBody)
    with writing() as session:
        row = found(parked.find(session, whole_reach(viewer()), no))
        parked.dismiss(session, row, body["reason"], actor(), now_ms())
    return jsonify({"outcome": "dismissed"})
