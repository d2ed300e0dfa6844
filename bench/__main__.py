"""`make bench`: all sections, or those named as arguments (server, storm, growth, forwarding, phone)."""

from __future__ import annotations

import sys
from collections.abc import Callable

from bench.report import Report, machine


def server_section(report: Report) -> None:
    """Pushes against the limit of plain SQLite on this machine, in this run; then the same on PostgreSQL."""
    from bench import pushes

    sqlite = pushes.against_the_limit(report)
    pushes.on_postgres(report, sqlite)


def phone_section(report: Report) -> None:
    """The app in a real Chromium."""
    from bench import phone

    phone.sizes(report)
    phone.resident(report)
    phone.phone(report)
    phone.first_sync(report)


def storm_section(report: Report) -> None:
    """The Friday storm."""
    from bench.storm import storm

    storm(report)


def growth_section(report: Report) -> None:
    """An empty city against one with three years of visits."""
    from bench.growth import growth

    growth(report)


def forwarding_section(report: Report) -> None:
    """Forwarding, news and deadlines of a city's size."""
    from bench import forwarding

    forwarding.section(report)


SECTIONS: dict[str, Callable[[Report], None]] = {
    "server": server_section,
    "storm": storm_section,
    "growth": growth_section,
    "forwarding": forwarding_section,
    "phone": phone_section,
}


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
