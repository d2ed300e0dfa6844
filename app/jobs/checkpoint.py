"""Brings SQLite's write-ahead log into the database file, beside the writers.

Left to itself, SQLite does it within a commit: every few seconds of a busy Friday somebody's push waits 20 ms for the disk, and
all others behind it.
"""

from __future__ import annotations

import os
import sqlite3
import threading

import structlog
from flask import Flask
from sqlalchemy.exc import OperationalError

from app.database import BUSY_TIMEOUT_MS, db, writers_turn
from app.jobs import stopping

log = structlog.get_logger()

_EVERY_S = 1.0
# Pushes wait for their turn meanwhile; an export that reads for seconds is not waited for.
_MOMENT_MS = 10
# Pages of 4 KB; far below where SQLite begins by itself (`wal_autocheckpoint`).
_LONG = 4_000


def begin(app: Flask) -> None:
    """Start a thread that does it until the worker stops; nothing to do on other databases."""
    with app.app_context():
        if db.engine.dialect.name == "sqlite":
            threading.Thread(target=_run, args=(app,), name="checkpoint", daemon=True).start()


def _run(app: Flask) -> None:
    with app.app_context():
        # Kept open: closing it would let go of SQLite's own locks on the file.
        file = os.open(str(db.engine.url.database), os.O_RDONLY | os.O_CLOEXEC)
        while not stopping.wait(_EVERY_S):
            try:
                if checkpoint() > _LONG:
                    # What is copied so far reaches the disk before the turn, not in it.
                    os.fdatasync(file)
                    checkpoint()
                    # The log begins anew only when all of it is brought over: the last pages, while nobody adds to them.
                    with writers_turn(db.engine):
                        checkpoint(anew=True)
            except (OSError, sqlite3.Error, OperationalError) as error:
                # It is tried again, and SQLite still does it by itself.
                log.warning("checkpoint_failed", kind=type(error).__name__)


def checkpoint(*, anew: bool = False) -> int:
    """Copy what is committed, as far as no reader stands in the way; the pages in the log.

    With `anew` the next writer begins the log from its start, if those who read from it are done within a moment.
    """
    # Not within a transaction, which SQLAlchemy's connections always begin.
    connection = db.engine.raw_connection()
    cursor = connection.cursor()
    try:
        cursor.execute(f"PRAGMA busy_timeout={_MOMENT_MS}")
        _busy, pages, _copied = cursor.execute(f"PRAGMA wal_checkpoint({'RESTART' if anew else 'PASSIVE'})").fetchone()
        return int(pages)
    finally:
        cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
        connection.close()
