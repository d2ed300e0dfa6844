"""kill -9 on a real server under load: what was acknowledged is there, what is there was tried, and each thing once.

Of the kills nine in ten hit one worker process, which its parent replaces; every tenth hits the whole process group, parent and
all, and the server is started anew on the same files.
"""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text

import config
from app.database import db, reading
from app.ids import new_id
from app.synced import DOOR
from sync.check import faults
from tests.conftest import settings_for
from tests.factories import City, make_city
from tests.sync.conftest import PhoneMaker

KILLS = int(os.environ.get("DOORSTEP_KILLS", "200"))
_WHOLE_GROUP_EVERY = 10


class Victim:
    """A granian with two workers that is killed and started again on the same data."""

    def __init__(self, folder: Path, port_file: Path) -> None:
        self.folder, self.port_file = folder, port_file
        self.process: subprocess.Popen[bytes] | None = None
        self.killed = {"worker": 0, "group": 0}

    def start(self) -> None:
        """Start on a new port, and wait until somebody listens."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)]
        command += ["--workers", "2", "--blocking-threads", "2", "--no-ws", "--log-level", "critical"]
        command += ["--respawn-failed-workers", "--respawn-interval", "0", "wsgi:app"]
        environment = {**os.environ, "DOORSTEP_DATA": str(self.folder), "DOORSTEP_TESTING": "1"}
        self.process = subprocess.Popen(command, cwd=config.ROOT, env=environment, start_new_session=True)
        self.wait_for(port)
        self.port_file.write_text(str(port))

    def wait_for(self, port: int) -> None:
        """Until the port answers."""
        until = time.monotonic() + 60
        while time.monotonic() < until:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                return
            except OSError:
                time.sleep(0.02)
        raise AssertionError("the server does not come up")

    def workers(self) -> list[int]:
        """Processes of the group but the parent."""
        assert self.process is not None
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return [int(pid) for pid in children if "resource_tracker" not in Path(f"/proc/{pid}/cmdline").read_text()]

    def kill_a_worker(self, chance: random.Random) -> None:
        """kill -9 on one of the workers, once there is one."""
        while not (there := self.workers()):
            time.sleep(0.01)
        os.kill(chance.choice(there), signal.SIGKILL)
        self.killed["worker"] += 1

    def kill_all(self) -> None:
        """kill -9 on the whole group."""
        assert self.process is not None
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.killed["group"] += 1


@pytest.fixture
def app(settings: config.Config, app: Flask) -> Flask:
    """SQLite only: what PostgreSQL does when it is killed is PostgreSQL's promise."""
    return app


@pytest.fixture
def victim(tmp_path: Path) -> Iterator[Victim]:
    """The server to be killed, gone at the end."""
    made = Victim(tmp_path / "data", tmp_path / "port")
    yield made
    if made.process is not None and made.process.poll() is None:
        made.kill_all()


def journalled(journals: list[Path], word: str) -> list[tuple[str, str, str]]:
    """Collection, record and uuid of every line with this word."""
    lines = [line.split() for journal in journals for line in journal.read_text().splitlines()]
    return [(line[1], line[2], line[3]) for line in lines if line[0] == word]
