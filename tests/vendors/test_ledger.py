"""An office's ledgers of vendors and qualifications come in."""

from datetime import date
from itertools import pairwise

import pytest
from sqlalchemy import select

from core import audit
from core.auth import SYSTEM
from core.errors import InvalidInput
from deadlines.models import Deadline
from tests.factories import make_organization, make_user
from tests.factories.vendors import make_code, make_qualification, make_vendor
from vendors import ledger
from vendors.categories import ServiceCategory
from vendors.certificates import CertificateKind
from vendors.models import EnterpriseSize, Qualification, QualificationStatus, Vendor, VendorStatus

DAY = date(2026, 3, 2)


def vendor_row(**given):
    """Return a row as the importer hands it over: every column, cleaned or None."""
    blank = dict.fromkeys(column.name for column in ledger.VENDORS.columns)
    return blank | {"credit_code": make_code(), "title": "示例检测有限公司"} | given


def qualification_row(**given):
    """Return a row of a CMA certificate."""
    blank = dict.fromkeys(column.name for column in ledger.QUALIFICATIONS.columns)
    return (
        blank
        | {
            "category": ServiceCategory.testing,
            "certificate": CertificateKind.cma,
            "certificate_number": "示例 0001",
            "issued_on": date(2024, 5, 20),
            "expires_on": date(2030, 5, 19),
        }
        | given
    )


def test_vendors_come_in_numbered_in_order_and_accounted_for(session):
    officer = make_user(organization=make_organization(make_organization()))
    rows = [
        vendor_row(size=EnterpriseSize.small, admitted_on=date(2025, 6, 3)),
        vendor_row(title="示例代理", credit_code=None, contact="示例联系人", phone="0796-1", email=None),
    ]

    ids = ledger.VENDORS.load(session, rows, by=officer, organization=officer.organization, on=DAY)
    session.commit()

    first, second = (session.get(Vendor, id_) for id_ in ids)
    assert [first.number, second.number] == ["GYS-2026-0001", "GYS-2026-0002"]
    assert (first.status, first.admitted_on) == (VendorStatus.admitted, date(2025, 6, 3))
    assert (second.status, second.contacts[0].name) == (VendorStatus.registered, "示例联系人")
    assert first.organization is officer.organization.parent
    assert first.credit_code in first.search_text
    assert audit.history(session, first)[0].facts["changes"]["title"] == [None, "示例检测有限公司"]


def test_a_vendor_known_by_its_code_or_else_by_its_name_is_found_again(session):
    zone = make_organization()
    coded, nameless = make_vendor(zone), make_vendor(zone, credit_code=None)
    rows = [
        vendor_row(credit_code=coded.credit_code, title="改名"),
        vendor_row(credit_code=None, title=nameless.title),
        vendor_row(),
        vendor_row(title=coded.title),
    ]

    found = ledger.VENDORS.find(session, rows, organization=make_organization(zone))

    assert [found.get(ledger.VENDORS.key(row)) for row in rows] == [coded.id, nameless.id, None, None]


def test_a_contact_whom_nobody_can_reach_is_named(session):
    rows = [vendor_row(), vendor_row(contact="示例"), vendor_row(contact="示例", email="a@example.org")]

    faults = ledger.VENDORS.check(session, rows, organization=make_organization())

    assert [(number, column) for number, column, _message in faults] == [(1, "phone")]


@pytest.mark.parametrize(("sheet", "column"), [(ledger.VENDORS, 0), (ledger.QUALIFICATIONS, 0)])
def test_the_code_is_checked_to_the_character(sheet, column):
    clean = sheet.columns[column].clean

    assert clean("91350100m000100y43") == "91350100M000100Y43"
    with pytest.raises(InvalidInput) as refusal:
        clean("91350100M000100Y44")
    assert list(refusal.value.fields) == [sheet.columns[column].name]


def test_certificates_come_in_with_their_clocks(session):
    zone = make_organization()
    vendor, named = make_vendor(zone), make_vendor(zone, credit_code=None)
    rows = [
        qualification_row(vendor_code=vendor.credit_code, verified_on=date(2025, 6, 3)),
        qualification_row(vendor=named.title, certificate_number="示例 0002"),
    ]

    ids = ledger.QUALIFICATIONS.load(session, rows, by=SYSTEM, organization=zone, on=DAY)
    session.commit()

    first, second = (session.get(Qualification, id_) for id_ in ids)
    assert (first.vendor, second.vendor) == (vendor, named)
    assert [first.status, second.status] == [QualificationStatus.verified, QualificationStatus.submitted]
    assert first.number == "ZZ-2026-0001"
    for held in (first, second):
        rules = session.scalars(select(Deadline.rule_id).where(Deadline.record_id == held.id))
        assert set(rules) == {"cma_validity_6y", "cma_renewal_3m"}


def test_an_imported_certificate_has_the_same_clocks_as_one_entered_by_hand(session):
    from vendors import qualifications

    vendor = make_vendor()
    by_hand = make_qualification(vendor)
    qualifications.verify(session, by_hand, by=SYSTEM, on=DAY, source="示例")
    row = qualification_row(vendor_code=vendor.credit_code, verified_on=DAY)
    (imported,) = ledger.QUALIFICATIONS.load(
        session, [row], by=SYSTEM, organization=vendor.organization, on=DAY
    )

    columns = (Deadline.rule_id, Deadline.due_on, Deadline.state, Deadline.role, Deadline.next_alert_on)
    ordered = select(*columns).order_by(Deadline.rule_id)
    clocks = [
        session.execute(ordered.where(Deadline.record_id == id_)).all() for id_ in (by_hand.id, imported)
    ]
    assert clocks[0] == clocks[1]


def test_a_certificate_is_found_again_by_its_vendor_and_number(session):
    vendor = make_vendor()
    kept = make_qualification(vendor, certificate_number="示例 0001")
    rows = [
        qualification_row(vendor_code=vendor.credit_code),
        qualification_row(vendor=vendor.title),
        qualification_row(vendor=vendor.title, certificate_number="示例 0002"),
        qualification_row(vendor="没有此家"),
    ]

    found = ledger.QUALIFICATIONS.find(session, rows, organization=vendor.organization)

    keys = [ledger.QUALIFICATIONS.key(row) for row in rows]
    assert [found.get(key) for key in keys] == [kept.id, kept.id, None, None]


def test_what_cannot_be_taken_in_is_named_by_row_and_column(session):
    zone = make_organization()
    vendor = make_vendor(zone)
    make_vendor(zone, title="同名"), make_vendor(zone, title="同名")
    known = {"vendor_code": vendor.credit_code}
    rows = [
        qualification_row(**known),
        qualification_row(vendor_code=make_code()),
        qualification_row(vendor="同名"),
        qualification_row(),
        qualification_row(**known, certificate_number="2", expires_on=None),
        qualification_row(**known, certificate_number="3", expires_on=date(2024, 5, 20)),
        qualification_row(**known, certificate_number="4", category=ServiceCategory.sanitation),
        qualification_row(vendor=vendor.title),
    ]

    faults = ledger.QUALIFICATIONS.check(session, rows, organization=zone)

    assert [(number, column) for number, column, _message in faults] == [
        (1, "vendor_code"),
        (2, "vendor"),
        (3, "vendor"),
        (4, "expires_on"),
        (5, "expires_on"),
        (6, "certificate"),
        (7, "certificate_number"),
    ]


@pytest.mark.parametrize("sheet", ledger.SHEETS, ids=lambda sheet: sheet.kind)
def test_no_two_columns_of_a_sheet_share_a_heading(sheet):
    titles = sorted(title for column in sheet.columns for title in column.titles)

    assert [one for one, other in pairwise(titles) if one == other] == []


@pytest.mark.parametrize("sheet", ledger.SHEETS, ids=lambda sheet: sheet.kind)
def test_a_choice_knows_every_value_by_some_chinese_word(sheet):
    for column in sheet.columns:
        chinese = {value for word, value in column.choices.items() if not word.isascii() or word == "CMA"}
        missing = set(column.choices.values()) - chinese
        assert missing <= {EnterpriseSize.undeclared}
