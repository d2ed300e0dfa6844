"""The life of a service request: every step in the table and none beside it."""

from collections import Counter
from itertools import product
from typing import get_args

import pytest

from app.domain.service_request_steps import BORN_IN, ActorKind, Need, Step
from app.domain.service_request_words import STEP_WORDS
from app.domain.service_requests import (
    DRAFT,
    HANDLINGS,
    NEEDS,
    OPEN,
    ORDER,
    REFUSALS,
    STATUSES,
    STEPS,
    TERMINAL,
    WAYS,
    IllegalStep,
    Offered,
    check_initial,
    check_step,
    escalates_to,
    initial_path,
    initial_status,
    may_step,
    status_from_platform,
    steps_for,
)

ACTORS: tuple[ActorKind, ...] = get_args(ActorKind)
OFFICIALS: tuple[ActorKind, ...] = ("cadre", "leader", "task_force", "unit")
EVERYTHING = Offered("路灯仍不亮", "已修复", True, 3, True, "LC-001", "other")
# What no official may leave out, one at a time.
WITHOUT: dict[Need, Offered] = {
    "reason": EVERYTHING._replace(reason=" "),
    "text": EVERYTHING._replace(text=""),
    "resident_agreement": EVERYTHING._replace(resident_agreement=False),
    "three_attempts_and_signature": EVERYTHING._replace(attempts=2),
    "platform_number": EVERYTHING._replace(platform_number=""),
    "other_request": EVERYTHING._replace(other_request=""),
}


def refusal(status: str, to: str, actor: ActorKind, offered: Offered = EVERYTHING, **more: object) -> str:
    with pytest.raises(IllegalStep) as refused:
        check_step(status, to, actor, offered, **more)  # type: ignore[arg-type]
    return refused.value.code


def edges() -> set[tuple[str, str]]:
    return {(source, step.to) for step in STEPS for source in step.sources}


def reachable(start: str, allowed: set[tuple[str, str]]) -> set[str]:
    found, waiting = set[str](), {start}
    while waiting:
        found |= waiting
        waiting = {to for source, to in allowed if source in waiting} - found
    return found


def named(steps: list[Step]) -> list[str]:
    return [step.name for step in steps]


def test_statuses_are_the_twenty_of_the_design_and_all_can_be_reached() -> None:
    assert len(STATUSES) == len(ORDER) == 20
    assert reachable(DRAFT, edges()) == {DRAFT, *STATUSES}


def test_a_status_is_either_open_or_terminal() -> None:
    assert set(STATUSES) == OPEN | TERMINAL
    assert not OPEN & TERMINAL


def test_no_open_status_is_a_dead_end() -> None:
    for status in OPEN:
        assert reachable(status, edges()) & TERMINAL


def test_one_actor_never_has_two_rows_between_the_same_statuses() -> None:
    rows = Counter((source, step.to, actor) for step in STEPS for source in step.sources for actor in step.may)
    assert max(rows.values()) == 1
    assert len({step.name for step in STEPS}) == len(STEPS)


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.name)
def test_every_row_lets_its_actors_through_with_what_it_needs(step: Step) -> None:
    for source, actor in product(step.sources, step.may):
        assert check_step(source, step.to, actor, EVERYTHING) is step
        assert step in steps_for(source, actor)


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.name)
def test_every_row_refuses_an_official_without_what_it_needs(step: Step) -> None:
    for actor, need in product(step.may, step.needs):
        if actor in OFFICIALS:
            assert refusal(step.sources[0], step.to, actor, WITHOUT[need]) == f"missing_{need}"


def test_every_step_that_is_not_in_the_table_is_refused_with_a_word() -> None:
    allowed = {(source, step.to, actor) for step in STEPS for source in step.sources for actor in step.may}
    refused = Counter[str]()
    for status, to, actor in product([DRAFT, *STATUSES], STATUSES, ACTORS):
        if (status, to, actor) not in allowed:
            code = refusal(status, to, actor)
            assert code == ("not_for_this_role" if (status, to) in edges() else "illegal_transition")
            refused[code] += 1
    assert set(refused) == {"not_for_this_role", "illegal_transition"}


@pytest.mark.parametrize(("status", "to"), [("teleported", "closed"), ("recorded", "teleported"), ("recorded", DRAFT)])
def test_a_status_nobody_knows_is_refused_with_a_word(status: str, to: str) -> None:
    assert refusal(status, to, "leader") == "unknown_status"


def test_every_refusal_has_one_chinese_and_one_english_sentence() -> None:
    for code in REFUSALS:
        illegal = IllegalStep(code)
        assert illegal.zh.endswith("。")
        assert illegal.en.endswith(".")
    assert {f"missing_{need}" for need in NEEDS} <= set(REFUSALS)


def test_closing_takes_the_residents_agreement_or_three_attempts_and_a_signature() -> None:
    into_closed = [step for step in STEPS if step.to == "closed"]
    assert named(into_closed) == ["close", "close_unreached"]
    assert into_closed[0].sources == ("agreed",)
    assert [step.needs for step in STEPS if step.to == "agreed"] == [("resident_agreement",)]
    assert into_closed[1].needs == ("three_attempts_and_signature",)


def test_silence_never_counts_as_satisfied() -> None:
    silent = EVERYTHING._replace(resident_agreement=False)
    for actor in OFFICIALS:
        assert not may_step("answered", "agreed", actor, silent)
    assert not may_step("answered", "agreed", "system", silent)
    assert not may_step("answered", "closed", "system", silent)
    assert refusal("answered", "closed", "leader", Offered(attempts=3)) == "missing_three_attempts_and_signature"
    assert may_step("answered", "closed", "leader", Offered(attempts=3, signed_by_leader=True))


@pytest.mark.parametrize("actor", ["platform", "unit", "system"])
def test_who_handles_a_request_cannot_agree_in_the_residents_name(actor: ActorKind) -> None:
    for status in ("answered", "solved_on_spot", "explained"):
        assert not may_step(status, "agreed", actor, EVERYTHING)


def test_the_platform_can_answer_and_never_close() -> None:
    for status in STATUSES:
        assert not may_step(status, "closed", "platform", EVERYTHING)
    assert status_from_platform("closed") == "answered"
    assert may_step("in_progress", "answered", "platform")


def test_forwarding_is_one_way() -> None:
    without_reopening = {edge for edge in edges() if edge[1] != "reopened"}
    before = {"recorded", "own_unit", "to_be_forwarded", DRAFT, "solved_on_spot", "explained"}
    for status in ("queued", "submitted", "accepted", "dispatched", "in_progress", "returned", "extended"):
        assert not reachable(status, without_reopening) & before


def test_every_way_into_reopened_opens_a_new_forward_number_and_nothing_else_does() -> None:
    assert {step.name for step in STEPS if step.counts} == {step.name for step in STEPS if step.to == "reopened"}


def test_each_number_is_forwarded_at_most_once() -> None:
    assert [step.name for step in STEPS if step.forwards] == [step.name for step in STEPS if step.to == "queued"]
    assert refusal("to_be_forwarded", "queued", "system", forward_no=1, forwarded={1}) == "already_forwarded"
    assert may_step("to_be_forwarded", "queued", "system", forward_no=2, forwarded={1})
    assert named(steps_for("to_be_forwarded", "leader", forward_no=1, forwarded={1})).count("queue") == 0


def test_a_resident_reopens_and_withdraws_without_giving_reasons() -> None:
    for status in ("answered", "closed", "solved_on_spot", "explained", "not_accepted"):
        assert may_step(status, "reopened", "resident")
    assert may_step("in_progress", "withdrawn", "resident")
    assert refusal("answered", "reopened", "cadre", Offered()) == "missing_reason"


def test_what_the_platform_reports_is_a_fact_and_needs_no_form() -> None:
    assert may_step("in_progress", "returned", "platform")
    assert refusal("in_progress", "returned", "unit", Offered()) == "missing_reason"


def test_the_third_return_escalates_to_the_task_force() -> None:
    assert [escalates_to(returns) for returns in (0, 1, 2, 3, 4)] == [None, None, None, "task_force", "task_force"]


def test_a_request_is_born_as_its_handling_says() -> None:
    assert set(BORN_IN) == set(HANDLINGS)
    assert initial_status(None) == "recorded"
    for handling, status in BORN_IN.items():
        assert initial_status(handling) == status
        assert initial_path(status) == ("recorded", status)
        check_initial(status, handling, "cadre")
        check_initial("recorded", handling, "cadre")
    check_initial("recorded", None, "resident")


@pytest.mark.parametrize(
    ("status", "handling", "actor", "code"),
    [
        ("closed", None, "cadre", "illegal_transition"),
        ("agreed", "on_the_spot", "cadre", "illegal_transition"),
        ("solved_on_spot", "explain", "cadre", "illegal_transition"),
        ("solved_on_spot", "on_the_spot", "resident", "not_for_this_role"),
        ("recorded", "wish_away", "cadre", "unknown_status"),
        ("teleported", None, "cadre", "unknown_status"),
        ("recorded", None, "platform", "not_for_this_role"),
    ],
)
def test_a_request_is_not_born(status: str, handling: str | None, actor: ActorKind, code: str) -> None:
    with pytest.raises(IllegalStep) as refused:
        check_initial(status, handling, actor)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("word", "status"),
    [("OPEN", "submitted"), ("Closed", "answered"), ("in-progress", "in_progress"), (" In  Progress ", "in_progress")],
)
def test_a_platforms_word_is_understood_however_it_is_spelled(word: str, status: str) -> None:
    assert status_from_platform(word) == status


def test_a_platforms_unknown_word_is_not_guessed() -> None:
    assert status_from_platform("hibernating") is None
    assert status_from_platform("") is None


def test_the_six_ways_have_names_owners_and_clocks() -> None:
    assert [way.words.zh for way in WAYS.values()] == ["立即办", "主动办", "上门办", "跟踪办", "公开办", "积极办"]
    assert all(way.length > 0 and way.owner in ACTORS for way in WAYS.values())


def test_every_step_has_words_and_no_words_are_left_over() -> None:
    assert set(STEP_WORDS) == {step.name for step in STEPS}
    assert all(step.public.zh.endswith("。") for step in STEPS)
