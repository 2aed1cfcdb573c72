"""What may be done with a contract, when, by whom, and what nobody may do twice on the same one.

Separation of duties follows the internal-control rules for procurement: who signs does not accept or
review payments, who accepts does not request payment, who requests it does not review it.
"""

from collections.abc import Callable

from contracts.models import STATUS_LABELS, Amendment, Basis, Contract, ContractStatus, PaymentLine
from core.i18n import lazy_gettext as _
from core.permissions import P
from core.records import ReviewStatus
from core.workflow import Transition, Workflow

S = ContractStatus

IN_FORCE = frozenset({S.signed, S.filed, S.performing, S.suspended})
# a contract that was ended early still owes what was delivered
PAYABLE = frozenset({S.performing, S.suspended, S.terminated})
PUBLISHABLE = IN_FORCE | {S.completed, S.terminated}


def is_undelivered(line: PaymentLine) -> bool:
    """Tell whether an instalment still waits for its delivery."""
    return line.delivered_on is None and line.paid_on is None


def is_unaccepted(line: PaymentLine) -> bool:
    """Tell whether a delivery waits for its acceptance."""
    return line.delivered_on is not None and line.accepted_on is None and line.paid_on is None


def is_unsettled(line: PaymentLine) -> bool:
    """Tell whether an instalment waits for both sides to confirm its amount."""
    return line.basis is Basis.settled and line.settled_on is None and line.paid_on is None


def is_uninvoiced(line: PaymentLine) -> bool:
    """Tell whether an instalment waits for its invoice."""
    return line.invoiced_on is None and line.paid_on is None


def is_payable(line: PaymentLine) -> bool:
    """Tell whether what the payment waits for has come about and nobody has requested it."""
    return line.condition_met_on is not None and line.requested_on is None and line.paid_on is None


def is_requested(line: PaymentLine) -> bool:
    """Tell whether a payment waits for its review."""
    return line.requested_on is not None and line.approved_on is None


def is_reviewed(line: PaymentLine) -> bool:
    """Tell whether a payment has passed its review and not been made."""
    return line.approved_on is not None and line.paid_on is None


def is_untouched(line: PaymentLine) -> bool:
    """Tell whether nothing has happened on an instalment yet."""
    steps = (line.delivered_on, line.settled_on, line.invoiced_on, line.requested_on)
    return all(day is None for day in steps)


def is_unpublished(amendment: Amendment) -> bool:
    """Tell whether a change still has to be announced."""
    return amendment.published_on is None


def _has_line(test: Callable[[PaymentLine], bool]) -> Callable[[Contract], bool]:
    return lambda contract: any(test(line) for line in contract.lines)


def _has_unpublished_change(contract: Contract) -> bool:
    return contract.is_government_procurement and any(map(is_unpublished, contract.amendments))


def _is_under_review(contract: Contract) -> bool:
    return contract.review is ReviewStatus.submitted


def _has_open_paper(contract: Contract) -> bool:
    return contract.review in {ReviewStatus.draft, ReviewStatus.returned}


def _may_be_scheduled(contract: Contract) -> bool:
    return contract.status is not S.drafted or _has_open_paper(contract)


WORKFLOW = Workflow(
    "contract",
    ContractStatus,
    STATUS_LABELS,
    Transition(
        "clear_finance",
        frozenset({S.drafted}),
        None,
        P.contract_review,
        _("Enter the finance review"),
        apart_from=("created",),
        when=lambda contract: _is_under_review(contract) and contract.finance_cleared_on is None,
    ),
    Transition(
        "clear_legal",
        frozenset({S.drafted}),
        None,
        P.contract_review,
        _("Enter the legal review"),
        apart_from=("created",),
        when=lambda contract: _is_under_review(contract) and contract.legal_cleared_on is None,
    ),
    Transition(
        "sign",
        frozenset({S.drafted}),
        S.signed,
        P.contract_sign,
        _("Sign"),
        approved=True,
    ),
    Transition(
        "publish",
        PUBLISHABLE,
        None,
        P.contract_edit,
        _("Enter the publication"),
        when=lambda contract: contract.is_government_procurement and contract.published_on is None,
    ),
    Transition(
        "file",
        PUBLISHABLE,
        None,
        P.contract_edit,
        _("Enter the filing"),
        when=lambda contract: contract.is_government_procurement and contract.filed_on is None,
    ),
    Transition(
        "settle_disclosure",
        frozenset({S.signed}),
        S.filed,
        P.contract_edit,
        _("Note that it is published and filed"),
        when=lambda contract: contract.published_on is not None and contract.filed_on is not None,
    ),
    Transition(
        "begin", frozenset({S.signed, S.filed}), S.performing, P.contract_edit, _("Begin performance")
    ),
    Transition("resume", frozenset({S.suspended}), S.performing, P.contract_approve, _("Resume performance")),
    Transition(
        "deliver",
        frozenset({S.performing}),
        None,
        P.contract_edit,
        _("Enter a delivery"),
        when=_has_line(is_undelivered),
    ),
    Transition(
        "accept",
        PAYABLE,
        None,
        P.contract_edit,
        _("Accept a delivery"),
        apart_from=("sign", "request_payment", "approve_payment"),
        when=_has_line(is_unaccepted),
    ),
    Transition(
        "settle",
        PAYABLE,
        None,
        P.contract_edit,
        _("Confirm a settlement"),
        apart_from=("approve_payment",),
        when=_has_line(is_unsettled),
    ),
    Transition(
        "enter_invoice",
        PAYABLE,
        None,
        P.contract_edit,
        _("Enter an invoice"),
        when=_has_line(is_uninvoiced),
    ),
    Transition(
        "request_payment",
        PAYABLE,
        None,
        P.contract_edit,
        _("Request a payment"),
        apart_from=("accept", "approve_payment"),
        when=_has_line(is_payable),
    ),
    Transition(
        "approve_payment",
        PAYABLE,
        None,
        P.contract_review,
        _("Approve a payment"),
        apart_from=("sign", "accept", "request_payment"),
        when=_has_line(is_requested),
    ),
    Transition(
        "return_payment",
        PAYABLE,
        None,
        P.contract_review,
        _("Return a payment request"),
        apart_from=("request_payment",),
        when=_has_line(is_requested),
    ),
    Transition(
        "pay",
        PAYABLE,
        None,
        P.contract_review,
        _("Enter a payment"),
        apart_from=("request_payment",),
        when=_has_line(is_reviewed),
    ),
    Transition(
        "publish_change",
        PUBLISHABLE,
        None,
        P.contract_edit,
        _("Enter the publication of a change"),
        when=_has_unpublished_change,
    ),
    Transition(
        "complete",
        frozenset({S.performing}),
        S.completed,
        P.contract_edit,
        _("Complete"),
        when=lambda contract: all(line.paid_on is not None for line in contract.lines),
    ),
    Transition(
        "evaluate", frozenset({S.completed, S.terminated}), S.evaluated, P.contract_edit, _("Evaluate")
    ),
    Transition("archive", frozenset({S.evaluated}), S.archived, P.contract_edit, _("Archive")),
    Transition(
        "schedule",
        frozenset({S.drafted}) | IN_FORCE,
        None,
        P.contract_edit,
        _("Add an instalment"),
        when=_may_be_scheduled,
    ),
    Transition(
        "unschedule",
        frozenset({S.drafted}) | IN_FORCE,
        None,
        P.contract_edit,
        _("Remove an instalment"),
        when=lambda contract: _may_be_scheduled(contract) and any(map(is_untouched, contract.lines)),
    ),
    Transition("amend", IN_FORCE, None, P.contract_sign, _("Enter a signed supplement")),
    Transition(
        "suspend",
        frozenset({S.performing}),
        S.suspended,
        P.contract_approve,
        _("Suspend performance"),
        aside=True,
    ),
    Transition(
        "terminate", IN_FORCE, S.terminated, P.contract_approve, _("Terminate the contract"), aside=True
    ),
    Transition(
        "withdraw",
        frozenset({S.drafted}),
        S.withdrawn,
        P.contract_edit,
        _("Withdraw unsigned"),
        aside=True,
    ),
)
