"""The platforms that requests are forwarded to, as a person sees them, and what a person may do about one."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.errors import Problem
from app.models.forwarding import Target


def standing(session: Session) -> list[dict[str, Any]]:
    """All targets, how each stands and the services it offers: for choosing another route and for mapping categories."""
    found = session.scalars(select(Target).order_by(Target.order, Target.code)).all()
    return [
        {
            "code": target.code,
            "name": target.name,
            "adapter": target.adapter,
            "enabled": target.enabled,
            "paused_reason": target.paused_reason,
            "silent": target.breaker_probe_at is not None,
            "polled_to": target.polled_to,
            "services": target.services or [],
        }
        for target in found
    ]


def resume(session: Session, code: str) -> None:
    """A person has mended what made the platform refuse us; raises `Problem("unknown_target")`."""
    target = session.get(Target, code)
    if target is None:
        raise Problem("unknown_target")
    target.paused_reason = target.throttled_until = None
