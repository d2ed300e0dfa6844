"""SQL text for a table, built once for a database and handed to the driver.

SQLAlchemy describes the tables; compiling its expressions for every batch would cost more than running them (see
`docs/decisions.md`, "Compiled statements").
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

import msgspec
from sqlalchemy import Connection, Dialect, Table

from sync.collections import Collection, Row

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode


def encode_json(value: Any) -> str:
    """A value as JSON text."""
    return _encode(value).decode()


def marker(dialect: Dialect) -> str:
    """The driver's placeholder."""
    return "?" if dialect.paramstyle == "qmark" else "%s"


@lru_cache(maxsize=256)
def insert_sql(table: Table, mark: str, columns: tuple[str, ...] | None = None) -> str:
    """`INSERT` of the given columns (default: all)."""
    names = columns or tuple(c.name for c in table.columns)
    quoted = ", ".join(f'"{n}"' for n in names)
    return f'INSERT INTO "{table.name}" ({quoted}) VALUES ({", ".join([mark] * len(names))})'


@lru_cache(maxsize=256)
def upsert_sql(table: Table, mark: str) -> str:
    """`INSERT`, or overwrite the row that has the same primary key."""
    keys = [c.name for c in table.primary_key.columns]
    rest = [c.name for c in table.columns if c.name not in keys]
    updates = ", ".join(f'"{n}" = excluded."{n}"' for n in rest)
    quoted_keys = ", ".join(f'"{k}"' for k in keys)
    return f"{insert_sql(table, mark)} ON CONFLICT ({quoted_keys}) DO UPDATE SET {updates}"


@lru_cache(maxsize=256)
def select_in_sql(table: Table, by: str, sqlite: bool, columns: tuple[str, ...] | None = None) -> str:
    """`SELECT` of the rows whose `by` is in one bound list."""
    names = columns or tuple(c.name for c in table.columns)
    quoted = ", ".join(f'"{n}"' for n in names)
    condition = "IN (SELECT value FROM json_each(?))" if sqlite else "= ANY(%s)"
    return f'SELECT {quoted} FROM "{table.name}" WHERE "{by}" {condition}'


def select_in(
    connection: Connection, table: Table, by: str, values: Iterable[Any], columns: tuple[str, ...] | None = None
) -> Sequence[Any]:
    """Rows of `table` whose `by` is one of `values`, in one statement whatever their number."""
    wanted = list(values)
    if not wanted:
        return []
    sqlite = connection.dialect.name == "sqlite"
    bound: Any = _encode(wanted).decode() if sqlite else wanted
    return connection.exec_driver_sql(select_in_sql(table, by, sqlite, columns), (bound,)).fetchall()


def to_row(collection: Collection, values: Sequence[Any]) -> Row:
    """A driver's tuple as a row: JSON decoded, 0/1 as booleans."""
    row: Row = dict(zip(collection.columns, values, strict=True))
    for name in collection.jsons:
        if row[name] is not None:
            row[name] = _decode(row[name])
    for name in collection.booleans:
        if row[name] is not None:
            row[name] = bool(row[name])
    return row


def from_row(collection: Collection, row: Row) -> tuple[Any, ...]:
    """A row as the driver wants it."""
    jsons = collection.jsons
    return tuple(
        _encode(value).decode() if name in jsons and value is not None else value
        for name, value in ((name, row[name]) for name in collection.columns)
    )


def wire_record(collection: Collection, values: Sequence[Any]) -> Row:
    """A driver's tuple as it goes to devices: sealed fields left out, JSON passed through unread, empty fields left out."""
    record: Row = {}
    jsons, booleans = collection.jsons, collection.booleans
    for name, value in zip(collection.wire_fields, values, strict=True):
        if value is None:
            continue
        if name in jsons:
            value = msgspec.Raw(value.encode())
        elif name in booleans:
            value = bool(value)
        record[name] = value
    return record
