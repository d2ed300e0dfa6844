"""Rules of forwarding (上报): what an answer of the platform means, when to try again, and when a person must look.

A POST whose fate is unknown is never simply repeated: it is looked up first, and no delivery makes more than two POSTs
that may have arrived unless a person says so.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

SECOND_MS = 1000
MINUTE_MS = 60 * SECOND_MS
HOUR_MS = 60 * MINUTE_MS

# Longer than any call to a platform may last (`app/external/http.py`), so an expired lease means a dead worker.
LEASE_MS = 2 * MINUTE_MS
QUIET_MS = 5 * MINUTE_MS
BATCH_QUIET_MS = 60 * MINUTE_MS
FIRST_BACK_OFF_MS = 30 * SECOND_MS
LONGEST_BACK_OFF_MS = 4 * HOUR_MS
BACK_OFF_SPREAD = 0.2
MAX_POSTS = 2
MAX_TRIES = 12
PATIENCE_MS = 24 * HOUR_MS
EMPTY_SEARCHES = 2
TOKEN_PATIENCE_MS = 72 * HOUR_MS
FIRST_TOKEN_WAIT_MS = 10 * SECOND_MS
LONGEST_TOKEN_WAIT_MS = 30 * MINUTE_MS
# A doubtful delivery on the dead-letter list is still looked for: a copy that turns up spares the person the work.
LATE_SEARCH_EVERY_MS = 6 * HOUR_MS
LATE_SEARCH_FOR_MS = 7 * 24 * HOUR_MS
# The share of the time limit after which a delivery that still fails becomes a person's business.
WARNS_AT = 0.8


class Outcome(StrEnum):
    """What became of one POST, as far as we can know."""

    CREATED = "created"
    TOKEN = "token"  # noqa: S105 - a word for an outcome
    BLIND = "blind"
    DUPLICATE = "duplicate"
    REJECTED = "rejected"
    FORBIDDEN = "forbidden"
    THROTTLED = "throttled"
    NOT_SENT = "not_sent"
    UNKNOWN = "unknown"


class State(StrEnum):
    """State of a delivery; kept apart from the status of the request."""

    DUE = "due"
    LEASED = "leased"
    UNKNOWN = "unknown"
    THROTTLED = "throttled"
    AWAITING_ID = "awaiting_id"
    DONE = "done"
    DEAD = "dead"


class Finding(StrEnum):
    """What a look-up at the platform told us: `taken` is a copy without a number yet, `failed` proves nothing."""

    FOUND = "found"
    TAKEN = "taken"
    NONE = "none"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Delivery:
    """The numbers of one forwarding that the rules need; instants in milliseconds.

    `posts` counts the POSTs that may have arrived, `tries` the failures, both since a person last took the delivery on.
    `since` is when the forwarder first touched it, `intent_at` is set only while a POST may be on its way, `sent_since` is the
    first POST that may have arrived at this target. `blind`: the platform took it, so it must not be posted again.
    """

    state: State = State.DUE
    next_at: int | None = None
    posts: int = 0
    tries: int = 0
    lookups: int = 0
    blind: bool = False
    since: int | None = None
    intent_at: int | None = None
    sent_since: int | None = None
    token_at: int | None = None
    warn_at: int | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """What a target can do: be searched for a reference, send the number by itself later on; and how long to keep quiet.

    `hides`: requests that have no number yet stand in no list (GeoReport's batch and blackbox services), so an empty search
    proves nothing and no second POST follows from it.
    """

    searchable: bool = True
    hides: bool = False
    number_follows: bool = False
    quiet_ms: int = QUIET_MS


def back_off_ms(tries: int, spread: float) -> int:
    """How long to wait after so many failures: 30 s doubling to 4 h; `spread` in [-1, 1] moves it by up to a fifth."""
    doubled: int = FIRST_BACK_OFF_MS << min(max(tries - 1, 0), 20)
    wait = min(doubled, LONGEST_BACK_OFF_MS)
    return round(wait * (1 + BACK_OFF_SPREAD * spread))


def warn_at(recorded_at: int | None, due_at: int | None) -> int | None:
    """The instant when four fifths of the time limit are gone; None without a limit."""
    if recorded_at is None or due_at is None:
        return None
    return recorded_at + round((due_at - recorded_at) * WARNS_AT)


def exhausted(delivery: Delivery, now: int) -> bool:
    """Whether it is time for a person: 12 failures, 24 hours, or the deadline's warning."""
    return (
        delivery.tries >= MAX_TRIES
        or (delivery.since is not None and now - delivery.since >= PATIENCE_MS)
        or (delivery.warn_at is not None and now >= delivery.warn_at)
    )


def may_post(delivery: Delivery) -> bool:
    """Whether another POST is allowed without a person."""
    return delivery.state is State.DUE and not delivery.blind and delivery.posts < MAX_POSTS


def claimed(delivery: Delivery, now: int) -> Delivery:
    """A worker has taken it; nothing has left the machine yet."""
    since = now if delivery.since is None else delivery.since
    return replace(delivery, state=State.LEASED, since=since, next_at=now + LEASE_MS, intent_at=None)


def intended(delivery: Delivery, now: int) -> Delivery:
    """The intent to POST, committed before the socket is opened."""
    sent_since = now if delivery.sent_since is None else delivery.sent_since
    return replace(
        delivery,
        intent_at=now,
        sent_since=sent_since,
        posts=delivery.posts + 1,
        lookups=0,
        next_at=now + LEASE_MS,
    )


def expired(delivery: Delivery, terms: Terms, now: int) -> Delivery:
    """The worker died: before the intent nothing was sent; after it, the fate of the POST is unknown."""
    if delivery.intent_at is None:
        return replace(delivery, state=State.DUE, next_at=now)
    return _doubtful(delivery, terms, delivery.intent_at, now)


def after_send(
    delivery: Delivery, outcome: Outcome, terms: Terms, now: int, spread: float = 0.0, wait_ms: int = 0
) -> Delivery:
    """The delivery after a POST ended with `outcome`; `wait_ms` is how long the platform asked us to wait."""
    sent = replace(delivery, intent_at=None, reason=None)
    match outcome:
        case Outcome.CREATED:
            return _done(sent)
        case Outcome.TOKEN:
            return replace(sent, state=State.AWAITING_ID, blind=True, token_at=now, next_at=now + FIRST_TOKEN_WAIT_MS)
        case Outcome.BLIND | Outcome.DUPLICATE:
            return _taken_without_number(replace(sent, blind=True), outcome, terms, now)
        case Outcome.REJECTED:
            return _dead(sent, "rejected")
        case Outcome.FORBIDDEN:
            # The target is paused, not the request: no try is used up, and the refused POST made no copy.
            return replace(_unsent(sent), state=State.DUE, next_at=now)
        case Outcome.THROTTLED if terms.searchable:
            wait = min(max(wait_ms, FIRST_BACK_OFF_MS), LONGEST_BACK_OFF_MS)
            return replace(sent, state=State.THROTTLED, next_at=now + wait)
        case Outcome.THROTTLED:
            return _dead(sent, "throttled")
        case Outcome.NOT_SENT:
            return _again_or_dead(_unsent(sent), State.DUE, "unreachable", now, spread)
        case Outcome.UNKNOWN:
            return _doubtful(sent, terms, now, now, wait_ms)


def after_search(delivery: Delivery, finding: Finding, terms: Terms, now: int, spread: float = 0.0) -> Delivery:
    """The delivery after the platform was searched for its reference."""
    if finding is Finding.FOUND:
        return _done(delivery)
    if finding is Finding.TAKEN:
        return _taken(delivery, terms, now, spread)
    if delivery.state is State.DEAD:
        since = delivery.sent_since or now
        late = now - since < LATE_SEARCH_FOR_MS
        return replace(delivery, next_at=now + LATE_SEARCH_EVERY_MS if late else None)
    if finding is Finding.FAILED or terms.hides:
        return _again_or_dead(delivery, delivery.state, "unsearchable", now, spread)
    searched = replace(delivery, lookups=delivery.lookups + 1)
    if delivery.state is State.UNKNOWN and searched.lookups < EMPTY_SEARCHES:
        return replace(searched, next_at=now + terms.quiet_ms)
    if delivery.blind:
        return _doubt_dead(searched, "no_number", now)
    if searched.posts >= MAX_POSTS or exhausted(searched, now):
        return _doubt_dead(searched, "throttled" if delivery.state is State.THROTTLED else "unconfirmed", now)
    return replace(searched, state=State.DUE, next_at=now, lookups=0)


def after_token(delivery: Delivery, found: bool, now: int) -> Delivery:
    """The delivery after its token was asked for the number; never posted again, given up after 72 hours."""
    if found:
        return _done(delivery)
    waited = now - (delivery.token_at or now)
    if waited >= TOKEN_PATIENCE_MS:
        return _doubt_dead(delivery, "no_number", now)
    wait = min(max(waited // 4, FIRST_TOKEN_WAIT_MS), LONGEST_TOKEN_WAIT_MS)
    return replace(delivery, next_at=now + wait)


def blocked(delivery: Delivery, now: int, until: int | None = None) -> Delivery:
    """A delivery whose target is paused, switched off or silent (until `until`): no try is used up, but it does not wait for ever."""
    waiting = delivery if delivery.since is not None else replace(delivery, since=now)
    if delivery.state is State.DUE:
        return _dead(waiting, "target_blocked") if exhausted(waiting, now) else waiting
    if delivery.state is not State.DEAD and exhausted(waiting, now):
        return _doubt_dead(waiting, "unsearchable", now)
    return replace(waiting, next_at=max(until or 0, now + FIRST_BACK_OFF_MS))


def taken_on(delivery: Delivery, terms: Terms, now: int) -> Delivery:
    """A person says: try again. A POST that may have arrived is looked for once more before another one is made."""
    fresh = replace(
        delivery,
        posts=0,
        tries=0,
        lookups=0,
        since=now,
        warn_at=None,
        intent_at=None,
        reason=None,
        next_at=now,
        blind=False,
    )
    if delivery.sent_since is not None and terms.searchable and not terms.hides:
        return replace(fresh, state=State.UNKNOWN, lookups=EMPTY_SEARCHES - 1)
    return replace(fresh, state=State.DUE, sent_since=None)


def _done(delivery: Delivery) -> Delivery:
    return replace(delivery, state=State.DONE, next_at=None, reason=None, intent_at=None)


def _dead(delivery: Delivery, reason: str) -> Delivery:
    return replace(delivery, state=State.DEAD, next_at=None, reason=reason, intent_at=None)


def _doubt_dead(delivery: Delivery, reason: str, now: int) -> Delivery:
    return replace(_dead(delivery, reason), next_at=now + LATE_SEARCH_EVERY_MS)


def _unsent(delivery: Delivery) -> Delivery:
    posts = delivery.posts - 1
    # With no other POST on record there is nothing at the platform to look for.
    return replace(delivery, posts=posts, sent_since=delivery.sent_since if posts else None)


def _doubtful(delivery: Delivery, terms: Terms, sent_at: int, now: int, wait_ms: int = 0) -> Delivery:
    unsure = replace(delivery, state=State.UNKNOWN, intent_at=None, lookups=0)
    if not terms.searchable:
        return _dead(unsure, "unconfirmed")
    return replace(unsure, next_at=max(now + min(wait_ms, LONGEST_BACK_OFF_MS), sent_at + terms.quiet_ms))


def _taken_without_number(delivery: Delivery, outcome: Outcome, terms: Terms, now: int) -> Delivery:
    if outcome is Outcome.BLIND and terms.number_follows:
        return replace(delivery, state=State.AWAITING_ID, token_at=now, next_at=now + TOKEN_PATIENCE_MS)
    if terms.searchable:
        return replace(delivery, state=State.UNKNOWN, lookups=0, next_at=now + FIRST_BACK_OFF_MS)
    return _dead(delivery, "duplicate" if outcome is Outcome.DUPLICATE else "no_number")


def _taken(delivery: Delivery, terms: Terms, now: int, spread: float) -> Delivery:
    """It has arrived and must not be posted again; what is missing is its number."""
    known = replace(delivery, blind=True)
    if terms.number_follows:
        return replace(known, state=State.AWAITING_ID, token_at=now, next_at=now + TOKEN_PATIENCE_MS, reason=None)
    if delivery.state is State.DEAD:
        return replace(known, reason="no_number", next_at=now + LATE_SEARCH_EVERY_MS)
    return _again_or_dead(known, State.UNKNOWN, "no_number", now, spread)


def _again_or_dead(delivery: Delivery, state: State, reason: str, now: int, spread: float) -> Delivery:
    tried = replace(delivery, tries=delivery.tries + 1, state=state)
    if exhausted(tried, now):
        return _dead(tried, reason) if state is State.DUE else _doubt_dead(tried, reason, now)
    return replace(tried, next_at=now + back_off_ms(tried.tries, spread))
