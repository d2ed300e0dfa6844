"""The merge on the server and the merge on the phone give the same answer byte for byte."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from sync.text_merge import merge
from tests.contract.make_text_merge_vectors import COMMITTED, as_json, main, vectors

PWA = Path(__file__).parents[2] / "pwa"
MANY = 10_000


def answer(vector: dict[str, Any]) -> list[Any]:
    merged = merge(vector["base"], vector["mine"], vector["theirs"])
    return [merged.text, merged.conflict, [clash._asdict() for clash in merged.clashes]]


def test_the_committed_vectors_are_what_the_merge_answers() -> None:
    committed = json.loads(COMMITTED.read_text("utf-8"))
    assert len(committed) >= 300
    wrong = [v["name"] for v in committed if answer(v) != [v["text"], v["conflict"], v["clashes"]]]
    assert wrong == []


def test_the_committed_vectors_hold_every_kind_of_ending() -> None:
    committed = json.loads(COMMITTED.read_text("utf-8"))
    clashing = [vector for vector in committed if vector["conflict"]]
    assert 30 < len(clashing) < len(committed) - 30
    assert any(clash["lost"] == "" for vector in clashing for clash in vector["clashes"])
    assert any(vector["text"] not in (vector["mine"], vector["theirs"]) for vector in committed)


def test_the_same_seed_makes_the_same_vectors() -> None:
    assert as_json(vectors(200, 7)) == as_json(vectors(200, 7))
    assert vectors(50, 7) == vectors(200, 7)[:50]
    assert vectors(50, 7) != vectors(50, 8)


def test_the_phone_merges_ten_thousand_more_vectors_as_the_server_does(tmp_path: Path) -> None:
    vitest = PWA / "node_modules" / ".bin" / "vitest"
    if not vitest.exists() or shutil.which("node") is None:
        pytest.skip("the phone's tests are not installed: npm ci in pwa/")
    made = tmp_path / "vectors.json"
    main([str(made), str(MANY), "28082020"])
    run = subprocess.run(
        [str(vitest), "run", "tests/text_merge.test.ts"],
        cwd=PWA,
        env={**os.environ, "DOORSTEP_VECTORS": str(made)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout[-4000:] + run.stderr[-2000:]
