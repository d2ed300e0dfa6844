"""Working days in China (工作日): weekends, public holidays and the Sundays worked in exchange for them.

Days are counted as integers since 1970-01-01 in Asia/Shanghai, so that deadlines are sums and not dates.
"""

from bisect import bisect_right
from datetime import date
from functools import lru_cache
from typing import NamedTuple

import chinese_calendar

DAY_MS = 86_400_000

# Asia/Shanghai has been UTC+8 without summer time since 1991-09-15; every instant here is later.
SHANGHAI_MS = 8 * 3_600_000

_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()
_THURSDAY = 3  # 1970-01-01


class WorkingDay(NamedTuple):
    """A counted day; `provisional` where the State Council had not yet published the year's holidays."""

    day: int
    provisional: bool


def day_of(at_ms: int) -> int:
    """The Shanghai day on which an instant (ms since 1970) falls."""
    return (at_ms + SHANGHAI_MS) // DAY_MS


def day_of_date(on: date) -> int:
    """The same count from a calendar date."""
    return on.toordinal() - _EPOCH_ORDINAL


def date_of_day(day: int) -> date:
    """Inverse of `day_of_date`."""
    return date.fromordinal(day + _EPOCH_ORDINAL)


def first_ms(day: int) -> int:
    """The instant (ms since 1970) at which a Shanghai day begins."""
    return day * DAY_MS - SHANGHAI_MS


def last_ms(day: int) -> int:
    """The last millisecond of a Shanghai day: a limit that ends "at 24:00" still shows the right date."""
    return first_ms(day + 1) - 1


class WorkCalendar:
    """Counts working days from a table of known years; outside it Monday to Friday, marked provisional."""

    def __init__(self, first_known: int, last_known: int, workdays: list[int]) -> None:
        """`workdays`: every working day from `first_known` to `last_known`, ascending, as day numbers."""
        self._first = first_known
        self._last = last_known
        self._known = workdays

    def is_workday(self, day: int) -> bool:
        """Whether people work on that day; Monday to Friday where the year's holidays are not known."""
        if self._first <= day <= self._last:
            place = bisect_right(self._known, day)
            return place > 0 and self._known[place - 1] == day
        return (day + _THURSDAY) % 7 < 5

    def is_provisional(self, day: int) -> bool:
        """Whether that day lies outside the published holiday tables."""
        return not self._first <= day <= self._last

    def nth_after(self, day: int, count: int) -> WorkingDay:
        """The `count`-th working day after `day`, which itself never counts. `count` ≥ 1, else ValueError."""
        if count < 1:
            raise ValueError("count must be at least 1")
        if day < self._first - 1:  # a phone that believes in 1970: slow is good enough
            while count:
                day += 1
                count -= self.is_workday(day)
            return WorkingDay(day, True)
        place = bisect_right(self._known, day) + count - 1
        if place < len(self._known) and day <= self._last:
            return WorkingDay(self._known[place], False)
        left = place - len(self._known) + 1 if day <= self._last else count
        return WorkingDay(_nth_weekday_after(max(day, self._last), left), True)

    def count_between(self, first: int, end: int) -> int:
        """How many working days lie in first ≤ day < end; 0 for an empty span."""
        low, high = max(first, self._first), min(end, self._last + 1)
        inside = bisect_right(self._known, high - 1) - bisect_right(self._known, low - 1) if low < high else 0
        before = _weekdays_between(first, min(end, self._first))
        return inside + before + _weekdays_between(max(first, self._last + 1), end)


def _weekdays_between(first: int, end: int) -> int:
    """Mondays to Fridays in first ≤ day < end."""
    if end <= first:
        return 0
    weeks, rest = divmod(end - first, 7)
    start = (first + _THURSDAY) % 7
    return weeks * 5 + sum((start + offset) % 7 < 5 for offset in range(rest))


def _nth_weekday_after(day: int, count: int) -> int:
    weeks, rest = divmod(count - 1, 5)
    found = day + weeks * 7
    for _ in range(rest + 1):
        found += 1
        while (found + _THURSDAY) % 7 >= 5:
            found += 1
    return found


@lru_cache(maxsize=1)
def china() -> WorkCalendar:
    """The calendar of the `chinesecalendar` package, whole published years only (国务院办公厅节假日安排)."""
    years = {day.year for day in chinese_calendar.holidays}
    first, last = day_of_date(date(min(years), 1, 1)), day_of_date(date(max(years), 12, 31))
    worked = [day for day in range(first, last + 1) if chinese_calendar.is_workday(date_of_day(day))]
    return WorkCalendar(first, last, worked)
