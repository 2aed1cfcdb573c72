"""The money of a contract: its schedule, and each instalment from delivery to payment."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy.orm import Session

from contracts import rules
from contracts.models import Basis, Contract, PaymentLine
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
from core.auth import By
from core.errors import InvalidInput
from core.i18n import lazy_gettext as _
from core.records import hold
from deadlines.services import announce
from vendors import accounts
from vendors.dossier import Purpose
from vendors.sanctions import require_clear


def schedule(
    session: Session,
    contract: Contract,
    *,
    by: By,
    label: str,
    basis: str,
    amount: Decimal,
    planned_on: date | None = None,
) -> PaymentLine:
    """Add an instalment; all of them together stay under the contract's ceiling."""
    hold(session, contract)  # nor may two instalments at once share the same room under the ceiling
    session.refresh(contract)
    WORKFLOW.check(session, "schedule", contract, by=by)
    rules.check_room(contract, amount)
    WORKFLOW.apply(session, "schedule", contract, by=by, note=f"{label}: {amount:.2f}")
    line = PaymentLine(
        position=max((known.position for known in contract.lines), default=0) + 1,
        label=label,
        basis=Basis(basis),
        amount=amount,
        planned_on=planned_on,
    )
    contract.lines.append(line)
    contract.scheduled += amount
    session.flush()
    if planned_on is not None:
        announce(
            session, contract, "payment_made", on=planned_on, by=by, occurrence=line.occurrence, planned=True
        )
    return line


def unschedule(session: Session, contract: Contract, *, by: By, line: int | None = None) -> None:
    """Remove an instalment on which nothing has happened."""
    leaving = _take(session, contract, "unschedule", is_untouched, line, by=by)
    contract.lines.remove(leaving)
    contract.scheduled -= leaving.amount
    session.flush()


def deliver(session: Session, contract: Contract, *, by: By, on: date, line: int | None = None) -> None:
    """Enter a delivery; where the payment waits for nothing else, its period runs from this day.

    Where it waits for the acceptance and the contract sets a time for that, the end of this time is as good
    as certain from now on: a late acceptance does not put the payment off (order 802, article 10).
    """
    delivered = _find(session, contract, "deliver", is_undelivered, line, by=by)
    rules.require_not_before(on, contract.starts_on or contract.signed_on)
    _note(session, contract, "deliver", delivered, by=by)
    delivered.delivered_on = on
    _come_about(session, contract, delivered, Basis.delivered, by=by)
    if delivered.basis is Basis.delivered:
        announce(
            session,
            contract,
            "goods_or_services_delivered",
            on=on,
            by=by,
            occurrence=delivered.occurrence,
        )
    elif delivered.basis is Basis.accepted and contract.acceptance_days is not None:
        announce(
            session,
            contract,
            "acceptance_term_ended",
            on=on + timedelta(days=contract.acceptance_days),
            by=by,
            occurrence=delivered.occurrence,
        )


def _come_about(session: Session, contract: Contract, line: PaymentLine, basis: Basis, *, by: By) -> None:
    """Start the term that the contract sets, once what the instalment waits for has come about."""
    on = line.condition_met_on
    if line.basis is basis and contract.payment_days is not None and on is not None:
        announce(session, contract, "payment_condition_met", on=on, by=by, occurrence=line.occurrence)


def accept(session: Session, contract: Contract, *, by: By, on: date, line: int | None = None) -> None:
    """Accept a delivery; nobody accepts what they have signed for."""
    accepted = _find(session, contract, "accept", is_unaccepted, line, by=by)
    rules.require_not_before(on, accepted.delivered_on)
    _note(session, contract, "accept", accepted, by=by)
    accepted.accepted_on = on
    _come_about(session, contract, accepted, Basis.accepted, by=by)
    if accepted.basis is Basis.accepted:
        announce(session, contract, "acceptance_passed", on=on, by=by, occurrence=accepted.occurrence)


def settle(session: Session, contract: Contract, *, by: By, on: date, line: int | None = None) -> None:
    """Enter that both sides have confirmed the amount of a progress or periodic settlement."""
    settled = _find(session, contract, "settle", is_unsettled, line, by=by)
    rules.require_not_before(on, contract.starts_on or contract.signed_on)
    _note(session, contract, "settle", settled, by=by)
    settled.settled_on = on
    _come_about(session, contract, settled, Basis.settled, by=by)
    announce(session, contract, "settlement_confirmed", on=on, by=by, occurrence=settled.occurrence)


def enter_invoice(session: Session, contract: Contract, *, by: By, on: date, line: int | None = None) -> None:
    """Enter the vendor's invoice for an instalment."""
    invoiced = _find(session, contract, "enter_invoice", is_uninvoiced, line, by=by)
    rules.require_not_before(on, contract.signed_on)
    _note(session, contract, "enter_invoice", invoiced, by=by)
    invoiced.invoiced_on = on
    _come_about(session, contract, invoiced, Basis.invoiced, by=by)
    announce(session, contract, "invoice_received", on=on, by=by, occurrence=invoiced.occurrence)


def request_payment(
    session: Session, contract: Contract, *, by: By, on: date, line: int | None = None
) -> None:
    """Ask for the payment of an instalment whose condition has come about."""
    payable = _find(session, contract, "request_payment", is_payable, line, by=by)
    _require_payable(session, contract, on)
    rules.require_not_before(on, payable.condition_met_on)
    _note(session, contract, "request_payment", payable, by=by)
    payable.requested_on = on


def approve_payment(
    session: Session, contract: Contract, *, by: By, on: date, line: int | None = None
) -> None:
    """Approve a requested payment; nobody does who asked for it, accepted the work or signed."""
    requested = _find(session, contract, "approve_payment", is_requested, line, by=by)
    _require_payable(session, contract, on)
    rules.require_not_before(on, requested.requested_on)
    _note(session, contract, "approve_payment", requested, by=by)
    requested.approved_on = on


def return_payment(
    session: Session, contract: Contract, *, by: By, reason: str, line: int | None = None
) -> None:
    """Return a payment request, saying what is wrong with it."""
    requested = _find(session, contract, "return_payment", is_requested, line, by=by)
    _note(session, contract, "return_payment", requested, by=by, more=reason)
    requested.requested_on = None


def pay(
    session: Session,
    contract: Contract,
    *,
    by: By,
    on: date,
    amount: Decimal | None = None,
    deduction_reason: str | None = None,
    line: int | None = None,
) -> None:
    """Enter the payment of an instalment; less than planned only with the reason for the deduction."""
    owed = _find(session, contract, "pay", is_reviewed, line, by=by)
    _require_payable(session, contract, on)
    paid = owed.amount if amount is None else amount
    rules.check_payment(owed, paid, on)
    rules.require_not_before(on, contract.signed_on)
    if paid < owed.amount and not deduction_reason:
        raise InvalidInput({"deduction_reason": _("Say why less is paid than the instalment.")})
    _note(session, contract, "pay", owed, by=by, more=f"{paid:.2f}")
    owed.paid_on, owed.paid_amount = on, paid
    owed.deduction_reason = deduction_reason or ""
    contract.paid += paid
    session.flush()
    announce(session, contract, "payment_made", on=on, by=by, occurrence=owed.occurrence)


def _require_payable(session: Session, contract: Contract, on: date) -> None:
    """Refuse a payment to a barred vendor, or while a new account of it is not confirmed."""
    require_clear(session, contract.vendor, Purpose.payment, on)
    accounts.require_payable(session, contract.vendor)


def _find(
    session: Session,
    contract: Contract,
    step: str,
    test: Callable[[PaymentLine], bool],
    position: int | None,
    *,
    by: By,
) -> PaymentLine:
    WORKFLOW.check(session, step, contract, by=by)
    return rules.chosen(contract.lines, test, position)


def _take(
    session: Session,
    contract: Contract,
    step: str,
    test: Callable[[PaymentLine], bool],
    position: int | None,
    *,
    by: By,
) -> PaymentLine:
    line = _find(session, contract, step, test, position, by=by)
    _note(session, contract, step, line, by=by)
    return line


def _note(
    session: Session, contract: Contract, step: str, line: PaymentLine, *, by: By, more: str = ""
) -> None:
    """Enter a step on an instalment in the trail of its contract."""
    WORKFLOW.apply(session, step, contract, by=by, note=" ".join(filter(None, (str(line), more))))
