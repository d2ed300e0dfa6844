"""The inbox of whoever works at a desk, and the task force's answers to what cadres say about the app (投诉建议)."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request

from app.api.access import viewer
from app.api.review_frame import actor, asked_reach, for_leaders, for_task_force, found, loaded, whole_reach
from app.database import reading, writing
from app.ids import now_ms
from app.review import said
from app.schemas.reviews import AnswerBody, NoticesBody

bp = Blueprint("review_said", __name__, url_prefix="/api/review")


@bp.get("/inbox")
@for_leaders
def read_inbox() -> Response:
    """The viewer's own notices; phones have them by sync."""
    with reading() as session:
        return jsonify({"notices": said.notices(session, viewer().person_id)})


@bp.post("/inbox/read")
@for_leaders
def mark_read() -> Response:
    """The viewer has read these notices, on the phone too."""
    ids = loaded(NoticesBody)["ids"]
    with writing() as session:
        said.mark_read(session, viewer().person_id, ids, actor(), now_ms())
        return jsonify({"unread": said.unread(session, viewer().person_id)})


@bp.get("/feedback")
@for_task_force
def read_feedback() -> Response:
    """What waits for an answer; `?answered=1` what has one."""
    answered = request.args.get("answered") == "1"
    with reading() as session:
        return jsonify({"feedback": said.feedback(session, asked_reach(), answered=answered)})


@bp.post("/feedback/<feedback_id>/answer")
@for_task_force
def answer_feedback(feedback_id: str) -> Response:
    """Answer; a second answer takes the place of the first, and the author is told again."""
    text = loaded(AnswerBody)["text"].strip()
    with writing() as session:
        row = found(said.find_feedback(session, whole_reach(viewer()), feedback_id))
        said.answer(session, row, text, actor(), now_ms())
    return jsonify({"answered": True})
