"""Rules of a service request's life: which step may be taken by whom, what it needs, what it counts.

Run as a module it writes the table for the phone: `python -m app.domain.service_requests`.
"""

import json
from collections.abc import Collection
from pathlib import Path
from typing import Any, NamedTuple

from app.domain.service_request_steps import (
    BORN_IN,
    DRAFT,
    OPEN,
    STEPS,
    TERMINAL,
    WAYS,
    ActorKind,
    Need,
    Step,
    Way,
)
from app.domain.service_request_words import HANDLINGS, NEEDS, REFUSALS, STATUSES
from app.domain.words import Words

__all__ = [
    "DRAFT",
    "HANDLINGS",
    "NEEDS",
    "OPEN",
    "ORDER",
    "REFUSALS",
    "STATUSES",
    "STEPS",
    "TERMINAL",
    "WAYS",
    "ActorKind",
    "IllegalStep",
    "Offered",
    "Step",
    "Way",
    "Words",
    "as_data",
    "check_initial",
    "check_step",
    "escalates_to",
    "initial_path",
    "initial_status",
    "may_step",
    "status_from_platform",
    "steps_for",
]

ORDER: tuple[str, ...] = tuple(STATUSES)

# The resident's "three recorded attempts to reach them" before a leader may close without an answer.
ATTEMPTS_BEFORE_CLOSING = 3

# From the third return on, units alone will not settle who is responsible.
RETURNS_BEFORE_ESCALATION = 3

_BOUND_BY_NEEDS = frozenset({"cadre", "leader", "task_force", "unit"})

_ROWS: dict[tuple[str, str, str], Step] = {
    (source, step.to, actor): step for step in STEPS for source in step.sources for actor in step.may
}
_EDGES = frozenset((source, step.to) for step in STEPS for source in step.sources)

# GeoReport v2 knows open and closed; the longer words are the extended statuses. A remote "closed" is an
# answer: only the resident can make it an end.
_FROM_PLATFORM = {
    "open": "submitted",
    "submitted": "submitted",
    "accepted": "accepted",
    "acknowledged": "accepted",
    "dispatched": "dispatched",
    "in_progress": "in_progress",
    "returned": "returned",
    "extended": "extended",
    "answered": "answered",
    "closed": "answered",
    "fixed": "answered",
    "not_accepted": "not_accepted",
    "rejected": "not_accepted",
    "duplicate": "merged",
    "merged": "merged",
}


class IllegalStep(Exception):
    """A step that the table does not allow; `code` is a word, `zh` and `en` one sentence each."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
        self.zh, self.en = REFUSALS[code]


class Offered(NamedTuple):
    """What an official puts forward for a step; the defaults offer nothing.

    `attempts` counts the recorded attempts to reach the resident since the last answer.
    """

    reason: str = ""
    text: str = ""
    resident_agreement: bool = False
    attempts: int = 0
    signed_by_leader: bool = False
    platform_number: str = ""
    other_request: str = ""


_NOTHING = Offered()


def check_step(
    status: str,
    to: str,
    actor: ActorKind,
    offered: Offered = _NOTHING,
    *,
    forward_no: int = 1,
    forwarded: Collection[int] = (),
) -> Step:
    """The row that allows `actor` to take a request from `status` to `to`; raises `IllegalStep` with a word.

    `forwarded`: the forward numbers that have a forwarding already; each number is forwarded at most once.
    """
    row = _ROWS.get((status, to, actor))
    if row is None:
        raise IllegalStep(_why_not(status, to))
    if row.forwards and forward_no in forwarded:
        raise IllegalStep("already_forwarded")
    if actor in _BOUND_BY_NEEDS:
        for need in row.needs:
            if not _met(need, offered):
                raise IllegalStep(f"missing_{need}")
    return row


def _why_not(status: str, to: str) -> str:
    if to not in STATUSES or status not in (*STATUSES, DRAFT):
        return "unknown_status"
    return "not_for_this_role" if (status, to) in _EDGES else "illegal_transition"


def _met(need: Need, offered: Offered) -> bool:
    if need == "resident_agreement":
        return offered.resident_agreement
    if need == "three_attempts_and_signature":
        return offered.attempts >= ATTEMPTS_BEFORE_CLOSING and offered.signed_by_leader
    words = {
        "reason": offered.reason,
        "text": offered.text,
        "platform_number": offered.platform_number,
        "other_request": offered.other_request,
    }
    return bool(words[need].strip())


def may_step(
    status: str,
    to: str,
    actor: ActorKind,
    offered: Offered = _NOTHING,
    *,
    forward_no: int = 1,
    forwarded: Collection[int] = (),
) -> bool:
    """`check_step` as a question."""
    try:
        check_step(status, to, actor, offered, forward_no=forward_no, forwarded=forwarded)
    except IllegalStep:
        return False
    return True


def steps_for(status: str, actor: ActorKind, *, forward_no: int = 1, forwarded: Collection[int] = ()) -> list[Step]:
    """The buttons of this actor on a request in this status; what a step needs is asked on tapping."""
    return [
        step
        for step in STEPS
        if status in step.sources and actor in step.may and not (step.forwards and forward_no in forwarded)
    ]


def initial_status(handling: str | None) -> str:
    """The status with which a request is born; `recorded` until somebody has chosen a handling.

    Raises KeyError for a handling that does not exist.
    """
    return BORN_IN[handling] if handling else "recorded"


def initial_path(status: str) -> tuple[str, ...]:
    """Statuses of the first events: a request born further on was recorded at the same instant."""
    return ("recorded",) if status == "recorded" else ("recorded", status)


def check_initial(status: str, handling: str | None, actor: ActorKind) -> None:
    """Whether a request may be born in `status`; raises `IllegalStep`."""
    if (handling and handling not in BORN_IN) or status not in STATUSES:
        raise IllegalStep("unknown_status")
    if status not in ("recorded", initial_status(handling)):
        raise IllegalStep("illegal_transition")
    before = DRAFT
    for at in initial_path(status):
        check_step(before, at, actor)
        before = at


def escalates_to(returns: int) -> ActorKind | None:
    """Who takes over after so many returns (退单) of one request; None while units can settle it."""
    return "task_force" if returns >= RETURNS_BEFORE_ESCALATION else None


def status_from_platform(word: str) -> str | None:
    """Our status for a platform's word, in any case and spacing; None for words we do not know.

    Unknown words are stored and shown, never applied.
    """
    return _FROM_PLATFORM.get("_".join(word.lower().replace("-", " ").replace("_", " ").split()))


def as_data() -> dict[str, Any]:
    """The whole table as JSON-able data, for the phone."""
    return {
        "statuses": [{"code": code, **words._asdict(), "open": code in OPEN} for code, words in STATUSES.items()],
        "handlings": [{"code": code, "status": BORN_IN[code], **words._asdict()} for code, words in HANDLINGS.items()],
        "ways": [
            {**way._asdict(), "words": way.words._asdict(), "problem": way.problem._asdict()} for way in WAYS.values()
        ],
        "needs": [{"code": code, **words._asdict()} for code, words in NEEDS.items()],
        "refusals": [{"code": code, **words._asdict()} for code, words in REFUSALS.items()],
        "needs_bind": sorted(_BOUND_BY_NEEDS),
        "attempts_before_closing": ATTEMPTS_BEFORE_CLOSING,
        "steps": [_step_as_data(step) for step in STEPS],
    }


def _step_as_data(step: Step) -> dict[str, Any]:
    return {
        "name": step.name,
        "from": list(step.sources),
        "to": step.to,
        "may": list(step.may),
        "needs": list(step.needs),
        "button": step.button._asdict(),
        "public": step.public._asdict(),
        "counts": step.counts,
        "forwards": step.forwards,
    }


def steps_json() -> str:
    """The exact text of the file that the phone's build reads."""
    return json.dumps(as_data(), ensure_ascii=False, indent=2) + "\n"


def main() -> None:
    """Write the table where the phone's build and the contract tests read it."""
    root = Path(__file__).resolve().parents[2]
    for path in ("tests/contract/service_request_steps.json", "pwa/src/rules/service_request_steps.json"):
        (root / path).write_text(steps_json(), encoding="utf-8")


if __name__ == "__main__":
    main()
