"""Working days: Spring Festival, Sundays worked in exchange, and years that are not published yet."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.workdays import WorkCalendar, china, date_of_day, day_of, day_of_date, first_ms, last_ms

FRIDAY_17H = 1_795_165_200_000  # 2026-11-20 17:00 in Shanghai

any_day = st.dates(date(1990, 1, 1), date(2040, 12, 31)).map(day_of_date)


def day(text: str) -> int:
    return day_of_date(date.fromisoformat(text))


def nth(start: str, count: int) -> tuple[str, bool]:
    found = china().nth_after(day(start), count)
    return date_of_day(found.day).isoformat(), found.provisional


def test_a_shanghai_day_begins_at_sixteen_hours_utc() -> None:
    assert date_of_day(day_of(FRIDAY_17H)) == date(2026, 11, 20)
    friday = day("2026-11-20")
    assert day_of(first_ms(friday)) == friday == day_of(last_ms(friday))
    assert day_of(first_ms(friday) - 1) == friday - 1
    assert day_of(last_ms(friday) + 1) == friday + 1


def test_nobody_works_in_spring_festival_and_the_saturday_before_is_worked_for_it() -> None:
    calendar = china()
    assert not any(calendar.is_workday(day("2026-02-15") + offset) for offset in range(9))
    assert calendar.is_workday(day("2026-02-14"))
    assert nth("2026-02-13", 2) == ("2026-02-24", False)


def test_the_sunday_before_the_mid_autumn_holiday_is_a_working_day() -> None:
    assert date(2026, 9, 20).weekday() == 6
    assert nth("2026-09-18", 1) == ("2026-09-20", False)


def test_friday_plus_one_working_day_is_monday() -> None:
    assert nth("2026-11-20", 1) == ("2026-11-23", False)


def test_across_the_end_of_the_published_years_a_day_is_provisional_and_never_a_crash() -> None:
    assert nth("2026-12-30", 1) == ("2026-12-31", False)
    assert nth("2026-12-31", 1) == ("2027-01-01", True)
    assert nth("2026-12-30", 5) == ("2027-01-06", True)
    assert nth("2031-05-02", 1) == ("2031-05-05", True)


def test_a_phone_that_believes_in_1970_still_gets_a_day() -> None:
    assert nth("1970-01-01", 1) == ("1970-01-02", True)
    assert nth("2003-12-30", 3) == ("2004-01-05", True)


def test_counting_no_day_is_an_error() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        china().nth_after(day("2026-11-20"), 0)


@given(any_day, st.integers(1, 80))
def test_the_nth_working_day_is_the_one_counted_on_fingers(start: int, count: int) -> None:
    calendar, at, left, doubtful = china(), start, count, False
    while left:
        at += 1
        doubtful |= calendar.is_provisional(at)
        left -= calendar.is_workday(at)
    assert calendar.nth_after(start, count) == (at, doubtful)


@given(any_day, st.integers(-3, 900))
def test_a_span_holds_as_many_working_days_as_counted_on_fingers(start: int, length: int) -> None:
    calendar = china()
    assert calendar.count_between(start, start + length) == sum(
        calendar.is_workday(at) for at in range(start, start + length)
    )


def test_a_calendar_of_one_week_knows_only_that_week() -> None:
    monday = day("2026-11-16")
    week = WorkCalendar(monday, monday + 6, [monday, monday + 2])
    assert week.nth_after(monday - 1, 2) == (monday + 2, False)
    assert week.nth_after(monday - 1, 3) == (monday + 7, True)
    assert week.is_provisional(monday + 7)


@given(st.dates())
def test_days_and_dates_are_the_same_thing(on: date) -> None:
    assert date_of_day(day_of_date(on)) == on
    if on < date.max:
        assert day_of_date(on + timedelta(days=1)) == day_of_date(on) + 1
