"""What others do while a screen is looked at: a colleague's edits through the same door, a delivery that stops."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import select, update

from app import create_app
from app.database import db, writing
from app.domain.forwarding import State
from app.ids import now_ms
from app.models.forwarding import Forwarding
from app.writes import Actor, patch, step, write
from tests.conftest import settings_for
from tests.e2e.product import Product

LEADER = Actor("leader", None, "孙队长")


def rows(product: Product, sql: str, *values: Any) -> list[tuple[Any, ...]]:
    """What stands in the product's database."""
    connection = sqlite3.connect(f"file:{product.folder / 'doorstep.db'}?mode=ro", uri=True)
    try:
        return connection.execute(sql, values).fetchall()
    finally:
        connection.close()


@contextmanager
def inside(product: Product) -> Iterator[None]:
    """A second process on the installation's data."""
    app = create_app(settings_for(product.folder))
    with app.app_context():
        yield
        db.session.remove()
        db.engine.dispose()


def leader_rewrites(product: Product, request_id: str, text: str) -> None:
    """The leader puts another sentence in the place of the request's."""
    with inside(product), writing() as session:
        write(session, [patch("service_request", request_id, {"text": text})], actor=LEADER, now=now_ms())


def leader_solves(product: Product, request_id: str) -> None:
    """The leader takes the request a step on, so that a step from the old state is not possible any more."""
    with inside(product), writing() as session:
        taken = step("solved_on_spot", text="已当场更换")
        write(session, [patch("service_request", request_id, {"status": taken})], actor=LEADER, now=now_ms())


def a_delivery_stops(product: Product, team_id: str) -> None:
    """The platform refuses one of the team's requests for good."""
    with inside(product), writing() as session:
        chosen = session.scalars(
            select(Forwarding).where(Forwarding.service_request_id.in_(_requests_of(product, team_id))).limit(1)
        ).one()
        session.execute(
            update(Forwarding).where(Forwarding.id == chosen.id).values(state=State.DEAD, reason="rejected")
        )


def _requests_of(product: Product, team_id: str) -> list[str]:
    return [one for (one,) in rows(product, "SELECT id FROM service_request WHERE scope = ?", f"team:{team_id}")]
