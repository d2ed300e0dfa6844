"""News from the platform: applied once, in its order, never backwards; what does not fit is kept and shown."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from app.database import reading, writing
from app.jobs import poll_platform
from app.models.forwarding import PlatformNews
from app.writes import Actor, patch, step, write
from tests.factories import City
from tests.forwarding_world import DAY, HOUR, MINUTE, SECOND, World
from tests.platform import Copy, Platform


@pytest.fixture
def submitted(world: World) -> str:
    """A request that the platform has; its copy is the first."""
    (request_id,) = world.queue()
    world.forward()
    world.poll()
    return request_id


def copy(world: World) -> Copy:
    return world.platform.copies[0]


def later(world: World, minutes: int = 6) -> None:
    world.now += minutes * MINUTE


def news(world: World) -> list[tuple[str, str | None]]:
    with reading() as session:
        lines = session.scalars(select(PlatformNews).where(PlatformNews.target == world.code).order_by(PlatformNews.id))
        return [(line.state, line.why) for line in lines if not line.body["snapshot"]]


def steps(world: World, request_id: str) -> list[str]:
    return [str(e.to_status) for e in world.events(request_id) if e.kind == "status"][3:]


def test_the_steps_of_the_platform_become_steps_of_the_request(world: World, submitted: str) -> None:
    for status, text, told in (
        ("accepted", "已受理", {}),
        ("dispatched", "已转住建局主办", {"lead_unit": "住建局", "co_units": ["供电公司"]}),
        ("in_progress", "维修人员已到现场", {}),
        ("extended", "缺配件", {"reason": "缺配件，需三天"}),
        ("answered", "路灯已修好", {"answer": "路灯已修好"}),
    ):
        later(world)
        world.platform.report(copy(world), status, text, **told)
        world.poll()
    request = world.request(submitted)
    assert steps(world, submitted) == ["submitted", "accepted", "dispatched", "in_progress", "extended", "answered"]
    assert (request.status, request.answer) == ("answered", "路灯已修好")
    assert (request.lead_unit, request.co_units) == ("住建局", ["供电公司"])
    extended = next(e for e in world.events(submitted) if e.to_status == "extended")
    assert extended.reason == "缺配件，需三天"
    assert (extended.actor_kind, extended.actor_name) == ("platform", "市民热线平台")


def test_an_update_is_applied_once_however_often_it_is_read(world: World, submitted: str) -> None:
    later(world)
    world.platform.report(copy(world), "accepted", "已受理")
    for _ in range(4):
        world.poll()
        later(world)
    assert steps(world, submitted) == ["submitted", "accepted"]
    assert news(world) == [("applied", None)]


def test_steps_that_were_missed_are_caught_up_in_one_poll(world: World, submitted: str) -> None:
    for status in ("accepted", "dispatched", "in_progress"):
        later(world, 1)
        world.platform.report(copy(world), status, status)
    later(world)
    world.poll()
    assert steps(world, submitted) == ["submitted", "accepted", "dispatched", "in_progress"]


def test_a_server_without_updates_is_followed_by_its_requests_alone(world: World, submitted: str) -> None:
    world.platform.has_updates = False
    later(world)
    world.platform.report(copy(world), "closed", "修好了")
    copy(world).details["answer"] = "路灯已修好"
    world.poll()
    assert (world.request(submitted).status, world.request(submitted).answer) == ("answered", "路灯已修好")


def test_a_remote_closed_answers_and_never_closes(world: World, submitted: str) -> None:
    later(world)
    world.platform.report(copy(world), "closed", "已办结：路灯已修好")
    world.poll()
    request = world.request(submitted)
    assert (request.status, request.closed_at) == ("answered", None)
    assert request.answer == "已办结：路灯已修好"


def test_an_older_update_never_applies(world: World, submitted: str) -> None:
    later(world, 60)
    world.platform.report(copy(world), "in_progress", "正在办")
    world.poll()
    early = datetime.fromtimestamp(world.now / 1000, UTC) - timedelta(minutes=30)
    copy(world).details.clear()
    world.platform.report(copy(world), "returned", "迟到的退单", at=early)
    later(world)
    world.poll()
    assert world.request(submitted).status == "in_progress"
    assert ("stored", "older") in news(world)


def test_an_unknown_status_is_stored_and_shown_but_not_applied(world: World, submitted: str) -> None:
    later(world)
    world.platform.report(copy(world), "fnord", "神秘的进展")
    world.poll()
    assert world.request(submitted).status == "submitted"
    assert ("stored", "unknown_status") in news(world)
    (comment,) = [e for e in world.events(submitted) if e.kind == "comment"]
    assert "神秘的进展" in str(comment.text)
    assert not comment.public


def test_a_step_the_request_does_not_admit_is_kept_as_a_comment(world: World, submitted: str) -> None:
    later(world)
    world.platform.report(copy(world), "answered", "修好了")
    world.poll()
    later(world)
    world.platform.report(copy(world), "dispatched", "又派单了")
    world.poll()
    assert world.request(submitted).status == "answered"
    assert ("stored", "not_possible") in news(world)
    assert any("又派单了" in str(e.text) for e in world.events(submitted) if e.kind == "comment")


def test_progress_without_a_step_is_told_to_the_resident(world: World, submitted: str) -> None:
    later(world)
    world.platform.report(copy(world), "in_progress", "开始办理")
    world.poll()
    later(world)
    world.platform.report(copy(world), "in_progress", "电线杆明天到货")
    world.poll()
    (progress,) = [e for e in world.events(submitted) if e.kind == "progress"]
    assert (progress.text, progress.public) == ("电线杆明天到货", True)


def test_other_peoples_requests_are_none_of_our_business(world: World, submitted: str) -> None:
    stranger = world.platform.commit({"service_code": "lights", "description": "别人的事"}, [])
    later(world)
    world.platform.report(stranger, "answered", "别人的答复")
    world.poll()
    with reading() as session:
        found = session.scalars(select(PlatformNews).where(PlatformNews.platform_id == stranger.number)).all()
    assert found == []


def test_a_number_that_comes_by_news_ends_a_doubt(world: World) -> None:
    world.platform.faults.append("drop_after_commit")
    (request_id,) = world.queue()
    world.forward()
    later(world, 1)
    world.platform.report(copy(world), "accepted", "已受理")
    world.poll()
    assert world.row().state == "done"
    assert world.row().platform_id == copy(world).number
    assert world.request(request_id).status in {"submitted", "accepted"}


def test_a_second_copy_at_the_platform_raises_the_alarm(world: World, submitted: str) -> None:
    later(world)
    world.platform.report(world.platform.commit(copy(world).fields, []), "accepted", "重复的一件")
    world.poll()
    assert world.row().alarm == "several"
    assert world.row().platform_id == copy(world).number
    assert "不止一份" in str(world.request(submitted).stuck)


def test_an_update_dated_before_it_appears_is_caught_by_the_overlap(world: World, submitted: str) -> None:
    hidden = datetime.fromtimestamp(world.now / 1000, UTC) + timedelta(minutes=10)
    world.now += HOUR
    world.poll()
    world.platform.report(copy(world), "accepted", "迟到一小时的进展", at=hidden)
    later(world)
    world.poll()
    assert world.request(submitted).status == "accepted"


def test_the_nightly_poll_reaches_back_a_day(world: World, submitted: str) -> None:
    first = datetime.fromtimestamp(world.now / 1000, UTC) + timedelta(minutes=1)
    for _ in range(8):
        world.now += HOUR
        world.poll()
    world.platform.report(copy(world), "accepted", "当天早些时候", at=first)
    world.now += 10 * MINUTE
    world.poll()
    assert world.request(submitted).status == "submitted"
    world.now += 13 * HOUR
    # The last poll is a minute ago: only the night's poll reaches back to the morning.
    world.change_target(polled_to=world.now - MINUTE)
    world.poll()
    assert world.request(submitted).status == "accepted"


def test_the_weekly_check_misses_a_number_that_is_gone(world: World, submitted: str) -> None:
    world.queue(3)
    world.forward()
    gone = copy(world)
    world.platform.hidden = lambda one: one is gone
    world.platform.quirks.add("only_first_id")
    world.now += 8 * DAY
    report = world.poll()
    assert (report["checked"], report["missing"]) == (4, 1)
    alarms = {row.platform_id: row.alarm for row in world.rows()}
    assert alarms.pop(gone.number) == "missing_at_platform"
    assert set(alarms.values()) == {None}
    assert "查不到" in str(world.request(submitted).stuck)


def test_a_failed_poll_is_tried_again_and_misses_nothing(world: World, submitted: str) -> None:
    later(world)
    world.platform.report(copy(world), "accepted", "已受理")
    world.platform.search_faults.append("500")
    assert world.poll() == {"failed": 1}
    world.now += 2 * MINUTE
    world.poll()
    assert world.request(submitted).status == "accepted"


def test_a_poll_comes_as_often_as_the_target_says(city: City, platform: Platform) -> None:
    world = World(city, platform, poll_every_s=5)
    assert world.poll()["polled"] == 1
    assert not poll_platform.is_due(world.now + 4 * SECOND)
    assert poll_platform.is_due(world.now + 6 * SECOND)
    slow = World(city, platform)
    slow.change_target(poll_at=slow.now)
    slow.poll()
    assert slow.target().poll_at - slow.now >= 5 * MINUTE


def test_a_merge_into_another_of_our_requests_links_them(world: World, submitted: str) -> None:
    (other,) = world.queue()
    world.now += SECOND
    world.forward()
    later(world)
    world.platform.report(copy(world), "duplicate", "与另一件重复", merged_into=world.platform.copies[1].number)
    world.poll()
    request = world.request(submitted)
    assert (request.status, request.merged_into) == ("merged", other)


def reopen(world: World, request_id: str) -> None:
    """The resident does not agree, and the leader sends the request up again."""
    with writing() as session:
        resident, leader = Actor("resident", None, "居民"), Actor("leader", None, "孙队长")
        (first,) = write(
            session,
            [patch("service_request", request_id, {"status": step("reopened", reason="灯还是不亮")})],
            actor=resident,
            now=world.now,
        )
        (second,) = write(
            session,
            [patch("service_request", request_id, {"status": step("to_be_forwarded")})],
            actor=leader,
            now=world.now,
        )
        assert (first.outcome, second.outcome) == ("applied", "applied"), (first, second)
    with writing() as session:
        for row in world.rows_of(session, request_id):
            if row.state == "due":
                row.next_at, row.target, row.created_at = world.now, world.code, world.now


def test_a_reopened_request_goes_back_under_its_number_and_is_no_second_copy(world: World, submitted: str) -> None:
    later(world)
    world.platform.report(copy(world), "answered", "修好了", answer="修好了")
    world.poll()
    later(world)
    reopen(world, submitted)
    assert world.forward() == {"created": 1}
    assert len(world.platform.copies) == 1
    assert "灯还是不亮" in world.platform.updates[-1]["description"]
    assert world.request(submitted).status == "submitted"
    later(world)
    world.poll()
    assert world.events(submitted)[-1].text == "灯还是不亮"
    later(world)
    world.platform.report(copy(world), "answered", "这次真修好了", answer="这次真修好了")
    world.poll()
    assert (world.request(submitted).status, world.request(submitted).answer) == ("answered", "这次真修好了")


@pytest.mark.parametrize(
    "fault", ["drop_after_commit", "drop_before_commit", "500_before_commit", "html_200_after_commit"]
)
def test_a_doubtful_reopening_is_looked_up_like_everything_else(world: World, submitted: str, fault: str) -> None:
    later(world)
    world.platform.report(copy(world), "answered", "修好了")
    world.poll()
    later(world)
    reopen(world, submitted)
    world.platform.faults.append(fault)
    world.settle()
    reopened = [u for u in world.platform.updates if "灯还是不亮" in u["description"]]
    assert len(reopened) == 1
    assert world.request(submitted).status == "submitted"


def test_a_late_closing_of_the_old_round_does_not_answer_the_new_one(world: World, submitted: str) -> None:
    later(world)
    world.platform.report(copy(world), "answered", "修好了")
    world.poll()
    later(world)
    world.platform.report(copy(world), "closed", "办结")
    later(world)
    reopen(world, submitted)
    world.forward()
    later(world)
    world.poll()
    assert world.request(submitted).status in {"submitted", "dispatched"}
