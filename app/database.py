"""The engine, and the two ways to use it: read transactions and write transactions.

On SQLite a write transaction begins IMMEDIATE: it waits for its turn at the start and can never fail half way with "locked".
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

import msgspec
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Connection, Dialect, Engine, Text, TypeDecorator, event
from sqlalchemy.orm import DeclarativeBase, Session

from app.write_turn import turn_at
from sync.statements import run

# Thirty seconds is longer than any transaction of ours and shorter than a phone's patience.
BUSY_TIMEOUT_MS = 30_000


class Base(DeclarativeBase):
    """Base of all tables."""


db = SQLAlchemy(model_class=Base)


class JsonText(TypeDecorator[Any]):
    """A JSON value kept as text, the same on SQLite and PostgreSQL, so that compiled statements can bind it directly."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else msgspec.json.encode(value).decode()

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        return None if value is None else msgspec.json.decode(value)


@event.listens_for(Engine, "connect")
def _configure_sqlite(connection: Any, _record: Any) -> None:
    if not isinstance(connection, sqlite3.Connection):
        return
    # The driver's own transaction control commits behind our back; `_begin` below says BEGIN itself.
    connection.isolation_level = None
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        f"busy_timeout={BUSY_TIMEOUT_MS}",
        "cache_size=-8000",
        "temp_store=MEMORY",
        # 120 MB. The worker begins the log anew long before that (`app/jobs/checkpoint.py`), beside the pushes instead of within one.
        "wal_autocheckpoint=30000",
    ):
        connection.execute(f"PRAGMA {pragma}")


@event.listens_for(Engine, "begin")
def _begin(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        write = connection.get_execution_options().get("doorstep_write", False)
        run(connection, "BEGIN IMMEDIATE" if write else "BEGIN")


def init_database(app: Flask) -> None:
    """Bind the engine of `app` to its `SQLALCHEMY_DATABASE_URI`."""
    app.config.setdefault("SQLALCHEMY_ENGINE_OPTIONS", {"hide_parameters": True})
    db.init_app(app)


def writers_turn(engine: Engine) -> AbstractContextManager[None]:
    """SQLite's writers take turns; elsewhere the scopes' rows order them."""
    file = engine.url.database if engine.dialect.name == "sqlite" else None
    return turn_at(file).taken(BUSY_TIMEOUT_MS / 1000) if file and file != ":memory:" else nullcontext()


@contextmanager
def writing_on(connection: Connection) -> Iterator[None]:
    """One write transaction on a connection without an ORM session and without a transaction, for the sync path."""
    with writers_turn(connection.engine), connection.execution_options(doorstep_write=True).begin():
        yield


@contextmanager
def writing() -> Iterator[Session]:
    """One write transaction: commits at the end of the block, rolls back when the block raises."""
    engine = db.engine.execution_options(doorstep_write=True)
    with writers_turn(engine), Session(engine, expire_on_commit=False) as session, session.begin():
        yield session


@contextmanager
def reading() -> Iterator[Session]:
    """One read transaction with a stable view of the database."""
    engine = db.engine
    if engine.dialect.name != "sqlite":
        # There, each statement would otherwise see what others committed meanwhile: a page newer than its cursor and digest.
        engine = engine.execution_options(isolation_level="REPEATABLE READ")
    with Session(engine, expire_on_commit=False) as session, session.begin():
        yield session
