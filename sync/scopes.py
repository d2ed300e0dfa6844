"""Scope rows: taken first, held to commit, so that commit order = seq order within a scope [S1]."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from sync import digest
from sync.statements import marker, run, scalar
from sync.tables import Tables


class Unmade(Exception):
    """A scope that has no row yet is to be written in by somebody who may only read."""


@dataclass(slots=True)
class ScopeRow:
    """A scope while its row is held: `seq` and `digest` are counted up in memory and stored at the end of the batch.

    `seen` is its `seq` as it was read.
    """

    no: int
    name: str
    seq: int
    digest: int
    dirty: bool = False
    seen: int = 0

    def __post_init__(self) -> None:
        self.seen = self.seq

    def next_seq(self) -> int:
        """The sequence number of the next line of this scope."""
        self.seq += 1
        self.dirty = True
        return self.seq

    def count(self, collection: str, record_id: str, rev: int, sign: int) -> None:
        """Take a live record's revision into the digest (`sign` 1) or out of it (-1)."""
        self.digest = digest.add(self.digest, sign * digest.record_hash(collection, record_id, rev))
        self.dirty = True


def lock(connection: Connection, tables: Tables, names: Iterable[str], *, make: bool = True) -> dict[str, ScopeRow]:
    """Take the rows of these scopes in the order of their names (so that two writers never wait crosswise), making new ones.

    With `make` false the ones that have no row are left out.
    """
    wanted = sorted(set(names))
    if not wanted:
        return {}
    held = _select(connection, tables, wanted)
    if make and len(held) < len(wanted):
        mark = marker(connection.dialect)
        run(
            connection,
            f'INSERT INTO "{tables.scope.name}" (name, seq, digest, kept_from) VALUES ({mark}, 0, 0, 0)'
            " ON CONFLICT (name) DO NOTHING",
            [(name,) for name in wanted if name not in held],
        )
        held = _select(connection, tables, wanted)
    return held


def _select(connection: Connection, tables: Tables, wanted: list[str]) -> dict[str, ScopeRow]:
    sqlite = connection.dialect.name == "sqlite"
    mark = marker(connection.dialect)
    rows = run(
        connection,
        f'SELECT no, name, seq, digest FROM "{tables.scope.name}" WHERE name IN ({", ".join([mark] * len(wanted))})'
        # SQLite has one writer at a time; elsewhere the row lock is what orders the writers of a scope.
        + ("" if sqlite else " ORDER BY name FOR UPDATE"),
        tuple(wanted),
    )
    return {row[1]: ScopeRow(*row) for row in rows}


def unmoved(connection: Connection, tables: Tables, held: dict[str, ScopeRow]) -> bool:
    """Whether nobody has written in these scopes since they were read; takes their rows."""
    now = _select(connection, tables, sorted(held)) if held else {}
    return all(name in now and now[name].seq == row.seen for name, row in held.items())


def store(connection: Connection, tables: Tables, held: Iterable[ScopeRow]) -> None:
    """Write back the scopes that moved."""
    moved = [(row.seq, row.digest, row.no) for row in held if row.dirty]
    if moved:
        mark = marker(connection.dialect)
        run(
            connection,
            f'UPDATE "{tables.scope.name}" SET seq = {mark}, digest = {mark} WHERE no = {mark}',
            moved,
        )


def changed_unseen(
    connection: Connection, tables: Tables, scope: ScopeRow, row: dict[str, Any], mutation: Any, author: Any
) -> bool:
    """Whether somebody, or the author on another device, has changed the row since the revision that this device saw.

    Its own earlier changes raise the revision too: a lone device never collides with itself.
    """
    if row["rev"] <= mutation.base_rev:
        return False
    if row["changed_by"] != author.id:
        return True
    mark = marker(connection.dialect)
    sql = (
        f'SELECT 1 FROM "{tables.change.name}" WHERE scope_no = {mark} AND record_id = {mark} AND rev > {mark}'
        f" AND (client_id IS NULL OR client_id <> {mark}) LIMIT 1"
    )
    return scalar(connection, sql, (scope.no, row["id"], mutation.base_rev, author.client_id)) is not None
