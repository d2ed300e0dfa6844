"""What a request owes: its history held against deadline rules.

Which entries of a history begin, meet or stop a duty depends on its words alone, and the open requests of a city have few
different histories: so that is worked out once for each sequence of words, and a request costs a few sums.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from app.domain.deadline_rules import DUTIES, HANDLING_DUTIES, MARKS, DeadlineRule, rule_of_way
from app.domain.deadlines import Due, History, Owed, due_at
from app.domain.service_request_steps import TERMINAL, WAYS
from app.domain.workdays import WorkCalendar, day_of

__all__ = ["Scale", "as_recorded", "kept_here", "owed", "with_term"]

_MOST_REMEMBERED = 20_000


class _Shape(NamedTuple):
    """A rule on a sequence of words: the places of the entries where the duty begins, is met and stands still."""

    rule: DeadlineRule
    start: int
    met: int | None
    stops: tuple[tuple[int, int | None], ...]


class Scale:
    """Deadline rules, ready to weigh any number of requests."""

    def __init__(self, rules: Iterable[DeadlineRule], calendar: WorkCalendar | None = None) -> None:
        self._rules = tuple(rules)
        self._calendar = calendar
        self._shapes: dict[tuple[str | None, tuple[str, ...]], tuple[_Shape, ...]] = {}
        self._ends: dict[tuple[str, int, int], Due] = {}

    def owed(self, history: History, way: str | None = None) -> list[Owed]:
        """See `owed`."""
        words = tuple([word for word, _ in history])
        shapes = self._shapes.get((way, words))
        if shapes is None:
            if len(self._shapes) > _MOST_REMEMBERED:
                self._shapes.clear()
            shapes = self._shapes[way, words] = self._shapes_of(words, way)
        return [self._weighed(shape, history) for shape in shapes]

    def _shapes_of(self, words: Sequence[str], way: str | None) -> tuple[_Shape, ...]:
        found = [shape for rule in self._rules if (shape := _shape(rule, words)) is not None]
        ruled = any(shape.rule.clock == "unit" and shape.rule.duty in HANDLING_DUTIES for shape in found)
        if way in WAYS and not ruled:
            by_way = _shape(rule_of_way(way), words)
            found += [by_way] if by_way is not None else []
        return tuple(found)

    def _weighed(self, shape: _Shape, history: History) -> Owed:
        rule, start = shape.rule, history[shape.start][1]
        met_at = None if shape.met is None else history[shape.met][1]
        if not shape.stops:
            due, pauses = self._due(rule, start), ()
            best = self._due(rule._replace(length=rule.best), start) if rule.best else None
            return Owed(rule, start, due, best, met_at, pauses)
        stops = tuple(
            (max(history[begin][1], start), None if end is None else history[end][1])
            for begin, end in shape.stops
            if end is None or history[end][1] > start
        )
        due = due_at(rule, start, stops, self._calendar)
        best = due_at(rule._replace(length=rule.best), start, stops, self._calendar) if rule.best else None
        return Owed(rule, start, due, best, met_at, stops)

    def _due(self, rule: DeadlineRule, start: int) -> Due:
        if rule.unit == "clock_hours":
            return due_at(rule, start)
        # All that begins on one day ends on one day.
        key = (rule.unit, rule.length, day_of(start))
        due = self._ends.get(key)
        if due is None:
            if len(self._ends) > _MOST_REMEMBERED:
                self._ends.clear()
            due = self._ends[key] = due_at(rule, start, (), self._calendar)
        return due


def owed(
    rules: Iterable[DeadlineRule], history: History, calendar: WorkCalendar | None = None, way: str | None = None
) -> list[Owed]:
    """Every duty a request has had in its present round, from its history in order of time: (status or mark, ms).

    A reopened request starts a new round. A promise to the resident that was never met is not forgotten by that: its clock
    runs on. The way of handling (六办) sets the unit's clock until a rule of the programme's own does. A request that came
    from a list was recorded before its first step was known here: see `as_recorded`.
    """
    return Scale(rules, calendar).owed(history, way)


def as_recorded(history: History, recorded_at: int | None) -> History:
    """The history of a request that was recorded elsewhere (imported) before it came here: its clocks began then."""
    if not history or recorded_at is None or recorded_at >= history[0][1]:
        return history
    arrived = history[0][1]
    return [(word, recorded_at if at == arrived else at) for word, at in history]


def kept_here(duties: Iterable[Owed], history: History) -> list[Owed]:
    """The duties of a request whose steps became known here as `history` says, without those that were overdue on arrival.

    What had fallen due before a list was imported was somebody else's to keep; it must not stand as late for ever.
    """
    arrived = history[0][1] if history else 0
    return [duty for duty in duties if duty.met_at is not None or duty.due.at_ms >= arrived]


def with_term(duties: Iterable[Owed], term_at: int | None) -> list[Owed]:
    """The duties with the term that the platform has told for its unit (ms) in place of the programme's; its clock does not stand."""
    if term_at is None:
        return list(duties)
    return [
        duty._replace(due=Due(term_at, False), best=None, pauses=())
        if duty.rule.clock == "unit"
        and duty.rule.duty in HANDLING_DUTIES
        and duty.met_at is None
        and term_at > duty.start
        else duty
        for duty in duties
    ]


def _shape(rule: DeadlineRule, words: Sequence[str]) -> _Shape | None:
    start, met = _span(rule, words)
    if start is None:
        return None
    return _Shape(rule, start, met, _stops(rule, words) if rule.pauses_in else ())


def _span(rule: DeadlineRule, words: Sequence[str]) -> tuple[int | None, int | None]:
    duty = DUTIES[rule.duty]
    from_recording = rule.starts_at == "recorded"
    start = met = None
    for place, word in enumerate(words):
        again = word == "reopened"
        if again and (met is not None or rule.clock == "unit"):
            start = met = None
        if start is None and (word == rule.starts_at or (from_recording and (place == 0 or again))):
            start = place
        if start is not None and met is None:
            if word in duty.met_by or word in TERMINAL:
                met = place
            elif word in duty.renewed_by:
                start = place
    return start, met


def _stops(rule: DeadlineRule, words: Sequence[str]) -> tuple[tuple[int, int | None], ...]:
    """Where the clock stands still. A mark, such as news for the resident, does not set a stopped clock going."""
    statuses = [place for place, word in enumerate(words) if word not in MARKS]
    ends = [*statuses[1:], None]
    return tuple((at, end) for at, end in zip(statuses, ends, strict=True) if words[at] in rule.pauses_in)
