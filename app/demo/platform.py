"""The embedded complaint platform of the demo: units with their sign-ins, a service for each category, and the way there."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.demo.stories import UNIT_OF_CATEGORY, UNITS
from app.installation import CENTRE, set_up_desk
from app.programmes.shape import Programme
from app.writes import Write, create


@dataclass(frozen=True)
class UnitSignIn:
    """A unit's sign-in at the desk as the person who tries the demo gets it."""

    unit: str
    login: str
    password: str


def set_up_platform(session: Session, programme: Programme, passwords: dict[str, str]) -> list[UnitSignIn]:
    """The desk with the demo's units; those with a password in `passwords` (unit code -> password) get a sign-in."""
    units = [(code, name) for code, name, _ in UNITS]
    set_up_desk(session, programme, units, passwords, UNIT_OF_CATEGORY)
    return [UnitSignIn(name, f"unit-{code}", passwords[code]) for code, name in (CENTRE, *units) if code in passwords]


def unit_writes() -> list[Write]:
    """The handling units as records that phones carry."""
    return [create("unit", {"name": name, "kind": kind}, id=code, scope="all") for code, name, kind in UNITS]
