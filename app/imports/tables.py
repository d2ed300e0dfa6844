"""Rows of a spreadsheet or a csv file, one after the other, with constant memory. Nothing is ever calculated."""

from __future__ import annotations

import csv
import io
import re
import warnings
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree.ElementTree import ParseError

from app.errors import Problem
from app.imports.archive import Format

MAX_ROWS = 100_000
MAX_COLUMNS = 200
_MAX_SHEETS = 30
_LONGEST_CELL = 100_000

csv.field_size_limit(_LONGEST_CELL)


class Cell(NamedTuple):
    """A cell: its value (text, number, date or None), and whether the file has a formula or an error value there."""

    value: Any = None
    formula: bool = False
    broken: bool = False


Line = list[Cell]
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    ParseError,
    csv.Error,
    KeyError,
    ValueError,
    TypeError,
    EOFError,
    OSError,
)
EMPTY = Cell()


@dataclass(frozen=True)
class Sheet:
    """One table of the file. `source` gives its rows, as wide as asked for, again and again."""

    title: str
    source: Callable[[int], Iterator[tuple[int, Line]]]
    merged: dict[int, list[tuple[int, int]]] = field(default_factory=dict)

    def lines(self, width: int = MAX_COLUMNS) -> Iterator[tuple[int, Line]]:
        """(Number as people see it, cells) of the rows that are not empty; a cell merged over several rows counts for each."""
        kept: dict[int, tuple[int, Cell]] = {}
        for number, cells in self.source(width):
            own = any(cell.value is not None for cell in cells)
            if self.merged:
                cells = self._filled_down(number, cells, own, kept)
            if own:
                yield number, cells

    def _filled_down(self, number: int, cells: Line, own: bool, kept: dict[int, tuple[int, Cell]]) -> Line:
        for column, spans in self.merged.items():
            if column >= len(cells):
                continue
            for first, last in spans:
                if first == number:
                    kept[column] = (last, cells[column])
            until, cell = kept.get(column, (0, EMPTY))
            if own and number <= until and cells[column].value is None:
                cells[column] = cell
        return cells


@contextmanager
def open_table(path: Path, form: Format) -> Iterator[list[Sheet]]:
    """The visible sheets of a checked file; a csv file is one sheet. Raises `Problem("import_unreadable")`, at any row."""
    if form == "csv":
        yield [Sheet("CSV", lambda width: _csv_rows(path, width))]
        return
    # 9 MB of memory: only processes that read a workbook pay for the library.
    from openpyxl import load_workbook

    with path.open("rb") as file, warnings.catch_warnings():
        # The library complains of styles and extensions that no import needs.
        warnings.simplefilter("ignore", UserWarning)
        with _readable():
            book = load_workbook(file, read_only=True, data_only=False, keep_links=False, keep_vba=False)
            visible = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"][:_MAX_SHEETS]
            sheets = [Sheet(s.title, _rows_of(s), _merged_down(path, s._worksheet_path)) for s in visible]
        try:
            yield sheets
        finally:
            book.close()


@contextmanager
def _readable() -> Iterator[None]:
    """Whatever a damaged file makes the libraries say is one thing to the person who uploaded it."""
    try:
        yield
    except _DAMAGE as error:
        raise Problem("import_unreadable") from error


def _rows_of(sheet: Any) -> Callable[[int], Iterator[tuple[int, Line]]]:
    def rows(width: int) -> Iterator[tuple[int, Line]]:
        # The size that the file states may be wrong in both directions.
        sheet.reset_dimensions()
        with _readable():
            for number, row in enumerate(sheet.iter_rows(max_col=width), start=1):
                yield number, [_cell(cell) for cell in row]

    return rows


def _cell(cell: Any) -> Cell:
    value = cell.value
    if value is None:
        return EMPTY
    kind = cell.data_type
    if kind == "f":
        return Cell("公式", formula=True)
    if kind == "e":
        return Cell(str(value), broken=True)
    if isinstance(value, str) and not value.strip():
        return EMPTY
    return Cell(value)


_MERGED = re.compile(rb'mergeCell ref="([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})"')


def _merged_down(path: Path, part: str) -> dict[int, list[tuple[int, int]]]:
    """Column -> (first, last) row of every cell merged downwards. The library's streaming reader does not tell."""
    from openpyxl.utils.cell import column_index_from_string

    found: dict[int, list[tuple[int, int]]] = {}
    with zipfile.ZipFile(path) as archive, archive.open(part.lstrip("/")) as xml:
        rest = b""
        while block := xml.read(1 << 20):
            block = rest + block
            for match in _MERGED.finditer(block):
                column, first, _, last = match.groups()
                if first != last:
                    found.setdefault(column_index_from_string(column.decode()) - 1, []).append((int(first), int(last)))
            rest = block[-64:]
    return {column: sorted(set(spans)) for column, spans in found.items()}


def _csv_rows(path: Path, width: int) -> Iterator[tuple[int, Line]]:
    with _readable():
        text = _decoded(path.read_bytes())
        for number, row in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text)), start=1):
            yield number, [_csv_cell(value) for value in row[:width]]


def _decoded(raw: bytes) -> str:
    """UTF-8 with or without a mark, UTF-16 with one, else GB 18030 (which contains GBK and GB 2312)."""
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return raw.decode("utf-16")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("gb18030")


def _delimiter(text: str) -> str:
    """The sign that occurs most in the first lines; exported tables use commas, tabs or semicolons."""
    head = "\n".join(text.splitlines()[:5])
    counts: Sequence[tuple[int, str]] = [(head.count(sign), sign) for sign in ",\t;"]
    return max(counts, key=lambda pair: pair[0])[1]


_QUOTED_FORMULA = re.compile(r'="([^"]*)"')


def _csv_cell(value: str) -> Cell:
    """A cell of a csv file is text. `="001"` is how exports keep the zeros of a code: the text between the quotes is meant."""
    quoted = _QUOTED_FORMULA.fullmatch(value.strip())
    value = quoted[1] if quoted else value
    if not value.strip():
        return EMPTY
    return Cell(value, formula=value.lstrip().startswith("=") and not quoted)
