"""Reads the tables that come back by file exchange: numbers, states and answers, with an error in words for every bad row."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from openpyxl import load_workbook

from app.domain.codes import references_in
from app.domain.platform_updates import PlatformUpdate
from app.external.file_exchange import THEIRS
from app.external.replies import SHANGHAI, number_of, time_of

MAX_FILE_BYTES = 20 * 1024 * 1024
MAX_UNPACKED_BYTES = 200 * 1024 * 1024
MAX_ROWS = 50_000
_HEADER_WITHIN = 10
_REFERENCE = "上报编号"
_SYNONYMS = {
    "工单编号": "平台工单编号", "平台编号": "平台工单编号", "工单号": "平台工单编号", "状态": "办理状态", "主办单位": "承办单位",
    "答复": "答复内容", "办理结果": "答复内容", "原因": "退单或延期原因", "退单原因": "退单或延期原因", "延期原因": "退单或延期原因",
    "时间": "更新时间", "反馈时间": "更新时间",
}  # fmt: skip
_KNOWN = {_REFERENCE, *THEIRS}


@dataclass
class ReturnedFile:
    """What a table says; `errors` are sentences with the row they are about."""

    updates: list[PlatformUpdate] = field(default_factory=list)
    rows: dict[str, int] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)


def read_table(path: Path, received_at: int) -> ReturnedFile:
    """Read one table; never raises for what stands in it. A row says news when it has a number or a state."""
    found = ReturnedFile()
    try:
        _check_size(path)
        book = load_workbook(path, read_only=True, data_only=False, keep_links=False)
    except Exception:
        # openpyxl raises whatever its parsers raise; a file that cannot be opened is one sentence for a person.
        found.errors.append("文件无法读取：请使用本系统导出的 xlsx 表格，且不超过20MB。")
        return found
    try:
        _read_rows(book.worksheets[0], found, received_at)
    except Exception:
        found.errors.append("文件内容损坏，只读出了一部分。")
    finally:
        book.close()
    return found


def _check_size(path: Path) -> None:
    if path.stat().st_size > MAX_FILE_BYTES:
        raise ValueError("too large")
    with zipfile.ZipFile(path) as packed:
        if sum(entry.file_size for entry in packed.infolist()) > MAX_UNPACKED_BYTES:
            raise ValueError("unpacks to too much")


def _read_rows(sheet: Any, found: ReturnedFile, received_at: int) -> None:
    columns: dict[str, int] = {}
    for number, cells in enumerate(sheet.iter_rows(values_only=True), start=1):
        if number > MAX_ROWS:
            found.errors.append(f"第{MAX_ROWS}行以后没有读取。")
            return
        if not columns:
            columns = _header(cells)
            if not columns and number >= _HEADER_WITHIN:
                found.errors.append("找不到表头：需要“上报编号”或“平台工单编号”一列。")
                return
            continue
        row = {name: cells[at] for name, at in columns.items() if at < len(cells) and cells[at] not in (None, "")}
        if row:
            _take_row(number, row, found, received_at)


def _header(cells: tuple[Any, ...]) -> dict[str, int]:
    names = ["".join(str(cell).split()) if cell is not None else "" for cell in cells]
    columns = {_SYNONYMS.get(name, name): at for at, name in enumerate(names) if name}
    columns = {name: at for name, at in columns.items() if name in _KNOWN}
    return columns if columns.keys() & {_REFERENCE, "平台工单编号"} else {}


def _take_row(number: int, row: Mapping[str, Any], found: ReturnedFile, received_at: int) -> None:
    if any(isinstance(value, str) and value.startswith("=") for value in row.values()):
        found.errors.append(f"第{number}行：单元格里有公式，请改为文字。")
        return
    words = {name: _words(value) for name, value in row.items()}
    references = references_in(words.get(_REFERENCE, "").upper())
    platform_id = number_of(words.get("平台工单编号"))
    if words.get(_REFERENCE) and not references:
        found.errors.append(f"第{number}行：上报编号“{words[_REFERENCE][:20]}”有误。")
        return
    if not words.keys() & set(THEIRS):
        # Not handled yet: the row comes back as it went out.
        return
    if not references and platform_id is None:
        found.errors.append(f"第{number}行：没有上报编号，也没有平台工单编号。")
        return
    update = PlatformUpdate(
        update_id=f"f:{hashlib.sha256(repr(sorted(words.items())).encode()).hexdigest()[:32]}",
        platform_id=platform_id,
        at=_instant(row.get("更新时间")) or received_at,
        status=words.get("办理状态", ""),
        reference=references[0] if references else None,
        reason=words.get("退单或延期原因", ""),
        answer=words.get("答复内容", ""),
        lead_unit=words.get("承办单位", ""),
        co_units=tuple(unit for unit in _split(words.get("协办单位", "")) if unit),
        unit_due_at=_instant(row.get("办理期限")),
    )
    found.updates.append(update)
    found.rows[update.update_id] = number


def _words(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).strip()


def _split(text: str) -> list[str]:
    for sign in "，,；;\n":
        text = text.replace(sign, "、")
    return [part.strip() for part in text.split("、")]


def _instant(value: Any) -> int | None:
    if isinstance(value, datetime):
        return int(value.replace(tzinfo=SHANGHAI).timestamp() * 1000)
    if isinstance(value, date):
        return int(datetime(value.year, value.month, value.day, tzinfo=SHANGHAI).timestamp() * 1000)
    return time_of(str(value).strip().replace("/", "-")) if value is not None else None
