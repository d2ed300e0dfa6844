"""Who can sign in to a fresh demo. Passwords and codes are made for each installation and never stand in the code."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from app import passwords
from app.demo.platform import UnitSignIn
from app.ids import new_id
from app.models.accounts import Account, EnrolmentCode

FILE = "demo-signins.json"
# A real code lives ten minutes; the demo's first one must survive until somebody has read the page.
FIRST_CODE_MS = 24 * 3_600_000
# No l, o, 0, 1: they are read from a terminal.
_SIGNS = "abcdefghijkmnpqrstuvwxyz23456789"


@dataclass(frozen=True)
class PasswordSignIn:
    """A person who signs in with a password."""

    name: str
    login: str
    password: str
    url: str


@dataclass(frozen=True)
class Enrolment:
    """A cadre whose phone can be enrolled once with this code."""

    name: str
    team: str
    code: str
    url: str


@dataclass(frozen=True)
class SignIns:
    """Everything a person needs to try the demo in all five roles."""

    banner_zh: str
    banner_en: str
    cadre: Enrolment
    leader: PasswordSignIn
    task_force: PasswordSignIn
    admin: PasswordSignIn
    resident_url: str
    enterprise_url: str
    badge_url: str
    desk_url: str
    units: tuple[UnitSignIn, ...]

    def as_json(self) -> dict[str, Any]:
        """For `demo-signins.json`."""
        return asdict(self)

    def as_text(self) -> str:
        """What the operator reads on the terminal."""
        lines = [f"{self.banner_zh} / {self.banner_en}", ""]
        lines.append(f"干部 Cadre      {self.cadre.name}（{self.cadre.team}）  {self.cadre.url}")
        for role, person in (
            ("队长 Leader", self.leader),
            ("专班 Task force", self.task_force),
            ("管理员 Admin", self.admin),
        ):
            lines.append(f"{role:<14}{person.login}  {person.password}  {person.url}")
        lines.append(f"群众 Resident   {self.resident_url}")
        lines.append(f"企业 Enterprise {self.enterprise_url}")
        lines.append(f"工作证 Badge    {self.badge_url}")
        lines += [f"承办单位 Unit   {unit.unit}  {unit.login}  {unit.password}  {self.desk_url}" for unit in self.units]
        return "\n".join(lines)


def new_password() -> str:
    """Twelve signs in three groups: easy to copy from a screen, 60 bits."""
    return "-".join("".join(secrets.choice(_SIGNS) for _ in range(4)) for _ in range(3))


def add_account(
    session: Session, *, name: str, login: str, role: str, now: int, area_id: str | None = None
) -> tuple[Account, str]:
    """An account with a fresh password; returns both."""
    password = new_password()
    account = Account(
        id=new_id(),
        name=name,
        login=login,
        role=role,
        area_id=area_id,
        password_hash=passwords.hash(password),
        active=True,
        created_at=now,
    )
    session.add(account)
    return account, password


def give_login(session: Session, account_id: str, login: str) -> str:
    """Give an existing account a login; returns its fresh password."""
    account, password = session.get_one(Account, account_id), new_password()
    account.login, account.password_hash = login, passwords.hash(password)
    return password


def issue_code(session: Session, account_id: str, now: int) -> str:
    """An enrolment code as leaders issue them (128 bit, one use), but valid for a day."""
    code = base64.b32encode(secrets.token_bytes(16)).decode().rstrip("=")
    session.add(
        EnrolmentCode(
            code_hash=hashlib.sha256(code.encode()).hexdigest(),
            account_id=account_id,
            issued_by=None,
            expires_at=now + FIRST_CODE_MS,
        )
    )
    return code


def save(sign_ins: SignIns, data_dir: Path) -> Path:
    """Write the sign-ins where only the owner of the installation can read them."""
    path = data_dir / FILE
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as out:
        os.fchmod(out.fileno(), 0o600)
        json.dump(sign_ins.as_json(), out, ensure_ascii=False, indent=2)
    return path
