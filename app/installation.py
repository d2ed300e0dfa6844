"""What every installation has before anybody signs in: the programme's records, the embedded desk, and the way there."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.database import writing
from app.desk.installation import ServicePlan, SignIn, UnitPlan, setup
from app.ids import now_ms
from app.models import library
from app.models.forwarding import CategoryMapping, Target
from app.programmes import load as load_programme
from app.programmes.library import library_writes
from app.programmes.shape import Programme
from app.setup import migrate
from app.writes import Actor, write

SYSTEM = Actor("system", None, "系统")
TARGET = "desk"
# How the desk's units see who posted a request.
CLIENT = "民情日记"
CENTRE = ("centre", "受理转办中心")


def install(session: Session, now: int, centre_password: str) -> bool:
    """Prepare an empty installation for a real city; False when that was done before.

    The dispatch centre (受理转办中心) gets the sign-in `unit-centre`; other units, people and places come in by import.
    """
    if session.scalar(select(Target.code).limit(1)) is not None:
        return False
    programme = load_programme(current_app.config["DOORSTEP"].programme)
    write(session, library_writes(programme), actor=SYSTEM, now=now)
    set_up_desk(session, programme, (), {"centre": centre_password}, {})
    return True


def upgrade() -> None:
    """Bring the database to this version of the product: its tables, and in an installed city what the programme's file says.

    That is how an edited file, or what a new version adds to one, reaches the phones.
    """
    migrate()
    with writing() as session:
        if session.scalar(select(library.Programme.id).limit(1)) is not None:
            programme = load_programme(current_app.config["DOORSTEP"].programme)
            write(session, library_writes(programme), actor=SYSTEM, now=now_ms())


def set_up_desk(
    session: Session,
    programme: Programme,
    units: Sequence[tuple[str, str]],
    passwords: Mapping[str, str],
    unit_of_category: Mapping[str, str],
) -> None:
    """Set up the desk with its centre and `units` (code, name), one service for each category, and the target that leads there.

    `passwords`: unit code -> password of its sign-in `unit-<code>`; hashing takes a moment, so not every unit needs one.
    `unit_of_category`: category -> the unit that the centre is proposed for it.
    """
    plans = []
    for code, name in (CENTRE, *units):
        people = (SignIn(f"unit-{code}", f"{name}值班员", passwords[code]),) if code in passwords else ()
        plans.append(UnitPlan(code, name, centre=code == CENTRE[0], sign_ins=people))
    parents = {c.code: c.zh for c in programme.category if not c.parent}
    services = [
        ServicePlan(
            code=category.code,
            name=category.zh,
            group=parents[category.parent or category.code],
            unit=unit_of_category.get(category.parent or category.code),
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
            settings={
                # Wherever this installation listens now. It is on this machine: asking it costs nothing, and an answer should
                # not wait five minutes.
                "embedded": True,
                "poll_every_s": 5,
                "attributes": ["client_reference", "resident_due", "confidential"],
            },
        )
    )
    session.flush()
    session.add_all(CategoryMapping(target=TARGET, category=c.code, service_code=c.code) for c in programme.category)
