"""The due dates of a request: its history weighed by the programme's deadline rules, for both clocks."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from flask import current_app

from app.domain.deadlines import DeadlineRule, History, Owed, next_due, parse_rules
from app.domain.duties import Scale, as_recorded, kept_here, with_term
from app.programmes import load


@lru_cache(maxsize=16)
def rules_of(programme: str) -> tuple[DeadlineRule, ...]:
    """The deadline rules of a programme."""
    return parse_rules(load(programme).deadline)


@lru_cache(maxsize=16)
def _scale_of(programme: str) -> Scale:
    return Scale(rules_of(programme))


def current_rules() -> tuple[DeadlineRule, ...]:
    """The deadline rules in force here."""
    return rules_of(current_app.config["DOORSTEP"].programme)


def current_scale() -> Scale:
    """The rules in force here, ready to weigh by."""
    return _scale_of(current_app.config["DOORSTEP"].programme)


def duties_of(
    scale: Scale, history: History, recorded_at: int | None, way: str | None, unit_term_at: int | None
) -> Sequence[Owed]:
    """What is owed and was: `history` as it became known here, `recorded_at` the instant from which the promises run (ms),
    `unit_term_at` the term that the platform has told for its unit.
    """
    if not history or recorded_at is None or recorded_at >= history[0][1]:
        duties = scale.owed(history, way)
    else:
        duties = kept_here(scale.owed(as_recorded(history, recorded_at), way), history)
    return duties if unit_term_at is None else with_term(duties, unit_term_at)


def due_dates(history: History, recorded_at: int | None, way: str | None, unit_term_at: int | None) -> dict[str, Any]:
    """What each clock owes next, for a request with this (status or mark, ms) history; None where nothing is owed any more."""
    return due_fields(duties_of(current_scale(), history, recorded_at, way, unit_term_at))


def due_fields(duties: Sequence[Owed]) -> dict[str, Any]:
    """The fields of a request that say what each clock owes next, from all its duties."""
    resident, unit = next_due(duties, "resident"), next_due(duties, "unit")
    return {
        "due_at": resident and resident.at_ms,
        "unit_due_at": unit and unit.at_ms,
        "due_provisional": bool((resident and resident.provisional) or (unit and unit.provisional)),
    }
