"""From one problem to one class of problems (从解决“一个问题”到解决“一类问题”): requests that say the same.

Simple on purpose, so that a person can see why: same category, same place, and texts that share their pairs of characters.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

# Measured on some four thousand letters to a city: of unrelated ones, nineteen pairs in twenty share less. Compared are only
# letters of one category from one place, which are far likelier to mean the same, each in words of its own.
ALIKE = 0.05
LEAST = 3
# A place with more requests of one category than this is one class by number alone; the newest ones are compared.
_MOST_COMPARED = 400
_PHRASE = (6, 5, 4, 3, 2)
_PHRASES = 3

_NOT_WORDS = re.compile(r"[\W\d_]+")


class Item(NamedTuple):
    """A request to compare; `place` is whatever counts as one place (a community, a grid), newest last."""

    id: str
    category: str
    place: str
    text: str


class Cluster(NamedTuple):
    """Requests of one category at one place that say the same; `phrases` occur in most of them."""

    category: str
    place: str
    ids: tuple[str, ...]
    phrases: tuple[str, ...]


def pairs(text: str) -> frozenset[str]:
    """The pairs of neighbouring characters, without digits, spaces and punctuation."""
    plain = _NOT_WORDS.sub("", text.lower())
    return frozenset(plain[at : at + 2] for at in range(len(plain) - 1))


def likeness(a: frozenset[str], b: frozenset[str]) -> float:
    """Jaccard: shared pairs by all pairs, 0 to 1; two texts without pairs are not alike."""
    together = len(a | b)
    return len(a & b) / together if together else 0.0


def clusters(items: Iterable[Item], alike: float = ALIKE, least: int = LEAST) -> list[Cluster]:
    """Classes of at least `least` requests, the largest first; the result does not depend on the order of other groups."""
    groups: dict[tuple[str, str], list[Item]] = defaultdict(list)
    for item in items:
        if item.category and item.place:
            groups[item.category, item.place].append(item)
    found = []
    for (category, place), group in groups.items():
        if len(group) >= least:
            for members in _linked(group[-_MOST_COMPARED:], alike):
                if len(members) >= least:
                    texts = [item.text for item in members]
                    found.append(Cluster(category, place, tuple(item.id for item in members), phrases(texts)))
    return sorted(found, key=lambda cluster: (-len(cluster.ids), cluster.category, cluster.place, cluster.ids))


def _linked(group: Sequence[Item], alike: float) -> list[list[Item]]:
    """Chains of likeness: everything that is alike to one member belongs to the class."""
    sets = [pairs(item.text) for item in group]
    above = list(range(len(group)))

    def top(at: int) -> int:
        while above[at] != at:
            above[at] = above[above[at]]
            at = above[at]
        return at

    for later in range(1, len(group)):
        for earlier in range(later):
            if top(earlier) != top(later) and likeness(sets[earlier], sets[later]) >= alike:
                above[top(later)] = top(earlier)
    classes: dict[int, list[Item]] = defaultdict(list)
    for at, item in enumerate(group):
        classes[top(at)].append(item)
    return list(classes.values())


def phrases(texts: Sequence[str]) -> tuple[str, ...]:
    """Up to three phrases of two to six characters that occur in two thirds of the texts, longest first, none sharing a character."""
    needed = -(-2 * len(texts) // 3)
    found: list[str] = []
    for length in _PHRASE:
        counts: Counter[str] = Counter()
        for text in texts:
            runs = _NOT_WORDS.split(text)
            counts.update({run[at : at + length] for run in runs for at in range(len(run) - length + 1)})
        for phrase, times in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])):
            if times < needed or len(found) == _PHRASES:
                break
            if not any(set(phrase) & set(other) for other in found):
                found.append(phrase)
    return tuple(found)
