"""Deadline rules of the programmes the product comes with, as the [[deadline]] tables of a programme file.

Each number stands in the newspaper page about that programme unless the comment says that it is ours.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from app.domain.deadline_rules import DeadlineRule, parse_rules

# The unit's clock stands while the order is with nobody in particular or a longer time was approved.
_UNIT_STOPS = ["returned", "extended"]

_TABLES: dict[str, list[dict[str, Any]]] = {
    # 聊城 "三遍访": the progress is fed back to the resident within 24 hours of being uploaded at the door.
    "liaocheng": [
        {
            "starts_at": "recorded",
            "duty": "feedback",
            "length": 24,
            "unit": "clock_hours",
            "escalates_to": "task_force",
        },
        # Ours: the page gives no limit for the unit's answer.
        {
            "starts_at": "dispatched",
            "duty": "answer",
            "length": 10,
            "unit": "working_days",
            "pauses_in": _UNIT_STOPS,
            "escalates_to": "task_force",
        },
    ],
    # 宝安 "限时办结": accepted within 1 day, first feedback within 3 days at best and 5 at most.
    # The page says days; that offices count working days is our reading.
    "baoan": [
        {
            "starts_at": "recorded",
            "duty": "accept",
            "length": 1,
            "unit": "working_days",
            "escalates_to": "leader",
        },
        {
            "starts_at": "recorded",
            "duty": "answer",
            "best": 3,
            "length": 5,
            "unit": "working_days",
            "escalates_to": "task_force",
        },
    ],
    # 黄埔: tasks on projects and lists are broken down to the week.
    "huangpu": [
        {
            "starts_at": "task_given",
            "duty": "weekly_task",
            "length": 7,
            "unit": "natural_days",
            "escalates_to": "leader",
        },
        # Ours: hard events are called to the district; within a day somebody says who comes.
        {
            "starts_at": "recorded",
            "duty": "handler_named",
            "length": 24,
            "unit": "clock_hours",
            "escalates_to": "task_force",
        },
    ],
    # 周口 "入户大走访": departments and property companies owe a plan. Both lengths are ours.
    "zhoukou": [
        {
            "starts_at": "recorded",
            "duty": "feedback",
            "length": 3,
            "unit": "working_days",
            "escalates_to": "leader",
        },
        {
            "starts_at": "dispatched",
            "duty": "plan",
            "length": 5,
            "unit": "working_days",
            "pauses_in": _UNIT_STOPS,
            "escalates_to": "task_force",
        },
    ],
    # 望城 "挂图作战、销号管理": every problem on the list is struck off. Both lengths are ours.
    "wangcheng": [
        {
            "starts_at": "recorded",
            "duty": "accept",
            "length": 1,
            "unit": "working_days",
            "escalates_to": "leader",
        },
        {
            "starts_at": "recorded",
            "duty": "close",
            "length": 30,
            "unit": "natural_days",
            "escalates_to": "leader",
        },
    ],
    # 上海检察信访: within 7 days "received, and who handles it", a result or progress within 3 months.
    "shanghai": [
        {
            "starts_at": "recorded",
            "duty": "handler_named",
            "length": 7,
            "unit": "natural_days",
            "escalates_to": "leader",
        },
        {"starts_at": "recorded", "duty": "result", "length": 3, "unit": "months", "escalates_to": "leader"},
    ],
}

PRESETS: Mapping[str, tuple[DeadlineRule, ...]] = MappingProxyType(
    {programme: parse_rules(tables) for programme, tables in _TABLES.items()}
)
