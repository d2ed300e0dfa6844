"""The vectors shared with the phone are what these rules answer today."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.domain.service_requests import as_data, steps_json
from tests.contract.make_rule_vectors import HERE, VECTORS

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(("name", "make"), VECTORS.items())
def test_the_committed_vectors_are_what_the_rules_answer(name: str, make: Callable[[], Any]) -> None:
    assert json.loads((HERE / name).read_text("utf-8")) == make()


@pytest.mark.parametrize(
    "path", ["tests/contract/service_request_steps.json", "pwa/src/rules/service_request_steps.json"]
)
def test_the_table_of_steps_on_the_phone_is_current(path: str) -> None:
    assert (ROOT / path).read_text("utf-8") == steps_json()


def test_the_table_survives_json() -> None:
    assert json.loads(steps_json()) == as_data()


def test_the_grades_of_the_vectors_cover_every_grade_and_reason() -> None:
    visits = json.loads((HERE / "check_in.json").read_text("utf-8"))
    assert {visit["evidence"]["grade"] for visit in visits} == set("abcd")
    assert len({visit["evidence"]["reason"] for visit in visits}) == 13
