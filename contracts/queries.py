"""What is asked about contracts more than once."""

from collections.abc import Iterable, Iterator
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from contracts.models import Contract, ContractStatus, PaymentLine
from contracts.workflow import WORKFLOW
from core.i18n import Text
from core.kinds import Waiting
from core.organizations import Organization
from core.permissions import Permission
from core.records import ReviewStatus
from core.workflow import ACT_LABELS
from vendors.evidence import Need
from vendors.models import SMALL_AND_MEDIUM, Vendor
from vendors.needs import lacks
from vendors.queries import portions

# the stages in which a contract cannot do without the vendor's papers
RESTS_ON_PAPERS = frozenset(
    {
        ContractStatus.drafted,
        ContractStatus.signed,
        ContractStatus.filed,
        ContractStatus.performing,
        ContractStatus.suspended,
    }
)


def contracts_by_number(
    session: Session, organization: Organization, numbers: Iterable[str]
) -> dict[str, int]:
    """Return the ids of an organization's contracts by their number."""
    own = select(Contract.number, Contract.id).where(Contract.organization_id == organization.id)
    found = (session.execute(own.where(Contract.number.in_(some))) for some in portions(numbers))
    return {number: id_ for rows in found for number, id_ in rows}


def contracts_by_title(session: Session, organization: Organization, titles: Iterable[str]) -> dict[str, int]:
    """Return the ids of an organization's contracts by their title, the newest of each."""
    own = select(Contract.title, Contract.id).where(
        Contract.kind == "contract", Contract.organization_id == organization.id
    )
    found = (
        session.execute(own.where(Contract.title.in_(some)).order_by(Contract.id))
        for some in portions(titles)
    )
    return {title: id_ for rows in found for title, id_ in rows}


def payees(session: Session, ids: Iterable[int]) -> dict[int, tuple[str, bool]]:
    """Return the names of vendors, and whether the payment rules for small firms protect them."""
    known = select(Vendor.id, Vendor.title, Vendor.size)
    found = (session.execute(known.where(Vendor.id.in_(some))) for some in portions(ids))
    return {id_: (title, size in SMALL_AND_MEDIUM) for rows in found for id_, title, size in rows}


def lost_basis(session: Session, contract: Contract, on: date) -> list[Need]:
    """Return what the vendor of a contract that still runs lacks for the service on a day."""
    if contract.category is None or contract.status not in RESTS_ON_PAPERS:
        return []
    return lacks(session, contract.vendor_id, contract.category, on)


def waiting(session: Session, held: frozenset[Permission], limit: int) -> list[Waiting]:
    """Return the drafts that wait for a review, an approval or a signature, and the payments for theirs."""
    found = _drafts_waiting(session, held, limit)
    if Permission.contract_review in held:
        found += _payments_waiting(session, limit)
    return found


def _drafts_waiting(session: Session, held: frozenset[Permission], limit: int) -> list[Waiting]:
    drafts = select(Contract).where(
        Contract.status == ContractStatus.drafted,
        Contract.review.in_([ReviewStatus.submitted, ReviewStatus.approved]),
    )
    steps = {
        contract: next((step for needs, step in _next_of(contract) if needs in held), None)
        for contract in session.scalars(drafts.order_by(Contract.id).limit(limit))
    }
    return [Waiting(contract, step) for contract, step in steps.items() if step]


def _next_of(contract: Contract) -> Iterator[tuple[Permission, Text]]:
    if contract.review is ReviewStatus.approved:
        yield Permission.contract_sign, WORKFLOW["sign"].label
        return
    if contract.finance_cleared_on is None:
        yield Permission.contract_review, WORKFLOW["clear_finance"].label
    if contract.legal_cleared_on is None:
        yield Permission.contract_review, WORKFLOW["clear_legal"].label
    yield Permission.contract_approve, ACT_LABELS["review.approve"]


def _payments_waiting(session: Session, limit: int) -> list[Waiting]:
    lines = select(PaymentLine).join(PaymentLine.contract)
    asked = lines.where(PaymentLine.requested_on.is_not(None), PaymentLine.paid_on.is_(None))
    return [
        Waiting(line.contract, WORKFLOW["pay" if line.approved_on else "approve_payment"].label)
        for line in session.scalars(asked.order_by(PaymentLine.id).limit(limit))
    ]
