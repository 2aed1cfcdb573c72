"""Two supplements or instalments at once: together they stay under the cap that each alone would keep."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from threading import Barrier

import psycopg
import pytest
from flask import Flask
from flask_migrate import upgrade

from app import create_app
from contracts import payments, services
from contracts.models import Contract
from core.auth import SYSTEM
from core.db import db, writing
from core.errors import DomainError
from tests import factories
from tests.conftest import ADMIN_URL, SETTINGS
from tests.factories.contracts import make_office, perform

ON = date(2026, 9, 10)
ROUNDS = 4
Deal = Callable[..., None]


@pytest.fixture(scope="module")
def office(postgresql_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """An application on a PostgreSQL database of its own, where two really work at once."""
    name = f"procurement_caps_{os.getpid()}"
    with psycopg.connect(ADMIN_URL, autocommit=True) as server:
        server.execute(f"create database {name} template template0 encoding 'UTF8' locale 'C.UTF-8'")
    url, folder = ADMIN_URL.rsplit("/", 1)[0] + f"/{name}", tmp_path_factory.mktemp("caps")
    application = create_app(SETTINGS | {"DATABASE_URL": url, "DOCUMENT_DIR": str(folder)})
    with application.app_context():
        upgrade()
    yield application
    with application.app_context():
        db.engine.dispose()
    with psycopg.connect(ADMIN_URL, autocommit=True) as server:
        server.execute(f"drop database {name} with (force)")


def performing(office: Flask) -> int:
    """A contract of 100,000 yuan, to which 10,000 may be added."""
    with office.app_context(), db.sessionmaker() as session:
        factories.use(session)
        contract = perform(make_office())
        session.commit()
        return contract.id


def at_once(office: Flask, contract_id: int, deal: Deal) -> list[str | None]:
    """Let two people read the contract, then deal at the same moment; return what each was told."""
    start = Barrier(2)

    def run(_number: int) -> str | None:
        with office.app_context(), db.sessionmaker() as session:
            writing(session)
            contract = session.get_one(Contract, contract_id)
            assert contract.supplemented == contract.scheduled == 0  # both have seen it untouched
            start.wait(timeout=30)
            try:
                deal(session, contract)
                session.commit()
            except DomainError as refusal:
                return type(refusal).__name__
        return None

    with ThreadPoolExecutor(2) as pair:
        return sorted(pair.map(run, range(2)), key=lambda told: told or "")


def supplement(session, contract):
    services.amend(session, contract, by=SYSTEM, on=ON, reason="示例", amount_delta=Decimal("6000.00"))


def instalment(session, contract):
    payments.schedule(
        session, contract, by=SYSTEM, label="示例款", basis="accepted", amount=Decimal("60000.00")
    )


@pytest.mark.parametrize(
    ("deal", "column", "total", "refusal"),
    [
        (supplement, "supplemented", Decimal("6000.00"), "Unlawful"),
        (instalment, "scheduled", Decimal("60000.00"), "InvalidInput"),
    ],
    ids=["supplements", "instalments"],
)
def test_two_at_once_do_not_pass_the_cap_together(office, deal, column, total, refusal):
    for _round in range(ROUNDS):
        contract_id = performing(office)

        assert at_once(office, contract_id, deal) == [None, refusal]

        with office.app_context(), db.sessionmaker() as session:
            assert getattr(session.get_one(Contract, contract_id), column) == total
