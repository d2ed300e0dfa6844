"""Reminders on their way to people: who is told of which request, in how many notices, and the memory of what was said."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from app.database import reading, writing
from app.domain.service_requests import WAYS
from app.jobs import Report, reminder_words
from app.jobs.open_requests import OpenRequest
from app.jobs.staff import Person, Staff, read_staff
from app.models.reminders import DeadlineReminder
from app.models.service_requests import ServiceRequest
from app.write_turn import in_turns
from app.writes import Actor, Write, create, write

SYSTEM = Actor("system", None, "办理时限")
# More than so many at once are a list, and a list has a screen of its own.
MOST_NOTICES = 5
_BATCH = 1000

Key = tuple[str, str, str, int, int]


class Said(NamedTuple):
    """One thing to be said of a request; `DeadlineReminder` remembers it by the fields up to `since`."""

    request: OpenRequest
    duty: str
    clock: str
    fraction: int
    since: int
    due_at: int
    escalates_to: str | None

    @property
    def key(self) -> Key:
        """What it is remembered by."""
        return (self.request.id, self.duty, self.clock, self.fraction, self.since)

    @property
    def remembered(self) -> dict[str, Any]:
        """The row of `deadline_reminder` without its time."""
        return dict(zip(("service_request_id", "duty", "clock", "fraction", "since"), self.key, strict=True))


@dataclass
class Telling:
    """One run: who there is, what the requests are about, and how many notices each person has got already."""

    staff: Staff
    abouts: Mapping[str, str]
    now: int
    told: Counter[str] = field(default_factory=Counter)
    left: Counter[str] = field(default_factory=Counter)


def not_yet_said(session: Session, said: Sequence[Said]) -> list[Said]:
    """Those that are not remembered, each once."""
    known: set[Key] = set()
    ids = sorted({line.request.id for line in said})
    table = DeadlineReminder
    for start in range(0, len(ids), _BATCH):
        rows = session.execute(
            select(table.service_request_id, table.duty, table.clock, table.fraction, table.since).where(
                table.service_request_id.in_(ids[start : start + _BATCH])
            )
        )
        known.update((i, duty, clock, fraction, since) for i, duty, clock, fraction, since in rows)
    return list({line.key: line for line in said if line.key not in known}.values())


def unmoved(session: Session, requests: Sequence[OpenRequest]) -> set[str]:
    """Requests that nobody has touched since they were read; the others are weighed again at the next run."""
    ids = [request.id for request in requests]
    found = session.execute(select(ServiceRequest.id, ServiceRequest.rev).where(ServiceRequest.id.in_(ids)))
    revs = {row.id: row.rev for row in found}
    return {request.id for request in requests if revs.get(request.id) == request.rev}


def tell(news: Sequence[Said], now: int, report: Report) -> None:
    """Write notices, the notes of escalations and the memory of both, a batch of requests in one transaction."""
    by_request: dict[str, list[Said]] = defaultdict(list)
    for said in news:
        by_request[said.request.id].append(said)
    if not by_request:
        return
    # The most pressing first: those are the ones that get a notice of their own.
    ids = sorted(by_request, key=lambda one: -max(said.fraction for said in by_request[one]))
    with reading() as session:
        telling = Telling(read_staff(session), _abouts(session, ids), now)
    for batch in in_turns(ids):
        _tell_batch(telling, [by_request[one] for one in batch], report)
    with writing() as session:
        lists = [_notice(telling, one, reminder_words.others(n)) for one, n in telling.left.items()]
        write(session, lists, actor=SYSTEM, now=now)
    report.add("notices", len(lists))


def _tell_batch(telling: Telling, batch: Sequence[list[Said]], report: Report) -> None:
    with writing() as session:
        still = unmoved(session, [said[0].request for said in batch])
        now_said = [said for said in batch if said[0].request.id in still]
        writes = [w for said in now_said for w in _about_one(telling, said)]
        write(session, writes, actor=SYSTEM, now=telling.now)
        remembered = [{**line.remembered, "at": telling.now} for said in now_said for line in said]
        if remembered:
            session.execute(insert(DeadlineReminder), remembered)
    report.add("reminders", len(remembered))
    report.add("notices", sum(w.collection == "notice" for w in writes))
    report.add("escalations", sum(w.collection == "service_request_event" for w in writes))


def _abouts(session: Session, ids: Sequence[str]) -> Mapping[str, str]:
    found = {}
    for start in range(0, len(ids), _BATCH):
        rows = session.execute(
            select(ServiceRequest.id, ServiceRequest.title, ServiceRequest.text, ServiceRequest.confidential).where(
                ServiceRequest.id.in_(ids[start : start + _BATCH])
            )
        )
        found.update({i: reminder_words.about(t, x, confidential=bool(c)) for i, t, x, c in rows})
    return found


def _about_one(telling: Telling, said: Sequence[Said]) -> Iterator[Write]:
    """One notice for each person about one request, and the note of an escalation in the request's own history."""
    request_id = said[0].request.id
    gravest = max(said, key=lambda one: (one.escalates_to is not None, one.fraction))
    lines = [_line(one, telling.now) for one in sorted(said, key=lambda one: -one.fraction)]
    escalated = [_line(one, telling.now) for one in said if one.escalates_to == "task_force"]
    for person in _audience(telling.staff, said):
        if telling.told[person.inbox] >= MOST_NOTICES:
            telling.left[person.inbox] += 1
            continue
        telling.told[person.inbox] += 1
        shown = escalated if person.role == "task_force" and escalated else lines
        kind = _kind(gravest, person)
        values = {"kind": kind, "title": reminder_words.title_of(kind)}
        yield _notice(
            telling, person.inbox, {**values, "text": "\n".join([telling.abouts[request_id], *shown])}, request_id
        )
    if escalated:
        text = reminder_words.escalation_event(escalated)
        values = {"service_request_id": request_id, "kind": "comment", "text": text, "actor_kind": "system"}
        yield create("service_request_event", {**values, "actor_name": SYSTEM.name, "public": False})


def _kind(gravest: Said, person: Person) -> str:
    if gravest.duty == "returned":
        return "returned_again"
    return reminder_words.kind_of(gravest.fraction, escalated=person.role == "task_force")


def _line(said: Said, now: int) -> str:
    if said.duty == "returned":
        return reminder_words.returned_line(said.fraction)
    return reminder_words.duty_line(said.duty, said.clock, said.due_at, now)


def _audience(staff: Staff, said: Sequence[Said]) -> Iterable[Person]:
    """The cadre and the leaders; the task force when it is escalated, or when nobody else could be told, and of the unit's clock where
    the way of handling (六办) makes the request the task force's own.
    """
    request = said[0].request
    cadre = staff.by_id.get(request.cadre_id or "")
    people = {p.id: p for p in [*([cadre] if cadre else []), *staff.leaders_of(request.scope)]}
    way = WAYS.get(request.way or "")
    owns = way is not None and way.owner == "task_force" and any(one.clock == "unit" for one in said)
    if not people or owns or any(one.escalates_to == "task_force" for one in said):
        people.update({p.id: p for p in staff.task_force_for(request.scope, request.area_id)})
    return people.values()


def _notice(telling: Telling, inbox: str, values: dict[str, Any], about_id: str | None = None) -> Write:
    about = {"about_collection": "service_request", "about_id": about_id} if about_id else {}
    return create("notice", {**values, **about, "created_at": telling.now}, scope=inbox)
