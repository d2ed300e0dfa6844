"""What must hold after any history of phones, people and faults: the invariants of `sync/README.md`, checked from outside.

The journal is written by the phones' side only; it never asks the server what it thinks it did.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.database import reading
from app.domain import service_requests as life
from app.ids import now_ms
from app.synced import DOOR, REGISTRY
from sync import digest
from sync.pull import pull
from sync.statements import to_row
from sync.wire import Pull
from tests.devices import Phone, Record


@dataclass
class Journal:
    """Every mutation that any phone ever made, by uuid, and what phones were told became of it."""

    mutations: dict[str, Record] = field(default_factory=dict)
    outcomes: dict[str, Record] = field(default_factory=dict)
    blind: set[str] = field(default_factory=set)
    # A restored server counts revisions anew: who had seen what can no longer be told from them.
    restored: bool = False
    began: int = field(default_factory=now_ms)

    def note(self, phone: Phone) -> None:
        """Take down what the phone holds."""
        for mutation in [*phone.outbox.values(), *phone.acked.values()]:
            self.mutations.setdefault(mutation["uuid"], mutation)
            outcome = phone.results.get(mutation["mid"])
            if outcome is not None:
                self.outcomes[mutation["uuid"]] = outcome

    def applied(self) -> list[Record]:
        """Mutations whose phones were told that they are in."""
        return [m for u, m in self.mutations.items() if self.outcomes.get(u, {}).get("outcome") not in (None, "parked")]


def rows(session: Session, collection: str) -> dict[str, Record]:
    """All live rows of a collection by id."""
    table = REGISTRY[collection]
    columns = ", ".join(f'"{c}"' for c in table.columns)
    found = session.connection().exec_driver_sql(f'SELECT {columns} FROM "{collection}"')
    return {row["id"]: row for row in (to_row(table, values) for values in found) if not row["deleted"]}


def check_everything(phones: list[Phone], journal: Journal) -> None:
    """All invariants that can be seen when the network is quiet."""
    with reading() as session:
        state = {name: rows(session, name) for name in REGISTRY}
        parked = "".join(r[0] for r in session.execute(text("SELECT body FROM sync_parked")))
        check_convergence(phones, state)
        check_outcomes(phones, journal)
        check_exactly_once(journal, state, session)
        check_counters(journal, state)
        check_sets(journal, state)
        check_values_kept(journal, state, parked)
        check_words_kept(journal, state, parked)
        check_status_paths(state, session)
        check_log_replays(session, state)
        check_clocks(journal, state)


def check_clocks(journal: Journal, state: dict[str, dict[str, Record]]) -> None:
    """16: whatever the phones' clocks say, the server dates by its own."""
    for collection in ("visit", "service_request_event"):
        assert all(row["received_at"] >= journal.began for row in state[collection].values())


def check_convergence(phones: list[Phone], state: dict[str, dict[str, Record]]) -> None:
    """1 and 10: every phone holds exactly the rows of its scopes, as the server has them."""
    for phone in phones:
        scopes = set(phone.cursors)
        expected = {
            (name, i): row["rev"] for name, found in state.items() for i, row in found.items() if row["scope"] in scopes
        }
        assert {key: row["rev"] for key, row in phone.base.items()} == expected


def check_outcomes(phones: list[Phone], journal: Journal) -> None:
    """3: every mutation has one outcome, and its author's phone knows it."""
    for phone in phones:
        assert not phone.outbox, f"still waiting: {phone.outbox}"
    missing = set(journal.mutations) - set(journal.outcomes)
    assert not missing, f"no outcome: {[journal.mutations[u] for u in missing]}"
    words = {o["outcome"] for o in journal.outcomes.values()}
    assert words <= {"applied", "merged", "conflict", "parked"}


def check_exactly_once(journal: Journal, state: dict[str, dict[str, Record]], session: Session) -> None:
    """2: what was acknowledged is there, what was not attempted is not, and no mutation was written twice."""
    twice = session.execute(
        text("SELECT client_id, mid FROM sync_change WHERE mid IS NOT NULL GROUP BY client_id, mid HAVING count(*) > 1")
    )
    assert not twice.all()
    made = {(m["collection"], m["id"]) for m in journal.applied() if m["op"] in ("create", "event")}
    tried = {(m["collection"], m["id"]) for m in journal.mutations.values()}
    for collection in ("visit", "service_request", "diary"):
        there = {(collection, i) for i in state[collection]}
        assert {key for key in made if key[0] == collection} <= there
        assert there <= tried
    for event in state["service_request_event"].values():
        assert event["kind"] in ("status", "illegal_step") or ("service_request_event", event["id"]) in tried


def check_counters(journal: Journal, state: dict[str, dict[str, Record]]) -> None:
    """12: a counter is the sum of what was applied."""
    total: Counter[str] = Counter()
    for mutation in journal.applied():
        change = mutation["changes"].get("refusals")
        if change and change.get("op") == "inc":
            total[mutation["id"]] += change["by"]
    for place_id, row in state["place"].items():
        assert (row["refusals"] or 0) == total[place_id]


def check_sets(journal: Journal, state: dict[str, dict[str, Record]]) -> None:
    """12: an element that was added, and that nobody who saw it removed, is there; one that nobody added is not."""
    added: dict[str, set[str]] = {}
    removed: dict[str, set[str]] = {}
    for mutation in journal.applied():
        change = mutation["changes"].get("tags") or {}
        added.setdefault(mutation["id"], set()).update(change.get("add", []))
        if journal.restored or mutation["uuid"] not in journal.blind:
            removed.setdefault(mutation["id"], set()).update(change.get("remove", []))
    for place_id, row in state["place"].items():
        tags = row["tags"] or []
        assert len(tags) == len(set(tags))
        ever = added.get(place_id, set())
        assert ever - removed.get(place_id, set()) <= set(tags) <= ever


def check_values_kept(journal: Journal, state: dict[str, dict[str, Record]], parked: str) -> None:
    """4: a value is current, or was seen by a later edit, or stands in conflict or parked."""
    seen = {
        json.dumps([m["collection"], m["id"], name, change.get("from")])
        for m in journal.mutations.values()
        for name, change in m["changes"].items()
    }
    for mutation in journal.mutations.values():
        for name in ("address", "hardship", "outcome"):
            if name not in mutation["changes"] or mutation["changes"][name].get("to") is None:
                continue
            value = mutation["changes"][name]["to"]
            row = state[mutation["collection"]].get(mutation["id"]) or {}
            kept = any(e["field"] == name and e["value"] == value for e in row.get("conflict") or [])
            key = json.dumps([mutation["collection"], mutation["id"], name, value])
            assert row.get(name) == value or kept or key in seen or mutation["uuid"] in parked, (name, value, row)


def check_words_kept(journal: Journal, state: dict[str, dict[str, Record]], parked: str) -> None:
    """5: a sentence is in the text, or somebody who read it took it out, or it stands in conflict or parked."""
    for mutation in journal.mutations.values():
        change = mutation["changes"].get("text")
        if mutation["collection"] != "diary" or not change:
            continue
        mine = set(sentences(change["to"])) - set(sentences(change.get("from") or ""))
        row = state["diary"].get(mutation["id"]) or {}
        here = row.get("text") or ""
        kept = " ".join(str(e["value"]) for e in row.get("conflict") or [] if e["field"] == "text")
        for sentence in mine:
            taken_out = any(
                sentence in (m["changes"]["text"].get("from") or "") and sentence not in m["changes"]["text"]["to"]
                for m in journal.mutations.values()
                if m["id"] == mutation["id"] and "text" in m["changes"]
            )
            assert sentence in here or sentence in kept or taken_out or mutation["uuid"] in parked, sentence


def sentences(value: str) -> list[str]:
    """The sentences of a diary of these tests, which all end in 。"""
    return [s + "。" for s in value.split("。") if s]


def check_status_paths(state: dict[str, dict[str, Record]], session: Session) -> None:
    """13: a request's history is a path of the table, and there is one forwarding for each number."""
    edges = {(source, s.to) for s in life.STEPS for source in s.sources}
    for request_id, row in state["service_request"].items():
        events = [
            e
            for e in state["service_request_event"].values()
            if e["service_request_id"] == request_id and e["kind"] == "status"
        ]
        events.sort(key=lambda e: (e["received_at"], e["id"]))
        assert events[0]["to_status"] == "recorded"
        for before, after in pairwise(events):
            assert after["from_status"] == before["to_status"]
            assert (after["from_status"], after["to_status"]) in edges
        assert events[-1]["to_status"] == row["status"]
    doubled = session.execute(
        text("SELECT service_request_id FROM forwarding GROUP BY service_request_id, forward_no HAVING count(*) > 1")
    ).all()
    assert not doubled


def check_log_replays(session: Session, state: dict[str, dict[str, Record]]) -> None:
    """9, 15 and 22: the log read from the beginning gives the rows that stand there, and each scope's digest."""
    names = {row[0]: row[1] for row in session.execute(text("SELECT no, name FROM sync_scope"))}
    replayed: dict[str, dict[tuple[str, str], dict[str, Any]]] = {name: {} for name in names.values()}
    lines = session.execute(
        text("SELECT scope_no, seq, kind, collection, record_id, rev, changes FROM sync_change ORDER BY scope_no, seq")
    )
    for scope_no, _seq, kind, collection, record_id, rev, changes in lines:
        base = replayed[names[scope_no]]
        if kind == "put":
            base.setdefault((collection, record_id), {}).update(json.loads(changes or "{}"), rev=rev)
        else:
            base.pop((collection, record_id), None)
    for scope_no, stored in session.execute(text("SELECT no, digest FROM sync_scope")):
        total = 0
        for (collection, record_id), row in replayed[names[scope_no]].items():
            total = digest.add(total, digest.record_hash(collection, record_id, row["rev"]))
            current = state[collection][record_id]
            assert current["rev"] == row["rev"]
            assert current["scope"] == names[scope_no]
        assert digest.as_hex(total) == digest.as_hex(stored), names[scope_no]


def full_pull(session: Session, scopes: frozenset[str]) -> Any:
    """What a new phone with these scopes would get."""
    return pull(session.connection(), DOOR, Pull("00000000-new-phone"), scopes, 0)
