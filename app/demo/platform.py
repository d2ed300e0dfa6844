"""The embedded complaint platform of the demo: units with their sign-ins, a service for each category, and the way there."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from flask import current_app
from sqlalchemy.orm import Session

from app.demo.past_work_orders import CLIENT, TARGET
from app.demo.stories import UNIT_OF_CATEGORY, UNITS
from app.desk.installation import ServicePlan, SignIn, UnitPlan, setup
from app.models.forwarding import CategoryMapping, Target
from app.programmes.shape import Programme
from app.writes import Write, create

CENTRE = ("centre", "受理转办中心")


@dataclass(frozen=True)
class UnitSignIn:
    """A unit's sign-in at the desk as the person who tries the demo gets it."""

    unit: str
    login: str
    password: str


def set_up_platform(session: Session, programme: Programme, passwords: dict[str, str]) -> list[UnitSignIn]:
    """Set up the desk, the target that leads to it, and which service takes which category.

    `passwords`: unit code -> password; only these units get a sign-in (hashing one takes a moment).
    """
    named = [CENTRE, *((code, name) for code, name, _ in UNITS)]
    sign_ins = [UnitSignIn(name, f"unit-{code}", passwords[code]) for code, name in named if code in passwords]
    by_unit = {s.unit: s for s in sign_ins}
    plans = []
    for code, name in named:
        sign_in = by_unit.get(name)
        people = (SignIn(sign_in.login, f"{name}值班员", sign_in.password),) if sign_in else ()
        plans.append(UnitPlan(code, name, centre=code == CENTRE[0], sign_ins=people))
    parents = {c.code: c.zh for c in programme.category if not c.parent}
    services = [
        ServicePlan(
            code=category.code,
            name=category.zh,
            group=parents[category.parent or category.code],
            unit=UNIT_OF_CATEGORY.get(category.parent or category.code),
            public=category.parent in ("roads", "traffic"),
        )
        for category in programme.category
    ]
    key = secrets.token_urlsafe(24)
    setup(session, plans, services, key, CLIENT)
    session.add(
        Target(
            code=TARGET,
            name="12345受理平台（内置）",
            adapter="open311",
            url=current_app.config["DOORSTEP"].desk_url,
            api_key=key,
            # The desk is on this machine: asking it costs nothing, and an answer should not wait five minutes.
            settings={
                "embedded": True,
                "poll_every_s": 5,
                "attributes": ["client_reference", "resident_due", "confidential"],
            },
        )
    )
    session.flush()
    session.add_all(CategoryMapping(target=TARGET, category=c.code, service_code=c.code) for c in programme.category)
    return sign_ins


def unit_writes() -> list[Write]:
    """The handling units as records that phones carry."""
    return [create("unit", {"name": name, "kind": kind}, id=code, scope="all") for code, name, kind in UNITS]
