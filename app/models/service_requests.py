"""Service requests (诉求) and their append-only events."""

from __future__ import annotations

from sqlalchemy import BigInteger, Float, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base, JsonText
from app.models.synced import Code, Date, Id, Synced


class ServiceRequest(Synced, Base):
    """What a resident or an enterprise asks for (诉求); its life is the table in `app/domain/service_requests.py`.

    `due_at` and `unit_due_at` are what the two clocks owe next. `unit_term_at` is the term that the platform has told for its unit,
    at first or by an extension (延期); it takes the place of the programme's own.
    """

    __tablename__ = "service_request"
    __indexes__ = (
        Index("ix_service_request_status", "status"),
        Index("ix_service_request_place", "place_id"),
        Index("ix_service_request_tracking", "tracking_code"),
        Index("ix_service_request_recorded", "recorded_at"),
    )
    place_id: Mapped[str | None] = mapped_column(Id)
    visit_id: Mapped[str | None] = mapped_column(Id)
    area_id: Mapped[str | None] = mapped_column(Code)
    source: Mapped[str | None] = mapped_column(Code)
    category: Mapped[str | None] = mapped_column(Code)
    title: Mapped[str | None] = mapped_column(String(200))
    text: Mapped[str | None] = mapped_column(Text)
    photos: Mapped[list[str] | None] = mapped_column(JsonText)
    handling: Mapped[str | None] = mapped_column(Code)
    way: Mapped[str | None] = mapped_column(Code)
    status: Mapped[str | None] = mapped_column(Code)
    confidential: Mapped[bool | None]
    contact_phone: Mapped[str | None] = mapped_column(String(20))
    tracking_code: Mapped[str | None] = mapped_column(String(12))
    occurred_on: Mapped[str | None] = mapped_column(Date)
    urgent: Mapped[bool | None]
    lat: Mapped[float | None] = mapped_column(Float)
    lon: Mapped[float | None] = mapped_column(Float)
    address: Mapped[str | None] = mapped_column(String(240))
    cadre_id: Mapped[str | None] = mapped_column(Id)
    recorded_at: Mapped[int | None] = mapped_column(BigInteger)
    due_at: Mapped[int | None] = mapped_column(BigInteger)
    unit_due_at: Mapped[int | None] = mapped_column(BigInteger)
    due_provisional: Mapped[bool | None]
    unit_term_at: Mapped[int | None] = mapped_column(BigInteger)
    platform_number: Mapped[str | None] = mapped_column(String(64))
    lead_unit: Mapped[str | None] = mapped_column(String(120))
    co_units: Mapped[list[str] | None] = mapped_column(JsonText)
    answer: Mapped[str | None] = mapped_column(Text)
    answered_at: Mapped[int | None] = mapped_column(BigInteger)
    agreed_at: Mapped[int | None] = mapped_column(BigInteger)
    closed_at: Mapped[int | None] = mapped_column(BigInteger)
    forward_no: Mapped[int | None] = mapped_column(Integer)
    returns: Mapped[int | None] = mapped_column(Integer)
    merged_into: Mapped[str | None] = mapped_column(Id)
    project_id: Mapped[str | None] = mapped_column(Id)
    stuck: Mapped[str | None] = mapped_column(String(200))
    review: Mapped[str | None] = mapped_column(String(40))
    import_key: Mapped[str | None] = mapped_column(String(80))


class ServiceRequestEvent(Synced, Base):
    """One step or note in a request's life: who, when on the device and on the server, from, to, reason, evidence."""

    __tablename__ = "service_request_event"
    # The whole history of a request in (status, instant) is read from the index alone: deadlines ask it for every open one.
    __indexes__ = (Index("ix_service_request_event_request", "service_request_id", "kind", "received_at", "to_status"),)
    service_request_id: Mapped[str | None] = mapped_column(Id)
    kind: Mapped[str | None] = mapped_column(Code)
    from_status: Mapped[str | None] = mapped_column(Code)
    to_status: Mapped[str | None] = mapped_column(Code)
    step: Mapped[str | None] = mapped_column(Code)
    actor_kind: Mapped[str | None] = mapped_column(Code)
    actor_id: Mapped[str | None] = mapped_column(Id)
    actor_name: Mapped[str | None] = mapped_column(String(120))
    occurred_at: Mapped[int | None] = mapped_column(BigInteger)
    received_at: Mapped[int | None] = mapped_column(BigInteger)
    reason: Mapped[str | None] = mapped_column(String(400))
    text: Mapped[str | None] = mapped_column(Text)
    photos: Mapped[list[str] | None] = mapped_column(JsonText)
    public: Mapped[bool | None]


class Rating(Base):
    """A resident's rating of an answer; cadres see only monthly sums of five or more."""

    __tablename__ = "rating"
    service_request_id: Mapped[str] = mapped_column(Id, primary_key=True)
    score: Mapped[int]
    agreed: Mapped[bool | None]
    text: Mapped[str | None] = mapped_column(Text)
    pressured: Mapped[bool] = mapped_column(default=False)
    rated_at: Mapped[int] = mapped_column(BigInteger)
