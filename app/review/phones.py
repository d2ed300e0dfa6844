"""Is everyone in? Until every phone of the day has handed in its records, the board's numbers are provisional (暂计)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, and_, case, false, func, or_, select
from sqlalchemy.orm import Session

from app.models.accounts import Account, Device
from app.review.reach import Period, Query, Reach

# A phone that last spoke before noon may still be out with the afternoon's visits.
_NOON_TO_MIDNIGHT_MS = 12 * 3_600_000
# Before five in the afternoon people are still out, whatever their phones say.
_FIVE_TO_MIDNIGHT_MS = 7 * 3_600_000
# What a phone holds a week later is the next visit day's; it is that day's board which waits for it.
_HOLDING_COUNTS_MS = 7 * 86_400_000


def _heard_from(period: Period) -> int:
    return period.end_ms - _NOON_TO_MIDNIGHT_MS


def state(period: Period, now: int) -> ColumnElement[str]:
    """in: everything delivered; holding: said that it still has records; silent: not heard from since noon of the day."""
    recent = now < period.end_ms + _HOLDING_COUNTS_MS
    return case(
        (Device.pending > 0 if recent else false(), "holding"),
        (or_(Device.synced_at.is_(None), Device.synced_at < _heard_from(period)), "silent"),
        else_="in",
    )


def expected(reach: Reach, period: Period) -> Query:
    """The phones that belong to active people of the reach and were enrolled by then; revoked ones are not waited for."""
    return (
        select(Device, Account)
        .join(Account, Account.id == Device.account_id)
        .where(
            and_(
                reach.has_team(Account.team_id),
                Account.active,
                Device.revoked.is_(None),
                Device.enrolled_at < period.end_ms,
            )
        )
    )


def summary(session: Session, reach: Reach, period: Period, now: int) -> dict[str, Any]:
    """How many phones are expected, in, holding (with how many records) or silent; `complete` once all are in and the day is over."""
    word = state(period, now)
    rows = session.execute(
        expected(reach, period)
        .with_only_columns(word, func.count(), func.coalesce(func.sum(Device.pending), 0))
        .group_by(word)
    ).all()
    counts = {found: count for found, count, _ in rows}
    total = sum(counts.values())
    delivered = counts.get("in", 0)
    return {
        "expected": total,
        "in": delivered,
        "holding": counts.get("holding", 0),
        "silent": counts.get("silent", 0),
        "records_waiting": sum(int(pending) for word, _, pending in rows if word == "holding"),
        "complete": delivered == total and now >= period.end_ms - _FIVE_TO_MIDNIGHT_MS,
    }
