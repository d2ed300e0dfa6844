"""The life of a service request (诉求) as data: the table of allowed steps and the six ways of handling.

`service_requests.py` judges by it and the phone draws its buttons from it; nothing else allows a step.
"""

from typing import Literal, NamedTuple

from app.domain.service_request_words import STATUSES, STEP_WORDS
from app.domain.words import Words

ActorKind = Literal["cadre", "leader", "task_force", "resident", "unit", "platform", "system"]
Need = Literal[
    "reason", "text", "resident_agreement", "three_attempts_and_signature", "platform_number", "other_request"
]

# A draft lives on the phone only; every record on the server has one of `STATUSES`.
DRAFT = "draft"

# In these nobody owes the resident anything more; in all others somebody does.
TERMINAL = frozenset({"closed", "merged", "not_accepted", "withdrawn", "archived"})
OPEN = frozenset(STATUSES) - TERMINAL

# What the cadre chooses at the door, and the status with which the request is then born.
BORN_IN: dict[str, str] = {
    "on_the_spot": "solved_on_spot",
    "explain": "explained",
    "own_unit": "own_unit",
    "forward": "to_be_forwarded",
}


class Way(NamedTuple):
    """One of the six ways of handling (六办工作法): the kind of problem it is for, its owner and its clock.

    The source (Huangpu) ties each way to a kind of problem and gives no time limits; `length` and `unit` are
    this product's starting values, which a programme's own deadline rules replace.
    """

    code: str
    words: Words
    problem: Words
    owner: ActorKind
    length: int
    unit: Literal["clock_hours", "natural_days", "working_days"]


_WAYS = (
    Way("at_once", Words("立即办", "At once"), Words("急难", "Urgent"), "cadre", 24, "clock_hours"),
    Way(
        "proactive",
        Words("主动办", "Proactively"),
        Words("长期积累", "Long-standing"),
        "unit",
        10,
        "working_days",
    ),
    Way("on_site", Words("上门办", "On site"), Words("普遍性", "Widespread"), "leader", 5, "working_days"),
    Way("tracked", Words("跟踪办", "Tracked"), Words("条件未成熟", "Not ripe"), "leader", 7, "natural_days"),
    Way(
        "in_public",
        Words("公开办", "In public"),
        Words("涉及面广、政策性强", "Broad and policy-laden"),
        "task_force",
        15,
        "working_days",
    ),
    Way(
        "coordinated",
        Words("积极办", "Coordinated"),
        Words("需多方协调", "Needs many parties"),
        "task_force",
        15,
        "working_days",
    ),
)
WAYS: dict[str, Way] = {way.code: way for way in _WAYS}


class Step(NamedTuple):
    """One row of the table: who may take a request from which statuses to which, and what it takes.

    `needs` bind officials. A resident's own act is its own reason and agreement, and what the platform or the
    system reports is a fact. `counts` opens a new forward number; `forwards` uses the present one up.
    """

    name: str
    sources: tuple[str, ...]
    to: str
    may: tuple[ActorKind, ...]
    needs: tuple[Need, ...] = ()
    counts: bool = False
    forwards: bool = False

    @property
    def button(self) -> Words:
        """The label for officials."""
        return STEP_WORDS[self.name].button

    @property
    def public(self) -> Words:
        """The sentence on the resident's page once the step is taken."""
        return STEP_WORDS[self.name].public


_TEAM: tuple[ActorKind, ...] = ("cadre", "leader", "task_force")
_LEADERS: tuple[ActorKind, ...] = ("leader", "task_force")
_HANDLERS: tuple[ActorKind, ...] = ("platform", "unit", "task_force")

_UNDECIDED = ("recorded", "reopened")
_UNSENT = ("recorded", "own_unit", "to_be_forwarded", "queued")
_SENT = ("submitted", "accepted", "dispatched", "in_progress", "returned", "extended")
_SAID_DONE = ("solved_on_spot", "explained", "answered")

STEPS: tuple[Step, ...] = (
    Step("record", (DRAFT,), "recorded", (*_TEAM, "resident", "system")),
    # The task force too receives people in person (接访).
    Step("solve_on_spot", _UNDECIDED, "solved_on_spot", _TEAM),
    Step("explain", _UNDECIDED, "explained", _TEAM),
    Step("take_on", _UNDECIDED, "own_unit", _TEAM),
    Step("send_up", (*_UNDECIDED, "own_unit"), "to_be_forwarded", _TEAM),
    Step("queue", ("to_be_forwarded",), "queued", ("system", *_LEADERS), forwards=True),
    Step("submit", ("queued",), "submitted", ("system", "platform")),
    Step("submit_by_hand", ("queued",), "submitted", _LEADERS, ("platform_number",)),
    Step("accept", ("submitted", "returned", "reopened"), "accepted", _HANDLERS),
    Step(
        "dispatch",
        ("submitted", "accepted", "returned", "reopened"),
        "dispatched",
        ("platform", "task_force"),
    ),
    Step(
        "start",
        ("submitted", "accepted", "dispatched", "returned", "extended", "reopened"),
        "in_progress",
        _HANDLERS,
    ),
    Step(
        "return",
        ("submitted", "accepted", "dispatched", "in_progress", "extended"),
        "returned",
        _HANDLERS,
        ("reason",),
    ),
    Step(
        "extend",
        ("accepted", "dispatched", "in_progress"),
        "extended",
        ("platform", "task_force"),
        ("reason",),
    ),
    Step("answer", _SENT, "answered", _HANDLERS, ("text",)),
    Step("answer_own", ("own_unit",), "answered", ("cadre", "leader", "unit"), ("text",)),
    Step("agree", _SAID_DONE, "agreed", (*_TEAM, "resident"), ("resident_agreement",)),
    Step("close", ("agreed",), "closed", ("system", *_LEADERS)),
    Step("close_unreached", _SAID_DONE, "closed", _LEADERS, ("three_attempts_and_signature",)),
    Step(
        "reopen",
        (*_SAID_DONE, "agreed", "closed", "not_accepted"),
        "reopened",
        (*_TEAM, "resident"),
        ("reason",),
        counts=True,
    ),
    Step("resume", ("returned", "merged", "withdrawn"), "reopened", _LEADERS, ("reason",), counts=True),
    Step("merge", (*_UNSENT, *_SENT, "reopened"), "merged", ("platform", *_LEADERS), ("other_request",)),
    Step(
        "refuse",
        ("recorded", "to_be_forwarded", "submitted", "accepted", "dispatched", "in_progress", "returned"),
        "not_accepted",
        ("platform", *_LEADERS),
        ("reason",),
    ),
    Step("withdraw", (*_UNSENT, *_SENT, *_SAID_DONE, "reopened"), "withdrawn", ("resident",)),
    Step("retract", _UNSENT, "withdrawn", _TEAM, ("reason",)),
    Step(
        "withdraw_for_resident",
        (*_SENT, *_SAID_DONE, "reopened"),
        "withdrawn",
        _TEAM,
        ("reason", "resident_agreement"),
    ),
    Step("archive", ("closed", "merged", "not_accepted", "withdrawn"), "archived", ("system", "task_force")),
)
