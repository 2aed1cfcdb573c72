"""H8: working days between two dates, one by one and by the million."""

import random
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import numpy as np

from bench.measure import Goal, Line, Work, race
from deadlines.calendar import Calendar

ENGINES = ("any",)
ONE_BY_ONE = {"quick": 300_000, "full": 10_000_000}
AT_ONCE = {"quick": 5_000_000, "full": 10_000_000}
EPOCH = date(2010, 1, 1)
SPAN = 365 * 16


def run(engine: str, size: str) -> Iterator[Line]:
    """Compare with a prefix table read by hand, and with numpy gathering from it."""
    yield _scalar("h8.count", ONE_BY_ONE[size])
    yield _added("h8.add", ONE_BY_ONE[size])
    yield _batch("h8.batch", AT_ONCE[size])


def _days(count: int) -> list[date]:
    chance = random.Random(8)  # noqa: S311 - repeatable on purpose
    return [EPOCH + timedelta(chance.randrange(SPAN)) for _ in range(count)]


def _scalar(name: str, count: int) -> Line:
    calendar = Calendar.shipped()
    base, table = calendar.prefix_table()
    through = list(table)
    days = _days(20_000)
    pairs = [tuple(sorted(pair)) for pair in zip(days[::2], days[1::2], strict=True)]
    times = count // len(pairs)

    def floor() -> int:
        found = 0
        for _ in range(times):
            for start, end in pairs:
                found += through[end.toordinal() - base] - through[start.toordinal() - base]
        return found

    def product() -> int:
        found, ask = 0, calendar.count_working
        for _ in range(times):
            for start, end in pairs:
                found += ask(start, end)
        return found

    assert floor() == product()
    return race(Goal(name, 0.5, "the call itself costs as much as the two look-ups"), floor, product)


def _added(name: str, count: int) -> Line:
    calendar = Calendar.shipped()
    base, table = calendar.prefix_table()
    through = list(table)
    last = calendar.published_years[-1]
    every = [date.fromordinal(base + place) for place in range(1, len(through))]
    worked = [day for day, a, b in zip(every, through, through[1:], strict=False) if a != b]
    days = [day for day in _days(10_000) if day.year < last]
    times = max(1, count // len(days))

    def floor() -> date:
        found = EPOCH
        for _ in range(times):
            for day in days:
                found = worked[through[day.toordinal() - base] + 6]
        return found

    def product() -> date:
        found, ask = EPOCH, calendar.add_working
        for _ in range(times):
            for day in days:
                found = ask(day, 7)
        return found

    assert [worked[through[day.toordinal() - base] + 6] for day in days] == [
        calendar.add_working(day, 7) for day in days
    ]
    return race(Goal(name, 0.5, "the call itself costs as much as the two look-ups"), floor, product)


def _batch(name: str, count: int) -> Line:
    chance = np.random.default_rng(8)
    base, table = Calendar.shipped().prefix_table()
    through = np.array(table)
    first = EPOCH.toordinal()
    starts = chance.integers(first, first + SPAN, count, dtype="int32")
    ends = starts + chance.integers(0, 365, count, dtype="int32")
    offsets = starts - base, ends - base

    def floor() -> Any:
        return through[offsets[1]] - through[offsets[0]]

    def product() -> Any:
        base, table = Calendar.shipped().prefix_table()
        through = np.frombuffer(table, dtype="int32")
        return through[ends - base] - through[starts - base]

    assert np.array_equal(floor(), product())
    works: tuple[Work, Work] = (floor, product)
    return race(Goal(name, 0.3), *works)
