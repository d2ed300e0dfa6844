"""One request as leaders see it: all its fields, every event, the buttons of its table; and taking a step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit import append as audit
from app.domain.service_requests import ATTEMPTS_BEFORE_CLOSING, OPEN, WAYS, Step, steps_for
from app.errors import Problem
from app.models.forwarding import Forwarding
from app.models.people import Cadre, Team
from app.models.places import Place
from app.models.reviews import Project
from app.models.service_requests import ServiceRequest, ServiceRequestEvent
from app.review.reach import Reach
from app.writes import Actor, Outcome, Write, create, patch, step, write

# What a leader may set together with a step, each only where the step asks for it.
_WITH_STEP = {"platform_number": "platform_number", "other_request": "merged_into", "text": "answer"}
NOTES = ("comment", "call_attempt", "progress", "units_called", "unit_reported")
# What needs several parties is coordinated (积极办), unless a way was chosen already.
_WAY_OF_A_CALL = "coordinated"
_TITLE = 60
_SHOWN = (
    "id", "rev", "source", "category", "title", "text", "photos", "handling", "way", "status", "confidential",
    "tracking_code", "occurred_on", "urgent", "lat", "lon", "address", "recorded_at", "due_at", "unit_due_at",
    "due_provisional", "platform_number", "lead_unit", "co_units", "answer", "answered_at", "agreed_at", "closed_at",
    "forward_no", "returns", "merged_into", "project_id", "stuck", "review", "place_id", "visit_id",
)  # fmt: skip
_EVENT = (
    "id", "kind", "from_status", "to_status", "step", "actor_kind", "actor_name", "occurred_at", "received_at",
    "reason", "text", "photos", "public",
)  # fmt: skip


def find(session: Session, reach: Reach, request_id: str) -> ServiceRequest | None:
    """A request of this reach."""
    request = session.get(ServiceRequest, request_id)
    return request if request and not request.deleted and reach.has_scope(request.scope) else None


def described(session: Session, request: ServiceRequest, role: str) -> dict[str, Any]:
    """The whole page. The resident's phone number is not on it: `has_phone` says that it can be asked for."""
    events = session.scalars(
        select(ServiceRequestEvent)
        .where(ServiceRequestEvent.service_request_id == request.id, ServiceRequestEvent.deleted.is_(False))
        .order_by(ServiceRequestEvent.received_at, ServiceRequestEvent.id)
    ).all()
    place = session.get(Place, request.place_id) if request.place_id else None
    cadre = session.get(Cadre, request.cadre_id) if request.cadre_id else None
    team = session.get(Team, request.scope.removeprefix("team:"))
    project = session.get(Project, request.project_id) if request.project_id else None
    attempts = _attempts(events, request)
    return {
        **{name: getattr(request, name) for name in _SHOWN},
        "has_phone": bool(request.contact_phone),
        "place": place and {"label": place.label, "address": place.address, "kind": place.kind},
        "team": team and team.name,
        # Who recorded a confidential report is nobody's business here.
        "cadre": None if request.confidential or cadre is None else cadre.name,
        "project": project and project.title,
        "owner": WAYS[request.way].owner if request.way in WAYS else None,
        "merged_from": _merged_from(session, request),
        "merged_code": _code_of(session, request.merged_into),
        "attempts": attempts,
        "attempts_needed": ATTEMPTS_BEFORE_CLOSING,
        "events": [{name: getattr(event, name) for name in _EVENT} for event in events],
        "steps": [
            {"to": s.to, "name": s.name, "needs": list(s.needs), "zh": s.button.zh, "en": s.button.en}
            for s in _buttons(session, request, role)
        ],
    }


def _buttons(session: Session, request: ServiceRequest, role: str) -> list[Step]:
    """The steps of the table that this role may take; what has a delivery already is not offered to be sent again."""
    own = (Forwarding.service_request_id == request.id, Forwarding.ending.is_(False))
    forwarded = frozenset(session.scalars(select(Forwarding.forward_no).where(*own)))
    return steps_for(
        request.status or "recorded",
        role,  # type: ignore[arg-type]
        forward_no=request.forward_no or 1,
        forwarded=forwarded,
    )


def _merged_from(session: Session, request: ServiceRequest) -> list[dict[str, Any]]:
    """The requests that were merged into this one (并单), oldest first."""
    found = session.execute(
        select(ServiceRequest.id, ServiceRequest.tracking_code, ServiceRequest.title, ServiceRequest.text)
        .where(ServiceRequest.merged_into == request.id, ServiceRequest.status == "merged")
        .order_by(ServiceRequest.recorded_at)
    )
    return [{"id": r.id, "code": r.tracking_code, "title": r.title or (r.text or "")[:_TITLE]} for r in found]


def _code_of(session: Session, request_id: str | None) -> str | None:
    other = session.get(ServiceRequest, request_id) if request_id else None
    return other.tracking_code if other else None


def _attempts(events: Sequence[ServiceRequestEvent], request: ServiceRequest) -> int:
    since = request.answered_at or 0
    return sum(1 for event in events if event.kind == "call_attempt" and (event.received_at or 0) >= since)


def take(
    session: Session,
    request: ServiceRequest,
    to: str,
    given: Mapping[str, str],
    evidence: Sequence[str],
    actor: Actor,
    now: int,
) -> Outcome:
    """Take a step through the door; a refusal is an outcome `parked` with the word of the rule in `detail`."""
    needs = next((s.needs for s in steps_for(request.status or "", actor.kind) if s.to == to), ())  # type: ignore[arg-type]
    values: dict[str, Any] = {
        field: given[need] for need, field in _WITH_STEP.items() if need in needs and given.get(need)
    }
    values["status"] = step(to, reason=given.get("reason", ""), text=given.get("text", ""), evidence=evidence)
    outcome = write(session, [patch("service_request", request.id, values)], actor=actor, now=now)[0]
    if outcome.outcome != "parked":
        audit(session, actor.id, "step_taken", now=now, subject=request.id, detail={"from": request.status, "to": to})
    return outcome


def note(
    session: Session, request: ServiceRequest, kind: str, text: str, *, public: bool, actor: Actor, now: int
) -> Outcome:
    """Add a comment, an attempt to reach the resident, news for them (`public`), or that a called department has come (部门报到)."""
    return write(session, [_event(request, kind, text, public, actor, now)], actor=actor, now=now)[0]


def call_units(
    session: Session, request: ServiceRequest, units: Sequence[str], text: str, *, actor: Actor, now: int
) -> Outcome:
    """The street calls the departments (街道呼叫、部门报到) for a hard case: they co-operate from now on, and their clock runs.

    Raises `Problem("units_missing")` without a unit and `Problem("request_ended")` when nobody owes anything any more.
    """
    names = list(dict.fromkeys(unit.strip() for unit in units if unit.strip()))
    if not names:
        raise Problem("units_missing")
    if request.status not in OPEN:
        raise Problem("request_ended")
    together = list(dict.fromkeys([*(request.co_units or []), *names]))
    values: dict[str, Any] = {"co_units": together, **({} if request.way else {"way": _WAY_OF_A_CALL})}
    event = _event(request, "units_called", f"呼叫{'、'.join(names)}：{text}", False, actor, now)
    return write(session, [patch("service_request", request.id, values), event], actor=actor, now=now)[1]


def _event(request: ServiceRequest, kind: str, text: str, public: bool, actor: Actor, now: int) -> Write:
    values = {
        "service_request_id": request.id,
        "kind": kind,
        "text": text,
        "public": public,
        "actor_kind": actor.kind,
        "actor_id": actor.id,
        "actor_name": actor.name,
        "occurred_at": now,
    }
    return create("service_request_event", values)


def phone(session: Session, request: ServiceRequest, reason: str, actor: Actor, now: int) -> str | None:
    """The number of whoever raised it; every look at it is audited with its reason."""
    if request.contact_phone:
        audit(session, actor.id, "contact_viewed", now=now, subject=request.id, reason=reason)
    return request.contact_phone
