"""Standard factory buildings go to the platform company, against the clock of their appraisal."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select

from assets import services
from assets.models import Route, TransferStatus
from core import workflow
from core.errors import Unlawful
from core.permissions import P
from deadlines.models import Deadline, DeadlineState
from tests.factories.assets import APPRAISED, make_asset_office, take_to

S = TransferStatus


def running(session, transfer):
    rows = session.scalars(select(Deadline).where(Deadline.record_id == transfer.id))
    return {row.rule_id: row.due_on for row in rows if row.state is DeadlineState.open}


def test_an_appraisal_about_to_lapse_blocks(session):
    office = make_asset_office()
    transfer = take_to(S.appraisal_filed, office, Route.capital_contribution)  # valid until 2027-03-31
    services.plan(session, transfer, by=office.desk, stage="registration", on=date(2027, 4, 12))
    workflow.review(session, transfer, "submit", by=office.desk, needs=P.asset_edit)
    workflow.review(session, transfer, "approve", by=office.approver, needs=P.asset_approve)
    decree = {"by": office.approver, "approval_document": "示例〔2027〕3号"}

    with pytest.raises(Unlawful) as refusal:
        services.approve(session, transfer, on=date(2027, 3, 1), **decree)
    assert refusal.value.rule == "appraisal_result_valid_1y"

    services.plan(session, transfer, by=office.desk, stage="registration", on=date(2027, 3, 30))
    services.approve(session, transfer, on=date(2027, 3, 1), **decree)

    with pytest.raises(Unlawful):
        services.sign_agreement(session, transfer, by=office.desk, on=date(2027, 4, 1), price=APPRAISED)
    services.sign_agreement(session, transfer, by=office.desk, on=date(2027, 3, 31), price=APPRAISED)
    assert transfer.status is S.agreement_signed


def test_the_three_points_of_an_appraisal_are_watched_together(session):
    office = make_asset_office()
    transfer = take_to(S.appraised, office, Route.sale, appraisal_procedure="approval")

    assert running(session, transfer).items() >= {
        ("appraisal_approval_apply_8m", date(2026, 11, 30)),
        ("appraisal_result_valid_1y", date(2027, 3, 31)),
    }


def test_a_factory_building_goes_to_the_company_free_of_charge(session):
    office = make_asset_office()
    transfer = take_to(S.taxes_declared, office, Route.free_transfer)
    services.apply_for_registration(session, transfer, by=office.desk, on=date(2026, 9, 18))
    assert running(session, transfer)["estate_registration_30wd"] == date(2026, 11, 5)

    services.register(session, transfer, by=office.desk, on=date(2026, 9, 25))
    # thirty days by one rule, twenty working days by another: the earlier is kept
    assert running(session, transfer)["soe_property_registration_change_30d"] == date(2026, 10, 25)

    services.register_property_rights(session, transfer, by=office.desk, on=date(2026, 10, 12))
    services.book(session, transfer, by=office.desk, on=date(2026, 10, 12))
    services.close(session, transfer, by=office.desk, on=date(2026, 10, 13))
    session.commit()

    assert transfer.status is S.closed
    assert running(session, transfer) == {}


def test_a_sale_below_the_floor_waits_for_the_consent_and_then_goes_through(session):
    office = make_asset_office()
    transfer = take_to(S.approved, office, Route.sale)
    price = APPRAISED * Decimal("0.85")
    services.publish_notice(session, transfer, by=office.desk, on=date(2026, 6, 2), floor_price=price)
    services.end_notice(session, transfer, by=office.desk, on=date(2026, 7, 2))

    with pytest.raises(Unlawful) as refusal:
        services.sign_agreement(session, transfer, by=office.desk, on=date(2026, 7, 6), price=price)
    assert refusal.value.article == "Article 22"

    day = date(2026, 7, 8)
    services.consent_to_price(
        session, transfer, by=office.approver, on=day, price_consent_document="示例〔2026〕22号"
    )
    services.sign_agreement(session, transfer, by=office.desk, on=day, price=price)
    assert running(session, transfer)["soe_price_payment_5wd"] == date(2026, 7, 15)
