"""Following a request (查进度): what its page may show to whom.

Who holds the tracking code sees the steps, their dates, who handles it and the answer. The words of the resident, the photos
and the contact come only with the last four digits of the phone number that was given. A resident or enterprise that filed
without a number has nothing but the code to show, so the code opens all; not so for requests that a cadre wrote down (the
cadre knows that code too) and never for confidential reports (举报), where a code seen by the wrong person must tell nothing. Once the
time is over for which the contact is kept, no code opens anything: there is nothing left to tell the resident from a finder.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain import service_requests as life
from app.domain.codes import BadCode, check_tracking_code, format_tracking_code, normalise
from app.domain.service_request_words import STEP_WORDS
from app.domain.words import Words
from app.errors import Problem
from app.models.people import Team
from app.models.service_requests import Rating, ServiceRequest, ServiceRequestEvent
from app.residents.retention import kept_until

STAGES = (
    Words("登记", "Filed"),
    Words("受理", "Accepted"),
    Words("办理", "Working"),
    Words("答复", "Answer"),
    Words("办结", "Done"),
)
_STAGE_OF = {
    "recorded": 0, "to_be_forwarded": 0, "queued": 0, "reopened": 0, "submitted": 1, "accepted": 1, "own_unit": 2,
    "dispatched": 2, "in_progress": 2, "returned": 2, "extended": 2, "merged": 2, "solved_on_spot": 3, "explained": 3,
    "answered": 3, "agreed": 4, "closed": 4, "archived": 4,
}  # fmt: skip
SAID_DONE = frozenset({"solved_on_spot", "explained", "answered"})
# Between "will be forwarded" and "has reached the platform" lies nothing that a resident needs to know.
_UNSAID = frozenset({"queue"})
# Why a unit sends a request back is between the units; why a request is refused or takes longer is the resident's to know.
_REASON_IS_SHOWN = frozenset({"refuse", "extend"})
_FIRST_STEP = {step.to: step.name for step in reversed(life.STEPS)}


class Line(NamedTuple):
    """One step on the page."""

    at_ms: int
    words: Words
    text: str
    reason: str
    photos: tuple[str, ...]


@dataclass(frozen=True)
class Case:
    """A request as its resident may see it. `opened`: the phone's last four digits were given."""

    request: ServiceRequest
    events: tuple[ServiceRequestEvent, ...]
    team: Team | None
    rating: Rating | None
    merged_status: str | None
    opened: bool
    now: int

    @property
    def code(self) -> str:
        """The tracking code in its stored form."""
        return self.request.tracking_code or ""

    @property
    def shown_code(self) -> str:
        """The tracking code as people read it."""
        return format_tracking_code(self.code)

    @property
    def needs_phone_tail(self) -> bool:
        """Whether a phone number was given that can prove who asks."""
        return bool(self.request.contact_phone)

    @property
    def full(self) -> bool:
        """Whether the resident's words, the photos and the contact may be shown."""
        own = self.request.source in ("resident", "enterprise") and not self.request.confidential
        still_kept = self.kept_until is None or self.now < self.kept_until
        return self.opened or (own and not self.needs_phone_tail and still_kept)

    @property
    def kept_until(self) -> int | None:
        """The instant (ms) at which contact and photos are deleted; None while the request is open."""
        return kept_until(self.request, self.events)

    @property
    def may_act(self) -> bool:
        """Whether who holds the code may withdraw, agree, have it reopened and rate."""
        return self.opened or not self.needs_phone_tail

    @property
    def tells_answer(self) -> bool:
        """A confidential report's answer could tell what was reported."""
        return self.full or not self.request.confidential

    @property
    def stage(self) -> int | None:
        """How far it is along `STAGES`; None when it ended another way."""
        return _STAGE_OF.get(self.request.status or "")

    @cached_property
    def lines(self) -> list[Line]:
        """The public steps, oldest first."""
        return [_line(event, self) for event in self.events if event.public and _step_name(event) not in _UNSAID]

    @property
    def headline(self) -> Words:
        """How it stands now, in one sentence."""
        steps = [event for event in self.events if event.kind == "status" and event.public]
        return _words(steps[-1]) if steps else life.STATUSES[self.request.status or "recorded"]

    @property
    def said_done_at(self) -> int | None:
        """When it was last said to be done (answered, explained, solved), in ms."""
        times = [e.received_at for e in self.events if e.kind == "status" and e.to_status in SAID_DONE]
        return times[-1] if times else None

    @property
    def steps(self) -> set[str]:
        """The steps the resident may take now: agree, reopen, withdraw."""
        return {step.name for step in life.steps_for(self.request.status or "", "resident")}

    @property
    def may_be_rated(self) -> bool:
        """Whether there is an answer to rate, and no rating yet; the waiting time is asked separately."""
        done = self.request.status in SAID_DONE | {"agreed", "closed", "archived"}
        return self.rating is None and done and self.said_done_at is not None


def _step_name(event: ServiceRequestEvent) -> str:
    return event.step or _FIRST_STEP.get(event.to_status or "", "")


def _words(event: ServiceRequestEvent) -> Words:
    words = STEP_WORDS.get(_step_name(event))
    if event.kind == "progress" or words is None:
        return Words("办理情况", "Progress")
    return words.public


def _line(event: ServiceRequestEvent, case: Case) -> Line:
    told = (case.tells_answer and event.actor_kind != "resident") or case.full
    reason = event.reason if _step_name(event) in _REASON_IS_SHOWN or event.actor_kind == "resident" else None
    at = event.received_at or 0
    if case.request.source == "import":
        # It happened before the list that tells of it came in.
        at = min(at, event.occurred_at or at)
    return Line(
        at,
        _words(event),
        (event.text or "") if told else "",
        (reason or "") if told else "",
        tuple(event.photos or ()) if case.full else (),
    )


def request_of(session: Session, typed: str) -> ServiceRequest:
    """The request of a tracking code; raises `Problem("tracking_mistyped")` or `Problem("tracking_unknown")`."""
    try:
        code = check_tracking_code(typed)
    except BadCode:
        raise Problem("tracking_mistyped") from None
    request = session.scalar(
        select(ServiceRequest)
        .where(ServiceRequest.tracking_code == code, ServiceRequest.deleted.is_(False))
        .order_by(ServiceRequest.recorded_at)
        .limit(1)
    )
    if request is None:
        raise Problem("tracking_unknown")
    return request


def load(session: Session, request: ServiceRequest, *, opened: bool, now: int) -> Case:
    """The request with its events, its team and its rating. `now` in ms."""
    events = session.scalars(
        select(ServiceRequestEvent)
        .where(ServiceRequestEvent.service_request_id == request.id)
        .order_by(ServiceRequestEvent.received_at, ServiceRequestEvent.id)
    )
    team_id = request.scope.removeprefix("team:") if request.scope.startswith("team:") else None
    merged = session.get(ServiceRequest, request.merged_into) if request.merged_into else None
    return Case(
        request,
        tuple(events),
        session.get(Team, team_id) if team_id else None,
        session.get(Rating, request.id),
        merged.status if merged is not None else None,
        opened,
        now,
    )


def phone_tail_fits(request: ServiceRequest, typed: str) -> bool:
    """Whether these are the last four digits of the phone number that was given."""
    tail = "".join(sign for sign in normalise(typed) if sign in "0123456789")[-4:]
    return bool(request.contact_phone) and secrets.compare_digest(
        tail.encode(), (request.contact_phone or "")[-4:].encode()
    )
