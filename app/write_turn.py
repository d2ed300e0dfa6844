"""Whose turn it is to write (SQLite): writers wait in the kernel's queue instead of asking again and again.

SQLite lets one writer in at a time, and whoever finds the door shut sleeps up to 100 ms before the next try: with two
workers nobody was writing for half of the time (`make bench`). Its lock still decides; who takes no turn, like an operator's
own tool, is waited for as ever.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

from sqlalchemy.exc import OperationalError

# Some milliseconds; every phone's push waits for the end of the turn.
IN_A_TURN = 100
T = TypeVar("T")


def in_turns(items: Sequence[T]) -> Iterator[Sequence[T]]:
    """`items` in parts, each to be written in a turn of its own."""
    return (items[start : start + IN_A_TURN] for start in range(0, len(items), IN_A_TURN))


class WriteTurn:
    """The turns of one process at one database file; at most one thread of it stands in the queue between processes."""

    def __init__(self, path: Path) -> None:
        # A thread that begins a second transaction within its own turn is SQLite's to refuse, not ours to hang.
        self._thread = threading.RLock()
        self._depth = 0
        # Never closed: the kernel lets go of the locks when the process ends, however it ends.
        self._turn, self._next = (_opened(path.with_name(path.name + end)) for end in ("", "-next"))

    @contextmanager
    def taken(self, timeout_s: float) -> Iterator[None]:
        """Wait for the turn and keep it for the block. Raises SQLAlchemy's `OperationalError` when others take too long."""
        if not self._thread.acquire(timeout=timeout_s):
            raise OperationalError("BEGIN IMMEDIATE", None, sqlite3.OperationalError("database is locked"))
        try:
            if not self._depth:
                self._wait()
            self._depth += 1
            try:
                yield
            finally:
                self._depth -= 1
                if not self._depth:
                    fcntl.flock(self._turn, fcntl.LOCK_UN)
        finally:
            self._thread.release()

    def _wait(self) -> None:
        """Whoever is next keeps a lock of its own meanwhile: who has just had the turn cannot take it again before."""
        fcntl.flock(self._next, fcntl.LOCK_EX)
        try:
            fcntl.flock(self._turn, fcntl.LOCK_EX)
        finally:
            fcntl.flock(self._next, fcntl.LOCK_UN)


def _opened(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def turn_at(database: str) -> WriteTurn:
    """The turns at this database file."""
    return _turn(database, os.getpid())


@lru_cache(maxsize=64)
def _turn(database: str, _process: int) -> WriteTurn:
    """A forked process must not share its parent's open file: it would share the lock."""
    return WriteTurn(Path(f"{database}-turn"))
