"""Teams (服务队) and cadres (干部)."""

from __future__ import annotations

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base
from app.models.synced import Code, Id, Synced


class Team(Synced, Base):
    """A service team (服务队), led by a minqing secretary (民情书记)."""

    __tablename__ = "team"
    name: Mapped[str] = mapped_column(String(120))
    leader_name: Mapped[str | None] = mapped_column(String(60))
    unit_name: Mapped[str | None] = mapped_column(String(120))
    area_id: Mapped[str | None] = mapped_column(Code)
    area_name: Mapped[str | None] = mapped_column(String(120))
    visit_day: Mapped[str | None] = mapped_column(String(40))
    members_count: Mapped[int | None]


class Cadre(Synced, Base):
    """A cadre (干部) as the team sees them. Secrets and phone numbers stand in `account`."""

    __tablename__ = "cadre"
    __indexes__ = (Index("ix_cadre_team", "team_id"), Index("ix_cadre_number", "number"))
    name: Mapped[str] = mapped_column(String(60))
    unit_name: Mapped[str | None] = mapped_column(String(120))
    number: Mapped[str | None] = mapped_column(String(40))
    team_id: Mapped[str | None] = mapped_column(Id)
    leader: Mapped[bool | None]
    photo: Mapped[str | None] = mapped_column(String(64))
    term: Mapped[str | None] = mapped_column(String(40))
    location_off: Mapped[bool | None]
    active: Mapped[bool | None]
