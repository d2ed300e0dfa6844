"""Each of the five programmes from the door to the end: its own terms, forwarded, answered, agreed to by the resident, struck off."""

from __future__ import annotations

import dataclasses

import pytest
from flask import Flask, current_app

from app.database import writing
from app.jobs import deadlines
from app.programmes import names
from app.residents.look import local
from app.writes import Actor, patch, step, write
from tests.evenings import DAY, HOUR, at, kinds
from tests.factories import City
from tests.forwarding_world import World
from tests.platform import Platform

FRIDAY = at("2026-11-20 10:00")
RESIDENT, LEADER = Actor("resident", None, "群众"), Actor("leader", None, "孙队长")
Clocks = tuple[str | None, str | None]

# What each clock owes (the resident's, the unit's) once the request is recorded, dispatched, answered, agreed to.
TERMS: dict[str, tuple[Clocks, Clocks, Clocks, Clocks]] = {
    "liaocheng": (("2026-11-21 10:00", None), (None, "2026-12-05 00:00"), (None, None), (None, None)),
    "baoan": (("2026-11-24 00:00", None), ("2026-11-28 00:00", None), (None, None), (None, None)),
    "huangpu": (("2026-11-21 10:00", None), (None, None), (None, None), (None, None)),
    "zhoukou": (("2026-11-26 00:00", None), (None, "2026-11-28 00:00"), (None, None), (None, None)),
    "wangcheng": (
        ("2026-11-24 00:00", None),
        ("2026-12-21 00:00", None),
        ("2026-12-21 00:00", None),
        ("2026-12-21 00:00", None),
    ),
}


@pytest.fixture
def app(either_app: Flask) -> Flask:
    return either_app


def clocks(world: World, request_id: str) -> Clocks:
    """Both clocks as a calendar on the wall says it; a term of days ends at midnight."""
    request = world.request(request_id)
    return tuple(_on_the_wall(due) for due in (request.due_at, request.unit_due_at))  # type: ignore[return-value]


def _on_the_wall(due: int | None) -> str | None:
    if due is None:
        return None
    ends_at_midnight = (due + 1 + 8 * HOUR) % DAY == 0
    return f"{local(due + 1 if ends_at_midnight else due):%Y-%m-%d %H:%M}"


def take(world: World, request_id: str, status: str, by: Actor) -> None:
    evidence = ["resident_agreement"] if status == "agreed" else []
    change = step(status, evidence=evidence)
    with writing() as session:
        (outcome,) = write(session, [patch("service_request", request_id, {"status": change})], actor=by, now=world.now)
    assert outcome.outcome == "applied", outcome


def test_there_is_a_story_for_every_programme_that_comes_with_the_product() -> None:
    assert set(TERMS) == set(names())


@pytest.mark.parametrize("name", sorted(TERMS))
def test_a_request_of_each_programme_is_kept_to_its_terms_and_ends_with_the_resident(
    city: City, platform: Platform, name: str
) -> None:
    current_app.config["DOORSTEP"] = dataclasses.replace(current_app.config["DOORSTEP"], programme=name)
    recorded, dispatched, answered, agreed = TERMS[name]
    world = World(city, platform)
    world.now = FRIDAY
    (request_id,) = world.queue(cadre_id=city.people["li"])
    assert clocks(world, request_id) == recorded

    assert world.forward() == {"created": 1}
    copy = platform.copies[0]
    world.now += HOUR
    for status in ("accepted", "dispatched"):
        platform.report(copy, status, "已转市政处")
    world.poll()
    assert world.request(request_id).status == "dispatched"
    assert clocks(world, request_id) == dispatched
    assert deadlines.run(world.now).counts.get("due_dates", 0) == 0

    world.now += DAY
    platform.report(copy, "closed", "路灯已修复")
    world.poll()
    assert world.request(request_id).status == "answered"
    assert clocks(world, request_id) == answered

    take(world, request_id, "agreed", RESIDENT)
    assert clocks(world, request_id) == agreed
    assert world.forward() == {"created": 1}
    assert "群众认可" in str(platform.updates[-1])
    take(world, request_id, "closed", LEADER)
    assert clocks(world, request_id) == (None, None)
    deadlines.run(FRIDAY + 60 * DAY)
    assert "deadline_over" not in kinds(city, "li")


@pytest.mark.parametrize("name", sorted(TERMS))
def test_nobody_hears_late_of_a_request_that_lies_about(city: City, platform: Platform, name: str) -> None:
    current_app.config["DOORSTEP"] = dataclasses.replace(current_app.config["DOORSTEP"], programme=name)
    world = World(city, platform)
    world.now = FRIDAY
    (request_id,) = world.queue(cadre_id=city.people["li"])
    due = world.request(request_id).due_at
    assert due is not None
    deadlines.run(due + 1)
    assert "deadline_over" in kinds(city, "li")
    escalated = "deadline_escalated" in kinds(city, "zhou")
    assert escalated == (name in ("liaocheng", "huangpu"))


def test_a_hot_problem_of_huangpu_owes_a_step_every_week_until_it_is_answered(city: City, platform: Platform) -> None:
    current_app.config["DOORSTEP"] = dataclasses.replace(current_app.config["DOORSTEP"], programme="huangpu")
    world = World(city, platform)
    (request_id,) = world.queue()
    sun = city.sign_in("sun")
    made = {"ids": [request_id], "title": "停车难整治", "responsible": "孙队长"}
    project = sun.post("/api/review/projects", json=made).get_json()
    sun.post(f"/api/review/projects/{project['id']}/tasks", json={"text": "摸清车位"})
    refused = sun.post(f"/api/review/projects/{project['id']}/close", json={"result": "完成"})
    assert (refused.status_code, refused.get_json()["error"]) == (409, "project_open")
    world.forward()
    world.now += HOUR
    platform.report(platform.copies[0], "closed", "新增车位30个")
    world.poll()
    assert world.request(request_id).due_at is None
    take(world, request_id, "agreed", RESIDENT)
    assert sun.post(f"/api/review/projects/{project['id']}/close", json={"result": "完成"}).status_code == 200
