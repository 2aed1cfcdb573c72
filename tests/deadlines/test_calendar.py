"""The working calendar against chinesecalendar, and its behaviour where nobody knows."""

import json
from datetime import date, timedelta
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deadlines.calendar import (
    Calendar,
    DamagedCalendar,
    DayKind,
    Festival,
    UnpublishedYear,
    YearArrangement,
    as_document,
    from_document,
    verified,
)
from tests.deadlines.brute_force import works

CALENDAR = Calendar.shipped()
DAYS = st.dates(date(2004, 1, 1), date(2026, 12, 31))


def every_day(first: date, last: date) -> list[date]:
    return [date.fromordinal(n) for n in range(first.toordinal(), last.toordinal() + 1)]


def year_2027(**changes: object) -> YearArrangement:
    content = {
        "year": 2027,
        "holidays": ((date(2027, 1, 1), Festival.new_year),),
        "make_up": (date(2027, 1, 3),),
    }
    return YearArrangement(**(content | changes))


def test_every_day_from_2004_to_2026_agrees_with_chinesecalendar() -> None:
    days = every_day(date(2004, 1, 1), date(2026, 12, 31))

    assert [day for day in days if CALENDAR.is_working(day) != works(day)] == []
    assert [
        day for day in days if (CALENDAR.kind(day) in (DayKind.working, DayKind.make_up)) != works(day)
    ] == []


def test_2026_has_248_working_days() -> None:
    assert CALENDAR.count_working(date(2025, 12, 31), date(2026, 12, 31)) == 248


@pytest.mark.parametrize(
    ("day", "kind", "festival"),
    [
        (date(2026, 9, 18), DayKind.working, None),
        (date(2026, 9, 19), DayKind.weekend, None),
        (date(2026, 9, 20), DayKind.make_up, None),
        (date(2026, 9, 25), DayKind.holiday, Festival.mid_autumn),
        (date(2026, 10, 1), DayKind.holiday, Festival.national_day),
        (date(2007, 12, 29), DayKind.make_up, None),
        (date(2007, 12, 31), DayKind.holiday, Festival.new_year),
        (date(2015, 9, 3), DayKind.holiday, Festival.victory_day),
        (date(2027, 1, 1), DayKind.unknown, None),
        (date(2003, 12, 31), DayKind.unknown, None),
    ],
)
def test_a_day_is_classified_with_its_festival(day: date, kind: DayKind, festival: Festival | None) -> None:
    assert (CALENDAR.kind(day), CALENDAR.day(day).festival) == (kind, festival)


def test_every_shipped_year_names_the_notice_it_comes_from() -> None:
    assert CALENDAR.years == tuple(range(2004, 2027))
    for number in CALENDAR.years:
        year = CALENDAR.year(number)
        assert year is not None
        assert all(str(number) in year.notices[0].title and notice.number for notice in year.notices)


def test_a_day_of_december_moved_by_the_next_notice_names_that_notice() -> None:
    notice = CALENDAR.day(date(2007, 12, 31)).notice

    assert notice is not None
    assert "2008" in notice.title


def test_an_edited_calendar_file_is_refused() -> None:
    documents = json.loads(files("deadlines").joinpath("data/calendar/china.json").read_text("utf-8"))
    documents[-1]["make_up"].pop()

    with pytest.raises(DamagedCalendar, match="2026"):
        verified(documents)


def test_a_year_survives_being_written_and_read() -> None:
    for year in CALENDAR.arrangements:
        assert from_document(as_document(year)) == year


@pytest.mark.parametrize(
    ("start", "n", "expected"),
    [
        (date(2026, 9, 30), 2, date(2026, 10, 9)),
        (date(2026, 9, 18), 1, date(2026, 9, 20)),
        (date(2026, 10, 3), 1, date(2026, 10, 8)),
        (date(2026, 10, 3), 0, date(2026, 10, 3)),
        (date(2026, 10, 8), -1, date(2026, 9, 30)),
        (date(2026, 10, 3), -1, date(2026, 9, 30)),
        (date(2026, 12, 30), 1, date(2026, 12, 31)),
        (date(2003, 12, 31), 1, date(2004, 1, 2)),
        (date(2027, 1, 1), -1, date(2026, 12, 31)),
    ],
)
def test_the_starting_day_is_not_counted(start: date, n: int, expected: date) -> None:
    assert CALENDAR.add_working(start, n) == expected


@pytest.mark.parametrize(
    ("start", "n", "missing"),
    [(date(2026, 12, 30), 2, 2027), (date(2027, 3, 1), 1, 2027), (date(2004, 1, 2), -1, 2003)],
)
def test_working_days_of_an_unpublished_year_are_never_guessed(start: date, n: int, missing: int) -> None:
    with pytest.raises(UnpublishedYear) as refusal:
        CALENDAR.add_working(start, n)

    assert refusal.value.years == (missing,)


def test_asking_whether_an_unpublished_day_is_worked_is_refused() -> None:
    with pytest.raises(UnpublishedYear, match="2027"):
        CALENDAR.is_working(date(2027, 1, 4))


def test_counting_across_an_unpublished_year_names_it() -> None:
    with pytest.raises(UnpublishedYear) as refusal:
        CALENDAR.count_working(date(2026, 12, 1), date(2028, 2, 1))

    assert refusal.value.years == (2027, 2028)


def test_a_year_can_be_added_and_moves_days_of_the_december_before() -> None:
    moved = (date(2026, 12, 31), Festival.new_year)
    calendar = CALENDAR.with_years([year_2027(holidays=(moved, (date(2027, 1, 1), Festival.new_year)))])

    assert calendar.published(2027)
    assert calendar.add_working(date(2026, 12, 30), 1) == date(2027, 1, 3)
    assert CALENDAR.is_working(date(2026, 12, 31))


def test_a_corrected_year_replaces_the_shipped_one() -> None:
    year = CALENDAR.year(2026)
    assert year is not None
    calendar = CALENDAR.with_years([YearArrangement(2026, year.holidays, year.make_up[:-1])])

    assert not calendar.is_working(date(2026, 10, 10))
    assert calendar.years == CALENDAR.years


def test_a_year_that_is_only_prepared_stays_unknown() -> None:
    calendar = CALENDAR.with_years([year_2027(published=False)])

    assert calendar.years[-1] == 2027
    assert calendar.kind(date(2027, 1, 3)) is DayKind.unknown


def test_years_on_both_sides_of_a_gap_are_usable() -> None:
    calendar = CALENDAR.with_years([YearArrangement(2028, ((date(2028, 1, 1), Festival.new_year),), ())])

    assert calendar.is_working(date(2028, 1, 3))
    assert calendar.count_working(date(2027, 12, 31), date(2028, 1, 9)) == 5
    assert calendar.add_working(date(2028, 1, 1), 1) == date(2028, 1, 3)
    with pytest.raises(UnpublishedYear):
        calendar.add_working(date(2028, 1, 3), -2)


def test_calendars_are_values() -> None:
    assert CALENDAR.with_years([]) == CALENDAR
    assert CALENDAR.with_years([year_2027()]) != CALENDAR
    with pytest.raises(AttributeError):
        CALENDAR.arrangements = ()  # type: ignore[misc]


@given(DAYS, DAYS)
def test_counting_agrees_with_walking(a: date, b: date) -> None:
    start, end = sorted((a, b))
    walked = sum(map(works, every_day(start + timedelta(days=1), end))) if start < end else 0

    assert CALENDAR.count_working(start, end) == walked
    assert CALENDAR.count_working(end, start) == -walked


@given(st.lists(st.tuples(DAYS, DAYS), max_size=20))
def test_counting_many_is_counting_each(pairs: list[tuple[date, date]]) -> None:
    starts, ends = [pair[0] for pair in pairs], [pair[1] for pair in pairs]

    assert CALENDAR.count_working_many(starts, ends) == [CALENDAR.count_working(*pair) for pair in pairs]


def test_counting_many_refuses_what_counting_one_refuses() -> None:
    for start in (date(2003, 6, 1), date(2027, 1, 5)):
        with pytest.raises(UnpublishedYear):
            CALENDAR.count_working_many(
                [date(2026, 1, 1), start], [date(2026, 2, 1), start + timedelta(days=9)]
            )


@given(DAYS, DAYS)
def test_the_prefix_table_counts_for_array_programs(a: date, b: date) -> None:
    base, table = CALENDAR.prefix_table()

    assert table[b.toordinal() - base] - table[a.toordinal() - base] == CALENDAR.count_working(a, b)


@given(st.dates(date(2004, 2, 1), date(2026, 10, 1)), st.integers(1, 40))
def test_adding_and_taking_back_working_days_are_inverse(day: date, n: int) -> None:
    worked = CALENDAR.last_working(day)

    assert CALENDAR.add_working(CALENDAR.add_working(worked, n), -n) == worked
    assert CALENDAR.is_working(CALENDAR.add_working(day, n))
