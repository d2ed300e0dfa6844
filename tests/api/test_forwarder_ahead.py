"""The books are worked out before their turn to write: whatever happens in between, nothing false is sent or written."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from sqlalchemy import Connection, select, update

from app.ahead import Ahead, NeedsTurn
from app.database import Base, db, reading, writing, writing_on
from app.jobs import books, forward
from app.models.forwarding import Forwarding, ForwardingAttempt, Target
from app.synced import DOOR
from sync.check import faults
from tests.factories import City
from tests.forwarding_world import MINUTE, World, check_exactly_once
from tests.platform import Platform


@pytest.fixture
def world(city: City, platform: Platform) -> World:
    if db.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL's writers do not wait for each other: nothing is worked out ahead there")
    return World(city, platform)


def before_turn(monkeypatch: pytest.MonkeyPatch, number: int, happens: Callable[[], Any]) -> list[int]:
    """Let something happen when the books have been worked out for the `number`th time and wait; the turns that were taken."""
    turns: list[int] = []

    def late(connection: Connection) -> AbstractContextManager[None]:
        turns.append(len(turns) + 1)
        if len(turns) == number:
            happens()
        return writing_on(connection)

    monkeypatch.setattr(books, "writing_on", late)
    return turns


def whole() -> list[str]:
    """What the server's own check finds wrong."""
    with reading() as session:
        return faults(session.connection(), DOOR)


# The turns of one delivery: it is claimed, the intent is kept, the result is kept.
CLAIM, INTENT, RESULT = 1, 2, 3


def test_a_delivery_takes_three_short_turns(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    turns = before_turn(monkeypatch, 0, lambda: None)
    in_turn: list[bool] = []
    monkeypatch.setattr(books, "writing", lambda: in_turn.append(True))
    world.queue()
    assert world.forward() == {"created": 1}
    assert (turns, in_turn) == ([CLAIM, INTENT, RESULT], [])
    check_exactly_once(world)
    assert whole() == []


@pytest.mark.parametrize("turn", [CLAIM, INTENT])
def test_a_request_withdrawn_before_it_leaves_is_not_sent(
    world: World, monkeypatch: pytest.MonkeyPatch, turn: int
) -> None:
    (request_id,) = world.queue()
    before_turn(monkeypatch, turn, lambda: world.withdraw(request_id))
    world.forward()
    assert world.platform.copies == []
    assert world.row().state == "done"
    assert world.request(request_id).status == "withdrawn"
    assert whole() == []


def test_a_request_withdrawn_between_claim_and_intent_is_not_sent(world: World) -> None:
    (request_id,) = world.queue()

    def phase(name: str) -> None:
        if name == "claimed":
            world.withdraw(request_id)

    forward.run(world.now, outward=world.outward, phase=phase)
    assert world.platform.copies == []
    assert (world.row().state, world.row().posts) == ("done", 0)


def test_what_a_cadre_writes_while_the_result_waits_is_kept(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    (request_id,) = world.queue()
    turns = before_turn(monkeypatch, RESULT, lambda: world.correct(request_id, title="路灯"))
    world.forward()
    assert len(turns) == RESULT + 1, "the result was worked out anew"
    assert world.request(request_id).title == "路灯"
    check_exactly_once(world)
    assert whole() == []


def test_a_target_that_is_paused_while_the_intent_waits_gets_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def pause() -> None:
        with writing() as session:
            session.execute(update(Target).values(paused_reason="forbidden"))

    world.queue()
    before_turn(monkeypatch, INTENT, pause)
    world.forward()
    assert world.platform.copies == []
    assert (world.row().state, world.row().posts) == ("due", 0)


def test_a_delivery_that_another_worker_took_meanwhile_is_left_to_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def take() -> None:
        with writing() as session:
            session.execute(update(Forwarding).values(state="leased", lease="another", next_at=world.now + MINUTE))

    world.queue()
    before_turn(monkeypatch, CLAIM, take)
    world.forward()
    assert world.platform.copies == []
    assert (world.row().lease, world.row().posts) == ("another", 0)


def test_books_that_are_always_too_late_are_kept_in_their_turn(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    (request_id,) = world.queue()
    turns: list[int] = []

    def busy(connection: Connection) -> AbstractContextManager[None]:
        turns.append(1)
        world.correct(request_id, title=f"第{len(turns)}次")
        return writing_on(connection)

    monkeypatch.setattr(books, "writing_on", busy)
    world.forward()
    # The request was read for the claim and the intent, its scope for the result.
    assert len(turns) == 3 * books._TRIES
    check_exactly_once(world)
    assert whole() == []


def test_columns_are_called_as_their_attributes() -> None:
    """Rows are written ahead by the names of their attributes."""
    for mapper in Base.registry.mappers:
        assert [p.key for p in mapper.column_attrs] == [c.name for c in mapper.local_table.columns], mapper


def test_a_deletion_is_not_worked_out_ahead(world: World) -> None:
    world.queue()
    with reading() as session, session.no_autoflush:
        rows = Ahead(session)
        session.delete(session.scalars(select(Forwarding)).one())
        with pytest.raises(NeedsTurn):
            rows.form()
        session.expunge_all()


def test_what_was_changed_and_added_ahead_is_written_with_its_defaults(world: World) -> None:
    world.queue()
    with reading() as session, session.no_autoflush:
        ahead = Ahead(session)
        row = session.scalars(select(Forwarding)).one()
        row.payload, row.blind = {"a": "灯"}, True
        session.add(ForwardingAttempt(forwarding_id=row.id, at=1, phase="post", outcome="created"))
        session.add(Target(code="x", name="x", adapter="files", settings={"folder": "x"}))
        ahead.form()
        session.expunge_all()
    with writing() as session:
        assert ahead.still_true(session.connection())
        ahead.write(session.connection())
    with reading() as session:
        assert not ahead.still_true(session.connection())
        target = session.get_one(Target, "x")
        assert (target.enabled, target.order, target.url, target.settings) == (True, 0, "", {"folder": "x"})
        assert session.scalars(select(ForwardingAttempt.phase)).all() == ["post"]
        assert (world.row().payload, world.row().blind) == ({"a": "灯"}, True)
