"""What the units' pages say and how: Chinese first, English on request, times as people write them, large type."""

from __future__ import annotations

from typing import Any, Literal

from flask import g, request

from app.assets import asset
from app.desk.clocks import STANDINGS, Clock, in_words, to_shanghai
from app.desk.steps import BY_NAME, STATUSES
from app.desk.text import mask_name, mask_phone, unbroken
from app.ids import now_ms

PREFERENCES = {"desk_language": ("zh", "en"), "desk_type": ("normal", "large")}

_MET = {"feedback": ("反馈", "Told"), "answer": ("答复", "Answered")}
_PARTS = {
    "centre": ("受理转办中心", "Dispatch centre"),
    "lead": ("主办", "Lead"),
    "co": ("协办", "Co-operating"),
    "client": ("上报方", "Client"),
}


def preference(name: str) -> str:
    """A choice kept in the browser: `desk_language` (zh, en) or `desk_type` (normal, large)."""
    allowed = PREFERENCES[name]
    kept = request.cookies.get(name, "")
    return kept if kept in allowed else allowed[0]


def say(zh: str, en: str) -> str:
    """The Chinese or the English text, as the reader chose."""
    return en if preference("desk_language") == "en" else zh


def say_status(status: str) -> str:
    """A status in words."""
    return say(*STATUSES[status])


def say_step(name: str) -> str:
    """A step of the history in words."""
    return say("上报", "Posted") if name == "submit" else say(BY_NAME[name].zh, BY_NAME[name].en)


def say_part(part: str) -> str:
    """What a unit is in a request, in words."""
    return say(*_PARTS[part])


def say_standing(standing: str) -> str:
    """A clock's standing in words."""
    return say(*STANDINGS[standing])  # type: ignore[index]


def say_time(at: int) -> str:
    """A local time: 11月22日 15:30, with the year when it is not this one."""
    time = to_shanghai(at)
    clock = time.strftime("%H:%M")
    if time.year == to_shanghai(current_now()).year:
        return say(f"{time.month}月{time.day}日 {clock}", f"{time.day} {time:%b}, {clock}")
    return say(f"{time.year}年{time.month}月{time.day}日 {clock}", f"{time.day} {time:%b} {time.year}, {clock}")


def say_clock(clock: Clock, duty: Literal["feedback", "answer"]) -> str:
    """What is left of the term of a duty, or by how much it was missed."""
    if clock.left_ms is None:
        return say_standing(clock.standing)
    length = say(*in_words(clock.left_ms))
    if clock.met_at is not None:
        zh, en = _MET[duty]
        return say(f"超期{length}{zh}", f"{en} {length} late") if clock.late else say(f"按时{zh}", f"{en} in time")
    return say(f"超期{length}", f"{length} late") if clock.late else say(f"还剩{length}", f"{length} left")


def current_now() -> int:
    """This page's instant, the same all over it."""
    if "desk_now" not in g:
        g.desk_now = now_ms()
    now: int = g.desk_now
    return now


def template_words() -> dict[str, Any]:
    """What every template of the desk knows."""
    words = (
        say, say_status, say_step, say_part, say_standing, say_time, say_clock,
        asset, preference, mask_name, mask_phone, unbroken,
    )  # fmt: skip
    return {word.__name__: word for word in words} | {"language": say("zh-CN", "en")}
