"""The three evaluations (三评议): scores as sums, never as somebody's single vote."""

from collections.abc import Sequence
from typing import NamedTuple

# Fewer answers than this would let a score be traced to a person.
HIDDEN_BELOW = 5

# A score of 4 or 5 of the five words counts as satisfied (满意、很满意).
_SATISFIED_FROM = 4
WORST, BEST = 1, 5


class Summary(NamedTuple):
    """`given` answers; the rest is None while there are too few to show.

    `mean` of scores 1 to 5; `satisfied` the share of 4 and 5; `spread` how many gave 1, 2, 3, 4, 5.
    """

    given: int
    hidden: bool
    mean: float | None
    satisfied: float | None
    spread: tuple[int, ...] | None


def check_score(score: object) -> int:
    """A score from 1 (worst) to 5 (best); raises ValueError for anything else."""
    if type(score) is not int or not WORST <= score <= BEST:
        raise ValueError("score")
    return score


def summarise(spread: Sequence[int], hidden_below: int = HIDDEN_BELOW) -> Summary:
    """Sum up how many gave each of the five scores, worst first; hidden below `hidden_below` answers in all."""
    given = sum(spread)
    if given < max(1, hidden_below):
        return Summary(given, True, None, None, None)
    mean = sum(score * times for score, times in enumerate(spread, WORST)) / given
    return Summary(given, False, mean, sum(spread[_SATISFIED_FROM - 1 :]) / given, tuple(spread))
