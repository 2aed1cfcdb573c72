"""The database refuses a state without its facts, whatever a program says."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy.exc import IntegrityError

from assets.models import Route, TransferStatus
from tests.factories.assets import make_asset, make_transfer

S = TransferStatus
FREE, SALE = Route.free_transfer, Route.sale
DAY = date(2026, 7, 10)


@pytest.mark.parametrize(
    ("status", "route", "given", "constraint"),
    [
        (S.audited, SALE, {"audited_on": None}, "audited_on_known"),
        (S.appraisal_filed, SALE, {"appraisal_filed_on": None}, "appraisal_filed_if_so_called"),
        (S.approved, SALE, {"approved_on": None}, "approved_on_known"),
        (S.approved, SALE, {"appraisal_filed_on": None}, "appraisal_filed_on_known"),
        (S.agreement_signed, SALE, {"agreement_on": None}, "agreement_on_known"),
        (S.agreement_signed, SALE, {"price": None}, "price_known"),
        (S.taxes_declared, SALE, {"deed_tax_on": None}, "deed_tax_on_known"),
        (S.registered, SALE, {"registered_on": None}, "registered_on_known"),
        (S.booked, SALE, {"booked_on": None}, "booked_on_known"),
        (S.closed, SALE, {"closed_on": None}, "closed_on_if_closed"),
        (S.booked, SALE, {"closed_on": DAY}, "closed_on_if_closed"),
        (S.abandoned, SALE, {"abandoned_on": None}, "abandoned_on_if_abandoned"),
        (S.closed, FREE, {"deed_tax_on": None}, "deed_tax_on_known"),
        (S.appraised, SALE, {"appraisal_expires_on": None}, "appraisal_whole"),
        (S.agreement_signed, SALE, {"registration_applied_on": DAY}, "deed_tax_before_registration"),
        (
            S.taxes_declared,
            SALE,
            {"deed_tax_on": DAY, "registration_applied_on": date(2026, 7, 9)},
            "deed_tax_before_registration",
        ),
        (S.decided, SALE, {"floor_price": Decimal("-0.01")}, "amounts_not_negative"),
    ],
)
def test_a_transfer_that_contradicts_itself_is_refused(session, status, route, given, constraint):
    with pytest.raises(IntegrityError, match=constraint):
        make_transfer(status, route, **given)


@pytest.mark.parametrize(
    ("status", "route", "given"),
    [
        (S.taxes_declared, SALE, {"deed_tax_on": DAY, "registration_applied_on": DAY}),
        (S.approved, FREE, {"appraisal_filed_on": None}),
        (S.closed, FREE, {"price": None}),
    ],
)
def test_a_transfer_at_the_bound_is_kept(session, status, route, given):
    assert make_transfer(status, route, **given).id


@pytest.mark.parametrize(
    ("given", "constraint"),
    [
        ({"area": Decimal("-0.01")}, "area_not_negative"),
        ({"net_value": Decimal("18000000.01")}, "net_within_book_value"),
        ({"net_value": Decimal("-1.00")}, "values_not_negative"),
    ],
)
def test_an_asset_that_makes_no_sense_is_refused(session, given, constraint):
    transfer = make_transfer()
    transfer.assets.append(make_asset(**given))

    with pytest.raises(IntegrityError, match=constraint):
        session.flush()
