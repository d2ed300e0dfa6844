"""What a resident may do with a request: agree, have it reopened, withdraw; and on whose phone."""

from __future__ import annotations

import pytest

from app.errors import PROBLEMS
from app.writes import Actor
from tests.api.residents_street import LEADER, Browser, Street

PHONE = "13800001234"
RESIDENT = Actor("resident")


def problem(code: str) -> str:
    return PROBLEMS[code][1]


def test_the_resident_agrees_and_the_step_is_theirs(street: Street) -> None:
    code, browser = street.answered(), street.browser()
    assert browser.send(f"/r/t/{code}/agree", form_on=f"/r/t/{code}").status_code == 303
    assert street.request(code).status == "agreed"
    last = street.events(code)[-1]
    assert (last.actor_kind, last.to_status) == ("resident", "agreed")


def test_not_agreeing_reopens_the_request_with_the_reason(street: Street) -> None:
    code, browser = street.answered(), street.browser()
    path = f"/r/t/{code}/reopen"
    empty = browser.send(path, {"reason": "  "})
    assert problem("reason_missing") in empty.text
    long = browser.send(path, {"reason": "灯" * 401})
    assert problem("reason_too_long") in long.text
    assert "灯" * 401 in long.text
    assert browser.send(path, {"reason": "只修了一盏。"}).status_code == 303
    request = street.request(code)
    assert (request.status, request.forward_no, request.answered_at) == ("reopened", 2, None)
    assert "只修了一盏。" in browser.get(f"/r/t/{code}").text


def test_a_closed_request_can_be_reopened(street: Street) -> None:
    code = street.answered()
    street.take(code, "agreed", RESIDENT)
    street.take(code, "closed", LEADER)
    assert street.browser().send(f"/r/t/{code}/reopen", {"reason": "又坏了。"}).status_code == 303
    assert street.request(code).status == "reopened"


def test_withdrawing_is_asked_twice(street: Street) -> None:
    code, browser = street.recorded(), street.browser()
    asked = browser.get(f"/r/t/{code}/withdraw")
    assert "有人要求您撤回吗" in asked.text
    assert street.request(code).status == "recorded"
    assert browser.send(f"/r/t/{code}/withdraw").status_code == 303
    assert street.request(code).status == "withdrawn"


def test_a_step_that_is_not_possible_now_is_refused_and_changes_nothing(street: Street) -> None:
    code, browser = street.recorded(), street.browser()
    fields = browser.fields(f"/r/t/{code}/withdraw")
    street.take(code, "withdrawn", RESIDENT)
    for act in ("agree", "reopen"):
        refused = browser.post(f"/r/t/{code}/{act}", data={**fields, "reason": "没好。"})
        assert refused.status_code == 409
        assert problem("step_not_now") in refused.text
    assert street.request(code).status == "withdrawn"


def test_pressing_withdraw_twice_withdraws_once(street: Street) -> None:
    code, browser = street.recorded(), street.browser()
    fields = browser.fields(f"/r/t/{code}/withdraw")
    for _ in range(2):
        assert browser.post(f"/r/t/{code}/withdraw", data=fields).status_code == 303
    assert [event.to_status for event in street.events(code)] == ["recorded", "withdrawn"]


def test_with_a_phone_number_every_act_needs_its_last_four_digits(street: Street) -> None:
    code, browser = street.answered(contact_phone=PHONE), street.browser()
    fields = browser.fields(f"/r/t/{code}")
    for act, data in (("agree", {}), ("withdraw", {}), ("reopen", {"reason": "没好。"})):
        refused = browser.post(f"/r/t/{code}/{act}", data={**fields, **data})
        assert refused.status_code == 403
        assert problem("phone_tail_needed") in refused.text
    assert street.request(code).status == "answered"
    browser.send(f"/r/t/{code}/open", {"tail": "1234"}, form_on=f"/r/t/{code}")
    assert browser.post(f"/r/t/{code}/agree", data=fields).status_code == 303


def test_acts_without_the_forms_token_are_refused(street: Street) -> None:
    code = street.answered()
    for act in ("agree", "withdraw", "reopen", "open"):
        assert street.browser().post(f"/r/t/{code}/{act}", data={"reason": "x"}).status_code == 403
    assert street.request(code).status == "answered"


def test_looking_changes_nothing(street: Street) -> None:
    code, browser = street.answered(hours_ago=30), street.browser()
    before = len(street.events(code))
    for path in ("", "/receipt", "/withdraw", "/reopen", "/rate"):
        assert browser.get(f"/r/t/{code}{path}").status_code == 200
    assert browser.get(f"/r/t/{code}/agree").status_code == 405
    assert len(street.events(code)) == before


@pytest.mark.parametrize("name", ["li", "sun", "zhou"])
def test_on_a_phone_where_staff_are_signed_in_nobody_speaks_for_the_resident(street: Street, name: str) -> None:
    code, staff = street.answered(hours_ago=30), street.city.sign_in(name)
    assert isinstance(staff, Browser)
    page = staff.get(f"/r/t/{code}").text
    assert problem("staff_phone") in page
    assert "解决了，认可" not in page
    fields = street.browser().fields(f"/r/t/{code}")
    token = staff.fields("/r/mine") | {"reason": "x", "score": "5"}
    for act in ("agree", "withdraw", "reopen", "rate"):
        refused = staff.post(f"/r/t/{code}/{act}", data={**fields, **token})
        assert refused.status_code == 403
        assert problem("staff_phone") in refused.text
    assert street.request(code).status == "answered"
