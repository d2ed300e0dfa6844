"""Deliberate faults: each breaks one promise of the protocol, so that we know the property suite would notice."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any
from unittest.mock import patch

import app.api.sync as endpoint
from sync import flush, merge, parked, pull, push
from sync.batch import Batch
from sync.collections import Policy
from sync.statements import select_in, wire_record
from tests.devices import Phone, Record


@contextmanager
def _instead(owner: Any, name: str, make: Any) -> Iterator[None]:
    """`owner.name` replaced by `make(the original)`."""
    with patch.object(owner, name, make(getattr(owner, name))):
        yield


def no_receipts() -> AbstractContextManager[None]:
    """The server applies a repeated mutation once more."""

    def make(_original: Any) -> Any:
        def answer_again(connection: Any, door: Any, known: Any, author: Any, _batch: Any, now: int) -> Any:
            batch = Batch(connection, door.registry, door.tables, author, now, door.hooks)
            batch.load([m for m, _ in known])
            outcomes = [door.apply(batch, m) for m, _ in known]
            flush.flush(batch)
            return outcomes

        return answer_again

    return _instead(push, "_answer_again", make)


def a_gap_is_accepted() -> AbstractContextManager[None]:
    """The server takes a batch that does not follow on what it knows."""

    def make(original: Any) -> Any:
        def taken(connection: Any, door: Any, batch: Any, author: Any, now: int, **more: Any) -> Any:
            try:
                return original(connection, door, batch, author, now, **more)
            except push.Gap as gap:
                mark = "?" if connection.dialect.name == "sqlite" else "%s"
                first = min(m.mid for m, _ in batch.mutations if m.mid >= gap.expected_mid)
                connection.exec_driver_sql(
                    f"INSERT INTO sync_client (client_id, last_mid) VALUES ({mark}, {mark})"
                    " ON CONFLICT (client_id) DO UPDATE SET last_mid = excluded.last_mid",
                    (author.client_id, first - 1),
                )
                return original(connection, door, batch, author, now, **more)

        return taken

    return _instead(endpoint, "push", make)


def refused_work_is_dropped() -> AbstractContextManager[None]:
    """What the server refuses is not kept for a person."""
    return _instead(parked, "keep", lambda _original: lambda *_args: None)


def the_last_text_wins() -> AbstractContextManager[None]:
    """A diary is overwritten instead of merged."""

    def make(_original: Any) -> Any:
        def merge_texts(row: Record, name: str, _seen: Any, to: Any, result: Any) -> None:
            row[name] = result.changed[name] = to

        return merge_texts

    return _instead(merge, "_merge_texts", make)


@contextmanager
def whole_records_are_written() -> Iterator[None]:
    """The phone sends every field it shows, and the server writes them all as they come."""

    def sending(original: Any) -> Any:
        def patch_all(self: Phone, collection: str, record_id: str, values: Record, **more: Any) -> int:
            seen = self.view(collection, record_id) or {}
            shown = {n: seen.get(n) for n in ("address", "hardship", "note")} if collection == "place" else {}
            mid: int = original(self, collection, record_id, {**shown, **values}, **more)
            return mid

        return patch_all

    def writing(original: Any) -> Any:
        def take(
            collection: Any, row: Record, name: str, policy: Policy, change: Any, result: Any, trusted: bool
        ) -> None:
            if policy in (Policy.VALUE, Policy.ASK):
                row[name] = result.changed[name] = change.to
            else:
                original(collection, row, name, policy, change, result, trusted)

        return take

    with _instead(Phone, "patch", sending), _instead(merge, "_merge_value", writing):
        yield


def a_counter_is_set() -> AbstractContextManager[None]:
    """A count replaces the one before instead of adding to it."""

    def make(original: Any) -> Any:
        def merge_row(collection: Any, row: Record, mutation: Any, client_id: Any, *, trusted: bool) -> Any:
            result = original(collection, row, mutation, client_id, trusted=trusted)
            for name, change in mutation.changes.items():
                if change.op == "inc":
                    row[name] = result.changed[name] = change.by
            return result

        return merge_row

    return _instead(_batch(), "merge_row", make)


def a_removal_beats_an_addition() -> AbstractContextManager[None]:
    """A tag somebody takes off is gone, although somebody else put it on meanwhile."""

    def make(original: Any) -> Any:
        def merge_union(collection: Any, row: Record, name: str, change: Any, mutation: Any, *more: Any) -> None:
            row["adds"] = None
            original(collection, row, name, change, mutation, *more)

        return merge_union

    return _instead(merge, "_merge_union", make)


def no_exit_on_a_move() -> AbstractContextManager[None]:
    """A household that moves away is never taken from the old team's phones."""

    def make(original: Any) -> Any:
        def line(self: Batch, scope: Any, kind: str, *rest: Any) -> None:
            if kind != "exit":
                original(self, scope, kind, *rest)

        return line

    return _instead(Batch, "_line", make)


def the_digest_stays_behind() -> AbstractContextManager[None]:
    """A record that moves is not taken out of its old scope's digest."""

    def make(original: Any) -> Any:
        def count(batch: Batch) -> None:
            for key, row in batch.dirty.items():
                was = batch.stored.get(key)
                if was and was[0] != row["scope"]:
                    # As if it had been deleted there before.
                    batch.stored[key] = (was[0], was[1], True)
            original(batch)

        return count

    return _instead(flush, "_count_digests", make)


def rows_of_other_scopes_leak() -> AbstractContextManager[None]:
    """A page shows a record as it is now although it is no longer the reader's."""

    def make(_original: Any) -> Any:
        def rows(connection: Any, door: Any, _scope: str, lines: Any) -> Any:
            found = {}
            for name, record_id in lines:
                kind = door.registry[name]
                for values in select_in(connection, kind.table, "id", [record_id], kind.wire_fields):
                    found[name, record_id] = wire_record(kind, values)
            return found

        return rows

    return _instead(pull, "_rows", make)


def the_phones_clock_counts() -> AbstractContextManager[None]:
    """The server dates a step by what the phone claims."""

    def make(original: Any) -> Any:
        def apply(self: Batch, mutation: Any, author: Any) -> Any:
            received, self.now = self.now, mutation.occurred_at or self.now
            try:
                return original(self, mutation, author)
            finally:
                self.now = received

        return apply

    return _instead(Batch, "_apply", make)


def the_outbox_forgets_on_acknowledgement() -> AbstractContextManager[None]:
    """The phone drops a mutation when it is acknowledged, before a pull has brought the row."""

    def make(original: Any) -> Any:
        def read_results(self: Phone, results: list[Record]) -> None:
            original(self, results)
            self.outbox = {mid: m for mid, m in self.outbox.items() if mid not in self.acked}

        return read_results

    return _instead(Phone, "_read_results", make)


def the_cursor_is_stored_before_the_page() -> AbstractContextManager[None]:
    """The phone dies between the cursor and the rows of every page that is not the last."""

    def make(original: Any) -> Any:
        def apply_feed(self: Phone, part: Record) -> None:
            original(self, {**part, "entries": []} if part["more"] else part)

        return apply_feed

    return _instead(Phone, "_apply_feed", make)


def a_restored_server_empties_the_outbox() -> AbstractContextManager[None]:
    """A phone that must read everything again throws away what it has not delivered."""

    def make(original: Any) -> Any:
        def apply(self: Phone, body: Record) -> None:
            anew = self.epoch not in (None, body["epoch"])
            original(self, body)
            if anew:
                self.outbox = {}

        return apply

    return _instead(Phone, "_apply", make)


def acknowledged_work_is_not_offered_again() -> AbstractContextManager[None]:
    """After a restore the phone believes its old acknowledgements."""
    return _instead(Phone, "_go_back", lambda _original: lambda _self, _expected: None)


def _batch() -> Any:
    from sync import batch

    return batch
