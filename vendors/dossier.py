"""What hangs on a vendor's file: accounts, agents, declarations, people, premises, and what is said of it."""

from datetime import date
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.auth import User
from core.db import Model
from core.i18n import LazyString
from core.i18n import lazy_gettext as _
from core.identity import masked
from vendors.categories import ServiceCategory
from vendors.evidence import Credential, Key, Need
from vendors.models import EnterpriseSize, Vendor


def _one_of(name: str, *columns: str, where: str) -> Index:
    return Index(name, *columns, unique=True, postgresql_where=text(where), sqlite_where=text(where))


class VendorAccount(Model):
    """A bank account: proposed, then confirmed by a second officer; of each there is one at a time."""

    __tablename__ = "vendor_accounts"
    __table_args__ = (
        CheckConstraint("(confirmed_on IS NULL) = (confirmed_by_id IS NULL)", name="confirmed_by_somebody"),
        CheckConstraint("confirmed_by_id <> proposed_by_id", name="two_people"),
        CheckConstraint("(ended_on IS NULL) = (end_reason IS NULL)", name="reason_given"),
        _one_of(
            "ix_vendor_accounts_proposed", "vendor_id", where="confirmed_on IS NULL AND ended_on IS NULL"
        ),
        _one_of(
            "ix_vendor_accounts_current", "vendor_id", where="confirmed_on IS NOT NULL AND ended_on IS NULL"
        ),
        Index("ix_vendor_accounts_vendor_id", "vendor_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    vendor_id: Mapped[int] = mapped_column(ForeignKey("vendors.id"))
    holder: Mapped[str] = mapped_column(String(200))
    bank: Mapped[str] = mapped_column(String(200))
    number_sealed: Mapped[str] = mapped_column(String(300))
    number_digest: Mapped[str] = mapped_column(String(64), index=True)
    last_four: Mapped[str] = mapped_column(String(4))
    proposed_on: Mapped[date]
    proposed_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    confirmed_on: Mapped[date | None]
    confirmed_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    ended_on: Mapped[date | None]
    end_reason: Mapped[str | None] = mapped_column(String(500))

    @property
    def is_proposed(self) -> bool:
        """Tell whether it waits for the second officer."""
        return self.confirmed_on is None and self.ended_on is None

    @property
    def is_current(self) -> bool:
        """Tell whether money goes to it."""
        return self.confirmed_on is not None and self.ended_on is None

    def __str__(self) -> str:
        return f"{self.bank} {masked(self.last_four)}"


class AuthorisedAgent(Model):
    """Somebody who may speak for a vendor, by a letter that holds between two days."""

    __tablename__ = "vendor_agents"
    __table_args__ = (
        CheckConstraint("ends_on >= starts_on", name="ends_after_start"),
        Index("ix_vendor_agents_vendor_id", "vendor_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    vendor_id: Mapped[int] = mapped_column(ForeignKey("vendors.id"))
    name: Mapped[str] = mapped_column(String(80))
    phone: Mapped[str | None] = mapped_column(String(40))
    # the letter of authority among the vendor's documents, or where the original lies
    letter: Mapped[str] = mapped_column(String(200))
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    revoked_on: Mapped[date | None]

    def is_in_force(self, on: date) -> bool:
        """Tell whether the letter holds on a day."""
        return self.starts_on <= on <= self.ends_on and (self.revoked_on is None or on < self.revoked_on)


class SizeDeclaration(Model):
    """A vendor's own declaration of its size, by the figures of one year."""

    __tablename__ = "size_declarations"
    __table_args__ = (
        UniqueConstraint("vendor_id", "declared_on"),
        CheckConstraint("figures_year > 1949", name="year_plausible"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    vendor_id: Mapped[int] = mapped_column(ForeignKey("vendors.id"))
    size: Mapped[EnterpriseSize]
    declared_on: Mapped[date]
    figures_year: Mapped[int]
    document: Mapped[str] = mapped_column(String(200))


class OfferedService(Model):
    """A service for which a vendor wants to be known."""

    __tablename__ = "vendor_services"

    vendor_id: Mapped[int] = mapped_column(ForeignKey("vendors.id"), primary_key=True)
    category: Mapped[ServiceCategory] = mapped_column(primary_key=True)
    since: Mapped[date]


class Person(Model):
    """Somebody on a vendor's staff with a registration of his or her own, counted at one vendor only."""

    __tablename__ = "vendor_people"
    __table_args__ = (
        CheckConstraint("(verified_on IS NULL) = (source IS NULL)", name="verified_from_a_source"),
        Index("ix_vendor_people_vendor_id", "vendor_id"),
        Index("ix_vendor_people_id_digest", "id_digest"),
        _one_of("ix_vendor_people_own", "vendor_id", "id_digest", "credential", where="left_on IS NULL"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    vendor_id: Mapped[int] = mapped_column(ForeignKey("vendors.id"))
    name: Mapped[str] = mapped_column(String(80))
    id_digest: Mapped[str] = mapped_column(String(64))
    id_tail: Mapped[str] = mapped_column(String(4))
    credential: Mapped[Credential]
    certificate_number: Mapped[str] = mapped_column(String(80))
    expires_on: Mapped[date | None]
    verified_on: Mapped[date | None]
    verified_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    source: Mapped[str | None] = mapped_column(String(200))
    added_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    left_on: Mapped[date | None]

    @property
    def is_counted(self) -> bool:
        """Tell whether a condition of practice may count this person."""
        return self.verified_on is not None and self.left_on is None


class Premises(Model):
    """Where a vendor works, as somebody has seen it; the last look counts."""

    __tablename__ = "vendor_premises"
    __table_args__ = (
        CheckConstraint("area > 0", name="area_positive"),
        Index("ix_vendor_premises_vendor_id", "vendor_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    vendor_id: Mapped[int] = mapped_column(ForeignKey("vendors.id"))
    address: Mapped[str] = mapped_column(String(200))
    # whole square metres
    area: Mapped[int]
    evidence: Mapped[str] = mapped_column(String(200))
    seen_on: Mapped[date]
    seen_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))


class VendorNeed(Model):
    """Until when a vendor meets one requirement of one service: what is missing is read off it by day."""

    __tablename__ = "vendor_needs"
    __table_args__ = (
        UniqueConstraint("vendor_id", "category", "need"),
        Index("ix_vendor_needs_met_until_id", "met_until", "id"),
        Index("ix_vendor_needs_category_met_until_id", "category", "met_until", "id"),
        Index("ix_vendor_needs_need_met_until_id", "need", "met_until", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    vendor_id: Mapped[int] = mapped_column(ForeignKey("vendors.id"))
    category: Mapped[ServiceCategory]
    need: Mapped[Key]
    register_id: Mapped[int] = mapped_column(ForeignKey("organizations.id"))
    met_until: Mapped[date]

    vendor: Mapped[Vendor] = relationship()

    @property
    def as_need(self) -> Need:
        """Return it as the matrix knows it."""
        return Need(self.category, self.need, self.met_until)


class ReviewRemark(Model):
    """What a reviewer wants corrected in one field of a vendor's file."""

    __tablename__ = "review_remarks"
    __table_args__ = (UniqueConstraint("vendor_id", "round", "field"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    vendor_id: Mapped[int] = mapped_column(ForeignKey("vendors.id"))
    # which return of the file it belongs to; the last one counts
    round: Mapped[int]
    field: Mapped[str] = mapped_column(String(40))
    text: Mapped[str] = mapped_column(String(500))
    made_on: Mapped[date]
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))


class Purpose(StrEnum):
    """For what a barred vendor may be let in by exception."""

    pick = "pick"
    invite = "invite"
    award = "award"
    contract = "contract"
    payment = "payment"


PURPOSE_LABELS: dict[Purpose, LazyString] = {
    Purpose.pick: _("be picked"),
    Purpose.invite: _("be invited"),
    Purpose.award: _("be awarded"),
    Purpose.contract: _("get a contract"),
    Purpose.payment: _("be paid"),
}


class SanctionException(Model):
    """A named authority's decision that a barred vendor may do one thing until a day."""

    __tablename__ = "sanction_exceptions"
    __table_args__ = (
        CheckConstraint("until >= recorded_on", name="until_after_record"),
        Index("ix_sanction_exceptions_vendor_id", "vendor_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    vendor_id: Mapped[int] = mapped_column(ForeignKey("vendors.id"))
    purpose: Mapped[Purpose]
    authority: Mapped[str] = mapped_column(String(120))
    document_number: Mapped[str] = mapped_column(String(80))
    reason: Mapped[str] = mapped_column(String(500))
    until: Mapped[date]
    recorded_on: Mapped[date]
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    recorded_by: Mapped[User | None] = relationship(foreign_keys=[recorded_by_id])

    def holds(self, purpose: Purpose, on: date) -> bool:
        """Tell whether it covers a purpose on a day."""
        return self.purpose is purpose and self.recorded_on <= on <= self.until
