"""Cost must not grow with history: the same push and pull on an empty city and on one with three years of visits."""

from __future__ import annotations

import json
import sqlite3
import time
from pathlib import Path
from statistics import median

from app.ids import new_id
from bench.push_phones import BenchPhone, make_phones
from bench.report import Report
from bench.server import Connection, Server, installation, plain_row, running

HISTORY = 1_700_000
_BATCH = 20
_ROUNDS = 150
_AT_ONCE = 20_000


def growth(report: Report, history: int = HISTORY) -> None:
    """Both servers run at once and are asked in turns, so that whatever else the machine does meets both alike."""
    report.section(f"历史增长 · history (an empty city and one with {history:,} visits, asked in turns)")
    with installation() as empty:
        young = make_phones(30, 40)
        with installation() as full:
            old = make_phones(30, 40)
            _fill(Path(full["DOORSTEP_DATA"]) / "doorstep.db", old, history)
            size = (Path(full["DOORSTEP_DATA"]) / "doorstep.db").stat().st_size / 1e6
            report.note("size of the full database", size, "MB")
            with running(empty, workers=1) as one, running(full, workers=1) as other:
                _compare(report, (one, young), (other, old))


def _compare(report: Report, *cities: tuple[Server, list[BenchPhone]]) -> None:
    connections = [Connection(server.port) for server, _ in cities]
    for what, ask in (
        ("push of 20", _push),
        ("pull of the 20 that changed", _pull),
        ("pull of nothing", _pull_nothing),
    ):
        times: list[list[float]] = [[] for _ in cities]
        for number in range(_ROUNDS):
            for place, (_, phones) in enumerate(cities):
                times[place].append(ask(connections[place], phones[number % len(phones)]))
        young, old = median(times[0]), median(times[1])
        report.at_most(f"{what}: full ÷ empty", old / young, 1.3, "")
        report.note(f"{what}: empty, full", old, f"ms full ({young:.2f} ms empty)")


def _push(connection: Connection, phone: BenchPhone) -> float:
    body = phone.visits(_BATCH)
    start = time.perf_counter()
    status, reply = connection.request("/sync/push", phone.token, body)
    took = time.perf_counter() - start
    if status != 200 or reply.count(b'"applied"') != _BATCH:
        raise AssertionError(reply[:300])
    phone.seq = json.loads(reply)["results"][-1]["seq"]
    return took * 1000


def _pull(connection: Connection, phone: BenchPhone) -> float:
    return _pulled(connection, phone, phone.seq - _BATCH, _BATCH)


def _pull_nothing(connection: Connection, phone: BenchPhone) -> float:
    return _pulled(connection, phone, phone.seq, 0)


def _pulled(connection: Connection, phone: BenchPhone, cursor: int, wanted: int) -> float:
    ask = {"client_id": phone.client_id, "cursors": {phone.team_scope: cursor}, "acked_mid": phone.mid, "limit": 1000}
    body = json.dumps(ask).encode()
    start = time.perf_counter()
    status, reply = connection.request("/sync/pull", phone.token, body)
    took = time.perf_counter() - start
    if status != 200 or reply.count(b'"kind":"put"') != wanted:
        raise AssertionError(reply[:300])
    return took * 1000


def _fill(path: Path, phones: list[BenchPhone], history: int) -> None:
    """Three years of visits with their lines of the log, written past the door: through it this would take minutes more."""
    connection = sqlite3.connect(path, isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=OFF", "cache_size=-200000"):
        connection.execute(f"PRAGMA {pragma}")
    columns = [row[1] for row in connection.execute("PRAGMA table_info(visit)")]
    insert = f"INSERT INTO visit ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"
    line = "INSERT INTO sync_change (scope_no, seq, kind, collection, record_id, rev, mid, at) VALUES (?,?,?,?,?,?,?,?)"
    scopes = dict(connection.execute("SELECT name, no FROM sync_scope"))
    heads = dict(connection.execute("SELECT name, seq FROM sync_scope"))
    for start in range(0, history, _AT_ONCE):
        phone = phones[start // _AT_ONCE % len(phones)]
        scope, head = phone.team_scope, heads[phone.team_scope]
        rows, lines = [], []
        for number in range(min(_AT_ONCE, history - start)):
            visit = plain_row(columns, scope, phone.places[number % len(phone.places)])
            rows.append(visit)
            record = visit[columns.index("id")]
            lines.append((scopes[scope], head + number + 1, "put", "visit", record, 1, None, 1_764_000_000_000))
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(insert, rows)
        connection.executemany(line, lines)
        heads[scope] = head + len(rows)
        connection.execute("UPDATE sync_scope SET seq = ? WHERE name = ?", (heads[scope], scope))
        connection.execute("COMMIT")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    _check_ids()


def _check_ids() -> None:
    """The history is older than what the measured phones write: ids must grow with time, or the comparison would be kind."""
    first, second = new_id(), new_id()
    if not first < second:
        raise AssertionError("ids do not grow")
