"""The rules of service requests at the door: a request is born with its first events and goes from state to state by the table only."""

from __future__ import annotations

from typing import Any

from app.domain import codes
from app.domain import service_requests as life
from app.due_dates import due_dates
from app.ids import new_id
from app.record_rules import day_on, server_patch
from app.request_notices import notice_of
from sync.batch import Step
from sync.collections import Refused
from sync.wire import Change, Mutation

# What a phone may add to a request's history; steps are written by the server when it takes them.
_EVENTS_OF_PEOPLE = ("comment", "call_attempt", "progress")


def service_request(step: Step) -> None:
    """A request is born with its first events, and goes from state to state by the table only."""
    if step.created:
        _record(step)
    elif "status" in step.changed:
        _take_step(step)
    if step.after["status"] == "to_be_forwarded" and "status" in step.changed:
        queue = server_patch("service_request", step.after["id"], {"status": Change(op="step", to="queued")})
        step.then(queue, "system")


def _record(step: Step) -> None:
    after, author = step.after, step.author
    if not (after["text"] or after["photos"] or after["title"]):
        raise Refused("missing_field", "text")
    imported = author.trusted and after["status"] is not None and after["source"] == "import"
    if after["status"] is None:
        step.set("status", life.initial_status(after["handling"]))
    if not imported:
        try:
            life.check_initial(after["status"], after["handling"], author.kind)  # type: ignore[arg-type]
        except life.IllegalStep as illegal:
            raise Refused("illegal_transition", illegal.code) from None
    defaults = {
        "recorded_at": step.now,
        "occurred_on": day_on(step.now),
        "source": "cadre",
        "forward_no": 1,
        "returns": 0,
    }
    for field, default in defaults.items():
        if after[field] is None:
            step.set(field, default)
    try:
        step.set("tracking_code", codes.check_tracking_code(after["tracking_code"] or ""))
    except codes.BadCode:
        step.set("tracking_code", codes.new_tracking_code())
    if after["cadre_id"] is None and author.kind == "cadre":
        step.set("cadre_id", author.id)
    where = step.row("place", after["place_id"])
    if where is not None and after["area_id"] is None:
        step.set("area_id", where["area_id"])
    path = life.initial_path(after["status"])
    _set_due_dates(step, *((status, after["recorded_at"]) for status in path))
    before = None
    for status in path:
        step.then(_status_event(step, before, status, Change()))
        before = status


def _take_step(step: Step) -> None:
    before, after = step.before or {}, step.after
    change = step.mutation.changes["status"]
    try:
        taken = life.check_step(
            before["status"],
            after["status"],
            step.author.kind,  # type: ignore[arg-type]
            _offered(step, change),
            forward_no=after["forward_no"] or 1,
        )
    except life.IllegalStep as illegal:
        kept = _status_event(step, before["status"], after["status"], change, kind="illegal_step")
        raise Refused("illegal_transition", illegal.code, also=[kept]) from None
    _stamp(step, after["status"])
    if taken.counts:
        step.set("forward_no", (after["forward_no"] or 1) + 1)
    _set_due_dates(step, (after["status"], step.now))
    step.then(_status_event(step, before["status"], after["status"], change, taken.name))
    notice = notice_of(after, change.text or change.reason, step.now)
    if notice is not None:
        step.then(notice, "system")


def _stamp(step: Step, status: str) -> None:
    """The three dates that must never be mixed: answered, agreed, closed; a reopened request has none of them again."""
    if status == "answered":
        step.set("answered_at", step.now)
    elif status == "agreed":
        step.set("agreed_at", step.now)
    elif status == "closed":
        step.set("closed_at", step.now)
    elif status == "returned":
        step.set("returns", (step.after["returns"] or 0) + 1)
    elif status == "reopened":
        for field in ("answered_at", "agreed_at", "closed_at"):
            step.set(field, None)


def _offered(step: Step, change: Change) -> life.Offered:
    evidence = frozenset(change.evidence)
    return life.Offered(
        reason=change.reason or "",
        text=change.text or step.after["answer"] or "",
        resident_agreement="resident_agreement" in evidence,
        attempts=_attempts(step) if step.after["status"] == "closed" else 0,
        signed_by_leader=step.author.kind in ("leader", "task_force"),
        platform_number=step.after["platform_number"] or "",
        other_request=step.after["merged_into"] or "",
    )


def _attempts(step: Step) -> int:
    """Recorded attempts to reach the resident since the last answer."""
    mark = "?" if step.batch.connection.dialect.name == "sqlite" else "%s"
    since = (step.before or {}).get("answered_at") or 0
    found = step.batch.connection.exec_driver_sql(
        f"SELECT count(*) FROM service_request_event WHERE service_request_id = {mark}"
        f" AND kind = 'call_attempt' AND received_at >= {mark}",
        (step.after["id"], since),
    ).scalar()
    return int(found or 0)


def _set_due_dates(step: Step, *reached: tuple[str, int]) -> None:
    """Append what was reached now to the request's history and weigh it by the deadline rules."""
    history = step.batch.notes.setdefault(step.after["id"], None)
    if history is None:
        history = [] if step.created else _history(step)
        step.batch.notes[step.after["id"]] = history
    history.extend(reached)
    for field, value in due_dates(history).items():
        step.set(field, value)


def _history(step: Step) -> list[tuple[str, int]]:
    mark = "?" if step.batch.connection.dialect.name == "sqlite" else "%s"
    rows = step.batch.connection.exec_driver_sql(
        "SELECT to_status, received_at FROM service_request_event"
        f" WHERE service_request_id = {mark} AND kind = 'status' ORDER BY received_at, id",
        (step.after["id"],),
    )
    return [(row[0], row[1]) for row in rows]


def _status_event(
    step: Step, before: str | None, to: str, change: Change, name: str | None = None, *, kind: str = "status"
) -> Mutation:
    """The append-only event of a step, with both clocks, actor, reason and words for the resident."""
    author = step.author
    fields: dict[str, Any] = {
        "service_request_id": step.after["id"],
        "kind": kind,
        "from_status": before,
        "to_status": to,
        "step": name,
        "actor_kind": author.kind,
        "actor_id": author.id,
        "actor_name": author.name,
        "occurred_at": step.mutation.occurred_at,
        # An imported request began when its list says, and its clocks with it.
        "received_at": step.after["recorded_at"] if step.created else step.now,
        "reason": change.reason,
        "text": change.text,
        "public": kind == "status",
    }
    changes = {name: Change(to=value) for name, value in fields.items() if value is not None}
    return Mutation(mid=0, uuid=new_id(), collection="service_request_event", id=new_id(), op="event", changes=changes)


def service_request_event(step: Step) -> None:
    """People add comments, attempts to call and progress; who they are is the server's word, not the phone's."""
    if not step.created:
        return
    author = step.author
    if not author.trusted:
        if step.after["kind"] not in _EVENTS_OF_PEOPLE:
            raise Refused("forbidden", "kind")
        step.set("actor_kind", author.kind)
        step.set("actor_id", author.id)
        step.set("actor_name", author.name)
    if step.after["received_at"] is None:
        step.set("received_at", step.now)
