"""Imports by people: what the preview says about a list, and that applying it writes all of it or nothing."""

from __future__ import annotations

import io
import os
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from flask import Flask
from sqlalchemy import func, select

from app.database import reading, writing
from app.domain.geo import from_wgs84
from app.imports import KINDS, archive
from app.models.accounts import Account
from app.models.audit import AuditLine
from app.models.people import Cadre, Team
from app.models.places import Area, Place, PlaceContact
from app.models.service_requests import ServiceRequest, ServiceRequestEvent
from app.writes import Actor, patch, step, write
from tests.factories import SYSTEM, City
from tests.spreadsheets import csv, upload, with_part, xlsx

HEADER = ["户主姓名", "联系电话", "服务队", "小区", "楼栋", "单元", "门牌号", "经度", "纬度"]
WANG = ["王建国", "19900001234", "第a服务队", "文昌苑", "3号楼", "2", "501", 115.985, 36.456]
LI = ["李秀英", "19900005678", "第a服务队", "文昌苑", "3号楼", "2", "502", 115.985, 36.456]


def count(model: Any, *where: Any) -> int:
    with reading() as session:
        return session.scalar(select(func.count()).select_from(model).where(*where)) or 0


def codes(preview: dict[str, Any], part: str = "errors") -> list[str]:
    return [entry["code"] for entry in preview[part]]


@pytest.fixture
def task_force(city: City) -> Any:
    return city.sign_in("zhou")


def applied(client: Any, kind: str, content: bytes, name: str = "名单.xlsx", **options: str) -> dict[str, Any]:
    """Upload, insist on a clean preview, apply."""
    preview = upload(client, kind, content, name, **options).get_json()
    assert preview["may_apply"], preview
    reply = client.post(f"/api/imports/{preview['token']}/apply", json={})
    assert reply.status_code == 200, reply.get_json()
    return dict(reply.get_json())


def test_households_come_in_masked_for_phones_with_their_contact_on_the_server(task_force: Any, city: City) -> None:
    assert applied(task_force, "places", xlsx([HEADER, WANG, LI])) == {"kind": "places", "new": 2, "changed": 0}
    with reading() as session:
        place = session.scalars(select(Place).where(Place.phone_tail == "1234")).one()
        contact = session.get_one(PlaceContact, place.id)
    assert (place.label, place.address, place.building) == ("王**", "文昌苑3号楼2单元501", "文昌苑3号楼")
    assert (place.scope, place.pinyin) == (f"team:{city.teams['a']}", "w wcy3hl")
    assert (place.lat, place.lon) == (36.456, 115.985)
    assert (contact.name, contact.phone) == ("王建国", "19900001234")


def test_the_same_list_again_changes_what_differs_and_doubles_nothing(task_force: Any) -> None:
    applied(task_force, "places", xlsx([HEADER, WANG, LI]))
    before = count(Place)
    moved = [*LI[:1], "19900009999", *LI[2:]]
    assert applied(task_force, "places", xlsx([HEADER, WANG, moved])) == {"kind": "places", "new": 0, "changed": 2}
    assert count(Place) == before
    assert count(PlaceContact, PlaceContact.phone == "19900009999") == 1


def test_a_household_that_the_list_gives_to_another_team_moves_there(task_force: Any, city: City) -> None:
    with_area = [[*HEADER, "区划编码"], [*WANG, "371502001"]]
    applied(task_force, "places", xlsx(with_area))
    with_area[1][2] = "第b服务队"
    assert applied(task_force, "places", xlsx(with_area))["changed"] == 1
    with reading() as session:
        place = session.scalars(select(Place).where(Place.phone_tail == "1234")).one()
    assert place.scope == f"team:{city.teams['b']}"


def test_one_bad_row_keeps_the_whole_list_out(task_force: Any) -> None:
    bad = ["赵铁柱", "12345", *WANG[2:6], "503", *WANG[7:]]
    before = count(Place)
    preview = upload(task_force, "places", xlsx([HEADER, WANG, bad])).get_json()
    (fault,) = preview["errors"]
    assert (fault["row"], fault["column"], fault["value"], fault["code"]) == (3, "手机号", "12345", "bad_phone")
    assert fault["zh"]
    assert fault["en"]
    assert not preview["may_apply"]
    reply = task_force.post(f"/api/imports/{preview['token']}/apply", json={})
    assert (reply.status_code, reply.get_json()["error"]) == (409, "import_has_errors")
    assert count(Place) == before


def test_each_fault_names_its_row_as_the_spreadsheet_does(task_force: Any) -> None:
    rows = [["文昌社区走访对象花名册"], ["填报单位：区民政局"], HEADER, WANG, [], [None, *LI[1:]]]
    preview = upload(task_force, "places", xlsx(rows, merges=["A1:I1", "A2:I2"])).get_json()
    assert preview["header_row"] == 3
    assert [(e["row"], e["code"]) for e in preview["errors"]] == [(6, "required")]


def test_two_rows_about_the_same_door_are_a_mistake(task_force: Any) -> None:
    preview = upload(task_force, "places", xlsx([HEADER, WANG, LI, WANG])).get_json()
    (fault,) = preview["errors"]
    assert (fault["row"], fault["code"]) == (4, "doubled")
    assert "第2行" in fault["zh"]


def test_a_formula_is_refused_and_never_calculated(task_force: Any) -> None:
    rows = [HEADER, ["=A1", *WANG[1:]], [*LI[:1], '=HYPERLINK("http://x")', *LI[2:]]]
    preview = upload(task_force, "places", xlsx(rows)).get_json()
    assert [(e["row"], e["code"]) for e in preview["errors"]] == [(2, "formula"), (3, "formula")]


def test_text_that_only_looks_like_a_formula_stays_text(task_force: Any) -> None:
    rows = [
        ["编号", "内容"],
        ["7", "＝SUM(A1) 这样写的诉求也要办"],
        ["8", "+1 支持楼上"],
        ["9", "-希望修路"],
        ["10", "@社区 请回复"],
    ]
    applied(task_force, "service_requests", xlsx(rows))
    with reading() as session:
        texts = set(session.scalars(select(ServiceRequest.text)))
    assert texts == {row[1] for row in rows[1:]}


def test_in_a_csv_file_the_zeros_of_a_code_come_in_quotes(task_force: Any) -> None:
    rows = [["编号", "内容"], ['="0012"', "路灯不亮"], ["=1+1", "井盖坏了"]]
    preview = upload(task_force, "service_requests", csv(rows), "x.csv").get_json()
    assert [(e["row"], e["code"]) for e in preview["errors"]] == [(3, "formula")]
    assert preview["sample"][0]["number"] == "0012"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("separator", [",", "\t", ";"])
def test_csv_files_come_in_every_encoding_that_offices_use(task_force: Any, encoding: str, separator: str) -> None:
    preview = upload(task_force, "places", csv([HEADER, WANG], encoding, separator), "x.csv").get_json()
    assert preview["may_apply"], preview
    assert preview["sample"][0]["name"] == "王建国"


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("姓名*", "name"),
        ("户主姓名（必填）", "name"),
        ("手机号码", "phone"),
        ("联系方式：", "phone"),
        ("所属服务队", "team"),
        ("lng", "lon"),
        ("纬度(°)", "lat"),
    ],
)
def test_headers_are_known_by_the_words_offices_use(task_force: Any, written: str, key: str) -> None:
    index = {"name": 0, "phone": 1, "team": 2, "lon": 7, "lat": 8}[key]
    header = [*HEADER[:index], written, *HEADER[index + 1 :]]
    preview = upload(task_force, "places", xlsx([header, WANG])).get_json()
    assert {"header": written, "key": key} in [{"header": c["header"], "key": c["key"]} for c in preview["columns"]]


def test_columns_that_are_not_imported_are_named_and_id_numbers_are_never_kept(task_force: Any) -> None:
    rows = [[*HEADER, "身份证号", "血型"], [*WANG, "37150219800101001X", "A"]]
    preview = upload(task_force, "places", xlsx(rows)).get_json()
    assert preview["ignored"] == ["身份证号", "血型"]
    assert set(codes(preview, "warnings")) >= {"ignored_id_numbers", "ignored_column"}
    assert preview["may_apply"]


def test_an_id_number_in_a_note_is_taken_out(task_force: Any) -> None:
    applied(task_force, "places", xlsx([[*HEADER, "备注"], [*WANG, "身份证37150219800101001X，独居"]]))
    with reading() as session:
        assert (
            session.scalars(select(Place.note).where(Place.phone_tail == "1234")).one()
            == "身份证（证件号已去掉），独居"
        )


def test_a_cell_merged_downwards_counts_for_each_row(task_force: Any) -> None:
    rows = [HEADER, WANG, [*LI[:2], None, None, None, None, *LI[6:]]]
    preview = upload(task_force, "places", xlsx(rows, merges=["C2:C3", "D2:D3", "E2:E3", "F2:F3"])).get_json()
    assert preview["may_apply"], preview
    assert "merged_cells" in codes(preview, "warnings")
    assert preview["sample"][1]["address"] == "文昌苑3号楼2单元502"


def test_exchanged_coordinates_are_noticed_and_can_be_swapped_back(task_force: Any) -> None:
    swapped = [*WANG[:7], WANG[8], WANG[7]]
    preview = upload(task_force, "places", xlsx([HEADER, swapped])).get_json()
    assert codes(preview) == ["swapped_coordinates"]
    (offer,) = preview["offers"]
    assert (offer["option"], offer["value"]) == ("swap_coordinates", True)
    again = task_force.post(f"/api/imports/{preview['token']}/options", json={"swap_coordinates": True}).get_json()
    assert again["may_apply"], again
    assert (again["sample"][0]["lat"], again["sample"][0]["lon"]) == (36.456, 115.985)


def test_a_point_in_the_ocean_or_a_half_one_is_refused_and_zero_means_none(task_force: Any) -> None:
    rows = [HEADER, [*WANG[:7], 10, 60], [*LI[:7], 115.9, None], ["赵铁柱", *LI[1:6], "503", 0, 0]]
    preview = upload(task_force, "places", xlsx(rows)).get_json()
    assert [(e["row"], e["code"]) for e in preview["errors"]] == [(2, "outside_china"), (3, "half_coordinate")]
    assert "null_island" in codes(preview, "warnings")


@pytest.mark.parametrize("datum", ["gcj02", "bd09"])
def test_a_list_in_another_datum_is_suspected_and_converted_on_request(task_force: Any, city: City, datum: Any) -> None:
    rows: list[list[Any]] = [HEADER]
    with reading() as session:
        for place in session.scalars(select(Place).where(Place.scope == f"team:{city.teams['a']}")):
            assert place.lat is not None
            assert place.lon is not None
            lat, lon = from_wgs84(place.lat, place.lon, datum)
            rows.append(["张三", "", "第a服务队", "", "", "", place.address, lon, lat])
    preview = upload(task_force, "places", xlsx(rows)).get_json()
    assert {"mixed_datums", "datum_assumed"} <= set(codes(preview, "warnings"))
    assert preview["offers"][0]["option"] == "datum"
    assert preview["offers"][0]["value"] == datum
    again = task_force.post(f"/api/imports/{preview['token']}/options", json={"datum": datum}).get_json()
    assert "mixed_datums" not in codes(again, "warnings")
    assert again["sample"][0]["lat"] == pytest.approx(36.4561, abs=1e-5)


def test_a_list_put_together_from_two_maps_is_suspected(task_force: Any) -> None:
    rows: list[list[Any]] = [HEADER]
    for number in range(8):
        lat, lon = from_wgs84(36.456, 115.985 + number / 500, "gcj02" if number % 2 else "wgs84")
        rows += [["张三", "", "第a服务队", "文昌苑", f"{number}号楼", "1", "101", lon, lat]]
        rows += [["张三", "", "第a服务队", "文昌苑", f"{number}号楼", "1", "102", 115.985 + number / 500, 36.456]]
    assert "mixed_inside" in codes(upload(task_force, "places", xlsx(rows)).get_json(), "warnings")


def test_the_datum_column_of_a_row_decides(task_force: Any) -> None:
    lat, lon = from_wgs84(36.456, 115.985, "gcj02")
    preview = upload(task_force, "places", xlsx([[*HEADER, "坐标系"], [*WANG[:7], lon, lat, "高德"]])).get_json()
    assert preview["sample"][0]["lat"] == pytest.approx(36.456, abs=1e-6)
    assert "datum_assumed" not in codes(preview, "warnings")


def test_a_confirmed_point_and_a_cadres_note_outlive_a_new_list(task_force: Any, city: City) -> None:
    with writing() as session:
        write(session, [patch("place", city.places["p1"], {"note": "有狗，按门铃"})], actor=SYSTEM, now=1)
    row = ["张三", "19900001111", "第a服务队", "", "", "", "古楼街道光岳小区1号楼101", 115.9, 36.4, "名单上的备注"]
    assert applied(task_force, "places", xlsx([[*HEADER, "备注"], row]))["changed"] == 1
    with reading() as session:
        place = session.get_one(Place, city.places["p1"])
    assert (place.note, place.lon, place.phone_tail) == ("有狗，按门铃", 115.98, "1111")


def test_unknown_and_foreign_teams_are_faults_of_their_rows(city: City) -> None:
    sun = city.sign_in("sun")
    rows = [HEADER, WANG, [*LI[:2], "第z服务队", *LI[3:]], ["赵铁柱", "", "第b服务队", *LI[3:6], "503", "", ""]]
    preview = upload(sun, "places", xlsx(rows)).get_json()
    assert [(e["row"], e["code"]) for e in preview["errors"]] == [(3, "unknown_team"), (4, "not_your_team")]


def test_a_leaders_list_without_a_team_column_goes_to_the_own_team(city: City) -> None:
    header, row = [*HEADER[:2], *HEADER[3:]], [*WANG[:2], *WANG[3:]]
    assert applied(city.sign_in("qian"), "places", xlsx([header, row]))["new"] == 1
    with reading() as session:
        assert session.scalars(select(Place.scope).where(Place.phone_tail == "1234")).one() == f"team:{city.teams['b']}"


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_cadre_imports_nothing(city: City, kind: str) -> None:
    li = city.sign_in("li")
    assert upload(li, kind, xlsx([HEADER, WANG])).status_code == 403
    assert li.get(f"/api/imports/templates/{kind}.xlsx").status_code == 403


@pytest.mark.parametrize("kind", ["areas", "teams", "cadres"])
def test_a_leader_does_not_import_areas_teams_or_people(city: City, kind: str) -> None:
    assert upload(city.sign_in("sun"), kind, xlsx([HEADER, WANG])).status_code == 403


def test_nobody_sees_or_applies_another_persons_upload(city: City, task_force: Any) -> None:
    token = upload(task_force, "places", xlsx([HEADER, WANG])).get_json()["token"]
    sun = city.sign_in("sun")
    for reply in (
        sun.post(f"/api/imports/{token}/apply", json={}),
        sun.post(f"/api/imports/{token}/options", json={}),
        sun.delete(f"/api/imports/{token}"),
    ):
        assert (reply.status_code, reply.get_json()["error"]) == (404, "import_expired")
    assert task_force.post(f"/api/imports/{token}/apply", json={}).status_code == 200


@pytest.mark.parametrize("token", ["..", ".", "%2e%2e", "nothing", "../secrets"])
def test_a_token_is_never_a_path(task_force: Any, token: str) -> None:
    assert task_force.post(f"/api/imports/{token}/apply", json={}).status_code in (404, 405, 308)


def test_an_upload_is_forgotten_after_an_hour(app: Flask, task_force: Any) -> None:
    token = upload(task_force, "places", xlsx([HEADER, WANG])).get_json()["token"]
    folder: Path = app.config["DOORSTEP"].data_dir / "imports"
    hour_ago = time.time() - 3_700
    os.utime(folder / token, (hour_ago, hour_ago))
    upload(task_force, "places", xlsx([HEADER, LI]))
    assert not (folder / token).exists()
    assert task_force.post(f"/api/imports/{token}/apply", json={}).get_json()["error"] == "import_expired"


def test_an_applied_or_discarded_upload_leaves_no_personal_data_behind(app: Flask, task_force: Any) -> None:
    applied(task_force, "places", xlsx([HEADER, WANG]))
    token = upload(task_force, "places", xlsx([HEADER, LI])).get_json()["token"]
    assert task_force.delete(f"/api/imports/{token}").status_code == 204
    assert list((app.config["DOORSTEP"].data_dir / "imports").iterdir()) == []


def test_an_import_is_audited_without_its_content(task_force: Any) -> None:
    applied(task_force, "places", xlsx([HEADER, WANG]))
    with reading() as session:
        line = session.scalars(select(AuditLine).where(AuditLine.act == "import")).one()
    assert line.subject == "places"
    assert line.detail is not None
    assert set(line.detail) == {"rows", "new", "sha256"}


def test_a_team_that_vanished_between_preview_and_apply_stops_the_import(
    app: Flask, task_force: Any, city: City
) -> None:
    preview = upload(task_force, "places", xlsx([HEADER, WANG])).get_json()
    with writing() as session:
        write(session, [patch("team", city.teams["a"], {"name": "改名了"})], actor=SYSTEM, now=1)
    before = count(Place)
    reply = task_force.post(f"/api/imports/{preview['token']}/apply", json={})
    assert (reply.status_code, reply.get_json()["error"]) == (409, "import_changed_meanwhile")
    assert count(Place) == before


def test_a_city_comes_in_as_areas_teams_and_cadres(task_force: Any) -> None:
    areas = [
        ["编码", "名称", "级别"],
        ["371502001001G01", "第一网格", ""],
        ["371502001001", "文昌社区", "社区"],
        [371502002, "柳园街道", "街道"],
    ]
    assert applied(task_force, "areas", xlsx(areas))["new"] == 3
    teams = [
        ["服务队名称", "民情书记", "牵头单位", "社区编码"],
        ["文昌社区服务队", "王建国", "区民政局", "371502001001"],
    ]
    assert applied(task_force, "teams", xlsx(teams))["new"] == 1
    cadres = [
        ["姓名", "联系电话", "工号", "职务", "所属服务队"],
        ["王建国", "19900001111", "LC7", "队长", "文昌社区服务队"],
        ["李秀英", "19900002222", "", "队员", "文昌社区服务队"],
    ]
    assert applied(task_force, "cadres", xlsx(cadres))["new"] == 2
    with reading() as session:
        team = session.scalars(select(Team).where(Team.name == "文昌社区服务队")).one()
        assert session.get_one(Area, "371502001001").team_id == team.id
        assert session.get_one(Area, "371502001001G01").level == "grid"
        people = {a.name: a for a in session.scalars(select(Account).where(Account.team_id == team.id))}
    assert (people["王建国"].role, people["李秀英"].role) == ("leader", "cadre")
    assert all(p.badge_secret and p.password_hash is None and p.cadre_id == p.id for p in people.values())
    for kind, content in (("areas", areas), ("teams", teams), ("cadres", cadres)):
        assert applied(task_force, kind, xlsx(content))["new"] == 0


def test_a_cadre_who_changes_the_team_keeps_the_account(task_force: Any, city: City) -> None:
    rows = [["姓名", "手机号", "服务队"], ["李秀英", "19900002222", "第a服务队"]]
    applied(task_force, "cadres", xlsx(rows))
    rows[1][2] = "第b服务队"
    assert applied(task_force, "cadres", xlsx(rows)) == {"kind": "cadres", "new": 0, "changed": 1}
    with reading() as session:
        account = session.scalars(select(Account).where(Account.phone == "19900002222")).one()
        cadre = session.get_one(Cadre, account.cadre_id)
    assert account.team_id == cadre.team_id == city.teams["b"]
    assert cadre.scope == f"team:{city.teams['b']}"


def test_wrong_codes_and_missing_parents_of_areas_are_named(task_force: Any) -> None:
    rows = [
        ["编码", "名称"],
        ["99", "乱码"],
        ["3.71502E+11", "科学计数"],
        ["371599001001", "没有上级"],
        ["371502003", "新街道"],
        ["371502003", "又一个"],
    ]
    preview = upload(task_force, "areas", xlsx(rows)).get_json()
    assert {(e["row"], e["code"]) for e in preview["errors"]} == {
        (2, "bad_area_code"),
        (3, "number_damaged"),
        (4, "unknown_parent"),
        (6, "doubled"),
    }


def test_a_cadre_needs_a_phone_or_a_number_and_a_phone_belongs_to_one_person(task_force: Any) -> None:
    rows = [["姓名", "手机号", "工号", "服务队"], ["甲", "", "", "第a服务队"]]
    assert codes(upload(task_force, "cadres", xlsx(rows)).get_json()) == ["no_key"]
    applied(
        task_force,
        "cadres",
        xlsx([rows[0], ["甲", "19900000001", "A1", "第a服务队"], ["乙", "19900000002", "A2", "第a服务队"]]),
    )
    preview = upload(task_force, "cadres", xlsx([rows[0], ["甲", "19900000002", "A1", "第a服务队"]])).get_json()
    assert codes(preview) == ["phone_of_another"]


def test_requests_keep_their_texts_dates_and_counts_and_come_in_once(task_force: Any) -> None:
    rows = [
        ["留言编号", "留言用户", "留言主题", "留言时间", "留言详情", "反对数", "点赞数"],
        [188006, "A1", "路灯不亮", "2019/2/28 11:25:05", "\n\t\t\t\n\t\t东门路灯坏了。\n\t\t", 0, 3],
        [188007, "A2", "门牌", datetime.fromisoformat("2019-02-14 20:00"), "什么时候换门牌？", 1, 0],
    ]
    assert applied(task_force, "service_requests", xlsx(rows))["new"] == 2
    assert applied(task_force, "service_requests", xlsx(rows)) == {"kind": "service_requests", "new": 0, "changed": 2}
    with reading() as session:
        lamp = session.scalars(select(ServiceRequest).where(ServiceRequest.import_key == "188006")).one()
        notes = session.scalars(select(ServiceRequestEvent).where(ServiceRequestEvent.kind == "comment")).all()
    assert (lamp.title, lamp.text, lamp.status, lamp.source) == ("路灯不亮", "东门路灯坏了。", "recorded", "import")
    assert (lamp.occurred_on, lamp.recorded_at) == ("2019-02-28", 1_551_324_305_000)
    assert lamp.scope == "unit:task_force"
    assert sorted(note.text or "" for note in notes) == [
        "导入时附带：点赞数0，反对数1。",
        "导入时附带：点赞数3，反对数0。",
    ]
    assert not any(note.public for note in notes)


def test_a_request_that_somebody_took_up_is_not_rewritten_by_a_list(task_force: Any, city: City) -> None:
    rows = [["编号", "内容"], ["1", "路灯不亮"], ["2", "井盖坏了"]]
    applied(task_force, "service_requests", xlsx(rows))
    with writing() as session:
        taken = session.scalars(select(ServiceRequest.id).where(ServiceRequest.import_key == "1")).one()
        write(
            session,
            [patch("service_request", taken, {"status": step("own_unit")})],
            actor=Actor("leader", city.people["sun"], "孙"),
            now=2,
        )
    applied(task_force, "service_requests", xlsx([rows[0], ["1", "新的说法"], ["2", "井盖坏了，有人摔倒"]]))
    with reading() as session:
        texts = dict(session.execute(select(ServiceRequest.import_key, ServiceRequest.text)).all())  # type: ignore[arg-type]
    assert texts == {"1": "路灯不亮", "2": "井盖坏了，有人摔倒"}


def test_a_request_without_a_number_is_known_by_its_content(task_force: Any) -> None:
    rows = [["内容", "时间"], ["路灯不亮", "2026-11-01"], ["井盖坏了", "2026-11-02"]]
    applied(task_force, "service_requests", xlsx(rows))
    assert applied(task_force, "service_requests", xlsx(rows))["new"] == 0
    assert count(ServiceRequest) == 2


def test_a_date_in_the_future_and_a_text_without_end_are_faults(task_force: Any) -> None:
    rows = [
        ["编号", "内容", "时间"],
        ["1", "路灯", "2199-01-01"],
        ["2", "长" * 10_001, "2026-01-01"],
        ["3", "井盖", "昨天"],
    ]
    preview = upload(task_force, "service_requests", xlsx(rows)).get_json()
    assert {(e["row"], e["code"]) for e in preview["errors"]} == {(2, "future_date"), (3, "too_long"), (4, "bad_date")}
    assert all(len(error["value"]) <= 60 for error in preview["errors"])


def test_what_is_no_spreadsheet_is_refused_in_words(task_force: Any) -> None:
    good = xlsx([HEADER, WANG])
    entities = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa">]><sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">&a;</sst>'
    for content, error in (
        (b"", "import_no_header"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "import_old_format"),
        (b"%PDF-1.7 ...", "import_unreadable"),
        (b"\x00\x01\x02\x03" * 400, "import_unreadable"),
        (good[: len(good) // 2], "import_unreadable"),
        (with_part(good, "xl/worksheets/sheet1.xml", b"<worksheet><sheetData><row"), "import_unreadable"),
        (with_part(good, "xl/sharedStrings.xml", entities), "import_unreadable"),
        (xlsx([["甲", "乙"], ["1", "2"]]), "import_no_header"),
        ("随便写的一行字".encode(), "import_no_header"),
    ):
        reply = upload(task_force, "places", content)
        body = reply.get_json()
        assert (reply.status_code // 100, body["error"]) == (4, error), content[:40]
        assert body["zh"]
        assert body["en"]
    assert task_force.post("/api/imports?kind=places", json={}).get_json()["error"] == "import_file_missing"
    assert upload(task_force, "castles", good).get_json()["error"] == "import_unknown_kind"


def test_refused_files_are_not_kept(app: Flask, task_force: Any) -> None:
    upload(task_force, "places", b"%PDF-1.7")
    upload(task_force, "places", xlsx([["甲", "乙"], ["1", "2"]]))
    assert list((app.config["DOORSTEP"].data_dir / "imports").iterdir()) == []


def test_a_zip_bomb_is_refused_before_it_is_opened(task_force: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def opened(*_: Any, **__: Any) -> None:
        raise AssertionError("the bomb was opened")

    monkeypatch.setattr(openpyxl, "load_workbook", opened)
    bomb = with_part(xlsx([HEADER, WANG]), "xl/worksheets/sheet1.xml", b" " * (archive.MAX_UNPACKED_BYTES + 1))
    assert len(bomb) < 1_000_000
    assert upload(task_force, "places", bomb).get_json()["error"] == "import_too_large"
    dense = with_part(xlsx([HEADER, WANG]), "xl/media/a.bin", b"\0" * 8_000_000)
    assert upload(task_force, "places", dense).get_json()["error"] == "import_too_large"


def test_a_file_beyond_the_limit_is_refused_with_the_limit_in_words(task_force: Any) -> None:
    reply = upload(task_force, "places", b"x," * (archive.MAX_FILE_BYTES // 2 + 1), "x.csv")
    assert reply.status_code == 413
    assert "20 MB" in reply.get_json()["zh"]


def test_more_rows_than_allowed_are_said_and_nothing_is_applied(
    task_force: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.imports.reading.MAX_ROWS", 3)
    rows = [["编号", "内容"], *([str(number), f"第{number}件"] for number in range(5))]
    preview = upload(task_force, "service_requests", xlsx(rows)).get_json()
    assert codes(preview) == ["too_many_rows"]
    assert not preview["may_apply"]


def test_hundreds_of_faults_are_counted_and_the_first_are_shown(task_force: Any) -> None:
    rows = [["编号", "内容"], *([str(number), ""] for number in range(700))]
    preview = upload(task_force, "service_requests", xlsx(rows)).get_json()
    assert (preview["errors_total"], len(preview["errors"])) == (700, 500)


def test_a_missing_required_column_is_named(task_force: Any) -> None:
    preview = upload(task_force, "teams", xlsx([["服务队名称", "民情书记"], ["甲队", "王"]])).get_json()
    assert [(e["row"], e["column"], e["code"]) for e in preview["errors"]] == [(None, "区划编码", "missing_column")]
    assert "区划编码" in preview["errors"][0]["zh"]


def test_the_sheet_with_the_table_is_found_and_the_others_are_named(task_force: Any) -> None:
    preview = upload(task_force, "places", xlsx([HEADER, WANG], title="花名册", extra_sheet="说明")).get_json()
    assert preview["sheet"] == "花名册"
    assert "other_sheets" in codes(preview, "warnings")


def test_control_characters_and_html_come_in_as_plain_text(task_force: Any) -> None:
    applied(
        task_force,
        "service_requests",
        csv([["编号", "内容"], ["1", "<script>alert(1)</script>\x07\u202e路灯"]]),
        "x.csv",
    )
    with reading() as session:
        assert session.scalars(select(ServiceRequest.text)).one() == "<script>alert(1)</script>路灯"


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_the_template_of_a_kind_reads_back_as_that_kind(task_force: Any, kind: str) -> None:
    reply = task_force.get(f"/api/imports/templates/{kind}.xlsx")
    assert reply.status_code == 200
    book = openpyxl.load_workbook(io.BytesIO(reply.data))
    book.worksheets[0].append([column.example for column in KINDS[kind].columns])
    out = io.BytesIO()
    book.save(out)
    preview = upload(task_force, kind, out.getvalue()).get_json()
    assert len(preview["columns"]) == len(KINDS[kind].columns)
    assert {e["code"] for e in preview["errors"]} <= {"unknown_team", "unknown_area", "doubled"}


def test_real_messages_of_residents_come_in_whole_and_once(task_force: Any) -> None:
    folder = os.environ.get("DOORSTEP_DATA_SAMPLES")
    path = Path(folder or "") / "resident-messages.xlsx"
    if not folder or not path.is_file():
        pytest.skip("set DOORSTEP_DATA_SAMPLES to a folder with resident-messages.xlsx to run this")
    content = path.read_bytes()
    assert applied(task_force, "service_requests", content, path.name)["new"] == 4326
    assert applied(task_force, "service_requests", content, path.name) == {
        "kind": "service_requests",
        "new": 0,
        "changed": 4326,
    }
    with reading() as session:
        found = session.execute(
            select(func.count(), func.min(ServiceRequest.occurred_on), func.max(ServiceRequest.occurred_on))
        ).one()
        longest = session.scalar(select(func.max(func.length(ServiceRequest.text))))
        untrimmed = session.scalar(select(func.count()).where(ServiceRequest.text != func.trim(ServiceRequest.text)))
    assert tuple(found) == (4326, "2017-06-08", "2020-01-26")
    assert (longest or 0) > 6_000
    assert untrimmed == 0
    assert count(ServiceRequestEvent, ServiceRequestEvent.kind == "comment") == 4326
