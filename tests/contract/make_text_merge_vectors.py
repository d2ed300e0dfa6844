"""Makes vectors for the two text merges: diaries that two cadres edit at once, from a seed, always the same.

`python -m tests.contract.make_text_merge_vectors FILE [COUNT] [SEED]`; without arguments it renews the
committed `text_merge.json`, whose changes are to be read before they are committed.
"""

import json
import random
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sync.text_merge import merge

COMMITTED = Path(__file__).with_name("text_merge.json")
COMMITTED_COUNT = 320
COMMITTED_SEED = 20200828  # the first Friday of the three visits

_PEOPLE = ["张家", "李大娘", "王师傅", "赵老师", "刘奶奶", "三号楼", "村东头", "孙家面馆"]
_NEWS = [
    "没事", "一切都好", "反映路灯不亮", "说电动车没处充电", "家里没人", "问低保怎么申请", "想修门口的路",
    "嫌垃圾清得晚", "孩子上学的事已解释", "看病报销还没到账", "café 招牌掉了", "が読めない", "😀很满意",
    "𠮷家要换证",
]  # fmt: skip
_ENDS = ["。", "。", "。", "！", "？", "；", "!", "?", ";", "。\n", "。\n", "\n", "\n\n"]
_ODDITIES = [
    "\r\n",
    "\r",
    "cafe\u0301",
    "か\u3099",
    "\ud83d",
    "\udc00尾",
    "\u0000",
    "。。",
    "  ",
    "没事。",
    "\n",
]

Edit = Callable[[random.Random, list[str]], None]


def _sentence(chance: random.Random) -> str:
    return chance.choice(_PEOPLE) + chance.choice(_NEWS) + chance.choice(_ENDS)


def _diary(chance: random.Random) -> list[str]:
    diary = [_sentence(chance) for _ in range(chance.choice([0, 1, 2, 3, 4, 6, 9, 14]))]
    if diary and chance.random() < 0.3:  # still being typed
        diary[-1] = diary[-1].rstrip("。！？；!?;\n")
    return diary


def _somewhere(chance: random.Random, diary: list[str]) -> int:
    return chance.randrange(len(diary)) if diary else 0


def _append(chance: random.Random, diary: list[str]) -> None:
    diary += [_sentence(chance) for _ in range(chance.randint(1, 3))]


def _insert(chance: random.Random, diary: list[str]) -> None:
    diary.insert(_somewhere(chance, diary), _sentence(chance))


def _reword(chance: random.Random, diary: list[str]) -> None:
    if diary:
        diary[_somewhere(chance, diary)] = _sentence(chance)


def _strike(chance: random.Random, diary: list[str]) -> None:
    if diary:
        del diary[_somewhere(chance, diary)]


def _move(chance: random.Random, diary: list[str]) -> None:
    if diary:
        diary.insert(_somewhere(chance, diary), diary.pop(_somewhere(chance, diary)))


def _repeat(chance: random.Random, diary: list[str]) -> None:
    if diary:
        diary.insert(_somewhere(chance, diary), diary[_somewhere(chance, diary)])


def _spoil(chance: random.Random, diary: list[str]) -> None:
    diary.insert(_somewhere(chance, diary), chance.choice(_ODDITIES))


def _rewrite(chance: random.Random, diary: list[str]) -> None:
    diary[:] = [_sentence(chance) for _ in range(chance.randint(0, 4))]


_EDITS: dict[str, Edit] = {
    "appends": _append,
    "inserts": _insert,
    "rewords": _reword,
    "strikes": _strike,
    "moves": _move,
    "repeats": _repeat,
    "spoils": _spoil,
    "rewrites": _rewrite,
}
_ODDS = [5, 6, 8, 4, 2, 2, 1, 1]


def _edited(chance: random.Random, diary: list[str]) -> tuple[list[str], list[str]]:
    after, done = list(diary), []
    for name in chance.choices(list(_EDITS), _ODDS, k=chance.randint(0, 4)):
        _EDITS[name](chance, after)
        done.append(name)
    return after, done


def vectors(count: int, seed: int) -> list[dict[str, Any]]:
    """`count` merges with their answers; a longer list begins with the shorter one."""
    chance = random.Random(seed)
    made = []
    for _ in range(count):
        diary = _diary(chance)
        (mine, li_does), (theirs, wang_does) = _edited(chance, diary), _edited(chance, diary)
        if chance.random() < 0.1:  # both heard the same thing at the same door
            theirs = [*theirs, *mine[-2:]]
        base, mine_text, theirs_text = "".join(diary), "".join(mine), "".join(theirs)
        merged = merge(base, mine_text, theirs_text)
        made.append(
            {
                "name": f"Li {' '.join(li_does) or 'rests'}, Wang {' '.join(wang_does) or 'rests'}",
                "base": base,
                "mine": mine_text,
                "theirs": theirs_text,
                "text": merged.text,
                "conflict": merged.conflict,
                "clashes": [clash._asdict() for clash in merged.clashes],
            }
        )
    return made


def as_json(made: list[dict[str, Any]]) -> str:
    """Readable JSON; only lone surrogates, which UTF-8 cannot hold, are escaped."""
    text = json.dumps(made, ensure_ascii=False, indent=1) + "\n"
    return re.sub("[\ud800-\udfff]", lambda found: f"\\u{ord(found[0]):04x}", text)


def main(arguments: list[str]) -> None:
    """See the module's docstring."""
    path = Path(arguments[0]) if arguments else COMMITTED
    count = int(arguments[1]) if len(arguments) > 1 else COMMITTED_COUNT
    seed = int(arguments[2]) if len(arguments) > 2 else COMMITTED_SEED
    path.write_text(as_json(vectors(count, seed)), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
