"""Spot checks (抽查回访) and the three evaluations (三评议), for the task force."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify
from sqlalchemy.orm import Session

from app.api.access import viewer
from app.api.review_frame import actor, asked_period, for_leaders, for_task_force, found, loaded, own_teams, whole_reach
from app.database import reading, writing
from app.domain.sampling import may_call
from app.errors import Problem
from app.ids import now_ms
from app.models.people import Team
from app.models.reviews import SpotCheck, SpotCheckCall
from app.review import evaluations, signals, spot_check
from app.review.reach import Period
from app.schemas.reviews import CallBody, DrawBody, SheetBody

bp = Blueprint("review_checks", __name__, url_prefix="/api/review")


@bp.get("/spot-checks")
@for_leaders
def read_spot_check() -> Response:
    """The result about the viewer's reach; the task force also gets the draw and the calls that it may make."""
    person, on = viewer(), asked_period().on
    reach = whole_reach(person)
    with reading() as session:
        check = spot_check.of_day(session, reach, on) if person.role == "task_force" else None
        return jsonify(
            {
                "on": on,
                "summary": spot_check.summary(session, reach, on),
                "draw": check and spot_check.described(session, check),
                "calls": spot_check.calls(session, reach, check, own_teams(person)) if check else [],
            }
        )


@bp.post("/spot-checks")
@for_task_force
def start_spot_check() -> tuple[Response, int]:
    """Seal a day and draw. Asking again gives the draw that stands."""
    body, person = loaded(DrawBody), viewer()
    reach, now = whole_reach(person), now_ms()
    if body["random_calls"] + body["risk_calls"] < 1:
        raise Problem("bad_request", "random_calls")
    signals.flag(reach, Period(body["on"], body["on"]), now)
    with writing() as session:
        check = spot_check.start(
            session, reach, body["on"], body["random_calls"], body["risk_calls"], person.actor(), now
        )
        session.flush()
        return jsonify(spot_check.described(session, check)), 201


def _call(session: Session, check_id: str, visit_id: str) -> SpotCheckCall:
    """A call of the viewer's own draw; nobody calls the own team's residents."""
    person = viewer()
    check = session.get(SpotCheck, check_id)
    call = session.get(SpotCheckCall, (check_id, visit_id))
    if check is None or call is None or check.reach != whole_reach(person).key:
        raise Problem("not_found")
    if not may_call(own_teams(person), call.team_id):
        raise Problem("own_team_call")
    return call


@bp.post("/spot-checks/<check_id>/calls/<visit_id>/contact")
@for_task_force
def show_contact(check_id: str, visit_id: str) -> Response:
    """Whom to call: name and number; audited."""
    with writing() as session:
        call = _call(session, check_id, visit_id)
        contact = spot_check.contact(session, call, actor(), now_ms())
        return jsonify({"name": contact and contact.name, "phone": contact and contact.phone})


@bp.post("/spot-checks/<check_id>/calls/<visit_id>/result")
@for_task_force
def record_call(check_id: str, visit_id: str) -> Response:
    """What the resident said, or that nobody was reached."""
    body = loaded(CallBody)
    with writing() as session:
        call = _call(session, check_id, visit_id)
        try:
            spot_check.record(call, body.get("answers"), body.get("note"), actor(), now_ms())
        except ValueError:
            raise Problem("bad_request", "answers") from None
    return jsonify({"result": call.result, "tries": call.tries})


@bp.post("/evaluations")
@for_task_force
def enter_sheet() -> tuple[Response, int]:
    """Enter one sheet of superiors or peers about a team."""
    body, person = loaded(SheetBody), viewer()
    with writing() as session:
        team = session.get(Team, body["team"])
        if team is None or not person.may_see_team(team.id):
            raise Problem("not_found", "team")
        sheet = evaluations.enter(
            session, team.id, body["by"], body["score"], body.get("text"), body["on"], person.person_id, now_ms()
        )
        sheet_id = found(sheet).id
    return jsonify({"id": sheet_id}), 201
