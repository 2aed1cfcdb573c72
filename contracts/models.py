"""What is kept of a contract: its parties and term, its payment schedule, its supplements."""

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.db import Model
from core.i18n import LazyString
from core.i18n import lazy_gettext as _
from core.organizations import OrganizationKind
from core.records import Record
from deadlines.rules import METHOD_TRAIT, Method
from procurement.models import Tender
from vendors.categories import ServiceCategory
from vendors.models import Vendor


class ContractStatus(StrEnum):
    """How far a contract has come; whether its paper is approved stands on the review axis."""

    drafted = "drafted"
    signed = "signed"
    filed = "filed"
    performing = "performing"
    suspended = "suspended"
    completed = "completed"
    terminated = "terminated"
    evaluated = "evaluated"
    archived = "archived"
    withdrawn = "withdrawn"


STATUS_LABELS: dict[ContractStatus, LazyString] = {
    ContractStatus.drafted: _("Drafted"),
    ContractStatus.signed: _("Signed"),
    ContractStatus.filed: _("Published and filed"),
    ContractStatus.performing: _("In performance"),
    ContractStatus.suspended: _("Performance suspended"),
    ContractStatus.completed: _("Completed"),
    ContractStatus.terminated: _("Terminated"),
    ContractStatus.evaluated: _("Evaluated"),
    ContractStatus.archived: _("Archived"),
    ContractStatus.withdrawn: _("Withdrawn unsigned"),
}


class Nature(StrEnum):
    """What is bought."""

    service = "service"
    goods = "goods"
    works = "works"


NATURE_LABELS: dict[Nature, LazyString] = {
    Nature.service: _("Services"),
    Nature.goods: _("Goods"),
    Nature.works: _("Works"),
}


class Basis(StrEnum):
    """What has to have happened before an instalment may be paid, and what its period runs from."""

    delivered = "delivered"
    accepted = "accepted"
    settled = "settled"
    invoiced = "invoiced"


BASIS_LABELS: dict[Basis, LazyString] = {
    Basis.delivered: _("After delivery"),
    Basis.accepted: _("After acceptance"),
    Basis.settled: _("After the settlement"),
    Basis.invoiced: _("After the invoice"),
}

# the rules whose amount is the term of payment that the contract sets
AGREED_TERMS = ("agreed_payment_term", "agreed_payment_after_acceptance_term")

UNSIGNED = "('drafted', 'withdrawn')"
WAITING_FOR_PAYMENT = "requested_on IS NOT NULL AND paid_on IS NULL"
ENDED = "('completed', 'terminated', 'evaluated', 'archived')"


def contract_traits(
    *,
    payer: OrganizationKind,
    method: Method | None,
    is_government_procurement: bool,
    is_service: bool,
    is_payee_sme: bool,
    payment_days: int | None,
    is_multi_year: bool = False,
) -> frozenset[str]:
    """Return the facts about a contract that a deadline rule may ask for."""
    is_company = payer is OrganizationKind.platform_company
    is_term_agreed = payment_days is not None
    facts = {
        "contract.government_procurement": is_government_procurement,
        "contract.service": is_service,
        "contract.multi_year_service": is_multi_year,
        "payee.sme": is_payee_sme,
        "payer.large_enterprise": is_company,
        "payer.public_body": not is_company,
        "payment.term_agreed": is_term_agreed,
        "payment.within_60_days": is_term_agreed or is_company,
        f"{METHOD_TRAIT}{method}": method is not None,
    } | {f"agreed.{rule}={payment_days}": is_term_agreed for rule in AGREED_TERMS}
    return frozenset(name for name, holds in facts.items() if holds)


class Contract(Record):
    """An agreement with a vendor, from its first draft to the archive."""

    __tablename__ = "contracts"
    __mapper_args__: Any = {"polymorphic_identity": "contract"}
    party_key = "vendor_id"
    __table_args__ = (
        Index("ix_contracts_status_id", "status", "id"),
        Index("ix_contracts_amount_id", "amount", "id"),
        Index("ix_contracts_signed_on_id", "signed_on", "id"),
        Index("ix_contracts_ends_on_id", "ends_on", "id"),
        Index("ix_contracts_category_id", "category", "id"),
        Index("ix_contracts_vendor_id_id", "vendor_id", "id"),
        Index("ix_contracts_vendor_name_id", "vendor_name", "id"),
        CheckConstraint("amount > 0", name="amount_positive"),
        CheckConstraint("ceiling > 0", name="ceiling_positive"),
        CheckConstraint("ends_on >= starts_on", name="ends_after_its_start"),
        CheckConstraint(f"(status IN {UNSIGNED}) = (signed_on IS NULL)", name="signed_on_if_signed"),
        CheckConstraint(
            "status <> 'filed' OR (published_on IS NOT NULL AND filed_on IS NOT NULL)",
            name="filed_and_published",
        ),
        CheckConstraint(
            "(status = 'suspended') = (suspended_on IS NOT NULL)", name="suspended_on_if_suspended"
        ),
        CheckConstraint(
            f"(status IN {ENDED}) = (completed_on IS NOT NULL OR terminated_on IS NOT NULL)",
            name="ended_on_if_ended",
        ),
        CheckConstraint("completed_on IS NULL OR terminated_on IS NULL", name="ended_one_way"),
        CheckConstraint(
            "status <> 'completed' OR completed_on IS NOT NULL", name="completed_on_if_completed"
        ),
        CheckConstraint(
            "status <> 'terminated' OR terminated_on IS NOT NULL", name="terminated_on_if_terminated"
        ),
        CheckConstraint(
            "(status IN ('evaluated', 'archived')) = (evaluated_on IS NOT NULL)",
            name="evaluated_on_if_evaluated",
        ),
        CheckConstraint("(evaluated_on IS NULL) = (score IS NULL)", name="evaluation_has_a_score"),
        CheckConstraint("score BETWEEN 0 AND 100", name="score_in_per_cent"),
        CheckConstraint("(status = 'archived') = (archived_on IS NOT NULL)", name="archived_on_if_archived"),
        CheckConstraint("scheduled >= 0 AND scheduled <= ceiling", name="schedule_within_the_ceiling"),
        CheckConstraint("paid >= 0 AND paid <= scheduled", name="paid_within_the_schedule"),
        # Government Procurement Law, article 49: all supplements together; three tenths in an emergency
        CheckConstraint(
            "NOT is_government_procurement"
            " OR supplemented * 10 <= amount * CASE WHEN is_emergency THEN 3 ELSE 1 END",
            name="supplements_within_a_tenth",
        ),
        CheckConstraint("acceptance_days BETWEEN 1 AND 365", name="acceptance_days_sensible"),
        CheckConstraint("payment_days BETWEEN 1 AND 3650", name="payment_days_sensible"),
    )

    id: Mapped[int] = mapped_column(ForeignKey("records.id"), primary_key=True)
    status: Mapped[ContractStatus] = mapped_column(default=ContractStatus.drafted)
    vendor_id: Mapped[int] = mapped_column(ForeignKey("vendors.id"))
    # the name under which the contract is made; beside the key so that lists sort without a join
    vendor_name: Mapped[str] = mapped_column(String(200))
    # the payment rules look at the vendor's size on the day of the contract, whatever it becomes later
    is_payee_sme: Mapped[bool] = mapped_column(default=False)
    tender_id: Mapped[int | None] = mapped_column(ForeignKey("tenders.id"), index=True)
    procurement_method: Mapped[Method | None]
    is_government_procurement: Mapped[bool] = mapped_column(default=True)
    nature: Mapped[Nature] = mapped_column(default=Nature.service)
    category: Mapped[ServiceCategory | None]
    is_multi_year: Mapped[bool] = mapped_column(default=False)
    # the term of payment that the contract sets, where it sets one
    payment_days: Mapped[int | None]
    # the agreed time for inspection or acceptance: a delay beyond it does not put off the payment
    acceptance_days: Mapped[int | None]
    is_emergency: Mapped[bool] = mapped_column(default=False)

    # as awarded; supplements move the ceiling, never this
    amount: Mapped[Decimal]
    ceiling: Mapped[Decimal]
    # additions alone: what a later reduction takes away does not make room for another addition
    supplemented: Mapped[Decimal] = mapped_column(default=Decimal(0))
    scheduled: Mapped[Decimal] = mapped_column(default=Decimal(0))
    paid: Mapped[Decimal] = mapped_column(default=Decimal(0))

    award_letter_on: Mapped[date | None]
    legal_cleared_on: Mapped[date | None]
    finance_cleared_on: Mapped[date | None]
    signed_on: Mapped[date | None]
    seal_note: Mapped[str] = mapped_column(String(200), default="")
    published_on: Mapped[date | None]
    filed_on: Mapped[date | None]
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]
    suspended_on: Mapped[date | None]
    completed_on: Mapped[date | None]
    terminated_on: Mapped[date | None]
    evaluated_on: Mapped[date | None]
    score: Mapped[int | None]
    archived_on: Mapped[date | None]

    vendor: Mapped[Vendor] = relationship(foreign_keys=[vendor_id])
    tender: Mapped[Tender | None] = relationship(foreign_keys=[tender_id])
    lines: Mapped[list["PaymentLine"]] = relationship(
        back_populates="contract", order_by="PaymentLine.position", cascade="all, delete-orphan"
    )
    amendments: Mapped[list["Amendment"]] = relationship(
        back_populates="contract", order_by="Amendment.position", cascade="all, delete-orphan"
    )

    @property
    def traits(self) -> frozenset[str]:
        """Return the facts that a deadline rule may ask for."""
        return contract_traits(
            payer=self.organization.kind,
            # a tender of ours keeps its own clocks up to the signing: the contract must not start them twice
            method=self.procurement_method if self.tender_id is None else None,
            is_government_procurement=self.is_government_procurement,
            is_service=self.nature is Nature.service,
            is_multi_year=self.is_multi_year,
            is_payee_sme=self.is_payee_sme,
            payment_days=self.payment_days,
        )

    def search_words(self) -> list[str]:
        """Return what the contract is found by: also the vendor's name."""
        return [*super().search_words(), self.vendor_name]


class PaymentLine(Model):
    """One instalment of the payment schedule, from its plan to its payment."""

    __tablename__ = "payment_lines"
    __table_args__ = (
        UniqueConstraint("contract_id", "position"),
        Index("ix_payment_lines_planned_on_id", "planned_on", "id"),
        Index(
            "ix_payment_lines_requested",
            "id",
            postgresql_where=text(WAITING_FOR_PAYMENT),
            sqlite_where=text(WAITING_FOR_PAYMENT),
        ),
        CheckConstraint("amount > 0", name="amount_positive"),
        CheckConstraint("(paid_on IS NULL) = (paid_amount IS NULL)", name="paid_whole"),
        CheckConstraint("paid_amount >= 0 AND paid_amount <= amount", name="paid_within_the_line"),
        CheckConstraint(
            # a comparison with an absent day is neither true nor false, and would pass
            "paid_on IS NULL OR COALESCE(CASE basis WHEN 'delivered' THEN delivered_on"
            " WHEN 'accepted' THEN accepted_on WHEN 'settled' THEN settled_on"
            " ELSE invoiced_on END <= paid_on, FALSE)",
            name="paid_after_its_condition",
        ),
        CheckConstraint(
            "accepted_on IS NULL OR COALESCE(delivered_on <= accepted_on, FALSE)",
            name="accepted_after_delivery",
        ),
        CheckConstraint(
            "approved_on IS NULL OR COALESCE(requested_on <= approved_on, FALSE)",
            name="payment_approved_after_its_request",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    contract_id: Mapped[int] = mapped_column(ForeignKey("contracts.id"))
    position: Mapped[int]
    label: Mapped[str] = mapped_column(String(120))
    basis: Mapped[Basis]
    amount: Mapped[Decimal]
    planned_on: Mapped[date | None]
    delivered_on: Mapped[date | None]
    accepted_on: Mapped[date | None]
    # both sides have confirmed what is due
    settled_on: Mapped[date | None]
    invoiced_on: Mapped[date | None]
    requested_on: Mapped[date | None]
    approved_on: Mapped[date | None]
    paid_on: Mapped[date | None]
    paid_amount: Mapped[Decimal | None]
    # why less was paid than planned, such as points lost at inspection
    deduction_reason: Mapped[str] = mapped_column(String(200), default="")

    contract: Mapped[Contract] = relationship(back_populates="lines")

    @property
    def condition_met_on(self) -> date | None:
        """Return the day on which what the payment waits for came about."""
        days = {
            Basis.delivered: self.delivered_on,
            Basis.accepted: self.accepted_on,
            Basis.settled: self.settled_on,
            Basis.invoiced: self.invoiced_on,
        }
        return days[self.basis]

    @property
    def occurrence(self) -> str:
        """Return what tells this instalment's clocks from the others'."""
        return f"payment:{self.id}"

    def __str__(self) -> str:
        return f"{self.position}. {self.label}"


class Amendment(Model):
    """A signed supplement: what it adds or takes away, and why."""

    __tablename__ = "amendments"
    __table_args__ = (
        UniqueConstraint("contract_id", "position"),
        CheckConstraint("amount_delta <> 0 OR new_ends_on IS NOT NULL", name="changes_something"),
        CheckConstraint("signed_on <= published_on", name="published_after_signing"),
        CheckConstraint("reason <> ''", name="reason_given"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    contract_id: Mapped[int] = mapped_column(ForeignKey("contracts.id"))
    position: Mapped[int]
    signed_on: Mapped[date]
    amount_delta: Mapped[Decimal] = mapped_column(default=Decimal(0))
    new_ends_on: Mapped[date | None]
    reason: Mapped[str] = mapped_column(String(500))
    published_on: Mapped[date | None]

    contract: Mapped[Contract] = relationship(back_populates="amendments")

    @property
    def occurrence(self) -> str:
        """Return what tells this supplement's clocks from the others'."""
        return f"amendment:{self.id}"
