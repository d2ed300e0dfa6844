"""Phones, people and one server: what the protocol promises, told as stories."""

from __future__ import annotations

from app.ids import diary_id, new_id
from tests.factories import City
from tests.sync.conftest import PhoneMaker


def test_a_visit_made_offline_reaches_the_colleague(city: City, phone: PhoneMaker) -> None:
    li, wang = phone("li"), phone("wang")
    visit = li.create("visit", {"place_id": city.places["p1"], "visit_on": "2026-11-20", "outcome": "met"})
    assert li.view("visit", visit)["outcome"] == "met"
    li.sync()
    assert not li.outbox
    wang.pull()
    assert wang.view("visit", visit)["cadre_id"] == li.person_id


def test_two_phones_that_edit_one_diary_offline_both_keep_their_words(city: City, phone: PhoneMaker) -> None:
    li, wang = phone("li"), phone("wang")
    diary = diary_id(li.person_id, "2026-11-20")
    li.create("diary", {"author_id": li.person_id, "diary_on": "2026-11-20", "text": "上午走访三户。"}, id=diary)
    li.sync()
    wang.pull()
    li.patch("diary", diary, {"text": "上午走访三户。张家路灯坏了。"})
    wang.patch("diary", diary, {"text": "今天有雨。上午走访三户。"})
    li.sync()
    wang.sync()
    li.pull()
    assert li.view("diary", diary)["text"] == "今天有雨。上午走访三户。张家路灯坏了。"
    assert wang.view("diary", diary)["text"] == li.view("diary", diary)["text"]


def test_the_same_field_edited_twice_keeps_the_loser_on_the_record_until_settled(city: City, phone: PhoneMaker) -> None:
    li, wang = phone("li"), phone("wang")
    place = city.places["p1"]
    li.patch("place", place, {"address": "一号楼"})
    wang.patch("place", place, {"address": "二号楼"})
    li.sync()
    wang.sync()
    li.pull()
    row = li.view("place", place)
    assert row["address"] == "二号楼"
    assert [(c["field"], c["value"], c["by"]) for c in row["conflict"]] == [("address", "一号楼", li.person_id)]
    li.patch("place", place, {"address": "一号楼"}, settles=[row["conflict"][0]["uuid"]])
    li.sync()
    assert li.view("place", place)["address"] == "一号楼"
    assert not li.view("place", place).get("conflict")


def test_a_lost_reply_never_makes_a_second_record(city: City, phone: PhoneMaker) -> None:
    li = phone("li")
    visit = li.create("visit", {"place_id": city.places["p1"], "outcome": "nobody"})
    li.patch("visit", visit, {"card_left": True})
    li.push(lose_reply=True)
    body = li.push()
    assert [r["outcome"] for r in body["results"]] == ["applied", "applied"]
    assert body["results"][0]["record"]["rev"] == 2
    li.pull()
    assert not li.outbox
    assert li.view("visit", visit)["card_left"] is True


def test_a_poison_mutation_delays_nobody(city: City, phone: PhoneMaker) -> None:
    li = phone("li")
    li.create("visit", {"place_id": city.places["p1"], "outcome": "danced"})
    unreadable = {"mid": 2, "uuid": new_id(), "collection": "x", "id": "y", "op": "create", "changes": 7}
    li.outbox[2], li.next_mid = unreadable, 3
    good = li.create("visit", {"place_id": city.places["p2"], "outcome": "met"})
    body = li.push()
    assert [(r["outcome"], r.get("code")) for r in body["results"]] == [
        ("parked", "invalid_value"),
        ("parked", "unreadable"),
        ("applied", None),
    ]
    assert body["results"][0]["zh"]
    assert body["results"][0]["en"]
    li.pull()
    assert ("visit", good) in li.base


def test_a_gap_is_named(city: City, phone: PhoneMaker) -> None:
    li = phone("li")
    li.next_mid = 5
    li.create("visit", {"place_id": city.places["p1"], "outcome": "met"})
    reply = li.post("/sync/push", li.push_body(list(li.outbox.values())))
    assert reply.status_code == 409
    assert reply.get_json()["expected_mid"] == 1


def test_another_teams_household_is_neither_seen_nor_changed(city: City, phone: PhoneMaker) -> None:
    li = phone("li")
    assert ("place", city.places["p5"]) not in li.base
    li.patch("place", city.places["p5"], {"note": "偷看"})
    assert li.push()["results"][0]["code"] == "forbidden"


def test_a_request_marked_for_forwarding_is_queued_with_its_events(city: City, phone: PhoneMaker) -> None:
    li = phone("li")
    request = li.create(
        "service_request",
        {"place_id": city.places["p1"], "text": "路灯不亮", "handling": "forward", "status": "to_be_forwarded"},
    )
    li.sync()
    row = li.view("service_request", request)
    assert row["status"] == "queued"
    assert row["due_at"] == row["recorded_at"] + 24 * 3_600_000
    steps = sorted(
        (e["received_at"], e["id"], e["to_status"]) for (c, _), e in li.base.items() if c == "service_request_event"
    )
    assert [s[2] for s in steps] == ["recorded", "to_be_forwarded", "queued"]


def test_an_illegal_step_is_kept_as_a_comment(city: City, phone: PhoneMaker) -> None:
    li = phone("li")
    request = li.create(
        "service_request",
        {"place_id": city.places["p1"], "text": "路灯不亮", "handling": "explain", "status": "explained"},
    )
    li.patch("service_request", request, {"status": "closed"})
    body = li.push()
    assert body["results"][1]["code"] == "illegal_transition"
    li.pull()
    kinds = [e["kind"] for (c, _), e in li.base.items() if c == "service_request_event"]
    assert "illegal_step" in kinds
    assert li.view("service_request", request)["status"] == "explained"


def test_push_and_pull_in_one_round_trip_settle_everything(city: City, phone: PhoneMaker) -> None:
    li = phone("li")
    visit = li.create("visit", {"place_id": city.places["p1"], "outcome": "met"})
    assert li.both().status_code == 200
    assert not li.outbox
    assert ("visit", visit) in li.base
    nothing_new = li.both()
    assert nothing_new.get_json()["push"] is None
    assert len(nothing_new.data) < 600


def test_a_push_that_fails_as_a_whole_does_not_stop_the_pull(city: City, phone: PhoneMaker) -> None:
    li, wang = phone("li"), phone("wang")
    visit = wang.create("visit", {"place_id": city.places["p1"], "outcome": "met"})
    wang.sync()
    li.next_mid = 9
    li.create("visit", {"place_id": city.places["p2"], "outcome": "met"})
    reply = li.both()
    assert reply.status_code == 409
    assert reply.get_json()["push"]["expected_mid"] == 1
    assert ("visit", visit) in li.base


def test_a_parked_mutation_asked_for_again_keeps_its_words(city: City, phone: PhoneMaker) -> None:
    """The record read now once made the reply fail: its JSON travels unread."""
    li = phone("li")
    li.patch("place", city.places["p1"], {"outcome": "met"})
    li.push(lose_reply=True)
    outcome = li.push()["results"][0]
    assert (outcome["code"], bool(outcome["zh"]), outcome["record"]["rev"]) == ("unknown_field", True, 1)
