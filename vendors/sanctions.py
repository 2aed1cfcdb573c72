"""What a suspension or debarment keeps a vendor from, and the recorded exceptions to it."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.auth import By
from core.errors import InvalidInput, WrongState
from core.i18n import Text
from core.i18n import lazy_gettext as _
from vendors import rules
from vendors.dossier import PURPOSE_LABELS, Purpose, SanctionException
from vendors.models import VENDOR_STATUS_LABELS, Vendor, VendorStatus
from vendors.workflow import VENDOR


class Barred(WrongState):
    """Refuse to deal with a barred vendor; names the sanction and the way out."""


def exceptions(session: Session, vendor: Vendor) -> list[SanctionException]:
    """Return the exceptions recorded for a vendor, the newest first."""
    known = select(SanctionException).where(SanctionException.vendor_id == vendor.id)
    return list(session.scalars(known.order_by(SanctionException.id.desc())))


def is_barred(vendor: Vendor, on: date) -> bool:
    """Tell whether a sanction holds on a day; a suspension ends with its last day."""
    if vendor.status is VendorStatus.suspended:
        return vendor.suspended_until is None or on <= vendor.suspended_until
    return vendor.is_barred


def is_clear(session: Session, vendor: Vendor, purpose: Purpose, on: date) -> bool:
    """Tell whether no sanction stands in the way of a purpose, or an exception lifts it."""
    if not is_barred(vendor, on) or (purpose is Purpose.payment and vendor.status is VendorStatus.removed):
        return True  # leaving the register is no sanction: what is owed is paid
    return any(each.holds(purpose, on) for each in exceptions(session, vendor))


def require_clear(session: Session, vendor: Vendor, purpose: Purpose, on: date) -> None:
    """Raise Barred when a sanction holds that no recorded exception lifts for this purpose."""
    if not is_clear(session, vendor, purpose, on):
        raise Barred(_refusal(vendor, purpose))


def grant(
    session: Session,
    vendor: Vendor,
    *,
    by: By,
    on: date,
    purpose: str,
    authority: str,
    document_number: str,
    reason: str,
    until: date,
) -> SanctionException:
    """Record that a named authority lets a barred vendor do one thing until a day."""
    given = {
        "authority": authority.strip(),
        "document_number": document_number.strip(),
        "reason": reason.strip(),
    }
    rules.require_texts(given)
    if until < on:
        raise InvalidInput({"until": _("This day has passed already.")})
    what = Purpose(purpose)
    note = f"{PURPOSE_LABELS[what]} ≤ {until.isoformat()}: {given['authority']} {given['document_number']}"
    VENDOR.apply(session, "grant_exception", vendor, by=by, note=note)
    exception = SanctionException(
        vendor_id=vendor.id, purpose=what, **given, until=until, recorded_on=on, recorded_by_id=by.id
    )
    session.add(exception)
    session.flush()
    return exception


def _refusal(vendor: Vendor, purpose: Purpose) -> Text:
    until = vendor.suspended_until or vendor.debarred_until
    return _(
        "%(vendor)s is not available: %(state)s%(until)s (%(reason)s). It cannot %(purpose)s unless an "
        "exception of a named authority is recorded on the vendor's page."
    ) % {
        "vendor": vendor.title,
        "state": VENDOR_STATUS_LABELS[vendor.status],
        "until": _(" until %(day)s") % {"day": until.isoformat()} if until else "",
        "reason": vendor.status_reason,
        "purpose": PURPOSE_LABELS[purpose],
    }
