"""What a GeoReport server's answer to a POST means; whatever leaves a doubt is `UNKNOWN` and will be looked up."""

from __future__ import annotations

import re

from app.domain.forwarding import Outcome
from app.external.adapters import ABOUT_KNOWN, Parcel, Sent
from app.external.http import Reply
from app.external.replies import Content, http_time, number_of, read, text_of, wait_asked, words_of

_DUPLICATE = re.compile(r"duplicate|already (?:exist|submit|report)|重复|已存在", re.IGNORECASE)
_WORDS_CHARS = 4000


def judge_reply(reply: Reply, parcel: Parcel) -> Sent:
    """What an answer to a POST means; whatever leaves a doubt is `UNKNOWN`."""
    outcome, number, token, detail = _judged(reply.status, content_of(reply), parcel)
    if detail == "not_data" and not reply.body.strip():
        detail = "empty"
    return Sent(
        outcome,
        platform_id=number,
        token=token,
        http_status=reply.status,
        detail=detail,
        words=text_of(reply.body, reply.headers.get("content-type", "")).strip()[:_WORDS_CHARS],
        wait_ms=wait_asked(reply.headers, http_time(reply.headers) or 0),
        remote_at=http_time(reply.headers),
    )


_Judged = tuple[Outcome, str | None, str | None, str | None]


def _judged(status: int, content: Content, parcel: Parcel) -> _Judged:
    if 200 <= status < 300:
        return _accepted(status, content, parcel)
    if status in (401, 403):
        return Outcome.FORBIDDEN, None, None, f"http_{status}"
    if status == 429:
        return Outcome.THROTTLED, None, None, "http_429"
    said = " ".join(words_of(error.get("description")) for error in content.errors)
    if status == 409 or (400 <= status < 500 and _DUPLICATE.search(said)):
        return Outcome.DUPLICATE, None, None, f"http_{status}"
    if 400 <= status < 500 and status != 408:
        return Outcome.REJECTED, None, None, f"http_{status}"
    return Outcome.UNKNOWN, None, None, "redirect" if 300 <= status < 400 else f"http_{status}"


def _accepted(status: int, content: Content, parcel: Parcel) -> _Judged:
    if status in (202, 204) and not content.items and not content.errors:
        return Outcome.BLIND, None, None, None
    if not content.readable:
        return Outcome.UNKNOWN, None, None, "not_data"
    if content.errors or not content.items:
        return Outcome.UNKNOWN, None, None, "errors_in_200" if content.errors else "empty"
    if parcel.operation in ABOUT_KNOWN:
        return Outcome.CREATED, parcel.platform_id, None, None
    for item in content.items:
        if number := number_of(item.get("service_request_id")):
            return Outcome.CREATED, number, None, None
    for item in content.items:
        if token := number_of(item.get("token")):
            return Outcome.TOKEN, None, token, None
    if any(item.get("service_request_id") is not None for item in content.items):
        return Outcome.UNKNOWN, None, None, "bad_number"
    return Outcome.BLIND, None, None, None


def content_of(reply: Reply) -> Content:
    """The records or errors in an answer."""
    return read(reply.body, reply.headers.get("content-type", ""))
