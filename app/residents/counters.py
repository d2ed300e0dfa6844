"""How often is too often: counted for each code, device, phone number and, loosely, address (mobile carriers share addresses).

A filing over the limit is taken in for review, never refused; guessing at codes and digits is stopped for a while.
"""

from __future__ import annotations

import hashlib

import structlog
from flask import request
from limits import parse

from app.errors import Problem
from app.forms import visitor
from app.limits import limiter

log = structlog.get_logger()

_FILING = {"code": "20/hour", "device": "6/hour", "phone": "6/day", "address": "200/hour"}
# Only misses count: a correct code can be looked at as often as one likes.
_MISSES = {
    "tracking": {"device": "20/hour", "address": "300/hour"},
    "scan": {"device": "40/hour", "address": "600/hour"},
    "phone_tail": {"code": "20/day", "device": "10/hour"},
    "badge_digits": {"code": "120/hour", "device": "20/hour"},
}
_RETRY_AFTER_S = 900


def filing_is_too_often(code: str, phone: str | None) -> bool:
    """Count a filing, and say whether it is over a limit of its code, device, phone or address."""
    counted = {**_here(), "code": code, "phone": phone}
    # A list, not a generator: every counter counts, whichever is full.
    return any(not _hit(rate, "filing", kind, counted[kind]) for kind, rate in _FILING.items() if counted[kind])


def check_guesses(what: str, code: str = "") -> None:
    """Raise `Problem("too_many_tries")` when too many guesses at `what` were wrong."""
    for kind, rate in _MISSES[what].items():
        if not _left(rate, what, kind, {**_here(), "code": code}[kind]):
            raise Problem("too_many_tries", headers={"Retry-After": str(_RETRY_AFTER_S)})


def count_miss(what: str, code: str = "") -> None:
    """Count a wrong guess."""
    for kind, rate in _MISSES[what].items():
        _hit(rate, what, kind, {**_here(), "code": code}[kind])


def _here() -> dict[str, str | None]:
    return {"device": visitor(), "address": request.remote_addr}


def _hit(rate: str, *names: str | None) -> bool:
    return _asked("hit", rate, names)


def _left(rate: str, *names: str | None) -> bool:
    return _asked("test", rate, names)


def _asked(question: str, rate: str, names: tuple[str | None, ...]) -> bool:
    if not limiter.enabled:
        return True
    try:
        return bool(getattr(limiter.limiter, question)(parse(rate), *_opaque(names)))
    except Exception:
        # A store of counters that cannot be reached must not cost a resident the filing.
        log.warning("counters_unreachable", exc_info=True)
        return True


def _opaque(names: tuple[str | None, ...]) -> list[str]:
    """The store of the counters, which may be another machine, holds no phone numbers."""
    return [hashlib.sha256("\x00".join(name or "" for name in names).encode()).hexdigest()]
