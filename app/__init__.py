"""create_app(): the only place where the parts are joined."""

from __future__ import annotations

from flask import Flask

import config
from app import web
from app.database import db, init_database
from app.limits import init_limits


def create_app(settings: config.Config | None = None) -> Flask:
    """The whole product as one WSGI application; `settings` default to the environment's."""
    settings = settings or config.load()
    app = Flask(__name__, static_folder="static", static_url_path="/static")
    app.config["DOORSTEP"] = settings
    app.config["SECRET_KEY"] = settings.secret_key
    app.config["SQLALCHEMY_DATABASE_URI"] = settings.database_url
    # Photos are the largest thing that comes in; each endpoint has its own, smaller limit.
    app.config["MAX_CONTENT_LENGTH"] = 50 * 1024 * 1024
    app.config["MAX_FORM_MEMORY_SIZE"] = 1024 * 1024
    app.config["MAX_FORM_PARTS"] = 100
    init_database(app)
    init_limits(app)
    web.init_web(app)
    _register(app)
    return app


def _register(app: Flask) -> None:
    from app import cli
    from app.api import review, review_checks, review_dead_letters, review_people, review_requests
    from app.api import accounts, attachments, health, sync
    from app.api import qr, residents, residents_filing, residents_following, residents_own_data

    from app.api import exports, imports

    for table in (imports, exports):
        app.register_blueprint(table.bp)
    for part in (accounts, attachments, health, sync):
        app.register_blueprint(part.bp)
    for board in (review, review_requests, review_checks, review_people, review_dead_letters):
        app.register_blueprint(board.bp)
    for page in (residents, residents_filing, residents_following, residents_own_data, qr):
        app.register_blueprint(page.bp)
    health.init_metrics(app)
    cli.init_cli(app)


__all__ = ["create_app", "db"]
