"""ORM rows read and changed before the turn to write, and written in it as they are if nobody has touched them meanwhile.

For SQLite, where everybody waits for whoever has the turn: what a unit of work costs in Python is spent before it.
`sync.batch` does the same for synced records.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import Connection, Dialect, Table, event, inspect
from sqlalchemy.orm import InstanceState, Session

from sync.statements import insert_sql, marker, run, scalar

# Rows compared in one statement: with other threads about, each statement costs a wait for the interpreter.
_AT_ONCE = 20

_Bind = Callable[[Any], Any] | None


class NeedsTurn(Exception):
    """This work rests on something that only a write transaction keeps still."""


class _Form(NamedTuple):
    """How a mapped table is written; `binds` by column, the keys first."""

    table: Table
    binds: Mapping[str, _Bind]
    keys: tuple[str, ...]
    unchanged: str


class Ahead:
    """What a session without autoflush reads, changes and adds from now on, until `form`; the session may end after that.

    Only rows that it reads as objects are watched, not values that were selected by themselves.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        # A session itself lets go of what nobody uses any more.
        self._read: list[Any] = []
        self._seen: list[tuple[str, tuple[Any, ...]]] = []
        self._to_write: list[tuple[str, tuple[Any, ...]]] = []
        event.listen(session, "loaded_as_persistent", lambda _session, row: self._read.append(row))

    def form(self) -> None:
        """Bring it into the driver's form. Raises `NeedsTurn` for deletions."""
        dialect = self._session.connection().dialect
        if self._session.deleted:
            raise NeedsTurn
        for read in map(inspect, self._read):
            form = _form(read.mapper.local_table, dialect)
            was_read = {**read.dict, **read.committed_state}
            self._seen.append((form.unchanged, tuple(_bound(form, name, was_read[name]) for name in form.binds)))
            changed = {k: read.dict[k] for k, was in read.committed_state.items() if read.dict[k] != was}
            if changed:
                bound = (*(_bound(form, k, v) for k, v in changed.items()), *(read.dict[k] for k in form.keys))
                self._to_write.append((_update(form, tuple(changed)), bound))
        for added in self._session.new:
            self._insert(inspect(added), dialect)
        # The session knows its listener, and the listener its rows.
        self._read.clear()

    def _insert(self, new: InstanceState[Any], dialect: Dialect) -> None:
        form = _form(new.mapper.local_table, dialect)
        values = {name: _first(form.table, name, new.dict) for name in form.binds}
        given = {name: value for name, value in values.items() if value is not None}
        sql = insert_sql(form.table, marker(dialect), tuple(given))
        self._to_write.append((sql, tuple(_bound(form, k, v) for k, v in given.items())))

    def __bool__(self) -> bool:
        return bool(self._to_write)

    def still_true(self, connection: Connection) -> bool:
        """Whether every row is as it was read."""
        for start in range(0, len(self._seen), _AT_ONCE):
            some = self._seen[start : start + _AT_ONCE]
            same = " AND ".join(f"EXISTS ({sql})" for sql, _ in some)
            if not scalar(connection, f"SELECT {same}", tuple(value for _, values in some for value in values)):
                return False
        return True

    def write(self, connection: Connection) -> None:
        """Write what was changed and added, in the caller's write transaction."""
        for sql, values in self._to_write:
            run(connection, sql, values)


@lru_cache(maxsize=64)
def _form(table: Table, dialect: Dialect) -> _Form:
    ordered = sorted(table.columns, key=lambda column: not column.primary_key)
    binds = {c.name: c.type.dialect_impl(dialect).bind_processor(dialect) for c in ordered}
    same = " AND ".join(f'"{name}" IS ?' for name in binds)
    keys = tuple(c.name for c in ordered if c.primary_key)
    return _Form(table, binds, keys, f'SELECT 1 FROM "{table.name}" WHERE {same}')


def _bound(form: _Form, name: str, value: Any) -> Any:
    bind = form.binds[name]
    return bind(value) if bind else value


def _first(table: Table, name: str, given: dict[str, Any]) -> Any:
    default: Any = table.columns[name].default
    return given.get(name, default.arg if default is not None and default.is_scalar else None)


def _update(form: _Form, names: tuple[str, ...]) -> str:
    changes = ", ".join(f'"{name}" = ?' for name in names)
    keys = " AND ".join(f'"{name}" = ?' for name in form.keys)
    return f'UPDATE "{form.table.name}" SET {changes} WHERE {keys}'
