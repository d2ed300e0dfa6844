"""All open requests with their histories, read as a set: one statement, whatever their number."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from sqlalchemy import Text, cast, func, select
from sqlalchemy.orm import Session

from app.domain.service_requests import OPEN
from app.models.service_requests import ServiceRequest, ServiceRequestEvent

_BATCH = 10_000


class OpenRequest(NamedTuple):
    """What the deadlines need to know of a request, but for its history; no word of what somebody said."""

    id: str
    rev: int
    scope: str
    status: str
    area_id: str | None
    cadre_id: str | None
    confidential: bool | None
    returns: int | None
    recorded_at: int | None
    due_at: int | None
    unit_due_at: int | None
    due_provisional: bool | None


_COLUMNS = [getattr(ServiceRequest, name) for name in OpenRequest._fields]


def open_requests(session: Session) -> Iterator[tuple[OpenRequest, list[tuple[str, int]]]]:
    """Every open request with its (status, ms) history in order of time.

    The database hands over each history as one text, "at/id/status at/id/status …": a city has millions of events, and a
    row for each of them would cost more than everything that is reckoned with them.
    """
    event = ServiceRequestEvent
    step = cast(event.received_at, Text) + "/" + event.id + "/" + event.to_status
    history = (
        select(func.aggregate_strings(step, " "))
        .where(event.service_request_id == ServiceRequest.id, event.kind == "status")
        .scalar_subquery()
    )
    rows = session.execute(
        select(history, *_COLUMNS).where(ServiceRequest.status.in_(sorted(OPEN)), ServiceRequest.deleted.is_(False)),
        execution_options={"yield_per": _BATCH},
    )
    for steps, *values in rows:
        request = OpenRequest(*values)
        yield request, _history(request, steps or "")


def _history(request: OpenRequest, steps: str) -> list[tuple[str, int]]:
    """Instants have thirteen digits until 2286 and ids are made in order, so the order of the texts is that of time.

    An imported request was recorded long before its first events arrived here: its clocks run from then.
    """
    parts = [step.split("/") for step in sorted(steps.split())]
    history = [(status, int(at)) for at, _, status in parts]
    recorded = request.recorded_at
    if not history or recorded is None or recorded >= history[0][1]:
        return history
    first = history[0][1]
    return [(status, recorded if at == first else at) for status, at in history]
