"""Who signs in: accounts, sessions, devices, one-time enrolment codes."""

from __future__ import annotations

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base
from app.models.synced import Code, Id


class Account(Base):
    """A person who signs in. A cadre has `cadre_id` and enrols a phone; leaders and units use a password."""

    __tablename__ = "account"
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    login: Mapped[str | None] = mapped_column(String(60), unique=True)
    name: Mapped[str] = mapped_column(String(60))
    role: Mapped[str] = mapped_column(String(12))
    password_hash: Mapped[str | None] = mapped_column(String(200))
    totp_secret: Mapped[str | None] = mapped_column(String(64))
    cadre_id: Mapped[str | None] = mapped_column(Id, index=True)
    team_id: Mapped[str | None] = mapped_column(Id, index=True)
    area_id: Mapped[str | None] = mapped_column(Code)
    unit_id: Mapped[str | None] = mapped_column(Id)
    badge_secret: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    phone: Mapped[str | None] = mapped_column(String(20))
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[int] = mapped_column(BigInteger)


class LoginSession(Base):
    """A server-side session; the cookie holds the token, the table only its SHA-256."""

    __tablename__ = "login_session"
    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("account.id"), index=True)
    device_id: Mapped[str | None] = mapped_column(Id, index=True)
    created_at: Mapped[int] = mapped_column(BigInteger)
    seen_at: Mapped[int] = mapped_column(BigInteger)
    expires_at: Mapped[int] = mapped_column(BigInteger)
    confirmed_at: Mapped[int | None] = mapped_column(BigInteger)


class Device(Base):
    """An enrolled phone; its `id` is the sync client_id it enrolled with."""

    __tablename__ = "device"
    __table_args__ = (Index("ix_device_account", "account_id"),)
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("account.id"))
    label: Mapped[str | None] = mapped_column(String(120))
    enrolled_at: Mapped[int] = mapped_column(BigInteger)
    synced_at: Mapped[int | None] = mapped_column(BigInteger)
    pending: Mapped[int] = mapped_column(Integer, default=0)
    app_version: Mapped[str | None] = mapped_column(String(40))
    revoked: Mapped[str | None] = mapped_column(String(8))
    revoked_at: Mapped[int | None] = mapped_column(BigInteger)
    push_subscription: Mapped[str | None] = mapped_column(String(2000))


class EnrolmentCode(Base):
    """A one-time code for one person: 128 bit, ten minutes; the table holds its SHA-256."""

    __tablename__ = "enrolment_code"
    code_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("account.id"))
    issued_by: Mapped[str | None] = mapped_column(Id)
    expires_at: Mapped[int] = mapped_column(BigInteger)
    used_at: Mapped[int | None] = mapped_column(BigInteger)
