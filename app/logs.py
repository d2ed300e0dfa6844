"""Logs: one line each, structured, with the request's id; never a name, a number or a text of a person."""

from __future__ import annotations

import logging
import secrets
import sys
import traceback
from typing import Any

import structlog
from flask import Flask, Response, g

import config

# Enough to find the place; the frames above are Flask's.
_FRAMES = 12
_SHARED: list[structlog.types.Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


def _trace(_logger: Any, _method: str, event: structlog.types.EventDict) -> structlog.types.EventDict:
    """Kind and place of an exception, never its message: that may hold the values which a statement was to write."""
    given = event.pop("exc_info", None)
    error = given if isinstance(given, BaseException) else given[1] if isinstance(given, tuple) else None
    if given and error is None:
        error = sys.exc_info()[1]
    if error is not None:
        frames = traceback.extract_tb(error.__traceback__)
        event["fault"] = type(error).__name__
        event["at"] = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames[-_FRAMES:]]
    return event


def configure(settings: config.Config) -> None:
    """Set up structlog and the standard library's logging alike, for the server and the worker."""
    level = logging.getLevelNamesMapping().get(settings.log_level.upper(), logging.INFO)
    last: structlog.types.Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if settings.log_json
        else structlog.dev.ConsoleRenderer(colors=False)
    )
    structlog.configure(
        processors=[*_SHARED, _trace, last],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, last],
            foreign_pre_chain=[*_SHARED, _trace],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    # Access lines would hold tracking codes; the metrics count requests by endpoint instead.
    for noisy in ("werkzeug", "huey", "alembic", "urllib3"):
        logging.getLogger(noisy).setLevel(max(level, logging.WARNING))


def init_request_ids(app: Flask) -> None:
    """Give each request an id: in its log lines, and in the reply for whoever reports a fault."""

    def begin() -> None:
        g.request_id = secrets.token_hex(6)
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=g.request_id)

    def end(response: Response) -> Response:
        if "request_id" in g:
            response.headers["X-Request-Id"] = g.request_id
        return response

    app.before_request(begin)
    app.after_request(end)
