"""The evening of the visit day (走访日): each leader reads what came in, whether it is all, and who still holds records."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta

from flask import current_app
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.database import reading
from app.domain.workdays import china, date_of_day, day_of
from app.jobs import Report
from app.jobs.daily_notices import Line, send
from app.jobs.schedule import HOUR_MS, due_daily
from app.jobs.staff import Staff, read_staff
from app.models.service_requests import ServiceRequest
from app.models.visits import Visit
from app.programmes import load
from app.programmes.shape import Cadence
from app.review import phones, requests, visits
from app.review.reach import CITY, Period, Reach

NAME = "friday"
AT_MS = 20 * HOUR_MS
_FRIDAY = 5
_MOST_NAMES = 5
_EVERYBODY = Reach(CITY, None)


@dataclass
class Team:
    """What one team's leader is told: visits by outcome, opinions, requests, and the phones that are not in."""

    outcomes: Counter[str] = field(default_factory=Counter)
    opinions: int = 0
    raised: int = 0
    phones: int = 0
    late: list[str] = field(default_factory=list)


def is_due(now: int) -> bool:
    """Every evening at eight; what kind of day it is, is seen then."""
    return due_daily(NAME, AT_MS, now)


def run(now: int) -> Report:
    """Tell the leaders, if `now` (ms) lies on a visit day; a second run on the same day says nothing."""
    report = Report(NAME)
    found = told_period(load(current_app.config["DOORSTEP"].programme).cadence, now)
    if found is None:
        return report
    period, planned = found
    with reading() as session:
        staff = read_staff(session)
        teams = _teams(session, period, now)
    lines = list(_lines(staff, teams, period, planned))
    report.add("leaders", send(NAME, period.on, lines, now))
    return report


def told_period(cadence: Cadence, now: int) -> tuple[Period, bool] | None:
    """The days to tell of this evening, and whether visits were planned on them; None when there is nothing to tell.

    Where no day is fixed, Friday closes the week. On a day off (节假日) only those who went out are told.
    """
    day = day_of(now)
    today = date_of_day(day)
    if not cadence.weekdays:
        monday = today - timedelta(days=today.isoweekday() - 1)
        return (Period(monday.isoformat(), today.isoformat()), True) if today.isoweekday() == _FRIDAY else None
    period = Period(today.isoformat(), today.isoformat())
    if cadence.may_be_visit_day(today):
        return period, True
    return (period, False) if cadence.holidays_too and not china().is_workday(day) else None


def _teams(session: Session, period: Period, now: int) -> dict[str, Team]:
    """All teams at once: three groupings, whatever their number."""
    teams: dict[str, Team] = defaultdict(Team)
    came = session.execute(
        select(Visit.scope, Visit.outcome, Visit.finding, func.count())
        .where(visits.live(_EVERYBODY, period))
        .group_by(Visit.scope, Visit.outcome, Visit.finding)
    )
    for scope, outcome, finding, count in came:
        team = teams[scope.removeprefix("team:")]
        team.outcomes[outcome or "none"] += count
        team.opinions += count if finding == "opinion" else 0
    raised = session.execute(
        select(ServiceRequest.scope, func.count())
        .where(requests.raised(_EVERYBODY, period))
        .group_by(ServiceRequest.scope)
    )
    for scope, count in raised:
        teams[scope.removeprefix("team:")].raised = count
    expected = phones.expected(_EVERYBODY, period).add_columns(phones.state(period, now))
    for device, account, state in session.execute(expected):
        team = teams[account.team_id]
        team.phones += 1
        if state == "holding":
            team.late.append(f"{account.name}还有{device.pending}条")
        elif state == "silent":
            team.late.append(f"{account.name}下午以来未同步")
    return teams


def _lines(staff: Staff, teams: dict[str, Team], period: Period, planned: bool) -> Iterator[Line]:
    for team_id, leaders in staff.leaders.items():
        team = teams.get(team_id)
        if team is None or not (team.outcomes or (planned and team.phones)):
            continue
        title = ("今天" if period.from_on == period.on else "本周") + "走访小结" + ("（暂计）" if team.late else "")
        for leader in leaders:
            yield Line(leader, title, _words(team))


def _words(team: Team) -> str:
    total, met, nobody = team.outcomes.total(), team.outcomes["met"], team.outcomes["nobody"]
    lines = [
        f"走访{total}户次：见到人{met}，无人{nobody}，其他{total - met - nobody}。",
        f"收到意见{team.opinions}条、诉求{team.raised}件。",
    ]
    if not team.late:
        lines.append(f"{team.phones}台手机的记录已全部报齐。")
    else:
        names = "；".join(team.late[:_MOST_NAMES]) + (f"；等{len(team.late)}人" if len(team.late) > _MOST_NAMES else "")
        lines.append(f"{team.phones}台手机中{len(team.late)}台未报齐：{names}。报齐之前数字为暂计。")
    return "\n".join(lines)
