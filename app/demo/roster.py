"""Writes the demo's areas, teams, cadres, accounts and places: synced records through the door, the rest as plain rows, in batches."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from random import Random
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from app.database import Base
from app.demo import people
from app.demo.geography import CITY_CODE, CITY_NAME, CITY_POINT, COUNTIES, Town
from app.demo.layout import Community
from app.demo.seeded_ids import SeededIds
from app.domain.workdays import date_of_day, day_of
from app.models.accounts import Account
from app.models.places import Area, PlaceCode, PlaceContact
from app.pinyin import initials
from app.place_codes import new_place_code
from app.writes import Actor, Write, create, write

SYSTEM = Actor("system", None, "系统")
# The door takes at most 5,000 items at once.
BATCH = 4_000


@dataclass(frozen=True)
class Member:
    """A cadre of the demo; `id` is that of the cadre and of the account."""

    id: str
    name: str
    leader: bool


@dataclass(frozen=True)
class Home:
    """One place as the history needs it: its id, the fields of its record, and the code on its contact card."""

    id: str
    fields: dict[str, Any]
    card: str


@dataclass(frozen=True)
class TeamGround:
    """One team with its people and places, as written."""

    team_id: str
    name: str
    members: tuple[Member, ...]
    homes: tuple[Home, ...]


@dataclass
class Roster:
    """Collects what is to be written and writes it when a batch is full. `close` writes the rest."""

    session: Session
    ids: SeededIds
    rng: Random
    now: int
    numbers: int = 0
    places: int = 0
    writes: list[Write] = field(default_factory=list)
    rows: dict[type[Base], list[dict[str, Any]]] = field(default_factory=dict)

    def add_city(self, towns: tuple[Town, ...]) -> None:
        """The city, its counties, and the towns that the demo uses."""
        rows = [_area(CITY_CODE, None, "city", CITY_NAME, *CITY_POINT)]
        rows += [_area(c.code, CITY_CODE, "county", c.name, c.lat, c.lon) for c in COUNTIES]
        rows += [_area(t.code, t.county.code, "street", t.name, t.county.lat, t.county.lon) for t in towns]
        for row in rows:
            self._row(Area, row)
        self._flush()

    def add_team(self, community: Community, size: int) -> TeamGround:
        """One community with its team of `size` cadres (the first leads it), all its places and their codes."""
        team_id = self.ids(self.now)
        scope = f"team:{team_id}"
        for area in community.areas:
            self._row(Area, {**area, "team_id": team_id if area["id"] == community.code else None})
        members = tuple(self._member(community, team_id, scope, index == 0) for index in range(size))
        name = f"{community.town.name}{community.name}服务队"
        self.writes.append(
            create(
                "team",
                {
                    "name": name,
                    "leader_name": members[0].name,
                    "unit_name": community.unit_name,
                    "area_id": community.code,
                    "area_name": community.name,
                    "visit_day": "每周五",
                    "members_count": size,
                },
                id=team_id,
                scope=scope,
            )
        )
        homes: list[Home] = []
        for door in community.doors:
            place_id = self.ids(self.now)
            owner = members[len(homes) % size]
            pinyin = initials(door.fields["label"], door.fields["building"])
            fields = {**door.fields, "pinyin": pinyin, "owner_cadre_id": owner.id}
            if door.fields["kind"] == "enterprise":
                fields["linked_cadre_id"] = owner.id
            self.writes.append(create("place", fields, id=place_id, scope=scope))
            self._row(
                PlaceContact,
                {
                    "place_id": place_id,
                    "name": door.contact_name,
                    "phone": door.contact_phone,
                    "source": "demo",
                    "created_on": date_of_day(day_of(self.now)).isoformat(),
                },
            )
            homes.append(Home(place_id, fields, self._code("card", place_id=place_id)))
        for area in community.areas:
            if area["level"] == "building":
                self._code("plate", area_id=area["id"])
        self.places += len(homes)
        if len(self.writes) >= BATCH:
            self._flush()
        return TeamGround(team_id, name, members, tuple(homes))

    def close(self) -> None:
        """Write what is still waiting."""
        self._flush()

    def _member(self, community: Community, team_id: str, scope: str, leader: bool) -> Member:
        self.numbers += 1
        member = Member(self.ids(self.now), people.name(self.rng), leader)
        year = date_of_day(day_of(self.now)).year
        self.writes.append(
            create(
                "cadre",
                {
                    "name": member.name,
                    "unit_name": community.unit_name,
                    "number": f"LC{self.numbers:06d}",
                    "team_id": team_id,
                    "leader": leader,
                    "term": f"{year}-01-01至{year}-12-31",
                    "active": True,
                },
                id=member.id,
                scope=scope,
            )
        )
        self._row(
            Account,
            {
                "id": member.id,
                "name": member.name,
                "role": "leader" if leader else "cadre",
                "cadre_id": member.id,
                "team_id": team_id,
                # Not from the seed: whoever knows the demo must not know its badges.
                "badge_secret": os.urandom(20),
                "phone": people.phone(self.rng),
                "active": True,
                "created_at": self.now,
            },
        )
        self._code("badge", cadre_id=member.id)
        return member

    def _code(self, kind: str, **what: str) -> str:
        code, row = new_place_code(), {"place_id": None, "area_id": None, "cadre_id": None, **what}
        self._row(PlaceCode, {"code": code, "kind": kind, "created_at": self.now, "revoked_at": None, **row})
        return code

    def _row(self, model: type[Base], values: dict[str, Any]) -> None:
        self.rows.setdefault(model, []).append(values)

    def _flush(self) -> None:
        for model in (Area, Account, PlaceContact, PlaceCode):
            if rows := self.rows.pop(model, None):
                self.session.execute(insert(model), rows)
        for start in range(0, len(self.writes), BATCH):
            outcomes = write(self.session, self.writes[start : start + BATCH], actor=SYSTEM, now=self.now)
            refused = [outcome for outcome in outcomes if outcome.outcome != "applied"]
            if refused:
                raise RuntimeError(f"the door refused a record of the demo: {refused[0]}")
        self.writes.clear()


def _area(code: str, parent: str | None, level: str, name: str, lat: float, lon: float) -> dict[str, Any]:
    return {"id": code, "parent_id": parent, "level": level, "name": name, "lat": lat, "lon": lon, "team_id": None}
