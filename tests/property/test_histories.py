"""Generated histories: several phones and people, a bad network, moves, revocation, restored backups (Hypothesis state machine)."""

from __future__ import annotations

import copy
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from app import create_app
from app.database import db, writing
from app.ids import diary_id, new_id, now_ms
from app.models.accounts import Device
from app.synced import DOOR
from app.writes import Actor, move
from sync import epoch
from tests.conftest import empty_postgres, settings_for
from tests.devices import Phone, Record
from tests.factories import City, make_city
from tests.property.model import Journal, check_everything

OWNERS = ("li", "li", "wang", "zhao")
PHONES = st.integers(0, len(OWNERS) - 1)
PLACES = st.sampled_from([f"p{n}" for n in range(1, 7)])
STATUSES = st.sampled_from(["solved_on_spot", "explained", "own_unit", "to_be_forwarded", "agreed", "reopened", "closed", "withdrawn"])
SYSTEM = Actor("system", None, "系统")
FUZZ = os.environ.get("DOORSTEP_FUZZ") == "1"


class World:
    """One product whose database can be put back to its first day, or to a backup, in a millisecond."""

    def __init__(self, app: Flask, folder: Path | None) -> None:
        self.app, self.folder = app, folder
        self.city: City | None = None

    def fresh(self) -> City:
        """The tiny city on its first day."""
        if self.folder is None:
            empty_postgres()
            return make_city()
        if self.city is None:
            self.city = make_city()
            self.save("first-day")
        self.load("first-day")
        return copy.deepcopy(self.city)

    def save(self, name: str) -> None:
        """A backup (SQLite)."""
        assert self.folder is not None
        with db.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        shutil.copy(self.folder / "doorstep.db", self.folder / name)

    def load(self, name: str) -> None:
        """Put a backup back."""
        assert self.folder is not None
        db.session.remove()
        db.engine.dispose()
        for suffix in ("-wal", "-shm"):
            (self.folder / f"doorstep.db{suffix}").unlink(missing_ok=True)
        shutil.copy(self.folder / name, self.folder / "doorstep.db")


WORLD: list[World] = []


class Histories(RuleBasedStateMachine):
    """Four phones of three people in two teams."""

    def __init__(self) -> None:
        super().__init__()
        self.world = WORLD[0]
        self.journal = Journal()
        self.backup = False
        self.counter = 0
        self.places: dict[str, str] = {}
        self.hard: set[int] = set()

    @initialize()
    def enrol(self) -> None:
        self.city = self.world.fresh()
        self.places = self.city.places
        self.phones = []
        for name in OWNERS:
            client_id = new_id()
            phone = Phone(self.city.sign_in(name, client_id), client_id, self.city.people[name])
            phone.pull()
            self.phones.append(phone)

    def word(self) -> str:
        """A value that no other mutation uses."""
        self.counter += 1
        return f"w{self.counter}"

    # People

    @rule(i=PHONES, place=PLACES, outcome=st.sampled_from(["met", "nobody", "vacant"]))
    def visit(self, i: int, place: str, outcome: str) -> None:
        phone = self.phones[i]
        if phone.view("place", self.places[place]):
            phone.create("visit", {"place_id": self.places[place], "outcome": outcome})

    @rule(i=PHONES, pick=st.integers(0, 50), outcome=st.sampled_from(["met", "inconvenient", "moved"]))
    def correct_a_visit(self, i: int, pick: int, outcome: str) -> None:
        self._patch_one(i, "visit", pick, {"outcome": outcome})

    @rule(i=PHONES, place=PLACES)
    def change_the_address(self, i: int, place: str) -> None:
        self._patch_place(i, place, {"address": self.word()})

    @rule(i=PHONES, place=PLACES)
    def note_hardship(self, i: int, place: str) -> None:
        self._patch_place(i, place, {"hardship": self.word()})

    @rule(i=PHONES, place=PLACES, by=st.integers(1, 3))
    def count_refusals(self, i: int, place: str, by: int) -> None:
        self._patch_place(i, place, {"refusals": {"op": "inc", "by": by}})

    @rule(i=PHONES, place=PLACES, tag=st.sampled_from("甲乙丙"), add=st.booleans())
    def tag(self, i: int, place: str, tag: str, add: bool) -> None:
        change: Record = {"op": "delta", "add": [tag], "remove": []} if add else {"op": "delta", "add": [], "remove": [tag]}
        self._patch_place(i, place, {"tags": change})

    @rule(i=PHONES, own=st.booleans(), at=st.integers(0, 6), drop=st.booleans())
    def write_the_diary(self, i: int, own: bool, at: int, drop: bool) -> None:
        phone = self.phones[i]
        author = phone.person_id if own else self.city.people["li"]
        diary = diary_id(author, "2026-11-20")
        now = phone.view("diary", diary)
        parts = [p + "。" for p in (now or {}).get("text", "").split("。") if p]
        if drop and parts:
            parts.pop(at % len(parts))
        parts.insert(at % (len(parts) + 1), self.word() + "。")
        if now is None:
            phone.create("diary", {"author_id": author, "diary_on": "2026-11-20", "text": "".join(parts)}, id=diary)
        else:
            phone.patch("diary", diary, {"text": "".join(parts)})

    @rule(i=PHONES, place=PLACES, handling=st.sampled_from([None, "on_the_spot", "explain", "forward"]))
    def record_a_request(self, i: int, place: str, handling: str | None) -> None:
        phone = self.phones[i]
        if phone.view("place", self.places[place]):
            values: Record = {"place_id": self.places[place], "text": self.word()}
            phone.create("service_request", values | ({"handling": handling} if handling else {}))

    @rule(i=PHONES, pick=st.integers(0, 50), status=STATUSES)
    def step(self, i: int, pick: int, status: str) -> None:
        self._patch_one(i, "service_request", pick, {"status": {"op": "step", "to": status, "reason": "因故"}})

    @rule(i=PHONES, pick=st.integers(0, 50))
    def comment(self, i: int, pick: int) -> None:
        phone = self.phones[i]
        ids = sorted(key[1] for key in phone.base if key[0] == "service_request")
        if ids:
            values = {"service_request_id": ids[pick % len(ids)], "kind": "comment", "text": self.word()}
            phone.create("service_request_event", values)

    @rule(i=PHONES)
    def make_nonsense(self, i: int) -> None:
        """A poison mutation."""
        self.phones[i].create("visit", {"place_id": self.places["p1"], "outcome": "danced"})

    @rule(i=PHONES, clock=st.sampled_from([0, -62_135_596_800_000, 253_402_300_799_000]))
    def turn_the_clock(self, i: int, clock: int) -> None:
        self.phones[i].now = clock

    @rule(i=PHONES, place=PLACES)
    def settle(self, i: int, place: str) -> None:
        phone = self.phones[i]
        row = phone.view("place", self.places[place])
        if row and row.get("conflict"):
            entry = row["conflict"][0]
            phone.patch("place", row["id"], {entry["field"]: entry["value"]}, settles=[entry["uuid"]])

    def _patch_place(self, i: int, place: str, values: Record) -> None:
        phone = self.phones[i]
        if phone.view("place", self.places[place]):
            phone.patch("place", self.places[place], values)

    def _patch_one(self, i: int, collection: str, pick: int, values: Record) -> None:
        phone = self.phones[i]
        keys = {key[1] for key in phone.base if key[0] == collection}
        keys |= {m["id"] for m in phone.outbox.values() if m["collection"] == collection and m["op"] == "create"}
        if keys:
            phone.patch(collection, sorted(keys)[pick % len(keys)], values)

    # Network

    @rule(i=PHONES, lose=st.sampled_from(["", "", "request", "reply"]), limit=st.sampled_from([1, 3, 200]))
    def push(self, i: int, lose: str, limit: int) -> None:
        phone = self.phones[i]
        keys = {(m["collection"], m["id"]) for m in phone.outbox.values()}
        before = {key: phone.view(*key) for key in keys}
        phone.push(lose_request=lose == "request", lose_reply=lose == "reply", limit=limit)
        self.journal.note(phone)
        if not any(r["outcome"] == "parked" for r in phone.results.values()):
            # 6: an acknowledgement without a pull changes nothing on the screen.
            assert {key: phone.view(*key) for key in keys} == before

    @rule(i=PHONES, first=st.integers(0, 3))
    def a_proxy_repeats_an_old_post(self, i: int, first: int) -> None:
        phone = self.phones[i]
        old = [m for _, m in sorted(phone.acked.items())][first : first + 5]
        if old:
            phone.post("/sync/push", phone.push_body(old))

    @rule(i=PHONES, limit=st.sampled_from([1, 2, 1000]), pages=st.sampled_from([1, 2, None]), lose=st.booleans())
    def pull(self, i: int, limit: int, pages: int | None, lose: bool) -> None:
        phone = self.phones[i]
        before, old_epoch = dict(phone.cursors), phone.epoch
        phone.pull(limit=limit, pages=pages, lose_reply=lose and pages == 1)
        self.journal.note(phone)
        if phone.epoch == old_epoch:
            # 8: cursors never go back.
            assert all(phone.cursors.get(scope, seq) >= seq for scope, seq in before.items())

    # Authority and server

    @rule(place=PLACES, team=st.sampled_from("ab"))
    def move_the_household(self, place: str, team: str) -> None:
        with writing() as session:
            move(session, "place", self.places[place], f"team:{self.city.teams[team]}", actor=SYSTEM, now=now_ms())

    @precondition(lambda self: self.world.folder is not None and not self.backup)
    @rule()
    def back_up(self) -> None:
        self.world.save("backup")
        self.backup = True

    @precondition(lambda self: self.backup)
    @rule()
    def restore(self) -> None:
        self.world.load("backup")
        with writing() as session:
            epoch.renew(session.connection(), DOOR.tables)
        self.backup = False

    @rule(i=st.integers(1, 1))
    def revoke_softly(self, i: int) -> None:
        """Li's second phone is taken out of service; what it holds goes to quarantine."""
        with writing() as session:
            device = session.get(Device, self.phones[i].client_id)
            if device is not None and device.revoked is None:
                device.revoked, device.revoked_at = "soft", now_ms()

    def teardown(self) -> None:
        if not self.places:
            return
        self._come_to_rest()
        phones = [p for p in self.phones if not self._revoked(p)]
        check_everything(phones, self.journal)

    def _revoked(self, phone: Phone) -> bool:
        device = db.session.get(Device, phone.client_id)
        db.session.expire_all()
        return device is not None and device.revoked is not None

    def _come_to_rest(self) -> None:
        for _ in range(4):
            for phone in self.phones:
                phone.sync()
                self.journal.note(phone)
        for phone in self.phones:
            if self._revoked(phone):
                phone.outbox = {m: v for m, v in phone.outbox.items() if m not in phone.acked}


def _run(examples: int) -> None:
    run_state_machine_as_test(
        Histories,
        settings=settings(
            max_examples=examples,
            stateful_step_count=50,
            deadline=None,
            derandomize=not FUZZ,
            print_blob=True,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.fixture
def world(request: pytest.FixtureRequest) -> Iterator[Any]:
    """A product in memory (SQLite) or on the tests' PostgreSQL."""
    shm = Path("/dev/shm")
    folder = Path(tempfile.mkdtemp(dir=shm if shm.is_dir() else None))
    on_postgres = request.param == "postgres"
    extra = {"DATABASE_URL": request.getfixturevalue("postgres_url")} if on_postgres else {}
    app = create_app(settings_for(folder, **extra))
    with app.app_context():
        if not on_postgres:
            from app.setup import make_tables

            make_tables()
        WORLD[:] = [World(app, None if on_postgres else folder)]
        yield WORLD[0]
        db.session.remove()
        db.engine.dispose()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("world", ["sqlite"], indirect=True)
def test_any_history_keeps_every_invariant_on_sqlite(world: World) -> None:
    _run(100_000 if FUZZ else int(os.environ.get("DOORSTEP_HISTORIES", "1600")))


@pytest.mark.timeout(3600)
@pytest.mark.postgres
@pytest.mark.parametrize("world", ["postgres"], indirect=True)
def test_any_history_keeps_every_invariant_on_postgresql(world: World) -> None:
    _run(20_000 if FUZZ else int(os.environ.get("DOORSTEP_HISTORIES", "400")))
