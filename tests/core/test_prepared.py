"""Statements compiled once: the same rows as SQLAlchemy returns, and the person behind a browser."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import bindparam, event, inspect, select
from sqlalchemy.orm import Session

from contracts.models import Contract, ContractStatus
from core import auth, clock
from core.auth import Posting, User
from core.filters import _beyond
from core.permissions import Permission, RoleName
from core.prepared import Prepared
from tests import factories
from tests.factories.contracts import make_contract

C = Contract.__table__.c
OF_CONTRACTS = select(C.id, C.status, C.amount, C.ends_on, C.signed_on).where(
    C.status == bindparam("status", type_=C.status.type),
    C.amount >= bindparam("least", type_=C.amount.type),
    C.status.in_(list(ContractStatus)),
)


@pytest.mark.parametrize(
    ("least", "found"), [("100.00", True), ("100.01", False)], ids=["its amount", "more than it"]
)
def test_values_are_bound_and_read_by_their_types(session: Session, least: str, found: bool) -> None:
    contract = make_contract(amount=Decimal(100), ends_on=date(2027, 2, 28))
    prepared = Prepared(OF_CONTRACTS)
    values = {"status": contract.status, "least": Decimal(least)}
    facts = (contract.id, contract.status, contract.amount, contract.ends_on, contract.signed_on)
    for _ in range(2):
        assert prepared.rows(session, values) == ([facts] if found else [])
    assert [tuple(row) for row in session.execute(OF_CONTRACTS, values)] == prepared.rows(session, values)


def test_a_statement_serves_one_value_after_the_other(session: Session) -> None:
    prepared = Prepared(select(User.__table__.c.name).where(User.__table__.c.email == bindparam("email")))
    people = [factories.make_user(name=name) for name in ("甲", "乙")]
    assert [prepared.rows(session, {"email": person.email}) for person in people] == [[("甲",)], [("乙",)]]


# -- whoever is signed in ------------------------------------------------------------------------------------


def signed_in(session: Session, person: User) -> User:
    key = person.fs_uniquifier
    session.flush()
    session.expunge_all()
    found = auth.signed_in(session, key, clock.today())
    assert found is not None
    return found


def test_whoever_is_signed_in_is_known_by_one_statement(session: Session) -> None:
    person = factories.make_user(RoleName.officer, RoleName.approver, name="经办")
    home, email = person.organization.name, person.email
    asked: list[str] = []
    engine = session.get_bind()
    found = signed_in(session, person)
    event.listen(engine, "before_cursor_execute", lambda _c, _k, text, *_: asked.append(text))
    assert (found.name, found.organization.name, found.active) == ("经办", home, True)
    assert found.may(Permission.contract_edit)
    assert found.may(Permission.contract_approve)
    assert not found.may(Permission.user_edit)
    assert found.scope(clock.today()).own >= {found.organization_id}
    assert asked == []
    assert found.email == email  # and the rest when it is asked for
    assert len(asked) == 1


def test_whoever_is_signed_in_is_as_if_loaded(session: Session) -> None:
    person = factories.make_user(RoleName.officer)
    person.mf_recovery_codes = ["a", "b"]
    found = signed_in(session, person)
    assert inspect(found).persistent
    assert found not in session.dirty
    found.mf_recovery_codes.remove("a")  # a code is used up
    assert found in session.dirty
    assert [role.name for role in found.roles] == [RoleName.officer]
    assert session.get(User, found.id) is found


def test_a_change_of_roles_is_seen_at_once(session: Session) -> None:
    found = signed_in(session, factories.make_user(RoleName.officer))
    assert found.role_names == (RoleName.officer,)
    found.roles = []
    assert found.role_names == ()


@pytest.mark.parametrize(("starts", "moved"), [(0, True), (1, False)], ids=["today", "tomorrow"])
def test_the_scope_follows_a_posting_as_everywhere_else(session: Session, starts: int, moved: bool) -> None:
    person = factories.make_user(RoleName.officer)
    elsewhere = factories.make_organization()
    begins = clock.today() + timedelta(days=starts)
    session.add(Posting(user_id=person.id, organization_id=elsewhere.id, starts_on=begins))
    found, place = signed_in(session, person), elsewhere.id
    brought, asked = found.scope(clock.today()), found.scope(clock.today())
    assert brought == asked
    assert (place in brought.own) is moved
    assert (place in found.scope(clock.today() + timedelta(days=1)).own) is True


def test_nobody_is_behind_an_unknown_key(session: Session) -> None:
    assert auth.signed_in(session, "no such key", clock.today()) is None


@pytest.mark.parametrize(
    ("start", "beyond"),
    [("a", "b"), ("华", "协"), ("a\U0010ffff", "b"), ("\ud7ff", "\ue000"), ("\U0010ffff", "\U0010ffff")],
)
def test_what_begins_alike_ends_before_the_next_beginning(start: str, beyond: str) -> None:
    assert _beyond(start) == beyond
