"""Every fault of a platform, each alone: one copy there, or a person who knows."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.factories import City
from tests.forwarding_world import World, check_exactly_once
from tests.platform import COMMITTED, LOST, Platform


@pytest.fixture
def platform() -> Iterator[Platform]:
    with Platform() as platform:
        yield platform


@pytest.fixture
def world(city: City, platform: Platform) -> World:
    return World(city, platform)


def test_a_request_is_forwarded_and_gets_its_number(world: World) -> None:
    (request_id,) = world.queue()
    assert world.forward() == {"created": 1}
    check_exactly_once(world)
    assert [e.to_status for e in world.events(request_id)][-2:] == ["queued", "submitted"]


@pytest.mark.parametrize("fault", COMMITTED + LOST)
def test_a_fault_of_a_post_neither_loses_nor_doubles(world: World, fault: str) -> None:
    world.platform.faults.append(fault)
    world.queue()
    world.settle()
    check_exactly_once(world)
