"""An office's ledger of asset transfers comes in."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select

from assets.ledger import SHEET, square_metres
from assets.models import AppraisalProcedure, AssetTransfer, Route, TransferStatus
from core.auth import SYSTEM
from core.records import ReviewStatus
from deadlines.models import Deadline, DeadlineState
from tests.factories import make_organization
from tests.factories.assets import make_asset_office, open_case

S = TransferStatus
FREE, CAPITAL, SALE = Route.free_transfer, Route.capital_contribution, Route.sale
TODAY = date(2026, 11, 23)

APPRAISED = {
    "audited_on": date(2026, 3, 20),
    "valuation_base_on": date(2026, 3, 31),
    "appraised_on": date(2026, 4, 20),
    "appraised_amount": Decimal("20000000.00"),
}
FILED = APPRAISED | {"appraisal_applied_on": date(2026, 5, 6), "appraisal_filed_on": date(2026, 5, 20)}
AGREED = FILED | {
    "approved_on": date(2026, 6, 1),
    "agreement_on": date(2026, 7, 6),
    "price": Decimal("20000000.00"),
}
REGISTERED = AGREED | {
    "deed_tax_on": date(2026, 7, 10),
    "registration_applied_on": date(2026, 7, 13),
    "registered_on": date(2026, 7, 20),
}
CLOSED = REGISTERED | {"booked_on": date(2026, 7, 30), "closed_on": date(2026, 8, 3)}


def row_of(**given):
    """Return a row as the importer hands it over: every column, cleaned or None."""
    blank = dict.fromkeys(column.name for column in SHEET.columns)
    known = {
        "title": "示例标准厂房",
        "route": SALE,
        "from_name": "经开区管委会",
        "to_name": "县工投",
        "asset": "3号标准厂房",
        "book_value": Decimal("18000000.00"),
        "decided_on": date(2026, 3, 2),
    }
    return blank | known | given


def load(session, *rows, organization=None):
    """Load rows and return the transfers."""
    place = organization or make_organization()
    ids = SHEET.load(session, rows, by=SYSTEM, organization=place, on=TODAY)
    session.commit()
    return [session.get(AssetTransfer, id_) for id_ in ids]


def clocks(session, transfer):
    found = session.scalars(select(Deadline).where(Deadline.record_id == transfer.id))
    return {row.rule_id: row for row in found}


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({}, S.decided),
        ({"audited_on": date(2026, 3, 20)}, S.audited),
        (APPRAISED, S.appraised),
        (FILED, S.appraisal_filed),
        (FILED | {"approved_on": date(2026, 6, 1)}, S.approved),
        (AGREED, S.agreement_signed),
        (AGREED | {"deed_tax_on": date(2026, 7, 10)}, S.taxes_declared),
        (REGISTERED, S.registered),
        (CLOSED, S.closed),
        (FILED | {"abandoned_on": TODAY}, S.abandoned),
        ({"route": FREE, "approved_on": date(2026, 6, 1)}, S.approved),
        ({"route": FREE, "approved_on": TODAY, "agreement_on": TODAY}, S.agreement_signed),
    ],
)
def test_the_days_of_a_row_show_its_stage(session, given, status):
    row = row_of(**given)
    assert SHEET.check(session, [row], organization=make_organization()) == []

    (transfer,) = load(session, row)

    assert transfer.status is status
    is_approved = given.get("approved_on") is not None
    assert transfer.review is (ReviewStatus.approved if is_approved else ReviewStatus.draft)


def test_a_row_brings_its_asset_and_is_found_by_it(session):
    (transfer,) = load(session, row_of(area=Decimal("12000.50"), net_value=Decimal("15000000.00")))

    assert [asset.name for asset in transfer.assets] == ["3号标准厂房"]
    assert (transfer.area, transfer.net_value) == (Decimal("12000.50"), Decimal("15000000.00"))
    assert "3号标准厂房" in transfer.search_text


def test_a_running_case_is_watched(session):
    (transfer,) = load(session, row_of(**APPRAISED))

    found = clocks(session, transfer)
    assert transfer.appraisal_expires_on == date(2027, 3, 31)
    assert found["appraisal_filing_apply_9m"].strict_on == date(2026, 12, 31)
    assert found["appraisal_result_valid_1y"].state is DeadlineState.open


def test_the_procedure_decides_between_eight_and_nine_months(session):
    (transfer,) = load(session, row_of(**APPRAISED, appraisal_procedure=AppraisalProcedure.approval))

    found = clocks(session, transfer)
    assert found["appraisal_approval_apply_8m"].strict_on == date(2026, 11, 30)
    assert "appraisal_filing_apply_9m" not in found


@pytest.mark.parametrize("given", [CLOSED, FILED | {"abandoned_on": TODAY}])
def test_a_case_that_is_over_starts_nothing_but_the_keeping_of_papers(session, given):
    (transfer,) = load(session, row_of(**given))

    assert {rule.rsplit("_", 1)[0] for rule in clocks(session, transfer)} <= {"appraisal_file_retention"}


def test_a_registered_case_still_owes_the_registration_of_property_rights(session):
    (transfer,) = load(session, row_of(**REGISTERED))

    found = clocks(session, transfer)
    assert found["soe_property_registration_change_30d"].state is DeadlineState.open
    assert found["estate_registration_30wd"].state is DeadlineState.met
    assert "appraisal_result_valid_1y" not in found


def test_what_is_known_already_is_found_again(session):
    office = make_asset_office()
    kept = open_case(office, FREE, title="示例标准厂房")

    numbered, titled = row_of(number=kept.number), row_of()
    found = SHEET.find(session, [numbered, titled], organization=office.zone)

    assert found[SHEET.key(numbered)] == found[SHEET.key(titled)] == kept.id


@pytest.mark.parametrize(
    ("given", "columns"),
    [
        (AGREED | {"price": None}, ["price"]),
        (AGREED | {"approved_on": None}, ["approved_on"]),
        (AGREED | {"appraisal_filed_on": None}, ["appraisal_filed_on"]),
        (AGREED | {"route": CAPITAL, "appraisal_filed_on": None}, ["appraisal_filed_on"]),
        (CLOSED | {"deed_tax_on": None}, ["deed_tax_on", "deed_tax_on"]),
        (APPRAISED | {"appraised_amount": None}, ["appraised_on"]),
        (
            {"appraisal_filed_on": date(2026, 5, 20)},
            ["appraised_on"],
        ),
        ({"route": FREE, "price_paid_on": TODAY}, ["price_paid_on"]),
        ({"route": SALE, "company_registered_on": TODAY}, ["company_registered_on"]),
        ({"net_value": Decimal("18000000.01")}, ["net_value"]),
        ({"area": Decimal("-0.01")}, ["area"]),
        (REGISTERED | {"registration_applied_on": date(2026, 7, 9)}, ["deed_tax_on"]),
        (REGISTERED | {"registered_on": date(2026, 7, 12)}, ["registered_on"]),
    ],
)
def test_a_fault_is_named_at_its_cell(session, given, columns):
    faults = SHEET.check(session, [row_of(), row_of(**given)], organization=make_organization())

    assert [name for row, name, _message in faults if row == 1] == columns
    assert not [name for row, name, _message in faults if row == 0]


@pytest.mark.parametrize(
    ("typed", "area"),
    [("12000.5", "12000.50"), ("12,000.50㎡", "12000.50"), ("12000.505 平方米", "12000.50"), (" 7 ", "7.00")],
)
def test_an_area_is_read_with_its_unit(typed, area):
    assert square_metres(typed) == Decimal(area)


@pytest.mark.parametrize("typed", ["约一万", "", "NaN", "1e99"])
def test_an_area_that_is_no_number_is_refused(typed):
    with pytest.raises(ValueError, match="square metres"):
        square_metres(typed)


def test_every_heading_leads_to_one_column():
    titles = [title for column in SHEET.columns for title in column.titles]

    assert len(titles) == len(set(titles))
