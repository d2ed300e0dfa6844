"""Deadline rules (办理时限) as data: what a programme promises, to whom, and whom it warns.

`deadlines.py` reckons with them.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Literal, NamedTuple, get_args

from app.domain.service_request_steps import WAYS
from app.domain.service_request_words import STATUSES
from app.domain.words import Words

Unit = Literal["clock_hours", "natural_days", "working_days", "months"]
Clock = Literal["resident", "unit"]

WARNS_AT = (0.5, 0.8, 1.0)

# Kinds of events beside the statuses to which a clock listens: news for the resident, tasks of the week (周任务), the street
# calling the departments (呼叫) and a department saying that it has come (部门报到).
MARKS = frozenset({"progress", "task_given", "task_done", "units_called", "unit_reported"})


class Duty(NamedTuple):
    """What is owed, in words, and the statuses that fulfil it; a terminal status always ends it.

    `renewed_by`: what fulfils it for this time only, so that the next one is owed from there.
    """

    words: Words
    met_by: frozenset[str]
    renewed_by: frozenset[str] = frozenset()


_ANSWERED = frozenset({"solved_on_spot", "explained", "answered", "agreed"})
_HANDLED = _ANSWERED | {"in_progress", "extended"}

DUTIES: Mapping[str, Duty] = MappingProxyType(
    {
        "accept": Duty(Words("受理", "Accept"), _HANDLED | {"own_unit", "accepted", "dispatched"}),
        "handler_named": Duty(
            Words("告知受理情况和承办人", "Say that it is received and who handles it"),
            _HANDLED | {"own_unit", "dispatched"},
        ),
        "feedback": Duty(
            Words("反馈进展", "Tell the resident how it stands"), _HANDLED | {"own_unit", "dispatched", "progress"}
        ),
        "plan": Duty(Words("提出办理方案", "Give a plan"), _HANDLED),
        "answer": Duty(Words("答复", "Answer"), _ANSWERED),
        "result": Duty(Words("办结或答复进展", "Give the result"), _ANSWERED),
        "close": Duty(Words("销号", "Close"), frozenset({"closed"})),
        "weekly_task": Duty(Words("周任务", "Weekly task"), _ANSWERED, renewed_by=frozenset({"progress", "task_done"})),
        "report": Duty(Words("部门报到", "Say that the department has come"), _ANSWERED | {"unit_reported"}),
    }
)

# A rule of a programme's own for one of these takes the place of the clock that a way of handling sets.
HANDLING_DUTIES = frozenset({"plan", "answer", "result"})


class BadRule(ValueError):
    """A deadline table that cannot be meant; the message names the key."""


class DeadlineRule(NamedTuple):
    """One row of a programme's deadlines; `length` in `unit`, `warns_at` as fractions of the time allowed.

    `best`: the length aimed at; missing it warns and nothing else.
    """

    starts_at: str
    duty: str
    length: int
    best: int | None
    unit: Unit
    clock: Clock
    pauses_in: frozenset[str]
    warns_at: tuple[float, ...]
    escalates_to: str | None


_KEYS = frozenset(DeadlineRule._fields)


def parse_rule(table: Mapping[str, Any]) -> DeadlineRule:
    """A [[deadline]] table of a programme file; raises `BadRule`.

    `clock` may be left out: a rule that pauses is the unit's, any other the resident's. `pauses_in` defaults
    to never, `warns_at` to 50, 80 and 100 %, `escalates_to` to nobody.
    """
    unknown = set(table) - _KEYS
    if unknown:
        raise BadRule(f"unknown key: {', '.join(sorted(unknown))}")
    pauses_in = frozenset(table.get("pauses_in", ()))
    rule = DeadlineRule(
        starts_at=table.get("starts_at", ""),
        duty=table.get("duty", ""),
        length=table.get("length", 0),
        best=table.get("best"),
        unit=table.get("unit", ""),
        clock=table.get("clock", "unit" if pauses_in else "resident"),
        pauses_in=pauses_in,
        warns_at=tuple(table.get("warns_at", WARNS_AT)),
        escalates_to=table.get("escalates_to"),
    )
    _check_rule(rule)
    return rule


def parse_rules(tables: Iterable[Mapping[str, Any]]) -> tuple[DeadlineRule, ...]:
    """All [[deadline]] tables of a programme file; raises `BadRule` at the first bad one."""
    return tuple(parse_rule(table) for table in tables)


@lru_cache(maxsize=16)
def rule_of_way(way: str) -> DeadlineRule:
    """The clock that a way of handling (六办) sets for its owner where no rule of the programme's own does.

    It stops while the order is returned or extended. Raises KeyError for a way that does not exist.
    """
    chosen = WAYS[way]
    return parse_rule(
        {
            "starts_at": "recorded",
            "duty": "answer",
            "length": chosen.length,
            "unit": chosen.unit,
            "clock": "unit",
            "pauses_in": ("returned", "extended"),
            "escalates_to": "leader" if chosen.owner == "cadre" else "task_force",
        }
    )


def _check_rule(rule: DeadlineRule) -> None:
    if not isinstance(rule.starts_at, str) or rule.starts_at not in MARKS | STATUSES.keys():
        raise BadRule(f"starts_at: a status or one of {', '.join(sorted(MARKS))}, not {rule.starts_at!r}")
    if rule.duty not in DUTIES:
        raise BadRule(f"duty: one of {', '.join(DUTIES)}, not {rule.duty!r}")
    if type(rule.length) is not int or rule.length < 1:
        raise BadRule(f"length: a whole number from 1 on, not {rule.length!r}")
    if rule.best is not None and (type(rule.best) is not int or not 1 <= rule.best < rule.length):
        raise BadRule(f"best: a whole number below length, not {rule.best!r}")
    if rule.unit not in get_args(Unit):
        raise BadRule(f"unit: one of {', '.join(get_args(Unit))}, not {rule.unit!r}")
    if rule.clock not in get_args(Clock):
        raise BadRule(f"clock: one of {', '.join(get_args(Clock))}, not {rule.clock!r}")
    if rule.clock == "resident" and rule.pauses_in:
        raise BadRule("pauses_in: the resident's clock never pauses")
    if list(rule.warns_at) != sorted(set(rule.warns_at)) or not all(0 < part <= 1 for part in rule.warns_at):
        raise BadRule("warns_at: rising fractions above 0 and up to 1")
