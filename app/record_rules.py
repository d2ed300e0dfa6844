"""The rules of synced records at the door: pure rules of `app/domain` applied to a merged step, and the fields the server fills."""

from __future__ import annotations

from typing import Any

from app.domain import check_in
from app.domain.workdays import date_of_day, day_of
from app.ids import diary_id, new_id
from app.pinyin import initials
from app.place_codes import place_code_from
from sync.collections import Refused, Row
from sync.step import Step
from sync.wire import Change, Mutation

TASK_FORCE = "unit:task_force"


def no_rule(_step: Step) -> None:
    """Collections that only the server writes need no rule: their fields are `server_only`."""


def given_scope(step: Step) -> str | None:
    """The scope that a part of the server named for a new record; devices cannot."""
    return getattr(step.mutation, "scope", None) if step.author.trusted else None


def _own_team(step: Step) -> str | None:
    return next((s for s in sorted(step.author.scopes) if s.startswith("team:")), None)


def own_team_scope(step: Step) -> str | None:
    """The author's own team."""
    return given_scope(step) or _own_team(step)


def own_scope(step: Step) -> str | None:
    """The author's own inbox scope."""
    return given_scope(step) or next((s for s in sorted(step.author.scopes) if s.startswith("user:")), None)


def place_scope(step: Step) -> str | None:
    """A door found on the round belongs to the team that found it."""
    return given_scope(step) or _own_team(step)


def service_request_scope(step: Step) -> str | None:
    """Confidential reports (举报) stay with their author or the task force; others belong to the place's team."""
    given = given_scope(step)
    if given:
        return given
    if step.after["confidential"]:
        return own_scope(step) or TASK_FORCE
    place = step.row("place", step.after["place_id"])
    if place is not None:
        # Left to the door, which also checks that the author may write there.
        return None
    if step.after["place_id"] is not None:
        raise Refused("missing_parent", "place_id")
    return _own_team(step) or TASK_FORCE


def day_on(at_ms: int) -> str:
    """The date in the city of an instant."""
    return date_of_day(day_of(at_ms)).isoformat()


def cadre(step: Step) -> None:
    """A cadre may switch off location for himself only."""
    if not step.author.trusted and step.after["id"] != step.author.id:
        raise Refused("not_your_record")


def place(step: Step) -> None:
    """A place from a phone needs a kind and a name to call it by."""
    after = step.after
    if step.created and not (after["kind"] and after["label"]):
        raise Refused("missing_field", "kind" if not after["kind"] else "label")
    for field, normal in (("tags", []), ("refusals", 0)):
        if step.created and after[field] is None:
            after[field] = normal
    if not step.author.trusted and ("label" in step.changed or "address" in step.changed):
        step.set("pinyin", initials(after["label"], after["address"]))


def visit(step: Step) -> None:
    """Grade the evidence, never refuse a visit for it (PRODUCT: evidence, not verdicts)."""
    after, author = step.after, step.author
    if step.created:
        if not after["cadre_id"]:
            step.set("cadre_id", author.id)
        elif not author.trusted and author.id not in (after["cadre_id"], *(after["companions"] or ())):
            raise Refused("not_your_visit")
        if after["received_at"] is None:
            step.set("received_at", step.now)
        if not after["visit_on"]:
            step.set("visit_on", day_on(step.now))
        if not after["mode"]:
            step.set("mode", "doorstep")
    where = step.row("place", after["place_id"])
    graded_by = ("fix", "scanned_code", "late_entry", "place_id")
    if where is not None and not step.changed.keys().isdisjoint(graded_by) and not _lets_fix_go(step):
        _grade(step, where)
    refusals = _refusals(step)
    if refusals and where is not None:
        # Three refusals end the visits to this door: the phone counts them, whoever of the teams was refused.
        step.then(server_patch("place", where["id"], {"refusals": Change(op="inc", by=refusals)}))


def _refusals(step: Step) -> int:
    """What this step adds to the door's refusals: taking a mistaken one back counts as well."""
    if "outcome" not in step.changed:
        return 0
    before = (step.before or {}).get("outcome")
    return int(step.after["outcome"] == "declined") - int(before == "declined")


def _lets_fix_go(step: Step) -> bool:
    """The exact point is no longer kept (90 days): what it proved while it was there stands."""
    return step.author.trusted and not step.created and step.after["fix"] is None and "fix" in step.changed


def _grade(step: Step, where: Row) -> None:
    after = step.after
    fix: dict[str, Any] | None = after["fix"]
    location: check_in.Fix | Any = "off"
    if fix and "lat" in fix and "lon" in fix:
        location = check_in.Fix(
            fix["lat"], fix["lon"], fix.get("accuracy_m"), fix.get("taken_at", 0), bool(fix.get("android"))
        )
    elif fix:
        location = fix.get("error", "unavailable")
    address = check_in.Address(where["lat"], where["lon"], where["dwelling"] or "", bool(where["point_confirmed"]))
    evidence = check_in.grade_visit(
        address, location, scanned=_belongs(step, after["scanned_code"], where), late_entry=bool(after["late_entry"])
    )
    step.set("evidence", evidence.grade)
    step.set("evidence_reason", evidence.reason)


def _belongs(step: Step, scanned: str | None, where: Row) -> bool:
    """Whether the scanned plate or card is one of ours, in force, and of this door, its grid or its building."""
    code = place_code_from(scanned) if scanned else None
    if code is None:
        return False
    rows = step.select("SELECT place_id, area_id FROM place_code WHERE code = ? AND revoked_at IS NULL", (code,))
    if not rows:
        return False
    found = rows[0]
    area = found[1]
    return found[0] == where["id"] or (area is not None and area in (where["area_id"], where["grid_id"]))


def server_patch(collection: str, record_id: str, changes: dict[str, Change]) -> Mutation:
    """A change that follows from another one."""
    return Mutation(mid=0, uuid=new_id(), collection=collection, id=record_id, op="patch", changes=changes)


def diary(step: Step) -> None:
    """A diary has one author and one day, and its id says so: two phones that start it offline mean the same record."""
    after = step.after
    if not step.created:
        return
    if not after["author_id"]:
        step.set("author_id", step.author.id)
    if not after["diary_on"]:
        raise Refused("missing_field", "diary_on")
    if not step.author.trusted and after["id"] != diary_id(after["author_id"], after["diary_on"]):
        raise Refused("invalid_value", "id")


def feedback(step: Step) -> None:
    """Feedback carries its author's id and a text."""
    if step.created:
        if not step.after["text"]:
            raise Refused("missing_field", "text")
        step.set("author_id", step.author.id)
