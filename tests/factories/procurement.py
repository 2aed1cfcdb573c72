"""Tenders for tests."""

from datetime import date
from decimal import Decimal
from typing import Any

from core.organizations import Organization
from core.records import ReviewStatus
from deadlines.rules import Method
from procurement.models import EXITS, ExitReason, Tender, TenderStatus
from tests.factories import add_record, make_organization, serial
from vendors.categories import ServiceCategory

S = TenderStatus
AWARDED = {"winner_name": "示例中标人", "award_amount": Decimal("780000.00")}


def facts_of(status: TenderStatus) -> dict[str, Any]:
    """Return what a state claims, as the database demands it."""
    if status is S.agent_engaged:
        return {"agent_name": "示例代理机构"}
    if status in {S.result_confirmed, S.result_published, S.contract_signed}:
        return AWARDED
    if status in EXITS:
        return {"exit_reason": ExitReason.too_few_bidders, "exited_on": date(2026, 4, 1)}
    return {}


def make_tender(
    organization: Organization | None = None,
    status: TenderStatus = S.need,
    method: Method = Method.public_tender,
    **given: Any,
) -> Tender:
    """Make a tender, an open one at its beginning unless told otherwise; its paper is approved."""
    tender = Tender(
        **{
            "title": f"示例采购项目{next(serial)}",
            "status": status,
            "method": method,
            "category": ServiceCategory.environment,
            "budget": Decimal("800000.00"),
            "review": ReviewStatus.approved,
            "open_challenges": 0,
            "open_complaints": 0,
        }
        | facts_of(status)
        | given
    )
    add_record(tender, organization or make_organization())
    return tender
