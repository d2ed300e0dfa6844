"""The rows behind every number of the board: the same conditions as the count, a page at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, func, select, true
from sqlalchemy.orm import Session

from app.domain.service_request_steps import OPEN
from app.models.accounts import Account, Device
from app.models.people import Team
from app.models.places import Place
from app.models.service_requests import ServiceRequest
from app.models.visits import Visit
from app.review import coverage, phones, requests, visits
from app.review.reach import Period, Query, Reach

PAGE = 100


class Asked(NamedTuple):
    """Which rows: `of` is what kind, `where` narrows it down, `after` is the number of rows seen."""

    of: str
    where: Mapping[str, str]
    after: int = 0


class UnknownRows(ValueError):
    """Rows that no number of the board stands for."""


def page(session: Session, reach: Reach, period: Period, asked: Asked, now: int) -> dict[str, Any]:
    """`total` rows in all and up to 100 of them. Raises `UnknownRows`."""
    make = _KINDS.get(asked.of)
    # A condition that is passed over would show other rows than the number counts.
    if make is None or not set(asked.where) <= _CONDITIONS[asked.of]:
        raise UnknownRows(asked.of)
    try:
        found, described = make(session, reach, period, asked.where, now)
    except (KeyError, StopIteration):
        raise UnknownRows(asked.of) from None
    total = session.scalar(found.with_only_columns(func.count(), maintain_column_froms=True).order_by(None)) or 0
    rows = session.execute(found.offset(asked.after).limit(PAGE)).all()
    return {
        "of": asked.of,
        "total": total,
        "next": asked.after + len(rows) if asked.after + len(rows) < total else None,
        "rows": [described(row) for row in rows],
    }


Rows = tuple[Query, Callable[[Any], dict[str, Any]]]
_VISIT_COLUMNS = {
    "outcome": Visit.outcome,
    "finding": Visit.finding,
    "evidence": Visit.evidence,
    "kind": Place.kind,
}


def _visits(session: Session, reach: Reach, period: Period, where: Mapping[str, str], now: int) -> Rows:
    found: Query = (
        select(Visit, Place)
        .outerjoin(Place, Place.id == Visit.place_id)
        .where(visits.live(reach, period))
        .order_by(Visit.visit_on.desc(), Visit.arrived_at.desc(), Visit.id)
    )
    for name, value in where.items():
        if name == "late_entry":
            found = found.where(Visit.late_entry.is_(True))
        else:
            column = _VISIT_COLUMNS[name]
            found = found.where(column.is_(None) if value == "none" else column == value)
    return found, _visit


def _visit(row: Any) -> dict[str, Any]:
    visit, place = row
    return {
        "id": visit.id,
        "label": place.label if place else "",
        "address": place.address if place else "",
        "kind": place.kind if place else None,
        "visit_on": visit.visit_on,
        "arrived_at": visit.arrived_at,
        "late_entry": bool(visit.late_entry),
        "outcome": visit.outcome,
        "finding": visit.finding,
        "opinion": visit.opinion,
        "category": visit.category,
        "evidence": visit.evidence,
        "evidence_reason": visit.evidence_reason,
        "flags": visit.flags or [],
    }


def _requests(session: Session, reach: Reach, period: Period, where: Mapping[str, str], now: int) -> Rows:
    found: Query = select(ServiceRequest, Place).outerjoin(Place, Place.id == ServiceRequest.place_id)
    order: list[Any] = [ServiceRequest.recorded_at, ServiceRequest.id]
    if "waiting" in where:
        found = found.where(requests.seen(reach), requests.waiting(where["waiting"]))
    elif "due" in where:
        clock = where.get("clock", "resident")
        found = found.where(requests.seen(reach), requests.due(clock, where["due"], now))
        order = [ServiceRequest.due_at if clock == "resident" else ServiceRequest.unit_due_at, ServiceRequest.id]
    elif "ids" in where:
        found = found.where(requests.seen(reach), ServiceRequest.id.in_(where["ids"].split(",")[: 5 * PAGE]))
    elif "project" in where:
        found = found.where(requests.seen(reach), ServiceRequest.project_id == where["project"])
    elif "beside" in where:
        found = found.where(requests.seen(reach), _beside(session, reach, where["beside"]))
    elif "open" in where:
        found = found.where(requests.seen(reach), ServiceRequest.status.in_(sorted(OPEN)))
        order = [ServiceRequest.due_at.is_(None), ServiceRequest.due_at, ServiceRequest.id]
    elif "status" in where:
        found = found.where(requests.seen(reach), ServiceRequest.status == where["status"])
    else:
        found = found.where(requests.raised(reach, period), _raised(reach, period, where))
        order = [ServiceRequest.recorded_at.desc(), ServiceRequest.id]
    return found.order_by(*order), _request


def _beside(session: Session, reach: Reach, request_id: str) -> ColumnElement[bool]:
    """Open requests of the same category: those into which this one might be merged."""
    own = session.get(ServiceRequest, request_id)
    if own is None or not reach.has_scope(own.scope):
        raise KeyError(request_id)
    return and_(
        ServiceRequest.category == own.category,
        ServiceRequest.id != own.id,
        ServiceRequest.status.in_(sorted(OPEN)),
    )


def _raised(reach: Reach, period: Period, where: Mapping[str, str]) -> ColumnElement[bool]:
    if "way" in where:
        chosen = requests.ways(reach, period)
        if where["way"] == "undecided":
            return ServiceRequest.id.not_in(select(chosen.c.id))
        return ServiceRequest.id.in_(select(chosen.c.id).where(chosen.c.way == where["way"]))
    if "reached" in where:
        stages = requests.reached(reach, period)
        rank = next(n for n, stage in enumerate(requests.STAGES, 1) if stage == where["reached"])
        return ServiceRequest.id.in_(select(stages.c.id).where(stages.c.rank >= rank))
    return true()


def _request(row: Any) -> dict[str, Any]:
    request, place = row
    return {
        "id": request.id,
        "label": place.label if place else "",
        "address": (place.address if place else None) or request.address or "",
        "title": request.title or (request.text or "")[:80],
        "category": request.category,
        "status": request.status,
        "source": request.source,
        "urgent": bool(request.urgent),
        "confidential": bool(request.confidential),
        "occurred_on": request.occurred_on,
        "recorded_at": request.recorded_at,
        "due_at": request.due_at,
        "unit_due_at": request.unit_due_at,
        "due_provisional": bool(request.due_provisional),
        "platform_number": request.platform_number,
        "lead_unit": request.lead_unit,
        "stuck": request.stuck,
    }


def _places(session: Session, reach: Reach, period: Period, where: Mapping[str, str], now: int) -> Rows:
    last = coverage.last_on(period)
    found: Query = select(Place, last.label("last_on")).where(reach.covers(Place.scope), Place.deleted.is_(False))
    # By route for a team; a city's are taken as they come, or a million would be sorted for the first hundred.
    found = found.order_by(*([Place.grid_id, Place.building, Place.route_order] if reach.team else []), Place.id)
    if where.get("state", "all") != "all":
        found = found.where(coverage.condition(where["state"], last, coverage.spared(), period))
    if "area" in where:
        found = found.where(coverage.inside(where["area"]))
    for name, column in (("grid", Place.grid_id), ("building", Place.building)):
        if name in where:
            found = found.where(func.coalesce(column, "") == where[name])
    return found, _place


def _place(row: Any) -> dict[str, Any]:
    place, last_on = row
    return {
        "id": place.id,
        "label": place.label,
        "address": place.address,
        "kind": place.kind,
        "grid_name": place.grid_name,
        "building": place.building,
        "last_on": last_on,
        "do_not_disturb": bool(place.do_not_disturb),
        "refusals": place.refusals or 0,
        "call_first": bool(place.call_first),
        "weekends_only": bool(place.weekends_only),
    }


def _phones(session: Session, reach: Reach, period: Period, where: Mapping[str, str], now: int) -> Rows:
    word = phones.state(period, now)
    found = phones.expected(reach, period).add_columns(word.label("state"), Team.name.label("team"))
    found = found.outerjoin(Team, Team.id == Account.team_id)
    if where.get("state", "all") != "all":
        found = found.where(word == where["state"])
    return found.order_by(Team.name, Account.name, Device.id), _phone


def _phone(row: Any) -> dict[str, Any]:
    device, account, state, team = row
    return {
        "id": device.id,
        "name": account.name,
        "team": team,
        "label": device.label,
        "state": state,
        "pending": device.pending,
        "synced_at": device.synced_at,
    }


_CONDITIONS = {
    "visits": frozenset({*_VISIT_COLUMNS, "late_entry"}),
    "requests": frozenset({"way", "reached", "waiting", "due", "clock", "ids", "project", "beside", "open", "status"}),
    "places": frozenset({"state", "area", "grid", "building"}),
    "phones": frozenset({"state"}),
}
_KINDS: dict[str, Callable[[Session, Reach, Period, Mapping[str, str], int], Rows]] = {
    "visits": _visits,
    "requests": _requests,
    "places": _places,
    "phones": _phones,
}
