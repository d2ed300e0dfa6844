"""A request's clocks at the door: each step and mark of a batch is added to its history, and its due dates follow."""

from __future__ import annotations

from typing import Any

from app.domain.deadline_rules import MARKS
from app.due_dates import due_dates
from app.record_rules import server_patch
from sync.collections import Row
from sync.step import Step
from sync.wire import Change

_HEARD = ("status", *sorted(MARKS))


def set_due_dates(step: Step, *reached: str) -> None:
    """A request has reached these statuses, or its way of handling was changed (none): its due dates follow."""
    for field, value in _weighed(step, step.after, reached, new=step.created).items():
        step.set(field, value)


def hear(step: Step, request: Row) -> None:
    """An event that clocks listen to was added to `request`: its due dates follow."""
    due = _weighed(step, request, (step.after["kind"],), new=False)
    changes = {field: Change(to=value) for field, value in due.items() if request[field] != value}
    if changes:
        step.then(server_patch("service_request", request["id"], changes), "system")


def _weighed(step: Step, request: Row, reached: tuple[str, ...], *, new: bool) -> dict[str, Any]:
    key = f"history {request['id']}"
    history = step.batch.notes.get(key)
    if history is None:
        history = step.batch.notes[key] = [] if new else _history(step, request["id"])
    history.extend((word, step.now) for word in reached)
    return due_dates(history, request["recorded_at"], request["way"], request["unit_term_at"])


def _history(step: Step, request_id: str) -> list[tuple[str, int]]:
    rows = step.select(
        "SELECT kind, to_status, received_at, public FROM service_request_event"
        f" WHERE service_request_id = ? AND kind IN ({', '.join('?' * len(_HEARD))}) ORDER BY received_at, id",
        (request_id, *_HEARD),
    )
    return [(to if kind == "status" else kind, at) for kind, to, at, public in rows if kind != "progress" or public]
