"""The library of agencies of a service: its rules, its published fees, and who is a member of it."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.auth import User
from core.db import Model
from core.i18n import LazyString
from core.i18n import lazy_gettext as _
from core.records import Record
from vendors.categories import CATEGORY_LABELS, ServiceCategory
from vendors.certificates import CERTIFICATE_WORDS, CERTIFICATES, CertificateKind, evidence_for
from vendors.models import Vendor
from vendors.report_types import ReportType


class LibraryStatus(StrEnum):
    """Whether a library takes in agencies and has them picked."""

    open = "open"
    closed = "closed"


LIBRARY_STATUS_LABELS: dict[LibraryStatus, LazyString] = {
    LibraryStatus.open: _("In use"),
    LibraryStatus.closed: _("Closed"),
}

# whom the zone has to look up on the national credit platform before each pick: they have no licence
CREDIT_DAYS = {ServiceCategory.eia: 7}


class Library(Record):
    """The agencies of one service that a zone has admitted, and on what terms; ``title`` is its name."""

    __tablename__ = "libraries"
    __mapper_args__: Any = {"polymorphic_identity": "library"}
    __table_args__ = (
        UniqueConstraint("register_id", "category"),
        CheckConstraint("publicity_days >= 0 AND cooling_days >= 0", name="terms_not_negative"),
        CheckConstraint("concentration_days > 0 AND ranking_minimum > 0", name="spans_positive"),
        CheckConstraint(
            "weight_enterprise >= 0 AND weight_department >= 0 AND weight_zone >= 0"
            " AND weight_enterprise + weight_department + weight_zone > 0",
            name="weights_weigh",
        ),
        CheckConstraint(
            "least_own_choice > 0 AND least_draw > 0 AND least_rotation > 0"
            " AND least_lowest_price > 0 AND least_mean_adjusted > 0",
            name="candidates_needed",
        ),
    )

    id: Mapped[int] = mapped_column(ForeignKey("records.id"), primary_key=True)
    # the same as organization_id, beside the category so that both are unique
    register_id: Mapped[int] = mapped_column(ForeignKey("organizations.id"))
    category: Mapped[ServiceCategory]
    status: Mapped[LibraryStatus] = mapped_column(default=LibraryStatus.open)
    # any one of these in force lets an agency in; none: nothing but the vendor's own admission is asked for
    certificates: Mapped[list[Any]] = mapped_column(default=list)
    # working days of publicity before an admission
    publicity_days: Mapped[int] = mapped_column(default=5)
    capacity: Mapped[int | None]
    # one agency gets at most so many commissions, and so much money, in so many days
    concentration_days: Mapped[int] = mapped_column(default=90)
    concentration_count: Mapped[int | None]
    concentration_amount: Mapped[Decimal | None]
    # days after a commission in which the agency is not picked again
    cooling_days: Mapped[int] = mapped_column(default=0)
    # how old the look at the credit platform may be at a pick; none: there is no such platform
    credit_days: Mapped[int | None]
    least_own_choice: Mapped[int] = mapped_column(default=1)
    least_draw: Mapped[int] = mapped_column(default=3)
    least_rotation: Mapped[int] = mapped_column(default=2)
    least_lowest_price: Mapped[int] = mapped_column(default=3)
    least_mean_adjusted: Mapped[int] = mapped_column(default=3)
    # an average of fewer stars than this makes a member a candidate for removal
    remove_below: Mapped[int | None]
    ranking_minimum: Mapped[int] = mapped_column(default=5)
    # how many commissions the category's median counts for beside an agency's own
    shrinkage: Mapped[int] = mapped_column(default=5)
    weight_enterprise: Mapped[int] = mapped_column(default=5)
    weight_department: Mapped[int] = mapped_column(default=3)
    weight_zone: Mapped[int] = mapped_column(default=2)

    fees: Mapped[list["FeeItem"]] = relationship(
        back_populates="library",
        order_by="FeeItem.report_type, FeeItem.effective_from",
        cascade="all, delete-orphan",
    )

    @property
    def required(self) -> frozenset[CertificateKind]:
        """Return the kinds of certificate of which a member needs one in force."""
        return frozenset(CertificateKind(kind) for kind in self.certificates)

    @property
    def certificate_words(self) -> str:
        """Return the certificates asked for as an office writes them, for a form to show and take."""
        short: dict[str, str] = {}
        for word, kind in CERTIFICATE_WORDS.items():
            short.setdefault(str(kind), word)
        return "、".join(short[kind] for kind in self.certificates)

    def list_fee(self, report_type: ReportType, on: date) -> "FeeItem | None":
        """Return what the published list allows for a task on a day, or None when it is not listed."""
        known = [fee for fee in self.fees if fee.report_type is report_type and fee.effective_from <= on]
        return max(known, key=lambda fee: fee.effective_from, default=None)

    def search_words(self) -> list[str]:
        """Return its number, its name and its service."""
        return [*super().search_words(), str(CATEGORY_LABELS[self.category])]


def usual_evidence(category: ServiceCategory) -> list[CertificateKind]:
    """Return the certificates that are evidence for this service and not for any service whatever."""
    return [kind for kind in evidence_for(category) if category in CERTIFICATES[kind].categories]


class FeeItem(Model):
    """A line of the published fee list: the most that may be charged for a task, since when."""

    __tablename__ = "fee_items"
    __table_args__ = (
        UniqueConstraint("library_id", "report_type", "effective_from"),
        CheckConstraint("amount > 0", name="amount_positive"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    library_id: Mapped[int] = mapped_column(ForeignKey("libraries.id"))
    report_type: Mapped[ReportType]
    amount: Mapped[Decimal]
    effective_from: Mapped[date]
    # the document that publishes it
    document: Mapped[str] = mapped_column(String(200))

    library: Mapped[Library] = relationship(back_populates="fees")


class MembershipStatus(StrEnum):
    """Where an agency stands in one library."""

    applied = "applied"
    reviewed = "reviewed"
    publicised = "publicised"
    admitted = "admitted"
    suspended = "suspended"
    removed = "removed"


MEMBERSHIP_STATUS_LABELS: dict[MembershipStatus, LazyString] = {
    MembershipStatus.applied: _("Applied"),
    MembershipStatus.reviewed: _("Reviewed"),
    MembershipStatus.publicised: _("Being publicised"),
    MembershipStatus.admitted: _("Admitted"),
    MembershipStatus.suspended: _("Suspended"),
    MembershipStatus.removed: _("Removed"),
}


class CreditStatus(StrEnum):
    """What the credit platform says of an agency."""

    normal = "normal"
    rectification = "rectification"
    listed = "listed"


CREDIT_LABELS: dict[CreditStatus, LazyString] = {
    CreditStatus.normal: _("Normal"),
    CreditStatus.rectification: _("Ordered to rectify"),
    CreditStatus.listed: _("Listed as dishonest"),
}


class SuspensionCause(StrEnum):
    """What a suspension follows from; only a decision waits for another decision to be lifted."""

    decision = "decision"
    evidence = "evidence"
    credit = "credit"


class Membership(Record):
    """An agency's place in a library, from its application to its removal."""

    __tablename__ = "memberships"
    __mapper_args__: Any = {"polymorphic_identity": "membership"}
    party_key = "vendor_id"
    __table_args__ = (
        UniqueConstraint("library_id", "vendor_id"),
        Index("ix_memberships_status_id", "status", "id"),
        Index("ix_memberships_vendor_id", "vendor_id"),
        CheckConstraint(
            "status <> 'publicised' OR publicity_ends_on IS NOT NULL", name="publicity_has_an_end"
        ),
        CheckConstraint(
            "status NOT IN ('admitted', 'suspended')"
            " OR (admitted_on IS NOT NULL AND recheck_due_on IS NOT NULL)",
            name="admitted_on",
        ),
        CheckConstraint(
            "(status IN ('suspended', 'removed')) = (status_reason IS NOT NULL)", name="reason_given"
        ),
        CheckConstraint("(status = 'removed') = (removed_on IS NOT NULL)", name="removed_on"),
        CheckConstraint(
            "(status = 'suspended') = (suspended_on IS NOT NULL)"
            " AND (status = 'suspended') = (suspended_for IS NOT NULL)",
            name="suspended_for_something",
        ),
        CheckConstraint(
            "(credit_status IS NULL) = (credit_checked_on IS NULL)"
            " AND (credit_status IS NULL) = (credit_evidence IS NULL)",
            name="credit_with_evidence",
        ),
    )

    id: Mapped[int] = mapped_column(ForeignKey("records.id"), primary_key=True)
    library_id: Mapped[int] = mapped_column(ForeignKey("libraries.id"))
    vendor_id: Mapped[int] = mapped_column(ForeignKey("vendors.id"))
    status: Mapped[MembershipStatus] = mapped_column(default=MembershipStatus.applied)
    applied_on: Mapped[date]
    reviewed_on: Mapped[date | None]
    publicised_on: Mapped[date | None]
    publicity_ends_on: Mapped[date | None]
    admitted_on: Mapped[date | None]
    recheck_due_on: Mapped[date | None]
    # how often it was checked, the admission included; tells the yearly clocks apart
    checks: Mapped[int] = mapped_column(default=0)
    suspended_on: Mapped[date | None]
    suspended_for: Mapped[SuspensionCause | None]
    removed_on: Mapped[date | None]
    status_reason: Mapped[str | None] = mapped_column(String(500))
    credit_status: Mapped[CreditStatus | None]
    credit_checked_on: Mapped[date | None]
    credit_checked_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    credit_evidence: Mapped[str | None] = mapped_column(String(500))
    rectify_until: Mapped[date | None]
    # the rotation counts these beside the awards: a newcomer's start, and what somebody was fined
    virtual_turns: Mapped[int] = mapped_column(default=0)
    penalty_turns: Mapped[int] = mapped_column(default=0)

    library: Mapped[Library] = relationship(foreign_keys=[library_id])
    vendor: Mapped[Vendor] = relationship(foreign_keys=[vendor_id])
    credit_checked_by: Mapped[User | None] = relationship(foreign_keys=[credit_checked_by_id])

    def search_words(self) -> list[str]:
        """Return its number, its vendor and its library."""
        return [*super().search_words(), self.vendor.title, self.library.title]


# Libraries serve the whole zone: the departments below see them and their members.
Record.shared_kinds.update({"library", "membership"})


def as_kinds(words: Iterable[CertificateKind]) -> list[str]:
    """Return kinds of certificate as a library keeps them."""
    return sorted(str(kind) for kind in words)
