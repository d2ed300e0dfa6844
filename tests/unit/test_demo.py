"""The demo city: deterministic, made-up people, real geography, and a past that could have happened."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from random import Random

import pytest
from flask import Flask
from sqlalchemy import func, select

import config
from app import create_app, demo, passwords
from app.database import reading
from app.demo import geography, people
from app.demo.history import visit_days
from app.demo.layout import Ground, communities
from app.demo.seeded_ids import SeededIds
from app.domain import geo
from app.domain.service_requests import STATUSES
from app.models.accounts import Account
from app.models.desk import DeskRequest
from app.models.diaries import Diary
from app.models.forwarding import Forwarding
from app.models.people import Cadre, Team
from app.models.places import Area, Place, PlaceCode, PlaceContact
from app.models.service_requests import ServiceRequest, ServiceRequestEvent
from app.models.visits import Visit
from app.place_codes import place_code_from
from app.setup import make_tables

# Sunday 22 November 2026, noon in Liaocheng.
NOON = 1_795_320_000_000
FRIDAY_NOON = NOON - 2 * 86_400_000


@pytest.fixture
def street(app: Flask) -> demo.Report:
    return demo.load("street", 7, NOON)


def names_and_places() -> list[tuple[str, str | None]]:
    with reading() as session:
        return [tuple(row) for row in session.execute(select(Place.id, Place.address).order_by(Place.id))]


def test_a_street_has_three_teams_nine_cadres_and_forty_doors_a_team(street: demo.Report) -> None:
    with reading() as session:
        count = {
            model: session.scalar(select(func.count()).select_from(model))
            for model in (Team, Cadre, Place, PlaceContact)
        }
    assert count == {Team: 3, Cadre: 9, Place: 120, PlaceContact: 120}
    assert (street.teams, street.cadres, street.places) == (3, 9, 120)


def test_the_same_seed_and_time_give_the_same_city(app: Flask, street: demo.Report, tmp_path: Path) -> None:
    first = names_and_places()
    other = create_app(config.load({"DOORSTEP_DATA": str(tmp_path / "other"), "DOORSTEP_TESTING": "1"}))
    with other.app_context():
        make_tables()
        demo.load("street", 7, NOON)
        assert names_and_places() == first


def test_another_seed_gives_other_people(app: Flask) -> None:
    one, two = ([people.name(Random(seed)) for _ in range(9)] for seed in (1, 2))
    assert one != two


def test_the_board_finds_requests_in_most_states_of_their_life(street: demo.Report) -> None:
    with reading() as session:
        found = set(session.scalars(select(ServiceRequest.status).distinct()))
    assert found <= set(STATUSES)
    assert found >= {
        "recorded",
        "accepted",
        "dispatched",
        "in_progress",
        "returned",
        "extended",
        "answered",
        "agreed",
        "closed",
        "merged",
    }


def test_every_status_was_reached_by_its_own_events(street: demo.Report) -> None:
    with reading() as session:
        latest: dict[str, str | None] = {}
        events = select(ServiceRequestEvent).where(ServiceRequestEvent.kind == "status")
        for event in session.scalars(events.order_by(ServiceRequestEvent.received_at, ServiceRequestEvent.id)):
            assert latest.get(event.service_request_id or "") == event.from_status
            latest[event.service_request_id or ""] = event.to_status
        assert latest == {r.id: r.status for r in session.scalars(select(ServiceRequest))}


def test_nothing_in_the_demo_happened_after_the_present(street: demo.Report) -> None:
    with reading() as session:
        assert (session.scalar(select(func.max(Visit.arrived_at))) or 0) <= NOON
        assert (session.scalar(select(func.max(ServiceRequestEvent.received_at))) or 0) <= NOON
        assert (session.scalar(select(func.max(ServiceRequest.recorded_at))) or 0) <= NOON


def test_visits_and_diaries_are_on_the_last_four_fridays(street: demo.Report) -> None:
    days = {"2026-10-30", "2026-11-06", "2026-11-13", "2026-11-20"}
    with reading() as session:
        assert set(session.scalars(select(Visit.visit_on).distinct())) == days
        assert set(session.scalars(select(Diary.diary_on).distinct())) == days
        assert {v.evidence for v in session.scalars(select(Visit))} >= {"a", "b", "d"}


def test_today_counts_as_a_visit_day_only_in_the_evening() -> None:
    assert visit_days(FRIDAY_NOON, 1)[0].isoformat() == "2026-11-13"
    assert visit_days(FRIDAY_NOON + 7 * 3_600_000, 1)[0].isoformat() == "2026-11-20"
    assert [day.isoweekday() for day in visit_days(NOON, 5)] == [5] * 5


def test_requests_at_the_platform_have_their_work_order_at_the_desk(street: demo.Report) -> None:
    with reading() as session:
        numbers = set(
            session.scalars(select(ServiceRequest.platform_number).where(ServiceRequest.platform_number.is_not(None)))
        )
        assert numbers
        assert numbers == set(session.scalars(select(DeskRequest.number)))
        done = select(Forwarding.platform_id).where(Forwarding.state == "done")
        assert set(session.scalars(done)) == numbers


def test_a_confidential_report_is_in_no_teams_scope(street: demo.Report) -> None:
    with reading() as session:
        scopes = list(session.scalars(select(ServiceRequest.scope).where(ServiceRequest.confidential)))
    assert scopes == ["unit:task_force"]


def test_phones_hold_masked_names_and_the_contacts_stay_on_the_server(street: demo.Report) -> None:
    with reading() as session:
        rows = session.execute(select(Place, PlaceContact).join(PlaceContact, PlaceContact.place_id == Place.id))
        for place, contact in rows:
            assert contact.phone is not None
            assert contact.phone.startswith("1990000")
            assert len(contact.phone) == 11
            assert place.phone_tail == contact.phone[-4:]
            assert contact.name != place.label
            if place.kind == "household":
                assert place.label == contact.name[0] + "**"


def test_doors_of_a_team_have_different_addresses(street: demo.Report) -> None:
    with reading() as session:
        addresses = list(session.scalars(select(Place.address).where(Place.kind == "household")))
    assert len(set(addresses)) == len(addresses)


def test_every_printed_code_is_one_that_only_this_installation_can_make(street: demo.Report) -> None:
    with reading() as session:
        codes = list(session.scalars(select(PlaceCode.code)))
        kinds = set(session.scalars(select(PlaceCode.kind).distinct()))
    assert kinds == {"plate", "card", "badge"}
    assert all(place_code_from(code) == code for code in codes)
    assert place_code_from("0" * 21) is None


def test_each_sign_in_of_the_report_opens_its_account(street: demo.Report) -> None:
    sign_ins = street.sign_ins
    with reading() as session:
        for person, role in (
            (sign_ins.leader, "leader"),
            (sign_ins.task_force, "task_force"),
            (sign_ins.admin, "admin"),
        ):
            account = session.scalars(select(Account).where(Account.login == person.login)).one()
            assert account.role == role
            assert passwords.verify(account.password_hash, person.password)
    assert sign_ins.cadre.code in sign_ins.cadre.url
    assert len(
        {s.password for s in (sign_ins.leader, sign_ins.task_force, sign_ins.admin, *sign_ins.units)}
    ) == 3 + len(sign_ins.units)


def test_the_sign_ins_are_kept_for_the_owner_of_the_machine_only(street: demo.Report, tmp_path: Path) -> None:
    (tmp_path / "demo-signins.json").write_text("{}")
    path = demo.save(street.sign_ins, tmp_path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    kept = json.loads(path.read_text(encoding="utf-8"))
    assert kept["leader"]["password"] == street.sign_ins.leader.password
    assert kept["banner_zh"] == people.BANNER_ZH
    assert street.sign_ins.leader.password in street.sign_ins.as_text()


def test_a_demo_is_never_loaded_over_anything_else(street: demo.Report) -> None:
    with pytest.raises(demo.AlreadyThere):
        demo.load("street", 7, NOON)


def test_all_points_lie_in_their_county(app: Flask) -> None:
    rng = Random(3)
    for county in geography.COUNTIES:
        centre = geo.Point(county.lat, county.lon)
        for community in communities(geography.towns(county)[0], rng, 3, Ground(12, 2)):
            for door in community.doors:
                away = geo.rough_distance_m(centre, geo.Point(door.fields["lat"], door.fields["lon"]))
                assert away < county.radius_m + 3_500


def test_the_counties_are_the_eight_of_liaocheng_with_their_national_codes() -> None:
    assert {c.code: c.name for c in geography.COUNTIES} == {
        "371502": "东昌府区",
        "371503": "茌平区",
        "371521": "阳谷县",
        "371522": "莘县",
        "371524": "东阿县",
        "371525": "冠县",
        "371526": "高唐县",
        "371581": "临清市",
    }
    codes = [town.code for town in geography.all_towns()]
    assert len(set(codes)) == len(codes)
    assert all(len(code) == 9 and code.isdigit() for code in codes)


def test_areas_hang_together_from_city_to_building(street: demo.Report) -> None:
    with reading() as session:
        areas = {area.id: area for area in session.scalars(select(Area))}
        teams = set(session.scalars(select(Team.id)))
        placed = set(session.scalars(select(Place.area_id)))
    assert placed <= areas.keys()
    for area in areas.values():
        assert area.parent_id is None or area.parent_id in areas
    assert {area.team_id for area in areas.values() if area.level == "community"} == teams


def test_a_city_has_as_many_teams_and_cadres_as_the_source_says() -> None:
    plan = demo.SIZES["city"]
    assert (plan.teams, plan.cadres) == (4_899, 15_000)
    assert sum(demo._members(index, plan) for index in range(plan.teams)) == 15_000
    towns = tuple(demo._towns(plan))
    assert len(towns) == len(geography.all_towns())


def test_ids_of_the_demo_are_uuid7_in_the_order_of_their_time() -> None:
    ids = SeededIds(1)
    made = [ids(NOON + step) for step in range(50)]
    assert made == sorted(made)
    assert all(len(text) == 36 and text[14] == "7" and text[19] in "89ab" for text in made)
    assert SeededIds(1)(NOON) == made[0]
