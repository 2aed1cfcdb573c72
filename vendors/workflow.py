"""What may become of a vendor and of a qualification, and who may decide it."""

from core.i18n import lazy_gettext as _
from core.permissions import Permission
from core.workflow import Transition, Workflow
from deadlines.queries import has_happened
from vendors.models import (
    QUALIFICATION_STATUS_LABELS,
    VENDOR_STATUS_LABELS,
    QualificationStatus,
    VendorStatus,
)
from vendors.steps import FILE_STEPS

P = Permission
V = VendorStatus
Q = QualificationStatus

# Whoever brought the paper in does not decide on it.
BROUGHT_IN = ("created", "submit", "reapply")

VENDOR = Workflow(
    "vendor",
    VendorStatus,
    VENDOR_STATUS_LABELS,
    Transition(
        "submit",
        frozenset({V.registered, V.returned}),
        V.under_review,
        P.vendor_edit,
        _("Submit for review"),
        own=P.portal_edit,
    ),
    Transition(
        "send_back",
        frozenset({V.under_review}),
        V.returned,
        P.vendor_admit,
        _("Return for correction"),
        apart_from=BROUGHT_IN,
        aside=True,
    ),
    Transition(
        "admit", frozenset({V.under_review}), V.admitted, P.vendor_admit, _("Admit"), apart_from=BROUGHT_IN
    ),
    Transition("suspend", frozenset({V.admitted}), V.suspended, P.vendor_admit, _("Suspend"), aside=True),
    Transition(
        "reinstate",
        frozenset({V.suspended}),
        V.admitted,
        P.vendor_admit,
        _("Lift the suspension"),
        apart_from=("suspend",),
    ),
    Transition(
        "remove",
        frozenset({V.registered, V.returned, V.admitted, V.suspended}),
        V.removed,
        P.vendor_admit,
        _("Remove from the register"),
        aside=True,
    ),
    Transition(
        "debar",
        frozenset({V.registered, V.under_review, V.returned, V.admitted, V.suspended, V.removed}),
        V.debarred,
        P.vendor_admit,
        _("Debar"),
        aside=True,
    ),
    Transition(
        "reapply", frozenset({V.removed, V.debarred}), V.under_review, P.vendor_edit, _("Apply again")
    ),
    Transition(
        "add_contact",
        frozenset(V) - {V.removed, V.debarred},
        None,
        P.vendor_edit,
        _("Add a contact"),
        aside=True,
        own=P.portal_edit,
    ),
    Transition(
        "remove_contact",
        frozenset(V) - {V.removed, V.debarred},
        None,
        P.vendor_edit,
        _("Remove a contact"),
        when=lambda vendor: bool(vendor.contacts),
        aside=True,
        own=P.portal_edit,
    ),
    *FILE_STEPS,
)

QUALIFICATION = Workflow(
    "qualification",
    QualificationStatus,
    QUALIFICATION_STATUS_LABELS,
    Transition(
        "verify",
        frozenset({Q.submitted}),
        Q.verified,
        P.vendor_admit,
        _("Verify"),
        apart_from=("created", "resubmit"),
    ),
    Transition(
        "reject",
        frozenset({Q.submitted}),
        Q.rejected,
        P.vendor_admit,
        _("Reject"),
        apart_from=("created", "resubmit"),
        aside=True,
    ),
    Transition(
        "resubmit",
        frozenset({Q.rejected}),
        Q.submitted,
        P.vendor_edit,
        _("Submit again"),
        own=P.portal_edit,
    ),
    Transition(
        "apply_for_renewal",
        frozenset({Q.verified}),
        None,
        P.vendor_edit,
        _("Note the application for renewal"),
        when=lambda held: (
            held.expires_on is not None and not has_happened(held, "renewal_application_submitted")
        ),
        own=P.portal_edit,
    ),
    Transition(
        "lapse",
        frozenset({Q.verified}),
        Q.lapsed,
        P.vendor_admit,
        _("Note the lapse"),
        when=lambda qualification: qualification.expires_on is not None,
        aside=True,
    ),
    Transition("renew", frozenset({Q.verified, Q.lapsed}), Q.renewed, P.vendor_admit, _("Renew")),
    Transition(
        "withdraw",
        frozenset({Q.submitted, Q.verified, Q.lapsed}),
        Q.withdrawn,
        P.vendor_admit,
        _("Withdraw"),
        aside=True,
    ),
)
