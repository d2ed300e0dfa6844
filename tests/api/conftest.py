"""Fixtures of the API's tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from app.limits import limiter
from tests.api.residents_street import Street, make_street
from tests.factories import City
from tests.forwarding_world import World
from tests.platform import Platform


@pytest.fixture
def limits(app: Flask) -> Iterator[None]:
    """Rate limits, which other tests do without."""
    app.config["RATELIMIT_ENABLED"] = True
    limiter.enabled = True
    limiter.init_app(app)
    limiter.reset()
    yield
    limiter.enabled = False


@pytest.fixture
def street(app: Flask, city: City) -> Street:
    """The tiny city with printed codes, and browsers for its residents."""
    return make_street(app, city)


@pytest.fixture
def platform() -> Iterator[Platform]:
    """A platform that misbehaves as the test tells it."""
    with Platform() as platform:
        yield platform


@pytest.fixture
def world(city: City, platform: Platform) -> World:
    """The forwarder, that platform and a clock."""
    return World(city, platform)
