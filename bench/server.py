"""The server under load: a real granian with two workers, closed-loop clients on the same machine, everything durable."""

from __future__ import annotations

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

import config
from app import create_app
from app.database import db
from app.ids import new_id
from app.setup import migrate
from bench.push_phones import BenchPhone

ROOT = Path(__file__).resolve().parents[1]
# By size; one and a half times what a machine like that of docs/performance.md does.
_PUSHES_A_SECOND = {200: 240, 20: 900, 1: 1800}


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
    """`clients` closed loops push batches of `size` visits for `seconds`; bodies are made beforehand, more than are expected to go.

    Each keeps its connection, and the kernel deals connections out to the workers by lot: a few would mostly fall to one. All
    stop at the same time, or one worker would stand idle while the other still answers its larger share.
    """
    shares = [phones[i::clients] for i in range(clients)]
    rounds = max(4, int(seconds * _PUSHES_A_SECOND[size] / clients))
    pushed = {phone.client_id: phone.mid for phone in phones}
    bodies = [[(p, p.visits(size), p.mid) for p in (share[r % len(share)] for r in range(rounds))] for share in shares]
    times: list[list[float]] = []
    lock = threading.Lock()

    def loop(work: list[tuple[BenchPhone, bytes, int]]) -> None:
        connection, own = Connection(server.port), []
        for phone, body, last_mid in work:
            sent = time.perf_counter()
            if sent > start + seconds:
                break
            status, reply = connection.request("/sync/push", phone.token, body)
            own.append((time.perf_counter() - sent) * 1000)
            if status != 200 or reply.count(b'"applied"') != size:
                raise AssertionError(f"{status}: {reply[:300]!r}")
            pushed[phone.client_id] = last_mid
        with lock:
            times.append(own)

    threads = [threading.Thread(target=loop, args=(work,)) for work in bodies]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    elapsed = time.perf_counter() - start
    if len(times) != clients:
        raise AssertionError("a client failed")
    for phone in phones:
        # What was made and not sent has never been: its numbers are free.
        phone.mid = pushed[phone.client_id]
    all_times = [one for own in times for one in own]
    done = len(all_times) / elapsed
    return Load(done * size, done, median(all_times), quantiles(all_times, n=100)[98])


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
