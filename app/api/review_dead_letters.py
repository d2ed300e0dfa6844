"""Deliveries that wait for a person (上报异常清单): read, tried again, forwarded by hand, sent another way, withdrawn."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, jsonify

from app import dead_letters, targets
from app.api.access import viewer
from app.api.review_frame import (
    actor,
    asked_after,
    asked_reach,
    for_leaders,
    for_task_force,
    loaded,
    programme,
    whole_reach,
)
from app.database import reading, writing
from app.errors import Problem
from app.ids import now_ms
from app.models.service_requests import ServiceRequest
from app.review.reach import Reach
from app.schemas.reviews import CategoryBody, EmptyBody, MappingBody, NumberBody, ReasonBody, TargetBody

bp = Blueprint("review_dead_letters", __name__, url_prefix="/api/review")

_PAGE = 50


def _seen(reach: Reach) -> dead_letters.Seen:
    return dead_letters.seen(reach.covers(ServiceRequest.scope), confidential=reach.confidential)


@bp.get("/dead-letters")
@for_leaders
def read_dead_letters() -> Response:
    """The list with how many wait in all, fifty at a time from `after`; and the other routes there are."""
    after = asked_after()
    with reading() as session:
        may_see = _seen(asked_reach())
        return jsonify(
            {
                "total": dead_letters.count(session, may_see),
                "letters": dead_letters.waiting(session, may_see, limit=_PAGE, offset=after),
                "targets": targets.standing(session),
            }
        )


def _act(forwarding_id: str, act: Callable[..., Any], *given: str) -> Response:
    with writing() as session:
        may_see = _seen(whole_reach(viewer()))
        act(session, forwarding_id, may_see, *given, actor=actor(), now=now_ms())
    return jsonify({"done": True})


@bp.post("/dead-letters/<forwarding_id>/retry")
@for_leaders
def retry(forwarding_id: str) -> Response:
    """Try again; the forwarder looks first whether it has arrived after all."""
    loaded(EmptyBody)
    return _act(forwarding_id, dead_letters.retry)


@bp.post("/dead-letters/<forwarding_id>/dismiss")
@for_leaders
def dismiss(forwarding_id: str) -> Response:
    """An alarm about a delivered request has been seen to."""
    loaded(EmptyBody)
    return _act(forwarding_id, dead_letters.dismiss)


@bp.post("/dead-letters/<forwarding_id>/category")
@for_leaders
def set_category(forwarding_id: str) -> Response:
    """What the request is about, where nobody has said so or the platform does not know it; then it leaves."""
    category = loaded(CategoryBody)["category"]
    if category not in {one.code for one in programme().category}:
        raise Problem("bad_request", "category")
    return _act(forwarding_id, dead_letters.set_category, category)


@bp.post("/dead-letters/<forwarding_id>/forwarded-by-hand")
@for_leaders
def forwarded_by_hand(forwarding_id: str) -> Response:
    """Somebody has told the platform some other way; this is its number."""
    return _act(forwarding_id, dead_letters.forwarded_by_hand, loaded(NumberBody)["number"])


@bp.post("/dead-letters/<forwarding_id>/other-route")
@for_leaders
def other_route(forwarding_id: str) -> Response:
    """Send it to another platform."""
    return _act(forwarding_id, dead_letters.other_route, loaded(TargetBody)["target"])


@bp.post("/dead-letters/<forwarding_id>/withdraw")
@for_leaders
def withdraw(forwarding_id: str) -> Response:
    """Take the request back before it is submitted."""
    return _act(forwarding_id, dead_letters.withdraw, loaded(ReasonBody)["reason"])


@bp.post("/category-mappings")
@for_task_force
def map_category() -> Response:
    """Say what a platform calls one of our categories; everything that waited for it leaves."""
    body = loaded(MappingBody)
    with writing() as session:
        sent = dead_letters.map_category(
            session, body["target"], body["category"], body["service_code"], actor=actor(), now=now_ms()
        )
    return jsonify({"sent": sent})


@bp.post("/targets/<code>/resume")
@for_task_force
def resume_target(code: str) -> Response:
    """What made the platform refuse us is mended."""
    loaded(EmptyBody)
    with writing() as session:
        targets.resume(session, code)
    return jsonify({"resumed": code})
