"""Stored files that nothing refers to: found by their age and the rows, never one that is being written."""

import io
import json
import logging
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core import clock
from core.documents import Store
from core.intake import orphans
from core.ledger.models import LedgerImport
from core.records import Record
from deadlines import worker
from tests import factories
from tests.factories.parties import make_document

NOW = datetime(2026, 3, 31, 1, tzinfo=UTC)
AGE = timedelta(days=30)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "documents")


def keep(store: Store, content: bytes, days: float = 31, at: datetime = NOW) -> str:
    """Keep a file that was written so many days ago."""
    digest = store.keep(io.BytesIO(content), at_most=100, type_of=lambda _path: "x").sha256
    age(store.path(digest), days, at)
    return digest


def age(path: Path, days: float, at: datetime = NOW) -> None:
    moment = (at - timedelta(days=days)).timestamp()
    os.utime(path, (moment, moment))


def collect(session, store, **given) -> list[str]:
    return orphans.collect(session, store, at=NOW, older_than=AGE, **given).files


def test_what_no_row_refers_to_goes_and_what_a_row_names_stays(session, store):
    record = factories.add_record(Record(title="示例"))
    lone, attached, ledger = keep(store, b"lone"), keep(store, b"attached"), keep(store, b"ledger")
    make_document(record, sha256=attached)
    session.add(
        LedgerImport(
            organization_id=record.organization_id,
            kind="vendor",
            filename="a.xlsx",
            sha256=ledger,
            size=1,
            plan={},
            created_at=NOW,
        )
    )
    session.flush()
    drawing = store.preview(lone, 1)
    drawing.parent.mkdir(parents=True)
    drawing.write_bytes(b"png")

    assert collect(session, store, is_dry=True) == [lone]
    assert store.path(lone).exists()
    assert collect(session, store) == [lone]

    assert not store.path(lone).exists()
    assert not drawing.exists()
    assert store.path(attached).exists()
    assert store.path(ledger).exists()
    assert collect(session, store) == []


@pytest.mark.parametrize(("days", "goes"), [(29.99, False), (30, False), (30.01, True)])
def test_only_what_is_older_than_the_limit_goes(session, store, days, goes):
    digest = keep(store, b"lone", days)

    assert collect(session, store) == [digest] * goes


def test_what_is_taken_in_again_is_young_again(session, store):
    digest = keep(store, b"lone")
    store.keep(io.BytesIO(b"lone"), at_most=100, type_of=lambda _path: "x")

    assert orphans.collect(session, store, at=clock.now(), older_than=AGE).files == []
    assert store.path(digest).exists()


def test_what_is_written_anew_between_the_look_and_the_removal_stays(session, store):
    digest = keep(store, b"lone")
    path = store.path(digest)
    age(path, 1)

    assert store.discard(path, before=(NOW - AGE).timestamp()) is False
    assert path.exists()


def test_a_file_still_coming_in_stays_and_one_left_by_a_crash_goes(session, store):
    store.root.mkdir(parents=True)
    coming, left = store.root / "incoming-a", store.root / "incoming-b"
    for path, days in ((coming, 0.01), (left, 31)):
        path.write_bytes(b"part")
        age(path, days)

    assert collect(session, store) == ["incoming-b"]
    assert coming.exists()
    assert not left.exists()


def test_what_is_locked_away_stays_and_so_does_what_is_not_a_stored_file(session, store):
    digest = keep(store, b"virus")
    store.lock_away(digest)
    note = store.root / "ab" / "cd" / "README"
    note.parent.mkdir(parents=True)
    note.write_text("x")
    age(note, 100)

    assert collect(session, store) == []
    assert (store.root / "quarantine" / digest).exists()
    assert note.exists()


def test_the_worker_collects_once_a_day_after_the_reminders_and_logs_it(app, session, caplog):
    store: Store = app.extensions["documents"]
    old, young = keep(store, b"old", 31, clock.now()), keep(store, b"young", 29, clock.now())
    session.commit()
    tick = worker.Worker(app)
    caplog.set_level(logging.INFO)
    try:
        tick.sweep(session)
        assert not store.path(old).exists()
        assert store.path(young).exists()
        again = keep(store, b"later the same day", 31, clock.now())
        tick.sweep(session)
    finally:
        tick.leadership.release()

    assert store.path(again).exists()
    assert "removed 1 files without an owner, 3 bytes" in caplog.text


def test_the_command_says_what_it_would_remove_and_then_removes_it(app, session):
    store: Store = app.extensions["documents"]
    digest = keep(store, b"lone by command", at=clock.now())
    run = app.test_cli_runner().invoke

    dry = json.loads(run(args=["documents", "collect", "--dry-run", "--format", "json"]).output)
    assert (dry["dry_run"], digest in dry["sha256"], dry["files"]) == (True, True, len(dry["sha256"]))
    assert store.path(digest).exists()
    kept = run(args=["documents", "collect", "--older-than", "32", "--format", "json"])
    assert digest not in json.loads(kept.output)["sha256"]
    done = run(args=["documents", "collect"])
    assert digest in done.output
    assert not store.path(digest).exists()
