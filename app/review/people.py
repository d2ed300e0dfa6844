"""People and phones of a team: who is enrolled, whose phone still holds records, which is lost. Sorted by name, never by number of anything."""

from __future__ import annotations

from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.audit import append as audit
from app.models.accounts import Account, Device
from app.models.people import Cadre, Team
from app.review.reach import Reach
from app.writes import Actor

REVOCATIONS = ("soft", "hard")
_MOST = 500


def listed(session: Session, reach: Reach, name: str = "") -> list[dict[str, Any]]:
    """The cadres of the reach with their phones; at most 500, found by part of a name, number or unit."""
    asked = (
        select(Cadre, Account.id, Team.name)
        .outerjoin(Account, Account.cadre_id == Cadre.id)
        .outerjoin(Team, Team.id == Cadre.team_id)
        .where(reach.has_team(Cadre.team_id), Cadre.deleted.is_(False))
        .order_by(Team.name, Cadre.name, Cadre.id)
        .limit(_MOST)
    )
    if name:
        like = f"%{name.replace('%', '').replace('_', '')}%"
        asked = asked.where(or_(Cadre.name.like(like), Cadre.number.like(like), Cadre.unit_name.like(like)))
    rows = session.execute(asked).all()
    phones = _phones(session, [account for _, account, _ in rows if account])
    return [
        {
            "cadre_id": cadre.id,
            "name": cadre.name,
            "unit_name": cadre.unit_name,
            "number": cadre.number,
            "team": team,
            "leader": bool(cadre.leader),
            "active": cadre.active is not False,
            "may_enrol": account is not None,
            "phones": phones.get(account or "", []),
        }
        for cadre, account, team in rows
    ]


def _phones(session: Session, accounts: list[str]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for device in session.scalars(
        select(Device).where(Device.account_id.in_(accounts)).order_by(Device.enrolled_at.desc())
    ):
        found.setdefault(device.account_id, []).append(
            {
                "id": device.id,
                "label": device.label,
                "enrolled_at": device.enrolled_at,
                "synced_at": device.synced_at,
                "pending": device.pending,
                "app_version": device.app_version,
                "revoked": device.revoked,
                "revoked_at": device.revoked_at,
            }
        )
    return found


def phone(session: Session, reach: Reach, device_id: str) -> Device | None:
    """A phone of this reach."""
    return session.scalar(
        select(Device)
        .join(Account, Account.id == Device.account_id)
        .where(Device.id == device_id, reach.has_team(Account.team_id))
    )


def revoke(session: Session, device: Device, how: str, actor: Actor, now: int) -> None:
    """Stop a phone. `soft` (left the post): it may hand in what it holds for seven days, a person looks at that; `hard`
    (lost, stolen): nothing is taken any more and its data is wiped. A soft one can become hard, never the other way round.
    """
    if device.revoked == "hard" or device.revoked == how:
        return
    device.revoked, device.revoked_at = how, now
    audit(session, actor.id, f"device_revoked_{how}", now=now, subject=device.id)
