"""A push is worked out before its turn to write: whatever happens in between, it is as if it had been worked out in its turn."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import pytest
from flask import Flask
from sqlalchemy import Connection, text

import app.api.sync as endpoints
from app.database import db, reading, writing
from app.ids import diary_id, now_ms
from app.synced import DOOR
from app.writes import Actor, create, move, write
from sync.check import faults
from sync.push import Prepared
from tests.devices import Phone
from tests.factories import City
from tests.sync.conftest import PhoneMaker

SYSTEM = Actor("system", None, "test")
ON = "2026-11-20"


@pytest.fixture
def app(app: Flask) -> Flask:
    """Where every writer waits for its turn."""
    if db.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL's writers do not wait for each other: nothing is worked out ahead there")
    return app


@contextmanager
def just_before_its_turn(happens: Callable[[], Any], *, written_at_once: bool = True) -> Iterator[list[bool]]:
    """Let something happen once, when the next push is worked out and waits; whether each push was worked out ahead.

    `written_at_once`: that the work is out of date is seen in the turn, before the tables refuse to take it.
    """
    ahead: list[bool] = []
    failures = []
    prepare, wait = endpoints.prepare, endpoints.writing_on

    def noted(*args: Any, **kwargs: Any) -> Prepared | None:
        prepared = prepare(*args, **kwargs)
        ahead.append(prepared is not None)
        return prepared

    def late(connection: Connection) -> Any:
        if len(ahead) == 1:
            ahead.append(True)
            happens()
        return wait(connection)

    with (
        patch.object(endpoints, "prepare", noted),
        patch.object(endpoints, "writing_on", late),
        patch.object(endpoints.log, "error", lambda *_, **__: failures.append(1)),
    ):
        yield ahead
    assert bool(failures) != written_at_once


def whole() -> list[str]:
    """What the server's own check finds wrong."""
    with reading() as session:
        return faults(session.connection(), DOOR)


def test_a_colleagues_edit_in_between_is_merged_and_not_written_over(city: City, phone: PhoneMaker) -> None:
    li, wang = phone("li"), phone("wang")
    place = city.places["p1"]
    li.patch("place", place, {"address": "光岳小区1号楼101"})
    wang.patch("place", place, {"building": "7号楼"})
    with just_before_its_turn(wang.push) as ahead:
        li.push()
    assert ahead[0], "this push was to be worked out ahead"
    li.pull()
    row = li.base["place", place]
    assert (row["address"], row["building"], row["rev"]) == ("光岳小区1号楼101", "7号楼", 3)
    assert whole() == []


def test_a_door_that_moves_to_another_team_in_between_is_not_written_in_the_old_one(
    city: City, phone: PhoneMaker
) -> None:
    li, place = phone("li"), city.places["p1"]
    visit = li.create("visit", {"place_id": place, "outcome": "met"})
    li.patch("place", city.places["p2"], {"building": "7号楼"})

    def moves() -> None:
        with writing() as session:
            move(session, "place", place, f"team:{city.teams['b']}", actor=SYSTEM, now=now_ms())

    with just_before_its_turn(moves):
        li.push()
    assert [r.get("code") or r["outcome"] for r in li.results.values()] == ["scope_lost", "applied"]
    with reading() as session:
        assert session.execute(text("SELECT count(*) FROM visit WHERE id = :id"), {"id": visit}).scalar() == 0
    assert whole() == []


def test_the_same_batch_twice_at_once_is_written_once(city: City, phone: PhoneMaker) -> None:
    li = phone("li")
    li.create("visit", {"place_id": city.places["p1"], "outcome": "met"})
    li.patch("place", city.places["p1"], {"refusals": {"op": "inc", "by": 1}})
    batch = [li.outbox[mid] for mid in sorted(li.outbox)]
    again = Phone(li.client, li.client_id, li.person_id)
    with just_before_its_turn(lambda: again.post("/sync/push", again.push_body(batch))):
        li.push()
    assert {r["outcome"] for r in li.results.values()} == {"applied"}
    with reading() as session:
        assert session.execute(text("SELECT count(*) FROM visit")).scalar() == 1
        assert session.execute(text("SELECT sum(refusals) FROM place")).scalar() == 1
    assert whole() == []


def test_two_phones_that_begin_the_same_diary_have_one(city: City, phone: PhoneMaker) -> None:
    mine, other = phone("li"), phone("li")
    diary = diary_id(mine.person_id, ON)
    for each, words in ((mine, "上午走访三户。"), (other, "下午去了社区。")):
        each.create("diary", {"author_id": mine.person_id, "diary_on": ON, "text": words}, id=diary)
    with just_before_its_turn(other.push):
        mine.push()
    mine.pull()
    row = mine.base["diary", diary]
    assert "上午走访三户。" in row["text"]
    assert "下午去了社区。" in row["text"] + str(row.get("conflict"))
    assert whole() == []


def test_an_id_that_another_team_takes_in_between_is_not_written_over(city: City, phone: PhoneMaker) -> None:
    li = phone("li")
    taken = li.create("place", {"kind": "household", "label": "李**", "address": "光岳小区9号楼901"})
    visit = li.create("visit", {"place_id": city.places["p1"], "outcome": "met"})

    def takes() -> None:
        with writing() as session:
            values = {"kind": "household", "label": "别人**", "address": "别处1号"}
            write(session, [create("place", values, id=taken, scope="team:elsewhere")], actor=SYSTEM, now=now_ms())

    with just_before_its_turn(takes, written_at_once=False):
        li.push()
    with reading() as session:
        assert session.execute(text("SELECT label FROM place WHERE id = :id"), {"id": taken}).scalar() == "别人**"
    outcomes = {m["collection"]: r["outcome"] for m, r in zip(li.acked.values(), li.results.values(), strict=True)}
    assert outcomes == {"place": "parked", "visit": "applied"}, visit
    assert whole() == []


def test_a_first_word_in_a_scope_is_worked_out_in_its_turn(city: City, phone: PhoneMaker) -> None:
    li = phone("li")
    with writing() as session:
        session.execute(text("DELETE FROM sync_scope WHERE name = :name"), {"name": f"user:{li.person_id}"})
    report = {"text": "有人冒领补贴。", "confidential": True, "handling": "own_unit"}
    request = li.create("service_request", report)
    with just_before_its_turn(lambda: None) as ahead:
        li.push()
    assert ahead[0] is False, "nobody may write before the turn"
    li.pull()
    assert li.base["service_request", request]["scope"] == f"user:{li.person_id}"
    assert whole() == []
