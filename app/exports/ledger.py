"""The rows of the ledger (台账) in words: visits, requests, and the funnel. Masked unless the selection says otherwise."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Row, Select, func, select
from sqlalchemy.orm import Session

from app.domain.service_request_words import STATUSES
from app.exports.selection import Selection
from app.masking import masked_name, masked_phone, masked_text
from app.models.people import Cadre, Team
from app.models.places import Place, PlaceContact
from app.models.service_requests import ServiceRequest, ServiceRequestEvent
from app.models.visits import Visit
from app.programmes.shape import Programme

_SHANGHAI = timedelta(hours=8)
_AT_ONCE = 2_000
GRADES = {"a": "甲", "b": "乙", "c": "丙", "d": "丁"}
CONFIDENTIAL_TEXT = "（保密件，内容不导出）"


class Heading(NamedTuple):
    """A column of a sheet: its title, its width in characters, and whether long texts wrap in it."""

    title: str
    width: int
    wraps: bool = False


VISITS = (
    Heading("序号", 5), Heading("日期", 11), Heading("到达", 6), Heading("服务队", 18, True), Heading("走访干部", 9), Heading("同行", 9, True),
    Heading("类别", 6), Heading("走访对象", 14, True), Heading("联系电话", 13), Heading("地址", 26, True), Heading("网格", 14, True),
    Heading("方式", 6), Heading("结果", 8), Heading("情况", 8), Heading("意见", 30, True), Heading("佐证", 5), Heading("备注", 20, True),
)  # fmt: skip
REQUESTS = (
    Heading("序号", 5), Heading("登记时间", 16), Heading("来源", 8), Heading("服务队", 16, True), Heading("走访对象", 12, True), Heading("联系电话", 13),
    Heading("地址", 22, True), Heading("分类", 10, True), Heading("诉求内容", 36, True), Heading("处理", 9), Heading("六办", 8), Heading("状态", 9),
    Heading("平台编号", 16), Heading("主办单位", 14, True), Heading("协办单位", 14, True), Heading("答复", 30, True), Heading("当前时限", 16),
    Heading("反馈时间", 16), Heading("认可时间", 16), Heading("销号时间", 16), Heading("退单", 5),
)  # fmt: skip
FUNNEL = (Heading("环节", 24), Heading("件数", 10), Heading("占诉求总数", 14))
SOURCES = {"cadre": "走访", "resident": "群众自填", "enterprise": "企业自填", "import": "导入"}


def clock(at: int | None, form: str = "%Y-%m-%d %H:%M") -> str:
    """An instant (ms) as people in Liaocheng read it; empty for None."""
    return "" if at is None else (datetime.fromtimestamp(at / 1000, UTC) + _SHANGHAI).strftime(form)


class Ledger:
    """Reads the rows of one selection, as they come from the database, so that a year of a city fits into memory."""

    def __init__(self, session: Session, selection: Selection, programme: Programme) -> None:
        self.session = session
        self.selection = selection
        self.programme = programme
        self._categories = {category.code: category.zh for category in programme.category}
        self._teams = {f"team:{team_id}": name for team_id, name in session.execute(select(Team.id, Team.name))}
        self._cadres: dict[str, str] = {row.id: row.name for row in session.execute(select(Cadre.id, Cadre.name))}

    def visits(self) -> Iterator[list[str]]:
        """One row for each visit, by day, team and time."""
        for number, row in enumerate(self._stream(self._visit_query()), start=1):
            visit, place, contact_name, contact_phone = row
            name, phone = self._person(place, contact_name, contact_phone)
            yield [
                str(number), visit.visit_on or "", clock(visit.arrived_at, "%H:%M"), self._team(visit.scope), self._name(visit.cadre_id),
                "、".join(self._name(mate) for mate in visit.companions or ()), self.word("target", place and place.kind), name, phone,
                (place.address if place else "") or "", (place.grid_name if place else "") or "", self.word("mode", visit.mode),
                self.word("outcome", visit.outcome), self.word("finding", visit.finding), self._text(visit.opinion),
                GRADES.get(visit.evidence or "", ""), "；".join(self._remarks(visit)),
            ]  # fmt: skip

    def requests(self) -> Iterator[list[str]]:
        """One row for each request recorded in the period, by time. Confidential ones show no person and no text."""
        for number, row in enumerate(self._stream(self._request_query()), start=1):
            request, place, contact_name, contact_phone = row
            name, phone = self._person(place, contact_name, contact_phone or request.contact_phone)
            address = request.address or (place.address if place else "") or ""
            text = "\n".join(part for part in (request.title, self._text(request.text)) if part)
            answer = self._text(request.answer)
            if request.confidential:
                name = phone = address = answer = ""
                text = CONFIDENTIAL_TEXT
            yield [
                str(number), clock(request.recorded_at), SOURCES.get(request.source or "", request.source or ""), self._team(request.scope),
                name, phone, address, self.category(request.category), text,
                self.word("handling", request.handling), self.word("way", request.way), status_word(request.status),
                request.platform_number or "", request.lead_unit or "", "、".join(request.co_units or ()), answer, clock(request.due_at),
                clock(request.answered_at), clock(request.agreed_at), clock(request.closed_at), str(request.returns or 0),
            ]  # fmt: skip

    def funnel(self) -> list[tuple[str, int]]:
        """How many requests of the period have ever reached each stage of the way over the hotline, and the ways beside it."""
        reached = self._reached()
        total = self._count(ServiceRequest.id)
        return [
            ("诉求总数", total),
            ("当场解决", reached["solved_on_spot"]),
            ("解释说明", reached["explained"]),
            ("本单位办理", reached["own_unit"]),
            ("上报平台", reached["submitted"]),
            ("已转办", reached["dispatched"]),
            ("已反馈", reached["answered"]),
            ("群众认可", reached["agreed"]),
            ("销号", reached["closed"]),
            ("退单", reached["returned"]),
            ("重办", reached["reopened"]),
        ]

    def _reached(self) -> Counter[str]:
        """Status -> how many requests of the period have been in it."""
        events = (
            select(ServiceRequestEvent.to_status, func.count(func.distinct(ServiceRequestEvent.service_request_id)))
            .join(ServiceRequest, ServiceRequest.id == ServiceRequestEvent.service_request_id)
            .where(ServiceRequestEvent.kind == "status", *self.request_conditions())
            .group_by(ServiceRequestEvent.to_status)
        )
        return Counter({status or "": number for status, number in self.session.execute(events)})

    def _count(self, column: Any) -> int:
        return self.session.scalar(select(func.count(column)).where(*self.request_conditions())) or 0

    def _visit_query(self) -> Select[*tuple[Any, ...]]:
        return (
            select(Visit, Place, PlaceContact.name, PlaceContact.phone)
            .outerjoin(Place, Place.id == Visit.place_id)
            .outerjoin(PlaceContact, PlaceContact.place_id == Visit.place_id)
            .where(
                Visit.visit_on.between(self.selection.first.isoformat(), self.selection.last.isoformat()),
                Visit.deleted.is_(False),
                Visit.withdrawn.is_not(True),
                self.selection.in_scope(Visit.scope),
            )
            .order_by(Visit.visit_on, Visit.scope, Visit.arrived_at, Visit.id)
        )

    def _request_query(self) -> Select[*tuple[Any, ...]]:
        return (
            select(ServiceRequest, Place, PlaceContact.name, PlaceContact.phone)
            .outerjoin(Place, Place.id == ServiceRequest.place_id)
            .outerjoin(PlaceContact, PlaceContact.place_id == ServiceRequest.place_id)
            .where(*self.request_conditions())
            .order_by(ServiceRequest.recorded_at, ServiceRequest.id)
        )

    def request_conditions(self) -> tuple[Any, ...]:
        """What picks the requests of this selection."""
        return (
            ServiceRequest.recorded_at.between(self.selection.from_ms, self.selection.to_ms),
            ServiceRequest.deleted.is_(False),
            self.selection.in_scope(ServiceRequest.scope),
        )

    def _stream(self, query: Select[*tuple[Any, ...]]) -> Iterator[Row[*tuple[Any, ...]]]:
        for part in self.session.execute(query.execution_options(yield_per=_AT_ONCE)).partitions():
            # Rows that have been written out do not pile up: the session refers to them weakly.
            yield from part

    def _person(self, place: Place | None, name: str | None, phone: str | None) -> tuple[str, str]:
        """Who and which number, masked or in full. Names of enterprises and villages are no personal data."""
        if place is not None and place.kind != "household":
            shown = place.label
        elif self.selection.full:
            shown = name or (place.label if place else "")
        else:
            shown = masked_name(name) or (place.label if place else "")
        return shown, (phone or "") if self.selection.full else masked_phone(phone)

    def category(self, code: str | None) -> str:
        """The Chinese name of a category."""
        return self._categories.get(code or "", code or "")

    def _text(self, text: str | None) -> str:
        return (text or "") if self.selection.full else masked_text(text)

    def _team(self, scope: str) -> str:
        return self._teams.get(scope, "专班" if scope.startswith("unit:") else "")

    def _name(self, cadre_id: str | None) -> str:
        return self._cadres.get(cadre_id or "", "")

    def word(self, kind: str, code: str | None) -> str:
        """The Chinese word of a code of the programme; empty for none."""
        return self.programme.word(kind, code) if code else ""

    def _remarks(self, visit: Visit) -> Iterator[str]:
        if visit.late_entry:
            yield "补录"
        if visit.card_left:
            yield "已留联系卡"
        if visit.rescheduled_on:
            yield f"约{visit.rescheduled_on}"
        if visit.note:
            yield self._text(visit.note)


def status_word(status: str | None) -> str:
    """The Chinese word of a status; the code itself when it is not known."""
    words = STATUSES.get(status or "")
    return words.zh if words else status or ""
