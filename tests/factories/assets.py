"""Asset transfers on each route, taken as far as a test needs."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from assets import appraisals, services
from assets.models import Asset, AssetTransfer, Route, TransferStatus
from core import workflow
from core.auth import User
from core.organizations import Organization
from core.permissions import P, RoleName
from tests import factories

S = TransferStatus
DECIDED_ON = date(2026, 3, 2)
BASE_ON = date(2026, 3, 31)
APPRAISED = Decimal("20000000.00")


@dataclass(frozen=True)
class AssetOffice:
    """A zone with somebody at the asset desk and an approver."""

    zone: Organization
    desk: User
    approver: User


def make_asset_office() -> AssetOffice:
    """Make an office that can take a transfer from end to end."""
    zone = factories.make_organization()
    return AssetOffice(
        zone,
        desk=factories.make_user(RoleName.asset_desk, organization=zone),
        approver=factories.make_user(RoleName.approver, organization=zone),
    )


def facts_of(status: TransferStatus, route: Route = Route.sale) -> dict[str, Any]:
    """Return the facts without which a transfer cannot be in this state."""
    states = list(S)
    reached = states[: states.index(status) + 1] if status is not S.abandoned else [S.decided]
    by_status: dict[TransferStatus, dict[str, Any]] = {
        S.audited: {"audited_on": DECIDED_ON},
        S.appraised: {
            "valuation_base_on": BASE_ON,
            "appraisal_expires_on": date(2027, 3, 31),
            "appraised_on": BASE_ON,
            "appraised_amount": APPRAISED,
        },
        S.appraisal_filed: {"appraisal_filed_on": BASE_ON},
        S.approved: {"approved_on": BASE_ON},
        S.agreement_signed: {
            "agreement_on": BASE_ON,
            "price": None if route is Route.free_transfer else APPRAISED,
        },
        S.taxes_declared: {"deed_tax_on": BASE_ON},
        S.registered: {"registered_on": BASE_ON},
        S.booked: {"booked_on": BASE_ON},
        S.closed: {"closed_on": BASE_ON},
        S.abandoned: {},
    }
    facts: dict[str, Any] = {"status": status, "route": route}
    for state in reached:
        facts |= by_status.get(state, {})
    return facts | ({"abandoned_on": BASE_ON} if status is S.abandoned else {})


def make_transfer(
    status: TransferStatus = S.decided, route: Route = Route.sale, **given: Any
) -> AssetTransfer:
    """Make a transfer in a state, with the facts that the state claims."""
    transfer = AssetTransfer(
        **{
            "title": "示例标准厂房",
            "from_name": "经开区管委会",
            "to_name": "县工投",
            "decided_on": DECIDED_ON,
            "book_value": Decimal(0),
            "net_value": Decimal(0),
            "area": Decimal(0),
        }
        | facts_of(status, route)
        | given
    )
    factories.add_record(transfer)
    return transfer


def make_asset(**given: Any) -> Asset:
    """Make a factory building with its accounts closed."""
    return Asset(
        **{
            "name": "1号标准厂房",
            "book_value": Decimal("18000000.00"),
            "net_value": Decimal("15000000.00"),
            "area": Decimal("12000.50"),
            "completion_accepted_on": date(2024, 5, 6),
            "final_accounts_on": date(2025, 4, 1),
        }
        | given
    )


def open_case(office: AssetOffice, route: Route, **given: Any) -> AssetTransfer:
    """Open a case through the service, with one asset."""
    session = factories.current()
    transfer = services.create(
        session,
        **{
            "by": office.desk,
            "organization": office.zone,
            "on": DECIDED_ON,
            "title": "标准厂房（示例）",
            "route": route.value,
            "from_name": "经开区管委会",
            "to_name": "县工投",
        }
        | given,
    )
    services.add_asset(
        session,
        transfer,
        by=office.desk,
        name="1号标准厂房",
        book_value=Decimal("18000000.00"),
        net_value=Decimal("15000000.00"),
        area=Decimal("12000.50"),
        completion_accepted_on=date(2024, 5, 6),
        final_accounts_on=date(2025, 4, 1),
    )
    return transfer


Take = Callable[[AssetOffice, AssetTransfer], None]


def _audit(office: AssetOffice, transfer: AssetTransfer) -> None:
    services.finish_audit(factories.current(), transfer, by=office.desk, on=date(2026, 3, 20))


def _appraise(office: AssetOffice, transfer: AssetTransfer) -> None:
    if transfer.route is not Route.free_transfer:
        appraisals.appraise(
            factories.current(),
            transfer,
            by=office.desk,
            on=date(2026, 4, 20),
            valuation_base_on=BASE_ON,
            appraised_amount=APPRAISED,
            appraiser="示例评估所",
        )


def _file(office: AssetOffice, transfer: AssetTransfer) -> None:
    session = factories.current()
    if transfer.route is not Route.free_transfer:
        appraisals.apply_for_filing(session, transfer, by=office.desk, on=date(2026, 5, 6))
        appraisals.file_appraisal(session, transfer, by=office.desk, on=date(2026, 5, 20))


def _approve(office: AssetOffice, transfer: AssetTransfer) -> None:
    session = factories.current()
    workflow.review(session, transfer, "submit", by=office.desk, needs=P.asset_edit)
    workflow.review(session, transfer, "approve", by=office.approver, needs=P.asset_approve)
    services.approve(
        session, transfer, by=office.approver, on=date(2026, 6, 1), approval_document="示例〔2026〕1号"
    )


def _agree(office: AssetOffice, transfer: AssetTransfer) -> None:
    session = factories.current()
    if transfer.route is Route.sale:
        services.publish_notice(session, transfer, by=office.desk, on=date(2026, 6, 2), floor_price=APPRAISED)
        services.end_notice(session, transfer, by=office.desk, on=date(2026, 7, 2))
    price = None if transfer.route is Route.free_transfer else APPRAISED
    services.sign_agreement(session, transfer, by=office.desk, on=date(2026, 7, 6), price=price)


def _tax(office: AssetOffice, transfer: AssetTransfer) -> None:
    session = factories.current()
    if transfer.route is not Route.free_transfer:
        services.declare_land_vat(session, transfer, by=office.desk, on=date(2026, 7, 10))
    services.declare_stamp_duty(session, transfer, by=office.desk, on=date(2026, 7, 10))
    services.declare_deed_tax(session, transfer, by=office.desk, on=date(2026, 7, 10))


def _register(office: AssetOffice, transfer: AssetTransfer) -> None:
    session = factories.current()
    services.apply_for_registration(session, transfer, by=office.desk, on=date(2026, 7, 13))
    services.register(session, transfer, by=office.desk, on=date(2026, 7, 20))


STEPS: dict[TransferStatus, Take] = {
    S.audited: _audit,
    S.appraised: _appraise,
    S.appraisal_filed: _file,
    S.approved: _approve,
    S.agreement_signed: _agree,
    S.taxes_declared: _tax,
    S.registered: _register,
}


def take_to(status: TransferStatus, office: AssetOffice, route: Route, **given: Any) -> AssetTransfer:
    """Take a new case through the services to a state; states that its route lacks are passed over."""
    transfer = open_case(office, route, **given)
    order = list(S)
    for reached, take in STEPS.items():
        if order.index(reached) <= order.index(status):
            take(office, transfer)
    return transfer
