"""A leader's Friday evening on a phone: look, open what is late, sign off; twelve taps at most."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Locator, Playwright, expect

from tests.e2e.phone import BrowserPhone
from tests.e2e.product import Product

MOST_TAPS = 12


def test_a_normal_friday_is_signed_off_within_twelve_taps(
    playwright: Playwright, product: Product, tmp_path: Path
) -> None:
    phone = BrowserPhone(playwright, product, tmp_path / "leader")
    page = phone.open("/app/sign-in")
    leader = product.sign_ins["leader"]
    page.get_by_label("账号").fill(leader["login"])
    page.get_by_label("密码").fill(leader["password"])
    page.get_by_role("button", name="登录", exact=True).tap()
    expect(page.get_by_role("heading", name="都到齐了吗")).to_be_visible(timeout=60_000)
    taps = 0

    def tap(what: Locator) -> None:
        nonlocal taps
        what.first.tap()
        taps += 1

    # Who was visited, then back.
    tap(page.locator("a.number-link", has_text="次走访"))
    expect(page.get_by_text("共 ", exact=False).first).to_be_visible()
    tap(page.get_by_role("button", name="返回看板"))
    # What is late by the resident's clock: the first of them, then back to the board.
    tap(page.locator("a.number-link", has_text="已超期"))
    tap(page.locator(".row-line a"))
    expect(page.get_by_role("heading", name="办理过程")).to_be_visible()
    tap(page.get_by_role("button", name="返回", exact=True))
    tap(page.get_by_role("button", name="返回看板"))
    tap(page.get_by_role("button", name="签阅"))
    tap(page.get_by_role("button", name="确认签阅"))
    expect(page.get_by_text("签阅", exact=False).last).to_be_visible()
    expect(page.get_by_role("button", name="签阅")).to_have_count(0)
    assert taps <= MOST_TAPS
    assert phone.errors == []
    assert phone.outside == []
    phone.close()
