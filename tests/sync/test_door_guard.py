"""Nothing writes a synced table but the door."""

from __future__ import annotations

import pytest
from sqlalchemy import insert, update

from app.database import writing
from app.door_guard import PassedByTheDoor
from app.models.places import Place
from app.models.visits import Visit
from tests.factories import City


def test_an_orm_object_of_a_synced_table_is_refused(city: City) -> None:
    with pytest.raises(PassedByTheDoor), writing() as session:
        session.add(Visit(id="v", scope="all"))


def test_an_edit_of_a_loaded_row_is_refused(city: City) -> None:
    with pytest.raises(PassedByTheDoor), writing() as session:
        session.get_one(Place, city.places["p1"]).note = "passed by"


def test_core_statements_on_a_synced_table_are_refused(city: City) -> None:
    for statement in (insert(Visit).values(id="v", scope="all"), update(Place).values(note="passed by")):
        with pytest.raises(PassedByTheDoor), writing() as session:
            session.execute(statement)
