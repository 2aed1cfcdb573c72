"""What may be done to a vendor's file at any stage, and who may do it; none of it moves the vendor on."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import object_session

from core.i18n import LazyString
from core.i18n import lazy_gettext as _
from core.permissions import Permission
from core.workflow import Transition
from vendors.dossier import AuthorisedAgent, OfferedService, Person, VendorAccount
from vendors.models import Vendor, VendorStatus

P = Permission
V = VendorStatus

ANY = frozenset(V)
KEPT = ANY - {V.removed, V.debarred}
BARRED = frozenset({V.suspended, V.removed, V.debarred})


def _step(
    name: str,
    needs: Permission,
    label: LazyString,
    sources: frozenset[VendorStatus] = KEPT,
    when: Callable[[Any], bool] | None = None,
) -> Transition:
    # what an officer enters for a vendor, the vendor may enter itself
    own = P.portal_edit if needs is P.vendor_edit else None
    return Transition(name, frozenset(sources), None, needs, label, when=when, aside=True, own=own)


def _has(model: Any, *conditions: Any) -> Callable[[Vendor], bool]:
    """Return whether a vendor has a row of a table that meets the conditions."""

    def when(vendor: Vendor) -> bool:
        session = object_session(vendor)
        if session is None:
            return False
        found = select(model.vendor_id).where(model.vendor_id == vendor.id, *conditions)
        return session.scalars(found.limit(1)).first() is not None

    return when


HAS_PROPOSED = _has(VendorAccount, VendorAccount.confirmed_on.is_(None), VendorAccount.ended_on.is_(None))
HAS_UNVERIFIED = _has(Person, Person.verified_on.is_(None), Person.left_on.is_(None))

FILE_STEPS = (
    _step("offer_service", P.vendor_edit, _("Add a service")),
    _step("drop_service", P.vendor_edit, _("Take out a service"), when=_has(OfferedService)),
    _step("propose_account", P.vendor_edit, _("Enter a bank account")),
    _step(
        "confirm_account",
        P.vendor_admit,
        _("Confirm the bank account"),
        ANY,
        HAS_PROPOSED,
    ),
    _step("refuse_account", P.vendor_admit, _("Refuse the bank account"), ANY, HAS_PROPOSED),
    _step("add_agent", P.vendor_edit, _("Add an authorised agent")),
    _step(
        "revoke_agent",
        P.vendor_edit,
        _("End an agent's authority"),
        when=_has(AuthorisedAgent, AuthorisedAgent.revoked_on.is_(None)),
    ),
    _step("declare_size", P.vendor_edit, _("Enter a declaration of size")),
    _step("add_person", P.vendor_edit, _("Add a registered person")),
    _step("verify_person", P.vendor_admit, _("Verify a registered person"), when=HAS_UNVERIFIED),
    _step(
        "release_person",
        P.vendor_edit,
        _("Note that a person has left"),
        when=_has(Person, Person.left_on.is_(None)),
    ),
    _step("note_premises", P.vendor_admit, _("Note the premises as seen")),
    _step("grant_exception", P.vendor_admit, _("Record an exception"), BARRED),
    _step("clear_tie", P.vendor_admit, _("Clear a conflict of interest"), ANY),
)
