"""What is done with vendors: registered, reviewed, admitted, suspended, removed, debarred."""

from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from core import audit, numbering
from core.auth import By, User
from core.errors import InvalidInput, WrongState
from core.i18n import lazy_gettext as _
from core.organizations import Organization, beyond
from core.permissions import Permission, authorize, authorize_for
from core.records import ReviewStatus, check_version
from vendors import credit_code as codes
from vendors import queries, rules
from vendors.models import VENDOR_STATUS_LABELS, Contact, EnterpriseSize, Vendor, VendorStatus
from vendors.workflow import VENDOR

PREFIX = "GYS"
# who it is, as against where it is found: after admission only the librarian may correct it
IDENTITY = frozenset({"title", "credit_code"})


def register(
    session: Session,
    *,
    by: By,
    on: date,
    organization: Organization,
    title: str,
    credit_code: str | None = None,
    contact: str | None = None,
    phone: str | None = None,
    **particulars: Any,
) -> Vendor:
    """Enter a vendor into the register of the zone or county that the organization belongs to."""
    authorize(by, Permission.vendor_edit)
    register_ = queries.register_of(organization)
    # Taking the number locks the series, so that two registrations of one code cannot pass each other.
    number = numbering.next_number(session, PREFIX, register_.id, on.year)
    vendor = Vendor(
        number=number,
        organization=register_,
        register_id=register_.id,
        title=_name(title),
        credit_code=_own_code(session, register_, credit_code),
        status=VendorStatus.registered,
        owner_id=by.id,
        created_by_id=by.id,
        **_particulars(particulars),
    )
    audit.record(session, vendor, "created", by=by)
    if contact:
        vendor.contacts.append(_contact(vendor, contact, phone=phone))
    session.add(vendor)
    session.flush()
    return vendor


def require_open(vendor: Vendor) -> None:
    """Raise WrongState while somebody is reviewing a vendor, or once it has left the register."""
    if vendor.status not in rules.OPEN_TO_CHANGE:
        raise WrongState(
            _("Nothing can be changed while the vendor is: %(state)s.")
            % {"state": VENDOR_STATUS_LABELS[vendor.status]}
        )


def change(
    session: Session,
    vendor: Vendor,
    *,
    by: By,
    on: date | None = None,
    version: int | None = None,
    **particulars: Any,
) -> None:
    """Correct a vendor's own data, unless somebody is reviewing it or it has left the register."""
    authorize_for(by, Permission.vendor_edit, vendor.party_id, own=Permission.portal_edit)
    check_version(vendor, version, particulars)
    require_open(vendor)
    if by.party_id is not None and vendor.status not in rules.DRAFTS:
        raise WrongState(_("You can correct this until your file is handed in, and when it is returned."))
    given = dict(particulars)
    if "title" in given:
        given["title"] = _name(given["title"])
    if "credit_code" in given:
        given["credit_code"] = _own_code(session, vendor.organization, given["credit_code"], vendor, by)
    moved = {name for name, value in given.items() if getattr(vendor, name) != value}
    if moved & IDENTITY and vendor.status not in rules.DRAFTS:
        authorize(by, Permission.vendor_admit)
    audit.record(session, vendor, "vendor.change", by=by)
    identity = {name: given.pop(name) for name in IDENTITY & given.keys()}
    for name, value in (identity | _particulars(given)).items():
        setattr(vendor, name, value)
    session.flush()


def add_contact(
    session: Session,
    vendor: Vendor,
    *,
    by: By,
    name: str,
    position: str | None = None,
    phone: str | None = None,
    email: str | None = None,
) -> None:
    """Add a person to call."""
    VENDOR.check(session, "add_contact", vendor, by=by)
    added = _contact(vendor, name, position=position, phone=phone, email=email)
    VENDOR.apply(session, "add_contact", vendor, by=by, note=added.name)
    vendor.contacts.append(added)
    session.flush()


def remove_contact(session: Session, vendor: Vendor, *, by: By, name: str) -> None:
    """Remove a person to call, by name."""
    VENDOR.check(session, "remove_contact", vendor, by=by)
    leaving = next((contact for contact in vendor.contacts if contact.name == name.strip()), None)
    if leaving is None:
        raise InvalidInput({"name": _("The vendor has no contact of this name.")})
    VENDOR.apply(session, "remove_contact", vendor, by=by, note=leaving.name)
    vendor.contacts.remove(leaving)
    session.flush()


def require_confirmed(by: By) -> None:
    """Raise WrongState for somebody from outside whose address for mail is not confirmed yet."""
    if isinstance(by, User) and by.party_id is not None and by.email_pending:
        raise WrongState(_("Confirm your e-mail address first: open the link that was sent to it."))


def submit(session: Session, vendor: Vendor, *, by: By) -> None:
    """Hand the vendor's file in for review; without anybody to call it is not complete."""
    VENDOR.check(session, "submit", vendor, by=by)
    require_confirmed(by)
    if not vendor.contacts:
        raise WrongState(_("Add a contact first: nobody could be asked about this file."))
    VENDOR.apply(session, "submit", vendor, by=by)
    vendor.review = ReviewStatus.submitted
    vendor.status_reason = None
    session.flush()


def send_back(session: Session, vendor: Vendor, *, by: By, reason: str) -> None:
    """Return the file for correction, saying what is wrong."""
    given = rules.require_reason(reason)
    VENDOR.apply(session, "send_back", vendor, by=by, note=given)
    vendor.review = ReviewStatus.returned
    vendor.status_reason = given
    session.flush()


def admit(session: Session, vendor: Vendor, *, by: By, on: date) -> None:
    """Admit the vendor to the register."""
    VENDOR.apply(session, "admit", vendor, by=by)
    vendor.review = ReviewStatus.approved
    vendor.admitted_on = on
    session.flush()


def suspend(
    session: Session,
    vendor: Vendor,
    *,
    by: By,
    on: date,
    until: date,
    reason: str,
    authority: str | None = None,
    document_number: str | None = None,
) -> None:
    """Suspend the vendor until a day; the decision names its authority and the number of its paper."""
    given = rules.require_reason(reason, authority=authority, document_number=document_number)
    rules.require_later(until, on)
    VENDOR.apply(session, "suspend", vendor, by=by, note=given)
    vendor.suspended_until = until
    vendor.status_reason = given
    session.flush()


def reinstate(session: Session, vendor: Vendor, *, by: By, reason: str) -> None:
    """Lift a suspension."""
    VENDOR.apply(session, "reinstate", vendor, by=by, note=rules.require_reason(reason))
    vendor.suspended_until = None
    vendor.status_reason = None
    session.flush()


def remove(
    session: Session,
    vendor: Vendor,
    *,
    by: By,
    on: date,
    reason: str,
    authority: str | None = None,
    document_number: str | None = None,
) -> None:
    """Take the vendor out of the register."""
    given = rules.require_reason(reason, authority=authority, document_number=document_number)
    VENDOR.apply(session, "remove", vendor, by=by, note=given)
    vendor.suspended_until = None
    vendor.removed_on = on
    vendor.status_reason = given
    session.flush()


def debar(
    session: Session,
    vendor: Vendor,
    *,
    by: By,
    on: date,
    until: date,
    reason: str,
    authority: str | None = None,
    document_number: str | None = None,
) -> None:
    """Exclude the vendor from every purchase until a day."""
    given = rules.require_reason(reason, authority=authority, document_number=document_number)
    rules.require_later(until, on)
    VENDOR.apply(session, "debar", vendor, by=by, note=given)
    vendor.suspended_until = vendor.removed_on = None
    vendor.debarred_until = until
    vendor.status_reason = given
    session.flush()


def reapply(session: Session, vendor: Vendor, *, by: By, on: date) -> None:
    """Bring a vendor that has left the register before the reviewers again."""
    VENDOR.check(session, "reapply", vendor, by=by)
    rules.require_ended(vendor, on)
    VENDOR.apply(session, "reapply", vendor, by=by)
    vendor.review = ReviewStatus.submitted
    vendor.removed_on = vendor.debarred_until = vendor.status_reason = None
    session.flush()


def _name(title: str) -> str:
    name = " ".join(title.split())
    if not name:
        raise InvalidInput({"title": _("Give the registered name.")})
    return name


def _own_code(
    session: Session,
    register_: Organization,
    typed: str | None,
    vendor: Vendor | None = None,
    by: By | None = None,
) -> str | None:
    if not typed or not typed.strip():
        return None
    code = codes.check(typed)
    with session.no_autoflush, beyond(session):
        known = queries.vendor_with_code(session, register_, code)
    if known is not None and known is not vendor:
        if by is not None and by.party_id is not None:  # whose it is concerns the office alone
            raise InvalidInput({"credit_code": _("This code is registered already: ask the office.")})
        raise InvalidInput(
            {
                "credit_code": _("This code is registered already: %(number)s %(name)s.")
                % {"number": known.number, "name": known.title}
            }
        )
    return code


def _particulars(given: dict[str, Any]) -> dict[str, Any]:
    unknown = given.keys() - {"pinyin_initials", "legal_representative", "size", "address"}
    if unknown:
        raise TypeError(f"a vendor has no {', '.join(sorted(unknown))}")
    plain = {name: value or None for name, value in given.items() if name != "size"}
    if "size" in given:
        plain["size"] = EnterpriseSize(given["size"] or EnterpriseSize.undeclared)
    return plain


def _contact(vendor: Vendor, name: str, **ways: str | None) -> Contact:
    called = name.strip()
    if any(contact.name == called for contact in vendor.contacts):
        raise InvalidInput({"name": _("This person is a contact already.")})
    if not any(ways.get(way) for way in ("phone", "email")):
        raise InvalidInput({"phone": _("Give a phone number or an address for mail.")})
    return Contact(name=called, **{way: value or None for way, value in ways.items()})
