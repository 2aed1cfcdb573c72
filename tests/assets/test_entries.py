"""A day of an asset transfer that was entered by mistake: corrected or taken back."""

from datetime import date

import pytest
from sqlalchemy import select

from assets import services
from assets.kinds import TRANSFER
from assets.models import Route, TransferStatus
from core.errors import Forbidden, InvalidInput, Unlawful, WrongState
from deadlines import entries
from deadlines.models import Deadline, DeadlineState
from tests.factories.assets import make_asset_office, make_transfer, take_to

S = TransferStatus
ON = date(2026, 7, 25)


@pytest.fixture
def office(session):
    return make_asset_office()


def clock(session, transfer, rule):
    found = select(Deadline).where(Deadline.record_id == transfer.id, Deadline.rule_id == rule)
    return session.scalars(found).one()


def correct(session, transfer, key, to, *, by):
    return entries.correct(session, TRANSFER, transfer, key, by=by, on=ON, to=to, reason="录错（示例）")


def test_the_base_date_of_the_appraisal_takes_its_expiry_along(session, office):
    transfer = take_to(S.appraised, office, Route.sale)
    session.commit()

    correct(session, transfer, "valuation_base_on", date(2026, 4, 10), by=office.desk)

    assert transfer.appraisal_expires_on == date(2027, 4, 10)
    assert clock(session, transfer, "appraisal_result_valid_1y").anchor_on == date(2026, 4, 10)


def test_a_base_date_under_which_a_later_step_lapses_is_refused_with_its_article(session, office):
    transfer = take_to(S.agreement_signed, office, Route.sale)
    session.commit()

    with pytest.raises(Unlawful) as refusal:
        correct(session, transfer, "valuation_base_on", date(2025, 6, 30), by=office.desk)

    assert (refusal.value.rule, refusal.value.field) == ("appraisal_result_valid_1y", "to")
    session.rollback()
    correct(session, transfer, "valuation_base_on", date(2025, 7, 6), by=office.desk)


@pytest.mark.parametrize(
    ("key", "to", "lawful"),
    [
        ("deed_tax_on", date(2026, 7, 13), True),
        ("deed_tax_on", date(2026, 7, 14), False),
        ("deed_tax_on", date(2026, 7, 6), True),
        ("deed_tax_on", date(2026, 7, 5), False),
        ("registered_on", date(2026, 7, 12), False),
        ("registered_on", date(2026, 7, 13), True),
    ],
)
def test_the_steps_beside_bound_a_corrected_day(session, office, key, to, lawful):
    transfer = take_to(S.registered, office, Route.sale)
    session.commit()

    if lawful:
        correct(session, transfer, key, to, by=office.desk)
        assert getattr(transfer, key) == to
    else:
        with pytest.raises((InvalidInput, Unlawful)):
            correct(session, transfer, key, to, by=office.desk)


def test_the_agreement_is_taken_back_until_the_taxes_are_declared(session, office):
    transfer = take_to(S.agreement_signed, office, Route.sale)
    session.commit()

    correct(session, transfer, "agreement_on", None, by=office.desk)
    session.commit()

    assert (transfer.status, transfer.price) == (S.approved, None)
    assert clock(session, transfer, "soe_price_payment_5wd").state is DeadlineState.cancelled
    taxed = take_to(S.taxes_declared, office, Route.sale)
    session.commit()
    with pytest.raises(WrongState):
        correct(session, taxed, "agreement_on", None, by=office.desk)


def test_what_a_later_step_rests_on_is_not_taken_back(session, office):
    transfer = take_to(S.agreement_signed, office, Route.sale)
    session.commit()

    with pytest.raises(Unlawful) as refusal:
        correct(session, transfer, "notice_ended_on", None, by=office.desk)

    assert refusal.value.rule == "asset_transfer_notice"


def test_the_payment_of_the_price_is_entered_corrected_and_entered_again(session, office):
    transfer = take_to(S.agreement_signed, office, Route.sale)
    services.pay_price(session, transfer, by=office.desk, on=date(2026, 7, 8))
    session.commit()
    assert clock(session, transfer, "soe_price_payment_5wd").state is DeadlineState.met

    correct(session, transfer, "price_paid_on", None, by=office.desk)
    assert clock(session, transfer, "soe_price_payment_5wd").state is DeadlineState.open
    services.pay_price(session, transfer, by=office.desk, on=date(2026, 7, 9))
    assert clock(session, transfer, "soe_price_payment_5wd").met_on == date(2026, 7, 9)


def test_an_approval_is_the_approvers_to_correct_and_a_closed_case_nobodys(session, office):
    transfer = take_to(S.approved, office, Route.sale)
    session.commit()
    with pytest.raises(Forbidden):
        correct(session, transfer, "approved_on", date(2026, 6, 2), by=office.desk)
    correct(session, transfer, "approved_on", date(2026, 6, 2), by=office.approver)
    closed = make_transfer(S.closed)

    with pytest.raises(WrongState, match="stand"):
        correct(session, closed, "booked_on", date(2026, 4, 1), by=office.desk)


def test_a_day_of_one_asset_is_corrected_alone(session, office):
    transfer = take_to(S.decided, office, Route.free_transfer)
    services.add_asset(
        session,
        transfer,
        by=office.desk,
        name="2号标准厂房",
        book_value=transfer.book_value,
        net_value=transfer.net_value,
        completion_accepted_on=date(2026, 3, 10),
    )
    session.commit()
    asset = transfer.assets[1]

    correct(session, transfer, f"asset-{asset.id}-completion_accepted_on", date(2026, 3, 12), by=office.desk)

    anchored = (Deadline.record_id == transfer.id, Deadline.occurrence == asset.occurrence)
    assert {row.anchor_on for row in session.scalars(select(Deadline).where(*anchored))} == {
        date(2026, 3, 12)
    }
    assert asset.completion_accepted_on == date(2026, 3, 12)
