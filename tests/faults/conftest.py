"""An office on a database of its own, a mail server beside it, and processes that may be killed."""

import gc
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import delete
from sqlalchemy.orm import Session

from app import create_app
from core.auth import User
from core.db import db, writing
from core.permissions import RoleName
from core.records import Record
from deadlines.alert_models import Alert, ClockWitness, DeliveryLog, Heartbeat, OutboxMessage
from deadlines.ladder import Ladder
from deadlines.loading import load_catalogue
from deadlines.models import Deadline, DeadlineState
from deadlines.terms import Side
from tests import factories
from tests.conftest import ADMIN_URL, ENGINES, SETTINGS, missing
from tests.factories.alerts import make_deadline, rule_with
from tests.factories.parties import make_party_user
from tests.factories.vendors import make_vendor
from tests.faults.checker import Model, Subject, Verdict, judge
from tests.faults.sink import Sink

IS_LONG = os.environ.get("PROCUREMENT_TEST_FAULTS") == "long"
KILLS = int(os.environ.get("PROCUREMENT_FAULT_KILLS") or (250 if IS_LONG else 12))
PARTY = (RoleName.vendor_admin, RoleName.vendor_agent)
LADDERS = ((90, 60, 30, 15, 7, 3, 1, 0), (15, 7, 3, 1, 0), (3, 1, 0))


class Nursery:
    """Start processes by the fork of one that has imported the application, and kill them."""

    def __init__(self, settings: dict[str, Any], log: Path) -> None:
        self.log = log
        self._children: set[int] = set()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.nursery"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._ask(settings) == "ready"

    def start(self, act: str, now: datetime | None = None, **order: Any) -> int:
        """Start an act and return the id of its process."""
        moment = now.isoformat() if now else None
        child = self._ask({"act": act, "now": moment, "log": str(self.log), **order})
        self._children.add(child)
        return child

    def reap(self, child: int, timeout: float = 60) -> int | None:
        """Wait for a process; return its exit status, negative for a signal, None when it still runs."""
        status = self._ask({"reap": child, "timeout": timeout})
        if status is not None:
            self._children.discard(child)
        return status

    def kill(self, child: int) -> bool:
        """Kill a process with -9; return whether it was still at work."""
        os.kill(child, signal.SIGKILL)
        status = self.reap(child)
        return status == -signal.SIGKILL

    def run(self, act: str, now: datetime, **order: Any) -> None:
        """Let an act run to its end."""
        status = self.reap(self.start(act, now, **order))
        assert status == 0, self.log.read_text()[-4000:]

    def close(self) -> None:
        """End the nursery and whatever a failed test has left running."""
        self._process.stdin.close()
        for child in self._children:
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        self._process.wait(timeout=60)
        self._process.stdout.close()

    def _ask(self, command: Any) -> Any:
        self._process.stdin.write(json.dumps(command) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())


class Office:
    """A database with people and deadlines, and the model of what they must be told."""

    def __init__(self, app: Flask, nursery: Nursery, sink: Sink) -> None:
        self.app = app
        self.nursery = nursery
        self.sink = sink
        self.model = Model()
        # by owner: the vendor that every other deadline of the department is a duty of, and its accounts
        self.parties: dict[int, tuple[int, tuple[int, ...]]] = {}

    @contextmanager
    def session(self) -> Iterator[Session]:
        """Open a session whose work is committed at the end."""
        with self.app.app_context(), db.sessionmaker() as session:
            writing(session)
            factories.use(session)
            yield session
            session.commit()

    @contextmanager
    def glance(self) -> Iterator[Session]:
        """Open a session that only reads."""
        with self.app.app_context(), db.sessionmaker() as session:
            yield session

    def clear(self) -> None:
        """Forget every deadline and everything said about one."""
        self.model = Model()
        self.sink.mode = "take"
        self.sink.received.clear()
        with self.session() as session:
            for table in (DeliveryLog, Alert, OutboxMessage, Deadline, Heartbeat, ClockWitness):
                session.execute(delete(table))

    def found(self, departments: int) -> list[tuple[int, int, int]]:
        """Add departments, each with a vendor; return the ids of owner, deputy and head of each."""
        people = []
        with self.session():
            for _number in range(departments):
                place = factories.make_organization()
                head = factories.make_user(organization=place, is_head=True)
                deputy = factories.make_user(organization=place)
                owner = factories.make_user(organization=place, deputy=deputy)
                vendor = make_vendor(place)
                accounts = [make_party_user(vendor, role) for role in PARTY]
                self.parties[owner.id] = vendor.id, tuple(each.id for each in accounts)
                people.append((owner.id, deputy.id, head.id))
        return people

    def open(self, people: list[tuple[int, int, int]], last_days: Callable[[int], date], each: int) -> None:
        """Open deadlines for every department."""
        with self.session() as session:
            for owner_id, deputy_id, head_id in people:
                owner = session.get_one(User, owner_id)
                for number in range(each):
                    rule = load_catalogue().rules[rule_with(LADDERS[number % len(LADDERS)])]
                    due_on = last_days(number)
                    vendor_id, accounts = self.parties[owner_id] if number % 2 else (None, ())
                    record = factories.add_record(
                        Record(title="示例", party_id=vendor_id), owner.organization
                    )
                    side = Side.vendor if accounts else Side.buyer
                    row = make_deadline(due_on, owner=owner, rule_id=rule.id, record=record, side=side)
                    ladder = Ladder.of(rule.ladder, rule.overdue_every)
                    self.model.subjects[row.id] = Subject(
                        row.id, record.number, ladder, owner_id, deputy_id, head_id, accounts
                    )
                    self.model.due[row.id] = due_on

    def move(self, deadline_id: int, to: date, today: date) -> None:
        """Give a deadline another last day, as the clock does when its anchor moves."""
        with self.session() as session:
            row = session.get_one(Deadline, deadline_id)
            row.due_on = row.effective_on = to
            row.next_alert_on = self.model.subjects[deadline_id].ladder.first_look(to)
        self.model.move(deadline_id, to)
        self.model.pass_day(today)

    def meet(self, deadline_id: int, today: date) -> None:
        """Let a deadline be met."""
        with self.session() as session:
            row = session.get_one(Deadline, deadline_id)
            row.state, row.met_on, row.closed_on = DeadlineState.met, today, today
            row.next_alert_on = None
        self.model.meet(deadline_id)

    def judge(self) -> Verdict:
        """Read the history."""
        with self.glance() as session:
            return judge(session, self.model, self.sink.received)

    def wait(self, what: str, holds: Callable[[Session], Any], seconds: float = 40) -> Any:
        """Wait until something holds, or fail saying what did not."""
        ends = time.monotonic() + seconds
        while True:
            with self.glance() as session:
                if found := holds(session):
                    return found
            assert time.monotonic() < ends, f"{what}: {self.judge()}\n{self.nursery.log.read_text()[-8000:]}"
            time.sleep(0.1)


def morning(day: date, minutes: float = 0) -> datetime:
    """Return a moment of the morning of a day in China."""
    return datetime(day.year, day.month, day.day, 1, tzinfo=UTC) + timedelta(minutes=minutes)


@pytest.fixture(scope="session")
def own_postgresql_url() -> Iterator[str]:
    """The address of a PostgreSQL database whose transactions are really committed."""
    name = f"procurement_faults_{os.getpid()}"
    try:
        server = psycopg.connect(ADMIN_URL, autocommit=True, connect_timeout=3)
    except psycopg.OperationalError as error:
        missing("postgresql", f"no server answers ({str(error).splitlines()[0]})")
    with server:
        server.execute(f"create database {name} template template0 encoding 'UTF8' locale 'C.UTF-8'")
        yield ADMIN_URL.rsplit("/", 1)[0] + f"/{name}"
        server.execute(f"drop database {name} with (force)")
    server.close()


@pytest.fixture(scope="session", params=ENGINES)
def built(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """An office, built once an engine."""
    place = tmp_path_factory.mktemp("office")
    is_sqlite = request.param == "sqlite"
    url = f"sqlite:///{place}/office.db" if is_sqlite else request.getfixturevalue("own_postgresql_url")
    sink = Sink()
    sink.start()
    settings = SETTINGS | {
        "DATABASE_URL": url,
        "DOCUMENT_DIR": str(place / "documents"),
        "MAIL_SERVER": "127.0.0.1",
        "MAIL_PORT": sink.port,
        "MAIL_TIMEOUT": 0.8,
        "MAIL_FROM": "office@example.org",
    }
    app = create_app(settings)
    with app.app_context():
        upgrade()
    nursery = Nursery(settings, place / "processes.log")
    # the mail server answers from this process: going through the objects of all earlier tests takes longer
    # than a sender waits for its answer
    gc.collect()
    gc.freeze()
    yield Office(app, nursery, sink)
    gc.unfreeze()
    nursery.close()
    sink.stop()
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def office(built: Office) -> Office:
    """The office without any deadline."""
    built.clear()
    return built
