"""One's own data: seeing, copying, correcting and deleting what is kept."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import select, text

from app.database import db, writing
from app.errors import PROBLEMS
from app.ids import now_ms
from app.models.audit import AuditLine
from app.writes import Actor
from tests.api.residents_street import LEADER, Browser, Street, shown

PHONE = "13800001234"


def problem(code: str) -> str:
    return PROBLEMS[code][1]


def enter(browser: Browser, code: str, tail: str = "") -> tuple[int, str]:
    reply = browser.send("/r/mine", {"q": code, "tail": tail})
    return reply.status_code, reply.text


def test_code_and_last_four_digits_show_what_is_kept_and_until_when(street: Street) -> None:
    code, browser = street.recorded(contact_phone=PHONE), street.browser()
    assert enter(browser, shown(code).lower(), "1234")[0] == 303
    page = browser.get(f"/r/mine/{code}").text
    for words in ("路灯不亮", "138****1234", "办结满两年", "登记时间"):
        assert words in page
    assert PHONE not in page


def test_of_a_closed_request_the_day_of_deletion_is_named(street: Street) -> None:
    code, browser = street.answered(contact_phone=PHONE), street.browser()
    street.take(code, "agreed", Actor("resident"))
    street.take(code, "closed", LEADER)
    enter(browser, code, "1234")
    year = 1970 + int((now_ms() / 86_400_000 + 730) / 365.2425)
    assert f"{year}年" in browser.get(f"/r/mine/{code}").text


def test_wrong_digits_show_nothing(street: Street) -> None:
    code, browser = street.recorded(contact_phone=PHONE), street.browser()
    for tail in ("0000", "", "234", "38000012340000"):
        status, page = enter(browser, code, tail)
        assert status == 422
        assert problem("phone_tail_wrong") in page
    for path in ("", "/export.json", "/export.html"):
        assert browser.get(f"/r/mine/{code}{path}").status_code == 403


def test_a_request_that_a_cadre_wrote_down_without_a_number_is_not_opened_by_its_code(street: Street) -> None:
    status, page = enter(street.browser(), street.recorded(source="cadre"))
    assert status == 403
    assert problem("own_data_closed") in page


def test_an_unknown_code_and_an_old_page_are_said(street: Street) -> None:
    assert problem("tracking_mistyped") in enter(street.browser(), "AAAAAAAAA1")[1]
    assert problem("page_expired") in street.browser().post("/r/mine", data={"q": "x"}).text


def test_a_copy_for_machines_and_one_for_people_hold_the_same(street: Street) -> None:
    code, browser = street.answered(contact_phone=PHONE, text="<b>路灯</b>不亮。"), street.browser()
    enter(browser, code, "1234")
    machine = browser.get(f"/r/mine/{code}/export.json")
    data = json.loads(machine.text)
    assert (data["查询码"], data["内容"], data["联系电话"]) == (shown(code), "<b>路灯</b>不亮。", PHONE)
    assert next(step["情况"] for step in data["办理过程"]) == "您反映的问题已登记。"
    assert "attachment" in machine.headers["Content-Disposition"]
    people = browser.get(f"/r/mine/{code}/export.html").text
    assert "&lt;b&gt;路灯&lt;/b&gt;不亮。" in people
    assert PHONE in people
    assert "路灯已修好。" in people


def audit_acts() -> list[str]:
    with writing() as session:
        return [line.act for line in session.scalars(select(AuditLine))]


def test_a_corrected_number_replaces_the_old_one_and_opens_from_then_on(street: Street) -> None:
    code, browser = street.recorded(contact_phone=PHONE), street.browser()
    enter(browser, code, "1234")
    wrong = browser.send(f"/r/mine/{code}/phone", {"phone": "12"}, form_on=f"/r/mine/{code}")
    assert problem("phone_wrong") in wrong.text
    empty = browser.send(f"/r/mine/{code}/phone", {"phone": ""}, form_on=f"/r/mine/{code}")
    assert problem("contact_missing") in empty.text
    assert (
        browser.send(f"/r/mine/{code}/phone", {"phone": "139 0000 5678"}, form_on=f"/r/mine/{code}").status_code == 303
    )
    assert street.request(code).contact_phone == "13900005678"
    assert enter(street.browser(), code, "1234")[0] == 422
    assert enter(street.browser(), code, "5678")[0] == 303
    assert audit_acts() == ["resident_corrected_contact"]


def test_a_deleted_number_is_gone_from_the_record_and_from_the_log(street: Street) -> None:
    code, browser = street.recorded(contact_phone=PHONE), street.browser()
    enter(browser, code, "1234")
    assert browser.send(f"/r/mine/{code}/delete-contact", form_on=f"/r/mine/{code}").status_code == 303
    assert street.request(code).contact_phone is None
    assert "未保存" in browser.get(f"/r/mine/{code}").text
    assert audit_acts() == ["resident_deleted_contact"]
    with db.engine.connect() as connection:
        for table in ("sync_change", "service_request_event", "audit_line", "sync_parked", "sync_receipt"):
            rows = connection.execute(text(f"SELECT * FROM {table}")).fetchall()
            assert PHONE not in str(rows), table


@pytest.mark.parametrize("act", ["phone", "delete-contact"])
def test_nobody_changes_it_without_the_digits_the_token_or_on_a_staff_phone(street: Street, act: str) -> None:
    code = street.recorded(contact_phone=PHONE)
    stranger, resident, staff = street.browser(), street.browser(), street.city.sign_in("li")
    assert isinstance(staff, Browser)
    assert stranger.send(f"/r/mine/{code}/{act}", {"phone": "13900005678"}, form_on="/r/mine").status_code == 403
    enter(resident, code, "1234")
    assert resident.post(f"/r/mine/{code}/{act}", data={"phone": "13900005678"}).status_code == 403
    enter(staff, code, "1234")
    refused = staff.send(f"/r/mine/{code}/{act}", {"phone": "13900005678"}, form_on="/r/mine")
    assert refused.status_code == 403
    assert problem("staff_phone") in refused.text
    assert street.request(code).contact_phone == PHONE


def test_two_years_after_the_end_the_code_alone_opens_nothing_any_more(street: Street) -> None:
    years_ago = 2 * 365 * 24 + 1
    code, fresh = street.recorded(hours_ago=years_ago + 1), street.recorded(hours_ago=years_ago - 100)
    street.take(code, "withdrawn", Actor("resident"), hours_ago=years_ago)
    street.take(fresh, "withdrawn", Actor("resident"), hours_ago=years_ago - 101)
    browser = street.browser()
    assert "路灯不亮" not in browser.get(f"/r/t/{code}").text
    assert browser.get(f"/r/mine/{code}").status_code == 403
    assert "路灯不亮" in browser.get(f"/r/t/{fresh}").text
