"""Long work in a process of its own: done, reported, killed, given up, and never half saved."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import func, select

from app import create_app
from core import clock
from core.auth import SYSTEM
from core.db import db, writing
from core.documents import Store
from core.errors import WrongState
from core.ledger import services, work
from core.ledger.models import ImportState, LedgerImport, LedgerRecord, Work
from core.ledger.plan import Plan
from core.ledger.sheets import Sheets
from core.ledger.work import Progress
from core.organizations import OrganizationKind, add_organization
from tests.conftest import ADMIN_URL, SETTINGS
from tests.factories import ledger as files
from tests.factories.ledger import HEADINGS, MATTERS, Desk, lines, make_desk

LONG = 30.0


@pytest.fixture
def desk(session, tmp_path) -> Desk:
    return make_desk(session, tmp_path)


def marked(desk: Desk, what: Work = Work.check) -> tuple[LedgerImport, str]:
    entry = desk.receive([HEADINGS, *lines(2)])
    desk.settle(entry)
    token = work.begin(desk.session, entry, what)
    desk.session.commit()
    return entry, token


def perform(desk: Desk, entry: LedgerImport, token: str) -> None:
    work.perform(desk.session, entry.id, token, Sheets((MATTERS,)), by=desk.by, store=desk.store)


def test_a_check_and_an_import_are_done_and_committed(desk):
    entry, token = marked(desk)
    perform(desk, entry, token)
    assert (entry.state, entry.work, entry.fresh_count) == (ImportState.checked, None, 2)

    token = work.begin(desk.session, entry, Work.commit)
    desk.session.commit()
    perform(desk, entry, token)
    assert (entry.state, entry.work, desk.count()) == (ImportState.done, None, 2)

    token = work.begin(desk.session, entry, Work.undo)
    desk.session.commit()
    perform(desk, entry, token)
    assert (entry.state, desk.count()) == (ImportState.undone, 0)


def test_nobody_begins_twice(desk):
    entry, _token = marked(desk)

    with pytest.raises(WrongState, match="being worked on already"):
        work.begin(desk.session, entry, Work.commit)


def test_a_process_whose_work_was_given_up_does_nothing(desk):
    entry, _token = marked(desk)

    with pytest.raises(WrongState, match="given up"):
        perform(desk, entry, "another token")
    assert entry.state is ImportState.received


def test_what_was_wrong_is_kept_for_the_page(desk):
    entry = desk.receive([HEADINGS, *lines(2), ["A-9", "", 1]])
    desk.settle(entry)
    token = work.begin(desk.session, entry, Work.commit)
    desk.session.commit()

    perform(desk, entry, token)

    assert (entry.work, entry.problem_count, desk.count()) == (None, 1, 0)
    assert entry.trouble == "1 cells have to be put right first."
    assert entry.report["problems"][0]["cell"] == "B4"


def test_a_refusal_is_kept_for_the_page(desk):
    entry, token = marked(desk, Work.undo)

    perform(desk, entry, token)

    assert "not been taken in" in entry.trouble


def test_a_fault_of_the_program_is_logged_under_a_reference(desk, caplog, monkeypatch):
    entry, token = marked(desk, Work.commit)
    monkeypatch.setattr(services, "commit", lambda *_given, **_named: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        perform(desk, entry, token)

    assert entry.work is None
    reference = entry.trouble.split("reference ")[1].split(")")[0]
    assert reference in caplog.text


def test_progress_is_told_while_it_is_alive_and_gone_afterwards(desk, monkeypatch):
    entry, token = marked(desk)
    progress = Progress(desk.store, token)
    monkeypatch.setattr(work, "BEAT_SECONDS", 0.01)

    with progress.beating():
        progress.tell(7, 9)
        deadline = time.monotonic() + LONG
        while work.standing(entry, desk.store).done != 7 and time.monotonic() < deadline:
            time.sleep(0.01)
        assert work.standing(entry, desk.store) == work.Standing(7, 9, is_alive=True)

    assert not work.standing(entry, desk.store).is_alive


def test_a_silent_process_is_taken_for_dead_and_its_work_can_be_begun_again(desk):
    entry, token = marked(desk)
    progress = Progress(desk.store, token)
    progress.write()
    with pytest.raises(WrongState, match="goes on"):
        work.release(desk.session, entry.id, desk.store)

    long_ago = time.time() - work.SILENT_AFTER - 1
    os.utime(progress.path, (long_ago, long_ago))

    work.release(desk.session, entry.id, desk.store)
    assert (entry.work, entry.trouble) == (None, "The process ended before its work was done.")
    assert work.begin(desk.session, entry, Work.check) != token


# -- real processes, a real file of a database ---------------------------------------------------------------


@pytest.fixture
def office_url(engine_url: str, tmp_path: Path) -> Iterator[str]:
    """The address of a database of this test alone, in which what is committed stays."""
    if engine_url.startswith("sqlite"):
        yield f"sqlite:///{tmp_path}/office.db"
        return
    name = f"procurement_office_{os.getpid()}"
    with psycopg.connect(ADMIN_URL, autocommit=True) as server:
        server.execute(f"create database {name} template template0 encoding 'UTF8' locale 'C.UTF-8'")
        yield ADMIN_URL.rsplit("/", 1)[0] + f"/{name}"
        server.execute(f"drop database {name} with (force)")


@pytest.fixture
def office(office_url: str, tmp_path: Path) -> Iterator[Flask]:
    """An application whose database other processes see."""
    application = create_app(SETTINGS | {"DATABASE_URL": office_url, "DOCUMENT_DIR": str(tmp_path / "store")})
    with application.app_context():
        upgrade()
        yield application
        db.session.rollback()
        db.session.close()
        db.engine.dispose()


def prepare(office: Flask, folder: Path, count: int) -> LedgerImport:
    """Receive and settle a ledger of vendors, and mark it to be taken in."""
    store, sheet = Store(Path(office.config["DOCUMENT_DIR"])), office.extensions["sheets"]["vendors"]
    writing(db.session)
    place = add_organization(db.session, kind=OrganizationKind.zone, code="zone", name="示例区")
    rows = [
        ["供应商名称", "联系人", "联系电话"],
        *([f"示例供应商{i}", "示例", f"0796-{i}"] for i in range(count)),
    ]
    path = files.text_file(folder / "vendors.csv", rows)
    with path.open("rb") as stream:
        upload = services.Upload(stream, path.name, 1 << 24)
        entry = services.receive(
            db.session, upload, sheet, by=SYSTEM, organization=place, at=clock.now(), store=store
        )
    plan = Plan.from_json(entry.plan)
    services.settle(
        db.session, entry, sheet, by=SYSTEM, at=clock.now(), columns=plan.columns, units=plan.units
    )
    work.begin(db.session, entry, Work.commit)
    db.session.commit()
    return entry


def wait_for(condition, seconds: float = 120.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it took too long"
        time.sleep(0.05)


def fresh(entry: LedgerImport) -> LedgerImport:
    db.session.rollback()
    return services.get(db.session, entry.id)


def test_a_process_of_its_own_takes_the_ledger_in(office, tmp_path):
    entry = prepare(office, tmp_path, 1500)
    store = Store(Path(office.config["DOCUMENT_DIR"]))

    work.start(entry, by=SYSTEM, language="en", config=office.config, store=store)
    wait_for(lambda: fresh(entry).work is None)

    assert (entry.state, entry.trouble) == (ImportState.done, "")
    assert db.session.scalar(select(func.count()).select_from(LedgerRecord)) == 1500
    wait_for(lambda: all(child.poll() is not None for child in work._children))


def test_a_process_that_is_killed_leaves_nothing_behind(office, tmp_path):
    entry = prepare(office, tmp_path, 12_000)
    store = Store(Path(office.config["DOCUMENT_DIR"]))
    environment = os.environ | {
        "PROCUREMENT_DATABASE_URL": office.config["DATABASE_URL"],
        "PROCUREMENT_DOCUMENT_DIR": office.config["DOCUMENT_DIR"],
    }
    words = ["ledger", "work", str(entry.id), "--token", entry.work_token, "--language", "en"]
    wsgi = Path(office.root_path) / "wsgi.py"
    process = subprocess.Popen([sys.executable, "-m", "flask", "--app", str(wsgi), *words], env=environment)
    wait_for(lambda: work.standing(entry, store).done > 0 or process.poll() is not None)
    process.send_signal(signal.SIGKILL)
    process.wait()

    if fresh(entry).work is None:
        pytest.fail("the process was done before it could be killed")
    assert db.session.scalar(select(func.count()).select_from(LedgerRecord)) == 0
    path = Progress(store, entry.work_token).path
    os.utime(path, (time.time() - 60, time.time() - 60))
    db.session.rollback()
    writing(db.session)
    work.release(db.session, entry.id, store)
    db.session.commit()
    assert (entry.work, entry.state) == (None, ImportState.received)
