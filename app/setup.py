"""Making a database ready: tables by migration, and the first epoch."""

from __future__ import annotations

from alembic import command
from alembic.config import Config as AlembicConfig
from sqlalchemy import select

import config
from app.database import Base, db, writing
from app.models.accounts import Account
from app.synced import DOOR
from sync import epoch


def make_tables() -> None:
    """Create all tables directly, without migrations (tests), and begin the first epoch."""
    Base.metadata.create_all(db.engine)
    begin_epoch()


def migrate() -> None:
    """Bring the database to the newest migration and begin the first epoch."""
    settings = AlembicConfig()
    settings.set_main_option("script_location", str(config.ROOT / "migrations"))
    with db.engine.execution_options(doorstep_write=True).connect() as connection:
        settings.attributes["connection"] = connection
        command.upgrade(settings, "head")
    begin_epoch()


def begin_epoch() -> None:
    """Begin the first epoch unless there is one."""
    with writing() as session:
        meta = DOOR.tables.meta.c
        if session.execute(select(meta.value).where(meta.key == "epoch")).first() is None:
            epoch.renew(session.connection(), DOOR.tables)


def is_empty() -> bool:
    """True when nobody can sign in yet."""
    with writing() as session:
        return session.scalar(select(Account.id).limit(1)) is None
