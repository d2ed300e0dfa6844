"""Phones that push: enrolled cadres with places, and the batches that the app would send."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from app import sessions
from app.database import writing
from app.domain import codes
from app.ids import new_id, now_ms
from app.models.accounts import Account, Device
from app.writes import Actor, create, write

SYSTEM = Actor("system", None, "bench")


@dataclass
class BenchPhone:
    """One enrolled phone: its cookie, its places, and how far it has pushed."""

    client_id: str
    token: str
    places: list[str]
    team_scope: str
    person: str
    mid: int = 0
    seq: int = 0

    @property
    def scopes(self) -> tuple[str, ...]:
        """What it pulls."""
        return "all", f"user:{self.person}", self.team_scope

    def visits(self, count: int, requests: int = 0) -> bytes:
        """The body of a push of `count` new visits and `requests` new requests, as the app sends them."""
        mutations = []
        now = now_ms()
        for _ in range(count):
            self.mid += 1
            changes: dict[str, Any] = {
                "place_id": {"to": self.places[self.mid % len(self.places)]},
                "visit_on": {"to": "2026-11-20"},
                "arrived_at": {"to": now},
                "mode": {"to": "doorstep"},
                "fix": {"to": {"lat": 36.4561, "lon": 115.98, "accuracy_m": 12.5, "taken_at": now, "android": True}},
                "outcome": {"to": "met"},
                "finding": {"to": "nothing"},
                "finished_at": {"to": now},
            }
            mutations.append(self._create("visit", changes, now))
        for _ in range(requests):
            self.mid += 1
            changes = {
                "place_id": {"to": self.places[self.mid % len(self.places)]},
                "source": {"to": "cadre"},
                "text": {"to": "楼道里的灯坏了一个多月，晚上老人上下楼看不清台阶。"},
                "category": {"to": "housing"},
                "handling": {"to": "own_unit"},
                "status": {"op": "step", "to": "recorded"},
                "tracking_code": {"to": codes.new_tracking_code()},
                "occurred_on": {"to": "2026-11-20"},
            }
            mutations.append(self._create("service_request", changes, now))
        body = {"client_id": self.client_id, "app_version": "bench", "schema": 1, "clock": now, "mutations": mutations}
        return json.dumps(body, separators=(",", ":")).encode()

    def _create(self, collection: str, changes: dict[str, Any], now: int) -> dict[str, Any]:
        head = {"mid": self.mid, "uuid": new_id(), "collection": collection, "id": new_id(), "op": "create", "v": 1}
        return {**head, "base_rev": 0, "changes": changes, "occurred_at": now}


def make_phones(teams: int, places: int, members: int = 1) -> list[BenchPhone]:
    """Teams with places and `members` phones each, written through the door; neighbours in the list are of different teams."""
    phones: list[list[BenchPhone]] = [[] for _ in range(members)]
    now = now_ms()
    for start in range(0, teams, 50):
        with writing() as session:
            writes = []
            for number in range(start, min(teams, start + 50)):
                team, ids = new_id(), [new_id() for _ in range(places)]
                writes.append(create("team", {"name": f"{number}"}, id=team, scope=f"team:{team}"))
                writes += [_place(i, team) for i in ids]
                for member in range(members):
                    phones[member].append(_phone(session, team, ids, now))
            write(session, writes, actor=SYSTEM, now=now)
    return [phone for row in phones for phone in row]


def _phone(session: Session, team: str, places: list[str], now: int) -> BenchPhone:
    """A cadre of the team with an enrolled phone."""
    person, client_id = new_id(), new_id()
    account = Account(id=person, name="b", role="cadre", cadre_id=person, team_id=team, created_at=now)
    session.add(account)
    session.flush()
    session.add(Device(id=client_id, account_id=person, enrolled_at=now, pending=0))
    session.flush()
    token = sessions.begin(session, account, now, client_id)
    return BenchPhone(client_id, token, places, f"team:{team}", person)


def _place(place_id: str, team: str) -> Any:
    where = {"lat": 36.456, "lon": 115.98, "dwelling": "building", "point_confirmed": True}
    values = {"kind": "household", "label": "张**", "address": "光岳小区1号楼101", **where}
    return create("place", values, id=place_id, scope=f"team:{team}")
