"""What is told of a request when it leaves: composed once, frozen in the delivery, and without a person for a confidential report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import photos
from app.domain.forwarding import MINUTE_MS, State
from app.domain.scrubbing import plain, without_persons
from app.external.adapters import Adapter, Can, Facts, Parcel, Unsuitable
from app.models.attachments import Attachment
from app.models.forwarding import CategoryMapping, Forwarding, Target
from app.models.people import Cadre
from app.models.places import Area, Place, PlaceContact
from app.models.service_requests import ServiceRequest, ServiceRequestEvent

# Photos come after the text, over the same weak network; a request does not wait for them longer than this.
PHOTO_PATIENCE_MS = 2 * MINUTE_MS
MAX_PHOTOS = 5
_REOPENED = "群众对办理结果不认可，请重新办理。"
_HIDDEN_ADDRESS = "保密件，地址不公开"
# Longer codes name grids and buildings; the community (12 digits, GB/T 2260) is as near as a confidential report comes.
_COMMUNITY_DIGITS = 12


class NotYet(Exception):
    """The photos are still on their way."""


@dataclass
class Context:
    """Everything that a batch of deliveries refers to, read at once."""

    requests: dict[str, ServiceRequest] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)
    areas: dict[str, str] = field(default_factory=dict)
    persons: dict[str, list[str]] = field(default_factory=dict)
    stored: dict[str, str] = field(default_factory=dict)
    services: dict[tuple[str, str], str] = field(default_factory=dict)
    earlier: dict[str, Forwarding] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)
    doubtful: set[tuple[str, bool]] = field(default_factory=set)


def read_context(session: Session, rows: Sequence[Forwarding]) -> Context:
    """Read what `rows` refer to, in one statement a table; `read_earlier` adds what was forwarded of them before."""
    context = Context()
    ids = [row.service_request_id for row in rows]
    context.requests = {r.id: r for r in session.scalars(select(ServiceRequest).where(ServiceRequest.id.in_(ids)))}
    fresh = [
        context.requests[row.service_request_id]
        for row in rows
        if row.payload is None and row.service_request_id in context.requests
    ]
    if not fresh:
        return context
    place_ids = {r.place_id for r in fresh if r.place_id}
    context.places = {p.id: p for p in session.scalars(select(Place).where(Place.id.in_(place_ids)))}
    _read_areas(session, context, fresh)
    _read_persons(session, context, [r for r in fresh if r.confidential])
    hashes = {sha for r in fresh for sha in r.photos or ()}
    if hashes:
        found = session.execute(
            select(Attachment.sha256, Attachment.stored_sha256).where(Attachment.sha256.in_(hashes))
        )
        context.stored = {row.sha256: row.stored_sha256 for row in found}
    mapped = session.scalars(select(CategoryMapping).where(CategoryMapping.category.in_({r.category for r in fresh})))
    context.services = {(line.target, line.category): line.service_code for line in mapped}
    return context


def _read_areas(session: Session, context: Context, requests: Sequence[ServiceRequest]) -> None:
    codes = {code for r in requests if r.area_id for code in (r.area_id, r.area_id[:_COMMUNITY_DIGITS], r.area_id[:9])}
    found = session.execute(select(Area.id, Area.name).where(Area.id.in_(codes)))
    context.areas = {row.id: row.name for row in found}


def _read_persons(session: Session, context: Context, requests: Sequence[ServiceRequest]) -> None:
    """The names and numbers that must not leave with a confidential report: the resident's and the cadre's."""
    if not requests:
        return
    contacts = session.scalars(select(PlaceContact).where(PlaceContact.place_id.in_({r.place_id for r in requests})))
    by_place = {contact.place_id: [contact.name or "", contact.phone or ""] for contact in contacts}
    cadres = session.scalars(select(Cadre).where(Cadre.id.in_({r.cadre_id for r in requests})))
    by_cadre = {cadre.id: [cadre.name, cadre.number or ""] for cadre in cadres}
    for request in requests:
        known = [*by_place.get(request.place_id or "", ()), *by_cadre.get(request.cadre_id or "", ())]
        context.persons[request.id] = [word for word in (*known, request.contact_phone or "") if word]


def read_earlier(session: Session, context: Context, rows: Sequence[Forwarding]) -> None:
    """The last delivered forwarding of requests that come back, and why they do. For the transaction that claims `rows`."""
    ids = [row.service_request_id for row in rows if row.forward_no > 1 or row.ending]
    if not ids:
        return
    delivered = session.scalars(
        select(Forwarding)
        .where(
            Forwarding.service_request_id.in_(ids), Forwarding.platform_id.is_not(None), Forwarding.ending.is_(False)
        )
        .order_by(Forwarding.forward_no)
    )
    context.earlier = {row.service_request_id: row for row in delivered}
    under_way = session.execute(
        select(Forwarding.service_request_id, Forwarding.ending).where(
            Forwarding.service_request_id.in_(ids),
            Forwarding.state.in_((State.LEASED, State.UNKNOWN, State.AWAITING_ID, State.THROTTLED)),
        )
    )
    context.doubtful = {(row.service_request_id, row.ending) for row in under_way}
    events = session.scalars(
        select(ServiceRequestEvent)
        .where(ServiceRequestEvent.service_request_id.in_(ids), ServiceRequestEvent.to_status == "reopened")
        .order_by(ServiceRequestEvent.id)
    )
    for event in events:
        context.reasons[str(event.service_request_id)] = event.reason or event.text or ""


def compose(row: Forwarding, target: Target, adapter: Adapter, context: Context, now: int) -> None:
    """Freeze what will be posted into `row`, unless it is frozen already.

    Raises `Unsuitable` when a person must help first, `NotYet` while photos are awaited.
    """
    if row.payload is not None:
        return
    request = context.requests[row.service_request_id]
    if (request.id, not row.ending) in context.doubtful:
        # What was said last must be heard last: agreeing and reopening must not overtake each other.
        raise NotYet
    if row.ending:
        _compose_ending(row, request, adapter, context, now)
        return
    wanted = list(request.photos or ())[:MAX_PHOTOS] if Can.ATTACH in adapter.can else []
    if any(sha not in context.stored for sha in wanted) and now - row.created_at < PHOTO_PATIENCE_MS:
        raise NotYet
    earlier = context.earlier.get(request.id)
    service = context.services.get((row.target or "", request.category or ""))
    if earlier is not None and earlier.target == row.target and Can.REOPEN in adapter.can:
        row.operation, row.platform_id, row.news_at = "reopen", earlier.platform_id, earlier.news_at
        service, wanted = earlier.service_code, []
    elif service is None:
        raise Unsuitable("unmapped_category")
    facts = _facts(row, request, context, adapter, service or "", now)
    row.payload = adapter.compose(facts)
    row.service_code, row.searchable = service, adapter.terms.searchable and not target.hides(service or "")
    row.photos = [context.stored[sha] for sha in wanted if sha in context.stored]


def _compose_ending(row: Forwarding, request: ServiceRequest, adapter: Adapter, context: Context, now: int) -> None:
    earlier = context.earlier[request.id]
    row.platform_id, row.service_code, row.photos = earlier.platform_id, earlier.service_code, []
    row.searchable = adapter.terms.searchable
    facts = Facts(
        row.reference, row.service_code or "", "", ended=row.operation, platform_id=row.platform_id, composed_at=now
    )
    row.payload = adapter.compose(facts)


def may_be_told(row: Forwarding, adapter: Adapter, context: Context) -> bool:
    """Whether the target takes this ending, and knows the request; while that is in doubt there, its ending waits."""
    if not row.ending or row.payload is not None:
        return True
    earlier = context.earlier.get(row.service_request_id)
    known = earlier is not None and earlier.target == row.target
    return Can.END in adapter.can and (known or (row.service_request_id, False) in context.doubtful)


def _facts(
    row: Forwarding, request: ServiceRequest, context: Context, adapter: Adapter, service: str, now: int
) -> Facts:
    again = row.operation == "reopen"
    persons = context.persons.get(request.id, [])
    words = "\n".join(part for part in (request.title, request.text) if part)
    reason = (context.reasons.get(request.id) or _REOPENED) if again else ""
    place = context.places.get(request.place_id or "")
    common: dict[str, Any] = {
        "reference": row.reference,
        "service_code": service,
        "recorded_at": request.recorded_at,
        "due_at": request.due_at,
        "urgent": bool(request.urgent),
        "platform_id": row.platform_id,
        "composed_at": now,
    }
    if row.confidential or request.confidential:
        return Facts(
            text=without_persons(plain(words), persons),
            address=_community(request, context.areas),
            confidential=True,
            reopened=without_persons(plain(reason), persons),
            **common,
        )
    return Facts(
        text=plain(words),
        address=plain(
            request.address or (place.address if place else None) or context.areas.get(request.area_id or "", "")
        ),
        lat=request.lat if request.lat is not None else place.lat if place else None,
        lon=request.lon if request.lon is not None else place.lon if place else None,
        phone=request.contact_phone or "" if adapter.target.settings.get("send_phone", True) else "",
        reopened=plain(reason),
        **common,
    )


def _community(request: ServiceRequest, areas: Mapping[str, str]) -> str:
    code = request.area_id or ""
    names = [areas[part] for part in (code[:9], code[:_COMMUNITY_DIGITS]) if part in areas]
    return "".join(dict.fromkeys(names)) or _HIDDEN_ADDRESS


def parcel_of(row: Forwarding, photo_dir: Path) -> Parcel:
    """What the adapter gets: the frozen payload and the photos that are still on disk."""
    files = [photos.path_of(photo_dir, sha) for sha in row.photos or ()]
    payload: dict[str, Any] = dict(row.payload or {})
    return Parcel(
        row.reference, row.operation, payload, tuple(path for path in files if path.exists()), row.platform_id
    )
