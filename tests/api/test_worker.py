"""The background worker as a process of its own, and how it runs its jobs."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from huey import MemoryHuey, RedisHuey, SqliteHuey

from app.database import reading
from app.ids import now_ms
from app.jobs import Report, stopping, worker
from app.jobs.worker import Every, Job, add_jobs, background_app, make_huey, run_job, schedule
from app.models.forwarding import JobRun
from tests.conftest import settings_for
from tests.factories import City
from tests.forwarding_world import World, check_exactly_once
from tests.platform import Platform

ROOT = Path(__file__).resolve().parents[2]
# Only for a machine that has stopped working altogether; nothing is measured by it.
PATIENCE_S = 120


@pytest.fixture
def world(city: City) -> Iterator[World]:
    with Platform() as platform:
        world = World(city, platform)
        world.now = now_ms()
        platform.now = lambda: datetime.now(UTC)
        yield world


def start(app: Flask) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "DOORSTEP_DATA": str(app.config["DOORSTEP"].data_dir)}
    return subprocess.Popen([sys.executable, "-m", "app.jobs.worker"], cwd=ROOT, env=environment)


def test_the_worker_forwards_what_is_queued_and_ends_when_it_is_asked(app: Flask, world: World) -> None:
    received = threading.Event()
    world.platform.when_received = lambda *_: received.set()
    world.queue()
    process = start(app)
    try:
        assert received.wait(PATIENCE_S)
    finally:
        process.send_signal(signal.SIGTERM)
    assert process.wait(PATIENCE_S) == 0
    # Asked to end while a call is under way, it still writes down how the call ended.
    check_exactly_once(world)


def test_a_worker_killed_and_started_again_goes_on(app: Flask, world: World) -> None:
    received = threading.Event()
    process = start(app)
    world.platform.when_received = lambda _reference, moment: (
        (process.kill(), received.set()) if moment == "after_commit" else None
    )
    world.queue()
    assert received.wait(PATIENCE_S)
    assert process.wait(PATIENCE_S) == -signal.SIGKILL
    world.platform.when_received = lambda *_: None
    world.now = now_ms()
    world.settle()
    check_exactly_once(world)


def test_a_job_that_fails_is_noted_without_anybodys_words(app: Flask, capsys: pytest.CaptureFixture[str]) -> None:
    def fail(_now: int) -> Report:
        raise ValueError("张三 13912345678")

    assert run_job(Job("failing", fail, lambda _: True)) is None
    with reading() as session:
        run = session.get_one(JobRun, "failing")
    assert (run.error, run.report) == ("ValueError", None)
    assert "13912345678" not in capsys.readouterr().out


def test_a_job_never_runs_twice_at_once(app: Flask) -> None:
    inner: list[object] = []

    def again(_now: int) -> Report:
        inner.append(run_job(job))
        return Report("again")

    job = Job("again", again, lambda _: True)
    assert run_job(job) is not None
    assert inner == [None]


def test_only_jobs_that_are_due_are_queued(app: Flask) -> None:
    huey, ran = MemoryHuey("test", results=False), []

    def job(name: str, due: bool) -> Job:
        def run(_now: int) -> Report:
            ran.append(name)
            return Report(name)

        return Job(name, run, lambda _: due)

    def broken(_now: int) -> bool:
        raise OSError("the database is away")

    add_jobs(huey, app, [job("due", True), job("idle", False), Job("broken", lambda _: Report("x"), broken)])
    for task in huey.read_periodic(None):
        huey.execute(task)
    assert ran == ["due"]
    stopping.set()
    try:
        assert huey.read_periodic(None) == []
    finally:
        stopping.clear()


def test_every_job_there_is_stands_in_the_schedule() -> None:
    folder = Path(worker.__file__).parent
    jobs = {path.stem for path in folder.glob("*.py") if "\ndef run(now: int" in path.read_text(encoding="utf-8")}
    assert jobs <= {job.name for job in schedule()}


def test_every_job_of_the_schedule_can_be_asked_and_run_on_an_empty_database(app: Flask) -> None:
    names = [job.name for job in schedule()]
    assert len(set(names)) == len(names)
    for job in schedule():
        assert isinstance(job.is_due(now_ms()), bool)
        assert run_job(job) is not None, job.name


def test_a_beat_comes_as_often_as_it_is_meant_to() -> None:
    beat = Every(1000)
    assert [beat(at) for at in (5000, 5999, 6000, 6500, 7000)] == [True, False, True, False, True]


def test_the_queue_is_a_file_here_and_redis_when_it_is_configured(tmp_path: Path) -> None:
    assert isinstance(make_huey(settings_for(tmp_path)), SqliteHuey)
    assert isinstance(make_huey(settings_for(tmp_path, REDIS_URL="redis://127.0.0.1:1/0")), RedisHuey)
    assert worker.Beat.periodic_task_seconds == 1


def test_the_workers_database_errors_name_no_values(tmp_path: Path) -> None:
    app = background_app(settings_for(tmp_path))
    assert app.config["SQLALCHEMY_ENGINE_OPTIONS"]["hide_parameters"] is True
