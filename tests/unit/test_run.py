"""`make run` where it cannot start: a sentence, and nothing begun."""

from __future__ import annotations

import os
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def start(data: Path, port: object, *options: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """`make run` as a newcomer types it; it must end by itself."""
    environment = {**os.environ, "DOORSTEP_DATA": str(data), "PORT": str(port), **settings}
    command = [sys.executable, "-m", "app.run", "--demo", "none", *options]
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


def free_port() -> int:
    """One that nobody listens on just now."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
    return port


def a_file_in_the_way(data: Path) -> None:
    data.write_text("a note", encoding="utf-8")


def a_damaged_database(data: Path) -> None:
    data.mkdir()
    (data / "doorstep.db").write_bytes(b"nothing that SQLite wrote" * 200)


def a_newer_database(data: Path) -> None:
    data.mkdir()
    with closing(sqlite3.connect(data / "doorstep.db")) as database:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("CREATE TABLE alembic_version (version_num VARCHAR(32))")
        database.execute("INSERT INTO alembic_version VALUES ('9999')")
        database.commit()


@pytest.mark.parametrize(
    ("trouble", "options", "settings", "zh", "en"),
    [
        (a_file_in_the_way, (), {}, "文件或目录不能使用", "file or folder cannot be used"),
        (a_file_in_the_way, ("--https",), {}, "文件或目录不能使用", "file or folder cannot be used"),
        (a_damaged_database, (), {}, "已损坏或不是数据库", "damaged or no database"),
        (a_newer_database, (), {}, "属于更新的版本", "belongs to a newer version"),
        (None, ("--programme", "atlantis"), {}, "没有这个工作方案", "No such programme"),
        (None, (), {"DATABASE_URL": "postgresql://u:secret@127.0.0.1:1/x"}, "打不开", "cannot be opened"),
        (None, (), {"DATABASE_URL": "a database"}, "打不开", "cannot be opened"),
    ],
)
def test_why_it_cannot_start_is_told(
    tmp_path: Path,
    trouble: Callable[[Path], None] | None,
    options: tuple[str, ...],
    settings: dict[str, str],
    zh: str,
    en: str,
) -> None:
    data = tmp_path / "data"
    if trouble:
        trouble(data)
    before = {file: file.read_bytes() for file in (data, data / "doorstep.db") if file.is_file()}
    ended = start(data, free_port(), *options, **settings)
    assert ended.returncode == 1
    assert zh in ended.stderr
    assert en in ended.stderr
    assert "Traceback" not in ended.stderr
    assert "secret" not in ended.stderr
    assert {file: file.read_bytes() for file in before} == before
