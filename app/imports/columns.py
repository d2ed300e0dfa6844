"""Which column is which: finds the header below title rows, and maps what offices write there to our fields."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Any, NamedTuple

from app.errors import Problem
from app.imports.faults import Caution
from app.imports.tables import EMPTY, Cell, Line, Sheet

# Titles, units and dates stand above the header, never twenty rows of them.
_HEADER_WITHIN = 20
_ID_NUMBERS = ("身份证", "证件号", "公民身份")
_BRACKETS = re.compile(r"[(\[{<【〈《].*?[)\]}>】〉》]")
_PREFIXES = ("被访问人", "被访", "户主", "居民", "所属", "所在", "受访", "本人")


@dataclass(frozen=True)
class Column:
    """A column that a kind of import knows. `others` are other headers for it; `free_text` cells may begin with "="."""

    key: str
    header: str
    read: Callable[[Any], Any]
    others: tuple[str, ...] = ()
    required: bool = False
    free_text: bool = False
    example: Any = ""
    hint: str = ""


class Mapped(NamedTuple):
    """A column of the file that was recognised."""

    at: int
    header: str
    column: Column


@dataclass(frozen=True)
class Layout:
    """Where the table starts in its sheet, and what each of its columns means."""

    sheet: Sheet
    header_row: int
    mapped: tuple[Mapped, ...]
    missing: tuple[Column, ...]
    cautions: tuple[Caution, ...]
    ignored: tuple[str, ...]

    @property
    def width(self) -> int:
        """How many columns of the sheet are read; what stands to the right of the last known one is not."""
        return max(mapped.at for mapped in self.mapped) + 1

    def cells(self, line: Line) -> Iterable[tuple[Mapped, Cell]]:
        """The recognised cells of a row."""
        for mapped in self.mapped:
            yield mapped, line[mapped.at] if mapped.at < len(line) else EMPTY


def normal_header(value: Any) -> str:
    """A header without width, blanks, brackets, stars and colons: "＊手机号码（必填）：" is "手机号码"."""
    text = unicodedata.normalize("NFKC", str(value)).casefold()
    return re.sub(r"[\s*:_\-.。·]+", "", _BRACKETS.sub("", text))


def find_layout(sheets: list[Sheet], columns: tuple[Column, ...]) -> Layout:
    """The table that fits best among all sheets; raises `Problem("import_no_header")` when none does."""
    names = _names(columns)
    best: tuple[int, Sheet, int, Line] | None = None
    for sheet in sheets:
        for number, line in islice(sheet.lines(), _HEADER_WITHIN):
            score = len({key for cell in line if (key := _key(cell, names))})
            if score >= 2 and (best is None or score > best[0]):
                best = (score, sheet, number, line)
    if best is None:
        expected = "、".join(column.header for column in columns)
        raise Problem("import_no_header", detail=expected)
    _, sheet, number, line = best
    return _layout(sheet, number, line, columns, names, other_sheets=len(sheets) > 1)


def _layout(
    sheet: Sheet, number: int, line: Line, columns: tuple[Column, ...], names: dict[str, str], *, other_sheets: bool
) -> Layout:
    by_key = {column.key: column for column in columns}
    mapped: dict[str, Mapped] = {}
    cautions, ignored = [], []
    for index, cell in enumerate(line):
        header = "" if cell.value is None else " ".join(str(cell.value).split())[:40]
        key = _key(cell, names)
        if key and key not in mapped:
            mapped[key] = Mapped(index, header, by_key[key])
        elif key:
            cautions.append(Caution("doubled_column", by_key[key].header))
        elif header:
            ignored.append(header)
            private = any(word in header for word in _ID_NUMBERS)
            cautions.append(Caution("ignored_id_numbers" if private else "ignored_column", header))
    if other_sheets:
        cautions.append(Caution("other_sheets", sheet.title))
    if any(last > number for spans in sheet.merged.values() for _, last in spans):
        cautions.append(Caution("merged_cells"))
    missing = tuple(column for column in columns if column.required and column.key not in mapped)
    return Layout(sheet, number, tuple(mapped.values()), missing, tuple(cautions), tuple(ignored))


def _names(columns: tuple[Column, ...]) -> dict[str, str]:
    return {
        normal_header(name): column.key for column in columns for name in (column.header, column.key, *column.others)
    }


def _key(cell: Cell, names: dict[str, str]) -> str | None:
    if not isinstance(cell.value, str) or cell.formula or len(cell.value) > 60:
        return None
    header = normal_header(cell.value)
    if header in names:
        return names[header]
    for prefix in _PREFIXES:
        if header.startswith(prefix) and header.removeprefix(prefix) in names:
            return names[header.removeprefix(prefix)]
    return None
