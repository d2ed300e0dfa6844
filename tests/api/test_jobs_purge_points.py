"""Exact points of visits are gone after 90 days: from the rows, the log, the phones and the file; what they proved stays."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from flask import Flask, current_app
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert, select

from app.database import db, reading, writing
from app.jobs import purge
from app.jobs.purge_fixes import without_fix, without_point
from app.synced import DOOR
from app.writes import Actor, move
from tests.devices import Phone
from tests.evenings import DAY, at, fix, log_of, misfits, visit, visited
from tests.factories import City

FRIDAY = at("2026-08-21 10:00")
LATER = FRIDAY + 91 * DAY
SYSTEM = Actor("system", None, "系统")


@pytest.fixture
def app(either_app: Flask) -> Flask:
    """On SQLite and on PostgreSQL."""
    return either_app


def on_disk(words: bytes) -> bool:
    """Whether these bytes stand anywhere in SQLite's files; other connections stay open, as they do in a running server."""
    db.session.remove()
    folder: Path = current_app.config["DOORSTEP"].data_dir
    return any(words in path.read_bytes() for path in folder.glob("doorstep.db*"))


def test_an_exact_point_is_gone_after_ninety_days_and_what_it_proved_stays(city: City) -> None:
    one = visit(city, "li", "p1", FRIDAY, fix=fix(36.4561234, 115.9801234, FRIDAY))
    assert (visited(one).evidence, "36.4561234" in log_of(one)) == ("a", True)
    purge.run(LATER)
    after = visited(one)
    assert (after.fix, after.evidence, after.evidence_reason) == (None, "a", "inside")
    assert (after.place_id, after.arrived_at, after.outcome) == (city.places["p1"], FRIDAY, "met")
    assert "36.456" not in log_of(one)
    assert "outcome" in log_of(one)
    assert misfits() == []


def test_a_younger_point_is_kept(city: City) -> None:
    one = visit(city, "li", "p1", FRIDAY, fix=fix(36.4561234, 115.9801234, FRIDAY))
    purge.run(FRIDAY + 89 * DAY)
    assert visited(one).fix is not None
    assert "36.4561234" in log_of(one)


def test_a_phone_whose_clock_is_years_ahead_does_not_keep_its_points_for_years(city: City) -> None:
    one = visit(city, "li", "p1", FRIDAY + 3650 * DAY, now=FRIDAY, fix=fix(36.4561234, 115.9801234, FRIDAY))
    purge.run(LATER)
    assert visited(one).fix is None


def test_the_exact_point_cannot_be_read_from_the_database_file_any_more(city: City) -> None:
    if db.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL overwrites dead rows by its own vacuum")
    for number in range(40):
        visit(city, "li", "p1", FRIDAY + number, fix=fix(36.4561234, 115.9801234, FRIDAY))
    assert on_disk(b"36.4561234")
    purge.run(LATER)
    assert not on_disk(b"36.4561234")


def test_a_point_that_lost_a_merge_goes_too(city: City) -> None:
    one = visit(city, "li", "p1", FRIDAY, fix=fix(36.4561234, 115.9801234, FRIDAY))
    phone = Phone(city.sign_in("li", "phone-of-li"), "phone-of-li", city.people["li"])
    phone.pull()
    phone.patch("visit", one, {"fix": fix(36.4567777, 115.9807777, FRIDAY), "note": "补充"})
    phone.sync()
    assert [entry["field"] for entry in visited(one).conflict or ()] == ["fix"]
    # The phone spoke now, by the real clock, so its line is as young as that.
    purge.run(max(LATER, (visited(one).conflict or [{}])[0]["at"] + 91 * DAY))
    assert not visited(one).conflict
    assert "36.4567777" not in log_of(one)
    assert visited(one).note == "补充"


def test_a_visit_of_a_place_that_has_moved_is_coarsened_in_the_log_of_both_teams(city: City) -> None:
    one = visit(city, "li", "p1", FRIDAY, fix=fix(36.4561234, 115.9801234, FRIDAY))
    with writing() as session:
        scope = f"team:{city.teams['b']}"
        move(session, "place", city.places["p1"], scope, actor=SYSTEM, now=FRIDAY + DAY)
    purge.run(LATER)
    assert visited(one).fix is None
    assert "36.4561234" not in log_of(one)
    assert misfits() == []


def test_a_phone_of_the_team_lets_the_point_go_with_its_next_pull(city: City) -> None:
    one = visit(city, "li", "p1", FRIDAY, fix=fix(36.4561234, 115.9801234, FRIDAY))
    phone = Phone(city.sign_in("wang", "phone-of-wang"), "phone-of-wang", city.people["wang"])
    phone.pull()
    assert phone.base["visit", one]["fix"]["lat"] == 36.4561234
    purge.run(LATER)
    phone.pull()
    assert "fix" not in phone.base["visit", one]
    assert phone.base["visit", one]["evidence"] == "a"


def test_a_second_night_finds_nothing_left_to_do(city: City) -> None:
    visit(city, "li", "p1", FRIDAY, fix=fix(36.4561234, 115.9801234, FRIDAY))
    visit(city, "li", "p2", FRIDAY, fix={"error": "denied"})
    assert not purge.run(LATER).idle
    assert purge.run(LATER + DAY).idle


@pytest.mark.parametrize(
    ("body", "kept"),
    [
        (
            '{"changes": {"fix": {"to": {"lat": 36.4, "lon": 115.9}}, "note": {"to": "有狗"}}}',
            '{"changes": {"note": {"to": "有狗"}}}',
        ),
        ('{"note":"有狗","lat":36.4,"lon":115.9', '{"note":"有狗","lat":null,"lon":null'),
    ],
)
def test_a_visit_that_waits_for_a_person_keeps_its_words_and_loses_its_point(body: str, kept: str) -> None:
    assert without_point(body) == kept


def test_parked_visits_are_coarsened_after_ninety_days(city: City) -> None:
    body = '{"changes": {"fix": {"to": {"lat": 36.4, "lon": 115.9}}, "note": {"to": "有狗"}}}'
    table = DOOR.tables.parked
    row = {
        "client_id": "c",
        "mid": 1,
        "uuid": "u",
        "collection": "visit",
        "code": "scope_lost",
        "body": body,
        "at": FRIDAY,
    }
    with writing() as session:
        session.execute(insert(table), row)
    purge.run(LATER)
    with reading() as session:
        assert session.scalar(select(table.c.body)) == '{"changes": {"note": {"to": "有狗"}}}'


numbers = st.floats(1, 90).map(lambda degrees: round(degrees, 7))
words = st.dictionaries(st.sampled_from(["note", "opinion", "outcome"]), st.text(max_size=20))


@given(numbers, numbers, words)
def test_no_line_and_no_mutation_keeps_a_coordinate_or_loses_a_word(
    lat: float, lon: float, said: dict[str, str]
) -> None:
    point = {"lat": lat, "lon": lon, "accuracy_m": 8.5}
    lost = {"field": "note", "value": "有狗", "uuid": "n"}
    line = {**said, "fix": point, "conflict": [{"field": "fix", "value": point, "uuid": "f"}, lost]}
    assert without_fix(line) == {**said, "conflict": [lost]}
    changes = {name: {"to": value} for name, value in said.items()}
    body = json.dumps({"mid": 7, "changes": {**changes, "fix": {"to": point}}})
    assert json.loads(without_point(body)) == {"mid": 7, "changes": changes}
    torn = without_point(body[:-1])
    assert f'"lat": {lat}' not in torn
    assert all(json.dumps(value) in torn for value in said.values())
