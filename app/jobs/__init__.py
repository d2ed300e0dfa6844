"""Background work. Each job looks in the database for what is due and does it: `run(now) -> Report`, safe to run at any time."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

Clock = Callable[[], int]

# Set when the worker is asked to end: long runs finish what is under way and begin nothing new.
stopping = threading.Event()


@dataclass
class Report:
    """What one run did, as counts by words."""

    job: str
    counts: Counter[str] = field(default_factory=Counter)

    def add(self, word: str, number: int = 1) -> None:
        """Count something."""
        if number:
            self.counts[word] += number

    @property
    def idle(self) -> bool:
        """Whether there was nothing to do."""
        return not self.counts


def moving(now: int) -> Clock:
    """A clock that starts at `now` and goes on with the time that really passes: a long run must not use old instants."""
    started = time.monotonic()
    return lambda: now + round((time.monotonic() - started) * 1000)
