"""Several requests, one commit: whoever gets the turn to write takes along all who wait for it in this process.

The disk is asked once for each commit, and with one writer at a time all the others wait for its answer: a city's phones that
come at once would queue for the disk, one by one (`make bench`).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

T = TypeVar("T")
Work = Callable[[Connection], Any]
Opening = Callable[[], AbstractContextManager[Any]]


@dataclass(eq=False, slots=True)
class _Job:
    """One request's work, and what became of it."""

    work: Work
    done: bool = False
    result: Any = None
    error: Exception | None = None


class SharedCommit:
    """The writers of one process at one database."""

    # More would make the first of them wait for the last.
    MOST = 8

    def __init__(self, turn: Opening, transaction: Opening) -> None:
        self._turn, self._transaction = turn, transaction
        self._waiting: deque[_Job] = deque()

    def run(self, work: Callable[[Connection], T]) -> T:
        """`work`'s result, once it is committed; raises what `work` raises, and then nothing of it is written.

        `work` may run in the thread of another request: it uses the connection that it is given and nothing of its request.
        """
        job = _Job(work)
        self._waiting.append(job)
        try:
            with self._turn():
                while not job.done:
                    self._write(self._next())
        finally:
            if not job.done:
                # No turn in time: whoever has it later must not find this one. If it is being written at this moment, its phone
                # gets the kept answer when it asks again.
                with suppress(ValueError):
                    self._waiting.remove(job)
        if job.error is not None:
            raise job.error
        result: T = job.result
        return result

    def _next(self) -> list[_Job]:
        """Only who has the turn takes from the queue."""
        return [self._waiting.popleft() for _ in range(min(self.MOST, len(self._waiting)))]

    def _write(self, jobs: list[_Job]) -> None:
        failed: Exception | None = RuntimeError("interrupted")
        try:
            with self._transaction() as connection:
                for job in jobs:
                    _attempt(job, connection, alone=len(jobs) == 1)
            failed = None
        except Exception as error:
            failed = error
        finally:
            for job in jobs:
                # Nothing of a failed transaction is written, whoever of them it was.
                job.error, job.done = job.error or failed, True


def _attempt(job: _Job, connection: Connection, *, alone: bool) -> None:
    try:
        with nullcontext() if alone else connection.begin_nested():
            job.result = job.work(connection)
    except OperationalError:
        # The database's trouble, not this job's: it may have ended the transaction of them all.
        raise
    except Exception as error:
        job.error = error
        if alone:
            raise
