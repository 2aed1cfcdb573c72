"""A vendor that registers itself: its particulars, somebody to call, and the first account."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import parties
from core.auth import SYSTEM
from core.errors import InvalidInput
from core.i18n import lazy_gettext as _
from core.identity import plain_phone
from core.organizations import Organization, beyond
from core.permissions import RoleName
from vendors import credit_code, papers, queries, services
from vendors.categories import ServiceCategory
from vendors.models import Vendor


@dataclass(frozen=True)
class Applicant:
    """What somebody enters who registers a firm."""

    title: str
    credit_code: str
    legal_representative: str
    address: str
    contact: str
    phone: str
    email: str
    category: ServiceCategory | None = None


def registers(session: Session) -> list[Organization]:
    """Return the organizations that keep a register of vendors, in the order of their names."""
    with beyond(session):
        known = select(Organization).where(Organization.kind.in_(queries.KEEPS_A_REGISTER))
        return list(session.scalars(known.order_by(Organization.path)))


def register(
    session: Session, place: Organization, given: Applicant, *, digest: str, on: date, at: datetime
) -> Vendor:
    """Enter a firm into a register with its first account, and hand its file in for review."""
    with beyond(session):
        code = credit_code.check(given.credit_code)
        if queries.vendor_with_code(session, queries.register_of(place), code) is not None:
            raise InvalidInput({"credit_code": TAKEN})
        vendor = services.register(
            session,
            by=SYSTEM,
            on=on,
            organization=place,
            title=given.title,
            credit_code=code,
            legal_representative=given.legal_representative.strip(),
            address=given.address.strip(),
        )
        plain_phone(given.phone)
        person = {"name": given.contact, "phone": given.phone.strip(), "email": given.email.strip()}
        services.add_contact(session, vendor, by=SYSTEM, **person)
        if given.category is not None:
            papers.offer_service(session, vendor, by=SYSTEM, on=on, category=given.category)
        parties.open_account(
            session,
            vendor,
            name=given.contact,
            email=given.email,
            role=RoleName.vendor_admin,
            by=SYSTEM,
            at=at,
            digest=digest,
            note=vendor.number,
        )
        services.submit(session, vendor, by=SYSTEM)
    return vendor


# says nothing of who has registered it: the page is open to everybody
TAKEN = _(
    "This code is registered already. Ask your firm's administrator for an account, "
    "or the librarian of the zone if nobody has one."
)
