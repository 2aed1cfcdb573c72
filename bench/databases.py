"""Databases made for one run and thrown away: the product's schema, and rows by the hundred thousand."""

import os
import shutil
import sqlite3
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import select

from app import create_app
from core import clock, search
from core.auth import User, roles_by_name
from core.db import SQLITE_PRAGMAS, db, writing
from core.organizations import Organization, OrganizationKind, add_organization
from core.permissions import RoleName

SERVER = os.environ.get("PROCUREMENT_BENCH_POSTGRESQL", "postgresql://postgres@127.0.0.1:5432/postgres")
PLACE = Path(__file__).resolve().parent.parent / "var" / "bench"
KEY = "a key for measurements that is long enough"
DEPARTMENTS = 40
OFFICER = "officer@example.org"
# secondary indexes of a large table are built after its rows: the same indexes, in a fraction of the time
INDEXES = {
    "sqlite": "select name, sql from sqlite_master where type = 'index' and sql is not null and tbl_name = ?",
    "postgresql": (
        "select indexname, indexdef from pg_indexes where tablename = %s and not exists"
        " (select from pg_constraint where conname = indexname)"
    ),
}

SEARCH_TRIGGERS = "select name, sql from sqlite_master where type = 'trigger' and name like 'records_words%'"
SEARCH_ROWS = (
    "insert into record_words(rowid, words) select id, record_words(search_text, organization_id, kind)"
    " from records where id > coalesce((select max(rowid) from record_words), 0) order by id"
)

Rows = Iterable[Sequence[Any]]


@dataclass(frozen=True)
class Office:
    """An application on a fresh database, and who works there."""

    app: Flask
    engine: str
    url: str
    zone_id: int
    organization_ids: Sequence[int]
    officer_id: int
    officer_key: str

    def connect(self) -> Any:
        """Return a connection of the bare driver, set up as the product's are; it commits when told to."""
        if self.engine == "postgresql":
            return psycopg.connect(self.url)
        connection = sqlite3.connect(self.url.removeprefix("sqlite:///"), isolation_level=None)
        for pragma in SQLITE_PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
        connection.create_function("record_words", 3, search.record_words, deterministic=True)
        return connection

    @property
    def mark(self) -> str:
        """Return how this driver writes a parameter."""
        return "%s" if self.engine == "postgresql" else "?"


@contextmanager
def office(engine: str) -> Iterator[Office]:
    """Yield an office on a database of its own."""
    with database(engine) as url, served(url, empty=True) as app:
        yield reopened(app, engine, url)


@contextmanager
def database(engine: str, *, template: str | None = None) -> Iterator[str]:
    """Yield the address of a database for one run: an empty one, or on PostgreSQL a copy of another."""
    name = f"procurement_bench_{uuid.uuid4().hex[:8]}"
    place = PLACE / name
    place.mkdir(parents=True)
    like = f"{template} strategy file_copy" if template else "template0 encoding 'UTF8' locale 'C.UTF-8'"
    try:
        if engine == "sqlite":
            yield f"sqlite:///{place / 'bench.db'}"
            return
        with psycopg.connect(SERVER, autocommit=True) as server:
            server.execute(f"create database {name} template {like}")
            try:
                yield SERVER.rsplit("/", 1)[0] + f"/{name}"
            finally:
                server.execute(f"drop database {name} with (force)")
    finally:
        shutil.rmtree(place)


@contextmanager
def served(url: str, *, empty: bool = False) -> Iterator[Flask]:
    """Yield the application on a database; an empty one gets its tables and an office first."""
    documents = PLACE / "documents" / uuid.uuid4().hex[:8]
    config = {
        "DATABASE_URL": url,
        "SECRET_KEY": KEY,
        "TESTING": True,
        "WTF_CSRF_ENABLED": False,
        "DOCUMENT_DIR": str(documents),
    }
    app = create_app(config)
    try:
        if empty:
            with app.app_context():
                upgrade()
                _furnish()
        yield app
    finally:
        with app.app_context():
            db.engine.dispose()
        shutil.rmtree(documents, ignore_errors=True)


def _furnish() -> None:
    session = db.session
    writing(session)
    zone = add_organization(session, kind=OrganizationKind.zone, code="z", name="示例经开区")
    for number in range(DEPARTMENTS):
        add_organization(
            session, kind=OrganizationKind.department, code=f"d{number}", name=f"部门{number}", parent=zone
        )
    session.add(_officer(zone))
    session.commit()


def reopened(app: Flask, engine: str, url: str) -> Office:
    """Return the office that works on a database."""
    with app.app_context():
        officer = db.session.scalars(select(User).where(User.email == OFFICER)).one()
        ids = list(db.session.scalars(select(Organization.id).order_by(Organization.id)))
        return Office(app, engine, url, officer.organization_id, ids, officer.id, officer.fs_uniquifier)


def _officer(zone: Organization) -> User:
    return User(
        email=OFFICER,
        name="示例经办",
        organization=zone,
        created_at=clock.now(),
        roles=[roles_by_name(db.session)[RoleName.officer]],
    )


# -- rows by the hundred thousand ---------------------------------------------------------------------------


@contextmanager
def without_indexes(place: Office, *tables: str, searched: bool = True) -> Iterator[None]:
    """Drop the secondary indexes of tables, build them again at the end, and let the planner look.

    What nobody will search gets no search index: by far the slowest to build.
    """
    with closing(place.connect()) as connection:
        known = [pair for table in tables for pair in connection.execute(INDEXES[place.engine], (table,))]
        if place.engine == "sqlite":
            known += connection.execute(SEARCH_TRIGGERS).fetchall()
        for name, statement in known:
            connection.execute(f"drop {'trigger' if 'TRIGGER' in statement.upper() else 'index'} {name}")
        connection.commit()
    yield
    with closing(place.connect()) as connection:
        for name, statement in known:
            if searched or "words" not in name:
                connection.execute(statement)
        if searched and place.engine == "sqlite":
            connection.execute(SEARCH_ROWS)
        connection.commit()
    analyze(place)


def fill(place: Office, table: str, columns: Sequence[str], rows: Rows) -> None:
    """Write rows into a table as fast as the driver can."""
    names = ", ".join(columns)
    with closing(place.connect()) as connection:
        if place.engine == "postgresql":
            with connection.cursor() as cursor, cursor.copy(f"copy {table} ({names}) from stdin") as copy:
                for row in rows:
                    copy.write_row(row)
        else:
            marks = ", ".join("?" * len(columns))
            connection.execute("begin immediate")
            connection.executemany(f"insert into {table} ({names}) values ({marks})", rows)
        connection.commit()


def analyze(place: Office) -> None:
    """Let the planner know what is stored."""
    if place.engine == "sqlite":
        with closing(place.connect()) as connection:
            connection.execute("analyze")
            connection.commit()
        return
    with closing(psycopg.connect(place.url, autocommit=True)) as connection:
        connection.execute(
            "select setval(pg_get_serial_sequence('records', 'id'), (select max(id) from records))"
        )
        connection.execute("vacuum analyze")
