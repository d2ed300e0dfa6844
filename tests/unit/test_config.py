"""Settings: what an empty environment gives, and secrets that two processes make at the same time."""

from __future__ import annotations

import os
import stat
import threading
from pathlib import Path

import pytest

import config


def load(folder: Path, **environment: str) -> config.Config:
    """Settings of a product that keeps its data in `folder`."""
    return config.load({"DOORSTEP_DATA": str(folder), **environment})


def test_an_empty_environment_gives_one_machine_that_works(tmp_path: Path):
    settings = load(tmp_path)
    assert settings.database_url == f"sqlite:///{tmp_path / 'doorstep.db'}"
    assert settings.public_url == "http://localhost:8000"
    assert not settings.secure_cookies
    assert settings.proxies == 0
    assert settings.redis_url is None


def test_https_makes_cookies_secure(tmp_path: Path):
    assert load(tmp_path, DOORSTEP_PUBLIC_URL="https://doorstep.example/").secure_cookies


def test_the_secret_is_made_once_and_is_its_owners_alone(tmp_path: Path):
    first, second = load(tmp_path), load(tmp_path)
    path = tmp_path / "secrets" / "secret_key"
    assert len(first.secret_key) >= 64
    assert first.secret_key == second.secret_key == path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert sorted(os.listdir(path.parent)) == ["code_key", "secret_key"]


def test_secrets_of_the_environment_leave_no_file(tmp_path: Path):
    settings = load(tmp_path, DOORSTEP_SECRET_KEY="from the vault", DOORSTEP_CODE_KEY="from there too")
    assert (settings.secret_key, settings.code_key) == ("from the vault", "from there too")
    assert not (tmp_path / "secrets").exists()


def test_processes_that_start_together_agree_on_one_secret_and_none_reads_an_empty_one(tmp_path: Path):
    for round_no in range(20):
        folder, together, found = tmp_path / str(round_no), threading.Barrier(8), []

        def start(folder: Path = folder, together: threading.Barrier = together, found: list[str] = found) -> None:
            together.wait()
            found.append(load(folder).secret_key)

        threads = [threading.Thread(target=start) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(found) == 8
        assert len(set(found)) == 1
        assert len(found[0]) >= 64


def test_whoever_looks_while_the_secret_is_being_written_sees_none_or_all_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    path, seen = tmp_path / "secrets" / "code_key", []
    write = os.fsync

    def look_first(handle: int) -> None:
        seen.append(path.exists())
        write(handle)

    monkeypatch.setattr(os, "fsync", look_first)
    secret = load(tmp_path, DOORSTEP_SECRET_KEY="from the vault").code_key
    assert seen == [False]
    assert path.read_text() == secret


def test_the_loser_of_the_race_takes_the_winners_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    link = os.link

    def somebody_was_faster(source: str, target: Path) -> None:
        target.write_text(f"the winner's {target.name}")
        link(source, target)

    monkeypatch.setattr(os, "link", somebody_was_faster)
    settings = load(tmp_path)
    assert (settings.secret_key, settings.code_key) == ("the winner's secret_key", "the winner's code_key")
    assert sorted(os.listdir(tmp_path / "secrets")) == ["code_key", "secret_key"]
