"""A finished batch becomes rows: each table is written once."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from sync import scopes
from sync.batch import Batch
from sync.statements import from_row, insert_sql, marker, run, upsert_sql


def form(batch: Batch) -> None:
    """Bring what is to be written into the driver's form: all that can be done before the batch has its turn."""
    rows: dict[tuple[str, bool], list[tuple[Any, ...]]] = defaultdict(list)
    for key, row in batch.dirty.items():
        rows[key[0], key in batch.stored].append(from_row(batch.registry[key[0]], row))
    batch.rows_to_write = rows
    _count_digests(batch)


def flush(batch: Batch) -> None:
    """Write each table once: rows, log, scopes; then the application's hooks, in the same transaction."""
    if batch.rows_to_write is None:
        form(batch)
    mark = marker(batch.connection.dialect)
    for (name, stored), values in (batch.rows_to_write or {}).items():
        # A new record never goes over one that somebody made meanwhile: the table refuses, and the batch is worked out anew.
        sql = upsert_sql if stored else insert_sql
        run(batch.connection, sql(batch.registry[name].table, mark), values)
    if batch.lines:
        run(batch.connection, insert_sql(batch.tables.change, mark), batch.lines)
    scopes.store(batch.connection, batch.tables, batch.held.values())
    for hook in batch.hooks:
        hook(batch.connection, batch.steps)
    # Steps know their batch: without this, nothing of it would be let go before the collector's next round.
    batch.steps = []


def _count_digests(batch: Batch) -> None:
    for (name, record_id), row in batch.dirty.items():
        was = batch.stored.get((name, record_id))
        if was and not was[2]:
            batch.scope(was[0]).count(name, record_id, was[1], -1)
        if not row["deleted"]:
            batch.scope(row["scope"]).count(name, record_id, row["rev"], 1)
