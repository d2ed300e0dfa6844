"""A confidential report (举报) leaves no name, phone, device or cadre: not in what is posted, not in the attempts, not in the log."""

from __future__ import annotations

import json
from urllib.parse import quote_plus, unquote_plus

import pytest
from sqlalchemy import text

from app.database import reading, writing
from app.models.places import Area, PlaceContact
from tests.factories import City
from tests.forwarding_world import MINUTE, World, check_exactly_once
from tests.platform import COMMITTED, LOST, Platform

RESIDENT, PHONE, OTHER_PHONE, TITLED = "欧阳明月", "13912345678", "0635-8412345", "13887654321"
TABLES = ("forwarding", "forwarding_attempt", "platform_update", "job_run")


@pytest.fixture
def world(city: City, platform: Platform) -> World:
    with writing() as session:
        session.add(PlaceContact(place_id=city.places["p1"], name=RESIDENT, phone=PHONE, source="roster"))
        session.add(Area(id="371502001004", parent_id="371502001", level="community", name="光岳社区"))
    return World(city, platform)


def report(world: World) -> str:
    """A cadre's confidential report whose text names everybody."""
    (request_id,) = world.queue(
        text=f"{RESIDENT}（电话{PHONE}，座机{OTHER_PHONE}）向欧阳干部反映：物业收费不开票。",
        title=f"举报物业，联系{TITLED}",
        confidential=True,
        contact_phone=PHONE,
        cadre_id=world.city.people["li"],
        address="古楼街道光岳小区1号楼101",
        lat=36.4561,
        lon=115.98,
    )
    return request_id


def persons(world: World) -> list[str]:
    return [
        RESIDENT, PHONE, PHONE[-8:], OTHER_PHONE, TITLED, "36.456", "115.98", "1号楼101",
        world.city.people["li"], world.city.people["sun"], "欧阳干部", "孙队长",
    ]  # fmt: skip


def everything_kept() -> str:
    """The forwarder's own tables as text, escapes undone."""
    with reading() as session:
        rows = [tuple(row) for table in TABLES for row in session.execute(text(f"SELECT * FROM {table}"))]
    kept = json.dumps(rows, ensure_ascii=False)
    return kept + kept.encode().decode("unicode_escape", "ignore")


@pytest.fixture
def named_cadre(world: World) -> None:
    """The cadre has a name that stands in the text."""
    world.rename_cadre("li", "欧阳干部")


@pytest.mark.usefixtures("named_cadre")
@pytest.mark.parametrize("fault", COMMITTED + LOST)
def test_nothing_of_a_confidential_report_names_a_person(
    world: World, fault: str, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    world.platform.faults.append(fault)
    report(world)
    world.settle()
    world.now += 10 * MINUTE
    world.poll()
    check_exactly_once(world)
    posted = "".join(unquote_plus(body.decode()) for body in world.platform.bodies)
    printed = capfd.readouterr()
    assert posted
    for where in (posted, everything_kept(), printed.out, printed.err, caplog.text):
        for person in persons(world):
            assert person not in where
            assert quote_plus(person) not in where


@pytest.mark.usefixtures("named_cadre")
def test_the_report_itself_arrives_with_its_matter_and_its_community(world: World) -> None:
    report(world)
    world.settle()
    (copy,) = world.platform.copies
    assert "物业收费不开票" in copy.fields["description"]
    assert copy.fields["address_string"] == "古楼街道"
    assert {"lat", "long", "phone", "first_name", "last_name", "email", "device_id", "account_id"}.isdisjoint(
        copy.fields
    )


def test_an_ordinary_request_carries_the_phone_its_resident_left_and_no_log_does(
    world: World, capfd: pytest.CaptureFixture[str]
) -> None:
    world.platform.faults.append("echo_400")
    world.queue(contact_phone=PHONE, text=f"路灯不亮，请打{PHONE}")
    world.settle()
    assert unquote_plus(world.platform.bodies[0].decode()).count(PHONE) == 2
    printed = capfd.readouterr()
    assert PHONE not in printed.out + printed.err
    (line,) = world.attempts()
    assert PHONE not in str(line.excerpt)
    assert "not taken" in str(line.excerpt)
    assert "k-123" not in str(line.excerpt)


def test_a_target_may_be_kept_from_knowing_phones(city: City, platform: Platform) -> None:
    world = World(city, platform, send_phone=False)
    world.queue(contact_phone=PHONE)
    world.settle()
    assert PHONE not in platform.bodies[0].decode()
