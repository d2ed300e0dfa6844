"""create_app(): the only place where the parts are joined."""

from __future__ import annotations

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

import config
from app import logs, web
from app.database import db, init_database
from app.limits import init_limits


def create_app(settings: config.Config | None = None) -> Flask:
    """The whole product as one WSGI application; `settings` default to the environment's."""
    settings = settings or config.load()
    app = web.Application(__name__, static_folder="static", static_url_path="/static")
    app.config["DOORSTEP"] = settings
    app.config["SECRET_KEY"] = settings.secret_key
    app.config["SQLALCHEMY_DATABASE_URI"] = settings.database_url
    # Photos are the largest thing that comes in; each endpoint has its own, smaller limit.
    app.config["MAX_CONTENT_LENGTH"] = 50 * 1024 * 1024
    app.config["MAX_FORM_MEMORY_SIZE"] = 1024 * 1024
    app.config["MAX_FORM_PARTS"] = 100
    if settings.proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=settings.proxies, x_proto=settings.proxies)  # type: ignore[method-assign]
    init_database(app)
    init_limits(app)
    logs.init_request_ids(app)
    web.init_web(app)
    _register(app)
    return app


def _register(app: Flask) -> None:
    """Join the parts. They are imported here, not at the top: they ask for this module's `app` in turn."""
    from app import cli, openapi
    from app.api import (
        accounts,
        attachments,
        exports,
        handing_in,
        health,
        imports,
        own_account,
        platform_webhook,
        push_subscriptions,
        qr,
        residents,
        residents_filing,
        residents_following,
        residents_own_data,
        review,
        review_checks,
        review_dead_letters,
        review_people,
        review_receptions,
        review_requests,
        review_said,
        sync,
    )
    from app.desk import endpoint, pages

    phones = (accounts, own_account, attachments, push_subscriptions, sync)
    reviews = (review, review_requests, review_receptions, review_checks, review_people, review_dead_letters)
    boards = (*reviews, handing_in, review_said, imports, exports, qr)
    people = (residents, residents_filing, residents_following, residents_own_data)
    desk = (endpoint, pages) if app.config["DOORSTEP"].desk_enabled else ()
    for part in (*phones, *boards, *people, *desk, health, platform_webhook, openapi):
        app.register_blueprint(part.bp)
    health.init_metrics(app)
    cli.init_cli(app)


__all__ = ["create_app", "db"]
