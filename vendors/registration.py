"""A vendor that registers itself: its particulars, somebody to call, and the first account."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import audit, parties
from core.auth import SYSTEM, User
from core.errors import InvalidInput
from core.i18n import lazy_gettext as _
from core.identity import plain_phone
from core.organizations import Organization, beyond
from core.permissions import RoleName
from deadlines import delivery
from vendors import credit_code, papers, queries, services
from vendors.categories import ServiceCategory
from vendors.models import Vendor, VendorStatus


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
    session: Session,
    place: Organization,
    given: Applicant,
    *,
    digest: str,
    on: date,
    at: datetime,
    is_pending: bool = False,
) -> User:
    """Enter a firm into a register and return its first account; its file is handed in for review.

    While the address of the account is pending, the file waits for the confirmation.
    """
    with beyond(session):
        vendor = _enter(session, place, given, on)
        account = parties.open_account(
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
        account.email_pending = is_pending
        if not is_pending:
            services.submit(session, vendor, by=SYSTEM)
    return account


def _enter(session: Session, place: Organization, given: Applicant, on: date) -> Vendor:
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
    return vendor


def firm_of(session: Session, account: User) -> Vendor:
    """Return the vendor of an account."""
    with beyond(session):
        return session.get_one(Vendor, account.party_id)


def pending(session: Session, account_id: int, address: str | None = None) -> User | None:
    """Return an open account that waits for the confirmation of its address, if it still has this one."""
    with beyond(session):
        account = session.get(User, account_id)
    if account is None or not account.active or not account.email_pending:
        return None
    return account if address in (None, account.email) else None


def confirm(session: Session, account: User) -> Vendor:
    """Enter that the holder of an account reads its mail, and hand in the file that waited for it."""
    vendor = firm_of(session, account)
    with beyond(session):
        account.email_pending = False
        audit.record(session, vendor, "user.confirm_email", by=account, user=account.id)
        if vendor.status is VendorStatus.registered:
            services.submit(session, vendor, by=SYSTEM)
    session.flush()
    return vendor


def write_to_confirm(
    session: Session, account: User, link: str, site: str, *, hours: int, at: datetime
) -> None:
    """Send the link by which the holder of an account confirms its address."""
    subject = _("[%(site)s] Please confirm your e-mail address", site=site)
    body = _(
        "%(name)s: with this address an account for %(firm)s was opened at %(site)s.\n\n"
        "Open this page within %(hours)d hours and confirm the address; the file is handed in for review"
        " then:\n%(link)s\n\n"
        "If it was not you who registered, do nothing: without the confirmation nothing is handed in.",
        name=account.name,
        firm=firm_of(session, account).title,
        site=site,
        hours=hours,
        link=link,
    )
    delivery.write(session, account, str(subject), str(body), at=at)


# says nothing of who has registered it: the page is open to everybody
TAKEN = _(
    "This code is registered already. Ask your firm's administrator for an account, "
    "or the librarian of the zone if nobody has one."
)
