"""Forms that have one effect, however often they are sent: each carries a key that is spent with it."""

from datetime import datetime, timedelta
from secrets import token_hex
from typing import Any, cast

from sqlalchemy import ForeignKey, Index, String, Table, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from core.auth import User
from core.db import Model
from core.errors import WrongState
from core.i18n import lazy_gettext as _

KEY_BYTES = 16
KEPT = timedelta(days=7)


class Submission(Model):
    """A form that somebody has sent, and where it led."""

    __tablename__ = "form_submissions"
    __table_args__ = (Index("ix_form_submissions_user_id_at", "user_id", "at"),)

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)
    key: Mapped[str] = mapped_column(String(KEY_BYTES * 2), primary_key=True)
    at: Mapped[datetime]
    target: Mapped[str] = mapped_column(String(500), default="")


SUBMISSIONS = cast(Table, Submission.__table__)
INSERTS: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


def new_key() -> str:
    """Return a key for a form that is about to be shown."""
    return token_hex(KEY_BYTES)


def claim(session: Session, key: str, *, by: User, at: datetime) -> str | None:
    """Spend a key in this transaction; return where the form led when it has been spent before.

    Whoever sends the same form at the same time waits here until the first has ended: either the effect is
    there, or the key is free again.
    """
    if len(key) != KEY_BYTES * 2:
        raise WrongState(_("The page was open too long. Send it once more."))
    connection = session.connection()
    row = {"user_id": by.id, "key": key, "at": at, "target": ""}
    made = INSERTS[session.get_bind().dialect.name](SUBMISSIONS).values(row).on_conflict_do_nothing()
    if connection.execute(made.returning(SUBMISSIONS.c.key)).first() is not None:
        old = (SUBMISSIONS.c.user_id == by.id, SUBMISSIONS.c.at < at - KEPT)
        connection.execute(delete(SUBMISSIONS).where(*old))
        return None
    own = (SUBMISSIONS.c.user_id == by.id, SUBMISSIONS.c.key == key)
    return str(connection.execute(select(SUBMISSIONS.c.target).where(*own)).scalar_one())


def spent(session: Session, key: str, *, by: User) -> str | None:
    """Return where a form has led that was sent before, without waiting for one that is on its way."""
    own = (SUBMISSIONS.c.user_id == by.id, SUBMISSIONS.c.key == key, SUBMISSIONS.c.target != "")
    return session.connection().execute(select(SUBMISSIONS.c.target).where(*own)).scalar_one_or_none()


def settle(session: Session, key: str, *, by: User, target: str) -> None:
    """Keep where a form led, for whoever sends it once more."""
    own = (SUBMISSIONS.c.user_id == by.id, SUBMISSIONS.c.key == key)
    session.connection().execute(update(SUBMISSIONS).where(*own).values(target=target))
