"""A real Chromium at 390×844 with touch, and a running product."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Playwright, sync_playwright

from tests.e2e.phone import BrowserPhone
from tests.e2e.product import Product

E2E = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder drives a browser."""
    for item in items:
        if E2E in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """Playwright, once for all tests."""
    if not os.environ.get("DOORSTEP_TEST_CHROMIUM"):
        pytest.skip("DOORSTEP_TEST_CHROMIUM is not set: no browser to test with")
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """A fresh installation with the demo street, for the tests of one module."""
    made = Product(tmp_path_factory.mktemp("product") / "var")
    made.start()
    yield made
    made.stop()


@pytest.fixture
def cadre_phone(playwright: Playwright, product: Product, tmp_path: Path) -> Iterator[BrowserPhone]:
    """A phone with nothing on it; `phone.open(path)` begins."""
    phone = BrowserPhone(playwright, product, tmp_path / "profile")
    yield phone
    phone.close()


@pytest.fixture
def phones(playwright: Playwright, product: Product, tmp_path: Path) -> Iterator[Any]:
    """`phones("li", …)`: phones by name, closed at the end."""
    made: list[BrowserPhone] = []

    def make(name: str, where: Any = product, **options: Any) -> BrowserPhone:
        made.append(BrowserPhone(playwright, where, tmp_path / name, **options))
        return made[-1]

    yield make
    for phone in made:
        phone.close()
