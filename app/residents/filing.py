"""Filing a request (反映问题): what was typed is checked, kept when something is missing, and recorded once."""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from uuid import UUID, uuid5

from flask import Request, current_app
from itsdangerous import BadSignature, URLSafeTimedSerializer
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from app import programmes
from app.domain.codes import TRACKING_BITS, tracking_code
from app.errors import Problem
from app.ids import new_id
from app.models.service_requests import ServiceRequest
from app.programmes.shape import Category
from app.residents.kept_photos import KeptPhotos
from app.residents.scanned import Scanned
from app.schemas.fields import one_line, plain_text
from app.writes import Actor, create, write

MAX_TEXT = 4000
RESIDENT = Actor("resident")
_FORM_AGE_S = 86_400
_FULL_WIDTH = {0xFF10 + digit: str(digit) for digit in range(10)} | {0xFF0B: "+", 0xFF0D: "-", 0x3000: " "}
# Mobile, landline with area code and perhaps extension, local landline.
_PHONE = re.compile(r"1[3-9]\d{9}|0\d{9,11}(-\d{1,6})?|[2-8]\d{6,7}")


@dataclass(frozen=True)
class Typed:
    """A form as it was typed. `problems` names the code of what is wrong with each field."""

    text: str = ""
    category: str = ""
    phone: str = ""
    confidential: bool = False
    photos: KeptPhotos = field(default_factory=KeptPhotos)
    problems: dict[str, str] = field(default_factory=dict)


def new_form() -> str:
    """The hidden field that makes a form count once: a signed id for the record to come."""
    return str(_serializer().dumps(new_id()))


def record_id(form: str) -> str:
    """The id in a form's hidden field; raises `Problem("csrf")` when it is not ours or older than a day."""
    try:
        return str(_serializer().loads(form, max_age=_FORM_AGE_S))
    except BadSignature:
        raise Problem("csrf") from None


def _serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["DOORSTEP"].secret_key, salt="filing")


def read(request: Request) -> Typed:
    """The posted form, with everything that is wrong with it."""
    form: MultiDict[str, str] = request.form
    photos = KeptPhotos.read(request)
    typed = Typed(
        text=plain_text(form.get("text", "")).strip(),
        category=form.get("category", ""),
        phone=one_line(form.get("phone", ""))[:40],
        confidential=form.get("confidential") == "yes",
        photos=photos,
        problems=dict(photos.problems),
    )
    if not typed.text:
        typed.problems["text"] = "filing_text_missing"
    elif len(typed.text) > MAX_TEXT:
        typed.problems["text"] = "filing_text_too_long"
    if typed.phone and phone_number(typed.phone) is None:
        typed.problems["phone"] = "phone_wrong"
    if typed.category and typed.category not in {category.code for category in categories()}:
        typed.problems["category"] = "filing_category_unknown"
    return typed


def phone_number(typed: str) -> str | None:
    """A phone number without spaces, dashes and country code; None for what cannot be called."""
    plain = re.sub(r"[\s().\u2010-\u2015]", "", typed.translate(_FULL_WIDTH))
    plain = re.sub(r"^(\+|00)86-?", "", plain)
    if plain.startswith("1"):
        plain = plain.replace("-", "")
    elif plain.startswith("0"):
        plain = re.sub(r"^(0\d{2,3})-", r"\1", plain)
    return plain if _PHONE.fullmatch(plain) else None


def all_categories() -> tuple[Category, ...]:
    """The programme's categories."""
    return programmes.load(current_app.config["DOORSTEP"].programme).category


def categories(*, enterprise: bool = False) -> list[Category]:
    """The programme's top categories; an enterprise finds its own first."""
    top = [category for category in all_categories() if not category.parent]
    return sorted(top, key=lambda category: category.code != "business") if enterprise else top


def record(session: Session, id: str, typed: Typed, scanned: Scanned, *, review: str | None, now: int) -> str:
    """Record the request unless this form was sent before; its tracking code. `now` in ms.

    Who goes back and sends the same form with other words has written another request.
    """
    before = session.get(ServiceRequest, id)
    if before is not None and before.text != typed.text:
        id = str(uuid5(UUID(id), typed.text))
        before = session.get(ServiceRequest, id)
    if before is not None:
        return before.tracking_code or ""
    code = _tracking_code(session, id)
    values = {
        "text": typed.text,
        "photos": typed.photos.sha256s or None,
        "category": typed.category or None,
        "contact_phone": phone_number(typed.phone) if typed.phone else None,
        "confidential": typed.confidential,
        "status": "recorded",
        "source": "enterprise" if scanned.enterprise else "resident",
        "tracking_code": code,
        "review": review,
        **_where(scanned, confidential=typed.confidential),
    }
    typed.photos.keep(session, now)
    written = create(
        "service_request", {k: v for k, v in values.items() if v is not None}, id=id, scope=_scope(typed, scanned)
    )
    (outcome,) = write(session, [written], actor=RESIDENT, now=now)
    if outcome.outcome == "parked":
        raise Problem("server_error", outcome.code)
    return code


def _where(scanned: Scanned, *, confidential: bool) -> dict[str, Any]:
    area = scanned.areas[0] if scanned.areas else None
    point = scanned.place if scanned.place is not None else area
    return {
        "place_id": scanned.place.id if scanned.place is not None else None,
        "area_id": area.id if area is not None else None,
        "address": scanned.address,
        "lat": point.lat if point is not None else None,
        "lon": point.lon if point is not None else None,
        # Who looks after the door takes it up, but a confidential report is nobody's but the task force's.
        "cadre_id": scanned.cadre.id if scanned.cadre is not None and not confidential else None,
    }


def _scope(typed: Typed, scanned: Scanned) -> str | None:
    """Left to the door for a place and for confidential reports; a building's requests go to its team."""
    if typed.confidential or scanned.place is not None or scanned.team is None:
        return None
    return f"team:{scanned.team.id}"


def _tracking_code(session: Session, id: str) -> str:
    """A code that no other request has. It follows from the id: of two copies of a form that arrive together, both name the same."""
    return next(code for code in _codes_of(id) if _owner(session, code) in (None, id))


def _codes_of(id: str) -> Iterator[str]:
    key: str = current_app.config["DOORSTEP"].secret_key
    for attempt in count():
        drawn = hmac.digest(key.encode(), f"tracking {id} {attempt}".encode(), "sha256")
        yield tracking_code(int.from_bytes(drawn, "big") >> (256 - TRACKING_BITS))


def _owner(session: Session, code: str) -> str | None:
    return session.scalar(select(ServiceRequest.id).where(ServiceRequest.tracking_code == code))
