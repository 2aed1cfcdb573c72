"""A pick: by which method an agency was chosen for a commission, among whom, and why not the others."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.db import Model
from core.i18n import LazyString
from core.i18n import lazy_gettext as _
from core.records import Record
from vendors.commissions import Commission
from vendors.methods import PickMethod
from vendors.models import Vendor


class PickStatus(StrEnum):
    """How far a pick is."""

    open = "open"
    frozen = "frozen"
    picked = "picked"
    failed = "failed"
    cancelled = "cancelled"


PICK_STATUS_LABELS: dict[PickStatus, LazyString] = {
    PickStatus.open: _("Seed committed"),
    PickStatus.frozen: _("Candidates frozen"),
    PickStatus.picked: _("Picked"),
    PickStatus.failed: _("Failed"),
    PickStatus.cancelled: _("Cancelled"),
}

# a pick that still leads to an agency, or has
LIVE_PICKS = (PickStatus.open, PickStatus.frozen, PickStatus.picked)


class Pick(Record):
    """One selection among the members of a library.

    The seed is made when the pick opens and nobody sees it before the result; its hash is public from the
    start, that of the list of candidates from the day on which they are frozen.
    """

    __tablename__ = "picks"
    __mapper_args__: Any = {"polymorphic_identity": "pick"}
    __table_args__ = (
        Index("ix_picks_status_id", "status", "id"),
        CheckConstraint(
            "status NOT IN ('frozen', 'picked') OR (candidate_list IS NOT NULL AND list_hash IS NOT NULL)",
            name="frozen_list",
        ),
        CheckConstraint(
            "(status = 'picked') = (winner_id IS NOT NULL AND picked_on IS NOT NULL AND outcome IS NOT NULL)",
            name="picked_with_a_winner",
        ),
        CheckConstraint(
            "(status IN ('failed', 'cancelled')) = (status_reason IS NOT NULL)", name="reason_given"
        ),
    )

    id: Mapped[int] = mapped_column(ForeignKey("records.id"), primary_key=True)
    commission_id: Mapped[int] = mapped_column(ForeignKey("commissions.id"), index=True)
    status: Mapped[PickStatus] = mapped_column(default=PickStatus.open)
    method: Mapped[PickMethod]
    algorithm: Mapped[str] = mapped_column(String(30))
    opened_on: Mapped[date]
    seed: Mapped[str] = mapped_column(String(64), info={"secret": True})
    seed_hash: Mapped[str] = mapped_column(String(64))
    committed_at: Mapped[datetime]
    frozen_on: Mapped[date | None]
    # canonical JSON of those who may be picked, in the order of their numbers
    candidate_list: Mapped[str | None] = mapped_column(Text)
    list_hash: Mapped[str | None] = mapped_column(String(64))
    witnesses: Mapped[str | None] = mapped_column(String(300))
    # what a witness called out after the candidates were frozen, mixed into the draw
    called_out: Mapped[str | None] = mapped_column(String(100))
    # canonical JSON of what the result was computed from beside the list: the quotes, or the choice
    outcome: Mapped[str | None] = mapped_column(Text)
    picked_on: Mapped[date | None]
    winner_id: Mapped[int | None] = mapped_column(ForeignKey("vendors.id"))
    status_reason: Mapped[str | None] = mapped_column(String(500))

    commission: Mapped[Commission] = relationship(foreign_keys=[commission_id])
    winner: Mapped[Vendor | None] = relationship(foreign_keys=[winner_id])
    candidates: Mapped[list["Candidate"]] = relationship(
        back_populates="pick", order_by="Candidate.id", cascade="all, delete-orphan"
    )

    @property
    def eligible(self) -> list["Candidate"]:
        """Return the candidates that passed the gate."""
        return [candidate for candidate in self.candidates if candidate.is_eligible]


class Candidate(Model):
    """A member of the library as the gate found it on the day on which the list was frozen."""

    __tablename__ = "candidates"
    __table_args__ = (UniqueConstraint("pick_id", "vendor_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    pick_id: Mapped[int] = mapped_column(ForeignKey("picks.id"))
    vendor_id: Mapped[int] = mapped_column(ForeignKey("vendors.id"), index=True)
    is_eligible: Mapped[bool]
    # why not: codes of the gate with their particulars
    reasons: Mapped[list[Any]] = mapped_column(default=list)
    quote: Mapped[Decimal | None]
    is_winner: Mapped[bool] = mapped_column(default=False)

    pick: Mapped[Pick] = relationship(back_populates="candidates")
    vendor: Mapped[Vendor] = relationship(foreign_keys=[vendor_id])
