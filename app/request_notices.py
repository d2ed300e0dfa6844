"""What a cadre's inbox says when a request of theirs moves; it rides on sync, so it needs no push service."""

from __future__ import annotations

from typing import Any

from app.domain.service_requests import STATUSES
from app.ids import new_id
from sync.collections import Row
from sync.wire import Change, Mutation

# Only these are worth a line; the others can be read on the request itself.
_TOLD = {
    "answered": "诉求有了办理结果，请向群众反馈",
    "returned": "上报的诉求被退回",
    "not_accepted": "上报的诉求未被受理",
    "reopened": "群众表示未解决，已重新办理",
    "merged": "诉求已与同一问题合并办理",
    "extended": "诉求办理时间延长",
}
_TEXT = 200


class InboxLine(Mutation):
    """A new notice with the scope of the inbox that it goes to."""

    scope: str | None = None


def notice_of(request: Row, words: str | None, now: int) -> InboxLine | None:
    """The notice for the cadre who recorded `request`, or None when there is nothing to tell or nobody to tell it to."""
    title = _TOLD.get(request["status"])
    if title is None or not request["cadre_id"]:
        return None
    what = request["title"] or request["text"] or ""
    text = f"{what[:60]}\n{STATUSES[request['status']][0]}" + (f"：{words[:_TEXT]}" if words else "")
    fields: dict[str, Any] = {
        "kind": "request_" + request["status"],
        "title": title,
        "text": text,
        "about_collection": "service_request",
        "about_id": request["id"],
        "created_at": now,
    }
    return InboxLine(
        mid=0,
        uuid=new_id(),
        collection="notice",
        id=new_id(),
        op="create",
        changes={name: Change(to=value) for name, value in fields.items()},
        scope=f"user:{request['cadre_id']}",
    )
