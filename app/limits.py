"""Rate limits (Flask-Limiter): in memory on one machine, in Redis when configured."""

from __future__ import annotations

from flask import Flask
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

limiter = Limiter(get_remote_address, default_limits=[], headers_enabled=True)


def init_limits(app: Flask) -> None:
    """Bind the limiter to the app's store."""
    settings = app.config["DOORSTEP"]
    app.config.setdefault("RATELIMIT_STORAGE_URI", settings.redis_url or "memory://")
    app.config.setdefault("RATELIMIT_ENABLED", not settings.testing)
    limiter.init_app(app)
