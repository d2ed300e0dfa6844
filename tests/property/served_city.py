"""The product as the phones' own program meets it, and beside it what only a test may do: new teams, moves, a backup put back.

DOORSTEP_DATA=<folder> python -m granian --interface wsgi tests.property.served_city:app
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable
from contextlib import closing
from typing import Any

import msgspec
from flask import Flask
from sqlalchemy import delete, text

import config
from app import create_app
from app.api.accounts import issue_code
from app.database import db, reading, writing
from app.ids import new_id, now_ms
from app.models.accounts import Account, LoginSession
from app.models.places import Area
from app.setup import make_tables
from app.synced import DOOR, REGISTRY
from app.writes import Actor, create, move, patch, write
from sync import epoch
from sync.check import faults
from sync.statements import wire_record

SYSTEM = Actor("system", None, "系统")
LEADER = Actor("leader", None, "孙队长")
AREA = "371502"


def made() -> Flask:
    """The product on an empty database of its own."""
    settings = config.load()
    app = create_app(settings)
    with app.app_context():
        make_tables()
        with writing() as session:
            if session.get(Area, AREA) is None:
                session.add(Area(id=AREA, level="county", name="东昌府区"))
    return app


def new_teams(_ask: dict[str, Any]) -> dict[str, Any]:
    """Two teams that no other history knows: Li and Wang in the first, Zhao in the second, two places each."""
    now, ids, writes = now_ms(), {letter: new_id() for letter in "ab"}, []
    people: dict[str, str] = {}
    places: list[str] = []
    with writing() as session:
        for letter, team in ids.items():
            writes.append(create("team", {"name": f"第{letter}服务队"}, id=team, scope=f"team:{team}"))
            for name in ("li", "wang") if letter == "a" else ("zhao",):
                people[name] = person = new_id()
                session.add(Account(id=person, name=name, role="cadre", cadre_id=person, team_id=team, created_at=now))
                values: dict[str, Any] = {"name": name, "team_id": team, "leader": False, "active": True}
                writes.append(create("cadre", values, id=person, scope=f"team:{team}"))
            for number in range(2):
                places.append(place := new_id())
                values = {"kind": "household", "label": f"张**{number}", "area_id": AREA, "dwelling": "building"}
                writes.append(create("place", values, id=place, scope=f"team:{team}"))
        assert {o.outcome for o in write(session, writes, actor=SYSTEM, now=now)} == {"applied"}
    return {"teams": ids, "people": people, "places": places}


def a_code(ask: dict[str, Any]) -> dict[str, Any]:
    """What the leader reads out to a person who enrols a phone."""
    with writing() as session:
        return {"code": issue_code(session, ask["person"], None, now_ms())}


def sign_in_ends(ask: dict[str, Any]) -> dict[str, Any]:
    """The phone's session has run out."""
    with writing() as session:
        session.execute(delete(LoginSession).where(LoginSession.device_id == ask["device"]))
    return {}


def household_moves(ask: dict[str, Any]) -> dict[str, Any]:
    """A place gets another team."""
    with writing() as session:
        move(session, "place", ask["place"], f"team:{ask['team']}", actor=SYSTEM, now=now_ms())
    return {}


def leader_writes(ask: dict[str, Any]) -> dict[str, Any]:
    """The leader changes a place at the desk while phones are out."""
    with writing() as session:
        write(session, [patch("place", ask["place"], ask["values"])], actor=LEADER, now=now_ms())
    return {}


def _copied(source: str, to: str) -> None:
    folder = config.load().data_dir
    with closing(sqlite3.connect(folder / source)) as old, closing(sqlite3.connect(folder / to, timeout=30)) as new:
        old.backup(new)


def back_up(_ask: dict[str, Any]) -> dict[str, Any]:
    """A copy of the database as it is now."""
    _copied("doorstep.db", "backup.db")
    return {}


def put_back(_ask: dict[str, Any]) -> dict[str, Any]:
    """The copy takes the place of today's database, under a new epoch."""
    db.session.remove()
    _copied("backup.db", "doorstep.db")
    with writing() as session:
        epoch.renew(session.connection(), DOOR.tables)
    return {}


def what_is_there(ask: dict[str, Any]) -> dict[str, Any]:
    """The live rows of these scopes as they go out, and everything parked by these people."""
    rows: dict[str, Any] = {}
    with reading() as session:
        connection = session.connection()
        for collection in REGISTRY.values():
            columns = ", ".join(f'"{name}"' for name in (*collection.wire_fields, "deleted"))
            for scope in ask["scopes"]:
                sql = f'SELECT {columns} FROM "{collection.table.name}" WHERE scope = ?'
                for values in connection.exec_driver_sql(sql, (scope,)):
                    if not values[-1]:
                        record = wire_record(collection, values[:-1])
                        rows[f"{collection.name}/{record['id']}"] = record
        kept = session.execute(text("SELECT uuid, code, body, actor_id FROM sync_parked"))
        parked = [{"uuid": k.uuid, "code": k.code, "body": k.body} for k in kept if k.actor_id in ask["people"]]
    return {"rows": rows, "parked": parked}


def what_does_not_fit(_ask: dict[str, Any]) -> dict[str, Any]:
    """Rows, log and digests of all histories so far, checked against each other."""
    with reading() as session:
        return {"faults": faults(session.connection(), DOOR)}


ACTS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    act.__name__: act
    for act in (
        new_teams,
        a_code,
        sign_in_ends,
        household_moves,
        leader_writes,
        back_up,
        put_back,
        what_is_there,
        what_does_not_fit,
    )
}

_product = made()
_encode = msgspec.json.Encoder().encode


def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """WSGI: `/test/<act>` for the test, everything else the product."""
    path = environ["PATH_INFO"]
    if not path.startswith("/test/"):
        served: Iterable[bytes] = _product(environ, start_response)
        return served
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    with _product.app_context():
        reply = _encode(ACTS[path.removeprefix("/test/")](msgspec.json.decode(body)))
    start_response("200 OK", [("Content-Type", "application/json")])
    return [reply]
