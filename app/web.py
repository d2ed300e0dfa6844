"""What is the same for every reply: security headers, the CSRF gate of the JSON API, errors as JSON or as a page, the PWA's files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import structlog
from flask import (
    Flask,
    Request,
    Response,
    current_app,
    jsonify,
    render_template,
    request,
    send_file,
    send_from_directory,
)
from flask.sessions import SessionInterface
from flask_compress import Compress
from werkzeug.exceptions import HTTPException

from app import forms
from app.errors import Problem
from app.json_input import StrictJson

log = structlog.get_logger()

_CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; "
    "worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
# ECharts and Leaflet place their marks with style attributes; nothing else of the policy gives way.
_APP_CSP = f"{_CSP}; style-src-attr 'unsafe-inline'"
# No view sets these itself.
_ON_EVERY_REPLY = (
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "same-origin"),
    ("Permissions-Policy", "geolocation=(self), camera=(self), microphone=(), interest-cohort=()"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    # By this header a phone tells our server from a captive portal that answers 200.
    ("X-Doorstep", "1"),
)
_JSON_PATHS = ("/api/", "/sync", "/attachments/")
# No JSON of ours is longer; files come in elsewhere and bound themselves.
_MAX_API_BYTES = 1024 * 1024
_BY_STATUS = {
    400: "bad_request",
    404: "not_found",
    405: "method_not_allowed",
    413: "too_large",
    415: "unsupported_media_type",
    429: "too_many_tries",
}


class Application(Flask):
    """Flask without coroutines: whether a function is one was asked a dozen times for each request."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Itself: no view and no hook of ours is a coroutine."""
        return func


class NoFlaskSession(SessionInterface):
    """Sign-ins and forms have cookies of their own; signing one of Flask's for every request would be for nothing."""

    def open_session(self, app: Flask, request: Request) -> None:
        """None: whoever writes to `flask.session` gets an error."""


def init_web(app: Flask) -> None:
    """Install the common behaviour on `app`."""
    app.session_interface = NoFlaskSession()
    app.json = StrictJson(app)
    app.before_request(_check_input)
    app.before_request(_check_origin)
    app.after_request(_headers)
    app.after_request(forms.keep_visitor)
    app.register_error_handler(Problem, _problem)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _fault)
    app.jinja_env.globals["csrf_token"] = forms.csrf_token
    app.config.setdefault("COMPRESS_ALGORITHM", ["gzip"])
    app.config.setdefault("COMPRESS_MIN_SIZE", 1000)
    app.config.setdefault("COMPRESS_MIMETYPES", ["application/json", "text/html", "text/css", "image/svg+xml"])
    Compress(app)
    app.add_url_rule("/authority.crt", "authority", _authority)
    app.add_url_rule("/app/", "pwa_index", _pwa, defaults={"path": ""})
    app.add_url_rule("/app/<path:path>", "pwa", _pwa)


def _wants_json() -> bool:
    return request.path.startswith(_JSON_PATHS)


def _check_input() -> None:
    """Bound the bodies of the JSON API; a NUL in an address never means anything good."""
    if request.path.startswith("/api/") and not request.path.startswith("/api/imports"):
        request.max_content_length = _MAX_API_BYTES
    if "\0" in request.path or "%00" in request.query_string.decode("latin-1"):
        raise Problem("bad_request")


def _check_origin() -> None:
    """Changes through the JSON API carry our header, which no foreign form can set, and come from our own pages."""
    if request.method in ("GET", "HEAD", "OPTIONS") or not _wants_json():
        return
    if request.path.startswith("/api/platform-webhook"):
        return
    if request.headers.get("X-Doorstep") != "1":
        raise Problem("csrf")
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        raise Problem("csrf")
    origin = request.headers.get("Origin")
    if origin and urlsplit(origin).netloc != request.host:
        raise Problem("csrf")


def _headers(response: Response) -> Response:
    headers = response.headers
    headers.setdefault("Content-Security-Policy", _APP_CSP if request.path.startswith("/app/") else _CSP)
    for name, value in _ON_EVERY_REPLY:
        headers.add(name, value)
    if current_app.config["DOORSTEP"].secure_cookies:
        headers["Strict-Transport-Security"] = "max-age=31536000"
    if _wants_json():
        headers.setdefault("Cache-Control", "no-store")
    if request.path.startswith("/static/") and "v" in request.args:
        # The address carries the file's hash.
        headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response


def _problem(problem: Problem) -> tuple[Response | str, int, dict[str, str]]:
    if _wants_json():
        return jsonify(problem.as_json()), problem.status, problem.headers
    return render_template("error.html", problem=problem), problem.status, problem.headers


def _http_error(error: HTTPException) -> Any:
    if error.code and error.code < 400:
        return error
    code = _BY_STATUS.get(error.code or 500, "bad_request" if (error.code or 500) < 500 else "server_error")
    if error.code == 413 and request.max_content_length == _MAX_API_BYTES:
        code = "body_too_large"
    more: dict[str, Any] = {"max_bytes": request.max_content_length} if error.code == 413 else {}
    return _problem(Problem(code, **more))


def _fault(error: Exception) -> Any:
    # Not the path: it may hold a resident's code.
    log.error("fault", endpoint=request.endpoint, method=request.method, exc_info=error)
    return _problem(Problem("server_error"))


def _authority() -> Response:
    """The certificate of this machine's own authority, for phones that try the product over HTTPS (`make run HTTPS=1`)."""
    path: Path = current_app.config["DOORSTEP"].data_dir / "tls" / "authority.crt"
    if not path.is_file():
        raise Problem("not_found")
    return send_file(path, mimetype="application/x-x509-ca-cert", download_name="doorstep.crt")


def _pwa(path: str) -> Response:
    """The built app. An unknown path with a dot is a missing file; any other is a route of the app."""
    folder: Path = current_app.config["DOORSTEP"].pwa_dist
    known = path and (folder / path).is_file()
    if not known and "." in path.rsplit("/", 1)[-1]:
        raise Problem("not_found")
    if not (folder / "index.html").is_file():
        raise Problem("not_found", "pwa/dist")
    name = path if known else "index.html"
    response = _compressed(folder, name)
    if name.startswith("assets/"):
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    else:
        response.headers["Cache-Control"] = "no-cache"
    if name == "sw.js":
        response.headers["Service-Worker-Allowed"] = "/app/"
    return response


def _compressed(folder: Path, name: str) -> Response:
    """The pre-compressed sibling when the browser takes it."""
    accepts = request.headers.get("Accept-Encoding", "")
    for coding, suffix in (("br", ".br"), ("gzip", ".gz")):
        if coding in accepts and (folder / f"{name}{suffix}").is_file():
            plain = send_from_directory(folder, name)
            packed = send_from_directory(folder, f"{name}{suffix}")
            packed.headers["Content-Encoding"] = coding
            packed.headers["Content-Type"] = plain.headers["Content-Type"]
            packed.headers["Vary"] = "Accept-Encoding"
            plain.close()
            return packed
    return send_from_directory(folder, name)
