"""What the worker does with files that came in: scan them for viruses, draw previews, forget unfinished ones.

No transaction is open while the scanner or the drawing is at work; what a worker took and never brought back
is taken again when its time is up.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from core import audit, memos
from core.auth import SYSTEM, User
from core.db import writing
from core.documents import Document, ScanState, Store
from core.i18n import lazy_gettext as _
from core.intake import parts
from core.intake.antivirus import ScanFailed, Scanner
from core.intake.apart import EXAMINER, Examiner
from core.intake.families import MEDIA_TYPES, FileKind
from core.permissions import RoleName

logger = logging.getLogger(__name__)

Moment = Callable[[Session], datetime]

MOST_AT_ONCE = 50
LEASE = timedelta(minutes=10)
FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(hours=1)
LONGEST_NOTE = 200
# a scanner that is silent for a moment is nobody's news; a file that it refuses is at once
TOLD_AT_TRY = {True: 3, False: 1}
INFECTED = memos.declare(
    "document.infected",
    _(
        "A virus was found in %(filename)s (%(number)s): the file is locked away. Check the computer that it"
        " came from, and hand in a clean file."
    ),
)
FAILED = memos.declare(
    "document.failed",
    _(
        "%(filename)s (%(number)s) could not be scanned for viruses and stays closed;"
        " the scan is tried again."
    ),
)
DRAWN = {MEDIA_TYPES[kind]: kind for kind in (FileKind.pdf, FileKind.jpg, FileKind.png)}


@dataclass(frozen=True)
class Desk:
    """What the work is done with; without a scanner, files wait unless the scan is switched off."""

    store: Store
    scanner: Scanner | None
    is_off: bool = False
    examiner: Examiner = EXAMINER


@dataclass(frozen=True)
class Outcome:
    """What became of one file."""

    state: ScanState
    note: str = ""
    is_silent: bool = False
    previews: int = 0


def scan_all(session: Session, desk: Desk, *, moment: Moment) -> int:
    """Work through what is due, one file after another, and return how many were brought to an end.

    A scanner that does not answer is asked once; the rest waits for the next tick.
    """
    if desk.scanner is None and not desk.is_off:
        return 0
    done = 0
    for _turn in range(MOST_AT_ONCE):
        document_id = _take(session, desk, moment)
        if document_id is None:
            break
        outcome = _work(session, desk, document_id)
        _enter(session, desk, document_id, outcome, moment)
        if outcome.is_silent:
            break
        done += outcome.state is not ScanState.failed
    return done


def sweep(session: Session, store: Store, *, moment: Moment) -> int:
    """Forget uploads that were never finished."""
    now = moment(session)
    session.rollback()
    writing(session)
    count = parts.sweep(session, store, at=now)
    session.commit()
    return count


def _take(session: Session, desk: Desk, moment: Moment) -> int | None:
    now = moment(session)
    due = Document.scan_due_at <= now
    if desk.scanner is not None:  # the scanner is back: what was let through without it is scanned now
        due = or_(due, (Document.scan_state == ScanState.unscanned) & Document.scan_due_at.is_(None))
    wanted = select(Document).where(due).order_by(Document.scan_due_at, Document.id).limit(1)
    if session.scalars(wanted.with_only_columns(Document.id)).first() is None:
        session.rollback()
        return None
    session.rollback()
    writing(session)
    document = session.scalars(wanted.with_for_update(of=Document, skip_locked=True)).first()
    if document is not None:
        document.scan_due_at = now + LEASE
        if desk.scanner is not None:
            document.scan_state = ScanState.scanning
    taken = document.id if document is not None else None
    session.commit()
    return taken


def _work(session: Session, desk: Desk, document_id: int) -> Outcome:
    document = session.get_one(Document, document_id)
    sha256, kind = document.sha256, DRAWN.get(document.media_type)
    session.rollback()
    path = desk.store.path(sha256)
    state = ScanState.unscanned
    if desk.scanner is not None:
        try:
            virus = desk.scanner.scan(path)
        except ScanFailed as failure:
            logger.warning("document %d was not scanned: %s", document_id, failure)
            return Outcome(ScanState.failed, str(failure), failure.is_silent and path.exists())
        if virus:
            return Outcome(ScanState.infected, virus)
        state = ScanState.clean
    return Outcome(state, previews=_draw(desk, sha256, kind) if kind is not None else 0)


def _draw(desk: Desk, sha256: str, kind: FileKind) -> int:
    target = desk.store.preview(sha256, "{}")
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        return desk.examiner.draw(desk.store.path(sha256), kind, target)
    except OSError:
        logger.exception("no preview of %s", sha256)
        return 0


def _enter(session: Session, desk: Desk, document_id: int, outcome: Outcome, moment: Moment) -> None:
    now = moment(session)
    session.rollback()
    writing(session)
    document = session.get(Document, document_id)
    if document is None:  # taken back meanwhile
        session.rollback()
        return
    if outcome.state is ScanState.infected:
        _lock_away(session, desk, document.sha256, outcome.note, now)
    else:
        document.scan_state, document.scan_note = outcome.state, outcome.note[:LONGEST_NOTE]
        document.scan_tries += 1
        document.previews = outcome.previews
        is_done = outcome.state is not ScanState.failed
        document.scanned_at = now if outcome.state is ScanState.clean else None
        document.scan_due_at = None if is_done else now + _wait(document.scan_tries)
        if not is_done and document.scan_tries == TOLD_AT_TRY[outcome.is_silent]:
            place = document.record.organization
            administrators = memos.holders(session, RoleName.administrator, of=place)
            _tell(session, FAILED, document, *administrators)
    session.commit()


def _wait(tries: int) -> timedelta:
    """Return how long to wait after so many tries: twice as long each time, up to an hour."""
    return min(LONGEST_WAIT, FIRST_WAIT * (1 << min(tries - 1, 10)))


def _lock_away(session: Session, desk: Desk, sha256: str, virus: str, now: datetime) -> None:
    """Lock a file away, wherever it is attached, and say so in the trail of each record."""
    logger.error("virus %s in %s: locked away", virus, sha256)
    desk.store.lock_away(sha256)
    for number in range(1, 10):
        desk.store.preview(sha256, number).unlink(missing_ok=True)
    for document in session.scalars(select(Document).where(Document.sha256 == sha256)):
        document.scan_state, document.scan_note = ScanState.infected, virus[:LONGEST_NOTE]
        document.scan_due_at, document.scanned_at, document.previews = None, now, 0
        facts = {"filename": document.filename, "sha256": sha256, "virus": virus[:LONGEST_NOTE]}
        audit.record(session, document.record, "document.infected", by=SYSTEM, **facts)
        _tell(session, INFECTED, document)


def _tell(session: Session, what: str, document: Document, *others: User) -> None:
    """Tell whoever handed a file in, and whoever answers for its record."""
    people = [document.uploaded_by, document.record.owner, *others]
    memos.tell(session, what, people, document.record, filename=document.filename)
