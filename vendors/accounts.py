"""Where a vendor is paid: what one officer enters another confirms; till then nothing is paid."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import audit
from core.auth import By
from core.errors import Forbidden, InvalidInput, WrongState
from core.i18n import lazy_gettext as _
from core.identity import Identity, identity_of, masked, plain_account, tail
from core.permissions import Permission, authorize
from vendors import rules
from vendors.dossier import VendorAccount
from vendors.models import Vendor
from vendors.workflow import VENDOR


def of_vendor(session: Session, vendor: Vendor) -> list[VendorAccount]:
    """Return a vendor's accounts, the newest first."""
    known = select(VendorAccount).where(VendorAccount.vendor_id == vendor.id)
    return list(session.scalars(known.order_by(VendorAccount.id.desc())))


def current(session: Session, vendor: Vendor) -> VendorAccount | None:
    """Return the account to which the vendor is paid."""
    return next((account for account in of_vendor(session, vendor) if account.is_current), None)


def proposed(session: Session, vendor: Vendor) -> VendorAccount | None:
    """Return the account that waits for the second officer."""
    return next((account for account in of_vendor(session, vendor) if account.is_proposed), None)


def propose(
    session: Session, vendor: Vendor, *, by: By, on: date, holder: str, bank: str, number: str
) -> VendorAccount:
    """Enter a new account; payments wait until a second officer has confirmed it."""
    VENDOR.check(session, "propose_account", vendor, by=by)
    digits, keys = plain_account(number), identity_of(session)
    names = {"holder": " ".join(holder.split()), "bank": " ".join(bank.split())}
    rules.require_texts(names)
    digest = keys.digest("account", digits)
    _refuse_twin(session, vendor, digest)
    VENDOR.apply(session, "propose_account", vendor, by=by, note=f"{names['bank']} {masked(tail(digits))}")
    account = VendorAccount(
        vendor_id=vendor.id,
        **names,
        number_sealed=keys.seal(digits),
        number_digest=digest,
        last_four=tail(digits),
        proposed_on=on,
        proposed_by_id=by.id,
    )
    session.add(account)
    session.flush()
    return account


def confirm(session: Session, vendor: Vendor, *, by: By, on: date, number: str) -> None:
    """Confirm the account from the vendor's own paper by typing its number again; it replaces the old."""
    VENDOR.check(session, "confirm_account", vendor, by=by)
    account = _waiting(session, vendor, by)
    if not _is_number(identity_of(session), account, number):
        raise InvalidInput({"number": _("This is not the number that was entered: compare both papers.")})
    VENDOR.apply(session, "confirm_account", vendor, by=by, note=str(account))
    former = current(session, vendor)
    if former is not None:
        former.ended_on, former.end_reason = on, str(account)
        session.flush()
    account.confirmed_on, account.confirmed_by_id = on, by.id
    session.flush()


def refuse(session: Session, vendor: Vendor, *, by: By, on: date, reason: str) -> None:
    """Refuse a proposed account, saying why; the one before stays, and payments go on."""
    given = rules.require_reason(reason)
    VENDOR.check(session, "refuse_account", vendor, by=by)
    account = _waiting(session, vendor, None)
    VENDOR.apply(session, "refuse_account", vendor, by=by, note=given)
    account.ended_on, account.end_reason = on, given
    session.flush()


def reveal(session: Session, vendor: Vendor, account: VendorAccount, *, by: By) -> str:
    """Return the whole number to whoever has to pay; the trail says who has seen it."""
    authorize(by, Permission.contract_review)
    audit.record(session, vendor, "vendor.show_account", by=by, note=str(account))
    return identity_of(session).unseal(account.number_sealed)


def require_payable(session: Session, vendor: Vendor) -> None:
    """Raise WrongState while a new account of the vendor waits for its second officer."""
    account = proposed(session, vendor)
    if account is not None:
        raise WrongState(
            _(
                "Payments to %(vendor)s are held since %(day)s: a second officer has to confirm the account "
                "%(account)s, or refuse it."
            )
            % {"vendor": vendor.title, "day": account.proposed_on.isoformat(), "account": str(account)}
        )


def _waiting(session: Session, vendor: Vendor, by: By | None) -> VendorAccount:
    account = proposed(session, vendor)
    if account is None:
        raise WrongState(_("No account waits for confirmation."))
    # of this account: who entered an earlier one may well confirm the next
    if by is not None and by.id is not None and by.id == account.proposed_by_id:
        raise Forbidden(_("Whoever entered the account does not confirm it."))
    return account


def _is_number(keys: Identity, account: VendorAccount, typed: str) -> bool:
    return keys.digest("account", plain_account(typed)) == account.number_digest


def _refuse_twin(session: Session, vendor: Vendor, digest: str) -> None:
    for account in of_vendor(session, vendor):
        if account.is_proposed:
            raise WrongState(_("Another account waits for confirmation: confirm or refuse it first."))
        if account.is_current and account.number_digest == digest:
            raise InvalidInput({"number": _("The vendor is paid to this account already.")})
