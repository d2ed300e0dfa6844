"""Fixtures of all tests: a fresh product on a fresh database, and people who use it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

import config
from app import create_app
from app.setup import make_tables
from tests import factories


@pytest.fixture
def settings(tmp_path: Path) -> config.Config:
    return config.load({"DOORSTEP_DATA": str(tmp_path / "data"), "DOORSTEP_TESTING": "1"})


@pytest.fixture
def app(settings: config.Config) -> Iterator[Flask]:
    app = create_app(settings)
    with app.app_context():
        make_tables()
        yield app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def city(app: Flask) -> factories.City:
    """One street, two teams, cadres Li and Wang in the first and Zhao in the second, a leader each, six places."""
    return factories.make_city()
