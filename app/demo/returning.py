"""The demo's sign-ins on a later start: the same passwords, today's address, and a fresh code for the demo cadre's phone."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from app.database import writing
from app.demo import sign_ins
from app.demo.platform import UnitSignIn
from app.models.accounts import EnrolmentCode


def renewed(data_dir: Path, base: str, now: int) -> str | None:
    """The text for the terminal; None when this installation has no demo. `base`: the public URL of this start."""
    path = data_dir / sign_ins.FILE
    if not path.is_file():
        return None
    kept = json.loads(path.read_text(encoding="utf-8"))
    cadre = kept["cadre"]
    with writing() as session:
        old = session.get(EnrolmentCode, hashlib.sha256(cadre["code"].encode()).hexdigest())
        if old is not None and (old.used_at is not None or old.expires_at < now):
            cadre["code"] = sign_ins.issue_code(session, old.account_id, now)
            cadre["url"] = f"{base}/app/enrol#{cadre['code']}"
    found = _read(_moved(kept, base))
    sign_ins.save(found, data_dir)
    return found.as_text()


def _moved(value: Any, base: str) -> Any:
    """Every URL under the present address: port and scheme may differ from the last start."""
    if isinstance(value, dict):
        return {k: _moved(v, base) for k, v in value.items()}
    if isinstance(value, list):
        return [_moved(v, base) for v in value]
    if isinstance(value, str) and value.startswith(("http://", "https://")):
        parts = urlsplit(value)
        return base + parts.path + (f"#{parts.fragment}" if parts.fragment else "")
    return value


def _read(kept: dict[str, Any]) -> sign_ins.SignIns:
    people: dict[str, Any] = {role: sign_ins.PasswordSignIn(**kept[role]) for role in ("leader", "task_force", "admin")}
    units = tuple(UnitSignIn(**unit) for unit in kept["units"])
    rest = {k: kept[k] for k in ("banner_zh", "banner_en", "resident_url", "enterprise_url", "badge_url", "desk_url")}
    return sign_ins.SignIns(cadre=sign_ins.Enrolment(**kept["cadre"]), units=units, **people, **rest)
