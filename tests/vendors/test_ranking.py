"""The ranking: exact figures, fair to few cases, and a summary that equals the commissions."""

import random
from datetime import date, timedelta
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deadlines.calendar import Calendar
from tests.factories.libraries import DAY, make_done, make_library
from tests.factories.vendors import make_vendor
from vendors import ranking, standings
from vendors.ranking import Sample, Spread
from vendors.report_types import ReportType

CALENDAR = Calendar.shipped()
MONDAY = date(2026, 3, 2)


@pytest.mark.parametrize(
    ("begun", "done", "gaps", "days"),
    [
        (MONDAY, MONDAY, [], 0),
        (MONDAY, date(2026, 3, 3), [], 1),
        (MONDAY, date(2026, 3, 9), [], 5),
        (MONDAY, date(2026, 3, 9), [(date(2026, 3, 4), date(2026, 3, 4))], 4),
        (MONDAY, date(2026, 3, 9), [(date(2026, 3, 7), date(2026, 3, 8))], 5),  # a weekend costs nothing
        (MONDAY, date(2026, 3, 9), [(MONDAY, date(2026, 3, 3)), (date(2026, 3, 9), date(2026, 3, 9))], 3),
        (MONDAY, date(2026, 3, 9), [(date(2026, 3, 3), date(2026, 3, 9))], 0),
        # 2026: the first week of October is off, Saturday 10 October makes up for it
        (date(2026, 9, 30), date(2026, 10, 12), [], 4),
    ],
)
def test_handling_is_counted_in_working_days_outside_the_excused_gaps(begun, done, gaps, days):
    assert ranking.handling_days(CALENDAR, begun, done, gaps) == days


DAYS_OF_2026 = st.dates(date(2026, 1, 5), date(2026, 10, 30))
GAPS = st.lists(
    st.tuples(DAYS_OF_2026, st.integers(0, 20)).map(lambda gap: (gap[0], gap[0] + timedelta(gap[1]))),
    max_size=5,
)


@given(DAYS_OF_2026, st.integers(0, 60), GAPS, DAYS_OF_2026, st.integers(0, 20))
def test_a_pause_for_others_never_makes_an_agency_slower(begun, length, gaps, start, more):
    done = begun + timedelta(days=length)
    before = ranking.handling_days(CALENDAR, begun, done, gaps)
    after = ranking.handling_days(CALENDAR, begun, done, [*gaps, (start, start + timedelta(days=more))])

    assert 0 <= after <= before


HISTOGRAMS = st.dictionaries(st.integers(0, 90), st.integers(1, 9), min_size=1, max_size=8)


@given(st.lists(HISTOGRAMS, min_size=2, max_size=6), st.data())
def test_a_shorter_handling_never_worsens_a_rank(histograms, data):
    least, weight = 3, 5
    place = data.draw(st.integers(0, len(histograms) - 1))
    longest = max(histograms[place])
    shorter = data.draw(st.integers(0, longest))
    improved = [dict(counts) for counts in histograms]
    improved[place][longest] -= 1
    improved[place][shorter] = improved[place].get(shorter, 0) + 1
    improved[place] = {value: count for value, count in improved[place].items() if count}
    usual = Spread(100, 40)  # the category's median, held still: it moves the others as well

    before, after = (ranks(counts, usual, least, weight)[place] for counts in (histograms, improved))
    assert (before is None) == (after is None)
    assert after is None or after <= before


def ranks(histograms, usual, least, weight):
    """Return the rank of each histogram, in their order."""
    lines = [ranking.standing(place, Sample(days=dict(counts))) for place, counts in enumerate(histograms)]
    ordered = ranking.ranked(lines, usual, least=least, weight=weight)
    return {line.vendor_id: line.rank for line in ordered}


@given(HISTOGRAMS)
def test_the_spread_of_a_histogram_is_that_of_its_values(counts):
    values = sorted(value for value, count in counts.items() for _ in range(count))
    found = ranking.spread(counts)

    assert found.n == len(values)
    assert found.median == median(values)
    assert found.lower == values[-(-len(values) // 4) - 1]
    assert found.upper == values[-(-3 * len(values) // 4) - 1]


@pytest.mark.parametrize(
    ("n", "twice_median", "weight", "score"),
    [(5, 20, 5, 15.0), (0, 0, 5, 20.0), (95, 20, 5, 10.5), (5, 20, 0, 10.0), (0, 0, 0, 0.0)],
)
def test_few_cases_are_drawn_to_the_median_of_the_category(n, twice_median, weight, score):
    assert ranking.shrunk(n, twice_median, 40, weight) == score


@pytest.mark.parametrize(
    ("agreed", "listed", "index"),
    [(5000, 10000, 500), (10000, 10000, 1000), (1, 3, 333), (2, 3, 667), (1, 2000, 1)],
)
def test_a_fee_is_measured_against_the_published_one(agreed, listed, index):
    assert ranking.fee_index(agreed, listed) == index


@pytest.mark.parametrize(
    ("given", "weights", "hundredths"),
    [
        ((5, 5, 5), (5, 3, 2), 500),
        ((5, 3, 1), (5, 3, 2), 360),
        ((4, 4, 3), (1, 1, 1), 367),
        ((1, 5, 5), (1, 0, 0), 100),
    ],
)
def test_stars_are_weighted_enterprise_department_zone(given, weights, hundredths):
    assert ranking.stars(*given, weights) == hundredths


def test_no_rank_is_given_below_the_number_of_cases_that_a_library_asks_for():
    lines = [
        ranking.standing(1, Sample(days={10: 4})),
        ranking.standing(2, Sample(days={30: 5})),
        ranking.standing(3, Sample(days={20: 5})),
    ]
    ordered = ranking.ranked(lines, Spread(14, 40), least=5, weight=5)

    assert [(line.vendor_id, line.rank) for line in ordered] == [(3, 1), (2, 2), (1, None)]


def test_the_summary_follows_every_acceptance_and_rating_and_equals_a_recomputation(session):
    library = make_library(fees={ReportType.other_task: "200.00"}, ranking_minimum=5)
    agencies = [make_vendor(library.organization) for _ in range(4)]
    chance = random.Random(9)
    for number in range(24):
        begun = DAY + timedelta(days=chance.randrange(60))
        done = begun + timedelta(days=chance.randrange(1, 40))
        pauses = (("owner", begun, begun + timedelta(days=1)),) if number % 5 == 0 else ()
        make_done(
            library,
            agencies[(number >= 9) + (number >= 17) + (number >= 22)],
            accepted_on=begun,
            delivered_on=done,
            fee=f"{chance.randrange(100, 20000) / 100:.2f}",
            stars=(chance.randint(1, 5), 3, 4) if number % 2 else None,
            pauses=pauses,
        )
        session.commit()

    for by in (standings.DAYS, standings.FEES):
        summary = [*standings.top(session, library, by=by), *standings.unranked(session, library, by=by)]
        assert summary[:4] == standings.recomputed(session, library, by=by)
    kept = {
        table: session.execute(table.select()).all()
        for table in (standings.LINES, standings.COUNTS, standings.TOTALS)
    }
    assert standings.rebuild(session) == 4
    for table, rows in kept.items():
        assert sorted(session.execute(table.select()).all()) == sorted(rows)


def test_a_period_is_ranked_from_its_own_commissions(session):
    library = make_library(ranking_minimum=1)
    early, late = make_vendor(library.organization), make_vendor(library.organization)
    make_done(library, early)
    make_done(library, late, accepted_on=date(2026, 6, 1), delivered_on=date(2026, 6, 5))

    found = standings.recomputed(session, library, since=date(2026, 6, 1), until=date(2026, 6, 30))
    assert [(line.vendor_id, line.rank, line.first_on) for line in found] == [(late.id, 1, date(2026, 6, 5))]
