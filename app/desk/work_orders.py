"""Taking a step on a request: the one way its status, clocks and units change after it came in."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy import delete, select, text
from sqlalchemy.orm import Session

from app.desk.clocks import HOUR_MS, to_shanghai
from app.desk.steps import BY_NAME, SETTLED, WITH_UNIT, Part, Step, may_take
from app.desk.text import clean
from app.errors import Problem
from app.ids import new_id
from app.models.desk import DeskRequest, DeskRequestUnit, DeskService, DeskUnit, DeskUpdate

NUMBER_PREFIX = "WO"
MAX_TEXT = 4_000
MAX_CO_UNITS = 8
MAX_EXTENSION_DAYS = 180


@dataclass(frozen=True)
class By:
    """Who takes a step; `update_id` and `body_hash` belong to a client's update, so that a replay is recognised."""

    part: Part
    unit_name: str
    actor_name: str | None = None
    update_id: str | None = None
    body_hash: str | None = None


@dataclass(frozen=True)
class Filled:
    """What was filled in. Units are ids; `until` is an instant; `seen_rev` is the revision the form was made from."""

    text: str = ""
    reason: str = ""
    lead: str | None = None
    co: tuple[str, ...] = ()
    until: int | None = None
    tell: bool = False
    photos: tuple[str, ...] = ()
    media_url: str | None = None
    resident_due_at: int | None = None
    seen_rev: int | None = None


def take(session: Session, request: DeskRequest, name: str, by: By, filled: Filled, now: int) -> DeskUpdate:
    """Take the step `name` on `request` inside the caller's write transaction; returns its new line of history.

    Raises the problems `desk_illegal_step`, `desk_changed_meanwhile` and those of wrongly filled fields.
    """
    step = _check_allowed(request, name, by, filled)
    filled = _check_filled(step, filled, request, now)
    # One line after the other even when the machine's clock steps back: a client reads the history by time.
    at = max(now, request.updated_at + 1)
    line = DeskUpdate(id=new_id(), request_id=request.id, step=step.name, from_status=request.status, at=at)
    service = session.get_one(DeskService, request.service_code)
    line.text = _apply(session, request, service, step, filled, at)
    line.to_status, line.reason, line.public = request.status, filled.reason or None, step.public or filled.tell
    line.photos, line.media_url = list(filled.photos), filled.media_url
    line.part, line.unit_name, line.actor_name = by.part, by.unit_name, by.actor_name
    line.client_update_id, line.body_hash = by.update_id, by.body_hash
    session.add(line)
    if line.public and by.part != "client":
        request.status_notes = line.text
    if request.fed_back_at is None and (step.feeds_back or filled.tell):
        request.fed_back_at = at
    request.updated_at = at
    request.rev += 1
    request.next_due_at = next_due(request)
    session.flush()
    return line


def next_due(request: DeskRequest) -> int | None:
    """The earliest running clock, None when both stand."""
    dues = []
    if request.fed_back_at is None and request.status not in SETTLED:
        dues.append(request.resident_due_at)
    if request.unit_due_at is not None and request.status in WITH_UNIT:
        dues.append(request.unit_due_at)
    return min(dues, default=None)


def give_number(session: Session, request: DeskRequest, now: int) -> None:
    """Number a request that has none: day (Asia/Shanghai) and a serial of that day."""
    if request.number is not None:
        return
    day = to_shanghai(now).strftime("%Y%m%d")
    # One statement on both databases: the row lock it takes makes two requests of one instant wait for each other.
    serial = session.execute(
        text(
            "INSERT INTO desk_counter (day, last) VALUES (:day, 1) "
            "ON CONFLICT (day) DO UPDATE SET last = desk_counter.last + 1 RETURNING last"
        ),
        {"day": day},
    ).scalar_one()
    request.number = f"{NUMBER_PREFIX}{day}-{serial:06d}"


def units_of(session: Session, request_id: str) -> tuple[DeskUnit | None, list[DeskUnit]]:
    """The lead unit and the co-operating units of a request."""
    rows = session.execute(
        select(DeskRequestUnit.part, DeskUnit)
        .join(DeskUnit, DeskUnit.id == DeskRequestUnit.unit_id)
        .where(DeskRequestUnit.request_id == request_id)
        .order_by(DeskUnit.code)
    ).all()
    lead = next((unit for part, unit in rows if part == "lead"), None)
    return lead, [unit for part, unit in rows if part == "co"]


def _check_allowed(request: DeskRequest, name: str, by: By, filled: Filled) -> Step:
    step = BY_NAME.get(name)
    if filled.seen_rev is not None and filled.seen_rev != request.rev:
        raise Problem("desk_changed_meanwhile")
    if step is None or not may_take(step, request.status, by.part, request.extension_until is not None):
        raise Problem("desk_illegal_step")
    return step


def _check_filled(step: Step, filled: Filled, request: DeskRequest, now: int) -> Filled:
    """`filled` with clean texts and without what the step does not take."""
    keep = Filled(photos=filled.photos, media_url=filled.media_url, resident_due_at=filled.resident_due_at)
    for field in step.fields:
        value = getattr(filled, field)
        if isinstance(value, str):
            value = clean(value)
        if field in step.needs and not value:
            raise Problem("desk_field_missing")
        keep = replace(keep, **{field: value})
    if max(len(keep.text), len(keep.reason)) > MAX_TEXT:
        raise Problem("desk_text_too_long")
    if keep.until is not None:
        earliest = max(now, request.unit_due_at or now)
        if not earliest < keep.until <= now + MAX_EXTENSION_DAYS * 24 * HOUR_MS:
            raise Problem("desk_wrong_term")
    return keep


def _apply(session: Session, request: DeskRequest, service: DeskService, step: Step, filled: Filled, at: int) -> str:
    """Change the request; returns what its history line says (what the resident is told, if the line is public)."""
    if step.to is not None:
        request.status = step.to
        request.reason = filled.reason or None
    if request.status != "submitted":
        give_number(session, request, at)
    told = filled.text or step.told
    match step.name:
        case "dispatch" | "redispatch":
            told = _dispatch(session, request, service, filled, at)
        case "approve_extension" if request.extension_until is not None:
            told = _extend(request, request.extension_until)
        case "ask_extension":
            request.extension_until, request.extension_reason = filled.until, filled.reason
        case "decline_extension":
            request.extension_until = request.extension_reason = None
        case "return":
            request.returns += 1
            _take_from_units(session, request)
        case "answer" | "answer_directly":
            request.answer, request.answer_photos, request.answered_at = filled.text, list(filled.photos), at
        case "reopen":
            told = _reopen(request, service, filled, at)
        case "refuse":
            request.closed_at, told = at, f"不予受理：{filled.reason}"
        case "close" | "agree" | "withdraw":
            request.closed_at = at
    if request.status not in WITH_UNIT:
        request.extension_until = request.extension_reason = None
    return told


def _dispatch(session: Session, request: DeskRequest, service: DeskService, filled: Filled, at: int) -> str:
    co_ids = tuple(dict.fromkeys(unit_id for unit_id in filled.co if unit_id != filled.lead))
    if len(co_ids) > MAX_CO_UNITS:
        raise Problem("desk_wrong_unit")
    lead, *co = (_handling_unit(session, unit_id) for unit_id in (filled.lead, *co_ids))
    _take_from_units(session, request)
    request.lead_unit_id = lead.id
    session.add(DeskRequestUnit(request_id=request.id, unit_id=lead.id, part="lead"))
    session.add_all(DeskRequestUnit(request_id=request.id, unit_id=unit.id, part="co") for unit in co)
    request.dispatched_at, request.unit_due_at = at, at + service.unit_hours * HOUR_MS
    request.extension_until = request.extension_reason = None
    together = f"，{'、'.join(unit.name for unit in co)}协办" if co else ""
    return f"已转{lead.name}主办{together}。{filled.text}"


def _handling_unit(session: Session, unit_id: str | None) -> DeskUnit:
    unit = session.get(DeskUnit, unit_id) if unit_id else None
    if unit is None or unit.centre or not unit.active:
        raise Problem("desk_wrong_unit")
    return unit


def _extend(request: DeskRequest, until: int) -> str:
    reason = request.extension_reason or ""
    request.unit_due_at, request.reason = until, reason
    request.extension_until = request.extension_reason = None
    day = to_shanghai(until)
    return f"办理期限延至{day.year}年{day.month}月{day.day}日，原因：{reason}"


def _reopen(request: DeskRequest, service: DeskService, filled: Filled, at: int) -> str:
    """A new round with new clocks; the unit that answered gets it back, without one the centre decides again."""
    request.round += 1
    request.answered_at = request.closed_at = request.fed_back_at = None
    request.resident_due_at = filled.resident_due_at or at + service.resident_hours * HOUR_MS
    if request.lead_unit_id is None:
        request.status, request.unit_due_at = "accepted", None
    else:
        request.dispatched_at, request.unit_due_at = at, at + service.unit_hours * HOUR_MS
    return f"重新办理：{filled.reason}"


def _take_from_units(session: Session, request: DeskRequest) -> None:
    session.execute(delete(DeskRequestUnit).where(DeskRequestUnit.request_id == request.id))
    request.lead_unit_id, request.unit_due_at = None, None
