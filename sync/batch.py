"""One batch of mutations in memory: the rows it touches, the scopes it holds, and what it will write."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection

from sync import scopes
from sync.collections import Collection, Refused, Registry, Row
from sync.grace import check_grace
from sync.merge import check_fields, first_values, merge_row
from sync.statements import encode_json, select_in, to_row
from sync.step import Author, Hook, Step
from sync.tables import Tables
from sync.wire import Mutation, Outcome, entry_uuid, is_id, short

log = logging.getLogger(__name__)


class Batch:
    """Applies mutations one after the other to rows in memory, then writes each table once."""

    def __init__(
        self,
        connection: Connection,
        registry: Registry,
        tables: Tables,
        author: Author,
        now: int,
        hooks: Sequence[Hook],
        *,
        ahead: bool = False,
    ) -> None:
        """`ahead`: `connection` may only read; the batch is worked out before its turn to write (`still_true`)."""
        self.ahead = ahead
        self.connection, self.registry, self.tables = connection, registry, tables
        self.author, self.now, self.hooks = author, now, hooks
        self.rows: dict[tuple[str, str], Row | None] = {}
        self.stored: dict[tuple[str, str], tuple[str, int, bool]] = {}
        self.dirty: dict[tuple[str, str], Row] = {}
        self.held: dict[str, scopes.ScopeRow] = {}
        self.lines: list[tuple[Any, ...]] = []
        self.steps: list[Step] = []
        # What `sync/flush.py` makes of it, once nothing more is applied.
        self.rows_to_write: dict[tuple[str, bool], list[tuple[Any, ...]]] | None = None
        # What rules remember from one mutation of the batch to the next.
        self.notes: dict[str, Any] = {}
        self._undo: list[tuple[tuple[str, str], Row | None, bool]] = []

    def load(self, mutations: Sequence[Mutation], explicit_scopes: Iterable[str] = ()) -> None:
        """Hold the scopes and read every row that the mutations name, with its parents: a few statements, whatever the number."""
        wanted: dict[str, set[str]] = defaultdict(set)
        for mutation in mutations:
            collection = self.registry.get(mutation.collection)
            if collection is None:
                continue
            wanted[collection.name].add(mutation.id)
            if collection.parent:
                change = mutation.changes.get(collection.parent[1])
                if change is not None and is_id(change.to):
                    wanted[collection.parent[0]].add(change.to)
        names = set(self.author.scopes) - {"all"} | set(explicit_scopes)
        if self.connection.dialect.name != "sqlite":
            # Elsewhere other writers are at work: learn the scopes, hold them, and only then read what is to be merged.
            names |= self._scopes_of(wanted)
            self.held = self._lock(names)
        self._read(wanted)
        names |= {row["scope"] for row in self.rows.values() if row}
        self.held |= self._lock(names - self.held.keys())

    def _scopes_of(self, wanted: dict[str, set[str]]) -> set[str]:
        found: set[str] = set()
        for name, ids in wanted.items():
            rows = select_in(self.connection, self.registry[name].table, "id", ids, ("scope",))
            found.update(row[0] for row in rows)
        return found

    def _read(self, wanted: dict[str, set[str]]) -> None:
        while wanted:
            parents: dict[str, set[str]] = defaultdict(set)
            for name, ids in wanted.items():
                collection = self.registry[name]
                for values in select_in(self.connection, collection.table, "id", ids):
                    row = self._keep(collection, values)
                    if collection.parent and row[collection.parent[1]]:
                        parents[collection.parent[0]].add(row[collection.parent[1]])
                for record_id in ids:
                    self.rows.setdefault((name, record_id), None)
            wanted = {n: {i for i in ids if (n, i) not in self.rows} for n, ids in parents.items()}
            wanted = {n: ids for n, ids in wanted.items() if ids}

    def _keep(self, collection: Collection, values: Sequence[Any]) -> Row:
        row = to_row(collection, values)
        key = (collection.name, row["id"])
        self.rows[key] = row
        self.stored[key] = (row["scope"], row["rev"], row["deleted"])
        return row

    def row(self, collection: str, record_id: str | None) -> Row | None:
        """A record by id; one that was not foreseen is read now."""
        if record_id is None:
            return None
        if (collection, record_id) not in self.rows:
            self._read({collection: {record_id}})
            if self.ahead:
                scopes_read = {row["scope"] for row in self.rows.values() if row}
                self.held |= self._lock(scopes_read - self.held.keys())
        return self.rows[collection, record_id]

    def scope(self, name: str) -> scopes.ScopeRow:
        """The held row of a scope."""
        if name not in self.held:
            self.held |= self._lock([name])
            if name not in self.held:
                raise scopes.Unmade
        return self.held[name]

    def _lock(self, names: Iterable[str]) -> dict[str, scopes.ScopeRow]:
        return scopes.lock(self.connection, self.tables, names, make=not self.ahead)

    def still_true(self, connection: Connection) -> bool:
        """Whether what was worked out ahead can be written as it is: nobody has written meanwhile in any scope of its rows.

        From here on the batch writes on `connection`. A new record whose id somebody took meanwhile in another scope is
        refused by the table itself.
        """
        self.connection = connection
        return scopes.unmoved(connection, self.tables, self.held)

    def apply(self, mutation: Mutation, author: Author | None = None) -> Outcome:
        """Apply one mutation with its consequences, or nothing of it: raises `Refused`, and the batch is as it was."""
        lines, steps = len(self.lines), len(self.steps)
        self._undo.clear()
        try:
            return self._apply(mutation, author or self.author)
        except Exception:
            del self.lines[lines:], self.steps[steps:]
            for key, row, was_dirty in reversed(self._undo):
                self.rows[key] = row
                if was_dirty and row is not None:
                    self.dirty[key] = row
                else:
                    self.dirty.pop(key, None)
            raise

    def _apply(self, mutation: Mutation, author: Author) -> Outcome:
        collection = self.registry.get(mutation.collection)
        if collection is None:
            raise Refused("unknown_collection", short(mutation.collection))
        check_fields(collection, mutation, trusted=author.trusted)
        before = self.row(collection.name, mutation.id)
        if mutation.op == "delete":
            return self._delete(collection, mutation, before, author)
        if before is None:
            if mutation.op == "patch":
                raise Refused("unknown_record")
            step = self._create(collection, mutation, author)
        else:
            step = self._merge(collection, mutation, before, author)
        collection.rule(step)
        for name in collection.required:
            if step.after[name] is None:
                raise Refused("missing_field", name)
        return self._take(step)

    def _create(self, collection: Collection, mutation: Mutation, author: Author) -> Step:
        after = first_values(collection, mutation)
        changed = {name: after[name] for name in mutation.changes if after[name] is not None}
        step = Step(self, collection, mutation, author, None, after, changed, self.now)
        after["scope"] = self._scope_of_new(step)
        return step

    def _scope_of_new(self, step: Step) -> str:
        collection, author = step.collection, step.author
        name = collection.scope(step) if collection.scope else None
        if name is None and collection.parent:
            parent = self.row(collection.parent[0], step.after[collection.parent[1]])
            if parent is None:
                raise Refused("missing_parent", collection.parent[1])
            name = parent["scope"]
            if not (author.trusted or name in author.scopes):
                check_grace(self, collection.parent[0], parent, author, adds_only=collection.append_only)
        elif not author.trusted and name not in author.scopes:
            raise Refused("forbidden")
        if name is None:
            raise Refused("forbidden")
        return name

    def _merge(self, collection: Collection, mutation: Mutation, before: Row, author: Author) -> Step:
        if not author.trusted:
            if before["scope"] not in author.scopes:
                check_grace(self, collection.name, before, author, adds_only=False)
            if collection.append_only and mutation.op == "patch":
                raise Refused("append_only")
        after = dict(before)
        merged = merge_row(collection, after, mutation, author.client_id, trusted=author.trusted)
        step = Step(self, collection, mutation, author, before, after, merged.changed, self.now, merged=merged)
        if before["deleted"]:
            # An edit beats a concurrent deletion; people see that it came back.
            after["deleted"] = False
            merged.kept.append({"field": "deleted", "value": True, "kind": "lost"})
            merged.changed["deleted"] = False
        return step

    def _take(self, step: Step) -> Outcome:
        """Make the step's row the current one and write its line of the log, if it changed anything."""
        collection, mutation, row = step.collection, step.mutation, step.after
        conflict = self._conflicts(step)
        scope = self.scope(row["scope"])
        if step.changed or step.created or conflict != (row["conflict"] or []):
            row["conflict"] = conflict or None
            row["rev"] += 1
            row["changed_by"] = step.author.id
            self._put(collection, row)
            self._line(scope, "put", collection, row, mutation, step.author, self._logged(step, conflict))
            self.steps.append(step)
        outcome = Outcome(mutation.mid, step.merged.outcome, scope=scope.name, seq=scope.seq)
        if outcome.outcome != "applied":
            outcome.fields = sorted({*step.merged.merged, *(entry["field"] for entry in step.merged.kept)})
        for mutation, kind in step.consequences:
            if mutation.op == "event":
                # Its id was made a moment ago: there is nothing to read.
                self.rows.setdefault((mutation.collection, mutation.id), None)
            self._apply(mutation, _server(step.author, kind))
        return outcome

    def _conflicts(self, step: Step) -> list[dict[str, Any]]:
        conflict: list[dict[str, Any]] = list(step.after["conflict"] or [])
        mutation = step.mutation
        if not (mutation.settles or step.merged.kept):
            return conflict
        if mutation.settles:
            fields = mutation.changes.keys()
            conflict = [
                e for e in conflict if e["uuid"] not in mutation.settles or (fields and e["field"] not in fields)
            ]
        for entry in step.merged.kept:
            # Of two values for one field the one kept aside is the newcomer's, but for `value`, where arrival wins.
            own = step.changed.get(entry["field"], entry) == entry["value"] or entry["field"] not in step.changed
            by = step.author.id if own else (step.before or {}).get("changed_by")
            stamp = {"by": by, "by_name": step.author.name if own else None, "at": self.now, "mid": mutation.mid}
            conflict.append({**entry, **stamp, "uuid": entry_uuid(mutation, entry["field"], entry["value"])})
        return conflict

    def _logged(self, step: Step, conflict: list[dict[str, Any]]) -> dict[str, Any]:
        sealed = step.collection.sealed
        changes = {n: v for n, v in step.changed.items() if n not in sealed} if sealed else dict(step.changed)
        if conflict or step.after["conflict"] != (step.before or {}).get("conflict"):
            changes["conflict"] = conflict
        return changes

    def _delete(self, collection: Collection, mutation: Mutation, row: Row | None, author: Author) -> Outcome:
        if row is None:
            raise Refused("unknown_record")
        if not collection.deletable:
            raise Refused("not_deletable")
        if not author.trusted and row["scope"] not in author.scopes:
            check_grace(self, collection.name, row, author, adds_only=False)
        scope = self.scope(row["scope"])
        if row["deleted"]:
            return Outcome(mutation.mid, "applied", scope=scope.name, seq=scope.seq)
        if not author.trusted and scopes.changed_unseen(self.connection, self.tables, scope, row, mutation, author):
            return Outcome(mutation.mid, "conflict", scope=scope.name, seq=scope.seq, fields=["deleted"])
        after = {**row, "deleted": True, "rev": row["rev"] + 1, "changed_by": author.id}
        self._put(collection, after)
        self._line(scope, "tombstone", collection, after, mutation, author, None)
        return Outcome(mutation.mid, "applied", scope=scope.name, seq=scope.seq)

    def move(self, collection: Collection, row: Row, scope: str, mutation: Mutation) -> None:
        """Bring a record and all its children into another scope: `exit` in the old one, `put` in the new one [S2]."""
        if row["scope"] == scope:
            return
        old, new = self.scope(row["scope"]), self.scope(scope)
        after = {**row, "scope": scope, "rev": row["rev"] + 1}
        self._put(collection, after)
        self._line(old, "exit", collection, after, mutation, self.author, None)
        kind = "tombstone" if after["deleted"] else "put"
        self._line(new, kind, collection, after, mutation, self.author, {"scope": scope})
        for child in self.registry.children_of(collection.name):
            parent_field = child.parent[1] if child.parent else ""
            for values in select_in(self.connection, child.table, parent_field, [row["id"]]):
                key = (child.name, values[child.columns.index("id")])
                child_row = self.rows.get(key) or self._keep(child, values)
                if child_row["scope"] == row["scope"]:
                    self.move(child, child_row, scope, mutation)

    def _put(self, collection: Collection, row: Row) -> None:
        key = (collection.name, row["id"])
        self._undo.append((key, self.rows.get(key), key in self.dirty))
        self.rows[key] = row
        self.dirty[key] = row

    def _line(
        self,
        scope: scopes.ScopeRow,
        kind: str,
        collection: Collection,
        row: Row,
        mutation: Mutation,
        author: Author,
        changes: dict[str, Any] | None,
    ) -> None:
        self.lines.append(
            (
                scope.no,
                scope.next_seq(),
                kind,
                collection.name,
                row["id"],
                row["rev"],
                author.id,
                author.client_id,
                mutation.mid or None,
                self.now,
                mutation.occurred_at,
                encode_json(changes) if changes else None,
            )
        )


def _server(author: Author, kind: str) -> Author:
    """The same person's consequence, written by the server."""
    return Author(author.id, kind, author.name, author.client_id, author.scopes, trusted=True)
