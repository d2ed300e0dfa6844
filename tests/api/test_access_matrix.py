"""Every endpoint × everybody who has no business there: refused, and nothing leaks, and nothing is written.

The endpoints come from the product itself; one that is not described in `access_doors.py` fails the first test.
"""

from __future__ import annotations

import io
import json
import sqlite3
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from tests.api.access_doors import DOORS, KEYS, KINDS, Door, routes
from tests.api.access_world import SECRETS, World, make_world, people, photo_bytes
from tests.api.residents_street import Street
from tests.factories import City

SIGNED_IN = {"phone", "handing_in", "leader", "task_force", "office", "operator"}
# What the roles of people in good standing open, whoever's records are behind it.
ROLES = {
    "zhao": {"phone", "handing_in"},
    "unit": {"phone", "handing_in"},
    "qian": {"phone", "handing_in", "leader", "office"},
    "far": {"phone", "handing_in", "leader", "task_force", "office", "operator"},
}
# Their refusal: status and what the phone is told.
BARRED = {"wang": (401, None), "hard": (403, "1"), "anonymous": (401, None), "resident": (401, None)}
FOREIGN = {403, 404}
# Doors of others, as they refuse people of ours.
OTHER_LOCKS = {"desk": {302, 303, 400, 401, 403}, "client": {400, 403, 404, 405, 415}, "platform": {400, 401}}
# Not an answer about records: a wrong password, a missing part of the body.
ANSWERED = {200, 201, 204, 400, 409, 422}


@pytest.fixture
def world(app: Flask, city: City, street: Street) -> World:
    """Team a, with one of everything."""
    return make_world(app, city, street)


@pytest.fixture
def written(world: World) -> Callable[[], bool]:
    """Whether anything at all was committed since the last call."""
    path: Path = world.app.config["DOORSTEP"].data_dir / "doorstep.db"
    watcher = sqlite3.connect(path)
    seen = [watcher.execute("PRAGMA data_version").fetchone()[0]]

    def changed() -> bool:
        seen.append(watcher.execute("PRAGMA data_version").fetchone()[0])
        return seen[-1] != seen[-2]

    return changed


def text_of(reply: TestResponse) -> str:
    """All text of a reply, that inside of office files too."""
    if reply.is_json:
        return json.dumps(reply.get_json(), ensure_ascii=False)
    if not zipfile.is_zipfile(io.BytesIO(reply.data)):
        return reply.data.decode(errors="replace")
    with zipfile.ZipFile(io.BytesIO(reply.data)) as archive:
        return "".join(archive.read(name).decode(errors="replace") for name in archive.namelist())


def leaks(world: World, reply: TestResponse) -> list[str]:
    """Which secrets of team a stand in a reply."""
    found = [secret for secret in SECRETS if secret in text_of(reply)]
    return [*found, "photo"] if photo_bytes(world) in reply.data else found


def test_every_endpoint_is_a_door_of_the_matrix_and_every_door_is_there(app: Flask):
    there = {f"{method} {endpoint}" for method, endpoint, _ in routes(app)}
    assert there - DOORS.keys() == set(), "write them down in access_doors.py"
    assert DOORS.keys() - there == set(), "these are gone"
    assert {door.key for door in DOORS.values()} == KEYS
    assert {door.kind for door in DOORS.values()} == KINDS


@pytest.mark.parametrize("who", ["zhao", "qian", "far", "unit", "wang", "soft", "hard", "resident", "anonymous"])
def test_no_door_of_team_a_opens_for(world: World, written: Callable[[], bool], who: str):
    client, faults = people(world)[who], []
    for method, endpoint, rule in routes(world.app):
        door = DOORS[f"{method} {endpoint}"]
        if endpoint == "accounts.sign_out":
            continue
        written()
        reply = world.knock(client, method, rule, door)
        wrong = _wrong(who, door, reply)
        if _must_not_write(who, door) and written():
            wrong.append("wrote")
        wrong += leaks(world, reply)
        faults += [f"{method} {rule}: {reply.status_code} {fault}" for fault in wrong]
    assert not faults, "\n".join(faults)


def _must_not_write(who: str, door: Door) -> bool:
    if door.key not in SIGNED_IN:
        return door.key in OTHER_LOCKS
    return who in BARRED or door.names or door.key not in _opens(who)


def _opens(who: str) -> set[str]:
    return {"handing_in"} if who == "soft" else ROLES.get(who, set())


def _wrong(who: str, door: Door, reply: TestResponse) -> list[str]:
    """What is wrong with this answer to this person."""
    status, faults = reply.status_code, []
    if status >= 500:
        return ["a fault of the server"]
    if door.key in OTHER_LOCKS:
        return [] if status in OTHER_LOCKS[door.key] else ["another system's door"]
    if door.key not in SIGNED_IN:
        return []
    if who in BARRED:
        expected, wipe = BARRED[who]
        if (status, reply.headers.get("X-Doorstep-Wipe")) != (expected, wipe):
            faults.append(f"expected {expected}")
    elif door.key not in _opens(who):
        if status != 403:
            faults.append("expected 403")
    elif door.names and not _hears_nothing_is_there(reply):
        faults.append("expected 404: it is another team's")
    elif not door.names and status not in ANSWERED | FOREIGN:
        faults.append("expected an answer")
    if status in (401, 403) and reply.headers.get("X-Doorstep-Logout"):
        faults.append("logs the phone out")
    return faults


def _hears_nothing_is_there(reply: TestResponse) -> bool:
    # A delivery that is not yours is, like one that does not exist, none that waits for you.
    return reply.status_code in FOREIGN or (reply.status_code == 409 and reply.get_json()["error"] == "not_waiting")


def test_team_as_own_people_and_the_task_force_do_get_in(world: World):
    """The matrix would be green for a product that refuses everybody: here the same knocks open."""
    everybody, faults, opened = people(world), [], 0
    order = sorted(routes(world.app), key=lambda route: DOORS[f"{route[0]} {route[1]}"].kind == "write")
    for method, endpoint, rule in order:
        door = DOORS[f"{method} {endpoint}"]
        if door.key not in SIGNED_IN or endpoint in ("accounts.sign_out", "imports.discard"):
            continue
        who = {"task_force": "zhou", "operator": "zhou", "phone": "li", "handing_in": "li"}.get(door.key, "sun")
        reply = world.knock(everybody[who], method, rule, door)
        opened += 1
        refusal = (reply.get_json(silent=True) or {}).get("error")
        if reply.status_code in (401, 403, 404) and refusal not in ("password_wrong", "reconfirm", "totp_wrong"):
            faults.append(f"{method} {rule}: {reply.status_code} {reply.get_data(as_text=True)[:80]}")
        if door.shows and not leaks(world, reply) and not _own_names(world, reply):
            faults.append(f"{method} {rule}: shows nothing that others must not see")
    assert not faults, "\n".join(faults)
    assert opened > 60


def _own_names(world: World, reply: TestResponse) -> bool:
    """Lists of phones, codes and rows show no text, but whose they are."""
    return any(name in text_of(reply) for name in ("spare-of-li", world.ids["request_id"], "第a服务队"))
