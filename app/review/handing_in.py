"""A phone's exported outbox, handed in by a leader or a technician because the phone itself no longer can [L11].

It is pushed under the phone's own numbers, so that the phone, should it come back, only reads the outcomes. What is written stands
in its owner's name: the audit log says who handed it in, and so does a notice in the owner's inbox.
"""

from __future__ import annotations

from uuid import UUID, uuid5

from sqlalchemy.orm import Session

from app.audit import append as audit
from app.models.accounts import Account, Device
from app.models.notices import Notice
from app.record_rules import day_on
from app.review.people import phone
from app.review.reach import Reach
from app.writes import Actor, create, write

_NOTICES = UUID("0b7e7f5e-2c58-5a3e-8f4b-6f1f0a6f3f52")
_ROLES = ("cadre", "leader")
_SYSTEM = Actor("system", None, "系统")


def owner(session: Session, reach: Reach, device_id: str) -> tuple[Account, Device] | None:
    """A phone of this reach and whose it is; nobody stands in for who may do more than visit and lead a team."""
    device = phone(session, reach, device_id)
    account = session.get_one(Account, device.account_id) if device else None
    return (account, device) if device and account and account.role in _ROLES else None


def others_number(session: Session, device: Device, client_id: str) -> bool:
    """Whether this number is that of another phone; one that a phone gave itself [L9] is nobody's."""
    return client_id != device.id and session.get(Device, client_id) is not None


def note(session: Session, person_id: str, device: Device, mids: tuple[int, int], actor: Actor, now: int) -> None:
    """Say who hands in: each part of a file in the audit log, by its first and last mid; to the owner once a day."""
    audit(session, actor.id, "outbox_handed_in", now=now, subject=device.id, detail={"mids": mids})
    notice_id = str(uuid5(_NOTICES, f"{device.id}/{actor.id}/{day_on(now)}"))
    if session.get(Notice, notice_id) is not None:
        return
    told = {
        "kind": "handed_in",
        "title": "您手机导出的记录已代为交回",
        "text": f"{actor.name}代您交回了手机导出的文件，请核对走访和日记。不是您托付的，请在“投诉建议”里说明。",
        "created_at": now,
    }
    write(session, [create("notice", told, id=notice_id, scope=f"user:{person_id}")], actor=_SYSTEM, now=now)
