"""File exchange: requests go out in a table, numbers and results come back in it, and a crash anywhere puts none into two tables."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from openpyxl import Workbook, load_workbook

from app.external import file_exchange
from app.external.returned_files import read_table
from app.jobs import apply_news, exchange_files
from tests.factories import City
from tests.forwarding_world import HOUR, MINUTE, SECOND, World
from tests.platform import Platform


@pytest.fixture
def world(city: City) -> Iterator[World]:
    with Platform() as platform:
        yield World(city, platform, adapter="file_exchange", every_s=3600)


@pytest.fixture
def folder(app: Flask, world: World) -> Path:
    return Path(app.config["DOORSTEP"].data_dir) / "exchange" / world.code


def tables(folder: Path) -> list[Path]:
    return sorted((folder / "out").glob("*.xlsx"))


def cells(path: Path) -> list[dict[str, Any]]:
    title, header, *rows = load_workbook(path).active.iter_rows(values_only=True)
    assert str(title[0]).startswith("诉求上报表")
    return [dict(zip(header, row, strict=True)) for row in rows]


def bring_back(folder: Path, rows: list[dict[str, Any]], name: str = "结果.xlsx") -> None:
    """A table as a person fills it in."""
    book = Workbook()
    sheet = book.active
    names = list(dict.fromkeys(name for row in rows for name in row))
    sheet.append(["某平台导出的办理情况"])
    sheet.append(names)
    for row in rows:
        sheet.append([row.get(name) for name in names])
    (folder / "in").mkdir(parents=True, exist_ok=True)
    book.save(folder / "in" / name)


def exchange(world: World) -> dict[str, int]:
    report = exchange_files.run(world.now).counts
    return dict(report + apply_news.run(world.now).counts)


def test_requests_go_out_in_one_table_and_wait_for_their_numbers(world: World, folder: Path) -> None:
    world.queue(2, text="=HYPERLINK(1)路灯不亮", contact_phone="13912345678")
    world.forward()
    assert {row.state for row in world.rows()} == {"awaiting_id"}
    assert exchange(world) == {"tables": 1}
    (table,) = tables(folder)
    rows = cells(table)
    assert [row["上报编号"] for row in rows] == sorted(row.reference for row in world.rows())
    assert rows[0]["内容"] == "=HYPERLINK(1)路灯不亮"
    assert load_workbook(table).active.cell(3, 4).data_type == "s"
    assert rows[0]["平台工单编号"] is None


def test_a_table_is_made_once_an_hour_and_never_repeats_a_request(world: World, folder: Path) -> None:
    world.queue()
    world.forward()
    exchange(world)
    world.queue()
    world.now += MINUTE
    world.forward()
    assert exchange(world) == {}
    world.now = 4 * 10**12
    exchange(world)
    written = [row["上报编号"] for table in tables(folder) for row in cells(table)]
    assert sorted(written) == sorted(row.reference for row in world.rows())
    assert len(tables(folder)) == 2


def test_numbers_and_results_come_back_in_the_same_table(world: World, folder: Path) -> None:
    (first,) = world.queue()
    (second,) = world.queue()
    world.forward()
    exchange(world)
    rows = cells(tables(folder)[0])
    rows[0] |= {"平台工单编号": 20260001, "办理状态": "已办结", "承办单位": "住建局", "答复内容": "路灯已修好"}
    rows[1] |= {"平台工单编号": "GD-2", "办理状态": "退单", "退单或延期原因": "地址不清"}
    bring_back(folder, rows)
    report = exchange(world)
    assert (report["news"], report["applied"]) == (2, 2)
    by_reference = {row.reference: row for row in world.rows()}
    answered = world.request(by_reference[rows[0]["上报编号"]].service_request_id)
    returned = world.request(by_reference[rows[1]["上报编号"]].service_request_id)
    assert {answered.id, returned.id} == {first, second}
    assert (answered.status, answered.platform_number, answered.answer) == ("answered", "20260001", "路灯已修好")
    assert (returned.status, returned.lead_unit) == ("returned", None)
    assert world.events(returned.id)[-1].reason == "地址不清"
    assert not list((folder / "in").iterdir())
    assert "读取2条，有误0条" in (folder / "read" / "结果.txt").read_text(encoding="utf-8")


def test_the_same_table_twice_changes_nothing_twice(world: World, folder: Path) -> None:
    (request_id,) = world.queue()
    world.forward()
    exchange(world)
    row = {"上报编号": world.row().reference, "平台工单编号": "GD-1", "办理状态": "办理中"}
    bring_back(folder, [row])
    exchange(world)
    bring_back(folder, [row], "再来一次.xlsx")
    assert "news" not in exchange(world)
    assert [e.to_status for e in world.events(request_id)][-1] == "in_progress"


def test_unknown_numbers_and_bad_rows_are_told_line_by_line_and_spoil_nothing(world: World, folder: Path) -> None:
    (request_id,) = world.queue()
    world.forward()
    exchange(world)
    bring_back(
        folder,
        [
            {"上报编号": "MQ-00000000", "工单号": "GD-9", "状态": "已受理"},
            {"上报编号": "MQ-WRONG", "工单号": "GD-8", "状态": "已受理"},
            {"上报编号": world.row().reference, "工单号": "GD-1", "状态": "已受理"},
            {"上报编号": None, "工单号": "=1+1", "状态": "已受理"},
            {"上报编号": None, "工单号": None, "状态": "已受理"},
            {"上报编号": None, "工单号": "GD-7", "状态": "已受理"},
        ],
    )
    exchange(world)
    assert world.request(request_id).status == "accepted"
    protocol = (folder / "read" / "结果.txt").read_text(encoding="utf-8")
    assert "读取3条，有误3条，编号不在本系统2条" in protocol
    for line in (
        "第4行：上报编号“MQ-WRONG”有误",
        "第6行：单元格里有公式",
        "第7行：没有上报编号",
        "第3行：编号不在本系统",
        "第8行：编号不在本系统",
    ):
        assert line in protocol


def test_a_file_that_is_no_table_is_said_to_be_none(tmp_path: Path) -> None:
    broken = tmp_path / "x.xlsx"
    broken.write_bytes(b"not a zip")
    assert "无法读取" in read_table(broken, 1).errors[0]
    bomb = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/worksheets/sheet1.xml", b" " * (201 * 1024 * 1024))
    assert "无法读取" in read_table(bomb, 1).errors[0]
    headless = Workbook()
    for _ in range(12):
        headless.active.append(["随便", "什么"])
    headless.save(tmp_path / "headless.xlsx")
    assert "找不到表头" in read_table(tmp_path / "headless.xlsx", 1).errors[0]


@pytest.mark.parametrize("place", ["replace", "rename", "utime", "write_table"])
def test_a_crash_while_the_table_is_made_puts_no_request_into_two_tables(
    world: World, folder: Path, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.queue(3)
    world.forward()

    class Killed(BaseException):
        pass

    def die(*_: object, **__: object) -> None:
        raise Killed

    with monkeypatch.context() as broken:
        if place == "rename":
            moved: list[Path] = []

            def rename(path: Path, to: Path) -> None:
                moved.append(to)
                if len(moved) == 2:
                    raise Killed
                path.replace(to)

            broken.setattr(Path, "rename", rename)
        elif place == "write_table":
            broken.setattr(file_exchange, "write_table", die)
        else:
            broken.setattr(file_exchange.os, place, die)
        with pytest.raises(Killed):
            exchange(world)
    world.now = 4 * 10**12
    exchange(world)
    world.now += 2 * HOUR
    exchange(world)
    written = [row["上报编号"] for table in tables(folder) for row in cells(table)]
    assert sorted(written) == sorted(row.reference for row in world.rows())


def test_a_worker_killed_after_laying_the_file_finds_it_again(world: World, folder: Path) -> None:
    world.queue()
    with pytest.MonkeyPatch.context() as broken:

        class Killed(BaseException):
            pass

        def die(_books: object, results: list[object]) -> None:
            if results:
                raise Killed

        broken.setattr("app.jobs.forward.record_sent", die)
        with pytest.raises(Killed):
            world.forward()
    world.now += 3 * MINUTE
    world.reconcile()
    assert world.row().state == "unknown"
    world.now += HOUR
    world.reconcile()
    assert (world.row().state, world.row().posts) == ("awaiting_id", 1)


def test_a_full_disk_sends_nothing_and_is_tried_again(world: World, folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "waiting").write_text("a file where the folder should be")
    world.queue()
    assert world.forward() == {"not_sent": 1}
    (folder / "waiting").unlink()
    world.now += 40 * SECOND
    world.forward()
    assert world.row().state == "awaiting_id"
