"""Long work on an import: in a process of its own, which reports how far it is and may die at any time.

A request must not take minutes, a thread dies with the web process that recycles itself, and the process
that reminds must go on reminding. What is being done lies in one transaction: a process that dies leaves
nothing behind but a progress file that no longer changes.
"""

import logging
import os
import secrets
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy.orm import Session

from core import clock
from core.auth import By
from core.db import writing
from core.documents import Store
from core.errors import DomainError, WrongState
from core.i18n import gettext
from core.i18n import lazy_gettext as _
from core.ledger import services, withdrawal
from core.ledger.models import LedgerImport, Work
from core.ledger.reading import ROOT
from core.ledger.sheets import Sheets

logger = logging.getLogger(__name__)

FEW_ROWS = 1_000
BEAT_SECONDS = 0.5
SILENT_AFTER = 20.0  # seconds
LONGEST_TROUBLE = 1_000


@dataclass(frozen=True)
class Standing:
    """How far a process is, and whether it still gives signs of life."""

    done: int = 0
    total: int = 0
    is_alive: bool = True


class Progress:
    """The file by which a process says how far it is; the database cannot, its one writer being at work."""

    def __init__(self, store: Store, token: str) -> None:
        self.path = store.root / "progress" / f"{token}.json"
        self.done = self.total = 0

    def tell(self, done: int, total: int) -> None:
        """Note how far the work is; the next beat says so."""
        self.done, self.total = done, total

    def write(self) -> None:
        """Write the file, whole or not at all."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        part = self.path.with_suffix(".part")
        part.write_bytes(orjson.dumps([self.done, self.total]))
        part.replace(self.path)

    def read(self) -> Standing:
        """Return what the file says, and whether anybody still writes it."""
        try:
            done, total = orjson.loads(self.path.read_bytes())
            age = time.time() - self.path.stat().st_mtime
        except FileNotFoundError:
            return Standing(is_alive=False)
        return Standing(done, total, age < SILENT_AFTER)

    @contextmanager
    def beating(self) -> Iterator[None]:
        """Write the file again and again while something is being done, and remove it afterwards."""
        over = threading.Event()

        def beat() -> None:
            while not over.wait(BEAT_SECONDS):
                self.write()

        self.write()
        beater = threading.Thread(target=beat, daemon=True)
        beater.start()
        try:
            yield
        finally:
            over.set()
            beater.join()
            self.path.unlink(missing_ok=True)


def is_long(entry: LedgerImport) -> bool:
    """Tell whether an import is too long to be done while somebody waits."""
    return int(entry.plan["total"]) > FEW_ROWS


def standing(entry: LedgerImport, store: Store) -> Standing:
    """Return how far the process is that works on an import."""
    return Progress(store, entry.work_token).read()


def begin(session: Session, entry: LedgerImport, work: Work) -> str:
    """Mark an import as being worked on, and return the token by which the process knows its work."""
    if entry.work is not None:
        raise WrongState(_("This import is being worked on already."))
    entry.work, entry.work_token, entry.trouble = work, secrets.token_hex(16), ""
    session.flush()
    return entry.work_token


def release(session: Session, import_id: int, store: Store) -> LedgerImport:
    """Give up a process that has died, so that the work can be begun again."""
    entry = services.get(session, import_id, locked=True)
    if entry.work is not None:
        if standing(entry, store).is_alive:
            raise WrongState(_("The work goes on: wait until it is done."))
        entry.work, entry.trouble = None, gettext("The process ended before its work was done.")
        session.flush()
    return entry


def start(entry: LedgerImport, *, by: By, language: str, config: Mapping[str, Any], store: Store) -> None:
    """Start the process that does what an import has been marked with."""
    Progress(store, entry.work_token).write()
    words = ["ledger", "work", str(entry.id), "--token", entry.work_token, "--language", language]
    if by.id is not None:
        words += ["--by-id", str(by.id)]
    known = {f"PROCUREMENT_{name}": str(config[name]) for name in ("DATABASE_URL", "DOCUMENT_DIR")}
    _children[:] = [child for child in _children if child.poll() is None]
    child = subprocess.Popen(
        [sys.executable, "-m", "flask", "--app", str(ROOT / "wsgi.py"), *words],
        cwd=ROOT,
        env={**os.environ, **known},
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )
    _children.append(child)


# so that those that have ended are not left behind as zombies
_children: list[subprocess.Popen[bytes]] = []


def perform(session: Session, import_id: int, token: str, sheets: Sheets, *, by: By, store: Store) -> None:
    """Do what an import has been marked with, and commit; what goes wrong is kept as its trouble."""
    _marked(session, import_id, token)
    progress = Progress(store, token)
    with progress.beating():
        try:
            _do_apart(session, import_id, token, sheets, by=by, store=store, tell=progress.tell)
        except DomainError as refusal:
            _give_up(session, import_id, token, sheets, refusal)
        except Exception as error:
            _give_up(session, import_id, token, sheets, failure(import_id, error))
            raise


def failure(import_id: int, error: Exception) -> WrongState:
    """Log a fault of the program, and return what is said of it: a reference, never the statement."""
    reference = secrets.token_hex(4)
    logger.error("work on import %s failed, reference %s", import_id, reference, exc_info=error)
    return WrongState(_("The work failed (reference %(reference)s). Nothing was saved.", reference=reference))


def _do_apart(
    session: Session,
    import_id: int,
    token: str,
    sheets: Sheets,
    *,
    by: By,
    store: Store,
    tell: services.Tell,
) -> None:
    entry = _marked(session, import_id, token)
    work, tally = entry.work, None
    if work is Work.check:  # long, and writes nothing: others may write meanwhile
        sheet = sheets[entry.kind]
        tally = services.examine(session, entry, sheet, path=store.path(entry.sha256), tell=tell)
    entry = _locked(session, import_id, token)
    if tally is not None:
        services.note_check(session, entry, sheets[entry.kind], tally, at=clock.now())
    else:
        do(session, entry, work or Work.check, sheets, by=by, store=store, tell=tell)
    entry.work = None
    session.commit()


def do(
    session: Session,
    entry: LedgerImport,
    work: Work,
    sheets: Sheets,
    *,
    by: By,
    store: Store,
    tell: services.Tell = lambda _done, _total: None,
) -> None:
    """Do one piece of work in the running transaction."""
    sheet, path = sheets[entry.kind], store.path(entry.sha256)
    if work is Work.check:
        tally = services.examine(session, entry, sheet, path=path, tell=tell)
        services.note_check(session, entry, sheet, tally, at=clock.now())
    elif work is Work.commit:
        today, now = clock.today(), clock.now()
        services.commit(session, entry, sheet, by=by, on=today, at=now, path=path, tell=tell)
    else:
        withdrawal.undo(session, entry, sheets, by=by, at=clock.now(), tell=tell)


def _marked(session: Session, import_id: int, token: str) -> LedgerImport:
    entry = services.get(session, import_id)
    if entry.work is None or entry.work_token != token:
        raise WrongState(_("This work was given up."))
    return entry


def _locked(session: Session, import_id: int, token: str) -> LedgerImport:
    """Begin the transaction that writes, and hold the import in it."""
    session.rollback()
    writing(session)
    services.get(session, import_id, locked=True)
    return _marked(session, import_id, token)


def _give_up(session: Session, import_id: int, token: str, sheets: Sheets, refusal: DomainError) -> None:
    entry = _locked(session, import_id, token)
    if isinstance(refusal, services.FaultyRows):
        services.note_check(session, entry, sheets[entry.kind], refusal.tally, at=clock.now())
    entry.work, entry.trouble = None, str(refusal)[:LONGEST_TROUBLE]
    session.commit()
