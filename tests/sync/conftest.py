"""The sync suites run on both databases."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from app.ids import new_id
from tests.devices import Phone
from tests.factories import City, make_city

PhoneMaker = Callable[[str], Phone]


@pytest.fixture
def app(either_app: Flask) -> Flask:
    """On SQLite and on PostgreSQL."""
    return either_app


@pytest.fixture
def city(app: Flask) -> City:
    """The tiny city of `tests/factories.py`."""
    return make_city()


@pytest.fixture
def phone(city: City) -> PhoneMaker:
    """`phone("li")`: an enrolled phone of Li's that has pulled once."""

    def make(name: str) -> Phone:
        client_id = new_id()
        made = Phone(city.sign_in(name, client_id), client_id, city.people[name])
        made.pull()
        return made

    return make
