"""Files that nobody refers to any more: taken in for a form that was never finished, or left by a crash."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Table, select, union
from sqlalchemy.orm import Session

from core.db import Model
from core.documents import Store
from core.organizations import beyond

logger = logging.getLogger(__name__)

AT_ONCE = 500
NAME = 64
HEXADECIMAL = frozenset("0123456789abcdef")


@dataclass
class Collected:
    """What was found, and removed unless it was only asked for."""

    files: list[str] = field(default_factory=list)
    size: int = 0


def collect(
    session: Session, store: Store, *, at: datetime, older_than: timedelta, is_dry: bool = False
) -> Collected:
    """Remove the files to which no row refers and which nobody has written to for so long.

    Whoever takes the same content in again writes its file anew, so that its age begins again: what comes
    in while this runs is young. What is locked away stays, so that it is recognised.
    """
    found = Collected()
    limit = (at - older_than).timestamp()
    for folder in _folders(store):
        old = [file for file in folder.iterdir() if _is_old(file, limit)]
        for start in range(0, len(old), AT_ONCE):
            some = old[start : start + AT_ONCE]
            known = _referred(session, [file.name for file in some])
            for file in some:
                if file.name not in known:
                    _take(store, file, limit, found, is_dry=is_dry)
    for stray in store.root.glob("incoming-*"):
        if _is_old(stray, limit):
            _take(store, stray, limit, found, is_dry=is_dry)
    if found.files:
        verb = "would remove" if is_dry else "removed"
        logger.info("%s %d files without an owner, %d bytes", verb, len(found.files), found.size)
    return found


def _folders(store: Store) -> Iterator[Path]:
    for first in sorted(store.root.glob("[0-9a-f][0-9a-f]")):
        yield from sorted(first.glob("[0-9a-f][0-9a-f]"))


def _is_old(file: Path, limit: float) -> bool:
    is_content = len(file.name) == NAME and set(file.name) <= HEXADECIMAL
    try:
        return (is_content or file.name.startswith("incoming-")) and file.stat().st_mtime < limit
    except FileNotFoundError:
        return False


def _referred(session: Session, digests: list[str]) -> set[str]:
    """Return which digests some row names: every table that has a column for one is asked."""
    tables: list[Table] = [table for table in Model.metadata.sorted_tables if "sha256" in table.c]
    named = union(*(select(table.c.sha256).where(table.c.sha256.in_(digests)) for table in tables))
    with beyond(session):
        return set(session.execute(named).scalars())


def _take(store: Store, file: Path, limit: float, found: Collected, *, is_dry: bool) -> None:
    size = file.stat().st_size if file.exists() else 0
    if not is_dry and not store.discard(file, before=limit):
        return
    found.files.append(file.name)
    found.size += size
    if not is_dry:
        for drawing in store.preview(file.name, 1).parent.glob(f"{file.name}-*.png"):
            drawing.unlink(missing_ok=True)
