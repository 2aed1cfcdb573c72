"""The accounts of an outside party: who opens and closes them, and what none of them may become."""

import json
from datetime import date

import pytest
from sqlalchemy import select

from core import clock, parties, people
from core.audit import AuditEvent, seal
from core.auth import SYSTEM
from core.errors import Forbidden, InvalidInput, NotFound
from core.organizations import limit
from core.people import Particulars
from core.permissions import RoleName
from tests.factories import make_organization, make_user
from tests.factories.parties import make_party_user
from tests.factories.vendors import make_vendor

TODAY = date(2026, 11, 23)


@pytest.fixture
def vendor(session):
    return make_vendor(make_organization())


@pytest.fixture
def head(vendor):
    return make_party_user(vendor)


def opened(session, vendor, by, **given):
    wanted = {"name": "李经办", "email": "Li@Example.org ", "role": RoleName.vendor_agent} | given
    return parties.open_account(session, vendor, by=by, at=clock.now(), **wanted)


def test_the_administrator_of_a_vendor_opens_an_account_of_the_same_vendor(session, vendor, head):
    limit(session, head.scope(TODAY))

    agent = opened(session, vendor, head)

    assert (agent.party_id, agent.email, agent.organization_id) == (
        vendor.id,
        "li@example.org",
        vendor.organization_id,
    )
    assert agent in parties.accounts(session, vendor)
    seal(session)
    event = session.scalars(select(AuditEvent).where(AuditEvent.action == "user.create")).one()
    assert event.record_id == vendor.id
    assert json.loads(event.body)["detail"]["roles"] == ["vendor_agent"]


def test_an_agent_opens_no_account(session, vendor):
    agent = make_party_user(vendor, RoleName.vendor_agent)

    with pytest.raises(Forbidden):
        opened(session, vendor, agent)


def test_for_another_vendor_nobody_opens_an_account(session, vendor, head):
    other = make_vendor(vendor.organization)

    with pytest.raises(NotFound):
        opened(session, other, head)


@pytest.mark.parametrize(
    ("role", "may"), [(RoleName.librarian, True), (RoleName.officer, False), (RoleName.administrator, False)]
)
def test_of_the_office_those_who_admit_vendors_open_their_first_account(session, vendor, role, may):
    by = make_user(role, organization=vendor.organization)

    if may:
        assert opened(session, vendor, by).party_id == vendor.id
    else:
        with pytest.raises(Forbidden):
            opened(session, vendor, by)


def test_an_address_that_anybody_has_is_taken(session, vendor, head):
    stranger = make_user(email="li@example.org")
    limit(session, head.scope(TODAY))

    with pytest.raises(InvalidInput) as refusal:
        opened(session, vendor, head)

    assert set(refusal.value.fields) == {"email"}
    assert stranger.party_id is None


def test_an_account_of_a_vendor_holds_no_role_of_the_office(session, vendor, head):
    with pytest.raises(InvalidInput) as refusal:
        opened(session, vendor, SYSTEM, role=RoleName.librarian)
    assert set(refusal.value.fields) == {"role"}
    with pytest.raises(InvalidInput):
        parties.change_role(session, vendor, head, RoleName.officer, by=SYSTEM)


def test_somebody_stays_who_may_open_accounts(session, vendor, head):
    for act in (
        lambda: parties.close_account(session, vendor, head, by=SYSTEM),
        lambda: parties.change_role(session, vendor, head, RoleName.vendor_agent, by=SYSTEM),
    ):
        with pytest.raises(InvalidInput):
            act()
    second = opened(session, vendor, head, role=RoleName.vendor_admin)

    key = head.fs_uniquifier
    parties.close_account(session, vendor, head, by=second)

    assert (head.active, head.fs_uniquifier == key) == (False, False)
    parties.reopen_account(session, vendor, head, by=second)
    assert head.active


def test_the_last_administrator_counts_only_open_accounts(session, vendor, head):
    make_party_user(vendor, active=False)

    with pytest.raises(InvalidInput):
        parties.close_account(session, vendor, head, by=SYSTEM)


def particulars(person, **changed) -> Particulars:
    given = {
        "name": person.name,
        "email": person.email,
        "organization": person.organization,
        "roles": frozenset(role.name for role in person.roles),
    }
    return Particulars(**given | changed)


def test_the_offices_administrator_makes_no_officer_of_a_vendors_account_and_no_vendor_of_an_officer(
    session, vendor, head
):
    admin = make_user(RoleName.administrator, organization=vendor.organization)
    officer = make_user(organization=vendor.organization)
    below = make_organization(vendor.organization)

    for person, changed, field in (
        (head, {"roles": frozenset({RoleName.officer})}, "roles"),
        (head, {"organization": below}, "organization"),
        (head, {"is_head": True}, "deputy"),
        (officer, {"roles": frozenset({RoleName.vendor_admin})}, "roles"),
        (officer, {"deputy": head}, "deputy"),
    ):
        with pytest.raises(InvalidInput) as refusal:
            people.change(session, person, particulars(person, **changed), by=admin, on=TODAY, note="通知")
        assert set(refusal.value.fields) == {field}


def test_an_account_of_a_vendor_is_posted_nowhere(session, vendor, head):
    admin = make_user(RoleName.administrator, organization=vendor.organization)
    below = make_organization(vendor.organization)

    with pytest.raises(InvalidInput):
        people.post(session, head, below, starts_on=TODAY, ends_on=None, by=admin, on=TODAY)
