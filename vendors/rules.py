"""What has to hold of a vendor and of its papers before anybody may rely on them."""

from collections.abc import Mapping
from datetime import date

from core.errors import InvalidInput, WrongState
from core.i18n import Text
from core.i18n import lazy_gettext as _
from vendors.categories import ServiceCategory
from vendors.certificates import CERTIFICATES, CertificateKind, evidence_for
from vendors.models import VENDOR_STATUS_LABELS, Qualification, Vendor, VendorStatus

LONGEST_REASON = 500
# Before the first review a vendor's own data may be changed freely; afterwards only by who admits.
DRAFTS = frozenset({VendorStatus.registered, VendorStatus.returned})
OPEN_TO_CHANGE = DRAFTS | {VendorStatus.admitted, VendorStatus.suspended}


def require_reason(
    reason: str | None,
    field: str = "reason",
    *,
    authority: str | None = None,
    document_number: str | None = None,
) -> str:
    """Return the reason, with who decided and by which paper behind it, or raise InvalidInput."""
    given = (reason or "").strip()
    if not given:
        raise InvalidInput({field: _("Say why.")})
    decided = " ".join(filter(None, ((authority or "").strip(), (document_number or "").strip())))
    whole = f"{given} ({decided})" if decided else given
    if len(whole) > LONGEST_REASON:
        raise InvalidInput({field: _("At most %(max)d characters.") % {"max": LONGEST_REASON}})
    return whole


def require_texts(given: Mapping[str, str]) -> None:
    """Raise InvalidInput for every text that is empty."""
    empty: dict[str, Text] = {field: _("This is needed.") for field, text in given.items() if not text}
    if empty:
        raise InvalidInput(empty)


def require_later(until: date, on: date, field: str = "until") -> None:
    """Raise InvalidInput unless the one day comes after the other."""
    if until <= on:
        raise InvalidInput({field: _("This day has to come after %(day)s.") % {"day": on.isoformat()}})


def require_ended(vendor: Vendor, on: date) -> None:
    """Raise WrongState while a debarment still runs."""
    if vendor.debarred_until is not None and on <= vendor.debarred_until:
        raise WrongState(_("The debarment runs until %(day)s.") % {"day": vendor.debarred_until.isoformat()})


def require_not_barred(vendor: Vendor) -> None:
    """Raise WrongState for a vendor that may not be given anything new."""
    if vendor.is_barred:
        raise WrongState(
            _("%(vendor)s is not available: %(state)s.")
            % {"vendor": vendor.title, "state": VENDOR_STATUS_LABELS[vendor.status]}
        )


def certificate_faults(
    category: ServiceCategory, certificate: CertificateKind, issued_on: date, expires_on: date | None
) -> dict[str, Text]:
    """Return what is wrong with the particulars of a certificate, by field."""
    faults: dict[str, Text] = {}
    if certificate not in evidence_for(category):
        faults["certificate"] = _("This certificate is no evidence for this kind of service.")
    if expires_on is None and CERTIFICATES[certificate].must_expire:
        faults["expires_on"] = _("This certificate has a last day: give it as printed on it.")
    elif expires_on is not None and expires_on <= issued_on:
        faults["expires_on"] = _("The last day comes after the day of issue.")
    return faults


def require_lapsed(qualification: Qualification, on: date) -> date:
    """Return a certificate's last day, or raise WrongState until it has passed: validity never rolls on."""
    if qualification.expires_on is None or on <= qualification.expires_on:
        raise WrongState(_("The certificate is still in force."))
    return qualification.expires_on
