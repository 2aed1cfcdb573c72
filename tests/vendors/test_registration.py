"""A firm registers itself, without an account and without JavaScript."""

import pytest
from sqlalchemy import select

from core.auth import User
from core.permissions import RoleName
from tests.factories import make_organization
from tests.factories.vendors import make_code, make_vendor
from vendors import papers
from vendors.models import Vendor, VendorStatus

TYPED = {
    "credit_code": "91350100m000100y43",
    "title": "示例检测有限公司",
    "legal_representative": "示例甲",
    "address": "示例路 1 号",
    "category": "testing",
    "contact": "示例乙",
    "phone": "0796-8200001",
    "email": "yi@example.org",
    "password": "correct horse battery",
}


@pytest.fixture
def zone(session):
    zone = make_organization()
    session.commit()
    return zone


@pytest.fixture
def english(client):
    client.post("/language", data={"locale": "en", "next": "/"})
    return client


def send(client, zone, **given):
    return client.post("/register", data=TYPED | {"place": str(zone.id)} | given)


def test_the_page_is_open_to_everybody(client, zone):
    page = client.get("/register")

    assert page.status_code == 200
    assert 'name="credit_code"' in page.text


def test_a_firm_registers_and_its_file_waits_for_review(client, zone, session):
    answer = send(client, zone)

    assert answer.headers["Location"] == "/register/done"
    vendor = session.scalars(select(Vendor)).one()
    assert (vendor.status, vendor.credit_code) == (VendorStatus.under_review, "91350100M000100Y43")
    assert [str(contact) for contact in vendor.contacts] == ["示例乙 0796-8200001 yi@example.org"]
    assert [each.category for each in papers.offered(session, vendor)] == ["testing"]
    assert vendor.number in client.get("/register/done").text


def test_the_first_account_is_the_vendors_administrator_and_opens_with_its_password(client, zone, session):
    send(client, zone)

    person = session.scalars(select(User)).one()
    assert person.party_id == session.scalars(select(Vendor.id)).one()
    assert person.role_names == (RoleName.vendor_admin,)
    sign_in = {"email": "yi@example.org", "password": TYPED["password"]}
    assert client.post("/login", data=sign_in).status_code == 302


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"credit_code": "91350100M000100Y44"}, "Character 18 is “4”"),
        ({"credit_code": "9135O100M000100Y43"}, "Character 5 is “O”"),
        ({"credit_code": "91350100M000100Y4"}, "has 17 characters"),
        ({"title": " "}, "This is needed."),
        ({"phone": "12"}, "A telephone number has 7 to 15 digits."),
        ({"email": "nobody"}, "Give an e-mail address"),
        ({"password": "short"}, "12 characters"),
        ({"category": "nothing"}, "Not a valid choice"),
    ],
    ids=lambda value: str(value) if isinstance(value, dict) else "",
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_is_kept(english, zone, session, given, words):
    page = send(english, zone, **given)

    assert page.status_code == 422
    assert words in page.text
    assert "示例路 1 号" in page.text
    assert session.scalars(select(Vendor)).all() == []
    assert session.scalars(select(User)).all() == []


def test_all_that_is_wrong_is_said_at_once(english, zone):
    page = send(english, zone, credit_code="91350100M000100Y44", password="short", phone="").text
    for words in ("Character 18 is “4”", "12 characters", "This is needed."):
        assert words in page


def test_a_registered_code_is_refused_without_telling_whose_it_is(english, zone, session):
    known = make_vendor(zone, title="示例老客户有限公司", credit_code=make_code())
    session.commit()

    page = send(english, zone, credit_code=known.credit_code)

    assert page.status_code == 422
    assert "registered already" in page.text
    assert known.title not in page.text
    assert known.number not in page.text


def test_a_taken_address_leaves_no_vendor_behind(english, zone, session):
    assert send(english, zone).status_code == 302
    session.expire_all()

    page = send(english, zone, credit_code=make_code())

    assert page.status_code == 422
    assert len(session.scalars(select(Vendor)).all()) == 1


def test_where_several_zones_keep_registers_one_is_chosen(client, zone, session):
    other = make_organization(name="示例第二园区")
    session.commit()

    assert "示例第二园区" in client.get("/register").text
    send(client, other)

    assert session.scalars(select(Vendor)).one().register_id == other.id


def test_the_last_page_is_there_only_after_a_registration(client, zone):
    assert client.get("/register/done").status_code == 404
