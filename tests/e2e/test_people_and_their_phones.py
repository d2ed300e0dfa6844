"""What people do with their own phone and account: taps counted, a leader who also visits, a second factor at sign-in."""

from __future__ import annotations

import re
from pathlib import Path

import pyotp
from playwright.sync_api import Page, Playwright, expect

from tests.e2e import desk_screens
from tests.e2e.cadre_screens import go
from tests.e2e.phone import BrowserPhone
from tests.e2e.product import Product, wait_for
from tests.e2e.test_one_friday import enrol, nobody_home, ordinary_visit, rows

ENROLMENT_CODE = """cadre_id => fetch('/api/enrolment-codes', {method: 'POST', body: JSON.stringify({cadre_id}),
    headers: {'Content-Type': 'application/json', 'X-Doorstep': '1'}}).then(reply => reply.json())"""


def test_the_phone_counts_four_taps_for_an_ordinary_visit_and_three_for_nobody_home(
    cadre_phone: BrowserPhone, product: Product
) -> None:
    before = set(rows(product, "SELECT id FROM visit"))
    page = enrol(cadre_phone, product)
    ordinary_visit(page)
    expect(page.get_by_role("button", name="到了").first).to_be_visible()
    nobody_home(page)
    expect(page.get_by_role("button", name="撤销")).to_be_visible()

    def counted() -> list[tuple[str, int]]:
        found = rows(product, "SELECT id, outcome, taps FROM visit WHERE taps IS NOT NULL")
        return sorted((outcome, taps) for visit, outcome, taps in found if (visit,) not in before)

    wait_for("both visits are there with their taps", lambda: len(counted()) == 2)
    assert counted() == [("met", 4), ("nobody", 3)]
    assert cadre_phone.errors == []


def sign_in(page: Page, product: Product) -> None:
    """The demo's leader, with a password."""
    leader = product.sign_ins["leader"]
    desk_screens.sign_in(page, product, leader["login"], leader["password"])


def test_a_leader_who_also_visits_goes_over_to_the_doors_and_the_app_begins_there(
    cadre_phone: BrowserPhone, product: Product
) -> None:
    page = cadre_phone.open("/app/sign-in")
    sign_in(page, product)
    expect(page.get_by_role("link", name="今天走访")).to_have_count(0)
    leader = page.evaluate("fetch('/api/session').then(reply => reply.json())")
    made = page.evaluate(ENROLMENT_CODE, leader["cadre"]["id"])
    page.goto(f"{product.base}/app/enrol#{made['code']}")
    page.reload()
    page.get_by_role("button", name="登记", exact=True).tap()
    page.get_by_role("button", name="知道了").tap()
    page.get_by_role("button", name="暂不设置").tap()
    page.get_by_role("link", name="今天走访").first.tap()
    expect(page.get_by_role("button", name="到了").first).to_be_visible(timeout=30_000)
    page.goto(f"{product.base}/app/")
    expect(page.get_by_role("button", name="到了").first).to_be_visible()
    page.get_by_role("link", name="看板").tap()
    expect(page.get_by_role("heading", name="走访日看板")).to_be_visible()
    page.goto(f"{product.base}/app/")
    expect(page.get_by_role("heading", name="走访日看板")).to_be_visible()
    assert cadre_phone.errors == []


def test_a_leader_sets_up_an_authenticator_and_cannot_sign_in_without_it(
    playwright: Playwright, product: Product, tmp_path: Path
) -> None:
    phone = BrowserPhone(playwright, product, tmp_path / "desk")
    page = phone.open("/app/sign-in")
    sign_in(page, product)
    go(page, "/app/authenticator")
    leader = product.sign_ins["leader"]
    page.get_by_label("登录密码").fill(leader["password"])
    page.get_by_role("button", name="下一步").tap()
    secret = re.sub(r"\s", "", page.locator(".secret").inner_text())
    page.get_by_label("应用上的六位数字").fill(pyotp.TOTP(secret).now())
    page.get_by_role("button", name="开启").tap()
    expect(page.get_by_text("已开启，登录时需要六位动态码")).to_be_visible()
    page.context.clear_cookies()
    page.goto(f"{product.base}/app/sign-in")
    page.get_by_label("账号").fill(leader["login"])
    page.get_by_label("密码").fill(leader["password"])
    page.get_by_role("button", name="登录", exact=True).tap()
    expect(page.get_by_role("alert")).to_be_visible()
    page.get_by_label("动态验证码").fill(pyotp.TOTP(secret).now())
    page.get_by_role("button", name="登录", exact=True).tap()
    expect(page.get_by_role("heading", name="走访日看板")).to_be_visible()
    assert phone.errors == []
    phone.close()
