"""The arithmetic of periods: worked examples, a second computation, and laws that always hold."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from deadlines.calendar import Calendar, Festival, YearArrangement
from deadlines.loading import load_catalogue
from deadlines.periods import Computation, compute, compute_chain, earlier, later, strictest
from deadlines.rules import Rule
from deadlines.terms import Bound, Direction, Exclusion, Period, Role, Side, Unit, Why
from tests.deadlines import brute_force

CALENDAR = Calendar.shipped()
CATALOGUE = load_catalogue()
GOLDEN = yaml.safe_load(Path(__file__).with_name("golden.yaml").read_text("utf-8"))
DAY = timedelta(days=1)

anchors = st.dates(date(2009, 1, 1), date(2021, 12, 31))
lengths = st.integers(1, 60)
periods = st.builds(
    Period,
    amount=st.integers(0, 40),
    unit=st.sampled_from(Unit),
    direction=st.sampled_from(Direction),
    bound=st.sampled_from(Bound),
    rolls=st.booleans(),
    side=st.sampled_from(Side),
).map(lambda period: period if period.unit in (Unit.calendar_day, Unit.working_day) else shorter(period))


def shorter(period: Period) -> Period:
    return Period(period.amount % 5, period.unit, period.direction, period.bound, period.rolls, period.side)


@st.composite
def pauses(draw: st.DrawFn, anchor: date) -> Exclusion:
    start = anchor + timedelta(days=draw(st.integers(-60, 60)))
    return Exclusion(start, start + timedelta(days=draw(st.integers(0, 20))))


def working(amount: int, bound: Bound = Bound.max, direction: Direction = Direction.after) -> Period:
    return Period(amount, Unit.working_day, direction, bound)


def days(amount: int, bound: Bound = Bound.max, direction: Direction = Direction.after) -> Period:
    return Period(amount, Unit.calendar_day, direction, bound)


@pytest.mark.parametrize("vector", GOLDEN, ids=lambda vector: f"{vector['rule']}-{vector['anchor']}")
def test_a_worked_example_comes_out(vector: dict[str, Any]) -> None:
    rule = CATALOGUE.rule(vector["rule"])

    result = compute(rule.period, vector["anchor"], CALENDAR)

    expected = {
        "strict_on": vector.get("strict", result.strict_on),
        "rolled_on": vector.get("rolled", result.rolled_on),
        "recommended_on": vector.get("recommended", result.recommended_on),
        "effective_on": vector.get(
            "effective", vector.get("due", vector.get("earliest", result.effective_on))
        ),
        "provisional": vector.get("provisional", False),
        "missing_years": tuple(vector.get("missing", ())),
    }
    assert {name: getattr(result, name) for name in expected} == expected


def test_a_challenge_of_the_result_runs_from_the_end_of_the_notice_period() -> None:
    chain = compute_chain(
        [
            CATALOGUE.rule(rule_id).period
            for rule_id in ("gp_award_notice_period_1wd", "gp_challenge_result_7wd")
        ],
        date(2026, 9, 22),
        CALENDAR,
    )

    assert [link.effective_on for link in chain] == [date(2026, 9, 23), date(2026, 10, 10)]


def brute_effective(rule: Rule, strict: date, rolled: date) -> date:
    judged = rule.obliged.side is not Side.buyer or rule.period.bound is Bound.min
    return rolled if judged and rule.period.direction is Direction.after else strict


@pytest.mark.parametrize("domain", sorted({rule.domain for rule in CATALOGUE.rules.values()}))
def test_every_rule_on_every_day_of_three_years_agrees_with_walking(domain: str) -> None:
    three_years = [date(2024, 1, 1) + timedelta(days=n) for n in range(1096)]

    wrong = [
        (rule.id, anchor)
        for rule in CATALOGUE.rules.values()
        if rule.domain == domain
        for anchor in three_years
        if found(compute(rule.period, anchor, CALENDAR)) != expected(rule, anchor)
    ]

    assert wrong == []


def found(result: Computation) -> tuple[date | None, ...]:
    return result.strict_on, result.rolled_on, result.effective_on


def expected(rule: Rule, anchor: date) -> tuple[date | None, ...]:
    period = rule.period
    shape = (str(period.unit), str(period.direction))
    try:
        strict = brute_force.strict(anchor, period.amount, *shape, str(period.bound))
    except brute_force.NobodyKnows:
        return None, None, None
    try:
        rolled = brute_force.rolled(strict, *shape, period.rolls)
    except brute_force.NobodyKnows:
        judged_strictly = rule.obliged.side is Side.buyer and period.bound is Bound.max
        return strict, None, strict if judged_strictly else None
    return strict, rolled, brute_effective(rule, strict, rolled)


@given(periods, anchors)
def test_any_period_agrees_with_walking(period: Period, anchor: date) -> None:
    strict = brute_force.strict(
        anchor, period.amount, str(period.unit), str(period.direction), str(period.bound)
    )
    rolled = brute_force.rolled(strict, str(period.unit), str(period.direction), period.rolls)

    result = compute(period, anchor, CALENDAR)

    assert (result.strict_on, result.rolled_on) == (strict, rolled)
    assert result.recommended_on is not None


@given(periods, anchors, st.integers(0, 30))
def test_a_later_anchor_never_gives_an_earlier_day(period: Period, anchor: date, delay: int) -> None:
    first = compute(period, anchor, CALENDAR)
    second = compute(period, anchor + timedelta(days=delay), CALENDAR)

    for name in ("strict_on", "rolled_on", "effective_on"):
        assert getattr(first, name) <= getattr(second, name)


@given(anchors, lengths)
def test_a_period_in_working_days_never_ends_on_a_rest_day(anchor: date, amount: int) -> None:
    for bound in Bound:
        result = compute(working(amount, bound), anchor, CALENDAR)
        assert result.effective_on is not None
        assert brute_force.works(result.effective_on)
        before = compute(working(amount, bound, Direction.before), anchor, CALENDAR)
        assert before.recommended_on is not None
        assert brute_force.works(before.recommended_on)


@given(anchors, lengths)
def test_a_rolled_day_is_worked_and_no_worked_day_was_skipped(anchor: date, amount: int) -> None:
    result = compute(days(amount), anchor, CALENDAR)

    assert result.strict_on is not None
    assert result.rolled_on is not None
    assert brute_force.works(result.rolled_on)
    skipped = range(result.strict_on.toordinal(), result.rolled_on.toordinal())
    assert not any(brute_force.works(date.fromordinal(n)) for n in skipped)


@given(anchors, anchors, lengths, st.sampled_from([Unit.working_day, Unit.calendar_day]))
def test_after_and_before_are_inverse(day: date, deadline: date, amount: int, unit: Unit) -> None:
    """A day leaves the period before a deadline exactly when the period after it ends by the deadline."""
    after = compute(Period(amount, unit), day, CALENDAR).strict_on
    before = compute(Period(amount, unit, Direction.before, Bound.min), deadline, CALENDAR).strict_on

    assert after is not None
    assert before is not None
    assert (after <= deadline) == (day <= before)
    back = compute(Period(amount, unit, Direction.before, Bound.min), after, CALENDAR).strict_on
    assert back is not None
    assert CALENDAR.last_working(day) <= back
    assert compute(Period(amount, unit), back, CALENDAR).strict_on == after


@given(st.data(), periods, anchors)
def test_adding_an_exclusion_never_shortens(data: st.DataObject, period: Period, anchor: date) -> None:
    first, second = data.draw(pauses(anchor)), data.draw(pauses(anchor))

    results = [
        compute(period, anchor, CALENDAR, exclusions=exclusions).strict_on
        for exclusions in ([], [first], [first, second])
    ]

    lengths = [abs((result - anchor).days) for result in results if result]
    assert lengths == sorted(lengths)
    assert len(lengths) == 3


@given(st.data(), st.integers(1, 30), anchors, st.sampled_from([Unit.working_day, Unit.calendar_day]))
def test_a_paused_period_agrees_with_walking(
    data: st.DataObject, amount: int, anchor: date, unit: Unit
) -> None:
    gaps = data.draw(st.lists(pauses(anchor), max_size=3))

    def counts(day: date) -> bool:
        paused = any(gap.starts_on <= day <= gap.ends_on for gap in gaps)
        return not paused and (unit is Unit.calendar_day or brute_force.works(day))

    after = compute(Period(amount, unit), anchor, CALENDAR, exclusions=gaps)
    before = compute(Period(amount, unit, Direction.before, Bound.min), anchor, CALENDAR, exclusions=gaps)
    assert after.strict_on == brute_force.counted_days_on(anchor, amount, counts)
    if unit is Unit.working_day:
        assert before.strict_on == brute_force.last_day_that_leaves(anchor, amount, counts)


def test_a_pause_lengthens_months_by_its_days() -> None:
    pause = [Exclusion(date(2026, 4, 1), date(2026, 4, 10))]

    result = compute(Period(1, Unit.month), date(2026, 3, 20), CALENDAR, exclusions=pause)

    assert result.strict_on == date(2026, 4, 30)


def test_a_pause_that_starts_inside_the_extension_lengthens_it_again() -> None:
    pauses = [Exclusion(date(2026, 3, 5), date(2026, 3, 7)), Exclusion(date(2026, 3, 12), date(2026, 3, 12))]

    assert compute(days(10), date(2026, 3, 1), CALENDAR, exclusions=pauses).strict_on == date(2026, 3, 15)


def test_an_exclusion_that_ends_before_it_starts_is_refused() -> None:
    with pytest.raises(ValueError, match="ends before it starts"):
        Exclusion(date(2026, 3, 2), date(2026, 3, 1))


@pytest.mark.parametrize(
    ("side", "bound", "effective"),
    [
        (Side.buyer, Bound.max, date(2026, 10, 1)),
        (Side.vendor, Bound.max, date(2026, 10, 8)),
        (Side.regulator, Bound.max, date(2026, 10, 8)),
        (Side.other, Bound.max, date(2026, 10, 8)),
        (Side.buyer, Bound.min, date(2026, 10, 8)),
        (Side.vendor, Bound.min, date(2026, 10, 8)),
    ],
)
def test_the_office_keeps_the_earlier_day_and_judges_others_by_the_later(
    side: Side, bound: Bound, effective: date
) -> None:
    period = Period(30, Unit.calendar_day, bound=bound, side=side)

    assert compute(period, date(2026, 9, 1), CALENDAR).effective_on == effective


@pytest.mark.parametrize(
    ("direction", "bound", "role"),
    [
        (Direction.after, Bound.max, Role.due),
        (Direction.after, Bound.min, Role.earliest),
        (Direction.before, Bound.min, Role.latest),
        (Direction.before, Bound.max, Role.earliest),
    ],
)
def test_the_role_follows_from_direction_and_bound(direction: Direction, bound: Bound, role: Role) -> None:
    assert Period(5, Unit.calendar_day, direction, bound).role is role


def test_a_duty_of_the_buyer_that_ends_in_an_unpublished_year_is_certain() -> None:
    result = compute(days(30), date(2026, 12, 20), CALENDAR)

    assert (result.strict_on, result.effective_on) == (date(2027, 1, 19), date(2027, 1, 19))
    assert (result.rolled_on, result.recommended_on) == (None, None)
    assert not result.provisional
    assert result.missing_years == (2027,)
    assert result.is_overdue(date(2027, 1, 20))


def test_a_rolled_reading_in_an_unpublished_year_is_provisional_from_its_strict_day() -> None:
    result = compute(days(20, Bound.min), date(2026, 12, 20), CALENDAR)

    assert (result.strict_on, result.effective_on, result.provisional) == (date(2027, 1, 9), None, True)
    assert result.floor_on == date(2027, 1, 9)
    assert result.permits(date(2027, 1, 8)) is False
    assert result.permits(date(2027, 1, 9)) is None


def test_a_provisional_result_is_never_overdue() -> None:
    result = compute(working(2), date(2026, 12, 30), CALENDAR)

    assert result.provisional
    assert result.floor_on == date(2027, 1, 1)
    assert not result.is_overdue(date(2030, 1, 1))
    assert result.permits(date(2030, 1, 1)) is None
    assert result.permits(date(2027, 1, 1)) is True


def test_early_enough_before_a_deadline_in_an_unpublished_year_is_permitted() -> None:
    result = compute(working(3, Bound.min, Direction.before), date(2027, 1, 8), CALENDAR)

    assert result.floor_on == date(2026, 12, 28)
    assert result.permits(date(2026, 12, 28)) is True
    assert result.permits(date(2026, 12, 29)) is None


@given(
    st.dates(date(2026, 10, 1), date(2027, 3, 1)), st.integers(1, 30), st.sampled_from(Direction), st.data()
)
def test_the_floor_is_no_later_than_the_day_turns_out(
    anchor: date, amount: int, direction: Direction, data: st.DataObject
) -> None:
    year = [date(2027, 1, 1) + timedelta(days=n) for n in range(365)]
    off = data.draw(st.sets(st.sampled_from(year), max_size=200))
    worked = tuple(day for day in year if day not in off and day.weekday() >= 5)
    known = CALENDAR.with_years(
        [YearArrangement(2027, tuple((day, Festival.other) for day in sorted(off)), worked)]
    )
    period = working(amount, Bound.min, direction)

    guess = compute(period, anchor, CALENDAR)
    truth = compute(period, anchor, known)

    if guess.provisional:
        assert guess.floor_on is not None
        assert truth.effective_on is not None
        assert guess.floor_on <= truth.effective_on
    else:
        assert guess.effective_on == truth.effective_on


@pytest.mark.parametrize(
    ("period", "day", "permitted"),
    [
        (working(2), date(2026, 10, 9), True),
        (working(2), date(2026, 10, 10), False),
        (working(2, Bound.min), date(2026, 10, 9), True),
        (working(2, Bound.min), date(2026, 10, 8), False),
        (working(2, Bound.min, Direction.before), date(2026, 9, 28), True),
        (working(2, Bound.min, Direction.before), date(2026, 9, 29), False),
        (working(2, Bound.max, Direction.before), date(2026, 9, 28), True),
        (working(2, Bound.max, Direction.before), date(2026, 9, 30), True),
        (working(2, Bound.max, Direction.before), date(2026, 9, 24), False),
        (working(2, Bound.max, Direction.before), date(2026, 10, 1), False),
    ],
)
def test_a_day_is_permitted_on_one_side_of_the_bound(period: Period, day: date, permitted: bool) -> None:
    assert compute(period, date(2026, 9, 30), CALENDAR).permits(day) is permitted


@pytest.mark.parametrize("rule", [rule for rule in CATALOGUE.rules.values() if not rule.period.rolls])
def test_validity_and_retention_are_the_same_day_in_both_readings(rule: Rule) -> None:
    result = compute(rule.period, date(2023, 10, 1), CALENDAR)

    assert result.strict_on == result.rolled_on == result.effective_on


def test_whichever_is_earlier_or_later_governs() -> None:
    near, far = (compute(days(n), date(2026, 3, 2), CALENDAR) for n in (10, 20))

    assert (earlier(far, near), later(far, near)) == (near, far)
    assert strictest(far, near) == near
    short, long = (compute(days(n, Bound.min), date(2026, 3, 2), CALENDAR) for n in (10, 20))
    assert strictest(short, long) == long


def test_a_provisional_day_governs_only_while_it_may_still_come_first() -> None:
    open_one = compute(working(8), date(2026, 12, 28), CALENDAR)
    before = compute(days(3), date(2026, 12, 28), CALENDAR)
    after = compute(days(60), date(2026, 12, 28), CALENDAR)

    assert earlier(open_one, before) == before
    assert earlier(open_one, after) == open_one
    assert later(open_one, before).provisional
    assert later(open_one, after).floor_on == after.effective_on


def test_a_chain_behind_a_provisional_day_is_provisional_with_a_floor() -> None:
    first, second = compute_chain([working(3, Bound.min), working(7)], date(2026, 12, 29), CALENDAR)

    assert first.provisional
    assert second.provisional
    assert first.floor_on == date(2027, 1, 1)
    assert second.floor_on == date(2027, 1, 8)
    assert second.missing_years == (2027,)
    assert [day.why for day in second.days][-1] is Why.unpublished


def counted(result: Computation) -> Iterator[date]:
    return (day.on for day in result.days if day.counted)


@given(periods, anchors)
def test_the_explanation_counts_exactly_the_period(period: Period, anchor: date) -> None:
    result = compute(period, anchor, CALENDAR)
    found_days = list(counted(result))

    assert len(found_days) == period.amount
    assert [day.on for day in result.days] == sorted({day.on for day in result.days})
    assert [day.on for day in result.days if day.why is Why.start] == [
        result.strict_on if result.role is Role.latest else anchor
    ]


def test_every_day_says_why_it_counts_or_not() -> None:
    pause = [Exclusion(date(2026, 9, 21), date(2026, 9, 21), "inspection")]
    result = compute(working(5), date(2026, 9, 18), CALENDAR, exclusions=pause)

    assert [(day.on.day, day.counted, day.why) for day in result.days] == [
        (18, False, Why.start),
        (19, False, Why.weekend),
        (20, True, Why.make_up),
        (21, False, Why.excluded),
        (22, True, Why.working),
        (23, True, Why.working),
        (24, True, Why.working),
        (25, False, Why.holiday),
        (26, False, Why.holiday),
        (27, False, Why.holiday),
        (28, True, Why.working),
    ]


def test_the_days_by_which_a_period_rolls_are_shown() -> None:
    result = compute(days(2), date(2026, 9, 29), CALENDAR)

    assert [(day.on.day, day.why) for day in result.days if not day.counted] == [
        (29, Why.start),
        *((day, Why.rolled) for day in range(2, 9)),
    ]


def test_months_are_explained_by_the_day_that_closes_each() -> None:
    result = compute(Period(3, Unit.month), date(2025, 11, 30), CALENDAR)

    assert [(day.on, day.why) for day in result.days if day.counted] == [
        (date(2025, 12, 30), Why.month),
        (date(2026, 1, 30), Why.month),
        (date(2026, 2, 28), Why.month_end),
    ]
