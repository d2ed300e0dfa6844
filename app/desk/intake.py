"""What a client posts: GeoReport form fields -> a checked `Posted` -> a new request, or the one it already made."""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.desk.clocks import HOUR_MS
from app.desk.text import clean
from app.desk.work_orders import give_number, next_due
from app.errors import Problem
from app.ids import new_id
from app.models.desk import DeskApiKey, DeskRequest, DeskService, DeskUpdate

MAX_DESCRIPTION = 4_000
MAX_ATTRIBUTES = 40
MAX_KEY = 200
# Longest values of the short fields; they are the widths of the columns.
_LIMITS = {
    "address_string": 400,
    "address_id": 120,
    "first_name": 60,
    "last_name": 60,
    "phone": 40,
    "email": 200,
    "account_id": 120,
    "media_url": 1_000,
}
_ATTRIBUTE = re.compile(r"attribute\[([^\[\]]{1,64})\](\[\])?")
# Not part of what is posted: who posts, and where to.
_NOT_BODY = {"api_key", "jurisdiction_id"}

# Asked of every service, required by none: the client's own number for it, when the resident must have heard, and
# whether it must stay between the client and the desk.
COMMON_ATTRIBUTES: tuple[dict[str, Any], ...] = (
    {"code": "client_reference", "datatype": "string", "description": "上报方编号 The client's own reference"},
    {"code": "resident_due", "datatype": "datetime", "description": "反馈群众的最晚时间 The resident's term"},
    {"code": "confidential", "datatype": "singlevaluelist", "description": "是否保密 Confidential",
     "values": [{"key": "true", "name": "保密"}, {"key": "false", "name": "不保密"}]},
)  # fmt: skip


@dataclass(frozen=True)
class Posted:
    """A checked body. Empty fields are absent; `fields` has the standard ones by GeoReport's names."""

    service_code: str
    description: str
    fields: Mapping[str, str]
    attributes: Mapping[str, list[str]] = field(default_factory=dict)
    lat: float | None = None
    long: float | None = None
    resident_due_at: int | None = None
    confidential: bool = False


def parse_time(text: str) -> int:
    """A W3 date and time with its zone -> milliseconds; raises the problem `desk_wrong_time`."""
    # An unescaped "+08:00" arrives as a blank: the only place where a blank can stand.
    repaired = re.sub(r" (?=\d\d:?\d\d$)", "+", text.strip())
    try:
        value = datetime.fromisoformat(repaired)
        if value.tzinfo is None or "T" not in repaired:
            raise Problem("desk_wrong_time")
        return int(value.timestamp() * 1000)
    except (ValueError, OverflowError) as error:
        raise Problem("desk_wrong_time") from error


def definition_of(service: DeskService) -> list[dict[str, Any]]:
    """All attributes of a service as GeoReport's service definition lists them: its own, then the common ones."""
    own = list(service.attributes)
    common = [
        {
            "variable": True,
            "required": False,
            "datatype_description": "",
            "values": [],
            "order": order,
            **attribute,
        }
        for order, attribute in enumerate(COMMON_ATTRIBUTES, start=len(own) + 1)
    ]
    return own + common


def body_hash(values: Sequence[tuple[str, str]], photos: Sequence[str]) -> str:
    """A fingerprint of what was posted: the same body gives the same hash, whatever the order of its fields."""
    body = sorted((key, value) for key, value in values if value.strip() and key not in _NOT_BODY)
    return hashlib.sha256(json.dumps([body, sorted(photos)]).encode()).hexdigest()


def check_posted(values: Sequence[tuple[str, str]], service: DeskService) -> Posted:
    """Check a posted body against the standard and against the service's definition.

    Raises the problems `desk_description_too_long`, `desk_value_too_long`, `desk_no_location`, `desk_half_location`,
    `desk_wrong_location`, `desk_wrong_url`, `desk_attribute_missing`, `desk_wrong_attribute`, `desk_wrong_time`.
    """
    given = {key: value for key, raw in values if (value := clean(raw))}
    description = given.get("description", "")
    if len(description) > MAX_DESCRIPTION:
        raise Problem("desk_description_too_long")
    fields = {name: given[name] for name in _LIMITS if name in given}
    if any(len(value) > _LIMITS[name] for name, value in fields.items()):
        raise Problem("desk_value_too_long")
    if not re.match(r"https?://", fields.get("media_url", "https://"), re.IGNORECASE):
        raise Problem("desk_wrong_url")
    lat, long = _check_location(given)
    attributes = _check_attributes(values, service)
    due = attributes.get("resident_due")
    return Posted(
        service_code=service.code,
        description=description,
        fields=fields,
        attributes=attributes,
        lat=lat,
        long=long,
        resident_due_at=parse_time(due[0]) if due else None,
        confidential=attributes.get("confidential") == ["true"],
    )


def _check_location(given: Mapping[str, str]) -> tuple[float | None, float | None]:
    if ("lat" in given) != ("long" in given):
        raise Problem("desk_half_location")
    if "lat" not in given:
        if "address_string" not in given and "address_id" not in given:
            raise Problem("desk_no_location")
        return None, None
    try:
        lat, long = float(given["lat"]), float(given["long"])
    except ValueError as error:
        raise Problem("desk_wrong_location") from error
    if not (math.isfinite(lat) and math.isfinite(long) and abs(lat) <= 90 and abs(long) <= 180):
        raise Problem("desk_wrong_location")
    return lat, long


def _check_attributes(values: Sequence[tuple[str, str]], service: DeskService) -> dict[str, list[str]]:
    """`attribute[code]` and `attribute[code][]` as code -> values; codes the service does not ask for are kept too."""
    attributes: dict[str, list[str]] = {}
    for key, raw in values:
        match = _ATTRIBUTE.fullmatch(key)
        if match and (value := clean(raw)):
            attributes.setdefault(match[1], []).append(value)
    if len(attributes) > MAX_ATTRIBUTES or any(len(v) > MAX_DESCRIPTION for vs in attributes.values() for v in vs):
        raise Problem("desk_value_too_long")
    if len(attributes.get("client_reference", [""])[0]) > MAX_KEY:
        raise Problem("desk_value_too_long")
    for definition in definition_of(service):
        answers = attributes.get(definition["code"], [])
        if definition["required"] and not answers:
            raise Problem("desk_attribute_missing")
        if not all(_fits(definition, value) for value in answers):
            raise Problem("desk_wrong_attribute")
        if len(answers) > 1 and definition["datatype"] != "multivaluelist":
            raise Problem("desk_wrong_attribute")
    return attributes


def _fits(definition: Mapping[str, Any], value: str) -> bool:
    match definition["datatype"]:
        case "number":
            return re.fullmatch(r"[+-]?[0-9]{1,30}(\.[0-9]{1,30})?", value) is not None
        case "datetime":
            parse_time(value)
            return True
        case "string":
            return "\n" not in value
        case "singlevaluelist" | "multivaluelist":
            return value in {option["key"] for option in definition["values"]}
        case _:
            return True


def find_replay(
    session: Session, key: DeskApiKey, idempotency_key: str | None, client_reference: str | None, hashed: str
) -> DeskRequest | None:
    """The request this client already made under one of these keys.

    Raises the problem `desk_reference_reused` when it was made from another body: whoever reuses a key by mistake
    must not be told that this request, too, has arrived.
    """
    names = []
    if idempotency_key:
        names.append(DeskRequest.idempotency_key == idempotency_key)
    if client_reference:
        names.append(DeskRequest.client_reference == client_reference)
    if not names:
        return None
    earlier = session.scalars(select(DeskRequest).where(DeskRequest.api_key_id == key.id, or_(*names))).all()
    if any(request.body_hash != hashed for request in earlier):
        raise Problem("desk_reference_reused")
    return earlier[0] if earlier else None


def receive(
    session: Session,
    key: DeskApiKey,
    service: DeskService,
    posted: Posted,
    *,
    photos: Sequence[str],
    idempotency_key: str | None,
    hashed: str,
    now: int,
) -> DeskRequest:
    """Write a new request and the first line of its history, inside the caller's write transaction."""
    given = posted.fields
    request = DeskRequest(
        id=new_id(),
        rev=1,
        round=1,
        returns=0,
        service_code=service.code,
        status="submitted",
        public=service.public and not posted.confidential,
        description=posted.description,
        address=given.get("address_string"),
        address_id=given.get("address_id"),
        lat=posted.lat,
        lon=posted.long,
        contact_name=_full_name(given.get("last_name", ""), given.get("first_name", "")) or None,
        contact_phone=given.get("phone"),
        contact_email=given.get("email"),
        client_account_id=given.get("account_id"),
        attributes=dict(posted.attributes),
        media_url=given.get("media_url"),
        photos=list(photos),
        answer_photos=[],
        api_key_id=key.id,
        idempotency_key=idempotency_key,
        client_reference=posted.attributes.get("client_reference", [None])[0],
        body_hash=hashed,
        requested_at=now,
        updated_at=now,
        resident_due_at=posted.resident_due_at or now + service.resident_hours * HOUR_MS,
    )
    request.next_due_at = next_due(request)
    session.add(request)
    if service.delivery == "realtime":
        give_number(session, request, now)
    else:
        request.token = new_id()
    session.flush()
    session.add(_first_line(request, key, now))
    session.flush()
    return request


def _full_name(family: str, given: str) -> str:
    """Family name first and no blank in Chinese, the other way round in letters."""
    return f"{given} {family}".strip() if (family + given).isascii() else family + given


def _first_line(request: DeskRequest, key: DeskApiKey, now: int) -> DeskUpdate:
    return DeskUpdate(
        id=new_id(),
        request_id=request.id,
        step="submit",
        from_status="",
        to_status="submitted",
        text="",
        public=False,
        photos=[],
        part="client",
        unit_name=key.client,
        at=now,
    )
