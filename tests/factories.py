"""A tiny city for tests, and people signed in to it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

from flask import current_app
from flask.testing import FlaskClient

from app import sessions
from app.database import writing
from app.ids import new_id, now_ms
from app.models.accounts import Account, Device
from app.models.places import Area
from app.writes import Actor, create, write

SYSTEM = Actor("system", None, "系统")


@dataclass
class City:
    """Ids by short names: teams a, b; cadres li, wang (team a), zhao (team b); places p1..p4 (team a), p5, p6 (team b)."""

    teams: dict[str, str] = field(default_factory=dict)
    people: dict[str, str] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)

    def sign_in(self, name: str, client_id: str | None = None) -> FlaskClient:
        """A browser with this person's session; `client_id` makes it an enrolled phone."""
        client = current_app.test_client()
        with writing() as session:
            account = session.get(Account, self.people[name])
            assert account is not None
            if client_id and session.get(Device, client_id) is None:
                session.add(Device(id=client_id, account_id=account.id, enrolled_at=now_ms(), pending=0))
                session.flush()
            token = sessions.begin(session, account, now_ms(), client_id)
        client.set_cookie(sessions.cookie_name(), token)
        client.environ_base["HTTP_X_DOORSTEP"] = "1"
        return client


def make_city() -> City:
    """Write the tiny city through the door."""
    city = City()
    now = now_ms()
    with writing() as session:
        session.add(Area(id="371502", level="county", name="东昌府区"))
        session.flush()
        session.add(Area(id="371502001", parent_id="371502", level="street", name="古楼街道"))
        writes = []
        for letter in "ab":
            city.teams[letter] = team = new_id()
            writes.append(create("team", {"name": f"第{letter}服务队"}, id=team, scope=f"team:{team}"))
        staff = [("li", "a", "cadre"), ("wang", "a", "cadre"), ("zhao", "b", "cadre"), ("sun", "a", "leader")]
        staff += [("qian", "b", "leader"), ("zhou", None, "task_force")]
        for name, letter, role in staff:
            city.people[name] = person = new_id()
            team = city.teams.get(letter or "")
            session.add(
                Account(
                    id=person,
                    login=name,
                    name=name,
                    role=role,
                    cadre_id=person if team else None,
                    team_id=team,
                    badge_secret=secrets.token_bytes(20),
                    created_at=now,
                )
            )
            if team:
                values = {"name": name, "team_id": team, "leader": role == "leader", "active": True}
                writes.append(create("cadre", values, id=person, scope=f"team:{team}"))
        for number in range(1, 7):
            letter = "a" if number <= 4 else "b"
            city.places[f"p{number}"] = place = new_id()
            values = {
                "kind": "household",
                "label": f"张**{number}",
                "address": f"古楼街道光岳小区{number}号楼101",
                "area_id": "371502001",
                "lat": 36.456 + number / 10_000,
                "lon": 115.98,
                "dwelling": "building",
                "point_confirmed": True,
            }
            writes.append(create("place", values, id=place, scope=f"team:{city.teams[letter]}"))
        outcomes = write(session, writes, actor=SYSTEM, now=now)
        assert {o.outcome for o in outcomes} == {"applied"}, outcomes
    return city
