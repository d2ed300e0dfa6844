"""All open requests with their histories, read as a set: one statement, whatever their number."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from sqlalchemy import Text, and_, case, cast, func, or_, select
from sqlalchemy.orm import Session

from app.domain.deadline_rules import MARKS
from app.domain.service_requests import OPEN
from app.models.service_requests import ServiceRequest, ServiceRequestEvent

_BATCH = 2_000


class OpenRequest(NamedTuple):
    """What the deadlines need to know of a request, but for its history; no word of what somebody said."""

    id: str
    rev: int
    scope: str
    status: str
    area_id: str | None
    cadre_id: str | None
    confidential: bool | None
    way: str | None
    returns: int | None
    recorded_at: int | None
    due_at: int | None
    unit_due_at: int | None
    due_provisional: bool | None
    unit_term_at: int | None


_COLUMNS = [getattr(ServiceRequest, name) for name in OpenRequest._fields]


def open_requests(session: Session) -> Iterator[tuple[OpenRequest, list[tuple[str, int]]]]:
    """Every open request with its history in order of time: (status or mark, ms) as they became known here.

    The database hands over each history as one text, "at/id/word at/id/word …": a city has millions of events, and a row for
    each of them would cost more than everything that is reckoned with them.
    """
    event = ServiceRequestEvent
    word = case((event.kind == "status", event.to_status), else_=event.kind)
    step = cast(event.received_at, Text) + "/" + event.id + "/" + word
    heard = or_(
        event.kind == "status",
        and_(event.kind.in_(sorted(MARKS)), or_(event.kind != "progress", event.public.is_(True))),
    )
    history = (
        select(func.aggregate_strings(step, " "))
        .where(event.service_request_id == ServiceRequest.id, heard)
        .scalar_subquery()
    )
    # The rows are read as they come from the driver: loading them as objects costs more than weighing them.
    rows = session.connection().execute(
        select(history, *_COLUMNS).where(ServiceRequest.status.in_(sorted(OPEN)), ServiceRequest.deleted.is_(False)),
        execution_options={"yield_per": _BATCH},
    )
    for some in rows.partitions():
        for steps, *values in some:
            yield OpenRequest._make(values), _history(steps or "")


def _history(steps: str) -> list[tuple[str, int]]:
    """Instants have thirteen digits until 2286 and ids are made in order, so the order of the texts is that of time."""
    parts = [step.split("/") for step in sorted(steps.split())]
    return [(word, int(at)) for at, _, word in parts]
