"""What hangs on a vendor's file: accounts, agents, declarations of size, people, premises."""

from datetime import date

import pytest
from sqlalchemy import select

from core import audit
from core.errors import Forbidden, InvalidInput, WrongState
from core.identity import identity_of
from core.permissions import RoleName
from tests.factories import make_organization, make_user
from tests.factories.people import hire, make_id_number
from tests.factories.vendors import make_vendor
from vendors import accounts, papers
from vendors.dossier import VendorAccount
from vendors.evidence import Credential
from vendors.models import EnterpriseSize, VendorStatus

DAY = date(2026, 3, 2)
NUMBER = "6222 0212 3456 7890"


@pytest.fixture
def zone(session):
    return make_organization()


@pytest.fixture
def keeper(zone):
    return make_user(RoleName.librarian, organization=zone)


@pytest.fixture
def checker(zone):
    return make_user(RoleName.librarian, organization=zone)


@pytest.fixture
def vendor(zone):
    return make_vendor(zone)


def propose(session, vendor, by, number=NUMBER):
    return accounts.propose(
        session, vendor, by=by, on=DAY, holder=vendor.title, bank="示例银行", number=number
    )


def test_an_account_counts_once_a_second_officer_has_typed_its_number_again(session, vendor, keeper, checker):
    account = propose(session, vendor, keeper)
    with pytest.raises(Forbidden, match="does not confirm"):
        accounts.confirm(session, vendor, by=keeper, on=DAY, number=NUMBER)
    with pytest.raises(InvalidInput, match="not the number"):
        accounts.confirm(session, vendor, by=checker, on=DAY, number="6222021234567891")

    accounts.confirm(session, vendor, by=checker, on=DAY, number="6222021234567890")
    session.commit()

    assert accounts.current(session, vendor) is account
    assert str(account) == "示例银行 •••• 7890"


def test_the_number_lies_sealed_in_the_database_and_nowhere_in_the_trail(session, vendor, keeper):
    account = propose(session, vendor, keeper)
    session.commit()

    row = session.execute(select(VendorAccount.__table__)).one()
    assert "6222021234567890" not in str(row)
    assert identity_of(session).unseal(account.number_sealed) == "6222021234567890"
    assert not any("62220212" in event.body for event in audit.history(session, vendor))


def test_a_change_holds_payments_until_it_is_confirmed_or_refused(session, vendor, keeper, checker):
    accounts.require_payable(session, vendor)
    propose(session, vendor, keeper)
    with pytest.raises(WrongState, match="second officer"):
        accounts.require_payable(session, vendor)
    accounts.confirm(session, vendor, by=checker, on=DAY, number=NUMBER)
    accounts.require_payable(session, vendor)

    # whoever confirmed the last one may enter the next, and the other confirms
    propose(session, vendor, checker, "6222021234560000")
    with pytest.raises(WrongState, match="second officer"):
        accounts.require_payable(session, vendor)
    accounts.refuse(session, vendor, by=keeper, on=DAY, reason="示例：与开户许可证不符")
    session.commit()

    accounts.require_payable(session, vendor)
    assert accounts.current(session, vendor).last_four == "7890"


def test_a_confirmed_account_takes_the_place_of_the_one_before(session, vendor, keeper, checker):
    old = propose(session, vendor, keeper)
    accounts.confirm(session, vendor, by=checker, on=DAY, number=NUMBER)
    new = propose(session, vendor, keeper, "6222021234560000")
    accounts.confirm(session, vendor, by=checker, on=date(2026, 4, 1), number="6222021234560000")
    session.commit()

    assert (old.is_current, new.is_current) == (False, True)
    assert (old.ended_on, old.end_reason) == (date(2026, 4, 1), "示例银行 •••• 0000")


def test_one_proposal_at_a_time_and_no_account_twice(session, vendor, keeper, checker):
    propose(session, vendor, keeper)
    with pytest.raises(WrongState, match="waits"):
        propose(session, vendor, keeper, "6222021234560000")
    accounts.confirm(session, vendor, by=checker, on=DAY, number=NUMBER)

    with pytest.raises(InvalidInput, match="already"):
        propose(session, vendor, keeper)


def test_an_officer_without_the_librarians_role_does_not_confirm(session, vendor, keeper, zone):
    propose(session, vendor, keeper)

    with pytest.raises(Forbidden):
        accounts.confirm(session, vendor, by=make_user(organization=zone), on=DAY, number=NUMBER)


@pytest.mark.parametrize("status", [VendorStatus.removed, VendorStatus.debarred])
def test_nothing_is_entered_for_a_vendor_that_has_left(session, zone, keeper, status):
    with pytest.raises(WrongState):
        propose(session, make_vendor(zone, status), keeper)


@pytest.mark.parametrize(
    ("on", "is_in_force"),
    [
        (date(2026, 3, 1), False),
        (date(2026, 3, 2), True),
        (date(2026, 9, 1), True),
        (date(2026, 9, 2), False),
    ],
)
def test_a_letter_of_authority_holds_from_its_first_to_its_last_day(session, vendor, keeper, on, is_in_force):
    letter = {"letter": "示例授权书.pdf", "starts_on": DAY, "ends_on": date(2026, 9, 1)}
    papers.add_agent(session, vendor, by=keeper, name="示例代理人", **letter)

    (agent,) = papers.agents(session, vendor)
    assert agent.is_in_force(on) is is_in_force


def test_authority_ends_on_the_day_on_which_it_is_taken_away(session, vendor, keeper):
    letter = {"letter": "示例授权书.pdf", "starts_on": DAY, "ends_on": date(2026, 9, 1)}
    papers.add_agent(session, vendor, by=keeper, name="示例代理人", **letter)
    (agent,) = papers.agents(session, vendor)

    papers.revoke_agent(session, vendor, by=keeper, on=date(2026, 4, 1), agent=agent.id, reason="示例：离职")

    assert agent.is_in_force(date(2026, 3, 31))
    assert not agent.is_in_force(date(2026, 4, 1))
    with pytest.raises(WrongState):
        papers.revoke_agent(session, vendor, by=keeper, on=DAY, agent=agent.id, reason="示例")


def test_a_letter_does_not_end_before_it_begins(session, vendor, keeper):
    with pytest.raises(InvalidInput) as refusal:
        papers.add_agent(
            session,
            vendor,
            by=keeper,
            name="示例",
            letter="示例",
            starts_on=DAY,
            ends_on=date(2026, 3, 1),
        )
    assert list(refusal.value.fields) == ["ends_on"]


@pytest.mark.parametrize(
    ("size", "is_protected"),
    [
        (EnterpriseSize.micro, True),
        (EnterpriseSize.medium, True),
        (EnterpriseSize.large, False),
        (EnterpriseSize.not_enterprise, False),
    ],
)
def test_payment_clocks_go_by_the_last_declaration_of_size(session, zone, keeper, size, is_protected):
    vendor = make_vendor(zone, size=EnterpriseSize.undeclared)

    papers.declare_size(
        session, vendor, by=keeper, on=DAY, size=size, figures_year=2025, document="示例声明函.pdf"
    )
    session.commit()

    assert vendor.is_small_or_medium is is_protected
    assert [each.figures_year for each in papers.declarations(session, vendor)] == [2025]


@pytest.mark.parametrize(("year", "is_refused"), [(2022, True), (2023, False), (2026, False), (2027, True)])
def test_the_figures_are_of_the_last_three_years(session, vendor, keeper, year, is_refused):
    given = {"by": keeper, "on": DAY, "size": "small", "figures_year": year, "document": "示例"}
    if is_refused:
        with pytest.raises(InvalidInput) as refusal:
            papers.declare_size(session, vendor, **given)
        assert list(refusal.value.fields) == ["figures_year"]
    else:
        papers.declare_size(session, vendor, **given)


def test_of_a_person_only_a_digest_and_the_end_of_the_number_are_kept(session, vendor, keeper, checker):
    number = make_id_number()
    person = hire(session, vendor, keeper, checker, Credential.fire_operator_basic, id_number=number)
    session.commit()

    assert person.id_tail == number[-4:]
    assert number not in str(session.execute(select(type(person).__table__)).one())
    assert not any(number in event.body for event in audit.history(session, vendor))


def test_whoever_entered_a_person_does_not_verify(session, vendor, keeper):
    with pytest.raises(Forbidden):
        hire(session, vendor, keeper, keeper, Credential.fire_operator_basic)


def test_a_person_counts_at_one_vendor_only_until_leaving_it(session, zone, vendor, keeper, checker):
    number, other = make_id_number(), make_vendor(zone)
    first = hire(session, vendor, keeper, checker, Credential.fire_engineer_first, id_number=number)

    with pytest.raises(InvalidInput, match=vendor.title):
        hire(session, other, keeper, checker, Credential.fire_operator_basic, id_number=number)
    papers.release_person(session, vendor, by=keeper, on=DAY, person=first.id)
    (waiting,) = papers.people(session, other)
    papers.verify_person(session, other, by=checker, on=DAY, person=waiting.id, source="示例登记系统")

    assert waiting.is_counted
    assert papers.people(session, vendor) == []


def test_one_person_may_hold_two_credentials_at_one_vendor_but_none_twice(session, vendor, keeper, checker):
    number = make_id_number()
    hire(session, vendor, keeper, checker, Credential.fire_engineer_first, id_number=number)
    hire(session, vendor, keeper, checker, Credential.fire_operator_middle, id_number=number)

    with pytest.raises(InvalidInput, match="already"):
        hire(session, vendor, keeper, checker, Credential.fire_engineer_first, id_number=number)


def test_a_service_is_offered_once_and_taken_out_again(session, vendor, keeper):
    papers.offer_service(session, vendor, by=keeper, on=DAY, category="testing")
    with pytest.raises(InvalidInput):
        papers.offer_service(session, vendor, by=keeper, on=DAY, category="testing")

    papers.drop_service(session, vendor, by=keeper, on=DAY, category="testing")
    session.commit()

    assert papers.offered(session, vendor) == []
    with pytest.raises(WrongState):
        papers.drop_service(session, vendor, by=keeper, on=DAY, category="testing")
