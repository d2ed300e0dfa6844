"""The migrations lead to the tables that the models describe, on both databases, and an installed city comes along."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config as AlembicConfig
from alembic.migration import MigrationContext
from flask import Flask
from sqlalchemy import text

import config
from app import create_app
from app.database import Base, db, reading, writing
from app.ids import new_id, now_ms
from app.installation import install, upgrade
from app.setup import migrate
from tests.conftest import Browser, settings_for
from tests.devices import Phone
from tests.factories import make_city


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def bare_app(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Flask]:
    """The product with a database that has no tables yet."""
    on_postgres = request.param == "postgres"
    extra = {"DATABASE_URL": request.getfixturevalue("postgres_url")} if on_postgres else {}
    app = create_app(settings_for(tmp_path, **extra))
    app.test_client_class = Browser
    anew = text("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    with app.app_context():
        if on_postgres:
            with db.engine.begin() as connection:
                connection.execute(anew)
        yield app
        db.session.remove()
        if on_postgres:
            with db.engine.begin() as connection:
                connection.execute(anew)
            Base.metadata.create_all(db.engine)
        db.engine.dispose()


def differences() -> list[object]:
    """What a new migration would have to change."""
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        return list(compare_metadata(context, Base.metadata))


def go_back_to(revision: str) -> None:
    """The database as an older version of the product left it."""
    settings = AlembicConfig()
    settings.set_main_option("script_location", str(config.ROOT / "migrations"))
    db.session.remove()
    with db.engine.execution_options(doorstep_write=True).connect() as connection:
        settings.attributes["connection"] = connection
        command.downgrade(settings, revision)


def newest_change() -> int:
    """The sequence of the scope that every phone reads."""
    with reading() as session:
        return int(session.execute(text("SELECT seq FROM sync_scope WHERE name = 'all'")).scalar_one())


def test_migrations_make_the_models_tables(bare_app: Flask) -> None:
    migrate()
    assert differences() == []
    migrate()


def test_a_city_installed_with_the_first_version_keeps_its_records_and_its_phones_get_what_is_new(
    bare_app: Flask,
) -> None:
    upgrade()
    with writing() as session:
        assert install(session, now_ms(), "a password of the centre")
    city = make_city()
    client_id = new_id()
    phone = Phone(city.sign_in("li", client_id), client_id, city.people["li"])
    go_back_to("0001")
    before = newest_change()

    upgrade()

    assert differences() == []
    phone.pull()
    category = phone.base["category", "roads_lights"]
    assert (category["name"], category["name_en"], category.get("conflict")) == ("路灯照明", "Street lights", None)
    assert ("place", city.places["p1"]) in phone.base
    changed = newest_change()
    assert changed > before
    # Every start does this: what has not changed must not travel to fifteen thousand phones again.
    upgrade()
    assert newest_change() == changed


def test_a_city_that_is_not_installed_yet_gets_no_records(bare_app: Flask) -> None:
    upgrade()
    with reading() as session:
        assert session.execute(text("SELECT count(*) FROM category")).scalar_one() == 0
