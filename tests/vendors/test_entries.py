"""A day of a verified certificate that was entered by mistake: corrected or taken back."""

from datetime import date

import pytest
from sqlalchemy import select

from core.errors import Forbidden, InvalidInput, WrongState
from core.permissions import RoleName
from deadlines import entries
from deadlines.models import Deadline, DeadlineState
from tests.factories import make_organization, make_user
from tests.factories.vendors import make_vendor
from vendors import qualifications
from vendors.kinds import QUALIFICATION
from vendors.models import QualificationStatus

Q = QualificationStatus
DAY = date(2026, 3, 2)
ISSUED, EXPIRES = date(2024, 5, 20), date(2030, 5, 19)


@pytest.fixture
def zone(session):
    return make_organization()


@pytest.fixture
def librarian(zone):
    return make_user(RoleName.librarian, organization=zone)


def submit(session, zone, vendor=None, number="示例 241201060000", issued_on=ISSUED):
    return qualifications.submit(
        session,
        by=make_user(RoleName.officer, organization=zone),
        on=DAY,
        vendor=vendor or make_vendor(zone),
        category="testing",
        certificate="cma",
        certificate_number=number,
        issued_on=issued_on,
        expires_on=EXPIRES,
    )


@pytest.fixture
def held(session, zone, librarian):
    made = submit(session, zone)
    qualifications.verify(session, made, by=librarian, on=DAY, source="示例核验来源")
    session.commit()
    return made


def open_clocks(session, record):
    chosen = (Deadline.record_id == record.id, Deadline.state == DeadlineState.open)
    return {row.rule_id: row.due_on for row in session.scalars(select(Deadline).where(*chosen))}


def correct(session, held, key, to, *, by):
    return entries.correct(session, QUALIFICATION, held, key, by=by, on=DAY, to=to, reason="录错（示例）")


def test_a_misread_last_day_moves_the_renewal_with_it(session, held, librarian):
    before = open_clocks(session, held)

    effects = correct(session, held, "expires_on", date(2029, 5, 19), by=librarian)

    after = open_clocks(session, held)
    assert held.expires_on == date(2029, 5, 19)
    assert {effect.rule_id for effect in effects} == {"cma_renewal_3m"}
    assert (before["cma_renewal_3m"], after["cma_renewal_3m"]) == (date(2030, 2, 19), date(2029, 2, 19))


@pytest.mark.parametrize(("key", "to"), [("expires_on", ISSUED), ("issued_on", EXPIRES)])
def test_a_certificate_does_not_end_before_it_was_issued(session, held, librarian, key, to):
    with pytest.raises(InvalidInput) as refusal:
        correct(session, held, key, to, by=librarian)

    assert list(refusal.value.fields) == ["to"]


def test_a_correction_does_not_make_a_twin(session, zone, held, librarian):
    submit(session, zone, held.vendor, issued_on=date(2024, 5, 21))

    with pytest.raises(InvalidInput, match="kept already"):
        correct(session, held, "issued_on", date(2024, 5, 21), by=librarian)


def test_a_verification_by_mistake_is_taken_back_with_its_clocks(session, held, librarian):
    correct(session, held, "verified_on", None, by=librarian)
    session.commit()

    assert (held.status, held.verified_on, open_clocks(session, held)) == (Q.submitted, None, {})
    assert QUALIFICATION.entries(session, held) == []


def test_an_application_for_renewal_by_mistake_lets_the_clock_run_again(session, zone, held, librarian):
    officer = make_user(RoleName.officer, organization=zone)
    running = open_clocks(session, held)
    qualifications.apply_for_renewal(session, held, by=officer, on=DAY)
    session.commit()
    assert open_clocks(session, held).keys() < running.keys()

    with pytest.raises(WrongState):
        correct(session, held, "verified_on", None, by=librarian)
    correct(session, held, "renewal_application_submitted", None, by=officer)

    assert open_clocks(session, held) == running


def test_whoever_brought_a_certificate_in_does_not_correct_its_verification(session, held):
    with pytest.raises(Forbidden):
        correct(session, held, "expires_on", date(2029, 5, 19), by=held.created_by)
