"""Which days are worked in China, as an immutable value that answers in constant time."""

import hashlib
import json
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from functools import cache
from importlib.resources import files
from itertools import accumulate, chain
from typing import Any

from core.errors import DomainError
from core.i18n import Text
from core.i18n import lazy_gettext as _

SATURDAY = 5


class DayKind(StrEnum):
    """What a day is to an office."""

    working = "working"
    weekend = "weekend"
    holiday = "holiday"
    make_up = "make_up"
    unknown = "unknown"


class Festival(StrEnum):
    """The occasions that the yearly notices name."""

    new_year = "new_year"
    spring_festival = "spring_festival"
    qingming = "qingming"
    labour_day = "labour_day"
    dragon_boat = "dragon_boat"
    mid_autumn = "mid_autumn"
    national_day = "national_day"
    victory_day = "victory_day"
    other = "other"


FESTIVAL_LABELS: Mapping[Festival, Text] = {
    Festival.new_year: _("New Year"),
    Festival.spring_festival: _("Spring Festival"),
    Festival.qingming: _("Qingming Festival"),
    Festival.labour_day: _("Labour Day"),
    Festival.dragon_boat: _("Dragon Boat Festival"),
    Festival.mid_autumn: _("Mid-Autumn Festival"),
    Festival.national_day: _("National Day"),
    Festival.victory_day: _("Victory Day"),
    Festival.other: _("Holiday"),
}


class UnpublishedYear(DomainError):
    """Say that the answer depends on years whose holiday notice is not out yet."""

    status = 409

    def __init__(self, years: Iterable[int]) -> None:
        self.years = tuple(sorted(set(years)))
        listed = ", ".join(map(str, self.years))
        super().__init__(_("The holiday notice for %(years)s is not published yet.", years=listed))


class DamagedCalendar(Exception):
    """Refuse a shipped year whose content does not match its checksum."""


@dataclass(frozen=True, slots=True)
class Notice:
    """The document of the State Council that a year's arrangement comes from."""

    title: str
    number: str | None = None
    issued_on: date | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class YearArrangement:
    """One year's holidays and make-up workdays; they may reach into the December before."""

    year: int
    holidays: tuple[tuple[date, Festival], ...]
    make_up: tuple[date, ...]
    notices: tuple[Notice, ...] = ()
    published: bool = True
    remark: str | None = None

    @property
    def checksum(self) -> str:
        """Digest the content in canonical form, so that a damaged or edited year is noticed."""
        text = json.dumps(as_document(self), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Day:
    """What a day is and where that is written."""

    on: date
    kind: DayKind
    festival: Festival | None = None
    notice: Notice | None = None


@dataclass(frozen=True, slots=True)
class _Run:
    """An unbroken stretch of published years, as a prefix table of working days.

    ``through[k]`` counts the working days up to and including the day with ordinal ``base + k``. ``base`` is
    the day before the first: itself unknown, it may still start a period, as a starting day is not counted.
    """

    base: int
    through: list[int]
    days: list[date]

    @property
    def last(self) -> int:
        return self.base + len(self.through) - 1


@dataclass(frozen=True, slots=True)
class Calendar:
    """The working calendar of the published years.

    Periods are half open: the starting day is never counted, the last day always is.
    """

    arrangements: tuple[YearArrangement, ...]
    _marks: dict[date, tuple[YearArrangement, Festival | None]] = field(init=False, repr=False, compare=False)
    _by_number: dict[int, YearArrangement] = field(init=False, repr=False, compare=False)
    _runs: tuple[_Run, ...] = field(init=False, repr=False, compare=False)
    _base: int = field(init=False, repr=False, compare=False)
    _size: int = field(init=False, repr=False, compare=False)
    _through: list[int] = field(init=False, repr=False, compare=False)
    _days: list[date] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        marks = {
            day: (year, festival)
            for year in self.arrangements
            if year.published
            for day, festival in chain(year.holidays, ((day, None) for day in year.make_up))
        }
        runs = tuple(_runs(self.published_years, marks))
        main = max(runs, key=lambda run: len(run.days), default=_Run(0, [], []))
        for name, value in (
            ("_marks", marks),
            ("_by_number", {year.year: year for year in self.arrangements}),
            ("_runs", runs),
            ("_base", main.base),
            ("_size", len(main.through) - 1),
            ("_through", main.through),
            ("_days", main.days),
        ):
            object.__setattr__(self, name, value)

    @classmethod
    def shipped(cls) -> "Calendar":
        """Return the calendar that comes with the program, 2004 to 2026."""
        return _shipped()

    def with_years(self, overrides: Iterable[YearArrangement]) -> "Calendar":
        """Return a calendar in which these years replace or extend the present ones."""
        years = {year.year: year for year in self.arrangements} | {year.year: year for year in overrides}
        return Calendar(tuple(years[number] for number in sorted(years)))

    @property
    def years(self) -> tuple[int, ...]:
        """List every year the calendar holds, published or only prepared."""
        return tuple(year.year for year in self.arrangements)

    @property
    def published_years(self) -> tuple[int, ...]:
        """List the years whose notice is out."""
        return tuple(year.year for year in self.arrangements if year.published)

    def year(self, number: int) -> YearArrangement | None:
        """Return one year's arrangement, if the calendar holds it."""
        return self._by_number.get(number)

    def published(self, year: int) -> bool:
        """Tell whether the notice for this year is out."""
        known = self._by_number.get(year)
        return known is not None and known.published

    def is_working(self, day: date) -> bool:
        """Tell whether the day is worked; raise UnpublishedYear when nobody can know yet."""
        index = day.toordinal() - self._base
        if 0 < index <= self._size:
            return self._through[index] != self._through[index - 1]
        run = self._run_of(day, day)
        index = day.toordinal() - run.base
        return run.through[index] != run.through[index - 1]

    def kind(self, day: date) -> DayKind:
        """Classify a day without ever guessing."""
        return self.day(day).kind

    def day(self, day: date) -> Day:
        """Classify a day and name the festival and the notice behind it."""
        year, festival = self._marks.get(day, (None, None))
        if year is None:
            year = self.year(day.year)
        if year is None or not year.published:
            return Day(day, DayKind.unknown)
        notice = year.notices[-1] if year.notices else None
        if day not in self._marks:
            weekend = day.weekday() >= SATURDAY
            return Day(day, DayKind.weekend if weekend else DayKind.working, notice=notice)
        return Day(day, DayKind.holiday if festival else DayKind.make_up, festival, notice)

    def count_working(self, start: date, end: date) -> int:
        """Count the working days after ``start`` up to and including ``end``; negative when it is earlier."""
        first = start.toordinal() - self._base
        last = end.toordinal() - self._base
        if 0 <= first <= last:
            try:
                return self._through[last] - self._through[first]
            except IndexError:  # beyond the table: the slower way knows what to say
                return self._count_anywhere(start, end)
        return self._count_anywhere(start, end)

    def count_working_many(self, starts: Sequence[date], ends: Sequence[date]) -> list[int]:
        """Count the working days of many periods at once; see ``prefix_table`` for array programs."""
        base, through = self._base, self._through
        earliest = min(chain(starts, ends), default=date.max)
        with suppress(IndexError):  # beyond the table: the slower way knows what to say
            if earliest.toordinal() >= base:  # a negative index would answer, and wrongly
                return [
                    through[end.toordinal() - base] - through[start.toordinal() - base]
                    for start, end in zip(starts, ends, strict=True)
                ]
        return [self.count_working(start, end) for start, end in zip(starts, ends, strict=True)]

    def prefix_table(self) -> "tuple[int, array[int]]":
        """Return base and table for array programs: ``table[b - base] - table[a - base]`` counts (a, b]."""
        return self._base, array("i", self._through)

    def add_working(self, day: date, n: int) -> date:
        """Return the n-th working day after ``day`` (before it when negative; the day itself for 0)."""
        if n > 0:
            index = day.toordinal() - self._base
            if index < 0:
                return self._add_anywhere(day, n)
            try:
                return self._days[self._through[index] + n - 1]
            except IndexError:  # beyond the table: the slower way knows what to say
                return self._add_anywhere(day, n)
        return self._back(day, -n) if n else day

    def first_working(self, day: date) -> date:
        """Return the first working day on or after the day."""
        return self.add_working(day - timedelta(days=1), 1)

    def last_working(self, day: date) -> date:
        """Return the last working day on or before the day."""
        return self.add_working(day + timedelta(days=1), -1)

    def unpublished_between(self, start: date, end: date) -> tuple[int, ...]:
        """List the unpublished years that the days after ``start`` up to ``end`` fall in."""
        first = (start + timedelta(days=1)).year
        return tuple(year for year in range(first, end.year + 1) if not self.published(year))

    def _count_anywhere(self, start: date, end: date) -> int:
        if end < start:
            return -self.count_working(end, start)
        if end == start:
            return 0
        run = self._run_of(start + timedelta(days=1), end)
        return run.through[end.toordinal() - run.base] - run.through[start.toordinal() - run.base]

    def _add_anywhere(self, day: date, n: int) -> date:
        morrow = day + timedelta(days=1)
        run = self._run_of(morrow, morrow)
        rank = run.through[day.toordinal() - run.base] + n - 1
        if rank >= len(run.days):
            raise UnpublishedYear([date.fromordinal(run.last + 1).year])
        return run.days[rank]

    def _back(self, day: date, n: int) -> date:
        index = day.toordinal() - 1 - self._base
        if 0 < index <= self._size and self._through[index] >= n:
            return self._days[self._through[index] - n]
        eve = day - timedelta(days=1)
        run = self._run_of(eve, eve)
        rank = run.through[eve.toordinal() - run.base] - n
        if rank < 0:
            raise UnpublishedYear([date.fromordinal(run.base).year])
        return run.days[rank]

    def _run_of(self, first: date, last: date) -> _Run:
        for run in self._runs:
            if run.base < first.toordinal() and last.toordinal() <= run.last:
                return run
        raise UnpublishedYear(year for year in range(first.year, last.year + 1) if not self.published(year))


def as_document(year: YearArrangement) -> dict[str, Any]:
    """Write a year as the plain document that files hold and checksums cover."""
    holidays: dict[str, list[str]] = {}
    for day, festival in year.holidays:
        holidays.setdefault(festival.value, []).append(day.isoformat())
    notices = [
        {
            "title": notice.title,
            "number": notice.number,
            "issued_on": notice.issued_on.isoformat() if notice.issued_on else None,
            "url": notice.url,
        }
        for notice in year.notices
    ]
    document = {
        "year": year.year,
        "published": year.published,
        "notices": notices,
        "holidays": holidays,
        "make_up": [day.isoformat() for day in year.make_up],
    }
    return document | ({"remark": year.remark} if year.remark else {})


def from_document(document: Mapping[str, Any]) -> YearArrangement:
    """Read a year from its plain document; the inverse of ``as_document``."""
    return YearArrangement(
        year=document["year"],
        holidays=tuple(
            (date.fromisoformat(day), Festival(festival))
            for festival, days in document["holidays"].items()
            for day in days
        ),
        make_up=tuple(map(date.fromisoformat, document["make_up"])),
        notices=tuple(
            Notice(
                title=notice["title"],
                number=notice.get("number"),
                issued_on=date.fromisoformat(notice["issued_on"]) if notice.get("issued_on") else None,
                url=notice.get("url"),
            )
            for notice in document["notices"]
        ),
        published=document.get("published", True),
        remark=document.get("remark"),
    )


def verified(documents: Iterable[Mapping[str, Any]]) -> tuple[YearArrangement, ...]:
    """Read shipped years and refuse any whose checksum does not hold."""
    years = []
    for document in documents:
        year = from_document(document)
        if year.checksum != document["sha256"]:
            raise DamagedCalendar(f"calendar {year.year}: content does not match its sha256")
        years.append(year)
    return tuple(years)


@cache
def _shipped() -> Calendar:
    text = files("deadlines").joinpath("data/calendar/china.json").read_text(encoding="utf-8")
    return Calendar(verified(json.loads(text)))


def _runs(
    years: Sequence[int], marks: Mapping[date, tuple[YearArrangement, Festival | None]]
) -> Iterator[_Run]:
    stretches: list[list[int]] = []
    for year in years:
        if stretches and stretches[-1][-1] == year - 1:
            stretches[-1].append(year)
        else:
            stretches.append([year])
    for stretch in stretches:
        first, last = date(stretch[0], 1, 1), date(stretch[-1], 12, 31)
        every = [date.fromordinal(n) for n in range(first.toordinal(), last.toordinal() + 1)]
        worked = [marks[day][1] is None if day in marks else day.weekday() < SATURDAY for day in every]
        yield _Run(
            base=first.toordinal() - 1,
            through=list(accumulate(worked, initial=0)),
            days=[day for day, works in zip(every, worked, strict=True) if works],
        )
