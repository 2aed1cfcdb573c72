"""What the gate before a pick, and a place in a library, read off the vendor's file."""

from datetime import date

import pytest

from core.auth import SYSTEM
from core.permissions import RoleName
from tests.factories import make_organization, make_user
from tests.factories.libraries import DAY, make_commission, make_library, make_member
from tests.factories.people import hire
from tests.factories.vendors import make_qualification, make_vendor
from vendors import conflicts, gate, lapses, papers, qualifications, sanctions
from vendors.categories import ServiceCategory
from vendors.certificates import CertificateKind
from vendors.evidence import Credential
from vendors.libraries import MembershipStatus
from vendors.models import VendorStatus

C = ServiceCategory


@pytest.fixture
def zone(session):
    return make_organization()


def codes(session, member, commission, on=DAY):
    """Return the codes of what is in the way."""
    return [refusal["code"] for refusal in gate.refusals(session, member, commission, on=on)]


def test_an_officer_tied_to_an_agency_does_not_get_it_picked(session, zone):
    library = make_library(zone, C.testing)
    member = make_member(library, make_vendor(zone, legal_representative="示例甲"))
    commission = make_commission(library)
    assert "conflict" not in codes(session, member, commission)

    conflicts.declare(session, by=commission.owner, on=DAY, kind="kinship", name="示例甲")

    assert "conflict" in codes(session, member, commission)
    (refusal,) = gate.refusals(session, member, commission, on=DAY)
    assert commission.owner.name in str(gate.words(refusal))


def test_a_suspended_vendor_passes_the_gate_by_an_exception_for_picks_alone(session, zone):
    library = make_library(zone, C.testing)
    member = make_member(library, make_vendor(zone, VendorStatus.debarred))
    commission = make_commission(library)
    decision = {
        "authority": "示例管委会",
        "document_number": "示例〔2026〕1号",
        "reason": "示例",
        "until": DAY,
    }
    sanctions.grant(session, member.vendor, by=SYSTEM, on=DAY, purpose="award", **decision)
    assert "vendor_barred" in codes(session, member, commission)

    sanctions.grant(session, member.vendor, by=SYSTEM, on=DAY, purpose="pick", **decision)

    assert "vendor_barred" not in codes(session, member, commission)


def test_a_fire_service_short_of_people_is_not_picked(session, zone):
    library = make_library(zone, C.fire)
    member = make_member(library, make_vendor(zone))
    commission = make_commission(library)
    assert codes(session, member, commission) == ["conditions"]
    by, checker = (make_user(RoleName.librarian, organization=zone) for _n in range(2))
    papers.note_premises(
        session, member.vendor, by=by, on=DAY, address="示例路 1 号", area=200, evidence="示例租约"
    )
    first, second = Credential.fire_engineer_first, Credential.fire_engineer_second
    middle, basic = Credential.fire_operator_middle, Credential.fire_operator_basic
    for credential in (first, second, middle, middle, basic, basic, basic):
        hire(session, member.vendor, by, checker, credential)
    assert codes(session, member, commission) == ["not_admitted", "conditions"]  # suspended meanwhile

    hire(session, member.vendor, by, checker, basic)

    assert codes(session, member, commission) == []


def test_a_place_in_a_library_suspends_itself_on_the_day_of_a_lapse_and_comes_back_with_the_renewal(
    session, zone
):
    vendor = make_vendor(zone)
    held = make_qualification(vendor, expires_on=date(2026, 10, 4))
    qualifications.verify(session, held, by=SYSTEM, on=DAY, source="示例")
    library = make_library(zone, C.testing, certificates=[CertificateKind.cma])
    member = make_member(library, vendor)
    lapses.settle(session, date(2026, 10, 4))
    assert member.status is MembershipStatus.admitted

    lapses.settle(session, date(2026, 10, 5))
    session.commit()
    assert member.status is MembershipStatus.suspended

    renewed = {"issued_on": date(2026, 10, 8), "expires_on": date(2032, 10, 7), "replaces": held}
    new = make_qualification(vendor, **renewed)
    qualifications.verify(session, new, by=SYSTEM, on=date(2026, 10, 9), source="示例")
    session.commit()

    assert member.status is MembershipStatus.admitted
