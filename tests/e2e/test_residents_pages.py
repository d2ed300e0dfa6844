"""Residents' pages in a real browser: without script, readable, large enough, and clean under axe (WCAG 2.2 AA)."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import BrowserContext, Playwright
from werkzeug.serving import make_server

from tests.api.residents_street import Street, make_street
from tests.e2e import axe
from tests.factories import City

MODES = {
    "normal": {},
    "dark": {"color_scheme": "dark"},
    "large": {"type": "large"},
    "large dark": {"color_scheme": "dark", "type": "large"},
    "English": {"lang": "en"},
    "English large": {"lang": "en", "type": "large"},
}


@pytest.fixture
def street(app: Flask, city: City) -> Street:
    return make_street(app, city)


@pytest.fixture
def base(street: Street) -> Iterator[str]:
    """The product on a port of its own."""
    server = make_server("127.0.0.1", 0, street.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()
    thread.join()


@contextmanager
def browser(playwright: Playwright, base: str, **choices: Any) -> Iterator[BrowserContext]:
    """A phone of 390 × 844 with the resident's choices."""
    kept = [
        {"name": f"doorstep_{name}", "value": choices.pop(name), "url": base}
        for name in ("type", "lang")
        if name in choices
    ]
    chromium = playwright.chromium.launch(executable_path=os.environ["DOORSTEP_TEST_CHROMIUM"], args=["--no-sandbox"])
    options = {
        "viewport": {"width": 390, "height": 844},
        "is_mobile": True,
        "has_touch": True,
        "locale": "zh-CN",
        **choices,
    }
    context = chromium.new_context(**options)
    context.add_cookies(kept)  # type: ignore[arg-type]
    yield context
    chromium.close()


def paths(street: Street) -> list[str]:
    """Every kind of page, error pages too."""
    filed, answered, fresh = street.recorded(), street.answered(), street.answered(hours_ago=2)
    closed, confidential = (
        street.answered(contact_phone="13800001234"),
        street.recorded(confidential=True, source="cadre"),
    )
    codes = street.codes
    doors = [f"/r/{codes[name]}" for name in ("card", "shop", "plate", "badge")]
    steps = [f"/r/t/{answered}{page}" for page in ("", "/reopen", "/rate", "/receipt", "/withdraw")]
    return [
        *("/", "/r/", "/r/check", "/r/t/", "/r/mine", "/r/ABC", "/r/t/7F3K9", "/nowhere"),
        *doors,
        f"{doors[0]}/file",
        *steps,
        *(f"/r/t/{code}" for code in (filed, fresh, closed, confidential)),
        f"/r/t/{fresh}/rate",
        f"/r/mine/{filed}",
        f"/r/mine/{closed}",
    ]


@pytest.mark.skipif(not axe.AXE.exists(), reason="pwa/node_modules is not installed: no axe-core")
@pytest.mark.parametrize("mode", MODES)
def test_every_page_is_accessible(playwright: Playwright, street: Street, base: str, mode: str) -> None:
    choices = MODES[mode]
    least = 60 if choices.get("type") == "large" else 48
    with browser(playwright, base, bypass_csp=True, **choices) as context:
        page = context.new_page()
        wrong = {}
        for path in paths(street):
            page.goto(base + path)
            wrong[path] = axe.faults(page, least)
        page.goto(f"{base}/r/{street.codes['card']}/file")
        page.evaluate("document.querySelectorAll('[required]').forEach(field => { field.required = false })")
        page.fill("#phone", "12")
        page.click("button.main")
        assert page.locator("[role=alert]").count() == 1
        wrong["file with errors"] = axe.faults(page, least)
    assert {path: found for path, found in wrong.items() if found} == {}


@pytest.mark.parametrize("width", [320, 195])
def test_a_narrow_screen_or_200_percent_needs_no_sideways_scrolling(
    playwright: Playwright, street: Street, base: str, width: int
) -> None:
    with browser(playwright, base, viewport={"width": width, "height": 422}, is_mobile=False) as context:
        page = context.new_page()
        wide = []
        for path in paths(street):
            for lang in ("zh", "en"):
                page.goto(f"{base}{path}?lang={lang}")
                if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
                    wide.append(f"{path} {lang}")
    assert wide == []


def test_three_taps_and_a_sentence_file_a_request_without_script(
    playwright: Playwright, street: Street, base: str
) -> None:
    with browser(playwright, base, java_script_enabled=False) as context:
        asked: list[str] = []
        context.on("request", lambda request: asked.append(request.url))
        page = context.new_page()
        page.goto(f"{base}/r/{street.codes['card']}")
        page.get_by_role("link", name="反映问题").tap()
        page.get_by_label("什么事？").tap()
        page.get_by_label("什么事？").fill("3号楼东侧路灯不亮。")
        page.get_by_role("button", name="提交").tap()
        page.wait_for_url("**/receipt")
        shown = page.locator(".code").inner_text()
    (request,) = street.requests()
    assert (request.text, request.tracking_code) == ("3号楼东侧路灯不亮。", shown.replace("-", ""))
    assert all(url.startswith(base) for url in asked)


def test_under_attack_the_browser_does_its_work_and_the_filing_needs_no_review(
    playwright: Playwright, street: Street, base: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(street.app.config, "DOORSTEP", replace(street.app.config["DOORSTEP"], under_attack=True))
    with browser(playwright, base) as context:
        page = context.new_page()
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(f"{base}/r/{street.codes['card']}/file")
        page.fill("#text", "井盖松动。")
        page.click("button.main")
        page.wait_for_url("**/receipt")
    assert [request.review for request in street.requests()] == [None]
    assert errors == []
