"""Alembic's entry: migrations of all tables, on SQLite and on PostgreSQL."""

from __future__ import annotations

from alembic import context

import app.models
import app.synced  # noqa: F401 - the door's own tables
from app.database import Base, JsonText

target_metadata = Base.metadata


def _render(kind: str, item: object, _context: object) -> str | bool:
    """A migration must not depend on our own types, which change: JSON columns are text."""
    return "sa.Text()" if kind == "type" and isinstance(item, JsonText) else False


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=target_metadata,
    # SQLite changes a column by copying the table; Alembic calls it batch mode.
    render_as_batch=connection.dialect.name == "sqlite",
    compare_type=True,
    render_item=_render,
)
with context.begin_transaction():
    context.run_migrations()
connection.commit()
