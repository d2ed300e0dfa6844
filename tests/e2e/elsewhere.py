"""What others do while a screen is looked at: a colleague's edits through the same door, a delivery that stops."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import update

from app import create_app
from app.database import db, writing
from app.domain.forwarding import State
from app.ids import now_ms
from app.models.forwarding import Forwarding
from app.writes import Actor, patch, step, write
from tests.conftest import settings_for
from tests.e2e.product import Product

LEADER = Actor("leader", None, "孙队长")
PLATFORM = Actor("platform", None, "12345")


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


def platform_refuses(product: Product, request_id: str) -> None:
    """The platform does not accept the request: a step from where it stood is not possible any more."""
    with inside(product), writing() as session:
        refused = step("not_accepted", reason="不属于本平台受理范围")
        write(session, [patch("service_request", request_id, {"status": refused})], actor=PLATFORM, now=now_ms())


def a_delivery_stops(product: Product, team: str) -> None:
    """The platform refuses one of the team's requests for good."""
    found = rows(
        product,
        "SELECT f.id FROM forwarding f JOIN service_request r ON f.service_request_id = r.id"
        " JOIN team t ON r.scope = 'team:' || t.id WHERE t.name = ? ORDER BY f.id",
        team,
    )
    with inside(product), writing() as session:
        stopped = update(Forwarding).where(Forwarding.id == found[0][0])
        session.execute(stopped.values(state=State.DEAD, reason="rejected"))
