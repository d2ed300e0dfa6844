"""Health: is the process up, can it serve, what is late or stuck; and Prometheus metrics."""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import Any

from flask import Blueprint, Flask, Response, g, jsonify, request
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, Counter, Histogram, generate_latest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from app.api.access import signed_in
from app.database import reading
from app.ids import now_ms
from app.status_report import status_report

bp = Blueprint("health", __name__)

_REQUESTS = Counter("doorstep_http_requests_total", "Requests by endpoint and status", ["endpoint", "status"])
_SECONDS = Histogram("doorstep_http_seconds", "Seconds a request took", ["endpoint"])


def init_metrics(app: Flask) -> None:
    """Count and time every request by endpoint; paths hold codes of people and are never labels."""

    def begin() -> None:
        g.began = time.perf_counter()

    def end(response: Response) -> Response:
        endpoint = request.endpoint or "none"
        _REQUESTS.labels(endpoint, response.status_code).inc()
        if "began" in g:
            _SECONDS.labels(endpoint).observe(time.perf_counter() - g.began)
        return response

    app.before_request(begin)
    app.after_request(end)


@bp.get("/healthz")
def healthz() -> Response:
    """The process answers."""
    return jsonify({"ok": True})


@bp.get("/readyz")
def readyz() -> tuple[Response, int]:
    """The database answers and has an epoch."""
    try:
        with reading() as session:
            ready = session.execute(text("SELECT value FROM sync_meta WHERE key = 'epoch'")).first() is not None
    except SQLAlchemyError:
        ready = False
    return jsonify({"ok": ready}), 200 if ready else 503


@bp.get("/metrics")
def metrics() -> Response:
    """For Prometheus; only from this machine, a proxy must not pass it on."""
    if request.remote_addr not in ("127.0.0.1", "::1"):
        return Response(status=404)
    return Response(generate_latest(REGISTRY), content_type=CONTENT_TYPE_LATEST)


@bp.get("/api/status")
@signed_in("task_force", "admin")
def status() -> Any:
    """In words: what is late or stuck."""
    with reading() as session:
        return jsonify({"at": now_ms(), "lines": [asdict(line) for line in status_report(session, now_ms())]})
