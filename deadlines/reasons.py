"""Day by day, why a period ends where it does."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from deadlines.calendar import Calendar, DayKind
from deadlines.terms import DayCount, Direction, Exclusion, Period, Unit, Why, is_paused, shifted

ONE_DAY = timedelta(days=1)


def day_counts(
    period: Period, anchor_on: date, end_on: date, calendar: Calendar, paused: Sequence[Exclusion]
) -> Iterator[DayCount]:
    """Explain every day of a period, in order; months and years by the day that closes each."""
    first, last = min(anchor_on, end_on), max(anchor_on, end_on)
    if period.is_window:  # counted back from its anchor, which is the day that does not count
        first, last = first - ONE_DAY, last - ONE_DAY
    else:
        yield DayCount(first, False, Why.start)
    if period.unit in (Unit.month, Unit.year):
        yield from _marks(period, anchor_on, end_on, paused)
    else:
        yield from (_counted(period, day, calendar, paused) for day in days_between(first, last))
    if period.is_window:
        yield DayCount(anchor_on, False, Why.start)


def open_day_counts(
    period: Period, anchor_on: date, calendar: Calendar, paused: Sequence[Exclusion]
) -> list[DayCount]:
    """Explain a period without a known end as far as the published calendar goes, in order."""
    if period.unit is not Unit.working_day:
        return [DayCount(anchor_on, False, Why.unpublished)]
    forward = period.direction is Direction.after
    step = ONE_DAY if forward else -ONE_DAY
    found = [DayCount(anchor_on, False, Why.start)] if forward or period.is_window else []
    day = anchor_on + step * len(found)
    while not found or found[-1].why is not Why.unpublished:
        found.append(_counted(period, day, calendar, paused))
        day += step
    return found if forward else found[::-1]


def rolled_days(strict_on: date, rolled_on: date) -> Iterator[DayCount]:
    """Explain the days by which a last day on a rest day moves on."""
    return (DayCount(day, False, Why.rolled) for day in days_between(strict_on, rolled_on))


def days_between(start: date, end: date) -> Iterator[date]:
    """Walk the days after ``start`` up to and including ``end``."""
    return (date.fromordinal(n) for n in range(start.toordinal() + 1, end.toordinal() + 1))


def _counted(period: Period, day: date, calendar: Calendar, paused: Sequence[Exclusion]) -> DayCount:
    if is_paused(paused, day):
        return DayCount(day, False, Why.excluded)
    if period.unit is not Unit.working_day:
        return DayCount(day, True, Why.calendar_day)
    known = calendar.day(day)
    if known.kind is DayKind.unknown:
        return DayCount(day, False, Why.unpublished)
    worked = known.kind in (DayKind.working, DayKind.make_up)
    return DayCount(day, worked, Why(known.kind.value), known.festival)


def _marks(period: Period, anchor_on: date, end_on: date, paused: Sequence[Exclusion]) -> Iterator[DayCount]:
    forward = period.direction is Direction.after
    why = Why.month if period.unit is Unit.month else Why.year
    marks = {}
    start = 1 if forward or period.is_window else 0
    for step in range(start, period.amount + start):
        day = shifted(anchor_on, period, step)
        marks[day] = DayCount(day, True, why if day.day == anchor_on.day else Why.month_end)
    nominal = shifted(anchor_on, period, period.amount)
    first, last = (anchor_on, end_on) if forward else (end_on, anchor_on)
    extension = days_between(nominal, last) if forward else days_between(first, nominal)
    marks |= {day: DayCount(day, True, Why.calendar_day) for day in extension}
    marks |= {
        day: DayCount(day, False, Why.excluded) for day in days_between(first, last) if is_paused(paused, day)
    }
    yield from (marks[day] for day in sorted(marks))
