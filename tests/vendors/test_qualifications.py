"""What is done with qualifications, and the clocks that it starts."""

from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from core.auth import SYSTEM
from core.errors import InvalidInput, WrongState
from core.permissions import RoleName
from deadlines.models import Deadline, DeadlineState, EventDate
from tests.factories import make_user
from tests.factories.vendors import make_qualification, make_vendor
from vendors import qualifications
from vendors.categories import ServiceCategory
from vendors.certificates import CERTIFICATES, CertificateKind, evidence_for
from vendors.models import QualificationStatus, VendorStatus

C, K, Q = ServiceCategory, CertificateKind, QualificationStatus
DAY = date(2026, 3, 2)


def clocks(session, record):
    """Return the deadlines of a record as (rule, day, state)."""
    found = select(Deadline).where(Deadline.record_id == record.id).order_by(Deadline.rule_id)
    return [(row.rule_id, row.due_on, row.state) for row in session.scalars(found)]


def submit(session, vendor=None, **given):
    """Hand in a CMA certificate, with what a test leaves open."""
    return qualifications.submit(
        session,
        **{
            "by": SYSTEM,
            "on": DAY,
            "vendor": vendor or make_vendor(),
            "category": "testing",
            "certificate": "cma",
            "certificate_number": "示例 241201060000",
            "issued_on": date(2024, 5, 20),
            "expires_on": date(2030, 5, 19),
        }
        | given,
    )


def test_a_certificate_is_numbered_and_kept_where_its_vendor_is(session):
    vendor = make_vendor()

    held = submit(session, vendor, by=make_user(), certificate_number="  示例  241201060000 ")
    session.commit()

    assert (held.number, held.organization_id) == ("ZZ-2026-0001", vendor.organization_id)
    assert held.certificate_number == "示例 241201060000"
    assert held.traits == {"certificate.cma"}


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"expires_on": None}, "expires_on"),
        ({"expires_on": date(2024, 5, 20)}, "expires_on"),
        ({"certificate_number": " "}, "certificate_number"),
        ({"category": "sanitation"}, "certificate"),
        ({"certificate": "eia_filing"}, "certificate"),
    ],
    ids=["no last day", "last day of issue", "no number", "wrong service", "wrong certificate"],
)
def test_wrong_particulars_are_named(session, given, field):
    with pytest.raises(InvalidInput) as refusal:
        submit(session, **given)

    assert list(refusal.value.fields) == [field]


def test_a_filing_needs_no_last_day(session):
    held = submit(session, category="eia", certificate="eia_filing", expires_on=None)

    assert held.expires_on is None


def test_a_certificate_is_handed_in_once(session):
    vendor = make_vendor()
    first = submit(session, vendor)

    with pytest.raises(InvalidInput, match=first.number):
        submit(session, vendor)
    renewed = submit(session, vendor, issued_on=date(2030, 5, 1), expires_on=date(2036, 4, 30))

    assert renewed.certificate_number == first.certificate_number


def test_verifying_starts_the_clocks_of_validity_and_renewal(session):
    held = submit(session, by=make_user())
    librarian = make_user(RoleName.librarian)

    qualifications.verify(session, held, by=librarian, on=DAY, source="示例查询平台")
    session.commit()

    assert clocks(session, held) == [
        ("cma_renewal_3m", date(2030, 2, 19), DeadlineState.open),
        ("cma_validity_6y", date(2030, 5, 20), DeadlineState.open),
    ]
    assert (held.verified_on, held.source) == (DAY, "示例查询平台")


@pytest.mark.parametrize(
    ("certificate", "category", "rules"),
    [
        (
            K.safety_evaluation,
            C.safety_evaluation,
            {"safety_eval_cert_validity_5y", "safety_eval_cert_renewal_3m"},
        ),
        (K.cma, C.testing, {"cma_validity_6y", "cma_renewal_3m"}),
        (K.safety_permit, C.safety, {"safety_permit_validity_3y", "safety_permit_renewal_3m"}),
        (K.pollutant_permit, C.environment, {"pollutant_permit_validity_5y", "pollutant_permit_renewal_60d"}),
        (
            K.hazardous_waste,
            C.hazardous_waste,
            {"hazwaste_permit_validity_5y", "hazwaste_permit_renewal_30wd"},
        ),
        (
            K.hazardous_waste_collection,
            C.hazardous_waste,
            {"hazwaste_collect_permit_validity_3y", "hazwaste_permit_renewal_30wd"},
        ),
        (K.sanitation_permit, C.sanitation, {"sanitation_permit_renewal_30d"}),
        (K.fire_engineer, C.fire, {"fire_engineer_registration_3y", "fire_engineer_registration_renewal_3m"}),
        (K.special_operation, C.safety, {"special_ops_cert_validity_6y"}),
        (K.eia_filing, C.eia, set()),
        (K.other_permit, C.other, {"general_permit_renewal_30d"}),
    ],
    ids=lambda value: str(value) if isinstance(value, K) else "",
)
def test_each_kind_of_certificate_has_its_own_clocks(session, certificate, category, rules):
    last = date(2029, 8, 31) if certificate is not K.eia_filing else None
    held = make_qualification(
        certificate=certificate, category=category, issued_on=date(2026, 9, 1), expires_on=last
    )

    qualifications.verify(session, held, by=SYSTEM, on=DAY, source="示例查询平台")

    assert {rule for rule, _due_on, _state in clocks(session, held)} == rules


def test_the_table_covers_every_kind_of_certificate_and_leaves_no_service_without_evidence():
    assert set(CERTIFICATES) == set(CertificateKind)
    assert [category for category in ServiceCategory if not evidence_for(category)] == []


def test_an_application_for_renewal_meets_the_clock(session):
    held = make_qualification()
    qualifications.verify(session, held, by=SYSTEM, on=DAY, source="示例")

    qualifications.apply_for_renewal(session, held, by=SYSTEM, on=date(2030, 1, 15))

    assert ("cma_renewal_3m", date(2030, 2, 19), DeadlineState.met) in clocks(session, held)


def test_a_verified_renewal_takes_the_place_of_the_old_certificate(session):
    vendor = make_vendor()
    old = make_qualification(vendor)
    qualifications.verify(session, old, by=SYSTEM, on=DAY, source="示例")
    new = submit(session, vendor, issued_on=date(2030, 5, 1), expires_on=date(2036, 4, 30), replaces=old)

    qualifications.verify(session, new, by=SYSTEM, on=date(2030, 5, 6), source="示例")

    assert (old.status, new.status) == (Q.renewed, Q.verified)
    assert {state for _rule, _due_on, state in clocks(session, old)} == {DeadlineState.cancelled}
    assert {state for _rule, _due_on, state in clocks(session, new)} == {DeadlineState.open}


@pytest.mark.parametrize(
    ("on", "is_refused"),
    [(date(2030, 5, 19), True), (date(2030, 5, 20), False)],
    ids=["last day: validity does not roll past a Sunday", "day after"],
)
def test_a_certificate_lapses_when_its_last_day_has_passed(session, on, is_refused):
    held = make_qualification()
    qualifications.verify(session, held, by=SYSTEM, on=DAY, source="示例")

    if is_refused:
        with pytest.raises(WrongState):
            qualifications.lapse(session, held, by=SYSTEM, on=on)
    else:
        qualifications.lapse(session, held, by=SYSTEM, on=on)
        expiry = session.scalars(select(EventDate).where(EventDate.event == "certificate_expiry")).one()
        assert expiry.occurred_on == date(2030, 5, 19)
        assert ("cma_renewal_3m", date(2030, 2, 19), DeadlineState.missed) in clocks(session, held)


def test_withdrawing_a_certificate_stops_its_clocks(session):
    held = make_qualification()
    qualifications.verify(session, held, by=SYSTEM, on=DAY, source="示例")

    qualifications.withdraw(session, held, by=SYSTEM, on=date(2026, 4, 1), reason="示例：证书注销")

    assert {state for _rule, _due_on, state in clocks(session, held)} == {DeadlineState.cancelled}


def test_nothing_of_a_barred_vendor_is_verified(session):
    held = make_qualification(make_vendor(status=VendorStatus.suspended))

    with pytest.raises(WrongState, match="not available"):
        qualifications.verify(session, held, by=SYSTEM, on=DAY, source="示例")


@pytest.mark.parametrize("of", ["another vendor", "itself", "not verified"])
def test_only_a_verified_certificate_of_the_same_vendor_takes_the_place_of_one(session, of):
    held = make_qualification(status=Q.verified)
    successor = {
        "another vendor": lambda: make_qualification(status=Q.verified),
        "itself": lambda: held,
        "not verified": lambda: make_qualification(held.vendor),
    }[of]()

    with pytest.raises(InvalidInput):
        qualifications.renew(session, held, by=SYSTEM, on=DAY, successor=successor)


def test_a_rejected_certificate_is_corrected_and_handed_in_again(session):
    held = make_qualification(status=Q.rejected)

    qualifications.change(session, held, by=SYSTEM, certificate_number="示例 新号")
    qualifications.resubmit(session, held, by=SYSTEM)
    session.commit()

    assert (held.certificate_number, held.status_reason) == ("示例 新号", None)
    assert "示例 新号" in held.title


def test_a_verified_certificate_is_not_changed(session):
    with pytest.raises(WrongState):
        qualifications.change(session, make_qualification(status=Q.verified), by=SYSTEM, issuer="示例")


@pytest.mark.parametrize(
    "broken",
    [
        {"status": Q.verified, "verified_on": None},
        {"status": Q.verified, "source": None},
        {"status": Q.rejected, "status_reason": None},
        {"status": Q.submitted, "status_reason": "示例"},
        {"status": Q.lapsed, "expires_on": None},
        {"expires_on": date(2024, 5, 20)},
    ],
    ids=lambda given: "-".join(map(str, (given.get("status"), *given))),
)
def test_the_database_refuses_a_state_without_the_facts_behind_it(session, broken):
    with pytest.raises(IntegrityError):
        make_qualification(**broken)


@pytest.mark.parametrize(
    ("on", "in_force"),
    [
        (date(2024, 5, 19), False),
        (date(2024, 5, 20), True),
        (date(2030, 5, 19), True),
        (date(2030, 5, 20), False),
    ],
)
def test_a_certificate_is_in_force_from_its_issue_to_its_last_day(session, on, in_force):
    assert make_qualification(status=Q.verified).is_in_force(on) is in_force
    assert make_qualification(status=Q.submitted).is_in_force(on) is False
