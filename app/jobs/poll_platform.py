"""Asks platforms for news: often and briefly, every five minutes with two hours of overlap, nightly for 25 hours, weekly for all.

A platform may show an update late, or date it earlier than it appears; the overlaps catch that, and the inbox takes each update
once. The weekly check asks for every open number by name, and a number that does not come back goes to a person.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import structlog
from sqlalchemy import select

from app.database import reading, writing
from app.domain.forwarding import HOUR_MS, MINUTE_MS, SECOND_MS, State
from app.domain.platform_updates import PlatformUpdate
from app.domain.service_requests import OPEN
from app.external.adapters import Adapter, Can, LookUpFailed
from app.external.http import Outward
from app.jobs import Report, moving
from app.jobs.books import open_books
from app.jobs.delivery_rows import Adapters, adapters, all_targets, count_call
from app.jobs.results import raise_alarm
from app.models.forwarding import Forwarding, Target
from app.models.service_requests import ServiceRequest
from app.platform_inbox import store_news

log = structlog.get_logger()

EVERY_MS = 5 * MINUTE_MS
OVERLAP_MS = 2 * HOUR_MS
NIGHTLY_MS = 25 * HOUR_MS
_BRIEF_MS = MINUTE_MS
_LONGEST_WAIT_MS = 30 * MINUTE_MS
_DAY_MS = 24 * HOUR_MS
# Three o'clock in the morning, Asia/Shanghai, is 19:00 UTC; the epoch was a Thursday.
_NIGHT_MS = 19 * HOUR_MS
_CHECKED_AT_ONCE = 500


@dataclass(frozen=True)
class Poll:
    """One target that is due, with how far back it is asked and whether every open number is checked."""

    target: str
    adapter: Adapter
    since: int
    overlaps: bool
    nightly: bool
    weekly: bool


def is_due(now: int) -> bool:
    """Whether a target is to be asked; cheap enough to ask every second."""
    with reading() as session:
        return any(_is_due(target, now) for target in all_targets(session).values())


def _is_due(target: Target, now: int) -> bool:
    return target.enabled and target.poll_at <= now and target.breaker_probe_at is None


def run(now: int, *, outward: Outward | None = None) -> Report:
    """Ask all targets that are due; returns counts of new pieces of news. They are applied by `apply_news`."""
    report, clock = Report("poll_platform"), moving(now)
    for poll in _due(now, adapters(outward)):
        try:
            _poll(poll, clock(), report)
        except LookUpFailed as failure:
            log.warning("poll_failed", target=poll.target, code=failure.code)
            report.add("failed")
            _postpone(poll, clock())
    return report


def _due(now: int, ways: Adapters) -> list[Poll]:
    with reading() as session:
        return [
            _planned(target, ways.of(target), now) for target in all_targets(session).values() if _is_due(target, now)
        ]


def _planned(target: Target, adapter: Adapter, now: int) -> Poll:
    nightly, weekly, overlaps = target.nightly_at <= now, target.weekly_at <= now, target.overlap_at <= now
    back = NIGHTLY_MS if nightly or weekly else OVERLAP_MS if overlaps else _BRIEF_MS
    # After a standstill the gap is read as a whole, and the overlap beyond it.
    since = min(now if target.polled_to is None else target.polled_to, now) - back
    return Poll(target.code, adapter, since, overlaps or nightly or weekly, nightly or weekly, weekly)


def _poll(poll: Poll, now: int, report: Report) -> None:
    if Can.PULL_UPDATES in poll.adapter.can:
        for page in poll.adapter.updates(poll.since, now):
            _store(poll.target, page, now, report)
        if poll.weekly:
            _check_all(poll, now, report)
    services = poll.adapter.services() if poll.nightly else []
    with writing() as session:
        target = all_targets(session, locked=True)[poll.target]
        count_call(target, True, now)
        every = round(float((target.settings or {}).get("poll_every_s", EVERY_MS / SECOND_MS)) * SECOND_MS)
        target.polled_to, target.poll_failures, target.poll_at = now, 0, now + every
        if poll.overlaps:
            target.overlap_at = now + max(every, EVERY_MS)
        if poll.nightly:
            target.nightly_at = _next_night(now)
            target.learn_services(services or target.services or [])
        if poll.weekly:
            target.weekly_at = _next_night(now) + 6 * _DAY_MS
    report.add("polled")


def _store(target: str, page: Sequence[PlatformUpdate], now: int, report: Report) -> None:
    if page:
        with writing() as session:
            report.add("news", store_news(session, target, page, "poll", now, strangers=False))


def _postpone(poll: Poll, now: int) -> None:
    """After a failure the next poll comes sooner than the regular one would for a rare poll, later for a frequent one."""
    with writing() as session:
        target = all_targets(session, locked=True)[poll.target]
        count_call(target, False, now)
        target.poll_failures += 1
        wait = min(30 * SECOND_MS * 2 ** min(target.poll_failures, 10), _LONGEST_WAIT_MS)
        target.poll_at = now + wait


def _check_all(poll: Poll, now: int, report: Report) -> None:
    """Ask for every number that is open with us; store how each stands, and raise the alarm for those that are gone."""
    for some in _open_numbers(poll.target):
        standing = poll.adapter.snapshots([number for number, _ in some])
        _store(poll.target, list(standing.values()), now, report)
        report.add("checked", len(some))
        missing = [forwarding_id for number, forwarding_id in some if number not in standing]
        if missing:
            with writing() as session:
                books = open_books(session, missing, now)
                for row in books.rows.values():
                    raise_alarm(books, row, "missing_at_platform")
                books.close()
            report.add("missing", len(missing))


def _open_numbers(target: str) -> list[list[tuple[str, str]]]:
    """Numbers and ids of deliveries whose requests are not ended, in slices."""
    with reading() as session:
        found = session.execute(
            select(Forwarding.platform_id, Forwarding.id)
            .join(ServiceRequest, ServiceRequest.id == Forwarding.service_request_id)
            .where(
                Forwarding.target == target,
                Forwarding.state == State.DONE,
                Forwarding.platform_id.is_not(None),
                Forwarding.alarm.is_(None),
                Forwarding.ending.is_(False),
                ServiceRequest.status.in_(sorted(OPEN)),
            )
            .order_by(Forwarding.id)
        )
        pairs = [(str(number), forwarding_id) for number, forwarding_id in found]
    # A reopened request has two deliveries under one number.
    newest = list({number: (number, forwarding_id) for number, forwarding_id in pairs}.values())
    return [newest[start : start + _CHECKED_AT_ONCE] for start in range(0, len(newest), _CHECKED_AT_ONCE)]


def _next_night(now: int) -> int:
    night = now // _DAY_MS * _DAY_MS + _NIGHT_MS
    return night if night > now else night + _DAY_MS
