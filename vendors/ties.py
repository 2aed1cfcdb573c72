"""Ties between officers and those who sell (Implementing Regulations, article 9), kept as digests only."""

from datetime import date
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.auth import User
from core.db import Model
from core.i18n import LazyString
from core.i18n import lazy_gettext as _

YEARS_BACK = 3


class TieKind(StrEnum):
    """What binds an officer to a vendor or to somebody of it."""

    employment = "employment"
    director = "director"
    shareholder = "shareholder"
    kinship = "kinship"
    other = "other"


TIE_LABELS: dict[TieKind, LazyString] = {
    TieKind.employment: _("Employed by the vendor within three years"),
    TieKind.director: _("Director or supervisor of the vendor within three years"),
    TieKind.shareholder: _("Controlling shareholder or controller of the vendor within three years"),
    TieKind.kinship: _("Spouse, near kin or near in-law of the vendor's head"),
    TieKind.other: _("Another relation that may affect fairness"),
}

# these count for three years after they have ended; kinship and the rest only as long as they last
LINGERING = frozenset({TieKind.employment, TieKind.director, TieKind.shareholder})


class Tie(Model):
    """What an officer has declared; who is meant is told only by the digests."""

    __tablename__ = "interest_ties"
    __table_args__ = (
        CheckConstraint("until >= since", name="until_after_since"),
        Index("ix_interest_ties_user_id", "user_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    kind: Mapped[TieKind]
    # by what the officer recognises the entry: the first character of a name, the end of a number
    hint: Mapped[str] = mapped_column(String(80))
    since: Mapped[date | None]
    until: Mapped[date | None]
    declared_on: Mapped[date]
    withdrawn_on: Mapped[date | None]

    user: Mapped[User] = relationship()
    marks: Mapped[list["TieMark"]] = relationship(cascade="all, delete-orphan", order_by="TieMark.id")

    def counts(self, on: date) -> bool:
        """Tell whether it binds on a day."""
        if self.withdrawn_on is not None and self.withdrawn_on <= on:
            return False
        return self.until is None or on <= last_day(self.kind, self.until)


def last_day(kind: TieKind, until: date) -> date:
    """Return the last day on which a tie counts that ended on a day."""
    if kind not in LINGERING:
        return until
    try:
        return until.replace(year=until.year + YEARS_BACK)
    except ValueError:  # 29 February
        return until.replace(year=until.year + YEARS_BACK, day=28)


class TieMark(Model):
    """One digest by which a tie is recognised."""

    __tablename__ = "tie_marks"
    __table_args__ = (Index("ix_tie_marks_tie_id", "tie_id"), Index("ix_tie_marks_digest", "digest"))

    id: Mapped[int] = mapped_column(primary_key=True)
    tie_id: Mapped[int] = mapped_column(ForeignKey("interest_ties.id"))
    digest: Mapped[str] = mapped_column(String(64))


class TieClearance(Model):
    """Why what looked like a tie is none: another person of the same name, for instance."""

    __tablename__ = "tie_clearances"
    __table_args__ = (UniqueConstraint("tie_id", "vendor_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    tie_id: Mapped[int] = mapped_column(ForeignKey("interest_ties.id"))
    vendor_id: Mapped[int] = mapped_column(ForeignKey("vendors.id"))
    reason: Mapped[str] = mapped_column(String(500))
    cleared_on: Mapped[date]
    cleared_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
