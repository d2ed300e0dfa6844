"""Import of places (走访对象): households, enterprises, villages, with the contact that stays on the server."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.domain.workdays import date_of_day, day_of
from app.ids import new_id
from app.imports import coordinates
from app.imports import values as read
from app.imports.columns import Column
from app.imports.faults import Fault
from app.imports.finding import Areas, Teams, in_chunks
from app.imports.kind import Checked, Context, Key, Kind, Plan, Resolved, Row
from app.masking import household_label
from app.models.people import Team
from app.models.places import Area, Place, PlaceContact
from app.pinyin import initials
from app.writes import create, patch

_KINDS = {
    "群众": "household", "居民": "household", "农户": "household", "住户": "household", "家庭": "household", "household": "household",
    "企业": "enterprise", "商户": "enterprise", "个体户": "enterprise", "个体工商户": "enterprise", "商铺": "enterprise", "enterprise": "enterprise",
    "村居": "village", "社区": "village", "村": "village", "村委会": "village", "居委会": "village", "village": "village",
}  # fmt: skip
_DWELLINGS = {
    "楼房": "building", "商品房": "building", "新小区": "building", "小区": "building", "老旧小区": "old_estate", "老院": "old_estate",
    "平房": "village_house", "村宅": "village_house", "农房": "village_house", "自建房": "village_house", "宅院": "village_house",
    "沿街": "enterprise", "厂房": "enterprise", "企业": "enterprise", "村居": "village_centre", "村部": "village_centre",
}  # fmt: skip
_DWELLING_OF_KIND = {"enterprise": "enterprise", "village": "village_centre"}

COLUMNS = (
    Column("kind", "类别", read.word_of(_KINDS), ("类型", "走访对象类别", "对象类型", "走访类别"), example="群众", hint="群众、企业或村居；不填为群众"),
    Column(
        "name", "户主姓名", read.line(120), ("姓名", "户主", "企业名称", "单位名称", "名称", "联系人", "村居名称", "走访对象"),
        required=True, example="王建国", hint="群众填户主姓名，企业、村居填名称；手机上只显示姓",
    ),
    Column("phone", "手机号", read.phone, ("联系电话", "手机", "电话", "联系方式", "手机号码", "户主电话"), example="19900001234", hint="只存服务器；请设为文本"),
    Column("team", "服务队", read.line(120), ("服务队名称", "所属服务队", "工作队", "包联服务队", "走访队"), example="古楼街道文昌社区服务队"),
    Column("area_code", "区划编码", read.area_code, ("社区编码", "村居编码", "网格编码", "行政区划代码", "社区代码"), example="371502001001", hint="社区（村）、网格或楼栋的编码；请设为文本"),
    Column("community", "社区（村）", read.line(120), ("社区", "村", "村居", "社区名称", "村名", "行政村", "社区村居", "小区所属社区"), example="文昌社区"),
    Column("grid_name", "网格名称", read.line(80), ("网格", "网格名", "网格号"), example="文昌社区第一网格"),
    Column("estate", "小区", read.line(60), ("小区名称", "住宅小区", "自然村", "楼盘"), example="文昌花园"),
    Column("block", "楼栋", read.line(30), ("楼号", "楼栋号", "栋", "楼", "幢", "楼幢"), example="3号楼"),
    Column("stair", "单元", read.line(20), ("单元号", "梯"), example="2单元"),
    Column("door", "门牌号", read.line(40), ("房号", "室", "房间号", "户号", "门牌", "门号"), example="501"),
    Column("address", "地址", read.line(240), ("详细地址", "家庭住址", "住址", "家庭地址", "企业地址", "经营地址", "居住地址", "现住址"), example="古楼街道文昌社区文昌花园3号楼2单元501"),
    *coordinates.COLUMNS,
    Column("dwelling", "住房类型", read.word_of(_DWELLINGS), ("房屋类型", "住宅类型"), example="楼房", hint="楼房、老旧小区、平房"),
    Column("route_order", "走访顺序", read.count, ("路线顺序", "排序"), example=1),
    Column("tags", "标签", read.tags, ("人员类别", "特殊群体", "户类型"), example="独居老人、残疾人"),
    Column("note", "备注", read.long_text(2000), ("说明", "备注说明"), free_text=True),
)  # fmt: skip


def _folded(text: str | None) -> str:
    return "".join(unicodedata.normalize("NFKC", text or "").split()).casefold()


def _whole_address(values: dict[str, Any]) -> str:
    """The address as given, or put together from its parts, with the words that people leave out in narrow columns."""
    if values.get("address"):
        return str(values["address"])
    block, stair = str(values.get("block") or ""), str(values.get("stair") or "")
    block += "号楼" if block.isdigit() else ""
    stair += "单元" if stair.isdigit() else ""
    parts = (values.get("community"), values.get("estate"), block, stair, values.get("door"))
    return "".join(str(part) for part in parts if part)


def _check(values: dict[str, Any]) -> Iterator[Checked]:
    values.setdefault("kind", "household")
    values["address"] = _whole_address(values)
    block = str(values.get("block") or "")
    building = (values.get("estate") or "") + block + ("号楼" if block.isdigit() else "")
    if building:
        values["building"] = building[:80]
    values["label"] = household_label(values["name"]) if values["kind"] == "household" else values["name"]
    values["pinyin"] = initials(values["label"], values.get("building") or values["address"])
    if len(values["address"]) > 240:
        yield "address", "too_long"
    if not values["address"] and values["kind"] == "household":
        yield "address", "no_address"


def _key(values: dict[str, Any]) -> Key:
    """A household is its address; an enterprise or a village is its name at an address."""
    name = "" if values["kind"] == "household" else _folded(values["name"])
    where = values.get("area_code") or values.get("community") or values.get("team") or ""
    return (values["kind"], where, _folded(values["address"]), name)


def _match(kind: str, address: str | None, label: str) -> Key:
    return (kind, _folded(address), "" if kind == "household" else _folded(label))


def _resolve(session: Session, rows: Sequence[Row], context: Context) -> Iterator[Resolved]:
    teams, areas = Teams(session, rows, context), Areas(session, rows, "area_code")
    found: list[tuple[Row, Team, Area | None]] = []
    for row in rows:
        team = teams.of(row, "服务队", area=row.values.get("area_code"))
        if isinstance(team, Fault):
            yield team
            continue
        area = areas.of(row, team, "区划编码", "社区（村）")
        if isinstance(area, Fault):
            yield area
        else:
            found.append((row, team, area))
    known = _known(session, found)
    matched: list[Place | None] = []
    for row, team, _ in found:
        places = known.get(_match(row.values["kind"], row.values["address"], row.values["name"]), [])
        matched.append(next((p for p in places if p.scope == f"team:{team.id}"), places[0] if places else None))
    # A door that a cadre found on the round has no contact on the server yet.
    with_contact: set[str] = set()
    for some in in_chunks(place.id for place in matched if place):
        with_contact.update(session.scalars(select(PlaceContact.place_id).where(PlaceContact.place_id.in_(some))))
    for (row, team, area), place in zip(found, matched, strict=True):
        if place is None:
            yield _new(row.values, team, area, context)
        else:
            yield _changed(row.values, team, area, place, context, has_contact=place.id in with_contact)


def _known(session: Session, found: Sequence[tuple[Row, Team, Area | None]]) -> dict[Key, list[Place]]:
    """Places that are there already, in the same teams or the same areas, by what makes them the same."""
    known: dict[Key, list[Place]] = {}
    conditions = [Place.scope.in_(some) for some in in_chunks(f"team:{team.id}" for _, team, _ in found)]
    conditions += [Place.area_id.in_(some) for some in in_chunks(area.id for _, _, area in found if area)]
    if conditions:
        for place in session.scalars(select(Place).where(or_(*conditions), Place.deleted.is_(False))):
            known.setdefault(_match(place.kind, place.address, place.label), []).append(place)
    return known


def _new(values: dict[str, Any], team: Team, area: Area | None, context: Context) -> Plan:
    place_id = new_id()
    record = create("place", _fields(values, team, area), id=place_id, scope=f"team:{team.id}")
    return Plan(True, [record], inserts=[(PlaceContact, {"phone": None, **_contact(values, place_id, context)})])


def _changed(
    values: dict[str, Any], team: Team, area: Area | None, place: Place, context: Context, *, has_contact: bool
) -> Plan:
    fields = _fields(values, team, area)
    # Visits have found the door and people have written their notes: a list changes neither.
    for field, theirs in (("lat", place.point_confirmed), ("lon", place.point_confirmed), ("note", place.note)):
        if theirs:
            fields.pop(field, None)
    plan = Plan(False, [patch("place", place.id, fields)])
    contact = _contact(values, place.id, context)
    (plan.updates if has_contact else plan.inserts).append((PlaceContact, contact))
    if place.scope != f"team:{team.id}":
        plan.move = ("place", place.id, f"team:{team.id}")
    return plan


def _contact(values: dict[str, Any], place_id: str, context: Context) -> dict[str, Any]:
    """Who is behind the door; a number that the list masked or left out does not replace one that is known."""
    on = date_of_day(day_of(context.now)).isoformat()
    contact = {"place_id": place_id, "name": values["name"], "source": "roster", "created_on": on}
    number = (values.get("phone") or {}).get("number")
    return {**contact, "phone": number} if number else contact


def _fields(values: dict[str, Any], team: Team, area: Area | None) -> dict[str, Any]:
    kind = values["kind"]
    fields: dict[str, Any] = {
        key: values[key]
        for key in ("label", "pinyin", "grid_name", "building", "route_order", "tags", "note", "lat", "lon")
        if key in values
    }
    fields |= {"kind": kind, "address": values["address"], "area_id": area.id if area else team.area_id}
    if area is not None and area.level == "grid":
        fields |= {"grid_id": area.id, "grid_name": fields.get("grid_name") or area.name}
    dwelling = values.get("dwelling") or _DWELLING_OF_KIND.get(kind)
    if dwelling:
        fields["dwelling"] = dwelling
    if values.get("phone"):
        fields["phone_tail"] = values["phone"]["tail"]
    return fields


KIND = Kind("places", "走访对象", COLUMNS, ("leader", "task_force", "admin"), _key, _resolve, _check)
