"""Where visits go: administrative areas, and places (households, enterprises, villages) with their contacts."""

from __future__ import annotations

from sqlalchemy import BigInteger, Float, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base, JsonText
from app.models.synced import Code, Date, Id, Synced


class Area(Base):
    """An administrative area, city down to building; `id` is the GB/T 2260 code (县 6 digits, 街道 9, 社区 12) and our suffix below that."""

    __tablename__ = "area"
    id: Mapped[str] = mapped_column(Code, primary_key=True)
    parent_id: Mapped[str | None] = mapped_column(ForeignKey("area.id"), index=True)
    level: Mapped[str] = mapped_column(String(12))
    name: Mapped[str] = mapped_column(String(120))
    lat: Mapped[float | None] = mapped_column(Float)
    lon: Mapped[float | None] = mapped_column(Float)
    team_id: Mapped[str | None] = mapped_column(Id)


class Place(Synced, Base):
    """A visit target (走访对象): household (群众), enterprise (企业) or village (村居). Names are masked here; see `PlaceContact`."""

    __tablename__ = "place"
    __indexes__ = (Index("ix_place_scope", "scope"), Index("ix_place_area", "area_id"))
    kind: Mapped[str] = mapped_column(String(12))
    label: Mapped[str] = mapped_column(String(120))
    address: Mapped[str | None] = mapped_column(String(240))
    area_id: Mapped[str | None] = mapped_column(Code)
    grid_id: Mapped[str | None] = mapped_column(Code)
    grid_name: Mapped[str | None] = mapped_column(String(80))
    building: Mapped[str | None] = mapped_column(String(80))
    route_order: Mapped[int | None] = mapped_column(Integer)
    pinyin: Mapped[str | None] = mapped_column(String(120))
    lat: Mapped[float | None] = mapped_column(Float)
    lon: Mapped[float | None] = mapped_column(Float)
    point_confirmed: Mapped[bool | None]
    dwelling: Mapped[str | None] = mapped_column(String(16))
    tags: Mapped[list[str] | None] = mapped_column(JsonText)
    note: Mapped[str | None] = mapped_column(Text)
    do_not_disturb: Mapped[bool | None]
    hardship: Mapped[str | None] = mapped_column(String(200))
    call_first: Mapped[bool | None]
    weekends_only: Mapped[bool | None]
    refusals: Mapped[int | None]
    phone_tail: Mapped[str | None] = mapped_column(String(4))
    owner_cadre_id: Mapped[str | None] = mapped_column(Id)
    linked_cadre_id: Mapped[str | None] = mapped_column(Id)


class PlaceContact(Base):
    """Who lives or works at a place. Never synced to phones; every view of it in full is audited."""

    __tablename__ = "place_contact"
    place_id: Mapped[str] = mapped_column(Id, primary_key=True)
    name: Mapped[str | None] = mapped_column(String(120))
    phone: Mapped[str | None] = mapped_column(String(20))
    source: Mapped[str] = mapped_column(String(20), default="roster")
    created_on: Mapped[str | None] = mapped_column(Date)


class PlaceCode(Base):
    """A printed QR code: a building plate, a contact card (连心卡) or a cadre's badge; opaque, revocable."""

    __tablename__ = "place_code"
    code: Mapped[str] = mapped_column(String(24), primary_key=True)
    kind: Mapped[str] = mapped_column(String(12))
    place_id: Mapped[str | None] = mapped_column(Id, index=True)
    area_id: Mapped[str | None] = mapped_column(Code, index=True)
    cadre_id: Mapped[str | None] = mapped_column(Id, index=True)
    created_at: Mapped[int] = mapped_column(BigInteger)
    revoked_at: Mapped[int | None] = mapped_column(BigInteger)
