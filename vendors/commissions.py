"""A commission: one task that an enterprise or the office gives to one agency, and how it went."""

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.db import Model
from core.documents import Document
from core.i18n import LazyString
from core.i18n import lazy_gettext as _
from core.records import Record
from vendors.libraries import Library
from vendors.models import Vendor
from vendors.report_types import ReportType

PROMISE = "commission_promise"


class CommissionStatus(StrEnum):
    """How far a commission is."""

    requested = "requested"
    accepted = "accepted"
    working = "working"
    paused = "paused"
    delivered = "delivered"
    accepted_by_authority = "accepted_by_authority"
    rated = "rated"
    cancelled = "cancelled"


COMMISSION_STATUS_LABELS: dict[CommissionStatus, LazyString] = {
    CommissionStatus.requested: _("Requested"),
    CommissionStatus.accepted: _("Accepted by the agency"),
    CommissionStatus.working: _("Being worked on"),
    CommissionStatus.paused: _("Paused"),
    CommissionStatus.delivered: _("Delivered"),
    CommissionStatus.accepted_by_authority: _("Accepted by the authority"),
    CommissionStatus.rated: _("Rated"),
    CommissionStatus.cancelled: _("Cancelled"),
}


class ClientKind(StrEnum):
    """Who commissions an agency."""

    enterprise = "enterprise"
    office = "office"


CLIENT_LABELS: dict[ClientKind, LazyString] = {
    ClientKind.enterprise: _("Enterprise in the zone"),
    ClientKind.office: _("The office"),
}


class PauseCause(StrEnum):
    """Who or what a commission waits for."""

    owner = "owner"
    authority = "authority"
    agency = "agency"
    force_majeure = "force_majeure"


PAUSE_LABELS: dict[PauseCause, LazyString] = {
    PauseCause.owner: _("The enterprise"),
    PauseCause.authority: _("The approving authority"),
    PauseCause.agency: _("The agency itself"),
    PauseCause.force_majeure: _("Force majeure"),
}

# what stops the promised limit, by the cause that the catalogue of deadlines knows; an agency's own does not
EXCUSED: dict[PauseCause, str] = {
    PauseCause.owner: "commission_owner",
    PauseCause.authority: "commission_authority",
    PauseCause.force_majeure: "commission_force_majeure",
}


class Commission(Record):
    """One task for one agency; ``title`` says what for, ``owner`` is the officer who accompanies it."""

    __tablename__ = "commissions"
    __mapper_args__: Any = {"polymorphic_identity": "commission"}
    party_key = "vendor_id"
    __table_args__ = (
        Index("ix_commissions_status_id", "status", "id"),
        # how much one agency got lately, and what the ranking is recomputed from
        Index("ix_commissions_library_id_vendor_id_chosen_on", "library_id", "vendor_id", "chosen_on"),
        Index("ix_commissions_authority_accepted_on_id", "authority_accepted_on", "id"),
        CheckConstraint("promised_days > 0", name="promised_days_positive"),
        CheckConstraint("(vendor_id IS NULL) = (chosen_on IS NULL)", name="chosen_on"),
        CheckConstraint(
            "status IN ('requested', 'cancelled') OR (vendor_id IS NOT NULL AND accepted_on IS NOT NULL)",
            name="accepted_by_somebody",
        ),
        CheckConstraint(
            "status NOT IN ('delivered', 'accepted_by_authority', 'rated')"
            " OR (delivered_on IS NOT NULL AND delivered_on >= accepted_on)",
            name="delivered_on",
        ),
        CheckConstraint(
            "status NOT IN ('accepted_by_authority', 'rated')"
            " OR (authority_accepted_on IS NOT NULL AND handling_days IS NOT NULL"
            " AND agreed_fee IS NOT NULL)",
            name="accepted_with_figures",
        ),
        CheckConstraint("(status = 'rated') = (rating IS NOT NULL)", name="rated_with_stars"),
        CheckConstraint("(status = 'cancelled') = (status_reason IS NOT NULL)", name="reason_given"),
        CheckConstraint("handling_days >= 0", name="handling_days_not_negative"),
    )

    id: Mapped[int] = mapped_column(ForeignKey("records.id"), primary_key=True)
    library_id: Mapped[int] = mapped_column(ForeignKey("libraries.id"))
    vendor_id: Mapped[int | None] = mapped_column(ForeignKey("vendors.id"), index=True)
    status: Mapped[CommissionStatus] = mapped_column(default=CommissionStatus.requested)
    report_type: Mapped[ReportType]
    client_kind: Mapped[ClientKind] = mapped_column(default=ClientKind.enterprise)
    client_name: Mapped[str] = mapped_column(String(200))
    client_code: Mapped[str | None] = mapped_column(String(18))
    # what the published list allowed on the day of the request, and what was agreed
    list_fee: Mapped[Decimal | None]
    agreed_fee: Mapped[Decimal | None]
    # working days from the acceptance by the agency to that by the authority
    promised_days: Mapped[int]
    requested_on: Mapped[date]
    chosen_on: Mapped[date | None]
    accepted_on: Mapped[date | None]
    started_on: Mapped[date | None]
    delivered_on: Mapped[date | None]
    authority_accepted_on: Mapped[date | None]
    rated_on: Mapped[date | None]
    status_reason: Mapped[str | None] = mapped_column(String(500))
    # working days that the agency itself took, kept from the day on which the authority accepted
    handling_days: Mapped[int | None]
    financing_amount: Mapped[Decimal | None]
    filings: Mapped[int | None]
    declarations: Mapped[int | None]
    fund_amount: Mapped[Decimal | None]
    stars_enterprise: Mapped[int | None]
    stars_department: Mapped[int | None]
    stars_zone: Mapped[int | None]
    rating: Mapped[Decimal | None]

    library: Mapped[Library] = relationship(foreign_keys=[library_id])
    vendor: Mapped[Vendor | None] = relationship(foreign_keys=[vendor_id])
    pauses: Mapped[list["CommissionPause"]] = relationship(
        back_populates="commission",
        order_by="CommissionPause.starts_on, CommissionPause.id",
        cascade="all, delete-orphan",
    )
    pause_requests: Mapped[list["PauseRequest"]] = relationship(
        back_populates="commission", order_by="PauseRequest.id", cascade="all, delete-orphan"
    )

    @property
    def traits(self) -> frozenset[str]:
        """Return the limit that was promised for it, by which the clock counts."""
        return frozenset({f"agreed.{PROMISE}={self.promised_days}"})

    @property
    def open_pause(self) -> "CommissionPause | None":
        """Return the pause that lasts."""
        return next((pause for pause in self.pauses if pause.ends_on is None), None)

    @property
    def asked_pause(self) -> "PauseRequest | None":
        """Return the agency's request for a pause that nobody has decided yet."""
        return next((each for each in self.pause_requests if each.decision is None), None)

    def search_words(self) -> list[str]:
        """Return its number, its client and its agency."""
        agency = [self.vendor.title] if self.vendor is not None else []
        return [*super().search_words(), self.client_name, *agency]


class CommissionPause(Model):
    """Days on which a commission stood still, both included, and for whom it waited."""

    __tablename__ = "commission_pauses"
    __table_args__ = (
        CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name="ends_after_its_start"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    commission_id: Mapped[int] = mapped_column(ForeignKey("commissions.id"), index=True)
    cause: Mapped[PauseCause]
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    note: Mapped[str] = mapped_column(String(300), default="")

    commission: Mapped[Commission] = relationship(back_populates="pauses")


class PauseDecision(StrEnum):
    """What became of an agency's request for a pause."""

    confirmed = "confirmed"
    refused = "refused"
    withdrawn = "withdrawn"


DECISION_LABELS: dict[PauseDecision | None, LazyString] = {
    None: _("Waits for the officer"),
    PauseDecision.confirmed: _("Confirmed"),
    PauseDecision.refused: _("Refused"),
    PauseDecision.withdrawn: _("Taken back by the agency"),
}


class PauseRequest(Model):
    """A pause that the agency asks for, with its evidence; no day of it counts until an officer confirms."""

    __tablename__ = "commission_pause_requests"
    __table_args__ = (
        Index(
            "uq_commission_pause_requests_open",
            "commission_id",
            unique=True,
            postgresql_where=text("decision IS NULL"),
            sqlite_where=text("decision IS NULL"),
        ),
        Index("ix_commission_pause_requests_commission_id", "commission_id"),
        CheckConstraint("(decision IS NULL) = (decided_on IS NULL)", name="decided_on"),
        CheckConstraint(
            "decision IS NULL OR decision <> 'refused' OR answer <> ''", name="refused_with_reason"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    commission_id: Mapped[int] = mapped_column(ForeignKey("commissions.id"))
    cause: Mapped[PauseCause]
    starts_on: Mapped[date]
    note: Mapped[str] = mapped_column(String(300))
    evidence_id: Mapped[int] = mapped_column(ForeignKey("documents.id"))
    asked_on: Mapped[date]
    decision: Mapped[PauseDecision | None]
    decided_on: Mapped[date | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    answer: Mapped[str] = mapped_column(String(300), default="")

    commission: Mapped[Commission] = relationship(back_populates="pause_requests")
    evidence: Mapped[Document] = relationship()
