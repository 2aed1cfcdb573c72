"""The life of a contract: drafted, reviewed, signed, disclosed, changed, ended, archived."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy.orm import Session

from contracts import rules
from contracts.models import Amendment, Contract, ContractStatus, Nature
from contracts.workflow import WORKFLOW, is_unpublished
from core import audit
from core.auth import By, User
from core.errors import InvalidInput, WrongState
from core.i18n import lazy_gettext as _
from core.numbering import next_number
from core.organizations import Organization
from core.permissions import Permission, authorize
from core.records import ReviewStatus, check_version, hold
from deadlines.rules import Method
from deadlines.services import announce, cancel_all, retract
from procurement.models import Tender, TenderStatus
from procurement.services import conclude
from vendors.categories import ServiceCategory
from vendors.conflicts import require_none
from vendors.dossier import Purpose
from vendors.models import Vendor
from vendors.sanctions import require_clear

PREFIX = "HT"
OPEN_PAPER = frozenset({ReviewStatus.draft, ReviewStatus.returned})

CHOICES: Mapping[str, type[StrEnum]] = {
    "nature": Nature,
    "category": ServiceCategory,
    "procurement_method": Method,
}


def draft(
    session: Session,
    *,
    by: By,
    organization: Organization,
    on: date,
    title: str,
    vendor: Vendor,
    amount: Decimal,
    tender: Tender | None = None,
    **given: Any,
) -> Contract:
    """Draft a contract with a vendor, as a rule on the award of a tender."""
    authorize(by, Permission.contract_edit)
    person = by if isinstance(by, User) else None
    contract = Contract(
        number=next_number(session, PREFIX, organization.id, on.year),
        title=title,
        organization=organization,
        owner=person,
        created_by=person,
        paid=Decimal(0),
        scheduled=Decimal(0),
        lines=[],
    )
    _fill(contract, {"vendor": vendor, "tender": tender, "amount": amount} | given)
    _require_fit(session, contract, by=by, on=on)
    session.add(contract)
    audit.record(session, contract, "created", by=by)
    session.flush()
    _announce_award(session, contract, None, by=by)
    return contract


def require_open(contract: Contract) -> None:
    """Raise WrongState while a draft is under review, and once it is approved or signed."""
    if contract.status is not ContractStatus.drafted:
        raise WrongState(_("A signed contract is changed by a supplement, not by hand."))
    if contract.review not in OPEN_PAPER:
        raise WrongState(_("The draft is under review or approved: have it returned first."))


def change(
    session: Session,
    contract: Contract,
    *,
    by: By,
    on: date | None = None,
    version: int | None = None,
    **given: Any,
) -> None:
    """Correct a draft; what the reviewers have seen of it counts no longer."""
    authorize(by, Permission.contract_edit)
    check_version(contract, version, given)
    require_open(contract)
    announced_on = _own_award_letter(contract)
    audit.record(session, contract, "contract.change", by=by)
    _fill(contract, given)
    _require_fit(session, contract, by=by, on=on or date.min)  # on no day named no exception is taken
    contract.legal_cleared_on = contract.finance_cleared_on = None
    session.flush()
    _announce_award(session, contract, announced_on, by=by)


def clear_legal(
    session: Session, contract: Contract, *, by: By, on: date, opinion: str | None = None
) -> None:
    """Enter the legal review of the draft."""
    WORKFLOW.apply(session, "clear_legal", contract, by=by, note=opinion)
    contract.legal_cleared_on = on


def clear_finance(
    session: Session, contract: Contract, *, by: By, on: date, opinion: str | None = None
) -> None:
    """Enter the finance review of the draft."""
    WORKFLOW.apply(session, "clear_finance", contract, by=by, note=opinion)
    contract.finance_cleared_on = on


def sign(session: Session, contract: Contract, *, by: By, on: date, seal_note: str | None = None) -> None:
    """Enter the signing and sealing; the duties to publish and file run from this day."""
    WORKFLOW.check(session, "sign", contract, by=by)
    rules.require_ready_to_sign(contract, on)
    _require_fit(session, contract, by=by, on=on)
    WORKFLOW.apply(session, "sign", contract, by=by, note=seal_note)
    contract.signed_on = on
    contract.seal_note = seal_note or ""
    contract.is_payee_sme = contract.vendor.is_small_or_medium
    session.flush()
    _conclude_tender(session, contract.tender, by=by, on=on)
    announce(session, contract, "contract_signed", on=on, by=by)
    announce(session, contract, "contract_effective", on=contract.starts_on or on, by=by, planned=True)
    if contract.ends_on is not None:
        announce(session, contract, "contract_expiry", on=contract.ends_on, by=by, planned=True)


def publish(session: Session, contract: Contract, *, by: By, on: date) -> None:
    """Enter the publication of the contract."""
    WORKFLOW.check(session, "publish", contract, by=by)
    rules.require_not_before(on, contract.signed_on)
    WORKFLOW.apply(session, "publish", contract, by=by)
    contract.published_on = on
    _settle_disclosure(session, contract, by=by)
    announce(session, contract, "contract_published", on=on, by=by)


def file(session: Session, contract: Contract, *, by: By, on: date) -> None:
    """Enter the filing of a copy with the finance department."""
    WORKFLOW.check(session, "file", contract, by=by)
    rules.require_not_before(on, contract.signed_on)
    WORKFLOW.apply(session, "file", contract, by=by)
    contract.filed_on = on
    _settle_disclosure(session, contract, by=by)
    announce(session, contract, "contract_filed", on=on, by=by)


def settle_disclosure(session: Session, contract: Contract, *, by: By) -> None:
    """Note that a contract is both published and filed."""
    WORKFLOW.apply(session, "settle_disclosure", contract, by=by)


def begin(session: Session, contract: Contract, *, by: By, on: date) -> None:
    """Begin the performance."""
    WORKFLOW.check(session, "begin", contract, by=by)
    rules.require_not_before(on, contract.signed_on)
    rules.require_term(on, contract.ends_on)
    WORKFLOW.apply(session, "begin", contract, by=by)
    contract.starts_on = contract.starts_on or on
    announce(session, contract, "contract_effective", on=on, by=by)


def amend(
    session: Session,
    contract: Contract,
    *,
    by: By,
    on: date,
    reason: str,
    amount_delta: Decimal | None = None,
    new_ends_on: date | None = None,
) -> Amendment:
    """Enter a signed supplement: more or less money, a later or an earlier end, and why."""
    hold(session, contract)  # all supplements share one cap: nobody adds to it meanwhile
    session.refresh(contract)
    WORKFLOW.check(session, "amend", contract, by=by)
    rules.require_not_before(on, contract.signed_on)
    rules.require_term(contract.starts_on, new_ends_on)
    delta = amount_delta or Decimal(0)
    if not delta and new_ends_on is None:
        raise InvalidInput({"amount_delta": _("A supplement changes the amount or the end of the term.")})
    caution = rules.check_supplement(session, contract, delta, on)
    rules.check_ceiling(contract, contract.ceiling + delta, "amount_delta")
    if caution is not None:
        session.info.setdefault("warnings", []).append(caution)
    WORKFLOW.apply(session, "amend", contract, by=by, note=reason)
    contract.ceiling += delta
    contract.supplemented += max(delta, Decimal(0))
    contract.ends_on = new_ends_on or contract.ends_on
    amendment = Amendment(
        position=len(contract.amendments) + 1,
        signed_on=on,
        amount_delta=delta,
        new_ends_on=new_ends_on,
        reason=reason,
    )
    contract.amendments.append(amendment)
    session.flush()
    announce(session, contract, "contract_changed", on=on, by=by, occurrence=amendment.occurrence)
    if new_ends_on is not None:
        announce(session, contract, "contract_expiry", on=new_ends_on, by=by, planned=True)
    return amendment


def publish_change(session: Session, contract: Contract, *, by: By, on: date) -> None:
    """Enter the publication of the oldest change that still waits for it."""
    WORKFLOW.check(session, "publish_change", contract, by=by)
    amendment = next(filter(is_unpublished, contract.amendments))
    rules.require_not_before(on, amendment.signed_on)
    WORKFLOW.apply(session, "publish_change", contract, by=by, note=amendment.reason)
    amendment.published_on = on
    announce(session, contract, "contract_change_published", on=on, by=by, occurrence=amendment.occurrence)


def suspend(session: Session, contract: Contract, *, by: By, on: date, reason: str) -> None:
    """Suspend the performance."""
    WORKFLOW.apply(session, "suspend", contract, by=by, note=reason)
    contract.suspended_on = on


def resume(session: Session, contract: Contract, *, by: By, on: date) -> None:
    """Resume the performance."""
    WORKFLOW.check(session, "resume", contract, by=by)
    rules.require_not_before(on, contract.suspended_on)
    WORKFLOW.apply(session, "resume", contract, by=by)
    contract.suspended_on = None


def complete(session: Session, contract: Contract, *, by: By, on: date) -> None:
    """End a contract that is performed and paid in full."""
    WORKFLOW.check(session, "complete", contract, by=by)
    rules.require_not_before(on, max((line.paid_on for line in contract.lines if line.paid_on), default=None))
    WORKFLOW.apply(session, "complete", contract, by=by)
    contract.completed_on = on
    _announce_end(session, contract, by=by, on=on)


def terminate(session: Session, contract: Contract, *, by: By, on: date, reason: str) -> None:
    """End a contract early; what has been delivered is still to be accepted and paid."""
    WORKFLOW.check(session, "terminate", contract, by=by)
    rules.require_not_before(on, contract.signed_on)
    WORKFLOW.apply(session, "terminate", contract, by=by, note=reason)
    contract.suspended_on = None
    contract.terminated_on = on
    _announce_end(session, contract, by=by, on=on)


def evaluate(
    session: Session, contract: Contract, *, by: By, on: date, score: int, remark: str | None = None
) -> None:
    """Evaluate the performance with a score out of a hundred."""
    WORKFLOW.check(session, "evaluate", contract, by=by)
    if not 0 <= score <= 100:
        raise InvalidInput({"score": _("Give a score from 0 to 100.")})
    rules.require_not_before(on, contract.completed_on or contract.terminated_on)
    WORKFLOW.apply(session, "evaluate", contract, by=by, note=remark)
    contract.evaluated_on, contract.score = on, score


def archive(session: Session, contract: Contract, *, by: By, on: date) -> None:
    """Put the contract into the archive."""
    WORKFLOW.check(session, "archive", contract, by=by)
    rules.require_not_before(on, contract.evaluated_on)
    WORKFLOW.apply(session, "archive", contract, by=by)
    contract.archived_on = on


def withdraw(session: Session, contract: Contract, *, by: By, on: date, reason: str) -> None:
    """Give up a draft that nobody will sign; its reason stays in the trail."""
    WORKFLOW.apply(session, "withdraw", contract, by=by, note=reason)
    cancel_all(session, contract, on=on, by=by, reason=reason)


def _fill(contract: Contract, given: Mapping[str, Any]) -> None:
    """Take over a draft's particulars, and let the tender and the vendor supply what they know."""
    for name, value in given.items():
        members = CHOICES.get(name)
        setattr(contract, name, members(value) if members and value else value)
    contract.nature = contract.nature or Nature.service
    if contract.is_government_procurement is None:
        contract.is_government_procurement = True
    if contract.tender is not None:
        contract.procurement_method = contract.tender.method
        contract.category = contract.category or contract.tender.category
    contract.vendor_name = contract.vendor.title
    contract.is_payee_sme = contract.vendor.is_small_or_medium
    contract.ceiling = contract.amount
    _check_draft(contract)


def _check_draft(contract: Contract) -> None:
    rules.require_positive(contract.amount, "amount")
    rules.check_ceiling(contract, contract.amount, "amount")
    rules.require_term(contract.starts_on, contract.ends_on)
    rules.require_award(contract.tender, contract.vendor, contract.amount)
    rules.require_lawful_term(
        contract.payment_days, is_payee_sme=contract.is_payee_sme, payer=contract.organization.kind
    )
    rules.require_acceptance_days(contract.acceptance_days)


def _require_fit(session: Session, contract: Contract, *, by: By, on: date) -> None:
    """Refuse a barred vendor without an exception, and people who are tied to the vendor."""
    with session.no_autoflush:
        require_clear(session, contract.vendor, Purpose.contract, on)
        people = (contract.owner, by if isinstance(by, User) else None)
        require_none(session, contract.vendor, people, on)


def _own_award_letter(contract: Contract) -> date | None:
    # A tender of ours announces its own award letter, and its clock waits for the signing.
    return contract.award_letter_on if contract.tender is None else None


def _announce_award(session: Session, contract: Contract, announced_on: date | None, *, by: By) -> None:
    on = _own_award_letter(contract)
    if on is not None:
        announce(session, contract, "award_letter_issued", on=on, by=by)
    elif announced_on is not None:
        reason = str(_("The draft no longer names it."))
        retract(session, contract, "award_letter_issued", on=announced_on, by=by, reason=reason)


def _conclude_tender(session: Session, tender: Tender | None, *, by: By, on: date) -> None:
    if tender is None or tender.method is Method.framework_agreement:
        return
    if tender.status is not TenderStatus.contract_signed:  # the first of several lots has ended it already
        conclude(session, tender, by=by, on=on)


def _settle_disclosure(session: Session, contract: Contract, *, by: By) -> None:
    is_whole = contract.published_on is not None and contract.filed_on is not None
    if is_whole and contract.status is ContractStatus.signed:
        settle_disclosure(session, contract, by=by)


def _announce_end(session: Session, contract: Contract, *, by: By, on: date) -> None:
    session.flush()
    announce(session, contract, "contract_expiry", on=on, by=by)
    if contract.tender is None:
        announce(session, contract, "procurement_closed", on=on, by=by)
