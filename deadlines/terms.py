"""The words in which statutes state a period, and one counted day."""

import calendar as gregorian
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from deadlines.calendar import Festival

MONTHS_A_YEAR = 12


class Unit(StrEnum):
    """What a period is counted in."""

    calendar_day = "calendar_day"
    working_day = "working_day"
    month = "month"
    year = "year"


class Direction(StrEnum):
    """Whether the period runs after its anchor or leads up to it."""

    after = "after"
    before = "before"


class Bound(StrEnum):
    """Whether the period may not be exceeded or may not be undercut."""

    max = "max"
    min = "min"


class Side(StrEnum):
    """Whose duty it is, which decides the reading that counts."""

    buyer = "buyer"
    vendor = "vendor"
    regulator = "regulator"
    other = "other"


class Role(StrEnum):
    """What the computed day is: the last, the first, or the last before the anchor."""

    due = "due"
    earliest = "earliest"
    latest = "latest"


class Why(StrEnum):
    """Why a day counts or does not."""

    start = "start"
    calendar_day = "calendar_day"
    working = "working"
    make_up = "make_up"
    weekend = "weekend"
    holiday = "holiday"
    excluded = "excluded"
    month = "month"
    month_end = "month_end"
    year = "year"
    rolled = "rolled"
    unpublished = "unpublished"


@dataclass(frozen=True, slots=True)
class Period:
    """A length of time as a statute states it."""

    amount: int
    unit: Unit
    direction: Direction = Direction.after
    bound: Bound = Bound.max
    rolls: bool = True
    side: Side = Side.buyer

    @property
    def role(self) -> Role:
        """Name what the computed day means; "within the n days before" opens a window on its earliest day."""
        if self.direction is Direction.after:
            return Role.due if self.bound is Bound.max else Role.earliest
        return Role.latest if self.bound is Bound.min else Role.earliest

    @property
    def is_window(self) -> bool:
        """Tell whether the act belongs between the computed day and the anchor."""
        return self.direction is Direction.before and self.bound is Bound.max


@dataclass(frozen=True, slots=True, order=True)
class Exclusion:
    """Days, both ends included, that the law takes out of a period while it is paused."""

    starts_on: date
    ends_on: date
    cause: str | None = None

    def __post_init__(self) -> None:
        if self.ends_on < self.starts_on:
            raise ValueError("an exclusion ends before it starts")


@dataclass(frozen=True, slots=True)
class DayCount:
    """One day of a computation and what became of it."""

    on: date
    counted: bool
    why: Why
    festival: Festival | None = None


def add_months(day: date, months: int) -> date:
    """Return the corresponding day so many months on (or back), or that month's last day."""
    year, month = divmod(day.year * MONTHS_A_YEAR + day.month - 1 + months, MONTHS_A_YEAR)
    return date(year, month + 1, min(day.day, gregorian.monthrange(year, month + 1)[1]))


def shifted(anchor: date, period: Period, amount: int) -> date:
    """Move a day by an amount of the period's unit in its direction; working days are not its business."""
    signed = amount if period.direction is Direction.after else -amount
    match period.unit:
        case Unit.month:
            return add_months(anchor, signed)
        case Unit.year:
            return add_months(anchor, signed * MONTHS_A_YEAR)
        case _:
            return anchor + timedelta(days=signed)


def is_paused(paused: Sequence[Exclusion], day: date) -> bool:
    """Tell whether a day lies in one of the exclusions."""
    return any(gap.starts_on <= day <= gap.ends_on for gap in paused)
