"""Contracts and payments with a vendor that is barred, tied to an officer, or about to be paid elsewhere."""

from datetime import date
from decimal import Decimal

import pytest

from contracts import payments, services
from contracts.models import ContractStatus
from core.auth import SYSTEM
from core.errors import WrongState
from core.permissions import RoleName
from tests.factories import make_organization, make_user
from tests.factories.contracts import SIGNED_ON, make_contract, make_line
from tests.factories.vendors import make_vendor
from vendors import accounts, conflicts, sanctions
from vendors.models import VendorStatus
from vendors.sanctions import Barred

DAY = date(2026, 3, 2)
V = VendorStatus


@pytest.fixture
def zone(session):
    return make_organization()


def draft(session, zone, vendor, by=SYSTEM, on=DAY):
    return services.draft(
        session, by=by, organization=zone, on=on, title="示例合同", vendor=vendor, amount=Decimal(1000)
    )


def payable(contract, step):
    """Put in an instalment for which a step is open on the day of signing."""
    days = {"delivered_on": SIGNED_ON, "accepted_on": SIGNED_ON}
    if step != "request_payment":
        days["requested_on"] = SIGNED_ON
    if step == "pay":
        days["approved_on"] = SIGNED_ON
    return make_line(contract, **days)


def except_for(session, vendor, purpose):
    sanctions.grant(
        session,
        vendor,
        by=SYSTEM,
        on=DAY,
        purpose=purpose,
        authority="示例管委会",
        document_number="示例〔2026〕1号",
        reason="示例：应急",
        until=date(2026, 3, 31),
    )


@pytest.mark.parametrize("status", [V.suspended, V.debarred, V.removed])
def test_no_contract_is_drafted_with_a_barred_vendor_without_an_exception(session, zone, status):
    vendor = make_vendor(zone, status)
    with pytest.raises(Barred, match="get a contract"):
        draft(session, zone, vendor)

    except_for(session, vendor, "payment")
    with pytest.raises(Barred):
        draft(session, zone, vendor)
    except_for(session, vendor, "contract")

    assert draft(session, zone, vendor).vendor is vendor
    with pytest.raises(Barred):
        draft(session, zone, vendor, on=date(2026, 4, 1))


def test_an_officer_tied_to_the_vendor_drafts_no_contract_with_it(session, zone):
    vendor = make_vendor(zone, legal_representative="示例甲")
    officer = make_user(organization=zone)
    conflicts.declare(session, by=officer, on=DAY, kind="kinship", name="示例甲")

    with pytest.raises(conflicts.Conflict, match=officer.name):
        draft(session, zone, vendor, by=officer)
    assert draft(session, zone, vendor, by=make_user(organization=zone)).vendor is vendor


@pytest.mark.parametrize("step", ["request_payment", "approve_payment", "pay"])
def test_no_step_of_a_payment_is_taken_while_an_account_is_unconfirmed(session, zone, step):
    vendor = make_vendor(zone)
    keeper, checker = (make_user(RoleName.librarian, organization=zone) for _n in range(2))
    contract = make_contract(ContractStatus.performing, zone, vendor=vendor, scheduled=Decimal(1000))
    line = payable(contract, step)
    number = "6222021234567890"
    accounts.propose(session, vendor, by=keeper, on=DAY, holder="示例", bank="示例银行", number=number)

    with pytest.raises(WrongState, match="second officer"):
        getattr(payments, step)(session, contract, by=SYSTEM, on=SIGNED_ON, line=line.position)
    accounts.confirm(session, vendor, by=checker, on=DAY, number=number)
    getattr(payments, step)(session, contract, by=SYSTEM, on=SIGNED_ON, line=line.position)


@pytest.mark.parametrize("step", ["request_payment", "approve_payment", "pay"])
def test_nothing_is_paid_to_a_suspended_vendor_without_an_exception(session, zone, step):
    vendor = make_vendor(zone, V.suspended)
    contract = make_contract(ContractStatus.performing, zone, vendor=vendor, scheduled=Decimal(1000))
    line = payable(contract, step)

    with pytest.raises(Barred, match="be paid"):
        getattr(payments, step)(session, contract, by=SYSTEM, on=SIGNED_ON, line=line.position)
