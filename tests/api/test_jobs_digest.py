"""The morning's digest: one notice for who has something to do, none for the others."""

from __future__ import annotations

import pytest
from flask import Flask

from app.database import writing
from app.ids import new_id
from app.jobs import digest
from app.models.accounts import Account
from app.models.reviews import Project, ProjectTask
from tests.evenings import DAY, HOUR, at, inbox, record, set_values, take
from tests.factories import City

THURSDAY = at("2026-11-19 17:00")
FRIDAY_8 = at("2026-11-20 08:00")


@pytest.fixture
def app(either_app: Flask) -> Flask:
    """On SQLite and on PostgreSQL."""
    return either_app


def told(city: City, who: str) -> list[str]:
    return [notice.text or "" for notice in inbox(city, who) if notice.kind == "digest"]


def test_who_has_nothing_to_do_hears_nothing(city: City) -> None:
    assert digest.run(FRIDAY_8).idle


def test_li_reads_what_is_overdue_and_what_is_due_today_and_so_do_those_above_her(city: City) -> None:
    record(city, "li", FRIDAY_8 - 30 * HOUR)
    record(city, "li", THURSDAY)
    record(city, "li", THURSDAY)
    digest.run(FRIDAY_8)
    assert told(city, "li") == ["已超期1件\n24小时内到期2件"]
    assert told(city, "sun") == told(city, "zhou") == told(city, "li")
    assert [told(city, who) for who in ("wang", "zhao", "qian")] == [[], [], []]
    assert inbox(city, "li")[0].title == "今日提醒"


def test_the_digest_comes_once_a_day(city: City) -> None:
    record(city, "li", FRIDAY_8 - 2 * DAY)
    for hour in (0, 1, 15):
        digest.run(FRIDAY_8 + hour * HOUR)
    assert len(told(city, "li")) == 1
    digest.run(FRIDAY_8 + DAY)
    assert len(told(city, "li")) == 2


def test_an_answer_that_waits_for_the_resident_stands_in_it(city: City) -> None:
    lamp = record(city, "li", THURSDAY, handling="forward")
    take(lamp, "submitted", "answered", now=THURSDAY + HOUR)
    digest.run(FRIDAY_8)
    assert told(city, "li") == ["已有办理结果、待向群众反馈1件"]


def test_a_delivery_that_is_stuck_is_the_leaders_business_and_not_the_cadres(city: City) -> None:
    lamp = record(city, "li", THURSDAY, handling="forward")
    take(lamp, "submitted", "answered", now=THURSDAY + HOUR)
    set_values("service_request", lamp, {"stuck": "平台拒收"}, THURSDAY)
    digest.run(FRIDAY_8)
    assert "上报受阻、待人工处理1件" in told(city, "sun")[0]
    assert "受阻" not in told(city, "li")[0]


def test_the_units_clock_counts_unless_it_stands_still(city: City) -> None:
    lamp = record(city, "li", THURSDAY, handling="forward")
    take(lamp, "submitted", "dispatched", now=THURSDAY)
    set_values("service_request", lamp, {"unit_due_at": FRIDAY_8 + HOUR}, THURSDAY)
    digest.run(FRIDAY_8)
    assert told(city, "li") == ["24小时内到期1件"]
    take(lamp, "returned", now=FRIDAY_8)
    set_values("service_request", lamp, {"unit_due_at": FRIDAY_8 + DAY + HOUR}, THURSDAY)
    digest.run(FRIDAY_8 + DAY)
    assert len(told(city, "li")) == 1


def test_what_is_due_in_three_days_alone_is_not_worth_a_notice(city: City) -> None:
    lamp = record(city, "li", THURSDAY, handling="forward")
    take(lamp, "submitted", "dispatched", now=THURSDAY)
    set_values("service_request", lamp, {"unit_due_at": FRIDAY_8 + 2 * DAY}, THURSDAY)
    assert digest.run(FRIDAY_8).idle


def test_a_confidential_report_of_li_is_counted_for_her_alone(city: City) -> None:
    record(city, "li", THURSDAY, confidential=True, scope=f"user:{city.people['li']}")
    digest.run(FRIDAY_8)
    assert told(city, "li") == ["24小时内到期1件"]
    assert told(city, "sun") == told(city, "zhou") == []


def test_a_task_force_reads_of_its_own_area_only(city: City) -> None:
    with writing() as session:
        session.get_one(Account, city.people["zhou"]).area_id = "371503"
    record(city, "li", THURSDAY)
    digest.run(FRIDAY_8)
    assert told(city, "zhou") == []


def test_a_weekly_task_of_a_project_is_told_from_its_last_day_on_until_it_is_done(city: City) -> None:
    project, task = new_id(), new_id()
    with writing() as session:
        session.add(
            Project(
                id=project,
                scope=f"team:{city.teams['a']}",
                title="停车难",
                responsible="孙",
                co_units=[],
                created_by=city.people["sun"],
                created_at=THURSDAY,
            )
        )
        session.flush()
        session.add(ProjectTask(id=task, project_id=project, text="勘察场地", due_on="2026-11-20", created_at=THURSDAY))
    assert digest.run(FRIDAY_8 - DAY).idle
    digest.run(FRIDAY_8)
    assert told(city, "sun") == ["项目周任务到期1项"]
    with writing() as session:
        session.get_one(ProjectTask, task).done_at = FRIDAY_8
    assert digest.run(FRIDAY_8 + DAY).idle
