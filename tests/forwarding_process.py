"""A worker that is killed for real: `python -m tests.forwarding_process <data folder>` forks a worker for each line it reads.

A line is JSON: the instant, and where the worker kills itself (`phase`, the how-manieth time). The answer is the process id at once,
and how it ended afterwards. Forking from a process that has everything loaded makes a kill cost a tenth of a second.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

import structlog
from flask import Flask

from app.database import db
from app.jobs import apply_news, forward, reconcile
from app.jobs.worker import background_app
from tests.conftest import settings_for
from tests.forwarding_world import QUICK


def work(now: int, phase: str | None, number: int) -> None:
    """One beat of the worker, with a mine at the given place."""
    passed = 0

    def at(moment: str) -> None:
        nonlocal passed
        if moment == phase:
            passed += 1
            if passed == number:
                os.kill(os.getpid(), signal.SIGKILL)

    reconcile.run(now, outward=QUICK, phase=lambda moment: at(f"reconcile_{moment}"))
    forward.run(now, outward=QUICK, phase=at)
    apply_news.run(now)


def serve(app: Flask) -> None:
    """Fork a worker for each line until there are no more."""
    with app.app_context():
        work(0, None, 0)
        # A connection must not be shared with a child; the compiled statements may.
        db.engine.dispose()
        say({"ready": True})
        for line in sys.stdin:
            order = json.loads(line)
            child = os.fork()
            if child == 0:
                work(order["now"], order["phase"], order["number"])
                os._exit(0)
            say({"pid": child})
            _, status = os.waitpid(child, 0)
            say({"killed": os.WIFSIGNALED(status), "code": os.waitstatus_to_exitcode(status)})


def say(answer: dict[str, Any]) -> None:
    """One line to whoever started us."""
    print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    serve(background_app(settings_for(Path(sys.argv[1]))))
