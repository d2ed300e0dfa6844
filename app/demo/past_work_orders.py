"""The platform's side of the demo's past: work orders at the embedded desk that match what our requests say happened.

Only the demo writes both sides at once. From then on the forwarder and the desk meet over HTTP as everywhere.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.demo.stories import DAY, Story, Turn
from app.desk.intake import Posted, body_hash, receive
from app.desk.work_orders import By, Filled, take
from app.domain.forwarding import Outcome, State
from app.installation import CLIENT, TARGET
from app.models.desk import DeskApiKey, DeskRequest, DeskService, DeskUnit
from app.models.forwarding import Forwarding, ForwardingAttempt
from app.models.service_requests import ServiceRequest

_CENTRE = By("centre", "受理转办中心", "值班员")


class PastWorkOrders:
    """Follows the turns of forwarded stories at the desk, which must be set up already."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self._orders: dict[str, DeskRequest] = {}
        self._units = {unit.name: unit for unit in session.scalars(select(DeskUnit))}
        self._key = session.scalars(select(DeskApiKey).where(DeskApiKey.client == CLIENT)).one()

    def follow(self, story: Story, turn: Turn, request_id: str, at: int) -> dict[str, Any]:
        """Take the turn at the desk; returns what the request learns from it besides its status."""
        if turn.status == "submitted":
            order = self._receive(story, request_id, at)
            return {"platform_number": order.number}
        order = self._orders[request_id]
        self._take(order, story, turn, at)
        self.session.execute(
            update(Forwarding)
            .where(Forwarding.service_request_id == request_id, Forwarding.ending.is_(False))
            .values(news_at=order.updated_at)
        )
        if turn.status == "dispatched":
            return {"lead_unit": story.unit, "co_units": list(story.co_units)}
        return {}

    def told_of_ending(self, request_id: str, at: int) -> None:
        """The desk has taken the turn already, so that the forwarder need not bring it the resident's word again."""
        self.session.execute(
            update(Forwarding)
            .where(Forwarding.service_request_id == request_id, Forwarding.ending)
            .values(state=State.DONE, next_at=None, done_at=at, posts=1, platform_id=self._orders[request_id].number)
        )

    def _receive(self, story: Story, request_id: str, at: int) -> DeskRequest:
        """The work order that this request became, and our delivery of it as done."""
        request = self.session.get_one(ServiceRequest, request_id)
        own = (Forwarding.service_request_id == request_id, Forwarding.ending.is_(False))
        forwarding = self.session.scalars(select(Forwarding).where(*own)).one()
        service = self.session.get_one(DeskService, story.category)
        posted = Posted(
            service_code=service.code,
            description=f"{story.text}\n{forwarding.reference}",
            fields={"address_string": request.address or "古楼街道"},
            attributes={"client_reference": [forwarding.reference]},
            resident_due_at=request.due_at,
        )
        order = receive(
            self.session,
            self._key,
            service,
            posted,
            photos=(),
            idempotency_key=forwarding.reference,
            hashed=body_hash([("description", posted.description)], ()),
            now=at,
        )
        forwarding.target, forwarding.state, forwarding.service_code = TARGET, State.DONE, service.code
        forwarding.platform_id, forwarding.last_outcome = order.number, Outcome.CREATED
        forwarding.posts = forwarding.tries = 1
        forwarding.next_at, forwarding.since, forwarding.sent_since = None, at, at
        forwarding.created_at = forwarding.done_at = forwarding.news_at = at
        self.session.add(
            ForwardingAttempt(
                forwarding_id=forwarding.id,
                at=at,
                phase="post",
                target=TARGET,
                outcome=Outcome.CREATED,
                http_status=201,
            )
        )
        self.session.flush()
        self._orders[request_id] = order
        return order

    def _take(self, order: DeskRequest, story: Story, turn: Turn, at: int) -> None:
        for name, by, filled in self._steps(order, story, turn, at):
            take(self.session, order, name, by, filled, at)

    def _steps(self, order: DeskRequest, story: Story, turn: Turn, at: int) -> list[tuple[str, By, Filled]]:
        lead = By("lead", story.unit, "经办人")
        match turn.status:
            case "accepted":
                return [("accept", _CENTRE, Filled())]
            case "dispatched":
                return [("dispatch", _CENTRE, self._parties(story))]
            case "in_progress":
                return [("take_up", lead, Filled()), ("progress", lead, Filled(text=turn.text, tell=True))]
            case "returned":
                return [("return", lead, Filled(reason=turn.text))]
            case "extended":
                until = (order.unit_due_at or at) + 10 * DAY
                return [
                    ("ask_extension", lead, Filled(until=until, reason=turn.text)),
                    ("approve_extension", _CENTRE, Filled()),
                ]
            case "answered":
                return [("answer", lead, Filled(text=turn.text))]
            case "not_accepted":
                return [("refuse", _CENTRE, Filled(reason=turn.text))]
            case "agreed":
                return [("agree", By("client", CLIENT), Filled())]
        return []

    def _parties(self, story: Story) -> Filled:
        co = tuple(self._units[name].id for name in story.co_units)
        return Filled(lead=self._units[story.unit].id, co=co)
