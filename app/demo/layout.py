"""What stands where in the demo: teams, their communities, estates, doors, enterprises. Values only; nothing is written here."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any, NamedTuple

from app.demo import people
from app.demo.geography import Town
from app.masking import household_label

_COMMUNITIES = [
    "文昌",
    "兴华",
    "向阳",
    "光明",
    "东苑",
    "龙泉",
    "建设",
    "湖畔",
    "利民",
    "振华",
    "柳泉",
    "花园",
    "和平",
    "育才",
    "新民",
    "前进",
    "安居",
    "锦绣",
    "金鼎",
    "春晓",
    "玉泉",
    "福安",
    "瑞景",
    "长安",
    "永康",
    "康宁",
    "朝阳",
    "明德",
    "清荷",
    "梧桐",
    "凤鸣",
    "紫荆",
    "翠竹",
    "仁和",
    "惠民",
    "同心",
]
_VILLAGE_FIRST = "王张李刘赵孙杨陈于马徐高宋郭林韩朱胡何郑梁谢唐许冯董程曹袁傅"
_VILLAGE_LAST = ("庄", "楼", "屯", "寨", "堂", "集", "营", "洼")
_ESTATES = ("苑", "家园", "花园", "小区")
_ENTERPRISES = (
    "{n}机械配件有限公司",
    "{n}纺织厂",
    "{n}阿胶食品有限公司",
    "{n}轴承有限公司",
    "{n}农资商行",
    "{n}便民超市",
    "{n}汽车修理厂",
    "{n}餐饮店",
    "{n}建材有限公司",
    "{n}物流有限公司",
    "{n}服装加工厂",
    "{n}药店",
)
_UNITS = (
    "区住房和城乡建设局",
    "区教育和体育局",
    "区民政局",
    "区卫生健康局",
    "区市场监督管理局",
    "区交通运输局",
    "区水利局",
    "区农业农村局",
    "区财政局",
    "区司法局",
    "区文化和旅游局",
    "区统计局",
)
_METRES_A_DEGREE = 111_320.0


@dataclass(frozen=True)
class Door:
    """One place: the fields of its `place` record, and who is behind the door."""

    fields: dict[str, Any]
    contact_name: str
    contact_phone: str


@dataclass
class Community:
    """One team's ground: a community (社区) or village (村), its areas below, its team, cadres and doors."""

    code: str
    name: str
    town: Town
    lat: float
    lon: float
    unit_name: str
    areas: list[dict[str, Any]] = field(default_factory=list)
    doors: list[Door] = field(default_factory=list)


class Ground(NamedTuple):
    """How much to build for one team."""

    households: int
    enterprises: int


def moved(lat: float, lon: float, north_m: float, east_m: float) -> tuple[float, float]:
    """A point so many metres to the north and east; rounded to seven decimals (1 cm), as phones give them."""
    east_degree = _METRES_A_DEGREE * math.cos(math.radians(lat))
    return round(lat + north_m / _METRES_A_DEGREE, 7), round(lon + east_m / east_degree, 7)


def scattered(rng: Random, lat: float, lon: float, radius_m: float) -> tuple[float, float]:
    """A random point of the disc around a point."""
    angle, distance = rng.random() * math.tau, radius_m * math.sqrt(rng.random())
    return moved(lat, lon, distance * math.sin(angle), distance * math.cos(angle))


def communities(town: Town, rng: Random, count: int, ground: Ground) -> Iterator[Community]:
    """`count` communities of a town, each with `ground` doors, one after the other."""
    town_lat, town_lon = scattered(rng, town.county.lat, town.county.lon, town.county.radius_m)
    names = _village_names(rng, count) if not town.urban else _community_names(count)
    for number, name in enumerate(names, start=1):
        lat, lon = scattered(rng, town_lat, town_lon, 1_200 if town.urban else 2_500)
        code = f"{town.code}{number if town.urban else 199 + number:03d}"
        community = Community(code, name, town, lat, lon, rng.choice(_UNITS))
        community.areas.append(_area(code, town.code, "community", name, lat, lon))
        (_estates if town.urban else _village_houses)(community, rng, ground.households)
        _centre(community, rng)
        _enterprises(community, rng, ground.enterprises)
        yield community


def _community_names(count: int) -> list[str]:
    extra = ("", "东", "西", "南", "北")
    return [f"{base}{side}社区" for side in extra for base in _COMMUNITIES][:count]


def _village_names(rng: Random, count: int) -> list[str]:
    names = [f"{first}{last}村" for first in _VILLAGE_FIRST for last in _VILLAGE_LAST]
    rng.shuffle(names)
    return names[:count]


def _area(code: str, parent: str, level: str, name: str, lat: float, lon: float) -> dict[str, Any]:
    return {"id": code, "parent_id": parent, "level": level, "name": name, "lat": lat, "lon": lon}


def _grid(community: Community, number: int) -> tuple[str, str]:
    code, name = f"{community.code}G{number:02d}", f"{community.name}第{'一二三四五六七八九'[number - 1]}网格"
    if all(area["id"] != code for area in community.areas):
        community.areas.append(_area(code, community.code, "grid", name, community.lat, community.lon))
    return code, name


def _estates(community: Community, rng: Random, households: int) -> None:
    """Two estates, a grid each: one of new buildings, one old; two flats on each floor."""
    town, base = community.town.name, community.name.removesuffix("社区")
    per_building = 6
    for index in range(households):
        building, flat = divmod(index, per_building)
        old = building % 2 == 1
        estate = base + ("老院" if old else _ESTATES[len(base) % len(_ESTATES)])
        number = building // 2 + 1
        grid_id, grid_name = _grid(community, 2 if old else 1)
        lat, lon = moved(
            community.lat, community.lon, (120 if old else -60) + 55 * (building // 2), -150 if old else 90
        )
        building_code, building_name = f"{grid_id}B{number:02d}", f"{estate}{number}号楼"
        if flat == 0:
            community.areas.append(_area(building_code, grid_id, "building", building_name, lat, lon))
        floor = flat % 4 // 2 * 3 + 1 + rng.randrange(3)
        door = f"{flat // 4 + 1}单元{floor}0{flat % 2 + 1}"
        _household(
            community,
            rng,
            len(community.doors),
            f"{town}{community.name}{building_name}{door}",
            building_code,
            (grid_id, grid_name),
            (lat, lon),
            dwelling="old_estate" if old else "building",
            building=building_name,
        )


def _village_houses(community: Community, rng: Random, households: int) -> None:
    for index in range(households):
        grid_id, grid_name = _grid(community, index * 3 // max(1, households) + 1)
        point = moved(community.lat, community.lon, 28.0 * (index // 8) - 60, 26.0 * (index % 8) - 90)
        address = f"{community.town.name}{community.name}{index // 8 + 1}巷{index % 8 + 1}号"
        _household(
            community,
            rng,
            index,
            address,
            grid_id,
            (grid_id, grid_name),
            point,
            dwelling="village_house",
            building=f"{index // 8 + 1}巷",
        )


def _household(
    community: Community,
    rng: Random,
    order: int,
    address: str,
    area_id: str,
    grid: tuple[str, str],
    point: tuple[float, float],
    *,
    dwelling: str,
    building: str,
) -> None:
    name, phone = people.name(rng), people.phone(rng)
    odds = rng.random()
    community.doors.append(
        Door(
            {
                "kind": "household",
                "label": household_label(name),
                "address": address,
                "area_id": area_id,
                "grid_id": grid[0],
                "grid_name": grid[1],
                "building": building,
                "route_order": order + 1,
                "lat": point[0],
                "lon": point[1],
                "point_confirmed": rng.random() < 0.8,
                "dwelling": dwelling,
                "phone_tail": phone[-4:],
                "tags": [
                    tag
                    for tag, share in (("独居老人", 0.06), ("残疾人", 0.03), ("外出务工", 0.05))
                    if rng.random() < share
                ],
                "call_first": odds < 0.05,
                "weekends_only": 0.05 <= odds < 0.12,
                "do_not_disturb": 0.12 <= odds < 0.13,
            },
            name,
            phone,
        )
    )


def _centre(community: Community, rng: Random) -> None:
    """The community committee (居委会) or village committee (村委会): the visit target "village"."""
    grid_id, grid_name = _grid(community, 1)
    office = "居委会" if community.town.urban else "村委会"
    name, phone = people.name(rng), people.phone(rng)
    community.doors.append(
        Door(
            {
                "kind": "village",
                "label": f"{community.name}{office}",
                "address": f"{community.town.name}{community.name}{office}",
                "area_id": community.code,
                "grid_id": grid_id,
                "grid_name": grid_name,
                "building": office,
                "route_order": len(community.doors) + 1,
                "lat": community.lat,
                "lon": community.lon,
                "point_confirmed": True,
                "dwelling": "village_centre",
                "phone_tail": phone[-4:],
            },
            name,
            phone,
        )
    )


def _enterprises(community: Community, rng: Random, count: int) -> None:
    grid_id, grid_name = _grid(community, 1)
    kinds = rng.sample(_ENTERPRISES, k=min(count, len(_ENTERPRISES)))
    for kind in kinds:
        lat, lon = scattered(rng, community.lat, community.lon, 350)
        label = kind.format(n=community.name.removesuffix("社区").removesuffix("村"))
        name, phone = people.name(rng), people.phone(rng)
        community.doors.append(
            Door(
                {
                    "kind": "enterprise",
                    "label": label,
                    "address": f"{community.town.name}{community.name}商业街{rng.randrange(1, 90)}号",
                    "area_id": community.code,
                    "grid_id": grid_id,
                    "grid_name": grid_name,
                    "building": "沿街商铺",
                    "route_order": len(community.doors) + 1,
                    "lat": lat,
                    "lon": lon,
                    "point_confirmed": True,
                    "dwelling": "enterprise",
                    "phone_tail": phone[-4:],
                },
                name,
                phone,
            )
        )
