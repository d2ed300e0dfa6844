"""Filing a request: what residents type, badly and well, and what is recorded of it."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sqlalchemy import select

from app.database import writing
from app.domain.codes import is_tracking_code
from app.errors import PROBLEMS
from app.ids import new_id
from app.models.places import PlaceCode
from app.models.service_requests import ServiceRequest
from app.residents import filing
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


def test_going_back_and_writing_more_makes_a_second_request_and_loses_nothing(street: Street) -> None:
    browser = street.browser()
    fields = browser.fields(form_path(street))
    sent = [
        browser.post(form_path(street), data={**fields, "text": text}).location
        for text in ("井盖松动。", "井盖松动，有人绊倒。")
    ]
    again = browser.post(form_path(street), data={**fields, "text": "井盖松动，有人绊倒。"}).location
    assert sent[0] != sent[1] == again
    assert sorted(request.text or "" for request in street.requests()) == ["井盖松动。", "井盖松动，有人绊倒。"]


@pytest.mark.usefixtures("app")
def test_two_copies_of_a_form_that_arrive_together_get_one_tracking_code() -> None:
    id = new_id()
    with writing() as session:
        codes = {filing._tracking_code(session, id) for _ in range(2)}
        others = {filing._tracking_code(session, new_id()) for _ in range(50)}
    assert len(codes) == 1
    assert len(others | codes) == 51


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


def test_a_revoked_code_takes_no_requests(street: Street) -> None:
    browser = street.browser()
    fields = browser.fields(form_path(street))
    with writing() as session:
        row = session.get(PlaceCode, street.codes["card"])
        assert row is not None
        row.revoked_at = 1
    assert browser.post(form_path(street), data={**fields, "text": "灯坏了。"}).status_code == 410


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
