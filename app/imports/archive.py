"""Is this file safe to open? Magic, size, what it unpacks to, and no XML entities: all before a spreadsheet library sees it."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from typing import Literal

from app.errors import Problem

MAX_FILE_BYTES = 20 * 1024 * 1024
MAX_UNPACKED_BYTES = 250 * 1024 * 1024
MAX_ENTRIES = 2_000
# An office file unpacks to about ten times its size; a sheet of empty formatted cells to a hundred times.
MAX_RATIO = 200
_RATIO_FROM_BYTES = 5 * 1024 * 1024

_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OTHER_FORMATS = (
    b"%PDF",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"Rar!",
    b"7z\xbc\xaf",
    b"\x1f\x8b",
    b"{\\rtf",
    b"<html",
    b"<!DOC",
)
# In UTF-8, or in UTF-16 with its zero bytes between the letters.
_ENTITY = re.compile(rb"<\0?!\0?(D\0?O\0?C\0?T\0?Y\0?P\0?E|E\0?N\0?T\0?I\0?T\0?Y)", re.IGNORECASE)
_PROLOGUE_BYTES = 4_096

Format = Literal["xlsx", "csv"]


def check_file(path: Path) -> Format:
    """The format of an uploaded file; raises `Problem` when it is too large, of another format, or a bomb."""
    if path.stat().st_size > MAX_FILE_BYTES:
        raise Problem("import_too_large")
    with path.open("rb") as file:
        head = file.read(4_096)
    if not head.strip():
        raise Problem("import_no_header")
    if head.startswith(_OLE):
        raise Problem("import_old_format")
    if head.startswith(_ZIP):
        _check_archive(path)
        return "xlsx"
    if head.lstrip().startswith(_OTHER_FORMATS) or (b"\0" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff"))):
        raise Problem("import_unreadable")
    return "csv"


def _check_archive(path: Path) -> None:
    """Sizes are those of the archive's directory; the reader stops at them, so they cannot lie."""
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            unpacked = sum(entry.file_size for entry in entries)
            if len(entries) > MAX_ENTRIES or unpacked > MAX_UNPACKED_BYTES:
                raise Problem("import_too_large")
            for entry in entries:
                if entry.flag_bits & 0x1:
                    raise Problem("import_old_format")
                if entry.file_size > _RATIO_FROM_BYTES and entry.file_size > MAX_RATIO * max(entry.compress_size, 1):
                    raise Problem("import_too_large")
                _check_xml(archive, entry)
            if "[Content_Types].xml" not in archive.namelist():
                raise Problem("import_unreadable")
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError, ValueError) as error:
        raise Problem("import_unreadable") from error


def _check_xml(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> None:
    """Spreadsheet programs never write a document type; it is how entities that blow up are declared."""
    if entry.filename.endswith((".xml", ".rels", ".vml")):
        with archive.open(entry) as part:
            if _ENTITY.search(part.read(_PROLOGUE_BYTES)):
                raise Problem("import_unreadable")
