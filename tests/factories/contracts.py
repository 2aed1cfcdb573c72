"""Contracts in every state, and an office with enough people to keep duties apart."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from contracts import payments, services
from contracts.models import Amendment, Basis, Contract, ContractStatus, PaymentLine
from core import workflow
from core.auth import User
from core.organizations import Organization
from core.permissions import P, RoleName
from tests import factories
from vendors.models import EnterpriseSize, Vendor

S = ContractStatus

SIGNED_ON = date(2026, 9, 1)
ENDED_ON = date(2026, 11, 2)


@dataclass(frozen=True)
class Office:
    """A zone with two officers, a finance reviewer and an approver."""

    zone: Organization
    officer: User
    colleague: User
    finance: User
    approver: User


def make_office(**given: Any) -> Office:
    """Make an office in which nobody has to do two things that are kept apart."""
    zone = factories.make_organization(**given)

    def person(role: RoleName) -> User:
        return factories.make_user(role, organization=zone)

    return Office(
        zone,
        officer=person(RoleName.officer),
        colleague=person(RoleName.officer),
        finance=person(RoleName.finance),
        approver=person(RoleName.approver),
    )


def make_payee(organization: Organization | None = None, **given: Any) -> Vendor:
    """Make a vendor, a small one unless the test says otherwise."""
    number = next(factories.serial)
    place = organization or factories.make_organization()
    vendor = Vendor(
        **{"title": f"供应商{number}", "size": EnterpriseSize.small, "register_id": place.id} | given
    )
    factories.add_record(vendor, place)
    return vendor


def facts_of(status: ContractStatus) -> dict[str, Any]:
    """Return the facts without which a contract cannot be in this state."""
    facts: dict[str, Any] = {"status": status}
    if status not in {S.drafted, S.withdrawn}:
        facts["signed_on"] = SIGNED_ON
    if status is S.filed:
        facts |= {"published_on": SIGNED_ON, "filed_on": SIGNED_ON}
    if status is S.suspended:
        facts["suspended_on"] = ENDED_ON
    if status in {S.completed, S.evaluated, S.archived}:
        facts["completed_on"] = ENDED_ON
    if status is S.terminated:
        facts["terminated_on"] = ENDED_ON
    if status in {S.evaluated, S.archived}:
        facts |= {"evaluated_on": ENDED_ON, "score": 90}
    if status is S.archived:
        facts["archived_on"] = ENDED_ON
    return facts


def make_contract(
    status: ContractStatus = S.drafted, organization: Organization | None = None, **given: Any
) -> Contract:
    """Make a contract in a state, with the facts that the state claims."""
    place = organization or factories.make_organization()
    vendor = given.pop("vendor", None) or make_payee(place)
    amount = given.get("amount", Decimal("100000.00"))
    contract = Contract(
        **{
            "title": "示例合同",
            "vendor": vendor,
            "vendor_name": vendor.title,
            "is_payee_sme": vendor.is_small_or_medium,
            "amount": amount,
            "ceiling": amount,
            "is_government_procurement": True,
            "supplemented": Decimal(0),
            "scheduled": Decimal(0),
            "paid": Decimal(0),
        }
        | facts_of(status)
        | given
    )
    factories.add_record(contract, place)
    return contract


def make_line(contract: Contract, **given: Any) -> PaymentLine:
    """Put an instalment into a contract's schedule, past every check."""
    line = PaymentLine(
        **{
            "position": len(contract.lines) + 1,
            "label": "示例款",
            "basis": Basis.accepted,
            "amount": Decimal("1000.00"),
        }
        | given
    )
    contract.lines.append(line)
    return line


def make_amendment(contract: Contract, **given: Any) -> Amendment:
    """Put a supplement into a contract, past every check."""
    amendment = Amendment(
        **{
            "position": len(contract.amendments) + 1,
            "signed_on": SIGNED_ON,
            "amount_delta": Decimal("100.00"),
            "reason": "示例",
        }
        | given
    )
    contract.amendments.append(amendment)
    return amendment


def draft(office: Office, **given: Any) -> Contract:
    """Draft a contract through the service."""
    return services.draft(
        factories.current(),
        **{
            "by": office.officer,
            "organization": office.zone,
            "on": date(2026, 8, 3),
            "title": "示例服务合同",
            "vendor": given.pop("vendor", None) or make_payee(office.zone),
            "amount": Decimal("100000.00"),
            "is_government_procurement": True,
        }
        | given,
    )


def approve(office: Office, contract: Contract, on: date = date(2026, 8, 20)) -> None:
    """Take a draft through both reviews and its approval."""
    session = factories.current()
    workflow.review(session, contract, "submit", by=office.officer, needs=P.contract_edit)
    services.clear_legal(session, contract, by=office.finance, on=on)
    services.clear_finance(session, contract, by=office.finance, on=on)
    workflow.review(session, contract, "approve", by=office.approver, needs=P.contract_approve)


def sign(office: Office, on: date = SIGNED_ON, **given: Any) -> Contract:
    """Draft, approve and sign a contract."""
    contract = draft(office, **given)
    approve(office, contract)
    services.sign(factories.current(), contract, by=office.approver, on=on)
    return contract


def perform(office: Office, on: date = SIGNED_ON, **given: Any) -> Contract:
    """Sign a contract and begin its performance."""
    contract = sign(office, on=on, **given)
    services.begin(factories.current(), contract, by=office.officer, on=on)
    return contract


def schedule(office: Office, contract: Contract, **given: Any) -> PaymentLine:
    """Add an instalment through the service."""
    plan = {"label": "首付款", "basis": "accepted", "amount": Decimal("50000.00")} | given
    return payments.schedule(factories.current(), contract, by=office.officer, **plan)
