"""A phone that speaks the wire: outbox and base apart, as the PWA keeps them. Tests drive it by hand."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

from flask.testing import FlaskClient

from app.ids import new_id
from app.synced import REGISTRY
from sync.collections import Policy

Record = dict[str, Any]


class Lost(Exception):
    """The network swallowed the request or the reply."""


@dataclass
class Phone:
    """One device of one person. `now` is its own clock in ms; the server must not care."""

    client: FlaskClient
    client_id: str
    person_id: str
    now: int = 1_764_000_000_000
    base: dict[tuple[str, str], Record] = field(default_factory=dict)
    outbox: dict[int, Record] = field(default_factory=dict)
    acked: dict[int, Record] = field(default_factory=dict)
    results: dict[int, Record] = field(default_factory=dict)
    cursors: dict[str, int] = field(default_factory=dict)
    # Scopes whose base rows go when the first answer from cursor 0 arrives.
    anew: set[str] = field(default_factory=set)
    epoch: str | None = None
    next_mid: int = 1
    app_version: str = "1.0.0"
    schema: int = 1

    # What a person does

    def create(self, collection: str, values: Record, *, id: str | None = None) -> str:
        """A new record, in the outbox at once; returns its id."""
        record_id = id or new_id()
        changes = {}
        for name, value in values.items():
            union = REGISTRY[collection].policies.get(name) is Policy.UNION
            changes[name] = {"op": "delta", "add": value} if union else {"to": value}
        op = "event" if REGISTRY[collection].append_only else "create"
        self._queue(collection, record_id, op, changes, base_rev=0)
        return record_id

    def patch(self, collection: str, record_id: str, values: Record, *, settles: list[str] | None = None) -> int:
        """New values for a record; `from` is what the screen shows."""
        seen = self.view(collection, record_id) or {}
        changes: Record = {}
        for name, value in values.items():
            if isinstance(value, dict) and "op" in value:
                changes[name] = value
            elif REGISTRY[collection].policies.get(name) is Policy.STATUS:
                changes[name] = {"op": "step", "from": seen.get(name), "to": value}
            else:
                changes[name] = {"from": seen.get(name), "to": value}
        rev = self.base.get((collection, record_id), {}).get("rev", 0)
        return self._queue(collection, record_id, "patch", changes, base_rev=rev, settles=settles or [])

    def delete(self, collection: str, record_id: str) -> int:
        """Delete a record."""
        rev = self.base.get((collection, record_id), {}).get("rev", 0)
        return self._queue(collection, record_id, "delete", {}, base_rev=rev)

    def _queue(self, collection: str, record_id: str, op: str, changes: Record, **more: Any) -> int:
        mid = self.next_mid
        self.next_mid += 1
        mutation = {"mid": mid, "uuid": new_id(), "collection": collection, "id": record_id, "op": op, "v": 1}
        self.outbox[mid] = {**mutation, "changes": changes, "occurred_at": self.now, **more}
        return mid

    # What the screen shows

    def view(self, collection: str, record_id: str) -> Record | None:
        """fold(base, outbox): the server's row with the phone's own pending mutations on top."""
        row: Record | None = dict(self.base[collection, record_id]) if (collection, record_id) in self.base else None
        for mid in sorted(self.outbox):
            mutation = self.outbox[mid]
            if (mutation["collection"], mutation["id"]) != (collection, record_id):
                continue
            if self.results.get(mid, {}).get("outcome") == "parked":
                continue
            if mutation["op"] == "delete":
                row = None
                continue
            row = {"id": record_id} if row is None else row
            for name, change in mutation["changes"].items():
                row[name] = _folded(row.get(name), change)
        return row

    # What the network does

    def push(self, *, lose_request: bool = False, lose_reply: bool = False, limit: int = 200) -> Record | None:
        """Send what waits. `lose_reply`: the server did it and the phone never hears."""
        batch = [self.outbox[mid] for mid in sorted(self.outbox) if mid not in self.acked][:limit]
        if not batch or lose_request:
            return None
        reply = self.post("/sync/push", self.push_body(batch))
        if lose_reply:
            return None
        body = reply.get_json()
        if reply.status_code == 409:
            self._go_back(body["expected_mid"])
        elif reply.status_code == 200:
            self._read_results(body["results"])
        return body

    def _ask(self, limit: int) -> Record:
        ask = {"client_id": self.client_id, "epoch": self.epoch, "cursors": self.cursors, "limit": limit}
        return ask | {"acked_mid": max(self.acked, default=0), "pending": len(self.outbox)}

    def push_body(self, batch: list[Record]) -> Record:
        """The body of a push of these mutations."""
        meta = {"client_id": self.client_id, "app_version": self.app_version, "schema": self.schema}
        return {**meta, "epoch": self.epoch, "clock": self.now, "mutations": batch}

    def post(self, path: str, body: Any) -> Any:
        """POST some JSON with the phone's cookie."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.client.post(path, data=data, content_type="application/json", headers={"X-Doorstep": "1"})

    def pull(self, *, limit: int = 1000, pages: int | None = None, lose_reply: bool = False) -> Record | None:
        """Ask until nothing is missing (or for `pages` pages)."""
        body: Record | None = None
        while pages is None or pages > 0:
            reply = self.post("/sync/pull", self._ask(limit))
            if lose_reply:
                return None
            body = reply.get_json()
            if reply.status_code == 403 and body["error"] == "device_revoked":
                self._hand_in()
                return body
            if reply.status_code != 200:
                return body
            self._apply(body)
            if not any(part["more"] for part in body["feed"]):
                break
            pages = pages - 1 if pages is not None else None
        return body

    def _hand_in(self) -> None:
        """Out of service: an empty push tells whether the server lost what this phone handed in."""
        reply = self.post("/sync/push", self.push_body([]))
        if reply.status_code == 200 and self.epoch not in (None, reply.get_json()["epoch"]):
            self._go_back(reply.get_json()["last_mid"] + 1)
            self.epoch = reply.get_json()["epoch"]

    def both(self) -> Any:
        """Everything that waits and a pull, in one round trip; the reply."""
        batch = [self.outbox[mid] for mid in sorted(self.outbox) if mid not in self.acked][:200]
        body = {"push": self.push_body(batch) if batch else None, "pull": self._ask(1000)}
        reply = self.post("/sync", body)
        parts = reply.get_json()
        if parts.get("push") and "results" in parts["push"]:
            self._read_results(parts["push"]["results"])
        if parts.get("pull"):
            self._apply(parts["pull"])
        return reply

    def sync(self) -> None:
        """Push everything, then pull."""
        while any(mid not in self.acked for mid in self.outbox):
            before = len(self.acked)
            self.push()
            if len(self.acked) == before:
                break
        self.pull()

    def _go_back(self, expected: int) -> None:
        """Offer again from `expected` on, also what had left the outbox."""
        self.outbox |= {mid: m for mid, m in self.acked.items() if mid >= expected}
        self.acked = {mid: m for mid, m in self.acked.items() if mid < expected}
        self.results = {mid: r for mid, r in self.results.items() if mid < expected}

    def _read_results(self, results: list[Record]) -> None:
        for outcome in results:
            self.results[outcome["mid"]] = outcome
            if outcome["mid"] in self.outbox:
                self.acked[outcome["mid"]] = self.outbox[outcome["mid"]]

    def _apply(self, body: Record) -> None:
        if self.epoch not in (None, body["epoch"]):
            # Restored from a backup: read everything again, and offer again what the server may lack.
            self.anew, self.cursors = self.anew | set(self.cursors), {}
            self._go_back(body["last_mid"] + 1)
            self.epoch = body["epoch"]
            return
        self.epoch = body["epoch"]
        self.cursors = {s: seq for s, seq in self.cursors.items() if s in body["head"]}
        self.base = {k: r for k, r in self.base.items() if r["scope"] in body["head"]}
        for part in body["feed"]:
            self._apply_feed(part)
        for emptied in self.anew:
            self._drop_base(emptied)
        self.anew = set()
        self._read_results(body["results"])
        self._drop_covered(body)

    def _apply_feed(self, part: Record) -> None:
        if part["reset"] or part["scope"] in self.anew:
            self._drop_base(part["scope"])
            self.anew.discard(part["scope"])
        for entry in part["entries"]:
            if entry["kind"] == "put":
                assert entry["record"]["scope"] == part["scope"], "a record of another scope came along"
                self.base[entry["collection"], entry["record"]["id"]] = entry["record"]
                continue
            there = self.base.get((entry["collection"], entry["id"]))
            if there and there["scope"] == part["scope"]:
                del self.base[entry["collection"], entry["id"]]
        self.cursors[part["scope"]] = part["cursor"]
        if part.get("digest") and part["digest"] != self.digest(part["scope"]):
            raise AssertionError(f"digest of {part['scope']} differs")

    def _drop_base(self, scope: str) -> None:
        self.base = {k: r for k, r in self.base.items() if r["scope"] != scope}

    def _drop_covered(self, body: Record) -> None:
        for mid, outcome in self.results.items():
            if mid not in self.outbox or mid not in self.acked:
                continue
            scope = outcome.get("scope")
            covered = scope is None or scope not in body["head"] or self.cursors.get(scope, 0) >= outcome["seq"]
            if covered:
                del self.outbox[mid]

    def digest(self, scope: str) -> str:
        """The sum of the hashes of this phone's base rows of a scope."""
        total = 0
        for (collection, record_id), record in self.base.items():
            if record["scope"] == scope:
                text = f"{collection}/{record_id}/{record['rev']}".encode()
                total += int.from_bytes(hashlib.sha256(text).digest()[:8], "big")
        return f"{total & (2**64 - 1):016x}"


def _folded(current: Any, change: Record) -> Any:
    op = change.get("op", "set")
    if op == "delta":
        kept = [e for e in current or [] if e not in change.get("remove", [])]
        return kept + [e for e in change.get("add", []) if e not in kept]
    if op == "inc":
        return (current or 0) + change["by"]
    return change.get("to")
