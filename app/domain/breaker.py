"""The circuit breaker of one target: a silent platform is asked by a GET now and then instead of by everybody's requests."""

from __future__ import annotations

from dataclasses import dataclass, replace

from app.domain.forwarding import MINUTE_MS, SECOND_MS, Outcome

IN_A_ROW = 5
WINDOW = 20
FIRST_PAUSE_MS = 30 * SECOND_MS
LONGEST_PAUSE_MS = 10 * MINUTE_MS

# A platform that says no is alive; only silence and gibberish speak for a broken one.
FAILURES = frozenset({Outcome.NOT_SENT, Outcome.UNKNOWN})


@dataclass(frozen=True, slots=True)
class Breaker:
    """`recent` holds the last twenty calls, oldest first: `o` answered, `x` failed. `probe_at` is set while the breaker is
    open, `trying` after a good probe until the first real call has ended. `trips` counts openings since the last success.
    """

    recent: str = ""
    trips: int = 0
    probe_at: int | None = None
    trying: bool = False

    @property
    def open(self) -> bool:
        """While open nothing is sent and no try is used up."""
        return self.probe_at is not None


def room(breaker: Breaker, most: int) -> int:
    """How many deliveries may be on their way at once: none while open, one after a good probe, else `most`."""
    if breaker.open:
        return 0
    return min(1, most) if breaker.trying else most


def after_call(breaker: Breaker, answered: bool, now: int) -> Breaker:
    """The breaker after a call: opens after five failures in a row, or when half of the last twenty failed."""
    recent = (breaker.recent + ("o" if answered else "x"))[-WINDOW:]
    if breaker.open:
        # A call that was on its way when the breaker opened says nothing new.
        return replace(breaker, recent=recent)
    if answered:
        kept = "" if breaker.trying else recent
        return _judged(Breaker(recent=kept), now)
    if breaker.trying:
        return _opened(replace(breaker, recent=recent), now)
    return _judged(replace(breaker, recent=recent), now)


def after_probe(breaker: Breaker, answered: bool, now: int) -> Breaker:
    """The breaker after its GET: one delivery may try, or the pause doubles up to ten minutes."""
    if not answered:
        return _opened(breaker, now)
    return replace(breaker, probe_at=None, trying=True)


def _judged(breaker: Breaker, now: int) -> Breaker:
    in_a_row = breaker.recent.endswith("x" * IN_A_ROW)
    half = len(breaker.recent) == WINDOW and breaker.recent.count("x") * 2 >= WINDOW
    return _opened(breaker, now) if in_a_row or half else breaker


def _opened(breaker: Breaker, now: int) -> Breaker:
    pause = min(FIRST_PAUSE_MS * 2 ** min(breaker.trips, 10), LONGEST_PAUSE_MS)
    return replace(breaker, probe_at=now + pause, trips=breaker.trips + 1, trying=False)
