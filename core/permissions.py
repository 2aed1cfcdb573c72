"""Every permission of the system, who holds it by role, and the check that services make."""

from enum import StrEnum
from typing import Protocol

from core.errors import Forbidden
from core.i18n import LazyString
from core.i18n import lazy_gettext as _


class Permission(StrEnum):
    """One thing that a person may do: ``resource_act``, in alphabetical order."""

    asset_approve = "asset_approve"
    asset_edit = "asset_edit"
    asset_view = "asset_view"
    audit_view = "audit_view"
    calendar_edit = "calendar_edit"
    commission_edit = "commission_edit"
    contract_approve = "contract_approve"
    contract_edit = "contract_edit"
    contract_review = "contract_review"
    contract_sign = "contract_sign"
    contract_view = "contract_view"
    deadline_view = "deadline_view"
    deadline_waive = "deadline_waive"
    delivery_edit = "delivery_edit"
    delivery_view = "delivery_view"
    document_upload = "document_upload"
    ledger_import = "ledger_import"
    library_admit = "library_admit"
    library_edit = "library_edit"
    library_view = "library_view"
    pick_run = "pick_run"
    portal_edit = "portal_edit"
    portal_users = "portal_users"
    portal_view = "portal_view"
    rule_edit = "rule_edit"
    tender_approve = "tender_approve"
    tender_edit = "tender_edit"
    tender_view = "tender_view"
    user_edit = "user_edit"
    vendor_admit = "vendor_admit"
    vendor_edit = "vendor_edit"
    vendor_view = "vendor_view"


class RoleName(StrEnum):
    """The roles of domain.md: what somebody is answerable for."""

    administrator = "administrator"
    approver = "approver"
    asset_desk = "asset_desk"
    auditor = "auditor"
    enterprise = "enterprise"
    finance = "finance"
    librarian = "librarian"
    officer = "officer"
    vendor = "vendor"
    vendor_admin = "vendor_admin"
    vendor_agent = "vendor_agent"


P = Permission

VIEWS = frozenset(
    {P.asset_view, P.contract_view, P.deadline_view, P.library_view, P.tender_view, P.vendor_view}
)

GRANTS: dict[RoleName, frozenset[Permission]] = {
    # No business step for the administrator, and none of the administrator's for anybody else.
    RoleName.administrator: frozenset(
        {P.calendar_edit, P.deadline_view, P.delivery_edit, P.delivery_view, P.rule_edit, P.user_edit}
    ),
    RoleName.approver: VIEWS
    | {
        P.asset_approve,
        P.contract_approve,
        P.contract_sign,
        P.deadline_waive,
        P.library_admit,
        P.tender_approve,
        P.vendor_admit,
    },
    RoleName.asset_desk: VIEWS | {P.asset_edit, P.document_upload, P.ledger_import},
    RoleName.auditor: VIEWS | {P.audit_view, P.delivery_view},
    RoleName.enterprise: frozenset(),
    RoleName.finance: VIEWS | {P.contract_review, P.document_upload},
    RoleName.librarian: VIEWS
    | {
        P.document_upload,
        P.ledger_import,
        P.library_admit,
        P.library_edit,
        P.pick_run,
        P.vendor_admit,
        P.vendor_edit,
    },
    RoleName.officer: VIEWS
    | {
        P.commission_edit,
        P.contract_edit,
        P.document_upload,
        P.ledger_import,
        P.pick_run,
        P.tender_edit,
        P.vendor_edit,
    },
    RoleName.vendor: frozenset(),
    # A vendor's own people: they see the portal alone, and there only what concerns their vendor.
    RoleName.vendor_admin: frozenset({P.portal_edit, P.portal_users, P.portal_view}),
    RoleName.vendor_agent: frozenset({P.portal_edit, P.portal_view}),
}
PARTY_ROLES = frozenset({RoleName.vendor_admin, RoleName.vendor_agent})

ROLE_LABELS: dict[RoleName, LazyString] = {
    RoleName.administrator: _("System administrator"),
    RoleName.approver: _("Approver"),
    RoleName.asset_desk: _("Asset desk"),
    RoleName.auditor: _("Auditor"),
    RoleName.enterprise: _("Enterprise in the zone"),
    RoleName.finance: _("Finance reviewer"),
    RoleName.librarian: _("Librarian"),
    RoleName.officer: _("Procurement officer"),
    RoleName.vendor: _("Vendor"),
    RoleName.vendor_admin: _("Vendor's administrator"),
    RoleName.vendor_agent: _("Vendor's agent"),
}


class Actor(Protocol):
    """Whoever acts: a user, or the system itself in a job."""

    @property
    def permissions(self) -> frozenset[Permission]:
        """Return what the actor may do."""


class Insider(Actor, Protocol):
    """An actor of whom it is known whether it comes from an outside party, and from which."""

    @property
    def party_id(self) -> int | None:
        """Return the party that the actor belongs to, or None for the office."""


def authorize(actor: Actor, permission: Permission) -> None:
    """Raise Forbidden unless the actor holds the permission."""
    if permission not in actor.permissions:
        raise Forbidden


def authorize_for(
    actor: Insider, permission: Permission, party_id: int | None, *, own: Permission | None
) -> None:
    """Raise Forbidden unless somebody of the office holds the permission, or the party itself its own.

    What a party may do, it may do on what concerns it and on nothing else.
    """
    if actor.party_id is None:
        authorize(actor, permission)
    elif own is None or own not in actor.permissions or actor.party_id != party_id:
        raise Forbidden
