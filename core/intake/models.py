"""A file that comes in piece by piece, until it is whole."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.db import Model
from core.documents import LONGEST_NAME, Document
from core.records import Attached, OfParty, Record


class PartialUpload(Model, Attached, OfParty):
    """An upload that was begun; how much of it has come is the length of its file, not a column."""

    __tablename__ = "partial_uploads"
    __table_args__ = (CheckConstraint("size > 0", name="size_positive"),)

    id: Mapped[str] = mapped_column(String(43), primary_key=True)
    record_id: Mapped[int] = mapped_column(ForeignKey("records.id", ondelete="CASCADE"), index=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    filename: Mapped[str] = mapped_column(String(LONGEST_NAME))
    label: Mapped[str] = mapped_column(String(80), default="")
    size: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    # what it became; the second call to finish it answers as the first
    document_id: Mapped[int | None] = mapped_column(ForeignKey("documents.id"), index=True)

    record: Mapped[Record] = relationship()
    document: Mapped[Document | None] = relationship()
