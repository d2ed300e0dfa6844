"""What the tests borrow from the machine: Chromium, WebKit and PostgreSQL, found or, where that is possible, installed."""

from __future__ import annotations

import os
import shutil
import subprocess
from functools import lru_cache
from pathlib import Path

_CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_FONTS = "fonts-noto-cjk"
_MINI_BROWSERS = ("webkit2gtk-4.1", "webkit2gtk-4.0", "webkitgtk-6.0")


def _apt_install(*packages: str) -> bool:
    """Install Debian packages when we may; False when this is no Debian, we are not root, or it failed."""
    apt = shutil.which("apt-get")
    if not apt or not hasattr(os, "geteuid") or os.geteuid() != 0:
        return False
    environment = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    subprocess.run([apt, "update", "-qq"], env=environment, check=False, capture_output=True)
    command = [apt, "install", "-y", "-qq", "--no-install-recommends", *packages]
    return subprocess.run(command, env=environment, check=False, capture_output=True).returncode == 0


def _chromium_on_path() -> Path | None:
    found = next((shutil.which(name) for name in _CHROMIUM_NAMES if shutil.which(name)), None)
    return Path(found) if found else None


def _chromium_of_playwright() -> Path | None:
    """Playwright's own browser, fetched if this machine may."""
    import sys

    fetch = [sys.executable, "-m", "playwright", "install", "chromium"]
    try:
        if subprocess.run(fetch, check=False, capture_output=True, timeout=300).returncode:
            return None
    except subprocess.TimeoutExpired:
        return None
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = Path(playwright.chromium.executable_path)
    return path if path.exists() else None


@lru_cache(maxsize=1)
def find_chromium() -> Path | None:
    """A Chromium to drive: named by DOORSTEP_TEST_CHROMIUM, on PATH, from Debian, or Playwright's own."""
    named = os.environ.get("DOORSTEP_TEST_CHROMIUM")
    if named:
        return Path(named)
    found = _chromium_on_path()
    if found is None and _apt_install("chromium", "chromium-l10n", _FONTS):
        found = _chromium_on_path()
    return found or _chromium_of_playwright()


def _webkit_here() -> Path | None:
    """WebKitGTK's own small browser, which Debian keeps among the libraries."""
    if shutil.which("WebKitWebDriver") is None or shutil.which("Xvfb") is None:
        return None
    found = (path for name in _MINI_BROWSERS for path in Path("/usr/lib").glob(f"*/{name}/MiniBrowser"))
    return next(found, None)


@lru_cache(maxsize=1)
def find_webkit() -> Path | None:
    """WebKitGTK's MiniBrowser with its driver and a screen that nobody sees: named, here already, or installed from Debian."""
    named = os.environ.get("DOORSTEP_TEST_WEBKIT")
    if named:
        return Path(named)
    found = _webkit_here()
    if found is None and _apt_install("webkit2gtk-driver", "xvfb", _FONTS):
        found = _webkit_here()
    return found


def _postgres_here() -> Path | None:
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    on_path = shutil.which("initdb")
    if on_path:
        folders.append(Path(on_path).resolve().parent)
    return next((f for f in folders if (f / "initdb").exists() and (f / "postgres").exists()), None)


@lru_cache(maxsize=1)
def find_postgres() -> Path | None:
    """The folder of initdb and postgres: named, here already, or installed from Debian."""
    named = os.environ.get("DOORSTEP_TEST_POSTGRES_BIN")
    if named:
        return Path(named)
    found = _postgres_here()
    if found is None and _apt_install("postgresql"):
        found = _postgres_here()
    return found
