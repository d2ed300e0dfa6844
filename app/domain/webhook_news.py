"""Reads what a platform tells us by webhook: one message, one piece of news."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

from app.domain.codes import references_in
from app.domain.platform_updates import PlatformUpdate

SHANGHAI = timezone(timedelta(hours=8))
MAX_TEXT = 4000
_MAX_NUMBER = 64


class Malformed(ValueError):
    """The message says nothing that could be kept; the text is a word for the log."""


def read_message(body: Any, message_id: str, received_at: int) -> PlatformUpdate:
    """A message `{"type", "timestamp", "data": {...}}`, as `app/external/webhook.py` describes the way back.

    `data` names the request by `service_request_id` (the platform's) or `reference` (ours), and may hold `status`,
    `updated_at`, `text`, `reason`, `answer`, `lead_unit`, `co_units`, `unit_due_at`, `merged_into`. Unknown fields are ignored.
    Raises `Malformed` without either name.
    """
    if not isinstance(body, Mapping):
        raise Malformed("no object")
    data = body.get("data")
    if not isinstance(data, Mapping):
        raise Malformed("no data")
    number = _text(data, "service_request_id", _MAX_NUMBER)
    references = references_in(_text(data, "reference", 40))
    if not number and not references:
        raise Malformed("no request")
    units = data.get("co_units")
    return PlatformUpdate(
        update_id=f"w:{message_id}",
        platform_id=number or None,
        at=_instant(data.get("updated_at")) or _instant(body.get("timestamp")) or received_at,
        status=_text(data, "status", 80),
        reference=references[0] if references else None,
        text=_text(data, "text", MAX_TEXT),
        reason=_text(data, "reason", MAX_TEXT),
        answer=_text(data, "answer", MAX_TEXT),
        lead_unit=_text(data, "lead_unit", 120),
        co_units=tuple(str(unit)[:120] for unit in units if isinstance(unit, str)) if isinstance(units, list) else (),
        unit_due_at=_instant(data.get("unit_due_at")),
        merged_into=_text(data, "merged_into", _MAX_NUMBER) or None,
    )


def _text(data: Mapping[str, Any], name: str, most: int) -> str:
    value = data.get(name)
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    return str(value).strip()[:most]


def _instant(value: Any) -> int | None:
    """ISO 8601; without a zone it is Asia/Shanghai's."""
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value.strip())
        moment = moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)
        return int(moment.timestamp() * 1000)
    except (ValueError, OverflowError):
        return None
