"""Previews of imports: a checked file is kept for an hour under a token; applying it writes all of it or nothing."""

from __future__ import annotations

import hashlib
import secrets
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import msgspec
from sqlalchemy.orm import Session

from app.domain.geo import Datum
from app.errors import Problem
from app.imports.archive import MAX_FILE_BYTES, check_file
from app.imports.coordinates import Coordinates, against_known, far_from_area
from app.imports.faults import Caution, Offer
from app.imports.finding import Areas
from app.imports.kind import Context, Kind, Plan, Row
from app.imports.reading import Reader, Reading
from app.imports.writing import resolved

KEPT_S = 3_600
_TOKEN_BYTES = 18
_SAMPLE_ROWS = 2_000


class Options(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the person chose for the whole file: datum of its points, exchanged columns, the team of rows that name none."""

    datum: Datum | None = None
    swap_coordinates: bool = False
    team: str | None = None


class Kept(msgspec.Struct):
    """What is remembered of an uploaded file between its preview and its application."""

    kind: str
    account_id: str
    file_name: str
    sha256: str
    options: Options
    made_at: float
    may_apply: bool = False
    rows: int = 0


@dataclass(frozen=True)
class Folder:
    """The folder of one upload: the file, its readable rows, and what is remembered of it."""

    path: Path

    @property
    def token(self) -> str:
        """The name of the folder, which nobody can guess."""
        return self.path.name

    @property
    def source(self) -> Path:
        """The file as it came."""
        return self.path / "source"

    def rows(self) -> Iterator[Row]:
        """The readable rows."""
        decode = msgspec.json.Decoder(Row).decode
        with (self.path / "rows.jsonl").open("rb") as file:
            for line in file:
                yield decode(line)

    def kept(self) -> Kept:
        """What is remembered."""
        return msgspec.json.decode((self.path / "kept.json").read_bytes(), type=Kept)

    def keep(self, kept: Kept) -> None:
        """Remember."""
        (self.path / "kept.json").write_bytes(msgspec.json.encode(kept))

    def remove(self) -> None:
        """Forget the upload; it holds personal data."""
        shutil.rmtree(self.path, ignore_errors=True)


def receive(stream: IO[bytes], base: Path, kind: Kind, account_id: str, file_name: str, options: Options) -> Folder:
    """Store an upload and check that it is a file we can open; raises `Problem` and keeps nothing otherwise."""
    purge(base)
    base.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder = Folder(base / secrets.token_urlsafe(_TOKEN_BYTES))
    folder.path.mkdir(mode=0o700)
    try:
        sha256, size = hashlib.sha256(), 0
        with folder.source.open("wb") as out:
            while block := stream.read(1 << 20):
                size += len(block)
                if size > MAX_FILE_BYTES:
                    raise Problem("import_too_large")
                sha256.update(block)
                out.write(block)
        check_file(folder.source)
        folder.keep(Kept(kind.name, account_id, Path(file_name).name[:120], sha256.hexdigest(), options, time.time()))
    except BaseException:
        folder.remove()
        raise
    return folder


def find(base: Path, token: str, account_id: str) -> Folder:
    """The upload behind a token; raises `Problem("import_expired")` when it is gone or somebody else's."""
    folder = Folder(base / token)
    if "/" in token or token.startswith(".") or not folder.path.is_dir():
        raise Problem("import_expired")
    kept = folder.kept()
    if kept.account_id != account_id or time.time() - kept.made_at > KEPT_S:
        raise Problem("import_expired")
    return folder


def purge(base: Path) -> int:
    """Remove uploads older than an hour; returns how many."""
    old = [path for path in base.glob("*") if time.time() - path.stat().st_mtime > KEPT_S] if base.is_dir() else []
    for path in old:
        Folder(path).remove()
    return len(old)


def preview(session: Session, folder: Folder, kind: Kind, context: Context) -> dict[str, Any]:
    """Read the file and say, for the screen, what would happen: columns, faults by row, cautions, offers, new and known rows."""
    kept = folder.kept()
    coordinates = Coordinates(kept.options.datum, kept.options.swap_coordinates)
    with (folder.path / "rows.jsonl").open("wb") as out:
        reader = Reader(kind, coordinates, lambda row: _put(out, row))
        reading = reader.read(folder.source, check_file(folder.source))
    context.keys = reading.keys
    new = known = 0
    for result in resolved(session, kind, folder.rows(), context):
        if isinstance(result, Plan):
            new, known = new + result.new, known + (not result.new)
        else:
            reading.faults.add(result)
    cautions, offers = _questions(session, reader, folder, reading)
    if context.unknown_categories:
        cautions.append(Caution("unknown_category", number=context.unknown_categories))
    kept.may_apply, kept.rows = reading.faults.total == 0, reading.rows
    folder.keep(kept)
    return _as_json(folder, kept, kind, reading, cautions, offers, (new, known))


def _put(out: IO[bytes], row: Row) -> None:
    out.write(msgspec.json.encode(row) + b"\n")


def _questions(session: Session, reader: Reader, folder: Folder, reading: Reading) -> tuple[list[Caution], list[Offer]]:
    """What only the database can doubt: datums, points far from their area."""
    cautions, offers = list(reading.cautions), list(reading.offers)
    if reader.coordinates.given:
        sample = [row for row, _ in zip(folder.rows(), range(_SAMPLE_ROWS), strict=False)]
        suspected, repairs = against_known(session, sample)
        far = far_from_area(sample, Areas(session, sample, "area_code").by_code)
        cautions += suspected + ([Caution("far_from_area", number=far)] if far else [])
        offers += repairs
    return cautions, offers


def _as_json(
    folder: Folder,
    kept: Kept,
    kind: Kind,
    reading: Reading,
    cautions: list[Caution],
    offers: list[Offer],
    rows: tuple[int, int],
) -> dict[str, Any]:
    layout = reading.layout
    return {
        "token": folder.token,
        "kind": kind.name,
        "title": kind.title,
        "file_name": kept.file_name,
        "sheet": layout.sheet.title,
        "header_row": layout.header_row,
        "columns": [{"header": m.header, "key": m.column.key, "name": m.column.header} for m in layout.mapped],
        "ignored": list(layout.ignored),
        "rows": reading.rows,
        "new": rows[0],
        "known": rows[1],
        "errors": [fault.as_json() for fault in sorted(reading.faults.kept, key=lambda f: f.row or 0)],
        "errors_total": reading.faults.total,
        "warnings": [caution.as_json() for caution in cautions],
        "offers": [offer.as_json() for offer in offers],
        "sample": reading.sample,
        "options": msgspec.to_builtins(kept.options),
        "may_apply": kept.may_apply,
        "expires_at": round((kept.made_at + KEPT_S) * 1000),
    }
