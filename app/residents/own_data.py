"""One's own data (个人信息保护法, articles 44 to 48): what is kept and until when, a copy, a correction, deletion of the contact."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from app import audit
from app.domain import service_requests as life
from app.models.service_requests import ServiceRequest
from app.residents.cases import Case
from app.residents.filing import RESIDENT
from app.residents.look import local
from app.writes import patch, write


def export(case: Case) -> dict[str, Any]:
    """Everything that is kept about the request, as a machine can read it; times in ISO 8601, Asia/Shanghai."""
    request = case.request
    return {
        "查询码": case.shown_code,
        "登记时间": _iso(request.recorded_at),
        "来源": request.source,
        "类别": request.category,
        "内容": request.text,
        "地址": request.address,
        "经纬度": [request.lat, request.lon] if request.lat is not None else None,
        "保密反映": bool(request.confidential),
        "联系电话": request.contact_phone,
        "照片": request.photos or [],
        "当前状态": life.STATUSES[request.status].zh if request.status in life.STATUSES else request.status,
        "主办单位": request.lead_unit,
        "协办单位": request.co_units or [],
        "答复": request.answer,
        "办理过程": [
            {"时间": _iso(line.at_ms), "情况": line.words.zh, "说明": line.text, "原因": line.reason}
            for line in case.lines
        ],
        "评价": _rating(case),
        "联系电话和照片保存至": _iso(case.kept_until) or "办结满两年",
    }


def correct_phone(session: Session, request: ServiceRequest, phone: str | None, now: int) -> None:
    """Put another phone number, or none, in the place of the one that is kept; audited without the number. `now` in ms."""
    write(session, [patch("service_request", request.id, {"contact_phone": phone})], actor=RESIDENT, now=now)
    act = "resident_corrected_contact" if phone else "resident_deleted_contact"
    audit.append(session, None, act, now=now, subject=request.id)


def _rating(case: Case) -> dict[str, Any] | None:
    if case.rating is None:
        return None
    return {"分数": case.rating.score, "文字": case.rating.text, "时间": _iso(case.rating.rated_at)}


def _iso(at_ms: int | None) -> str | None:
    return f"{local(at_ms):%Y-%m-%dT%H:%M:%S}+08:00" if at_ms else None
