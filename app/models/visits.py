"""Visits (走访)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base, JsonText
from app.models.synced import Code, Date, Id, Synced


class Visit(Synced, Base):
    """One visit (走访): arrival (定位打卡), outcome, and whether anything came up."""

    __tablename__ = "visit"
    __indexes__ = (Index("ix_visit_place", "place_id"), Index("ix_visit_on_scope", "visit_on", "scope"))
    place_id: Mapped[str | None] = mapped_column(Id)
    cadre_id: Mapped[str | None] = mapped_column(Id)
    companions: Mapped[list[str] | None] = mapped_column(JsonText)
    visit_on: Mapped[str | None] = mapped_column(Date)
    arrived_at: Mapped[int | None] = mapped_column(BigInteger)
    received_at: Mapped[int | None] = mapped_column(BigInteger)
    late_entry: Mapped[bool | None]
    mode: Mapped[str | None] = mapped_column(Code)
    fix: Mapped[dict[str, Any] | None] = mapped_column(JsonText)
    scanned_code: Mapped[str | None] = mapped_column(String(24))
    outcome: Mapped[str | None] = mapped_column(Code)
    card_left: Mapped[bool | None]
    finding: Mapped[str | None] = mapped_column(Code)
    opinion: Mapped[str | None] = mapped_column(Text)
    category: Mapped[str | None] = mapped_column(Code)
    rescheduled_on: Mapped[str | None] = mapped_column(Date)
    note: Mapped[str | None] = mapped_column(Text)
    photos: Mapped[list[str] | None] = mapped_column(JsonText)
    finished_at: Mapped[int | None] = mapped_column(BigInteger)
    taps: Mapped[int | None]
    evidence: Mapped[str | None] = mapped_column(String(1))
    evidence_reason: Mapped[str | None] = mapped_column(String(40))
    flags: Mapped[list[str] | None] = mapped_column(JsonText)
    withdrawn: Mapped[bool | None]
