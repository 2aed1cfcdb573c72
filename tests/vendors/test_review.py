"""A file returned with remarks, compared with what was decided on, and held against others."""

from datetime import date, timedelta

import pytest

from core import clock
from core.auth import SYSTEM
from core.documents import Document
from core.errors import InvalidInput
from core.permissions import RoleName
from tests.factories import make_organization, make_user
from tests.factories.vendors import make_vendor
from vendors import accounts, returns, review, services
from vendors.models import Contact, VendorStatus

DAY = date(2026, 3, 2)


@pytest.fixture
def zone(session):
    return make_organization()


@pytest.fixture
def librarian(zone):
    return make_user(RoleName.librarian, organization=zone)


def submitted(session, zone, **given):
    vendor = services.register(
        session, by=SYSTEM, on=DAY, organization=zone, title="示例检测有限公司", **given
    )
    services.add_contact(session, vendor, by=SYSTEM, name="示例乙", phone="0796-8200001")
    services.submit(session, vendor, by=SYSTEM)
    session.commit()
    return vendor


def test_a_file_is_returned_with_a_remark_at_each_field(session, zone, librarian):
    vendor = submitted(session, zone)

    returns.send_back(
        session,
        vendor,
        by=librarian,
        on=DAY,
        remark_papers="执照复印件看不清",
        remark_address="与执照不符",
        remark_title=" ",
    )
    session.commit()

    assert vendor.status is VendorStatus.returned
    assert [(each.field, each.text) for each in review.remarks(session, vendor)] == [
        ("address", "与执照不符"),
        ("papers", "执照复印件看不清"),
    ]
    assert "Address" in vendor.status_reason


def test_a_file_is_not_returned_without_any_reason(session, zone, librarian):
    vendor = submitted(session, zone)

    with pytest.raises(InvalidInput) as refusal:
        returns.send_back(session, vendor, by=librarian, on=DAY, remark_title="", reason=" ")

    assert list(refusal.value.fields) == ["reason"]


def test_handing_the_file_in_again_answers_the_remarks(session, zone, librarian):
    vendor = submitted(session, zone)
    returns.send_back(session, vendor, by=librarian, on=DAY, remark_address="与执照不符")
    services.change(session, vendor, by=SYSTEM, address="示例路 1 号")
    services.submit(session, vendor, by=SYSTEM)
    session.commit()

    assert review.remarks(session, vendor) == []
    assert [each.text for each in review.answered(session, vendor)] == ["与执照不符"]
    returns.send_back(session, vendor, by=librarian, on=DAY, remark_size="请声明")
    assert [each.text for each in review.remarks(session, vendor)] == ["请声明"]


def test_the_reviewer_sees_what_stood_there_and_what_stands_there_now(session, zone, librarian):
    vendor = submitted(session, zone, address="示例路 1 号")
    assert review.changes(session, vendor) == []  # nothing was decided on yet
    session.add(paper(vendor, "营业执照", "旧执照.pdf", clock.now() - timedelta(days=1)))
    returns.send_back(session, vendor, by=librarian, on=DAY, remark_address="与执照不符")
    session.commit()

    services.change(session, vendor, by=SYSTEM, address="示例路 2 号", size="small")
    session.commit()
    services.change(session, vendor, by=SYSTEM, address="示例路 3 号")
    services.add_contact(session, vendor, by=SYSTEM, name="示例丙", email="c@example.org")
    session.add(paper(vendor, "营业执照", "新执照.pdf", clock.now() + timedelta(days=1)))
    session.commit()

    seen = [
        (str(each.field), *(str(getattr(side, "filename", side)) for side in (each.before, each.after)))
        for each in review.changes(session, vendor)
    ]
    assert seen == [
        ("Enterprise size", "Not declared", "Small enterprise"),
        ("Address", "示例路 1 号", "示例路 3 号"),
        ("Add a contact", "None", "示例丙"),
        ("营业执照", "旧执照.pdf", "新执照.pdf"),
    ]


def test_a_change_taken_back_is_none(session, zone, librarian):
    vendor = submitted(session, zone, address="示例路 1 号")
    returns.send_back(session, vendor, by=librarian, on=DAY, reason="示例")
    session.commit()
    for address in ("示例路 2 号", "示例路 1 号"):
        services.change(session, vendor, by=SYSTEM, address=address)
        session.commit()

    assert review.changes(session, vendor) == []


def paper(vendor, label, filename, at):
    return Document(
        record_id=vendor.id,
        organization_id=vendor.organization_id,
        label=label,
        filename=filename,
        media_type="application/pdf",
        sha256="0" * 64,
        size=3,
        uploaded_at=at,
    )


@pytest.mark.parametrize(
    ("other", "is_alike"),
    [
        ("示例检测有限责任公司", True),  # another legal form
        ("世利检测有限公司", True),  # sounds alike
        ("示例检测技术有限公司", True),  # a word more
        ("示范工程设计有限公司", False),
        ("红日环卫服务有限公司", False),
    ],
)
def test_names_are_alike_by_sound_and_by_letters(other, is_alike):
    assert review.is_alike("示例检测有限公司", other) is is_alike


def test_a_likely_twin_is_shown_with_the_reason(session, zone):
    known = make_vendor(
        zone, title="世利检测有限公司", contacts=[Contact(name="示例甲", phone="(0796) 8200001")]
    )
    make_vendor(zone, title="红日环卫有限公司")
    vendor = submitted(session, zone)
    for each in (known, vendor):
        accounts.propose(
            session, each, by=SYSTEM, on=DAY, holder="示例", bank="示例银行", number="6222021234567890"
        )
    session.commit()

    found = review.twins(session, vendor)

    assert {twin.vendor for twin in found} == {known}
    assert [str(twin.why) for twin in found] == [
        "Same telephone number 07968200001",
        "Same bank account 示例银行 •••• 7890",
        "Similar name",
    ]
