"""The agenda: what is owed, how near, for whom."""

from datetime import date, timedelta

import pytest
from sqlalchemy import event as sql_event
from sqlalchemy.orm import Session

from core.auth import SYSTEM
from core.organizations import Scope, limit
from deadlines import queries, services
from deadlines.models import DeadlineState
from deadlines.queries import Bucket
from tests import factories
from tests.factories.alerts import make_deadline
from tests.factories.matters import make_matter

TODAY = date(2026, 9, 30)


@pytest.mark.parametrize(
    ("days", "bucket"),
    [
        (-400, Bucket.overdue),
        (-1, Bucket.overdue),
        (0, Bucket.week),
        (7, Bucket.week),
        (8, Bucket.month),
        (30, Bucket.month),
        (31, Bucket.quarter),
        (90, Bucket.quarter),
        (91, Bucket.later),
    ],
)
def test_a_deadline_falls_into_one_bucket_and_is_counted_there(
    session: Session, days: int, bucket: Bucket
) -> None:
    deadline = make_deadline(TODAY + timedelta(days=days))
    for one in Bucket:
        lines = queries.agenda(session, today=TODAY, bucket=one)
        assert [line.deadline for line in lines] == ([deadline] if one is bucket else [])
        assert all(line.bucket is one for line in lines)
    counts = queries.agenda_counts(session, today=TODAY)
    assert counts == {one: int(one is bucket) for one in Bucket}


def test_provisional_deadlines_wait_in_a_bucket_of_their_own_however_old(session: Session) -> None:
    make_deadline(TODAY - timedelta(days=100), provisional=True)
    counts = queries.agenda_counts(session, today=TODAY)
    assert (counts[Bucket.unpublished], counts[Bucket.overdue]) == (1, 0)
    (line,) = queries.agenda(session, today=TODAY)
    assert (line.bucket, line.working_days_left) == (Bucket.unpublished, None)


def test_paused_deadlines_are_counted_apart_from_what_runs(session: Session) -> None:
    make_deadline(TODAY, state=DeadlineState.paused, next_alert_on=None)
    assert queries.agenda_counts(session, today=TODAY)[Bucket.paused] == 1
    assert queries.agenda(session, today=TODAY) == []
    (line,) = queries.agenda(session, today=TODAY, bucket=Bucket.paused)
    assert line.bucket is Bucket.paused


def test_what_nobody_owes_and_what_is_closed_is_on_no_agenda(session: Session) -> None:
    make_deadline(TODAY, owed=False)
    make_deadline(TODAY, state=DeadlineState.met, met_on=TODAY, closed_on=TODAY, next_alert_on=None)
    assert queries.agenda(session, today=TODAY) == []
    assert set(queries.agenda_counts(session, today=TODAY).values()) == {0}


@pytest.mark.parametrize(
    ("due_on", "left"),
    [
        (date(2026, 9, 30), 0),
        (date(2026, 10, 7), 0),
        (date(2026, 10, 8), 1),
        (date(2026, 10, 10), 3),
        (date(2026, 9, 29), -1),
        (date(2026, 9, 24), -3),
        (date(2027, 3, 1), None),
    ],
)
def test_the_working_days_left_follow_the_calendar(session: Session, due_on: date, left: int | None) -> None:
    make_deadline(due_on)
    (line,) = queries.agenda(session, today=TODAY)
    assert line.working_days_left == left


def test_the_agenda_is_sorted_and_paged_by_key(session: Session) -> None:
    days = [5, 1, 3, 3, 2, 90, -4]
    made = [make_deadline(TODAY + timedelta(days=number)) for number in days]
    expected = sorted(made, key=lambda deadline: (deadline.due_on, deadline.id))

    seen, after = [], None
    while page := queries.agenda(session, today=TODAY, after=after, limit=2):
        seen += [line.deadline for line in page]
        after = page[-1].key

    assert seen == expected


def test_an_agenda_of_one_person_or_of_one_organization_and_those_below(session: Session) -> None:
    zone = factories.make_organization()
    department, other = factories.make_organization(zone), factories.make_organization()
    officer = factories.make_user(organization=department)
    own = make_deadline(TODAY, owner=officer)
    colleagues = make_deadline(TODAY, organization=zone)
    make_deadline(TODAY, organization=other)

    assert [line.deadline for line in queries.agenda(session, today=TODAY, user=officer)] == [own]
    assert {line.deadline for line in queries.agenda(session, today=TODAY, organization=zone)} == {
        own,
        colleagues,
    }
    assert queries.agenda_counts(session, today=TODAY, user=officer)[Bucket.week] == 1
    assert queries.agenda_counts(session, today=TODAY, organization=zone)[Bucket.week] == 2
    assert queries.agenda_counts(session, today=TODAY, organization=other)[Bucket.week] == 1


def test_the_agenda_and_its_counts_keep_to_the_scope(session: Session) -> None:
    ours, theirs = factories.make_organization(), factories.make_organization()
    own = make_deadline(TODAY, organization=ours)
    make_deadline(TODAY, organization=theirs)
    limit(session, Scope(own=frozenset({ours.id})))
    assert [line.deadline for line in queries.agenda(session, today=TODAY)] == [own]
    assert queries.agenda_counts(session, today=TODAY)[Bucket.week] == 1


def test_all_counts_come_from_one_query(session: Session) -> None:
    make_deadline(TODAY)
    statements: list[str] = []
    sql_event.listen(
        session.connection(), "before_cursor_execute", lambda *given: statements.append(given[2])
    )
    queries.agenda_counts(session, today=TODAY)
    assert len(statements) == 1


def test_a_page_costs_the_same_queries_however_many_lines_it_has(session: Session) -> None:
    for number in range(20):
        make_deadline(TODAY + timedelta(days=number))
    session.commit()
    session.expunge_all()
    statements: list[str] = []
    sql_event.listen(
        session.connection(), "before_cursor_execute", lambda *given: statements.append(given[2])
    )
    for line in queries.agenda(session, today=TODAY):
        assert str(line.deadline.record)
    assert len(statements) == 2


def test_a_record_shows_all_its_deadlines_and_dates(session: Session) -> None:
    contract = make_matter("contract.government_procurement")
    services.announce(session, contract, "contract_signed", on=date(2026, 9, 28), by=SYSTEM)
    services.announce(session, contract, "contract_published", on=date(2026, 9, 29), by=SYSTEM)

    lines = queries.for_record(session, contract, today=TODAY)

    assert [line.deadline.due_on for line in lines] == sorted(line.deadline.due_on for line in lines)
    assert {line.deadline.state for line in lines} == {DeadlineState.met, DeadlineState.open}
    assert [row.event for row in queries.dates_of(session, contract)] == [
        "contract_signed",
        "contract_published",
    ]
