"""A forwarder, a misbehaving platform and a clock that the test moves: requests are queued, days pass, the books are checked."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Any

from flask import Flask, current_app
from flask.ctx import AppContext
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app import photos
from app.database import reading, writing
from app.domain.forwarding import State
from app.domain.forwarding_words import REASONS
from app.external.http import Limits, Outward
from app.ids import new_id
from app.jobs import apply_news, forward, poll_platform, reconcile
from app.models.attachments import Attachment
from app.models.forwarding import CategoryMapping, Forwarding, ForwardingAttempt, Target
from app.models.service_requests import ServiceRequest, ServiceRequestEvent
from app.writes import Actor, create, patch, step, write
from tests.factories import City
from tests.platform import Platform

START = 1_795_300_000_000
SECOND, MINUTE, HOUR, DAY = 1000, 60_000, 3_600_000, 86_400_000
# Loopback answers at once; whoever does not answer within this never will.
_ENDED = (State.DONE, State.DEAD)
QUICK = Outward(frozenset({"127.0.0.1"}), Limits(connect=2.0, read=0.25, total=2.0))
# Where nothing is slow on purpose: on a busy machine a refusal that comes late must not count as no answer.
PATIENT = Outward(frozenset({"127.0.0.1"}), Limits(connect=20.0, read=20.0, total=20.0))


class World:
    """A target of its own, whose services know two categories, `roads_lights` and (a batch service) `roads_repair`, and the requests that were queued for it."""

    def __init__(self, city: City, platform: Platform, **settings: Any) -> None:
        self.city, self.platform, self.now, self.outward = city, platform, START, QUICK
        self.app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
        platform.now = lambda: datetime.fromtimestamp(self.now / 1000, UTC)
        with writing() as session:
            earlier = session.scalar(select(func.count()).select_from(Target)) or 0
            self.code = f"city{earlier}"
            # The newest target is the ordinary route.
            session.add(
                Target(
                    code=self.code,
                    name="市民热线平台",
                    adapter=settings.pop("adapter", "open311"),
                    url=settings.pop("url", platform.url),
                    api_key=settings.pop("api_key", "k-123"),
                    order=-earlier,
                    settings=settings,
                )
            )
            session.flush()
            for category, service in (("roads_lights", "lights"), ("roads_repair", "repairs")):
                session.add(CategoryMapping(target=self.code, category=category, service_code=service))

    def queue(self, count: int = 1, place: str = "p1", **values: Any) -> list[str]:
        """Requests that are to be forwarded; returns their ids."""
        ids = [new_id() for _ in range(count)]
        common = {
            "text": "楼道口路灯不亮",
            "category": "roads_lights",
            "handling": "forward",
            "source": "cadre",
            "place_id": self.city.places[place],
            **values,
        }
        with writing() as session:
            writes = [create("service_request", common, id=request_id) for request_id in ids]
            outcomes = write(session, writes, actor=Actor("leader", self.city.people["sun"], "孙队长"), now=self.now)
            assert {o.outcome for o in outcomes} == {"applied"}, outcomes
            session.execute(
                update(Forwarding)
                .where(Forwarding.service_request_id.in_(ids))
                .values(created_at=self.now, next_at=self.now, target=self.code)
            )
        return ids

    def in_context(self) -> AppContext:
        """The product's context, for another thread."""
        return self.app.app_context()

    def forward(self) -> dict[str, int]:
        """One run of the forwarder, now."""
        return dict(forward.run(self.now, outward=self.outward).counts)

    def reconcile(self) -> dict[str, int]:
        """One run of the reconciler, now."""
        return dict(reconcile.run(self.now, outward=self.outward).counts)

    def poll(self) -> dict[str, int]:
        """Ask the platform for news and apply them, now."""
        polled = poll_platform.run(self.now, outward=self.outward).counts
        return dict(polled + apply_news.run(self.now).counts)

    def next_instant(self) -> int | None:
        """When something is to be done next; None when all is quiet."""
        with reading() as session:
            of_mine = Forwarding.target == self.code
            waiting = session.scalars(select(Forwarding).where(of_mine, Forwarding.state.not_in(_ENDED))).all()
            if not waiting:
                return None
            target = session.get_one(Target, self.code)
            gates = [target.breaker_probe_at, target.throttled_until]
            instants = [row.next_at for row in waiting if row.next_at] + [g for g in gates if g and g > self.now]
            return min((i for i in instants if i > self.now), default=self.now + HOUR)

    def settle(self, most_days: int = 10) -> None:
        """Let time pass, from one due instant to the next, until nothing is under way any more."""
        end = self.now + most_days * DAY
        while True:
            self.reconcile()
            self.forward()
            upcoming = self.next_instant()
            if upcoming is None:
                return
            assert upcoming < end, "a delivery neither arrives nor reaches a person"
            self.now = max(upcoming, self.now + 1)

    def withdraw(self, request_id: str) -> None:
        """The leader takes a request back."""
        self._by_leader(request_id, {"status": step("withdrawn", reason="重复登记")})

    def correct(self, request_id: str, **values: Any) -> None:
        """The leader corrects a request."""
        self._by_leader(request_id, values)

    def submit_elsewhere(self, request_id: str, number: str) -> None:
        """The leader enters the platform's number on the request itself."""
        self._by_leader(request_id, {"platform_number": number})
        self._by_leader(request_id, {"status": step("submitted")})

    def _by_leader(self, request_id: str, values: dict[str, Any]) -> None:
        with writing() as session:
            leader = Actor("leader", None, "孙队长")
            (outcome,) = write(session, [patch("service_request", request_id, values)], actor=leader, now=self.now)
            assert outcome.outcome == "applied", outcome

    def rename_cadre(self, who: str, name: str) -> None:
        """Give a cadre another name."""
        with writing() as session:
            renamed = patch("cadre", self.city.people[who], {"name": name})
            (outcome,) = write(session, [renamed], actor=Actor("system", None, "系统"), now=self.now)
            assert outcome.outcome == "applied", outcome

    def unassign(self) -> None:
        """As if no route had been chosen yet."""
        with writing() as session:
            session.execute(update(Forwarding).where(Forwarding.target == self.code).values(target=None))

    def photo(self, app: Flask, data: bytes) -> str:
        """A photo that has arrived; returns the name by which records know it."""
        stored = hashlib.sha256(data + b"stored").hexdigest()
        sent = hashlib.sha256(data).hexdigest()
        path = photos.path_of(app.config["DOORSTEP"].photo_dir, stored)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        with writing() as session:
            session.add(
                Attachment(
                    sha256=sent,
                    stored_sha256=stored,
                    media_type="image/jpeg",
                    bytes=len(data),
                    width=1,
                    height=1,
                    created_at=1,
                )
            )
        return sent

    def rows(self) -> list[Forwarding]:
        """The deliveries to this target."""
        with reading() as session:
            mine = select(Forwarding).where(Forwarding.target == self.code)
            return list(session.scalars(mine.order_by(Forwarding.id)))

    def rows_of(self, session: Session, request_id: str) -> list[Forwarding]:
        """All deliveries of one request, to be changed in `session`."""
        return list(session.scalars(select(Forwarding).where(Forwarding.service_request_id == request_id)))

    def row(self) -> Forwarding:
        """The only delivery."""
        (row,) = self.rows()
        return row

    def attempts(self) -> list[ForwardingAttempt]:
        """All attempts, oldest first."""
        with reading() as session:
            return list(session.scalars(select(ForwardingAttempt).order_by(ForwardingAttempt.no)))

    def request(self, request_id: str) -> ServiceRequest:
        """A request as it stands."""
        with reading() as session:
            return session.get_one(ServiceRequest, request_id)

    def events(self, request_id: str) -> list[ServiceRequestEvent]:
        """A request's history."""
        with reading() as session:
            found = select(ServiceRequestEvent).where(ServiceRequestEvent.service_request_id == request_id)
            return list(session.scalars(found.order_by(ServiceRequestEvent.id)))

    def target(self) -> Target:
        """The target's row."""
        with reading() as session:
            return session.get_one(Target, self.code)

    def change_target(self, **values: Any) -> None:
        """What an operator does to the target."""
        with writing() as session:
            session.execute(update(Target).where(Target.code == self.code).values(**values))


def check_exactly_once(world: World) -> None:
    """The forwarder's one promise: each request is at the platform once, or a person has it on the dead-letter list.

    And nothing is there twice, whoever has it on a list.
    """
    for row in world.rows():
        copies = world.platform.copies_of(row.reference)
        assert len(copies) <= 1, (
            f"{row.reference}: {len(copies)} copies, {[f for r, f in world.platform.posts if r == row.reference]}"
        )
        if row.state == State.DEAD:
            assert row.reason in REASONS, row.reference
            assert world.request(row.service_request_id).stuck
        else:
            assert row.state == State.DONE, (row.reference, row.state)
            assert len(copies) == 1, f"{row.reference} is done, but the platform has {len(copies)}"
            assert row.platform_id == copies[0].number
            request = world.request(row.service_request_id)
            assert (request.status, request.platform_number) == ("submitted", copies[0].number)
        posts = [fault for reference, fault in world.platform.posts if reference == row.reference]
        assert len(posts) <= 2, f"{row.reference} was posted {len(posts)} times: {posts}"
