"""Deadlines (办理时限): weighs every open request, reminds once, escalates what is late, keeps the due dates true."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from app.database import reading, writing
from app.domain.deadlines import HOUR_MS, History, Owed, reminders
from app.domain.duties import Scale
from app.domain.service_requests import escalates_to
from app.due_dates import current_scale, due_fields, duties_of
from app.jobs import Report
from app.jobs.deadline_notices import SYSTEM, Said, not_yet_said, tell, unmoved
from app.jobs.open_requests import OpenRequest, open_requests
from app.jobs.schedule import due_every
from app.write_turn import in_turns
from app.writes import patch, write

NAME = "deadlines"
EVERY_MS = 5 * 60_000
# After a longer outage, or for requests imported with an old date, a reminder is no news: the daily digest counts them.
STALE_MS = 72 * HOUR_MS


class Weighed(NamedTuple):
    """What came of weighing one request: its due dates if they changed, and what is to be said."""

    request: OpenRequest
    due: dict[str, Any] | None
    said: list[Said]


def is_due(now: int) -> bool:
    """Every five minutes."""
    return due_every(NAME, EVERY_MS, now)


def run(now: int) -> Report:
    """Weigh all open requests at `now` (ms); returns counts of changed due dates, reminders, notices and escalations."""
    report = Report(NAME)
    with reading() as session:
        weighed = [w for w in weigh_all(session, current_scale(), now) if w.due is not None or w.said]
        news = not_yet_said(session, [said for w in weighed for said in w.said])
    # First the notices: a refreshed due date moves a request's revision, by which both see that somebody else touched it.
    tell(news, now, report)
    _refresh([w for w in weighed if w.due is not None], now, report)
    return report


def weigh_all(session: Session, scale: Scale, now: int) -> Iterator[Weighed]:
    """Every open request against the rules at `now`."""
    return (weigh(scale, request, history, now) for request, history in open_requests(session))


def weigh(scale: Scale, request: OpenRequest, history: History, now: int) -> Weighed:
    """One request against the rules at `now`."""
    duties = duties_of(scale, history, request.recorded_at, request.way, request.unit_term_at)
    due = due_fields(duties)
    same = (
        due["due_at"] == request.due_at
        and due["unit_due_at"] == request.unit_due_at
        and due["due_provisional"] == bool(request.due_provisional)
    )
    said = [line for duty in duties if _may_speak(duty, now) for line in _reminders(request, duty, now)]
    returns = request.returns or 0
    above = escalates_to(returns)
    if above:
        said.append(Said(request, "returned", "unit", returns, 0, 0, above))
    return Weighed(request, None if same else due, said)


def _may_speak(duty: Owed, now: int) -> bool:
    """False for what is met, and for what was due so long ago that every reminder of it is stale: most duties."""
    return duty.met_at is None and duty.due.at_ms > now - STALE_MS


def _reminders(request: OpenRequest, duty: Owed, now: int) -> Iterator[Said]:
    for reminder in reminders([duty], now - STALE_MS, now):
        fraction = 0 if reminder.fraction is None else round(reminder.fraction * 100)
        until, above = duty.due.at_ms, reminder.escalates_to
        yield Said(request, reminder.duty, reminder.clock, fraction, duty.start, until, above)


def _refresh(weighed: Sequence[Weighed], now: int, report: Report) -> None:
    """Write due dates that a published calendar or a changed programme has moved."""
    for batch in in_turns(weighed):
        with writing() as session:
            still = unmoved(session, [w.request for w in batch])
            writes = [patch("service_request", w.request.id, w.due or {}) for w in batch if w.request.id in still]
            write(session, writes, actor=SYSTEM, now=now)
        report.add("due_dates", len(writes))
