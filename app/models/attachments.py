"""Photos, addressed by the SHA-256 of the bytes the phone sent, and what decides who may see them."""

from __future__ import annotations

from sqlalchemy import BigInteger, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base
from app.models.synced import Id


class Attachment(Base):
    """A stored photo. `stored_sha256` names the re-encoded file without metadata, which is what is served."""

    __tablename__ = "attachment"
    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    stored_sha256: Mapped[str] = mapped_column(String(64))
    media_type: Mapped[str] = mapped_column(String(40))
    bytes: Mapped[int] = mapped_column(Integer)
    width: Mapped[int]
    height: Mapped[int]
    owner_id: Mapped[str | None] = mapped_column(Id)
    created_at: Mapped[int] = mapped_column(BigInteger)


class PhotoSender(Base):
    """A person who has sent the bytes of a photo, and so has seen it."""

    __tablename__ = "photo_sender"
    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    person_id: Mapped[str] = mapped_column(Id, primary_key=True)


class PhotoNaming(Base):
    """A record that came to name a photo, whether the bytes are there or still awaited; `person_id` is empty for the server."""

    __tablename__ = "photo_naming"
    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    collection: Mapped[str] = mapped_column(String(32), primary_key=True)
    record_id: Mapped[str] = mapped_column(Id, primary_key=True)
    person_id: Mapped[str] = mapped_column(Id, primary_key=True)
