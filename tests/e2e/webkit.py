"""WebKit as a stand-in for Safari: WebKitGTK's MiniBrowser, driven over WebDriver, on a screen that nobody sees."""

from __future__ import annotations

import json
import os
import subprocess
import urllib.request
from pathlib import Path
from typing import Any

from tests.e2e.product import free_port, wait_for

# The words of a button or label, as a person finds it.
_FIND = """
const [words, act] = arguments
const shown = (e) => e.offsetParent !== null || e.getClientRects().length > 0
const own = [...document.querySelectorAll('button, a, label, h1, h2, p, span, [role=radio]')].filter(shown)
const found = own.find((e) => e.textContent.trim() === words || e.getAttribute('aria-label') === words)
if (found && act) found.click()
return found !== undefined
"""


class WebKit:
    """One window of WebKit."""

    def __init__(self, browser: str, log: Path) -> None:
        self._log = log.open("wb")
        self._display = f":{100 + os.getpid() % 400}"
        self._screen = self._start("Xvfb", self._display, "-screen", "0", "800x1000x24", "-nolisten", "tcp")
        port = free_port()
        self._base = f"http://127.0.0.1:{port}"
        self._driver = self._start("WebKitWebDriver", f"--port={port}", env={"DISPLAY": self._display})
        wait_for("the driver is ready", self._is_ready)
        options = {"binary": browser, "args": ["--automation"]}
        wanted = {"alwaysMatch": {"webkitgtk:browserOptions": options}}
        self._session = self._call("POST", "/session", {"capabilities": wanted})["sessionId"]

    def _start(self, *command: str, env: dict[str, str] | None = None) -> subprocess.Popen[bytes]:
        return subprocess.Popen(command, env={**os.environ, **(env or {})}, stdout=self._log, stderr=self._log)

    def _is_ready(self) -> bool:
        try:
            return bool(self._call("GET", "/status"))
        except OSError:
            return False

    def _call(self, method: str, path: str, body: Any = None) -> Any:
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(self._base + path, data, {"Content-Type": "application/json"}, method=method)
        with urllib.request.urlopen(request, timeout=120) as reply:
            return json.loads(reply.read())["value"]

    def go(self, url: str) -> None:
        """Opens a page."""
        self._call("POST", f"/session/{self._session}/url", {"url": url})

    def run(self, script: str, *arguments: Any) -> Any:
        """The value of a script in the page."""
        body = {"script": script, "args": list(arguments)}
        return self._call("POST", f"/session/{self._session}/execute/sync", body)

    def shows(self, words: str) -> bool:
        """Whether something with exactly these words is on the screen."""
        return bool(self.run(_FIND, words, False))

    def see(self, words: str) -> None:
        """Waits until it is there."""
        wait_for(
            f"“{words}” on the screen: {self.run('return document.body.innerText')[:400]}", lambda: self.shows(words)
        )

    def tap(self, words: str) -> None:
        """Taps the first thing with these words."""
        wait_for(f"“{words}” to tap", lambda: self.run(_FIND, words, True))

    def close(self) -> None:
        """Ends the window, the driver and the screen."""
        try:
            self._call("DELETE", f"/session/{self._session}")
        finally:
            for process in (self._driver, self._screen):
                process.terminate()
                process.wait(20)
            self._log.close()
