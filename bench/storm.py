"""The Friday storm: a city's phones come back into the network within ten minutes, ten times faster than life.

Open loop: every phone has its moment, and its time is counted from that moment on, whether a connection was free or not.
"""

from __future__ import annotations

import json
import random
import sqlite3
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles

from sqlalchemy import text

from app.database import db, reading
from bench.push_phones import BenchPhone, make_phones
from bench.report import Report
from bench.server import Connection, Server, installation, running

PHONES = 15_000
VISITS = 6
SECONDS = 60.0
_A_TEAM = 10
_PLACES = 40
_CONNECTIONS = 24
_SEED = 20261120


@dataclass
class Tally:
    """What the phones saw: milliseconds from each phone's moment to its answer, and answers that were none."""

    times: list[float] = field(default_factory=list)
    told_to_wait: int = 0
    errors: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)


def storm(report: Report, phones_in_all: int = PHONES, seconds: float = SECONDS) -> None:
    """15,000 phones hand in 6 visits and 1 request each, and ask what is new, in one round trip."""
    report.section(f"周五高峰 · the Friday storm ({phones_in_all:,} phones in {seconds:.0f} s, two workers)")
    with installation() as settings:
        phones = make_phones(phones_in_all // _A_TEAM, _PLACES, members=_A_TEAM)
        bodies = _bodies(phones)
        _forget_connections()
        with running(settings) as server:
            warm = Connection(server.port)
            warm.request("/sync", phones[0].token, _both(phones[0], {}, 0))
            tally = _rush(server, bodies, seconds)
            memory = server.memory_mb()[0]
        report.at_most("answer to a phone's sync, p99", quantiles(tally.times, n=100)[98], 500, "ms")
        report.note("answer to a phone's sync, p50", median(tally.times), "ms")
        report.at_most("errors that are not Retry-After", len(tally.errors), 0, "")
        report.note("phones told to come back later (Retry-After)", tally.told_to_wait, "")
        for error in tally.errors[:3]:
            print(f"  {error}")
        report.at_most("memory of the largest process", memory, 150, "MB")
        path = Path(settings["DOORSTEP_DATA"]) / "doorstep.db"
        report.at_most("records missing or doubled", _wrong(path, len(phones) - 1), 0, "")


def _bodies(phones: list[BenchPhone]) -> list[tuple[str, bytes]]:
    """Each phone's round trip, made beforehand; the first phone is kept for warming up."""
    with reading() as session:
        heads: dict[str, int] = dict(session.execute(text("SELECT name, seq FROM sync_scope")).tuples().all())
    return [(phone.token, _both(phone, heads, VISITS)) for phone in phones[1:]]


def _both(phone: BenchPhone, heads: dict[str, int], visits: int) -> bytes:
    push = json.loads(phone.visits(visits, requests=1)) if visits else None
    cursors = {scope: heads.get(scope, 0) for scope in phone.scopes}
    pull = {"client_id": phone.client_id, "cursors": cursors, "acked_mid": 0, "pending": visits + 1, "limit": 1000}
    return json.dumps({"push": push, "pull": pull}, separators=(",", ":")).encode()


def _rush(server: Server, bodies: list[tuple[str, bytes]], seconds: float) -> Tally:
    chance = random.Random(_SEED)
    moments = sorted(chance.uniform(0, seconds) for _ in bodies)
    work = list(zip(moments, bodies, strict=True))
    tally, turn = Tally(), iter(work)
    start = time.perf_counter()

    def loop() -> None:
        connection = Connection(server.port)
        while True:
            with tally.lock:
                item = next(turn, None)
            if item is None:
                return
            moment, (token, body) = item
            _sync_at(connection, start + moment, token, body, tally)

    threads = [threading.Thread(target=loop) for _ in range(_CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return tally


def _sync_at(connection: Connection, moment: float, token: str, body: bytes, tally: Tally) -> None:
    wait = moment - time.perf_counter()
    if wait > 0:
        time.sleep(wait)
    for _ in range(20):
        status, reply = connection.request("/sync", token, body)
        if status != 503:
            break
        with tally.lock:
            tally.told_to_wait += 1
        time.sleep(1)
    with tally.lock:
        tally.times.append((time.perf_counter() - moment) * 1000)
        if status != 200 or reply.count(b'"applied"') < VISITS + 1:
            tally.errors.append(f"{status}: {reply[:200]!r}")


def _wrong(path: Path, phones: int) -> int:
    """How many records too few or too many there are."""
    connection = sqlite3.connect(path)
    found = {
        name: connection.execute(f"SELECT count(*), count(DISTINCT id) FROM {name}").fetchone()
        for name in ("visit", "service_request")
    }
    connection.close()
    wanted = {"visit": phones * VISITS, "service_request": phones}
    return sum(abs(found[name][0] - wanted[name]) for name in wanted)


def _forget_connections() -> None:
    """The measured server must not meet connections of the process that made the installation."""
    db.session.remove()
    db.engine.dispose()
