"""All open requests with their histories, read as sets: two statements, whatever their number."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

from sqlalchemy import select
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
    """Every open request with its (status, ms) history in order of time."""
    open_ = ServiceRequest.status.in_(sorted(OPEN))
    live = ServiceRequest.deleted.is_(False)
    requests = {row[0]: row for row in session.execute(select(*_COLUMNS).where(open_, live))}
    events = session.execute(
        select(ServiceRequestEvent.service_request_id, ServiceRequestEvent.to_status, ServiceRequestEvent.received_at)
        .join(ServiceRequest, ServiceRequest.id == ServiceRequestEvent.service_request_id)
        .where(open_, live, ServiceRequestEvent.kind == "status")
        .order_by(ServiceRequestEvent.service_request_id, ServiceRequestEvent.received_at, ServiceRequestEvent.id),
        execution_options={"yield_per": _BATCH},
    )
    for request_id, steps in groupby(events, key=itemgetter(0)):
        row = requests.get(request_id)
        # Elsewhere than on SQLite a request may come in between the two statements; the next run sees it.
        if row is not None:
            request = OpenRequest._make(row)
            yield request, _history(request, [(str(status), int(at)) for _, status, at in steps])


def _history(request: OpenRequest, steps: list[tuple[str, int]]) -> list[tuple[str, int]]:
    """An imported request was recorded long before its first event arrived here: its clocks run from then."""
    first, at = steps[0]
    if first == "recorded" and request.recorded_at is not None and request.recorded_at < at:
        return [(status, request.recorded_at if then == at else then) for status, then in steps]
    return steps
