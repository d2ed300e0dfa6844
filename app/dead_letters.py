"""Deliveries that wait for a person (上报异常清单): what happened, in words, with the exact payload; and what the person may do.

Every act takes the caller's write transaction, a condition for what the caller may see, and the person who acts. Acts on
what is not on the list raise `Problem`; none of them ever sends anything itself, the forwarder does.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from app.domain import forwarding as rules
from app.domain.forwarding import State, Terms
from app.domain.forwarding_words import CAUSES, ENDING_UNTOLD, reason_words
from app.errors import Problem
from app.forwarding_queue import delivery_of, keep, new_references
from app.models.forwarding import CategoryMapping, Forwarding, ForwardingAttempt, Target
from app.models.service_requests import ServiceRequest
from app.writes import Actor, Write, create, patch, step, write

Seen = ColumnElement[bool]

# Nothing was taken by the platform for these reasons, so what is sent next may be composed anew from the corrected request.
_NOTHING_TAKEN = frozenset(
    {"no_target", "unmapped_category", "no_location", "rejected", "unreachable", "target_blocked"}
)
_MAX_NUMBER = 64


def seen(covers: Seen, *, confidential: bool) -> Seen:
    """What a person may see: their board's condition on `ServiceRequest.scope`, and with `confidential` (the task force)
    the reports that stay with their authors, which are on nobody's board.
    """
    return or_(covers, ServiceRequest.scope.startswith("user:")) if confidential else covers


def waiting(session: Session, may_see: Seen, *, limit: int = 50, offset: int = 0) -> list[dict[str, Any]]:
    """The list, the longest waiting first: see `described` for what stands in each entry."""
    query = _list(may_see).order_by(ServiceRequest.due_at.is_(None), ServiceRequest.due_at, Forwarding.created_at)
    found = session.execute(query.limit(limit).offset(offset)).all()
    return [described(session, row, request) for row, request in found]


def count(session: Session, may_see: Seen) -> int:
    """How many wait."""
    return session.scalar(select(func.count()).select_from(_list(may_see).subquery())) or 0


def read(session: Session, forwarding_id: str, may_see: Seen) -> dict[str, Any]:
    """One entry; raises `Problem("not_waiting")` when it is not on the list."""
    row, request = _find(session, forwarding_id, may_see)
    return described(session, row, request)


def described(session: Session, row: Forwarding, request: ServiceRequest) -> dict[str, Any]:
    """An entry: the request, the reason in words, the exact payload, every attempt, and the acts that are possible."""
    target = session.get(Target, row.target) if row.target else None
    attempts = session.scalars(
        select(ForwardingAttempt).where(ForwardingAttempt.forwarding_id == row.id).order_by(ForwardingAttempt.no)
    ).all()
    reason = row.reason if row.state == State.DEAD else row.alarm
    zh, en = reason_words(reason, attempts[-1].detail if attempts else None)
    if row.ending:
        zh, en = (before + words for before, words in zip(ENDING_UNTOLD, (zh, en), strict=True))
    possible = acts(row)
    if request.category is None:
        # Nothing that a platform could have a name for.
        possible = [one for one in possible if one != "map_category"]
    return {
        "id": row.id,
        "service_request_id": request.id,
        "tracking_code": request.tracking_code,
        "text": request.text,
        "category": request.category,
        "confidential": row.confidential,
        "due_at": request.due_at,
        "since": row.since or row.created_at,
        "target": row.target,
        "target_name": target.name if target else None,
        "reference": row.reference,
        "forward_no": row.forward_no,
        "platform_number": row.platform_id,
        "reason": reason,
        "zh": zh,
        "en": en,
        "platform_words": row.last_words,
        "payload": row.payload,
        "posts": row.posts,
        "attempts": [_line(attempt) for attempt in attempts],
        "acts": possible,
    }


def _line(attempt: ForwardingAttempt) -> dict[str, Any]:
    zh, en = CAUSES.get(attempt.detail or "", (None, None))
    return {
        "at": attempt.at,
        "phase": attempt.phase,
        "outcome": attempt.outcome,
        "target": attempt.target,
        "http_status": attempt.http_status,
        "cause_zh": zh,
        "cause_en": en,
        "excerpt": attempt.excerpt,
    }


def acts(row: Forwarding) -> list[str]:
    """Names of the functions below that are possible for an entry."""
    if row.state != State.DEAD:
        return ["dismiss"]
    if row.ending:
        return ["retry", "dismiss"]
    first = ["map_category", "set_category"] if row.reason == "unmapped_category" else ["retry"]
    return [*first, "forwarded_by_hand", "other_route", "withdraw"]


def retry(session: Session, forwarding_id: str, may_see: Seen, *, actor: Actor, now: int) -> None:
    """Try again. What may have arrived is looked for once more before it is sent; else it is sent at once."""
    row, request = _find(session, forwarding_id, may_see, dead=True)
    if row.reason in _NOTHING_TAKEN:
        row.payload = row.photos = row.service_code = None
    keep(row, rules.taken_on(delivery_of(row), Terms(searchable=row.searchable), now))
    row.alarm = None
    _note(session, row, "retry", now)
    _write(session, [_unstuck(request.id), _comment(request.id, "已重新上报。")], actor, now)


def set_category(session: Session, forwarding_id: str, may_see: Seen, category: str, *, actor: Actor, now: int) -> None:
    """Say what the request is about, where whoever recorded it could not, and send it; `category` is the programme's code."""
    row, request = _find(session, forwarding_id, may_see, dead=True, own=True)
    if row.reason != "unmapped_category":
        raise Problem("not_waiting")
    _write(session, [patch("service_request", request.id, {"category": category})], actor, now)
    retry(session, forwarding_id, may_see, actor=actor, now=now)


def forwarded_by_hand(
    session: Session, forwarding_id: str, may_see: Seen, number: str, *, actor: Actor, now: int
) -> None:
    """The person has told the platform some other way, or has found the request there: this is its number.

    Raises `Problem`: `number_wrong`, `number_taken`, `illegal_transition`.
    """
    row, request = _find(session, forwarding_id, may_see, dead=True, own=True)
    number = number.strip()
    if not number or len(number) > _MAX_NUMBER or not number.isprintable():
        raise Problem("number_wrong")
    other = session.scalar(
        select(Forwarding.id).where(
            Forwarding.target == row.target,
            Forwarding.platform_id == number,
            Forwarding.service_request_id != request.id,
        )
    )
    if other is not None:
        raise Problem("number_taken")
    _write(
        session,
        [
            patch("service_request", request.id, {"platform_number": number, "stuck": None}),
            patch("service_request", request.id, {"status": step("submitted")}),
        ],
        actor,
        now,
    )
    _end(row, now, platform_id=number)
    _note(session, row, "forwarded_by_hand", now)


def other_route(session: Session, forwarding_id: str, may_see: Seen, target: str, *, actor: Actor, now: int) -> None:
    """Send it to another target, under a new reference and as if for the first time; raises `Problem("unknown_target")`."""
    row, request = _find(session, forwarding_id, may_see, dead=True, own=True)
    chosen = session.get(Target, target)
    if chosen is None or not chosen.enabled or chosen.code == row.target:
        raise Problem("unknown_target")
    _note(session, row, "other_route", now)
    row.target, row.reference = chosen.code, new_references(session.connection(), 1)[0]
    row.operation, row.payload, row.photos, row.service_code = "create", None, None, None
    row.platform_id = row.token = row.news_at = None
    keep(row, rules.Delivery(next_at=now, since=now))
    _write(session, [_unstuck(request.id), _comment(request.id, f"改由“{chosen.name}”上报。")], actor, now)


def withdraw(session: Session, forwarding_id: str, may_see: Seen, reason: str, *, actor: Actor, now: int) -> None:
    """Take the request back before it is submitted; raises `Problem("illegal_transition")` where the table does not allow it."""
    row, request = _find(session, forwarding_id, may_see, dead=True, own=True)
    taken = patch("service_request", request.id, {"status": step("withdrawn", reason=reason), "stuck": None})
    _write(session, [taken], actor, now)
    _end(row, now)
    _note(session, row, "withdraw", now)


def dismiss(session: Session, forwarding_id: str, may_see: Seen, *, actor: Actor, now: int) -> None:
    """The person has seen to an alarm about a delivered request, or has told the platform the resident's word."""
    row, request = _find(session, forwarding_id, may_see)
    if row.state == State.DEAD and not row.ending:
        raise Problem("not_waiting")
    if row.ending:
        _end(row, now)
    row.alarm = None
    _note(session, row, "dismiss", now)
    _write(session, [_unstuck(request.id)], actor, now)


def map_category(session: Session, target: str, category: str, service_code: str, *, actor: Actor, now: int) -> int:
    """Say what a target calls a category, and send everything that waited for it; returns how many."""
    if session.get(Target, target) is None:
        raise Problem("unknown_target")
    session.merge(CategoryMapping(target=target, category=category, service_code=service_code))
    rows = session.execute(
        select(Forwarding, ServiceRequest)
        .join(ServiceRequest, ServiceRequest.id == Forwarding.service_request_id)
        .where(
            Forwarding.state == State.DEAD,
            Forwarding.reason == "unmapped_category",
            Forwarding.target == target,
            ServiceRequest.category == category,
        )
    ).all()
    for row, _ in rows:
        keep(row, rules.taken_on(delivery_of(row), Terms(), now))
        _note(session, row, "mapped", now)
    _write(session, [_unstuck(request.id) for _, request in rows], actor, now)
    return len(rows)


def _list(may_see: Seen) -> Select[Forwarding, ServiceRequest]:
    return (
        select(Forwarding, ServiceRequest)
        .join(ServiceRequest, ServiceRequest.id == Forwarding.service_request_id)
        .where(
            may_see,
            or_(
                and_(Forwarding.state == State.DEAD, or_(ServiceRequest.status == "queued", Forwarding.ending)),
                Forwarding.alarm.is_not(None),
            ),
        )
    )


def _find(
    session: Session, forwarding_id: str, may_see: Seen, *, dead: bool = False, own: bool = False
) -> tuple[Forwarding, ServiceRequest]:
    """An entry of the list; `own` leaves out the endings, which have no life of their own."""
    query = _list(may_see).where(Forwarding.id == forwarding_id).with_for_update(of=Forwarding)
    found = session.execute(query).one_or_none()
    if found is None or (dead and found[0].state != State.DEAD) or (own and found[0].ending):
        raise Problem("not_waiting")
    return found[0], found[1]


def _end(row: Forwarding, now: int, platform_id: str | None = None) -> None:
    row.state, row.next_at, row.reason, row.lease, row.done_at = State.DONE, None, None, None, now
    row.platform_id = platform_id or row.platform_id
    row.alarm = None


def _note(session: Session, row: Forwarding, outcome: str, now: int) -> None:
    session.add(ForwardingAttempt(forwarding_id=row.id, at=now, phase="person", target=row.target, outcome=outcome))


def _unstuck(request_id: str) -> Write:
    return patch("service_request", request_id, {"stuck": None})


def _comment(request_id: str, text: str) -> Write:
    return create(
        "service_request_event", {"service_request_id": request_id, "kind": "comment", "text": text, "public": False}
    )


def _write(session: Session, writes: Sequence[Write], actor: Actor, now: int) -> None:
    for outcome in write(session, writes, actor=actor, now=now):
        if outcome.outcome == "parked":
            raise Problem(outcome.code or "bad_request", outcome.detail)
