"""An office's ledger of contracts comes in."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select

from contracts import rules
from contracts.ledger import NATURE_WORDS, SHEET
from contracts.models import Contract, ContractStatus, Nature
from core.auth import SYSTEM
from core.records import ReviewStatus
from deadlines.models import Deadline, DeadlineState
from deadlines.rules import Method
from tests.factories import make_organization
from tests.factories.contracts import draft, make_office, make_payee
from tests.factories.procurement import make_tender
from vendors.categories import ServiceCategory
from vendors.models import EnterpriseSize

S = ContractStatus
TODAY = date(2026, 11, 23)
SIGNED = {"signed_on": date(2026, 9, 1)}


@pytest.fixture
def zone(session):
    """The organization whose ledger it is, with one vendor in its register."""
    zone = make_organization()
    make_payee(zone, title="江西示例环保有限公司")
    return zone


def row_of(**given):
    """Return a row as the importer hands it over: every column, cleaned or None."""
    blank = dict.fromkeys(column.name for column in SHEET.columns)
    known = {"title": "示例合同", "vendor": "江西示例环保有限公司", "amount": Decimal("480000.00")}
    return blank | known | given


def load(session, zone, *rows):
    """Load rows and return the contracts."""
    ids = SHEET.load(session, rows, by=SYSTEM, organization=zone, on=TODAY)
    session.commit()
    return [session.get(Contract, id_) for id_ in ids]


def clocks(session, contract):
    found = session.scalars(select(Deadline).where(Deadline.record_id == contract.id))
    return {row.rule_id: row for row in found}


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({}, S.drafted),
        (SIGNED, S.performing),
        (SIGNED | {"starts_on": TODAY}, S.performing),
        (SIGNED | {"starts_on": date(2026, 11, 24)}, S.signed),
        (
            SIGNED
            | {
                "starts_on": date(2026, 11, 24),
                "published_on": date(2026, 9, 2),
                "filed_on": date(2026, 9, 3),
            },
            S.filed,
        ),
        (SIGNED | {"completed_on": date(2026, 10, 30)}, S.completed),
        (SIGNED | {"terminated_on": date(2026, 10, 30)}, S.terminated),
    ],
)
def test_the_days_of_a_row_show_its_stage(session, zone, given, status):
    (contract,) = load(session, zone, row_of(**given))

    assert contract.status is status
    assert contract.review is (ReviewStatus.draft if status is S.drafted else ReviewStatus.approved)


def test_a_row_keeps_its_number_and_a_blank_one_takes_the_next(session, zone):
    known, fresh = load(session, zone, row_of(number="HT-2026-0031"), row_of(title="另一合同"))

    assert (known.number, fresh.number) == ("HT-2026-0031", "HT-2026-0032")
    assert known.vendor_name in known.search_text


def test_what_is_known_already_is_found_again(session):
    office = make_office()
    kept = draft(office, title="示例合同")

    numbered, titled = row_of(number=kept.number), row_of()
    found = SHEET.find(session, [numbered, titled], organization=office.zone)

    assert found[SHEET.key(numbered)] == found[SHEET.key(titled)] == kept.id


def test_imported_days_open_and_meet_the_clocks(session, zone):
    given = SIGNED | {
        "procurement_method": Method.competitive_consultation,
        "award_letter_on": date(2026, 8, 20),
        "published_on": date(2026, 9, 2),
    }
    (contract,) = load(session, zone, row_of(**given))

    found = clocks(session, contract)
    assert contract.is_government_procurement
    assert found["con_contract_30d"].state is DeadlineState.met
    assert found["gp_contract_publish_2wd"].state is DeadlineState.met
    assert found["gp_contract_file_7wd"].state is DeadlineState.open


@pytest.mark.parametrize(
    ("given", "is_government"),
    [
        ({}, False),
        ({"procurement_method": Method.public_tender}, True),
        ({"procurement_method": Method.bidding_law_tender}, False),
        ({"is_government_procurement": True}, True),
        ({"procurement_method": Method.public_tender, "is_government_procurement": False}, False),
    ],
)
def test_what_the_ledger_does_not_say_about_procurement_follows_from_the_method(
    session, zone, given, is_government
):
    (contract,) = load(session, zone, row_of(**SIGNED, **given))

    assert contract.is_government_procurement is is_government
    assert ("gp_contract_file_7wd" in clocks(session, contract)) is is_government


def test_the_vendors_size_comes_from_the_register(session, zone):
    make_payee(zone, title="某大型企业", size=EnterpriseSize.large)

    small, large = load(session, zone, row_of(), row_of(vendor="某大型企业"))

    assert (small.is_payee_sme, large.is_payee_sme) == (True, False)


def test_a_contract_of_a_tender_leaves_the_award_letter_to_it(session, zone):
    tender = make_tender(zone)
    given = {"tender": tender.number, "procurement_method": Method.public_tender}
    (contract,) = load(session, zone, row_of(award_letter_on=date(2026, 11, 10), **given))

    assert contract.tender_id == tender.id
    assert "gp_contract_sign_30d" not in clocks(session, contract)


def test_what_was_paid_before_stands_in_the_schedule(session, zone):
    (contract,) = load(session, zone, row_of(**SIGNED, paid=Decimal("120000.00"), paid_on=date(2026, 10, 9)))

    assert contract.paid == contract.scheduled == Decimal("120000.00")
    assert [(line.position, line.paid_amount) for line in contract.lines] == [(1, Decimal("120000.00"))]


def test_the_past_is_kept_as_it_was_and_named(session, zone):
    (contract,) = load(
        session,
        zone,
        row_of(
            signed_on=date(2026, 9, 1),
            starts_on=date(2026, 8, 1),
            paid=Decimal("1.00"),
            paid_on=date(2026, 8, 20),
        ),
    )

    assert [str(found) for found in rules.irregularities(contract)] == [
        "Signed after the work began",
        "Instalment 1 was paid before the signing",
    ]


@pytest.mark.parametrize(
    ("given", "column"),
    [
        ({"vendor": "名录外的单位"}, "vendor"),
        ({"vendor": None}, "vendor"),
        ({"vendor_code": "91360000000000000X"}, "vendor_code"),
        ({"tender": "CG-1999-0001"}, "tender"),
        ({"amount": Decimal(0)}, "amount"),
        ({"starts_on": TODAY, "ends_on": date(2026, 11, 22)}, "ends_on"),
        ({"published_on": TODAY}, "published_on"),
        (SIGNED | {"completed_on": TODAY, "terminated_on": TODAY}, "terminated_on"),
        ({"payment_days": 0}, "payment_days"),
        ({"payment_days": 3651}, "payment_days"),
        (SIGNED | {"paid": Decimal("480000.01"), "paid_on": TODAY}, "paid"),
        (SIGNED | {"paid": Decimal("-1.00"), "paid_on": TODAY}, "paid"),
        (SIGNED | {"paid": Decimal("1.00")}, "paid_on"),
        (SIGNED | {"paid_on": TODAY}, "paid_on"),
    ],
)
def test_a_fault_is_named_at_its_cell(session, zone, given, column):
    good, bad = row_of(), row_of(**given)

    faults = SHEET.check(session, [good, bad], organization=zone)

    assert [(row, name) for row, name, _message in faults] == [(1, column)]


def test_two_vendors_of_one_name_are_not_guessed_between(session, zone):
    make_payee(zone, title="江西示例环保有限公司")

    faults = SHEET.check(session, [row_of()], organization=zone)

    assert [name for _row, name, _message in faults] == ["vendor"]


def test_every_heading_leads_to_one_column():
    titles = [title for column in SHEET.columns for title in column.titles]

    assert len(titles) == len(set(titles))
    assert set(NATURE_WORDS.values()) == set(Nature)


def test_a_category_is_kept(session, zone):
    (contract,) = load(session, zone, row_of(category=ServiceCategory.sanitation))

    assert contract.category is ServiceCategory.sanitation
