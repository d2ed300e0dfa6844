"""Requests and projects as leaders handle them."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify

from app.api.access import viewer
from app.api.review_frame import actor, asked_reach, for_leaders, found, loaded, reach_of, whole_reach
from app.database import reading, writing
from app.domain.service_requests import REFUSALS
from app.errors import Problem
from app.ids import now_ms
from app.models.reviews import ProjectTask
from app.review import projects, request_page
from app.schemas.reviews import NoteBody, ProjectBody, ReasonBody, ResultBody, StepBody, TaskBody
from app.writes import Outcome

bp = Blueprint("review_requests", __name__, url_prefix="/api/review")

_GIVEN = ("reason", "text", "platform_number", "other_request")


@bp.get("/service-requests/<request_id>")
@for_leaders
def read_request(request_id: str) -> Response:
    """One request with its events and buttons."""
    with reading() as session:
        request = found(request_page.find(session, whole_reach(viewer()), request_id))
        return jsonify(request_page.described(session, request, viewer().role))


@bp.post("/service-requests/<request_id>/step")
@for_leaders
def take_step(request_id: str) -> Response:
    """Take a step; 409 with the rule's own words if it is not possible, or if somebody was faster."""
    body, reach = loaded(StepBody), whole_reach(viewer())
    with writing() as session:
        request = found(request_page.find(session, reach, request_id))
        if request.status != body["from_status"]:
            raise Problem("changed_meanwhile")
        if body.get("other_request"):
            found(request_page.find(session, reach, body["other_request"]))
        given = {name: body[name] for name in _GIVEN if body.get(name)}
        outcome = request_page.take(session, request, body["to"], given, body.get("evidence", []), actor(), now_ms())
        session.flush()
    # A refused step is kept as a comment; that must be committed before the refusal is said.
    _check_taken(outcome)
    return read_request(request_id)


def _check_taken(outcome: Outcome) -> None:
    if outcome.outcome != "parked":
        return
    words = REFUSALS.get(outcome.detail or "")
    if words is not None:
        raise Problem("illegal_transition", outcome.detail, zh=words.zh, en=words.en)
    raise Problem(outcome.code or "bad_request", outcome.detail)


@bp.post("/service-requests/<request_id>/events")
@for_leaders
def add_note(request_id: str) -> tuple[Response, int]:
    """Add a comment, an attempt to reach the resident, progress, a call for departments, or that one of them has come."""
    body = loaded(NoteBody)
    with writing() as session:
        request = found(request_page.find(session, whole_reach(viewer()), request_id))
        kind, text, now = body["kind"], body["text"], now_ms()
        if kind == "units_called":
            request_page.call_units(session, request, body.get("units", []), text, actor=actor(), now=now)
        else:
            public = bool(body.get("public")) and kind == "progress"
            request_page.note(session, request, kind, text, public=public, actor=actor(), now=now)
    return read_request(request_id), 201


@bp.post("/service-requests/<request_id>/phone")
@for_leaders
def show_phone(request_id: str) -> Response:
    """The number of whoever raised it, for a stated reason; audited."""
    body = loaded(ReasonBody)
    with writing() as session:
        request = found(request_page.find(session, whole_reach(viewer()), request_id))
        number = request_page.phone(session, request, body["reason"], actor(), now_ms())
    return jsonify({"phone": number})


@bp.get("/projects")
@for_leaders
def read_projects() -> Response:
    """The projects of the reach."""
    with reading() as session:
        return jsonify({"projects": projects.visible(session, asked_reach())})


@bp.post("/projects")
@for_leaders
def make_project() -> tuple[Response, int]:
    """Make a class of requests a project."""
    body = loaded(ProjectBody)
    with writing() as session:
        project = projects.make(
            session,
            reach_of(body.get("team")),
            body["ids"],
            body["title"],
            body["responsible"],
            body.get("lead_unit"),
            body.get("co_units", []),
            actor(),
            now_ms(),
        )
        return jsonify(projects.described(session, found(project))), 201


@bp.post("/projects/<project_id>/tasks")
@for_leaders
def add_task(project_id: str) -> tuple[Response, int]:
    """Give a task of the week."""
    body = loaded(TaskBody)
    with writing() as session:
        project = found(projects.find(session, whole_reach(viewer()), project_id))
        projects.add_task(session, project, body["text"], body.get("due_on"), actor(), now_ms())
        return jsonify(projects.described(session, project)), 201


@bp.post("/projects/<project_id>/tasks/<task_id>/done")
@for_leaders
def finish_task(project_id: str, task_id: str) -> Response:
    """A task is done, with its result."""
    body = loaded(ResultBody)
    with writing() as session:
        project = found(projects.find(session, whole_reach(viewer()), project_id))
        task = session.get(ProjectTask, task_id)
        if task is None or task.project_id != project.id:
            raise Problem("not_found")
        projects.finish_task(session, project, task, body["result"], actor(), now_ms())
        return jsonify(projects.described(session, project))


@bp.post("/projects/<project_id>/close")
@for_leaders
def close_project(project_id: str) -> Response:
    """Close a project; not while one of its requests is still open."""
    body = loaded(ResultBody)
    with writing() as session:
        project = found(projects.find(session, whole_reach(viewer()), project_id))
        if projects.still_open(session, project):
            raise Problem("project_open")
        project.closed_at, project.result = now_ms(), body["result"]
        session.flush()
        return jsonify(projects.described(session, project))
