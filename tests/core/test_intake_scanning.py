"""The virus scan: what clamd is asked, the states of a file, waiting, locking away, and the start."""

import io
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core import audit, config, memos
from core.audit import AuditEvent
from core.documents import Document, ScanState, Store
from core.errors import InvalidInput, Misconfigured, NotFound, WrongState
from core.intake import antivirus, jobs, pipeline, services
from core.intake.antivirus import ScanFailed, Scanner
from core.intake.jobs import Desk
from core.permissions import RoleName
from core.records import Record
from deadlines import engine, worker
from deadlines.heartbeat import beat
from tests import factories
from tests.factories import files
from tests.factories.scanners import Clamd, clamd

NOW = datetime(2026, 3, 2, 1, tzinfo=UTC)
LIMITS = services.Limits(10_000_000, 100_000_000, 100, 100_000_000, 100)
S = ScanState


@pytest.fixture
def scanner() -> Iterator[Clamd]:
    with clamd() as server:
        yield server


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "documents")


@pytest.fixture
def record(session: Session) -> Record:
    return factories.add_record(Record(title="事项"))


def attach(session: Session, store: Store, record: Record, content: bytes, name: str = "a.pdf") -> Document:
    received = pipeline.take_in(store, io.BytesIO(content), name, at_most=LIMITS.file_bytes)
    by = factories.make_user()
    document = services.attach(session, record, received, by=by, at=NOW, limits=LIMITS)
    session.commit()
    return document


def scan(session: Session, desk: Desk, at: datetime = NOW) -> int:
    done = jobs.scan_all(session, desk, moment=lambda _session: at)
    session.expire_all()
    return done


def infected_pdf() -> bytes:
    return files.pdf().replace(b"%%EOF", b"% " + files.EICAR + b"\n%%EOF")


# -- clamd ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [1, 256 * 1024 - 1, 256 * 1024, 256 * 1024 + 1, 1_000_000])
def test_the_scanner_is_given_every_byte(tmp_path, scanner, size):
    path = tmp_path / "file"
    path.write_bytes(b"x" * size)

    assert scanner.scanner.scan(path) == ""
    assert scanner.seen == [size]


def test_the_scanner_names_a_virus(tmp_path, scanner):
    path = tmp_path / "file"
    path.write_bytes(b"x" * 300_000 + files.EICAR)

    assert scanner.scanner.scan(path) == "Eicar-Test"


@pytest.mark.parametrize("said", [b"", b"\0", b"stream: ", b"ERROR\0", b"stream: OK", b"x" * 9000])
def test_an_answer_that_is_no_verdict_lets_nothing_through(tmp_path, scanner, said):
    path = tmp_path / "file"
    path.write_bytes(b"x")
    scanner.says = said

    if said == b"stream: OK":  # an answer without its end is an answer
        assert scanner.scanner.scan(path) == ""
    else:
        with pytest.raises(ScanFailed):
            scanner.scanner.scan(path)


def test_a_scanner_that_hangs_up_says_why(tmp_path, scanner):
    path = tmp_path / "file"
    path.write_bytes(b"x" * 5_000_000)
    scanner.most = 1000

    with pytest.raises(ScanFailed) as failure:
        scanner.scanner.scan(path)
    assert not failure.value.is_silent or "Reset" in str(failure.value)


def test_a_scanner_behind_a_socket_of_the_machine_is_asked_too(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"x")
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(str(tmp_path / "clamd"))
        door.listen()
        with pytest.raises(ScanFailed):
            Scanner(path=str(tmp_path / "clamd"), patience=0.05).scan(path)
    with pytest.raises(ScanFailed) as failure:
        Scanner(path=str(tmp_path / "nobody")).scan(path)
    assert failure.value.is_silent


# -- states --------------------------------------------------------------------------------------------------


def test_a_clean_file_is_released_with_its_previews(session, store, record, scanner):
    document = attach(session, store, record, files.pdf(2))
    assert document.scan_state is S.received
    with pytest.raises(WrongState, match="has not passed"):
        services.require_released(document, is_off=False)

    assert scan(session, Desk(store, scanner.scanner)) == 1

    assert (document.scan_state, document.scanned_at, document.scan_due_at) == (S.clean, NOW, None)
    assert document.previews == 2
    assert store.preview(document.sha256, 2).read_bytes().startswith(b"\x89PNG")
    services.require_released(document, is_off=False)
    assert scan(session, Desk(store, scanner.scanner), NOW + timedelta(days=9)) == 0
    assert len(scanner.seen) == 1


def test_an_infected_file_is_locked_away_wherever_it_is_attached(session, store, record, scanner):
    other = factories.add_record(Record(title="另一事项"))
    document, same = (attach(session, store, each, infected_pdf()) for each in (record, other))

    scan(session, Desk(store, scanner.scanner))

    assert {each.scan_state for each in (document, same)} == {S.infected}
    assert document.scan_note == "Eicar-Test"
    assert not store.path(document.sha256).exists()
    with pytest.raises(NotFound):
        store.read(document.sha256)
    with pytest.raises(WrongState, match="virus"):
        services.require_released(document, is_off=True)
    told = select(AuditEvent.record_id).where(AuditEvent.action == "document.infected")
    assert sorted(session.scalars(told)) == sorted([record.id, other.id])
    assert audit.history(session, record)[0].facts["detail"]["virus"] == "Eicar-Test"


def test_what_was_locked_away_is_not_taken_in_again(session, store, record, scanner):
    attach(session, store, record, infected_pdf())
    scan(session, Desk(store, scanner.scanner))

    with pytest.raises(InvalidInput, match="virus"):
        pipeline.take_in(store, io.BytesIO(infected_pdf()), "b.pdf", at_most=LIMITS.file_bytes)


def test_a_silent_scanner_is_asked_again_after_a_while_that_grows(session, store, record):
    nobody = Desk(store, Scanner(path=str(store.root / "nobody")))
    document = attach(session, store, record, files.pdf())
    at, waits = NOW, []
    for _ in range(10):
        assert scan(session, nobody, at) == 0
        waits.append(document.scan_due_at - at)
        at = document.scan_due_at

    assert document.scan_state is S.failed
    assert [wait.total_seconds() for wait in waits] == [30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]
    assert not services.is_released(document, is_off=False)
    assert not services.is_released(document, is_off=True)


def test_a_file_whose_scan_failed_is_released_once_the_scanner_is_back(session, store, record, scanner):
    document = attach(session, store, record, files.pdf())
    scan(session, Desk(store, Scanner(path=str(store.root / "nobody"))))
    desk = Desk(store, scanner.scanner)

    assert scan(session, desk, NOW + timedelta(seconds=29)) == 0
    assert document.scan_state is S.failed
    assert scan(session, desk, NOW + timedelta(seconds=30)) == 1
    assert document.scan_state is S.clean


def test_a_silent_scanner_is_asked_for_one_file_only(session, store, record):
    first, second = (attach(session, store, record, files.pdf(pages)) for pages in (1, 2))

    scan(session, Desk(store, Scanner(path=str(store.root / "nobody"))))

    assert [first.scan_state, second.scan_state] == [S.failed, S.received]


def test_one_file_that_cannot_be_scanned_does_not_hold_up_the_others(session, store, record, scanner):
    first, second = (attach(session, store, record, files.pdf(pages)) for pages in (1, 2))
    store.path(first.sha256).unlink()

    assert scan(session, Desk(store, scanner.scanner)) == 1

    assert [first.scan_state, second.scan_state] == [S.failed, S.clean]


@pytest.mark.parametrize(("minutes", "is_taken"), [(9, False), (10, True)])
def test_what_a_worker_took_and_never_brought_back_is_taken_again(
    session, store, record, scanner, minutes, is_taken
):
    document = attach(session, store, record, files.pdf())
    assert jobs._take(session, Desk(store, scanner.scanner), lambda _session: NOW) == document.id
    session.refresh(document)
    assert document.scan_state is S.scanning

    assert scan(session, Desk(store, scanner.scanner), NOW + timedelta(minutes=minutes)) == is_taken


def test_without_a_scanner_files_wait(session, store, record):
    document = attach(session, store, record, files.pdf())

    assert scan(session, Desk(store, None)) == 0
    assert document.scan_state is S.received
    assert not services.is_released(document, is_off=False)


def test_with_the_scan_switched_off_files_are_let_out_and_scanned_when_there_is_a_scanner_again(
    session, store, record, scanner
):
    document = attach(session, store, record, files.pdf())
    assert services.is_released(document, is_off=True)

    scan(session, Desk(store, None, is_off=True))
    assert (document.scan_state, document.previews) == (S.unscanned, 1)
    assert services.is_released(document, is_off=True)
    assert not services.is_released(document, is_off=False)

    scan(session, Desk(store, scanner.scanner))
    assert document.scan_state is S.clean


# -- settings ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("named", "scanner"),
    [
        ("unix:/run/clamav/clamd.ctl", Scanner(path="/run/clamav/clamd.ctl")),
        ("tcp:127.0.0.1:3310", Scanner(host="127.0.0.1", port=3310)),
        ("tcp://scanner.example:3310", Scanner(host="scanner.example", port=3310)),
        ("tcp:[::1]:3310", Scanner(host="::1", port=3310)),
        ("off", None),
        ("OFF", None),
        (False, None),
        ("", None),
    ],
)
def test_the_settings_name_the_scanner(named, scanner):
    assert antivirus.scanner({"ANTIVIRUS": named}) == scanner


@pytest.mark.parametrize("named", ["on", "unix:relative", "tcp:3310", "tcp:host:", "http://x:1", "none"])
def test_a_scanner_that_cannot_be_reached_by_its_name_is_refused_at_the_start(named):
    with pytest.raises(Misconfigured, match="PROCUREMENT_ANTIVIRUS"):
        antivirus.scanner({"ANTIVIRUS": named})


@pytest.mark.parametrize(
    ("named", "accepted", "is_refused"),
    [
        ("tcp:127.0.0.1:3310", False, False),
        ("", False, True),
        ("off", False, True),
        (False, False, True),
        ("off", True, False),
        ("", True, False),
    ],
)
def test_production_demands_a_scanner_or_that_somebody_accepts_to_have_none(named, accepted, is_refused):
    settings = {"ANTIVIRUS": named, "ALLOW_NO_ANTIVIRUS": accepted}
    if is_refused:
        with pytest.raises(Misconfigured, match="PROCUREMENT_ANTIVIRUS"):
            config.check_antivirus(settings)
    else:
        config.check_antivirus(settings)


# -- who is told ---------------------------------------------------------------------------------------------


def told(session: Session, user) -> list[str]:
    return [memo.what for memo in memos.of(session, user.id)]


def test_of_a_virus_the_uploader_and_the_owner_are_told_once(session, store, record, scanner):
    record.owner = factories.make_user(organization=record.organization)
    stranger = factories.make_user(RoleName.administrator, organization=record.organization)
    document = attach(session, store, record, infected_pdf(), "合同.pdf")

    scan(session, Desk(store, scanner.scanner))
    scan(session, Desk(store, scanner.scanner), NOW + timedelta(days=1))

    for person in (document.uploaded_by, record.owner):
        (memo,) = memos.of(session, person.id)
        assert memo.what == jobs.INFECTED
        assert "合同.pdf" in str(memo.words)
    assert told(session, stranger) == []


@pytest.mark.parametrize(("is_silent", "told_at"), [(False, 1), (True, 3)])
def test_of_a_scan_that_fails_they_and_the_administrator_are_told_once(
    session, store, record, scanner, is_silent, told_at
):
    record.owner = factories.make_user(organization=record.organization)
    administrator = factories.make_user(RoleName.administrator, organization=record.organization)
    document = attach(session, store, record, files.pdf())
    scanner.says = b"INSTREAM size limit exceeded. ERROR\0"
    asked = Scanner(host="127.0.0.1", port=1, patience=1) if is_silent else scanner.scanner

    counts = []
    for attempt in range(5):
        scan(session, Desk(store, asked), NOW + timedelta(hours=2 * attempt))
        counts.append(len(told(session, administrator)))

    assert counts == [0] * (told_at - 1) + [1] * (6 - told_at)
    assert told(session, document.uploaded_by) == told(session, record.owner) == [jobs.FAILED]


# -- the worker's own tick -----------------------------------------------------------------------------------


def test_the_workers_tick_asks_clamd_over_its_socket_and_enters_the_verdicts(
    app, session, record, scanner, monkeypatch
):
    port = scanner.server_address[1]
    monkeypatch.setitem(app.config, "ANTIVIRUS", f"tcp:127.0.0.1:{port}")
    own = app.extensions["documents"]
    clean = attach(session, own, record, files.pdf(), "好.pdf")
    bad = attach(session, own, record, infected_pdf(), "坏.pdf")
    tick = worker.Worker(app)
    try:
        tick.scan(session)
    finally:
        tick.leadership.release()

    session.expire_all()
    assert (clean.scan_state, bad.scan_state) == (S.clean, S.infected)
    assert scanner.seen == [clean.size, bad.size]
    assert not own.path(bad.sha256).exists()


def test_the_workers_tick_leaves_the_files_alone_while_another_worker_leads(
    app, session, record, scanner, monkeypatch
):
    monkeypatch.setitem(app.config, "ANTIVIRUS", f"tcp:127.0.0.1:{scanner.server_address[1]}")
    document = attach(session, app.extensions["documents"], record, files.pdf())
    leader, other = worker.Worker(app), worker.Worker(app)
    leader.pulse.leads = True
    beat(session, leader.pulse, now=engine.present(session), own_clock=engine.present(session))
    session.commit()
    try:
        assert leader.leadership.hold()
        other.scan(session)
    finally:
        leader.leadership.release()
        other.leadership.release()

    session.expire_all()
    assert document.scan_state is S.received
    assert scanner.seen == []
