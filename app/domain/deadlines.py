"""Deadlines (办理时限): when a duty towards a resident is due, what stops the clock, and when it warns.

Two clocks run for every request: the resident's never pauses, not on return and not on extension; the unit's
may. Everything is integers (ms since 1970), so that a board can weigh every open request of a city at once.
"""

from calendar import monthrange
from collections.abc import Iterable, Sequence
from datetime import date
from math import inf
from typing import Literal, NamedTuple

from app.domain.deadline_rules import (
    DUTIES,
    BadRule,
    Clock,
    DeadlineRule,
    Unit,
    parse_rule,
    parse_rules,
)
from app.domain.workdays import WorkCalendar, WorkingDay, china, date_of_day, day_of, day_of_date, last_ms

__all__ = [
    "DUTIES",
    "BadRule",
    "Clock",
    "DeadlineRule",
    "Due",
    "History",
    "Owed",
    "Pause",
    "Reminder",
    "Standing",
    "Unit",
    "due_at",
    "next_due",
    "parse_rule",
    "parse_rules",
    "reminders",
    "standing",
]

Standing = Literal["overdue", "within_24h", "within_3d", "later"]
History = Sequence[tuple[str, int]]
Pause = tuple[int, int | None]

HOUR_MS = 3_600_000
_24H_MS = 24 * HOUR_MS
_3D_MS = 72 * HOUR_MS


class Due(NamedTuple):
    """An instant by which a duty is owed.

    `provisional`: the holidays of that year are not published yet. `stands_since`: the clock is stopped since
    then; the instant moves once it runs again.
    """

    at_ms: int
    provisional: bool
    stands_since: int | None = None


class Owed(NamedTuple):
    """A duty of one request: since when, until when, and when it was met (None: still owed)."""

    rule: DeadlineRule
    start: int
    due: Due
    best: Due | None
    met_at: int | None
    pauses: tuple[Pause, ...]


class Reminder(NamedTuple):
    """A moment at which somebody is to be reminded; `escalates_to` is set when the time is up.

    `fraction` of the time allowed has passed; None where the length aimed at has.
    """

    duty: str
    clock: Clock
    fraction: float | None
    at_ms: int
    escalates_to: str | None


def due_at(rule: DeadlineRule, start: int, pauses: Iterable[Pause] = (), calendar: WorkCalendar | None = None) -> Due:
    """When the duty is due that began at `start`; `pauses` are (from, to), to None while the clock stands.

    Hours run through. Days follow Articles 201 and 203 of the Civil Code (民法典): the first day does not
    count and the last ends at 24:00; months follow Article 202: no such day, then the month's last. A pause
    stops as many days as midnights fall into it. The resident's clock ignores pauses.
    """
    closed, standing_since = _merged(pauses) if rule.pauses_in else ([], None)
    if rule.unit == "clock_hours":
        due = Due(_running(start, rule.length * HOUR_MS, closed), False)
    else:
        last = _last_day(rule, day_of(start), closed, calendar or china())
        due = Due(last_ms(last.day), last.provisional)
    if standing_since is not None and standing_since < due.at_ms:
        return due._replace(stands_since=max(standing_since, start))
    return due


def _merged(pauses: Iterable[Pause]) -> tuple[list[tuple[int, int]], int | None]:
    """Closed pauses in order without overlap, and since when the clock stands now."""
    closed: list[tuple[int, int]] = []
    for begin, end in sorted(pauses, key=lambda pause: pause[0]):
        if end is None:
            return [(a, min(b, begin)) for a, b in closed], begin
        if closed and begin <= closed[-1][1]:
            closed[-1] = (closed[-1][0], max(closed[-1][1], end))
        elif end > begin:
            closed.append((begin, end))
    return closed, None


def _running(start: int, length_ms: int, closed: Iterable[tuple[int, int]]) -> int:
    """The instant at which the clock has run `length_ms` since `start`."""
    at = start + length_ms
    for begin, end in closed:
        if begin < at and end > start:
            at += end - max(begin, start)
    return at


def _last_day(rule: DeadlineRule, first: int, closed: Iterable[tuple[int, int]], calendar: WorkCalendar) -> WorkingDay:
    stops = [(max(day_of(begin), first + 1), day_of(end)) for begin, end in closed]
    if rule.unit == "working_days":
        needed = rule.length
        last = calendar.nth_after(first, needed)
        for stop, go in stops:
            if stop <= last.day and stop < go:
                needed += calendar.count_between(stop, go)
                last = calendar.nth_after(first, needed)
        return last
    day = _months_later(first, rule.length) if rule.unit == "months" else first + rule.length
    for stop, go in stops:
        if stop <= day and stop < go:
            day += go - stop
    return WorkingDay(day, False)


def _months_later(day: int, months: int) -> int:
    on = date_of_day(day)
    year, month = divmod(on.year * 12 + on.month - 1 + months, 12)
    return day_of_date(date(year, month + 1, min(on.day, monthrange(year, month + 1)[1])))


def next_due(duties: Iterable[Owed], clock: Clock) -> Due | None:
    """The earliest instant that this clock still owes; None if it owes nothing."""
    found: Due | None = None
    for duty in duties:
        if duty.met_at is None and duty.rule.clock == clock and (found is None or duty.due.at_ms < found.at_ms):
            found = duty.due
    return found


def standing(now: int, dues: Iterable[Due]) -> Standing:
    """How pressing the most pressing of these is; a stopped clock counts as it stood when it was stopped."""
    left = min(
        (due.at_ms - (now if due.stands_since is None else min(now, due.stands_since)) for due in dues),
        default=_3D_MS + 1,
    )
    if left < 0:
        return "overdue"
    if left <= _24H_MS:
        return "within_24h"
    return "within_3d" if left <= _3D_MS else "later"


def reminders(duties: Iterable[Owed], since: int, now: int) -> list[Reminder]:
    """What is to be said of since < t ≤ now (ms): only the latest of each unmet duty, after an outage too."""
    found = []
    for duty in duties:
        if duty.met_at is None and _first_warning(duty) <= now:
            found += [r for r in _warnings(duty, now) if since < r.at_ms <= now][-1:]
    return sorted(found, key=lambda reminder: reminder.at_ms)


def _first_warning(duty: Owed) -> float:
    """An instant before which nothing is said of the duty: pauses can only make it later."""
    allowed = duty.due.at_ms - duty.start - _stopped(duty)
    first = duty.start + allowed * duty.rule.warns_at[0] - 1 if duty.rule.warns_at else inf
    return min(first, duty.best.at_ms) if duty.best else first


def _stopped(duty: Owed) -> int:
    if not duty.pauses:
        return 0
    return sum(max(0, min(end, duty.due.at_ms) - begin) for begin, end in _merged(duty.pauses)[0])


def _warnings(duty: Owed, now: int) -> list[Reminder]:
    rule, due = duty.rule, duty.due
    until = min(now, due.stands_since) if due.stands_since is not None else now
    closed = _merged(duty.pauses)[0]
    allowed = due.at_ms - duty.start - _stopped(duty)
    times: list[tuple[int, float | None]] = [(duty.best.at_ms, None)] if duty.best else []
    times += [(_running(duty.start, round(part * allowed), closed), part) for part in rule.warns_at]
    return [
        Reminder(rule.duty, rule.clock, part, at, rule.escalates_to if part == 1.0 else None)
        for at, part in sorted(times, key=lambda time: time[0])
        if at <= until
    ]
