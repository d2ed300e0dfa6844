"""Checks of a programme beyond types: codes that exist, words for every code, parents, rules that can be kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from app.domain.deadlines import BadRule, parse_rule
from app.programmes import shape


class Fault(NamedTuple):
    """One thing that is wrong: where, and a sentence in each language."""

    at: str
    zh: str
    en: str


def faults_of(programme: shape.Programme) -> list[Fault]:
    """Everything that is wrong with a programme; an empty list when it can be used."""
    return [
        *_codes(programme),
        *_categories(programme),
        *_cadence(programme.cadence),
        *_numbers(programme),
        *_deadlines(programme),
        *_questionnaires(programme),
        *_texts(programme),
    ]


def _codes(programme: shape.Programme) -> Iterator[Fault]:
    for plural, named, allowed in (
        ("targets", programme.target, shape.TARGETS),
        ("outcomes", programme.outcome, shape.OUTCOMES),
        ("modes", programme.mode, shape.MODES),
        ("handlings", programme.handling, shape.HANDLINGS),
        ("ways", programme.way, shape.WAYS),
    ):
        chosen: tuple[str, ...] = getattr(programme, plural)
        if not chosen or len(set(chosen)) != len(chosen):
            yield Fault(plural, "不能为空，也不能重复。", "Must not be empty or hold a code twice.")
        words = {entry.code for entry in named}
        for code in chosen:
            if code not in allowed:
                yield Fault(
                    plural,
                    f"没有代码“{code}”，可用：{'、'.join(allowed)}。",
                    f"Unknown code {code!r}; known: {', '.join(allowed)}.",
                )
            elif code not in words:
                yield Fault(plural, f"代码“{code}”没有中英文名称。", f"The code {code!r} has no words.")
    if {entry.code for entry in programme.finding} != set(shape.FINDINGS):
        yield Fault("finding", "必须正好是没事、有意见、有诉求三项。", f"Must be exactly {', '.join(shape.FINDINGS)}.")


def _categories(programme: shape.Programme) -> Iterator[Fault]:
    top = {c.code for c in programme.category if not c.parent}
    for code in _doubled(c.code for c in programme.category):
        yield Fault("category", f"分类代码“{code}”重复。", f"The category code {code!r} stands twice.")
    for category in programme.category:
        if category.parent and category.parent not in top:
            yield Fault(
                f"category.{category.code}",
                f"上级分类“{category.parent}”不存在。",
                f"The parent {category.parent!r} does not exist at the top.",
            )


def _cadence(cadence: shape.Cadence) -> Iterator[Fault]:
    if any(day not in range(1, 8) for day in cadence.weekdays):
        yield Fault("cadence.weekdays", "星期用1到7表示，5是星期五。", "Weekdays are numbers from 1 to 7; 5 is Friday.")
    if cadence.each_place_every and cadence.each_place_every not in shape.PERIOD_DAYS:
        known = "、".join(shape.PERIOD_DAYS)
        yield Fault("cadence.each_place_every", f"只能是：{known}。", f"Must be one of {', '.join(shape.PERIOD_DAYS)}.")
    if cadence.visits_a_week < 0:
        yield Fault("cadence.visits_a_week", "不能是负数。", "Must not be negative.")
    if not (cadence.weekdays or cadence.visits_a_week or cadence.each_place_every):
        yield Fault("cadence", "没有规定走访日，也没有规定频次。", "Names neither a visit day nor a frequency.")


def _numbers(programme: shape.Programme) -> Iterator[Fault]:
    if not (len(programme.region) == 6 and programme.region.isdigit()):
        yield Fault("region", "应为6位行政区划代码（GB/T 2260）。", "Must be a six-digit GB/T 2260 code.")
    for dwelling in shape.DWELLINGS:
        if not 10 <= programme.radius_m.get(dwelling, 0) <= 5000:
            yield Fault(f"radius_m.{dwelling}", "应为10到5000米。", "Must be between 10 and 5000 metres.")
    evaluation = programme.evaluation
    if not set(evaluation.by) <= set(shape.EVALUATORS):
        known = "、".join(shape.EVALUATORS)
        yield Fault("evaluation.by", f"只能是：{known}。", f"Must be among {', '.join(shape.EVALUATORS)}.")
    if evaluation.hidden_below < 5:
        yield Fault(
            "evaluation.hidden_below",
            "不能小于5，否则会暴露个人评价。",
            "Must be at least 5, or single ratings show through.",
        )
    if evaluation.call_backs < 1 or evaluation.rates_after_hours < 0:
        yield Fault("evaluation", "回访数和小时数不能为负或零。", "Call-backs must be positive, hours not negative.")


def _deadlines(programme: shape.Programme) -> Iterator[Fault]:
    for number, table in enumerate(programme.deadline, start=1):
        try:
            parse_rule(table)
        except BadRule as error:
            yield Fault(f"deadline[{number}]", "时限规则有误。", f"{error}.")
    if not programme.deadline:
        yield Fault("deadline", "至少要有一条时限规则。", "At least one rule is needed.")


def _questionnaires(programme: shape.Programme) -> Iterator[Fault]:
    for questionnaire in programme.questionnaire:
        place = f"questionnaire.{questionnaire.title}"
        for twice in _doubled(question.id for question in questionnaire.questions):
            yield Fault(place, f"题目编号“{twice}”重复。", f"The question id {twice!r} stands twice.")
        for question in questionnaire.questions:
            if question.kind not in ("single", "multi", "text"):
                yield Fault(place, f"题型“{question.kind}”不存在。", f"Unknown kind of question {question.kind!r}.")
            elif (question.kind == "text") == bool(question.options) or len(question.options) == 1:
                yield Fault(
                    place, f"题目“{question.title}”的选项不对。", f"The options of {question.id!r} do not fit its kind."
                )


def _texts(programme: shape.Programme) -> Iterator[Fault]:
    for name in programme.texts.__struct_fields__:
        if not getattr(programme.texts, name).strip():
            yield Fault(f"texts.{name}", "不能为空。", "Must not be empty.")
    if not programme.name_zh.strip() or not programme.name_en.strip():
        yield Fault("name", "中英文名称都要填写。", "Both names are needed.")
    for answer in programme.policy_answers:
        if not (answer.category and answer.question and answer.answer and answer.source):
            yield Fault(
                "policy_answers",
                f"“{answer.question}”缺少分类、答案或出处。",
                f"{answer.question!r} lacks a category, answer or source.",
            )


def _doubled(codes: Iterable[str]) -> list[str]:
    seen: set[str] = set()
    return [code for code in codes if code in seen or seen.add(code)]  # type: ignore[func-returns-value]
