"""The phones' own TypeScript against the real server: generated histories with a bad network, dying phones and cleared storage.

The histories are drawn in `pwa/tests/histories`; a failing one names its seed: DOORSTEP_SEED=<seed> DOORSTEP_PHONE_HISTORIES=1.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import config
from tests.e2e.product import free_port, wait_for
from tools.bootstrap import node_folder

PWA = config.ROOT / "pwa"
FUZZ = os.environ.get("DOORSTEP_FUZZ") == "1"
PARTS = 40 if FUZZ else 4
EACH = int(os.environ.get("DOORSTEP_PHONE_HISTORIES", "250" if FUZZ else "100"))
FIRST_SEED = int(os.environ.get("DOORSTEP_SEED", random.randrange(2**31) if FUZZ else 1))
# Seeds whose histories once broke something, and what it was.
ONCE_BROKEN = {
    294: "a phone whose storage was cleared had no number to pull under, and never came to rest",
    782: "an acknowledgement of a restored server was taken for covered by a cursor from before",
    1028: "a phone that died while it heard of a restore knew the epoch and had forgotten what it owed",
    1200: "what a phone offered again after a restore counted twice on its screen until the restored row came",
}


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The product with the doors of `served_city.py`, by itself on a port of its own; its address."""
    folder.mkdir()
    port = free_port()
    environment = {**os.environ, "DOORSTEP_DATA": str(folder), "DOORSTEP_TESTING": "1"}
    options = ["--host", "127.0.0.1", "--port", str(port), "--workers", "1", "--blocking-threads", "2", "--no-ws"]
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", *options, "--log-level", "warning"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [*command, "tests.property.served_city:app"], cwd=config.ROOT, env=environment, stdout=log, stderr=log
        )
        try:
            base = f"http://127.0.0.1:{port}"

            def ready() -> bool:
                assert process.poll() is None, (folder / "log").read_text()
                try:
                    with urllib.request.urlopen(f"{base}/healthz", timeout=2) as reply:
                        return bool(reply.status == 200)
                except OSError:
                    return False

            wait_for("the server is ready", ready)
            yield base
        finally:
            process.terminate()
            process.wait(20)


def vitest(spec: str, base: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs one of the specs of `pwa/tests/histories`."""
    node = shutil.which("node", path=f"{node_folder()}{os.pathsep}{os.environ['PATH']}") or "node"
    command = [node, "node_modules/vitest/vitest.mjs", "run", "--config", "tests/histories/vitest.config.ts", spec]
    return subprocess.run(
        command,
        cwd=PWA,
        env={**os.environ, "NO_COLOR": "1", "DOORSTEP_SERVER": base, **environment},
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """The address of a fresh server on a disk in memory, where there is one."""
    if not (PWA / "node_modules" / "vitest").is_dir():
        pytest.skip("the PWA's packages are not installed (make test installs them)")
    shm = Path("/dev/shm")
    folder = (shm if shm.is_dir() else tmp_path) / f"doorstep-phones-{os.getpid()}-{tmp_path.name}"
    with served(folder) as base:
        yield base
    shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.timeout(36_000)
@pytest.mark.parametrize("part", range(PARTS))
def test_phones_with_the_apps_own_program_keep_every_invariant(server: str, part: int) -> None:
    first = FIRST_SEED + part * EACH
    done = vitest("any_history", server, DOORSTEP_SEED=str(first), DOORSTEP_PHONE_HISTORIES=str(EACH))
    assert done.returncode == 0, done.stdout
    assert f"in {EACH} histories from seed {first}" in done.stdout


@pytest.mark.timeout(600)
def test_histories_that_once_broke_something_hold(server: str) -> None:
    for seed, what in ONCE_BROKEN.items():
        done = vitest("any_history", server, DOORSTEP_SEED=str(seed), DOORSTEP_PHONE_HISTORIES="1")
        assert done.returncode == 0, f"again: {what}\n{done.stdout}"


@pytest.mark.timeout(900)
def test_the_histories_notice_deliberate_faults_of_the_phones_program(server: str) -> None:
    done = vitest("seeded_bugs", server)
    assert done.returncode == 0, done.stdout
