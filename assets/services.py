"""The steps of an asset transfer, each dated, checked, announced to the clock and entered in the trail."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from assets import queries, rules
from assets.models import (
    AppraisalProcedure,
    Asset,
    AssetTransfer,
    Route,
    Stage,
    StagePlan,
    TransferStatus,
)
from assets.routes import STEP_OF, events_of
from assets.rules import Proposal, require_not_before
from assets.workflow import WORKFLOW
from core import audit
from core.auth import By, User
from core.errors import InvalidInput, WrongState
from core.i18n import lazy_gettext as _
from core.numbering import next_number
from core.organizations import Organization
from core.permissions import Permission, authorize
from core.records import check_version
from deadlines.services import announce, cancel, cancel_all

PREFIX = "ZC"
# Papers are kept whatever becomes of the case.
RETENTION = ("appraisal_file_retention_15y", "appraisal_file_retention_statutory_30y")


def create(
    session: Session, *, by: By, organization: Organization, on: date, title: str, route: str, **given: Any
) -> AssetTransfer:
    """Open a case on the day's decision."""
    authorize(by, Permission.asset_edit)
    person = by if isinstance(by, User) else None
    transfer = AssetTransfer(
        number=next_number(session, PREFIX, organization.id, on.year),
        title=title,
        organization_id=organization.id,
        owner=person,
        created_by=person,
        **_cleaned({"decided_on": on, "route": route} | given),
    )
    session.add(transfer)
    audit.record(session, transfer, "created", by=by)
    session.flush()
    return transfer


def require_open(transfer: AssetTransfer) -> None:
    """Raise WrongState once the case is approved or abandoned."""
    if transfer.approved_on is not None or transfer.status is TransferStatus.abandoned:
        raise WrongState(_("An approved transfer is no longer changed by hand."))


def change(
    session: Session,
    transfer: AssetTransfer,
    *,
    by: By,
    on: date | None = None,
    version: int | None = None,
    **given: Any,
) -> None:
    """Correct the particulars of a case that is not approved yet; the route only before the audit."""
    authorize(by, Permission.asset_edit)
    check_version(transfer, version, given)
    cleaned = _cleaned(given)
    require_open(transfer)
    if cleaned.get("route", transfer.route) is not transfer.route and transfer.audited_on is not None:
        raise InvalidInput({"route": _("The route is settled once the audit is entered.")})
    audit.record(session, transfer, "transfer.change", by=by)
    for name, value in cleaned.items():
        setattr(transfer, name, value)
    session.flush()


def add_asset(
    session: Session,
    transfer: AssetTransfer,
    *,
    by: By,
    name: str,
    book_value: Decimal,
    net_value: Decimal,
    area: Decimal | None = None,
    location: str | None = None,
    **days: date | None,
) -> Asset:
    """List an asset with the days of its completion, and bring the sums of the case up to date."""
    WORKFLOW.check(session, "add_asset", transfer, by=by)
    asset = Asset(
        name=name,
        location=location,
        area=area or Decimal(0),
        book_value=book_value,
        net_value=net_value,
        **days,
    )
    rules.check_asset(asset)
    WORKFLOW.apply(session, "add_asset", transfer, by=by, note=name)
    transfer.assets.append(asset)
    for total in ("book_value", "net_value", "area"):
        setattr(transfer, total, sum((getattr(one, total) for one in transfer.assets), Decimal(0)))
    session.flush()
    if asset.final_accounts_on is None:  # what was due before the accounts were closed is past
        _announce_completion(session, transfer, asset, by=by)
    return asset


def file_completion(session: Session, transfer: AssetTransfer, *, by: By, asset: int, on: date) -> None:
    """Enter the filing of one asset's completion acceptance, counted from one in the list."""
    filed = rules.chosen(transfer.assets, asset)
    require_not_before(on, filed.completion_accepted_on)
    WORKFLOW.apply(session, "file_completion", transfer, by=by, note=filed.name)
    filed.completion_filed_on = on
    _announce_completion(session, transfer, filed, by=by)


def complete_accounts(session: Session, transfer: AssetTransfer, *, by: By, asset: int, on: date) -> None:
    """Enter the final accounts of one asset, counted from one in the list."""
    completed = rules.chosen(transfer.assets, asset)
    require_not_before(on, completed.completion_accepted_on)
    WORKFLOW.apply(session, "complete_accounts", transfer, by=by, note=completed.name)
    completed.final_accounts_on = on
    _announce_completion(session, transfer, completed, by=by)


def enter(
    session: Session, transfer: AssetTransfer, name: str, stage: Stage, *, by: By, on: date, **given: Any
) -> None:
    """Take a dated step: is it open, is it lawful, is it in order; then keep its day and announce it."""
    step = STEP_OF[stage]
    WORKFLOW.check(session, name, transfer, by=by)
    rules.check(transfer, name, Proposal(on, given.get("price")))
    require_not_before(on, step.earliest(transfer))
    WORKFLOW.apply(session, name, transfer, by=by)
    for fact, value in (given | {step.field: on}).items():
        setattr(transfer, fact, value)
    for event in events_of(transfer.route, transfer.appraisal_procedure, step):
        announce(session, transfer, event, on=on, by=by)


def finish_audit(session: Session, transfer: AssetTransfer, *, by: By, on: date) -> None:
    """Enter the audit and inventory of the listed assets."""
    if not transfer.assets:
        raise WrongState(_("List the assets before their audit is entered."))
    enter(session, transfer, "finish_audit", Stage.audit, by=by, on=on)


def approve_land(session: Session, transfer: AssetTransfer, *, by: By, on: date) -> None:
    """Enter the government's approval for a transfer that moves allocated land."""
    WORKFLOW.apply(session, "approve_land", transfer, by=by)
    transfer.land_approved_on = on


def approve(session: Session, transfer: AssetTransfer, *, by: By, on: date, approval_document: str) -> None:
    """Enter the approval of the transfer by the body that is competent for it."""
    enter(session, transfer, "approve", Stage.approval, by=by, on=on, approval_document=approval_document)


def publish_notice(
    session: Session, transfer: AssetTransfer, *, by: By, on: date, floor_price: Decimal
) -> None:
    """Enter the notice of a sale with its floor price."""
    if floor_price <= 0:
        raise InvalidInput({"floor_price": _("Give an amount above zero.")})
    enter(session, transfer, "publish_notice", Stage.notice, by=by, on=on, floor_price=floor_price)


def end_notice(session: Session, transfer: AssetTransfer, *, by: By, on: date) -> None:
    """Enter the day on which the notice of the sale ended."""
    enter(session, transfer, "end_notice", Stage.notice_end, by=by, on=on)


def consent_to_price(
    session: Session, transfer: AssetTransfer, *, by: By, on: date, price_consent_document: str
) -> None:
    """Enter the approving body's consent to a price below nine tenths of the appraisal."""
    WORKFLOW.apply(session, "consent_to_price", transfer, by=by)
    transfer.price_consent_on = on
    transfer.price_consent_document = price_consent_document


def sign_agreement(
    session: Session,
    transfer: AssetTransfer,
    *,
    by: By,
    on: date,
    price: Decimal | None = None,
    is_paid_in_instalments: bool = False,
) -> None:
    """Enter the signed agreement; from it the taxes, the price and the company's registration run."""
    if transfer.route is Route.free_transfer:
        price = None
    elif price is None or price <= 0:
        raise InvalidInput({"price": _("Give the price, or the value at which the assets are contributed.")})
    instalments = transfer.route is Route.sale and is_paid_in_instalments
    given = {"price": price, "is_paid_in_instalments": instalments}
    enter(session, transfer, "sign_agreement", Stage.agreement, by=by, on=on, **given)


def pay_price(session: Session, transfer: AssetTransfer, *, by: By, on: date) -> None:
    """Enter that the whole price has been paid."""
    enter(session, transfer, "pay_price", Stage.price_payment, by=by, on=on)


def declare_deed_tax(session: Session, transfer: AssetTransfer, *, by: By, on: date) -> None:
    """Enter the declaration of deed tax, which opens the way to the registry."""
    enter(session, transfer, "declare_deed_tax", Stage.deed_tax, by=by, on=on)


def declare_land_vat(session: Session, transfer: AssetTransfer, *, by: By, on: date) -> None:
    """Enter the declaration of land value-added tax."""
    enter(session, transfer, "declare_land_vat", Stage.land_vat, by=by, on=on)


def declare_stamp_duty(session: Session, transfer: AssetTransfer, *, by: By, on: date) -> None:
    """Enter the declaration of stamp tax."""
    enter(session, transfer, "declare_stamp_duty", Stage.stamp_duty, by=by, on=on)


def register_company_change(session: Session, transfer: AssetTransfer, *, by: By, on: date) -> None:
    """Enter that the company applied for the registration of its new capital."""
    enter(session, transfer, "register_company_change", Stage.company_registration, by=by, on=on)


def apply_for_registration(session: Session, transfer: AssetTransfer, *, by: By, on: date) -> None:
    """Enter the application that the registry accepted."""
    enter(session, transfer, "apply_for_registration", Stage.registration_application, by=by, on=on)


def register(session: Session, transfer: AssetTransfer, *, by: By, on: date) -> None:
    """Enter the completed registration: ownership has changed."""
    enter(session, transfer, "register", Stage.registration, by=by, on=on)
    for clock in queries.running(session, transfer, "appraisal_result_valid_1y"):
        cancel(session, clock, on=on, by=by, reason=str(_("The transfer is done: the appraisal has served.")))


def register_property_rights(session: Session, transfer: AssetTransfer, *, by: By, on: date) -> None:
    """Enter the registration of the change of property rights."""
    enter(session, transfer, "register_property_rights", Stage.property_registration, by=by, on=on)


def book(session: Session, transfer: AssetTransfer, *, by: By, on: date) -> None:
    """Enter the booking on both sides."""
    enter(session, transfer, "book", Stage.booking, by=by, on=on)


def close(session: Session, transfer: AssetTransfer, *, by: By, on: date) -> None:
    """Close a case in which nothing is left to do."""
    WORKFLOW.check(session, "close", transfer, by=by)
    rules.check(transfer, "close", Proposal(on))
    require_not_before(on, transfer.booked_on)
    WORKFLOW.apply(session, "close", transfer, by=by)
    transfer.closed_on = on
    cancel_all(session, transfer, on=on, by=by, reason=str(_("The case is closed.")), keep=RETENTION)


def abandon(session: Session, transfer: AssetTransfer, *, by: By, on: date, reason: str) -> None:
    """Give a case up."""
    WORKFLOW.apply(session, "abandon", transfer, by=by, note=reason)
    transfer.abandoned_on = on
    cancel_all(session, transfer, on=on, by=by, reason=reason, keep=RETENTION)


def plan(session: Session, transfer: AssetTransfer, *, by: By, stage: str, on: date) -> None:
    """Plan a stage for a day; a plan beyond the appraisal's life is kept, shown in red, and blocks later."""
    step = STEP_OF[Stage(stage)]
    if transfer.route not in step.routes:
        raise InvalidInput({"stage": _("This stage does not exist on this route.")})
    if getattr(transfer, step.field) is not None:
        raise InvalidInput({"stage": _("This stage is done already.")})
    WORKFLOW.apply(session, "plan", transfer, by=by, note=f"{step.label} {on}")
    known = next((one for one in transfer.plans if one.stage is step.stage), None)
    if known is None:
        transfer.plans.append(StagePlan(stage=step.stage, planned_on=on))
    else:
        known.planned_on = on
    for event in events_of(transfer.route, transfer.appraisal_procedure, step)[:1]:
        announce(session, transfer, event, on=on, by=by, planned=True)


def _announce_completion(session: Session, transfer: AssetTransfer, asset: Asset, *, by: By) -> None:
    days = {
        "completion_acceptance_passed": asset.completion_accepted_on,
        "completion_acceptance_filed": asset.completion_filed_on,
        "final_accounts_completed": asset.final_accounts_on,
    }
    for event, on in days.items():
        if on is not None:
            announce(session, transfer, event, on=on, by=by, occurrence=asset.occurrence)


def _cleaned(given: Mapping[str, Any]) -> dict[str, Any]:
    """Turn the choices that a form gives into members."""
    return {
        name: CHOICES[name](value) if name in CHOICES and value else value for name, value in given.items()
    }


CHOICES: dict[str, type[Route] | type[AppraisalProcedure]] = {
    "route": Route,
    "appraisal_procedure": AppraisalProcedure,
}
