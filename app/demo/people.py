"""People of the demo: names and telephone numbers, all made up.

Numbers begin with 199 0000, a block that looks right in a form and that the demo never dials.
"""

from __future__ import annotations

from random import Random

BANNER_ZH = "演示数据，姓名电话均为虚构"
BANNER_EN = "Demo data: all names and phone numbers are made up"

# The commonest surnames of the north first; the weights only keep a list of forty doors from looking drawn at random.
_SURNAMES = "王张李刘赵孙杨陈于马徐高宋郭林韩朱胡何郑梁谢唐许冯董程曹袁邓傅沈曾彭吕苏蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文"
_WEIGHTS = [max(2, 60 - index) for index in range(len(_SURNAMES))]
_FIRST = "建国秀志文玉海红春永晓明丽立新桂庆学德少家长金凤传宝振东兴光彦思雨子佳婷雪慧"
_SECOND = "军华英平芳霞民强伟梅兰云涛杰敏刚峰燕玲勇斌林生香荣辉超洋静磊鑫宇博欣怡轩"


def name(rng: Random) -> str:
    """A personal name of two or three characters."""
    surname = rng.choices(_SURNAMES, _WEIGHTS)[0]
    if rng.random() < 0.12:
        return surname + rng.choice(_SECOND)
    return surname + rng.choice(_FIRST) + rng.choice(_SECOND)


def phone(rng: Random) -> str:
    """A mobile number in the demo's own block."""
    return f"1990000{rng.randrange(10_000):04d}"
