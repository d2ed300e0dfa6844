"""Checking a visitor (核验来访人员): what the badge's page says, whether the team visits today, and the six digits."""

from __future__ import annotations

import re
from datetime import date
from typing import NamedTuple

import chinese_calendar
from flask import current_app
from sqlalchemy import Text, cast, or_, select
from sqlalchemy.orm import Session

from app import programmes
from app.domain.badge import badge_is_genuine
from app.domain.words import Words
from app.domain.workdays import date_of_day, day_of
from app.models.accounts import Account
from app.models.people import Cadre
from app.models.visits import Visit

_DATE = re.compile(r"\d{4}-\d\d-\d\d")


class VisitingToday(NamedTuple):
    """Whether a visit is to be expected today, and why."""

    yes: bool
    why: Words


def is_valid(session: Session, cadre: Cadre, now: int) -> bool:
    """Whether the cadre is in office and the badge's term has not run out. `now` in ms."""
    ends = _DATE.findall(cadre.term or "")
    today = date_of_day(day_of(now)).isoformat()
    return cadre.active is not False and _account(session, cadre) is not None and not (ends and max(ends) < today)


def visiting_today(session: Session, cadre: Cadre, now: int) -> VisitingToday:
    """The programme's visit day, or a visit that is recorded today already. `now` in ms."""
    today = date_of_day(day_of(now))
    cadence = programmes.load(current_app.config["DOORSTEP"].programme).cadence
    fixed = bool(cadence.weekdays)
    if fixed and cadence.may_be_visit_day(today, holiday=_is_public_holiday(today)):
        return VisitingToday(True, Words("今天是走访日。", "Today is a visit day."))
    if _has_visits(session, cadre, today.isoformat()):
        return VisitingToday(True, Words("今天已有走访登记。", "Visits are recorded for today."))
    if fixed:
        return VisitingToday(False, Words("今天不是走访日。", "Today is not a visit day."))
    return VisitingToday(False, Words("今天暂无走访登记。", "No visit is recorded for today so far."))


def digits_are_genuine(session: Session, cadre: Cadre, shown: str, now: int) -> bool:
    """Whether these six digits stand on this cadre's phone now. `now` in ms."""
    account = _account(session, cadre)
    if account is None or account.badge_secret is None or not is_valid(session, cadre, now):
        return False
    return badge_is_genuine(account.badge_secret, shown, now)


def _account(session: Session, cadre: Cadre) -> Account | None:
    return session.scalar(select(Account).where(Account.cadre_id == cadre.id, Account.active))


def _has_visits(session: Session, cadre: Cadre, on: str) -> bool:
    took_part = or_(Visit.cadre_id == cadre.id, cast(Visit.companions, Text).contains(cadre.id))
    today = select(Visit.id).where(
        Visit.visit_on == on,
        Visit.scope == cadre.scope,
        took_part,
        Visit.withdrawn.is_not(True),
        Visit.deleted.is_(False),
    )
    return session.scalar(today.limit(1)) is not None


def _is_public_holiday(on: date) -> bool:
    try:
        off, name = chinese_calendar.get_holiday_detail(on)
    except NotImplementedError:
        # The year's holidays are not published yet.
        return False
    return off and name is not None
