"""The digest (每日提醒): one notice a morning for each person who has something to do, and none for the others."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.orm import Session

from app.database import reading
from app.domain.deadlines import HOUR_MS
from app.domain.service_requests import OPEN
from app.domain.workdays import date_of_day, day_of
from app.due_dates import current_rules
from app.jobs import Report
from app.jobs.daily_notices import Line, send
from app.jobs.schedule import due_daily
from app.jobs.staff import Person, Staff, read_staff
from app.models.reviews import Project, ProjectTask
from app.models.service_requests import ServiceRequest

NAME = "digest"
AT_MS = 8 * HOUR_MS

# In the order of their weight. `near` alone is not worth a notice: it is said beside the others.
_WORDS = {
    "overdue": "已超期{}件",
    "today": "24小时内到期{}件",
    "answered": "已有办理结果、待向群众反馈{}件",
    "stuck": "上报受阻、待人工处理{}件",
    "tasks": "项目周任务到期{}项",
    "near": "三天内到期{}件",
}
_FOR_LEADERS = frozenset({"stuck", "tasks"})


def is_due(now: int) -> bool:
    """Every morning at eight."""
    return due_daily(NAME, AT_MS, now)


def run(now: int) -> Report:
    """Tell everybody what stands at `now` (ms); a second run on the same day says nothing."""
    report = Report(NAME)
    with reading() as session:
        staff = read_staff(session)
        sums = _sums(session, staff, now)
    on = date_of_day(day_of(now)).isoformat()
    report.add("digests", send(NAME, on, list(_lines(staff, sums)), now))
    return report


def _lines(staff: Staff, sums: Mapping[str, Counter[str]]) -> Iterator[Line]:
    for person_id, counts in sums.items():
        person = staff.by_id[person_id]
        shown = [
            words.format(counts[word])
            for word, words in _WORDS.items()
            if counts[word] and (person.role != "cadre" or word not in _FOR_LEADERS)
        ]
        if shown and shown != [_WORDS["near"].format(counts["near"])]:
            yield Line(person, "今日提醒", "\n".join(shown))


def _sums(session: Session, staff: Staff, now: int) -> dict[str, Counter[str]]:
    """What stands for each person: a cadre's own requests, a leader's team's, a task force's area's."""
    sums: dict[str, Counter[str]] = defaultdict(Counter)
    for scope, cadre_id, area_id, counts in _open_by_holder(session, now):
        for person in _concerned(staff, scope, cadre_id, area_id):
            sums[person.id].update(counts)
    for scope, area_id, count in _tasks_due(session, now):
        for person in [*staff.leaders_of(scope), *staff.task_force_for(scope, area_id)]:
            sums[person.id]["tasks"] += count
    return sums


def _concerned(staff: Staff, scope: str, cadre_id: str | None, area_id: str | None) -> list[Person]:
    cadre = staff.by_id.get(cadre_id or "")
    above = [*staff.leaders_of(scope), *staff.task_force_for(scope, area_id)]
    # A leader who recorded a request is told of it once; a cadre's confidential report (举报) is the cadre's alone.
    others = [] if scope.startswith("user:") else [p for p in above if cadre is None or p.id != cadre.id]
    return [*([cadre] if cadre else []), *others]


def _open_by_holder(session: Session, now: int) -> Iterator[tuple[str, str | None, str | None, Counter[str]]]:
    """Open requests counted by scope, cadre and area; each is counted by the more pressing of its two clocks."""
    request = ServiceRequest
    stopped = sorted({status for rule in current_rules() for status in rule.pauses_in})

    def due_before(at: int) -> ColumnElement[bool]:
        return or_(request.due_at < at, and_(request.unit_due_at < at, request.status.not_in(stopped)))

    hours = {"overdue": 0, "today": 24, "near": 72}
    standing = case(*((due_before(now + left * HOUR_MS), word) for word, left in hours.items()), else_="later")
    # The same objects twice: PostgreSQL must see that what is shown is what is grouped by.
    grouped = (
        request.scope,
        request.cadre_id,
        request.area_id,
        standing,
        request.status == "answered",
        request.stuck.is_not(None),
    )
    rows = session.execute(
        select(*grouped, func.count())
        .where(request.status.in_(sorted(OPEN)), request.deleted.is_(False))
        .group_by(*grouped)
    )
    for scope, cadre_id, area_id, word, answered, stuck, count in rows:
        yield scope, cadre_id, area_id, Counter({word: count, "answered": count * answered, "stuck": count * stuck})


def _tasks_due(session: Session, now: int) -> list[tuple[str, str | None, int]]:
    """Weekly tasks (周任务) of open projects that end today or ended before and are not done."""
    today = date_of_day(day_of(now)).isoformat()
    rows = session.execute(
        select(Project.scope, Project.area_id, func.count())
        .join(ProjectTask, ProjectTask.project_id == Project.id)
        .where(Project.closed_at.is_(None), ProjectTask.done_at.is_(None), ProjectTask.due_on <= today)
        .group_by(Project.scope, Project.area_id)
    )
    return [(scope, area_id, count) for scope, area_id, count in rows]
