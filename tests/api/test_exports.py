"""Exports: files that an office files away, masked, limited to the viewer's teams, and in the audit log."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pytest
import xlsxwriter
from docx.shared import Mm
from flask import Flask
from flask.testing import FlaskClient
from openpyxl.utils import get_column_letter
from sqlalchemy import select

from app import audit, passwords
from app.database import reading, writing
from app.exports import workbook
from app.exports.chart import bars
from app.exports.ledger import Heading
from app.exports.selection import Selection
from app.exports.snapshot import search_words
from app.ids import new_id
from app.models.accounts import Account, Device, LoginSession
from app.models.audit import AuditLine
from app.models.places import PlaceContact
from app.record_rules import TASK_FORCE
from app.writes import Actor, create, patch, step, write
from tests.factories import SYSTEM, City

FRIDAY = "2026-11-20"
NINE = 1_795_136_400_000  # Friday 20 November 2026, 09:00 in Liaocheng
WEEK = "from=2026-11-16&to=2026-11-22"


@pytest.fixture
def friday(city: City) -> City:
    """Li visits three doors of team a, Zhao one of team b; three requests, one of them confidential."""
    with writing() as session:
        for number, place in enumerate(("p1", "p2", "p3", "p4", "p5", "p6"), start=1):
            session.add(
                PlaceContact(
                    place_id=city.places[place], name=f"王建国{number}", phone=f"1380000000{number}", source="roster"
                )
            )
        li, zhao = Actor("cadre", city.people["li"], "li"), Actor("cadre", city.people["zhao"], "zhao")
        visits = [
            ("p1", {"outcome": "met", "finding": "opinion", "opinion": "=HYPERLINK(1)，打我电话13800000001"}),
            ("p2", {"outcome": "nobody", "card_left": True}),
            ("p3", {"outcome": "met", "finding": "nothing", "companions": [city.people["wang"]], "note": "＋1"}),
        ]
        writes = []
        for index, (place, values) in enumerate(visits):
            values |= {"place_id": city.places[place], "visit_on": FRIDAY, "arrived_at": NINE + index * 600_000}
            writes.append(create("visit", values))
        lamp = new_id()
        request = {
            "place_id": city.places["p1"],
            "text": "东门路灯坏了，联系13800000001",
            "category": "roads_lights",
            "handling": "forward",
            "way": "at_once",
        }
        writes.append(create("service_request", request, id=lamp))
        write(session, writes, actor=li, now=NINE)
        platform = Actor("platform", None, "12345")
        for status, extra in (
            ("submitted", {"platform_number": "001234"}),
            ("dispatched", {"lead_unit": "区城管局"}),
            ("answered", {"answer": "@已修好"}),
        ):
            change = patch("service_request", lamp, {"status": step(status, text=extra.get("answer", "")), **extra})
            write(session, [change], actor=platform, now=NINE + 3_600_000)
        other = [
            create(
                "visit",
                {
                    "place_id": city.places["p5"],
                    "visit_on": FRIDAY,
                    "arrived_at": NINE,
                    "outcome": "met",
                    "finding": "nothing",
                },
            ),
            create(
                "service_request",
                {"place_id": city.places["p5"], "text": "乙队的诉求", "category": "other", "handling": "explain"},
            ),
        ]
        write(session, other, actor=zhao, now=NINE)
        report = {
            "place_id": city.places["p6"],
            "text": "举报某人，请保密",
            "category": "other",
            "confidential": True,
            "source": "resident",
        }
        write(session, [create("service_request", report, scope=TASK_FORCE)], actor=Actor("resident"), now=NINE)
    return city


def book_of(reply: Any) -> openpyxl.Workbook:
    assert reply.status_code == 200, reply.get_json()
    return openpyxl.load_workbook(io.BytesIO(reply.data))


def rows_of(book: openpyxl.Workbook, sheet: str) -> list[dict[str, str]]:
    header, *rows = list(book[sheet].iter_rows(min_row=3, values_only=True))
    return [dict(zip(header, ("" if cell is None else cell for cell in row), strict=True)) for row in rows]


def confirm(city: City, name: str) -> FlaskClient:
    """A browser whose owner has just entered the password again."""
    with writing() as session:
        session.get_one(Account, city.people[name]).password_hash = passwords.hash("门口有棵老槐树")
    client = city.sign_in(name)
    assert client.post("/api/session/confirm", json={"password": "门口有棵老槐树"}).status_code == 200
    return client


def test_the_ledger_has_its_three_sheets_in_the_form_offices_file(friday: City) -> None:
    book = book_of(friday.sign_in("sun").get(f"/api/exports/ledger.xlsx?{WEEK}"))
    assert book.sheetnames == ["走访台账", "诉求台账", "办理漏斗"]
    for sheet in book:
        setup = sheet.page_setup
        # As wide as one page (the default of the format, so the file does not state it), as long as needed.
        assert (setup.orientation, setup.paperSize, setup.fitToWidth or 1, setup.fitToHeight) == ("landscape", 9, 1, 0)
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert sheet.print_title_rows == "$1:$3"
        assert sheet.freeze_panes == "A4"
        last = get_column_letter(sheet.max_column)
        assert {str(area) for area in sheet.merged_cells.ranges} == {f"A1:{last}1", f"A2:{last}2"}
        assert sheet["A1"].value == f"{sheet.title}（2026年11月16日至11月22日）"
        for word in ("单位：第a服务队", "期间：", "制表人：sun", "制表时间：", "已脱敏"):
            assert word in sheet["A2"].value
        assert "内部资料" in sheet.oddHeader.center.text
        assert "第 &P 页" in sheet.oddFooter.center.text


def test_no_cell_of_the_ledger_is_a_formula_or_a_number(friday: City) -> None:
    reply = friday.sign_in("sun").get(f"/api/exports/ledger.xlsx?{WEEK}")
    for sheet in book_of(reply):
        for row in sheet.iter_rows(min_row=4):
            for cell in row:
                assert cell.data_type in ("s", "n")
                assert cell.value is None or isinstance(cell.value, str)
                assert cell.number_format == "@"
    with zipfile.ZipFile(io.BytesIO(reply.data)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    assert not any(b"<f>" in part or b"<f " in part for part in parts.values())
    assert not any(b"http" in part and b"hyperlink" in part for name, part in parts.items() if "rels" in name)


def test_texts_that_begin_like_formulas_are_marked_as_texts(friday: City) -> None:
    book = book_of(friday.sign_in("sun").get(f"/api/exports/ledger.xlsx?{WEEK}"))
    marked = {c.value for sheet in book for row in sheet.iter_rows(min_row=4) for c in row if c.quotePrefix}
    assert marked == {"=HYPERLINK(1)，打我电话138****0001", "＋1", "@已修好"}


def test_the_ledger_says_in_words_what_happened(friday: City) -> None:
    book = book_of(friday.sign_in("sun").get(f"/api/exports/ledger.xlsx?{WEEK}"))
    met, nobody, together = rows_of(book, "走访台账")
    assert (met["日期"], met["到达"], met["服务队"], met["走访干部"]) == (FRIDAY, "09:00", "第a服务队", "li")
    assert (met["类别"], met["方式"], met["结果"], met["情况"], met["佐证"]) == (
        "群众",
        "上门",
        "见到人",
        "有意见",
        "丁",
    )
    assert (nobody["结果"], nobody["备注"]) == ("无人", "已留联系卡")
    assert together["同行"] == "wang"
    (lamp,) = rows_of(book, "诉求台账")
    assert (lamp["登记时间"], lamp["来源"], lamp["分类"], lamp["处理"], lamp["六办"], lamp["状态"]) == (
        "2026-11-20 09:00",
        "走访",
        "路灯照明",
        "上报",
        "立即办",
        "已反馈",
    )
    assert (lamp["平台编号"], lamp["主办单位"], lamp["反馈时间"]) == ("001234", "区城管局", "2026-11-20 10:00")


def test_the_funnel_counts_what_each_request_has_ever_reached(friday: City) -> None:
    book = book_of(friday.sign_in("zhou").get(f"/api/exports/ledger.xlsx?{WEEK}"))
    funnel = {row["环节"]: row["件数"] for row in rows_of(book, "办理漏斗")}
    assert funnel == {
        "诉求总数": "3", "当场解决": "0", "解释说明": "1", "本单位办理": "0", "上报平台": "1", "已转办": "1", "已反馈": "1", "群众认可": "0",
        "销号": "0", "退单": "0", "重办": "0",
    }  # fmt: skip


def test_names_and_numbers_are_masked_by_default(friday: City) -> None:
    reply = friday.sign_in("zhou").get(f"/api/exports/ledger.xlsx?{WEEK}")
    book = book_of(reply)
    first = rows_of(book, "走访台账")[0]
    assert (first["走访对象"], first["联系电话"]) == ("王**1", "138****0001")
    everything = " ".join(str(c.value) for sheet in book for row in sheet.iter_rows() for c in row)
    assert "13800000001" not in everything
    assert "王建国" not in everything


def test_a_confidential_report_shows_no_person_and_no_text(friday: City) -> None:
    client = confirm(friday, "zhou")
    reply = client.post(
        "/api/exports/ledger.xlsx", json={"from": "2026-11-16", "to": "2026-11-22", "reason": "信访核查"}
    )
    (report,) = [row for row in rows_of(book_of(reply), "诉求台账") if row["服务队"] == "专班"]
    assert report["诉求内容"] == "（保密件，内容不导出）"
    assert report["走访对象"] == report["联系电话"] == report["地址"] == ""


def test_unmasking_needs_the_password_again_and_a_reason(friday: City) -> None:
    sun = friday.sign_in("sun")
    with writing() as session:
        session.query(LoginSession).update({LoginSession.confirmed_at: None})
    body = {"from": "2026-11-16", "to": "2026-11-22", "reason": "核对回访名单"}
    assert sun.post("/api/exports/ledger.xlsx", json=body).get_json()["error"] == "reconfirm"
    sun = confirm(friday, "sun")
    for reason in (None, "", " ", 7):
        assert (
            sun.post("/api/exports/ledger.xlsx", json={**body, "reason": reason}).get_json()["error"]
            == "export_reason_needed"
        )
    book = book_of(sun.post("/api/exports/ledger.xlsx", json=body))
    assert rows_of(book, "走访台账")[0]["联系电话"] == "13800000001"
    header = book["走访台账"].oddHeader.center.text
    assert all(word in header for word in ("未脱敏", "sun", "核对回访名单"))
    assert "未脱敏" in book["走访台账"]["A2"].value


def test_the_password_entered_half_an_hour_ago_counts_no_more(friday: City) -> None:
    sun = confirm(friday, "sun")
    with writing() as session:
        session.query(LoginSession).update({LoginSession.confirmed_at: LoginSession.confirmed_at - 31 * 60_000})
    assert sun.post("/api/exports/ledger.xlsx", json={"reason": "核对"}).get_json()["error"] == "reconfirm"


def test_every_export_stands_in_the_audit_log_before_its_first_byte(friday: City) -> None:
    sun = confirm(friday, "sun")
    sun.get(f"/api/exports/ledger.xlsx?{WEEK}")
    sun.post("/api/exports/ledger.xlsx", json={"from": "2026-11-16", "reason": "核对回访名单"})
    for what in ("visits.csv", "requests.csv", "map.geojson", "snapshot.db", "brief.docx"):
        sun.get(f"/api/exports/{what}?{WEEK}")
    with reading() as session:
        lines = session.scalars(
            select(AuditLine).where(AuditLine.act.startswith("export")).order_by(AuditLine.no)
        ).all()
        assert audit.verify(session).broken_at is None
    assert [(line.act, line.subject) for line in lines] == [
        ("export", "ledger"),
        ("export_unmasked", "ledger"),
        ("export", "visits.csv"),
        ("export", "requests.csv"),
        ("export", "map.geojson"),
        ("export", "snapshot.db"),
        ("export", "brief"),
    ]
    assert lines[1].reason == "核对回访名单"
    assert all(line.detail is not None and line.detail["teams"] == [friday.teams["a"]] for line in lines)


@pytest.mark.parametrize(
    "what", ["ledger.xlsx", "visits.csv", "requests.csv", "map.geojson", "snapshot.db", "brief.docx"]
)
def test_a_leader_exports_the_own_team_only_and_a_cadre_nothing(friday: City, what: str) -> None:
    assert friday.sign_in("li").get(f"/api/exports/{what}?{WEEK}").status_code == 403
    assert friday.sign_in("sun").get(f"/api/exports/{what}?{WEEK}&team={friday.teams['b']}").status_code == 404
    assert friday.sign_in("zhou").get(f"/api/exports/{what}?{WEEK}&team={friday.teams['b']}").status_code == 200


def test_another_teams_rows_are_in_no_file_of_a_leader(friday: City) -> None:
    qian = friday.sign_in("qian")
    book = book_of(qian.get(f"/api/exports/ledger.xlsx?{WEEK}"))
    assert [row["走访干部"] for row in rows_of(book, "走访台账")] == ["zhao"]
    assert [row["诉求内容"] for row in rows_of(book, "诉求台账")] == ["乙队的诉求"]
    for what in ("requests.csv", "map.geojson", "snapshot.db"):
        content = qian.get(f"/api/exports/{what}?{WEEK}").data
        assert "乙队的诉求".encode() in content
        assert "路灯".encode() not in content
        assert "举报".encode() not in content


def test_an_unmasked_export_is_limited_to_the_own_team_too(friday: City) -> None:
    qian = confirm(friday, "qian")
    reply = qian.post(
        "/api/exports/ledger.xlsx",
        json={"from": "2026-11-16", "to": "2026-11-22", "team": friday.teams["a"], "reason": "核对"},
    )
    assert reply.status_code == 404


def test_the_period_bounds_the_rows_and_its_length_is_limited(friday: City) -> None:
    zhou = friday.sign_in("zhou")
    before = book_of(zhou.get("/api/exports/ledger.xlsx?from=2026-11-09&to=2026-11-19"))
    assert rows_of(before, "走访台账") == []
    assert rows_of(before, "诉求台账") == []
    assert rows_of(before, "办理漏斗")[0] == {"环节": "诉求总数", "件数": "0", "占诉求总数": "—"}
    day = book_of(zhou.get(f"/api/exports/ledger.xlsx?from={FRIDAY}&to={FRIDAY}"))
    assert len(rows_of(day, "走访台账")) == 4
    for query in ("from=2026-11-22&to=2026-11-16", "from=yesterday", "from=2026-13-01"):
        assert zhou.get(f"/api/exports/ledger.xlsx?{query}").status_code == 400
    assert zhou.get("/api/exports/ledger.xlsx?from=2020-01-01&to=2026-01-01").get_json()["error"] == "export_too_wide"


def test_a_withdrawn_visit_is_in_no_export(friday: City) -> None:
    zhou = friday.sign_in("zhou")
    with writing() as session:
        visit = {"place_id": friday.places["p2"], "visit_on": FRIDAY, "outcome": "met", "withdrawn": True}
        write(session, [create("visit", visit)], actor=SYSTEM, now=NINE)
    assert len(rows_of(book_of(zhou.get(f"/api/exports/ledger.xlsx?{WEEK}")), "走访台账")) == 4


def test_csv_opens_in_chinese_spreadsheets_and_starts_no_formula(friday: City) -> None:
    reply = friday.sign_in("sun").get(f"/api/exports/visits.csv?{WEEK}")
    assert reply.data.startswith(b"\xef\xbb\xbf")
    header, *rows = csv.reader(io.StringIO(reply.data.decode("utf-8-sig"), newline=""))
    assert len(rows) == 3
    assert header[0] == "序号"
    record = dict(zip(header, rows[0], strict=True))
    assert record["意见"] == "'=HYPERLINK(1)，打我电话138****0001"
    assert not any(cell.startswith(workbook.FORMULA_SIGNS) for row in rows for cell in row)


def test_geojson_has_the_points_of_addresses_with_the_longitude_first(friday: City) -> None:
    reply = friday.sign_in("sun").get(f"/api/exports/map.geojson?{WEEK}")
    collection = json.loads(reply.data)
    assert collection["type"] == "FeatureCollection"
    visits = [f for f in collection["features"] if f["properties"]["what"] == "visit"]
    requests = [f for f in collection["features"] if f["properties"]["what"] == "request"]
    assert len(visits) == 3
    (lamp,) = requests
    assert lamp["geometry"] == {"type": "Point", "coordinates": [115.98, 36.4561]}
    assert lamp["properties"]["text"] == "东门路灯坏了，联系138****0001"
    assert lamp["properties"]["status"] == "已反馈"


def test_a_confidential_report_is_on_no_map(friday: City) -> None:
    reply = friday.sign_in("zhou").get(f"/api/exports/map.geojson?{WEEK}")
    assert "举报".encode() not in reply.data
    points = [
        f["geometry"]["coordinates"] for f in json.loads(reply.data)["features"] if f["properties"]["what"] == "request"
    ]
    assert len(points) == 2


def test_the_snapshot_is_searched_by_chinese_words_of_any_length(friday: City, tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    path.write_bytes(friday.sign_in("sun").get(f"/api/exports/snapshot.db?{WEEK}").data)
    database = sqlite3.connect(path)
    try:
        for word in ("路灯", "东门路", "路灯坏了"):
            sql = "SELECT 诉求内容 FROM requests WHERE rowid IN (SELECT rowid FROM requests_fts WHERE requests_fts MATCH ?)"
            assert database.execute(sql, (f'"{word}"',)).fetchall() == [("东门路灯坏了，联系138****0001",)]
            assert database.execute(sql, ('"电梯"',)).fetchall() == []
        assert database.execute("SELECT count(*) FROM visits").fetchone() == (3,)
        assert dict(database.execute("SELECT key, value FROM about"))["脱敏"] == "是"
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    finally:
        database.close()
    assert b"13800000001" not in path.read_bytes()


def test_search_words_are_runs_of_two_to_four_characters_and_whole_foreign_words() -> None:
    assert search_words("充电桩，2号楼 WiFi").split() == ["充电", "电桩", "充电桩", "2", "号楼", "WiFi"]
    assert search_words("", "……") == ""


def test_the_brief_has_the_page_of_the_national_standard(friday: City) -> None:
    reply = friday.sign_in("sun").get(f"/api/exports/brief.docx?{WEEK}")
    document = docx.Document(io.BytesIO(reply.data))
    (section,) = document.sections
    near = pytest.approx
    assert (section.page_width, section.page_height) == (near(Mm(210), abs=9_000), near(Mm(297), abs=9_000))
    assert (section.top_margin, section.left_margin) == (near(Mm(37), abs=9_000), near(Mm(28), abs=9_000))
    assert (section.right_margin, section.bottom_margin) == (near(Mm(26), abs=9_000), near(Mm(35), abs=9_000))
    text = "\n".join(paragraph.text for paragraph in document.paragraphs)
    assert document.paragraphs[0].text == "民情工作周报"
    for said in (
        "本期共走访3次",
        "群众3户次",
        "见到人2次，见面率67%",
        "无人在家1次",
        "收集意见建议1条",
        "本期登记诉求1件",
        "已反馈1件",
    ):
        assert said in text
    assert len(document.inline_shapes) == 1
    assert "PAGE" in section.footer._element.xml


def test_the_brief_says_that_numbers_are_provisional_while_phones_hold_records(friday: City) -> None:
    sun = friday.sign_in("sun")
    friday.sign_in("li", new_id())
    with writing() as session:
        session.query(Device).update({Device.pending: 4})
    document = docx.Document(io.BytesIO(sun.get(f"/api/exports/brief.docx?{WEEK}").data))
    assert "另有1部手机的记录尚未传回，以上为暂计数" in "\n".join(p.text for p in document.paragraphs)


def test_a_brief_of_a_bad_week_still_fits_on_two_pages(friday: City) -> None:
    with writing() as session:
        writes = [
            create(
                "service_request",
                {
                    "place_id": friday.places[f"p{n % 4 + 1}"],
                    "text": "长" * 400,
                    "category": category,
                    "handling": "forward",
                },
            )
            for n, category in enumerate(
                ["roads_lights", "property_lift", "utilities_heating", "safety_charging", "work_wages", "other"] * 20
            )
        ]
        write(session, writes, actor=Actor("cadre", friday.people["li"], "li"), now=NINE)
    document = docx.Document(io.BytesIO(friday.sign_in("sun").get(f"/api/exports/brief.docx?{WEEK}").data))
    assert lines_of(document) <= 2 * 22
    late = document.tables[-1]
    assert len(late.rows) == 6
    assert all(len(row.cells[1].text) <= 34 for row in late.rows)


def lines_of(document: Any) -> float:
    """Lines of 28 pt that the brief takes at 28 characters a line, its picture and tables (12 pt rows) measured too."""
    lines = sum(max(1, -(-(len(p.text) + 2) // 28)) for p in document.paragraphs)
    picture = sum(shape.height / 12_700 / 28 for shape in document.inline_shapes)
    rows = sum(
        max(-(-len(cell.text) // 15) for cell in row.cells) * 18 / 28 for table in document.tables for row in table.rows
    )
    return float(lines + picture + rows)


def test_a_chart_is_a_picture_whatever_the_numbers() -> None:
    for values in ([], [("11-20", 0)], [(f"11-{n}", n * 1_000_000) for n in range(8)]):
        assert bars(values).startswith(b"\x89PNG")


def test_a_ledger_longer_than_a_sheet_goes_on_in_another(friday: City, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "ROWS_A_SHEET", 2)
    book = book_of(friday.sign_in("zhou").get(f"/api/exports/ledger.xlsx?{WEEK}"))
    assert book.sheetnames[:2] == ["走访台账", "走访台账（2）"]
    assert [len(rows_of(book, name)) for name in book.sheetnames[:2]] == [2, 2]


def test_a_text_beyond_a_cell_is_cut_and_says_so(app: Flask, tmp_path: Path) -> None:
    day = date(2026, 11, 20)
    book = xlsxwriter.Workbook(tmp_path / "x.xlsx", {"constant_memory": True})
    paper = workbook.Paper(
        book, Selection(day, day, None, False), workbook.Imprint("单位 & 局", "某人", "2026-11-20 09:00")
    )
    paper.table("表", [Heading("甲", 10), Heading("乙", 10)], [["短", "长" * 40_000]])
    book.close()
    sheet = openpyxl.load_workbook(tmp_path / "x.xlsx")["表"]
    assert sheet["B4"].value.endswith("（内容过长，全文见系统）")
    assert len(sheet["B4"].value) < 32_767
