"""QR images, the sheets they are printed on, and who may make and revoke the codes."""

from __future__ import annotations

import io
import re

import pytest
import segno
from PIL import Image
from sqlalchemy import select

from app.database import writing
from app.errors import PROBLEMS
from app.models.audit import AuditLine
from app.models.places import PlaceCode
from app.place_codes import place_code_from
from tests.api.residents_street import Browser, Street


def leader(street: Street, name: str = "sun") -> Browser:
    client = street.city.sign_in(name)
    assert isinstance(client, Browser)
    return client


def url(street: Street, path: str) -> str:
    return street.app.config["DOORSTEP"].public_url + path


def modules(png: bytes) -> list[list[int]]:
    """The dark modules of a PNG without its quiet zone of four."""
    image = Image.open(io.BytesIO(png)).convert("L")
    size = image.width // 12 - 8
    return [[int(image.getpixel(((x + 4) * 12 + 6, (y + 4) * 12 + 6)) < 128) for x in range(size)] for y in range(size)]  # type: ignore[operator]


def test_a_codes_image_holds_its_address(street: Street) -> None:
    sun, code = leader(street), street.codes["card"]
    png = sun.get(f"/api/place-codes/{code}/qr.png")
    assert png.content_type == "image/png"
    expected = segno.make(url(street, f"/r/{code}"), error="m", boost_error=False, micro=False)
    assert modules(png.data) == [[int(dark) for dark in row] for row in expected.matrix]
    svg = sun.get(f"/api/place-codes/{code}/qr.svg")
    assert svg.content_type.startswith("image/svg+xml")
    assert b"<svg" in svg.data


def test_a_printed_code_is_coarse_enough_for_twenty_millimetres(street: Street) -> None:
    code = segno.make("https://doorstep.liaocheng.gov.cn/r/" + street.codes["card"], error="m", boost_error=False)
    millimetres_a_module = 20 / (code.symbol_size(border=2)[0])
    assert millimetres_a_module > 0.5


@pytest.mark.parametrize("path", ["/api/place-codes/ABCDEFG/qr.png", "/api/place-codes/<script>/qr.svg"])
def test_no_image_for_a_code_that_is_not_ours(street: Street, path: str) -> None:
    assert leader(street).get(path).status_code == 404


def test_an_address_of_ours_becomes_an_image_and_no_other_does(street: Street) -> None:
    sun = leader(street)
    made = sun.post("/api/qr", json={"text": url(street, "/app/enrol#ABCDEFGHIJKLMNOPQRSTUVWXYZ")})
    assert made.content_type.startswith("image/svg+xml")
    for text in (
        "https://evil.example/",
        url(street, "").replace("localhost", "localhost.evil.example") + "/",
        "x" * 400,
    ):
        assert sun.post("/api/qr", json={"text": text}).status_code == 400
    assert (
        street.browser().post("/api/qr", json={"text": url(street, "/")}, headers={"X-Doorstep": "1"}).status_code
        == 401
    )


def test_a_leader_lists_makes_and_prints_the_cards_of_the_team(street: Street) -> None:
    sun, team = leader(street), street.city.teams["a"]
    before = sun.get("/api/place-codes?kind=card").get_json()
    assert before["team"]["id"] == team
    assert sorted(one["code"] is None for one in before["codes"]) == [False, False, True, True, True]
    assert sun.post("/api/place-codes", json={"team": team, "kind": "card"}).get_json() == {"made": 3}
    assert sun.post("/api/place-codes", json={"team": team, "kind": "card"}).get_json() == {"made": 0}
    after = sun.get("/api/place-codes?kind=card").get_json()["codes"]
    assert all(place_code_from(one["code"]) == one["code"] for one in after)
    sheet = sun.get("/print/card").text
    assert sheet.count('class="thing card-thing"') == 5
    assert "企业服务卡" in sheet
    assert "恒信配件厂" in sheet
    assert "张**" not in sheet


def test_what_has_no_code_yet_is_made_from_the_sheet_itself(street: Street) -> None:
    sun, team = leader(street), street.city.teams["a"]
    page = sun.get(f"/print/badge?team={team}").text
    assert "还有 2 个没有二维码" in page
    made = sun.send("/print/badge", {"team": team}, form_on=f"/print/badge?team={team}")
    assert made.status_code == 303
    sheet = sun.get(made.location).text
    assert sheet.count('class="thing badge-thing"') == 3
    assert "李建国" in sheet
    assert "生成二维码" not in sheet


def test_looking_at_a_sheet_makes_no_code(street: Street) -> None:
    sun = leader(street)
    for kind in ("card", "plate", "badge", "letter", "letter_enterprise"):
        assert sun.get(f"/print/{kind}").status_code == 200
    with writing() as session:
        assert len(session.scalars(select(PlaceCode)).all()) == 4


def test_plates_are_for_the_buildings_of_the_teams_area(street: Street) -> None:
    codes = leader(street).get("/api/place-codes?kind=plate").get_json()["codes"]
    assert [(one["title"], one["code"]) for one in codes] == [("光岳小区3号楼", street.codes["plate"])]


def test_the_letter_is_the_programmes(street: Street) -> None:
    sun = leader(street)
    assert "致群众的一封信" in sun.get("/print/letter").text
    assert "每周五上门走访" in sun.get("/print/letter").text
    assert "致企业的一封信" in sun.get("/print/letter_enterprise").text


def test_a_sheet_has_no_script_and_no_outside_host(street: Street) -> None:
    for kind in ("", "card", "letter"):
        page = leader(street).get(f"/print/{kind}").text
        assert "<script" not in page
        assert " style=" not in page
        assert not re.search(r'(?:src|href|action)="(?:https?:)?//', page)


def test_a_revoked_code_is_told_to_who_scans_it_and_replaced_at_the_next_print(street: Street) -> None:
    sun, code = leader(street), street.codes["badge"]
    revoked = sun.post(f"/api/place-codes/{code}/revoke", json={}).get_json()
    again = sun.post(f"/api/place-codes/{code}/revoke", json={}).get_json()
    assert revoked == again
    scanned = street.browser().get(f"/r/{code}")
    assert scanned.status_code == 410
    assert PROBLEMS["code_revoked"][1] in scanned.text
    with writing() as session:
        assert [(line.act, line.subject) for line in session.scalars(select(AuditLine))] == [("code_revoked", code)]
    sun.post("/api/place-codes", json={"team": street.city.teams["a"], "kind": "badge"})
    codes = {one["title"]: one["code"] for one in sun.get("/api/place-codes?kind=badge").get_json()["codes"]}
    assert codes["李建国"] not in (None, code)


@pytest.mark.parametrize("name", ["card", "plate", "badge"])
def test_the_leader_of_another_team_sees_and_revokes_nothing_of_it(street: Street, name: str) -> None:
    qian, team, code = leader(street, "qian"), street.city.teams["a"], street.codes[name]
    assert qian.get(f"/api/place-codes?team={team}&kind={name}").status_code == 404
    assert qian.post("/api/place-codes", json={"team": team, "kind": name}).status_code == 404
    assert qian.post(f"/api/place-codes/{code}/revoke", json={}).status_code == 404
    assert qian.get(f"/print/{name}?team={team}").status_code == 404
    assert team not in qian.get("/print/").text
    assert street.browser().get(f"/r/{code}").status_code == 200


def test_the_task_force_prints_for_every_team(street: Street) -> None:
    zhou = leader(street, "zhou")
    index = zhou.get("/print/").text
    for team in street.city.teams.values():
        assert team in index
        assert zhou.get(f"/print/card?team={team}").status_code == 200


@pytest.mark.parametrize(("name", "status"), [("li", 403), (None, 401)])
def test_cadres_and_strangers_print_and_revoke_nothing(street: Street, name: str | None, status: int) -> None:
    client = leader(street, name) if name else street.browser()
    for path in ("/print/", "/print/card", "/api/place-codes"):
        assert client.get(path).status_code == status
    for path in (f"/api/place-codes/{street.codes['card']}/revoke", "/api/place-codes"):
        assert client.post(path, json={}, headers={"X-Doorstep": "1"}).status_code == status


@pytest.mark.parametrize("path", ["/print/passport", "/print/card?team=nobody", "/api/place-codes?kind=passport"])
def test_unknown_sheets_and_teams_are_refused(street: Street, path: str) -> None:
    assert leader(street).get(path).status_code in (400, 404)


def test_making_codes_needs_the_forms_token(street: Street) -> None:
    assert leader(street).post("/print/card", data={"team": street.city.teams["a"]}).status_code == 403
