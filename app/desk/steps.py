"""The desk's transition table: the only place where steps are allowed, and what the pages' buttons come from.

Pure: values in, values out. `part` is what the acting unit is in this request: the dispatch centre, the lead unit
(主办), a co-operating unit (协办), or the client that posted it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Part = Literal["centre", "lead", "co", "client"]

# A request's own state at the desk, in words. `submitted` waits for the centre.
STATUSES: dict[str, tuple[str, str]] = {
    "submitted": ("待受理", "To be accepted"),
    "accepted": ("已受理", "Accepted"),
    "dispatched": ("已转办", "Dispatched"),
    "in_progress": ("办理中", "In progress"),
    "returned": ("退单", "Returned"),
    "extended": ("已延期", "Extended"),
    "answered": ("已答复", "Answered"),
    "closed": ("已办结", "Closed"),
    "not_accepted": ("不予受理", "Not accepted"),
}
CLOSED = frozenset({"closed", "not_accepted"})
# Here the unit's work is done, or not begun: no clock of a unit runs.
NO_UNIT = frozenset({"submitted", "accepted", "returned"})
SETTLED = frozenset({"answered"}) | CLOSED
WITH_UNIT = frozenset({"dispatched", "in_progress", "extended"})
OPEN = NO_UNIT | WITH_UNIT


@dataclass(frozen=True)
class Step:
    """One row. `to=None` leaves the status; `needs` and `takes` name the form fields that must and may be filled.

    `told` is the sentence the resident reads when the step has no text of its own; a step that is not `public` stays
    inside the desk unless its form offers `tell` and somebody ticked it. `extension` says whether an undecided
    extension must be there (True), must not (False), or does not matter (None). `feeds_back` steps bring the resident
    a person's words and so meet the resident's clock.
    """

    name: str
    zh: str
    en: str
    who: frozenset[Part]
    starts: frozenset[str]
    to: str | None
    needs: tuple[str, ...] = ()
    takes: tuple[str, ...] = ()
    public: bool = True
    told: str = ""
    tone: Literal["main", "plain", "grave"] = "plain"
    extension: bool | None = None
    feeds_back: bool = False

    @property
    def fields(self) -> tuple[str, ...]:
        """All form fields, those that must be filled first."""
        return self.needs + self.takes


def _who(*parts: Part) -> frozenset[Part]:
    return frozenset(parts)


STEPS: tuple[Step, ...] = (
    Step("accept", "受理", "Accept", _who("centre"), frozenset({"submitted"}), "accepted",
         told="您反映的事项已受理。", tone="main"),
    Step("dispatch", "转办", "Dispatch", _who("centre"), NO_UNIT, "dispatched",
         needs=("lead",), takes=("co", "text"), tone="main"),
    Step("approve_extension", "同意延期", "Approve the extension", _who("centre"), WITH_UNIT, "extended",
         tone="main", extension=True, feeds_back=True),
    Step("decline_extension", "不同意延期", "Decline the extension", _who("centre"), WITH_UNIT, None,
         needs=("reason",), public=False, extension=True),
    Step("take_up", "签收", "Take up", _who("lead"), frozenset({"dispatched"}), "in_progress",
         told="承办单位已签收，正在办理。", tone="main"),
    Step("progress", "登记进展", "Record progress", _who("lead"), WITH_UNIT, "in_progress",
         needs=("text",), takes=("tell",), public=False),
    Step("answer", "答复群众", "Answer the resident", _who("lead"), WITH_UNIT, "answered",
         needs=("text",), takes=("photos",), tone="main", feeds_back=True),
    Step("answer_directly", "直接答复", "Answer directly", _who("centre"), NO_UNIT, "answered",
         needs=("text",), takes=("photos",), feeds_back=True),
    Step("ask_extension", "申请延期", "Ask for an extension", _who("lead"), WITH_UNIT, None,
         needs=("until", "reason"), public=False, extension=False),
    Step("return", "退单", "Return", _who("lead"), WITH_UNIT, "returned",
         needs=("reason",), told="承办单位退回，正在重新确定承办单位。", tone="grave"),
    Step("redispatch", "改派", "Dispatch to another unit", _who("centre"), WITH_UNIT, "dispatched",
         needs=("lead", "reason"), takes=("co",)),
    Step("note", "补充情况", "Add a note", _who("centre", "co"), frozenset(STATUSES) - CLOSED, None,
         needs=("text",), takes=("tell",), public=False),
    Step("close", "办结", "Close", _who("centre", "lead"), frozenset({"answered"}), "closed",
         told="事项已办结。", tone="main"),
    Step("reopen", "重办", "Reopen", _who("centre", "client"), SETTLED, "dispatched",
         needs=("reason",), tone="grave"),
    Step("refuse", "不予受理", "Do not accept", _who("centre"), NO_UNIT, "not_accepted",
         needs=("reason",), tone="grave", feeds_back=True),
    Step("comment", "群众补充", "Word from the resident", _who("client"), frozenset(STATUSES), None,
         needs=("text",)),
    Step("agree", "群众认可", "The resident agrees", _who("client"), frozenset({"answered"}), "closed",
         takes=("text",), told="群众认可，事项办结。"),
    Step("withdraw", "撤回", "Withdraw", _who("client"), frozenset(STATUSES) - SETTLED, "closed",
         takes=("text",), told="上报方撤回，事项办结。"),
)  # fmt: skip

BY_NAME = {step.name: step for step in STEPS}


def may_take(step: Step, status: str, part: Part, extension_asked: bool) -> bool:
    """Whether `part` may take `step` on a request in `status`."""
    right_extension = step.extension is None or step.extension == extension_asked
    return part in step.who and status in step.starts and right_extension


def steps_for(status: str, part: Part, extension_asked: bool) -> list[Step]:
    """What `part` may do now, in the order of the table."""
    return [step for step in STEPS if may_take(step, status, part, extension_asked)]
