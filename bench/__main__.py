"""`make bench`: all sections, or those named as arguments (server, phone)."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from bench.report import Report, machine


def server_section(report: Report) -> None:
    """Pushes against the limit of plain SQLite on this machine, in this run."""
    from bench import server

    report.section("服务器 · server (two workers, closed loop, load on the same cores)")
    with server.installation() as settings:
        phones = server.make_phones(60, 40)
        limit = server.plain_limit(Path(settings["DOORSTEP_DATA"]))
        report.note("L: rows/s of plain sqlite3 executemany, 200 a commit, WAL, FULL", limit, "/s")
        with server.running(settings) as running:
            server.push_load(running, phones, 20, 1)
            for size, share in ((200, 0.30), (20, 0.10)):
                load = server.push_load(running, phones, size, 8)
                report.at_least(f"pushes of {size}: mutations/s ÷ L", load.mutations_per_s / limit, share, "L")
                report.note(f"pushes of {size}: mutations/s", load.mutations_per_s, "/s")
                report.note(f"pushes of {size}: p50 / p99", load.p99_ms, f"ms p99 ({load.p50_ms:.1f} p50)")
            load = server.push_load(running, phones, 1, 8)
            report.at_least("single pushes: requests/s ÷ L", load.requests_per_s / limit, 0.012, "L")
            report.note("single pushes: requests/s", load.requests_per_s, "/s")
            report.at_most("memory of the largest process", running.memory_mb()[0], 120, "MB")
        with server.running(settings, workers=1) as running:
            load = server.push_load(running, phones, 20, 4, clients=1)
            report.at_most("push of 20 mutations, one client, p50", load.p50_ms, 10, "ms")


def phone_section(report: Report) -> None:
    """The app in a real Chromium."""
    from bench import phone

    phone.sizes(report)
    phone.resident(report)
    phone.phone(report)
    phone.first_sync(report)


SECTIONS: dict[str, Callable[[Report], None]] = {"server": server_section, "phone": phone_section}


def main(names: list[str]) -> None:
    """Run the sections and exit with 1 when a limit is not met."""
    report = Report()
    print(f"机器 · machine: {machine()}")
    for name in names or list(SECTIONS):
        SECTIONS[name](report)
    print(f"\n{len(report.lines)} figures, {report.failed} over their limit")
    sys.exit(1 if report.failed else 0)


if __name__ == "__main__":
    main(sys.argv[1:])
