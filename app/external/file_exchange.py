"""File exchange for places without any interface: requests go out as xlsx, numbers and results come back in the same columns.

A target has a folder with `waiting` (one file for each request, which is what "sent" means here), `batches` and `sent` (the
same files, bundled), `out` (tables for a person to carry), `in` (tables that came back) and `read` (those that were read, each with a
protocol). Setting `every_s`: how often a table is made (default an hour).
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import xlsxwriter

from app.domain.forwarding import Outcome
from app.external.adapters import Adapter, Can, Facts, Found, Parcel, Sent, Wanted
from app.external.http import NotSent
from app.external.replies import SHANGHAI

# Filled in by us, then by the platform; the same table travels both ways.
OURS = ("上报编号", "要求", "类别", "内容", "地址", "纬度", "经度", "联系电话", "是否保密", "登记时间", "最晚反馈时间")
THEIRS = ("平台工单编号", "办理状态", "承办单位", "协办单位", "办理期限", "答复内容", "退单或延期原因", "更新时间")
_WIDTHS = (15, 8, 14, 60, 30, 10, 10, 14, 8, 17, 17, 20, 10, 20, 20, 17, 40, 30, 17)


class FileExchange(Adapter):
    """Files in `target.folder`. Laying a file is idempotent, and whether it lies there can always be seen."""

    abilities = Can.CREATE | Can.LOOK_UP_BY_REFERENCE | Can.PUSH_UPDATES | Can.RETURN | Can.EXTEND | Can.REOPEN

    def compose(self, facts: Facts) -> dict[str, Any]:
        """The columns of our side."""
        values = {
            "上报编号": facts.reference,
            "要求": "重办" if facts.reopened else "新办",
            "类别": facts.service_code,
            "内容": facts.reopened or facts.text,
            "地址": facts.address,
            "纬度": "" if facts.lat is None else f"{facts.lat:.6f}",
            "经度": "" if facts.lon is None else f"{facts.lon:.6f}",
            "联系电话": facts.phone,
            "是否保密": "是" if facts.confidential else "",
            "登记时间": _local(facts.recorded_at),
            "最晚反馈时间": _local(facts.due_at),
            "平台工单编号": facts.platform_id or "",
        }
        return {name: value for name, value in values.items() if value}

    def send(self, parcel: Parcel, before_sending: Callable[[], None]) -> Sent:
        """Lay the request into `waiting`."""
        try:
            before_sending()
            _write(self.target.folder / "waiting" / f"{parcel.reference}.json", parcel.payload)
        except NotSent as failure:
            return Sent(Outcome.NOT_SENT, detail=failure.code)
        except OSError:
            return Sent(Outcome.NOT_SENT, detail="disk")
        return Sent(Outcome.BLIND)

    def probe(self) -> bool:
        """Whether the folder can be written."""
        try:
            (self.target.folder / "waiting").mkdir(parents=True, exist_ok=True)
        except OSError:
            return False
        return os.access(self.target.folder / "waiting", os.W_OK)

    def search(self, wanted: Sequence[Wanted], now: int) -> Found:
        """Whether the request's file lies in one of our folders; its number comes with the table that returns."""
        laid = {one.reference for one in wanted if self._laid(one.reference)}
        return Found(unnumbered=frozenset(laid))

    def _laid(self, reference: str) -> bool:
        name = f"{reference}.json"
        folder = self.target.folder
        return (folder / "waiting" / name).exists() or any(
            (batch / name).exists() for place in ("batches", "sent") for batch in _folders(folder / place)
        )


def bundle(folder: Path, now: int, every_ms: int) -> list[Path]:
    """Make the tables that are due; returns their paths.

    A batch is a folder first: requests are moved into it, its table is written, then the folder is moved to `sent`. Whatever
    a crash leaves behind is finished under the same name, so no request gets into two tables.
    """
    made = [_finish(folder, batch) for batch in _folders(folder / "batches") if any(batch.iterdir())]
    waiting = sorted((folder / "waiting").glob("*.json"))
    last = max((path.stat().st_mtime_ns // 1_000_000 for path in _folders(folder / "sent")), default=0)
    if waiting and now - last >= every_ms:
        batch = folder / "batches" / _free_name(folder, now)
        batch.mkdir(parents=True, exist_ok=True)
        for path in waiting:
            path.rename(batch / path.name)
        made.append(_finish(folder, batch))
    return made


def _finish(folder: Path, batch: Path) -> Path:
    table = folder / "out" / f"上报_{batch.name}.xlsx"
    rows = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(batch.glob("*.json"))]
    table.parent.mkdir(parents=True, exist_ok=True)
    unfinished = table.with_suffix(".part")
    write_table(unfinished, rows, f"诉求上报表（{batch.name}，共{len(rows)}件）")
    os.replace(unfinished, table)
    (folder / "sent").mkdir(parents=True, exist_ok=True)
    batch.rename(folder / "sent" / batch.name)
    # A moved folder keeps its old time; `bundle` counts from the moment it was finished.
    os.utime(folder / "sent" / batch.name)
    return table


def write_table(path: Path, rows: Sequence[dict[str, Any]], title: str) -> None:
    """Write requests as a table: every cell is text, whatever it begins with; A4 landscape, header on every page."""
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(str(path), options) as book:
        sheet = book.add_worksheet("诉求")
        heading = book.add_format({"bold": True, "font_size": 16, "align": "center"})
        header = book.add_format({"bold": True, "border": 1, "text_wrap": True, "bg_color": "#E6F0F2"})
        cell = book.add_format({"border": 1, "text_wrap": True, "valign": "top", "num_format": "@"})
        names = OURS + THEIRS
        sheet.merge_range(0, 0, 0, len(names) - 1, title, heading)
        for column, (name, width) in enumerate(zip(names, _WIDTHS, strict=True)):
            sheet.set_column(column, column, width)
            sheet.write_string(1, column, name, header)
        for line, row in enumerate(rows, start=2):
            for column, name in enumerate(names):
                if name in row:
                    sheet.write_string(line, column, str(row[name]), cell)
                else:
                    sheet.write_blank(line, column, None, cell)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(1)
        sheet.freeze_panes(2, 1)


def _write(path: Path, payload: dict[str, Any]) -> None:
    """Write so that the file is either there, whole and on disk, or not there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(f".{os.getpid()}.part")
    with unfinished.open("w", encoding="utf-8") as out:
        json.dump(payload, out, ensure_ascii=False)
        out.flush()
        os.fsync(out.fileno())
    os.replace(unfinished, path)


def _folders(place: Path) -> list[Path]:
    return sorted(path for path in place.iterdir() if path.is_dir()) if place.is_dir() else []


def _free_name(folder: Path, now: int) -> str:
    name = datetime.fromtimestamp(now / 1000, SHANGHAI).strftime("%Y%m%d-%H%M%S")
    taken = {path.name for path in _folders(folder / "sent")}
    return next(free for no in range(len(taken) + 1) if (free := f"{name}-{no + 1}") not in taken)


def _local(at: int | None) -> str:
    return "" if at is None else datetime.fromtimestamp(at / 1000, SHANGHAI).strftime("%Y-%m-%d %H:%M")
