"""Deadlines: two clocks, holidays, pauses, and reminders that neither nag nor stay away."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.deadlines import (
    DeadlineRule,
    Due,
    Owed,
    due_at,
    next_due,
    parse_rule,
    reminders,
    standing,
)
from app.domain.duties import as_recorded, kept_here, owed
from app.due_dates import rules_of

SHANGHAI = ZoneInfo("Asia/Shanghai")
HOUR = 3_600_000
DAY = 24 * HOUR


def at(text: str) -> int:
    """Shanghai wall clock to ms."""
    return round(datetime.fromisoformat(text).replace(tzinfo=SHANGHAI).timestamp() * 1000)


def wall_clock(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, SHANGHAI).strftime("%Y-%m-%d %H:%M")


def rule(length: int, unit: str, **more: Any) -> DeadlineRule:
    return parse_rule({"starts_at": "recorded", "duty": "answer", "length": length, "unit": unit, **more})


def due_on(deadline: DeadlineRule, start: str, *pauses: tuple[str, str | None]) -> str:
    spans = [(at(begin), None if end is None else at(end)) for begin, end in pauses]
    return wall_clock(due_at(deadline, at(start), spans).at_ms)


def test_friday_at_five_plus_24_clock_hours_is_saturday_at_five() -> None:
    (liaocheng, *_) = rules_of("liaocheng")
    assert due_on(liaocheng, "2026-11-20 17:00") == "2026-11-21 17:00"


def test_one_working_day_from_friday_ends_on_monday_at_midnight() -> None:
    assert due_on(rule(1, "working_days"), "2026-11-20 17:00") == "2026-11-23 23:59"


def test_working_days_jump_over_spring_festival() -> None:
    assert due_on(rule(3, "working_days"), "2026-02-13 10:00") == "2026-02-25 23:59"


def test_a_sunday_worked_in_exchange_counts() -> None:
    assert due_on(rule(1, "working_days"), "2026-09-19 10:00") == "2026-09-20 23:59"


def test_a_clock_that_starts_on_a_holiday_counts_from_the_next_working_day() -> None:
    assert due_on(rule(1, "working_days"), "2026-10-03 10:00") == "2026-10-08 23:59"


def test_natural_days_do_not_count_the_first_and_end_at_midnight() -> None:
    assert due_on(rule(7, "natural_days"), "2026-11-20 00:00") == "2026-11-27 23:59"
    assert due_on(rule(7, "natural_days"), "2026-11-20 23:59") == "2026-11-27 23:59"


def test_three_months_end_on_the_same_day_or_the_months_last() -> None:
    assert due_on(rule(3, "months"), "2026-11-20 09:00") == "2027-02-20 23:59"
    assert due_on(rule(3, "months"), "2026-11-30 09:00") == "2027-02-28 23:59"
    assert due_on(rule(1, "months"), "2026-12-31 09:00") == "2027-01-31 23:59"


def test_beyond_the_published_holidays_a_due_date_is_provisional() -> None:
    assert due_at(rule(3, "working_days"), at("2026-12-30 09:00")).provisional
    assert not due_at(rule(1, "working_days"), at("2026-12-30 09:00")).provisional
    assert not due_at(rule(90, "natural_days"), at("2026-12-30 09:00")).provisional
    assert due_at(rule(1, "working_days"), 0).provisional


def test_a_pause_of_hours_moves_a_clock_of_hours_by_as_much() -> None:
    hours = rule(24, "clock_hours", pauses_in=["returned"])
    assert due_on(hours, "2026-11-20 08:00", ("2026-11-20 10:00", "2026-11-20 13:30")) == "2026-11-21 11:30"


def test_a_pause_before_the_start_or_after_the_end_moves_nothing() -> None:
    hours = rule(24, "clock_hours", pauses_in=["returned"])
    before, after = ("2026-11-19 10:00", "2026-11-20 08:00"), ("2026-11-21 08:00", "2026-11-22 08:00")
    assert due_on(hours, "2026-11-20 08:00", before, after) == "2026-11-21 08:00"


def test_a_pause_that_began_before_the_start_counts_from_the_start() -> None:
    hours = rule(24, "clock_hours", pauses_in=["returned"])
    assert due_on(hours, "2026-11-20 08:00", ("2026-11-20 07:00", "2026-11-20 09:00")) == "2026-11-21 09:00"


def test_overlapping_pauses_count_once() -> None:
    hours = rule(24, "clock_hours", pauses_in=["returned", "extended"])
    both = ("2026-11-20 10:00", "2026-11-20 12:00"), ("2026-11-20 11:00", "2026-11-20 13:00")
    assert due_on(hours, "2026-11-20 08:00", *both) == "2026-11-21 11:00"


def test_a_second_pause_that_the_first_one_let_in_counts_too() -> None:
    hours = rule(24, "clock_hours", pauses_in=["returned"])
    pauses = ("2026-11-20 09:00", "2026-11-21 09:00"), ("2026-11-22 07:00", "2026-11-22 09:00")
    assert due_on(hours, "2026-11-20 08:00", *pauses) == "2026-11-22 10:00"


def test_a_pause_over_a_weekend_gives_back_working_days_only() -> None:
    days = rule(5, "working_days", pauses_in=["returned"])
    assert due_on(days, "2026-11-18 09:00") == "2026-11-25 23:59"
    assert due_on(days, "2026-11-18 09:00", ("2026-11-20 15:00", "2026-11-23 09:00")) == "2026-11-26 23:59"


def test_a_pause_within_one_day_gives_back_no_day() -> None:
    days = rule(5, "natural_days", pauses_in=["returned"])
    assert due_on(days, "2026-11-18 09:00", ("2026-11-19 09:00", "2026-11-19 17:00")) == "2026-11-23 23:59"
    assert due_on(days, "2026-11-18 09:00", ("2026-11-19 09:00", "2026-11-21 17:00")) == "2026-11-25 23:59"


def test_a_clock_that_stands_keeps_the_standing_it_had() -> None:
    hours = rule(48, "clock_hours", pauses_in=["returned"])
    due = due_at(hours, at("2026-11-20 08:00"), [(at("2026-11-20 09:00"), None)])
    assert due.stands_since == at("2026-11-20 09:00")
    assert standing(at("2026-12-20 09:00"), [due]) == "within_3d"
    assert standing(at("2026-12-20 09:00"), [due._replace(stands_since=None)]) == "overdue"


def test_a_pause_that_comes_too_late_does_not_stop_the_clock() -> None:
    hours = rule(24, "clock_hours", pauses_in=["returned"])
    due = due_at(hours, at("2026-11-20 08:00"), [(at("2026-11-21 09:00"), None)])
    assert standing(at("2026-11-21 10:00"), [due]) == "overdue"


spans = st.tuples(st.integers(0, 40 * DAY), st.integers(0, 20 * DAY)).map(lambda pair: (pair[0], sum(pair)))


@given(
    st.sampled_from(["clock_hours", "natural_days", "working_days", "months"]),
    st.integers(1, 40),
    st.integers(0, 2 * 365 * DAY).map(lambda ms: at("2025-06-01 00:00") + ms),
    st.lists(spans, max_size=5),
)
def test_the_residents_clock_never_pauses_and_pauses_only_ever_give_time(
    unit: str, length: int, start: int, offsets: list[tuple[int, int]]
) -> None:
    pauses = [(start + begin, start + end) for begin, end in offsets]
    resident, unit_clock = rule(length, unit), rule(length, unit, pauses_in=["returned"])
    assert due_at(resident, start, pauses) == due_at(resident, start)
    without, paused = due_at(unit_clock, start).at_ms, due_at(unit_clock, start, pauses).at_ms
    assert without == due_at(resident, start).at_ms
    assert paused >= without
    assert due_at(unit_clock, start, reversed(pauses)).at_ms == paused


@pytest.mark.parametrize(
    ("left", "expected"),
    [
        (-1, "overdue"),
        (0, "within_24h"),
        (DAY, "within_24h"),
        (DAY + 1, "within_3d"),
        (3 * DAY, "within_3d"),
        (3 * DAY + 1, "later"),
    ],
)
def test_standing_turns_at_the_millisecond(left: int, expected: str) -> None:
    now = at("2026-11-20 08:00")
    assert standing(now, [Due(now + left, False)]) == expected


def test_the_most_pressing_due_date_decides() -> None:
    now = at("2026-11-20 08:00")
    assert standing(now, [Due(now + 10 * DAY, False), Due(now + HOUR, False)]) == "within_24h"
    assert standing(now, []) == "later"


def story(*events: tuple[str, str]) -> list[tuple[str, int]]:
    return [(status, at(when)) for status, when in events]


FORWARDED = story(
    ("recorded", "2026-11-20 15:00"),
    ("to_be_forwarded", "2026-11-20 15:00"),
    ("queued", "2026-11-20 15:01"),
    ("submitted", "2026-11-20 15:01"),
)


def only(duties: list[Owed], duty: str) -> Owed:
    (found,) = [one for one in duties if one.rule.duty == duty]
    return found


def test_feedback_is_owed_until_the_resident_hears_who_handles_it() -> None:
    assert only(owed(rules_of("liaocheng"), FORWARDED), "feedback").met_at is None
    dispatched = [*FORWARDED, *story(("dispatched", "2026-11-20 18:00"))]
    assert only(owed(rules_of("liaocheng"), dispatched), "feedback").met_at == at("2026-11-20 18:00")


def test_what_is_solved_on_the_spot_owes_nothing() -> None:
    on_the_spot = story(("recorded", "2026-11-20 15:00"), ("solved_on_spot", "2026-11-20 15:00"))
    assert next_due(owed(rules_of("liaocheng"), on_the_spot), "resident") is None


def test_a_return_stops_the_units_clock_and_not_the_residents() -> None:
    rules = [rule(24, "clock_hours"), rule(24, "clock_hours", pauses_in=["returned"])]
    returned = [
        *FORWARDED,
        *story(
            ("dispatched", "2026-11-20 16:00"), ("returned", "2026-11-20 18:00"), ("dispatched", "2026-11-20 20:00")
        ),
    ]
    duties = owed(rules, returned)
    resident, unit = next_due(duties, "resident"), next_due(duties, "unit")
    assert [due and wall_clock(due.at_ms) for due in (resident, unit)] == ["2026-11-21 15:00", "2026-11-21 17:00"]


def test_a_reopened_request_makes_a_new_promise() -> None:
    again = [*FORWARDED, *story(("answered", "2026-11-21 09:00"), ("reopened", "2026-11-25 09:00"))]
    feedback = only(owed(rules_of("liaocheng"), again), "feedback")
    assert feedback.met_at is None
    assert wall_clock(feedback.due.at_ms) == "2026-11-26 09:00"


def test_taking_a_request_up_again_does_not_wipe_out_a_broken_promise() -> None:
    resumed = [*FORWARDED, *story(("returned", "2026-11-22 09:00"), ("reopened", "2026-11-25 09:00"))]
    feedback = only(owed(rules_of("liaocheng"), resumed), "feedback")
    assert wall_clock(feedback.due.at_ms) == "2026-11-21 15:00"


def test_reopening_starts_the_units_clock_afresh() -> None:
    deadline = parse_rule(
        {"starts_at": "dispatched", "duty": "answer", "length": 5, "unit": "natural_days", "clock": "unit"}
    )
    history = [*FORWARDED, *story(("dispatched", "2026-11-20 16:00"), ("reopened", "2026-11-25 09:00"))]
    assert owed([deadline], history) == []
    again = [*history, *story(("dispatched", "2026-11-26 09:00"))]
    assert wall_clock(owed([deadline], again)[0].due.at_ms) == "2026-12-01 23:59"


def test_a_withdrawn_request_owes_nothing_more() -> None:
    gone = [*FORWARDED, *story(("withdrawn", "2026-11-20 16:00"))]
    assert all(duty.met_at is not None for duty in owed(rules_of("liaocheng"), gone))


def test_a_weekly_task_is_owed_again_from_the_last_progress() -> None:
    weekly = [one for one in rules_of("huangpu") if one.duty == "weekly_task"]
    history = story(
        ("task_given", "2026-11-02 09:00"), ("task_done", "2026-11-06 09:00"), ("progress", "2026-11-12 09:00")
    )
    (task,) = owed(weekly, history)
    assert task.met_at is None
    assert wall_clock(task.due.at_ms) == "2026-11-19 23:59"


def fractions(duties: list[Owed], since: str, now: str) -> list[float | None]:
    return [reminder.fraction for reminder in reminders(duties, at(since), at(now))]


def test_reminders_come_at_50_80_and_100_percent_and_escalate_at_the_last() -> None:
    duties = [only(owed(rules_of("liaocheng"), FORWARDED), "feedback")]
    assert fractions(duties, "2026-11-20 15:00", "2026-11-21 02:59") == []
    assert fractions(duties, "2026-11-21 02:59", "2026-11-21 03:00") == [0.5]
    assert fractions(duties, "2026-11-21 03:00", "2026-11-21 10:12") == [0.8]
    (last,) = reminders(duties, at("2026-11-21 10:12"), at("2026-11-21 15:00"))
    assert (last.fraction, last.escalates_to, last.at_ms) == (1.0, "task_force", at("2026-11-21 15:00"))


def test_after_an_outage_only_the_latest_reminder_is_sent() -> None:
    duties = [only(owed(rules_of("liaocheng"), FORWARDED), "feedback")]
    assert fractions(duties, "2026-11-20 15:00", "2026-11-25 09:00") == [1.0]


def test_nobody_is_reminded_of_what_was_done() -> None:
    done = [*FORWARDED, *story(("dispatched", "2026-11-20 18:00"))]
    duties = [only(owed(rules_of("liaocheng"), done), "feedback")]
    assert reminders(duties, 0, at("2026-12-25 09:00")) == []


def test_the_best_time_warns_and_only_the_limit_is_overdue() -> None:
    duties = [only(owed(rules_of("baoan"), story(("recorded", "2026-11-16 09:00"))), "answer")]
    assert wall_clock(duties[0].due.at_ms) == "2026-11-23 23:59"
    assert fractions(duties, "2026-11-19 23:00", "2026-11-20 00:01") == [None]
    assert standing(at("2026-11-20 09:00"), [duties[0].due]) != "overdue"


def test_reminders_wait_while_the_clock_stands() -> None:
    deadline = rule(24, "clock_hours", pauses_in=["returned"])
    stopped = [*FORWARDED, *story(("returned", "2026-11-20 16:00"))]
    assert fractions(owed([deadline], stopped), "2026-11-20 15:00", "2026-12-24 09:00") == []
    resumed = [*stopped, *story(("dispatched", "2026-11-24 16:00"))]
    assert fractions(owed([deadline], resumed), "2026-11-20 15:00", "2026-11-25 02:59") == []
    assert fractions(owed([deadline], resumed), "2026-11-20 15:00", "2026-11-25 03:00") == [0.5]


def test_a_list_of_2019_brings_no_duties_that_fell_due_before_it_was_imported() -> None:
    arrived = story(("recorded", "2026-11-20 10:00"))
    recorded_at = at("2019-03-01 09:00")
    rules = rules_of("baoan")
    assert next_due(kept_here(owed(rules, as_recorded(arrived, recorded_at)), arrived), "resident") is None
    yesterday = at("2026-11-19 09:00")
    duties = kept_here(owed(rules, as_recorded(arrived, yesterday)), arrived)
    assert {duty.rule.duty for duty in duties} == {"accept", "answer"}
    assert wall_clock(only(duties, "accept").due.at_ms) == "2026-11-20 23:59"


def test_an_imported_request_that_is_reopened_owes_everything_anew() -> None:
    history = story(
        ("recorded", "2026-11-20 10:00"), ("answered", "2026-11-21 10:00"), ("reopened", "2026-11-22 10:00")
    )
    duties = kept_here(owed(rules_of("baoan"), as_recorded(history, at("2019-03-01 09:00"))), history)
    assert wall_clock(only(duties, "accept").due.at_ms) == "2026-11-23 23:59"


def test_the_way_of_handling_sets_the_units_clock_until_the_programmes_own_rule_does() -> None:
    recorded = story(("recorded", "2026-11-20 10:00"), ("own_unit", "2026-11-20 10:00"))
    assert next_due(owed(rules_of("liaocheng"), recorded), "unit") is None
    by_way = next_due(owed(rules_of("liaocheng"), recorded, way="at_once"), "unit")
    assert by_way is not None
    assert wall_clock(by_way.at_ms) == "2026-11-21 10:00"
    dispatched = [*recorded, ("dispatched", at("2026-11-20 12:00"))]
    ruled = next_due(owed(rules_of("liaocheng"), dispatched, way="at_once"), "unit")
    assert ruled is not None
    assert wall_clock(ruled.at_ms) == "2026-12-04 23:59"


def test_news_for_the_resident_does_not_set_a_stopped_clock_going() -> None:
    (unit,) = [one for one in rules_of("liaocheng") if one.clock == "unit"]
    history = story(
        ("recorded", "2026-11-20 10:00"), ("dispatched", "2026-11-20 12:00"), ("returned", "2026-11-23 12:00")
    )
    stopped = only(owed([unit], history), "answer").due
    told = only(owed([unit], [*history, ("progress", at("2026-11-24 12:00"))]), "answer").due
    assert stopped.stands_since == told.stands_since == at("2026-11-23 12:00")


def test_a_department_that_is_called_owes_its_coming_within_a_day_and_pays_by_coming() -> None:
    called = story(("recorded", "2026-11-20 10:00"), ("units_called", "2026-11-20 15:00"))
    report = only(owed(rules_of("huangpu"), called), "report")
    assert (wall_clock(report.due.at_ms), report.met_at) == ("2026-11-21 15:00", None)
    came = [*called, ("unit_reported", at("2026-11-20 18:00"))]
    assert only(owed(rules_of("huangpu"), came), "report").met_at == at("2026-11-20 18:00")
