"""The Friday board of team leaders and the task force: numbers, the rows behind them, the map, the sign-off."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify, request
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.api.access import viewer
from app.api.review_frame import (
    actor,
    asked_after,
    asked_period,
    asked_reach,
    for_leaders,
    loaded,
    programme,
    reach_of,
    whole_reach,
)
from app.database import reading, writing
from app.domain.workdays import date_of_day, day_of
from app.errors import Problem
from app.ids import now_ms
from app.models.people import Team
from app.review import coverage, friday, map, rows, said, self_check
from app.review.reach import Period, Reach, check_period, title
from app.schemas.reviews import SignBody

bp = Blueprint("review", __name__, url_prefix="/api/review")

_TEAMS_FOUND = 50
_AREA_CODE = 32
# Not conditions on rows: whose, when, how many.
_FRAME = ("of", "on", "from", "team", "after")


@bp.get("/frame")
@for_leaders
def frame() -> Response:
    """What the screens need once: who looks, what the reach is called, the newest visit day, the categories' names."""
    person, plan, now = viewer(), programme(), now_ms()
    reach = whole_reach(person)
    with reading() as session:
        name, waiting = title(session, reach), friday.waiting(session, reach)
        waiting["inbox"] = said.unread(session, person.person_id)
        waiting["feedback"] = said.open_feedback(session, reach) if person.role == "task_force" else 0
    return jsonify(
        {
            "role": person.role,
            "reach": {"key": reach.key, "name": name, "team": reach.team},
            "on": asked_period({}).on,
            "today": date_of_day(day_of(now)).isoformat(),
            "cadence": {"zh": plan.cadence.zh, "en": plan.cadence.en, "weekdays": list(plan.cadence.weekdays)},
            "categories": [{"code": c.code, "zh": c.zh, "en": c.en} for c in plan.category],
            "call_backs": plan.evaluation.call_backs,
            "waiting": waiting,
        }
    )


@bp.get("/teams")
@for_leaders
def teams() -> Response:
    """Teams of the viewer's reach by part of their name; at most fifty."""
    reach = whole_reach(viewer())
    part = (request.args.get("name") or "").strip()[:60]
    asked = select(Team).where(reach.has_team(Team.id), Team.deleted.is_(False)).order_by(Team.name).limit(_TEAMS_FOUND)
    if part:
        asked = asked.where(Team.name.contains(part, autoescape=True))
    with reading() as session:
        found = session.scalars(asked).all()
    return jsonify({"teams": [{"id": team.id, "name": team.name, "area": team.area_name} for team in found]})


@bp.get("/friday")
@for_leaders
def read_friday() -> Response:
    """All numbers of a visit day."""
    with reading() as session:
        return jsonify(friday.board(session, asked_reach(), asked_period(), programme(), now_ms()))


@bp.get("/coverage")
@for_leaders
def read_coverage() -> Response:
    """Who has been visited, in the parts of the reach, or of the area `?area=` within it."""
    area = request.args.get("area", "")
    if area and not (area.isascii() and area.isalnum() and len(area) <= _AREA_CODE):
        raise Problem("bad_request", "area")
    with reading() as session:
        return jsonify(coverage.page(session, asked_reach(), asked_period(), area))


@bp.get("/figures")
@for_leaders
def read_figures() -> Response:
    """The figures of a run of visit days, as a city publishes them."""
    period = asked_period()
    with reading() as session:
        return jsonify({"from_on": period.from_on, "on": period.on, **friday.figures(session, asked_reach(), period)})


@bp.get("/rows")
@for_leaders
def read_rows() -> Response:
    """The rows behind a number: `of` and its conditions, a hundred at a time from `after`."""
    args = request.args
    try:
        asked = rows.Asked(
            args.get("of", ""),
            {name: value for name, value in args.items() if name not in _FRAME},
            asked_after(),
        )
        with reading() as session:
            return jsonify(rows.page(session, asked_reach(), asked_period(), asked, now_ms()))
    except ValueError:
        raise Problem("bad_request", "of") from None


@bp.get("/map")
@for_leaders
def read_map() -> Response:
    """Visits of the days and open requests, as GeoJSON in WGS-84."""
    with reading() as session:
        return jsonify(map.features(session, asked_reach(), asked_period()))


@bp.get("/self-check")
@for_leaders
def read_self_check() -> Response:
    """What the rule self-check page shows as facts."""
    with reading() as session:
        return jsonify(self_check.facts(session, asked_reach(), asked_period(), programme()))


@bp.post("/friday/sign")
@for_leaders
def sign_friday() -> tuple[Response, int]:
    """Sign a visit day off; once."""
    body, now = loaded(SignBody), now_ms()
    try:
        period = check_period(body.get("from_on"), body["on"])
    except ValueError:
        raise Problem("bad_request", "on") from None
    if period.start_ms > now:
        raise Problem("bad_request", "on")
    return _signed(reach_of(body.get("team")), period, body.get("note"), now)


def _signed(reach: Reach, period: Period, note: str | None, now: int) -> tuple[Response, int]:
    with writing() as session:
        if friday.sign(session, reach, period, note or None, actor(), now) is None:
            raise Problem("already_signed")
        session.flush()
        return jsonify(_standing(session, reach, period)), 201


def _standing(session: Session, reach: Reach, period: Period) -> Any:
    return friday.signed(session, reach, period.on)
