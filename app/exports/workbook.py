"""The ledger as an xlsx workbook: A4 landscape, title, header on every page, text cells, no formula, constant memory."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import IO

import xlsxwriter
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from app.exports.ledger import FUNNEL, REQUESTS, VISITS, Heading, Ledger
from app.exports.selection import Selection

# A sheet holds 1,048,576 rows; the rest goes to another one.
ROWS_A_SHEET = 1_000_000
_LONGEST_CELL = 32_000
_HEADER_ROWS = 3
# At the start of a cell these turn into formulas when a spreadsheet re-reads them.
FORMULA_SIGNS = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r")


@dataclass(frozen=True)
class Imprint:
    """Who made the export, when (words), for what purpose, and in whose name; it stands on every page."""

    unit: str
    author: str
    made: str
    reason: str = ""


def write_ledger(out: IO[bytes], ledger: Ledger, imprint: Imprint) -> int:
    """Write the three sheets to `out`; returns how many visits and requests they hold."""
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    book = xlsxwriter.Workbook(out, options)
    book.set_properties({"title": "走访台账", "author": imprint.author, "comments": _mark(ledger.selection, imprint)})
    paper = Paper(book, ledger.selection, imprint)
    rows = paper.table("走访台账", VISITS, ledger.visits()) + paper.table("诉求台账", REQUESTS, ledger.requests())
    funnel = ledger.funnel()
    total = funnel[0][1]
    paper.table("办理漏斗", FUNNEL, ([word, str(n), f"{n / total:.1%}" if total else "—"] for word, n in funnel))
    book.close()
    return rows


class Paper:
    """Writes tables the way an office files them."""

    def __init__(self, book: Workbook, selection: Selection, imprint: Imprint) -> None:
        self.book, self.selection, self.imprint = book, selection, imprint
        cell = {"num_format": "@", "border": 1, "valign": "vcenter", "font_name": "宋体", "font_size": 10}
        self.title = book.add_format(
            {"bold": True, "font_size": 18, "align": "center", "valign": "vcenter", "font_name": "黑体"}
        )
        self.line = book.add_format({"font_size": 10, "align": "left", "valign": "vcenter", "font_name": "宋体"})
        self.heading = book.add_format(
            {**cell, "bold": True, "align": "center", "text_wrap": True, "bg_color": "#DCEBEE"}
        )
        self.plain = book.add_format(cell)
        self.wrapped = book.add_format({**cell, "text_wrap": True})
        # Keeps a text a text when somebody edits the cell.
        self.quoted = book.add_format({**cell, "text_wrap": True, "quote_prefix": True})

    def table(self, name: str, headings: Sequence[Heading], rows: Iterable[Sequence[str]]) -> int:
        """One table, on as many sheets as its rows need; returns the number of rows."""
        sheet, written, part = self._sheet(name, headings), 0, 1
        for row in rows:
            if written and written % ROWS_A_SHEET == 0:
                part += 1
                sheet = self._sheet(f"{name}（{part}）", headings)
            line = _HEADER_ROWS + written % ROWS_A_SHEET
            for column, (heading, value) in enumerate(zip(headings, row, strict=True)):
                self._cell(sheet, line, column, heading, value)
            written += 1
        return written

    def _cell(self, sheet: Worksheet, line: int, column: int, heading: Heading, value: str) -> None:
        if len(value) > _LONGEST_CELL:
            value = value[:_LONGEST_CELL] + "……（内容过长，全文见系统）"
        form = self.quoted if value.startswith(FORMULA_SIGNS) else self.wrapped if heading.wraps else self.plain
        sheet.write_string(line, column, value, form)

    def _sheet(self, name: str, headings: Sequence[Heading]) -> Worksheet:
        sheet = self.book.add_worksheet(name)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.set_margins(left=0.4, right=0.4, top=0.7, bottom=0.7)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0, _HEADER_ROWS - 1)
        sheet.freeze_panes(_HEADER_ROWS, 0)
        sheet.set_header("&C&9" + _escaped(_mark(self.selection, self.imprint)))
        sheet.set_footer(f"&L&9{_escaped(self.imprint.author)} {self.imprint.made}&C&9第 &P 页 共 &N 页")
        for column, heading in enumerate(headings):
            sheet.set_column(column, column, heading.width)
        last = len(headings) - 1
        sheet.set_row(0, 32)
        sheet.merge_range(0, 0, 0, last, f"{name}（{self.selection.words()}）", self.title)
        sheet.merge_range(1, 0, 1, last, self._imprint_line(), self.line)
        for column, heading in enumerate(headings):
            sheet.write_string(2, column, heading.title, self.heading)
        return sheet

    def _imprint_line(self) -> str:
        masked = "未脱敏" if self.selection.full else "已脱敏"
        return f"单位：{self.imprint.unit}    期间：{self.selection.words()}    制表人：{self.imprint.author}    制表时间：{self.imprint.made}    （{masked}）"


def _mark(selection: Selection, imprint: Imprint) -> str:
    """The watermark on every page: an unmasked copy names who made it and what for."""
    if not selection.full:
        return "内部资料"
    return f"内部资料 未脱敏 严禁外传 {imprint.author} {imprint.made} 用途：{imprint.reason[:60]}"


def _escaped(text: str) -> str:
    """In headers and footers "&" begins a code, and line breaks end them."""
    return " ".join(text.split()).replace("&", "&&")[:200]
