"""The one door: every write to a synced record goes through `Door.write`."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import suppress

from sqlalchemy import Connection, MetaData

from sync.batch import Batch
from sync.collections import Refused, Registry
from sync.flush import flush, form
from sync.scopes import Unmade
from sync.step import Author, Hook
from sync.tables import Tables
from sync.wire import Mutation, Outcome

log = logging.getLogger(__name__)


class Door:
    """The registry of collections, the door's own tables, and what else happens in the same transaction (`hooks`)."""

    def __init__(self, registry: Registry, metadata: MetaData, hooks: Sequence[Hook] = ()) -> None:
        self.registry = registry
        self.tables = Tables(metadata)
        self.hooks = tuple(hooks)

    def write(
        self,
        connection: Connection,
        mutations: Sequence[Mutation],
        author: Author,
        now: int,
        scopes: Sequence[str] = (),
    ) -> list[Outcome]:
        """Apply `mutations` in order within the caller's write transaction; one outcome each, in the same order.

        `now` is the server's clock in ms. `scopes` names scopes that new records are forced into. A refused mutation
        comes back as `parked` with its code; whether it is also kept for a person is the caller's business.
        """
        batch = Batch(connection, self.registry, self.tables, author, now, self.hooks)
        batch.load(mutations, scopes)
        outcomes = [self.apply(batch, mutation) for mutation in mutations]
        flush(batch)
        return outcomes

    def work_out(
        self, connection: Connection, mutations: Sequence[Mutation], author: Author, now: int
    ) -> tuple[Batch, list[Outcome]]:
        """`write`, but for the writing, in a transaction that only reads; for `Batch.still_true` and `flush` in the turn to write.

        Raises `Unmade` when a scope must be made first.
        """
        batch = Batch(connection, self.registry, self.tables, author, now, self.hooks, ahead=True)
        batch.load(mutations)
        outcomes = [self.apply(batch, mutation) for mutation in mutations]
        form(batch)
        return batch, outcomes

    def apply(self, batch: Batch, mutation: Mutation) -> Outcome:
        """One mutation of a loaded batch; whatever goes wrong with it is its own outcome [P5]."""
        try:
            return batch.apply(mutation)
        except Refused as refused:
            for extra in refused.also:
                with suppress(Refused):
                    # What cannot even be kept as a comment (a reason too long) is kept whole among the parked.
                    batch.apply(extra, Author(batch.author.id, batch.author.kind, batch.author.name, trusted=True))
            return Outcome(mutation.mid, "parked", code=refused.code, detail=refused.detail)
        except Unmade:
            raise
        except Exception:
            if batch.author.trusted:
                raise
            # A fault of ours in one record must not hold back the others on that phone.
            log.exception("mutation failed", extra={"collection": mutation.collection, "op": mutation.op})
            return Outcome(mutation.mid, "parked", code="internal_error")

    def move(
        self, connection: Connection, collection: str, record_id: str, scope: str, author: Author, now: int
    ) -> None:
        """Bring a record with its children into another scope [S2]."""
        batch = Batch(connection, self.registry, self.tables, author, now, self.hooks)
        mutation = Mutation(mid=0, uuid="", collection=collection, id=record_id)
        batch.load([mutation], [scope])
        row = batch.row(collection, record_id)
        if row is None:
            raise Refused("unknown_record")
        batch.move(self.registry[collection], row, scope, mutation)
        flush(batch)
