"""What ends by itself is noted the same day, and told to whoever rests on it."""

from datetime import date

import pytest

from core import audit
from core.auth import SYSTEM
from core.errors import WrongState
from core.permissions import RoleName
from deadlines.models import DeadlineState
from tests.factories import make_organization, make_user
from tests.factories.people import hire
from tests.factories.vendors import make_qualification, make_vendor
from tests.vendors.test_qualifications import clocks
from vendors import followers, lapses, papers, qualifications
from vendors.evidence import Credential
from vendors.models import QualificationStatus, VendorStatus

Q, V = QualificationStatus, VendorStatus
DAY = date(2026, 3, 2)
LAST = date(2030, 5, 19)  # of the factory's certificate, a Sunday
AFTER = date(2030, 5, 20)


@pytest.fixture
def told(monkeypatch):
    """Who was told, as (vendor, day)."""
    heard = []

    def listen(_session, vendor, *, on):
        heard.append((vendor, on))

    monkeypatch.setattr(followers, "_followers", [listen])
    return heard


@pytest.mark.parametrize(("on", "status"), [(LAST, Q.verified), (AFTER, Q.lapsed)])
def test_a_certificate_lapses_by_itself_the_day_after_its_last(session, told, on, status):
    held = make_qualification()
    qualifications.verify(session, held, by=SYSTEM, on=DAY, source="示例")
    told.clear()

    lapses.settle(session, on)
    session.commit()

    assert held.status is status
    assert ((held.vendor, on) in told) is (status is Q.lapsed)


def test_a_certificate_that_lapsed_is_told_of_once_and_its_clocks_are_missed(session, told):
    held = make_qualification()
    qualifications.verify(session, held, by=SYSTEM, on=DAY, source="示例")

    assert lapses.settle(session, AFTER).lapsed == 1
    session.commit()
    assert lapses.settle(session, AFTER).lapsed == 0

    assert ("cma_renewal_3m", date(2030, 2, 19), DeadlineState.missed) in clocks(session, held)
    assert [event.action for event in audit.history(session, held)].count("qualification.lapse") == 1


@pytest.mark.parametrize("status", [Q.submitted, Q.rejected, Q.renewed, Q.withdrawn])
def test_only_a_verified_certificate_lapses(session, told, status):
    held = make_qualification(status=status)

    lapses.settle(session, AFTER)

    assert held.status is status


@pytest.mark.parametrize(("on", "status"), [(date(2026, 9, 1), V.suspended), (date(2026, 9, 2), V.admitted)])
def test_a_suspension_is_lifted_by_itself_after_its_last_day(session, on, status):
    vendor = make_vendor(status=V.suspended)

    lapses.settle(session, on)
    session.commit()

    assert vendor.status is status
    if status is V.admitted:
        assert "2026-09-01" in audit.history(session, vendor)[0].facts["note"]


def test_a_debarment_does_not_lift_itself(session):
    vendor = make_vendor(status=V.debarred)

    lapses.settle(session, date(2027, 1, 1))

    assert vendor.status is V.debarred


@pytest.mark.parametrize(
    ("on", "is_told"),
    [
        (date(2029, 3, 1), False),
        (date(2029, 3, 2), True),
        (date(2029, 4, 1), True),
        (date(2029, 4, 2), False),  # told for a month, to those who were not there
    ],
)
def test_a_registration_that_ends_is_told_of_though_no_certificate_lapses(session, told, on, is_told):
    zone = make_organization()
    by, checker = (make_user(RoleName.librarian, organization=zone) for _n in range(2))
    vendor = make_vendor(zone)
    papers.offer_service(session, vendor, by=by, on=DAY, category="fire")
    hire(session, vendor, by, checker, Credential.fire_engineer_first)
    hire(session, vendor, by, checker, Credential.fire_engineer_second)
    told.clear()

    lapses.settle(session, on)

    assert ((vendor, on) in told) is is_told


def test_a_verified_renewal_is_told_of_as_well(session, told):
    held = make_qualification()
    qualifications.verify(session, held, by=SYSTEM, on=DAY, source="示例")

    assert (held.vendor, DAY) in told


def test_following_twice_is_told_once(monkeypatch, session):
    monkeypatch.setattr(followers, "_followers", [])
    heard = []

    def listen(_session, vendor, *, on):
        assert on == DAY
        heard.append(vendor)

    followers.follow(followers.follow(listen))
    vendor = make_vendor()
    followers.tell(session, vendor, DAY)

    assert heard == [vendor]


def test_one_record_that_refuses_holds_up_no_other(session, told, monkeypatch, caplog):
    first, second = make_qualification(), make_qualification()
    for held in (first, second):
        qualifications.verify(session, held, by=SYSTEM, on=DAY, source="示例")
    session.commit()
    lapse = qualifications.lapse

    def stubborn(session, held, **given):
        if held is first:
            held.evidence = "示例：半途而废"
            raise WrongState("示例：不肯")
        lapse(session, held, **given)

    monkeypatch.setattr(qualifications, "lapse", stubborn)
    day = lapses.settle(session, AFTER)
    session.commit()

    assert (day.lapsed, day.refused) == (1, 1)
    assert (first.status, second.status) == (Q.verified, Q.lapsed)
    assert first.evidence is None
    assert first.number in caplog.text


def test_the_daily_command_brings_to_an_end_what_has_ended(app, session, told):
    held = make_qualification()
    qualifications.verify(session, held, by=SYSTEM, on=DAY, source="示例")
    vendor = make_vendor(status=V.suspended)
    session.commit()

    done = app.test_cli_runner().invoke(args=["deadlines", "sweep", "--now", "2030-05-20T08:00"])
    session.expire_all()

    assert done.exit_code == 0, done.output
    assert (held.status, vendor.status) == (Q.lapsed, V.admitted)
