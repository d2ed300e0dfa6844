"""The rules of service requests at the door: a request is born with its first events and goes from state to state by the table only."""

from __future__ import annotations

from typing import Any

from app.domain import codes
from app.domain import service_requests as life
from app.domain.deadline_rules import MARKS
from app.ids import new_id
from app.record_rules import day_on, server_patch
from app.request_clocks import hear, set_due_dates
from app.request_notices import notice_of
from sync.collections import Refused, Row
from sync.step import Step
from sync.wire import Change, Mutation

# What a phone may add to a request's history; steps are written by the server when it takes them.
_EVENTS_OF_PEOPLE = ("comment", "call_attempt", "progress")
# A chain of merged requests longer than this is not followed.
_MOST_MERGED = 20
# From here on another unit, or the same one anew, has a term of its own.
_NEW_TERM = frozenset({"returned", "dispatched", "reopened"})
_TAKES_NOTHING_OVER = frozenset({"withdrawn", "not_accepted", "archived"})


def service_request(step: Step) -> None:
    """A request is born with its first events, and goes from state to state by the table only."""
    if step.created:
        _record(step)
    elif "status" in step.changed:
        _take_step(step)
    elif step.changed.keys() & {"way", "unit_term_at"}:
        set_due_dates(step)
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
    set_due_dates(step, *path)
    before = None
    for status in path:
        step.then(_status_event(step, before, status, Change()))
        before = status


def _take_step(step: Step) -> None:
    before, after = step.before or {}, step.after
    change = step.mutation.changes["status"]
    into = None
    try:
        taken = life.check_step(
            before["status"],
            after["status"],
            step.author.kind,  # type: ignore[arg-type]
            _offered(step, change),
            forward_no=after["forward_no"] or 1,
            forwarded=_forwarded(step) if after["status"] == "queued" else (),
        )
        if after["status"] == "merged":
            into = _merged_into(step)
    except life.IllegalStep as illegal:
        kept = _status_event(step, before["status"], after["status"], change, kind="illegal_step")
        raise Refused("illegal_transition", illegal.code, also=[kept]) from None
    _stamp(step, after["status"])
    if after["status"] in _NEW_TERM and "unit_term_at" not in step.mutation.changes:
        step.set("unit_term_at", None)
    if taken.counts:
        step.set("forward_no", (after["forward_no"] or 1) + 1)
    set_due_dates(step, after["status"])
    step.then(_status_event(step, before["status"], after["status"], change, taken.name))
    if into is not None:
        step.then(_merged_here(step, into["id"]), "system")
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
        for field in ("answered_at", "agreed_at", "closed_at", "merged_into"):
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
    since = (step.before or {}).get("answered_at") or 0
    ((count,),) = step.select(
        "SELECT count(*) FROM service_request_event WHERE service_request_id = ?"
        " AND kind = 'call_attempt' AND received_at >= ?",
        (step.after["id"], since),
    )
    return int(count)


def _forwarded(step: Step) -> frozenset[int]:
    """The forward numbers of the request that have a delivery already."""
    found = step.select("SELECT forward_no, ending FROM forwarding WHERE service_request_id = ?", (step.after["id"],))
    return frozenset(number for number, ending in found if not ending)


def _merged_into(step: Step) -> Row:
    """The request that takes this one over (并单); raises `IllegalStep` for one that cannot.

    Merged twice over, it is the last one of the chain that takes it; a chain that leads back here is refused. What somebody
    withdrew or an office refused takes nothing over.
    """
    into = step.row("service_request", step.after["merged_into"])
    for _ in range(_MOST_MERGED):
        if into is None or into["deleted"] or into["id"] == step.after["id"]:
            break
        if into["status"] != "merged":
            if into["status"] in _TAKES_NOTHING_OVER or bool(into["confidential"]) != bool(step.after["confidential"]):
                break
            step.set("merged_into", into["id"])
            return into
        into = step.row("service_request", into["merged_into"])
    raise life.IllegalStep("wrong_other_request")


def _merged_here(step: Step, into: str) -> Mutation:
    """The line in the history of the request that takes another one over: the link leads both ways."""
    code = codes.format_tracking_code(step.after["tracking_code"] or "")
    changes = {
        "service_request_id": into,
        "kind": "merged_here",
        "text": f"诉求 {code} 并入本诉求一并办理。",
        "actor_kind": step.author.kind,
        "actor_id": step.author.id,
        "actor_name": step.author.name,
        "received_at": step.now,
        "public": False,
    }
    fields = {name: Change(to=value) for name, value in changes.items() if value is not None}
    return Mutation(mid=0, uuid=new_id(), collection="service_request_event", id=new_id(), op="event", changes=fields)


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
        # An imported request began when its list says, though it came here later.
        "occurred_at": step.mutation.occurred_at or (step.after["recorded_at"] if step.created else None),
        "received_at": step.now,
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
    if step.after["kind"] in MARKS and (step.after["public"] or step.after["kind"] != "progress"):
        request = step.row("service_request", step.after["service_request_id"])
        if request is not None:
            hear(step, request)
