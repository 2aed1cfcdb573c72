"""What is kept of a tender besides the dates of its stages, which the clocks keep."""

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.i18n import LazyString
from core.i18n import lazy_gettext as _
from core.records import Record
from deadlines.rules import Method
from vendors.categories import ServiceCategory
from vendors.models import Vendor

METHOD_LABELS: dict[Method, LazyString] = {
    Method.public_tender: _("Open tender"),
    Method.invited_tender: _("Invited tender"),
    Method.competitive_negotiation: _("Competitive negotiation"),
    Method.competitive_consultation: _("Competitive consultation"),
    Method.request_for_quotation: _("Request for quotation"),
    Method.single_source: _("Single source"),
    Method.framework_agreement: _("Framework agreement"),
    Method.bidding_law_tender: _("Tender required by the Bidding Law"),
}


class TenderStatus(StrEnum):
    """The stage that a tender has reached; no method passes through all of them."""

    need = "need"
    intent_published = "intent_published"
    plan_filed = "plan_filed"
    agent_engaged = "agent_engaged"
    documents_drafted = "documents_drafted"
    documents_reviewed = "documents_reviewed"
    publicised = "publicised"
    notice_published = "notice_published"
    clarified = "clarified"
    bids_closed = "bids_closed"
    bids_opened = "bids_opened"
    responses_received = "responses_received"
    qualification_checked = "qualification_checked"
    negotiated = "negotiated"
    offers_received = "offers_received"
    evaluated = "evaluated"
    candidates_publicised = "candidates_publicised"
    result_confirmed = "result_confirmed"
    result_published = "result_published"
    contract_signed = "contract_signed"
    framework_signed = "framework_signed"
    calling_off = "calling_off"
    framework_ended = "framework_ended"
    failed = "failed"
    void = "void"
    terminated = "terminated"


TENDER_STATUS_LABELS: dict[TenderStatus, LazyString] = {
    TenderStatus.need: _("Need"),
    TenderStatus.intent_published: _("Intent published"),
    TenderStatus.plan_filed: _("Plan filed"),
    TenderStatus.agent_engaged: _("Agent engaged"),
    TenderStatus.documents_drafted: _("Documents drafted"),
    TenderStatus.documents_reviewed: _("Documents reviewed"),
    TenderStatus.publicised: _("Single source publicised"),
    TenderStatus.notice_published: _("Notice published"),
    TenderStatus.clarified: _("Documents clarified"),
    TenderStatus.bids_closed: _("Bids closed"),
    TenderStatus.bids_opened: _("Bids opened"),
    TenderStatus.responses_received: _("First responses in"),
    TenderStatus.qualification_checked: _("Qualifications checked"),
    TenderStatus.negotiated: _("Negotiated"),
    TenderStatus.offers_received: _("Final offers in"),
    TenderStatus.evaluated: _("Evaluation ended"),
    TenderStatus.candidates_publicised: _("Candidates publicised"),
    TenderStatus.result_confirmed: _("Result confirmed"),
    TenderStatus.result_published: _("Result published"),
    TenderStatus.contract_signed: _("Contract signed"),
    TenderStatus.framework_signed: _("Framework signed"),
    TenderStatus.calling_off: _("Calling off"),
    TenderStatus.framework_ended: _("Framework ended"),
    TenderStatus.failed: _("Failed for want of bidders"),
    TenderStatus.void: _("Declared void"),
    TenderStatus.terminated: _("Terminated"),
}

EXITS = frozenset({TenderStatus.failed, TenderStatus.void, TenderStatus.terminated})


class ExitReason(StrEnum):
    """Why a tender ended without a contract."""

    too_few_bidders = "too_few_bidders"
    no_valid_bid = "no_valid_bid"
    over_budget = "over_budget"
    unlawful_conduct = "unlawful_conduct"
    defective_documents = "defective_documents"
    need_changed = "need_changed"
    complaint_upheld = "complaint_upheld"
    other = "other"


EXIT_REASON_LABELS: dict[ExitReason, LazyString] = {
    ExitReason.too_few_bidders: _("Fewer bidders than the law asks for"),
    ExitReason.no_valid_bid: _("No bid meets the documents"),
    ExitReason.over_budget: _("Every bid is above the budget"),
    ExitReason.unlawful_conduct: _("Unlawful conduct affects fairness"),
    ExitReason.defective_documents: _("The documents are defective"),
    ExitReason.need_changed: _("The need has changed or fallen away"),
    ExitReason.complaint_upheld: _("A challenge or complaint was upheld"),
    ExitReason.other: _("Another reason"),
}

AWARDED = "('result_confirmed', 'result_published', 'contract_signed')"


def tender_traits(method: Method, *, has_agent: bool, is_objected_to: bool = False) -> frozenset[str]:
    """Return the facts that decide which rules govern a purchase."""
    known = {f"method.{method}", "tender.by_agent" if has_agent else "tender.self_conducted"}
    if is_objected_to:
        known.add("tender.objection_raised")
    if method is Method.framework_agreement:
        known.add("framework.services")  # the zone buys services; goods take the shorter term
    return frozenset(known)


class Tender(Record):
    """A purchase, from the need to the signed contract."""

    __tablename__ = "tenders"
    __mapper_args__: Any = {"polymorphic_identity": "tender"}
    __table_args__ = (
        Index("ix_tenders_status_id", "status", "id"),
        Index("ix_tenders_method_id", "method", "id"),
        Index("ix_tenders_category_id", "category", "id"),
        Index("ix_tenders_budget_id", "budget", "id"),
        CheckConstraint("budget > 0", name="budget_positive"),
        CheckConstraint("award_amount IS NULL OR award_amount >= 0", name="award_not_negative"),
        CheckConstraint(
            "status <> 'agent_engaged' OR agent_id IS NOT NULL OR agent_name IS NOT NULL", name="agent_named"
        ),
        CheckConstraint(
            f"status NOT IN {AWARDED} OR method = 'framework_agreement'"
            " OR winner_id IS NOT NULL OR winner_name IS NOT NULL",
            name="winner_named",
        ),
        CheckConstraint(
            "(status IN ('failed', 'void', 'terminated')) = (exit_reason IS NOT NULL)", name="exit_reason"
        ),
        CheckConstraint("(exit_reason IS NULL) = (exited_on IS NULL)", name="exit_has_a_day"),
        CheckConstraint("successor_id IS NULL OR exit_reason IS NOT NULL", name="successor_after_an_exit"),
        CheckConstraint("open_challenges >= 0 AND open_complaints >= 0", name="objections_counted"),
    )

    id: Mapped[int] = mapped_column(ForeignKey("records.id"), primary_key=True)
    status: Mapped[TenderStatus] = mapped_column(default=TenderStatus.need)
    method: Mapped[Method]
    category: Mapped[ServiceCategory]
    budget: Mapped[Decimal]
    agent_id: Mapped[int | None] = mapped_column(ForeignKey("vendors.id"), index=True)
    # an agent or winner that stands in no register of ours
    agent_name: Mapped[str | None] = mapped_column(String(200))
    winner_id: Mapped[int | None] = mapped_column(ForeignKey("vendors.id"), index=True)
    winner_name: Mapped[str | None] = mapped_column(String(200))
    award_amount: Mapped[Decimal | None]
    exit_reason: Mapped[ExitReason | None]
    exit_note: Mapped[str | None] = mapped_column(String(500))
    exited_on: Mapped[date | None]
    # the tender that follows one that ended without a contract
    successor_id: Mapped[int | None] = mapped_column(ForeignKey("tenders.id"), index=True)
    open_challenges: Mapped[int] = mapped_column(default=0)
    open_complaints: Mapped[int] = mapped_column(default=0)
    # since when the regulator has stopped the purchase
    suspended_on: Mapped[date | None]
    # when somebody objected to a single source while it was publicised
    objected_on: Mapped[date | None]

    agent: Mapped[Vendor | None] = relationship(foreign_keys=[agent_id])
    winner: Mapped[Vendor | None] = relationship(foreign_keys=[winner_id])
    successor: Mapped["Tender | None"] = relationship(foreign_keys=[successor_id], remote_side=[id])

    @property
    def has_agent(self) -> bool:
        """Tell whether an agency conducts the purchase."""
        return bool(self.agent_id or self.agent or self.agent_name)

    @property
    def traits(self) -> frozenset[str]:
        """Return the method and what else decides which rules govern the purchase."""
        return tender_traits(
            self.method, has_agent=self.has_agent, is_objected_to=self.objected_on is not None
        )

    def search_words(self) -> list[str]:
        """Return its number and title, and the names of its agent and winner."""
        names = (
            self.agent.title if self.agent else self.agent_name,
            self.winner.title if self.winner else self.winner_name,
        )
        return [*super().search_words(), *(name for name in names if name)]
