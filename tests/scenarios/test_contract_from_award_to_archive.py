"""A service contract from its award to the archive, with the days that the law sets on the way."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select

from contracts import payments, services
from contracts.models import ContractStatus
from core.errors import InvalidInput, Unlawful, WrongState
from deadlines.models import Deadline, DeadlineState
from procurement.models import TenderStatus
from tests.factories.contracts import approve, draft, make_office, make_payee, perform, schedule, sign
from tests.factories.procurement import make_tender
from vendors.models import EnterpriseSize


def clock(session, record, rule, occurrence=""):
    return session.scalars(
        select(Deadline).where(
            Deadline.record_id == record.id, Deadline.rule_id == rule, Deadline.occurrence == occurrence
        )
    ).one_or_none()


def test_a_contract_signed_before_the_national_day_holiday_is_published_by_9_october(session):
    office = make_office()
    contract = sign(office, on=date(2026, 9, 30))

    publication = clock(session, contract, "gp_contract_publish_2wd")
    filing = clock(session, contract, "gp_contract_file_7wd")

    # 8 and 9 October are worked; so is Saturday the 10th, in exchange for the holiday
    assert publication.effective_on == date(2026, 10, 9)
    assert filing.effective_on == date(2026, 10, 15)


def test_a_supplement_beyond_ten_per_cent_is_refused(session):
    office = make_office()
    contract = perform(office, amount=Decimal("480000.00"))
    add = {"by": office.approver, "on": date(2026, 9, 8), "reason": "新增巡查点位（示例）"}
    services.amend(session, contract, amount_delta=Decimal("30000.00"), **add)

    with pytest.raises(Unlawful) as refusal:
        services.amend(session, contract, amount_delta=Decimal("18000.01"), **add)
    assert "18000.00 yuan are left" in str(refusal.value)

    services.amend(session, contract, amount_delta=Decimal("18000.00"), **add)
    assert contract.ceiling == Decimal("528000.00")


def test_payment_to_a_small_vendor_falls_due_30_days_after_acceptance(session):
    office = make_office()
    contract = perform(office)
    line = schedule(office, contract, label="第一季度服务费", amount=Decimal("25000.00"))
    payments.deliver(session, contract, by=office.officer, on=date(2026, 9, 10))
    assert clock(session, contract, "sme_payment_30d", line.occurrence) is None

    payments.accept(session, contract, by=office.colleague, on=date(2026, 9, 15))

    payment = clock(session, contract, "sme_payment_after_acceptance_30d", line.occurrence)
    assert (payment.anchor_on, payment.effective_on) == (date(2026, 9, 15), date(2026, 10, 15))

    payments.request_payment(session, contract, by=office.officer, on=date(2026, 9, 20))
    payments.approve_payment(session, contract, by=office.finance, on=date(2026, 9, 21))
    payments.pay(session, contract, by=office.finance, on=date(2026, 9, 22))
    assert (payment.state, payment.is_late) == (DeadlineState.met, False)


@pytest.mark.parametrize(
    ("size", "basis", "rule"),
    [
        (EnterpriseSize.small, "delivered", "sme_payment_30d"),
        (EnterpriseSize.small, "accepted", "sme_payment_after_acceptance_30d"),
        (EnterpriseSize.large, "delivered", None),
        (EnterpriseSize.large, "accepted", None),
    ],
)
def test_the_vendors_size_and_the_condition_decide_which_period_of_payment_runs(session, size, basis, rule):
    office = make_office()
    contract = perform(office, vendor=make_payee(office.zone, size=size))
    line = schedule(office, contract, basis=basis)
    payments.deliver(session, contract, by=office.officer, on=date(2026, 9, 10))
    payments.accept(session, contract, by=office.colleague, on=date(2026, 9, 10))

    found = session.scalars(
        select(Deadline.rule_id).where(
            Deadline.record_id == contract.id, Deadline.occurrence == line.occurrence
        )
    ).all()
    assert found == ([rule] if rule else [])


def test_the_earlier_of_invoice_and_acceptance_governs_the_payment(session):
    office = make_office()
    contract = perform(office)
    line = schedule(office, contract)
    payments.enter_invoice(session, contract, by=office.officer, on=date(2026, 9, 8))
    payments.deliver(session, contract, by=office.officer, on=date(2026, 9, 10))
    payments.accept(session, contract, by=office.colleague, on=date(2026, 9, 15))

    invoice = clock(session, contract, "gp_invoice_payment_30d", line.occurrence)
    acceptance = clock(session, contract, "sme_payment_after_acceptance_30d", line.occurrence)
    assert (invoice.due_on, invoice.owed) == (date(2026, 10, 8), True)
    assert (acceptance.due_on, acceptance.owed) == (date(2026, 10, 15), False)


def test_signing_the_contract_concludes_its_tender(session):
    office = make_office()
    winner = make_payee(office.zone)
    tender = make_tender(office.zone, TenderStatus.result_published, winner=winner, winner_name=None)
    contract = draft(office, vendor=winner, tender=tender, amount=Decimal("780000.00"))
    approve(office, contract)

    services.sign(session, contract, by=office.approver, on=date(2026, 9, 1))
    session.commit()

    assert tender.status is TenderStatus.contract_signed
    assert (contract.procurement_method, contract.category) == (tender.method, tender.category)
    # the duties before the signing hang on the tender, those after it on the contract: none runs twice
    assert clock(session, contract, "gp_contract_publish_2wd") is not None
    assert clock(session, tender, "gp_contract_publish_2wd") is None
    assert clock(session, tender, "gp_winner_bond_refund_5wd") is not None
    assert clock(session, contract, "gp_winner_bond_refund_5wd") is None


@pytest.mark.parametrize(
    "dispute", [{"open_challenges": 1}, {"open_complaints": 1}, {"suspended_on": date(2026, 8, 10)}]
)
def test_a_disputed_tender_leads_to_no_contract(session, dispute):
    office = make_office()
    tender = make_tender(office.zone, TenderStatus.result_published, **dispute)
    contract = draft(office, tender=tender, amount=Decimal("780000.00"))
    approve(office, contract)

    with pytest.raises(WrongState):
        services.sign(session, contract, by=office.approver, on=date(2026, 9, 1))


@pytest.mark.parametrize(("amount", "lawful"), [("780000.00", True), ("780000.01", False)])
def test_the_contract_does_not_exceed_the_award(session, amount, lawful):
    office = make_office()
    tender = make_tender(office.zone, TenderStatus.result_published)

    if lawful:
        assert draft(office, tender=tender, amount=Decimal(amount)).tender is tender
    else:
        with pytest.raises(InvalidInput, match=r"780000\.00"):
            draft(office, tender=tender, amount=Decimal(amount))


def test_another_vendor_than_the_winner_gets_no_contract(session):
    office = make_office()
    tender = make_tender(
        office.zone, TenderStatus.result_published, winner=make_payee(office.zone), winner_name=None
    )

    with pytest.raises(InvalidInput, match="won the tender"):
        draft(office, tender=tender, amount=Decimal("780000.00"))


def test_a_year_of_sanitation_from_draft_to_archive(session):
    office = make_office()
    contract = perform(
        office,
        amount=Decimal("40000.00"),
        starts_on=date(2026, 9, 1),
        ends_on=date(2027, 8, 31),
        procurement_method="competitive_consultation",
    )
    services.publish(session, contract, by=office.officer, on=date(2026, 9, 2))
    services.file(session, contract, by=office.officer, on=date(2026, 9, 4))
    for label, day in (("上半年服务费", date(2026, 9, 28)), ("下半年服务费", date(2026, 10, 30))):
        schedule(office, contract, label=label, amount=Decimal("20000.00"))
        payments.deliver(session, contract, by=office.officer, on=day)
        payments.accept(session, contract, by=office.colleague, on=day)
        payments.request_payment(session, contract, by=office.officer, on=day)
        payments.approve_payment(session, contract, by=office.finance, on=day)
        payments.pay(session, contract, by=office.finance, on=day)
    ended_on = date(2026, 11, 2)
    services.complete(session, contract, by=office.officer, on=ended_on)
    services.evaluate(session, contract, by=office.officer, on=ended_on, score=95)
    services.archive(session, contract, by=office.officer, on=ended_on)
    session.commit()

    assert contract.status is ContractStatus.archived
    assert contract.paid == contract.scheduled == contract.ceiling
    rows = session.scalars(select(Deadline).where(Deadline.record_id == contract.id)).all()
    open_rules = {row.rule_id for row in rows if row.state is DeadlineState.open}
    # only the vendor's bond, if there was one, waits to be dealt with where the deadlines are
    assert open_rules == {"gp_docs_retention_15y", "con_winner_bond_refund_5wd"}
    assert not [row.rule_id for row in rows if row.is_late]
