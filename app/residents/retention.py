"""How long the contact and the photos of a request are kept."""

from __future__ import annotations

from collections.abc import Sequence

from app.domain import service_requests as life
from app.models.service_requests import ServiceRequest, ServiceRequestEvent

# The notice under the form promises: two years after closing.
KEPT_MS = 2 * 365 * 86_400_000


def kept_until(request: ServiceRequest, events: Sequence[ServiceRequestEvent]) -> int | None:
    """The instant (ms) at which contact and photos are deleted; None while the request is open."""
    if request.status in life.OPEN:
        return None
    ended = request.closed_at or max((event.received_at or 0 for event in events), default=None)
    return ended + KEPT_MS if ended else None
