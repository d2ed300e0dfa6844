"""Spreadsheets as people upload them, made in memory."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Sequence
from typing import Any

import openpyxl
from flask.testing import FlaskClient
from werkzeug.test import TestResponse


def xlsx(
    rows: Iterable[Sequence[Any]], *, merges: Iterable[str] = (), title: str = "Sheet1", extra_sheet: str = ""
) -> bytes:
    """A workbook with these rows; a text that begins with "=" becomes a formula, as in a real one."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = title
    for row in rows:
        sheet.append(list(row))
    for area in merges:
        sheet.merge_cells(area)
    if extra_sheet:
        book.create_sheet(extra_sheet).append(["说明"])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def csv(rows: Iterable[Sequence[Any]], encoding: str = "utf-8", separator: str = ",") -> bytes:
    """The same as text."""
    return "\r\n".join(separator.join(str(cell) for cell in row) for row in rows).encode(encoding)


def with_part(workbook: bytes, name: str, content: bytes) -> bytes:
    """The workbook with one part of its archive replaced or added."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook)) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for entry in source.infolist():
            if entry.filename != name:
                target.writestr(entry.filename, source.read(entry.filename))
        target.writestr(name, content)
    return out.getvalue()


def upload(client: FlaskClient, kind: str, content: bytes, name: str = "名单.xlsx", **options: str) -> TestResponse:
    """Upload a file as the imports screen does."""
    data = {"file": (io.BytesIO(content), name), **options}
    return client.post(f"/api/imports?kind={kind}", data=data, content_type="multipart/form-data")
