"""What every resource of the GeoReport endpoint shares: formats, errors, bounds of the body, and who is asking."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable

from flask import Blueprint, Response, request
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from app.database import reading
from app.desk import photos
from app.desk.installation import key_hash
from app.desk.register import View
from app.desk.wire_formats import FORMATS, errors_reply
from app.errors import Problem
from app.models.desk import DeskApiKey

bp = Blueprint("open311", __name__, url_prefix="/open311/v2")
log = logging.getLogger(__name__)

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]
_EXTENSION = ".<any(json, xml):fmt>"


def asked_format() -> str:
    """`json` or `xml`: the path says it, else `Accept`; XML is the format every GeoReport server has."""
    extension = request.path.rpartition(".")[2]
    if extension in FORMATS:
        return extension
    best = request.accept_mimetypes.best_match(["text/xml", "application/xml", "application/json"], "text/xml")
    return "json" if best == "application/json" else "xml"


def resource(rule: str, *methods: str) -> Callable[[Callable[..., Response]], Callable[..., Response]]:
    """Serve `rule` with and without a format's extension; other methods are taken too: their refusal must be ours."""

    def add(view: Callable[..., Response]) -> Callable[..., Response]:
        @functools.wraps(view)
        def checked(fmt: str | None = None, **arguments: str) -> Response:
            if request.method not in (*methods, "HEAD"):
                raise Problem("method_not_allowed", headers={"Allow": ", ".join(methods)})
            return view(**arguments)

        for path in (rule, rule + _EXTENSION):
            bp.add_url_rule(path, endpoint=view.__name__, view_func=checked, methods=METHODS)
        return checked

    return add


@bp.before_request
def bound() -> None:
    """Bound the body before anything reads it; beyond, the reply is 413."""
    photos.bound_body()


def refuse(error: Exception) -> Response:
    """Every error in the asked format, in words; what we did not expect goes to the log, never to the client."""
    if isinstance(error, RequestEntityTooLarge):
        error = Problem("desk_body_too_large")
    elif isinstance(error, HTTPException) and error.code is not None and error.code < 500:
        error = Problem("bad_request")
    elif not isinstance(error, Problem):
        log.exception("desk: a GeoReport request failed")
        error = Problem("server_error")
    # The standard knows 400, 403 and 404; a refused photo is one more reason for 400.
    status = 400 if error.status == 422 else error.status
    response = errors_reply(asked_format(), status, error.zh, error.en)
    response.headers.extend(error.headers)
    return response


for _code in (400, 404, 405, 413, 415, 500):
    # A handler of the whole application for one of these codes would otherwise come before ours for all exceptions.
    bp.register_error_handler(_code, refuse)
bp.register_error_handler(Exception, refuse)


def find_key(session: Session) -> DeskApiKey | None:
    """The client whose `api_key` came along; a wrong one is refused even where none is needed."""
    given = request.values.get("api_key", "").strip()
    if not given:
        return None
    key = session.scalar(select(DeskApiKey).where(DeskApiKey.key_hash == key_hash(given), DeskApiKey.active))
    if key is None:
        raise Problem("desk_key_wrong")
    return key


def require_key() -> DeskApiKey:
    """The client that posts; raises the problems `desk_key_missing` and `desk_key_wrong`."""
    with reading() as session:
        key = find_key(session)
    if key is None:
        raise Problem("desk_key_missing")
    return key


def viewer(session: Session) -> View:
    """Through whose eyes this request reads."""
    extended = request.args.get("extensions", "").lower() in ("true", "1", "v1")
    return View(find_key(session), extended, request.url_root + "open311/v2/media/")
