"""Backup and restore: database, photos and secrets in one archive with a manifest of hashes."""

from __future__ import annotations

import hashlib
import json
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import config
from app.ids import now_ms

MANIFEST = "manifest.json"
_SQLITE, _POSTGRES = "doorstep.db", "doorstep.dump"


class BadArchive(ValueError):
    """An archive that is not ours, or not whole; the message says what is wrong."""


def back_up(settings: config.Config, target: Path | None = None) -> Path:
    """Write an archive of everything this installation must not lose; returns its path.

    SQLite is copied by its online backup (writers go on meanwhile); PostgreSQL by `pg_dump`. Photos are immutable, so they
    are copied after the database: a photo that a row names is in the archive.
    """
    target = target or settings.data_dir / "backups" / f"doorstep-{now_ms()}.tar"
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=settings.data_dir) as name:
        folder = Path(name)
        database = _dump(settings, folder)
        files = {database.name: database}
        for kind in ("secrets", "photos"):
            files |= {str(p.relative_to(settings.data_dir)): p for p in _files(settings.data_dir / kind)}
        manifest = {"made_at": now_ms(), "files": {n: _sha256(p) for n, p in files.items()}}
        (folder / MANIFEST).write_text(json.dumps(manifest, indent=1), encoding="utf-8")
        part = target.with_suffix(".part")
        with tarfile.open(part, "w") as archive:
            archive.add(folder / MANIFEST, MANIFEST)
            for n, path in files.items():
                archive.add(path, n)
        part.chmod(0o600)
        part.rename(target)
    return target


def _files(folder: Path) -> Iterator[Path]:
    yield from sorted(p for p in folder.rglob("*") if p.is_file())


def _sha256(path: Path) -> str:
    with path.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()


def _dump(settings: config.Config, folder: Path) -> Path:
    url = settings.database_url
    if url.startswith("sqlite:///"):
        copy = folder / _SQLITE
        source, target = sqlite3.connect(url.removeprefix("sqlite:///")), sqlite3.connect(copy)
        with source, target:
            source.backup(target)
        source.close()
        target.close()
        return copy
    copy = folder / _POSTGRES
    libpq = url.replace("postgresql+psycopg://", "postgresql://")
    subprocess.run(["pg_dump", "--format=custom", "--file", str(copy), libpq], check=True)
    return copy


def unpack(archive_path: Path, folder: Path) -> dict[str, Any]:
    """Unpack into an empty folder and check every file against the manifest; raises `BadArchive`."""
    try:
        with tarfile.open(archive_path) as archive:
            archive.extractall(folder, filter="data")
    except (tarfile.TarError, OSError) as error:
        raise BadArchive(f"备份文件无法读取：{error} · the archive cannot be read") from None
    manifest = _read_manifest(folder / MANIFEST)
    for name, digest in manifest["files"].items():
        if not (folder / name).is_file() or _sha256(folder / name) != digest:
            raise BadArchive(f"备份不完整：{name} · the archive is not whole: {name}")
    strangers = {str(p.relative_to(folder)) for p in _files(folder)} - manifest["files"].keys() - {MANIFEST}
    if strangers:
        # What nobody vouches for would become a photo or a secret of ours.
        raise BadArchive(
            f"备份中有来历不明的文件：{min(strangers)} · the archive holds a strange file: {min(strangers)}"
        )
    return manifest


def _read_manifest(path: Path) -> dict[str, Any]:
    try:
        manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        names = manifest["files"].keys()
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        raise BadArchive("这不是本系统的备份文件 · this is not one of our archives") from None
    if not names & {_SQLITE, _POSTGRES}:
        raise BadArchive("备份中没有数据库 · the archive holds no database")
    return manifest


def restore(settings: config.Config, archive_path: Path) -> dict[str, Any]:
    """Put an archive back in place of what is there (which is kept aside), the server being stopped; returns the manifest.

    The caller then begins a new epoch, so that phones fill in what the backup lacks. Raises `BadArchive` before anything is touched.
    """
    with tempfile.TemporaryDirectory(dir=settings.data_dir) as name:
        folder = Path(name)
        manifest = unpack(archive_path, folder)
        aside = settings.data_dir / f"before-restore-{now_ms()}"
        aside.mkdir()
        _put_database(settings, folder, aside)
        for kind in ("secrets", "photos"):
            if (settings.data_dir / kind).exists():
                (settings.data_dir / kind).rename(aside / kind)
            if (folder / kind).exists():
                shutil.move(folder / kind, settings.data_dir / kind)
    return manifest


def _put_database(settings: config.Config, folder: Path, aside: Path) -> None:
    url = settings.database_url
    if url.startswith("sqlite:///"):
        if not (folder / _SQLITE).is_file():
            raise BadArchive("备份来自 PostgreSQL · the archive is of a PostgreSQL database")
        database = Path(url.removeprefix("sqlite:///"))
        for suffix in ("", "-wal", "-shm"):
            path = database.with_name(database.name + suffix)
            if path.exists():
                path.rename(aside / path.name)
        shutil.move(folder / _SQLITE, database)
        return
    if not (folder / _POSTGRES).is_file():
        raise BadArchive("备份来自 SQLite · the archive is of a SQLite database")
    libpq = url.replace("postgresql+psycopg://", "postgresql://")
    command = ["pg_restore", "--clean", "--if-exists", "--no-owner", "--dbname", libpq, str(folder / _POSTGRES)]
    subprocess.run(command, check=True)
