"""Vendors and qualifications on the shared screens."""

from datetime import date

import pytest
from sqlalchemy import select

from core import clock as clock_of_the_office
from core.auth import SYSTEM
from core.documents import Document
from core.permissions import RoleName
from deadlines.models import Deadline
from deadlines.services import announce
from tests.factories import make_organization, make_user
from tests.factories.vendors import make_qualification, make_vendor
from vendors.models import Qualification, QualificationStatus, Vendor, VendorStatus


@pytest.fixture
def zone(session):
    """A zone."""
    return make_organization()


@pytest.fixture
def officer(zone, as_user, session):
    """A browser in which an officer of a department of the zone is signed in."""
    user = make_user(organization=make_organization(zone), locale="en")
    session.commit()
    return as_user(user)


@pytest.fixture
def librarian(zone, as_user, session):
    """A browser in which the librarian of the zone is signed in."""
    user = make_user(RoleName.librarian, organization=zone, locale="en")
    session.commit()
    return as_user(user)


def test_a_wrong_code_is_explained_and_nothing_typed_is_lost(officer, session):
    typed = {"title": "示例检测有限公司", "credit_code": "91350100M000100Y44"}

    page = officer.post("/records/new/vendor", data=typed)

    assert page.status_code == 422
    assert "91350100M000100Y44" in page.text
    assert "示例检测有限公司" in page.text
    assert session.scalars(select(Vendor)).all() == []


def test_a_vendor_is_registered_given_a_contact_and_submitted(officer, session):
    typed = {"title": "示例检测有限公司", "credit_code": "91350100m000100y43", "size": "small"}
    assert officer.post("/records/new/vendor", data=typed).status_code == 302
    vendor = session.scalars(select(Vendor)).one()
    acts = f"/records/{vendor.id}/act"

    contact = {"name": "示例联系人", "phone": "0796-0000000"}
    assert officer.post(f"{acts}/add_contact", data=contact).status_code == 302
    assert officer.post(f"{acts}/submit").status_code == 302
    session.expire_all()

    assert vendor.status is VendorStatus.under_review
    assert "示例联系人" in officer.get(f"/records/{vendor.id}").text


def test_a_certificate_is_handed_in_by_one_and_verified_by_another(officer, librarian, zone, session):
    vendor = make_vendor(zone)
    session.commit()
    typed = {
        "vendor": vendor.number,
        "category": "testing",
        "certificate": "cma",
        "certificate_number": "示例 241201060000",
        "issued_on": "2024-05-20",
        "expires_on": "2030-05-19",
    }
    assert officer.post("/records/new/qualification", data=typed).status_code == 302
    held = session.scalars(select(Qualification)).one()

    source = {"on": "2026-03-03", "source": "示例查询平台"}
    assert officer.post(f"/records/{held.id}/act/verify", data=source).status_code == 403
    assert librarian.post(f"/records/{held.id}/act/verify", data=source).status_code == 302
    session.expire_all()

    assert held.status is QualificationStatus.verified
    assert "2030" in librarian.get(f"/records/{held.id}").text


@pytest.mark.parametrize("register", ["vendor", "qualification"])
@pytest.mark.parametrize("sort", ["", "?sort=number", "?sort=status&desc=1"])
def test_the_registers_list_their_records(librarian, zone, session, register, sort):
    held = make_qualification(make_vendor(zone))
    session.commit()

    page = librarian.get(f"/admin/{register}/{sort}")

    assert page.status_code == 200
    assert (held.vendor.number if register == "vendor" else held.number) in page.text


def test_a_vendor_of_another_zone_looks_like_none_at_all(officer, session):
    foreign = make_vendor(admitted_on=date(2026, 1, 5))
    session.commit()

    there, absent = officer.get(f"/records/{foreign.id}"), officer.get("/records/999999")

    assert (there.status_code, absent.status_code) == (404, 404)
    assert foreign.title not in there.text


def test_a_department_sees_the_deadlines_and_documents_of_the_zones_vendors(officer, zone, session):
    stranger_zone = make_organization()
    held = make_qualification(make_vendor(zone), QualificationStatus.verified)
    foreign = make_qualification(make_vendor(organization=stranger_zone), QualificationStatus.verified)
    for certificate in (held, foreign):
        announce(session, certificate, "certificate_issued", on=date(2024, 5, 20), by=SYSTEM)
        session.add(make_document(certificate))
    session.commit()

    page = officer.get(f"/records/{held.id}")
    clock = session.scalars(select(Deadline).where(Deadline.record_id == held.id)).first()

    assert f'href="/deadlines/{clock.id}"' in page.text
    assert officer.get(f"/deadlines/{clock.id}").status_code == 200
    assert "示例证书.pdf" in page.text
    agenda = officer.get("/?whose=all").text
    assert held.number in agenda
    hidden = session.scalars(select(Deadline).where(Deadline.record_id == foreign.id)).first()
    assert officer.get(f"/deadlines/{hidden.id}").status_code == 404
    assert officer.get(f"/records/{foreign.id}").status_code == 404


def make_document(record):
    """A paper of a record, whose bytes nobody asks for."""
    return Document(
        record_id=record.id,
        organization_id=record.organization_id,
        filename="示例证书.pdf",
        media_type="application/pdf",
        sha256="0" * 64,
        size=3,
        uploaded_at=clock_of_the_office.now(),
    )


def test_edit_is_offered_only_while_a_change_would_be_taken(officer, zone, session):
    free, reviewed = make_vendor(organization=zone), make_vendor(zone, VendorStatus.under_review)
    session.commit()

    assert f'href="/records/{free.id}/edit"' in officer.get(f"/records/{free.id}").text
    assert f'href="/records/{reviewed.id}/edit"' not in officer.get(f"/records/{reviewed.id}").text
    assert officer.get(f"/records/{reviewed.id}/edit").status_code == 409


def test_ways_out_fold_away_and_are_confirmed(librarian, zone, session):
    vendor = make_vendor(zone, VendorStatus.admitted)
    session.commit()

    page = librarian.get(f"/records/{vendor.id}").text
    for step in ("suspend", "remove", "debar"):
        assert f'<a class="danger" href="/records/{vendor.id}/act/{step}">' in page
        assert "data-confirm=" in librarian.get(f"/records/{vendor.id}/act/{step}").text
    assert "data-confirm=" not in librarian.get(f"/records/{vendor.id}/act/add_contact").text
