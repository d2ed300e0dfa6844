"""A PostgreSQL of the tests' own: a cluster in a temporary folder, reached over a socket, gone afterwards."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def _unprivileged() -> str | None:
    """PostgreSQL refuses to run as root: somebody else to run it as; None when we are not root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            pwd.getpwnam(name)
        except KeyError:
            continue
        return name
    raise RuntimeError("no user to run PostgreSQL as")


@contextmanager
def cluster(binaries: Path, *, durable: bool = False) -> Iterator[str]:
    """A running server; yields the URL of an empty database. `durable`: with fsync, for tests that kill it."""
    user = _unprivileged()
    folder = Path(tempfile.mkdtemp(prefix="doorstep-pg-"))
    if user:
        shutil.chown(folder, user)
    data = folder / "data"

    def run(*command: str) -> None:
        subprocess.run(command, user=user, cwd=folder, check=True, capture_output=True)

    run(str(binaries / "initdb"), "-D", str(data), "-U", "doorstep", "-A", "trust", "-E", "UTF8", "--no-locale", "-N")
    options = f"-k {folder} -c listen_addresses='' -c max_connections=60 -c shared_buffers=64MB"
    if not durable:
        options += " -c fsync=off -c synchronous_commit=off -c full_page_writes=off"
    control = str(binaries / "pg_ctl")
    run(control, "-D", str(data), "-w", "-l", str(folder / "log"), "-o", options, "start")
    try:
        yield f"postgresql+psycopg://doorstep@/postgres?host={folder}"
    finally:
        run(control, "-D", str(data), "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)
