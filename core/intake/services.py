"""Attach a file that was taken in to a record, within its quota; say whether it may leave the house."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table, func, select
from sqlalchemy.orm import Session

from core import audit
from core.auth import By, User
from core.documents import Document, ScanState
from core.errors import InvalidInput, NotFound, WrongState
from core.i18n import lazy_gettext as _
from core.intake.models import PartialUpload
from core.intake.pipeline import Received
from core.kinds import Kinds
from core.organizations import beyond
from core.permissions import Permission, authorize_for
from core.records import Record

MEGABYTE = 1024 * 1024
RECORDS = cast(Table, Record.__table__)


@dataclass(frozen=True)
class Limits:
    """How large a file may be, and how much a record and a party from outside may hold."""

    file_bytes: int
    record_bytes: int
    record_files: int
    party_bytes: int
    party_files: int

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> "Limits":
        """Return what the settings allow."""
        return cls(
            int(config["MAX_UPLOAD_BYTES"]),
            int(config["RECORD_QUOTA_BYTES"]),
            int(config["RECORD_QUOTA_FILES"]),
            int(config["PARTY_QUOTA_BYTES"]),
            int(config["PARTY_QUOTA_FILES"]),
        )


def require_room(
    session: Session,
    record: Record,
    size: int,
    *,
    by: By,
    limits: Limits,
    upload: PartialUpload | None = None,
) -> None:
    """Raise InvalidInput when a file is too large, or past the quota of its record or of a party.

    An upload that has come to its end does not count beside the file that it becomes.
    """
    if size > limits.file_bytes:
        raise InvalidInput(
            {"file": _("The file is larger than %(limit)d MB.", limit=limits.file_bytes // MEGABYTE)}
        )
    own = upload.id if upload is not None else ""
    _require(_held_by_record(session, record.id, own), size, limits.record_bytes, limits.record_files)
    if by.party_id is not None:
        _require(_held_by_party(session, by.party_id, own), size, limits.party_bytes, limits.party_files)


def _require(held: tuple[int, int], size: int, most_bytes: int, most_files: int) -> None:
    count, held_bytes = held
    if count + 1 > most_files:
        raise InvalidInput(
            {"file": _("There are %(most)d files already: no more may be sent.", most=most_files)}
        )
    if held_bytes + size > most_bytes:
        raise InvalidInput({"file": _full(held_bytes, most_bytes)})


def _full(held: int, most: int) -> Any:
    return _(
        "There is no room left: %(held)d of %(most)d MB are used.",
        held=held // MEGABYTE,
        most=most // MEGABYTE,
    )


def _held_by_record(session: Session, record_id: int, upload_id: str) -> tuple[int, int]:
    kept, coming = Document.record_id == record_id, PartialUpload.record_id == record_id
    return _held(session, record_id, kept, coming, upload_id)


def _held_by_party(session: Session, party_id: int, upload_id: str) -> tuple[int, int]:
    people = select(User.id).where(User.party_id == party_id)
    kept, coming = Document.uploaded_by_id.in_(people), PartialUpload.user_id.in_(people)
    return _held(session, party_id, kept, coming, upload_id)


def _held(session: Session, holder: int, kept: Any, coming: Any, upload_id: str) -> tuple[int, int]:
    """Return how many files somebody holds and how large they are, those on their way among them."""
    # two uploads at once shall not both see the last room; SQLite has one writer anyway
    session.execute(select(RECORDS.c.id).where(RECORDS.c.id == holder).with_for_update(key_share=True))
    wanted = (
        select(func.count(), func.coalesce(func.sum(Document.size), 0)).where(
            kept, Document.scan_state != ScanState.infected
        ),
        select(func.count(), func.coalesce(func.sum(PartialUpload.size), 0)).where(
            coming, PartialUpload.document_id.is_(None), PartialUpload.id != upload_id
        ),
    )
    with beyond(session):
        rows = [session.execute(each).one() for each in wanted]
    return sum(int(row[0]) for row in rows), sum(int(row[1]) for row in rows)


def attach(
    session: Session,
    record: Record,
    received: Received,
    *,
    by: By,
    at: datetime,
    limits: Limits,
    label: str = "",
    upload: PartialUpload | None = None,
) -> Document:
    """Attach a file to a record, for the worker to scan next; what a party hands in, it sees again."""
    authorize_for(by, Permission.document_upload, record.party_id, own=Permission.portal_edit)
    require_room(session, record, received.stored.size, by=by, limits=limits, upload=upload)
    document = Document(
        record=record,
        organization_id=record.organization_id,
        shared=by.party_id is not None,
        label=label,
        filename=received.filename,
        media_type=received.stored.media_type,
        sha256=received.stored.sha256,
        size=received.stored.size,
        uploaded_at=at,
        uploaded_by_id=by.id,
        scan_state=ScanState.received,
        scan_due_at=at,
        findings=list(received.findings),
    )
    session.add(document)
    if upload is not None:
        upload.document = document
    facts = {"filename": document.filename, "sha256": document.sha256}
    if received.findings:
        facts["findings"] = ", ".join(received.findings)
    audit.record(session, record, "document.attach", by=by, **facts)
    return document


def find(session: Session, kinds: Kinds, document_id: int, *, by: By) -> Document:
    """Return a document of a record that the person may see, or raise NotFound."""
    found = session.scalars(select(Document).where(Document.id == document_id)).one_or_none()
    if found is None:
        raise NotFound
    # the record is looked up under the scope of the session: a relation would be loaded past it
    record = session.scalars(select(Record).where(Record.id == found.record_id)).one_or_none()
    if record is None or (by.party_id is None and not by.may(kinds.of(record).view)):
        raise NotFound
    return found


def listing(session: Session, record: Record) -> Sequence[Document]:
    """Return the documents of a record, the newest first."""
    found = select(Document).where(Document.record_id == record.id).order_by(Document.id.desc())
    return session.scalars(found).all()


def is_released(document: Document, *, is_off: bool) -> bool:
    """Tell whether a file may leave the house: scanned and clean, or the scan is switched off on purpose."""
    waiting = (ScanState.received, ScanState.unscanned)
    return document.scan_state is ScanState.clean or (is_off and document.scan_state in waiting)


def require_released(document: Document, *, is_off: bool) -> None:
    """Raise WrongState for a file that may not leave the house."""
    if is_released(document, is_off=is_off):
        return
    if document.scan_state is ScanState.infected:
        raise WrongState(_("A virus was found in this file. It is locked away and cannot be opened."))
    raise WrongState(_("This file has not passed the virus scan yet. It can be opened once it has."))
