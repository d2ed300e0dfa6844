"""A phone as the tests hold it: Chromium with a profile on disk, so that it can be killed and opened again."""

from __future__ import annotations

import contextlib
import os
import signal
import sqlite3
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Page, Playwright

from tests.e2e.product import Product, wait_for

_ARGS = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
# Over the doorstep of the demo street.
PLACE = {"latitude": 36.4563, "longitude": 115.9856, "accuracy": 12}


class BrowserPhone:
    """One phone; `page` is what is on its screen."""

    def __init__(self, playwright: Playwright, product: Product, profile: Path, **options: Any) -> None:
        self.playwright, self.product, self.profile = playwright, product, profile
        self.options: dict[str, Any] = {
            "viewport": {"width": 390, "height": 844},
            "device_scale_factor": 2,
            "is_mobile": True,
            "has_touch": True,
            "geolocation": PLACE,
            "permissions": ["geolocation", "background-sync"],
            **options,
        }
        self.context: BrowserContext | None = None
        self.page: Page
        self.outside: list[str] = []
        self.errors: list[str] = []

    def open(self, url: str = "/app/") -> Page:
        """Start the browser and open a page of the product."""
        self.context = self.playwright.chromium.launch_persistent_context(
            str(self.profile),
            executable_path=os.environ["DOORSTEP_TEST_CHROMIUM"],
            headless=True,
            args=_ARGS,
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            env={**os.environ, "LANGUAGE": "zh_CN"},
            **self.options,
        )
        self.context.on("request", self._note_request)
        self.page = self.context.pages[0] if self.context.pages else self.context.new_page()
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("console", self._note_message)
        self.page.goto(url if url.startswith("http") else self.product.base + url)
        return self.page

    def _note_request(self, request: Any) -> None:
        if not request.url.startswith((self.product.base, "blob:", "data:", "chrome")):
            self.outside.append(request.url)

    def _note_message(self, message: Any) -> None:
        # Chromium reports every refusal and every lost network itself: those are meant here.
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            self.errors.append(message.text)

    def wait_until_cookie_is_kept(self) -> None:
        """Chromium writes cookies to disk half a minute late; a battery that dies before that takes the session with it."""
        store = self.profile / "Default" / "Cookies"

        def kept() -> bool:
            if not store.exists():
                return False
            connection = sqlite3.connect(f"file:{store}?mode=ro&immutable=1", uri=True)
            try:
                return bool(connection.execute("SELECT 1 FROM cookies WHERE name LIKE '%doorstep'").fetchone())
            except sqlite3.DatabaseError:
                return False
            finally:
                connection.close()

        wait_for("the cookie is on disk", kept, 60)

    def close(self) -> None:
        """Close the browser properly."""
        if self.context is not None:
            self.context.close()
            self.context = None

    def kill(self) -> None:
        """What a dead battery does: every process of this profile ends at once."""
        marker = f"--user-data-dir={self.profile}".encode()
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    if marker in (entry / "cmdline").read_bytes():
                        os.kill(int(entry.name), signal.SIGKILL)
                except (OSError, ProcessLookupError):
                    continue
        if self.context is not None:
            # The browser is dead already; this only tells Playwright.
            with contextlib.suppress(Exception):
                self.context.close()
            self.context = None
        (self.profile / "SingletonLock").unlink(missing_ok=True)
