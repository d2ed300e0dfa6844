"""The epoch: a word that changes when the server is restored from a backup, so that devices offer again what it lacks [L8]."""

from __future__ import annotations

import secrets

from sqlalchemy import Connection

from sync.statements import insert_sql, marker, run, scalar
from sync.tables import Tables


def current(connection: Connection, tables: Tables) -> str:
    """The epoch in force; `renew` must have been called once, when the database was made."""
    found = scalar(connection, f"SELECT value FROM \"{tables.meta.name}\" WHERE key = 'epoch'")
    if found is None:
        raise LookupError("the database has no epoch: it was not set up")
    return str(found)


def renew(connection: Connection, tables: Tables) -> str:
    """Begin a new epoch: at set-up and after every restore."""
    value = secrets.token_hex(6)
    mark = marker(connection.dialect)
    run(
        connection,
        f"{insert_sql(tables.meta, mark)} ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        ("epoch", value),
    )
    return value
