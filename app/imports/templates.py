"""An empty spreadsheet for each kind of import, with the columns, an example and what each column takes."""

from __future__ import annotations

import io

import xlsxwriter

from app.imports.kind import Kind
from app.imports.tables import MAX_ROWS

_WIDTHS = (8, 48)


def template(kind: Kind) -> bytes:
    """The template as xlsx: a sheet to fill in, whose code columns are text already, and a sheet that explains."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(
        out, {"in_memory": True, "strings_to_formulas": False, "strings_to_numbers": False, "strings_to_urls": False}
    )
    text = book.add_format({"num_format": "@"})
    header = book.add_format({"bold": True, "bg_color": "#DCEBEE", "border": 1, "text_wrap": True, "valign": "vcenter"})
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    sheet = book.add_worksheet(kind.title)
    for index, column in enumerate(kind.columns):
        sheet.write_string(0, index, column.header + ("（必填）" if column.required else ""), header)
        width = min(max(_WIDTHS[0], 2 * len(column.header) + 8, 2 * len(str(column.example))), _WIDTHS[1])
        sheet.set_column(index, index, width, text)
    sheet.freeze_panes(1, 0)
    help_sheet = book.add_worksheet("填写说明")
    help_sheet.set_column(0, 1, 24, wrapped)
    help_sheet.set_column(2, 3, 44, wrapped)
    rows = [("列名", "示例", "说明", "也可以写作")]
    rows += [
        (c.header, str(c.example), ("必填。" if c.required else "") + c.hint, "、".join(c.others[:6]))
        for c in kind.columns
    ]
    for number, row in enumerate(rows):
        for index, value in enumerate(row):
            help_sheet.write_string(number, index, value, header if number == 0 else wrapped)
    help_sheet.write_string(
        len(rows) + 1,
        0,
        f"一次最多{MAX_ROWS // 10_000}万行、20 MB；整表检查无误后一次导入，有错一行都不导入。",
        wrapped,
    )
    book.close()
    return out.getvalue()
