"""Import of administrative areas (区划): county, street, community, grid, building, each below the one its code begins with."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy.orm import Session

from app.imports import coordinates
from app.imports import values as read
from app.imports.columns import Column
from app.imports.faults import Fault
from app.imports.finding import Areas
from app.imports.kind import Checked, Context, Key, Kind, Plan, Resolved, Row
from app.models.places import Area

_LEVELS = {
    "市": "city", "地级市": "city", "县": "county", "区": "county", "县市区": "county", "县级市": "county", "区县": "county",
    "街道": "street", "镇": "street", "乡": "street", "乡镇": "street", "镇街": "street", "乡镇街道": "street",
    "社区": "community", "村": "community", "村居": "community", "社区村": "community", "行政村": "community", "居委会": "community",
    "网格": "grid", "楼栋": "building", "楼": "building", "栋": "building",
}  # fmt: skip
_LEVEL_OF_LENGTH = {6: "county", 9: "street", 12: "community", 15: "grid", 18: "building"}

COLUMNS = (
    Column(
        "code", "区划编码", read.area_code, ("编码", "代码", "行政区划代码", "区划代码", "区域编码", "行政区划编码", "统计用区划代码"),
        required=True, example="371502001001", hint="市县6位、街道9位、社区（村）12位，网格加G01，楼栋加B01；请设为文本",
    ),
    Column("name", "名称", read.line(120), ("区划名称", "区域名称", "行政区划名称", "单位名称"), required=True, example="文昌社区"),
    Column("parent", "上级编码", read.area_code, ("上级区划编码", "上级代码", "父级编码", "上级区划代码"), example="371502001", hint="可不填，按编码推算"),
    Column("level", "级别", read.word_of(_LEVELS), ("区划级别", "层级", "类型"), example="社区", hint="可不填，按编码推算"),
    *coordinates.COLUMNS,
)  # fmt: skip


def parent_of(code: str) -> str | None:
    """The code of the area above by the scheme; None for a city."""
    for length in (15, 12, 9, 6):
        if len(code) > length:
            return code[:length]
    return None if code.endswith("00") else code[:4] + "00"


def _key(values: dict[str, Any]) -> Key:
    return (values["code"],)


def _check(values: dict[str, Any]) -> Iterator[Checked]:
    if values.get("parent") == values["code"]:
        yield "parent", "unknown_parent"


def _resolve(session: Session, rows: Sequence[Row], context: Context) -> Iterator[Resolved]:
    for row in rows:
        # A city's parent lies outside every list, and so may a county's.
        implied = parent_of(row.values["code"])
        row.values.setdefault("parent", implied)
    known = Areas(session, rows, "code", "parent").by_code
    for row in rows:
        values = row.values
        code, parent = values["code"], values["parent"]
        if parent and parent not in known and (parent,) not in context.keys:
            if len(code) > 6 or parent != parent_of(code):
                yield Fault(row.number, "上级编码", parent, "unknown_parent")
                continue
            parent = None
        area = {
            "id": code,
            "name": values["name"],
            "parent_id": parent,
            "level": values.get("level") or ("city" if parent_of(code) is None else _LEVEL_OF_LENGTH[len(code)]),
        }
        area |= {key: values[key] for key in ("lat", "lon") if key in values}
        yield Plan(False, updates=[(Area, area)]) if code in known else Plan(True, inserts=[(Area, area)])


KIND = Kind(
    "areas",
    "区划",
    COLUMNS,
    ("task_force", "admin"),
    _key,
    _resolve,
    _check,
    sort=lambda row: (len(row.values["code"]), row.values["code"]),
)
