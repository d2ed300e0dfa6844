"""`kill -9` of a real worker process at every phase, between the phases, and in the middle of a POST: nothing lost, nothing doubled."""

from __future__ import annotations

import itertools
import json
import os
import random
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from flask import Flask

from tests.factories import City
from tests.forwarding_world import MINUTE, World, check_exactly_once
from tests.platform import COMMITTED, LOST, Platform

PHASES = (
    "claimed", "intended", "sent", "recorded", "reconcile_asked", "reconcile_found", "reconcile_recorded",
    "before_commit", "after_commit",
)  # fmt: skip
CATEGORIES = ("roads_lights", "roads_lights", "roads_repair")
# Tokens are what the batch service gives; a realtime service that gave one would hide a copy that nobody can look for.
FAULTS = [fault for fault in COMMITTED + LOST if not fault.startswith("token")]
# Six histories of thirty-six kills each.
KILLS = 36
HISTORIES = 6
ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Workers:
    """The process that forks workers."""

    process: subprocess.Popen[str]
    kills: Counter[str] = field(default_factory=Counter)

    def hear(self) -> dict[str, int]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, "the forking process is gone"
        return json.loads(line)

    def beat(self, now: int, phase: str, number: int, platform: Platform) -> None:
        """One worker, killed at `phase`: by itself, or by us while the platform holds its request in hand."""
        assert self.process.stdin is not None
        worker: list[int] = []

        def in_hand(_reference: str, moment: str) -> None:
            if moment == phase and worker:
                os.kill(worker[0], signal.SIGKILL)

        with platform.lock:
            # The platform waits for the lock with its first answer, until it knows whom to kill.
            platform.when_received = in_hand
            self.process.stdin.write(json.dumps({"now": now, "phase": phase, "number": number}) + "\n")
            self.process.stdin.flush()
            worker.append(self.hear()["pid"])
        ended = self.hear()
        platform.when_received = lambda *_: None
        if ended["killed"]:
            self.kills[phase] += 1
        else:
            assert ended["code"] == 0


@pytest.fixture
def workers(app: Flask) -> Iterator[Workers]:
    folder = app.config["DOORSTEP"].data_dir
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.forwarding_process", str(folder)],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    workers = Workers(process)
    assert workers.hear() == {"ready": True}
    yield workers
    assert process.stdin is not None
    process.stdin.close()
    process.wait()


@pytest.mark.parametrize("seed", range(HISTORIES))
def test_a_worker_killed_again_and_again_neither_loses_nor_doubles(city: City, workers: Workers, seed: int) -> None:
    chance = random.Random(seed)
    with Platform() as platform:
        world = World(city, platform)
        world.poll()
        phases = itertools.cycle(PHASES)
        phase = next(phases)
        for _ in range(6 * KILLS):
            if sum(workers.kills.values()) >= KILLS:
                break
            if not any(row.state == "due" for row in world.rows()):
                world.queue(chance.randint(1, 4), category=chance.choice(CATEGORIES))
            if chance.random() < 0.4:
                platform.faults.append(chance.choice(FAULTS))
            before = workers.kills.total()
            workers.beat(world.now, phase, chance.randint(1, 2), platform)
            if workers.kills.total() > before:
                phase = next(phases)
            world.now += chance.choice((1_000, MINUTE, 3 * MINUTE, 6 * MINUTE))
        assert workers.kills.total() >= KILLS, workers.kills
        assert set(workers.kills) == set(PHASES)
        platform.faults.clear()
        world.settle()
        check_exactly_once(world)
