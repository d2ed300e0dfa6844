"""The house is as its papers say: the map, the glossary, the generated files, and words that do not belong."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tools.generate import GENERATED, ROOT
from tools.run_tests import LONG

# Made by a tool or a person for the tools: not rooms of the house.
_NOT_ROOMS = {".ci", ".gitignore"}


def tracked() -> list[str]:
    """The files of the project."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout")
    return listed.stdout.splitlines()


def test_the_map_of_the_readme_is_true() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    house = readme.split("## The map of this house")[1].split("\n## ")[0]
    rows = [line for line in house.splitlines() if line.startswith("| `")]
    named = {name for row in rows for name in re.findall(r"`([^`]+)`", row.split("|")[1])}
    for name in named:
        assert (ROOT / name).exists(), f"the map names {name}, which is not there"
    top = {path.split("/")[0] for path in tracked()} - _NOT_ROOMS
    covered = {name.rstrip("/").split("/")[0] for name in named}
    assert top <= covered, f"not on the map: {sorted(top - covered)}"


def test_the_long_run_can_begin() -> None:
    """Nobody sees it fail for months: its command line once named a profile that did not exist."""
    collect = [sys.executable, "-m", "pytest", *LONG, "--collect-only", "-qqq", "-n", "0"]
    done = subprocess.run(
        collect, cwd=ROOT, env={**os.environ, "DOORSTEP_FUZZ": "1"}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    for part in ("test_histories.py: 250", "test_phones.py: 42"):
        assert part in done.stdout


@pytest.mark.parametrize("name", GENERATED)
def test_generated_files_are_current(name: str) -> None:
    assert (ROOT / name).read_text(encoding="utf-8") == GENERATED[name](), f"run python -m tools.generate for {name}"


def test_every_term_of_the_glossary_stands_in_the_docstring_of_its_owner() -> None:
    rows = re.findall(r"^\| ([^|]+) \| ([一-鿿]+) \|", (ROOT / "docs/glossary.md").read_text(encoding="utf-8"), re.M)
    assert len(rows) > 20
    docstrings = "\n".join(
        text
        for path in (ROOT / "app").rglob("*.py")
        for text in re.findall(r'"""(.*?)"""', path.read_text(encoding="utf-8"), re.S)
    )
    for english, chinese in rows:
        if english != "English":
            assert chinese in docstrings, f"{chinese} ({english}) stands in no docstring"


def test_no_file_names_a_host_outside_or_a_path_of_somebodys_machine() -> None:
    forbidden = re.compile(
        r"cdn\.jsdelivr|unpkg\.com|at\.alicdn|googleapis|\.\./shared|(?<![\w.])/work/|(?<![\w.])/root/", re.I
    )
    found = []
    for name in tracked():
        path = ROOT / name
        if name.startswith(".ci/") or path.suffix in (".lock", ".png", ".jpg") or name.endswith("package-lock.json"):
            continue
        if path == Path(__file__) or not path.is_file():
            continue
        match = forbidden.search(path.read_text(encoding="utf-8", errors="ignore"))
        if match:
            found.append(f"{name}: {match[0]}")
    assert not found


def test_files_stay_readable() -> None:
    long = []
    for name in tracked():
        if name.endswith((".py", ".ts", ".vue")) and not name.startswith("migrations/") and (ROOT / name).is_file():
            lines = (ROOT / name).read_text(encoding="utf-8").count("\n")
            # A list of cases, or of sentences, reads well at a length at which code does not.
            if lines > (600 if "tests/" in name or name == "app/errors.py" else 410) and name not in GENERATED:
                long.append(f"{name}: {lines}")
    assert not long, "split by what they are for"
