"""What the forwarder's jobs share: targets with their breakers and adapters, a delivery's history, the words for its request."""

from __future__ import annotations

import random
import ssl
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import Session

import config
from app.domain.breaker import Breaker, after_call, room
from app.domain.forwarding import State, Terms
from app.domain.forwarding_words import ENDING_UNTOLD, reason_words
from app.domain.scrubbing import excerpt
from app.external.adapters import Adapter
from app.external.http import Outward
from app.external.targets import adapter_of
from app.models.forwarding import Forwarding, ForwardingAttempt, Target
from app.writes import Write, patch

# More calls at once would press a small platform harder than it helps us.
MOST_AT_ONCE = 16


def breaker_of(target: Target) -> Breaker:
    """The breaker of a target."""
    return Breaker(target.breaker_recent, target.breaker_trips, target.breaker_probe_at, target.breaker_trying)


def keep_breaker(target: Target, breaker: Breaker) -> None:
    """Write the breaker back."""
    target.breaker_recent, target.breaker_trips = breaker.recent, breaker.trips
    target.breaker_probe_at, target.breaker_trying = breaker.probe_at, breaker.trying


def terms_of(row: Forwarding, adapter: Adapter) -> Terms:
    """What a delivery's target can do, as far as its service lets it."""
    terms = adapter.terms
    return replace(terms, hides=terms.searchable and not row.searchable)


def count_call(target: Target, answered: bool, now: int) -> None:
    """Tell a target's breaker how a call ended."""
    keep_breaker(target, after_call(breaker_of(target), answered, now))


def room_of(target: Target, now: int) -> int:
    """How many deliveries may be on their way to a target at once: 0 while it is off, paused, throttled or silent."""
    if not target.enabled or target.paused_reason or (target.throttled_until or 0) > now:
        return 0
    return room(breaker_of(target), int((target.settings or {}).get("at_once", MOST_AT_ONCE)))


def spread() -> float:
    """A random number in [-1, 1] for the back-off."""
    return random.uniform(-1, 1)  # noqa: S311


@dataclass
class Adapters:
    """The adapters of all targets for one run of a job."""

    outward: Outward
    data_dir: Path
    photo_dir: Path
    desk_url: str

    def of(self, target: Target) -> Adapter:
        """The adapter of one target. Setting `embedded`: the target is this installation's own desk, wherever it listens now."""
        embedded = (target.settings or {}).get("embedded")
        return adapter_of(target, self.desk_url if embedded else target.url, self.outward, self.data_dir)


def adapters(outward: Outward | None = None) -> Adapters:
    """Adapters with this application's settings; `outward` replaces the way out in tests."""
    settings: config.Config = current_app.config["DOORSTEP"]
    return Adapters(outward or way_out(settings), settings.data_dir, settings.photo_dir, settings.desk_url)


def way_out(settings: config.Config) -> Outward:
    """The way out of this installation; `ca_file` adds an authority of the operator's own to the system's."""
    return Outward(frozenset(settings.allowed_private_hosts), tls=_trusted(settings.ca_file))


@lru_cache(maxsize=4)
def _trusted(ca_file: Path | None) -> ssl.SSLContext:
    # Reading a system's authorities takes longer than a call; once is enough.
    context = ssl.create_default_context()
    if ca_file is not None:
        context.load_verify_locations(ca_file)
    return context


# Built once: putting an expression together costs more than running it, and phones wait meanwhile.
_TARGETS = select(Target).order_by(Target.order, Target.code)
_HELD_TARGETS = _TARGETS.with_for_update()


def all_targets(session: Session, *, locked: bool = False) -> dict[str, Target]:
    """All targets by code, in the order of routes; `locked` holds their rows, so that two workers count one after the other."""
    return {t.code: t for t in session.scalars(_HELD_TARGETS if locked else _TARGETS)}


def attempt(
    row: Forwarding,
    phase: str,
    outcome: str,
    now: int,
    *,
    http_status: int | None = None,
    detail: str | None = None,
    words: str = "",
    secrets: Iterable[str] = (),
) -> ForwardingAttempt:
    """One line of a delivery's history; nothing of an answer is kept for a confidential report."""
    kept = "" if row.confidential else excerpt(words, secrets)
    row.last_outcome = outcome
    row.last_words = kept or None
    return ForwardingAttempt(
        forwarding_id=row.id,
        at=now,
        phase=phase,
        target=row.target,
        outcome=outcome,
        http_status=http_status,
        detail=detail,
        excerpt=kept or None,
    )


def told(row: Forwarding, cause: str | None = None) -> list[Write]:
    """The request's `stuck` words: set while a person is needed, cleared when not."""
    reason = row.reason if row.state == State.DEAD else row.alarm
    words = reason_words(reason, cause)[0] if reason else None
    if words and row.ending:
        words = ENDING_UNTOLD[0] + words
    return [patch("service_request", row.service_request_id, {"stuck": words})]
