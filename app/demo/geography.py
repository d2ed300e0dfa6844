"""Liaocheng as the demo shows it: counties and towns by their real names, points inside a disc that lies inside each county.

Real: the eight counties, their GB/T 2260 codes, the names of streets, towns and townships. Made up: the last three digits of
the nine-digit town codes, everything below a town, and all points. `docs/demo_city.md` says so to the reader.
"""

from __future__ import annotations

from typing import NamedTuple

CITY_CODE = "371500"
CITY_NAME = "聊城市"
CITY_POINT = (36.456, 115.985)


class County(NamedTuple):
    """A county (县市区): a disc of `radius_m` around a WGS-84 point that lies inside its border, and its towns."""

    code: str
    name: str
    lat: float
    lon: float
    radius_m: float
    towns: tuple[str, ...]


class Town(NamedTuple):
    """A street, town or township; `code` has nine digits, the last three made up in the national scheme."""

    code: str
    name: str
    county: County

    @property
    def urban(self) -> bool:
        """Streets have estates and buildings, towns have villages and houses."""
        return self.name.endswith("街道")


COUNTIES: tuple[County, ...] = (
    County(
        "371502",
        "东昌府区",
        36.45,
        115.96,
        13_000,
        (
            "古楼街道",
            "柳园街道",
            "新区街道",
            "湖西街道",
            "道口铺街道",
            "闫寺街道",
            "凤凰街道",
            "北城街道",
            "东城街道",
            "蒋官屯街道",
            "侯营镇",
            "沙镇镇",
            "堂邑镇",
            "梁水镇镇",
            "斗虎屯镇",
            "郑家镇",
            "张炉集镇",
            "于集镇",
            "许营镇",
            "朱老庄镇",
        ),
    ),
    County(
        "371503",
        "茌平区",
        36.57,
        116.20,
        11_000,
        (
            "振兴街道",
            "信发街道",
            "温陈街道",
            "乐平铺镇",
            "冯官屯镇",
            "菜屯镇",
            "博平镇",
            "杜郎口镇",
            "韩屯镇",
            "胡屯镇",
            "肖家庄镇",
            "贾寨镇",
            "洪官屯镇",
            "杨官屯乡",
        ),
    ),
    County(
        "371521",
        "阳谷县",
        36.12,
        115.83,
        9_000,
        (
            "博济桥街道",
            "侨润街道",
            "狮子楼街道",
            "阎楼镇",
            "阿城镇",
            "七级镇",
            "安乐镇",
            "定水镇",
            "石佛镇",
            "李台镇",
            "寿张镇",
            "十五里园镇",
            "张秋镇",
            "郭屯镇",
            "西湖镇",
            "高庙王镇",
            "金斗营镇",
            "大布乡",
        ),
    ),
    County(
        "371522",
        "莘县",
        36.19,
        115.63,
        9_000,
        (
            "莘亭街道",
            "东鲁街道",
            "雁塔街道",
            "莘州街道",
            "张鲁回族镇",
            "朝城镇",
            "观城镇",
            "古城镇",
            "大张家镇",
            "古云镇",
            "十八里铺镇",
            "燕店镇",
            "董杜庄镇",
            "王奉镇",
            "樱桃园镇",
            "河店镇",
            "妹冢镇",
            "魏庄镇",
            "张寨镇",
            "大王寨镇",
            "徐庄镇",
            "王庄集镇",
            "柿子园镇",
            "俎店镇",
        ),
    ),
    County(
        "371524",
        "东阿县",
        36.35,
        116.22,
        7_000,
        (
            "铜城街道",
            "新城街道",
            "刘集镇",
            "牛角店镇",
            "大桥镇",
            "高集镇",
            "姜楼镇",
            "姚寨镇",
            "鱼山镇",
            "陈集镇",
        ),
    ),
    County(
        "371525",
        "冠县",
        36.49,
        115.49,
        9_000,
        (
            "清泉街道",
            "崇文街道",
            "烟庄街道",
            "贾镇",
            "桑阿镇",
            "柳林镇",
            "清水镇",
            "东古城镇",
            "北馆陶镇",
            "店子镇",
            "定远寨镇",
            "辛集镇",
            "梁堂镇",
            "斜店镇",
            "甘官屯镇",
            "范寨镇",
            "兰沃乡",
            "万善乡",
        ),
    ),
    County(
        "371526",
        "高唐县",
        36.86,
        116.22,
        9_000,
        (
            "鱼丘湖街道",
            "人和街道",
            "汇鑫街道",
            "梁村镇",
            "尹集镇",
            "清平镇",
            "固河镇",
            "三十里铺镇",
            "琉璃寺镇",
            "赵寨子镇",
            "姜店镇",
            "杨屯镇",
        ),
    ),
    County(
        "371581",
        "临清市",
        36.79,
        115.79,
        8_000,
        (
            "青年路街道",
            "新华路街道",
            "先锋路街道",
            "大辛庄街道",
            "松林镇",
            "老赵庄镇",
            "康庄镇",
            "魏湾镇",
            "刘垓子镇",
            "八岔路镇",
            "潘庄镇",
            "烟店镇",
            "唐园镇",
            "金郝庄镇",
            "戴湾镇",
            "尚店镇",
        ),
    ),
)


def towns(county: County) -> tuple[Town, ...]:
    """The towns of a county with codes in the national scheme: streets from 001, towns from 100, townships from 200."""
    numbers = {"街道": 0, "镇": 99, "乡": 199}
    result = []
    for name in county.towns:
        kind = "街道" if name.endswith("街道") else name[-1]
        numbers[kind] += 1
        result.append(Town(f"{county.code}{numbers[kind]:03d}", name, county))
    return tuple(result)


def all_towns() -> tuple[Town, ...]:
    """All towns of the city, county by county."""
    return tuple(town for county in COUNTIES for town in towns(county))
