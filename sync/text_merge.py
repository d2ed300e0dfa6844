"""Three-way merge of diaries and descriptions on sentence tokens: both writers' sentences survive.

`pwa/src/sync/text_merge.ts` is the phone's twin: same steps, same ties, the same answer byte for byte.
"""

import re
import unicodedata
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

_ENDERS = "。！？；!?;\n"
_TOKEN = re.compile(f"[^{_ENDERS}]*[{_ENDERS}]|[^{_ENDERS}]+")
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")

# Gaps between anchors are compared cell by cell as long as this budget lasts; what comes after counts as
# rewritten, so that a hostile text costs little more than an honest one.
_CELLS = 400_000

_Tokens = Sequence[str]


class Clash(NamedTuple):
    """One place that both writers rewrote differently: what stood there, what stays, what was set aside."""

    base: str
    kept: str
    lost: str


class MergeResult(NamedTuple):
    """The merged text and the places where a person has to look."""

    text: str
    clashes: tuple[Clash, ...]

    @property
    def conflict(self) -> bool:
        """True if both sides rewrote the same place; the same whichever side is called mine."""
        return bool(self.clashes)

    @property
    def lost(self) -> tuple[str, ...]:
        """Texts of the other side that are not in the merged text, for the record's conflict list."""
        return tuple(clash.lost for clash in self.clashes if clash.lost)


class _Hunk(NamedTuple):
    """base[start:end] became `tokens`; start == end is a pure insertion."""

    start: int
    end: int
    tokens: _Tokens


class _Region(NamedTuple):
    """A stretch of base with the hunks that fall into it; overlapping hunks share one region."""

    start: int
    end: int
    mine: list[_Hunk]
    theirs: list[_Hunk]


def clean(text: str) -> str:
    """The form in which texts are merged and stored: NFC, line feeds only, no lone surrogates (→ U+FFFD).

    NFC follows the Unicode version of the machine; the versions differ only for scripts added since 2021.
    """
    if _LONE_SURROGATE.search(text):
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))


def sentences(text: str) -> list[str]:
    """Tokens of a clean text: each ends with 。！？；!?; or a line feed, the last perhaps with nothing."""
    return _TOKEN.findall(text)


def merge(base: str, mine: str, theirs: str) -> MergeResult:
    """Merge two texts written from `base`; where both rewrote the same sentences `mine` stays.

    `mine` is what the record holds, `theirs` what arrives. Insertions at the same point both stay, mine
    first. Never raises.
    """
    base, mine, theirs = clean(base), clean(mine), clean(theirs)
    if base == theirs or mine == theirs:
        return MergeResult(mine, ())
    if base == mine:
        return MergeResult(theirs, ())
    before = sentences(base)
    out: list[str] = []
    clashes: list[Clash] = []
    copied = 0
    for region in _regions(_hunks(before, sentences(mine)), _hunks(before, sentences(theirs))):
        out += before[copied : region.start]
        copied = region.end
        kept, lost = _settle(region, before)
        out += kept
        if lost is not None:
            clashes.append(Clash(_join(before[region.start : region.end]), _join(kept), _join(lost)))
    return MergeResult(_join([*out, *before[copied:]]), tuple(clashes))


def _join(tokens: _Tokens) -> str:
    """Concatenate; an unended sentence gets a line break if another follows, or the two would fuse."""
    ended = [token if token[-1] in _ENDERS else token + "\n" for token in tokens[:-1]]
    return "".join([*ended, *tokens[-1:]])


def _settle(region: _Region, before: _Tokens) -> tuple[_Tokens, _Tokens | None]:
    """The tokens for a region, and the other side's if they had to be set aside (else None)."""
    if not region.theirs:
        return _applied(region, region.mine, before), None
    if not region.mine:
        return _applied(region, region.theirs, before), None
    mine, theirs = _applied(region, region.mine, before), _applied(region, region.theirs, before)
    if mine == theirs:
        return mine, None
    if region.start == region.end:
        return _both(mine, theirs), None
    return mine, theirs


def _applied(region: _Region, hunks: list[_Hunk], before: _Tokens) -> _Tokens:
    """One side's reading of a region: its hunks, and base where it changed nothing."""
    out: list[str] = []
    at = region.start
    for hunk in hunks:
        out += before[at : hunk.start]
        out += hunk.tokens
        at = hunk.end
    return [*out, *before[at : region.end]]


def _both(mine: _Tokens, theirs: _Tokens) -> _Tokens:
    """Two insertions at one point: what both wrote alike at the edges once, the rest one after the other.

    A line break at the inner edge belongs to each insertion, or two entries would share one line.
    """
    head = _common_head(mine, theirs)
    tail = _common_tail(mine, theirs, head)
    if head + tail < min(len(mine), len(theirs)):
        while head and mine[head - 1] == "\n":
            head -= 1
        while tail and mine[len(mine) - tail] == "\n":
            tail -= 1
    return [*mine[: len(mine) - tail], *theirs[head : len(theirs) - tail], *mine[len(mine) - tail :]]


def _common_head(a: _Tokens, b: _Tokens) -> int:
    most = min(len(a), len(b))
    return next((i for i in range(most) if a[i] != b[i]), most)


def _common_tail(a: _Tokens, b: _Tokens, head: int) -> int:
    """Equal tokens at the end, leaving the first `head` of both alone."""
    most = min(len(a), len(b)) - head
    return next((i for i in range(most) if a[-1 - i] != b[-1 - i]), most)


def _regions(mine: list[_Hunk], theirs: list[_Hunk]) -> Iterator[_Region]:
    """Sweep both sides' hunks in order of base. Touching is not overlapping: both changes apply.

    An insertion sorts before a change that begins at the same token, so it stands in front of it.
    """
    tagged = [(h, True) for h in mine] + [(h, False) for h in theirs]
    tagged.sort(key=lambda pair: (pair[0].start, pair[0].end))
    region: _Region | None = None
    for hunk, is_mine in tagged:
        if region is None or not _meets(region, hunk):
            if region is not None:
                yield region
            region = _Region(hunk.start, hunk.end, [], [])
        region = region._replace(end=max(region.end, hunk.end))
        (region.mine if is_mine else region.theirs).append(hunk)
    if region is not None:
        yield region


def _meets(region: _Region, hunk: _Hunk) -> bool:
    """Overlap, or two insertions at the same point."""
    return hunk.start < region.end or region.start == region.end == hunk.start == hunk.end


def _hunks(before: _Tokens, after: _Tokens) -> list[_Hunk]:
    """What turned `before` into `after`: the stretches between tokens that stayed."""
    hunks: list[_Hunk] = []
    at_before = at_after = 0
    for i, j in [*_stayed(before, after), (len(before), len(after))]:
        if i > at_before or j > at_after:
            hunks.append(_Hunk(at_before, i, after[at_after:j]))
        at_before, at_after = i + 1, j + 1
    return hunks


def _stayed(a: _Tokens, b: _Tokens) -> list[tuple[int, int]]:
    """Pairs of positions of the tokens that stayed, ascending in both.

    Equal ends first; between them sentences that occur once on each side are anchors, and only the gaps
    between anchors are compared token by token. A repeated "没事。" or line break is thus never mistaken
    for its neighbour's.
    """
    head = _common_head(a, b)
    tail = _common_tail(a, b, head)
    pairs = [(i, i) for i in range(head)]
    end_a, end_b = len(a) - tail, len(b) - tail
    from_a, from_b = head, head
    budget = _CELLS
    for i, j in [*_anchors(a, b, head, end_a, end_b), (end_a, end_b)]:
        cells = (i - from_a) * (j - from_b)
        if 0 < cells <= budget:
            budget -= cells
            pairs += _longest_common(a, b, from_a, i, from_b, j)
        if i < end_a:
            pairs.append((i, j))
        from_a, from_b = i + 1, j + 1
    return pairs + [(end_a + i, end_b + i) for i in range(tail)]


def _anchors(a: _Tokens, b: _Tokens, start: int, end_a: int, end_b: int) -> list[tuple[int, int]]:
    """Tokens that occur exactly once in each middle part: the longest run of them in the same order."""
    times_a, times_b = Counter(a[start:end_a]), Counter(b[start:end_b])
    place = {b[j]: j for j in range(start, end_b) if times_b[b[j]] == 1}
    once = [(i, place[a[i]]) for i in range(start, end_a) if times_a[a[i]] == 1 and a[i] in place]
    ends: list[int] = []
    rows: list[int] = []
    back: list[int] = []
    for row, (_, j) in enumerate(once):
        length = bisect_left(ends, j)
        back.append(rows[length - 1] if length else -1)
        ends[length : length + 1] = [j]
        rows[length : length + 1] = [row]
    run: list[tuple[int, int]] = []
    row = rows[-1] if rows else -1
    while row >= 0:
        run.append(once[row])
        row = back[row]
    return run[::-1]


def _longest_common(a: _Tokens, b: _Tokens, from_a: int, end_a: int, from_b: int, end_b: int) -> list[tuple[int, int]]:
    """Longest common subsequence of a gap; among equals the one that deletes before it inserts."""
    high, wide = end_a - from_a, end_b - from_b
    lengths = [[0] * (wide + 1) for _ in range(high + 1)]
    for i in range(high - 1, -1, -1):
        row, below = lengths[i], lengths[i + 1]
        token = a[from_a + i]
        for j in range(wide - 1, -1, -1):
            row[j] = below[j + 1] + 1 if token == b[from_b + j] else max(below[j], row[j + 1])
    pairs: list[tuple[int, int]] = []
    i = j = 0
    while i < high and j < wide:
        if a[from_a + i] == b[from_b + j]:
            pairs.append((from_a + i, from_b + j))
            i, j = i + 1, j + 1
        elif lengths[i + 1][j] >= lengths[i][j + 1]:
            i += 1
        else:
            j += 1
    return pairs
