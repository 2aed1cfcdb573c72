"""The demonstration zone shows every lamp, whatever day it is loaded on."""

from datetime import date

import pytest
from sqlalchemy import select

from core import trail
from core.auth import User
from core.permissions import RoleName
from core.records import Record
from deadlines.models import Deadline
from deadlines.views.lamps import lamp
from demo.loading import load
from portal import queries
from vendors import standings
from vendors.categories import ServiceCategory
from vendors.commissions import CommissionStatus
from vendors.libraries import Library, MembershipStatus

STAGES = {
    CommissionStatus.requested,
    CommissionStatus.working,
    CommissionStatus.paused,
    CommissionStatus.rated,
}
PLACES = {MembershipStatus.publicised, MembershipStatus.admitted}
LAMPS = {"late", "soon", "ok", "paused", "unknown"}


@pytest.mark.parametrize("today", [date(2026, 11, 23), date(2026, 10, 8), date(2026, 3, 2)])
def test_every_lamp_but_the_calendars_is_lit_on_any_day(app, session, today):
    with app.test_request_context():
        load(session, today)
        lit = {lamp(deadline, today).state for deadline in session.scalars(select(Deadline)) if deadline.owed}

    assert lit >= LAMPS - {"unknown"}


def test_late_in_the_year_a_date_waits_for_the_next_calendar(app, session):
    with app.test_request_context():
        load(session, date(2026, 11, 23))
        lit = {lamp(deadline, date(2026, 11, 23)).state for deadline in session.scalars(select(Deadline))}

    assert lit >= LAMPS


def test_every_record_says_that_it_is_a_sample(app, session):
    with app.test_request_context():
        load(session, date(2026, 11, 23))

    records = session.scalars(select(Record)).all()
    assert records
    assert all(record.is_sample and "示例" in record.title for record in records)


def test_there_is_one_account_at_least_for_every_role_of_the_office(app, session):
    with app.test_request_context():
        load(session, date(2026, 11, 23))

    people = session.scalars(select(User)).all()
    assert all(person.is_demo for person in people)
    roles = {role.name for person in people for role in person.roles}
    assert roles == set(RoleName) - {RoleName.vendor, RoleName.enterprise}


def test_the_trail_of_the_samples_verifies(app, session):
    with app.test_request_context():
        load(session, date(2026, 11, 23))
    session.commit()

    assert trail.verify(session).problems == []


def test_each_part_of_the_vendors_own_pages_and_the_ranking_have_something_to_show(app, session):
    today = date(2026, 3, 2)
    with app.test_request_context():
        vendor = load(session, today).vendors["testing"]
        given = queries.commissions(session, vendor)
        places = {each.status for each in queries.memberships(session, vendor)}
        signed = queries.contracts(session, vendor)
        owed = queries.duties(session, vendor, today)

    assert {each.status for each in given} >= STAGES
    assert places >= PLACES
    assert owed
    lines = [line for contract in signed for line in contract.lines]
    assert any(line.paid_on for line in lines)
    assert any(line.requested_on and not line.paid_on for line in lines)
    assert any(line.delivered_on is None for line in lines)

    library = session.scalars(select(Library).where(Library.category == ServiceCategory.eia)).one()
    assert [line.days.n for line in standings.top(session, library, limit=None)] == [6, 5]
    assert [line.days.n for line in standings.unranked(session, library)] == [2]
