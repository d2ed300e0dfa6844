"""Nudges (消息推送): tells a phone at once that its inbox has a deadline, an answer or the day's digest.

Only a nudge: the notice itself rides on sync, and where no push service can be reached nothing is missing but the haste.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import msgspec
from flask import current_app
from sqlalchemy import ColumnElement, and_, select, update
from sqlalchemy.orm import Session

import config
from app.database import reading, writing
from app.domain.workdays import SHANGHAI_MS
from app.external.http import Limits, Outward
from app.external.web_push import Pushed, WebPush
from app.jobs import Report
from app.jobs.schedule import DAY_MS, HOUR_MS, MINUTE_MS, due_every
from app.models.accounts import Account, Device
from app.models.notices import Notice
from app.models.reminders import PushNudge
from app.push_subscription import push_keys, read_subscription

NAME = "notify"
EVERY_MS = 15_000
# What is older is read when the phone syncs.
WINDOW_MS = 12 * HOUR_MS
# A deadline that passes half its time at three in the morning has time until seven; a cadre's sleep has not.
QUIET_FROM_MS, QUIET_TO_MS = 22 * HOUR_MS, 7 * HOUR_MS
WAITS_MS = (MINUTE_MS, 10 * MINUTE_MS, HOUR_MS)
_THREADS = 8
_MOST = 500
_LIMITS = Limits(connect=5.0, read=10.0, total=15.0)

# Deadlines, answers, and what comes once a day. Everything else waits in the inbox.
TITLES = {
    "deadline_best": "有诉求已过争取时限",
    "deadline_half": "有诉求办理时限过半",
    "deadline_near": "有诉求即将到期",
    "deadline_over": "有诉求已超期",
    "deadline_escalated": "有超期诉求需要督办",
    "deadline_many": "有多件诉求临近时限",
    "returned_again": "有诉求多次退单",
    "request_answered": "有诉求已出结果",
    "request_returned": "有诉求被退回",
    "request_not_accepted": "有诉求未被受理",
    "digest": "今日提醒",
    "friday": "走访小结",
}
_SEVERAL = "您有{}条新消息"
_TEXT = "打开民情日记查看"


class Phone(NamedTuple):
    """A phone that wants to be nudged: the scope of its person's inbox, and its subscription as the row has it."""

    inbox: str
    stored: str


class Unread(NamedTuple):
    """A notice that is worth a nudge."""

    id: str
    inbox: str
    kind: str
    about_id: str | None


class Nudge(NamedTuple):
    """One push: the new notices of one phone, and where to say so."""

    device_id: str
    stored: str
    notices: tuple[str, ...]
    message: dict[str, object]
    topic: str


def is_due(now: int) -> bool:
    """Every fifteen seconds by day, as long as any phone wants to be nudged."""
    if may_not_disturb(now) or not due_every(NAME, EVERY_MS, now):
        return False
    with reading() as session:
        return session.scalar(select(Device.id).where(_wants_pushes()).limit(1)) is not None


def may_not_disturb(now: int) -> bool:
    """Whether it is night in Asia/Shanghai."""
    of_day = (now + SHANGHAI_MS) % DAY_MS
    return of_day >= QUIET_FROM_MS or of_day < QUIET_TO_MS


def run(now: int, outward: Outward | None = None) -> Report:
    """Nudge every phone that has news at `now` (ms); `outward` replaces the way out in tests."""
    report = Report(NAME)
    if may_not_disturb(now):
        return report
    settings: config.Config = current_app.config["DOORSTEP"]
    # Nobody's private addresses, whatever the operator allows for platforms: endpoints are chosen by browsers.
    way_out = WebPush(outward or Outward(limits=_LIMITS), push_keys(settings.data_dir), settings.vapid_subject)
    nudges = _claim(now)
    silent: set[str] = set()
    with ThreadPoolExecutor(_THREADS, thread_name_prefix="push") as pool:
        results = list(pool.map(lambda nudge: _send(way_out, nudge, silent, now), nudges))
    _record(nudges, results)
    report.counts.update(str(result) for result in results)
    return report


def _send(way_out: WebPush, nudge: Nudge, silent: set[str], now: int) -> Pushed:
    """One push. A service that did not answer once in this run is not asked again: it may be out of reach from here."""
    try:
        to = read_subscription(msgspec.json.decode(nudge.stored))
    except ValueError:
        return Pushed.GONE
    if to.host in silent:
        return Pushed.LATER
    result = way_out.send(to, nudge.message, nudge.topic, now)
    if result is Pushed.LATER:
        silent.add(to.host)
    return result


def _wants_pushes() -> ColumnElement[bool]:
    return and_(Device.push_subscription.is_not(None), Device.revoked.is_(None))


def _claim(now: int) -> list[Nudge]:
    """Phones with unread news, each noted as tried before anything is sent: a crash may cost a nudge, never repeat it at once."""
    with reading() as session:
        devices = _devices(session)
        waiting = _waiting(session, devices, now)
    if not waiting:
        return []
    with writing() as session:
        for device_id, notices in waiting.items():
            for notice in notices:
                _count_try(session, notice.id, device_id, now)
    return [_nudge(device_id, devices[device_id].stored, notices) for device_id, notices in waiting.items()]


def _devices(session: Session) -> dict[str, Phone]:
    rows = session.execute(
        select(Device.id, Account.cadre_id, Account.id, Device.push_subscription)
        .join(Account, Account.id == Device.account_id)
        .where(_wants_pushes(), Account.active)
    )
    return {device: Phone(f"user:{cadre or account}", str(stored)) for device, cadre, account, stored in rows}


def _waiting(session: Session, devices: Mapping[str, Phone], now: int) -> dict[str, list[Unread]]:
    """The unread notices worth a nudge of each phone that it has not been nudged about, oldest first."""
    inboxes: dict[str, list[str]] = defaultdict(list)
    for device_id, phone in devices.items():
        inboxes[phone.inbox].append(device_id)
    waiting: dict[str, list[Unread]] = defaultdict(list)
    nexts = _next_tries(session, now - WINDOW_MS)
    for notice in _unread(session, now - WINDOW_MS):
        for device_id in inboxes.get(notice.inbox, ()):
            next_at = nexts.get((notice.id, device_id), now)
            if next_at is not None and next_at <= now and (device_id in waiting or len(waiting) < _MOST):
                waiting[device_id].append(notice)
    return waiting


def _unread(session: Session, since: int) -> list[Unread]:
    """Ids begin with the time they were made at, so the stretch since then is found without an index of its own."""
    rows = session.execute(
        select(Notice.id, Notice.scope, Notice.kind, Notice.about_id)
        .where(
            Notice.id >= _first_id(since),
            Notice.created_at > since,
            Notice.kind.in_(TITLES),
            Notice.read_at.is_(None),
            Notice.deleted.is_(False),
        )
        .order_by(Notice.id)
    )
    return [Unread(i, scope, kind or "", about_id) for i, scope, kind, about_id in rows]


def _next_tries(session: Session, since: int) -> dict[tuple[str, str], int | None]:
    rows = session.execute(
        select(PushNudge.notice_id, PushNudge.device_id, PushNudge.next_at).where(PushNudge.at > since - DAY_MS)
    )
    return {(notice, device): next_at for notice, device, next_at in rows}


def _first_id(at_ms: int) -> str:
    """What every UUIDv7 made at this instant or later is not less than, less a minute for clocks that were set back."""
    digits = f"{at_ms - MINUTE_MS:012x}"
    return f"{digits[:8]}-{digits[8:]}"


def _nudge(device_id: str, stored: str, notices: Sequence[Unread]) -> Nudge:
    """One push, whatever the number of notices. It says of what kind they are, never about whom."""
    first, ids = notices[0], tuple(notice.id for notice in notices)
    if len(notices) > 1:
        message: dict[str, object] = {
            "kind": "several",
            "title": _SEVERAL.format(len(notices)),
            "path": "/app/messages",
        }
    else:
        path = f"/app/request/{first.about_id}" if first.about_id else "/app/messages"
        message = {"kind": first.kind, "id": first.about_id, "title": TITLES[first.kind], "path": path}
    return Nudge(device_id, stored, ids, {**message, "text": _TEXT}, ids[-1])


def _count_try(session: Session, notice_id: str, device_id: str, now: int) -> None:
    row = session.get(PushNudge, (notice_id, device_id))
    if row is None:
        row = PushNudge(notice_id=notice_id, device_id=device_id, at=now, tries=0)
        session.add(row)
    # The last try has no next one.
    row.next_at = now + WAITS_MS[row.tries] if row.tries < len(WAITS_MS) else None
    row.tries += 1


def _record(nudges: Sequence[Nudge], results: Sequence[Pushed]) -> None:
    """What was taken or refused is settled; a subscription that is gone is forgotten, unless the phone has a new one."""
    ended = [(nudge, result) for nudge, result in zip(nudges, results, strict=True) if result is not Pushed.LATER]
    if not ended:
        return
    with writing() as session:
        for nudge, result in ended:
            settled = and_(PushNudge.notice_id.in_(nudge.notices), PushNudge.device_id == nudge.device_id)
            session.execute(update(PushNudge).where(settled).values(next_at=None))
            if result is Pushed.GONE:
                same = and_(Device.id == nudge.device_id, Device.push_subscription == nudge.stored)
                session.execute(update(Device).where(same).values(push_subscription=None))
