"""The asset transfer as the shared screens see it: its particulars, its steps, what a new case asks for."""

from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy.orm import Session

from assets import appraisals, entries, queries, rules, services
from assets.models import PROCEDURE_LABELS, ROUTE_LABELS, Asset, AssetTransfer, Stage
from assets.routes import STEP_BY, events_of, path, timeline
from assets.workflow import WORKFLOW, waits_for_accounts, waits_for_filing
from core.capitals import amount_in_capitals
from core.formats import day, money
from core.i18n import Text
from core.i18n import lazy_gettext as _
from core.kinds import Action, Answer, Fact, Input, Kind, Listing
from core.permissions import P

ON = Input("on", _("Day"), "date")
DATED = (ON,)


def _numbered(test: Callable[[Asset], bool]) -> Input:
    """Return the field that asks which asset is meant, of those that wait for a step."""

    def waiting(transfer: AssetTransfer) -> dict[int, Text]:
        numbered = enumerate(transfer.assets, start=1)
        return {number: f"{number}. {asset.name}" for number, asset in numbered if test(asset)}

    return Input("asset", _("Asset"), "choice", choices=waiting)


def _unfinished(transfer: AssetTransfer) -> dict[Stage, Text]:
    """Return the stages of the route that have not happened yet."""
    return {step.stage: step.label for step in path(transfer.route) if getattr(transfer, step.field) is None}


INPUTS = (
    Input("title", _("Title")),
    Input("route", _("Route"), "choice", choices=ROUTE_LABELS),
    Input("from_name", _("Transferor")),
    Input("to_name", _("Transferee")),
    Input("decided_on", _("Decided on"), "date"),
    Input("decision_document", _("Decision (document number)"), required=False),
    Input("is_land_allocated", _("On allocated land"), "boolean", required=False),
    Input(
        "appraisal_procedure",
        _("Procedure of the appraisal"),
        "choice",
        choices=PROCEDURE_LABELS,
    ),
)

REPORT = (
    Input("on", _("Day of the report"), "date"),
    Input("valuation_base_on", _("Valuation base date"), "date"),
    Input("appraised_amount", _("Appraised value (yuan)"), "money"),
    Input("appraiser", _("Appraiser")),
    Input(
        "appraisal_procedure",
        _("Procedure of the appraisal"),
        "choice",
        required=False,
        choices=PROCEDURE_LABELS,
    ),
)

ACTIONS = (
    Action("finish_audit", services.finish_audit, DATED),
    Action("file_appraisal", appraisals.file_appraisal, DATED),
    Action("apply_for_filing", appraisals.apply_for_filing, DATED),
    Action(
        "approve",
        services.approve,
        (ON, Input("approval_document", _("Approval (document number)"))),
    ),
    Action(
        "sign_agreement",
        services.sign_agreement,
        (
            ON,
            Input(
                "price",
                _("Price or value of the contribution (yuan)"),
                "money",
                required=False,
                hint=_("None for a free transfer"),
            ),
            Input("is_paid_in_instalments", _("Paid in instalments"), "boolean", required=False),
        ),
    ),
    Action("declare_deed_tax", services.declare_deed_tax, DATED),
    Action("register", services.register, DATED),
    Action("book", services.book, DATED),
    Action("close", services.close, DATED),
    Action(
        "publish_notice",
        services.publish_notice,
        (ON, Input("floor_price", _("Floor price (yuan)"), "money")),
    ),
    Action("end_notice", services.end_notice, DATED),
    Action(
        "consent_to_price",
        services.consent_to_price,
        (ON, Input("price_consent_document", _("Consent (document number)"))),
    ),
    Action("pay_price", services.pay_price, DATED),
    Action("declare_land_vat", services.declare_land_vat, DATED),
    Action("declare_stamp_duty", services.declare_stamp_duty, DATED),
    Action("apply_for_registration", services.apply_for_registration, DATED),
    Action("register_company_change", services.register_company_change, DATED),
    Action("register_property_rights", services.register_property_rights, DATED),
    Action("appraise", appraisals.appraise, REPORT),
    Action("appraise_again", appraisals.appraise_again, REPORT),
    Action("approve_land", services.approve_land, DATED),
    Action(
        "add_asset",
        services.add_asset,
        (
            Input("name", _("Asset")),
            Input("location", _("Location"), required=False),
            Input("area", _("Area (m²)"), "money", required=False),
            Input("book_value", _("Book value (yuan)"), "money"),
            Input("net_value", _("Net value (yuan)"), "money"),
            Input("completion_accepted_on", _("Completion accepted"), "date", required=False),
            Input("completion_filed_on", _("Completion acceptance filed"), "date", required=False),
            Input("final_accounts_on", _("Final accounts"), "date", required=False),
        ),
    ),
    Action("file_completion", services.file_completion, (_numbered(waits_for_filing), ON)),
    Action("complete_accounts", services.complete_accounts, (_numbered(waits_for_accounts), ON)),
    Action(
        "plan",
        services.plan,
        (
            Input(
                "stage",
                _("Stage"),
                "choice",
                choices=_unfinished,
            ),
            ON,
        ),
    ),
    Action("abandon", services.abandon, (ON, Input("reason", _("Reason"), "long_text"))),
)


def facts(_session: Session, transfer: AssetTransfer) -> list[Fact]:
    """Return the particulars of a transfer, the route and the two sides first."""
    return [
        Fact(_("Route"), ROUTE_LABELS[transfer.route]),
        Fact(_("Transferor"), transfer.from_name),
        Fact(_("Transferee"), transfer.to_name),
        *_amounts(transfer),
        Fact(_("Decided on"), day(transfer.decided_on)),
        Fact(_("Decision (document number)"), transfer.decision_document),
        *_appraisal(transfer),
        *_days(transfer),
    ]


def _amounts(transfer: AssetTransfer) -> Iterator[Fact]:
    yield Fact(_("Book value"), money(transfer.book_value))
    yield Fact(_("Net value"), money(transfer.net_value))
    yield Fact(_("Area"), f"{transfer.area:,.2f} m²")
    if transfer.price is not None:
        yield Fact(_("Price"), money(transfer.price))
        yield Fact(_("In words"), amount_in_capitals(transfer.price))


def _appraisal(transfer: AssetTransfer) -> Iterator[Fact]:
    if transfer.appraised_amount is None:
        return
    yield Fact(_("Valuation base date"), day(transfer.valuation_base_on))
    yield Fact(_("Appraisal in force until"), day(transfer.appraisal_expires_on))
    yield Fact(_("Appraised value"), money(transfer.appraised_amount))
    yield Fact(_("In words"), amount_in_capitals(transfer.appraised_amount))
    yield Fact(_("Appraiser"), transfer.appraiser)
    yield Fact(_("Procedure of the appraisal"), PROCEDURE_LABELS[transfer.appraisal_procedure])


def _days(transfer: AssetTransfer) -> Iterator[Fact]:
    planned = {plan.stage: plan.planned_on for plan in transfer.plans}
    late = {plan.stage for plan in rules.late_plans(transfer)}
    for step in path(transfer.route):
        actual = getattr(transfer, step.field)
        if actual is not None:
            yield Fact(step.label, day(actual))
        elif step.stage in late:
            told = _("planned %(day)s, when the appraisal has lapsed") % {"day": day(planned[step.stage])}
            yield Fact(step.label, told, tone="late")
        elif step.stage in planned:
            yield Fact(step.label, _("planned %(day)s") % {"day": day(planned[step.stage])})


def listings(_session: Session, transfer: AssetTransfer) -> list[Listing]:
    """Return the assets that move."""
    return [
        Listing(
            _("Assets"),
            (
                _("Asset"),
                _("Location"),
                _("Area (m²)"),
                _("Book value"),
                _("Net value"),
                _("Completion accepted"),
                _("Final accounts"),
            ),
            [_of_asset(number, asset) for number, asset in enumerate(transfer.assets, start=1)],
            numeric=frozenset({2, 3, 4, 5, 6}),
        )
    ]


def _of_asset(number: int, asset: Asset) -> tuple[Any, ...]:
    closed_on = asset.final_accounts_on
    return (
        f"{number}. {asset.name}",
        asset.location,
        f"{asset.area:,.2f}" if asset.area else "",
        money(asset.book_value),
        money(asset.net_value),
        day(asset.completion_accepted_on) if asset.completion_accepted_on else "",
        day(closed_on) if closed_on else _("no final accounts yet"),
    )


def occurrences(transfer: AssetTransfer) -> dict[str, Text]:
    """Name the assets that clocks belong to."""
    return {asset.occurrence: asset.name for asset in transfer.assets}


COMPLETION = {
    "completion_acceptance_filed": "file_completion",
    "final_accounts_completed": "complete_accounts",
}


def answers(transfer: AssetTransfer, event: str, occurrence: str) -> Answer | None:
    """Return the step that enters what a deadline waits for."""
    if event in COMPLETION:
        numbered = enumerate(transfer.assets, start=1)
        number = next((number for number, asset in numbered if asset.occurrence == occurrence), None)
        return Answer(COMPLETION[event], {"asset": number}) if number else None
    for step in path(transfer.route):
        if event in events_of(transfer.route, transfer.appraisal_procedure, step):
            return Answer(STEP_BY[step.stage])
    return None


LABELS = {
    "land_approved_on": _("Land use approved on"),
    "audited_on": _("Audited on"),
    "appraised_on": _("Appraised on"),
    "appraisal_applied_on": _("Appraisal submitted on"),
    "appraisal_expires_on": _("Appraisal in force until"),
    "appraisal_filed_on": _("Appraisal filed on"),
    "approved_on": _("Approved on"),
    "notice_published_on": _("Notice published on"),
    "notice_ended_on": _("Notice ended on"),
    "price_consent_on": _("Price consented to on"),
    "agreement_on": _("Agreement signed on"),
    "price_paid_on": _("Price paid on"),
    "deed_tax_on": _("Deed tax declared on"),
    "land_vat_on": _("Land value tax declared on"),
    "stamp_duty_on": _("Stamp duty declared on"),
    "registration_applied_on": _("Registration applied for on"),
    "registered_on": _("Registered on"),
    "booked_on": _("Booked on"),
    "company_registered_on": _("Company change registered on"),
    "property_registered_on": _("State property registered on"),
    "closed_on": _("Closed on"),
    "abandoned_on": _("Abandoned on"),
}

TRANSFER = Kind(
    labels=LABELS,
    name="transfer",
    model=AssetTransfer,
    prefix=services.PREFIX,
    label=_("Asset transfer"),
    label_plural=_("Asset transfers"),
    workflow=WORKFLOW,
    view=P.asset_view,
    edit=P.asset_edit,
    approve=P.asset_approve,
    facts=facts,
    actions=ACTIONS,
    stages=timeline,
    listings=listings,
    occurrences=occurrences,
    answers=answers,
    waiting=queries.waiting,
    entries=entries.entries,
    guard=entries.guard,
    inputs=INPUTS,
    create=services.create,
    change=services.change,
    require_open=services.require_open,
    register="transfer.index_view",
    amount=lambda transfer: transfer.price if transfer.price is not None else transfer.net_value,
)

KINDS = (TRANSFER,)
