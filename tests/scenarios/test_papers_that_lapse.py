"""Stories of vendors' papers: a certificate lapses over a holiday, a vendor corrects what came back."""

from datetime import date, timedelta

import pytest

from core.errors import Forbidden, WrongState
from tests.factories.contracts import make_contract
from tests.factories.libraries import make_library, make_member
from tests.scenarios.offices import Office
from vendors import accounts, followers, gate, lapses, needs, review, services
from vendors.categories import ServiceCategory
from vendors.certificates import CertificateKind
from vendors.libraries import MembershipStatus
from vendors.models import QualificationStatus, VendorStatus


def test_an_accreditation_lapses_over_the_national_holiday_and_nobody_has_to_be_there(session, monkeypatch):
    told = []

    def library(_session, vendor, *, on):
        told.append((vendor, on))

    monkeypatch.setattr(followers, "_followers", [library])
    office = Office(session)
    vendor = office.create("vendor", by=office.officer, on=date(2026, 3, 2), title="示例检测有限公司")
    old = hand_in(office, vendor, issued_on=date(2020, 10, 5), expires_on=date(2026, 10, 4))
    contract = make_contract(organization=office.department, vendor=vendor, category=ServiceCategory.testing)

    # 1 to 7 October are a holiday: the worker goes on, validity does not
    last, after = date(2026, 10, 4), date(2026, 10, 5)
    told.clear()
    assert day(session, last).lapsed == 0
    assert (told, needs.lines(session, vendor, last)) == ([], [])
    assert day(session, after).lapsed == 1
    assert old.status is QualificationStatus.lapsed
    assert (vendor, after) in told
    (words,) = needs.lines(session, vendor, after)
    assert words == "CMA accreditation: ended on 2026-10-04. Hand in the renewed paper."
    assert needs.lacks(session, contract.vendor_id, contract.category, after)

    # eight days later the renewal comes in, issued on the day after the holiday
    new = hand_in(office, vendor, issued_on=date(2026, 10, 8), expires_on=date(2032, 10, 7), replaces=old)
    assert (old.status, new.status) == (QualificationStatus.renewed, QualificationStatus.verified)
    assert needs.lacks(session, contract.vendor_id, contract.category, date(2026, 10, 12)) == []
    assert needs.lines(session, vendor, date(2026, 10, 12)) == []
    assert told[-1] == (vendor, date(2026, 10, 12))


def hand_in(office, vendor, *, issued_on, expires_on, replaces=None):
    """Hand a CMA certificate in and have it verified four days after its issue, six years ago or now."""
    paper = office.create(
        "qualification",
        by=office.officer,
        on=issued_on,
        vendor=vendor,
        category="testing",
        certificate="cma",
        certificate_number="示例 201234567",
        issued_on=issued_on,
        expires_on=expires_on,
        replaces=replaces,
    )
    office.take("verify", paper, by=office.librarian, on=issued_on + timedelta(days=4), source="示例查询平台")
    return paper


def day(session, on):
    """Let the worker's day go by."""
    done = lapses.settle(session, on)
    session.commit()
    return done


def test_a_returned_file_says_what_to_correct_and_the_reviewer_sees_that_it_was(session):
    office = Office(session)
    vendor = office.create("vendor", by=office.officer, on=date(2026, 3, 2), title="示例环卫有限公司")
    office.take("add_contact", vendor, by=office.officer, name="示例联系人", phone="0796-8200001")
    office.take("submit", vendor, by=office.officer)
    office.take(
        "send_back",
        vendor,
        by=office.librarian,
        on=date(2026, 3, 3),
        remark_legal_representative="与营业执照不符",
        remark_address="缺门牌号",
    )
    asked = [(str(each.field), each.text) for each in review.remarks(session, vendor)]
    assert asked == [("legal_representative", "与营业执照不符"), ("address", "缺门牌号")]

    services.change(session, vendor, by=office.officer, legal_representative="示例甲", address="示例路 1 号")
    session.commit()
    office.take("submit", vendor, by=office.officer)

    assert review.remarks(session, vendor) == []
    seen = {str(each.field): (each.before, each.after) for each in review.changes(session, vendor)}
    assert seen == {"Legal representative": (None, "示例甲"), "Address": (None, "示例路 1 号")}
    office.take("admit", vendor, by=office.librarian, on=date(2026, 3, 9))
    assert vendor.status is VendorStatus.admitted


def test_money_waits_until_a_second_officer_has_seen_the_new_account(session):
    office = Office(session)
    vendor = office.create("vendor", by=office.officer, on=date(2026, 3, 2), title="示例检测有限公司")
    office.take(
        "propose_account",
        vendor,
        by=office.officer,
        on=date(2026, 3, 2),
        holder="示例检测有限公司",
        bank="示例银行",
        number="6222 0212 3456 7890",
    )
    with pytest.raises(WrongState, match="held since 2026-03-02"):
        accounts.require_payable(session, vendor)
    with pytest.raises(Forbidden):
        office.take(
            "confirm_account", vendor, by=office.officer, on=date(2026, 3, 3), number="6222021234567890"
        )
    session.rollback()

    office.take(
        "confirm_account", vendor, by=office.librarian, on=date(2026, 3, 3), number="6222021234567890"
    )

    accounts.require_payable(session, vendor)


def test_a_firm_leaves_its_library_on_the_holiday_its_accreditation_lapses_and_returns_with_the_new_one(
    session,
):
    office = Office(session)
    cma = {"category": ServiceCategory.testing, "certificates": [CertificateKind.cma], "credit_days": None}
    library = make_library(office.zone, **cma)
    vendor = office.create("vendor", by=office.officer, on=date(2026, 3, 2), title="示例检测有限公司")
    old = hand_in(office, vendor, issued_on=date(2020, 10, 5), expires_on=date(2026, 10, 4))
    place = make_member(library, vendor)
    session.commit()

    day(session, date(2026, 10, 4))
    assert place.status is MembershipStatus.admitted
    day(session, date(2026, 10, 5))  # in the middle of the holiday
    assert place.status is MembershipStatus.suspended
    assert gate.evidence(session, place, date(2026, 10, 9)) is not None

    renewal = {"issued_on": date(2026, 10, 8), "expires_on": date(2032, 10, 7)}
    hand_in(office, vendor, replaces=old, **renewal)
    assert place.status is MembershipStatus.admitted
    assert gate.evidence(session, place, date(2026, 10, 12)) is None
