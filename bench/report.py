"""Figures with their limits, as a table."""

from __future__ import annotations

import platform
import sys
from dataclasses import dataclass, field


@dataclass
class Report:
    """Collects figures; `ok` is None where there is no limit."""

    lines: list[tuple[str, str, str, bool | None]] = field(default_factory=list)

    def at_most(self, what: str, value: float, limit: float, unit: str) -> None:
        """A figure that must not be larger."""
        self._add(what, value, limit, unit, value <= limit, "≤")

    def at_least(self, what: str, value: float, limit: float, unit: str) -> None:
        """A figure that must not be smaller."""
        self._add(what, value, limit, unit, value >= limit, "≥")

    def note(self, what: str, value: float, unit: str) -> None:
        """A figure without a limit."""
        self._print(what, f"{value:,.4g} {unit}", "", None)

    def _add(self, what: str, value: float, limit: float, unit: str, ok: bool, sign: str) -> None:
        self._print(what, f"{value:,.4g} {unit}", f"{sign} {limit:,.4g}", ok)

    def _print(self, what: str, value: str, limit: str, ok: bool | None) -> None:
        self.lines.append((what, value, limit, ok))
        mark = {True: "✓", False: "✗", None: " "}[ok]
        print(f"{mark} {what:<72} {value:>18}  {limit}", flush=True)

    def section(self, title: str) -> None:
        """A heading."""
        print(f"\n{title}", flush=True)

    @property
    def failed(self) -> int:
        """How many limits are not met."""
        return sum(ok is False for *_, ok in self.lines)


def machine() -> str:
    """The machine in one line."""
    with open("/proc/cpuinfo", encoding="utf-8") as source:
        models = [line.split(":", 1)[1].strip() for line in source if line.startswith("model name")]
    cores = f"{len(models)} × {models[0]}" if models else platform.processor()
    return f"{cores}, Python {sys.version.split()[0]}, {platform.system()} {platform.release()}"
