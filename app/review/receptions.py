"""Reception sessions (下访接访): who was received, what was decided on each request, and what has been struck off since."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit import append as audit
from app.errors import Problem
from app.ids import new_id
from app.models.reviews import Reception, ReceptionCase
from app.models.service_requests import ServiceRequest
from app.record_rules import TASK_FORCE
from app.review.reach import Reach
from app.writes import Actor, Outcome, create, patch, step, write

_MOST_SHOWN = 200
_TITLE = 120
# Where the table of steps leads when a session has settled a request, from wherever it stands.
_STATUS_OF = {"solved": "solved_on_spot", "explained": "explained"}
_SAID_DONE = frozenset({"solved_on_spot", "explained", "answered"})
_SETTLED = frozenset({"agreed", "closed", "archived"})


def hold(session: Session, reach: Reach, held_on: str, place: str, host: str, *, actor: Actor, now: int) -> Reception:
    """Set down a session, before or after it was held."""
    reception = Reception(
        id=new_id(),
        scope=f"team:{reach.team}" if reach.team else TASK_FORCE,
        held_on=held_on,
        place=place,
        host=host,
        created_by=actor.id or "",
        created_at=now,
    )
    session.add(reception)
    session.flush()
    audit(session, actor.id, "reception_held", now=now, subject=reception.id)
    return reception


def find(session: Session, reach: Reach, reception_id: str) -> Reception | None:
    """A session of this reach."""
    reception = session.get(Reception, reception_id)
    return reception if reception and reach.has_scope(reception.scope) else None


def bring(session: Session, reception: Reception, given: Mapping[str, Any], *, actor: Actor, now: int) -> ReceptionCase:
    """Somebody brings a request to the session: a new one is recorded through the door, one that exists is named by its id.

    Raises `Problem("reception_empty")` for a new one without words.
    """
    request_id = given.get("service_request_id")
    if request_id is None:
        request_id = new_id()
        said = {name: (given.get(name) or "").strip() for name in ("text", "category", "contact_phone", "address")}
        fields = {name: words for name, words in said.items() if words}
        if not fields.get("text"):
            raise Problem("reception_empty")
        record = create("service_request", {**fields, "source": "reception"}, id=request_id, scope=reception.scope)
        _check(write(session, [record], actor=actor, now=now))
    case = session.get(ReceptionCase, (reception.id, request_id))
    if case is None:
        case = ReceptionCase(reception_id=reception.id, service_request_id=request_id, added_at=now)
        session.add(case)
        session.flush()
    return case


def decide(
    session: Session, case: ReceptionCase, measure: str, outcome: str, signed: bool, *, actor: Actor, now: int
) -> None:
    """What the session decided: the measure, and how far it settles the request by the table of steps.

    `outcome`: solved, explained, or open (somebody still has to do it). A signed agreement is the resident's own word, and so
    the request is closed. Raises `Problem("illegal_transition")` where the table does not lead there.
    """
    request = session.get_one(ServiceRequest, case.service_request_id)
    case.measure = measure
    status, steps = request.status or "", []
    if outcome in _STATUS_OF and status not in _SAID_DONE | _SETTLED:
        steps.append(step(_STATUS_OF[outcome], text=measure))
        status = _STATUS_OF[outcome]
    if signed and status in _SAID_DONE:
        steps += [step("agreed", evidence=["resident_agreement"]), step("closed")]
        status = "closed"
    if signed and status not in _SETTLED:
        raise Problem("reception_unsettled")
    if signed and case.signed_at is None:
        case.signed_at = now
    session.flush()
    _check(write(session, [patch("service_request", request.id, {"status": s}) for s in steps], actor=actor, now=now))
    if not steps:
        note = {"service_request_id": request.id, "kind": "comment", "text": f"接访议定：{measure}", "public": False}
        by = {"actor_kind": actor.kind, "actor_id": actor.id, "actor_name": actor.name, "occurred_at": now}
        _check(write(session, [create("service_request_event", {**note, **by})], actor=actor, now=now))


def visible(session: Session, reach: Reach) -> dict[str, Any]:
    """The newest sessions of the reach with their requests, and what they sum up to (场次、诉求、措施、化解)."""
    found = session.scalars(
        select(Reception)
        .where(reach.covers(Reception.scope))
        .order_by(Reception.held_on.desc(), Reception.created_at.desc())
        .limit(_MOST_SHOWN)
    ).all()
    sessions = [described(session, reception) for reception in found]
    sums = {name: sum(one[name] for one in sessions) for name in ("requests", "measures", "settled", "signed")}
    return {"receptions": sessions, "sessions": len(sessions), "sums": {"sessions": len(sessions), **sums}}


def described(session: Session, reception: Reception) -> dict[str, Any]:
    """A session as the screen shows it."""
    cases = _cases(session, reception.id)
    return {
        "id": reception.id,
        "held_on": reception.held_on,
        "place": reception.place,
        "host": reception.host,
        "requests": len(cases),
        "measures": sum(bool(case["measure"]) for case in cases),
        "settled": sum(case["status"] in _SETTLED for case in cases),
        "signed": sum(case["signed_at"] is not None for case in cases),
        "cases": cases,
    }


def _cases(session: Session, reception_id: str) -> Sequence[dict[str, Any]]:
    rows = session.execute(
        select(ReceptionCase, ServiceRequest)
        .join(ServiceRequest, ServiceRequest.id == ReceptionCase.service_request_id)
        .where(ReceptionCase.reception_id == reception_id)
        .order_by(ReceptionCase.added_at, ReceptionCase.service_request_id)
    )
    return [
        {
            "id": request.id,
            "title": request.title or (request.text or "")[:_TITLE],
            "status": request.status,
            "tracking_code": request.tracking_code,
            "measure": case.measure,
            "signed_at": case.signed_at,
        }
        for case, request in rows
    ]


def _check(outcomes: Sequence[Outcome]) -> None:
    for outcome in outcomes:
        if outcome.outcome == "parked":
            raise Problem(outcome.code or "bad_request", outcome.detail)
