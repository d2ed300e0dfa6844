"""Notices that a person gets at most once a day: written together with the memory of them, so that a second run says nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import insert, select

from app.database import writing
from app.jobs.staff import Person
from app.models.reminders import DailyNotice
from app.write_turn import in_turns
from app.writes import Actor, create, write

_ACTOR = Actor("system", None, "每日提醒")


class Line(NamedTuple):
    """What one person is told today."""

    person: Person
    title: str
    text: str


def send(kind: str, on: str, lines: Sequence[Line], now: int) -> int:
    """Write the notices of those who have had none of this `kind` on this day; how many. `now` in ms."""
    sent = 0
    for part in in_turns(lines):
        batch = {line.person.id: line for line in part}
        with writing() as session:
            had = select(DailyNotice.person_id).where(
                DailyNotice.kind == kind, DailyNotice.on == on, DailyNotice.person_id.in_(batch)
            )
            for person_id in session.scalars(had):
                del batch[person_id]
            if batch:
                session.execute(insert(DailyNotice), [{"person_id": p, "kind": kind, "on": on} for p in batch])
            writes = [
                create(
                    "notice",
                    {"kind": kind, "title": line.title, "text": line.text, "created_at": now},
                    scope=line.person.inbox,
                )
                for line in batch.values()
            ]
            write(session, writes, actor=_ACTOR, now=now)
        sent += len(batch)
    return sent
