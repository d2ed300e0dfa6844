"""Reminders: who is told what, when, and that nothing is said twice. The programme is Liaocheng's: feedback within 24 hours."""

from __future__ import annotations

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from app.database import reading, writing
from app.domain.deadlines import parse_rules
from app.domain.duties import Scale
from app.ids import new_id
from app.jobs import deadlines
from app.jobs.deadline_notices import MOST_NOTICES
from app.jobs.reminder_words import moment
from app.models.accounts import Account
from app.models.service_requests import ServiceRequestEvent
from tests.evenings import DAY, HOUR, at, inbox, kinds, record, request, set_values, take
from tests.factories import City

FRIDAY = at("2026-11-20 10:00")


@pytest.fixture
def app(either_app: Flask) -> Flask:
    """On SQLite and on PostgreSQL: histories are gathered by the database."""
    return either_app


def notes(request_id: str) -> list[str]:
    with reading() as session:
        found = session.scalars(
            select(ServiceRequestEvent).where(
                ServiceRequestEvent.service_request_id == request_id, ServiceRequestEvent.kind == "comment"
            )
        )
        return [event.text or "" for event in found]


def test_nothing_is_said_before_half_of_the_time_has_passed(city: City) -> None:
    record(city, "li", FRIDAY)
    assert deadlines.run(FRIDAY + 12 * HOUR - 1).idle
    assert inbox(city, "li") == []


def test_li_and_her_leader_are_reminded_at_half_of_the_time_and_wang_is_not(city: City) -> None:
    record(city, "li", FRIDAY, text="三单元路灯不亮")
    assert deadlines.run(FRIDAY + 12 * HOUR).counts["reminders"] == 1
    (notice,) = inbox(city, "li")
    assert (notice.kind, notice.title) == ("deadline_half", "诉求办理时限已过半")
    assert notice.text == "三单元路灯不亮\n反馈进展：应于11月21日10:00前完成（对群众的时限）"
    assert kinds(city, "sun") == ["deadline_half"]
    assert [kinds(city, who) for who in ("wang", "zhao", "qian", "zhou")] == [[], [], [], []]


def test_each_mark_is_said_once_however_often_the_job_runs(city: City) -> None:
    record(city, "li", FRIDAY)
    for minute in range(0, 26 * 60, 30):
        deadlines.run(FRIDAY + minute * 60_000)
    assert kinds(city, "li") == ["deadline_half", "deadline_near", "deadline_over"]
    assert deadlines.run(FRIDAY + 26 * HOUR).idle


def test_after_an_outage_only_the_gravest_reminder_is_said(city: City) -> None:
    record(city, "li", FRIDAY)
    deadlines.run(FRIDAY + 25 * HOUR)
    assert kinds(city, "li") == ["deadline_over"]


def test_an_overdue_request_is_brought_to_the_task_force_and_its_history_says_so(city: City) -> None:
    lamp = record(city, "li", FRIDAY)
    deadlines.run(FRIDAY + 24 * HOUR)
    (notice,) = inbox(city, "zhou")
    assert (notice.kind, notice.title, notice.about_id) == ("deadline_escalated", "诉求超期，请督办", lamp)
    assert notes(lamp) == ["已提请专班督办。反馈进展：对群众的时限为11月21日10:00，已超期"]


def test_an_answer_ends_the_reminders(city: City) -> None:
    lamp = record(city, "li", FRIDAY, handling="forward")
    take(lamp, "submitted", "dispatched", "answered", now=FRIDAY + HOUR)
    before = kinds(city, "li")
    deadlines.run(FRIDAY + 25 * HOUR)
    assert kinds(city, "li") == before
    assert "deadline_over" not in before


def test_a_reopened_request_is_reminded_of_anew(city: City) -> None:
    lamp = record(city, "li", FRIDAY, handling="forward")
    take(lamp, "submitted", "dispatched", "answered", now=FRIDAY + HOUR)
    take(lamp, "reopened", now=FRIDAY + 5 * DAY, by="resident")
    deadlines.run(FRIDAY + 5 * DAY + 12 * HOUR)
    assert kinds(city, "li")[-1] == "deadline_half"


def test_reminders_of_an_imported_request_of_last_year_are_no_news(city: City) -> None:
    record(city, "li", FRIDAY, source="import", recorded_at=FRIDAY - 400 * DAY)
    assert deadlines.run(FRIDAY + HOUR).idle
    assert inbox(city, "sun") == []


def test_a_mark_that_passed_days_ago_is_no_news_and_the_next_one_is(city: City) -> None:
    (rule,) = parse_rules([{"starts_at": "recorded", "duty": "answer", "length": 240, "unit": "clock_hours"}])
    record(city, "li", FRIDAY)
    said = {}
    with reading() as session:
        for hours in (119, 120, 191, 192, 240, 311, 312):
            (weighed,) = deadlines.weigh_all(session, Scale([rule]), FRIDAY + hours * HOUR)
            said[hours] = [line.fraction for line in weighed.said]
    assert said == {119: [], 120: [50], 191: [50], 192: [80], 240: [100], 311: [100], 312: []}


def test_a_mark_that_passed_more_than_three_days_ago_is_silent_though_the_term_runs_on(city: City) -> None:
    (rule,) = parse_rules([{"starts_at": "recorded", "duty": "answer", "length": 720, "unit": "clock_hours"}])
    record(city, "li", FRIDAY)
    with reading() as session:
        (weighed,) = deadlines.weigh_all(session, Scale([rule]), FRIDAY + 360 * HOUR + deadlines.STALE_MS)
    assert weighed.said == []


def test_the_third_return_goes_to_the_task_force_and_the_second_does_not(city: City) -> None:
    lamp = record(city, "li", FRIDAY, handling="forward")
    take(lamp, "submitted", "dispatched", now=FRIDAY)
    take(lamp, "returned", "dispatched", "returned", now=FRIDAY + HOUR)
    deadlines.run(FRIDAY + HOUR)
    assert kinds(city, "zhou") == []
    take(lamp, "dispatched", "returned", now=FRIDAY + 2 * HOUR)
    deadlines.run(FRIDAY + 2 * HOUR)
    deadlines.run(FRIDAY + 3 * HOUR)
    (notice,) = inbox(city, "zhou")
    assert notice.kind == "returned_again"
    assert "已退单3次，请明确承办单位" in (notice.text or "")


def test_a_confidential_report_is_named_and_not_quoted_to_the_task_force(city: City) -> None:
    secret = record(city, "li", FRIDAY, text="物业经理收钱", confidential=True, scope=f"user:{city.people['li']}")
    deadlines.run(FRIDAY + 24 * HOUR)
    assert kinds(city, "sun") == []
    (notice,) = inbox(city, "zhou")
    assert "保密反映事项" in (notice.text or "")
    assert not any("物业" in (one.text or "") for who in ("li", "zhou") for one in inbox(city, who))
    assert request(secret).scope == f"user:{city.people['li']}"


def test_a_request_that_nobody_holds_is_the_task_forces_from_the_first_reminder_on(city: City) -> None:
    record(city, "li", FRIDAY, cadre_id=new_id(), scope="unit:task_force")
    deadlines.run(FRIDAY + 12 * HOUR)
    assert kinds(city, "zhou") == ["deadline_half"]
    assert kinds(city, "li") == []


def test_a_task_force_hears_only_of_its_own_area(city: City) -> None:
    with writing() as session:
        session.get_one(Account, city.people["zhou"]).area_id = "371503"
    record(city, "li", FRIDAY)
    deadlines.run(FRIDAY + 24 * HOUR)
    assert kinds(city, "zhou") == []


def test_somebody_whose_account_is_closed_is_not_told(city: City) -> None:
    with writing() as session:
        session.get_one(Account, city.people["li"]).active = False
    record(city, "li", FRIDAY)
    deadlines.run(FRIDAY + 12 * HOUR)
    assert kinds(city, "li") == []
    assert kinds(city, "sun") == ["deadline_half"]


def test_many_at_once_become_a_few_notices_and_one_list(city: City) -> None:
    for number in range(MOST_NOTICES + 3):
        record(city, "li", FRIDAY, text=f"第{number}件")
    deadlines.run(FRIDAY + 12 * HOUR)
    notices = inbox(city, "sun")
    assert [n.kind for n in notices] == ["deadline_half"] * MOST_NOTICES + ["deadline_many"]
    assert notices[-1].title == "另有3件诉求临近或超过时限"
    deadlines.run(FRIDAY + 13 * HOUR)
    assert len(inbox(city, "sun")) == MOST_NOTICES + 1


def test_of_many_at_once_the_overdue_ones_get_the_notices_of_their_own(city: City) -> None:
    for number in range(MOST_NOTICES):
        record(city, "li", FRIDAY, text=f"第{number}件")
    late = record(city, "li", FRIDAY - 12 * HOUR, text="最急的一件")
    deadlines.run(FRIDAY + 12 * HOUR)
    assert inbox(city, "li")[0].about_id == late


def test_due_dates_that_the_door_wrote_are_left_alone(city: City) -> None:
    lamp = record(city, "li", FRIDAY, handling="forward")
    take(lamp, "submitted", "dispatched", now=FRIDAY + HOUR)
    rev = request(lamp).rev
    deadlines.run(FRIDAY + 2 * HOUR)
    assert request(lamp).rev == rev


def test_a_due_date_that_no_longer_fits_the_rules_is_put_right(city: City) -> None:
    lamp = record(city, "li", FRIDAY)
    set_values("service_request", lamp, {"due_at": FRIDAY + 9 * DAY, "due_provisional": True}, FRIDAY)
    assert deadlines.run(FRIDAY + HOUR).counts == {"due_dates": 1}
    assert (request(lamp).due_at, request(lamp).due_provisional) == (FRIDAY + 24 * HOUR, False)


def test_a_request_that_moves_while_it_is_weighed_is_weighed_again_and_not_overwritten(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    lamp = record(city, "li", FRIDAY, handling="forward")
    set_values("service_request", lamp, {"due_at": FRIDAY + 9 * DAY}, FRIDAY)
    kept = deadlines.tell

    def answered_meanwhile(*arguments: object) -> None:
        take(lamp, "submitted", "answered", now=FRIDAY + 24 * HOUR)
        kept(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(deadlines, "tell", answered_meanwhile)
    deadlines.run(FRIDAY + 24 * HOUR)
    assert request(lamp).due_at is None
    assert "deadline_over" not in kinds(city, "li")


def test_the_length_aimed_at_reminds_too(city: City, app: Flask) -> None:
    (rule,) = parse_rules([{"starts_at": "recorded", "duty": "answer", "length": 5, "best": 3, "unit": "natural_days"}])
    record(city, "li", FRIDAY)
    with reading() as session:
        (weighed,) = deadlines.weigh_all(session, Scale([rule]), at("2026-11-24 00:00"))
    assert [(said.fraction, said.duty) for said in weighed.said] == [(0, "answer")]


@given(minutes=st.lists(st.integers(0, 30 * 60), min_size=1, max_size=8))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whenever_the_job_runs_marks_rise_and_none_is_said_twice(city: City, minutes: list[int]) -> None:
    lamp = record(city, "li", FRIDAY)
    for minute in sorted(minutes):
        deadlines.run(FRIDAY + minute * 60_000)
    said = [notice.kind or "" for notice in inbox(city, "li") if notice.about_id == lamp]
    assert said == sorted(set(said), key=["deadline_half", "deadline_near", "deadline_over"].index)
    assert bool(said) == (max(minutes) >= 12 * 60)
    # So that the next example's runs have nothing to say of this one.
    take(lamp, "withdrawn", now=FRIDAY + 30 * HOUR, by="resident")


@pytest.mark.parametrize(
    ("due", "words"),
    [
        ("2026-11-21 10:00", "11月21日10:00"),
        ("2027-01-05 00:00", "2027年1月5日00:00"),
    ],
)
def test_an_instant_is_said_as_people_say_it(due: str, words: str) -> None:
    assert moment(at(due), FRIDAY) == words


def test_a_term_of_days_ends_at_twenty_four_hundred() -> None:
    assert moment(at("2026-11-28 00:00") - 1, FRIDAY) == "11月27日24:00"
