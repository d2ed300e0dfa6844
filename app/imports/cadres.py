"""Import of cadres (干部): the record their team sees, and the account to which a phone is enrolled. No passwords come this way."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.ids import new_id
from app.imports import values as read
from app.imports.columns import Column
from app.imports.faults import Fault
from app.imports.finding import Teams, in_chunks
from app.imports.kind import Checked, Context, Key, Kind, Plan, Resolved, Row
from app.models.accounts import Account
from app.models.people import Cadre
from app.writes import create, patch

BADGE_SECRET_BYTES = 20

COLUMNS = (
    Column("name", "姓名", read.line(60), ("干部姓名", "走访干部", "队员", "队员姓名", "成员", "name"), required=True, example="李秀英"),
    Column("phone", "手机号", read.phone, ("手机", "手机号码", "联系电话", "电话", "联系方式", "移动电话", "phone"), example="19900001234", hint="手机号和工号至少填一项；请设为文本"),
    Column("number", "工号", read.code_text, ("工作证号", "证号", "编号", "人员编号", "工作证编号"), example="LC000001", hint="请设为文本"),
    Column("unit_name", "单位", read.line(120), ("工作单位", "所在单位", "派出单位", "部门"), example="区民政局"),
    Column("post", "职务", read.line(60), ("职务职级", "岗位", "身份", "角色", "队内职务"), example="队员", hint="填“队长”或“民情书记”的即为负责人"),
    Column("team", "服务队", read.line(120), ("服务队名称", "所属服务队", "工作队", "队名", "小组", "走访队"), required=True, example="古楼街道文昌社区服务队"),
    Column("area_code", "区划编码", read.area_code, ("社区编码", "村居编码"), example="371502001001", hint="服务队重名时用来区分"),
    Column("leader", "是否队长", read.flag, ("队长", "是否负责人", "是否民情书记"), example="否"),
    Column("term", "任期", read.line(40), ("有效期", "服务期限"), example="2026-01-01至2026-12-31"),
)  # fmt: skip
_LEADS = ("队长", "民情书记", "组长", "负责人")


def _key(values: dict[str, Any]) -> Key:
    return ("number", values["number"]) if values.get("number") else ("phone", values["phone"]["number"])


def _check(values: dict[str, Any]) -> Iterator[Checked]:
    if not values.get("number") and not (values.get("phone") or {}).get("number"):
        yield "phone", "no_key"


def _resolve(session: Session, rows: Sequence[Row], context: Context) -> Iterator[Resolved]:
    teams = Teams(session, rows, context)
    by_number, by_phone = _known(session, rows)
    for row in rows:
        values = row.values
        team = teams.of(row, "服务队", area=values.get("area_code"))
        if isinstance(team, Fault):
            yield team
            continue
        phone = (values.get("phone") or {}).get("number")
        account = by_number.get(values.get("number") or "") or by_phone.get(phone or "")
        owner = by_phone.get(phone or "")
        if owner is not None and account is not None and owner.id != account.id:
            yield Fault(row.number, "手机号", phone or "", "phone_of_another")
            continue
        yield (
            _new(values, team.id, phone, context.now)
            if account is None
            else _changed(session, values, team.id, phone, account)
        )


def _fields(values: dict[str, Any], team_id: str) -> dict[str, Any]:
    fields = {key: values[key] for key in ("name", "unit_name", "number", "term") if values.get(key)}
    return {**fields, "team_id": team_id, "leader": _leads(values), "active": True}


def _leads(values: dict[str, Any]) -> bool:
    post = values.get("post") or ""
    return bool(values.get("leader")) or (any(word in post for word in _LEADS) and "副" not in post)


def _new(values: dict[str, Any], team_id: str, phone: str | None, now: int) -> Plan:
    cadre_id = new_id()
    account = {
        "id": cadre_id,
        "cadre_id": cadre_id,
        "team_id": team_id,
        "name": values["name"],
        "role": "leader" if _leads(values) else "cadre",
        "phone": phone,
        "badge_secret": secrets.token_bytes(BADGE_SECRET_BYTES),
        "active": True,
        "created_at": now,
    }
    record = create("cadre", _fields(values, team_id), id=cadre_id, scope=f"team:{team_id}")
    return Plan(True, [record], inserts=[(Account, account)])


def _changed(session: Session, values: dict[str, Any], team_id: str, phone: str | None, account: Account) -> Plan:
    """An existing person: moved to another team where the list says so. Roles beyond cadre and leader are left alone."""
    cadre_id = account.cadre_id or account.id
    change: dict[str, Any] = {"id": account.id, "name": values["name"], "team_id": team_id}
    if phone:
        change["phone"] = phone
    if account.role in ("cadre", "leader"):
        change["role"] = "leader" if _leads(values) else "cadre"
    cadre = session.get(Cadre, cadre_id)
    plan = Plan(False, [patch("cadre", cadre_id, _fields(values, team_id))], updates=[(Account, change)])
    if cadre is not None and cadre.scope != f"team:{team_id}":
        plan.move = ("cadre", cadre_id, f"team:{team_id}")
    return plan


def _known(session: Session, rows: Sequence[Row]) -> tuple[dict[str, Account], dict[str, Account]]:
    by_number: dict[str, Account] = {}
    by_phone: dict[str, Account] = {}
    for numbers in in_chunks(row.values.get("number") for row in rows):
        query = (
            select(Cadre.number, Account).join(Account, Account.cadre_id == Cadre.id).where(Cadre.number.in_(numbers))
        )
        by_number.update((number, account) for number, account in session.execute(query) if number)
    for phones in in_chunks((row.values.get("phone") or {}).get("number") for row in rows):
        for account in session.scalars(select(Account).where(Account.phone.in_(phones), Account.cadre_id.is_not(None))):
            by_phone[account.phone or ""] = account
    return by_number, by_phone


KIND = Kind("cadres", "干部", COLUMNS, ("task_force", "admin"), _key, _resolve, _check)
