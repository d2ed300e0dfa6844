"""The app in WebKit, a stand-in for Safari: it stores a visit offline, opens again without a network, and delivers it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.elsewhere import rows
from tests.e2e.product import Product, wait_for
from tests.e2e.webkit import WebKit

VISITS = "return document.querySelectorAll(\"a[href^='/app/visit/']\").length"


@pytest.fixture
def webkit(tmp_path: Path) -> Iterator[WebKit]:
    """A window, where this machine has WebKit."""
    browser = os.environ.get("DOORSTEP_TEST_WEBKIT")
    if not browser:
        pytest.skip(
            "DOORSTEP_TEST_WEBKIT is not set: no WebKit to test with (make test finds or installs one where it can)"
        )
    made = WebKit(browser, tmp_path / "webkit.log")
    yield made
    made.close()


@pytest.mark.timeout(300)
def test_webkit_stores_a_visit_offline_opens_again_without_a_network_and_delivers_it(
    webkit: WebKit, product: Product
) -> None:
    webkit.go(f"{product.base}/app/enrol#{product.sign_ins['cadre']['code']}")
    webkit.tap("登记")
    webkit.tap("知道了，继续")
    webkit.tap("暂不设置")
    wait_for("everything is downloaded", lambda: "全部送达" in webkit.run("return document.body.innerText"), 60)
    wait_for("the app's files are kept", lambda: webkit.run("return navigator.serviceWorker.controller !== null"), 60)
    before = rows(product, "SELECT count(*) FROM visit")[0][0]
    product.stop()
    webkit.tap("到了")
    webkit.tap("无人")
    webkit.tap("已留联系卡")
    wait_for("the visit is on the list", lambda: webkit.run(VISITS) == 1)
    webkit.go(f"{product.base}/app/")
    wait_for("the visit is there after opening again", lambda: webkit.run(VISITS) == 1)
    product.start()
    webkit.run("dispatchEvent(new Event('online'))")
    wait_for("it is delivered", lambda: rows(product, "SELECT count(*) FROM visit")[0][0] == before + 1, 60)
