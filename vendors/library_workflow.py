"""What may become of a library, a membership, a pick and a commission, and who may decide it."""

from core.i18n import lazy_gettext as _
from core.permissions import Permission
from core.workflow import Transition, Workflow
from vendors.commissions import COMMISSION_STATUS_LABELS, Commission, CommissionStatus
from vendors.libraries import (
    LIBRARY_STATUS_LABELS,
    MEMBERSHIP_STATUS_LABELS,
    LibraryStatus,
    MembershipStatus,
)
from vendors.methods import PRICED
from vendors.picks import PICK_STATUS_LABELS, PickStatus

P = Permission
L = LibraryStatus
M = MembershipStatus
K = PickStatus
S = CommissionStatus

LIBRARY = Workflow(
    "library",
    LibraryStatus,
    LIBRARY_STATUS_LABELS,
    Transition("list_fee", frozenset({L.open}), None, P.library_edit, _("Enter a published fee")),
    Transition("close", frozenset({L.open}), L.closed, P.library_edit, _("Close the library"), aside=True),
    Transition("reopen", frozenset({L.closed}), L.open, P.library_edit, _("Use the library again")),
)

# Whoever brought the application in does not decide on it.
APPLIED = ("created", "reapply")

MEMBERSHIP = Workflow(
    "membership",
    MembershipStatus,
    MEMBERSHIP_STATUS_LABELS,
    Transition(
        "review",
        frozenset({M.applied}),
        M.reviewed,
        P.library_admit,
        _("Enter the review"),
        apart_from=APPLIED,
    ),
    Transition("publicise", frozenset({M.reviewed}), M.publicised, P.library_admit, _("Publicise")),
    Transition(
        "admit",
        frozenset({M.publicised}),
        M.admitted,
        P.library_admit,
        _("Admit to the library"),
        apart_from=APPLIED,
    ),
    Transition("recheck", frozenset({M.admitted}), None, P.library_admit, _("Enter the yearly check")),
    Transition(
        "check_credit",
        frozenset(M) - {M.removed},
        None,
        P.library_edit,
        _("Enter the credit status"),
        when=lambda membership: membership.library.credit_days is not None,
    ),
    Transition("penalise", frozenset({M.admitted}), None, P.library_admit, _("Fine turns"), aside=True),
    Transition("suspend", frozenset({M.admitted}), M.suspended, P.library_admit, _("Suspend"), aside=True),
    Transition(
        "reinstate",
        frozenset({M.suspended}),
        M.admitted,
        P.library_admit,
        _("Lift the suspension"),
        apart_from=("suspend",),
    ),
    Transition(
        "remove",
        frozenset(M) - {M.removed},
        M.removed,
        P.library_admit,
        _("Refuse or remove"),
        aside=True,
    ),
    Transition(
        "reapply", frozenset({M.removed}), M.applied, P.vendor_edit, _("Apply again"), own=P.portal_edit
    ),
)

PICK = Workflow(
    "pick",
    PickStatus,
    PICK_STATUS_LABELS,
    Transition("freeze", frozenset({K.open}), K.frozen, P.pick_run, _("Freeze the candidates")),
    Transition(
        "quote",
        frozenset({K.frozen}),
        None,
        P.pick_run,
        _("Enter a quote"),
        when=lambda pick: pick.method in PRICED,
    ),
    Transition("choose", frozenset({K.frozen}), K.picked, P.pick_run, _("Pick")),
    Transition("fail", frozenset({K.open, K.frozen}), K.failed, P.pick_run, _("Declare failed"), aside=True),
    Transition("cancel", frozenset({K.open, K.frozen}), K.cancelled, P.pick_run, _("Cancel"), aside=True),
)

UNFINISHED = frozenset({S.requested, S.accepted, S.working, S.paused, S.delivered})

ASKED = frozenset({S.working, S.delivered})


def _is_asked(commission: Commission) -> bool:
    return commission.asked_pause is not None


COMMISSION = Workflow(
    "commission",
    CommissionStatus,
    COMMISSION_STATUS_LABELS,
    Transition(
        "accept",
        frozenset({S.requested}),
        S.accepted,
        P.commission_edit,
        _("The agency accepts"),
        when=lambda commission: commission.vendor_id is not None,
        own=P.portal_edit,
    ),
    Transition(
        "begin",
        frozenset({S.accepted}),
        S.working,
        P.commission_edit,
        _("Begin the work"),
        own=P.portal_edit,
    ),
    Transition(
        "pause",
        frozenset({S.working}),
        S.paused,
        P.commission_edit,
        _("Pause"),
        aside=True,
        when=lambda commission: commission.asked_pause is None,
    ),
    # the agency asks, the officer decides; until then nothing stands still
    Transition(
        "ask_pause",
        frozenset({S.working}),
        None,
        P.portal_edit,
        _("Ask for a pause"),
        aside=True,
        when=lambda commission: commission.asked_pause is None,
        own=P.portal_edit,
    ),
    Transition("confirm_pause", ASKED, None, P.commission_edit, _("Confirm the pause"), when=_is_asked),
    Transition(
        "refuse_pause", ASKED, None, P.commission_edit, _("Refuse the pause"), aside=True, when=_is_asked
    ),
    Transition(
        "withdraw_pause",
        ASKED,
        None,
        P.portal_edit,
        _("Take the request back"),
        aside=True,
        when=_is_asked,
        own=P.portal_edit,
    ),
    Transition("resume", frozenset({S.paused}), S.working, P.commission_edit, _("Go on"), own=P.portal_edit),
    Transition(
        "deliver",
        frozenset({S.working}),
        S.delivered,
        P.commission_edit,
        _("Deliver"),
        own=P.portal_edit,
    ),
    Transition(
        "send_back",
        frozenset({S.delivered}),
        S.working,
        P.commission_edit,
        _("The authority sends it back"),
        aside=True,
    ),
    Transition(
        "accept_by_authority",
        frozenset({S.delivered}),
        S.accepted_by_authority,
        P.commission_edit,
        _("The authority accepts"),
        when=lambda commission: commission.asked_pause is None,
    ),
    Transition("rate", frozenset({S.accepted_by_authority}), S.rated, P.commission_edit, _("Rate")),
    Transition("promise", UNFINISHED, None, P.commission_edit, _("Agree on another limit"), aside=True),
    Transition("hand_over", UNFINISHED, None, P.commission_edit, _("Hand to another officer"), aside=True),
    Transition("cancel", UNFINISHED, S.cancelled, P.commission_edit, _("Cancel"), aside=True),
)
