"""New versions in a real browser: found and offered, never taken under the hand that writes; an old app goes on delivering."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import expect

from tests.e2e.between import between
from tests.e2e.cadre_screens import go
from tests.e2e.elsewhere import rows
from tests.e2e.product import Product, wait_for
from tests.e2e.test_one_friday import ordinary_visit
from tests.e2e.test_phone_troubles import all_delivered, enrolled, sync


def test_a_new_version_never_reloads_a_page_under_the_hand_that_writes(phones: Any, product: Product) -> None:
    with between(product) as seen:
        phone = phones("updating", seen)
        page = enrolled(phone)
        go(page, "/app/diary")
        page.evaluate("window.sameDocument = true")
        page.get_by_label("日记正文").fill("写到一半")
        seen.change = lambda path, body: body + b"\n// newer" if path.endswith("/sw.js") else body
        page.evaluate("navigator.serviceWorker.getRegistration('/app/').then(found => found.update())")
        expect(page.get_by_text("有新版本")).to_be_visible(timeout=30_000)
        page.get_by_role("button", name="更新", exact=True).tap()
        expect(page.get_by_text("写完保存后会自动更新")).to_be_visible()
        wait_for(
            "the new worker is in charge",
            lambda: page.evaluate(
                "navigator.serviceWorker.getRegistration('/app/').then(found => !found.waiting && !found.installing)"
            ),
        )
        assert page.evaluate("window.sameDocument") is True
        expect(page.get_by_label("日记正文")).to_have_value("写到一半")
        with page.expect_navigation():
            page.get_by_role("button", name="先保存，晚点再交").tap()
        expect(page.get_by_label("日记正文")).to_have_value("写到一半", timeout=30_000)
        assert page.evaluate("window.sameDocument") is None
        assert phone.errors == []


def test_an_app_that_is_too_old_says_so_looks_for_the_new_version_and_delivers_all_the_same(
    phones: Any, product: Product
) -> None:
    with between(product) as seen:
        phone = phones("old", seen)
        page = enrolled(phone)
        before = rows(product, "SELECT count(*) FROM visit")[0][0]

        def too_old(_path: str, body: bytes) -> bytes:
            return body.replace(b'"min_schema":1', b'"min_schema":2')

        seen.change = too_old
        go(page, "/app/")
        ordinary_visit(page)
        expect(page.get_by_role("button", name="到了").first).to_be_visible()
        expect(page.get_by_text("应用版本太旧，联网后自动更新")).to_be_visible(timeout=30_000)
        all_delivered(page)
        assert rows(product, "SELECT count(*) FROM visit")[0][0] == before + 1
        seen.change = lambda _path, body: body
        sync(page)
        expect(page.get_by_text("应用版本太旧")).to_have_count(0, timeout=30_000)
        # The release that asks for it is there by now: nobody has to look for it.
        seen.change = lambda path, body: too_old(path, body) + (b"\n// newer" if path.endswith("/sw.js") else b"")
        sync(page)
        expect(page.get_by_text("有新版本")).to_be_visible(timeout=30_000)
        assert phone.errors == []
