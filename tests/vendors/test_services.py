"""What is done with vendors."""

from datetime import date

import pytest
from sqlalchemy.exc import IntegrityError

from core import audit
from core.auth import SYSTEM
from core.errors import Forbidden, InvalidInput, Stale, WrongState
from core.organizations import OrganizationKind, limit, scope_below
from core.permissions import RoleName
from core.records import Record, ReviewStatus, get
from tests.factories import make_organization, make_user
from tests.factories.vendors import make_code, make_qualification, make_vendor
from vendors import queries, services
from vendors.models import EnterpriseSize, Qualification, Vendor, VendorStatus

DAY = date(2026, 3, 2)


def register(session, **given):
    """Register a vendor with what a test leaves open."""
    officer = given.pop("by", None) or make_user()
    return services.register(
        session,
        **{"by": officer, "on": DAY, "organization": officer.organization, "title": "示例检测有限公司"}
        | given,
    )


def test_a_department_registers_a_vendor_for_its_whole_zone(session):
    zone = make_organization()
    officer = make_user(organization=make_organization(zone))

    vendor = register(session, by=officer, credit_code="9135 0100 m000 100y 43", size="small")
    session.commit()

    assert (vendor.organization_id, vendor.register_id) == (zone.id, zone.id)
    assert (vendor.number, vendor.credit_code) == ("GYS-2026-0001", "91350100M000100Y43")
    assert (vendor.status, vendor.size) == (VendorStatus.registered, EnterpriseSize.small)
    assert audit.history(session, vendor)[-1].action == "created"


def test_another_department_of_the_zone_sees_the_vendor_and_another_zone_does_not(session):
    zone, foreign = make_organization(), make_organization()
    vendor = register(session, by=make_user(organization=make_organization(zone)))
    held = make_qualification(vendor)
    session.commit()

    limit(session, scope_below(session, [make_organization(zone)]))
    assert get(session, Vendor, vendor.id) is vendor
    assert get(session, Qualification, held.id) is held

    limit(session, scope_below(session, [foreign]))
    session.expunge_all()
    assert session.query(Vendor).all() == []


def test_a_code_is_registered_once_in_a_zone_but_another_zone_may_know_the_vendor_too(session):
    officer, code = make_user(), make_code()
    first = register(session, by=officer, credit_code=code)

    with pytest.raises(InvalidInput) as refusal:
        register(session, by=officer, credit_code=code.lower())
    assert first.number in str(refusal.value.fields["credit_code"])

    assert register(session, credit_code=code).register_id != first.register_id


def test_the_database_refuses_a_second_vendor_with_a_code(session):
    zone, code = make_organization(), make_code()
    make_vendor(zone, credit_code=code)

    with pytest.raises(IntegrityError):
        make_vendor(zone, credit_code=code)


def test_several_vendors_may_have_no_code(session):
    officer = make_user()

    numbers = [register(session, by=officer, credit_code=blank).number for blank in (None, "", "  ")]

    assert numbers == ["GYS-2026-0001", "GYS-2026-0002", "GYS-2026-0003"]


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"title": "  "}, "title"),
        ({"credit_code": "91350100M000100Y44"}, "credit_code"),
        ({"contact": "示例", "phone": None}, "phone"),
    ],
)
def test_wrong_particulars_are_named(session, given, field):
    with pytest.raises(InvalidInput) as refusal:
        register(session, **given)

    assert list(refusal.value.fields) == [field]


def test_nobody_registers_a_vendor_without_the_permission(session):
    with pytest.raises(Forbidden):
        register(session, by=make_user(RoleName.auditor))


def test_a_change_names_old_and_new_and_refuses_what_is_stale(session):
    officer = make_user()
    vendor = register(session, by=officer)
    session.commit()
    seen = vendor.version

    services.change(session, vendor, by=officer, version=seen, address="示例路1号", size="medium")
    session.commit()

    changes = audit.history(session, vendor)[0].facts["changes"]
    assert changes["address"] == [None, "示例路1号"]
    assert changes["size"] == ["undeclared", "medium"]
    with pytest.raises(Stale) as refusal:
        services.change(session, vendor, by=officer, version=seen, address="示例路2号")
    assert refusal.value.theirs == {"address": "示例路1号"}


def test_after_admission_only_who_admits_may_correct_the_name_or_code(session):
    vendor = make_vendor(status=VendorStatus.admitted)
    officer, librarian = make_user(), make_user(RoleName.librarian)

    services.change(session, vendor, by=officer, title=vendor.title, address="示例路3号")
    with pytest.raises(Forbidden):
        services.change(session, vendor, by=officer, title="改名有限公司")
    services.change(session, vendor, by=librarian, title="改名有限公司")

    assert vendor.title == "改名有限公司"
    assert "改名有限公司" in session.merge(vendor).search_text


@pytest.mark.parametrize(
    "status", [VendorStatus.under_review, VendorStatus.removed, VendorStatus.debarred], ids=str
)
def test_nothing_is_changed_under_review_or_after_leaving(session, status):
    with pytest.raises(WrongState):
        services.change(session, make_vendor(status=status), by=SYSTEM, address="示例路4号")


def test_a_file_without_contacts_is_not_taken_for_review(session):
    vendor = make_vendor(status=VendorStatus.registered, contacts=[])

    with pytest.raises(WrongState, match="contact"):
        services.submit(session, vendor, by=SYSTEM)
    services.add_contact(session, vendor, by=SYSTEM, name="示例联系人", email="a@example.org")
    services.submit(session, vendor, by=SYSTEM)

    assert vendor.review is ReviewStatus.submitted


def test_a_contact_is_known_by_one_name_and_removed_by_it(session):
    vendor = make_vendor()

    with pytest.raises(InvalidInput):
        services.add_contact(session, vendor, by=SYSTEM, name="示例联系人", phone="1")
    with pytest.raises(InvalidInput):
        services.remove_contact(session, vendor, by=SYSTEM, name="没有此人")
    services.remove_contact(session, vendor, by=SYSTEM, name="示例联系人")
    session.commit()

    assert vendor.contacts == []


@pytest.mark.parametrize(
    ("until", "is_refused"),
    [(date(2026, 3, 1), True), (date(2026, 3, 2), True), (date(2026, 3, 3), False)],
    ids=["before", "same day", "after"],
)
def test_a_suspension_ends_after_it_begins(session, until, is_refused):
    vendor = make_vendor()
    if is_refused:
        with pytest.raises(InvalidInput):
            services.suspend(session, vendor, by=SYSTEM, on=DAY, until=until, reason="示例")
    else:
        services.suspend(session, vendor, by=SYSTEM, on=DAY, until=until, reason="示例")
        assert vendor.suspended_until == until


@pytest.mark.parametrize("reason", ["", "   "])
def test_a_decision_against_a_vendor_needs_a_reason(session, reason):
    with pytest.raises(InvalidInput) as refusal:
        services.remove(session, make_vendor(), by=SYSTEM, on=DAY, reason=reason)
    assert list(refusal.value.fields) == ["reason"]


@pytest.mark.parametrize(
    ("on", "is_refused"), [(date(2026, 9, 1), True), (date(2026, 9, 2), False)], ids=["last day", "day after"]
)
def test_a_debarred_vendor_applies_again_when_the_last_day_has_passed(session, on, is_refused):
    vendor = make_vendor(status=VendorStatus.debarred, debarred_until=date(2026, 9, 1))
    if is_refused:
        with pytest.raises(WrongState, match="2026-09-01"):
            services.reapply(session, vendor, by=SYSTEM, on=on)
    else:
        services.reapply(session, vendor, by=SYSTEM, on=on)
        assert vendor.status is VendorStatus.under_review


@pytest.mark.parametrize(
    "broken",
    [
        {"status": VendorStatus.admitted, "admitted_on": None},
        {"status": VendorStatus.suspended, "suspended_until": None},
        {"status": VendorStatus.debarred, "debarred_until": None},
        {"status": VendorStatus.removed, "removed_on": None},
        {"status": VendorStatus.admitted, "status_reason": "示例"},
        {"status": VendorStatus.returned, "status_reason": None},
        {"status": VendorStatus.admitted, "debarred_until": date(2026, 9, 1)},
    ],
    ids=lambda given: "-".join(str(name) for name in given) + f"-{given['status']}",
)
def test_the_database_refuses_a_state_without_the_facts_behind_it(session, broken):
    with pytest.raises(IntegrityError):
        make_vendor(**broken)


def test_a_vendor_is_found_by_its_names_and_code(session):
    vendor = make_vendor(pinyin_initials="slgys", legal_representative="示例法人")

    for word in (vendor.number, vendor.title, vendor.credit_code, "slgys", "示例法人"):
        assert word in vendor.search_text


@pytest.mark.parametrize(
    ("kind", "keeps_its_own"),
    [
        (OrganizationKind.zone, True),
        (OrganizationKind.county, True),
        (OrganizationKind.department, False),
        (OrganizationKind.platform_company, False),
    ],
    ids=str,
)
def test_zones_and_counties_keep_a_register(session, kind, keeps_its_own):
    county = make_organization(kind=OrganizationKind.county)
    place = make_organization(county, kind=kind)

    assert queries.register_of(place) is (place if keeps_its_own else county)


def test_vendors_are_shared_down_the_tree():
    assert {"vendor", "qualification"} <= Record.shared_kinds
