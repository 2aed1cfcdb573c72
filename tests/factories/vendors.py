"""Vendors and qualifications for tests."""

from datetime import date
from typing import Any

from sqlalchemy import inspect

from core.organizations import Organization
from tests.factories import add_record, make_organization, serial
from vendors.categories import ServiceCategory
from vendors.certificates import CertificateKind
from vendors.credit_code import check_character, organization_check
from vendors.models import (
    Contact,
    EnterpriseSize,
    Qualification,
    QualificationStatus,
    Vendor,
    VendorStatus,
)

DAY = date(2026, 3, 2)
LATER = date(2026, 9, 1)

# what each state claims, as the database demands it
VENDOR_FACTS: dict[VendorStatus, dict[str, Any]] = {
    VendorStatus.registered: {},
    VendorStatus.under_review: {},
    VendorStatus.returned: {"status_reason": "示例原因"},
    VendorStatus.admitted: {"admitted_on": DAY},
    VendorStatus.suspended: {"admitted_on": DAY, "suspended_until": LATER, "status_reason": "示例原因"},
    VendorStatus.removed: {"removed_on": DAY, "status_reason": "示例原因"},
    VendorStatus.debarred: {"debarred_until": LATER, "status_reason": "示例原因"},
}
VERIFIED = {"verified_on": DAY, "source": "示例核验来源"}
QUALIFICATION_FACTS: dict[QualificationStatus, dict[str, Any]] = {
    QualificationStatus.submitted: {},
    QualificationStatus.verified: VERIFIED,
    QualificationStatus.rejected: {"status_reason": "示例原因"},
    QualificationStatus.lapsed: VERIFIED,
    QualificationStatus.renewed: VERIFIED,
    QualificationStatus.withdrawn: {"status_reason": "示例原因"},
}


def make_code(division: str = "360000") -> str:
    """Make a valid code that no other vendor has."""
    body = f"MA{next(serial):06d}"
    first = f"91{division}{body}{organization_check(body)}"
    return first + check_character(first)


def make_vendor(
    organization: Organization | None = None, status: VendorStatus = VendorStatus.admitted, **given: Any
) -> Vendor:
    """Make a vendor with one contact, an admitted one unless told otherwise."""
    place = organization or make_organization()
    vendor = Vendor(
        **{
            "title": f"示例供应商{next(serial)}",
            "credit_code": make_code(),
            "register_id": place.id,
            "size": EnterpriseSize.small,
            "status": status,
            "contacts": [Contact(name="示例联系人", phone="0796-0000000")],
        }
        | VENDOR_FACTS[status]
        | given
    )
    add_record(vendor, place)
    return vendor


def make_qualification(
    vendor: Vendor | None = None,
    status: QualificationStatus = QualificationStatus.submitted,
    **given: Any,
) -> Qualification:
    """Make a qualification of a vendor, CMA unless told otherwise."""
    holder = vendor or make_vendor()
    number = f"示例证{next(serial)}"
    qualification = Qualification(
        **{
            "title": f"{holder.title} {number}",
            "vendor": holder,
            "status": status,
            "category": ServiceCategory.testing,
            "certificate": CertificateKind.cma,
            "certificate_number": number,
            "issued_on": date(2024, 5, 20),
            "expires_on": date(2030, 5, 19),
        }
        | QUALIFICATION_FACTS[status]
        | given
    )
    add_record(qualification, inspect(holder).session.get(Organization, holder.organization_id))
    return qualification
