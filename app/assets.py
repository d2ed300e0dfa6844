"""Addresses of the static files that server-rendered pages name."""

from __future__ import annotations

import functools
import hashlib
from pathlib import Path

from flask import current_app, url_for


@functools.cache
def _hash_of(path: Path, changed_at: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]


def asset(name: str) -> str:
    """The address of a static file, with its hash: it may be kept for ever."""
    path = Path(current_app.static_folder or "") / name
    return url_for("static", filename=name, v=_hash_of(path, path.stat().st_mtime_ns))
