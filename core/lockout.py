"""Failed sign-ins: after too many, an address has to wait, whoever asks and whether or not it exists."""

from datetime import datetime, timedelta

from sqlalchemy import String, delete, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from core.db import BIG_ID, Model


class LoginFailure(Model):
    """One failed sign-in."""

    __tablename__ = "login_failures"

    id: Mapped[int] = mapped_column(BIG_ID, primary_key=True)
    email: Mapped[str] = mapped_column(String(255), index=True)
    ip: Mapped[str | None] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(index=True)


def is_locked(session: Session, email: str, *, at: datetime, tries: int, minutes: int) -> bool:
    """Return whether an address has used up its tries within the last minutes."""
    recent = select(func.count()).where(
        LoginFailure.email == _folded(email), LoginFailure.at > at - timedelta(minutes=minutes)
    )
    return session.scalars(recent.select_from(LoginFailure)).one() >= tries


def note_failure(session: Session, email: str, *, at: datetime, ip: str | None) -> None:
    """Count a failed try."""
    session.add(LoginFailure(email=_folded(email), ip=ip, at=at))


def forget(session: Session, email: str, *, before: datetime) -> None:
    """Drop an address's failures after it signed in, and everybody's old ones."""
    session.execute(delete(LoginFailure).where(LoginFailure.email == _folded(email)))
    session.execute(delete(LoginFailure).where(LoginFailure.at < before))


def _folded(email: str) -> str:
    return email.strip().lower()[:255]
