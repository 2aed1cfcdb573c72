"""Ties that officers declare, and vendors that fall under them."""

from datetime import date

import pytest
from sqlalchemy import select

from core.errors import Forbidden, InvalidInput, NotFound
from core.permissions import RoleName
from tests.factories import make_organization, make_user
from tests.factories.people import hire, make_id_number
from tests.factories.vendors import make_vendor
from vendors import accounts, conflicts, papers
from vendors.evidence import Credential
from vendors.models import Contact
from vendors.ties import TieKind, TieMark, last_day

DAY = date(2026, 3, 2)


@pytest.fixture
def zone(session):
    return make_organization()


@pytest.fixture
def officer(zone):
    return make_user(organization=zone)


@pytest.fixture
def librarian(zone):
    return make_user(RoleName.librarian, organization=zone)


@pytest.fixture
def vendor(zone, session):
    made = make_vendor(
        zone,
        title="示例（江西）检测有限公司",
        legal_representative="示例甲",
        contacts=[Contact(name="示例乙", phone="0796-820 0001")],
    )
    session.commit()
    return made


def declare(session, officer, **given):
    return conflicts.declare(session, **{"by": officer, "on": DAY, "kind": "kinship"} | given)


@pytest.mark.parametrize(
    ("given", "by"),
    [
        ({"name": "示例甲"}, ("name",)),
        ({"name": "示例 乙"}, ("name",)),
        ({"name": "示例(江西)检测有限公司"}, ("name",)),
        ({"phone": "0796 8200001"}, ("phone",)),
        ({"name": "示例甲", "phone": "07968200001"}, ("name", "phone")),
        ({"name": "示例丙"}, None),
        ({"phone": "07968200002"}, None),
    ],
)
def test_a_vendor_falls_under_a_tie_by_name_or_phone(session, officer, vendor, given, by):
    declare(session, officer, **given)

    found = conflicts.hits(session, vendor, [officer], DAY)

    assert [hit.by for hit in found] == ([by] if by else [])


def test_a_vendor_falls_under_a_tie_by_code_account_and_staff(session, officer, librarian, vendor):
    number, checker = make_id_number(), make_user(RoleName.librarian, organization=vendor.organization)
    accounts.propose(
        session, vendor, by=librarian, on=DAY, holder="示例", bank="示例银行", number="6222021234567890"
    )
    hire(session, vendor, librarian, checker, Credential.eia_engineer, id_number=number)
    letter = {"letter": "示例", "starts_on": DAY, "ends_on": DAY}
    papers.add_agent(session, vendor, by=librarian, name="示例代理人", phone="13800000000", **letter)
    for given in (
        {"code": vendor.credit_code.lower()},
        {"account": "6222 0212 3456 7890"},
        {"id": number},
        {"name": "示例代理人"},
    ):
        declare(session, officer, **given)
    session.commit()

    found = conflicts.hits(session, vendor, [officer], DAY)

    assert [hit.by for hit in found] == [("code",), ("account",), ("id",), ("name",)]


def test_a_hit_blocks_and_says_who_and_by_what_but_not_to_whom(session, officer, vendor):
    declare(session, officer, name="示例甲")

    with pytest.raises(conflicts.Conflict) as refusal:
        conflicts.require_none(session, vendor, [None, officer], DAY)

    assert officer.name in str(refusal.value)
    assert "same name" in str(refusal.value)
    assert "示例甲" not in str(refusal.value)


def test_somebody_elses_tie_and_another_vendor_do_not_block(session, officer, vendor, zone):
    declare(session, make_user(organization=zone), name="示例甲")
    conflicts.require_none(session, vendor, [officer], DAY)
    declare(session, officer, name="示例甲")

    conflicts.require_none(session, make_vendor(zone), [officer], DAY)


@pytest.mark.parametrize(
    ("kind", "until", "on", "counts"),
    [
        ("employment", date(2023, 3, 2), date(2026, 3, 2), True),
        ("employment", date(2023, 3, 1), date(2026, 3, 2), False),
        ("shareholder", date(2023, 3, 2), date(2026, 3, 2), True),
        ("kinship", date(2026, 3, 2), date(2026, 3, 2), True),
        ("kinship", date(2026, 3, 1), date(2026, 3, 2), False),
        ("director", None, date(2036, 3, 2), True),
    ],
)
def test_work_and_shares_count_for_three_years_kinship_while_it_lasts(
    session, officer, vendor, kind, until, on, counts
):
    declare(session, officer, kind=kind, until=until, code=vendor.credit_code)

    assert bool(conflicts.hits(session, vendor, [officer], on)) is counts


def test_three_years_after_a_leap_day_end_in_february():
    assert last_day(TieKind.employment, date(2024, 2, 29)) == date(2027, 2, 28)


def test_only_digests_are_kept(session, officer):
    declare(session, officer, name="示例甲", id=make_id_number())
    session.commit()

    (tie,) = conflicts.own(session, officer)
    assert "示例甲" not in tie.hint
    digests = session.scalars(select(TieMark.digest)).all()
    assert len(digests) == 2
    assert all(len(digest) == 64 for digest in digests)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({}, "name"),
        ({"id": "110105194912310021"}, "id"),
        ({"code": "91350100M000100Y44"}, "code"),
        ({"account": "12"}, "account"),
        ({"name": "示例", "since": DAY, "until": date(2026, 3, 1)}, "until"),
    ],
)
def test_a_declaration_names_what_is_wrong_with_it(session, officer, given, field):
    with pytest.raises(InvalidInput) as refusal:
        declare(session, officer, **given)
    assert list(refusal.value.fields) == [field]


def test_a_declaration_is_withdrawn_by_whoever_made_it_alone(session, officer, vendor, zone):
    tie = declare(session, officer, name="示例甲")
    with pytest.raises(NotFound):
        conflicts.withdraw(session, tie.id, by=make_user(organization=zone), on=DAY)

    conflicts.withdraw(session, tie.id, by=officer, on=DAY)

    assert conflicts.hits(session, vendor, [officer], DAY) == []
    assert conflicts.hits(session, vendor, [officer], date(2026, 3, 1)) != []


def test_a_namesake_is_cleared_by_somebody_else_for_this_vendor_only(
    session, officer, librarian, vendor, zone
):
    tie = declare(session, officer, name="示例甲")
    own = declare(session, librarian, name="示例甲")
    namesake = make_vendor(zone, legal_representative="示例甲")
    with pytest.raises(Forbidden):
        conflicts.clear(session, vendor, by=librarian, on=DAY, tie=own.id, reason="示例")

    conflicts.clear(session, vendor, by=librarian, on=DAY, tie=tie.id, reason="示例：同名，身份证号不同")
    session.commit()

    conflicts.require_none(session, vendor, [officer], DAY)
    assert conflicts.hits(session, namesake, [officer], DAY) != []
    with pytest.raises(InvalidInput):
        conflicts.clear(session, vendor, by=librarian, on=DAY, tie=tie.id, reason="示例")
