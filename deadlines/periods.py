"""The law's arithmetic of periods: from an anchor day to the day a duty falls due, and why.

The starting day is never counted (Civil Code 201); a month ends on its corresponding day or, failing one, on
its last day (202); a last day on a rest day may move to the next working day (203). Every result therefore
carries two readings, ``strict_on`` and ``rolled_on``, and ``effective_on``, the one that this office acts on:

* a duty of the buying side (maximum period): strict, for a careful office keeps the earlier day;
* judging others late, and every minimum period: rolled;
* a "before" period: strict, and it never moves later; ``recommended_on`` is the last working day by then;
* validity and retention (``rolls`` is false): both readings are the same day.

When a year's holiday notice is not out, nothing is guessed: a date that needs it is None and its year is in
``missing_years``. The result is ``provisional`` only if ``effective_on`` itself needs it; then ``floor_on``
is the earliest day it can turn out to be. A calendar-day period ending in such a year keeps its strict day: a
duty of the buying side stays certain, a reading that rolls is provisional with the strict day as its floor.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cached_property
from typing import ParamSpec

from deadlines.calendar import Calendar, DayKind, UnpublishedYear
from deadlines.reasons import day_counts, open_day_counts, rolled_days
from deadlines.terms import (
    Bound,
    DayCount,
    Direction,
    Exclusion,
    Period,
    Role,
    Side,
    Unit,
    is_paused,
    shifted,
)

ONE_DAY = timedelta(days=1)
P = ParamSpec("P")


@dataclass(frozen=True)
class Computation:
    """The day a period leads to, in both readings, able to explain itself."""

    period: Period
    anchor_on: date
    strict_on: date | None
    rolled_on: date | None
    effective_on: date | None
    recommended_on: date | None
    missing_years: tuple[int, ...] = ()
    floor_on: date | None = None
    exclusions: tuple[Exclusion, ...] = ()
    calendar: Calendar = field(default_factory=Calendar.shipped, repr=False, compare=False)

    @property
    def role(self) -> Role:
        """Name what the computed day means."""
        return self.period.role

    @property
    def provisional(self) -> bool:
        """Tell whether the day depends on a calendar that is not published."""
        return self.effective_on is None

    @cached_property
    def days(self) -> tuple[DayCount, ...]:
        """List every day from the anchor to the result with the reason it counts or does not."""
        if self.strict_on is None:
            return tuple(open_day_counts(self.period, self.anchor_on, self.calendar, self.exclusions))
        counted = day_counts(self.period, self.anchor_on, self.strict_on, self.calendar, self.exclusions)
        return (*counted, *rolled_days(self.strict_on, self.rolled_on or self.strict_on))

    def permits(self, day: date) -> bool | None:
        """Tell whether the act may happen on this day; None while only an unpublished calendar could tell."""
        if self.effective_on is None:
            return self._permits_whatever_comes(day)
        if self.period.is_window:
            return self.effective_on <= day <= self.anchor_on
        return day >= self.effective_on if self.role is Role.earliest else day <= self.effective_on

    def _permits_whatever_comes(self, day: date) -> bool | None:
        if self.floor_on is None:
            return None
        if self.role is Role.earliest:
            return False if day < self.floor_on else None
        return True if day <= self.floor_on else None

    def is_overdue(self, today: date) -> bool:
        """Tell whether the last lawful day has passed; never while the result is provisional."""
        return self.role is not Role.earliest and self.effective_on is not None and today > self.effective_on


def compute(
    period: Period, anchor_on: date, calendar: Calendar, *, exclusions: Iterable[Exclusion] = ()
) -> Computation:
    """Compute the day that a period leads to from its anchor."""
    paused = _merged(exclusions)
    missing: set[int] = set()
    strict = _known(missing, _strict, period, anchor_on, calendar, paused)
    rolled = strict and _known(missing, _rolled, period, strict, calendar)
    recommended = strict and _known(missing, _recommended, period, anchor_on, strict, calendar)
    effective = rolled if _reads_rolled(period) else strict
    return Computation(
        period=period,
        anchor_on=anchor_on,
        strict_on=strict,
        rolled_on=rolled,
        effective_on=effective,
        recommended_on=recommended,
        missing_years=tuple(sorted(missing)),
        floor_on=None if effective else strict or _floor(period, anchor_on, calendar, paused),
        exclusions=paused,
        calendar=calendar,
    )


def compute_chain(periods: Sequence[Period], anchor_on: date, calendar: Calendar) -> tuple[Computation, ...]:
    """Compute periods that follow one another: each starts on the day the one before it ends."""
    links: list[Computation] = []
    for period in periods:
        before = links[-1] if links else None
        start = anchor_on if before is None else before.effective_on or before.floor_on
        if start is None:
            break
        link = compute(period, start, calendar)
        links.append(_after_provisional(link, before) if before and before.provisional else link)
    return tuple(links)


def earlier(*results: Computation) -> Computation:
    """Choose whichever comes earlier; a provisional result governs if it may still turn out to."""
    return _governing(results, first=True)


def later(*results: Computation) -> Computation:
    """Choose whichever comes later; a provisional result governs, for it may always turn out to."""
    return _governing(results, first=False)


def strictest(*results: Computation) -> Computation:
    """Choose the result that keeps every one of several statutes on the same matter."""
    return later(*results) if results[0].role is Role.earliest else earlier(*results)


def _known(missing: set[int], find: Callable[P, date], *args: P.args, **kwargs: P.kwargs) -> date | None:
    try:
        return find(*args, **kwargs)
    except UnpublishedYear as gap:
        missing.update(gap.years)
        return None


def _reads_rolled(period: Period) -> bool:
    if period.direction is Direction.before:
        return False
    return period.bound is Bound.min or period.side is not Side.buyer


def _strict(period: Period, anchor: date, calendar: Calendar, paused: Sequence[Exclusion]) -> date:
    if period.unit is Unit.working_day:
        if period.direction is Direction.after:
            return _working_after(period.amount, anchor, calendar, paused)
        return _working_before(period, anchor, calendar, paused)
    nominal = shifted(anchor, period, period.amount)
    if not paused:
        return nominal
    if period.direction is Direction.after:
        return _settle(
            lambda extra: nominal + timedelta(extra), lambda day: _paused_days(paused, anchor, day)
        )
    return _settle(lambda extra: nominal - timedelta(extra), lambda day: _paused_days(paused, day, anchor))


def _working_after(amount: int, anchor: date, calendar: Calendar, paused: Sequence[Exclusion]) -> date:
    if not paused:
        return calendar.add_working(anchor, amount)
    return _settle(
        lambda extra: calendar.add_working(anchor, amount + extra),
        lambda day: _paused_working(paused, anchor, day, calendar),
    )


def _working_before(period: Period, anchor: date, calendar: Calendar, paused: Sequence[Exclusion]) -> date:
    """Find the latest day after which ``amount`` working days remain, the anchor's own day included.

    A window ("within n working days before") opens on the n-th working day before the anchor itself.
    """
    if period.amount == 0:
        return anchor
    end = anchor - ONE_DAY if period.is_window else anchor
    counted = _settle(
        lambda extra: calendar.add_working(end + ONE_DAY, -(period.amount + extra)),
        lambda day: _paused_working(paused, day - ONE_DAY, end, calendar),
    )
    return counted if period.is_window else counted - ONE_DAY


def _settle(reach: Callable[[int], date], paused_through: Callable[[date], int]) -> date:
    """Lengthen a period by its paused days until no further one falls inside."""
    day = reach(0)
    while (extended := reach(paused_through(day))) != day:
        day = extended
    return day


def _paused_days(paused: Sequence[Exclusion], start: date, end: date) -> int:
    return sum(max(0, (min(gap.ends_on, end) - max(gap.starts_on - ONE_DAY, start)).days) for gap in paused)


def _paused_working(paused: Sequence[Exclusion], start: date, end: date, calendar: Calendar) -> int:
    total = 0
    for gap in paused:
        first, last = max(gap.starts_on - ONE_DAY, start), min(gap.ends_on, end)
        total += calendar.count_working(first, last) if first < last else 0
    return total


def _rolled(period: Period, strict: date, calendar: Calendar) -> date:
    if not period.rolls or period.unit is Unit.working_day or period.direction is Direction.before:
        return strict
    return calendar.first_working(strict)


def _recommended(period: Period, anchor: date, strict: date, calendar: Calendar) -> date:
    if period.unit is Unit.working_day and period.direction is Direction.after and period.amount:
        return strict
    if period.role is Role.earliest:
        day = calendar.first_working(strict) if period.rolls else strict
        return min(day, anchor) if period.is_window else day
    day = calendar.last_working(strict)
    return strict if period.direction is Direction.after and day < anchor else day


def _floor(period: Period, anchor: date, calendar: Calendar, paused: Sequence[Exclusion]) -> date | None:
    """Find the earliest day it can turn out to be: ahead every unknown day may be worked, behind none."""
    forward = period.direction is Direction.after
    step = ONE_DAY if forward else -ONE_DAY
    day = anchor if forward or period.is_window else anchor + ONE_DAY
    left = period.amount
    first = min(calendar.published_years, default=date.max.year)
    while left:
        day += step
        if not forward and day.year < first:
            return None
        kind = calendar.kind(day)
        worked = forward if kind is DayKind.unknown else kind in (DayKind.working, DayKind.make_up)
        left -= worked and not is_paused(paused, day)
    return day if forward or period.is_window else day - ONE_DAY


def _merged(exclusions: Iterable[Exclusion]) -> tuple[Exclusion, ...]:
    merged: list[Exclusion] = []
    for gap in sorted(exclusions, key=lambda gap: (gap.starts_on, gap.ends_on)):
        if merged and gap.starts_on <= merged[-1].ends_on + ONE_DAY:
            last = merged[-1]
            merged[-1] = replace(last, ends_on=max(last.ends_on, gap.ends_on), cause=last.cause or gap.cause)
        else:
            merged.append(gap)
    return tuple(merged)


def _after_provisional(link: Computation, before: Computation) -> Computation:
    return replace(
        link,
        strict_on=None,
        rolled_on=None,
        effective_on=None,
        recommended_on=None,
        missing_years=tuple(sorted({*link.missing_years, *before.missing_years})),
        floor_on=link.effective_on or link.floor_on,
    )


def _governing(results: Sequence[Computation], *, first: bool) -> Computation:
    known = [result for result in results if result.effective_on]
    open_ones = [result for result in results if not result.effective_on]
    pick = min if first else max
    best = pick(known, key=lambda result: result.effective_on or date.max, default=None)
    if best is None or best.effective_on is None:
        return pick(open_ones, key=lambda result: result.floor_on or date.min)
    if not first and open_ones:
        floor = max(best.effective_on, *(result.floor_on or date.min for result in open_ones))
        return replace(max(open_ones, key=lambda result: result.floor_on or date.min), floor_on=floor)
    rivals = [result for result in open_ones if not result.floor_on or result.floor_on < best.effective_on]
    return min(rivals, key=lambda result: result.floor_on or date.min) if rivals else best
