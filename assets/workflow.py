"""What may be done to a transfer, when, and by whom; a step that its route lacks does not exist for it."""

from assets.models import STATUS_LABELS, Asset, AssetTransfer, Route, TransferStatus
from core.i18n import lazy_gettext as _
from core.permissions import P
from core.workflow import Transition, Workflow

S = TransferStatus

BEFORE_AGREEMENT = frozenset({S.decided, S.audited, S.appraised, S.appraisal_filed, S.approved})
AFTER_AGREEMENT = frozenset({S.agreement_signed, S.taxes_declared, S.registered, S.booked})
BEFORE_REGISTRATION = BEFORE_AGREEMENT | {S.agreement_signed, S.taxes_declared}
UNFINISHED = BEFORE_AGREEMENT | AFTER_AGREEMENT


def _has_price(transfer: AssetTransfer) -> bool:
    return transfer.route is not Route.free_transfer


def _is_sale(transfer: AssetTransfer) -> bool:
    return transfer.route is Route.sale


def _is_ready_for_approval(transfer: AssetTransfer) -> bool:
    return transfer.status is S.appraisal_filed or not _has_price(transfer)


def waits_for_filing(asset: Asset) -> bool:
    """Tell whether an accepted completion is still to be filed."""
    return asset.completion_accepted_on is not None and asset.completion_filed_on is None


def waits_for_accounts(asset: Asset) -> bool:
    """Tell whether the final accounts of an asset are still open."""
    return asset.final_accounts_on is None


WORKFLOW = Workflow(
    "transfer",
    TransferStatus,
    STATUS_LABELS,
    Transition(
        "finish_audit", frozenset({S.decided}), S.audited, P.asset_edit, _("Enter the audit and inventory")
    ),
    Transition(
        "appraise", frozenset({S.audited}), S.appraised, P.asset_edit, _("Enter the appraisal report")
    ),
    Transition(
        "file_appraisal",
        frozenset({S.appraised}),
        S.appraisal_filed,
        P.asset_edit,
        _("Enter the filing of the appraisal"),
        when=lambda transfer: transfer.appraisal_applied_on is not None,
    ),
    Transition(
        "apply_for_filing",
        frozenset({S.appraised}),
        None,
        P.asset_edit,
        _("Apply for filing of the appraisal"),
        when=lambda transfer: transfer.appraisal_applied_on is None,
    ),
    Transition(
        "approve",
        frozenset({S.audited, S.appraisal_filed}),
        S.approved,
        P.asset_approve,
        _("Enter the approval of the transfer"),
        apart_from=("created",),
        approved=True,
        when=_is_ready_for_approval,
    ),
    Transition(
        "sign_agreement",
        frozenset({S.approved}),
        S.agreement_signed,
        P.asset_edit,
        _("Enter the signed agreement"),
    ),
    Transition(
        "declare_deed_tax",
        frozenset({S.agreement_signed}),
        S.taxes_declared,
        P.asset_edit,
        _("Enter the deed tax declaration"),
    ),
    Transition(
        "register",
        frozenset({S.taxes_declared}),
        S.registered,
        P.asset_edit,
        _("Enter the registration"),
        when=lambda transfer: transfer.registration_applied_on is not None,
    ),
    Transition("book", frozenset({S.registered}), S.booked, P.asset_edit, _("Enter the booking")),
    Transition("close", frozenset({S.booked}), S.closed, P.asset_edit, _("Close the case")),
    Transition(
        "publish_notice",
        frozenset({S.approved}),
        None,
        P.asset_edit,
        _("Enter the notice of the sale"),
        when=lambda transfer: _is_sale(transfer) and transfer.notice_published_on is None,
    ),
    Transition(
        "end_notice",
        frozenset({S.approved}),
        None,
        P.asset_edit,
        _("Enter the end of the notice"),
        when=lambda transfer: transfer.notice_published_on is not None and transfer.notice_ended_on is None,
    ),
    Transition(
        "consent_to_price",
        frozenset({S.approved}),
        None,
        P.asset_approve,
        _("Enter the consent to a lower price"),
        apart_from=("created",),
        when=lambda transfer: _is_sale(transfer) and transfer.price_consent_on is None,
    ),
    Transition(
        "pay_price",
        AFTER_AGREEMENT,
        None,
        P.asset_edit,
        _("Enter the payment of the price"),
        when=lambda transfer: _is_sale(transfer) and transfer.price_paid_on is None,
    ),
    Transition(
        "declare_land_vat",
        frozenset({S.agreement_signed, S.taxes_declared}),
        None,
        P.asset_edit,
        _("Enter the land value-added tax declaration"),
        when=lambda transfer: _has_price(transfer) and transfer.land_vat_on is None,
    ),
    Transition(
        "declare_stamp_duty",
        AFTER_AGREEMENT,
        None,
        P.asset_edit,
        _("Enter the stamp tax declaration"),
        when=lambda transfer: transfer.stamp_duty_on is None,
    ),
    Transition(
        "apply_for_registration",
        frozenset({S.taxes_declared}),
        None,
        P.asset_edit,
        _("Apply for registration"),
        when=lambda transfer: transfer.registration_applied_on is None,
    ),
    Transition(
        "register_company_change",
        AFTER_AGREEMENT,
        None,
        P.asset_edit,
        _("Enter the company registration"),
        when=lambda transfer: (
            transfer.route is Route.capital_contribution and transfer.company_registered_on is None
        ),
    ),
    Transition(
        "register_property_rights",
        frozenset({S.registered, S.booked}),
        None,
        P.asset_edit,
        _("Enter the registration of property rights"),
        when=lambda transfer: transfer.property_registered_on is None,
    ),
    Transition(
        "appraise_again",
        frozenset({S.appraised, S.appraisal_filed, S.approved}),
        S.appraised,
        P.asset_edit,
        _("Enter a new appraisal report"),
        aside=True,
    ),
    Transition(
        "approve_land",
        BEFORE_AGREEMENT,
        None,
        P.asset_approve,
        _("Enter the approval for allocated land"),
        when=lambda transfer: transfer.is_land_allocated and transfer.land_approved_on is None,
    ),
    Transition("add_asset", frozenset({S.decided, S.audited}), None, P.asset_edit, _("Add an asset")),
    Transition(
        "file_completion",
        BEFORE_AGREEMENT,
        None,
        P.asset_edit,
        _("Enter the filing of a completion acceptance"),
        when=lambda transfer: any(map(waits_for_filing, transfer.assets)),
    ),
    Transition(
        "complete_accounts",
        BEFORE_AGREEMENT,
        None,
        P.asset_edit,
        _("Enter final accounts of an asset"),
        when=lambda transfer: any(map(waits_for_accounts, transfer.assets)),
    ),
    Transition("plan", UNFINISHED, None, P.asset_edit, _("Plan a stage")),
    Transition("abandon", BEFORE_REGISTRATION, S.abandoned, P.asset_edit, _("Abandon the case"), aside=True),
)
