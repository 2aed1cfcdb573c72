"""An asset transfer, the assets that it moves, and the days planned for its stages."""

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.db import Model
from core.i18n import LazyString
from core.i18n import lazy_gettext as _
from core.records import Record


class Route(StrEnum):
    """By which right an asset changes hands."""

    free_transfer = "free_transfer"
    capital_contribution = "capital_contribution"
    sale = "sale"


ROUTE_LABELS: dict[Route, LazyString] = {
    Route.free_transfer: _("Free transfer"),
    Route.capital_contribution: _("Contribution as capital"),
    Route.sale: _("Sale"),
}


class TransferStatus(StrEnum):
    """How far a transfer has come."""

    decided = "decided"
    audited = "audited"
    appraised = "appraised"
    appraisal_filed = "appraisal_filed"
    approved = "approved"
    agreement_signed = "agreement_signed"
    taxes_declared = "taxes_declared"
    registered = "registered"
    booked = "booked"
    closed = "closed"
    abandoned = "abandoned"


STATUS_LABELS: dict[TransferStatus, LazyString] = {
    TransferStatus.decided: _("Decided"),
    TransferStatus.audited: _("Audited"),
    TransferStatus.appraised: _("Appraised"),
    TransferStatus.appraisal_filed: _("Appraisal filed"),
    TransferStatus.approved: _("Transfer approved"),
    TransferStatus.agreement_signed: _("Agreement signed"),
    TransferStatus.taxes_declared: _("Taxes declared"),
    TransferStatus.registered: _("Registered"),
    TransferStatus.booked: _("Booked"),
    TransferStatus.closed: _("Case closed"),
    TransferStatus.abandoned: _("Abandoned"),
}


class AppraisalProcedure(StrEnum):
    """Whether the appraisal has to be approved or only filed."""

    approval = "approval"
    filing = "filing"


PROCEDURE_LABELS: dict[AppraisalProcedure, LazyString] = {
    AppraisalProcedure.approval: _("Approval of the appraisal"),
    AppraisalProcedure.filing: _("Filing of the appraisal"),
}


class Stage(StrEnum):
    """A dated step of a transfer; which of them a case has depends on its route."""

    audit = "audit"
    appraisal = "appraisal"
    appraisal_application = "appraisal_application"
    appraisal_filing = "appraisal_filing"
    approval = "approval"
    notice = "notice"
    notice_end = "notice_end"
    agreement = "agreement"
    price_payment = "price_payment"
    company_registration = "company_registration"
    deed_tax = "deed_tax"
    land_vat = "land_vat"
    stamp_duty = "stamp_duty"
    registration_application = "registration_application"
    registration = "registration"
    booking = "booking"
    property_registration = "property_registration"


def _since(status: TransferStatus) -> str:
    """Write in SQL that a transfer stands at this status or beyond it."""
    states = list(TransferStatus)
    reached = states[states.index(status) : states.index(TransferStatus.abandoned)]
    return "status IN ({})".format(", ".join(f"'{state}'" for state in reached))


def _needs(status: TransferStatus, column: str, *, unless: str = "1 = 0") -> CheckConstraint:
    """Tie a status, and every one beyond it, to the day that it claims."""
    return CheckConstraint(
        f"NOT ({_since(status)}) OR {column} IS NOT NULL OR {unless}", name=f"{column}_known"
    )


S = TransferStatus

# Order 32 of the state assets authority: a sale above the first, and from the second, has to be announced.
SMALL_SALE = Decimal(1_000_000)
LARGE_SALE = Decimal(10_000_000)


def transfer_traits(
    procedure: AppraisalProcedure, floor_price: Decimal | None, *, is_paid_in_instalments: bool
) -> frozenset[str]:
    """Return the facts about a transfer that a deadline rule may ask for."""
    found = {f"appraisal.{procedure}"}
    if floor_price is not None and floor_price >= LARGE_SALE:
        found.add("asset_value.large")
    elif floor_price is not None and floor_price > SMALL_SALE:
        found.add("asset_value.small")
    if is_paid_in_instalments:
        found.add("transfer.instalments")
    return frozenset(found)


class AssetTransfer(Record):
    """A set of assets on its way from one organization to another, from decision to the books."""

    __tablename__ = "asset_transfers"
    __mapper_args__: Any = {"polymorphic_identity": "transfer"}
    __table_args__ = (
        Index("ix_asset_transfers_status_id", "status", "id"),
        Index("ix_asset_transfers_route_id", "route", "id"),
        Index("ix_asset_transfers_appraisal_expires_on_id", "appraisal_expires_on", "id"),
        Index("ix_asset_transfers_book_value_id", "book_value", "id"),
        Index("ix_asset_transfers_decided_on_id", "decided_on", "id"),
        _needs(S.approved, "approved_on"),
        _needs(S.approved, "appraisal_filed_on", unless="route = 'free_transfer'"),
        _needs(S.agreement_signed, "agreement_on"),
        _needs(S.agreement_signed, "price", unless="route = 'free_transfer'"),
        _needs(S.taxes_declared, "deed_tax_on"),
        _needs(S.registered, "registered_on"),
        _needs(S.booked, "booked_on"),
        CheckConstraint("status <> 'audited' OR audited_on IS NOT NULL", name="audited_on_known"),
        CheckConstraint(
            "status NOT IN ('appraised', 'appraisal_filed') OR appraised_on IS NOT NULL",
            name="appraised_on_known",
        ),
        CheckConstraint(
            "status <> 'appraisal_filed' OR appraisal_filed_on IS NOT NULL",
            name="appraisal_filed_if_so_called",
        ),
        CheckConstraint(
            "(appraised_on IS NULL) = (appraised_amount IS NULL)"
            " AND (appraised_on IS NULL) = (valuation_base_on IS NULL)"
            " AND (appraised_on IS NULL) = (appraisal_expires_on IS NULL)",
            name="appraisal_whole",
        ),
        CheckConstraint("(status = 'closed') = (closed_on IS NOT NULL)", name="closed_on_if_closed"),
        CheckConstraint(
            "(status = 'abandoned') = (abandoned_on IS NOT NULL)", name="abandoned_on_if_abandoned"
        ),
        CheckConstraint(
            # a comparison with an absent day is neither true nor false, and would pass
            "registration_applied_on IS NULL OR COALESCE(deed_tax_on <= registration_applied_on, FALSE)",
            name="deed_tax_before_registration",
        ),
        CheckConstraint("registration_applied_on <= registered_on", name="registered_after_application"),
        CheckConstraint("book_value >= 0 AND net_value >= 0 AND area >= 0", name="totals_not_negative"),
        CheckConstraint(
            "appraised_amount >= 0 AND price >= 0 AND floor_price >= 0", name="amounts_not_negative"
        ),
    )

    id: Mapped[int] = mapped_column(ForeignKey("records.id"), primary_key=True)
    status: Mapped[TransferStatus] = mapped_column(default=TransferStatus.decided)
    route: Mapped[Route]
    from_name: Mapped[str] = mapped_column(String(120))
    to_name: Mapped[str] = mapped_column(String(120))
    # sums over the assets, kept in step by the services so that lists sort without a join
    book_value: Mapped[Decimal] = mapped_column(default=Decimal(0))
    net_value: Mapped[Decimal] = mapped_column(default=Decimal(0))
    # square metres, kept as exactly as an amount
    area: Mapped[Decimal] = mapped_column(default=Decimal(0))
    # allocated land may change hands only with the approval of the government that can give it
    is_land_allocated: Mapped[bool] = mapped_column(default=False)
    land_approved_on: Mapped[date | None]

    decided_on: Mapped[date]
    decision_document: Mapped[str | None] = mapped_column(String(120))
    audited_on: Mapped[date | None]

    appraisal_procedure: Mapped[AppraisalProcedure] = mapped_column(default=AppraisalProcedure.filing)
    valuation_base_on: Mapped[date | None]
    appraisal_expires_on: Mapped[date | None]
    appraised_on: Mapped[date | None]
    appraised_amount: Mapped[Decimal | None]
    appraiser: Mapped[str | None] = mapped_column(String(120))
    appraisal_applied_on: Mapped[date | None]
    appraisal_filed_on: Mapped[date | None]

    approved_on: Mapped[date | None]
    approval_document: Mapped[str | None] = mapped_column(String(120))
    floor_price: Mapped[Decimal | None]
    notice_published_on: Mapped[date | None]
    notice_ended_on: Mapped[date | None]
    price_consent_on: Mapped[date | None]
    price_consent_document: Mapped[str | None] = mapped_column(String(120))
    agreement_on: Mapped[date | None]
    # what a buyer pays, or the value at which a contribution is taken
    price: Mapped[Decimal | None]
    is_paid_in_instalments: Mapped[bool] = mapped_column(default=False)
    price_paid_on: Mapped[date | None]

    deed_tax_on: Mapped[date | None]
    land_vat_on: Mapped[date | None]
    stamp_duty_on: Mapped[date | None]
    registration_applied_on: Mapped[date | None]
    registered_on: Mapped[date | None]
    booked_on: Mapped[date | None]
    company_registered_on: Mapped[date | None]
    property_registered_on: Mapped[date | None]
    closed_on: Mapped[date | None]
    abandoned_on: Mapped[date | None]

    assets: Mapped[list["Asset"]] = relationship(
        back_populates="transfer", order_by="Asset.id", cascade="all, delete-orphan"
    )
    plans: Mapped[list["StagePlan"]] = relationship(
        cascade="all, delete-orphan", order_by="StagePlan.planned_on"
    )

    @property
    def traits(self) -> frozenset[str]:
        """Return the facts that a deadline rule may ask for."""
        return transfer_traits(
            self.appraisal_procedure, self.floor_price, is_paid_in_instalments=self.is_paid_in_instalments
        )

    def search_words(self) -> list[str]:
        """Return what the transfer is found by: also both organizations and every asset."""
        return [*super().search_words(), self.from_name, self.to_name, *(asset.name for asset in self.assets)]


class Asset(Model):
    """One building, plot or piece of equipment that a transfer moves."""

    __tablename__ = "assets"
    __table_args__ = (
        CheckConstraint("area >= 0", name="area_not_negative"),
        CheckConstraint("book_value >= 0 AND net_value >= 0", name="values_not_negative"),
        CheckConstraint("net_value <= book_value", name="net_within_book_value"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    transfer_id: Mapped[int] = mapped_column(ForeignKey("asset_transfers.id"), index=True)
    name: Mapped[str] = mapped_column(String(120))
    location: Mapped[str | None] = mapped_column(String(200))
    # square metres, kept as exactly as an amount
    area: Mapped[Decimal] = mapped_column(default=Decimal(0))
    book_value: Mapped[Decimal]
    net_value: Mapped[Decimal]
    completion_accepted_on: Mapped[date | None]
    completion_filed_on: Mapped[date | None]
    final_accounts_on: Mapped[date | None]

    transfer: Mapped[AssetTransfer] = relationship(back_populates="assets")

    @property
    def occurrence(self) -> str:
        """Return what tells this asset's clocks from the others'."""
        return f"asset:{self.id}"

    def __str__(self) -> str:
        return self.name


class StagePlan(Model):
    """The day for which a stage of a transfer is planned."""

    __tablename__ = "transfer_stage_plans"
    __table_args__ = (UniqueConstraint("transfer_id", "stage"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    transfer_id: Mapped[int] = mapped_column(ForeignKey("asset_transfers.id"))
    stage: Mapped[Stage]
    planned_on: Mapped[date]
