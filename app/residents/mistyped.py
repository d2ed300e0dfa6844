"""Which sign of a tracking code was probably copied wrongly."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.codes import ALPHABET, TRACKING_SIGNS, is_tracking_code, normalise
from app.models.service_requests import ServiceRequest


def slips(typed: str) -> dict[str, int]:
    """Every correct code that is one wrong sign or one exchanged pair away, with the place (from 1) of the slip.

    Empty for a text that has not the length of a code.
    """
    code = normalise(typed)
    if len(code) != TRACKING_SIGNS:
        return {}
    found: dict[str, int] = {}
    for place in range(TRACKING_SIGNS):
        for sign in ALPHABET:
            found.setdefault(code[:place] + sign + code[place + 1 :], place + 1)
        if place + 1 < TRACKING_SIGNS:
            found.setdefault(code[:place] + code[place + 1] + code[place] + code[place + 2 :], place + 1)
    return {near: place for near, place in found.items() if near != code and is_tracking_code(near)}


def likely_slip(session: Session, typed: str) -> int | None:
    """The place of the slip when exactly one request is that near; never which sign would be right."""
    near = slips(typed)
    if not near:
        return None
    codes = session.scalars(
        select(ServiceRequest.tracking_code).where(ServiceRequest.tracking_code.in_(sorted(near)))
    ).all()
    return near[codes[0]] if len(codes) == 1 and codes[0] else None
