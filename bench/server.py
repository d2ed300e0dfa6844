"""The server under load: a real granian with two workers, closed-loop clients on the same machine, everything durable."""

from __future__ import annotations

import json
import os
import secrets
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from sqlalchemy.orm import Session

import config
from app import create_app, sessions
from app.database import db, writing
from app.domain import codes
from app.ids import new_id, now_ms
from app.models.accounts import Account, Device
from app.setup import migrate
from app.writes import Actor, create, write

ROOT = Path(__file__).resolve().parents[1]
SYSTEM = Actor("system", None, "bench")


@dataclass
class BenchPhone:
    """One enrolled phone: its cookie, its places, and how far it has pushed."""

    client_id: str
    token: str
    places: list[str]
    team_scope: str
    person: str
    mid: int = 0
    seq: int = 0

    @property
    def scopes(self) -> tuple[str, ...]:
        """What it pulls."""
        return "all", f"user:{self.person}", self.team_scope

    def visits(self, count: int, requests: int = 0) -> bytes:
        """The body of a push of `count` new visits and `requests` new requests, as the app sends them."""
        mutations = []
        now = now_ms()
        for _ in range(count):
            self.mid += 1
            changes: dict[str, Any] = {
                "place_id": {"to": self.places[self.mid % len(self.places)]},
                "visit_on": {"to": "2026-11-20"},
                "arrived_at": {"to": now},
                "mode": {"to": "doorstep"},
                "fix": {"to": {"lat": 36.4561, "lon": 115.98, "accuracy_m": 12.5, "taken_at": now, "android": True}},
                "outcome": {"to": "met"},
                "finding": {"to": "nothing"},
                "finished_at": {"to": now},
            }
            mutations.append(self._create("visit", changes, now))
        for _ in range(requests):
            self.mid += 1
            changes = {
                "place_id": {"to": self.places[self.mid % len(self.places)]},
                "source": {"to": "cadre"},
                "text": {"to": "楼道里的灯坏了一个多月，晚上老人上下楼看不清台阶。"},
                "category": {"to": "housing"},
                "handling": {"to": "own_unit"},
                "status": {"op": "step", "to": "recorded"},
                "tracking_code": {"to": codes.new_tracking_code()},
                "occurred_on": {"to": "2026-11-20"},
            }
            mutations.append(self._create("service_request", changes, now))
        body = {"client_id": self.client_id, "app_version": "bench", "schema": 1, "clock": now, "mutations": mutations}
        return json.dumps(body, separators=(",", ":")).encode()

    def _create(self, collection: str, changes: dict[str, Any], now: int) -> dict[str, Any]:
        head = {"mid": self.mid, "uuid": new_id(), "collection": collection, "id": new_id(), "op": "create", "v": 1}
        return {**head, "base_rev": 0, "changes": changes, "occurred_at": now}


def make_phones(teams: int, places: int, members: int = 1) -> list[BenchPhone]:
    """Teams with places and `members` phones each, written through the door; neighbours in the list are of different teams."""
    phones: list[list[BenchPhone]] = [[] for _ in range(members)]
    now = now_ms()
    for start in range(0, teams, 50):
        with writing() as session:
            writes = []
            for number in range(start, min(teams, start + 50)):
                team, ids = new_id(), [new_id() for _ in range(places)]
                writes.append(create("team", {"name": f"{number}"}, id=team, scope=f"team:{team}"))
                writes += [_place(i, team) for i in ids]
                for member in range(members):
                    phones[member].append(_phone(session, team, ids, now))
            write(session, writes, actor=SYSTEM, now=now)
    return [phone for row in phones for phone in row]


def _phone(session: Session, team: str, places: list[str], now: int) -> BenchPhone:
    """A cadre of the team with an enrolled phone."""
    person, client_id = new_id(), new_id()
    account = Account(id=person, name="b", role="cadre", cadre_id=person, team_id=team, created_at=now)
    session.add(account)
    session.flush()
    session.add(Device(id=client_id, account_id=person, enrolled_at=now, pending=0))
    session.flush()
    token = sessions.begin(session, account, now, client_id)
    return BenchPhone(client_id, token, places, f"team:{team}", person)


def _place(place_id: str, team: str) -> Any:
    where = {"lat": 36.456, "lon": 115.98, "dwelling": "building", "point_confirmed": True}
    values = {"kind": "household", "label": "张**", "address": "光岳小区1号楼101", **where}
    return create("place", values, id=place_id, scope=f"team:{team}")


@dataclass
class Server:
    """A running server."""

    port: int
    folder: Path
    process: subprocess.Popen[bytes]

    def memory_mb(self) -> list[float]:
        """Resident memory of each process of the server, MB."""
        found = []
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            try:
                if os.getpgid(int(entry.name)) != self.process.pid:
                    continue
                line = next(x for x in (entry / "status").read_text().splitlines() if x.startswith("VmRSS"))
            except (OSError, StopIteration):
                continue
            found.append(int(line.split()[1]) / 1024)
        return sorted(found, reverse=True)


@contextmanager
def running(settings_env: dict[str, str], workers: int = 2) -> Iterator[Server]:
    """The server on a free port as `deploy/doorstep-web.service` runs it, in its own process group."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)]
    command += ["--workers", str(workers), "--blocking-threads", "1", "--runtime-mode", "st", "--no-ws"]
    command += ["--log-level", "warning", "wsgi:app"]
    environment = {**os.environ, **settings_env, "PORT": str(port)}
    process = subprocess.Popen(command, cwd=ROOT, env=environment, start_new_session=True)
    try:
        until = time.monotonic() + 60
        while time.monotonic() < until:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                time.sleep(0.1)
        yield Server(port, Path(settings_env["DOORSTEP_DATA"]), process)
    finally:
        process.terminate()
        process.wait(20)


class Connection:
    """A keep-alive HTTP connection, as little Python as possible: the load runs on the same cores as what it measures."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.port = port

    def request(self, path: str, token: str, body: bytes) -> tuple[int, bytes]:
        """POST; status and body."""
        head = (
            f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nCookie: doorstep={token}\r\nX-Doorstep: 1\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        self.socket.sendall(head.encode() + body)
        data = b""
        while b"\r\n\r\n" not in data:
            data += self.socket.recv(65536)
        headers, rest = data.split(b"\r\n\r\n", 1)
        length = int(headers.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        while len(rest) < length:
            rest += self.socket.recv(65536)
        return int(headers[9:12]), rest


@dataclass
class Load:
    """What a load gave: mutations and requests a second, latencies in ms."""

    mutations_per_s: float
    requests_per_s: float
    p50_ms: float
    p99_ms: float


def push_load(server: Server, phones: list[BenchPhone], size: int, seconds: float, clients: int = 16) -> Load:
    """`clients` closed loops push batches of `size` visits for about `seconds`; bodies are made beforehand.

    Each keeps its connection, and the kernel deals connections out to the workers by lot: a few would mostly fall to one.
    """
    shares = [phones[i::clients] for i in range(clients)]
    rounds = max(4, int(seconds * {200: 60, 20: 300, 1: 700}.get(size, 200) / clients))
    bodies = [[(p.token, p.visits(size)) for p in (share[r % len(share)] for r in range(rounds))] for share in shares]
    times: list[float] = []
    lock = threading.Lock()

    def loop(work: list[tuple[str, bytes]]) -> None:
        connection, own = Connection(server.port), []
        for token, body in work:
            start = time.perf_counter()
            status, reply = connection.request("/sync/push", token, body)
            own.append((time.perf_counter() - start) * 1000)
            if status != 200 or reply.count(b'"applied"') != size:
                raise AssertionError(f"{status}: {reply[:300]!r}")
        with lock:
            times.extend(own)

    threads = [threading.Thread(target=loop, args=(work,)) for work in bodies]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    elapsed = time.perf_counter() - start
    if len(times) != rounds * clients:
        raise AssertionError("a client failed")
    cuts = quantiles(times, n=100)
    return Load(len(times) * size / elapsed, len(times) / elapsed, median(times), cuts[98])


def plain_limit(folder: Path, rows: int = 60_000) -> float:
    """L: rows a second of plain sqlite3 `executemany` into the visit table alone, 200 rows a commit, WAL, FULL."""
    from app.models.visits import Visit

    columns = [c.name for c in Visit.__table__.columns]
    path = folder / "limit.db"
    path.unlink(missing_ok=True)
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    source = sqlite3.connect(folder / "doorstep.db")
    for (sql,) in source.execute("SELECT sql FROM sqlite_master WHERE tbl_name = 'visit' AND sql IS NOT NULL"):
        connection.execute(sql)
    source.close()
    marks = ", ".join("?" * len(columns))
    insert = f"INSERT INTO visit ({', '.join(columns)}) VALUES ({marks})"
    scope, place = f"team:{new_id()}", new_id()
    batches = [[plain_row(columns, scope, place) for _ in range(200)] for _ in range(rows // 200)]
    start = time.perf_counter()
    for batch in batches:
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(insert, batch)
        connection.execute("COMMIT")
    elapsed = time.perf_counter() - start
    # Its log goes into the file and away: the next measurement begins anew.
    connection.close()
    return rows / elapsed


def plain_row(columns: list[str], scope: str, place: str) -> tuple[Any, ...]:
    """A visit as a bare row."""
    values = {
        "id": new_id(),
        "scope": scope,
        "rev": 1,
        "deleted": False,
        "changed_by": place,
        "place_id": place,
        "cadre_id": place,
        "visit_on": "2026-11-20",
        "arrived_at": 1_764_000_000_000,
        "received_at": 1_764_000_000_000,
        "mode": "doorstep",
        "fix": '{"lat":36.4561,"lon":115.98,"accuracy_m":12.5,"taken_at":1764000000000,"android":true}',
        "outcome": "met",
        "finding": "nothing",
        "finished_at": 1_764_000_000_000,
        "evidence": "a",
        "evidence_reason": "inside",
    }
    return tuple(values.get(column) for column in columns)


@contextmanager
def installation(**environment: str) -> Iterator[dict[str, str]]:
    """A fresh installation in a temporary folder; yields its environment."""
    with tempfile.TemporaryDirectory(prefix="doorstep-bench-") as folder:
        settings = {
            "DOORSTEP_DATA": folder,
            "DOORSTEP_TESTING": "1",
            "DOORSTEP_SECRET_KEY": secrets.token_hex(16),
            **environment,
        }
        with create_app(config.load(settings)).app_context():
            migrate()
            yield settings
            db.session.remove()
            db.engine.dispose()
