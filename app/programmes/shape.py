"""The keys of a programme file, and what each one means.

A file is TOML; `msgspec` turns it into these types and names the place of anything that does not fit.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec

# The codes that stand on the wire and in the database; a programme chooses among them and may not invent others.
TARGETS = ("enterprise", "village", "household")
OUTCOMES = ("met", "nobody", "inconvenient", "declined", "vacant", "moved", "rescheduled")
FINDINGS = ("nothing", "opinion", "request")
MODES = ("doorstep", "phone", "online")
HANDLINGS = ("on_the_spot", "explain", "own_unit", "forward")
WAYS = ("at_once", "proactive", "on_site", "tracked", "in_public", "coordinated")
DWELLINGS = ("building", "old_estate", "village_house", "village_centre", "enterprise")
EVALUATORS = ("superiors", "peers", "served")
PERIOD_DAYS = {"month": 31, "quarter": 92, "half_year": 184, "year": 366}


class Named(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A code and what people read for it; `hint_*` says when to choose it."""

    code: str
    zh: str
    en: str
    hint_zh: str = ""
    hint_en: str = ""


class Category(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A category of requests; `parent` is the code of the one above it, empty at the top."""

    code: str
    zh: str
    en: str
    parent: str = ""


class Cadence(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When visits are owed (走访日).

    `weekdays`: ISO numbers of fixed visit days, 5 is Friday. `holidays_too`: public holidays are visit days as well, because
    residents are at home. `visits_a_week`: how many visits a cadre owes a week where no day is fixed. `each_place_every`:
    month, quarter, half_year or year; within it every place is visited once. `zh`, `en`: the rule in one line.
    """

    zh: str
    en: str
    weekdays: tuple[int, ...] = ()
    holidays_too: bool = False
    visits_a_week: int = 0
    each_place_every: str = ""

    def may_be_visit_day(self, on: date, *, holiday: bool = False) -> bool:
        """True when visits are planned on `on`; `holiday` says whether the calendar calls it a public holiday."""
        if not self.weekdays:
            return True
        return on.isoweekday() in self.weekdays or (self.holidays_too and holiday)

    @property
    def place_period_days(self) -> int | None:
        """The longest time between two visits to one place, in days; None when the programme sets none."""
        return PERIOD_DAYS[self.each_place_every] if self.each_place_every else None


class Evaluation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The three evaluations (三评议) and call-backs (抽查回访).

    `by`: who evaluates. `hidden_below`: fewer answers than this are never shown. `rating_words`: the five words of a
    rating, worst first. `call_backs`: calls of the random layer a week; 59 find a rate of 5 % with 95 % confidence, 149 one of
    2 %, 298 one of 1 %. `rates_after_hours`: the rating page opens so many hours after the answer.
    """

    by: tuple[str, ...]
    hidden_below: int
    rating_words: tuple[str, str, str, str, str]
    call_backs: int
    rates_after_hours: int


class Question(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One question: `kind` is single, multi or text; `options` belong to the first two."""

    id: str
    kind: str
    title: str
    options: tuple[str, ...] = ()


class Questionnaire(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A short questionnaire (问卷) for doors and events."""

    title: str
    questions: tuple[Question, ...]


class Texts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Texts that people read: the letter to residents or enterprises (致群众（企业）的一封信), and the notices of what is recorded."""

    letter_to_residents_zh: str
    letter_to_residents_en: str
    letter_to_enterprises_zh: str
    letter_to_enterprises_en: str
    recorded_notice_zh: str
    recorded_notice_en: str
    resident_notice_zh: str
    resident_notice_en: str


class PolicyAnswer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One question of the policy Q&A (民生政策“一问一答”) with its answer and where the answer comes from."""

    category: str
    question: str
    answer: str
    source: str


class Programme(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One programme.

    `code`: the name of its file. `name_zh`, `name_en`: its title. `region`: GB/T 2260 code of the city or district.
    `location_check_in`: whether "arrived" takes one location fix (定位打卡). `targets`, `outcomes`, `modes`, `handlings`, `ways`:
    the codes this programme uses; their words stand in `target`, `outcome`, `finding`, `mode`, `handling`, `way`. `radius_m`: radius
    in metres of each kind of dwelling within which a fix counts as "at the address". `category`: the categories of requests.
    `deadline`: the deadline rules as `app.domain.deadline_rules` reads them; a file may say `deadlines_like = "…"` instead and take over those of
    another programme, or of a list in the folder `deadlines`. `cadence`, `evaluation`, `questionnaire`, `texts`,
    `policy_answers`: see their types.
    """

    code: str
    name_zh: str
    name_en: str
    region: str
    location_check_in: bool
    targets: tuple[str, ...]
    outcomes: tuple[str, ...]
    modes: tuple[str, ...]
    handlings: tuple[str, ...]
    ways: tuple[str, ...]
    cadence: Cadence
    radius_m: dict[str, int]
    target: tuple[Named, ...]
    outcome: tuple[Named, ...]
    finding: tuple[Named, ...]
    mode: tuple[Named, ...]
    handling: tuple[Named, ...]
    way: tuple[Named, ...]
    category: tuple[Category, ...]
    deadline: tuple[dict[str, Any], ...]
    evaluation: Evaluation
    questionnaire: tuple[Questionnaire, ...]
    texts: Texts
    policy_answers: tuple[PolicyAnswer, ...]

    def word(self, kind: str, code: str | None) -> str:
        """The Chinese word of a code of `kind` (target, outcome, finding, mode, handling, way); the code itself when unknown."""
        named: tuple[Named, ...] = getattr(self, kind)
        return next((n.zh for n in named if n.code == code), code or "")

    def category_name(self, code: str | None) -> str:
        """The Chinese name of a category; the code itself when the programme does not know it."""
        return next((c.zh for c in self.category if c.code == code), code or "")
