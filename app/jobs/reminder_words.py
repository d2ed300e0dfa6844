"""What the jobs' notices say, in the words of the inbox; a confidential report (举报) is named and never quoted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from typing import Any

from app.domain.deadlines import DUTIES
from app.domain.workdays import day_of, last_ms

_SHANGHAI = timezone(timedelta(hours=8))
_TITLES = {
    "deadline_best": "诉求已过争取时限",
    "deadline_half": "诉求办理时限已过半",
    "deadline_near": "诉求即将到期",
    "deadline_over": "诉求已超期，请尽快办理",
    "deadline_escalated": "诉求超期，请督办",
    "returned_again": "诉求多次退单，请协调",
}
_CLOCKS = {"resident": "对群众的时限", "unit": "承办时限"}
_CONFIDENTIAL = "保密反映事项"
_WHAT = 60


def moment(at_ms: int, now: int) -> str:
    """An instant as people say it, in the city's time; the year only where it is another one.

    Terms of days end with the last millisecond of a day, which is called 24:00 (民法典, Article 203).
    """
    then, today = datetime.fromtimestamp(at_ms / 1000, _SHANGHAI), datetime.fromtimestamp(now / 1000, _SHANGHAI)
    year = f"{then.year}年" if then.year != today.year else ""
    clock = "24:00" if at_ms == last_ms(day_of(at_ms)) else f"{then:%H:%M}"
    return f"{year}{then.month}月{then.day}日{clock}"


def kind_of(fraction: int, *, escalated: bool) -> str:
    """The kind of a reminder's notice; `fraction` in per cent, 0 for the length aimed at."""
    if fraction >= 100:
        return "deadline_escalated" if escalated else "deadline_over"
    if fraction == 0:
        return "deadline_best"
    return "deadline_half" if fraction <= 50 else "deadline_near"


def title_of(kind: str) -> str:
    """The title of a notice of this kind."""
    return _TITLES[kind]


def about(title: str | None, text: str | None, *, confidential: bool) -> str:
    """The first line: what the request is about."""
    return _CONFIDENTIAL if confidential else (title or text or "")[:_WHAT].replace("\n", " ")


def duty_line(duty: str, clock: str, due_at: int, now: int) -> str:
    """One duty: what is owed, by which clock, until when."""
    owed, until = DUTIES[duty].words.zh, moment(due_at, now)
    if due_at <= now:
        return f"{owed}：{_CLOCKS[clock]}为{until}，已超期"
    return f"{owed}：应于{until}前完成（{_CLOCKS[clock]}）"


def returned_line(returns: int) -> str:
    """The reason of an escalation after returns."""
    return f"已退单{returns}次，请明确承办单位"


def others(count: int) -> dict[str, Any]:
    """One notice in place of many more of the same kind."""
    return {
        "kind": "deadline_many",
        "title": f"另有{count}件诉求临近或超过时限",
        "text": "请在诉求列表中按时限查看，先办超期的。",
    }


def escalation_event(lines: Sequence[str]) -> str:
    """The note in the request's own history that the task force (专班) was told."""
    return "已提请专班督办。" + "；".join(lines)
