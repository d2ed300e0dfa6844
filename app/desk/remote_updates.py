"""What a client says later about a request it posted: word from the resident, agreement, reopening, withdrawal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.desk.intake import MAX_DESCRIPTION, MAX_KEY, parse_time
from app.desk.steps import SETTLED
from app.desk.text import clean
from app.desk.work_orders import By, Filled, take
from app.errors import Problem
from app.models.desk import DeskApiKey, DeskRequest, DeskUpdate

_RESIDENT_DUE = "attribute[resident_due]"


@dataclass(frozen=True)
class PostedUpdate:
    """A checked update. `status` is `open` or `closed`: how things stand in the client's eyes; `resident_due_at` until when the
    resident of a reopened request is to hear, where the client's own rules (working days, say) tell another time than ours.
    """

    number: str
    status: str
    text: str
    update_id: str | None
    media_url: str | None
    resident_due_at: int | None = None


def check_update(values: Sequence[tuple[str, str]]) -> PostedUpdate:
    """Check a posted update. Its `updated_datetime` must be a time, but the desk's own clock orders the history.

    Raises the problems `desk_request_id_missing`, `desk_wrong_status`, `desk_description_too_long`,
    `desk_value_too_long`, `desk_wrong_url`, `desk_wrong_time`.
    """
    given = {key: value for key, raw in values if (value := clean(raw))}
    if "service_request_id" not in given:
        raise Problem("desk_request_id_missing")
    status = given.get("status", "open").lower()
    if status not in ("open", "closed"):
        raise Problem("desk_wrong_status")
    if len(given.get("description", "")) > MAX_DESCRIPTION:
        raise Problem("desk_description_too_long")
    if len(given.get("update_id", "")) > MAX_KEY or len(given.get("media_url", "")) > 1_000:
        raise Problem("desk_value_too_long")
    if not given.get("media_url", "http://").lower().startswith(("http://", "https://")):
        raise Problem("desk_wrong_url")
    if "updated_datetime" in given:
        parse_time(given["updated_datetime"])
    return PostedUpdate(
        given["service_request_id"],
        status,
        given.get("description", ""),
        given.get("update_id"),
        given.get("media_url"),
        parse_time(given[_RESIDENT_DUE]) if _RESIDENT_DUE in given else None,
    )


def find_update_replay(session: Session, request: DeskRequest, update_id: str | None, hashed: str) -> DeskUpdate | None:
    """The update this client already made under this id; raises `desk_reference_reused` for another body under it."""
    if update_id is None:
        return None
    earlier = session.scalar(
        select(DeskUpdate).where(DeskUpdate.request_id == request.id, DeskUpdate.client_update_id == update_id)
    )
    if earlier is not None and earlier.body_hash != hashed:
        raise Problem("desk_reference_reused")
    return earlier


def take_update(
    session: Session,
    request: DeskRequest,
    key: DeskApiKey,
    posted: PostedUpdate,
    photos: Sequence[str],
    hashed: str,
    now: int,
) -> DeskUpdate:
    """Turn the update into a step: `open` on a settled request reopens it, `closed` agrees to the answer or withdraws.

    An update that changes nothing is kept as a comment; it needs words then (`desk_field_missing`).
    """
    step = "comment"
    if posted.status == "open" and request.status in SETTLED:
        step = "reopen"
    elif posted.status == "closed" and request.status == "answered":
        step = "agree"
    elif posted.status == "closed" and request.status not in SETTLED:
        step = "withdraw"
    filled = Filled(
        text=posted.text,
        reason=posted.text or "群众不认可办理结果。",
        photos=tuple(photos),
        media_url=posted.media_url,
        resident_due_at=posted.resident_due_at,
    )
    return take(session, request, step, By("client", key.client, None, posted.update_id, hashed), filled, now)
