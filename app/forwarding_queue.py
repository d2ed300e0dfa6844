"""The outbox: a request that becomes `queued` gets its delivery in the same transaction, so that none can be forgotten; so does
the resident's word that ends a forwarded one.

`delivery_of` and `keep` stand between a delivery's row and the rules of `app.domain.forwarding`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields
from typing import Any

from sqlalchemy import Connection, Table, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from app.domain import codes
from app.domain.forwarding import Delivery, State, warn_at
from app.ids import new_id, now_ms
from app.models.forwarding import Forwarding

_TABLE: Table = Forwarding.__table__  # type: ignore[assignment]
_FIELDS = tuple(field.name for field in fields(Delivery))
_AT_ONCE = 500


def enqueue(connection: Connection, rows: Iterable[Mapping[str, Any]]) -> None:
    """Add a delivery for each service request in `rows`, in the caller's transaction.

    A request is delivered once for each forward number: a second call changes nothing. Which target it goes to, and whether
    its category is known there, is decided when it leaves.
    """
    requests = list(rows)
    if not requests:
        return
    now = now_ms()
    references = new_references(connection, len(requests))
    deliveries = [
        {
            "id": new_id(),
            "service_request_id": row["id"],
            "forward_no": row.get("forward_no") or 1,
            "reference": reference,
            "confidential": bool(row.get("confidential")),
            "state": State.DUE,
            "next_at": now,
            "warn_at": warn_at(row.get("recorded_at"), row.get("due_at")),
            "created_at": now,
        }
        for row, reference in zip(requests, references, strict=True)
    ]
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    connection.execute(
        insert(_TABLE).on_conflict_do_nothing(index_elements=["service_request_id", "forward_no", "ending"]), deliveries
    )


def enqueue_endings(connection: Connection, rows: Iterable[Mapping[str, Any]], now: int) -> None:
    """Add the delivery of the resident's word for each service request in `rows` that was agreed to or withdrawn.

    Only for requests of which the platform may know: what never left this machine needs no ending. The word goes where the
    request went, and waits until it is known there. `now` in ms.
    """
    requests = {str(row["id"]): row for row in rows}
    known: dict[str, Any] = {}
    ids = sorted(requests)
    for start in range(0, len(ids), _AT_ONCE):
        sent = connection.execute(
            select(_TABLE.c.service_request_id, _TABLE.c.target, _TABLE.c.forward_no, _TABLE.c.confidential)
            .where(
                _TABLE.c.service_request_id.in_(ids[start : start + _AT_ONCE]),
                _TABLE.c.ending.is_(False),
                or_(_TABLE.c.posts > 0, _TABLE.c.platform_id.is_not(None)),
                _TABLE.c.target.is_not(None),
            )
            .order_by(_TABLE.c.forward_no)
        )
        known |= {row.service_request_id: row for row in sent}
    if not known:
        return
    endings = [
        {
            "id": new_id(),
            "service_request_id": request_id,
            "forward_no": requests[request_id].get("forward_no") or 1,
            "target": sent.target,
            "reference": reference,
            "operation": "agree" if requests[request_id]["status"] == "agreed" else "withdraw",
            "ending": True,
            "confidential": sent.confidential,
            "state": State.DUE,
            "next_at": now,
            "created_at": now,
        }
        for (request_id, sent), reference in zip(known.items(), new_references(connection, len(known)), strict=True)
    ]
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    connection.execute(
        insert(_TABLE).on_conflict_do_nothing(index_elements=["service_request_id", "forward_no", "ending"]), endings
    )


def new_references(
    connection: Connection, count: int, make: Callable[[], str] = codes.new_forwarding_reference
) -> list[str]:
    """So many references that no delivery has.

    Thirty-five random bits repeat themselves among a million deliveries, and a reference that stands for two requests
    would let one of them be taken for the other.
    """
    found: list[str] = []
    while len(found) < count:
        fresh = {make() for _ in range(count - len(found))} - set(found)
        taken = connection.scalars(select(_TABLE.c.reference).where(_TABLE.c.reference.in_(sorted(fresh))))
        found.extend(sorted(fresh - set(taken)))
    return found


def delivery_of(row: Forwarding) -> Delivery:
    """The numbers of a row that the rules need."""
    values = {name: getattr(row, name) for name in _FIELDS}
    return Delivery(**{**values, "state": State(row.state)})


def keep(row: Forwarding, delivery: Delivery) -> None:
    """Write back what the rules decided; whatever hold a worker had on the row is over, unless it takes a new one."""
    for name in _FIELDS:
        setattr(row, name, getattr(delivery, name))
    row.state = str(delivery.state)
    if delivery.state is not State.LEASED:
        row.lease = None
