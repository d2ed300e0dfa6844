"""The write-ahead log is brought over beside the writers, and begins anew."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import text

from app.database import BUSY_TIMEOUT_MS, db, reading, writers_turn, writing
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


def test_an_export_that_reads_for_long_is_not_waited_for(app: Flask, pages: None) -> None:
    """The log goes on behind it; and the connection waits for locks as patiently as before."""
    with reading() as session:
        assert session.execute(text("SELECT count(*) FROM sync_meta")).scalar()
        with writing() as other:
            other.execute(text("DELETE FROM sync_meta WHERE key = 'note 1'"))
        before = checkpoint.checkpoint(anew=True)
        assert before > 20
        with writing() as other:
            other.execute(text("DELETE FROM sync_meta WHERE key = 'note 2'"))
        assert checkpoint.checkpoint() > before
    connection = db.engine.raw_connection()
    assert connection.cursor().execute("PRAGMA busy_timeout").fetchone() == (BUSY_TIMEOUT_MS,)
    connection.close()
