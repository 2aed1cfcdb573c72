"""Uploads that come in piece by piece: begun, continued from where they stopped, finished or given up.

How far one has come is the length of its file: a piece is on the disk before its answer leaves, and no
transaction is open while bytes come in.
"""

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.auth import By, User
from core.documents import FULL_DISK, Store, display_name
from core.errors import InvalidInput, NoRoom, NotFound, WrongState
from core.i18n import lazy_gettext as _
from core.intake import services
from core.intake.models import PartialUpload
from core.intake.services import Limits
from core.permissions import Permission, authorize_for
from core.records import Record

PIECE = 4 * 1024 * 1024
READ = 256 * 1024
LIFE = timedelta(hours=24)
MOST_OPEN = 20


@dataclass(frozen=True)
class Announced:
    """What is about to come."""

    filename: str
    size: int
    label: str = ""


def begin(
    session: Session,
    record: Record,
    announced: Announced,
    *,
    by: User,
    at: datetime,
    limits: Limits,
    store: Store,
) -> PartialUpload:
    """Begin an upload; its room is reserved until it is finished, given up or out of time."""
    authorize_for(by, Permission.document_upload, record.party_id, own=Permission.portal_edit)
    if announced.size < 1:
        raise InvalidInput({"file": _("The file is empty.")})
    opened = select(func.count()).where(
        PartialUpload.user_id == by.id, PartialUpload.document_id.is_(None), PartialUpload.expires_at > at
    )
    if (session.scalar(opened) or 0) >= MOST_OPEN:
        raise InvalidInput({"file": _("Too many uploads are under way. Finish one of them first.")})
    services.require_room(session, record, announced.size, limits=limits, by=by)
    store.require_room(announced.size)
    upload = PartialUpload(
        id=secrets.token_urlsafe(32),
        record=record,
        organization_id=record.organization_id,
        user_id=by.id,
        filename=display_name(announced.filename),
        label=announced.label,
        size=announced.size,
        created_at=at,
        expires_at=at + LIFE,
    )
    session.add(upload)
    session.flush()
    return upload


def find(session: Session, upload_id: str, *, by: By, at: datetime, locked: bool = False) -> PartialUpload:
    """Return somebody's own upload that has time left; raise NotFound for anything else."""
    wanted = select(PartialUpload).where(
        PartialUpload.id == upload_id, PartialUpload.user_id == by.id, PartialUpload.expires_at > at
    )
    if locked:
        wanted = wanted.with_for_update(of=PartialUpload).execution_options(populate_existing=True)
    found = session.scalars(wanted).one_or_none()
    if found is None:
        raise NotFound
    return found


def received(store: Store, upload_id: str) -> int:
    """Return how many bytes have come."""
    try:
        return path(store, upload_id).stat().st_size
    except FileNotFoundError:
        return 0


def add(store: Store, upload_id: str, stream: IO[bytes], *, offset: int, size: int) -> int:
    """Add a piece that begins at ``offset`` and return how many bytes there are then.

    Raises WrongState when another piece is being written or the upload stands elsewhere, and InvalidInput
    when more comes than was announced. A piece that breaks off counts as far as it came.
    """
    with _opened(store, upload_id) as file:
        at = file.seek(0, os.SEEK_END)
        if at != offset:
            raise WrongState(_("The upload stands at another place. It goes on from there."))
        most = min(size - at, PIECE)
        try:
            _copy(stream, file, most, store)
        except OSError as error:
            if error.errno in FULL_DISK:
                raise NoRoom from error
            raise
        return file.tell()


def _copy(stream: IO[bytes], file: IO[bytes], most: int, store: Store) -> None:
    while chunk := stream.read(READ):
        most -= len(chunk)
        if most < 0:
            raise InvalidInput({"file": _("More came than was announced. Begin the upload again.")})
        store.require_room(len(chunk))
        file.write(chunk)
    file.flush()
    os.fsync(file.fileno())


@contextmanager
def whole(store: Store, upload_id: str, size: int) -> Iterator[IO[bytes]]:
    """Open an upload that has come to its end."""
    with _opened(store, upload_id) as file:
        if file.seek(0, os.SEEK_END) != size:
            raise WrongState(_("The upload is not whole yet."))
        file.seek(0)
        yield file


def give_up(session: Session, store: Store, upload: PartialUpload) -> None:
    """Forget an upload."""
    path(store, upload.id).unlink(missing_ok=True)
    session.delete(upload)
    session.flush()


def sweep(session: Session, store: Store, *, at: datetime) -> int:
    """Forget every upload that is out of time, and files that belong to none; return how many uploads."""
    late = session.scalars(select(PartialUpload).where(PartialUpload.expires_at <= at)).all()
    for upload in late:
        give_up(session, store, upload)
    folder = path(store, "x").parent
    for stray in folder.iterdir() if folder.is_dir() else ():
        if stray.stat().st_mtime < (at - 2 * LIFE).timestamp():
            stray.unlink(missing_ok=True)
    return len(late)


def path(store: Store, upload_id: str) -> Path:
    """Return where the bytes of an upload lie until it is whole."""
    return store.root / "parts" / upload_id


@contextmanager
def _opened(store: Store, upload_id: str) -> Iterator[IO[bytes]]:
    place = path(store, upload_id)
    place.parent.mkdir(parents=True, exist_ok=True)
    with place.open("ab+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise WrongState(_("Another piece of this file is just being written.")) from error
        yield file
