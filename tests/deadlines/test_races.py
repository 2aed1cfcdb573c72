"""Two people at once on one record: nobody is turned away, and no date or clock is lost or doubled."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier

import psycopg
import pytest
from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import select

from app import create_app
from core.auth import SYSTEM
from core.db import db, writing
from deadlines.models import Deadline, EventDate
from deadlines.services import announce
from tests import factories
from tests.conftest import ADMIN_URL, ENGINES, SETTINGS
from tests.factories.matters import Matter, make_matter, set_traits

TRAITS = ("contract.government_procurement", "payer.public_body", "payee.sme")
ROUNDS = 6


@pytest.fixture(scope="module", params=ENGINES)
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """An application on a database of its own, where work is really committed."""
    folder = tmp_path_factory.mktemp("race")
    url = f"sqlite:///{folder}/race.db"
    name = f"procurement_race_{os.getpid()}"
    if request.param != "sqlite":
        request.getfixturevalue("postgresql_url")  # skips where no server answers
        with psycopg.connect(ADMIN_URL, autocommit=True) as server:
            server.execute(f"create database {name} template template0 encoding 'UTF8' locale 'C.UTF-8'")
        url = ADMIN_URL.rsplit("/", 1)[0] + f"/{name}"
    application = create_app(SETTINGS | {"DATABASE_URL": url, "DOCUMENT_DIR": str(folder / "documents")})
    with application.app_context():
        upgrade()
    yield application
    with application.app_context():
        db.engine.dispose()
    if request.param != "sqlite":
        with psycopg.connect(ADMIN_URL, autocommit=True) as server:
            server.execute(f"drop database {name} with (force)")


def make_record(office: Flask) -> int:
    """A record on which nothing has been announced yet."""
    with office.app_context(), db.sessionmaker() as session:
        factories.use(session)
        matter = make_matter(*TRAITS)
        session.commit()
        return matter.id


def enter(office: Flask, record_id: int, event: str, day: date, start: Barrier) -> None:
    """Announce an event in a transaction of its own, at the same moment as everybody else."""
    with office.app_context(), db.sessionmaker() as session:
        start.wait(timeout=30)
        writing(session)
        matter = session.get_one(Matter, record_id)
        set_traits(matter, TRAITS)
        announce(session, matter, event, on=day, by=SYSTEM)
        session.commit()


def race(office: Flask, record_id: int, *entries: tuple[str, date]) -> None:
    """Let each entry be made by a thread of its own."""
    start = Barrier(len(entries))
    with ThreadPoolExecutor(len(entries)) as crowd:
        runs = [crowd.submit(enter, office, record_id, event, day, start) for event, day in entries]
        for run in runs:
            run.result(timeout=60)


def test_the_same_first_date_entered_twice_at_once_stands_once(office):
    for _ in range(ROUNDS):
        record_id = make_record(office)
        race(office, record_id, *[("invoice_received", date(2026, 3, 2))] * 2)

        with office.app_context(), db.sessionmaker() as session:
            dates = session.scalars(select(EventDate).where(EventDate.record_id == record_id)).all()
            clocks = session.scalars(select(Deadline).where(Deadline.record_id == record_id)).all()
            assert [(row.event, row.occurred_on) for row in dates] == [("invoice_received", date(2026, 3, 2))]
            assert [row.rule_id for row in clocks] == ["gp_invoice_payment_30d"]


def test_of_two_periods_started_at_once_the_earlier_governs(office):
    for _ in range(ROUNDS):
        record_id = make_record(office)
        race(
            office,
            record_id,
            ("invoice_received", date(2026, 3, 9)),
            ("goods_or_services_delivered", date(2026, 3, 2)),
        )

        with office.app_context(), db.sessionmaker() as session:
            clocks = session.scalars(select(Deadline).where(Deadline.record_id == record_id)).all()
            assert {row.rule_id: row.owed for row in clocks} == {
                "sme_payment_30d": True,
                "gp_invoice_payment_30d": False,
            }
