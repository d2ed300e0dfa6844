"""Two people at the same thing at the same time, and phones whose clocks jump: what each of them finds afterwards."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from app.database import writing
from app.ids import diary_id, now_ms
from app.writes import Actor, patch, step, write
from tests.factories import City
from tests.sync.conftest import PhoneMaker

LEADER = Actor("leader", None, "孙队长")
RESIDENT = Actor("resident", None, "群众")
DAY_MS = 86_400_000
ON = "2026-11-20"


def test_the_same_value_written_by_two_is_no_difference(city: City, phone: PhoneMaker) -> None:
    li, wang = phone("li"), phone("wang")
    for mate in (li, wang):
        mate.patch("place", city.places["p1"], {"address": "光岳小区1号楼101"})
    li.sync()
    wang.sync()
    assert {r["outcome"] for r in wang.results.values()} <= {"applied", "merged"}
    assert not wang.base["place", city.places["p1"]].get("conflict")


def test_a_tag_goes_when_somebody_who_knew_it_removes_it_and_stays_when_not(city: City, phone: PhoneMaker) -> None:
    li, wang, place = phone("li"), phone("wang"), city.places["p1"]
    away = {"tags": {"op": "delta", "add": [], "remove": ["独居"]}}
    li.patch("place", place, {"tags": {"op": "delta", "add": ["独居"], "remove": []}})
    li.sync()
    wang.patch("place", place, away)
    wang.sync()
    assert wang.view("place", place)["tags"] == ["独居"]
    # Her own removal, still on its way, hides from Wang what her phone has learnt; the one she adds to it is meant all the same.
    li.patch("place", place, {"tags": {"op": "delta", "add": ["空巢"], "remove": []}})
    wang.patch("place", place, {"tags": {"op": "delta", "add": [], "remove": ["空巢"]}})
    li.sync()
    wang.pull()
    assert wang.view("place", place)["tags"] == ["独居"]
    wang.patch("place", place, {"tags": {"op": "delta", "add": [], "remove": ["空巢"]}})
    wang.sync()
    li.pull()
    assert li.view("place", place)["tags"] == wang.view("place", place)["tags"] == ["独居"]


def test_an_edit_beats_a_deletion_that_did_not_see_it_and_both_are_told(city: City, phone: PhoneMaker) -> None:
    mine, other = phone("li"), phone("li")
    diary = diary_id(mine.person_id, ON)
    mine.create("diary", {"author_id": mine.person_id, "diary_on": ON, "text": "上午走访三户。"}, id=diary)
    mine.sync()
    other.pull()
    mine.delete("diary", diary)
    other.patch("diary", diary, {"text": "上午走访三户。下午去了社区。"})
    mine.sync()
    assert ("diary", diary) not in mine.base
    other.sync()
    mine.pull()
    row = mine.base["diary", diary]
    assert row["text"] == "上午走访三户。下午去了社区。"
    assert [entry["field"] for entry in row["conflict"]] == ["deleted"]
    assert other.base["diary", diary] == row


def test_a_deletion_that_did_not_see_an_edit_takes_nothing_away(city: City, phone: PhoneMaker) -> None:
    mine, other = phone("li"), phone("li")
    diary = diary_id(mine.person_id, ON)
    mine.create("diary", {"author_id": mine.person_id, "diary_on": ON, "text": "上午走访三户。"}, id=diary)
    mine.sync()
    other.pull()
    mine.delete("diary", diary)
    other.patch("diary", diary, {"text": "上午走访三户。下午去了社区。"})
    other.sync()
    mine.sync()
    assert mine.base["diary", diary]["text"] == "上午走访三户。下午去了社区。"
    assert not mine.outbox


def test_five_pending_edits_follow_each_other_over_a_record_that_keeps_changing(city: City, phone: PhoneMaker) -> None:
    li, wang = phone("li"), phone("wang")
    place = city.places["p1"]
    for number in range(5):
        wang.patch("place", place, {"building": f"{number}号楼"})
        wang.sync()
        li.patch("place", place, {"address": f"第{number}稿"})
        # Acknowledged one by one, with other people's changes in between, and never a pull of one's own.
        if number % 2:
            li.push(limit=1)
    li.sync()
    row = li.base["place", place]
    assert (row["address"], row["building"]) == ("第4稿", "4号楼")
    assert not row.get("conflict"), "one phone never collides with itself"
    wang.pull()
    assert wang.base["place", place] == row


def test_a_leader_who_closes_does_not_shut_out_what_a_cadre_adds_meanwhile(city: City, phone: PhoneMaker) -> None:
    li = phone("li")
    request = li.create(
        "service_request",
        {"place_id": city.places["p1"], "text": "路灯不亮。", "handling": "explain", "status": "explained"},
    )
    li.sync()
    comment = li.create(
        "service_request_event", {"service_request_id": request, "kind": "comment", "text": "又去看过一次。"}
    )
    li.patch("service_request", request, {"text": "路灯不亮。晚上很暗。"})
    with writing() as session:
        closed = patch(
            "service_request",
            request,
            {"status": step("withdrawn", reason="群众撤回", evidence=["resident_agreement"])},
        )
        write(session, [closed], actor=LEADER, now=now_ms())
    li.sync()
    row = li.base["service_request", request]
    assert (row["status"], row["text"]) == ("withdrawn", "路灯不亮。晚上很暗。")
    assert ("service_request_event", comment) in li.base
    assert {r["outcome"] for r in li.results.values()} == {"applied"}


def test_the_same_door_registered_twice_offline_stands_twice_and_loses_no_visit(city: City, phone: PhoneMaker) -> None:
    li, wang = phone("li"), phone("wang")
    visits = {}
    for mate in (li, wang):
        door = mate.create("place", {"kind": "household", "label": "新来的**", "address": "光岳小区9号楼901"})
        visits[mate.create("visit", {"place_id": door, "outcome": "met"})] = door
    li.sync()
    wang.sync()
    li.pull()
    assert len(set(visits.values())) == 2
    assert {visit: li.base["visit", visit]["place_id"] for visit in visits} == visits


def test_a_request_edited_while_it_is_forwarded_keeps_the_words_and_goes_out_once(
    city: City, phone: PhoneMaker
) -> None:
    li, wang = phone("li"), phone("wang")
    request = li.create(
        "service_request", {"place_id": city.places["p1"], "text": "路灯不亮。", "handling": "own_unit"}
    )
    li.sync()
    wang.pull()
    for mate in (li, wang):
        mate.patch(
            "service_request", request, {"status": {"op": "step", "to": "to_be_forwarded", "reason": "需要上报"}}
        )
    wang.patch("service_request", request, {"text": "路灯不亮。晚上很暗。"})
    li.sync()
    wang.sync()
    li.pull()
    row = li.base["service_request", request]
    assert (row["status"], row["text"]) == ("queued", "路灯不亮。晚上很暗。")
    queued = [e for (c, _), e in li.base.items() if c == "service_request_event" and e.get("to_status") == "queued"]
    assert len(queued) == 1
    with writing() as session:
        count = text("SELECT count(*) FROM forwarding WHERE service_request_id = :id")
        assert session.execute(count, {"id": request}).scalar() == 1


def test_a_resident_who_agrees_while_the_cadre_marks_unresolved_is_heard_and_so_is_the_cadre(
    city: City, phone: PhoneMaker
) -> None:
    li = phone("li")
    request = li.create(
        "service_request",
        {"place_id": city.places["p1"], "text": "路灯不亮。", "handling": "explain", "status": "explained"},
    )
    li.sync()
    li.patch("service_request", request, {"status": {"op": "step", "to": "reopened", "reason": "还是不亮"}})
    with writing() as session:
        agreed = patch("service_request", request, {"status": step("agreed", evidence=["resident_agreement"])})
        (outcome,) = write(session, [agreed], actor=RESIDENT, now=now_ms())
    assert outcome.outcome == "applied"
    li.sync()
    events = [e for (c, _), e in li.base.items() if c == "service_request_event"]
    assert any(e.get("to_status") == "agreed" and e.get("actor_kind") == "resident" for e in events), events
    assert any("还是不亮" in str(e) for e in events)
    assert li.base["service_request", request]["status"] in ("agreed", "reopened")


@pytest.mark.parametrize("jump_ms", [3 * DAY_MS, -365 * DAY_MS, -2 * 3_600_000])
def test_a_clock_that_jumps_in_the_middle_of_a_visit_changes_only_what_the_phone_claims(
    city: City, phone: PhoneMaker, jump_ms: int
) -> None:
    li = phone("li")
    began = now_ms()
    visit = li.create("visit", {"place_id": city.places["p1"], "visit_on": ON, "arrived_at": li.now})
    li.now += jump_ms
    li.patch("visit", visit, {"outcome": "met", "finished_at": li.now})
    li.sync()
    row = li.base["visit", visit]
    assert {r["outcome"] for r in li.results.values()} == {"applied"}
    assert row["received_at"] >= began
    assert (row["visit_on"], row["outcome"]) == (ON, "met")
    assert row["finished_at"] - row["arrived_at"] == jump_ms


def test_a_visit_across_fridays_midnight_belongs_to_the_day_it_began(city: City, phone: PhoneMaker) -> None:
    li = phone("li")
    late_friday = 1_795_190_340_000
    li.now = late_friday
    visit = li.create("visit", {"place_id": city.places["p1"], "visit_on": ON, "arrived_at": li.now})
    li.now = late_friday + 30 * 60_000
    li.patch("visit", visit, {"outcome": "met", "finished_at": li.now})
    li.sync()
    assert li.base["visit", visit]["visit_on"] == ON
