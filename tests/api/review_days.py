"""Visit days for the review's tests: visits and requests written through the door."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from flask.testing import FlaskClient

from app.database import writing
from app.domain.workdays import day_of_date, first_ms
from app.ids import new_id
from app.writes import Actor, create, patch, step, write
from tests.factories import City

PLATFORM = Actor("platform", None, "12345")
SYSTEM = Actor("system", None, "系统")
HOUR_MS = 3_600_000
# How far a request goes on its way up, and the steps that bring it there.
UPWARD = {
    "queued": (),
    "uploaded": ("submitted",),
    "dispatched": ("submitted", "accepted", "dispatched"),
    "answered": ("submitted", "accepted", "dispatched", "answered"),
    "agreed": ("submitted", "accepted", "dispatched", "answered", "agreed"),
}


@dataclass
class Day:
    """One day of work in a city."""

    city: City
    on: str

    @property
    def at(self) -> int:
        """Half past nine in the morning of the day, ms."""
        return first_ms(day_of_date(date.fromisoformat(self.on))) + 9 * HOUR_MS + HOUR_MS // 2

    def visit(self, who: str, place: str, outcome: str = "met", **values: Any) -> str:
        """A visit by `who`, kept through the door as the server keeps one from a phone."""
        visit_id = new_id()
        given = {
            "place_id": self.city.places.get(place, place),
            "cadre_id": self.city.people.get(who, who),
            "visit_on": self.on,
            "arrived_at": self.at,
            "outcome": outcome,
            **values,
        }
        self.write([create("visit", given, id=visit_id)])
        return visit_id

    def request(self, place: str, handling: str | None = "forward", reaches: str | None = None, **values: Any) -> str:
        """A request raised at a door; `reaches` takes a forwarded one so far up."""
        request_id = new_id()
        given = {
            "place_id": self.city.places.get(place, place),
            "text": "路灯不亮，晚上看不清路",
            "category": "roads_lights",
            "source": "cadre",
            "occurred_on": self.on,
            "handling": handling,
            **values,
        }
        self.write([create("service_request", given, id=request_id)], Actor("cadre", self.city.people["li"], "李"))
        for status in UPWARD[reaches] if reaches else ():
            number = {"platform_number": f"LC-{request_id[-6:]}"} if status == "submitted" else {}
            answer = {"answer": "已更换灯头"} if status == "answered" else {}
            taken = step(status, text="已更换灯头" if answer else "", evidence=["resident_agreement"])
            actor = Actor("resident", None, "居民") if status == "agreed" else PLATFORM
            self.write([patch("service_request", request_id, {**number, **answer, "status": taken})], actor)
        return request_id

    def write(self, writes: list[Any], actor: Actor = SYSTEM) -> None:
        """Through the door; everything must be taken."""
        with writing() as session:
            outcomes = write(session, writes, actor=actor, now=self.at)
        assert [o.outcome for o in outcomes] == ["applied"] * len(writes), outcomes


def total(client: FlaskClient, of: str, on: str, **where: str) -> int:
    """How many rows stand behind a number; all pages are read."""
    seen, after = 0, 0
    while True:
        page = client.get("/api/review/rows", query_string={"of": of, "on": on, "after": after, **where}).get_json()
        seen += len(page["rows"])
        if page["next"] is None:
            assert seen == page["total"]
            return seen
        after = page["next"]
