"""Import of service teams (服务队) with their leaders' names; the people themselves come with the cadres."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.ids import new_id
from app.imports import values as read
from app.imports.columns import Column
from app.imports.faults import Fault
from app.imports.finding import Areas, in_chunks
from app.imports.kind import Context, Key, Kind, Plan, Resolved, Row
from app.models.people import Team
from app.models.places import Area
from app.writes import create, patch

COLUMNS = (
    Column(
        "name", "服务队名称", read.line(120), ("服务队", "队名", "工作队", "工作队名称", "走访队", "小组名称", "小组", "团队名称", "team"),
        required=True, example="古楼街道文昌社区服务队",
    ),
    Column("leader_name", "民情书记", read.line(60), ("队长", "队长姓名", "民情书记姓名", "负责人", "带队领导", "组长"), example="王建国"),
    Column("unit_name", "牵头单位", read.line(120), ("单位", "所属单位", "派出单位", "包联单位", "责任单位", "工作单位"), example="区民政局"),
    Column(
        "area_code", "区划编码", read.area_code, ("社区编码", "村居编码", "区域编码", "行政区划代码", "包联社区编码"),
        required=True, example="371502001001", hint="服务队负责的社区（村）或街道；请设为文本",
    ),
    Column("visit_day", "走访日", read.line(40), ("走访时间", "入户时间"), example="每周五"),
)  # fmt: skip
_FIELDS = ("name", "leader_name", "unit_name", "visit_day")


def _key(values: dict[str, Any]) -> Key:
    return (values["name"], values["area_code"])


def _resolve(session: Session, rows: Sequence[Row], context: Context) -> Iterator[Resolved]:
    areas = Areas(session, rows, "area_code").by_code
    known: dict[tuple[str, str | None], str] = {}
    for names in in_chunks(row.values["name"] for row in rows):
        for team in session.scalars(select(Team).where(Team.name.in_(names), Team.deleted.is_(False))):
            known[team.name, team.area_id] = team.id
    for row in rows:
        area = areas.get(row.values["area_code"])
        if area is None:
            yield Fault(row.number, "区划编码", row.values["area_code"], "unknown_area")
            continue
        team_id = known.get((row.values["name"], area.id))
        fields = {key: row.values[key] for key in _FIELDS if row.values.get(key)}
        fields |= {"area_id": area.id, "area_name": area.name}
        if team_id:
            yield Plan(False, [patch("team", team_id, fields)])
            continue
        team_id = new_id()
        fields["members_count"] = 0
        yield Plan(
            True,
            [create("team", fields, id=team_id, scope=f"team:{team_id}")],
            updates=[(Area, {"id": area.id, "team_id": team_id})],
        )


KIND = Kind("teams", "服务队", COLUMNS, ("task_force", "admin"), _key, _resolve)
