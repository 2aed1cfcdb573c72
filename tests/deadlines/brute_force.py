"""The law's arithmetic a second time, day by day and without a table, to check the fast one against.

Nothing here comes from ``deadlines``: the calendar is chinesecalendar, the periods are walked.
"""

from collections.abc import Callable
from datetime import date, timedelta
from functools import cache

from chinese_calendar import is_workday

DAY = timedelta(days=1)
PUBLISHED = range(2004, 2027)


class NobodyKnows(Exception):
    """The walk came to a day whose year has no notice."""


@cache
def works(day: date) -> bool:
    if day.year not in PUBLISHED:
        raise NobodyKnows(day.year)
    return bool(is_workday(day))


@cache
def next_worked(day: date) -> date:
    while not works(day):
        day += DAY
    return day


@cache
def last_worked(day: date) -> date:
    while not works(day):
        day -= DAY
    return day


def last_of_month(year: int, month: int) -> int:
    return (date(year + month // 12, month % 12 + 1, 1) - DAY).day


def months_on(day: date, count: int) -> date:
    year, month = day.year, day.month
    for _ in range(abs(count)):
        month += 1 if count > 0 else -1
        if month == 13:
            year, month = year + 1, 1
        if month == 0:
            year, month = year - 1, 12
    return date(year, month, min(day.day, last_of_month(year, month)))


def counted_days_on(day: date, count: int, counts: Callable[[date], bool]) -> date:
    while count:
        day += DAY
        count -= counts(day)
    return day


def last_day_that_leaves(deadline: date, count: int, counts: Callable[[date], bool]) -> date:
    """The last day whose following days up to the deadline, it included, hold ``count`` counted ones."""
    day = deadline
    while count:
        count -= counts(day)
        day -= DAY
    return day


def first_day_within(deadline: date, count: int, counts: Callable[[date], bool]) -> date:
    """The first of the ``count`` counted days before the deadline."""
    while count:
        deadline -= DAY
        count -= counts(deadline)
    return deadline


def every_day(_day: date) -> bool:
    return True


def strict(anchor: date, amount: int, unit: str, direction: str, bound: str) -> date:
    sign = 1 if direction == "after" else -1
    if unit in ("month", "year"):
        return months_on(anchor, sign * amount * (12 if unit == "year" else 1))
    counts = works if unit == "working_day" else every_day
    if direction == "after":
        return counted_days_on(anchor, amount, counts)
    if bound == "max":
        return first_day_within(anchor, amount, counts)
    return last_day_that_leaves(anchor, amount, counts)


def rolled(day: date, unit: str, direction: str, rolls: bool) -> date:
    return next_worked(day) if rolls and direction == "after" and unit != "working_day" else day
