"""Backup and restore: what comes back, what is refused, and what was there before is kept."""

from __future__ import annotations

import hashlib
import io
import json
import stat
import subprocess
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

import config
from app.backup import MANIFEST, BadArchive, back_up, restore, unpack
from app.database import db, reading, writing
from app.models.visits import Visit
from app.synced import DOOR
from sync import epoch
from sync.check import faults
from tests.api.residents_street import picture
from tests.devices import Phone
from tests.factories import City

ON = "2026-11-20"


@pytest.fixture
def settings(app: Flask) -> config.Config:
    """The running product's settings."""
    found: config.Config = app.config["DOORSTEP"]
    return found


@pytest.fixture
def li(city: City) -> Phone:
    """Li's phone, after a visit with a photo."""
    phone, data = Phone(city.sign_in("li", "phone-of-li"), "phone-of-li", city.people["li"]), picture()
    phone.client.put(f"/attachments/{hashlib.sha256(data).hexdigest()}", data=data)
    phone.sync()
    visit(phone, city, "p1", photos=[hashlib.sha256(data).hexdigest()])
    return phone


def visit(phone: Phone, city: City, place: str, **values: object) -> str:
    """A visit, pushed."""
    first = {"place_id": city.places[place], "visit_on": ON, "outcome": "met", "finding": "nothing"}
    made = phone.create("visit", first | values)
    phone.sync()
    return made


def visits() -> set[str]:
    """All visits on the server."""
    with reading() as session:
        return set(session.scalars(select(Visit.id)))


def put_back(settings: config.Config, archive: Path) -> None:
    """As the command does: the server stopped, then a new epoch."""
    db.session.remove()
    db.engine.dispose()
    restore(settings, archive)
    with writing() as session:
        assert faults(session.connection(), DOOR) == []
        epoch.renew(session.connection(), DOOR.tables)


def test_a_backup_holds_database_photos_and_secrets_and_is_its_owners_alone(settings: config.Config, li: Phone):
    archive = back_up(settings)
    assert stat.S_IMODE(archive.stat().st_mode) == 0o600
    with tarfile.open(archive) as opened:
        names = opened.getnames()
    assert names[0] == MANIFEST
    assert "doorstep.db" in names
    assert "secrets/secret_key" in names
    assert sum(name.startswith("photos/") for name in names) == 1
    assert not list(archive.parent.glob("*.part"))


def test_what_was_lost_after_the_backup_comes_back_from_the_phones(settings: config.Config, li: Phone, city: City):
    archive = back_up(settings)
    before = visits()
    later = visit(li, city, "p2")
    assert visits() == before | {later}
    put_back(settings, archive)
    assert visits() == before
    li.sync()
    li.sync()
    assert visits() == before | {later}
    with reading() as session:
        assert session.get_one(Visit, later).outcome == "met"


def test_photos_and_sessions_are_there_again_after_a_restore(settings: config.Config, li: Phone):
    archive = back_up(settings)
    for path in [p for p in settings.photo_dir.rglob("*") if p.is_file()]:
        path.unlink()
    put_back(settings, archive)
    sha256 = hashlib.sha256(picture()).hexdigest()
    assert li.client.get(f"/attachments/{sha256}").status_code == 200


def test_what_was_there_is_kept_aside(settings: config.Config, li: Phone, city: City):
    archive = back_up(settings)
    visit(li, city, "p2")
    put_back(settings, archive)
    aside = list(settings.data_dir.glob("before-restore-*"))
    assert len(aside) == 1
    kept = {path.name for path in aside[0].iterdir()}
    assert {"doorstep.db", "photos", "secrets"} <= kept


# Archives that are not what they say


def rewritten(archive: Path, change: Callable[[dict[str, bytes]], None]) -> Path:
    """The archive with its files changed by somebody."""
    with tarfile.open(archive) as opened:
        files = {m.name: (opened.extractfile(m) or io.BytesIO()).read() for m in opened.getmembers()}
    change(files)
    target = archive.with_name("changed.tar")
    with tarfile.open(target, "w") as out:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            out.addfile(member, io.BytesIO(data))
    return target


def _flip(name: str) -> Callable[[dict[str, bytes]], None]:
    def change(files: dict[str, bytes]) -> None:
        found = next(n for n in files if n.startswith(name))
        files[found] = files[found][:-1] + bytes([files[found][-1] ^ 1])

    return change


def _drop(name: str) -> Callable[[dict[str, bytes]], None]:
    def change(files: dict[str, bytes]) -> None:
        del files[next(n for n in files if n.startswith(name))]

    return change


def _add(name: str) -> Callable[[dict[str, bytes]], None]:
    return lambda files: files.update({name: b"planted"})


def _manifest(text: bytes) -> Callable[[dict[str, bytes]], None]:
    return lambda files: files.update({MANIFEST: text})


@pytest.mark.parametrize(
    "change",
    [
        _flip("doorstep.db"),
        _flip("photos/"),
        _flip("secrets/secret_key"),
        _drop("doorstep.db"),
        _drop("photos/"),
        _drop(MANIFEST),
        _add("secrets/planted"),
        _add("photos/aa/planted.jpg"),
        _manifest(b"{"),
        _manifest(b"[]"),
        _manifest(b'{"files": {"../../outside": "00"}}'),
        _manifest(json.dumps({"made_at": 1, "files": {}}).encode()),
        _add("../outside"),
        _add("/tmp/outside"),
    ],
    ids=[
        "database changed",
        "photo changed",
        "secret changed",
        "no database",
        "photo missing",
        "no manifest",
        "secret planted",
        "photo planted",
        "broken manifest",
        "manifest is a list",
        "manifest points outside",
        "empty manifest",
        "file above",
        "file elsewhere",
    ],
)
def test_an_archive_that_somebody_changed_is_refused_before_anything_is_touched(
    settings: config.Config, li: Phone, change: Callable[[dict[str, bytes]], None]
):
    archive = rewritten(back_up(settings), change)
    before = visits()
    with pytest.raises(BadArchive) as refused:
        restore(settings, archive)
    assert " · " in str(refused.value)
    assert visits() == before
    assert not list(settings.data_dir.glob("before-restore-*"))


@pytest.mark.parametrize("content", [b"", b"not a tar", b"PK\x03\x04" + bytes(100)])
def test_a_file_that_is_no_archive_is_refused(settings: config.Config, tmp_path: Path, content: bytes):
    path = tmp_path / "file.tar"
    path.write_bytes(content)
    with pytest.raises(BadArchive):
        restore(settings, path)


def test_a_backup_taken_while_people_write_is_whole(settings: config.Config, li: Phone, city: City, tmp_path: Path):
    with writing() as session:
        session.execute(select(Visit.id))
        archive = back_up(settings)
    (tmp_path / "out").mkdir()
    assert unpack(archive, tmp_path / "out")["files"]


@pytest.mark.postgres
def test_on_postgresql_a_restored_database_is_the_one_that_was_saved(
    either_postgres: tuple[Flask, City], tmp_path: Path
):
    app, city = either_postgres
    settings = app.config["DOORSTEP"]
    phone = Phone(city.sign_in("li", "phone-of-li"), "phone-of-li", city.people["li"])
    phone.sync()
    kept = visit(phone, city, "p1")
    archive = back_up(settings)
    later = visit(phone, city, "p2")
    assert visits() == {kept, later}
    put_back(settings, archive)
    assert visits() == {kept}
    phone.sync()
    phone.sync()
    assert visits() == {kept, later}


@pytest.fixture
def either_postgres(request: pytest.FixtureRequest, tmp_path: Path, postgres_url: str) -> Iterator[tuple[Flask, City]]:
    """The product on PostgreSQL."""
    from app import create_app
    from tests.conftest import Browser, empty_postgres, settings_for
    from tests.factories import make_city

    if subprocess.run(["which", "pg_dump"], capture_output=True, check=False).returncode:
        pytest.skip("pg_dump is not on the path")
    app = create_app(settings_for(tmp_path / "data", DATABASE_URL=postgres_url))
    app.test_client_class = Browser
    with app.app_context():
        empty_postgres()
        yield app, make_city()
        db.session.remove()
        db.engine.dispose()
