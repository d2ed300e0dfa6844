"""What the jobs have said already, so that nothing is said twice: reminders, daily notices, nudges to phones."""

from __future__ import annotations

from sqlalchemy import BigInteger, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base
from app.models.synced import Code, Date, Id


class DeadlineReminder(Base):
    """A reminder of a deadline (办理时限) that is done with, whether it was told or had gone stale.

    `fraction` is the part of the time that had passed, in per cent; 0 stands for the length aimed at. `since` is the instant
    from which the clock runs: a request that is reopened runs a new clock and is reminded of anew. The duty `returned` is the
    escalation of a request sent back too often (退单); its `fraction` is the number of returns, its `since` is 0.
    """

    __tablename__ = "deadline_reminder"
    __table_args__ = (Index("ix_deadline_reminder_at", "at"),)
    service_request_id: Mapped[str] = mapped_column(Id, primary_key=True)
    duty: Mapped[str] = mapped_column(Code, primary_key=True)
    clock: Mapped[str] = mapped_column(String(8), primary_key=True)
    fraction: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    since: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    at: Mapped[int] = mapped_column(BigInteger)


class DailyNotice(Base):
    """A notice that a person gets at most once a day: `digest` (每日提醒) or `friday` (走访日小结)."""

    __tablename__ = "daily_notice"
    person_id: Mapped[str] = mapped_column(Id, primary_key=True)
    kind: Mapped[str] = mapped_column(Code, primary_key=True)
    on: Mapped[str] = mapped_column(Date, primary_key=True)


class PushNudge(Base):
    """The web push (消息推送) of one notice to one phone: `tries` so far, and when the next one is due (None: settled)."""

    __tablename__ = "push_nudge"
    __table_args__ = (Index("ix_push_nudge_at", "at"),)
    notice_id: Mapped[str] = mapped_column(Id, primary_key=True)
    device_id: Mapped[str] = mapped_column(Id, primary_key=True)
    at: Mapped[int] = mapped_column(BigInteger)
    tries: Mapped[int] = mapped_column(Integer, default=0)
    next_at: Mapped[int | None] = mapped_column(BigInteger)
