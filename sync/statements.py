"""SQL text for a table, built once for a database and handed to the driver.

SQLAlchemy describes the tables and keeps the transaction; compiling its expressions and building its results for every
batch would cost more than running them (see `docs/decisions.md`, "Compiled statements").
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

import msgspec
from sqlalchemy import Connection, Dialect, Table
from sqlalchemy.exc import DBAPIError

from sync.collections import Collection, Row

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode


def encode_json(value: Any) -> str:
    """A value as JSON text."""
    return _encode(value).decode()


def run(connection: Connection, sql: str, parameters: Any = ()) -> Any:
    """Run `sql` by the driver inside the transaction that `connection` holds; returns the driver's cursor.

    A list of tuples runs it once for each. Raises SQLAlchemy's `DBAPIError` family, like any other statement, without the
    parameters: they are people's words.
    """
    cursor: Any = connection.connection.cursor()
    try:
        if type(parameters) is not list:
            cursor.execute(sql, parameters)
        elif len(parameters) == 1:
            cursor.execute(sql, parameters[0])
        else:
            cursor.executemany(sql, parameters)
    except connection.dialect.loaded_dbapi.Error as error:
        dialect = connection.dialect
        lost = dialect.is_disconnect(error, connection.connection.dbapi_connection, cursor)
        if lost:
            connection.invalidate(error)
        family: Any = dialect.loaded_dbapi.Error
        raise DBAPIError.instance(
            sql, None, error, family, hide_parameters=True, connection_invalidated=lost, dialect=dialect
        ) from error
    return cursor


def scalar(connection: Connection, sql: str, parameters: tuple[Any, ...] = ()) -> Any:
    """The first value of the first row, or None."""
    row = run(connection, sql, parameters).fetchone()
    return None if row is None else row[0]


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
    found: Sequence[Any] = run(connection, select_in_sql(table, by, sqlite, columns), (bound,)).fetchall()
    return found


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
    values = collection.values_of(row)
    if all(values[i] is None for i in collection.json_places):
        return values
    bound = list(values)
    for i in collection.json_places:
        if bound[i] is not None:
            bound[i] = _encode(bound[i]).decode()
    return tuple(bound)


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
