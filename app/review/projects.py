"""One class of problems: what belongs together, and handling it as a project with tasks by the week."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from app.audit import append as audit
from app.domain.likeness import Cluster, Item, clusters
from app.domain.service_request_steps import OPEN
from app.domain.workdays import date_of_day, day_of
from app.ids import new_id
from app.models.places import Area
from app.models.reviews import Project, ProjectTask
from app.models.service_requests import ServiceRequest
from app.record_rules import TASK_FORCE
from app.review.reach import Period, Reach, days_before
from app.review.requests import or_open, seen
from app.writes import Actor, create, patch, write

# A class of problems grows over weeks, not on one day.
_WINDOW_DAYS = 90
_MOST_SHOWN = 12
_MOST_COMPARED = 40_000
# One place is a community on a team's board, a street on a wider one, where the same trouble shows in several communities.
_COMMUNITY_DIGITS, _STREET_DIGITS = 12, 9
# The first sentences say what it is about; the rest of a long letter is everybody's language.
_TEXT_START = 160


def classes(session: Session, reach: Reach, period: Period) -> list[dict[str, Any]]:
    """The largest classes among requests that are open or were raised in the last 90 days, each with its open ones and project."""
    window = Period(days_before(period.on, _WINDOW_DAYS - 1), period.on)
    rows = session.execute(
        select(
            ServiceRequest.id,
            ServiceRequest.category,
            ServiceRequest.area_id,
            ServiceRequest.title,
            ServiceRequest.text,
            ServiceRequest.status,
            ServiceRequest.project_id,
        )
        .where(or_open(reach, window), ServiceRequest.status.not_in(("merged", "withdrawn", "not_accepted")))
        .order_by(ServiceRequest.recorded_at.desc(), ServiceRequest.id.desc())
        .limit(_MOST_COMPARED)
    ).all()
    digits = _COMMUNITY_DIGITS if reach.team else _STREET_DIGITS
    items = [
        Item(r.id, r.category or "", (r.area_id or "")[:digits], r.title or (r.text or "")[:_TEXT_START])
        for r in reversed(rows)
    ]
    by_id = {row.id: row for row in rows}
    found = clusters(items)[:_MOST_SHOWN]
    names = _area_names(session, [cluster.place for cluster in found])
    return [_described(cluster, by_id, names) for cluster in found]


def _area_names(session: Session, codes: Sequence[str]) -> dict[str, str]:
    return dict(session.execute(select(Area.id, Area.name).where(Area.id.in_(codes))).all())


def _described(cluster: Cluster, rows: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    members = [rows[member] for member in cluster.ids]
    projects = {row.project_id for row in members if row.project_id}
    return {
        "category": cluster.category,
        "area_id": cluster.place,
        "area": names.get(cluster.place, ""),
        "phrases": list(cluster.phrases),
        "count": len(members),
        "open": sum(1 for row in members if row.status in OPEN),
        "ids": list(cluster.ids),
        "project_id": min(projects, default=None),
        "sample": (members[-1].title or members[-1].text or "")[:_TEXT_START],
    }


def make(
    session: Session,
    reach: Reach,
    ids: Sequence[str],
    title: str,
    responsible: str,
    lead_unit: str | None,
    co_units: Sequence[str],
    actor: Actor,
    now: int,
) -> Project | None:
    """Make a class of requests a project (项目化); None when one of them is not of this reach."""
    rows = session.scalars(select(ServiceRequest).where(ServiceRequest.id.in_(ids), seen(reach))).all()
    if not rows or len(rows) != len(set(ids)):
        return None
    project = Project(
        id=new_id(),
        scope=f"team:{reach.team}" if reach.team else TASK_FORCE,
        title=title,
        category=rows[0].category,
        area_id=(rows[0].area_id or "")[:_COMMUNITY_DIGITS] or None,
        responsible=responsible,
        lead_unit=lead_unit,
        co_units=list(co_units),
        created_by=actor.id or "",
        created_at=now,
    )
    session.add(project)
    session.flush()
    write(session, [patch("service_request", row.id, {"project_id": project.id}) for row in rows], actor=actor, now=now)
    audit(session, actor.id, "project_made", now=now, subject=project.id, detail={"requests": len(rows)})
    return project


def visible(session: Session, reach: Reach) -> list[dict[str, Any]]:
    """The projects of the reach with their tasks and how many of their requests are still open; those not closed first."""
    near = or_(reach.covers(Project.scope), Project.scope == TASK_FORCE)
    found = select(Project).where(near).order_by(Project.closed_at.is_not(None), Project.created_at.desc())
    return [
        described(session, project)
        for project in session.scalars(found)
        if reach.has_scope(project.scope) or _touches(session, reach, project.id)
    ]


def _touches(session: Session, reach: Reach, project_id: str) -> bool:
    """A task force's project also concerns the teams whose requests are in it."""
    found = select(ServiceRequest.id).where(ServiceRequest.project_id == project_id, seen(reach)).limit(1)
    return session.scalar(found) is not None


def described(session: Session, project: Project) -> dict[str, Any]:
    """A project as the screen shows it."""
    tasks = session.scalars(
        select(ProjectTask).where(ProjectTask.project_id == project.id).order_by(ProjectTask.due_on, ProjectTask.id)
    )
    counts = session.execute(
        select(ServiceRequest.status, func.count())
        .where(ServiceRequest.project_id == project.id)
        .group_by(ServiceRequest.status)
    ).all()
    return {
        "id": project.id,
        "title": project.title,
        "category": project.category,
        "responsible": project.responsible,
        "lead_unit": project.lead_unit,
        "co_units": project.co_units,
        "created_at": project.created_at,
        "closed_at": project.closed_at,
        "result": project.result,
        "requests": sum(count for _, count in counts),
        "open": sum(count for status, count in counts if status in OPEN),
        "tasks": [
            {"id": t.id, "text": t.text, "due_on": t.due_on, "done_at": t.done_at, "result": t.result} for t in tasks
        ],
    }


def find(session: Session, reach: Reach, project_id: str) -> Project | None:
    """A project that this reach may change."""
    project = session.get(Project, project_id)
    return project if project and reach.has_scope(project.scope) else None


def end_of_week(now: int) -> str:
    """The Sunday of the present week: tasks are broken down to the week (分解到周)."""
    today: date = date_of_day(day_of(now))
    return (today + timedelta(days=7 - today.isoweekday())).isoformat()


def add_task(session: Session, project: Project, text: str, due_on: str | None, actor: Actor, now: int) -> ProjectTask:
    """Give a task, due by the end of this week unless a day is named; the requests' clocks of the week hear of it."""
    task = ProjectTask(id=new_id(), project_id=project.id, text=text, due_on=due_on or end_of_week(now), created_at=now)
    session.add(task)
    session.flush()
    _tell_requests(session, project, "task_given", text, actor, now)
    return task


def finish_task(session: Session, project: Project, task: ProjectTask, result: str, actor: Actor, now: int) -> None:
    """A task is done, with its result: in every open request of the project a new week begins."""
    task.done_at, task.result = now, result
    session.flush()
    _tell_requests(session, project, "task_done", result, actor, now)


def _tell_requests(session: Session, project: Project, kind: str, text: str, actor: Actor, now: int) -> None:
    ids = session.scalars(
        select(ServiceRequest.id).where(
            ServiceRequest.project_id == project.id,
            ServiceRequest.status.in_(sorted(OPEN)),
            ServiceRequest.deleted.is_(False),
        )
    )
    values = {
        "kind": kind,
        "text": text,
        "public": False,
        "actor_kind": actor.kind,
        "actor_id": actor.id,
        "actor_name": actor.name,
        "occurred_at": now,
    }
    writes = [create("service_request_event", {**values, "service_request_id": i}) for i in ids]
    write(session, writes, actor=actor, now=now)


def still_open(session: Session, project: Project) -> int:
    """Requests of the project in which somebody still owes the resident something (群众不认可不罢休)."""
    asked = select(func.count()).where(
        ServiceRequest.project_id == project.id,
        ServiceRequest.status.in_(sorted(OPEN)),
        ServiceRequest.status != "agreed",
    )
    return session.scalar(asked) or 0
