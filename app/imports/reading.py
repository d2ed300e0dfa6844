"""Reads a file as one kind of list: each row becomes values, or faults that say where and why. Nothing is written here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app.imports import values as read
from app.imports.archive import Format
from app.imports.columns import Column, Layout, find_layout
from app.imports.coordinates import COLUMNS as COORDINATE_COLUMNS
from app.imports.coordinates import Coordinates
from app.imports.faults import Caution, CellFault, Fault, Offer
from app.imports.kind import Key, Kind, Row
from app.imports.tables import MAX_ROWS, Cell, Line, open_table

# More would not be read by anybody; the rest is counted.
FAULTS_KEPT = 500


@dataclass
class Faults:
    """The first faults of a file in full, and how many there are."""

    kept: list[Fault] = field(default_factory=list)
    total: int = 0

    def add(self, fault: Fault) -> None:
        """Count a fault; keep it if it is among the first."""
        self.total += 1
        if len(self.kept) < FAULTS_KEPT:
            self.kept.append(fault)


@dataclass
class Reading:
    """What the file says before the database is asked."""

    layout: Layout
    rows: int
    good: int
    faults: Faults
    cautions: list[Caution]
    offers: list[Offer]
    keys: set[Key]
    sample: list[dict[str, Any]]


class Reader:
    """Reads one file. `keep` is called with every row that reads well."""

    def __init__(self, kind: Kind, coordinates: Coordinates, keep: Callable[[Row], None]) -> None:
        self.kind = kind
        self.keep = keep
        self.coordinates = coordinates
        self.faults = Faults()
        self.seen: dict[Key, int] = {}
        self.counts: Counter[str] = Counter()
        self.sample: list[dict[str, Any]] = []
        self.has_points = COORDINATE_COLUMNS[0] in kind.columns

    def read(self, path: Path, form: Format) -> Reading:
        """Read the whole file; raises `Problem` when it is no table of this kind."""
        with open_table(path, form) as sheets:
            layout = find_layout(sheets, self.kind.columns)
            for column in layout.missing:
                self.faults.add(Fault(None, column.header, "", "missing_column"))
            rows = 0
            for number, line in layout.sheet.lines(layout.width):
                if number <= layout.header_row:
                    continue
                rows += 1
                if rows > MAX_ROWS:
                    self.faults.add(Fault(None, "", "", "too_many_rows"))
                    break
                self._row(layout, number, line)
            if not rows:
                self.faults.add(Fault(None, "", "", "no_rows"))
        return Reading(
            layout,
            rows,
            len(self.seen),
            self.faults,
            [*layout.cautions, *self._cautions(layout)],
            self._offers(),
            set(self.seen),
            self.sample,
        )

    def _row(self, layout: Layout, number: int, line: Line) -> None:
        values: dict[str, Any] = {}
        before = self.faults.total
        for mapped, cell in layout.cells(line):
            self._cell(number, mapped.column, cell, values)
        if self.faults.total > before or layout.missing:
            return
        for key, word in self.kind.check(values):
            self.faults.add(Fault(number, self.kind.header_of(key), str(values.get(key) or ""), word))
        if self.has_points:
            try:
                self.coordinates.settle(values)
            except CellFault as fault:
                self.faults.add(Fault(number, "经度、纬度", self._as_written(layout, line), fault.word))
        if self.faults.total > before:
            return
        self._keep(number, values)

    def _keep(self, number: int, values: dict[str, Any]) -> None:
        key = self.kind.key(values)
        other = self.seen.setdefault(key, number)
        if other != number:
            self.faults.add(Fault(number, "", "、".join(part for part in key if part), "doubled", other))
            return
        if len(self.sample) < 5:
            self.sample.append(dict(values))
        self.keep(Row(number, values))

    def _cell(self, number: int, column: Column, cell: Cell, values: dict[str, Any]) -> None:
        if cell.formula and not (column.free_text and isinstance(cell.value, str) and cell.value != "公式"):
            self.faults.add(Fault(number, column.header, str(cell.value), "formula"))
        elif cell.broken:
            self.faults.add(Fault(number, column.header, str(cell.value), "error_value"))
        else:
            value = None
            if cell.value is not None:
                try:
                    value = column.read(cell.value)
                except CellFault as fault:
                    self.faults.add(Fault(number, column.header, read.text_of(cell.value), fault.word))
                    return
            if value in (None, "", []):
                if column.required:
                    self.faults.add(Fault(number, column.header, "", "required"))
            else:
                values[column.key] = self._plain(column, value)

    def _plain(self, column: Column, value: Any) -> Any:
        """Values as JSON keeps them, and what was noticed on the way."""
        if isinstance(value, read.Phone):
            self.counts["several_phones"] += value.several
            self.counts["masked_phone"] += value.number is None
            return {"number": value.number, "tail": value.tail}
        if column.key == "note" and isinstance(value, str):
            value, removed = read.ID_NUMBER.subn("（证件号已去掉）", value)
            self.counts["id_number_removed"] += removed
        return value

    def _as_written(self, layout: Layout, line: Line) -> str:
        cells = {mapped.column.key: cell for mapped, cell in layout.cells(line)}
        written = (cells[key].value for key in ("point", "lon", "lat") if key in cells)
        return ", ".join(read.text_of(value) for value in written if value is not None)

    def _cautions(self, layout: Layout) -> Iterator[Caution]:
        for word, count in self.counts.items():
            if count:
                yield Caution(word, number=count)
        if self.coordinates.null_islands:
            yield Caution("null_island", number=self.coordinates.null_islands)
        named = any(mapped.column.key == "datum" for mapped in layout.mapped)
        if self.coordinates.given and not named and not self.coordinates.datum:
            yield Caution("datum_assumed")
        yield from self.coordinates.mixed_inside()

    def _offers(self) -> list[Offer]:
        if self.coordinates.swapped_rows and not self.coordinates.swap:
            return [Offer("swap_coordinates", True, number=self.coordinates.swapped_rows)]
        return []
