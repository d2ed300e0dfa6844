"""Import of service requests (诉求) that another system collected: texts and dates as they are, under that system's numbers.

The id of a record follows from its number, so that a list that is imported again changes what differs and doubles nothing.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.workdays import date_of_day, day_of
from app.imports import values as read
from app.imports.columns import Column
from app.imports.faults import Fault
from app.imports.finding import Teams, in_chunks
from app.imports.kind import Checked, Context, Key, Kind, Plan, Resolved, Row
from app.models.service_requests import ServiceRequest, ServiceRequestEvent
from app.record_rules import TASK_FORCE
from app.writes import Write, create, patch

_NAMESPACE = uuid.UUID("b0a6f5f6-70f0-5b6c-8f5b-5f3f7a6f9c11")
_MAX_TEXT = 10_000

COLUMNS = (
    Column(
        "number", "编号", read.code_text, ("留言编号", "诉求编号", "工单编号", "工单号", "问题编号", "信件编号", "受理编号", "id"),
        example="188006", hint="原系统的编号；没有则按内容识别；请设为文本",
    ),
    Column(
        "title", "主题", read.line(200), ("留言主题", "标题", "诉求主题", "问题标题", "诉求标题", "事项"), free_text=True, example="小区东门路灯不亮",
    ),
    Column(
        "text", "内容", read.long_text(_MAX_TEXT), ("留言详情", "留言内容", "诉求内容", "问题描述", "诉求描述", "详情", "问题", "意见建议", "诉求"),
        required=True, free_text=True, example="东门到菜市场一段路灯坏了五六盏，晚上看不清路。",
    ),
    Column(
        "at", "时间", read.instant, ("留言时间", "登记时间", "诉求时间", "受理时间", "提交时间", "来电时间", "日期", "反映时间", "记录时间"),
        example="2026-11-20 09:30", hint="没有则按导入时间",
    ),
    Column("category", "分类", read.line(80), ("类别", "诉求分类", "问题分类", "诉求类别", "事项分类"), example="路灯照明"),
    Column("address", "地址", read.line(240), ("发生地址", "问题地址", "诉求地址", "事发地点", "地点", "详细地址"), example="古楼街道文昌社区东门"),
    Column("phone", "联系电话", read.phone, ("手机号", "电话", "来电号码", "联系方式", "手机"), example="19900001234", hint="请设为文本"),
    Column("team", "服务队", read.line(120), ("服务队名称", "所属服务队", "责任服务队"), example="", hint="可不填；不填的由专班查看"),
    Column("likes", "点赞数", read.count, ("点赞", "支持数", "赞成数"), example=0),
    Column("dislikes", "反对数", read.count, ("反对", "不赞成数"), example=0),
)  # fmt: skip


def import_key(values: dict[str, Any]) -> str:
    """The other system's number, or a fingerprint of the content where there is none."""
    if values.get("number"):
        return str(values["number"])
    content = "\x00".join((values.get("title") or "", values["text"], str(values.get("at") or "")))
    return "content:" + hashlib.sha256(content.encode()).hexdigest()[:32]


def _id(*parts: str) -> str:
    return str(uuid.uuid5(_NAMESPACE, "/".join(parts)))


def _key(values: dict[str, Any]) -> Key:
    return (import_key(values),)


def _check(values: dict[str, Any]) -> Iterator[Checked]:
    if (values.get("phone") or {"number": ""})["number"] is None:
        # A masked number can call nobody; the request keeps none.
        values.pop("phone")
    yield from ()


def _resolve(session: Session, rows: Sequence[Row], context: Context) -> Iterator[Resolved]:
    teams = Teams(session, rows, context)
    categories = {category.zh: category.code for category in context.programme.category}
    categories |= {category.code: category.code for category in context.programme.category}
    ids = {row.number: _id(import_key(row.values)) for row in rows}
    known: dict[str, str | None] = {}
    noted: set[str] = set()
    for some in in_chunks(ids.values()):
        query = select(ServiceRequest.id, ServiceRequest.status).where(ServiceRequest.id.in_(some))
        known.update((row.id, row.status) for row in session.execute(query))
    for some in in_chunks(_note_id(row) for row in rows):
        noted.update(session.scalars(select(ServiceRequestEvent.id).where(ServiceRequestEvent.id.in_(some))))
    for row in rows:
        values = row.values
        if values.get("at") and values["at"] > context.now:
            yield Fault(row.number, "时间", str(date_of_day(day_of(values["at"]))), "future_date")
            continue
        team = None
        if values.get("team") or context.team_id:
            found = teams.of(row, "服务队")
            if isinstance(found, Fault):
                yield found
                continue
            team = found.id
        category = categories.get(values.get("category") or "")
        context.unknown_categories += bool(values.get("category")) and category is None
        request_id = ids[row.number]
        if request_id in known:
            plan = _changed(request_id, known[request_id], values, category)
        else:
            plan = _new(request_id, values, category, team, context.now)
        if _note_id(row) and _note_id(row) not in noted:
            plan.writes.append(_note(row, request_id))
        yield plan


def _fields(values: dict[str, Any], category: str | None) -> dict[str, Any]:
    fields = {key: values[key] for key in ("title", "text", "address") if values.get(key)}
    return {**fields, "category": category} if category else fields


def _new(request_id: str, values: dict[str, Any], category: str | None, team: str | None, now: int) -> Plan:
    at = values.get("at") or now
    fields = {
        **_fields(values, category),
        "source": "import",
        "status": "recorded",
        "import_key": import_key(values),
        "recorded_at": at,
        "occurred_on": date_of_day(day_of(at)).isoformat(),
    }
    if values.get("phone"):
        fields["contact_phone"] = values["phone"]["number"]
    return Plan(True, [create("service_request", fields, id=request_id, scope=f"team:{team}" if team else TASK_FORCE)])


def _changed(request_id: str, status: str | None, values: dict[str, Any], category: str | None) -> Plan:
    """A request that somebody has taken up is no longer the list's business; until then a corrected list corrects it."""
    taken_up = status != "recorded"
    return Plan(False, [] if taken_up else [patch("service_request", request_id, _fields(values, category))])


def _note_id(row: Row) -> str | None:
    likes, dislikes = row.values.get("likes"), row.values.get("dislikes")
    if likes is None and dislikes is None:
        return None
    return _id(import_key(row.values), "note", str(likes), str(dislikes))


def _note(row: Row, request_id: str) -> Write:
    parts = [
        f"{word}{row.values[key]}"
        for word, key in (("点赞数", "likes"), ("反对数", "dislikes"))
        if row.values.get(key) is not None
    ]
    note = {
        "service_request_id": request_id,
        "kind": "comment",
        "text": f"导入时附带：{'，'.join(parts)}。",
        "public": False,
        "actor_kind": "system",
    }
    return create("service_request_event", note, id=_note_id(row))


KIND = Kind("service_requests", "诉求", COLUMNS, ("leader", "task_force", "admin"), _key, _resolve, _check)
