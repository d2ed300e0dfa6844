"""The migrations lead to the tables that the models describe, on both databases."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from app import create_app
from app.database import Base, db
from app.setup import migrate
from tests.conftest import settings_for


def differences() -> list[object]:
    """What a new migration would have to change."""
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        return list(compare_metadata(context, Base.metadata))


def test_migrations_make_the_models_tables_on_sqlite(tmp_path: Path) -> None:
    with create_app(settings_for(tmp_path)).app_context():
        migrate()
        assert differences() == []
        migrate()


@pytest.mark.postgres
def test_migrations_make_the_models_tables_on_postgresql(tmp_path: Path, postgres_url: str) -> None:
    with create_app(settings_for(tmp_path, DATABASE_URL=postgres_url)).app_context():
        with db.engine.begin() as connection:
            connection.execute(text("DROP SCHEMA public CASCADE; CREATE SCHEMA public"))
        try:
            migrate()
            assert differences() == []
        finally:
            with db.engine.begin() as connection:
                connection.execute(text("DROP SCHEMA public CASCADE; CREATE SCHEMA public"))
            Base.metadata.create_all(db.engine)
