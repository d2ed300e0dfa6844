"""Generated histories: several phones and people, a bad network, moves, revocation, restored backups (Hypothesis state machine)."""

from __future__ import annotations

import copy
import os
import random
import shutil
import tempfile
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from app import create_app
from app.database import db, writing
from app.ids import new_id, now_ms
from app.models.accounts import Device
from app.setup import make_tables
from app.synced import DOOR
from app.writes import Actor, move
from sync import epoch
from tests.conftest import Browser, empty_postgres, settings_for
from tests.devices import Phone
from tests.factories import City, make_city
from tests.property.model import Journal, check_everything
from tests.property.people import People

OWNERS = ("li", "li", "wang", "zhao")
PHONES = st.integers(0, len(OWNERS) - 1)
PLACES = st.sampled_from([f"p{n}" for n in range(1, 7)])
SYSTEM = Actor("system", None, "系统")
FUZZ = os.environ.get("DOORSTEP_FUZZ") == "1"
STEPS = 50
# In parts, so that they can run side by side; each part draws from a seed of its own. The long run has many: what Hypothesis
# remembers of its draws grows with a part.
PARTS, PARTS_ON_POSTGRES = (200, 50) if FUZZ else (4, 2)
EACH = int(os.environ.get("DOORSTEP_HISTORIES", "80000" if FUZZ else "1600")) // PARTS
EACH_ON_POSTGRES = int(os.environ.get("DOORSTEP_HISTORIES", "20000" if FUZZ else "400")) // PARTS_ON_POSTGRES
FIRST_SEED = int(os.environ.get("DOORSTEP_SEED", random.randrange(2**31) if FUZZ else 20261122))


class World:
    """One product whose database can be put back to its first day, or to a backup, in a millisecond."""

    def __init__(self, app: Flask, folder: Path | None) -> None:
        self.app, self.folder = app, folder
        self.city: City | None = None

    def fresh(self) -> City:
        """The tiny city on its first day."""
        if self.folder is None:
            # A transaction left open by the last history would keep its tables from being emptied, for ever.
            db.session.remove()
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

    begun = 0
    steps = 0

    def __init__(self) -> None:
        super().__init__()
        Histories.begun += 1
        self.world = WORLD[0]
        self.journal = Journal()
        self.backup = False
        self.acknowledged_since = 0
        self.places: dict[str, str] = {}

    @initialize()
    def enrol(self) -> None:
        self.city = self.world.fresh()
        self.places, self.people = self.city.places, People(self.city, blind=self.journal.blind)
        self.phones: list[Phone] = []
        for name in OWNERS:
            client_id = new_id()
            phone = Phone(self.city.sign_in(name, client_id), client_id, self.city.people[name])
            phone.pull()
            self.phones.append(phone)

    @rule(
        i=PHONES,
        acts=st.lists(st.tuples(st.integers(0, 17), st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=5),
    )
    def work(self, i: int, acts: list[tuple[int, int, int]]) -> None:
        """A person does a few things on one phone."""
        for kind, a, b in acts:
            self.people.act(self.phones[i], kind, a, b)

    @rule(i=PHONES, lose=st.sampled_from(["", "", "request", "reply"]), limit=st.sampled_from([1, 3, 200]))
    def push(self, i: int, lose: str, limit: int) -> None:
        phone = self.phones[i]
        keys = {(m["collection"], m["id"]) for m in phone.outbox.values()}
        before, acknowledged = {key: phone.view(*key) for key in keys}, len(phone.acked)
        phone.push(lose_request=lose == "request", lose_reply=lose == "reply", limit=limit)
        self.journal.note(phone)
        self.acknowledged_since += max(0, len(phone.acked) - acknowledged)
        if not any(r["outcome"] == "parked" for r in phone.results.values()):
            # 6: an acknowledgement without a pull changes nothing on the screen.
            assert {key: phone.view(*key) for key in keys} == before

    @rule(i=PHONES, first=st.integers(0, 3))
    def a_proxy_repeats_an_old_post(self, i: int, first: int) -> None:
        phone = self.phones[i]
        old = [m for _, m in sorted(phone.acked.items())][first : first + 5]
        if old:
            phone.post("/sync/push", phone.push_body(old))

    @rule(i=PHONES)
    def a_batch_overtakes_the_one_before(self, i: int) -> None:
        phone = self.phones[i]
        waiting = [m for mid, m in sorted(phone.outbox.items()) if mid not in phone.acked]
        if len(waiting) > 1:
            phone.post("/sync/push", phone.push_body(waiting[1:]))

    @rule(i=PHONES, limit=st.sampled_from([1, 2, 1000]), pages=st.sampled_from([1, 2, None]), lose=st.booleans())
    def pull(self, i: int, limit: int, pages: int | None, lose: bool) -> None:
        phone = self.phones[i]
        before, old_epoch = dict(phone.cursors), phone.epoch
        phone.pull(limit=limit, pages=pages, lose_reply=lose and pages == 1)
        self.journal.note(phone)
        if phone.epoch == old_epoch:
            # 8: cursors never go back.
            assert all(phone.cursors.get(scope, seq) >= seq for scope, seq in before.items())

    @rule(place=PLACES, team=st.sampled_from("ab"))
    def move_the_household(self, place: str, team: str) -> None:
        with writing() as session:
            move(session, "place", self.places[place], f"team:{self.city.teams[team]}", actor=SYSTEM, now=now_ms())

    @precondition(lambda self: self.world.folder is not None and not self.backup)
    @rule()
    def back_up(self) -> None:
        self.world.save("backup")
        self.backup, self.acknowledged_since = True, 0

    # Left to chance, hardly any restore would lose what a phone had been told is in.
    @precondition(lambda self: self.backup and self.acknowledged_since)
    @rule()
    def restore(self) -> None:
        self.world.load("backup")
        with writing() as session:
            epoch.renew(session.connection(), DOOR.tables)
        self.backup, self.journal.restored = False, True

    @rule(i=st.integers(1, 1))
    def revoke_softly(self, i: int) -> None:
        """Li's second phone is taken out of service; what it holds goes to quarantine."""
        with writing() as session:
            device = session.get(Device, self.phones[i].client_id)
            if device is not None and device.revoked is None:
                device.revoked, device.revoked_at = "soft", now_ms()

    @invariant()
    def count(self) -> None:
        Histories.steps += 1

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
        """Everybody syncs until a whole round brings nothing; four rounds must do, what is open then fails the checks."""
        for _ in range(4):
            before = [self._state(phone) for phone in self.phones]
            for phone in self.phones:
                phone.sync()
                self.journal.note(phone)
            if [self._state(phone) for phone in self.phones] == before:
                break
        for phone in self.phones:
            if self._revoked(phone):
                phone.outbox = {m: v for m, v in phone.outbox.items() if m not in phone.acked}

    @staticmethod
    def _state(phone: Phone) -> object:
        return phone.epoch, dict(phone.cursors), set(phone.outbox), set(phone.acked)


def run(examples: int, phases: Collection[Phase] = tuple(Phase), first: int | None = None) -> None:
    """So many histories, drawn from the seed `first`; raises what the first one that breaks an invariant raised."""
    machine = type("Histories", (Histories,), {})
    run_state_machine_as_test(
        machine if first is None else seed(first)(machine),
        settings=settings(
            max_examples=examples,
            phases=phases,
            # Hypothesis cuts some histories short: with room above, there are fifty steps on average.
            stateful_step_count=STEPS + 10,
            deadline=None,
            derandomize=first is None,
            database=None,
            print_blob=True,
            suppress_health_check=list(HealthCheck),
        ),
    )


def run_and_count(examples: int, first: int) -> None:
    """So many histories of fifty steps; says from which seed."""
    print(f"\n{examples} histories from DOORSTEP_SEED={first}")
    Histories.begun = Histories.steps = 0
    run(examples, first=first)
    assert Histories.begun >= examples
    # The first of a seed is the shortest there is.
    assert Histories.steps >= STEPS * (examples - 1), f"{Histories.steps} steps in {Histories.begun} histories"


@pytest.fixture
def world(request: pytest.FixtureRequest) -> Iterator[Any]:
    """A product in memory (SQLite) or on the tests' PostgreSQL."""
    shm = Path("/dev/shm")
    folder = Path(tempfile.mkdtemp(dir=shm if shm.is_dir() else None))
    on_postgres = request.param == "postgres"
    extra = {"DATABASE_URL": request.getfixturevalue("postgres_url")} if on_postgres else {}
    app = create_app(settings_for(folder, **extra))
    app.test_client_class = Browser
    with app.app_context():
        if not on_postgres:
            make_tables()
        WORLD[:] = [World(app, None if on_postgres else folder)]
        yield WORLD[0]
        db.session.remove()
        db.engine.dispose()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.timeout(36_000)
@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("world", ["sqlite"], indirect=True)
def test_any_history_keeps_every_invariant_on_sqlite(world: World, part: int) -> None:
    run_and_count(EACH, FIRST_SEED + part)


@pytest.mark.timeout(36_000)
@pytest.mark.postgres
@pytest.mark.parametrize("part", range(PARTS_ON_POSTGRES))
@pytest.mark.parametrize("world", ["postgres"], indirect=True)
def test_any_history_keeps_every_invariant_on_postgresql(world: World, part: int) -> None:
    run_and_count(EACH_ON_POSTGRES, FIRST_SEED + PARTS + part)
