"""Libraries, members, commissions and picks for tests."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from core.auth import SYSTEM, User
from core.organizations import Organization
from core.permissions import RoleName
from tests.factories import add_record, current, make_organization, make_user, serial
from tests.factories.vendors import make_qualification, make_vendor
from vendors import commission_requests, commission_services, pick_services
from vendors.categories import ServiceCategory
from vendors.certificates import CertificateKind
from vendors.commissions import Commission
from vendors.libraries import CreditStatus, FeeItem, Library, Membership, MembershipStatus, as_kinds
from vendors.methods import PickMethod
from vendors.models import QualificationStatus, Vendor
from vendors.picks import Pick
from vendors.report_types import ReportType

DAY = date(2026, 3, 2)
NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)
SEED = "5eed" * 16


def make_library(
    organization: Organization | None = None,
    category: ServiceCategory = ServiceCategory.eia,
    fees: dict[ReportType, str] | None = None,
    **given: Any,
) -> Library:
    """Make a library that asks for nothing but membership, unless told otherwise."""
    place = organization or make_organization()
    library = Library(
        **{
            "title": f"示例中介库{next(serial)}",
            "register_id": place.id,
            "category": category,
            "certificates": [],
        }
        | given
    )
    if "certificates" in given:
        library.certificates = as_kinds(given["certificates"])
    library.fees = [
        FeeItem(report_type=task, amount=Decimal(most), effective_from=date(2026, 1, 1), document="示例文件")
        for task, most in (fees or {}).items()
    ]
    add_record(library, place)
    return library


def make_member(library: Library, vendor: Vendor | None = None, **given: Any) -> Membership:
    """Make a member that has just been looked up on the credit platform."""
    place = current().get(Organization, library.organization_id)
    member = Membership(
        **{
            "title": f"示例入库{next(serial)}",
            "library": library,
            "vendor": vendor or make_vendor(place),
            "status": MembershipStatus.admitted,
            "applied_on": DAY - timedelta(days=30),
            "admitted_on": DAY - timedelta(days=10),
            "recheck_due_on": DAY + timedelta(days=355),
            "checks": 1,
            "credit_status": CreditStatus.normal,
            "credit_checked_on": DAY,
            "credit_evidence": "示例：信用平台截图",
        }
        | given
    )
    add_record(member, place)
    return member


def make_filing(vendor: Vendor, **given: Any) -> None:
    """Give a vendor the filing of an EIA unit, which has no last day."""
    make_qualification(
        vendor,
        QualificationStatus.verified,
        **{
            "category": ServiceCategory.eia,
            "certificate": CertificateKind.eia_filing,
            "issued_on": date(2025, 3, 3),
            "expires_on": None,
        }
        | given,
    )


def make_officer(library: Library) -> User:
    """Make an officer of a department below the library's zone."""
    zone = current().get(Organization, library.organization_id)
    return make_user(RoleName.officer, organization=make_organization(zone))


def make_commission(library: Library, by: User | None = None, **given: Any) -> Commission:
    """Request a commission."""
    officer = by or make_officer(library)
    return commission_requests.request(
        current(),
        **{
            "by": officer,
            "on": DAY,
            "organization": officer.organization,
            "title": f"示例：技改项目{next(serial)}",
            "library": library,
            "report_type": ReportType.other_task,
            "client_name": "示例企业",
        }
        | given,
    )


def make_pick(commission: Commission, method: PickMethod = PickMethod.draw, **given: Any) -> Pick:
    """Open a pick whose seed is known."""
    return pick_services.open_pick(
        current(),
        **{"by": SYSTEM, "on": DAY, "commission": commission, "method": method, "at": NOON, "seed": SEED}
        | given,
    )


def make_done(
    library: Library,
    vendor: Vendor,
    *,
    accepted_on: date = DAY,
    delivered_on: date = DAY + timedelta(days=14),
    fee: str = "100.00",
    stars: tuple[int, int, int] | None = None,
    pauses: tuple[tuple[str, date, date], ...] = (),
    by: User | None = None,
) -> Commission:
    """Take a commission from its request to the authority's acceptance, by the services themselves."""
    session = current()
    commission = make_commission(library, by, on=accepted_on)
    commission_requests.assign(session, commission, vendor, by=SYSTEM, on=accepted_on)
    steps: dict[str, Any] = {"by": SYSTEM}
    commission_services.accept(session, commission, on=accepted_on, fee=Decimal(fee), **steps)
    commission_services.begin(session, commission, on=accepted_on, **steps)
    for cause, first, again in pauses:
        commission_services.pause(session, commission, on=first, cause=cause, note="示例", **steps)
        commission_services.resume(session, commission, on=again, **steps)
    commission_services.deliver(session, commission, on=delivered_on, **steps)
    commission_services.accept_by_authority(session, commission, on=delivered_on, **steps)
    if stars:
        enterprise, department, zone = stars
        commission_services.rate(
            session,
            commission,
            on=delivered_on,
            enterprise=enterprise,
            department=department,
            zone=zone,
            **steps,
        )
    return commission
