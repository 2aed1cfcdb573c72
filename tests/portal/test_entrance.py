"""The two sides of the house: whoever comes from the other one is told that there is no such page."""

import re

import pytest

from core.permissions import RoleName
from tests.factories import make_organization, make_user
from tests.factories.parties import make_document, make_party_user
from tests.factories.vendors import make_vendor

NONCE = re.compile(rb'nonce="[^"]*"')


@pytest.fixture
def vendor(session):
    return make_vendor(make_organization())


@pytest.fixture
def party(session, vendor, as_user):
    """A browser in which the administrator of a vendor is signed in."""
    user = make_party_user(vendor, name="王管理")
    session.commit()
    return as_user(user)


@pytest.fixture
def officer(session, vendor, as_user):
    """A browser in which an officer is signed in."""
    user = make_user(organization=vendor.organization)
    session.commit()
    return as_user(user)


def page(answer) -> tuple[int, bytes]:
    return answer.status_code, NONCE.sub(b"", answer.data)


def test_a_party_is_led_from_the_front_door_to_its_portal(party, vendor):
    led = party.get("/")
    home = party.get("/portal/")

    assert (led.status_code, led.headers["Location"]) == (302, "/portal/")
    assert vendor.title in home.text
    assert "王管理" in home.text
    assert "供应商管理员" in home.text


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/system/"),
        ("GET", "/system"),  # would be led to the page with the slash
        ("GET", "/people/"),
        ("GET", "/admin/vendor/"),
        ("POST", "/search"),  # not by this method
        ("POST", "/people/new"),
        ("DELETE", "/system/"),
    ],
)
def test_of_the_offices_pages_a_party_learns_nothing(party, method, path):
    absent = party.open("/no/such/page", method=method)

    assert absent.status_code == 404
    assert page(party.open(path, method=method)) == page(absent)


def test_of_the_portal_the_office_learns_nothing(officer):
    absent = officer.get("/no/such/page")

    assert absent.status_code == 404
    for path in ("/portal/", "/portal"):
        assert page(officer.get(path)) == page(absent)
    assert page(officer.post("/portal/")) == page(officer.post("/no/such/page"))


def test_what_is_open_to_all_is_open_to_a_vendor_too(party):
    page = party.get("/public/libraries")

    assert page.status_code == 200
    assert 'href="/portal/"' in page.text


def test_without_a_token_a_form_of_the_other_side_is_refused_as_absent(app, party, monkeypatch):
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)

    assert party.post("/people/new").status_code == 404
    assert party.post("/language").status_code == 400


def test_a_stranger_at_the_portal_is_sent_to_sign_in(client):
    answer = client.get("/portal/")

    assert answer.status_code == 302
    assert "/login" in answer.headers["Location"]


def test_what_is_not_shared_and_what_is_not_its_own_cannot_be_fetched_by_a_party(session, party, vendor):
    kept = make_document(vendor)
    foreign = make_document(make_vendor(vendor.organization), shared=True)
    session.commit()
    absent = party.get(f"/documents/{foreign.id + 1_000_000}")

    assert absent.status_code == 404
    assert page(party.get(f"/documents/{kept.id}")) == page(absent)
    assert page(party.get(f"/documents/{foreign.id}")) == page(absent)


def test_a_closed_account_of_a_party_opens_nothing(session, vendor, as_user):
    user = make_party_user(vendor, active=False)
    session.commit()

    assert as_user(user).get("/portal/").status_code == 302


def test_an_agent_sees_the_portal_too(session, vendor, as_user):
    agent = make_party_user(vendor, RoleName.vendor_agent)
    session.commit()

    assert vendor.title in as_user(agent).get("/portal/").text
