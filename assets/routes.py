"""The three routes as data: which dated steps a transfer has, in order, and the event each one announces."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from assets.models import AppraisalProcedure, AssetTransfer, Route, Stage
from core.i18n import Text
from core.i18n import lazy_gettext as _

FREE = frozenset({Route.free_transfer})
CAPITAL = frozenset({Route.capital_contribution})
SALE = frozenset({Route.sale})
PRICED = CAPITAL | SALE
EVERY = FREE | PRICED


@dataclass(frozen=True)
class Step:
    """One dated step: where its day is kept, what it announces, on which routes it may and must occur."""

    stage: Stage
    label: Text
    field: str
    # the first stands in the timeline, the others happen with it
    events: tuple[str, ...] = ()
    routes: frozenset[Route] = EVERY
    # where it is listed but not needed, the step may be left out
    needed: frozenset[Route] | None = None
    # the appraisal has to be in force on this day
    priced: bool = False
    # the day that it cannot come before: the first of these that is known
    after: tuple[str, ...] = ()

    def earliest(self, transfer: AssetTransfer) -> date | None:
        """Return the day that the step cannot come before, if it is known."""
        days = (getattr(transfer, name) for name in self.after)
        return next((day for day in days if day is not None), None)

    def is_needed(self, route: Route) -> bool:
        """Return whether a transfer on this route cannot do without the step."""
        return route in (self.routes if self.needed is None else self.needed)


# What the two procedures call the application with its receipt, and the end of both.
APPLIED = {
    AppraisalProcedure.approval: ("appraisal_approval_applied", "appraisal_approval_application_received"),
    AppraisalProcedure.filing: ("appraisal_filing_applied", "appraisal_filing_materials_received"),
}
SETTLED = {
    AppraisalProcedure.approval: ("appraisal_approved",),
    AppraisalProcedure.filing: ("appraisal_filed",),
}
# What is agreed differs: only what is sold or contributed is a transfer of real estate for a price.
AGREED = {
    Route.free_transfer: ("tax_obligation_arises",),
    Route.capital_contribution: (
        "real_estate_transfer_contract_signed",
        "tax_obligation_arises",
        "registration_item_changed",
    ),
    Route.sale: (
        "real_estate_transfer_contract_signed",
        "tax_obligation_arises",
        "transfer_contract_effective",
    ),
}

STEPS = (
    Step(Stage.audit, _("Audit and inventory"), "audited_on", after=("decided_on",)),
    Step(
        Stage.appraisal,
        _("Appraisal report"),
        "appraised_on",
        ("appraisal_report_issued",),
        needed=PRICED,
        after=("valuation_base_on",),
    ),
    Step(
        Stage.appraisal_application,
        _("Application to the authority"),
        "appraisal_applied_on",
        needed=PRICED,
        after=("appraised_on",),
    ),
    Step(
        Stage.appraisal_filing,
        _("Appraisal filed or approved"),
        "appraisal_filed_on",
        needed=PRICED,
        after=("appraisal_applied_on",),
    ),
    Step(
        Stage.approval,
        _("Approval of the transfer"),
        "approved_on",
        ("transfer_approved",),
        after=("appraisal_filed_on", "audited_on"),
    ),
    Step(
        Stage.notice,
        _("Notice of the sale"),
        "notice_published_on",
        ("asset_transfer_notice_published",),
        routes=SALE,
        priced=True,
        after=("approved_on",),
    ),
    Step(
        Stage.notice_end,
        _("End of the notice"),
        "notice_ended_on",
        ("asset_transfer_notice_end",),
        routes=SALE,
        priced=True,
        after=("notice_published_on",),
    ),
    Step(
        Stage.agreement,
        _("Agreement"),
        "agreement_on",
        priced=True,
        after=("approved_on",),
    ),
    Step(
        Stage.price_payment,
        _("Payment of the price"),
        "price_paid_on",
        ("transfer_price_paid",),
        routes=SALE,
        priced=True,
        after=("agreement_on",),
    ),
    Step(
        Stage.company_registration,
        _("Company registration"),
        "company_registered_on",
        ("market_registration_change_applied",),
        routes=CAPITAL,
        priced=True,
        after=("agreement_on",),
    ),
    Step(
        Stage.deed_tax,
        _("Deed tax"),
        "deed_tax_on",
        ("deed_tax_declared",),
        priced=True,
        after=("agreement_on",),
    ),
    Step(
        Stage.land_vat,
        _("Land value-added tax"),
        "land_vat_on",
        ("land_vat_declared",),
        routes=PRICED,
        priced=True,
        after=("agreement_on",),
    ),
    Step(
        Stage.stamp_duty,
        _("Stamp tax"),
        "stamp_duty_on",
        ("stamp_duty_declared",),
        priced=True,
        after=("agreement_on",),
    ),
    Step(
        Stage.registration_application,
        _("Application for registration"),
        "registration_applied_on",
        ("estate_registration_accepted", "estate_registration_applied"),
        priced=True,
        after=("deed_tax_on",),
    ),
    Step(
        Stage.registration,
        _("Registration of the real estate"),
        "registered_on",
        ("estate_registration_completed", "ownership_changed", "economic_act_completed"),
        priced=True,
        after=("registration_applied_on",),
    ),
    Step(Stage.booking, _("Booking on both sides"), "booked_on", after=("registered_on",)),
    Step(
        Stage.property_registration,
        _("Registration of property rights"),
        "property_registered_on",
        ("property_registration_changed", "property_registration_applied"),
        after=("registered_on",),
    ),
)

STEP_OF = {step.stage: step for step in STEPS}
# the transition that enters each of them
STEP_BY = {
    Stage.audit: "finish_audit",
    Stage.appraisal: "appraise",
    Stage.appraisal_application: "apply_for_filing",
    Stage.appraisal_filing: "file_appraisal",
    Stage.approval: "approve",
    Stage.notice: "publish_notice",
    Stage.notice_end: "end_notice",
    Stage.agreement: "sign_agreement",
    Stage.price_payment: "pay_price",
    Stage.company_registration: "register_company_change",
    Stage.deed_tax: "declare_deed_tax",
    Stage.land_vat: "declare_land_vat",
    Stage.stamp_duty: "declare_stamp_duty",
    Stage.registration_application: "apply_for_registration",
    Stage.registration: "register",
    Stage.booking: "book",
    Stage.property_registration: "register_property_rights",
}


def path(route: Route) -> Iterator[Step]:
    """Return the steps that a transfer on this route may have, in order."""
    return (step for step in STEPS if route in step.routes)


def events_of(route: Route, procedure: AppraisalProcedure, step: Step) -> tuple[str, ...]:
    """Return the events by which the catalogue knows a step on a route."""
    match step.stage:
        case Stage.appraisal_application:
            return APPLIED[procedure]
        case Stage.appraisal_filing:
            return SETTLED[procedure]
        case Stage.agreement:
            return AGREED[route]
        case _:
            return step.events


def timeline(transfer: AssetTransfer) -> tuple[str, ...]:
    """Return the events that make the timeline of this transfer, in order."""
    shown: list[str] = []
    for step in path(transfer.route):
        if not step.is_needed(transfer.route) and transfer.appraised_on is None:
            continue
        if step.stage is Stage.appraisal:
            shown.append("valuation_base_date")
        shown += events_of(transfer.route, transfer.appraisal_procedure, step)[:1]
    return tuple(shown)
