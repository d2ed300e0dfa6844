"""What phones handed in and could not be taken as it was: read by a leader, applied again in its author's name, or put aside."""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Row, func, or_, select, update
from sqlalchemy.orm import Session

from app.audit import append as audit
from app.errors import sentences
from app.ids import new_id
from app.models.accounts import Account
from app.models.people import Cadre
from app.models.places import Place
from app.models.service_requests import ServiceRequest
from app.models.visits import Visit
from app.review.reach import Reach
from app.synced import DOOR
from app.writes import Actor, create, write
from sync.step import Author
from sync.wire import Mutation, Outcome, decode_mutation

_PARKED = DOOR.tables.parked
_MOST = 200
# What a 64-bit column holds.
_MOST_NO = 2**63 - 1
_SYSTEM = Actor("system", None, "系统")


def _whose(reach: Reach) -> ColumnElement[bool]:
    scopes: Any = _PARKED.c.actor_scope
    if reach.teams is None:
        # Nobody's team, nobody's leader: it is the task force's to look at.
        return or_(scopes.is_(None), reach.covers(scopes))
    return reach.covers(scopes)


def listed(session: Session, reach: Reach, *, settled: bool = False) -> list[dict[str, Any]]:
    """The parked records of the reach, oldest first, in words: who, what, why."""
    asked = (
        select(_PARKED)
        .where(_whose(reach), _PARKED.c.settled_at.is_not(None) if settled else _PARKED.c.settled_at.is_(None))
        .order_by(_PARKED.c.at.desc() if settled else _PARKED.c.at, _PARKED.c.no)
        .limit(_MOST)
    )
    rows = session.execute(asked).all()
    names = _names(session, [row.actor_id for row in rows])
    return [_described(session, reach, row, names) for row in rows]


def count(session: Session, reach: Reach) -> int:
    """How many wait."""
    unsettled = select(func.count()).select_from(_PARKED).where(_whose(reach), _PARKED.c.settled_at.is_(None))
    return session.scalar(unsettled) or 0


def _names(session: Session, ids: list[str | None]) -> dict[str, str]:
    known = [person for person in ids if person]
    cadres = session.execute(select(Cadre.id, Cadre.name).where(Cadre.id.in_(known))).all()
    accounts = session.execute(select(Account.id, Account.name).where(Account.id.in_(known))).all()
    return {**dict(accounts), **dict(cadres)}


def _described(session: Session, reach: Reach, row: Row[Any], names: dict[str, str]) -> dict[str, Any]:
    zh, en = sentences(row.code)
    mutation = _mutation(row)
    sealed = not may_read(session, reach, row)
    if sealed:
        mutation = None
    return {
        "no": row.no,
        "author": names.get(row.actor_id or "", ""),
        "collection": row.collection,
        "code": row.code,
        "zh": zh,
        "en": en,
        "detail": row.detail,
        "at": row.at,
        "occurred_at": mutation.occurred_at if mutation else None,
        "about": _about(session, reach, mutation),
        "values": _values(mutation),
        "confidential": sealed,
        "may_apply": mutation is not None,
        "settled_at": row.settled_at,
        "settlement": row.settlement,
    }


def _mutation(row: Row[Any]) -> Mutation | None:
    try:
        return decode_mutation(row.body.encode())
    except (msgspec.ValidationError, msgspec.DecodeError, RecursionError, ValueError):
        return None


def may_read(session: Session, reach: Reach, row: Row[Any]) -> bool:
    """Confidential reports (举报) are for their author and the task force only, parked ones too."""
    mutation = _mutation(row)
    if reach.confidential or mutation is None:
        return reach.confidential or row.collection not in ("service_request", "service_request_event")
    wanted = mutation.changes.get("confidential")
    parent = mutation.changes.get("service_request_id")
    about = parent.to if parent and isinstance(parent.to, str) else mutation.id
    request = session.get(ServiceRequest, about)
    return not (wanted and wanted.to) and not (request and request.confidential)


def _values(mutation: Mutation | None) -> dict[str, Any]:
    """What the author wanted to write, without ids and without a resident's phone number."""
    if mutation is None:
        return {}
    wanted = {
        name: change.by if change.op == "inc" else (change.to or change.add)
        for name, change in mutation.changes.items()
    }
    return {
        name: value
        for name, value in wanted.items()
        if name not in ("contact_phone", "fix") and not name.endswith("_id")
    }


def _about(session: Session, reach: Reach, mutation: Mutation | None) -> str:
    """The masked name of the place, if it is still one of this reach."""
    if mutation is None:
        return ""
    change = mutation.changes.get("place_id")
    place_id = change.to if change else None
    if place_id is None and mutation.collection in ("visit", "service_request"):
        record = session.get(Visit, mutation.id) or session.get(ServiceRequest, mutation.id)
        place_id = record.place_id if record else None
    place = session.get(Place, place_id if isinstance(place_id, str) else mutation.id)
    return place.label if place and reach.has_scope(place.scope) else ""


def find(session: Session, reach: Reach, no: int) -> Row[Any] | None:
    """An unsettled parked record of this reach that may be read here; None also for a number that no row can have."""
    if no > _MOST_NO:
        return None
    row = session.execute(
        select(_PARKED).where(_PARKED.c.no == no, _whose(reach), _PARKED.c.settled_at.is_(None))
    ).first()
    return row if row is not None and may_read(session, reach, row) else None


def apply_again(session: Session, reach: Reach, row: Row[Any], actor: Actor, now: int) -> Outcome:
    """Through the door once more under the author's name, now also where this leader's reach lets it in.

    A refusal comes back as the outcome and leaves the record on the list.
    """
    mutation = _mutation(row)
    if mutation is None:
        return Outcome(row.mid, "parked", code="unreadable")
    names = _names(session, [row.actor_id])
    author = Author(
        row.actor_id,
        "cadre",
        names.get(row.actor_id or "", ""),
        row.client_id,
        _scopes(session, reach, row, mutation),
    )
    session.flush()
    outcome = DOOR.write(session.connection(), [mutation], author, now)[0]
    if outcome.outcome != "parked":
        _settle(session, row, "applied", actor, now)
        audit(session, actor.id, "parked_applied", now=now, subject=str(row.no))
        _tell(session, row, "您的一条记录已核对写入", "负责人核对后，已用您的名义写入。", now)
    return outcome


def _scopes(session: Session, reach: Reach, row: Row[Any], mutation: Mutation) -> frozenset[str]:
    """The author's own scopes, and those of the records that the mutation is about as far as this reach covers them."""
    own = {f"user:{row.actor_id}"} | ({row.actor_scope} if row.actor_scope else set())
    parent = next((c.to for name, c in mutation.changes.items() if name in ("place_id", "service_request_id")), None)
    for record_id in (mutation.id, parent):
        for model in (Place, Visit, ServiceRequest):
            record: Any = session.get(model, record_id) if isinstance(record_id, str) else None
            if record is not None and reach.has_scope(record.scope):
                own.add(record.scope)
    return frozenset(own)


def dismiss(session: Session, row: Row[Any], reason: str, actor: Actor, now: int) -> None:
    """Put a record aside with a reason, which its author reads. The record itself is kept."""
    _settle(session, row, "dismissed", actor, now)
    audit(session, actor.id, "parked_dismissed", now=now, subject=str(row.no), reason=reason)
    _tell(session, row, "您的一条记录未采用", f"负责人核对后未采用，原因：{reason}", now)


def _settle(session: Session, row: Row[Any], settlement: str, actor: Actor, now: int) -> None:
    session.execute(
        update(_PARKED).where(_PARKED.c.no == row.no).values(settled_at=now, settled_by=actor.id, settlement=settlement)
    )


def _tell(session: Session, row: Row[Any], title: str, text: str, now: int) -> None:
    if row.actor_id is None:
        return
    values = {
        "kind": "parked_settled",
        "title": title,
        "text": text,
        "about_collection": row.collection,
        "about_id": row.record_id,
        "created_at": now,
    }
    write(session, [create("notice", values, id=new_id(), scope=f"user:{row.actor_id}")], actor=_SYSTEM, now=now)
