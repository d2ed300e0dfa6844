"""The due dates of a request: its history weighed by the programme's deadline rules, for both clocks."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from flask import current_app

from app.domain.deadlines import DeadlineRule, History, Owed, next_due, owed, parse_rules
from app.programmes import load


@lru_cache(maxsize=16)
def rules_of(programme: str) -> tuple[DeadlineRule, ...]:
    """The deadline rules of a programme."""
    return parse_rules(load(programme).deadline)


def current_rules() -> tuple[DeadlineRule, ...]:
    """The deadline rules in force here."""
    return rules_of(current_app.config["DOORSTEP"].programme)


def due_dates(history: History) -> dict[str, Any]:
    """What each clock owes next, for a request with this (status, ms) history; None where nothing is owed any more."""
    return due_fields(owed(current_rules(), history))


def due_fields(duties: Sequence[Owed]) -> dict[str, Any]:
    """The fields of a request that say what each clock owes next, from all its duties."""
    resident, unit = next_due(duties, "resident"), next_due(duties, "unit")
    return {
        "due_at": resident and resident.at_ms,
        "unit_due_at": unit and unit.at_ms,
        "due_provisional": bool((resident and resident.provisional) or (unit and unit.provisional)),
    }
