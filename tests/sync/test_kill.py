"""kill -9 on a server under load: what was acknowledged is there, what is there was tried, and each thing once.

Most kills hit the process that serves (`forking_server.py`), at any point of its work; the last few hit a real granian with two
workers, the whole process group at once, which is then started anew on the same files.
"""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, text

import app.database as database
import config
from app import create_app, sessions
from app.database import db, reading, writing
from app.ids import new_id, now_ms
from app.models.accounts import Account, Device
from app.synced import DOOR
from sync.check import faults
from tests.conftest import Browser
from tests.factories import City
from tests.sync.conftest import PhoneMaker

KILLS = int(os.environ.get("DOORSTEP_KILLS", "190"))
GROUP_KILLS = int(os.environ.get("DOORSTEP_GROUP_KILLS", "10"))


class Victim:
    """A server that is killed and started again on the same data."""

    def __init__(self, folder: Path, port_file: Path) -> None:
        self.folder, self.port_file = folder, port_file
        self.process: subprocess.Popen[bytes] | None = None
        self.phones: list[subprocess.Popen[bytes]] = []

    def _run(self, *command: str) -> None:
        environment = {**os.environ, "DOORSTEP_DATA": str(self.folder), "DOORSTEP_TESTING": "1"}
        self.process = subprocess.Popen(
            [sys.executable, "-m", *command],
            cwd=config.ROOT,
            env=environment,
            start_new_session=True,
            stderr=subprocess.DEVNULL,
        )

    def start_forking(self) -> None:
        """The server whose serving process is replaced at once."""
        self._run("tests.sync.forking_server", str(self.port_file))

    def start_granian(self) -> None:
        """The server of the product, on a new port."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = str(probe.getsockname()[1])
        options = ("--workers", "2", "--blocking-threads", "2", "--no-ws", "--log-level", "critical")
        self._run("granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", port, *options, "wsgi:app")
        # Renamed into place: a phone must never read half of it.
        part = self.port_file.with_suffix(".part")
        part.write_text(port)
        part.rename(self.port_file)

    def kill_the_serving_process(self) -> None:
        """kill -9 on the child, once there is one."""
        assert self.process is not None
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        while not (there := children.read_text().split()):
            time.sleep(0.001)
        os.kill(int(there[0]), signal.SIGKILL)

    def kill_all(self) -> None:
        """kill -9 on the whole process group."""
        assert self.process is not None
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@pytest.fixture
def app(settings: config.Config) -> Iterator[Flask]:
    """SQLite only: what PostgreSQL does when it is killed is PostgreSQL's promise."""
    made = create_app(settings)
    made.test_client_class = Browser
    with made.app_context():
        yield made
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def victim(tmp_path: Path) -> Iterator[Victim]:
    """The server to be killed, gone at the end."""
    made = Victim(tmp_path / "data", tmp_path / "port")
    yield made
    if made.process is not None and made.process.poll() is None:
        made.kill_all()
    for process in made.phones:
        process.kill()


def journalled(journals: list[Path], word: str) -> list[tuple[str, str, str]]:
    """Collection, record and uuid of every line with this word."""
    lines = [line.split() for journal in journals for line in journal.read_text().splitlines()]
    return [(line[1], line[2], line[3]) for line in lines if line[0] == word]


def load(city: City, folder: Path, name: str, place: str) -> tuple[subprocess.Popen[bytes], Path]:
    """A process that pushes as this person, and its journal."""
    client_id, journal = new_id(), folder / f"journal-{name}"
    with writing() as session:
        account = session.get_one(Account, city.people[name])
        session.add(Device(id=client_id, account_id=account.id, enrolled_at=now_ms(), pending=0))
        session.flush()
        token = sessions.begin(session, account, now_ms(), client_id)
    arguments = [str(folder / "port"), str(journal), client_id, token, city.places[place], str(folder / "stop")]
    command = [sys.executable, "-m", "tests.sync.load_journal", *arguments]
    return subprocess.Popen(command, cwd=config.ROOT), journal


def progress(journals: list[Path], loads: list[tuple[subprocess.Popen[bytes], Path]]) -> None:
    """Wait until every phone has been told something more."""
    for journal in journals:
        before = told_by(journal)
        while told_by(journal) == before:
            assert all(process.poll() is None for process, _ in loads), "a phone was answered wrongly"
            time.sleep(0.01)


def told_by(journal: Path) -> int:
    """How much this phone has been told so far."""
    return journal.read_text().count("told ") if journal.exists() else 0


@pytest.mark.timeout(600)
def test_two_hundred_kills_lose_nothing_and_double_nothing(city: City, victim: Victim, tmp_path: Path) -> None:
    chance = random.Random(20261122)
    victim.start_forking()
    while not victim.port_file.exists():
        time.sleep(0.02)
    loads = [load(city, tmp_path, name, place) for name, place in (("li", "p1"), ("wang", "p2"), ("zhao", "p5"))]
    victim.phones = [process for process, _ in loads]
    journals = [journal for _, journal in loads]
    progress(journals, loads)
    for number in range(KILLS):
        time.sleep(chance.uniform(0, 0.15))
        victim.kill_the_serving_process()
        if number % 10 == 0:
            progress(journals, loads)
    for _ in range(GROUP_KILLS):
        victim.kill_all()
        victim.start_granian()
        progress(journals, loads)
    (tmp_path / "stop").touch()
    assert [process.wait(120) for process, _ in loads] == [0] * len(loads)
    told, tried = journalled(journals, "told"), journalled(journals, "tried")
    assert len(told) > KILLS, "too little was under way for the kills to matter"
    with reading() as session:
        there = {row[0] for row in session.execute(text("SELECT id FROM visit"))}
        assert {i for c, i, _ in told if c == "visit"} <= there <= {i for c, i, _ in tried if c == "visit"}
        for place_id in {i for c, i, _ in tried if c == "place"}:
            counted = session.execute(text("SELECT refusals FROM place WHERE id = :id"), {"id": place_id}).scalar()
            assert counted == sum(i == place_id for _, i, _ in told)
        lines = session.execute(
            text("SELECT count(*), count(DISTINCT record_id) FROM sync_change WHERE collection = 'visit'")
        )
        assert tuple(lines.one()) == (len(there), len(there))
        assert session.execute(text("PRAGMA integrity_check")).scalar() == "ok"
        assert faults(session.connection(), DOOR) == []


def full(limit_pages: int) -> None:
    """Every new connection believes the disk to be so many pages large."""
    db.session.remove()
    db.engine.dispose()

    @event.listens_for(db.engine, "connect")
    def _limit(connection: Any, _record: Any) -> None:
        connection.execute(f"PRAGMA max_page_count={limit_pages}")


def test_a_full_disk_is_busy_and_the_phone_keeps_everything(city: City, phone: PhoneMaker) -> None:
    li = phone("li")
    with reading() as session:
        pages = session.execute(text("PRAGMA page_count")).scalar()
    full(pages + 20)
    for number in range(400):
        li.create("visit", {"place_id": city.places["p1"], "outcome": "met", "note": f"{number}" * 300})
    replies = []
    while (
        last := li.post(
            "/sync/push", li.push_body([m for mid, m in sorted(li.outbox.items()) if mid not in li.acked][:50])
        )
    ).status_code == 200:
        li._read_results(last.get_json()["results"])
        replies.append(last)
    assert (last.status_code, last.get_json()["error"], last.headers["Retry-After"]) == (503, "busy", "20")
    # Reading goes on, and what was acknowledged is there.
    li.pull()
    told = len(li.acked)
    assert told == 50 * len(replies)
    assert len([key for key in li.base if key[0] == "visit"]) == told
    assert len(li.outbox) == 400 - told
    # Somebody makes room.
    full(1_000_000)
    li.sync()
    assert not li.outbox
    assert len([key for key in li.base if key[0] == "visit"]) == 400


def test_a_locked_database_is_busy_and_nothing_is_lost(
    city: City, phone: PhoneMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "BUSY_TIMEOUT_MS", 50)
    db.session.remove()
    db.engine.dispose()
    li = phone("li")
    visit = li.create("visit", {"place_id": city.places["p1"], "outcome": "met"})
    with writing() as session:
        session.connection()
        reply = li.both()
        assert reply.status_code == 503, reply.data
        assert reply.headers.get("Retry-After") == "20"
        assert reply.get_json()["push"]["error"] == "busy"
        assert reply.get_json()["pull"]["last_mid"] == 0
        assert li.outbox
    li.sync()
    assert not li.outbox
    assert ("visit", visit) in li.base
