"""People and phones, and records that wait for a person."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app.database import reading, writing
from app.models.accounts import Device
from app.models.audit import AuditLine
from app.models.notices import Notice
from app.models.visits import Visit
from app.record_rules import TASK_FORCE
from app.synced import DOOR
from app.writes import Actor, create, move, write
from tests.api.review_days import Day
from tests.devices import Phone
from tests.factories import City

ON = "2026-11-20"


def phone_of(city: City, name: str) -> Phone:
    return Phone(city.sign_in(name, f"client-of-{name}"), f"client-of-{name}", city.people[name])


def test_a_leader_enrols_a_phone_and_stops_a_lost_one_in_two_taps(city: City):
    client = city.sign_in("sun")
    code = client.post("/api/enrolment-codes", json={"cadre_id": city.people["li"]}).get_json()
    phone_of(city, "li").sync()
    person = next(p for p in client.get("/api/review/people").get_json()["people"] if p["name"] == "li")
    assert code["name"] == "li"
    assert [phone["id"] for phone in person["phones"]] == ["client-of-li"]
    stopped = client.post("/api/devices/client-of-li/revoke", json={"how": "hard"})
    assert stopped.get_json()["revoked"] == "hard"
    lost = city.sign_in("li", "client-of-li").post("/sync/pull", json={"client_id": "client-of-li"})
    assert lost.headers["X-Doorstep-Wipe"] == "1"
    with reading() as session:
        assert session.query(AuditLine).filter_by(act="device_revoked_hard").count() == 1


def test_a_lost_phone_stays_lost_and_a_left_post_can_become_a_lost_phone(city: City):
    client = city.sign_in("sun")
    phone_of(city, "li").sync()
    for how, expected in (("soft", "soft"), ("hard", "hard"), ("soft", "hard")):
        assert client.post("/api/devices/client-of-li/revoke", json={"how": how}).get_json()["revoked"] == expected
    assert client.post("/api/devices/client-of-li/revoke", json={"how": "softly"}).status_code == 400


def test_people_are_found_by_a_part_of_their_name(city: City):
    client = city.sign_in("zhou")
    names = [p["name"] for p in client.get("/api/review/people", query_string={"name": "ao"}).get_json()["people"]]
    assert names == ["zhao"]
    assert client.get("/api/review/people", query_string={"name": "%"}).status_code == 200


@pytest.fixture
def late_work(city: City) -> Phone:
    """Li recorded a visit offline; meanwhile the place moved to team b."""
    phone = phone_of(city, "li")
    phone.sync()
    phone.create("visit", {"place_id": city.places["p1"], "outcome": "met", "opinion": "盼修路"})
    with writing() as session:
        move(session, "place", city.places["p1"], f"team:{city.teams['b']}", actor=Actor("system"), now=1)
    phone.sync()
    assert phone.results[1]["code"] == "scope_lost"
    return phone


def test_work_on_a_place_that_moved_waits_with_its_author_team_in_words(city: City, late_work: Phone):
    line = city.sign_in("sun").get("/api/review/parked").get_json()["parked"][0]
    assert line["author"] == "li"
    assert line["values"] == {"outcome": "met", "opinion": "盼修路"}
    assert "转给其他服务队" in line["zh"]
    assert line["about"] == "", "the place is another team's now"
    assert city.sign_in("qian").get("/api/review/parked").get_json() == {"parked": []}


def test_a_leader_alone_cannot_write_into_another_team_and_the_record_stays_on_the_list(city: City, late_work: Phone):
    client = city.sign_in("sun")
    no = client.get("/api/review/parked").get_json()["parked"][0]["no"]
    reply = client.post(f"/api/review/parked/{no}/apply", json={}).get_json()
    assert (reply["outcome"], reply["code"]) == ("parked", "scope_lost")
    assert "转给" in reply["zh"]
    assert len(client.get("/api/review/parked").get_json()["parked"]) == 1


def test_the_task_force_applies_it_in_the_authors_name_and_the_author_reads_so(city: City, late_work: Phone):
    client = city.sign_in("zhou")
    no = client.get("/api/review/parked").get_json()["parked"][0]["no"]
    assert client.post(f"/api/review/parked/{no}/apply", json={}).get_json()["outcome"] == "applied"
    with reading() as session:
        visit = session.scalars(select(Visit)).one()
        assert (visit.cadre_id, visit.changed_by, visit.opinion) == (city.people["li"], city.people["li"], "盼修路")
        assert visit.scope == f"team:{city.teams['b']}"
    assert client.get("/api/review/parked").get_json() == {"parked": []}
    settled = client.get("/api/review/parked?settled=1").get_json()["parked"]
    assert settled[0]["settlement"] == "applied"
    late_work.sync()
    notices = [record for (collection, _), record in late_work.base.items() if collection == "notice"]
    assert [notice["title"] for notice in notices] == ["您的一条记录已核对写入"]
    assert client.post(f"/api/review/parked/{no}/apply", json={}).status_code == 404, "only once"


def test_a_record_is_put_aside_with_a_reason_its_author_reads(city: City, late_work: Phone):
    client = city.sign_in("sun")
    no = client.get("/api/review/parked").get_json()["parked"][0]["no"]
    assert client.post(f"/api/review/parked/{no}/dismiss", json={"reason": ""}).status_code == 400
    assert client.post(f"/api/review/parked/{no}/dismiss", json={"reason": "新队伍已走访"}).status_code == 200
    with reading() as session:
        assert "新队伍已走访" in session.scalars(select(Notice)).one().text
        body = session.execute(select(DOOR.tables.parked.c.body)).scalar_one()
    assert "盼修路" in body, "put aside, never thrown away"


def test_what_a_revoked_phone_handed_in_is_taken_by_its_leader(city: City):
    phone = phone_of(city, "li")
    phone.sync()
    phone.create("visit", {"place_id": city.places["p2"], "outcome": "nobody"})
    client = city.sign_in("sun")
    client.post("/api/devices/client-of-li/revoke", json={"how": "soft"})
    phone.push()
    no = client.get("/api/review/parked").get_json()["parked"][0]["no"]
    assert client.post(f"/api/review/parked/{no}/apply", json={}).get_json()["outcome"] == "applied"


def test_a_parked_confidential_report_shows_its_leader_nothing_and_the_task_force_all(city: City):
    phone = phone_of(city, "li")
    phone.sync()
    phone.create("service_request", {"text": "举报：有人说情", "confidential": True, "handling": "forward"})
    city.sign_in("sun").post("/api/devices/client-of-li/revoke", json={"how": "soft"})
    phone.push()
    leader, force = city.sign_in("sun"), city.sign_in("zhou")
    line = leader.get("/api/review/parked").get_json()["parked"][0]
    assert (line["confidential"], line["values"], line["may_apply"]) == (True, {}, False)
    assert "说情" not in str(line)
    assert leader.post(f"/api/review/parked/{line['no']}/apply", json={}).status_code == 404
    assert force.get("/api/review/parked").get_json()["parked"][0]["values"]["text"] == "举报：有人说情"


def test_what_cannot_be_read_as_a_record_can_only_be_put_aside(city: City):
    phone = phone_of(city, "li")
    body = {"client_id": "client-of-li", "mutations": [{"mid": 1, "uuid": 7, "changes": "broken"}]}
    phone.client.post("/sync/push", json=body)
    client = city.sign_in("sun")
    line = client.get("/api/review/parked").get_json()["parked"][0]
    assert (line["code"], line["may_apply"]) == ("unreadable", False)
    assert client.post(f"/api/review/parked/{line['no']}/apply", json={}).get_json()["code"] == "unreadable"


@pytest.mark.parametrize("no", [2**31, 2**63, 10**30])
def test_a_number_that_no_record_has_is_not_found(city: City, no: int):
    client = city.sign_in("sun")
    assert client.post(f"/api/review/parked/{no}/apply", json={}).status_code == 404
    assert client.post(f"/api/review/parked/{no}/dismiss", json={"reason": "重复"}).status_code == 404


def test_the_phones_of_people_without_a_team_are_the_task_forces(city: City):
    with writing() as session:
        session.add(Device(id="phone-zhou", account_id=city.people["zhou"], enrolled_at=1, pending=0))
    assert city.sign_in("sun").post("/api/devices/phone-zhou/revoke", json={"how": "hard"}).status_code == 404


def test_a_request_of_nobody_s_team_is_on_the_task_forces_board_only(city: City):
    day = Day(city, ON)
    with writing() as session:
        values = {"text": "井盖松动", "source": "resident", "occurred_on": ON}
        write(session, [create("service_request", values, scope=TASK_FORCE)], actor=Actor("resident"), now=day.at)
    for name, raised in (("sun", 0), ("zhou", 1)):
        page = city.sign_in(name).get("/api/review/friday", query_string={"on": ON}).get_json()
        assert page["requests"]["raised"] == raised
