"""Filing a request: what residents type, badly and well, and what is recorded of it."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
import zlib
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image
from sqlalchemy import select

from app.database import writing
from app.domain.codes import is_tracking_code
from app.errors import PROBLEMS
from app.models.attachments import Attachment
from app.models.places import PlaceCode
from app.models.service_requests import ServiceRequest
from app.photos import path_of
from app.residents.filing import phone_number
from tests.api.residents_street import Street, hidden_fields, picture, shown, upload


def problem(code: str) -> str:
    return PROBLEMS[code][1]


def form_path(street: Street, code: str = "card") -> str:
    return f"/r/{street.codes[code]}/file"


def test_one_sentence_is_enough_and_the_tracking_code_is_shown_with_a_qr_code(street: Street) -> None:
    browser = street.browser()
    sent = browser.send(form_path(street), {"text": "3号楼东侧路灯不亮。"})
    receipt = browser.get(sent.location)
    (request,) = street.requests()
    assert request.text == "3号楼东侧路灯不亮。"
    assert request.tracking_code is not None
    assert is_tracking_code(request.tracking_code)
    assert shown(request.tracking_code) in receipt.text
    assert "<svg" in receipt.text
    assert "路灯" not in receipt.text


def test_a_households_request_goes_to_its_team_and_to_the_cadre_who_looks_after_it(street: Street) -> None:
    street.file(street.browser())
    (request,) = street.requests()
    assert (request.source, request.status, request.place_id) == ("resident", "recorded", street.city.places["p1"])
    assert request.scope == f"team:{street.city.teams['a']}"
    assert request.cadre_id == street.city.people["wang"]
    assert request.due_at is not None
    assert request.review is None


def test_an_enterprise_files_for_itself_with_its_linked_cadre(street: Street) -> None:
    page = street.browser().get(form_path(street, "shop")).text
    assert page.index('value="business"') < page.index('value="property"')
    street.file(street.browser(), "shop", text="想找银行谈订单融资。", category="business")
    (request,) = street.requests()
    assert (request.source, request.category, request.place_id) == ("enterprise", "business", street.enterprise)
    assert request.cadre_id == street.city.people["li"]


def test_a_request_from_a_plate_carries_the_building_and_goes_to_the_team_of_its_area(street: Street) -> None:
    street.file(street.browser(), "plate")
    (request,) = street.requests()
    assert request.address == "古楼街道光岳社区光岳小区3号楼"
    assert (request.area_id, request.lat) == ("371502001001B03", 36.46)
    assert request.scope == f"team:{street.city.teams['a']}"


def test_a_request_from_a_badge_goes_to_the_cadres_team(street: Street) -> None:
    street.file(street.browser(), "badge")
    (request,) = street.requests()
    assert (request.scope, request.cadre_id) == (f"team:{street.city.teams['a']}", street.city.people["li"])


@pytest.mark.parametrize("code", ["card", "badge", "plate"])
def test_a_confidential_report_never_reaches_cadres_or_the_team(street: Street, code: str) -> None:
    tracking_code = street.file(street.browser(), code, text="李某收了红包。", confidential="yes", phone="13800001234")
    request = street.request(tracking_code)
    assert request.confidential is True
    assert (request.scope, request.cadre_id) == ("unit:task_force", None)
    assert {event.scope for event in street.events(tracking_code)} == {"unit:task_force"}


def test_the_form_says_what_is_kept_and_who_sees_it(street: Street) -> None:
    page = street.browser().get(form_path(street)).text
    assert "仅用于办理本次诉求" in page
    assert "只交给专班办理" in page


def test_pressing_send_twice_makes_one_request(street: Street) -> None:
    browser = street.browser()
    fields = {**browser.fields(form_path(street)), "text": "井盖松动。"}
    first, second = (browser.post(form_path(street), data=fields) for _ in range(2))
    assert first.location == second.location
    assert len(street.requests()) == 1


def test_two_neighbours_with_the_same_words_make_two_requests(street: Street) -> None:
    codes = {street.file(street.browser(), text="井盖松动。") for _ in range(2)}
    assert len(codes) == len(street.requests()) == 2


@pytest.mark.parametrize("text", ["", "   ", "\u3000\n\t ", "\x00\x00"])
def test_a_form_without_words_comes_back_with_everything_else_kept(street: Street, text: str) -> None:
    typed = {"text": text, "phone": "13800001234", "category": "roads", "confidential": "yes"}
    back = street.browser().send(form_path(street), typed)
    assert back.status_code == 422
    assert problem("filing_text_missing") in back.text
    assert 'value="13800001234"' in back.text
    assert '<option value="roads" selected>' in back.text
    assert 'name="confidential" value="yes" checked' in back.text
    assert street.requests() == []


def test_a_hundred_thousand_characters_come_back_with_a_clear_limit_and_nothing_lost(street: Street) -> None:
    text = "路灯不亮。" * 20_000
    back = street.browser().send(form_path(street), {"text": text})
    assert back.status_code == 422
    assert problem("filing_text_too_long") in back.text
    assert "现在是 100000 字" in back.text
    assert text in back.text
    assert street.requests() == []


def test_four_thousand_characters_are_taken(street: Street) -> None:
    street.file(street.browser(), text="灯" * 4000)
    assert len(street.requests()[0].text or "") == 4000


def test_more_than_a_form_may_hold_is_refused_with_a_page(street: Street) -> None:
    for extra in ({}, {"photos": [upload(picture())]}):
        too_much = street.browser().send(form_path(street), {"text": "灯" * 400_000, **extra})
        assert too_much.status_code == 413
        assert problem("form_too_large") in too_much.text
        assert "tel:12345" in too_much.text


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("路灯💡坏了👨‍👩‍👧‍👦", "路灯💡坏了👨‍👩‍👧‍👦"),
        ("路灯\x00坏了\x07", "路灯坏了"),
        ("<script>alert(1)</script><b>灯</b>", "<script>alert(1)</script><b>灯</b>"),
        ("{{ 7*7 }} {% raw %}", "{{ 7*7 }} {% raw %}"),
        ("\u202e灯坏了", "灯坏了"),
        ("第一行\r\n第二行", "第一行\n第二行"),
        ("=HYPERLINK(1)", "=HYPERLINK(1)"),
    ],
)
def test_text_is_text(street: Street, typed: str, kept: str) -> None:
    browser = street.browser()
    code = street.file(browser, text=typed)
    assert street.request(code).text == kept
    page = browser.get(f"/r/t/{code}").text
    assert "<script>alert" not in page
    assert "<b>灯" not in page
    assert " 49 " not in page


@pytest.mark.parametrize("typed", ["12", "not a phone", "138000012345", "<b>1</b>"])
def test_a_wrong_phone_number_comes_back_with_the_words_kept(street: Street, typed: str) -> None:
    back = street.browser().send(form_path(street), {"text": "灯坏了。", "phone": typed})
    assert back.status_code == 422
    assert problem("phone_wrong") in back.text
    assert "灯坏了。" in back.text
    assert "<b>1" not in back.text


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("138 0000 1234", "13800001234"),
        ("+86-138-0000-1234", "13800001234"),
        ("１３８００００１２３４", "13800001234"),
        ("0635-8221234", "06358221234"),
        ("(0635) 8221234", "06358221234"),
        ("0635-8221234-801", "06358221234-801"),
        ("8221234", "8221234"),
        ("1234", None),
        ("", None),
    ],
)
def test_phone_numbers_are_kept_in_one_form(typed: str, kept: str | None) -> None:
    assert phone_number(typed) == kept


@given(st.text(max_size=40))
@example("+8613800001234")
def test_a_kept_phone_number_is_kept_unchanged_the_next_time(typed: str) -> None:
    kept = phone_number(typed)
    assert kept is None or phone_number(kept) == kept


def test_an_invented_category_is_refused(street: Street) -> None:
    back = street.browser().send(form_path(street), {"text": "灯坏了。", "category": "x'; DROP TABLE"})
    assert problem("filing_category_unknown") in back.text
    assert street.requests() == []


def test_an_old_page_keeps_the_words_and_sends_at_the_second_try(street: Street) -> None:
    browser = street.browser()
    browser.get(form_path(street))
    back = browser.post(form_path(street), data={"text": "灯坏了。", "csrf": "old", "form": "old"})
    assert problem("page_expired") in back.text
    assert "灯坏了。" in back.text
    again = browser.post(form_path(street), data={**hidden_fields(back.text), "text": "灯坏了。"})
    assert again.status_code == 303


def test_a_browser_without_cookies_is_told_what_to_do(street: Street) -> None:
    fields = street.browser().fields(form_path(street))
    back = street.browser().post(form_path(street), data={**fields, "text": "灯坏了。"})
    assert problem("cookies_needed") in back.text
    assert "灯坏了。" in back.text


def test_a_foreign_page_cannot_file_in_a_residents_name(street: Street) -> None:
    resident, stranger = street.browser(), street.browser()
    resident.get(form_path(street))
    stolen = stranger.fields(form_path(street))
    assert resident.post(form_path(street), data={**stolen, "text": "灯坏了。"}).status_code == 422
    assert street.requests() == []


def test_photos_are_kept_with_the_request_and_known_as_attachments(street: Street) -> None:
    browser, first, second = street.browser(), picture(60), picture(80, form="PNG")
    code = street.file(browser, photos=[upload(first), upload(second, "二.png")])
    names = [hashlib.sha256(data).hexdigest() for data in (first, second)]
    assert street.request(code).photos == names
    shown_photo = browser.get(f"/r/t/{code}/photos/{names[1]}")
    assert shown_photo.content_type == "image/jpeg"
    assert shown_photo.headers["X-Content-Type-Options"] == "nosniff"
    assert Image.open(io.BytesIO(shown_photo.data)).size == (80, 40)


def huge_png() -> bytes:
    """A PNG that says it has 8000 × 6000 pixels, in a few bytes."""
    start = picture(8, 8, "PNG")
    header = b"IHDR" + (8000).to_bytes(4, "big") + (6000).to_bytes(4, "big") + start[24:29]
    return start[:12] + header + zlib.crc32(header).to_bytes(4, "big") + start[33:]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"<?php system('id') ?>", "photo_not_picture"),
        (b"GIF89a" + b"\x00" * 50, "photo_not_picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "photo_not_picture"),
        (b"\xff\xd8\xff\xe0 cut short", "photo_not_picture"),
        (picture(400, 300)[:200], "photo_not_picture"),
        (huge_png(), "photo_too_large"),
        (b"\xff\xd8\xff" + b"\x00" * (8 * 1024 * 1024), "photo_too_large"),
    ],
    ids=["php", "gif", "svg", "stub", "truncated", "48 megapixels", "8 MB"],
)
def test_what_is_no_photo_comes_back_with_a_clear_sentence_and_the_words_kept(
    street: Street, data: bytes, code: str
) -> None:
    back = street.browser().send(form_path(street), {"text": "灯坏了。", "photos": [upload(data)]})
    assert back.status_code == 422
    assert problem(code) in back.text
    assert "灯坏了。" in back.text
    assert street.requests() == []


def stored(street: Street, sha256: str) -> bytes:
    with writing() as session:
        kept = session.get(Attachment, sha256)
    assert kept is not None
    return path_of(street.app.config["DOORSTEP"].photo_dir, kept.stored_sha256).read_bytes()


def test_a_photo_loses_where_it_was_taken(street: Street) -> None:
    exif = Image.Exif()
    exif[0x8825] = {1: "N", 2: (36.0, 27.0, 21.6), 3: "E", 4: (115.0, 58.0, 48.0)}
    exif[0x010F] = "SecretCamera"
    data = picture(exif=exif)
    assert Image.open(io.BytesIO(data)).getexif().get_ifd(0x8825)
    street.file(street.browser(), photos=[upload(data)])
    kept = stored(street, hashlib.sha256(data).hexdigest())
    assert not Image.open(io.BytesIO(kept)).getexif()
    assert b"SecretCamera" not in kept


def test_a_polyglot_loses_everything_but_its_picture(street: Street) -> None:
    data = picture() + b"PK\x03\x04<script>alert(1)</script><?php ?>"
    street.file(street.browser(), photos=[upload(data, "a.php.jpg")])
    kept = stored(street, hashlib.sha256(data).hexdigest())
    assert b"<script>" not in kept
    assert b"<?php" not in kept


def test_good_photos_are_kept_while_the_form_is_put_right(street: Street) -> None:
    browser, photo = street.browser(), picture()
    back = browser.send(form_path(street), {"text": "", "photos": [upload(photo)]})
    assert "已收到 1 张照片" in back.text
    again = browser.post(form_path(street), data={**hidden_fields(back.text), "text": "灯坏了。"})
    assert again.status_code == 303
    assert street.requests()[0].photos == [hashlib.sha256(photo).hexdigest()]


def test_kept_photos_can_be_left_out_and_cannot_be_forged(street: Street) -> None:
    browser = street.browser()
    back = browser.send(form_path(street), {"text": "", "photos": [upload(picture())]})
    fields = hidden_fields(back.text)
    browser.post(form_path(street), data={**fields, "text": "不要照片。", "drop_photos": "yes"})
    other = street.browser()
    other.send(form_path(street), {"text": "伪造照片。", "kept_photos": fields["kept_photos"] + "x"})
    assert [request.photos for request in street.requests()] == [None, None]


def test_the_fifth_photo_comes_back_with_four_kept(street: Street) -> None:
    photos = [upload(picture(40 + n)) for n in range(5)]
    back = street.browser().send(form_path(street), {"text": "灯坏了。", "photos": photos})
    assert problem("filing_too_many_photos") in back.text
    assert "已收到 4 张照片" in back.text


def test_a_revoked_code_takes_no_requests(street: Street) -> None:
    browser = street.browser()
    fields = browser.fields(form_path(street))
    with writing() as session:
        row = session.get(PlaceCode, street.codes["card"])
        assert row is not None
        row.revoked_at = 1
    assert browser.post(form_path(street), data={**fields, "text": "灯坏了。"}).status_code == 410


@pytest.mark.usefixtures("limits")
def test_over_the_limit_a_filing_waits_for_review_and_is_neither_refused_nor_lost(street: Street) -> None:
    browser = street.browser()
    for n in range(8):
        street.file(browser, text=f"第{n}件")
    reviews = [request.review for request in sorted(street.requests(), key=lambda r: r.text or "")]
    assert reviews == [None] * 6 + ["rate_limited"] * 2


@pytest.mark.usefixtures("limits")
def test_one_phone_number_on_many_devices_is_limited_too(street: Street) -> None:
    for n in range(7):
        street.file(street.browser(), text=f"第{n}件", phone="138 0000 1234")
    assert sum(request.review == "rate_limited" for request in street.requests()) == 1


def under_attack(street: Street, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(street.app.config, "DOORSTEP", replace(street.app.config["DOORSTEP"], under_attack=True))


def solved(page: str) -> str:
    task = json.loads(re.search(r'data-proof="([^"]+)"', page)[1].replace("&#34;", '"').replace("&amp;", "&"))  # type: ignore[index]
    numbers = range(task["maxNumber"] + 1)
    number = next(n for n in numbers if hashlib.sha256(f"{task['salt']}{n}".encode()).hexdigest() == task["challenge"])
    solution = {name: task[name] for name in ("algorithm", "challenge", "salt", "signature")}
    return base64.b64encode(json.dumps({**solution, "number": number}).encode()).decode()


def test_without_attack_no_work_is_asked(street: Street) -> None:
    page = street.browser().get(form_path(street)).text
    assert "data-proof" not in page
    assert "altcha" not in page


def test_under_attack_the_solved_form_passes_and_the_others_wait_for_review(
    street: Street, monkeypatch: pytest.MonkeyPatch
) -> None:
    under_attack(street, monkeypatch)
    browser = street.browser()
    page = browser.get(form_path(street)).text
    payload = solved(page)
    browser.post(form_path(street), data={**hidden_fields(page), "text": "甲", "altcha": payload})
    browser.send(form_path(street), {"text": "乙"})
    browser.send(form_path(street), {"text": "丙", "altcha": payload})
    browser.send(form_path(street), {"text": "丁", "altcha": "bm90IGpzb24="})
    reviews = {request.text: request.review for request in street.requests()}
    assert reviews == {"甲": None, "乙": "no_proof", "丙": "no_proof", "丁": "no_proof"}


def test_the_record_keeps_no_device_and_no_name_of_the_resident(street: Street) -> None:
    code = street.file(street.browser())
    with writing() as session:
        row = session.execute(select(ServiceRequest.__table__).where(ServiceRequest.tracking_code == code)).one()
    assert row.changed_by is None
    assert {event.actor_kind for event in street.events(code)} == {"resident"}
    assert {event.actor_id for event in street.events(code)} == {None}


def test_a_request_from_a_door_of_another_team_goes_to_that_team(street: Street) -> None:
    street.codes["other"] = street.print("card", place_id=street.city.places["p5"])
    code = street.file(street.browser(), "other")
    assert street.request(code).scope == f"team:{street.city.teams['b']}"
