"""What a platform's news (办理进展) mean for a request: applied once, never backwards in time, never an end of its own."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from app.domain.service_requests import STEPS, status_from_platform

# Between a request's status and the one reported, news may have been lost; only these may be filled in for them.
_STEPPING_STONES = frozenset({"submitted", "accepted", "dispatched", "in_progress"})

# What work orders (工单) say of their state, with the shorter and longer forms that are seen.
_CHINESE_WORDS: dict[str, str] = {
    "待受理": "submitted",
    "已接收": "submitted",
    "受理": "accepted",
    "已受理": "accepted",
    "转办": "dispatched",
    "已转办": "dispatched",
    "已派单": "dispatched",
    "已交办": "dispatched",
    "已签收": "in_progress",
    "办理中": "in_progress",
    "处理中": "in_progress",
    "退单": "returned",
    "退回": "returned",
    "已退回": "returned",
    "延期": "extended",
    "已延期": "extended",
    "已答复": "answered",
    "已反馈": "answered",
    "已回复": "answered",
    "办结": "answered",
    "已办结": "answered",
    "办结归档": "answered",
    "不予受理": "not_accepted",
    "不受理": "not_accepted",
    "并单": "merged",
    "重复件": "merged",
}

_AT_PLATFORM = frozenset({"submitted", "accepted", "dispatched", "in_progress", "returned", "extended"})
_PAST_ANSWER = frozenset({"answered", "agreed", "closed", "archived"})

_REPORTED: dict[str, frozenset[str]] = {}
for _step in STEPS:
    if "platform" in _step.may:
        for _source in _step.sources:
            _REPORTED[_source] = _REPORTED.get(_source, frozenset()) | {_step.to}


class Why(StrEnum):
    """Why an update was stored and shown but not applied."""

    UNKNOWN_NUMBER = "unknown_number"
    UNKNOWN_STATUS = "unknown_status"
    OLDER = "older"
    NOT_POSSIBLE = "not_possible"
    MERGED_UNKNOWN = "merged_unknown"
    REFUSED = "refused"
    OTHER_COPY = "other_copy"


WHY_WORDS: dict[Why, tuple[str, str]] = {
    Why.UNKNOWN_NUMBER: ("平台工单编号不在本系统中。", "We know no request with this platform number."),
    Why.UNKNOWN_STATUS: ("平台使用了本系统不认识的状态。", "The platform used a status that we do not know."),
    Why.OLDER: ("这条进展早于已经登记的进展。", "This news is older than what is already applied."),
    Why.NOT_POSSIBLE: (
        "诉求目前的状态不能接受这条进展。",
        "The request's present status does not admit this news.",
    ),
    Why.MERGED_UNKNOWN: (
        "平台已并单，但并入的工单不在本系统中。",
        "The platform merged it into a request we do not know.",
    ),
    Why.OTHER_COPY: ("平台上还有同一诉求的另一件工单。", "The platform has another copy of this request."),
    Why.REFUSED: ("登记这条进展时被拒绝。", "The news could not be written."),
}


@dataclass(frozen=True, slots=True)
class PlatformUpdate:
    """One piece of news in our words; `at` is the platform's own time, milliseconds.

    `reference` is ours, where the platform says it back. `attachments` are the platform's addresses of pictures.
    """

    update_id: str
    platform_id: str | None
    at: int
    status: str = ""
    reference: str | None = None
    text: str = ""
    reason: str = ""
    answer: str = ""
    lead_unit: str = ""
    co_units: tuple[str, ...] = ()
    unit_due_at: int | None = None
    merged_into: str | None = None
    snapshot: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """What to do: the statuses to step through in order, the fields to set, a progress note to add; or why nothing."""

    steps: tuple[str, ...] = ()
    fields: dict[str, Any] = field(default_factory=dict)
    note: str = ""
    why: Why | None = None


def status_of(word: str) -> str | None:
    """Our status for a platform's word, English or Chinese, in any case and spacing; None for words we do not know."""
    return status_from_platform(word) or _CHINESE_WORDS.get("".join(word.split()))


def way_to(status: str, goal: str) -> tuple[str, ...] | None:
    """The shortest chain of platform steps from `status` to `goal`; empty when it is there, None when there is none."""
    if status == goal:
        return ()
    seen = {status}
    paths: deque[tuple[str, tuple[str, ...]]] = deque([(status, ())])
    while paths:
        at, path = paths.popleft()
        for to in sorted(_REPORTED.get(at, ())):
            if to == goal:
                return (*path, to)
            if to in _STEPPING_STONES and to not in seen:
                seen.add(to)
                paths.append((to, (*path, to)))
    return None


def judge(update: PlatformUpdate, status: str, applied_until: int | None, merge_known: bool = False) -> Verdict:
    """What `update` does to a request in `status` whose newest applied news is of `applied_until` (the platform's clock).

    `merge_known`: the request it was merged into is one of ours.
    """
    if applied_until is not None and update.at < applied_until:
        return Verdict(why=Why.OLDER)
    goal = status_of(update.status) if update.status.strip() else status
    if goal is None:
        return Verdict(why=Why.UNKNOWN_STATUS)
    if goal == "merged" and status != "merged" and not merge_known:
        return Verdict(why=Why.MERGED_UNKNOWN)
    steps = _steps(status, goal)
    if steps is None:
        return Verdict(why=Why.NOT_POSSIBLE)
    note = "" if steps or update.snapshot else (update.text or update.reason)
    return Verdict(steps=steps, fields=_fields(update, goal, steps), note=note)


def _steps(status: str, goal: str) -> tuple[str, ...] | None:
    if goal == "submitted" and status != "queued":
        # The platform's "open" says no more than that it has the request.
        return ()
    if goal == "answered" and status in _PAST_ANSWER:
        return ()
    if goal == "answered" and status == "reopened":
        # It speaks of the answer that was refused: the platform has not heard of the reopening yet.
        return None
    steps = way_to(status, goal)
    if steps is None and status in _AT_PLATFORM and goal in _AT_PLATFORM:
        # Passed on to another unit, say: news to tell, though no step of ours.
        return ()
    return steps


def _fields(update: PlatformUpdate, goal: str, steps: tuple[str, ...]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    if update.lead_unit:
        fields["lead_unit"] = update.lead_unit[:120]
    if update.co_units:
        fields["co_units"] = list(update.co_units)
    if update.unit_due_at is not None:
        fields["unit_term_at"] = update.unit_due_at
    if goal == "answered":
        answer = update.answer or (update.text if steps else "")
        if answer:
            fields["answer"] = answer
        if steps:
            fields["answered_at"] = update.at
    return fields
