"""Fixtures of all tests: a fresh product on a fresh database, and people who use it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from werkzeug.test import TestResponse

import config
from app import create_app
from app.database import Base, db
from app.setup import begin_epoch, make_tables
from tests import factories
from tests.postgres import cluster


class Browser(FlaskClient):
    """Each request in an app context of its own, as on a real server: what one person left in `g` never reaches the next."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        with self.application.app_context():
            return super().open(*args, **kwargs)


def settings_for(folder: Path, **environment: str) -> config.Config:
    """Settings of a product that keeps its data in `folder`."""
    return config.load({"DOORSTEP_DATA": str(folder), "DOORSTEP_TESTING": "1", **environment})


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with all tables, copied for each test: making the tables anew would cost more than the test."""
    folder = tmp_path_factory.mktemp("template")
    app = create_app(settings_for(folder))
    with app.app_context():
        make_tables()
        db.engine.dispose()
    return folder / "doorstep.db"


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A PostgreSQL database with all tables, shared by the tests of this process."""
    binaries = os.environ.get("DOORSTEP_TEST_POSTGRES_BIN")
    if not binaries:
        pytest.skip("DOORSTEP_TEST_POSTGRES_BIN is not set: no PostgreSQL to test on")
    with cluster(Path(binaries)) as url:
        yield url


@pytest.fixture
def settings(tmp_path: Path, empty_database: Path) -> config.Config:
    """Settings of a product with empty tables."""
    folder = tmp_path / "data"
    folder.mkdir()
    shutil.copy(empty_database, folder / "doorstep.db")
    return settings_for(folder)


@pytest.fixture
def app(settings: config.Config) -> Iterator[Flask]:
    """The product, inside its app context."""
    app = create_app(settings)
    app.test_client_class = Browser
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def either_app(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Flask]:
    """The product on SQLite, then the same test on PostgreSQL."""
    if request.param == "sqlite":
        settings = request.getfixturevalue("settings")
    else:
        settings = settings_for(tmp_path / "data", DATABASE_URL=request.getfixturevalue("postgres_url"))
    app = create_app(settings)
    app.test_client_class = Browser
    with app.app_context():
        if request.param == "postgres":
            empty_postgres()
        yield app
        db.session.remove()
        db.engine.dispose()


def empty_postgres() -> None:
    """All tables there and empty."""
    Base.metadata.create_all(db.engine)
    names = ", ".join(f'"{t.name}"' for t in Base.metadata.sorted_tables)
    with db.engine.begin() as connection:
        connection.execute(text(f"TRUNCATE {names} RESTART IDENTITY CASCADE"))
    begin_epoch()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """An anonymous browser."""
    return app.test_client()


@pytest.fixture
def city(app: Flask) -> factories.City:
    """One street, two teams, cadres Li and Wang in the first and Zhao in the second, a leader each, six places."""
    return factories.make_city()
