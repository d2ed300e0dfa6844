"""Following a request by its tracking code: what is shown to whom, and what a resident may do with it."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.database import writing
from app.domain.codes import ALPHABET, tracking_code
from app.errors import PROBLEMS
from app.ids import now_ms
from app.models.service_requests import ServiceRequest
from app.residents.mistyped import slips
from app.writes import Actor, create, patch
from tests.api.residents_street import LEADER, PLATFORM, Browser, Street, picture, shown, upload

PHONE = "13800001234"
RESIDENT = Actor("resident")


def problem(code: str) -> str:
    return PROBLEMS[code][1]


def open_with(browser: Browser, code: str, tail: str) -> int:
    return browser.send(f"/r/t/{code}/open", {"tail": tail}, form_on=f"/r/t/{code}").status_code


def test_a_resident_reads_the_steps_who_handles_it_and_the_answer(street: Street) -> None:
    code = street.answered()
    page = street.browser().get(f"/r/t/{code}").text
    for words in (
        shown(code),
        "您反映的问题已登记。",
        "您的诉求已转交承办单位。",
        "区综合行政执法局",
        "供电公司",
        "路灯已修好。",
        "LC-0001",
    ):
        assert words in page


def test_the_latest_date_is_said_while_there_is_time(street: Street) -> None:
    page = street.browser().get(f"/r/t/{street.recorded(hours_ago=1)}").text
    assert "最迟反馈时间" in page
    assert "比承诺的时间晚了" not in page


def test_an_overdue_request_says_so_honestly(street: Street) -> None:
    page = street.browser().get(f"/r/t/{street.recorded(hours_ago=24 + 50)}").text
    assert "比承诺的时间晚了2天" in page
    assert "最迟反馈时间" not in page


def test_what_officials_write_to_each_other_is_not_shown(street: Street) -> None:
    code = street.recorded()
    event = {"service_request_id": street.request(code).id, "kind": "comment", "text": "这家人难缠", "public": False}
    street.write(create("service_request_event", event), actor=LEADER)
    street.take(code, "to_be_forwarded", LEADER)
    street.take(code, "submitted", Actor("system"))
    street.take(code, "returned", PLATFORM, reason="不属于我局职责")
    page = street.browser().get(f"/r/t/{code}").text
    assert "难缠" not in page
    assert "不属于我局职责" not in page
    assert "承办单位退回" in page


def test_why_a_request_was_refused_is_shown_and_it_can_be_reopened(street: Street) -> None:
    code = street.recorded()
    street.take(code, "not_accepted", LEADER, reason="属于邻里民事纠纷。")
    page = street.browser().get(f"/r/t/{code}").text
    assert "属于邻里民事纠纷。" in page
    assert "有异议，要求重办" in page


def test_with_a_phone_number_the_words_and_photos_need_its_last_four_digits(street: Street) -> None:
    browser, photo = street.browser(), picture()
    code = street.file(browser, phone=PHONE, photos=[upload(photo)])
    name = hashlib.sha256(photo).hexdigest()
    closed = browser.get(f"/r/t/{code}").text
    assert "路灯不亮" not in closed
    assert name not in closed
    assert browser.get(f"/r/t/{code}/photos/{name}").status_code == 404
    assert open_with(browser, code, "0000") == 422
    assert "路灯不亮" not in browser.get(f"/r/t/{code}").text
    assert open_with(browser, code, "１ 2-34") == 303
    assert "路灯不亮" in browser.get(f"/r/t/{code}").text
    assert browser.get(f"/r/t/{code}/photos/{name}").status_code == 200
    assert "路灯不亮" not in street.browser().get(f"/r/t/{code}").text


def test_the_digits_of_one_request_open_no_other(street: Street) -> None:
    browser = street.browser()
    mine, other = street.recorded(contact_phone=PHONE), street.recorded(contact_phone="13900005678", text="隔壁的事。")
    assert open_with(browser, mine, "1234") == 303
    assert "隔壁的事" not in browser.get(f"/r/t/{other}").text


def test_without_a_phone_number_the_code_of_ones_own_request_opens_all(street: Street) -> None:
    assert "路灯不亮" in street.browser().get(f"/r/t/{street.recorded()}").text


def test_the_code_of_a_request_that_a_cadre_wrote_down_shows_no_words(street: Street) -> None:
    code = street.recorded(source="cadre")
    page = street.browser().get(f"/r/t/{code}").text
    assert "路灯不亮" not in page
    assert "凭查询码只显示进度" in page


def test_a_confidential_report_tells_nothing_but_its_steps(street: Street) -> None:
    code = street.recorded(confidential=True, text="李某收了红包。")
    street.take(code, "not_accepted", Actor("task_force"), reason="红包一事查无实据。")
    page = street.browser().get(f"/r/t/{code}").text
    assert "红包" not in page
    assert "第a服务队" not in page
    assert "不属于受理范围" in page


def test_a_photo_of_another_request_is_not_shown(street: Street) -> None:
    browser, photo = street.browser(), picture(70)
    street.file(browser, phone=PHONE, photos=[upload(photo)])
    mine = street.file(browser)
    assert browser.get(f"/r/t/{mine}/photos/{hashlib.sha256(photo).hexdigest()}").status_code == 404


@pytest.mark.parametrize(
    "way", [str.lower, lambda c: f" {c[:5]} - {c[5:]} ", lambda c: c.replace("0", "O").replace("1", "l")]
)
def test_a_code_is_found_however_it_is_typed(street: Street, way: object) -> None:
    code = street.recorded()
    typed = way(code)  # type: ignore[operator]
    found = street.browser().get("/r/t/", query_string={"q": typed}, follow_redirects=True)
    assert shown(code) in found.text
    assert found.request.path == f"/r/t/{code}"


def test_a_miscopied_sign_is_named_by_its_place_and_the_right_one_is_not_told(street: Street) -> None:
    code = street.recorded()
    wrong = code[:3] + ALPHABET[(ALPHABET.index(code[3]) + 5) % 32] + code[4:]
    page = street.browser().get("/r/t/", query_string={"q": wrong}, follow_redirects=True)
    assert page.status_code == 422
    assert problem("tracking_mistyped") in page.text
    assert "第 4 位" in page.text
    assert code not in page.text
    assert wrong in page.text


def test_a_code_of_the_wrong_length_says_how_long_it_is(street: Street) -> None:
    page = street.browser().get("/r/t/7F3K9")
    assert "您输入了 5 位" in page.text


@pytest.mark.parametrize("typed", ["<b>x</b>", "%00%00", "查询码", "-", "a" * 3000])
def test_nonsense_instead_of_a_code_gives_a_clear_page(street: Street, typed: str) -> None:
    page = street.browser().get("/r/t/", query_string={"q": typed}, follow_redirects=True)
    assert page.status_code in (404, 422)
    assert "<b>x" not in page.text
    assert "tel:12345" in page.text


@given(st.integers(0, 2**45 - 1), st.integers(0, 9), st.integers(1, 31))
def test_every_single_slip_is_among_the_near_codes(number: int, place: int, by: int) -> None:
    code = tracking_code(number)
    wrong = code[:place] + ALPHABET[(ALPHABET.index(code[place]) + by) % 32] + code[place + 1 :]
    assert slips(wrong)[code] == place + 1


@given(st.integers(0, 2**45 - 1), st.integers(0, 8))
def test_every_exchanged_pair_is_among_the_near_codes(number: int, place: int) -> None:
    code = tracking_code(number)
    wrong = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
    if wrong != code:
        assert slips(wrong)[code] == place + 1


@pytest.mark.usefixtures("limits")
def test_guessing_codes_ends_with_a_plain_page_and_the_right_code_is_never_counted(street: Street) -> None:
    code, browser = street.recorded(), street.browser()
    assert {browser.get(f"/r/t/{code}").status_code for _ in range(30)} == {200}
    answers = [browser.get(f"/r/t/{tracking_code(n)}").status_code for n in range(25)]
    assert answers[:3] == [404, 404, 404]
    assert answers[-1] == 429
    assert "tel:12345" in browser.get(f"/r/t/{tracking_code(99)}").text


@pytest.mark.usefixtures("limits")
def test_guessing_the_last_four_digits_ends_for_everybody(street: Street) -> None:
    code = street.recorded(contact_phone=PHONE)
    answers = [open_with(street.browser(), code, f"{n:04d}") for n in range(25)]
    assert answers[0] == 422
    assert answers[-1] == 429


def test_a_merged_request_tells_how_the_other_one_stands(street: Street) -> None:
    other, code = street.answered(), street.recorded()
    street.take(code, "merged", LEADER, values={"merged_into": street.request(other).id})
    page = street.browser().get(f"/r/t/{code}").text
    assert "与同一问题合并办理" in page
    assert "已反馈" in page
    assert shown(other) not in page


def test_a_request_that_is_not_yet_in_says_so(street: Street) -> None:
    page = street.browser().get(f"/r/t/{tracking_code(12345)}")
    assert page.status_code == 404
    assert problem("tracking_unknown") in page.text


def test_the_steps_are_dated_in_local_time(street: Street) -> None:
    code = street.recorded(hours_ago=1)
    with writing() as session:
        row = session.get(ServiceRequest, street.request(code).id)
        assert row is not None
        assert row.recorded_at is not None
        hour = (row.recorded_at // 3_600_000 + 8) % 24
    assert f" {hour:02d}:" in street.browser().get(f"/r/t/{code}").text
    assert row.recorded_at < now_ms()


def test_a_units_progress_is_told_in_its_words(street: Street) -> None:
    code = street.recorded()
    event = {
        "service_request_id": street.request(code).id,
        "kind": "progress",
        "text": "配件明天到货。",
        "public": True,
    }
    street.write(create("service_request_event", event), actor=PLATFORM)
    assert "配件明天到货。" in street.browser().get(f"/r/t/{code}").text


def test_a_provisional_date_says_it_is(street: Street) -> None:
    code = street.recorded(hours_ago=1)
    street.write(patch("service_request", street.request(code).id, {"due_provisional": True}))
    assert "暂定" in street.browser().get(f"/r/t/{code}").text
