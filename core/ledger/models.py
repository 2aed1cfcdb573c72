"""What is kept of an import: the file, how it was read, what was found, and which records it made."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.auth import User
from core.db import Model
from core.i18n import LazyString
from core.i18n import lazy_gettext as _
from core.organizations import Organization
from core.records import Attached


class ImportState(StrEnum):
    """How far an import has come."""

    received = "received"
    checked = "checked"
    done = "done"
    undone = "undone"


IMPORT_LABELS: dict[ImportState, LazyString] = {
    ImportState.received: _("Columns to be confirmed"),
    ImportState.checked: _("Checked"),
    ImportState.done: _("Taken in"),
    ImportState.undone: _("Taken back"),
}


class Work(StrEnum):
    """What is being done to an import, in the request or in a process of its own."""

    check = "check"
    commit = "commit"
    undo = "undo"


WORK_LABELS: dict[Work, LazyString] = {
    Work.check: _("Checking the rows"),
    Work.commit: _("Taking the rows in"),
    Work.undo: _("Taking the import back"),
}


class LedgerImport(Model, Attached):
    """One file of an office's ledger, from its upload to the records that it became."""

    __tablename__ = "ledger_imports"
    __table_args__ = (
        Index("ix_ledger_imports_organization_id_id", "organization_id", "id"),
        CheckConstraint("(state = 'received') = (checked_at IS NULL)", name="checked_has_a_moment"),
        CheckConstraint(
            "(state IN ('done', 'undone')) = (committed_at IS NOT NULL)", name="committed_has_a_moment"
        ),
        CheckConstraint("(state = 'undone') = (undone_at IS NOT NULL)", name="undone_has_a_moment"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id"))
    kind: Mapped[str] = mapped_column(String(20))
    filename: Mapped[str] = mapped_column(String(120))
    # where the bytes lie in the document store
    sha256: Mapped[str] = mapped_column(String(64))
    size: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[ImportState] = mapped_column(default=ImportState.received)
    # how it is read: sheet, headings, columns, units
    plan: Mapped[dict[str, Any]]
    # what the check found: counts, the first problems and warnings, the first rows
    report: Mapped[dict[str, Any] | None]
    problem_count: Mapped[int] = mapped_column(default=0)
    fresh_count: Mapped[int] = mapped_column(default=0)
    existing_count: Mapped[int] = mapped_column(default=0)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime]
    checked_at: Mapped[datetime | None]
    committed_at: Mapped[datetime | None]
    undone_at: Mapped[datetime | None]
    undone_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    # what a process of its own is doing, and under which name it reports
    work: Mapped[Work | None]
    work_token: Mapped[str] = mapped_column(String(32), default="")
    # why the last work came to nothing, in the words of whoever asked for it
    trouble: Mapped[str] = mapped_column(String(1000), default="")

    organization: Mapped[Organization] = relationship()
    created_by: Mapped[User | None] = relationship(foreign_keys=[created_by_id])
    undone_by: Mapped[User | None] = relationship(foreign_keys=[undone_by_id])


class LedgerRecord(Model):
    """A record that an import made; what an undo has to remove."""

    __tablename__ = "ledger_records"

    import_id: Mapped[int] = mapped_column(ForeignKey("ledger_imports.id"), primary_key=True)
    record_id: Mapped[int] = mapped_column(
        ForeignKey("records.id", ondelete="CASCADE"), primary_key=True, unique=True
    )
    # of the file
    row: Mapped[int]


class LedgerMapping(Model):
    """A mapping that an organization has confirmed for a set of headings, to be offered again."""

    __tablename__ = "ledger_mappings"
    __table_args__ = (UniqueConstraint("organization_id", "kind", "fingerprint"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id"))
    kind: Mapped[str] = mapped_column(String(20))
    fingerprint: Mapped[str] = mapped_column(String(64))
    # column -> position
    columns: Mapped[dict[str, Any]]
    used_at: Mapped[datetime]
