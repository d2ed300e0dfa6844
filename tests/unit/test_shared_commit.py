"""Requests that wait for the same turn share one commit, and none of them carries another's failure."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import IntegrityError, OperationalError

# How SQLite's transactions begin is told to all engines there.
import app.database  # noqa: F401
from app.shared_commit import SharedCommit


class Desk:
    """One table, one writer at a time, and a count of the commits."""

    def __init__(self, folder: Path) -> None:
        self.engine: Engine = create_engine(f"sqlite:///{folder / 'one.db'}")
        event.listen(self.engine, "commit", lambda _: self.commits.append(1))
        self.commits: list[int] = []
        self.lock = threading.Lock()
        with self.transaction() as connection:
            connection.exec_driver_sql("CREATE TABLE visit (id TEXT PRIMARY KEY)")
        self.commits.clear()
        self.shared = SharedCommit(self.turn, self.transaction)

    @contextmanager
    def turn(self) -> Iterator[None]:
        if not self.lock.acquire(timeout=5):
            raise OperationalError("BEGIN", None, sqlite3.OperationalError("database is locked"))
        try:
            yield
        finally:
            self.lock.release()

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        with self.engine.connect().execution_options(doorstep_write=True) as connection, connection.begin():
            yield connection

    def visits(self) -> list[str]:
        with self.engine.connect() as connection:
            return sorted(connection.exec_driver_sql("SELECT id FROM visit").scalars())

    def while_the_turn_is_taken(self, works: list[Callable[[Connection], Any]]) -> list[Any]:
        """All works come while somebody else writes; what each gave or raised."""
        given: list[Any] = [None] * len(works)

        def run(number: int) -> None:
            try:
                given[number] = self.shared.run(works[number])
            except Exception as error:
                given[number] = error

        with self.lock:
            threads = [threading.Thread(target=run, args=(n,)) for n in range(len(works))]
            for waiting, thread in enumerate(threads, 1):
                thread.start()
                while len(self.shared._waiting) < waiting:
                    pass
        for thread in threads:
            thread.join()
        return given


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A fresh one."""
    return Desk(tmp_path)


def visit(name: str) -> Callable[[Connection], str]:
    """One phone's push."""

    def work(connection: Connection) -> str:
        connection.exec_driver_sql("INSERT INTO visit VALUES (?)", (name,))
        return name

    return work


def test_three_phones_that_wait_are_written_by_one_commit(desk: Desk) -> None:
    assert desk.while_the_turn_is_taken([visit("a"), visit("b"), visit("c")]) == ["a", "b", "c"]
    assert desk.visits() == ["a", "b", "c"]
    assert len(desk.commits) == 1


def test_more_than_a_handful_take_more_than_one_commit(desk: Desk) -> None:
    names = [f"{n:02}" for n in range(desk.shared.MOST + 3)]
    assert desk.while_the_turn_is_taken([visit(name) for name in names]) == names
    assert desk.visits() == names
    assert len(desk.commits) == 2


def test_one_that_is_refused_takes_nothing_of_the_others_with_it(desk: Desk) -> None:
    def refused(connection: Connection) -> None:
        visit("half")(connection)
        visit("a")(connection)

    first, second, third = desk.while_the_turn_is_taken([visit("a"), refused, visit("c")])
    assert (first, third) == ("a", "c")
    assert isinstance(second, IntegrityError)
    assert desk.visits() == ["a", "c"]


def test_one_alone_that_is_refused_writes_nothing(desk: Desk) -> None:
    def refused(connection: Connection) -> None:
        visit("half")(connection)
        raise ValueError

    with pytest.raises(ValueError):
        desk.shared.run(refused)
    assert desk.visits() == []


def test_when_the_disk_is_full_nobody_is_told_that_it_is_written(desk: Desk) -> None:
    def full(connection: Connection) -> None:
        # What SQLite does by itself when the disk is full: the transaction is over for all.
        connection.exec_driver_sql("ROLLBACK")
        raise OperationalError("INSERT", None, sqlite3.OperationalError("database or disk is full"))

    given = desk.while_the_turn_is_taken([visit("a"), full, visit("c")])
    assert [type(each) for each in given] == [OperationalError] * 3
    assert desk.visits() == []
    assert desk.shared.run(visit("d")) == "d"


def test_who_gets_no_turn_in_time_is_not_written_later(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    @contextmanager
    def no_turn() -> Iterator[None]:
        raise OperationalError("BEGIN", None, sqlite3.OperationalError("database is locked"))
        yield

    with monkeypatch.context() as patched:
        patched.setattr(desk.shared, "_turn", no_turn)
        with pytest.raises(OperationalError):
            desk.shared.run(visit("late"))
    assert desk.shared.run(visit("next")) == "next"
    assert desk.visits() == ["next"]
