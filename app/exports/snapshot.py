"""The ledger as one SQLite file with full-text search, ready for Datasette or any other reader; always masked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import sqlite_utils

from app.exports.ledger import REQUESTS, VISITS, Heading, Ledger

_BATCH = 1_000
_GRAMS = (2, 3, 4)
_SEARCHED = {"requests": ("诉求内容", "答复", "分类", "地址"), "visits": ("意见", "备注", "地址")}


def write_snapshot(path: Path, ledger: Ledger, about: dict[str, str]) -> None:
    """Write tables `visits`, `requests`, `funnel` and `about` to a new file at `path`.

    SQLite does not know where a Chinese word ends. The column `search_words` holds every run of two to four characters,
    so that a search for 路灯 or 充电桩 finds its rows in any reader.
    """
    database = sqlite_utils.Database(path)
    try:
        for name, headings, rows in (("visits", VISITS, ledger.visits()), ("requests", REQUESTS, ledger.requests())):
            table = database.table(name)
            columns: dict[str, Any] = {"id": int, **{h.title: str for h in headings[1:]}, "search_words": str}
            table.create(columns, pk="id")
            table.insert_all(_records(headings, rows, _SEARCHED[name]), batch_size=_BATCH)
            table.enable_fts(["search_words"], tokenize="unicode61")
        database.table("funnel").insert_all(
            ({"环节": word, "件数": number} for word, number in ledger.funnel()), pk="环节"
        )
        database.table("about").insert_all(({"key": key, "value": value} for key, value in about.items()), pk="key")
        database.vacuum()
    finally:
        database.close()


def _records(
    headings: Sequence[Heading], rows: Iterator[list[str]], searched: tuple[str, ...]
) -> Iterator[dict[str, Any]]:
    titles = [heading.title for heading in headings]
    for row in rows:
        record: dict[str, Any] = dict(zip(titles, row, strict=True))
        record["id"] = int(record.pop("序号"))
        record["search_words"] = search_words(*(str(record[title]) for title in searched))
        yield record


def search_words(*texts: str) -> str:
    """Every run of two to four characters of each stretch of Chinese, and every word of letters or digits, each once."""
    words: dict[str, None] = {}
    for text in texts:
        for run in _runs(text):
            if run.isascii():
                words[run] = None
            else:
                words.update(
                    (run[start : start + size], None) for size in _GRAMS for start in range(len(run) - size + 1)
                )
    return " ".join(words)


def _runs(text: str) -> Iterator[str]:
    """Stretches of letters and digits, broken where Chinese begins or ends."""
    start = 0
    for index, (here, after) in enumerate(pairwise(text + "\n"), start=1):
        if here.isalnum() and (not after.isalnum() or here.isascii() != after.isascii()):
            yield text[start:index]
        if not here.isalnum() or not after.isalnum() or here.isascii() != after.isascii():
            start = index
