"""The units' pages: who gets in, who sees what, which buttons there are, and that they hold under clumsy and hostile use."""

from __future__ import annotations

import re
import shutil
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

import config
from app import create_app
from app.database import reading, writing
from app.desk.steps import STATUSES, steps_for
from app.models.audit import AuditLine
from app.models.desk import DeskAccount, DeskRequest, DeskSession
from tests.api.desk_people import DAY, HOUR, Desk, Officer, make_desk, picture


@pytest.fixture
def desk(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Desk:
    return make_desk(app, monkeypatch)


@pytest.fixture
def zhou(desk: Desk) -> Officer:
    """Zhou of the dispatch centre."""
    return desk.officer("zhou")


@pytest.fixture
def li(desk: Desk) -> Officer:
    """Li of the city management bureau."""
    return desk.officer("li")


def dispatched(desk: Desk, zhou: Officer, fields: dict[str, Any] | None = None, *co: str) -> str:
    """A request that Li's unit leads."""
    number = desk.new(fields)
    zhou.step(number, "dispatch", lead=desk.unit("city"), co=[desk.unit(code) for code in co])
    return number


def offered(page: str) -> list[str]:
    """The steps whose forms stand in a page."""
    return re.findall(r"/steps/([a-z_]+)\"", page)


def test_nobody_gets_in_without_signing_in(desk: Desk) -> None:
    number = desk.new()
    browser = desk.stranger()
    for path in ("/desk/", f"/desk/requests/{desk.row(number).id}"):
        reply = browser.get(path)
        assert reply.status_code == 302
        assert reply.headers["Location"].startswith("/desk/sign-in?next=/desk/")
        assert "路灯不亮" not in reply.text


@pytest.mark.parametrize(
    ("login", "password"), [("li", "wrong"), ("nobody", "li's password"), ("li", ""), ("", ""), ("li", "x" * 100_000)]
)
def test_a_wrong_password_and_an_unknown_login_read_the_same(desk: Desk, login: str, password: str) -> None:
    reply = Officer(desk.stranger(), desk).sign_in(login, password)
    assert reply.status_code == 403
    assert "账号或密码不正确。" in reply.text
    assert "The login or the password is wrong." in reply.text


def test_an_account_or_unit_that_was_closed_is_signed_out_at_once(desk: Desk, li: Officer) -> None:
    assert li.browser.get("/desk/").status_code == 200
    with writing() as session:
        session.execute(update(DeskAccount).where(DeskAccount.login == "li").values(active=False))
    assert li.browser.get("/desk/").status_code == 302
    assert Officer(desk.stranger(), desk).sign_in("li", "li's password").status_code == 403


def test_after_ten_wrong_passwords_even_the_right_one_has_to_wait(
    empty_database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(empty_database, tmp_path / "doorstep.db")
    app = create_app(config.load({"DOORSTEP_DATA": str(tmp_path)}))
    with app.app_context():
        desk = make_desk(app, monkeypatch)
        thief = Officer(desk.stranger(), desk)
        codes = [thief.sign_in("li", f"guess {n}").status_code for n in range(11)]
        assert codes == [403] * 10 + [429]
        reply = thief.sign_in("li", "li's password")
        assert reply.status_code == 429
        assert "尝试次数过多" in reply.text
        assert thief.sign_in("zhou", "zhou's password").status_code == 303


def test_the_cookie_cannot_be_read_by_scripts_and_the_table_holds_no_token(desk: Desk) -> None:
    reply = Officer(desk.stranger(), desk).sign_in("li", "li's password")
    cookie = next(c for c in reply.headers.getlist("Set-Cookie") if c.startswith("desk_session="))
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    token = cookie.split("=", 1)[1].split(";")[0]
    with reading() as session:
        assert token not in session.scalars(select(DeskSession.token_hash)).all()


def test_a_session_ends_by_signing_out_by_half_a_day_of_silence_and_after_a_fortnight(desk: Desk, li: Officer) -> None:
    desk.clock.pass_by(12.1)
    assert li.browser.get("/desk/").status_code == 302
    busy = desk.officer("li")
    for _ in range(33):
        desk.clock.pass_by(10)
        assert busy.browser.get("/desk/").status_code == 200
    desk.clock.pass_by(10)
    assert busy.browser.get("/desk/").status_code == 302
    third = desk.officer("li")
    third.send("/desk/sign-out", {})
    assert third.browser.get("/desk/").status_code == 302


@pytest.mark.parametrize(
    "path", ["/desk/sign-in", "/desk/sign-out", "/desk/preferences", "/desk/requests/1/steps/accept"]
)
def test_a_form_that_is_not_from_our_page_is_refused(desk: Desk, zhou: Officer, path: str) -> None:
    number = desk.new()
    path = path.replace("/1/", f"/{desk.row(number).id}/")
    assert zhou.browser.post(path, data={"login": "li", "password": "li's password"}).status_code == 403
    assert desk.row(number).status == "submitted"


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example/", "/\\evil.example", "/app/", "/desk/\\..//x"]
)
def test_signing_in_leads_to_a_page_of_the_desk_and_nowhere_else(desk: Desk, target: str) -> None:
    reply = Officer(desk.stranger(), desk).sign_in("li", "li's password", next=target)
    assert reply.headers["Location"] == "/desk/"


def test_signing_in_leads_back_to_the_page_that_was_asked_for(desk: Desk) -> None:
    reply = Officer(desk.stranger(), desk).sign_in("li", "li's password", next="/desk/requests/1")
    assert reply.headers["Location"] == "/desk/requests/1"


def test_a_unit_sees_what_it_leads_and_what_it_helps_with_and_nothing_else(
    desk: Desk, zhou: Officer, li: Officer
) -> None:
    lead, help_with, foreign = desk.new(), desk.new(), desk.new()
    zhou.step(lead, "dispatch", lead=desk.unit("city"))
    zhou.step(help_with, "dispatch", lead=desk.unit("power"), co=[desk.unit("city")])
    zhou.step(foreign, "dispatch", lead=desk.unit("power"))
    assert (lead in li.list("mine"), help_with in li.list("mine")) == (True, False)
    assert (lead in li.list("co"), help_with in li.list("co")) == (False, True)
    for shelf in ("mine", "co", "overdue", "answered", "done", "all", "waiting"):
        assert foreign not in li.list(shelf)
    assert li.browser.get(li.address(foreign)).status_code == 404
    assert li.try_step(foreign, "take_up").status_code == 404
    assert li.browser.get(li.address(help_with)).status_code == 200


def test_the_centre_sees_everything_and_first_what_waits_for_it(desk: Desk, zhou: Officer, li: Officer) -> None:
    new, at_work, asking = desk.new(), desk.new(), desk.new()
    for number in (at_work, asking):
        zhou.step(number, "dispatch", lead=desk.unit("city"))
    li.step(asking, "ask_extension", until="2026-12-10", reason="等待配件")
    waiting = zhou.list()
    assert (new in waiting, at_work in waiting, asking in waiting) == (True, False, True)
    everything = zhou.list("all")
    assert all(number in everything for number in (new, at_work, asking))
    assert "申请延期" in waiting


def test_the_list_is_ordered_by_due_date_under_headings_in_words(desk: Desk, zhou: Officer) -> None:
    in_three_days = desk.new({"attribute[resident_due]": "2026-11-22T02:00:00Z", "description": "丙"})
    later = desk.new({"attribute[resident_due]": "2026-12-20T02:00:00Z", "description": "丁"})
    late = desk.new({"attribute[resident_due]": "2026-11-20T01:00:00Z", "description": "甲"})
    today = desk.new({"attribute[resident_due]": "2026-11-20T12:00:00Z", "description": "乙"})
    page = zhou.list("all")
    places = [
        page.index(words)
        for words in ("已超期", late, "不足24小时", today, "3天内到期", in_three_days, "期限充足", later)
    ]
    assert places == sorted(places)
    assert "超期1小时" in page
    assert "还剩10小时" in page
    assert late in zhou.list("overdue")
    assert today not in zhou.list("overdue")


def test_the_list_can_be_searched_and_percent_signs_are_only_signs(desk: Desk, zhou: Officer) -> None:
    lamp = desk.new({"description": "路灯坏了 100%"})
    lift = desk.new(
        {"service_code": "002", "attribute[kind]": "lift", "description": "电梯停用", "address_string": "兴华小区"}
    )
    for words, found in (
        (lamp, {lamp}),
        ("电梯", {lift}),
        ("兴华 停用", {lift}),
        ("%", {lamp}),
        ("_", set()),
        ("'--", set()),
    ):
        page = zhou.list("all", words=words)
        assert {number for number in (lamp, lift) if f">{number}<" in page} == found, words
    assert lift in zhou.list("all", service="002")
    assert lamp not in zhou.list("all", service="002")
    assert lamp not in zhou.list("all", unit=desk.unit("city"))


def test_a_long_shelf_has_pages(desk: Desk, zhou: Officer) -> None:
    for n in range(41):
        desk.new({"description": str(n)})
    first, second = zhou.list("all"), zhou.list("all", page="2")
    assert (first.count('class="order '), second.count('class="order ')) == (40, 1)
    assert 'rel="next"' in first
    assert 'rel="prev"' in second
    assert zhou.list("all", page="nonsense").count('class="order ') == 40


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("asked", [False, True])
def test_the_buttons_are_those_of_the_table(desk: Desk, zhou: Officer, status: str, asked: bool) -> None:
    number = dispatched(desk, zhou, None, "power")
    with writing() as session:
        values = {"status": status, "extension_until": desk.clock.now + 10 * DAY if asked else None}
        session.execute(update(DeskRequest).where(DeskRequest.number == number).values(**values))
    for login, part in (("zhou", "centre"), ("li", "lead"), ("zhao", "co")):
        page = desk.officer(login).page(number)
        assert offered(page) == [step.name for step in steps_for(status, part, asked)]  # type: ignore[arg-type]


def test_a_step_of_somebody_else_is_refused(desk: Desk, zhou: Officer, li: Officer) -> None:
    number = dispatched(desk, zhou, None, "power")
    zhao = desk.officer("zhao")
    for step, fields in (("answer", {"text": "x"}), ("return", {"reason": "x"}), ("close", {}), ("take_up", {})):
        reply = zhao.try_step(number, step, fields)
        assert reply.status_code == 409, step
        assert "此件当前状态不能进行这一步。" in reply.text
    assert li.try_step(number, "dispatch", {"lead": desk.unit("power")}).status_code == 409
    assert zhou.try_step(number, "reopen", {"reason": "x"}).status_code == 409
    assert zhou.try_step(number, "no_such_step").status_code == 404
    assert zhou.try_step(number, "withdraw").status_code == 409
    assert desk.row(number).status == "dispatched"


def test_lead_and_co_operating_units_see_each_others_progress_at_once(desk: Desk, zhou: Officer, li: Officer) -> None:
    number = dispatched(desk, zhou, None, "power")
    zhao = desk.officer("zhao")
    zhao.step(number, "note", text="今晚停电检修")
    assert "今晚停电检修" in li.page(number)
    li.step(number, "progress", text="已备好灯头")
    assert "已备好灯头" in zhao.page(number)
    assert "已备好灯头" in zhou.page(number)


@pytest.mark.parametrize(
    ("step", "fields"),
    [
        ("answer", {"text": "  \r\n "}),
        ("answer", {}),
        ("answer", {"text": "长" * 4001}),
        ("return", {"reason": ""}),
        ("ask_extension", {"reason": "x"}),
        ("ask_extension", {"reason": "x", "until": "20261301"}),
    ],
)
def test_a_badly_filled_form_comes_back_with_what_was_typed(
    desk: Desk, zhou: Officer, li: Officer, step: str, fields: dict[str, str]
) -> None:
    number = dispatched(desk, zhou)
    reply = li.try_step(number, step, fields | {"kept": "1"})
    assert reply.status_code == 400
    assert 'role="alert"' in reply.text
    for value in fields.values():
        assert value.strip() in reply.text
    assert desk.row(number).status == "dispatched"


def test_an_answer_typed_while_the_request_changed_is_kept_and_not_sent_over_it(
    desk: Desk, zhou: Officer, li: Officer
) -> None:
    number = dispatched(desk, zhou)
    seen = re.search(r'name="rev" value="(\d+)"', li.page(number))
    assert seen
    desk.post_update(number, {"description": "不是灯头，是线断了"})
    reply = li.try_step(number, "answer", {"text": "已换灯头", "rev": seen[1]})
    assert reply.status_code == 409
    assert "此件刚刚被更新" in reply.text
    assert "已换灯头" in reply.text
    assert "不是灯头，是线断了" in reply.text
    assert desk.row(number).status == "dispatched"


def test_what_was_typed_survives_a_session_that_ran_out(desk: Desk, zhou: Officer, li: Officer) -> None:
    number = dispatched(desk, zhou)
    token = re.search(r'name="csrf" value="([^"]+)"', li.page(number))
    assert token
    address = f"{li.address(number)}/steps/answer"
    desk.clock.pass_by(13)
    reply = li.browser.post(address, data={"csrf": token[1], "text": "写了很久的答复"})
    assert reply.status_code == 401
    assert "写了很久的答复" in reply.text
    assert "请先登录。" in reply.text


@pytest.mark.parametrize("lead", ["", "nobody", "centre"])
def test_a_request_is_dispatched_only_to_a_unit_that_handles(desk: Desk, zhou: Officer, lead: str) -> None:
    number = desk.new()
    unit = desk.unit("centre") if lead == "centre" else lead
    assert zhou.try_step(number, "dispatch", {"lead": unit}).status_code == 400
    assert zhou.try_step(number, "dispatch", {"lead": desk.unit("city"), "co": ["nobody"]}).status_code == 400
    assert desk.row(number).status == "submitted"


def test_the_lead_unit_ticked_as_co_operating_too_is_only_the_lead(desk: Desk, zhou: Officer) -> None:
    number = dispatched(desk, zhou, None, "city", "power", "power")
    assert desk.read(number)["extended_attributes"]["co_units"] == ["供电公司"]


def test_a_contact_is_masked_and_whoever_looks_at_it_in_full_is_recorded(
    desk: Desk, zhou: Officer, li: Officer
) -> None:
    number = dispatched(desk, zhou, {"first_name": "建国", "last_name": "张", "phone": "19900001234"}, "power")
    page = li.page(number)
    assert "张** 199****1234" in page
    assert "19900001234" not in page
    assert f'action="{li.address(number)}/contact#contact"' in page
    shown = li.send(f"{li.address(number)}/contact", {})
    assert "张建国" in shown.text
    assert "19900001234" in shown.text
    with reading() as session:
        line = session.scalars(select(AuditLine)).one()
    assert (line.act, line.subject) == ("desk_contact_viewed", f"desk_request:{desk.row(number).id}")
    zhao = desk.officer("zhao")
    assert zhao.send(f"{zhao.address(number)}/contact", {}).status_code == 403
    assert desk.officer("wang").send(f"{li.address(number)}/contact", {}).status_code == 404


HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(1)>'\"{{7*7}}{% raw %}&lt;"


class Hunter(HTMLParser):
    """Collects what could run, or leave this host."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "style", "iframe", "object", "embed", "base"):
            self.found.append(tag)
        for name, value in attrs:
            outside = name in ("src", "href", "action") and not (value or "").startswith(("/", "#", "tel:"))
            if name.startswith("on") or name == "style" or outside:
                self.found.append(f"{tag} {name}={value}")


def hunted(page: str) -> list[str]:
    hunter = Hunter()
    hunter.feed(page)
    return hunter.found


def test_text_is_text_on_every_page_and_nothing_on_them_could_run(desk: Desk, zhou: Officer, li: Officer) -> None:
    number = dispatched(desk, zhou, {"description": HOSTILE, "address_string": HOSTILE, "phone": HOSTILE[:39]}, "power")
    li.step(number, "progress", text=HOSTILE, tell="1")
    li.step(number, "ask_extension", reason=HOSTILE, until="2026-12-10")
    failed = li.try_step(number, "return", {"reason": HOSTILE, "rev": "1"})
    shown = zhou.send(f"{zhou.address(number)}/contact", {})
    pages = [li.page(number), zhou.list("all"), zhou.list("all", words=HOSTILE), failed.text, shown.text]
    pages.append(desk.stranger().get("/desk/sign-in").text)
    for page in pages:
        assert hunted(page) == []
        assert "<script" not in page
    assert "{{7*7}}" in pages[0]


def test_the_policy_for_content_allows_no_inline_script_or_style(desk: Desk, li: Officer) -> None:
    policy = li.browser.get("/desk/").headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "script-src 'self'" in policy
    assert li.browser.get("/desk/").headers["Cache-Control"] == "no-store"


def test_too_large_a_form_is_refused_in_words(desk: Desk, zhou: Officer, li: Officer) -> None:
    number = dispatched(desk, zhou)
    reply = li.try_step(number, "answer", {"text": "灯" * 200_000})
    assert reply.status_code == 413
    assert "256 KB" in reply.text


def test_a_photo_that_is_none_keeps_the_answer_typed(desk: Desk, zhou: Officer, li: Officer) -> None:
    number = dispatched(desk, zhou)
    reply = li.try_step(number, "answer", {"text": "已修好", "photos": (picture(kind="GIF"), "a.jpg")})
    assert reply.status_code in (400, 422)
    assert "已修好" in reply.text
    assert desk.row(number).status == "dispatched"


def test_both_clocks_are_shown_and_the_residents_never_pauses(desk: Desk, zhou: Officer, li: Officer) -> None:
    number = dispatched(desk, zhou)
    page = li.page(number)
    assert "还剩1天" in page
    assert "还剩5天" in page
    desk.clock.pass_by(11)
    li.step(number, "return", reason="不属于本单位")
    zhou = desk.officer("zhou")
    page = zhou.page(number)
    assert "还剩13小时" in page
    assert "未计时" in page
    desk.clock.pass_by(11.5)
    zhou = desk.officer("zhou")
    zhou.step(number, "answer_directly", text="说明如下")
    assert "按时反馈" in zhou.page(number)


def test_feedback_that_came_too_late_is_said_to_be_late(desk: Desk, zhou: Officer) -> None:
    number = desk.new()
    desk.clock.now += 25 * HOUR
    zhou = desk.officer("zhou")
    zhou.step(number, "answer_directly", text="说明如下")
    assert "超期1小时反馈" in zhou.page(number)


def test_pages_are_in_chinese_first_and_in_english_on_request(desk: Desk, zhou: Officer, li: Officer) -> None:
    number = dispatched(desk, zhou)
    assert '<html lang="zh-CN"' in li.page(number)
    reply = li.send("/desk/preferences", {"desk_language": "en", "desk_type": "large", "next": li.address(number)})
    assert reply.headers["Location"] == li.address(number)
    page = li.page(number)
    assert '<html lang="en" data-type="large"' in page
    assert "Take up" in page
    assert "Resident sees it" in page
    li.send("/desk/preferences", {"desk_language": "<x>"})
    assert '<html lang="en"' in li.page(number)


def test_every_page_names_its_fields_and_its_main_part(desk: Desk, zhou: Officer, li: Officer) -> None:
    number = dispatched(desk, zhou)
    for page in (li.page(number), zhou.page(number), zhou.list("all"), desk.stranger().get("/desk/sign-in").text):
        assert page.count("<main") == 1
        assert page.count("<h1") == 1
        for field in re.findall(r"<(?:input|select|textarea)\b[^>]*>", page):
            if 'type="hidden"' in field:
                continue
            before = page[: page.index(field)]
            assert before.rindex("<label") > before.rfind("</label>"), field


def test_the_stylesheet_names_no_outside_host_and_may_be_kept_for_ever(desk: Desk) -> None:
    page = desk.stranger().get("/desk/sign-in").text
    address = re.search(r'href="(/static/desk/desk.css\?v=[0-9a-f]{12})"', page)
    assert address
    sheet = desk.stranger().get(address[1]).text
    assert "http" not in sheet
    assert "@import" not in sheet
    for template in Path("app/templates/desk").glob("*.html"):
        assert not re.search(r"https?://", template.read_text(encoding="utf-8")), template


def test_a_unit_that_sends_a_request_back_is_led_to_its_list_and_told_so(desk: Desk) -> None:
    number = desk.new()
    desk.officer("zhou").step(number, "dispatch", lead=desk.unit("city"))
    li = desk.officer("li")
    reply = li.try_step(number, "return", {"reason": "不属我单位"})
    assert reply.status_code == 303
    after = li.browser.get(reply.location)
    assert after.status_code == 200
    assert "已完成：退单" in after.text
