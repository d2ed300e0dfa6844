"""The two clocks of a request: the resident's (群众时限), which never pauses, and the unit's (承办时限). Pure.

All instants are milliseconds since 1970, UTC; what people read is in Asia/Shanghai: one offset since 1991.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Literal

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")

Standing = Literal["overdue", "within_24h", "within_3d", "later", "met", "stopped"]

STANDINGS: dict[Standing, tuple[str, str]] = {
    "overdue": ("已超期", "Overdue"),
    "within_24h": ("不足24小时", "Under 24 hours"),
    "within_3d": ("3天内到期", "Under 3 days"),
    "later": ("期限充足", "In time"),
    "met": ("已完成", "Done"),
    "stopped": ("未计时", "Not running"),
}


@dataclass(frozen=True)
class Clock:
    """One clock as a page shows it; `left_ms` is negative when the duty is late, None when the clock does not run."""

    standing: Standing
    due_at: int | None
    met_at: int | None
    left_ms: int | None

    @property
    def late(self) -> bool:
        """Late now, or met too late."""
        return self.left_ms is not None and self.left_ms < 0


def read_clock(due_at: int | None, met_at: int | None, now: int) -> Clock:
    """The standing at `now` of a duty due at `due_at` and met at `met_at` (None: not yet)."""
    if met_at is not None:
        return Clock("met", due_at, met_at, None if due_at is None else due_at - met_at)
    if due_at is None:
        return Clock("stopped", None, None, None)
    left = due_at - now
    standing: Standing = (
        "overdue" if left < 0 else "within_24h" if left < DAY_MS else "within_3d" if left < 3 * DAY_MS else "later"
    )
    return Clock(standing, due_at, None, left)


def in_words(milliseconds: int) -> tuple[str, str]:
    """A length of time in Chinese and English, in the two largest units worth saying."""
    minutes = abs(milliseconds) // 60_000
    days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
    if days >= 3 or (days and not hours):
        return f"{days}天", f"{days} d"
    if days:
        return f"{days}天{hours}小时", f"{days} d {hours} h"
    if hours:
        return f"{hours}小时", f"{hours} h"
    return f"{max(minutes, 1)}分钟", f"{max(minutes, 1)} min"


def to_shanghai(at: int) -> datetime:
    """The local time of an instant."""
    return datetime.fromtimestamp(at / 1000, SHANGHAI)


def end_of_day(day: date) -> int:
    """The last millisecond of a date in Asia/Shanghai: a term that names a day runs to its end."""
    start = datetime(day.year, day.month, day.day, tzinfo=SHANGHAI)
    return int((start + timedelta(days=1)).timestamp() * 1000) - 1


def w3_time(at: int) -> str:
    """An instant as GeoReport writes it, to the second, with its zone."""
    return datetime.fromtimestamp(at // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
