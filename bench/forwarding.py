"""Forwarding: a real worker process against a platform that answers in 50 ms, phones pushing meanwhile; then news, then deadlines."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import func, select, update

from app.database import reading, writing
from app.due_dates import current_scale
from app.ids import now_ms
from app.jobs import apply_news, deadlines, poll_platform
from app.jobs.worker import schedule
from app.models.forwarding import CategoryMapping, Forwarding, JobRun, Target
from app.models.people import Team
from app.writes import Actor, create, write
from bench import server
from bench.push_phones import BenchPhone, make_phones
from bench.report import Report

# As many as were uploaded on nine Fridays; and the open requests of a large city.
REQUESTS, NEWS, OPEN = 10_618, 10_000, 100_000
_ANSWERS_IN_MS = 50
# A tenth of the teams of a large city: whom a phone meets in its own scope should not be chosen by the measurement.
_TEAMS = 490
_BATCH = 2_000


@contextmanager
def process(*command: str, environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """A process of ours for as long as it is needed."""
    running = subprocess.Popen(
        [sys.executable, *command],
        cwd=server.ROOT,
        env={**os.environ, **environment},
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield running
    finally:
        running.terminate()
        running.wait(30)


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def make_target(port: int) -> None:
    """The platform as the only route, closed, and not to be polled before we say so."""
    url = f"http://127.0.0.1:{port}"
    with writing() as session:
        session.add(
            Target(code="bench", name="平台", adapter="open311", url=url, settings={}, paused_reason="forbidden")
        )
        session.flush()
        session.add(CategoryMapping(target="bench", category="roads_lights", service_code="lights"))
        session.execute(update(Target).values(poll_at=now_ms() + 3_600_000))


def night_is_over() -> None:
    """The jobs of the night have run: what is measured is a working day."""
    now = now_ms()
    with writing() as session:
        session.add_all(JobRun(job=job.name, started_at=now, finished_at=now) for job in schedule())


def make_requests(count: int, handling: str) -> None:
    """Requests through the door, spread over the teams."""
    with reading() as session:
        teams = session.scalars(select(Team.id)).all()
    common = {
        "text": "楼道口路灯不亮，晚上看不见路",
        "category": "roads_lights",
        "address": "光岳小区1号楼",
        "source": "cadre",
    }
    for start in range(0, count, _BATCH):
        with writing() as session:
            writes = [
                create("service_request", {**common, "handling": handling}, scope=f"team:{teams[n % len(teams)]}")
                for n in range(start, min(count, start + _BATCH))
            ]
            outcomes = write(session, writes, actor=Actor("leader", None, "bench"), now=now_ms())
        if any(outcome.outcome != "applied" for outcome in outcomes):
            raise AssertionError(outcomes[0])


def delivered() -> int:
    """How many the platform has given a number."""
    with reading() as session:
        found = select(func.count()).select_from(Forwarding).where(Forwarding.state == "done")
        return session.scalar(found) or 0


def ask(port: int, path: str) -> dict[str, int]:
    """The platform itself."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as reply:
        found: dict[str, int] = json.load(reply)
        return found


def section(report: Report, scale: float = 1.0) -> None:
    """All figures; `scale` makes them of fewer requests."""
    report.section("上报 · forwarding (a platform that answers in 50 ms, one worker process, phones pushing meanwhile)")
    requests, news, still_open = (max(200, round(n * scale)) for n in (REQUESTS, NEWS, OPEN))
    hosts = {"DOORSTEP_DESK": "0"}
    port = free_port()
    with (
        server.installation(**hosts) as settings,
        process("-m", "bench.slow_desk", str(port), str(_ANSWERS_IN_MS), environment={}),
    ):
        phones = make_phones(_TEAMS, 10)
        make_target(port)
        night_is_over()
        make_requests(requests, "forward")
        _forwarding(report, settings, phones, requests)
        told = ask(port, "/arm")
        if told["posts"] != requests or told["requests"] != requests:
            raise AssertionError(f"{requests} were forwarded in {told['posts']} posts, {told['requests']} arrived")
        _news(report, min(news, requests), requests)
        make_requests(still_open - requests, "own_unit")
        _deadlines(report, still_open)


def _forwarding(report: Report, settings: dict[str, str], phones: list[BenchPhone], requests: int) -> None:
    seconds = max(3.0, requests / 400)
    with server.running(settings) as running:
        server.push_load(running, phones, 20, 1, clients=1)
        alone = server.push_load(running, phones, 20, seconds, clients=1)
    # Idle is the same server with the same worker, while there is nothing that it could forward.
    with server.running(settings) as running, process("-m", "app.jobs.worker", environment=settings):
        server.push_load(running, phones, 20, 3, clients=1)
        idle = server.push_load(running, phones, 20, seconds, clients=1)
        with writing() as session:
            session.execute(update(Target).values(paused_reason=None))
        until = time.monotonic() + 60
        while not delivered():
            if time.monotonic() > until:
                raise AssertionError("the worker forwards nothing")
            time.sleep(0.05)
        first, start = delivered(), time.monotonic()
        busy = server.push_load(running, phones, 20, seconds, clients=1)
        while (done := delivered()) < requests:
            if time.monotonic() - start > 600:
                raise AssertionError(f"only {done} of {requests} were delivered")
            time.sleep(0.1)
        rate = (requests - first) / (time.monotonic() - start)
    report.at_least(f"{requests:,} requests forwarded", rate, 100, "/s")
    for when, load in (("without a worker process", alone), ("with an idle worker", idle), ("while forwarding", busy)):
        report.note(f"push of 20 {when}", load.p99_ms, f"ms p99 ({load.p50_ms:.1f} p50)")
    report.at_most("push p99 while forwarding ÷ idle", busy.p99_ms / idle.p99_ms, 2, "×")


def _news(report: Report, news: int, requests: int) -> None:
    with writing() as session:
        # An ordinary poll: the check of every number has its night.
        later = now_ms() + 86_400_000
        session.execute(update(Target).values(poll_at=0, nightly_at=later, weekly_at=later, breaker_probe_at=None))
    start = time.perf_counter()
    polled = poll_platform.run(now_ms()).counts
    applied = apply_news.run(now_ms()).counts
    elapsed = time.perf_counter() - start
    if applied["applied"] != requests:
        raise AssertionError(f"{dict(polled)}, {dict(applied)}")
    report.at_most(f"{news:,} updates polled and applied", elapsed * news / requests, 60 * news / NEWS, "s")


def _deadlines(report: Report, still_open: int) -> None:
    scale = current_scale()
    with reading() as session:
        start, spent = time.perf_counter(), time.process_time()
        weighed = sum(1 for _ in deadlines.weigh_all(session, scale, now_ms()))
        elapsed, cpu = time.perf_counter() - start, time.process_time() - spent
    if weighed != still_open:
        raise AssertionError(f"{weighed} of {still_open} were weighed")
    report.at_most(
        f"deadlines of {still_open:,} open requests ({cpu:.2f} s of CPU)", elapsed, 2 * still_open / OPEN, "s"
    )
