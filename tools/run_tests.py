"""Runs every check, one after the other, and says at the end what passed, what failed and what this machine could not do.

.venv/bin/python tools/run_tests.py [--no-browser | --long]
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tools import bootstrap
from tools.machine import find_chromium, find_postgres, find_webkit

BIN = bootstrap.VENV / "bin"
MISSING: list[str] = []
RESULTS: list[tuple[str, bool, float]] = []
# What the tests borrow, how they are told of it, and who finds it; all but the first are browsers.
BORROWED = [
    ("PostgreSQL", "DOORSTEP_TEST_POSTGRES_BIN", find_postgres),
    ("Chromium", "DOORSTEP_TEST_CHROMIUM", find_chromium),
    ("WebKit", "DOORSTEP_TEST_WEBKIT", find_webkit),
]
# 100,000 histories of fifty steps, 10,000 of the phones' own program, and the API's fuzzer: hours. A failure is told at once.
LONG = ["tests/property", "tests/api/test_openapi.py", "--instafail", "-vv", "-n", "auto", "--dist", "worksteal"]
LONG += ["--timeout", "36000"]


def run(name: str, *command: str, cwd: Path = bootstrap.ROOT, env: dict[str, str] | None = None) -> None:
    """One check; its output goes straight through."""
    print(f"\n── {name}", flush=True)
    start = time.monotonic()
    done = subprocess.run(command, cwd=cwd, env={**os.environ, **(env or {})}, check=False)
    RESULTS.append((name, done.returncode == 0, time.monotonic() - start))


def python_checks() -> None:
    """Lint, types and import contracts of the server."""
    run("ruff", str(BIN / "ruff"), "check", ".")
    run("ruff format", str(BIN / "ruff"), "format", "--check", ".")
    run("mypy (strict)", str(BIN / "mypy"))
    run("import contracts", str(BIN / "lint-imports"), "--no-cache")


def pwa_checks() -> None:
    """Lock file, lint, types, unit tests and build of the PWA."""
    folder = bootstrap.node_folder()
    npm = shutil.which("npm", path=folder) or "npm"
    path = {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}
    run(
        "npm lock file",
        npm,
        "ci",
        "--dry-run",
        "--no-audit",
        "--no-fund",
        "--loglevel=error",
        cwd=bootstrap.PWA,
        env=path,
    )
    bootstrap.install_pwa_packages(folder)
    run("vue-tsc and biome", npm, "run", "--silent", "check", cwd=bootstrap.PWA, env=path)
    run("vitest", npm, "run", "--silent", "test", cwd=bootstrap.PWA, env=path)
    bootstrap.build_pwa()


def pytest_environment(browser: bool) -> dict[str, str]:
    """What the tests need to know about this machine."""
    environment = {"PATH": f"{bootstrap.node_folder()}{os.pathsep}{os.environ['PATH']}"}
    for name, variable, find in BORROWED[: None if browser else 1]:
        found = find()
        if found:
            environment[variable] = str(found)
        else:
            MISSING.append(
                f"{name}：没有找到也无法安装，跳过其测试 · no {name} here and none could be installed: its tests are skipped"
            )
    if not os.environ.get("DOORSTEP_DATA_SAMPLES"):
        MISSING.append(
            "真实留言样本：未设置 DOORSTEP_DATA_SAMPLES，跳过 · DOORSTEP_DATA_SAMPLES is not set: tests on real messages are skipped"
        )
    return environment


def main(arguments: list[str]) -> None:
    """Run all (or only the long property runs) and exit with 1 when anything failed."""
    long = "--long" in arguments
    browser = not long and "--no-browser" not in arguments
    environment = pytest_environment(browser)
    pytest = [str(BIN / "python"), "-m", "pytest"]
    if long:
        bootstrap.install_pwa_packages(bootstrap.node_folder())
        run("pytest: long", *pytest, *LONG, env={**environment, "DOORSTEP_FUZZ": "1"})
    else:
        python_checks()
        pwa_checks()
        if browser:
            run("pytest: browser", *pytest, "-m", "browser", env=environment)
        run("pytest", *pytest, "-m", "not browser", "-n", "auto", "--dist", "worksteal", env=environment)
    print("\n── 结果 · results")
    for name, passed, seconds in RESULTS:
        print(f"{'✓' if passed else '✗'} {name} ({seconds:.0f} s)")
    for line in MISSING:
        print(f"! {line}")
    failed = sum(not passed for _, passed, _ in RESULTS)
    print(f"checks: {len(RESULTS) - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main(sys.argv[1:])
