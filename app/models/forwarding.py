"""Forwarding (上报): where requests go, each delivery and every attempt at it, and what platforms report back."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base, JsonText
from app.models.synced import Code, Id


class Target(Base):
    """A complaint platform that requests are forwarded to (上报平台); the one with the lowest `order` is the ordinary route.

    `settings` depends on the adapter and is documented there. `paused_reason` is set while the platform refuses our key
    (403): nothing is sent until a person resumes it. The `breaker_…` columns are `app.domain.breaker.Breaker`; the `…_at` of
    polling are the instants of the next poll of each kind, `polled_to` the end of what has been read.
    """

    __tablename__ = "target"
    code: Mapped[str] = mapped_column(Code, primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    adapter: Mapped[str] = mapped_column(Code)
    url: Mapped[str] = mapped_column(String(400), default="")
    api_key: Mapped[str | None] = mapped_column(String(200))
    enabled: Mapped[bool] = mapped_column(default=True)
    order: Mapped[int] = mapped_column(Integer, default=0)
    settings: Mapped[dict[str, Any]] = mapped_column(JsonText)
    paused_reason: Mapped[str | None] = mapped_column(Code)
    throttled_until: Mapped[int | None] = mapped_column(BigInteger)
    breaker_recent: Mapped[str] = mapped_column(String(20), default="")
    breaker_trips: Mapped[int] = mapped_column(Integer, default=0)
    breaker_probe_at: Mapped[int | None] = mapped_column(BigInteger)
    breaker_trying: Mapped[bool] = mapped_column(default=False)
    polled_to: Mapped[int | None] = mapped_column(BigInteger)
    poll_at: Mapped[int] = mapped_column(BigInteger, default=0)
    overlap_at: Mapped[int] = mapped_column(BigInteger, default=0)
    nightly_at: Mapped[int] = mapped_column(BigInteger, default=0)
    weekly_at: Mapped[int] = mapped_column(BigInteger, default=0)
    poll_failures: Mapped[int] = mapped_column(Integer, default=0)
    services: Mapped[list[dict[str, str]] | None] = mapped_column(JsonText)

    def hides(self, service_code: str) -> bool:
        """Whether requests of a service stand in no list before they have a number."""
        types = {service["code"]: service.get("type", "realtime") for service in self.services or ()}
        return types.get(service_code, "realtime") in ("batch", "blackbox")

    def learn_services(self, found: list[dict[str, str]]) -> None:
        """Take over the target's service list (`code`, `name`, `type`); a service once seen to answer by token stays `batch`."""
        batch = {service["code"] for service in self.services or () if service.get("type") == "batch"}
        self.services = [{**service, "type": "batch"} if service["code"] in batch else service for service in found]

    def learn_batch(self, service_code: str) -> None:
        """A service has answered by a token."""
        others = [service for service in self.services or () if service["code"] != service_code]
        known = next(
            (s for s in self.services or () if s["code"] == service_code), {"code": service_code, "name": service_code}
        )
        self.services = [*others, {**known, "type": "batch"}]


class CategoryMapping(Base):
    """What a target calls a category of ours. A category without a line here waits for a person; it never becomes "other"."""

    __tablename__ = "category_mapping"
    target: Mapped[str] = mapped_column(ForeignKey("target.code"), primary_key=True)
    category: Mapped[str] = mapped_column(Code, primary_key=True)
    service_code: Mapped[str] = mapped_column(String(80))


class Forwarding(Base):
    """The delivery of one request, once for each forward number; the columns up to `reason` are `app.domain.forwarding.Delivery`.

    With `ending` it is the delivery of the resident's last word on that round instead: that the answer is agreed to, or the
    request withdrawn. `operation` is `create`, `reopen`, `agree` or `withdraw`.
    `searchable`: an empty search at the target proves that it has nothing. `lease` names the worker's hold on the row, so that a late result is told from a current one. `payload` is exactly what is
    posted (but for the key), frozen before the first POST: a platform that knows the reference must see the same body
    again. `platform_id` is the number the target gave; `news_at` is the platform's time of the newest applied update; `alarm` is
    set on a delivered one that a person should look at all the same (`several`, `missing_at_platform`).
    """

    __tablename__ = "forwarding"
    __table_args__ = (
        UniqueConstraint("service_request_id", "forward_no", "ending", name="uq_forwarding_round"),
        Index("ix_forwarding_state", "state", "target", "next_at"),
        Index("ix_forwarding_platform_id", "target", "platform_id"),
    )
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    service_request_id: Mapped[str] = mapped_column(Id)
    forward_no: Mapped[int] = mapped_column(Integer)
    target: Mapped[str | None] = mapped_column(Code)
    reference: Mapped[str] = mapped_column(String(16), unique=True)
    operation: Mapped[str] = mapped_column(Code, default="create")
    ending: Mapped[bool] = mapped_column(default=False)
    confidential: Mapped[bool] = mapped_column(default=False)
    state: Mapped[str] = mapped_column(Code, default="due")
    next_at: Mapped[int | None] = mapped_column(BigInteger)
    posts: Mapped[int] = mapped_column(Integer, default=0)
    tries: Mapped[int] = mapped_column(Integer, default=0)
    lookups: Mapped[int] = mapped_column(Integer, default=0)
    blind: Mapped[bool] = mapped_column(default=False)
    since: Mapped[int | None] = mapped_column(BigInteger)
    intent_at: Mapped[int | None] = mapped_column(BigInteger)
    sent_since: Mapped[int | None] = mapped_column(BigInteger)
    token_at: Mapped[int | None] = mapped_column(BigInteger)
    warn_at: Mapped[int | None] = mapped_column(BigInteger)
    reason: Mapped[str | None] = mapped_column(Code)
    lease: Mapped[str | None] = mapped_column(Id)
    service_code: Mapped[str | None] = mapped_column(String(80))
    payload: Mapped[dict[str, Any] | None] = mapped_column(JsonText)
    photos: Mapped[list[str] | None] = mapped_column(JsonText)
    token: Mapped[str | None] = mapped_column(String(200))
    platform_id: Mapped[str | None] = mapped_column(String(64))
    last_outcome: Mapped[str | None] = mapped_column(Code)
    last_words: Mapped[str | None] = mapped_column(String(500))
    news_at: Mapped[int | None] = mapped_column(BigInteger)
    alarm: Mapped[str | None] = mapped_column(Code)
    searchable: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[int] = mapped_column(BigInteger)
    done_at: Mapped[int | None] = mapped_column(BigInteger)


class ForwardingAttempt(Base):
    """One thing done for a delivery: posted, looked up, asked for a number, decided by a person. Append-only.

    `excerpt` is the beginning of the platform's answer, without persons; it is never kept for confidential reports.
    """

    __tablename__ = "forwarding_attempt"
    no: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True)
    forwarding_id: Mapped[str] = mapped_column(ForeignKey("forwarding.id"), index=True)
    at: Mapped[int] = mapped_column(BigInteger)
    phase: Mapped[str] = mapped_column(Code)
    target: Mapped[str | None] = mapped_column(Code)
    outcome: Mapped[str] = mapped_column(Code)
    http_status: Mapped[int | None] = mapped_column(Integer)
    detail: Mapped[str | None] = mapped_column(Code)
    excerpt: Mapped[str | None] = mapped_column(String(500))


class PlatformNews(Base):
    """The inbox of updates from platforms, by poll, webhook or file; each `update_id` of a target is taken once.

    `state`: `new`, then `applied`, or `stored` with the reason `why`. `body` is `app.domain.platform_updates.PlatformUpdate`.
    """

    __tablename__ = "platform_update"
    __table_args__ = (
        UniqueConstraint("target", "update_id"),
        Index("ix_platform_update_state", "state"),
        Index("ix_platform_update_number", "target", "platform_id"),
    )
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    target: Mapped[str] = mapped_column(Code)
    update_id: Mapped[str] = mapped_column(String(200))
    platform_id: Mapped[str | None] = mapped_column(String(64))
    forwarding_id: Mapped[str | None] = mapped_column(Id, index=True)
    source: Mapped[str] = mapped_column(Code)
    at: Mapped[int] = mapped_column(BigInteger)
    received_at: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[str] = mapped_column(Code, default="new")
    why: Mapped[str | None] = mapped_column(Code)
    body: Mapped[dict[str, Any]] = mapped_column(JsonText)


class JobRun(Base):
    """The last run of each background job, so that the status page can say in words what stands still."""

    __tablename__ = "job_run"
    job: Mapped[str] = mapped_column(Code, primary_key=True)
    started_at: Mapped[int] = mapped_column(BigInteger)
    finished_at: Mapped[int | None] = mapped_column(BigInteger)
    report: Mapped[dict[str, Any] | None] = mapped_column(JsonText)
    error: Mapped[str | None] = mapped_column(Text)
