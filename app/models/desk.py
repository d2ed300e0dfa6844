"""The embedded complaint platform's own tables: not synced, and nothing outside `app/desk` reads or writes them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Float, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base, JsonText
from app.models.synced import Code, Id

Sha256 = String(64)


class DeskUnit(Base):
    """A unit that signs in at the desk: the dispatch centre (受理转办中心) or a handling unit (承办单位)."""

    __tablename__ = "desk_unit"
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    code: Mapped[str] = mapped_column(Code, unique=True)
    name: Mapped[str] = mapped_column(String(120))
    centre: Mapped[bool] = mapped_column(default=False)
    active: Mapped[bool] = mapped_column(default=True)


class DeskAccount(Base):
    """A sign-in of a unit. It has nothing to do with the accounts of cadres and leaders."""

    __tablename__ = "desk_account"
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    unit_id: Mapped[str] = mapped_column(ForeignKey("desk_unit.id"), index=True)
    login: Mapped[str] = mapped_column(String(60), unique=True)
    name: Mapped[str] = mapped_column(String(60))
    password_hash: Mapped[str] = mapped_column(String(200))
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[int] = mapped_column(BigInteger)


class DeskSession(Base):
    """A signed-in browser; the cookie holds the token, the table only its SHA-256."""

    __tablename__ = "desk_session"
    token_hash: Mapped[str] = mapped_column(Sha256, primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("desk_account.id"), index=True)
    created_at: Mapped[int] = mapped_column(BigInteger)
    seen_at: Mapped[int] = mapped_column(BigInteger)
    expires_at: Mapped[int] = mapped_column(BigInteger)


class DeskApiKey(Base):
    """A key of a client of the GeoReport endpoint; the table holds only its SHA-256."""

    __tablename__ = "desk_api_key"
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    client: Mapped[str] = mapped_column(String(120), unique=True)
    key_hash: Mapped[str] = mapped_column(Sha256, unique=True)
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[int] = mapped_column(BigInteger)


class DeskService(Base):
    """A kind of request the desk takes.

    `delivery` is GeoReport's type: `realtime` answers with a number, `batch` with a token. `attributes` is the list
    that GeoReport's service definition returns. Requests of a service that is not `public` are seen by the client that
    posted them only. `unit_id` is the unit the centre is offered first.
    """

    __tablename__ = "desk_service"
    code: Mapped[str] = mapped_column(Code, primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    description: Mapped[str] = mapped_column(String(400), default="")
    group: Mapped[str] = mapped_column(String(80), default="")
    keywords: Mapped[list[str]] = mapped_column(JsonText)
    delivery: Mapped[str] = mapped_column(Code, default="realtime")
    attributes: Mapped[list[dict[str, Any]]] = mapped_column(JsonText)
    public: Mapped[bool] = mapped_column(default=False)
    unit_id: Mapped[str | None] = mapped_column(ForeignKey("desk_unit.id"))
    resident_hours: Mapped[int] = mapped_column(Integer)
    unit_hours: Mapped[int] = mapped_column(Integer)
    order: Mapped[int] = mapped_column(Integer, default=0)
    active: Mapped[bool] = mapped_column(default=True)


class DeskCounter(Base):
    """The last number given on a day (Asia/Shanghai)."""

    __tablename__ = "desk_counter"
    day: Mapped[str] = mapped_column(String(8), primary_key=True)
    last: Mapped[int] = mapped_column(Integer)


class DeskRequest(Base):
    """A service request at the desk: a work order (工单).

    `number` is GeoReport's service_request_id: text, absent until the centre has accepted a request of a `batch`
    service. `resident_due_at` never pauses; `fed_back_at` is when the resident first heard something in this round.
    `unit_due_at` is absent while no unit holds the request. `next_due_at` is the earliest running clock, for the list.
    `extension_until` is what the lead unit asks for and nobody has decided yet.
    """

    __tablename__ = "desk_request"
    __table_args__ = (
        UniqueConstraint("api_key_id", "idempotency_key"),
        UniqueConstraint("api_key_id", "client_reference"),
        Index("ix_desk_request_requested", "requested_at"),
        Index("ix_desk_request_updated", "updated_at"),
        Index("ix_desk_request_status", "status", "next_due_at"),
    )
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    number: Mapped[str | None] = mapped_column(String(40), unique=True)
    token: Mapped[str | None] = mapped_column(String(40), unique=True)
    rev: Mapped[int] = mapped_column(Integer, default=1)
    service_code: Mapped[str] = mapped_column(ForeignKey("desk_service.code"))
    status: Mapped[str] = mapped_column(Code)
    status_notes: Mapped[str | None] = mapped_column(Text)
    public: Mapped[bool]
    description: Mapped[str] = mapped_column(Text)
    address: Mapped[str | None] = mapped_column(String(400))
    address_id: Mapped[str | None] = mapped_column(String(120))
    lat: Mapped[float | None] = mapped_column(Float)
    lon: Mapped[float | None] = mapped_column(Float)
    contact_name: Mapped[str | None] = mapped_column(String(120))
    contact_phone: Mapped[str | None] = mapped_column(String(40))
    contact_email: Mapped[str | None] = mapped_column(String(200))
    client_account_id: Mapped[str | None] = mapped_column(String(120))
    attributes: Mapped[dict[str, list[str]]] = mapped_column(JsonText)
    media_url: Mapped[str | None] = mapped_column(String(1000))
    photos: Mapped[list[str]] = mapped_column(JsonText)
    api_key_id: Mapped[str] = mapped_column(ForeignKey("desk_api_key.id"))
    idempotency_key: Mapped[str | None] = mapped_column(String(200))
    client_reference: Mapped[str | None] = mapped_column(String(200))
    body_hash: Mapped[str] = mapped_column(Sha256)
    lead_unit_id: Mapped[str | None] = mapped_column(ForeignKey("desk_unit.id"))
    round: Mapped[int] = mapped_column(Integer, default=1)
    returns: Mapped[int] = mapped_column(Integer, default=0)
    reason: Mapped[str | None] = mapped_column(Text)
    answer: Mapped[str | None] = mapped_column(Text)
    answer_photos: Mapped[list[str]] = mapped_column(JsonText)
    extension_until: Mapped[int | None] = mapped_column(BigInteger)
    extension_reason: Mapped[str | None] = mapped_column(Text)
    requested_at: Mapped[int] = mapped_column(BigInteger)
    updated_at: Mapped[int] = mapped_column(BigInteger)
    resident_due_at: Mapped[int] = mapped_column(BigInteger)
    fed_back_at: Mapped[int | None] = mapped_column(BigInteger)
    unit_due_at: Mapped[int | None] = mapped_column(BigInteger)
    next_due_at: Mapped[int | None] = mapped_column(BigInteger)
    dispatched_at: Mapped[int | None] = mapped_column(BigInteger)
    answered_at: Mapped[int | None] = mapped_column(BigInteger)
    closed_at: Mapped[int | None] = mapped_column(BigInteger)


class DeskRequestUnit(Base):
    """Which units hold a request: one `lead` (主办) and any number of `co` (协办)."""

    __tablename__ = "desk_request_unit"
    request_id: Mapped[str] = mapped_column(ForeignKey("desk_request.id"), primary_key=True)
    unit_id: Mapped[str] = mapped_column(ForeignKey("desk_unit.id"), primary_key=True, index=True)
    part: Mapped[str] = mapped_column(String(8))


class DeskUpdate(Base):
    """One step or note of a request; append-only. `public` ones are told to the resident and to the posting client."""

    __tablename__ = "desk_update"
    __table_args__ = (
        UniqueConstraint("request_id", "client_update_id"),
        Index("ix_desk_update_at", "at"),
    )
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    request_id: Mapped[str] = mapped_column(ForeignKey("desk_request.id"), index=True)
    step: Mapped[str] = mapped_column(Code)
    from_status: Mapped[str] = mapped_column(Code)
    to_status: Mapped[str] = mapped_column(Code)
    text: Mapped[str] = mapped_column(Text, default="")
    reason: Mapped[str | None] = mapped_column(Text)
    public: Mapped[bool]
    photos: Mapped[list[str]] = mapped_column(JsonText)
    media_url: Mapped[str | None] = mapped_column(String(1000))
    part: Mapped[str] = mapped_column(Code)
    unit_name: Mapped[str] = mapped_column(String(120))
    actor_name: Mapped[str | None] = mapped_column(String(60))
    client_update_id: Mapped[str | None] = mapped_column(String(200))
    body_hash: Mapped[str | None] = mapped_column(Sha256)
    at: Mapped[int] = mapped_column(BigInteger)


class DeskPhoto(Base):
    """A photo as the desk re-encoded it, named by the SHA-256 of the stored bytes."""

    __tablename__ = "desk_photo"
    sha256: Mapped[str] = mapped_column(Sha256, primary_key=True)
    bytes: Mapped[int] = mapped_column(Integer)
    width: Mapped[int]
    height: Mapped[int]
    created_at: Mapped[int] = mapped_column(BigInteger)
