"""The GeoReport v2 endpoint under /open311/v2 (wiki.open311.org/GeoReport_v2), with mySociety's request updates.

Reading public requests needs no key, as the standard has it. A client that sends its `api_key` also sees what it posted
itself, unmasked. Every reply, the errors too, is in the asked format: the path's extension, else `Accept`, else XML.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Response, request, send_file
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.database import reading, writing
from app.desk import photos
from app.desk.intake import MAX_KEY, body_hash, check_posted, definition_of, find_replay, receive
from app.desk.register import (
    View,
    find_request,
    list_requests,
    list_updates,
    notice_of,
    requests_data,
    update_data,
)
from app.desk.remote_updates import check_update, find_update_replay, take_update
from app.desk.resource import METHODS, asked_format, bp, require_key, resource, viewer
from app.desk.wire_formats import reply
from app.errors import Problem
from app.ids import now_ms
from app.models.desk import DeskPhoto, DeskRequest, DeskService

CHANGESET = "2026-11-22T00:00:00Z"
_MEDIA_FIELDS = ("media[]", "media")
Made = TypeVar("Made")


@bp.route("/", defaults={"rest": ""}, methods=METHODS)
@bp.route("/<path:rest>", methods=METHODS)
def unknown(rest: str) -> Response:
    """Whatever no rule above knows, in an unknown format too."""
    raise Problem("desk_unknown_resource")


@resource("/discovery", "GET")
def discovery() -> Response:
    """Service discovery: formats and endpoints (wiki.open311.org/Service_Discovery)."""
    endpoint = {
        "specification": "http://wiki.open311.org/GeoReport_v2",
        "url": request.url_root + "open311/v2",
        "changeset": CHANGESET,
        "type": "production",
        "formats": ["text/xml", "application/json"],
    }
    body = {
        "changeset": CHANGESET,
        "contact": "12345 市民热线平台",
        "key_service": "接口密钥由本平台受理转办中心发放。 API keys are issued by the dispatch centre.",
        "endpoints": [endpoint],
    }
    return reply(asked_format(), "discovery", body)


@resource("/services", "GET")
def services() -> Response:
    """GET Service List."""
    with reading() as session:
        found = session.scalars(select(DeskService).where(DeskService.active).order_by(DeskService.order)).all()
    return reply(
        asked_format(),
        "services",
        [
            {
                "service_code": service.code,
                "service_name": service.name,
                "description": service.description,
                "metadata": bool(service.attributes),
                "type": service.delivery,
                "keywords": ",".join(service.keywords),
                "group": service.group,
            }
            for service in found
        ],
    )


@resource("/services/<code>", "GET")
def service_definition(code: str) -> Response:
    """GET Service Definition."""
    with reading() as session:
        service = _service(session, code)
        body = {"service_code": service.code, "attributes": definition_of(service)}
    return reply(asked_format(), "service_definition", body)


@resource("/requests", "GET", "POST")
def requests() -> Response:
    """GET Service Requests, and POST Service Request."""
    return _post_request() if request.method == "POST" else _list_requests()


def _list_requests() -> Response:
    with reading() as session:
        view = viewer(session)
        found = list_requests(session, view, request.args, now_ms())
        return reply(asked_format(), "service_requests", requests_data(session, view, found))


@resource("/requests/<number>", "GET")
def service_request(number: str) -> Response:
    """GET Service Request."""
    with reading() as session:
        view = viewer(session)
        found = find_request(session, view, number)
        return reply(asked_format(), "service_requests", requests_data(session, view, [found]))


@resource("/tokens/<token>", "GET")
def token(token: str) -> Response:
    """GET service_request_id from a token: the id is empty until the centre has accepted the request."""
    with reading() as session:
        found = session.scalar(select(DeskRequest).where(DeskRequest.token == token))
        if found is None:
            raise Problem("desk_unknown_token")
        body = [{"service_request_id": found.number, "token": found.token}]
    return reply(asked_format(), "service_requests", body)


@resource("/servicerequestupdates", "GET", "POST")
def service_request_updates() -> Response:
    """GET and POST Service Request Updates, mySociety's extension."""
    return _post_update() if request.method == "POST" else _list_updates()


def _list_updates() -> Response:
    with reading() as session:
        view = viewer(session)
        found = list_updates(session, view, request.args, now_ms())
        body = [update_data(view, update, of) for update, of in found]
    return reply(asked_format(), "service_request_updates", body)


@bp.get("/media/<sha256>.jpg")
def media(sha256: str) -> Response:
    """A photo. Its name is the hash of its content, so only those who were given the address can ask for it."""
    with reading() as session:
        known = session.get(DeskPhoto, sha256)
    path = photos.path_of(sha256)
    if known is None or not path.exists():
        raise Problem("desk_unknown_resource")
    return send_file(path, mimetype="image/jpeg", max_age=31_536_000)


def _post_request() -> Response:
    key = require_key()
    values = _posted_values()
    code = request.values.get("service_code", "").strip()
    if not code:
        raise Problem("desk_service_missing")
    idempotency_key = request.headers.get("Idempotency-Key", "").strip() or None
    if idempotency_key and len(idempotency_key) > MAX_KEY:
        raise Problem("desk_value_too_long")
    with reading() as session:
        service = _service(session, code)
    posted = check_posted(values, service)
    sent = photos.uploaded(*_MEDIA_FIELDS)
    hashed = body_hash(values, photos.fingerprints(sent))
    kept = photos.keep(sent)
    reference = posted.attributes.get("client_reference", [None])[0]

    def write() -> DeskRequest:
        now = now_ms()
        with writing() as session:
            earlier = find_replay(session, key, idempotency_key, reference, hashed)
            if earlier is not None:
                return earlier
            stored = photos.register(session, kept, now)
            return receive(
                session,
                key,
                service,
                posted,
                photos=stored,
                idempotency_key=idempotency_key,
                hashed=hashed,
                now=now,
            )

    made = _again_if_raced(write)
    answer: dict[str, Any] = {"token": made.token} if made.token else {"service_request_id": made.number}
    answer |= {"service_notice": notice_of(service), "account_id": made.client_account_id}
    return reply(asked_format(), "service_requests", [answer])


def _post_update() -> Response:
    key = require_key()
    values = _posted_values()
    posted = check_update(values)
    sent = photos.uploaded(*_MEDIA_FIELDS)
    hashed = body_hash(values, photos.fingerprints(sent))
    kept = photos.keep(sent)

    def write() -> str:
        now = now_ms()
        with writing() as session:
            found = find_request(session, View(key, False, ""), posted.number)
            if found.api_key_id != key.id:
                raise Problem("desk_not_yours")
            earlier = find_update_replay(session, found, posted.update_id, hashed)
            if earlier is not None:
                return earlier.id
            stored = photos.register(session, kept, now)
            return take_update(session, found, key, posted, stored, hashed, now).id

    return reply(asked_format(), "service_request_updates", [{"update_id": _again_if_raced(write)}])


def _again_if_raced(write: Callable[[], Made]) -> Made:
    """Run `write`; where another request with the same key was faster, run it again: now it finds the replay."""
    try:
        return write()
    except IntegrityError:
        return write()


def _posted_values() -> list[tuple[str, str]]:
    if request.mimetype not in ("application/x-www-form-urlencoded", "multipart/form-data", ""):
        raise Problem("desk_body_not_form")
    return [*request.args.items(multi=True), *request.form.items(multi=True)]


def _service(session: Session, code: str) -> DeskService:
    service = session.get(DeskService, code)
    if service is None or not service.active:
        raise Problem("desk_unknown_service")
    return service
