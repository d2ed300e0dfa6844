"""What every phone carries: categories, handling units, policy answers, the programme."""

from __future__ import annotations

from typing import Any

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base, JsonText
from app.models.synced import Code, Synced


class Category(Synced, Base):
    """A category of requests; `id` is its short code. `name_en`: missing in what an older product wrote."""

    __tablename__ = "category"
    name: Mapped[str | None] = mapped_column(String(80))
    name_en: Mapped[str | None] = mapped_column(String(80))
    parent_id: Mapped[str | None] = mapped_column(Code)
    order: Mapped[int | None]
    pinyin: Mapped[str | None] = mapped_column(String(80))


class Unit(Synced, Base):
    """A handling unit (承办单位): a department or a property company."""

    __tablename__ = "unit"
    name: Mapped[str | None] = mapped_column(String(120))
    kind: Mapped[str | None] = mapped_column(Code)


class PolicyAnswer(Synced, Base):
    """One question of the policy Q&A (民生政策“一问一答”)."""

    __tablename__ = "policy_answer"
    category: Mapped[str | None] = mapped_column(String(80))
    question: Mapped[str | None] = mapped_column(String(240))
    answer: Mapped[str | None] = mapped_column(Text)
    source: Mapped[str | None] = mapped_column(String(240))
    order: Mapped[int | None]


class Programme(Synced, Base):
    """The programme of this city as the phones need it; made from its TOML file."""

    __tablename__ = "programme"
    code: Mapped[str | None] = mapped_column(Code)
    name: Mapped[str | None] = mapped_column(String(120))
    settings: Mapped[dict[str, Any] | None] = mapped_column(JsonText)
