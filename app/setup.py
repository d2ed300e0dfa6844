"""Making a database ready: tables by migration, the epoch, the programme's own records."""

from __future__ import annotations

from sqlalchemy import select

from app.database import Base, db, writing
from app.synced import DOOR
from sync import epoch


def make_tables() -> None:
    """Create all tables directly (tests; a real database is migrated) and begin the first epoch."""
    Base.metadata.create_all(db.engine)
    begin_epoch()


def begin_epoch() -> None:
    """Begin the first epoch unless there is one."""
    with writing() as session:
        connection = session.connection()
        if connection.execute(select(DOOR.tables.meta.c.value).where(DOOR.tables.meta.c.key == "epoch")).first() is None:
            epoch.renew(connection, DOOR.tables)
