"""The units' list: which requests stand on which shelf (待办、协办、超期…), by due date, with both clocks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from app.desk.clocks import Clock, Standing, read_clock
from app.desk.sign_in import Officer
from app.desk.steps import CLOSED, NO_UNIT, OPEN, SETTLED, WITH_UNIT
from app.models.desk import DeskRequest, DeskRequestUnit, DeskService, DeskUnit

PAGE_SIZE = 40


@dataclass(frozen=True)
class Shelf:
    """One filter of the list."""

    name: str
    zh: str
    en: str
    holds: ColumnElement[bool]
    by_due: bool = True


@dataclass(frozen=True)
class Row:
    """One line of the list."""

    request: DeskRequest
    service: str
    lead: str | None
    part: str
    resident: Clock
    unit: Clock
    nearest: Standing


@dataclass(frozen=True)
class Search:
    """What the list is narrowed by; empty strings are not asked for. `page` counts from 1."""

    words: str = ""
    service: str = ""
    unit: str = ""
    page: int = 1


def shelves_for(officer: Officer, now: int) -> list[Shelf]:
    """The shelves of this unit; the first is what waits for it."""
    overdue = and_(DeskRequest.status.in_(OPEN), DeskRequest.next_due_at < now)
    if officer.centre:
        waiting = or_(DeskRequest.status.in_(NO_UNIT), DeskRequest.extension_until.is_not(None))
        return [
            Shelf("waiting", "待处理", "Waiting", waiting),
            Shelf("overdue", "超期", "Overdue", overdue),
            Shelf("all", "全部在办", "All open", DeskRequest.status.in_(OPEN)),
            Shelf("answered", "待办结", "Answered", DeskRequest.status == "answered", by_due=False),
            Shelf("done", "已办结", "Closed", DeskRequest.status.in_(CLOSED), by_due=False),
        ]
    mine, helping = _holds(officer, "lead"), _holds(officer, "co")
    return [
        Shelf("mine", "主办", "Mine", and_(mine, DeskRequest.status.in_(WITH_UNIT))),
        Shelf("co", "协办", "Co-operating", and_(helping, DeskRequest.status.in_(WITH_UNIT))),
        Shelf("overdue", "超期", "Overdue", and_(or_(mine, helping), overdue)),
        Shelf("answered", "已答复", "Answered", and_(mine, DeskRequest.status == "answered"), by_due=False),
        Shelf("done", "已办结", "Closed", and_(or_(mine, helping), DeskRequest.status.in_(CLOSED)), by_due=False),
    ]


def count(session: Session, shelves: Sequence[Shelf]) -> dict[str, int]:
    """How many requests stand on each shelf, in one query of which every part can use an index."""
    counts = [select(func.count()).where(shelf.holds).scalar_subquery() for shelf in shelves]
    row = session.execute(select(*counts)).one()
    return {shelf.name: int(number) for shelf, number in zip(shelves, row, strict=True)}


def read_shelf(session: Session, officer: Officer, shelf: Shelf, search: Search, now: int) -> tuple[list[Row], bool]:
    """One page of a shelf, and whether there is another: nearest due date first, settled ones by their last change."""
    query = (
        select(DeskRequest, DeskService.name, DeskUnit.name)
        .join(DeskService, DeskService.code == DeskRequest.service_code)
        .outerjoin(DeskUnit, DeskUnit.id == DeskRequest.lead_unit_id)
        .where(shelf.holds, *_narrowed(search))
    )
    if shelf.by_due:
        query = query.order_by(DeskRequest.next_due_at.is_(None), DeskRequest.next_due_at, DeskRequest.requested_at)
    else:
        query = query.order_by(DeskRequest.updated_at.desc())
    found = session.execute(query.limit(PAGE_SIZE + 1).offset((search.page - 1) * PAGE_SIZE)).all()
    parts = _parts(session, officer, [request.id for request, *_ in found])
    rows = [_row(request, service, lead, parts, now) for request, service, lead in found[:PAGE_SIZE]]
    return rows, len(found) > PAGE_SIZE


def clocks_of(request: DeskRequest, now: int) -> tuple[Clock, Clock]:
    """The resident's clock and the unit's."""
    settled_at = request.answered_at or request.closed_at
    resident = read_clock(request.resident_due_at, request.fed_back_at or settled_at, now)
    unit = read_clock(request.unit_due_at, settled_at if request.unit_due_at is not None else None, now)
    return resident, unit


def _row(request: DeskRequest, service: str, lead: str | None, parts: dict[str, str], now: int) -> Row:
    resident, unit = clocks_of(request, now)
    if request.status in SETTLED:
        nearest: Standing = "met"
    else:
        nearest = read_clock(request.next_due_at, None, now).standing
    return Row(request, service, lead, parts.get(request.id, ""), resident, unit, nearest)


def _parts(session: Session, officer: Officer, ids: Sequence[str]) -> dict[str, str]:
    rows = session.execute(
        select(DeskRequestUnit.request_id, DeskRequestUnit.part).where(
            DeskRequestUnit.unit_id == officer.unit_id, DeskRequestUnit.request_id.in_(ids)
        )
    ).all()
    return {row.request_id: row.part for row in rows}


def _holds(officer: Officer, part: str) -> ColumnElement[bool]:
    held = select(DeskRequestUnit.request_id).where(
        DeskRequestUnit.unit_id == officer.unit_id, DeskRequestUnit.part == part
    )
    return DeskRequest.id.in_(held)


def _narrowed(search: Search) -> list[ColumnElement[bool]]:
    clauses: list[ColumnElement[bool]] = []
    for word in search.words.split()[:5]:
        clauses.append(
            or_(*(column.icontains(word, autoescape=True) for column in (
                DeskRequest.number, DeskRequest.description, DeskRequest.address,
            )))
        )  # fmt: skip
    if search.service:
        clauses.append(DeskRequest.service_code == search.service)
    if search.unit:
        clauses.append(DeskRequest.lead_unit_id == search.unit)
    return clauses
