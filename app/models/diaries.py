"""Visit diaries (民情日记)."""

from __future__ import annotations

from sqlalchemy import Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base, JsonText
from app.models.synced import Date, Id, Synced


class Diary(Synced, Base):
    """A cadre's visit diary (民情日记) of one day; companions may write in it too."""

    __tablename__ = "diary"
    __indexes__ = (Index("ix_diary_on", "diary_on"),)
    author_id: Mapped[str | None] = mapped_column(Id)
    diary_on: Mapped[str | None] = mapped_column(Date)
    text: Mapped[str | None] = mapped_column(Text)
    submitted: Mapped[bool | None]
    photos: Mapped[list[str] | None] = mapped_column(JsonText)
