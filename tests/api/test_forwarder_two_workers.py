"""Several workers at once, on both databases: each delivery leaves once, whoever takes it; and one that was frozen does no harm."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask

from app.external.adapters import Sent
from app.external.http import Outward
from app.external.open311 import Open311
from app.jobs import forward, reconcile
from tests import factories
from tests.forwarding_world import HOUR, MINUTE, SECOND, World, check_exactly_once
from tests.platform import Platform

WORKERS = 3


def together(app: Flask, world: World) -> Counter[str]:
    """The same beat in several workers at the same time."""

    def work(_number: int) -> Counter[str]:
        with app.app_context():
            done = forward.run(world.now, outward=world.outward, threads=4).counts
            return done + reconcile.run(world.now, outward=world.outward).counts

    with ThreadPoolExecutor(WORKERS) as pool:
        return sum(pool.map(work, range(WORKERS)), Counter())


def test_workers_that_work_at_once_send_everything_once(either_app: Flask) -> None:
    with Platform() as platform:
        world = World(factories.make_city(), platform)
        world.queue(60)
        assert together(either_app, world)["created"] == 60
        check_exactly_once(world)


def test_workers_that_reconcile_at_once_post_nothing_twice(either_app: Flask) -> None:
    with Platform() as platform:
        world = World(factories.make_city(), platform)
        platform.faults.extend(["drop_after_commit", "drop_before_commit"] * 5)
        world.queue(10)
        for _ in range(40):
            together(either_app, world)
            world.now += 3 * MINUTE
        world.settle()
        check_exactly_once(world)


def test_news_are_applied_once_by_workers_that_apply_at_once(either_app: Flask) -> None:
    with Platform() as platform:
        world = World(factories.make_city(), platform)
        ids = world.queue(20)
        world.forward()
        world.now += 10 * MINUTE
        for copy in platform.copies:
            platform.report(copy, "accepted", "已受理")

        def poll(_number: int) -> dict[str, int]:
            with either_app.app_context():
                return world.poll()

        with ThreadPoolExecutor(WORKERS) as pool:
            list(pool.map(poll, range(WORKERS)))
        for request_id in ids:
            assert [e.to_status for e in world.events(request_id)].count("accepted") == 1


def test_a_worker_that_was_frozen_after_its_intent_sends_nothing_when_it_thaws(
    city: factories.City, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Platform() as platform:
        world = World(city, platform)
        world.queue()
        clock = [0.0]
        monkeypatch.setattr(forward.time, "time", lambda: clock.pop() if len(clock) > 1 else clock[0])
        # Committed at noon; when the connection stands, two hours have passed.
        clock[:] = [7200.0, 0.0]
        assert world.forward() == {"not_sent": 1}
        assert platform.posts == []
        assert world.row().posts == 0


def test_a_late_answer_of_a_worker_given_up_for_dead_still_counts(
    city: factories.City, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Platform() as platform:
        world = World(city, platform)
        world.queue()
        send = Open311.send

        def slow_send(self: Open311, *given: object) -> Sent:
            sent = send(self, *given)  # type: ignore[arg-type]
            # While the answer was on its way, another worker took us for dead.
            world.now += 3 * MINUTE
            with world.in_context():
                world.reconcile()
            return sent

        monkeypatch.setattr(Open311, "send", slow_send)
        world.forward()
        check_exactly_once(world)
        assert world.row().state == "done"


def test_a_late_answer_that_comes_after_a_second_copy_raises_the_alarm(
    city: factories.City, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The platform hid the first copy for an hour: nothing could prevent the second, but a person hears of it."""
    with Platform() as platform:
        platform.hidden = lambda _copy: True
        world = World(city, platform)
        world.queue()
        send, sending = Open311.send, []

        def slow_send(self: Open311, *given: object) -> Sent:
            sent = send(self, *given)  # type: ignore[arg-type]
            if not sending:
                sending.append(True)
                with world.in_context():
                    for pause in (3 * MINUTE, HOUR, HOUR):
                        world.now += pause
                        world.reconcile()
                    world.now += SECOND
                    world.forward()
            return sent

        monkeypatch.setattr(Open311, "send", slow_send)
        world.forward()
        assert len(platform.copies) == 2
        assert (world.row().state, world.row().alarm) == ("done", "several")


def test_a_call_is_over_before_its_lease() -> None:
    limits = Outward().limits
    assert limits.connect * 4 + limits.total < 2 * MINUTE / SECOND
