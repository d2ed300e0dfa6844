"""Reception sessions (接访) as leaders and the task force keep them."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify

from app.api.access import viewer
from app.api.review_frame import actor, asked_reach, for_leaders, found, loaded, reach_of, whole_reach
from app.database import reading, writing
from app.ids import now_ms
from app.models.reviews import ReceptionCase
from app.review import receptions, request_page
from app.schemas.reviews import MeasureBody, ReceivedBody, ReceptionBody

bp = Blueprint("review_receptions", __name__, url_prefix="/api/review/receptions")


@bp.get("")
@for_leaders
def read_receptions() -> Response:
    """The sessions of the reach, newest first, with their sums."""
    with reading() as session:
        return jsonify(receptions.visible(session, asked_reach()))


@bp.post("")
@for_leaders
def hold_reception() -> tuple[Response, int]:
    """Set down a session."""
    body = loaded(ReceptionBody)
    with writing() as session:
        reach = reach_of(body.get("team"))
        made = receptions.hold(
            session, reach, body["held_on"], body["place"], body["host"], actor=actor(), now=now_ms()
        )
        return jsonify(receptions.described(session, made)), 201


@bp.post("/<reception_id>/requests")
@for_leaders
def bring_request(reception_id: str) -> tuple[Response, int]:
    """A request is brought to the session."""
    body, reach = loaded(ReceivedBody), whole_reach(viewer())
    with writing() as session:
        reception = found(receptions.find(session, reach, reception_id))
        if body.get("service_request_id"):
            found(request_page.find(session, reach, body["service_request_id"]))
        receptions.bring(session, reception, body, actor=actor(), now=now_ms())
        return jsonify(receptions.described(session, reception)), 201


@bp.post("/<reception_id>/requests/<request_id>/measure")
@for_leaders
def decide(reception_id: str, request_id: str) -> Response:
    """What the session decided on a request."""
    body, reach = loaded(MeasureBody), whole_reach(viewer())
    with writing() as session:
        reception = found(receptions.find(session, reach, reception_id))
        case = found(session.get(ReceptionCase, (reception.id, request_id)))
        found(request_page.find(session, reach, request_id))
        receptions.decide(
            session,
            case,
            body["measure"],
            body["outcome"],
            bool(body.get("signed")),
            actor=actor(),
            now=now_ms(),
        )
        return jsonify(receptions.described(session, reception))
