"""The product as a city runs it: `python -m app.run` in its own process group, on its own port and data, to be stopped and killed."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(what: str, condition: Callable[[], Any], seconds: float = 60) -> Any:
    """Until `condition` gives something true; fails with `what`."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        found = condition()
        if found:
            return found
        time.sleep(0.1)
    raise AssertionError(f"waited {seconds:.0f} s in vain: {what}")


class Product:
    """One installation."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.folder, self.port = folder, free_port()
        self.base = f"http://localhost:{self.port}"
        self.environment = {
            **os.environ,
            "DOORSTEP_DATA": str(folder),
            "DOORSTEP_TESTING": "1",
            "PORT": str(self.port),
            **environment,
        }
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it can serve."""
        log = (self.folder.parent / "product.log").open("ab")
        command = [sys.executable, "-m", "app.run", "--port", str(self.port)]
        self.process = subprocess.Popen(
            command, cwd=ROOT, env=self.environment, stdout=log, stderr=log, start_new_session=True
        )
        wait_for("the product is ready", self.is_ready, 120)

    def is_ready(self) -> bool:
        """Whether /readyz says so."""
        if self.process is not None and self.process.poll() is not None:
            raise AssertionError(f"the product stopped: {self.log()[-3000:]}")
        try:
            with urllib.request.urlopen(f"{self.base}/readyz", timeout=2) as reply:
                return bool(reply.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def stop(self) -> None:
        """Stop it as Ctrl-C does."""
        if self.process is not None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(30)
            self.process = None

    def log(self) -> str:
        """What it said."""
        return (self.folder.parent / "product.log").read_text(encoding="utf-8", errors="replace")

    @property
    def sign_ins(self) -> dict[str, Any]:
        """The demo's sign-ins."""
        found: dict[str, Any] = json.loads((self.folder / "demo-signins.json").read_text(encoding="utf-8"))
        return found
