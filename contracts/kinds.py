"""The contract as the shared screens see it: its particulars, its steps, what a draft asks for."""

from collections.abc import Callable, Iterator
from typing import Any

from flask import url_for
from sqlalchemy.orm import Session

from contracts import entries, payments, queries, rules, services
from contracts.models import (
    BASIS_LABELS,
    NATURE_LABELS,
    Amendment,
    Contract,
    PaymentLine,
)
from contracts.timeline import answers, occurrences, stages
from contracts.workflow import (
    WORKFLOW,
    is_payable,
    is_requested,
    is_reviewed,
    is_unaccepted,
    is_undelivered,
    is_uninvoiced,
    is_unsettled,
    is_untouched,
)
from core import clock
from core.capitals import amount_in_capitals
from core.formats import day, money
from core.i18n import Text
from core.i18n import lazy_gettext as _
from core.kinds import Action, Fact, Input, Kind, Listing
from core.permissions import P
from procurement.models import METHOD_LABELS
from vendors import file_screens
from vendors.categories import CATEGORY_LABELS

YES, NO = _("Yes"), _("No")

ON = Input("on", _("Day"), "date")
REASON = Input("reason", _("Reason"), "long_text")


def _line(test: Callable[[PaymentLine], bool]) -> Input:
    """Return the field that asks which instalment is meant, of those that wait for a step."""

    def waiting(contract: Contract) -> dict[int, Text]:
        return {line.position: f"{line} · {money(line.amount)}" for line in contract.lines if test(line)}

    return Input("line", _("Instalment"), "choice", required=False, choices=waiting)


OPINION = Input("opinion", _("Opinion"), "long_text", required=False)

INPUTS = (
    Input("title", _("Title")),
    Input("vendor", _("Vendor"), "record", choices="vendor", hint=_("Number or full name")),
    Input("tender", _("Tender"), "record", required=False, choices="tender", hint=_("Number or full title")),
    Input("amount", _("Amount (yuan)"), "money"),
    Input("is_government_procurement", _("Government procurement"), "boolean", required=False, default=True),
    Input("nature", _("What is bought"), "choice", choices=NATURE_LABELS),
    Input("category", _("Service category"), "choice", required=False, choices=CATEGORY_LABELS),
    Input(
        "procurement_method",
        _("Procurement method"),
        "choice",
        required=False,
        choices=METHOD_LABELS,
        hint=_("Only without a tender in this system"),
    ),
    Input("award_letter_on", _("Award letter issued"), "date", required=False),
    Input("starts_on", _("Term begins"), "date", required=False),
    Input("ends_on", _("Term ends"), "date", required=False),
    Input(
        "payment_days",
        _("Agreed term of payment (days)"),
        "integer",
        required=False,
        hint=_("Only if the contract sets one; towards small and medium enterprises at most 60"),
    ),
    Input(
        "acceptance_days",
        _("Agreed time of acceptance (days)"),
        "integer",
        required=False,
        hint=_("From the delivery; when it has passed, the term of payment runs without the acceptance"),
    ),
    Input(
        "is_emergency",
        _("Emergency purchase"),
        "boolean",
        required=False,
        hint=_("As the measures for emergency procurement define it; supplements may then go further"),
    ),
    Input(
        "is_multi_year",
        _("Meets the conditions for a service of up to three years"),
        "boolean",
        required=False,
    ),
)

ACTIONS = (
    Action("clear_finance", services.clear_finance, (ON, OPINION)),
    Action("clear_legal", services.clear_legal, (ON, OPINION)),
    Action(
        "sign",
        services.sign,
        (
            ON,
            Input(
                "seal_note",
                _("Seal"),
                required=False,
                hint=_("Which seal, under which delegated power, who sealed, how many copies"),
            ),
        ),
    ),
    Action("publish", services.publish, (ON,)),
    Action("file", services.file, (ON,)),
    Action("settle_disclosure", services.settle_disclosure),
    Action("begin", services.begin, (ON,)),
    Action("resume", services.resume, (ON,)),
    Action("deliver", payments.deliver, (_line(is_undelivered), ON)),
    Action("accept", payments.accept, (_line(is_unaccepted), ON)),
    Action("settle", payments.settle, (_line(is_unsettled), ON)),
    Action("enter_invoice", payments.enter_invoice, (_line(is_uninvoiced), ON)),
    Action("request_payment", payments.request_payment, (_line(is_payable), ON)),
    Action("approve_payment", payments.approve_payment, (_line(is_requested), ON)),
    Action("return_payment", payments.return_payment, (_line(is_requested), REASON)),
    Action(
        "pay",
        payments.pay,
        (
            _line(is_reviewed),
            ON,
            Input(
                "amount",
                _("Amount paid (yuan)"),
                "money",
                required=False,
                hint=_("Leave it empty when the whole instalment is paid"),
            ),
            Input("deduction_reason", _("Reason for a deduction"), required=False),
        ),
    ),
    Action("publish_change", services.publish_change, (ON,)),
    Action("complete", services.complete, (ON,)),
    Action(
        "evaluate",
        services.evaluate,
        (
            ON,
            Input("score", _("Score (0 to 100)"), "integer"),
            Input("remark", _("Remark"), "long_text", required=False),
        ),
    ),
    Action("archive", services.archive, (ON,)),
    Action(
        "schedule",
        payments.schedule,
        (
            Input("label", _("What it is for")),
            Input("basis", _("Payable"), "choice", choices=BASIS_LABELS),
            Input("amount", _("Amount (yuan)"), "money"),
            Input("planned_on", _("Planned payment"), "date", required=False),
        ),
    ),
    Action("unschedule", payments.unschedule, (_line(is_untouched),)),
    Action(
        "amend",
        services.amend,
        (
            ON,
            Input(
                "amount_delta",
                _("More or less (yuan)"),
                "money",
                required=False,
                hint=_("A reduction with a minus sign"),
            ),
            Input("new_ends_on", _("New end of the term"), "date", required=False),
            REASON,
        ),
    ),
    Action("suspend", services.suspend, (ON, REASON)),
    Action("terminate", services.terminate, (ON, REASON)),
    Action("withdraw", services.withdraw, (ON, REASON)),
)


def facts(session: Session, contract: Contract) -> list[Fact]:
    """Return the particulars of a contract, the vendor, the amount and the term first."""
    return [
        Fact(_("Vendor"), contract.vendor_name, url_for("records.show", record_id=contract.vendor_id)),
        Fact(_("Amount"), money(contract.ceiling)),
        Fact(_("Term"), f"{day(contract.starts_on)} – {day(contract.ends_on)}"),
        Fact(_("In words"), amount_in_capitals(contract.ceiling)),
        Fact(_("Scheduled"), money(contract.scheduled)),
        Fact(_("Paid"), money(contract.paid)),
        *_origin(contract),
        *_signing(contract),
        *_basis(session, contract),
        *(Fact(_("Irregularity"), found, tone="late") for found in rules.irregularities(contract)),
    ]


def _basis(session: Session, contract: Contract) -> Iterator[Fact]:
    """Yield where its vendor is paid, and what the vendor's papers lack while the contract rests on them."""
    yield from file_screens.facts(session, contract.vendor)
    today = clock.today()
    for need in queries.lost_basis(session, contract, today):
        href = url_for("records.show", record_id=contract.vendor_id)
        yield Fact(_("Papers of the vendor"), need.words(today), href, tone="late")


def _origin(contract: Contract) -> Iterator[Fact]:
    if contract.tender is not None:
        href = url_for("records.show", record_id=contract.tender_id)
        yield Fact(_("Tender"), str(contract.tender), href)
    if contract.procurement_method is not None:
        yield Fact(_("Procurement method"), METHOD_LABELS[contract.procurement_method])
    yield Fact(_("Government procurement"), YES if contract.is_government_procurement else NO)
    yield Fact(_("What is bought"), NATURE_LABELS[contract.nature])
    if contract.category is not None:
        yield Fact(_("Service category"), CATEGORY_LABELS[contract.category])
    yield Fact(_("Small or medium enterprise"), YES if contract.is_payee_sme else NO)
    if contract.payment_days is not None:
        yield Fact(_("Agreed term of payment (days)"), contract.payment_days)
    if contract.acceptance_days is not None:
        yield Fact(_("Agreed time of acceptance (days)"), contract.acceptance_days)
    if contract.is_emergency:
        yield Fact(_("Emergency purchase"), YES)


def _signing(contract: Contract) -> Iterator[Fact]:
    days: tuple[tuple[Text, str], ...] = (
        (_("Award letter issued"), "award_letter_on"),
        (_("Legal review"), "legal_cleared_on"),
        (_("Finance review"), "finance_cleared_on"),
        (_("Signed on"), "signed_on"),
        (_("Completed on"), "completed_on"),
        (_("Terminated on"), "terminated_on"),
    )
    yield from (Fact(label, day(getattr(contract, name))) for label, name in days if getattr(contract, name))
    if contract.seal_note:
        yield Fact(_("Seal"), contract.seal_note)
    if contract.supplemented:
        yield Fact(_("Added by supplements"), money(contract.supplemented))
    if contract.score is not None:
        yield Fact(_("Score"), contract.score)


def listings(_session: Session, contract: Contract) -> list[Listing]:
    """Return the payment schedule and the supplements."""
    lines = [_of_line(line) for line in contract.lines]
    return [
        Listing(
            _("Payment schedule"),
            (_("Instalment"), _("Payable"), _("Amount"), _("Planned payment"), _("Steps"), _("Paid")),
            lines,
            numeric=frozenset({2, 3, 5}),
            total=_sum(contract),
        ),
        Listing(
            _("Supplements"),
            (
                _("Supplement"),
                _("Signed on"),
                _("More or less (yuan)"),
                _("New end of the term"),
                _("Reason"),
            ),
            [_of_amendment(amendment) for amendment in contract.amendments],
            numeric=frozenset({2}),
        ),
    ]


def _of_line(line: PaymentLine) -> tuple[Any, ...]:
    days: tuple[tuple[Text, str], ...] = (
        (_("delivered"), "delivered_on"),
        (_("accepted"), "accepted_on"),
        (_("settled"), "settled_on"),
        (_("invoiced"), "invoiced_on"),
        (_("requested"), "requested_on"),
        (_("payment approved"), "approved_on"),
        (_("paid"), "paid_on"),
    )
    told = [f"{label} {day(getattr(line, name))}" for label, name in days if getattr(line, name)]
    if line.deduction_reason:
        told.append(str(_("deduction: %(reason)s") % {"reason": line.deduction_reason}))
    paid = money(line.paid_amount) if line.paid_on else ""
    planned = day(line.planned_on) if line.planned_on else ""
    return str(line), BASIS_LABELS[line.basis], money(line.amount), planned, " · ".join(told), paid


def _sum(contract: Contract) -> tuple[Any, ...]:
    room = contract.ceiling - contract.scheduled
    left = str(_("%(room)s not scheduled yet") % {"room": money(room)}) if room else ""
    return _("Total"), "", money(contract.scheduled), "", left, money(contract.paid)


def _of_amendment(amendment: Amendment) -> tuple[Any, ...]:
    delta = amendment.amount_delta
    sign = "+" if delta > 0 else "−"
    return (
        _("Supplement %(position)d") % {"position": amendment.position},
        day(amendment.signed_on),
        f"{sign}{money(abs(delta))}" if delta else "",
        day(amendment.new_ends_on) if amendment.new_ends_on else "",
        amendment.reason,
    )


LABELS = {
    "vendor_name": _("Vendor"),
    "signed_on": _("Signed on"),
    "is_payee_sme": _("Paid to a small or medium enterprise"),
    "ceiling": _("Ceiling"),
    "supplemented": _("Added by supplements"),
    "scheduled": _("Scheduled"),
    "paid": _("Paid"),
    "legal_cleared_on": _("Cleared by law review on"),
    "finance_cleared_on": _("Cleared by finance on"),
    "published_on": _("Published on"),
    "filed_on": _("Filed on"),
    "suspended_on": _("Suspended on"),
    "completed_on": _("Completed on"),
    "terminated_on": _("Terminated on"),
    "evaluated_on": _("Evaluated on"),
    "archived_on": _("Archived on"),
}

CONTRACT = Kind(
    labels=LABELS,
    name="contract",
    model=Contract,
    prefix=services.PREFIX,
    label=_("Contract"),
    label_plural=_("Contracts"),
    workflow=WORKFLOW,
    view=P.contract_view,
    edit=P.contract_edit,
    approve=P.contract_approve,
    facts=facts,
    actions=ACTIONS,
    stages=stages,
    listings=listings,
    occurrences=occurrences,
    answers=answers,
    waiting=queries.waiting,
    entries=entries.entries,
    guard=entries.guard,
    inputs=INPUTS,
    create=services.draft,
    change=services.change,
    require_open=services.require_open,
    register="contract.index_view",
    amount=lambda contract: contract.ceiling,
)

KINDS = (CONTRACT,)
