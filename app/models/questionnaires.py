"""Questionnaires (问卷) and their answers."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base, JsonText
from app.models.synced import Id, Synced


class Questionnaire(Synced, Base):
    """A short questionnaire (问卷), the same for the whole programme."""

    __tablename__ = "questionnaire"
    title: Mapped[str | None] = mapped_column(String(120))
    questions: Mapped[list[dict[str, Any]] | None] = mapped_column(JsonText)
    open: Mapped[bool | None]


class QuestionnaireAnswer(Synced, Base):
    """One filled-in questionnaire; append-only."""

    __tablename__ = "questionnaire_answer"
    __indexes__ = (Index("ix_questionnaire_answer_of", "questionnaire_id"),)
    questionnaire_id: Mapped[str | None] = mapped_column(Id)
    visit_id: Mapped[str | None] = mapped_column(Id)
    place_id: Mapped[str | None] = mapped_column(Id)
    cadre_id: Mapped[str | None] = mapped_column(Id)
    answered_at: Mapped[int | None] = mapped_column(BigInteger)
    answers: Mapped[dict[str, Any] | None] = mapped_column(JsonText)
