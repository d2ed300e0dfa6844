"""Pushes of three sizes against the limit of plain SQLite on this machine, in this run; then the same on PostgreSQL."""

from __future__ import annotations

from pathlib import Path
from statistics import mean

from bench.push_phones import make_phones
from bench.report import Report
from bench.server import Load, installation, plain_limit, push_load, running
from tests.postgres import cluster
from tools.machine import find_postgres

_SIZES = ((200, 0.30), (20, 0.10), (1, 0.012))


def against_the_limit(report: Report) -> dict[int, Load]:
    """Pushes of three sizes on SQLite as shares of L, and what one client alone waits; the loads by size.

    L is rows into an empty table, so each size begins with an empty product as well; what history costs, `growth` tells.
    """
    report.section("服务器 · server (SQLite, two workers, closed loop, load on the same cores)")
    loads, memory = {}, []
    for size, share in _SIZES:
        with installation() as settings:
            phones = make_phones(60, 40)
            folder = Path(settings["DOORSTEP_DATA"])
            with running(settings) as server:
                push_load(server, phones, 20, 1)
                # A disk is not equally fast from one half minute to the next: L is what it was just before and just after.
                before = plain_limit(folder)
                loads[size] = push_load(server, phones, size, 5)
                limit = mean((before, plain_limit(folder)))
                memory.append(server.memory_mb()[0])
        report.note("L: rows/s of plain sqlite3 executemany, 200 a commit, WAL, FULL", limit, "/s")
        _show(report, size, loads[size])
        report.at_least(f"pushes of {size}: ÷ L", loads[size].mutations_per_s / limit, share, "L")
    report.at_most("memory of the largest process", max(memory), 120, "MB")
    with installation() as settings:
        phones = make_phones(60, 40)
        with running(settings, workers=1) as server:
            push_load(server, phones, 20, 1)
            alone = push_load(server, phones, 20, 4, clients=1)
            report.at_most("push of 20 mutations, one client, p50", alone.p50_ms, 10, "ms")
    return loads


def on_postgres(report: Report, sqlite: dict[int, Load]) -> None:
    """The same loads on a PostgreSQL of this run's own, durable like the other."""
    binaries = find_postgres()
    report.section("PostgreSQL (same load, fsync on)")
    if binaries is None:
        print("! 没有 PostgreSQL，跳过 · no PostgreSQL here: skipped")
        return
    with cluster(binaries, durable=True) as url, installation(DATABASE_URL=url) as settings:
        phones = make_phones(60, 40)
        with running(settings) as server:
            push_load(server, phones, 20, 1)
            for size, _ in _SIZES:
                load = push_load(server, phones, size, 5)
                _show(report, size, load)
                slower = sqlite[size].mutations_per_s / load.mutations_per_s
                report.at_most(f"pushes of {size}: SQLite ÷ PostgreSQL", slower, 3, "")


def _show(report: Report, size: int, load: Load) -> None:
    report.note(f"pushes of {size}: mutations/s", load.mutations_per_s, "/s")
    report.note(f"pushes of {size}: p99 (p50)", load.p99_ms, f"ms ({load.p50_ms:.1f} ms)")
