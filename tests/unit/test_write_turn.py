"""Writers of several processes take turns: nobody is passed by who has just written, and who dies holds up nobody."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from app.write_turn import WriteTurn


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the turns are kept."""
    return tmp_path / "city.db-turn"


def test_who_has_just_written_does_not_pass_the_one_who_waits(path: Path) -> None:
    # Two open files on one path are to the kernel what two processes are.
    worker, server = WriteTurn(path), WriteTurn(path)
    order: list[str] = []
    waiting = threading.Event()

    def phone() -> None:
        waiting.set()
        with server.taken(30):
            order.append("phone")

    thread = threading.Thread(target=phone)
    with worker.taken(30):
        thread.start()
        waiting.wait()
        _until_somebody_waits(path)
    for _ in range(50):
        with worker.taken(30):
            order.append("worker")
    thread.join()
    assert order.index("phone") == 0, order


def _until_somebody_waits(path: Path) -> None:
    """Until the kernel's list of locks has the one of who is next."""
    inode = path.with_name(path.name + "-next").stat().st_ino
    until = time.monotonic() + 30
    while time.monotonic() < until:
        if any(f":{inode} " in line for line in Path("/proc/locks").read_text().splitlines()):
            return
        time.sleep(0.001)
    pytest.fail("nobody is next")


def test_a_turn_within_ones_own_turn_does_not_wait_for_itself(path: Path) -> None:
    turn = WriteTurn(path)
    with turn.taken(30), turn.taken(30):
        pass
    with WriteTurn(path).taken(30):
        pass


def test_another_thread_of_the_same_process_waits_and_gives_up_in_time(path: Path) -> None:
    turn = WriteTurn(path)
    refused: list[bool] = []

    def other() -> None:
        try:
            with turn.taken(0.05):
                refused.append(False)
        except OperationalError:
            refused.append(True)

    with turn.taken(30):
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
    assert refused == [True]


def test_a_process_that_is_killed_in_its_turn_leaves_it_to_the_next(path: Path) -> None:
    holds = (
        "import sys, time; from pathlib import Path; from app.write_turn import WriteTurn\n"
        "with WriteTurn(Path(sys.argv[1])).taken(30): print('has it', flush=True); time.sleep(600)"
    )
    holder = subprocess.Popen([sys.executable, "-c", holds, str(path)], stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "has it\n"
    os.kill(holder.pid, signal.SIGKILL)
    holder.wait()
    with WriteTurn(path).taken(30):
        pass
