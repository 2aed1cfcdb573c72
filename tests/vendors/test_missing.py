"""What services demand, and what is missing: pure arithmetic, and the table that is kept of it."""

from datetime import date

import pytest
from sqlalchemy import select

from core.auth import SYSTEM
from core.permissions import RoleName
from deadlines.loading import load_catalogue
from tests.factories import make_organization, make_user
from tests.factories.people import hire
from tests.factories.vendors import make_qualification, make_vendor
from vendors import needs, papers, qualifications, services
from vendors.categories import ServiceCategory
from vendors.certificates import CertificateKind
from vendors.dossier import VendorNeed
from vendors.evidence import (
    FOR_GOOD,
    KNOWN,
    NEVER,
    REQUIREMENTS,
    Credential,
    Held,
    Paper,
    Staffer,
    carried_on,
)
from vendors.evidence import needs as needs_of
from vendors.models import QualificationStatus

C, K, E, Q = ServiceCategory, CertificateKind, Credential, QualificationStatus
DAY = date(2026, 3, 2)
LAST = date(2026, 3, 1)


def staff(*credentials, until=date(2027, 1, 1)):
    return [Staffer(f"p{n}", credential, until) for n, credential in enumerate(credentials)]


def fire(**held):
    """Return until when a fire service meets each condition."""
    return {need.key: need.met_until for need in needs_of(Held(**held), [C.fire], DAY)}


@pytest.mark.parametrize(("area", "is_met"), [(0, False), (199, False), (200, True)])
def test_a_fire_service_needs_premises_of_two_hundred_square_metres(area, is_met):
    assert fire(area=area)["fire_premises"] == (FOR_GOOD if is_met else NEVER)


FIRST, SECOND, MIDDLE, BASIC = (
    E.fire_engineer_first,
    E.fire_engineer_second,
    E.fire_operator_middle,
    E.fire_operator_basic,
)


@pytest.mark.parametrize(
    ("credentials", "is_met"),
    [
        ((), False),
        ((FIRST,), False),
        ((SECOND, SECOND), False),
        ((FIRST, SECOND), True),
        ((FIRST, FIRST), True),
        ((FIRST, MIDDLE), False),
    ],
)
def test_two_engineers_one_of_them_first_class(credentials, is_met):
    assert (fire(staff=staff(*credentials))["fire_engineers"] >= DAY) is is_met


@pytest.mark.parametrize(
    ("middle", "basic", "is_met"), [(2, 3, False), (2, 4, True), (1, 5, False), (6, 0, True), (0, 6, False)]
)
def test_six_operators_two_of_them_of_the_middle_grade(middle, basic, is_met):
    people = staff(*[MIDDLE] * middle, *[BASIC] * basic)

    assert (fire(staff=people)["fire_operators"] >= DAY) is is_met


def test_a_person_with_two_credentials_counts_once_in_a_condition():
    twice = [Staffer("one", FIRST, None), Staffer("one", SECOND, None)]

    assert fire(staff=twice)["fire_engineers"] == NEVER


def test_a_condition_ends_with_the_person_who_leaves_too_few():
    people = [*staff(FIRST, until=date(2026, 8, 1)), Staffer("other", SECOND, date(2026, 6, 1))]
    assert fire(staff=people)["fire_engineers"] == date(2026, 6, 1)

    spare = [*people, Staffer("third", SECOND, date(2026, 12, 1))]
    assert fire(staff=spare)["fire_engineers"] == date(2026, 8, 1)  # then no first-class engineer is left


@pytest.mark.parametrize(
    ("spans", "until"),
    [
        ([], NEVER),
        ([(date(2020, 1, 1), LAST)], LAST),
        ([(date(2020, 1, 1), DAY)], DAY),
        ([(date(2026, 3, 3), date(2030, 1, 1))], NEVER),
        ([(date(2020, 1, 1), DAY), (date(2026, 3, 3), date(2030, 1, 1))], date(2030, 1, 1)),
        ([(date(2020, 1, 1), DAY), (date(2026, 3, 4), date(2030, 1, 1))], DAY),
        ([(date(2020, 1, 1), FOR_GOOD), (date(2026, 3, 4), date(2030, 1, 1))], FOR_GOOD),
    ],
    ids=["none", "over", "last day", "not yet", "renewed without a gap", "a day's gap", "for good"],
)
def test_a_renewal_carries_on_only_without_a_gap(spans, until):
    assert carried_on(spans, DAY) == until


@pytest.mark.parametrize("kind", [K.hazardous_waste, K.hazardous_waste_collection])
def test_either_permit_lets_a_vendor_take_hazardous_waste(kind):
    held = Held(papers=[Paper(kind, date(2024, 1, 1), date(2027, 1, 1))])

    (need,) = needs_of(held, [C.hazardous_waste], DAY)
    assert need.is_met(date(2027, 1, 1))
    assert not need.is_met(date(2027, 1, 2))


def test_a_filing_without_a_last_day_is_in_order_for_good():
    (need,) = needs_of(Held(papers=[Paper(K.eia_filing, date(2024, 1, 1), None)]), [C.eia], DAY)

    assert (need.met_until, str(need.words(DAY))) == (FOR_GOOD, "EIA unit filing: in order.")


def test_every_rule_that_a_requirement_names_stands_in_the_catalogue():
    known = set(load_catalogue().rules)
    named = {rule for each in KNOWN.values() for rule in (each.validity, each.renewal) if rule}

    assert named
    assert named <= known


def test_every_requirement_says_who_grants_it_and_where_it_is_checked():
    assert all(str(each.authority) and str(each.source) for each in KNOWN.values())
    assert {C.testing, C.safety_evaluation, C.eia, C.fire, C.sanitation, C.hazardous_waste} == set(
        REQUIREMENTS
    )


@pytest.fixture
def zone(session):
    return make_organization()


def missing(session, zone, on):
    """Return what is kept as missing in a register on a day."""
    kept = select(VendorNeed).where(VendorNeed.register_id == zone.id, VendorNeed.met_until < on)
    return session.scalars(kept.order_by(VendorNeed.id)).all()


@pytest.mark.parametrize(
    ("on", "words"),
    [
        (date(2030, 5, 19), []),
        (date(2030, 5, 20), ["CMA accreditation: ended on 2030-05-19. Hand in the renewed paper."]),
    ],
)
def test_the_office_and_the_vendor_read_the_same_words(session, zone, on, words):
    vendor = make_vendor(zone)
    make_qualification(vendor, Q.verified)

    assert needs.lines(session, vendor, on) == words


def test_a_service_offered_without_any_paper_is_missing_from_the_first_day(session, zone):
    vendor = make_vendor(zone)
    papers.offer_service(session, vendor, by=SYSTEM, on=DAY, category="sanitation")

    (row,) = missing(session, zone, DAY)
    assert (row.vendor, row.category, row.met_until) == (vendor, C.sanitation, NEVER)
    assert needs.lines(session, vendor, DAY) == [
        "Sanitation service permit: not met by what has been verified."
    ]


def test_verifying_renewing_and_withdrawing_keep_the_table_in_step(session, zone):
    vendor = make_vendor(zone)
    papers.offer_service(session, vendor, by=SYSTEM, on=DAY, category="testing")
    held = make_qualification(vendor)
    qualifications.verify(session, held, by=SYSTEM, on=DAY, source="示例")
    assert missing(session, zone, DAY) == []
    assert needs.lacks(session, vendor.id, C.testing, date(2030, 5, 20)) != []

    qualifications.withdraw(session, held, by=SYSTEM, on=DAY, reason="示例：注销")
    session.commit()

    assert [row.need for row in missing(session, zone, DAY)] == ["cma"]


def test_people_verified_and_leaving_keep_the_table_in_step(session, zone):
    vendor = make_vendor(zone)
    by, checker = (make_user(RoleName.librarian, organization=zone) for _n in range(2))
    papers.offer_service(session, vendor, by=by, on=DAY, category="fire")
    first = hire(session, vendor, by, checker, FIRST)
    hire(session, vendor, by, checker, SECOND)

    def short(on=DAY):
        return {row.need for row in missing(session, zone, on)}

    assert short() == {"fire_premises", "fire_operators"}
    papers.note_premises(session, vendor, by=by, on=DAY, address="示例路 1 号", area=260, evidence="示例租约")
    assert short() == {"fire_operators"}
    papers.release_person(session, vendor, by=by, on=DAY, person=first.id)
    assert short() == {"fire_operators", "fire_engineers"}


def test_a_full_pass_finds_what_came_in_with_a_ledger_and_changes_nothing_twice(session, zone):
    vendor = make_vendor(zone)
    make_qualification(vendor, Q.verified)  # written without the services
    assert needs.refresh_all(session, DAY) >= 1
    (row,) = missing(session, zone, date(2030, 5, 20))
    assert row.met_until == date(2030, 5, 19)

    session.commit()
    needs.refresh_all(session, DAY)

    assert not session.dirty
    assert [each.need for each in missing(session, zone, date(2030, 5, 20))] == ["cma"]


def test_of_a_vendor_that_has_left_nothing_is_demanded(session, zone):
    vendor = make_vendor(zone)
    papers.offer_service(session, vendor, by=SYSTEM, on=DAY, category="testing")
    services.remove(session, vendor, by=SYSTEM, on=DAY, reason="示例：注销")

    needs.refresh_all(session, DAY)

    assert missing(session, zone, DAY) == []


def test_a_renewal_verified_early_leaves_no_gap_before_it_begins(session, zone):
    vendor = make_vendor(zone)
    make_qualification(vendor, Q.renewed)
    renewed = {"issued_on": date(2030, 5, 20), "expires_on": date(2036, 5, 19)}
    make_qualification(vendor, Q.verified, **renewed)

    (need,) = needs.of_vendor(session, vendor, DAY)

    assert need.met_until == date(2036, 5, 19)
