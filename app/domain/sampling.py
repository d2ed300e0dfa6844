"""Spot checks (抽查回访): a draw that anybody can repeat and nobody can steer, and what its result allows to say."""

import hashlib
from collections.abc import Collection, Iterable, Mapping
from math import comb, log
from typing import NamedTuple

CONFIDENCE = 0.95


class Sealed(NamedTuple):
    """A list of visits closed for drawing: its ids in order, their SHA-256, and the seed that follows from day and list."""

    ids: tuple[str, ...]
    list_hash: str
    seed: str


class Draw(NamedTuple):
    """The ids to call, in the order of drawing; the two layers never overlap."""

    random: tuple[str, ...]
    risk: tuple[str, ...]


class Finding(NamedTuple):
    """What a random layer says: of `reached` residents `differ` told another story.

    `upper` is the share of differing visits which the true one does not exceed, with `CONFIDENCE`; None while nobody
    was reached.
    """

    reached: int
    differ: int
    upper: float | None


def seal(on: str, ids: Iterable[str]) -> Sealed:
    """Close the list of a day (`on`, YYYY-MM-DD): the order in which the ids come does not matter."""
    ordered = tuple(sorted(set(ids)))
    list_hash = hashlib.sha256("\n".join(ordered).encode()).hexdigest()
    return Sealed(ordered, list_hash, hashlib.sha256(f"{on}\n{list_hash}".encode()).hexdigest())


def draw(sealed: Sealed, random_calls: int, risk_calls: int, weights: Mapping[str, float]) -> Draw:
    """Draw both layers. The random layer gives every visit the same chance; the risk layer goes by `weights`.

    A visit that `weights` does not name is never in the risk layer.

    The lot of a visit is a hash of seed and id: nobody can choose the seed without changing the list, and drawing again gives
    the same calls. Weighted lots after Efraimidis and Spirakis (2006): the least -ln(u) / weight first.
    """
    layer = sorted(sealed.ids, key=lambda visit: _lot(sealed.seed, "random", visit))[:random_calls]
    taken = frozenset(layer)
    suspects = [visit for visit in sealed.ids if weights.get(visit, 0.0) > 0 and visit not in taken]
    suspects.sort(key=lambda visit: (-log(_lot(sealed.seed, "risk", visit)) / weights[visit], visit))
    return Draw(tuple(layer), tuple(suspects[:risk_calls]))


def _lot(seed: str, layer: str, visit: str) -> float:
    """A number in (0, 1)."""
    digest = hashlib.sha256(f"{seed}\n{layer}\n{visit}".encode()).digest()
    return (int.from_bytes(digest[:8], "big") + 0.5) / 2**64


def finding(reached: int, differ: int, confidence: float = CONFIDENCE) -> Finding:
    """The one-sided exact (Clopper-Pearson) bound for a random layer. Raises ValueError if more differ than were reached."""
    if not 0 <= differ <= reached:
        raise ValueError("differ must lie between 0 and reached")
    return Finding(reached, differ, upper_bound(reached, differ, confidence) if reached else None)


def upper_bound(reached: int, differ: int, confidence: float = CONFIDENCE) -> float:
    """The largest share with which so few differing ones among `reached` ≥ 1 are still likelier than 1 - confidence."""
    if differ >= reached:
        return 1.0
    low, high = differ / reached, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        if _at_most(differ, reached, middle) > 1 - confidence:
            low = middle
        else:
            high = middle
    return high


def _at_most(differ: int, reached: int, share: float) -> float:
    """The chance of at most `differ` among `reached` (binomial)."""
    return sum(comb(reached, k) * share**k * (1 - share) ** (reached - k) for k in range(differ + 1))


def calls_needed(share: float, population: int, confidence: float = CONFIDENCE) -> int:
    """How many random calls find at least one of `share` × `population` false visits with this confidence.

    Drawn without replacement from a list of `population`: 59 for 5 %, 149 for 2 %, 298 for 1 % on a city's Friday. The
    whole list when there is no such visit to find.
    """
    false_ones = int(share * population)
    if false_ones < 1:
        return population
    missed, calls = 1.0, 0
    while missed > 1 - confidence and calls < population:
        missed *= (population - false_ones - calls) / (population - calls)
        calls += 1
    return calls


def may_call(caller_teams: Collection[str], team_id: str) -> bool:
    """Nobody calls the residents of the own team."""
    return team_id not in caller_teams
