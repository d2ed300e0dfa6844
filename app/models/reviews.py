"""What leaders and the task force (专班) keep beside the visits: sign-offs, projects, spot checks, evaluation sheets."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base, JsonText
from app.models.service_requests import ServiceRequest
from app.models.synced import Code, Date, Id

# A team's board asks for its open requests by scope, a city's by status alone.
Index("ix_service_request_scope", ServiceRequest.scope, ServiceRequest.status)


class ReviewFriday(Base):
    """The sign-off of a visit day (走访日). `reach` is `team:<id>`, `area:<code>` or `city`.

    `numbers` are the board's as they stood, `complete` whether every phone was in by then.
    """

    __tablename__ = "review_friday"
    __table_args__ = (UniqueConstraint("visit_on", "reach"),)
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    visit_on: Mapped[str] = mapped_column(Date)
    reach: Mapped[str] = mapped_column(String(64))
    signed_by: Mapped[str] = mapped_column(Id)
    signed_name: Mapped[str] = mapped_column(String(60))
    at: Mapped[int] = mapped_column(BigInteger)
    note: Mapped[str | None] = mapped_column(String(400))
    complete: Mapped[bool]
    numbers: Mapped[dict[str, Any]] = mapped_column(JsonText)


class Project(Base):
    """One class of problems handled as a project (项目化管理): a responsible person, a lead unit, tasks by the week.

    `scope` is a team's or the task force's; its requests point at it by `service_request.project_id`.
    """

    __tablename__ = "project"
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    scope: Mapped[str] = mapped_column(String(64), index=True)
    title: Mapped[str] = mapped_column(String(120))
    category: Mapped[str | None] = mapped_column(Code)
    area_id: Mapped[str | None] = mapped_column(Code)
    responsible: Mapped[str] = mapped_column(String(60))
    lead_unit: Mapped[str | None] = mapped_column(String(120))
    co_units: Mapped[list[str]] = mapped_column(JsonText)
    created_by: Mapped[str] = mapped_column(Id)
    created_at: Mapped[int] = mapped_column(BigInteger)
    closed_at: Mapped[int | None] = mapped_column(BigInteger)
    result: Mapped[str | None] = mapped_column(Text)


class ProjectTask(Base):
    """A week's task of a project; `due_on` is the last day of that week."""

    __tablename__ = "project_task"
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    project_id: Mapped[str] = mapped_column(ForeignKey("project.id"), index=True)
    text: Mapped[str] = mapped_column(String(400))
    due_on: Mapped[str] = mapped_column(Date)
    created_at: Mapped[int] = mapped_column(BigInteger)
    done_at: Mapped[int | None] = mapped_column(BigInteger)
    result: Mapped[str | None] = mapped_column(String(400))


class SpotCheck(Base):
    """A sealed draw of call-backs (抽查回访): one for each visit day and reach, never drawn again.

    `sealed` is the compressed list of visits it was drawn from, `sealed_hash` its SHA-256, `seed` what follows from day and
    list: with these anybody can draw again and must get the same calls.
    """

    __tablename__ = "spot_check"
    __table_args__ = (UniqueConstraint("visit_on", "reach"),)
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    visit_on: Mapped[str] = mapped_column(Date)
    reach: Mapped[str] = mapped_column(String(64))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    sealed_hash: Mapped[str] = mapped_column(String(64))
    sealed_count: Mapped[int] = mapped_column(Integer)
    seed: Mapped[str] = mapped_column(String(64))
    random_calls: Mapped[int] = mapped_column(Integer)
    risk_calls: Mapped[int] = mapped_column(Integer)
    drawn_by: Mapped[str] = mapped_column(Id)
    drawn_name: Mapped[str] = mapped_column(String(60))
    drawn_at: Mapped[int] = mapped_column(BigInteger)


class SpotCheckCall(Base):
    """One call of a draw. `layer` is random or risk; `result` is same, differs or unreached once somebody has called."""

    __tablename__ = "spot_check_call"
    __table_args__ = (Index("ix_spot_check_call_team", "team_id"),)
    spot_check_id: Mapped[str] = mapped_column(ForeignKey("spot_check.id"), primary_key=True)
    visit_id: Mapped[str] = mapped_column(Id, primary_key=True)
    place: Mapped[int] = mapped_column(Integer)
    layer: Mapped[str] = mapped_column(Code)
    team_id: Mapped[str] = mapped_column(Id)
    result: Mapped[str | None] = mapped_column(Code)
    answers: Mapped[dict[str, str] | None] = mapped_column(JsonText)
    note: Mapped[str | None] = mapped_column(String(400))
    tries: Mapped[int] = mapped_column(Integer, default=0)
    caller_id: Mapped[str | None] = mapped_column(Id)
    caller_name: Mapped[str | None] = mapped_column(String(60))
    called_at: Mapped[int | None] = mapped_column(BigInteger)


class EvaluationSheet(Base):
    """One sheet of the three evaluations (三评议) by superiors (上级领导评) or peer departments (同级部门评).

    The third, by the people served (服务对象评), are the ratings of residents. A sheet names a team, never a cadre.
    """

    __tablename__ = "evaluation_sheet"
    __table_args__ = (Index("ix_evaluation_sheet_team", "team_id", "on"),)
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    team_id: Mapped[str] = mapped_column(Id)
    by: Mapped[str] = mapped_column(Code)
    on: Mapped[str] = mapped_column(Date)
    score: Mapped[int] = mapped_column(Integer)
    text: Mapped[str | None] = mapped_column(String(400))
    entered_by: Mapped[str] = mapped_column(Id)
    entered_at: Mapped[int] = mapped_column(BigInteger)


class Reception(Base):
    """A session at which a leader receives whoever comes (下访接访). `scope` is a team's or the task force's."""

    __tablename__ = "reception"
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    scope: Mapped[str] = mapped_column(String(64), index=True)
    held_on: Mapped[str] = mapped_column(Date)
    place: Mapped[str] = mapped_column(String(120))
    host: Mapped[str] = mapped_column(String(60))
    created_by: Mapped[str] = mapped_column(Id)
    created_at: Mapped[int] = mapped_column(BigInteger)


class ReceptionCase(Base):
    """A request that was brought to a session, the measure decided there, and when the resident signed the agreement."""

    __tablename__ = "reception_case"
    reception_id: Mapped[str] = mapped_column(ForeignKey("reception.id"), primary_key=True)
    service_request_id: Mapped[str] = mapped_column(Id, primary_key=True, index=True)
    measure: Mapped[str | None] = mapped_column(Text)
    signed_at: Mapped[int | None] = mapped_column(BigInteger)
    added_at: Mapped[int] = mapped_column(BigInteger)
