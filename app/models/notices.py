"""In-app notices, and what cadres say about the app itself (投诉建议)."""

from __future__ import annotations

from sqlalchemy import BigInteger, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base
from app.models.synced import Code, Id, Synced


class Notice(Synced, Base):
    """A line in a person's inbox; rides on sync, so it needs no push service."""

    __tablename__ = "notice"
    kind: Mapped[str | None] = mapped_column(Code)
    title: Mapped[str | None] = mapped_column(String(120))
    text: Mapped[str | None] = mapped_column(Text)
    about_collection: Mapped[str | None] = mapped_column(Code)
    about_id: Mapped[str | None] = mapped_column(Id)
    created_at: Mapped[int | None] = mapped_column(BigInteger)
    read_at: Mapped[int | None] = mapped_column(BigInteger)


class Feedback(Synced, Base):
    """A complaint or suggestion about the app or a judgement it made (投诉建议, 申诉); append-only."""

    __tablename__ = "feedback"
    about: Mapped[str | None] = mapped_column(String(80))
    text: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[int | None] = mapped_column(BigInteger)
    author_id: Mapped[str | None] = mapped_column(Id)
    answer: Mapped[str | None] = mapped_column(Text)
