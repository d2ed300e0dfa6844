"""What people say to each other through the product: a leader's inbox (消息), and what cadres say about the app (投诉建议, 申诉)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from app.models.accounts import Account
from app.models.notices import Feedback, Notice
from app.models.people import Cadre, Team
from app.models.places import Place
from app.models.visits import Visit
from app.review.reach import Reach
from app.writes import Actor, create, patch, write

MOST = 100
_VISIT = "visit:"


def notices(session: Session, person_id: str) -> list[dict[str, Any]]:
    """The person's notices, unread first, then the newest; at most a hundred."""
    mine = select(Notice).where(*_inbox(person_id)).order_by(Notice.read_at.is_not(None), Notice.created_at.desc())
    return [
        {
            "id": one.id,
            "title": one.title,
            "text": one.text,
            "about_collection": one.about_collection,
            "about_id": one.about_id,
            "created_at": one.created_at,
            "read_at": one.read_at,
        }
        for one in session.scalars(mine.limit(MOST))
    ]


def unread(session: Session, person_id: str) -> int:
    """How many notices nobody has read."""
    where = (*_inbox(person_id), Notice.read_at.is_(None))
    return session.scalar(select(func.count()).select_from(Notice).where(*where)) or 0


def mark_read(session: Session, person_id: str, ids: Sequence[str], actor: Actor, now: int) -> None:
    """The person has read these; those of somebody else, and those read before, stay as they are."""
    mine = select(Notice.id).where(*_inbox(person_id), Notice.read_at.is_(None), Notice.id.in_(ids))
    write(session, [patch("notice", one, {"read_at": now}) for one in session.scalars(mine)], actor=actor, now=now)


def _inbox(person_id: str) -> tuple[ColumnElement[bool], ...]:
    return Notice.scope == f"user:{person_id}", Notice.deleted.is_(False)


def feedback(session: Session, reach: Reach, *, answered: bool) -> list[dict[str, Any]]:
    """What the people of the reach said: what waits for an answer, the oldest first, or what was answered, the newest first."""
    order = Feedback.created_at.desc() if answered else Feedback.created_at
    asked = (
        select(Feedback, func.coalesce(Cadre.name, Account.name), Team.name)
        .outerjoin(Cadre, Cadre.id == Feedback.author_id)
        .outerjoin(Account, Account.id == Feedback.author_id)
        .outerjoin(Team, Team.id == func.coalesce(Cadre.team_id, Account.team_id))
        .where(_said(reach), Feedback.answer.is_not(None) if answered else Feedback.answer.is_(None))
        .order_by(order, Feedback.id)
        .limit(MOST)
    )
    return [
        {
            "id": one.id,
            "text": one.text,
            "created_at": one.created_at,
            "author": name,
            "team": team,
            "visit": _visit(session, one.about),
            "answer": one.answer,
        }
        for one, name, team in session.execute(asked)
    ]


def open_feedback(session: Session, reach: Reach) -> int:
    """How much of it waits for an answer."""
    where = (_said(reach), Feedback.answer.is_(None))
    return session.scalar(select(func.count()).select_from(Feedback).where(*where)) or 0


def find_feedback(session: Session, reach: Reach, feedback_id: str) -> Feedback | None:
    """One of them, where the reach covers it."""
    return session.scalar(select(Feedback).where(Feedback.id == feedback_id, _said(reach)))


def answer(session: Session, row: Feedback, text: str, actor: Actor, now: int) -> None:
    """The answer stands beside what was said, and its author finds a notice."""
    told = {
        "kind": "feedback_answered",
        "title": "您的投诉建议有了答复",
        "text": text,
        "about_collection": "feedback",
        "about_id": row.id,
        "created_at": now,
    }
    writes = [patch("feedback", row.id, {"answer": text}), create("notice", told, scope=f"user:{row.author_id}")]
    write(session, writes, actor=actor, now=now)


def _said(reach: Reach) -> ColumnElement[bool]:
    """By the cadres of the reach; a whole city's by everybody, those without a team too."""
    if reach.teams is None:
        return Feedback.deleted.is_(False)
    cadres = select(Cadre.id).where(reach.has_team(Cadre.team_id))
    accounts = select(Account.id).where(reach.has_team(Account.team_id))
    return Feedback.deleted.is_(False) & or_(Feedback.author_id.in_(cadres), Feedback.author_id.in_(accounts))


def _visit(session: Session, about: str | None) -> dict[str, Any] | None:
    """The visit that an appeal (申诉) is about, as far as it matters for an answer."""
    if about is None or not about.startswith(_VISIT):
        return None
    found = session.get(Visit, about.removeprefix(_VISIT))
    if found is None:
        return None
    place = session.get(Place, found.place_id) if found.place_id else None
    return {
        "label": place.label if place is not None else None,
        "visit_on": found.visit_on,
        "arrived_at": found.arrived_at,
        "outcome": found.outcome,
        "evidence": found.evidence,
        "evidence_reason": found.evidence_reason,
        "flags": found.flags or [],
    }
