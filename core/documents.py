"""Documents: files kept by the digest of their content, attached to a record under their own name."""

import errno
import fcntl
import hashlib
import os
import shutil
import tempfile
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import IO, Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, String, and_
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.auth import User
from core.db import Model
from core.errors import InvalidInput, NoRoom, NotFound
from core.i18n import LazyString
from core.i18n import lazy_gettext as _
from core.records import Attached, OfParty, Record, of_party_index

CHUNK = 1024 * 1024
LONGEST_NAME = 120

FULL_DISK = frozenset({errno.ENOSPC, errno.EDQUOT})


class ScanState(StrEnum):
    """What is known of a file's viruses; only a clean one leaves the house."""

    received = "received"
    scanning = "scanning"
    clean = "clean"
    infected = "infected"
    failed = "failed"
    # taken in while the scanner was switched off on purpose
    unscanned = "unscanned"


SCAN_LABELS: dict[ScanState, LazyString] = {
    ScanState.received: _("Waits for the virus scan"),
    ScanState.scanning: _("Being scanned"),
    ScanState.clean: _("No virus found"),
    ScanState.infected: _("Virus found"),
    ScanState.failed: _("Virus scan failed"),
    ScanState.unscanned: _("Not scanned"),
}


class Document(Model, Attached, OfParty):
    """A file attached to a record; ``sha256`` is where its bytes lie."""

    __tablename__ = "documents"
    __table_args__ = (
        CheckConstraint("size >= 0", name="size_not_negative"),
        of_party_index("ix_documents_party_id_id", "party_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    record_id: Mapped[int] = mapped_column(ForeignKey("records.id"), index=True)
    label: Mapped[str] = mapped_column(String(80), default="")
    filename: Mapped[str] = mapped_column(String(LONGEST_NAME))
    media_type: Mapped[str] = mapped_column(String(100))
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    size: Mapped[int] = mapped_column(BigInteger)
    uploaded_at: Mapped[datetime]
    uploaded_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    # handed in by the party that the record concerns, or shown to it on purpose
    shared: Mapped[bool] = mapped_column(default=False)
    scan_state: Mapped[ScanState] = mapped_column(default=ScanState.received)
    # when the worker next has something to do with it; none when it is done
    scan_due_at: Mapped[datetime | None] = mapped_column(index=True)
    scan_tries: Mapped[int] = mapped_column(default=0)
    # the name of the virus, or why the scan failed
    scan_note: Mapped[str] = mapped_column(String(200), default="")
    scanned_at: Mapped[datetime | None]
    # what was noticed in it that acts by itself: codes of core.intake.wording
    findings: Mapped[list[Any]] = mapped_column(default=list)
    # how many pages are drawn
    previews: Mapped[int] = mapped_column(default=0)

    record: Mapped[Record] = relationship()
    uploaded_by: Mapped[User | None] = relationship()

    @classmethod
    def shown_to(cls, party: int) -> Any:
        """Return the condition under which a party sees a document: its own, and shared."""
        return and_(cls.party_id == party, cls.shared.is_(True))


@dataclass(frozen=True)
class Stored:
    """Where bytes came to lie."""

    sha256: str
    size: int
    media_type: str


class Store:
    """A directory of files named by their SHA-256 digest; so much of its disk is left free."""

    def __init__(self, root: Path, *, least_free: int = 0) -> None:
        self.root = root
        self.least_free = least_free

    def path(self, sha256: str) -> Path:
        """Return where the bytes with this digest lie."""
        return self.root / sha256[:2] / sha256[2:4] / sha256

    def preview(self, sha256: str, number: int | str) -> Path:
        """Return where the drawing of a page lies."""
        return self.root / "previews" / sha256[:2] / f"{sha256}-{number}.png"

    def require_room(self, size: int) -> None:
        """Raise NoRoom when the disk would be left with too little."""
        self.root.mkdir(parents=True, exist_ok=True)
        if shutil.disk_usage(self.root).free - size < self.least_free:
            raise NoRoom

    def keep(self, stream: IO[bytes], *, at_most: int, type_of: Callable[[Path], str]) -> Stored:
        """Take in a stream, refuse it past ``at_most`` bytes, and return its digest, size and type.

        The bytes are on the disk before this returns: written, synced, then renamed into place.
        ``type_of`` says what kind of file is accepted, and refuses the rest.
        """
        self.require_room(0)
        with tempfile.NamedTemporaryFile(dir=self.root, prefix="incoming-", delete=False) as part:
            try:
                stored = self._copy(stream, part, at_most, type_of)
            except BaseException as error:
                os.unlink(part.name)
                if isinstance(error, OSError) and error.errno in FULL_DISK:
                    raise NoRoom from error
                raise
        final = self.path(stored.sha256)
        final.parent.mkdir(parents=True, exist_ok=True)
        with self._alone():
            os.replace(part.name, final)
        _sync_directory(final.parent)
        return stored

    def discard(self, path: Path, *, before: float) -> bool:
        """Remove a file that nobody refers to, unless it was written since; return whether it is gone."""
        with self._alone():
            try:
                is_old = path.stat().st_mtime < before
            except FileNotFoundError:
                return False
            if is_old:
                path.unlink()
        return is_old

    def read(self, sha256: str) -> Iterator[bytes]:
        """Yield the bytes with this digest; raise NotFound at once for what was locked away."""
        try:
            file = self.path(sha256).open("rb")
        except FileNotFoundError as error:
            raise NotFound from error
        return _pieces(file)

    def lock_away(self, sha256: str) -> None:
        """Put a file where nothing reads it."""
        locked = self._locked(sha256)
        locked.parent.mkdir(parents=True, exist_ok=True)
        path = self.path(sha256)
        if path.exists():
            path.chmod(0o400)
            os.replace(path, locked)
            _sync_directory(locked.parent)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        # whoever finds a file old and removes it shall not remove the one that has just taken its place
        with (self.root / ".lock").open("a", encoding="ascii") as door:
            fcntl.flock(door, fcntl.LOCK_EX)
            yield

    def _locked(self, sha256: str) -> Path:
        return self.root / "quarantine" / sha256

    def _copy(
        self, stream: IO[bytes], part: IO[bytes], at_most: int, type_of: Callable[[Path], str]
    ) -> Stored:
        digest, size = hashlib.sha256(), 0
        while chunk := stream.read(CHUNK):
            size += len(chunk)
            if size > at_most:
                raise InvalidInput(
                    {"file": _("The file is larger than %(limit)d MB.") % {"limit": at_most // (1024 * 1024)}}
                )
            self.require_room(len(chunk))
            digest.update(chunk)
            part.write(chunk)
        if not size:
            raise InvalidInput({"file": _("The file is empty.")})
        if self._locked(digest.hexdigest()).exists():
            raise InvalidInput({"file": _("A virus was found in this very file before. It is not taken in.")})
        part.flush()
        os.fsync(part.fileno())
        return Stored(digest.hexdigest(), size, type_of(Path(part.name)))


def display_name(filename: str) -> str:
    """Return a name that is safe to show: Chinese kept, folders, control and direction marks removed."""
    name = unicodedata.normalize("NFC", filename).replace("\\", "/").rsplit("/", 1)[-1]
    name = "".join(filter(_is_shown, name))
    name = name.strip(" .") or "file"
    stem, dot, suffix = name.rpartition(".")
    if len(name) <= LONGEST_NAME or not dot:
        return name[:LONGEST_NAME]
    return f"{stem[: LONGEST_NAME - len(suffix) - 1]}.{suffix}"


def _is_shown(letter: str) -> bool:
    if "\U00020000" <= letter <= "\U0003fffd":  # rare Chinese letters, younger than this Python's tables
        return True
    return unicodedata.category(letter) not in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while chunk := file.read(CHUNK):
            yield chunk


def _sync_directory(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
