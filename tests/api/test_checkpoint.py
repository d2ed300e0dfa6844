"""The write-ahead log is brought over beside the writers, and begins anew."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import text

from app.database import db, writers_turn, writing
from app.jobs import checkpoint


@pytest.fixture
def pages(app: Flask) -> None:
    """A log of some length."""
    for number in range(30):
        with writing() as session:
            session.execute(text("INSERT INTO sync_meta VALUES (:key, 'x')"), {"key": f"note {number}"})


def test_after_a_checkpoint_the_next_writer_begins_the_log_anew(app: Flask, pages: None) -> None:
    before = checkpoint.checkpoint()
    assert before > 20
    with writing() as session:
        session.execute(text("DELETE FROM sync_meta WHERE key = 'note 1'"))
    assert checkpoint.checkpoint() < before


def test_a_long_log_is_finished_in_a_turn_of_its_own(app: Flask, pages: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The thread ends with the worker; each of its rounds leaves the log whole."""
    rounds: list[float] = []

    class Stops:
        def wait(self, seconds: float) -> bool:
            rounds.append(seconds)
            return len(rounds) > 2

    turns: list[bool] = []

    def turn(engine: object) -> object:
        turns.append(True)
        return writers_turn(db.engine)

    monkeypatch.setattr(checkpoint, "stopping", Stops())
    monkeypatch.setattr(checkpoint, "_LONG", 10)
    monkeypatch.setattr(checkpoint, "writers_turn", turn)
    checkpoint._run(app)
    assert len(turns) == 2
    with writing() as session:
        assert session.execute(text("SELECT count(*) FROM sync_meta WHERE key LIKE 'note %'")).scalar() == 30
