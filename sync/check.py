"""Checks of a database at rest: what must be true of rows, log and digests; run after a restore."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection

from sync import digest
from sync.door import Door


def faults(connection: Connection, door: Door) -> list[str]:
    """Everything that does not fit, one sentence each; empty when all is well."""
    return [*_digests(connection, door), *_log(connection, door)]


def _digests(connection: Connection, door: Door) -> Iterator[str]:
    sums: dict[str, int] = {}
    for collection in door.registry.values():
        rows = connection.exec_driver_sql(f'SELECT id, scope, rev, deleted FROM "{collection.table.name}"')
        for record_id, scope, rev, deleted in rows:
            if not deleted:
                sums[scope] = digest.add(sums.get(scope, 0), digest.record_hash(collection.name, record_id, rev))
    stored = connection.exec_driver_sql(f'SELECT name, digest FROM "{door.tables.scope.name}"')
    for name, value in stored:
        if sums.pop(name, 0) != value:
            yield f"scope {name}: the digest does not fit its rows"
    for name in sums:
        yield f"scope {name}: rows without a scope row"


def _log(connection: Connection, door: Door) -> Iterator[str]:
    change, scope = door.tables.change.name, door.tables.scope.name
    ahead = connection.exec_driver_sql(
        f'SELECT s.name FROM "{scope}" s WHERE s.seq < (SELECT max(c.seq) FROM "{change}" c WHERE c.scope_no = s.no)'
    )
    for (name,) in ahead:
        yield f"scope {name}: the log is ahead of its sequence"
