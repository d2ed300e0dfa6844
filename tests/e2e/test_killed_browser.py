"""kill -9 of the browser in the middle of saving: what the screen called saved is there afterwards, and reaches the server once."""

from __future__ import annotations

import random

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.elsewhere import rows
from tests.e2e.listening import listen, was_said
from tests.e2e.phone import BrowserPhone
from tests.e2e.product import Product
from tests.e2e.test_one_friday import enrol

KILLS = 12
VISITS = "a[href^='/app/visit/']"


def write_and_die(phone: BrowserPhone, page: Page, word: str, life_ms: float | None) -> bool:
    """A sentence more in the diary; the battery dies so long after the tap (None: once it is saved). Whether it was saved."""
    box = page.get_by_label("日记正文")
    box.fill(box.input_value() + word)
    heard = listen(page)
    page.get_by_role("button", name="先保存，晚点再交").tap(no_wait_after=True)
    if life_ms is None:
        expect(page.get_by_text("已保存", exact=True)).to_be_visible()
    else:
        page.wait_for_timeout(life_ms)
    phone.kill()
    return was_said("已保存", heard)


def visit_and_die(phone: BrowserPhone, page: Page, life_ms: float | None) -> bool:
    """Nobody home, card left, and the battery dies. Whether the screen had offered to undo it, as it does once it is saved."""
    page.get_by_role("button", name="到了").first.tap()
    page.wait_for_url("**/app/visit/*")
    page.get_by_text("无人", exact=True).tap()
    heard = listen(page)
    page.get_by_text("已留联系卡").first.tap(no_wait_after=True)
    if life_ms is None:
        expect(page.get_by_role("button", name="撤销")).to_be_visible()
    else:
        page.wait_for_timeout(life_ms)
    phone.kill()
    return was_said("撤销", heard)


@pytest.mark.timeout(600)
def test_a_dozen_dead_batteries_in_the_middle_of_saving(cadre_phone: BrowserPhone, product: Product) -> None:
    chance = random.Random(20261122)
    enrol(cadre_phone, product)
    before = rows(product, "SELECT count(*) FROM visit")[0][0]
    cadre_phone.wait_until_cookie_is_kept()
    product.stop()
    cadre_phone.kill()
    said: list[str] = []
    visits_said = visits_tried = 0
    for number in range(KILLS):
        # The last two are left alone until the screen has spoken, so that something was said for certain.
        life_ms = None if number >= KILLS - 2 else chance.uniform(0, 150)
        if number % 2:
            page = cadre_phone.open("/app/diary")
            written = page.get_by_label("日记正文").input_value(timeout=30_000)
            assert all(word in written for word in said), f"missing after kill {number}: {said} in {written}"
            word = f"第{number}家的门锁坏了。"
            if write_and_die(cadre_phone, page, word, life_ms):
                said.append(word)
        else:
            page = cadre_phone.open("/app/")
            expect(page.get_by_role("button", name="到了").first).to_be_visible(timeout=30_000)
            there = page.locator(VISITS).count()
            assert visits_said <= there <= visits_tried, f"after kill {number}"
            visits_tried += 1
            visits_said += visit_and_die(cadre_phone, page, life_ms)
    assert said
    assert visits_said

    product.start()
    page = cadre_phone.open("/app/waiting")
    expect(page.get_by_role("heading", name="全部已送达")).to_be_visible(timeout=60_000)
    page.goto(f"{product.base}/app/")
    expect(page.get_by_role("button", name="到了").first).to_be_visible(timeout=30_000)
    shown = page.locator(VISITS).count()
    assert visits_said <= shown <= visits_tried
    assert rows(product, "SELECT count(*) FROM visit")[0][0] == before + shown
    ((text,),) = rows(product, "SELECT text FROM diary WHERE text LIKE ?", f"%{said[0]}%")
    assert [text.count(word) for word in said] == [1] * len(said)
    assert cadre_phone.errors == []
