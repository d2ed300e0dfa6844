"""Requests, visits and the clock of the city, for tests of the background jobs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from app.database import reading, writing
from app.ids import new_id
from app.models.notices import Notice
from app.models.service_requests import ServiceRequest
from app.models.visits import Visit
from app.synced import DOOR
from app.writes import Actor, create, patch, step, write
from sync.check import faults
from tests.factories import City

SHANGHAI = ZoneInfo("Asia/Shanghai")
HOUR = 3_600_000
DAY = 24 * HOUR


def at(text: str) -> int:
    """A wall clock of the city, such as `2026-11-20 10:00`, in ms."""
    return round(datetime.fromisoformat(text).replace(tzinfo=SHANGHAI).timestamp() * 1000)


def record(city: City, who: str, now: int, **values: Any) -> str:
    """A request that this cadre records at `now`, at the door p1 unless said otherwise; returns its id."""
    request_id = new_id()
    fields = {"text": "楼道灯坏了", "place_id": city.places["p1"], "cadre_id": city.people[who], **values}
    scope = fields.pop("scope", None)
    with writing() as session:
        actor = Actor("cadre", city.people[who], who)
        outcomes = write(session, [create("service_request", fields, id=request_id, scope=scope)], actor=actor, now=now)
    assert outcomes[0].outcome == "applied", outcomes
    return request_id


def take(request_id: str, *statuses: str, now: int, by: str = "platform", **values: Any) -> None:
    """Steps of a request, all at `now`, each with the words that it may need."""
    with writing() as session:
        writes = [
            patch("service_request", request_id, {**values, "status": step(s, reason="原因", text="已经修好")})
            for s in statuses
        ]
        outcomes = write(session, writes, actor=Actor(by, None, by), now=now)
    assert {o.outcome for o in outcomes} == {"applied"}, outcomes


def visit(city: City, who: str, place: str, arrived_at: int, **values: Any) -> str:
    """A visit that reached the server when it was made, unless `now` says later; returns its id."""
    now = values.pop("now", arrived_at)
    day = datetime.fromtimestamp(arrived_at / 1000, SHANGHAI).date().isoformat()
    fields = {
        "place_id": city.places[place],
        "cadre_id": city.people[who],
        "visit_on": day,
        "arrived_at": arrived_at,
        "outcome": "met",
        "finding": "nothing",
        **values,
    }
    visit_id = new_id()
    with writing() as session:
        actor = Actor("cadre", city.people[who], who)
        outcomes = write(session, [create("visit", fields, id=visit_id)], actor=actor, now=now)
    assert outcomes[0].outcome == "applied", outcomes
    return visit_id


def fix(lat: float, lon: float, taken_at: int, accuracy_m: float = 10.0) -> dict[str, Any]:
    """A location as a phone reports it."""
    return {"lat": lat, "lon": lon, "accuracy_m": accuracy_m, "taken_at": taken_at}


def inbox(city: City, who: str) -> list[Notice]:
    """This person's notices, oldest first."""
    with reading() as session:
        scope = f"user:{city.people[who]}"
        found = session.scalars(
            select(Notice).where(Notice.scope == scope, Notice.deleted.is_(False)).order_by(Notice.id)
        )
        return list(found)


def kinds(city: City, who: str) -> list[str]:
    """The kinds of this person's notices, oldest first."""
    return [notice.kind or "" for notice in inbox(city, who)]


def request(request_id: str) -> ServiceRequest:
    """A request as it stands."""
    with reading() as session:
        return session.get_one(ServiceRequest, request_id)


def visited(visit_id: str) -> Visit:
    """A visit as it stands."""
    with reading() as session:
        return session.get_one(Visit, visit_id)


def set_values(collection: str, record_id: str, values: Mapping[str, Any], now: int) -> None:
    """The server writes some fields."""
    with writing() as session:
        outcomes = write(session, [patch(collection, record_id, values)], actor=Actor("system", None, "系统"), now=now)
    assert outcomes[0].outcome == "applied", outcomes


def log_of(record_id: str) -> str:
    """All that the change log says of a record."""
    with reading() as session:
        changes = DOOR.tables.change.c
        return "\n".join(
            t or "" for t in session.scalars(select(changes.changes).where(changes.record_id == record_id))
        )


def misfits() -> list[str]:
    """What does not fit in rows, log and digests."""
    with reading() as session:
        return faults(session.connection(), DOOR)
