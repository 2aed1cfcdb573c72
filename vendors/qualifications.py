"""What is done with qualifications: handed in, verified, renewed, withdrawn."""

from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import audit, numbering
from core.auth import By
from core.errors import InvalidInput, WrongState
from core.i18n import lazy_gettext as _
from core.organizations import Organization
from core.permissions import Permission, authorize_for
from core.records import ReviewStatus, check_version
from deadlines.services import announce, cancel_all, miss
from vendors import followers, needs, queries, rules
from vendors.categories import ServiceCategory
from vendors.certificates import CERTIFICATES, CertificateKind
from vendors.models import QUALIFICATION_STATUS_LABELS, Qualification, QualificationStatus, Vendor
from vendors.workflow import QUALIFICATION

PREFIX = "ZZ"
OPEN_TO_CHANGE = frozenset({QualificationStatus.submitted, QualificationStatus.rejected})
RENEWABLE = frozenset({QualificationStatus.verified, QualificationStatus.lapsed})


def submit(
    session: Session,
    *,
    by: By,
    on: date,
    vendor: Vendor,
    category: ServiceCategory | str,
    certificate: CertificateKind | str,
    certificate_number: str,
    issued_on: date,
    expires_on: date | None = None,
    replaces: Qualification | None = None,
    organization: Organization | None = None,
    **papers: str | None,
) -> Qualification:
    """Hand in a vendor's certificate; it is kept where its vendor is, whichever organization hands it in."""
    authorize_for(by, Permission.vendor_edit, vendor.party_id, own=Permission.portal_edit)
    particulars = _checked(
        ServiceCategory(category), CertificateKind(certificate), certificate_number, issued_on, expires_on
    )
    number = numbering.next_number(session, PREFIX, vendor.organization_id, on.year)
    refuse_twin(session, vendor, particulars["certificate_number"], issued_on)
    qualification = Qualification(
        number=number,
        title=_title(vendor, particulars["certificate_number"]),
        organization_id=vendor.organization_id,
        # somebody of the office answers for its clocks, whoever hands it in
        owner_id=by.id if by.party_id is None else vendor.owner_id,
        created_by_id=by.id,
        vendor=vendor,
        status=QualificationStatus.submitted,
        review=ReviewStatus.submitted,
        replaces=_replaceable(replaces, vendor),
        **particulars,
        **{name: papers[name] or None for name in papers},
    )
    audit.record(session, qualification, "created", by=by)
    session.add(qualification)
    session.flush()
    return qualification


def require_open(qualification: Qualification) -> None:
    """Raise WrongState once somebody has verified what was handed in."""
    if qualification.status not in OPEN_TO_CHANGE:
        raise WrongState(
            _("Nothing can be changed while the qualification is: %(state)s.")
            % {"state": QUALIFICATION_STATUS_LABELS[qualification.status]}
        )


def change(
    session: Session,
    qualification: Qualification,
    *,
    by: By,
    on: date | None = None,
    version: int | None = None,
    **given: Any,
) -> None:
    """Correct what was handed in, as long as nobody has verified it."""
    authorize_for(by, Permission.vendor_edit, qualification.party_id, own=Permission.portal_edit)
    check_version(qualification, version, given)
    require_open(qualification)
    now = {name: getattr(qualification, name) for name in CHECKED} | given
    vendor = now.pop("vendor", qualification.vendor)
    if vendor is not qualification.vendor:
        raise InvalidInput({"vendor": _("A certificate stays with the vendor that it was handed in for.")})
    replaces = _replaceable(now.pop("replaces", qualification.replaces), vendor)
    plain = {name: now.pop(name) or None for name in ("issuer", "evidence") if name in now}
    checked = _checked(ServiceCategory(now.pop("category")), CertificateKind(now.pop("certificate")), **now)
    refuse_twin(session, vendor, checked["certificate_number"], checked["issued_on"], qualification)
    audit.record(session, qualification, "qualification.change", by=by)
    qualification.title = _title(vendor, checked["certificate_number"])
    for name, value in (checked | plain | {"replaces": replaces}).items():
        setattr(qualification, name, value)
    session.flush()


def verify(session: Session, qualification: Qualification, *, by: By, on: date, source: str) -> None:
    """Confirm a certificate from its source, and start the clocks of its validity and renewal."""
    looked_up = rules.require_reason(source, "source")
    rules.require_not_barred(qualification.vendor)
    QUALIFICATION.apply(session, "verify", qualification, by=by, note=looked_up)
    qualification.review = ReviewStatus.approved
    qualification.source = looked_up
    qualification.verified_on = on
    qualification.verified_by_id = by.id
    session.flush()
    known = CERTIFICATES[qualification.certificate]
    announce(session, qualification, known.issued_event, on=qualification.issued_on, by=by)
    if qualification.expires_on is not None:
        expires = known.expiry_event
        announce(session, qualification, expires, on=qualification.expires_on, by=by, planned=True)
    replaced = qualification.replaces
    if replaced is not None and replaced.status in RENEWABLE:
        renew(session, replaced, by=by, on=on, successor=qualification)
    tell(session, qualification.vendor, on)


def reject(session: Session, qualification: Qualification, *, by: By, reason: str) -> None:
    """Refuse a certificate, saying why."""
    given = rules.require_reason(reason)
    QUALIFICATION.apply(session, "reject", qualification, by=by, note=given)
    qualification.review = ReviewStatus.returned
    qualification.status_reason = given
    session.flush()


def resubmit(session: Session, qualification: Qualification, *, by: By) -> None:
    """Hand a refused certificate in again, corrected."""
    QUALIFICATION.apply(session, "resubmit", qualification, by=by)
    qualification.review = ReviewStatus.submitted
    qualification.status_reason = None
    session.flush()


def apply_for_renewal(session: Session, qualification: Qualification, *, by: By, on: date) -> None:
    """Note that the vendor has applied for renewal, which meets the renewal clock."""
    QUALIFICATION.apply(session, "apply_for_renewal", qualification, by=by)
    announce(session, qualification, "renewal_application_submitted", on=on, by=by)


def renew(
    session: Session, qualification: Qualification, *, by: By, on: date, successor: Qualification
) -> None:
    """Let a verified certificate of the same vendor take the place of this one, whose clocks stop."""
    QUALIFICATION.check(session, "renew", qualification, by=by)
    verified = successor.status is QualificationStatus.verified
    if not verified or successor is qualification or successor.vendor_id != qualification.vendor_id:
        raise InvalidInput({"successor": _("Name a verified certificate of the same vendor.")})
    QUALIFICATION.apply(session, "renew", qualification, by=by, note=successor.number)
    session.flush()
    cancel_all(session, qualification, on=on, by=by, reason=successor.number)


def lapse(session: Session, qualification: Qualification, *, by: By, on: date) -> None:
    """Note that the last day of a certificate has passed; a renewal not applied for is missed."""
    QUALIFICATION.check(session, "lapse", qualification, by=by)
    last = rules.require_lapsed(qualification, on)
    QUALIFICATION.apply(session, "lapse", qualification, by=by)
    session.flush()
    announce(session, qualification, CERTIFICATES[qualification.certificate].expiry_event, on=last, by=by)
    for deadline in queries.running_deadlines(session, qualification):
        miss(session, deadline, on=on, by=by, reason=str(_("The certificate has lapsed.")))
    tell(session, qualification.vendor, on)


def withdraw(session: Session, qualification: Qualification, *, by: By, on: date, reason: str) -> None:
    """Take a certificate out of use, saying why; its clocks stop."""
    given = rules.require_reason(reason)
    QUALIFICATION.apply(session, "withdraw", qualification, by=by, note=given)
    qualification.status_reason = given
    session.flush()
    cancel_all(session, qualification, on=on, by=by, reason=given)
    tell(session, qualification.vendor, on)


def tell(session: Session, vendor: Vendor, on: date) -> None:
    """Keep what the vendor lacks in step, and tell whoever rests on its papers."""
    needs.refresh(session, [vendor], on)
    followers.tell(session, vendor, on)


CHECKED = ("category", "certificate", "certificate_number", "issued_on", "expires_on")


def _checked(
    category: ServiceCategory,
    certificate: CertificateKind,
    certificate_number: str,
    issued_on: date,
    expires_on: date | None,
) -> dict[str, Any]:
    faults = rules.certificate_faults(category, certificate, issued_on, expires_on)
    number = " ".join(certificate_number.split())
    if not number:
        faults["certificate_number"] = _("Give the number printed on the certificate.")
    if faults:
        raise InvalidInput(faults)
    return {
        "category": category,
        "certificate": certificate,
        "certificate_number": number,
        "issued_on": issued_on,
        "expires_on": expires_on,
    }


def _replaceable(replaces: Qualification | None, vendor: Vendor) -> Qualification | None:
    if replaces is not None and (replaces.vendor is not vendor or replaces.status not in RENEWABLE):
        raise InvalidInput({"replaces": _("Only a verified certificate of the same vendor can be replaced.")})
    return replaces


def refuse_twin(
    session: Session, vendor: Vendor, number: str, issued_on: date, own: Qualification | None = None
) -> None:
    """Raise InvalidInput when another record of the vendor keeps the same certificate."""
    with session.no_autoflush:
        twin = session.scalars(
            select(Qualification).where(
                Qualification.vendor_id == vendor.id,
                Qualification.certificate_number == number,
                Qualification.issued_on == issued_on,
            )
        ).one_or_none()
    if twin is not None and twin is not own:
        raise InvalidInput(
            {
                "certificate_number": _("This certificate is kept already as %(number)s.")
                % {"number": twin.number}
            }
        )


def _title(vendor: Vendor, certificate_number: str) -> str:
    return f"{vendor.title} {certificate_number}"[:200]
