"""`make run` where it cannot start: a sentence, and nothing begun."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def start(data: Path, port: object) -> subprocess.CompletedProcess[str]:
    """`make run` as a newcomer types it; it must end by itself."""
    environment = {**os.environ, "DOORSTEP_DATA": str(data), "PORT": str(port)}
    command = [sys.executable, "-m", "app.run", "--demo", "none"]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.parametrize("shared", [False, True])
def test_a_second_product_does_not_answer_half_of_the_first_ones_phones(tmp_path: Path, *, shared: bool) -> None:
    with socket.socket() as first:
        if shared:
            first.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        first.bind(("127.0.0.1", 0))
        first.listen()
        port = first.getsockname()[1]
        ended = start(tmp_path / "second", port)
    assert ended.returncode == 1
    assert f"端口 {port} 已被占用" in ended.stderr
    assert f"port {port} is in use" in ended.stderr
    assert not (tmp_path / "second").exists()


@pytest.mark.parametrize("port", ["70000", "八千"])
def test_a_port_that_is_none_is_told(tmp_path: Path, port: str) -> None:
    ended = start(tmp_path / "none", port)
    assert ended.returncode in (1, 2)
    assert port in ended.stderr
    assert "Traceback" not in ended.stderr
    assert not (tmp_path / "none").exists()
