"""What the GeoReport endpoint reads: which requests and updates a client may see, and how each looks on the wire."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from app.desk.clocks import DAY_MS, w3_time
from app.desk.intake import parse_time
from app.desk.steps import CLOSED
from app.desk.text import mask
from app.errors import Problem
from app.models.desk import DeskApiKey, DeskRequest, DeskRequestUnit, DeskService, DeskUnit, DeskUpdate

CAP = 1_000
SPAN_DAYS = 90
# Integers of a database end somewhere; pages beyond this are empty anyway.
MAX_PAGE = 1_000_000


@dataclass(frozen=True)
class View:
    """Through whose eyes, and where photos are fetched. Without a key only public requests are seen, with masks."""

    key: DeskApiKey | None
    extensions: bool
    photo_url: str

    def owns(self, request: DeskRequest) -> bool:
        return self.key is not None and request.api_key_id == self.key.id

    def visible(self) -> ColumnElement[bool]:
        """Numbered requests that are public or the viewer's own."""
        seen = or_(DeskRequest.public, DeskRequest.api_key_id == self.key.id) if self.key else DeskRequest.public
        return seen & DeskRequest.number.is_not(None)


def find_request(session: Session, view: View, number: str) -> DeskRequest:
    """Raises the problem `desk_unknown_request` for what is not there and for what this viewer may not see."""
    request = session.scalar(select(DeskRequest).where(DeskRequest.number == number, view.visible()))
    if request is None:
        raise Problem("desk_unknown_request")
    return request


def list_requests(session: Session, view: View, args: Mapping[str, str], now: int) -> Sequence[DeskRequest]:
    """Requests by GeoReport's filters, newest first: what changes while a client turns pages may come twice, but
    comes. The last 90 days unless dates, `updated_after` or numbers are given; 1,000 at most, more by `page`.
    """
    query = select(DeskRequest).where(view.visible())
    numbers = _words(args, "service_request_id")
    if numbers:
        return session.scalars(
            query.where(DeskRequest.number.in_(numbers[:CAP])).order_by(DeskRequest.requested_at.desc())
        ).all()
    order = DeskRequest.requested_at
    if args.get("updated_after"):
        # Replies carry whole seconds, so the boundary second is read as a whole.
        query = query.where(DeskRequest.updated_at >= parse_time(args["updated_after"]) // 1000 * 1000)
        order = DeskRequest.updated_at
    if not args.get("updated_after") or args.get("start_date") or args.get("end_date"):
        start, end = _span(args, now)
        query = query.where(DeskRequest.requested_at.between(start, end))
    codes = _words(args, "service_code")
    if codes:
        query = query.where(DeskRequest.service_code.in_(codes[:CAP]))
    statuses = {word.lower() for word in _words(args, "status")}
    if not statuses <= {"open", "closed"}:
        raise Problem("desk_wrong_status")
    if len(statuses) == 1:
        closed = DeskRequest.status.in_(CLOSED)
        query = query.where(closed if statuses == {"closed"} else ~closed)
    page, size = _paging(args)
    return session.scalars(
        query.order_by(order.desc(), DeskRequest.id.desc()).limit(size).offset((page - 1) * size)
    ).all()


def list_updates(
    session: Session, view: View, args: Mapping[str, str], now: int
) -> Sequence[tuple[DeskUpdate, DeskRequest]]:
    """What residents and clients were told, oldest first: the history only grows at its end."""
    query = (
        select(DeskUpdate, DeskRequest)
        .join(DeskRequest, DeskRequest.id == DeskUpdate.request_id)
        .where(view.visible(), DeskUpdate.public)
    )
    numbers = _words(args, "service_request_id")
    if numbers:
        query = query.where(DeskRequest.number.in_(numbers[:CAP]))
    if not numbers or args.get("start_date") or args.get("end_date"):
        start, end = _span(args, now)
        query = query.where(DeskUpdate.at.between(start, end))
    page, size = _paging(args)
    rows = session.execute(query.order_by(DeskUpdate.at, DeskUpdate.id).limit(size).offset((page - 1) * size)).all()
    return [(update, request) for update, request in rows]


def requests_data(session: Session, view: View, requests: Sequence[DeskRequest]) -> list[dict[str, Any]]:
    """The requests as GeoReport shows them."""
    services = {service.code: service for service in session.scalars(select(DeskService))}
    units: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for request_id, part, name in session.execute(
        select(DeskRequestUnit.request_id, DeskRequestUnit.part, DeskUnit.name)
        .join(DeskUnit, DeskUnit.id == DeskRequestUnit.unit_id)
        .where(DeskRequestUnit.request_id.in_([request.id for request in requests]))
        .order_by(DeskUnit.code)
    ):
        units[request_id].append((part, name))
    return [_request_data(view, request, services[request.service_code], units[request.id]) for request in requests]


def _request_data(
    view: View, request: DeskRequest, service: DeskService, units: list[tuple[str, str]]
) -> dict[str, Any]:
    own = view.owns(request)
    lead = next((name for part, name in units if part == "lead"), None)
    due = request.unit_due_at or request.resident_due_at
    photos = [view.photo_url + sha256 + ".jpg" for sha256 in request.photos] if own else []
    data: dict[str, Any] = {
        "service_request_id": request.number,
        "status": "closed" if request.status in CLOSED else "open",
        "status_notes": _shown(request.status_notes, own),
        "service_name": service.name,
        "service_code": service.code,
        "description": _shown(request.description, own),
        "agency_responsible": lead,
        "service_notice": notice_of(service),
        "requested_datetime": w3_time(request.requested_at),
        "updated_datetime": w3_time(request.updated_at),
        "expected_datetime": w3_time(due),
        "address": _shown(request.address, own),
        "address_id": request.address_id,
        "zipcode": None,
        "lat": request.lat,
        "long": request.lon,
        "media_url": (request.media_url if own else None) or next(iter(photos), None),
    }
    if view.extensions:
        data["extended_attributes"] = _extended(view, request, units, photos, own)
    return data


def _extended(
    view: View, request: DeskRequest, units: list[tuple[str, str]], photos: list[str], own: bool
) -> dict[str, Any]:
    extended: dict[str, Any] = {
        "detailed_status": request.status,
        "lead_unit": next((name for part, name in units if part == "lead"), None),
        "co_units": [name for part, name in units if part == "co"],
        "answer": _shown(request.answer, own),
        "resident_due_datetime": w3_time(request.resident_due_at),
        "unit_due_datetime": w3_time(request.unit_due_at) if request.unit_due_at else None,
        "attachments": [view.photo_url + sha256 + ".jpg" for sha256 in request.answer_photos],
        "round": request.round,
    }
    if own:
        extended["reason"] = request.reason
        extended["media_urls"] = photos
        extended["client_reference"] = request.client_reference or request.idempotency_key
        extended["attributes"] = [
            {"code": code, "value": value} for code, values in request.attributes.items() for value in values
        ]
    return extended


def update_data(view: View, update: DeskUpdate, request: DeskRequest) -> dict[str, Any]:
    """One update in mySociety's form."""
    own = view.owns(request)
    photos = [view.photo_url + sha256 + ".jpg" for sha256 in update.photos]
    data: dict[str, Any] = {
        "update_id": update.id,
        "service_request_id": request.number,
        "status": "closed" if update.to_status in CLOSED else "open",
        "updated_datetime": w3_time(update.at),
        "description": _shown(update.text, own),
        "media_url": update.media_url or next(iter(photos), None),
    }
    if view.extensions:
        data["extended_attributes"] = {
            "detailed_status": update.to_status,
            "step": update.step,
            "unit": update.unit_name,
            "reason": update.reason if own else None,
            "attachments": photos,
        }
    return data


def notice_of(service: DeskService) -> str:
    """What the resident can expect, in a sentence."""
    return f"我们将在{service.resident_hours}小时内向您反馈进展。"


def _shown(text: str | None, own: bool) -> str | None:
    return text if own or text is None else mask(text)


def _words(args: Mapping[str, str], name: str) -> list[str]:
    return [word for raw in args.get(name, "").split(",") if (word := raw.strip())]


def _span(args: Mapping[str, str], now: int) -> tuple[int, int]:
    """The asked period in milliseconds, both ends included; a missing end is 90 days away from the other, or now."""
    span = SPAN_DAYS * DAY_MS
    start = parse_time(args["start_date"]) if args.get("start_date") else None
    # The end, too, is a whole second.
    end = parse_time(args["end_date"]) // 1000 * 1000 + 999 if args.get("end_date") else None
    if start is None:
        start = (now if end is None else end) - span
    if end is None:
        end = min(max(now, start), start + span)
    if end - start > span + DAY_MS:
        raise Problem("desk_span_too_long")
    return start, end


def _paging(args: Mapping[str, str]) -> tuple[int, int]:
    try:
        page, size = int(args.get("page") or 1), int(args.get("page_size") or CAP)
    except ValueError as error:
        raise Problem("desk_wrong_page") from error
    if not (1 <= page <= MAX_PAGE and 1 <= size <= CAP):
        raise Problem("desk_wrong_page")
    return page, size
