"""The audit log: who saw what in full, who exported what. Append-only, each line hashed over the one before."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base, JsonText
from app.models.synced import Code, Id


class AuditLine(Base):
    """One audited act."""

    __tablename__ = "audit_line"
    no: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    at: Mapped[int] = mapped_column(BigInteger)
    actor_id: Mapped[str | None] = mapped_column(Id)
    act: Mapped[str] = mapped_column(Code)
    subject: Mapped[str | None] = mapped_column(String(120))
    reason: Mapped[str | None] = mapped_column(String(200))
    detail: Mapped[dict[str, Any] | None] = mapped_column(JsonText)
    previous_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))
