"""What somebody is told once, in the inbox: that something happened which is theirs to know or to decide."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import JSON, ForeignKey, Index, String, Table, func, select, text, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from core.auth import Role, User
from core.db import Model
from core.i18n import LazyString, Text
from core.organizations import Organization, beyond
from core.permissions import RoleName
from core.records import Record

SHOWN = 50
_texts: dict[str, LazyString] = {}


class Memo(Model):
    """One thing told to one person; its words are made in the reader's language, from the facts."""

    __tablename__ = "memos"
    __table_args__ = (
        Index(
            "ix_memos_unread",
            "recipient_id",
            "id",
            postgresql_where=text("read_at IS NULL"),
            sqlite_where=text("read_at IS NULL"),
        ),
        Index("ix_memos_recipient_id_id", "recipient_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    recipient_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    what: Mapped[str] = mapped_column(String(60))
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)
    record_id: Mapped[int | None] = mapped_column(ForeignKey("records.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(default=func.now())
    read_at: Mapped[datetime | None]

    @property
    def words(self) -> Text:
        """Return what is told, in the reader's language."""
        known = _texts.get(self.what)
        return known % self.facts if known is not None else self.what


MEMOS = cast(Table, Memo.__table__)


def declare(what: str, words: LazyString) -> str:
    """Give a kind of memo its words, whose gaps are filled from the facts; return its name."""
    _texts[what] = words
    return what


def tell(session: Session, what: str, people: Iterable[User | None], record: Record, **facts: Any) -> None:
    """Tell people something about a record; each is told once, those whose account is closed not at all."""
    if what not in _texts:
        raise KeyError(what)
    known = {person.id: person for person in people if person is not None and person.active}
    for recipient in sorted(known):
        told = {"number": record.number, "title": record.title} | facts
        session.add(Memo(recipient_id=recipient, what=what, facts=told, record_id=record.id))


def people_of(session: Session, party_id: int | None) -> Sequence[User]:
    """Return everybody who holds an open account of an outside party."""
    if party_id is None:
        return []
    with beyond(session):
        return session.scalars(select(User).where(User.party_id == party_id, User.active)).all()


def holders(session: Session, role: RoleName, *, of: Organization) -> Sequence[User]:
    """Return the people who hold a role in an organization or in one above it."""
    answers = (User.organization_id.in_(of.steps), User.roles.any(Role.name == role))
    with beyond(session):
        return session.scalars(select(User).where(User.party_id.is_(None), User.active, *answers)).all()


def of(session: Session, user_id: int, *, is_read: bool = False) -> Sequence[Memo]:
    """Return what somebody was told, the newest first."""
    state = Memo.read_at.is_not(None) if is_read else Memo.read_at.is_(None)
    wanted = select(Memo).where(Memo.recipient_id == user_id, state)
    return session.scalars(wanted.order_by(Memo.id.desc()).limit(SHOWN)).all()


def acknowledge(session: Session, memo_ids: Collection[int], *, by: User, at: datetime) -> int:
    """Take these memos out of somebody's inbox; those of others stay."""
    own = (MEMOS.c.id.in_(memo_ids), MEMOS.c.recipient_id == by.id, MEMOS.c.read_at.is_(None))
    return int(session.connection().execute(update(MEMOS).where(*own).values(read_at=at)).rowcount)
