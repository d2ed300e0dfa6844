"""One Friday from the doorstep to the answer: offline visits, a dead battery, the network again, the desk, and the resident's page."""

from __future__ import annotations

import io
import os
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, Playwright, expect

from tests.e2e.phone import BrowserPhone
from tests.e2e.product import Product, wait_for

TEXT = "三号楼后面的路灯坏了半个月，老人晚上不敢出门"
ANSWER = "路灯已于今天修复，经现场核实恢复照明。"


def enrol(phone: BrowserPhone, product: Product) -> Page:
    """The four taps of a new phone: code, notice, no PIN."""
    page = phone.open("/app/enrol#" + product.sign_ins["cadre"]["code"])
    page.get_by_role("button", name="登记", exact=True).tap()
    page.get_by_role("button", name="知道了").tap()
    page.get_by_role("button", name="暂不设置").tap()
    expect(page.get_by_text("全部送达")).to_be_visible(timeout=30_000)
    # From here on the app's own files are on the phone.
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    return page


def rows(product: Product, sql: str, *values: Any) -> list[tuple[Any, ...]]:
    """What stands in the database."""
    connection = sqlite3.connect(f"file:{product.folder / 'doorstep.db'}?mode=ro", uri=True)
    try:
        return connection.execute(sql, values).fetchall()
    finally:
        connection.close()


def photo(folder: Path) -> Path:
    """A photo as a camera makes it, larger than the app sends."""
    path = folder / "lamp.jpg"
    out = io.BytesIO()
    Image.effect_noise((2400, 1800), 40).convert("RGB").save(out, "JPEG", quality=90)
    path.write_bytes(out.getvalue())
    return path


def ordinary_visit(page: Page) -> None:
    """到了 · 见到人 · 没事 · 完成: four taps."""
    page.get_by_role("button", name="到了").first.tap()
    page.get_by_text("见到人", exact=True).tap()
    page.get_by_text("没事", exact=True).tap()
    page.get_by_role("button", name="完成").tap()


def nobody_home(page: Page) -> None:
    """到了 · 无人 · 已留卡: three taps."""
    page.get_by_role("button", name="到了").first.tap()
    page.get_by_text("无人", exact=True).tap()
    page.get_by_text("已留联系卡").first.tap()


def file_request(page: Page, folder: Path) -> str:
    """A visit that ends in a request to be forwarded, with a photo; returns the tracking code on the screen."""
    page.get_by_role("button", name="到了").first.tap()
    page.get_by_text("见到人", exact=True).tap()
    page.get_by_text("有诉求", exact=True).tap()
    page.locator("input[type=file]").set_input_files(photo(folder))
    expect(page.locator(".thumb img")).to_be_visible()
    page.locator("textarea").first.fill(TEXT)
    page.get_by_text("上报", exact=True).tap()
    page.locator(".picker .choice").first.tap()
    page.get_by_role("button", name="登记，给群众查询码").tap()
    # The resident's copy is one screen: two groups of five signs.
    expect(page.get_by_role("button", name="关闭")).to_be_visible()
    code = "".join(page.locator(".code").all_inner_texts())
    page.get_by_role("button", name="关闭").tap()
    return "".join(sign for sign in code if sign.isalnum())


def desk_answers(browser: Browser, product: Product) -> None:
    """The dispatch centre accepts and dispatches, the unit takes it up and answers."""
    units = {u["login"]: u for u in product.sign_ins["units"]}
    centre, urban = units["unit-centre"], units["unit-urban"]
    for unit, steps in ((centre, ("受理", "转办")), (urban, ("签收", "答复群众"))):
        context = browser.new_context(locale="zh-CN", viewport={"width": 1440, "height": 900})
        page = context.new_page()
        page.goto(f"{product.base}/desk/")
        page.get_by_label("账号").fill(unit["login"])
        page.get_by_label("密码").fill(unit["password"])
        page.get_by_role("button", name="登录").click()
        page.locator("a.order", has_text=TEXT[:12]).first.click()
        for step in steps:
            details = page.locator("details.step", has=page.locator("summary").get_by_text(step, exact=True))
            if details.count() and details.first.get_attribute("open") is None:
                details.first.locator("summary").click()
            if step == "转办":
                page.get_by_label("主办单位").select_option(label=urban["unit"])
            if step == "答复群众":
                page.locator("textarea[name=text][required]:visible").fill(ANSWER)
            name = f"确认{step}" if details.count() else step
            page.get_by_role("button", name=name, exact=True).click()
            expect(page.get_by_role("status")).to_be_visible()
        context.close()


@pytest.fixture
def browser(playwright: Playwright) -> Any:
    """A desk's browser."""
    launched = playwright.chromium.launch(
        executable_path=os.environ["DOORSTEP_TEST_CHROMIUM"], headless=True, args=["--no-sandbox"]
    )
    yield launched
    launched.close()


def test_one_friday_from_the_doorstep_to_the_answer(
    cadre_phone: BrowserPhone, product: Product, browser: Browser, tmp_path: Path
) -> None:
    page = enrol(cadre_phone, product)
    before = rows(product, "SELECT count(*) FROM visit")[0][0]
    product.stop()

    ordinary_visit(page)
    nobody_home(page)
    code = file_request(page, tmp_path)
    assert len(code) == 10

    cadre_phone.wait_until_cookie_is_kept()
    cadre_phone.kill()
    page = cadre_phone.open("/app/")
    expect(page.get_by_text("无网也能用")).to_be_visible(timeout=30_000)
    expect(page.locator("a[href^='/app/visit/']")).to_have_count(3)

    product.start()
    page.evaluate("window.dispatchEvent(new Event('online'))")
    expect(page.get_by_text("全部送达")).to_be_visible(timeout=60_000)
    assert rows(product, "SELECT count(*) FROM visit")[0][0] == before + 3
    ((request_id, photos),) = rows(product, "SELECT id, photos FROM service_request WHERE text = ?", TEXT)
    assert rows(product, "SELECT count(*) FROM attachment WHERE sha256 = ?", photos.strip('[]"')) == [(1,)]

    def status() -> str:
        return str(rows(product, "SELECT status FROM service_request WHERE id = ?", request_id)[0][0])

    wait_for("the worker forwards it", lambda: status() == "submitted", 60)
    assert rows(product, "SELECT count(*) FROM desk_request WHERE description LIKE ?", f"%{TEXT}%") == [(1,)]
    desk_answers(browser, product)
    wait_for("the answer comes back", lambda: status() == "answered", 90)

    page.evaluate("window.dispatchEvent(new Event('online'))")
    page.goto(f"{product.base}/app/request/{request_id}")
    expect(page.get_by_text(ANSWER).first).to_be_visible(timeout=30_000)

    resident = browser.new_context(locale="zh-CN", java_script_enabled=False).new_page()
    resident.goto(f"{product.base}/r/t/{code}")
    expect(resident.get_by_text(ANSWER)).to_be_visible()
    assert cadre_phone.outside == [], "a request left the machine"
    assert cadre_phone.errors == []
