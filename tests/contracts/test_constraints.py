"""The database refuses a state without its facts, and money beyond its bounds, whatever a program says."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy.exc import IntegrityError

from contracts.models import Basis, ContractStatus
from tests.factories.contracts import SIGNED_ON, make_amendment, make_contract, make_line

S = ContractStatus
DAY = date(2026, 9, 10)


@pytest.mark.parametrize(
    ("status", "given", "constraint"),
    [
        (S.signed, {"signed_on": None}, "signed_on_if_signed"),
        (S.drafted, {"signed_on": DAY}, "signed_on_if_signed"),
        (S.filed, {"filed_on": None}, "filed_and_published"),
        (S.performing, {"suspended_on": DAY}, "suspended_on_if_suspended"),
        (S.suspended, {"suspended_on": None}, "suspended_on_if_suspended"),
        (S.evaluated, {"completed_on": None}, "ended_on_if_ended"),
        (S.completed, {"completed_on": None, "terminated_on": DAY}, "completed_on_if_completed"),
        (S.terminated, {"completed_on": DAY}, "ended_one_way"),
        (S.performing, {"completed_on": DAY}, "ended_on_if_ended"),
        (S.evaluated, {"evaluated_on": None, "score": None}, "evaluated_on_if_evaluated"),
        (S.evaluated, {"score": None}, "evaluation_has_a_score"),
        (S.evaluated, {"score": 101}, "score_in_per_cent"),
        (S.archived, {"archived_on": None}, "archived_on_if_archived"),
        (S.drafted, {"amount": Decimal(0)}, "amount_positive"),
        (S.drafted, {"starts_on": DAY, "ends_on": date(2026, 9, 9)}, "ends_after_its_start"),
        (S.signed, {"scheduled": Decimal("100000.01")}, "schedule_within_the_ceiling"),
        (S.signed, {"scheduled": Decimal(5), "paid": Decimal("5.01")}, "paid_within_the_schedule"),
        (S.signed, {"supplemented": Decimal("10000.01")}, "supplements_within_a_tenth"),
        (S.drafted, {"payment_days": 0}, "payment_days_sensible"),
    ],
)
def test_a_contract_that_contradicts_itself_is_refused(session, status, given, constraint):
    with pytest.raises(IntegrityError, match=constraint):
        make_contract(status, **given)


@pytest.mark.parametrize(
    "given",
    [
        {"scheduled": Decimal("100000.00"), "paid": Decimal("100000.00")},
        {"supplemented": Decimal("10000.00")},
        {"supplemented": Decimal("10000.01"), "is_government_procurement": False},
        {"starts_on": DAY, "ends_on": DAY},
    ],
)
def test_a_contract_at_the_bound_is_kept(session, given):
    assert make_contract(S.signed, **given).id


@pytest.mark.parametrize(
    ("given", "constraint"),
    [
        ({"amount": Decimal(0)}, "amount_positive"),
        ({"paid_on": DAY, "accepted_on": DAY, "delivered_on": DAY}, "paid_whole"),
        ({"paid_on": DAY, "paid_amount": Decimal(1)}, "paid_after_its_condition"),
        (
            {"paid_on": DAY, "paid_amount": Decimal(1), "basis": Basis.delivered, "accepted_on": None},
            "paid_after_its_condition",
        ),
        ({"paid_on": DAY, "paid_amount": Decimal(1), "basis": Basis.invoiced}, "paid_after_its_condition"),
        (
            {"basis": Basis.invoiced, "invoiced_on": DAY, "paid_on": DAY, "paid_amount": Decimal("1000.01")},
            "paid_within_the_line",
        ),
        ({"accepted_on": DAY}, "accepted_after_delivery"),
        ({"delivered_on": DAY, "accepted_on": SIGNED_ON}, "accepted_after_delivery"),
        ({"approved_on": DAY}, "payment_approved_after_its_request"),
    ],
)
def test_an_instalment_ahead_of_its_facts_is_refused(session, given, constraint):
    contract = make_contract(S.performing)
    make_line(contract, **given)

    with pytest.raises(IntegrityError, match=constraint):
        session.flush()


@pytest.mark.parametrize(
    ("given", "constraint"),
    [
        ({"amount_delta": Decimal(0)}, "changes_something"),
        ({"published_on": date(2026, 8, 31)}, "published_after_signing"),
        ({"reason": ""}, "reason_given"),
    ],
)
def test_an_empty_supplement_is_refused(session, given, constraint):
    contract = make_contract(S.performing)
    make_amendment(contract, **given)

    with pytest.raises(IntegrityError, match=constraint):
        session.flush()
