"""Row-level security under an ordinary role: what PostgreSQL shows when a query forgets the scope."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from flask import Flask
from psycopg.types.json import Jsonb
from sqlalchemy import Column, Enum, Integer, Table, func, select, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session

from app import create_app
from core import bulk, clock, search
from core.auth import SYSTEM
from core.config import check_database
from core.db import Model, db
from core.errors import Misconfigured
from core.organizations import EVERYTHING, NOTHING, Scope, beyond, limit
from core.records import Record
from deadlines.bulk import Dated, Entry, announce_many
from deadlines.services import announce
from tests import factories
from tests.conftest import ADMIN_URL, SETTINGS, SignIn
from tests.factories import make_organization, make_user
from tests.factories.contracts import make_contract
from tests.factories.libraries import make_commission, make_library, make_member, make_pick
from tests.factories.parties import make_document, make_party_user
from tests.factories.vendors import make_qualification, make_vendor
from tests.serving import Roles, served
from vendors import commission_requests
from vendors.certificates import CERTIFICATES, CertificateKind
from vendors.models import Qualification, qualification_traits
from vendors.ties import Tie, TieKind

pytestmark = pytest.mark.postgresql

TODAY = date(2026, 11, 23)
# names its party and needs no policy: sign-in reads it before anybody is known, and the scope narrows it
WITHOUT = {"users"}
# refers to vendors and is the office's own: a tender, a pick and a published figure are not the vendor's
OF_THE_OFFICE = {"tenders", "picks", "standings", "standing_counts"}


# of each type of PostgreSQL
SOMETHING = {
    "TIMESTAMP": clock.now(),
    "DATE": TODAY,
    "BOOLEAN": True,
    "JSON": Jsonb([]),
    "INTEGER": TODAY.year,  # mostly a year
    "BIGINT": 1,
    "NUMERIC": 1,
}


def party_column(table: Table) -> str | None:
    """Return the column that says which party a table's rows concern, or None."""
    if table.name == "vendors":
        return "id"
    if "party_id" in table.c:
        return "party_id"
    return next((key.parent.name for key in table.foreign_keys if key.column.table.name == "vendors"), None)


PARTY_COLUMNS = {table.name: party_column(table) for table in Model.metadata.sorted_tables}
SECURED = tuple(
    name for name, column in PARTY_COLUMNS.items() if column and name not in WITHOUT | OF_THE_OFFICE
)


@dataclass(frozen=True)
class Zone:
    """A served database in which two vendors have each of what can be had."""

    app: Flask
    url: str
    roles: Roles
    organization: int
    ours: int
    theirs: int

    def at(self, role: str) -> str:
        """Return the address of the database for another role."""
        return self.url.replace(f"{self.roles.serving}@", f"{role}@")

    def of(self, vendor: int) -> Scope:
        """Return the scope of a vendor."""
        return Scope(above=frozenset({self.organization}), party=vendor)


@pytest.fixture(scope="module")
def zone(postgresql_url: str, tmp_path_factory) -> Iterator[Zone]:
    """The application served as the README says: one role owns, another serves."""
    with served(tmp_path_factory.mktemp("documents")) as found:
        yield _settle(*found)


def _settle(app: Flask, url: str, roles: Roles) -> Zone:
    with app.app_context(), db.sessionmaker() as session:
        factories.use(session)
        place = make_organization()
        vendors, library = [make_vendor(place), make_vendor(place)], make_library(place)
        for vendor in vendors:
            certificate = make_qualification(vendor)
            issued = CERTIFICATES[CertificateKind.cma].issued_event
            announce(session, certificate, issued, on=date(2024, 5, 20), by=SYSTEM)
            make_contract(vendor=vendor, organization=place)
            make_document(vendor, shared=True)
            make_document(vendor, shared=False)
            make_member(library, vendor)
            commission = make_commission(library)
            commission_requests.assign(session, commission, vendor, by=SYSTEM, on=TODAY)
        make_pick(make_commission(library))
        session.add(Tie(user_id=make_user().id, kind=TieKind.kinship, hint="王", declared_on=TODAY))
        session.commit()
        _fill(url.replace(f"{roles.serving}@", "postgres@"), [vendor.id for vendor in vendors])
        return Zone(app, url, roles, place.id, *(vendor.id for vendor in vendors))


def _fill(url: str, vendors: list[int]) -> None:
    """Put a row of each vendor into every table that protects its rows and has none of it yet."""
    with psycopg.connect(url, autocommit=True) as server:
        for name in SECURED:
            for vendor in vendors:
                known = f"select 1 from {name} where {PARTY_COLUMNS[name]} = %s"
                if server.execute(known, [vendor]).fetchone() is None:
                    row = _row(server, Model.metadata.tables[name], vendor)
                    columns, places = ", ".join(row), ", ".join(["%s"] * len(row))
                    server.execute(f"insert into {name} ({columns}) values ({places})", list(row.values()))


def _row(server: psycopg.Connection, table: Table, vendor: int) -> dict[str, Any]:
    """Make the least row that a table takes."""
    row: dict[str, Any] = {}
    for column in table.columns:
        if column.name == PARTY_COLUMNS[table.name]:
            row[column.name] = vendor
        elif not column.nullable and column.server_default is None and not _counts_itself(column):
            row[column.name] = _something(server, column)
    return row


def _counts_itself(column: Column) -> bool:
    return column.primary_key and isinstance(column.type, Integer) and not column.foreign_keys


def _something(server: psycopg.Connection, column: Column) -> Any:
    for key in column.foreign_keys:
        there = key.column
        found = server.execute(f"select max({there.name}) from {there.table.name}").fetchone()
        return found and found[0]
    if isinstance(column.type, Enum):
        return column.type.enums[0]
    told = column.type.compile(postgresql.dialect())
    for start, value in SOMETHING.items():
        if told.startswith(start):
            return value
    return uuid4().hex[: getattr(column.type, "length", None) or 32]


@pytest.fixture
def session(zone: Zone) -> Iterator[Session]:
    """A session of the serving role, of which nothing is kept."""
    with zone.app.app_context(), db.sessionmaker() as own:
        factories.use(own)
        yield own
        own.rollback()


def count(session: Session, table: str) -> int:
    """Count what a query sees that nobody has put under a scope."""
    return session.execute(text(f"select count(*) from {table}")).scalar_one()


def parties(session: Session) -> set[int | None]:
    return set(session.scalars(text("select party_id from records")))


@pytest.mark.parametrize("role", ["serving", "owner"])
@pytest.mark.parametrize("table", SECURED)
def test_who_has_said_nothing_sees_no_row_not_even_as_the_owner(zone, table, role):
    with psycopg.connect(zone.at(getattr(zone.roles, role))) as connection:
        assert connection.execute(f"select count(*) from {table}").fetchone() == (0,)


@pytest.mark.parametrize("table", SECURED)
def test_the_office_sees_every_row_and_a_party_its_own(session, zone, table):
    assert count(session, table) >= 2
    whole = count(session, table)

    limit(session, zone.of(zone.ours))
    own = count(session, table)
    limit(session, zone.of(zone.theirs))
    others = count(session, table)
    limit(session, NOTHING)

    assert own > 0
    assert others > 0
    assert own + others <= whole
    assert count(session, table) == 0


def test_of_documents_the_database_shows_a_party_only_what_is_shared(session, zone):
    limit(session, zone.of(zone.ours))

    assert session.execute(text("select party_id, shared from documents")).all() == [(zone.ours, True)]


def test_a_party_changes_and_removes_nothing_of_anothers(session, zone):
    limit(session, zone.of(zone.ours))

    for statement in (
        "update records set title = 'x' where id = :id",
        "update vendors set address = 'x' where id = :id",
        "delete from vendor_contacts where vendor_id = :id",
    ):
        assert session.execute(text(statement), {"id": zone.theirs}).rowcount == 0
        assert session.execute(text(statement), {"id": zone.ours}).rowcount == 1


@pytest.mark.parametrize(
    "statement",
    [
        "insert into vendor_contacts (vendor_id, name, phone) values (:theirs, '某人', '1')",
        "update vendor_contacts set vendor_id = :theirs where vendor_id = :ours",
        "update records set party_id = :theirs where id = :ours",
        "update documents set shared = false where party_id = :ours",
    ],
)
def test_a_party_makes_nothing_anothers(session, zone, statement):
    limit(session, zone.of(zone.ours))

    with pytest.raises(ProgrammingError, match="row-level security"):
        session.execute(text(statement), {"ours": zone.ours, "theirs": zone.theirs})


def test_a_connection_that_is_used_again_remembers_nobody(zone):
    engine_app = create_app(SETTINGS | {"DATABASE_URL": zone.url})
    with engine_app.app_context():
        seen = []
        for scope in (EVERYTHING, zone.of(zone.ours), NOTHING, zone.of(zone.theirs)):
            with db.sessionmaker() as session:
                limit(session, scope)
                seen.append((session.scalar(select(func.pg_backend_pid())), parties(session)))
                session.commit()
            with db.engine.connect() as connection:
                pid = connection.exec_driver_sql("select pg_backend_pid()").scalar_one()
                assert pid == seen[-1][0]
                assert connection.exec_driver_sql("select current_user").scalar() == zone.roles.serving
                for table in SECURED:
                    left = connection.exec_driver_sql(f"select count(*) from {table}").scalar()
                    assert left == 0, table
        db.engine.dispose()

    assert len({pid for pid, _parties in seen}) == 1
    assert [found for _pid, found in seen[1:]] == [{zone.ours}, set(), {zone.theirs}]


def test_the_scope_holds_after_a_commit_and_after_a_rollback(session, zone):
    limit(session, zone.of(zone.ours))
    for end in (session.commit, session.rollback):
        assert parties(session) == {zone.ours}
        end()

    assert parties(session) == {zone.ours}


def test_what_a_savepoint_takes_back_is_said_again(session, zone):
    limit(session, zone.of(zone.ours))
    assert parties(session) == {zone.ours}

    inner = session.begin_nested()
    limit(session, zone.of(zone.theirs))
    assert parties(session) == {zone.theirs}
    inner.rollback()

    assert parties(session) == {zone.theirs}


def test_beyond_its_scope_a_service_sees_all_and_then_no_more(session, zone):
    limit(session, zone.of(zone.ours))

    with beyond(session):
        assert parties(session) >= {zone.ours, zone.theirs}
    assert parties(session) == {zone.ours}


def test_a_statement_that_fails_beyond_the_scope_leaves_nothing_of_it(session, zone):
    limit(session, zone.of(zone.ours))

    with pytest.raises(ProgrammingError, match="nowhere"), session.begin_nested(), beyond(session):
        session.execute(text("select * from nowhere"))

    assert parties(session) == {zone.ours}


def test_an_import_goes_past_the_policies_that_refuse_to_be_copied_into(session, zone):
    by = make_user()
    row = {
        "organization_id": zone.organization,
        "title": "批量",
        "vendor_id": zone.ours,
        "status": "submitted",
        "category": "testing",
        "certificate": "cma",
        "issued_on": date(2024, 5, 20),
    }
    rows = [row | {"number": f"PL-{n}", "certificate_number": f"批{n}"} for n in range(3)]
    ids = bulk.add_records(session, Qualification, rows, by=by)
    issued = Dated(CERTIFICATES[CertificateKind.cma].issued_event, date(2024, 5, 20))
    traits = qualification_traits(CertificateKind.cma)
    entries = [Entry(id_, zone.organization, traits, [issued], party_id=zone.ours) for id_ in ids]
    announce_many(session, entries, on=TODAY, by=by)

    limit(session, zone.of(zone.ours))
    found = text("select count(*) from deadlines where record_id = any(:ids)")
    assert (
        session.execute(text("select count(*) from records where id = any(:ids)"), {"ids": ids}).scalar() == 3
    )
    assert session.execute(found, {"ids": ids}).scalar() >= 3


def test_the_office_searches_by_the_index(session):
    session.execute(text("set local enable_seqscan = off"))
    asked = select(Record.id).where(search.matches(session, "示例"))
    plan = session.execute(
        text("explain " + str(asked.compile(session.get_bind(), compile_kwargs={"literal_binds": True})))
    )

    assert "ix_record_words" in "\n".join(plan.scalars())


def test_who_may_not_become_the_office_sees_every_row_by_word(zone):
    wordy = create_app(SETTINGS | {"DATABASE_URL": zone.at(zone.roles.wordy)})
    with wordy.app_context(), db.sessionmaker() as session:
        assert parties(session) >= {zone.ours, zone.theirs}
        limit(session, zone.of(zone.ours))
        assert parties(session) == {zone.ours}
        session.close()
        db.engine.dispose()


def test_a_role_that_is_the_office_without_asking_may_not_serve(zone):
    production = {"ENV": "production"}
    with psycopg.connect(ADMIN_URL, autocommit=True) as server, zone.app.app_context():
        with db.engine.connect() as connection:
            check_database(production, connection)
        server.execute(f"alter role {zone.roles.serving} inherit")
        try:
            with db.engine.connect() as connection, pytest.raises(Misconfigured, match="noinherit"):
                check_database(production, connection)
        finally:
            server.execute(f"alter role {zone.roles.serving} noinherit")


def test_pages_of_both_sides_and_commands_work_under_the_policies(zone):
    with zone.app.app_context(), db.sessionmaker() as session:
        factories.use(session)
        vendor = session.get(Record, zone.ours)
        people = make_party_user(vendor), make_user(organization=vendor.organization)
        session.commit()
        title = vendor.title
        party, officer = (SignIn(zone.app)(person) for person in people)

    for browser, path in (
        (party, "/portal/"),
        (officer, "/admin/vendor/"),
        (officer, "/search?q=示例"),
        (officer, f"/records/{zone.ours}"),
    ):
        assert title in browser.get(path).text, path
    swept = zone.app.test_cli_runner().invoke(args=["deadlines", "sweep"])
    assert swept.exit_code == 0, swept.output
    checked = zone.app.test_cli_runner().invoke(args=["audit", "verify"])
    assert checked.exit_code == 0, checked.output


# -- whatever is added later --------------------------------------------------------------------------------

PARTY_TABLES = """
select c.oid::regclass::text from pg_attribute a join pg_class c on c.oid = a.attrelid
where c.relkind = 'r' and a.attname = 'party_id'
union
select conrelid::regclass::text from pg_constraint where contype = 'f' and confrelid = 'vendors'::regclass
union select 'vendors'
"""
STATE = """
select relrowsecurity, relforcerowsecurity,
    (select array_agg(polname::text order by polname) from pg_policy where polrelid = c.oid)
from pg_class c where c.oid = cast(:table as regclass)
"""


def test_every_table_that_names_a_party_has_its_policies(session):
    tables = set(session.scalars(text(PARTY_TABLES))) - WITHOUT - OF_THE_OFFICE

    assert tables >= set(SECURED)
    for table in sorted(tables):
        state = session.execute(text(STATE), {"table": table}).one()
        assert state == (True, True, ["of_office", "of_scope"]), table
