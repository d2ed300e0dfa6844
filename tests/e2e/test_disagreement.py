"""A resident who does not agree: forwarded, returned, rerouted, extended, answered, refused by the resident, answered again, agreed, closed.

At every step both clocks are read where people read them: on the cadre's phone, the leader's board, the units' desk, the
resident's page.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Playwright, expect

from tests.e2e.desk_screens import sign_in
from tests.e2e.phone import BrowserPhone
from tests.e2e.product import Product, wait_for
from tests.e2e.test_one_friday import TEXT, enrol, rows

DAY_MS = 86_400_000
FIRST, SECOND = "已派人查看，下周更换灯泡。", "线路已重新敷设，路灯全部亮了。"


def local(at: int) -> datetime:
    """The wall clock in the city."""
    return datetime.fromtimestamp(at / 1000, UTC) + timedelta(hours=8)


def said(at: int) -> str:
    """An instant as all screens say it."""
    time = local(at)
    year = f"{time.year}年" if time.year != local(int(datetime.now(UTC).timestamp() * 1000)).year else ""
    return f"{year}{time.month}月{time.day}日 {time:%H:%M}"


def press(page: Page, name: str) -> None:
    """The button of this very name in front of everything."""
    page.get_by_role("button", name=name, exact=True).first.click()


def file_request(page: Page) -> str:
    """A visit that ends in a request to be forwarded; returns the tracking code on the screen."""
    page.get_by_role("button", name="到了").first.tap()
    page.get_by_text("见到人", exact=True).tap()
    page.get_by_text("有诉求", exact=True).tap()
    page.locator("textarea").first.fill(TEXT)
    page.get_by_text("上报", exact=True).tap()
    page.locator(".picker select").select_option(label="路灯照明")
    page.get_by_role("button", name="登记，给群众查询码").tap()
    expect(page.get_by_role("button", name="关闭")).to_be_visible()
    code = "".join(page.locator(".code").all_inner_texts())
    page.get_by_role("button", name="关闭").tap()
    return "".join(sign for sign in code if sign.isalnum())


class Everybody:
    """Four screens with one request on them."""

    def __init__(self, product: Product, phone: Page, browser: Browser, code: str) -> None:
        self.product, self.phone, self.code = product, phone, code
        ((self.id,),) = rows(product, "SELECT id FROM service_request WHERE text = ?", TEXT)
        self.board = browser.new_context(locale="zh-CN", viewport={"width": 1440, "height": 900}).new_page()
        leader = product.sign_ins["leader"]
        sign_in(self.board, product, leader["login"], leader["password"])
        # A resident's browser without JavaScript.
        self.resident = browser.new_context(locale="zh-CN", java_script_enabled=False).new_page()
        self.units = {unit["login"]: unit for unit in product.sign_ins["units"]}
        self.desks = {login: self._desk(browser, login) for login in ("unit-centre", "unit-urban", "unit-property_a")}

    def _desk(self, browser: Browser, login: str) -> Page:
        page = browser.new_context(locale="zh-CN", viewport={"width": 1440, "height": 900}).new_page()
        page.goto(f"{self.product.base}/desk/")
        page.get_by_label("账号").fill(login)
        page.get_by_label("密码").fill(self.units[login]["password"])
        page.get_by_role("button", name="登录").click()
        expect(page).to_have_url(re.compile(r"/desk/"))
        return page

    def row(self, *columns: str) -> tuple[Any, ...]:
        """The request as the database has it."""
        return rows(self.product, f"SELECT {', '.join(columns)} FROM service_request WHERE id = ?", self.id)[0]

    @property
    def order(self) -> tuple[str, int, int | None]:
        """The work order at the desk: id, resident's term, unit's term."""
        sql = "SELECT id, resident_due_at, unit_due_at FROM desk_request WHERE description LIKE ?"
        ((order, resident, unit),) = rows(self.product, sql, f"%{TEXT}%")
        return order, resident, unit

    def unit(self, login: str, step: str, **filled: str) -> None:
        """A unit takes a step at the desk."""
        page = self.desks[login]
        page.goto(f"{self.product.base}/desk/requests/{self.order[0]}")
        details = page.locator("details.step", has=page.locator("summary").get_by_text(step, exact=True))
        if details.count() and details.first.get_attribute("open") is None:
            details.first.locator("summary").click()
        for name, value in filled.items():
            field = details.first.locator(f"[name={name}]")
            if name == "lead":
                field.select_option(label=value)
            else:
                field.fill(value)
        button = f"确认{step}" if details.count() else step
        page.get_by_role("button", name=button, exact=True).click()
        expect(page.get_by_role("status")).to_be_visible()

    def lead(self, step: str, **filled: str) -> None:
        """The leader takes a step on the board."""
        self.board.goto(f"{self.product.base}/app/board/requests/{self.id}")
        press(self.board, step)
        sheet = self.board.locator("dialog[open]")
        for label, value in filled.items():
            sheet.get_by_label(label).fill(value)
        sheet.get_by_role("button", name=f"确认：{step}").click()
        expect(sheet).to_have_count(0)

    def check(self, status: str, word: str, *, owes_resident: bool, owes_unit: bool) -> None:
        """Everybody sees this status, and both clocks as they stand."""
        wait_for(f"it is {status}", lambda: self.row("status")[0] == status, 90)
        if owes_unit and status in ("dispatched", "extended"):
            wait_for("the unit's term is told", lambda: self.row("unit_due_at")[0] == self.order[2] // 1000 * 1000, 60)
        due, unit_due = self.row("due_at", "unit_due_at")
        assert (due is not None, unit_due is not None) == (owes_resident, owes_unit), (status, due, unit_due)
        self._check_board(word, due, unit_due)
        self._check_phone(word, due, unit_due)
        self._check_resident(due, unit_due)
        self._check_desk()

    def _check_board(self, word: str, due: int | None, unit_due: int | None) -> None:
        page = self.board
        page.goto(f"{self.product.base}/app/board/requests/{self.id}")
        expect(page.locator("main .chip, main .status-chip").get_by_text(word, exact=True).first).to_be_visible(
            timeout=30_000
        )
        for label, at in (("答复群众期限", due), ("单位办理期限", unit_due)):
            fact = page.locator("dl > div", has=page.get_by_text(label, exact=True)).locator("dd")
            if at is None:
                expect(fact).to_have_count(0)
            else:
                expect(fact).to_contain_text(said(at))

    def _check_phone(self, word: str, due: int | None, unit_due: int | None) -> None:
        page = self.phone
        page.goto(f"{self.product.base}/app/request/{self.id}")
        page.evaluate("window.dispatchEvent(new Event('online'))")
        chips = page.locator("main section.card, .page section.card").first
        expect(chips.get_by_text(word, exact=True).first).to_be_visible(timeout=60_000)
        # The resident's clock is the chip beside the status; the unit's stands among the facts.
        promise = chips.locator("p.row").get_by_text(re.compile("^(还剩|已超期) "))
        expect(promise).to_have_count(0 if due is None else 1)
        if due is not None:
            expect(promise).to_have_text(re.compile("^还剩 2[34] 小时$"))
        term = chips.locator("dl > div, li").filter(has_text="单位时限")
        expect(term).to_have_count(0 if unit_due is None else 1)
        if unit_due is not None:
            left = unit_due - datetime.now(UTC).timestamp() * 1000
            expect(term).to_contain_text(f"{said(unit_due)} 前答复" if left >= 3 * DAY_MS else "还剩")

    def _check_resident(self, due: int | None, unit_due: int | None) -> None:
        page = self.resident
        page.goto(f"{self.product.base}/r/t/{self.code}")
        fact = page.locator("dl.facts > div")
        promise = fact.filter(has=page.get_by_text("最迟反馈时间", exact=True))
        term = fact.filter(has=page.get_by_text("承办单位办理期限", exact=True))
        expect(promise).to_have_count(1 if due else 0)
        if due:
            expect(promise).to_contain_text(said(due))
        elif unit_due:
            expect(term).to_contain_text(said(unit_due).split()[0])

    def _check_desk(self) -> None:
        page = self.desks["unit-centre"]
        order, resident, unit = self.order
        page.goto(f"{self.product.base}/desk/requests/{order}")
        terms = page.locator(".clocks .term")
        expect(terms.nth(0)).to_contain_text(f"{said(resident)}前向群众反馈")
        expect(terms.nth(1)).to_contain_text(f"{said(unit)}前答复" if unit else "转办后开始计时")


@pytest.fixture
def browser(playwright: Playwright) -> Iterator[Browser]:
    """Everybody else's browser."""
    launched = playwright.chromium.launch(
        executable_path=os.environ["DOORSTEP_TEST_CHROMIUM"], headless=True, args=["--no-sandbox"]
    )
    yield launched
    launched.close()


def test_a_request_goes_round_until_the_resident_agrees(
    cadre_phone: BrowserPhone, product: Product, browser: Browser
) -> None:
    phone = enrol(cadre_phone, product)
    code = file_request(phone)
    phone.goto(f"{product.base}/app/")
    expect(phone.get_by_text("全部送达")).to_be_visible(timeout=60_000)
    all_ = Everybody(product, phone, browser, code)
    urban, property_ = all_.units["unit-urban"]["unit"], all_.units["unit-property_a"]["unit"]

    wait_for("it is forwarded", lambda: all_.row("status")[0] == "submitted", 60)
    recorded_at, due = all_.row("recorded_at", "due_at")
    assert due == recorded_at + DAY_MS
    assert abs(all_.order[1] - due) < 1000
    promised = all_.order[1]

    all_.unit("unit-centre", "受理")
    all_.unit("unit-centre", "转办", lead=urban)
    all_.check("dispatched", "已转办", owes_resident=False, owes_unit=True)

    all_.unit("unit-urban", "退单", reason="线路属小区物业，不属我单位")
    all_.check("returned", "退单", owes_resident=False, owes_unit=True)

    all_.unit("unit-centre", "转办", lead=property_)
    all_.check("dispatched", "已转办", owes_resident=False, owes_unit=True)
    assert all_.row("lead_unit", "returns") == (property_, 1)

    all_.unit("unit-property_a", "签收")
    until = (local(all_.order[2] or 0) + timedelta(days=5)).date().isoformat()
    all_.unit("unit-property_a", "申请延期", until=until, reason="需要采购电缆")
    all_.unit("unit-centre", "同意延期")
    all_.check("extended", "延期", owes_resident=False, owes_unit=True)
    assert local(all_.row("unit_due_at")[0]).date().isoformat() == until
    # Neither the return nor the extension has moved what the resident was promised.
    assert all_.order[1] == promised

    all_.unit("unit-property_a", "答复群众", text=FIRST)
    all_.check("answered", "已反馈", owes_resident=False, owes_unit=False)

    all_.resident.get_by_role("link", name="没解决，要求重办").click()
    all_.resident.locator("textarea[name=reason]").fill("灯还是不亮")
    all_.resident.locator("form button[type=submit]").last.click()
    all_.check("reopened", "重办", owes_resident=True, owes_unit=all_.row("way")[0] is not None)
    assert all_.row("answered_at", "forward_no") == (None, 2)

    all_.lead("上报")
    wait_for("it is forwarded again", lambda: all_.row("status")[0] in ("submitted", "dispatched"), 90)
    all_.unit("unit-property_a", "签收")
    all_.unit("unit-property_a", "答复群众", text=SECOND)
    all_.check("answered", "已反馈", owes_resident=False, owes_unit=False)
    expect(all_.resident.get_by_text(SECOND).first).to_be_visible()

    all_.resident.get_by_role("button", name="解决了，认可").click()
    all_.check("agreed", "群众认可", owes_resident=False, owes_unit=False)
    all_.lead("销号")
    all_.check("closed", "销号", owes_resident=False, owes_unit=False)

    # The platform has heard the resident's own word, and closed its work order with it.
    ended = "SELECT status FROM desk_request WHERE id = ?"
    wait_for("the desk knows", lambda: rows(product, ended, all_.order[0]) == [("closed",)], 60)
    told = rows(product, "SELECT to_status FROM service_request_event WHERE service_request_id = ? AND kind = 'status'"
                " ORDER BY received_at, id", all_.id)  # fmt: skip
    assert [status for (status,) in told if status in ("returned", "extended", "answered", "reopened", "agreed")] == [
        "returned", "extended", "answered", "reopened", "answered", "agreed",
    ]  # fmt: skip
    assert rows(product, "SELECT count(*) FROM desk_request WHERE description LIKE ?", f"%{TEXT}%") == [(1,)]
    assert cadre_phone.outside == [], "a request left the machine"
    assert cadre_phone.errors == []
