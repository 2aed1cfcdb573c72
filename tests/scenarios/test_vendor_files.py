"""A vendor's file, from registration to a certificate that lapses unseen no more."""

from datetime import date

import pytest

from core.errors import Forbidden, InvalidInput, WrongState
from deadlines.models import DeadlineState
from tests.scenarios.offices import Office
from vendors.models import QualificationStatus, VendorStatus


def test_a_vendor_corrects_its_returned_file_and_is_admitted(session):
    office = Office(session)
    with pytest.raises(InvalidInput, match="Character 5"):
        office.create(
            "vendor",
            by=office.officer,
            on=date(2026, 3, 2),
            title="示例检测",
            credit_code="9135O100M000100Y43",
        )
    session.rollback()

    vendor = office.create(
        "vendor",
        by=office.officer,
        on=date(2026, 3, 2),
        title="示例检测有限公司",
        credit_code="91350100m000100y43",
        size="small",
    )
    office.take("add_contact", vendor, by=office.officer, name="示例联系人", phone="0796-0000000")
    office.take("submit", vendor, by=office.officer)
    office.take("send_back", vendor, by=office.librarian, on=date(2026, 3, 4), reason="示例：地址与执照不符")
    assert (vendor.status, vendor.status_reason) == (VendorStatus.returned, "示例：地址与执照不符")
    office.take("submit", vendor, by=office.officer)
    with pytest.raises(Forbidden):
        office.take("admit", vendor, by=office.officer, on=date(2026, 3, 9))
    session.rollback()
    office.take("admit", vendor, by=office.librarian, on=date(2026, 3, 9))

    assert (vendor.status, vendor.admitted_on) == (VendorStatus.admitted, date(2026, 3, 9))
    assert vendor.organization is office.zone


def test_a_certificate_is_verified_renewed_in_time_and_its_old_clocks_stop(session):
    office = Office(session)
    vendor = office.create("vendor", by=office.officer, on=date(2026, 3, 2), title="示例检测有限公司")
    permit = office.create(
        "qualification",
        by=office.officer,
        on=date(2026, 3, 2),
        vendor=vendor,
        category="safety",
        certificate="safety_permit",
        certificate_number="示例安许证 001",
        issued_on=date(2023, 10, 8),
        expires_on=date(2026, 10, 7),
    )
    office.take("verify", permit, by=office.librarian, on=date(2026, 3, 3), source="示例：省厅公示")

    # Three months before the last day; 7 July 2026 is a Tuesday.
    assert office.due(permit)["safety_permit_renewal_3m"] == date(2026, 7, 7)
    office.take("apply_for_renewal", permit, by=office.officer, on=date(2026, 7, 1))
    renewed = office.create(
        "qualification",
        by=office.officer,
        on=date(2026, 9, 28),
        vendor=vendor,
        category="safety",
        certificate="safety_permit",
        certificate_number="示例安许证 001",
        issued_on=date(2026, 9, 25),
        expires_on=date(2029, 9, 24),
        replaces=permit,
    )
    office.take("verify", renewed, by=office.librarian, on=date(2026, 9, 28), source="示例：省厅公示")

    assert (permit.status, renewed.status) == (QualificationStatus.renewed, QualificationStatus.verified)
    assert office.due(permit) == {}
    assert "safety_permit_renewal_3m" in office.due(permit, DeadlineState.met)
    assert office.due(renewed)["safety_permit_renewal_3m"] == date(2029, 6, 24)


def test_a_suspended_vendor_wins_nothing_until_the_suspension_is_lifted(session):
    office = Office(session)
    vendor = office.create("vendor", by=office.officer, on=date(2026, 3, 2), title="示例代理有限公司")
    office.take("add_contact", vendor, by=office.officer, name="示例联系人", email="a@example.org")
    office.take("submit", vendor, by=office.officer)
    office.take("admit", vendor, by=office.librarian, on=date(2026, 3, 3))
    office.take(
        "suspend",
        vendor,
        by=office.librarian,
        on=date(2026, 4, 1),
        until=date(2026, 10, 1),
        reason="示例：限期整改",
    )
    tender = office.create(
        "tender",
        by=office.officer,
        on=date(2026, 4, 2),
        title="示例：环卫服务",
        method="public_tender",
        category="sanitation",
        budget=1000000,
    )
    office.approve(tender)
    office.take("file_plan", tender, by=office.officer, on=date(2026, 4, 3))

    with pytest.raises(WrongState, match="not available"):
        office.take("engage_agent", tender, by=office.officer, on=date(2026, 4, 7), agent=vendor)
    session.rollback()
    office.take("reinstate", vendor, by=office.approver, reason="示例：整改完成")
    office.take("engage_agent", tender, by=office.officer, on=date(2026, 10, 9), agent=vendor)

    assert tender.agent is vendor
