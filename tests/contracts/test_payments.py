"""The money of a contract: never more than agreed, never before its condition, never by one hand."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from contracts import payments, services
from contracts.models import ContractStatus
from core.errors import Forbidden, InvalidInput, WrongState
from deadlines.models import Deadline
from tests.factories.contracts import SIGNED_ON, make_office, perform, schedule, sign

DAY = date(2026, 9, 10)


def owed(office, contract, session, **given):
    """An instalment that has been delivered, accepted, requested and approved."""
    line = schedule(office, contract, **given)
    payments.deliver(session, contract, by=office.officer, on=DAY, line=line.position)
    payments.accept(session, contract, by=office.colleague, on=DAY, line=line.position)
    payments.request_payment(session, contract, by=office.officer, on=DAY, line=line.position)
    payments.approve_payment(session, contract, by=office.finance, on=DAY, line=line.position)
    return line


def running(session, contract, line, **narrow):
    """The rules whose clocks run for an instalment, with the day each of them sets."""
    found = select(Deadline).where(Deadline.record_id == contract.id, Deadline.occurrence == line.occurrence)
    return {row.rule_id: row.due_on for row in session.scalars(found.filter_by(**narrow))}


@pytest.mark.parametrize(
    ("amounts", "lawful"),
    [
        (["100000.00"], True),
        (["100000.01"], False),
        (["60000.00", "40000.00"], True),
        (["60000.00", "40000.01"], False),
        (["0.00"], False),
    ],
)
def test_the_schedule_stays_under_the_ceiling(session, amounts, lawful):
    office = make_office()
    contract = sign(office)
    *before, last = (Decimal(amount) for amount in amounts)
    for amount in before:
        schedule(office, contract, amount=amount)

    if lawful:
        schedule(office, contract, amount=last)
        assert contract.scheduled == sum(map(Decimal, amounts))
    else:
        with pytest.raises(InvalidInput) as refusal:
            schedule(office, contract, amount=last)
        assert list(refusal.value.fields) == ["amount"]


def test_a_supplement_makes_room_in_the_schedule(session):
    office = make_office()
    contract = perform(office)
    schedule(office, contract, amount=Decimal("100000.00"))
    services.amend(
        session, contract, by=office.approver, on=SIGNED_ON, reason="示例", amount_delta=Decimal("10000.00")
    )

    assert schedule(office, contract, amount=Decimal("10000.00")).position == 2


def test_removing_an_instalment_gives_its_amount_back(session):
    office = make_office()
    contract = sign(office)
    schedule(office, contract, amount=Decimal("40000.00"))
    schedule(office, contract, amount=Decimal("60000.00"))

    payments.unschedule(session, contract, by=office.officer, line=1)

    assert contract.scheduled == Decimal("60000.00")
    assert [line.position for line in contract.lines] == [2]


def test_an_instalment_with_a_delivery_is_not_removed(session):
    office = make_office()
    contract = perform(office)
    line = schedule(office, contract)
    schedule(office, contract, amount=Decimal("10.00"))
    payments.deliver(session, contract, by=office.officer, on=DAY, line=line.position)

    with pytest.raises(InvalidInput, match="No instalment"):
        payments.unschedule(session, contract, by=office.officer, line=line.position)


def test_one_contract_pays_one_instalment_after_delivery_and_another_after_acceptance(session):
    office = make_office()
    contract = perform(office)
    after_delivery = schedule(office, contract, basis="delivered", amount=Decimal("10.00"))
    after_acceptance = schedule(office, contract, basis="accepted", amount=Decimal("10.00"))

    for line in (after_delivery, after_acceptance):
        payments.deliver(session, contract, by=office.officer, on=DAY, line=line.position)
        payments.accept(session, contract, by=office.colleague, on=date(2026, 9, 14), line=line.position)

    assert running(session, contract, after_delivery) == {"sme_payment_30d": date(2026, 10, 10)}
    assert running(session, contract, after_acceptance) == {
        "sme_payment_after_acceptance_30d": date(2026, 10, 14)
    }


@pytest.mark.parametrize(
    ("accepted_on", "governing", "due_on"),
    [
        (None, "sme_payment_after_acceptance_term_30d", date(2026, 10, 20)),
        (date(2026, 9, 19), "sme_payment_after_acceptance_30d", date(2026, 10, 19)),
        (date(2026, 9, 21), "sme_payment_after_acceptance_term_30d", date(2026, 10, 20)),
    ],
)
def test_a_late_acceptance_does_not_put_off_the_payment_of_a_small_firm(
    session, accepted_on, governing, due_on
):
    office = make_office()
    contract = perform(office, acceptance_days=10)
    line = schedule(office, contract)
    payments.deliver(session, contract, by=office.officer, on=DAY)
    if accepted_on is not None:
        payments.accept(session, contract, by=office.colleague, on=accepted_on)

    assert running(session, contract, line, owed=True) == {governing: due_on}


@pytest.mark.parametrize(
    ("payment_days", "due"),
    [
        (None, {"sme_payment_after_settlement_30d": date(2026, 10, 10)}),
        (
            45,
            {
                "sme_payment_after_settlement_60d": date(2026, 11, 9),
                "agreed_payment_term": date(2026, 10, 25),
            },
        ),
    ],
)
def test_a_settled_instalment_is_due_from_the_day_both_sides_confirmed_it(session, payment_days, due):
    office = make_office()
    contract = perform(office, payment_days=payment_days)
    line = schedule(office, contract, basis="settled")
    with pytest.raises(WrongState):
        payments.request_payment(session, contract, by=office.officer, on=DAY)

    payments.settle(session, contract, by=office.officer, on=DAY)

    assert running(session, contract, line) == due
    payments.request_payment(session, contract, by=office.officer, on=DAY)
    payments.approve_payment(session, contract, by=office.finance, on=DAY)
    payments.pay(session, contract, by=office.finance, on=DAY)
    assert line.paid_amount == line.amount


def test_nothing_is_paid_before_the_contract_is_signed(session):
    office = make_office()
    contract = sign(office)
    schedule(office, contract, basis="invoiced")

    with pytest.raises(WrongState):
        payments.enter_invoice(session, contract, by=office.officer, on=DAY)


@pytest.mark.parametrize("basis", ["delivered", "accepted", "invoiced"])
def test_no_payment_is_requested_ahead_of_its_condition(session, basis):
    office = make_office()
    contract = perform(office)
    schedule(office, contract, basis=basis)

    with pytest.raises(WrongState):
        payments.request_payment(session, contract, by=office.officer, on=DAY)


def test_a_delivery_alone_is_not_enough_where_acceptance_is_agreed(session):
    office = make_office()
    contract = perform(office)
    schedule(office, contract, basis="accepted")
    payments.deliver(session, contract, by=office.officer, on=DAY)

    with pytest.raises(WrongState):
        payments.request_payment(session, contract, by=office.officer, on=DAY)


@pytest.mark.parametrize(("accepted_on", "lawful"), [(date(2026, 9, 9), False), (DAY, True)])
def test_nothing_is_accepted_before_it_is_delivered(session, accepted_on, lawful):
    office = make_office()
    contract = perform(office)
    line = schedule(office, contract)
    payments.deliver(session, contract, by=office.officer, on=DAY)

    if lawful:
        payments.accept(session, contract, by=office.colleague, on=accepted_on)
        assert line.accepted_on == accepted_on
    else:
        with pytest.raises(InvalidInput):
            payments.accept(session, contract, by=office.colleague, on=accepted_on)


@pytest.mark.parametrize(
    ("amount", "reason", "refused_at"),
    [
        (None, None, None),
        (Decimal("50000.00"), None, None),
        (Decimal("50000.01"), None, "amount"),
        (Decimal("49999.99"), None, "deduction_reason"),
        (Decimal("49999.99"), "月度考核扣分（示例）", None),
        (Decimal("-0.01"), "示例", "amount"),
    ],
)
def test_a_payment_covers_the_instalment_or_says_why_not(session, amount, reason, refused_at):
    office = make_office()
    contract = perform(office)
    line = owed(office, contract, session)

    def pay():
        payments.pay(session, contract, by=office.finance, on=DAY, amount=amount, deduction_reason=reason)

    if refused_at:
        with pytest.raises(InvalidInput) as refusal:
            pay()
        assert list(refusal.value.fields) == [refused_at]
    else:
        pay()
        assert contract.paid == line.paid_amount == (amount or Decimal("50000.00"))


@pytest.mark.parametrize(("on", "lawful"), [(date(2026, 9, 9), False), (DAY, True)])
def test_no_payment_is_dated_before_its_approval(session, on, lawful):
    office = make_office()
    contract = perform(office)
    owed(office, contract, session)

    if lawful:
        payments.pay(session, contract, by=office.finance, on=on)
    else:
        with pytest.raises(InvalidInput):
            payments.pay(session, contract, by=office.finance, on=on)


def test_what_was_delivered_is_paid_even_after_an_early_end(session):
    office = make_office()
    contract = perform(office)
    line = schedule(office, contract)
    payments.deliver(session, contract, by=office.officer, on=DAY)
    services.terminate(session, contract, by=office.approver, on=DAY, reason="示例")

    payments.accept(session, contract, by=office.colleague, on=DAY)
    payments.request_payment(session, contract, by=office.officer, on=DAY)
    payments.approve_payment(session, contract, by=office.finance, on=DAY)
    payments.pay(session, contract, by=office.finance, on=DAY)
    session.commit()

    assert contract.status is ContractStatus.terminated
    assert line.paid_on == DAY


def test_a_returned_request_may_be_made_again(session):
    office = make_office()
    contract = perform(office)
    line = schedule(office, contract, basis="invoiced")
    payments.enter_invoice(session, contract, by=office.officer, on=DAY)
    payments.request_payment(session, contract, by=office.officer, on=DAY)

    payments.return_payment(session, contract, by=office.finance, reason="缺少发票原件（示例）")

    assert line.requested_on is None
    payments.request_payment(session, contract, by=office.officer, on=DAY)


def test_several_waiting_instalments_have_to_be_told_apart(session):
    office = make_office()
    contract = perform(office)
    schedule(office, contract, amount=Decimal("10.00"))
    schedule(office, contract, amount=Decimal("20.00"))

    with pytest.raises(InvalidInput, match="Several"):
        payments.deliver(session, contract, by=office.officer, on=DAY)
    payments.deliver(session, contract, by=office.officer, on=DAY, line=2)

    assert [line.delivered_on for line in contract.lines] == [None, DAY]


# -- whoever did the one may not do the other on the same contract ------------------------------------------


def let_also(user, other):
    """Give a person the roles of another as well, as in a small office."""
    user.roles = [*user.roles, *other.roles]
    user.__dict__.pop("permissions", None)


def accept(session, office, contract, by):
    payments.deliver(session, contract, by=office.officer, on=DAY)
    payments.accept(session, contract, by=by, on=DAY)


def test_who_signs_does_not_accept(session):
    office = make_office()
    contract = perform(office)
    schedule(office, contract)
    let_also(office.approver, office.officer)

    with pytest.raises(Forbidden, match="Sign"):
        accept(session, office, contract, by=office.approver)


def test_who_accepts_does_not_request_the_payment(session):
    office = make_office()
    contract = perform(office)
    schedule(office, contract)
    accept(session, office, contract, by=office.colleague)

    with pytest.raises(Forbidden, match="Accept"):
        payments.request_payment(session, contract, by=office.colleague, on=DAY)


def test_who_requests_a_payment_does_not_review_it(session):
    office = make_office()
    contract = perform(office)
    schedule(office, contract)
    accept(session, office, contract, by=office.colleague)
    let_also(office.officer, office.finance)
    payments.request_payment(session, contract, by=office.officer, on=DAY)

    with pytest.raises(Forbidden, match="Request a payment"):
        payments.approve_payment(session, contract, by=office.officer, on=DAY)


@pytest.mark.parametrize("position", [1, 2])
def test_duties_stay_apart_across_the_instalments_of_one_contract(session, position):
    office = make_office()
    contract = perform(office)
    for _ in range(2):
        schedule(office, contract, amount=Decimal("10.00"))
        payments.deliver(session, contract, by=office.officer, on=DAY, line=len(contract.lines))
    payments.accept(session, contract, by=office.colleague, on=DAY, line=1)
    payments.accept(session, contract, by=office.colleague, on=DAY, line=2)

    with pytest.raises(Forbidden):
        payments.request_payment(session, contract, by=office.colleague, on=DAY, line=position)


def payment_clocks(session, contract, line):
    """Return the clocks of a payment as day and whether somebody owes it, by rule."""
    found = select(Deadline).where(Deadline.record_id == contract.id, Deadline.occurrence == line.occurrence)
    return {row.rule_id: (row.due_on, row.owed) for row in session.scalars(found)}


AGREED, CAP = "agreed_payment_term", "sme_payment_after_acceptance_60d"
INVOICE, DELAY = "gp_invoice_payment_30d", "agreed_payment_after_acceptance_term"


@pytest.mark.parametrize(
    ("days", "agreed_is_owed"), [(1, True), (29, True), (30, True), (31, False), (60, False)]
)
def test_the_earlier_of_the_agreed_and_the_statutory_day_is_the_duty(session, days, agreed_is_owed):
    office = make_office()
    contract = perform(office, payment_days=days)
    line = schedule(office, contract)
    payments.deliver(session, contract, by=office.officer, on=DAY)
    payments.enter_invoice(session, contract, by=office.officer, on=DAY)

    payments.accept(session, contract, by=office.colleague, on=DAY)

    clocks = payment_clocks(session, contract, line)
    assert clocks[AGREED] == (DAY + timedelta(days), agreed_is_owed)
    assert clocks[INVOICE] == (DAY + timedelta(30), not agreed_is_owed)
    assert clocks[CAP] == (DAY + timedelta(60), False)


@pytest.mark.parametrize("basis", ["delivered", "accepted", "settled", "invoiced"])
def test_the_agreed_term_runs_from_what_the_instalment_waits_for(session, basis):
    office = make_office()
    contract = perform(office, payment_days=20)
    line = schedule(office, contract, basis=basis)
    days = {
        name: DAY + timedelta(n) for n, name in enumerate(("delivered", "accepted", "settled", "invoiced"))
    }
    payments.deliver(session, contract, by=office.officer, on=days["delivered"])
    payments.accept(session, contract, by=office.colleague, on=days["accepted"])
    if basis == "settled":
        payments.settle(session, contract, by=office.officer, on=days["settled"])
    payments.enter_invoice(session, contract, by=office.officer, on=days["invoiced"])

    assert payment_clocks(session, contract, line)[AGREED][0] == days[basis] + timedelta(20)


def test_a_late_acceptance_does_not_put_the_agreed_term_off(session):
    office = make_office()
    contract = perform(office, payment_days=20, acceptance_days=10)
    line = schedule(office, contract)
    payments.deliver(session, contract, by=office.officer, on=DAY)
    payments.accept(session, contract, by=office.colleague, on=DAY + timedelta(15))

    clocks = payment_clocks(session, contract, line)
    assert clocks[DELAY] == (DAY + timedelta(30), True)
    assert clocks[AGREED] == (DAY + timedelta(35), False)


def test_without_an_agreed_term_there_is_no_clock_of_it(session):
    office = make_office()
    contract = perform(office)
    line = schedule(office, contract)
    payments.deliver(session, contract, by=office.officer, on=DAY)
    payments.accept(session, contract, by=office.colleague, on=DAY)

    assert AGREED not in payment_clocks(session, contract, line)
