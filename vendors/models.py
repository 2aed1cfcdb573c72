"""What is kept of a vendor: who it is, whom to call, and what entitles it to its services."""

from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.auth import User
from core.db import Model
from core.i18n import LazyString
from core.i18n import lazy_gettext as _
from core.records import Record
from vendors.categories import ServiceCategory
from vendors.certificates import CertificateKind


class VendorStatus(StrEnum):
    """Where a vendor stands with the zone."""

    registered = "registered"
    under_review = "under_review"
    returned = "returned"
    admitted = "admitted"
    suspended = "suspended"
    removed = "removed"
    debarred = "debarred"


VENDOR_STATUS_LABELS: dict[VendorStatus, LazyString] = {
    VendorStatus.registered: _("Registered"),
    VendorStatus.under_review: _("Under review"),
    VendorStatus.returned: _("Returned for correction"),
    VendorStatus.admitted: _("Admitted"),
    VendorStatus.suspended: _("Suspended"),
    VendorStatus.removed: _("Removed"),
    VendorStatus.debarred: _("Debarred"),
}


class EnterpriseSize(StrEnum):
    """How large an enterprise is by the official standard, as it declares itself."""

    undeclared = "undeclared"
    micro = "micro"
    small = "small"
    medium = "medium"
    large = "large"
    not_enterprise = "not_enterprise"


SIZE_LABELS: dict[EnterpriseSize, LazyString] = {
    EnterpriseSize.undeclared: _("Not declared"),
    EnterpriseSize.micro: _("Micro enterprise"),
    EnterpriseSize.small: _("Small enterprise"),
    EnterpriseSize.medium: _("Medium enterprise"),
    EnterpriseSize.large: _("Large enterprise"),
    EnterpriseSize.not_enterprise: _("Not an enterprise"),
}

SMALL_AND_MEDIUM = frozenset({EnterpriseSize.micro, EnterpriseSize.small, EnterpriseSize.medium})


class Vendor(Record):
    """Somebody who sells to the zone; ``title`` is the registered name."""

    __tablename__ = "vendors"
    __mapper_args__: Any = {"polymorphic_identity": "vendor"}
    party_key = "id"
    __table_args__ = (
        UniqueConstraint("register_id", "credit_code"),
        Index("ix_vendors_status_id", "status", "id"),
        CheckConstraint(
            "status NOT IN ('admitted', 'suspended') OR admitted_on IS NOT NULL", name="admitted"
        ),
        CheckConstraint("(status = 'suspended') = (suspended_until IS NOT NULL)", name="suspended_until"),
        CheckConstraint("(status = 'debarred') = (debarred_until IS NOT NULL)", name="debarred_until"),
        CheckConstraint("(status = 'removed') = (removed_on IS NOT NULL)", name="removed_on"),
        CheckConstraint(
            "(status IN ('returned', 'suspended', 'removed', 'debarred')) = (status_reason IS NOT NULL)",
            name="reason_given",
        ),
    )

    id: Mapped[int] = mapped_column(ForeignKey("records.id"), primary_key=True)
    # whose register it stands in: the same as organization_id, beside the code so that both are unique
    register_id: Mapped[int] = mapped_column(ForeignKey("organizations.id"))
    status: Mapped[VendorStatus] = mapped_column(default=VendorStatus.registered)
    credit_code: Mapped[str | None] = mapped_column(String(18))
    pinyin_initials: Mapped[str | None] = mapped_column(String(40))
    legal_representative: Mapped[str | None] = mapped_column(String(80))
    size: Mapped[EnterpriseSize] = mapped_column(default=EnterpriseSize.undeclared)
    address: Mapped[str | None] = mapped_column(String(200))
    admitted_on: Mapped[date | None]
    suspended_until: Mapped[date | None]
    debarred_until: Mapped[date | None]
    removed_on: Mapped[date | None]
    status_reason: Mapped[str | None] = mapped_column(String(500))

    contacts: Mapped[list["Contact"]] = relationship(
        back_populates="vendor", order_by="Contact.id", cascade="all, delete-orphan"
    )

    @property
    def is_small_or_medium(self) -> bool:
        """Tell whether the payment rules for small and medium enterprises protect it."""
        return self.size in SMALL_AND_MEDIUM

    @property
    def is_barred(self) -> bool:
        """Tell whether it may not be given anything new."""
        return self.status in {VendorStatus.suspended, VendorStatus.removed, VendorStatus.debarred}

    def search_words(self) -> list[str]:
        """Return its number, names and code."""
        known = (self.credit_code, self.pinyin_initials, self.legal_representative)
        return [*super().search_words(), *(word for word in known if word)]


class Contact(Model):
    """A person to call at a vendor."""

    __tablename__ = "vendor_contacts"
    __table_args__ = (
        CheckConstraint("phone IS NOT NULL OR email IS NOT NULL", name="can_be_reached"),
        UniqueConstraint("vendor_id", "name"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    vendor_id: Mapped[int] = mapped_column(ForeignKey("vendors.id"))
    name: Mapped[str] = mapped_column(String(80))
    position: Mapped[str | None] = mapped_column(String(80))
    phone: Mapped[str | None] = mapped_column(String(40))
    email: Mapped[str | None] = mapped_column(String(255))

    vendor: Mapped[Vendor] = relationship(back_populates="contacts")

    def __str__(self) -> str:
        return " ".join(part for part in (self.name, self.position, self.phone, self.email) if part)


class QualificationStatus(StrEnum):
    """Where a qualification stands; whether it is in force today follows from its days."""

    submitted = "submitted"
    verified = "verified"
    rejected = "rejected"
    lapsed = "lapsed"
    renewed = "renewed"
    withdrawn = "withdrawn"


QUALIFICATION_STATUS_LABELS: dict[QualificationStatus, LazyString] = {
    QualificationStatus.submitted: _("Submitted"),
    QualificationStatus.verified: _("Found genuine"),
    QualificationStatus.rejected: _("Rejected"),
    QualificationStatus.lapsed: _("Lapsed"),
    QualificationStatus.renewed: _("Renewed"),
    QualificationStatus.withdrawn: _("Withdrawn"),
}


def qualification_traits(certificate: CertificateKind) -> frozenset[str]:
    """Return the fact by which the rules on validity and renewal know a certificate."""
    return frozenset({f"certificate.{certificate}"})


class Qualification(Record):
    """A certificate, permit or filing of a vendor, for one kind of service."""

    __tablename__ = "qualifications"
    __mapper_args__: Any = {"polymorphic_identity": "qualification"}
    party_key = "vendor_id"
    __table_args__ = (
        UniqueConstraint("vendor_id", "certificate_number", "issued_on"),
        Index("ix_qualifications_status_id", "status", "id"),
        Index("ix_qualifications_expires_on_id", "expires_on", "id"),
        CheckConstraint("expires_on IS NULL OR expires_on > issued_on", name="expires_after_issue"),
        CheckConstraint(
            "status NOT IN ('verified', 'lapsed', 'renewed')"
            " OR (verified_on IS NOT NULL AND source IS NOT NULL)",
            name="verified_from_a_source",
        ),
        CheckConstraint(
            "(status IN ('rejected', 'withdrawn')) = (status_reason IS NOT NULL)", name="reason_given"
        ),
        CheckConstraint("status <> 'lapsed' OR expires_on IS NOT NULL", name="only_what_expires_lapses"),
    )

    id: Mapped[int] = mapped_column(ForeignKey("records.id"), primary_key=True)
    vendor_id: Mapped[int] = mapped_column(ForeignKey("vendors.id"))
    status: Mapped[QualificationStatus] = mapped_column(default=QualificationStatus.submitted)
    category: Mapped[ServiceCategory] = mapped_column(index=True)
    certificate: Mapped[CertificateKind]
    certificate_number: Mapped[str] = mapped_column(String(80))
    issuer: Mapped[str | None] = mapped_column(String(120))
    issued_on: Mapped[date]
    expires_on: Mapped[date | None]
    evidence: Mapped[str | None] = mapped_column(String(500))
    # where the original was looked up: a registry, a letter, the paper itself
    source: Mapped[str | None] = mapped_column(String(200))
    verified_on: Mapped[date | None]
    verified_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    status_reason: Mapped[str | None] = mapped_column(String(500))
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("qualifications.id"), index=True)

    vendor: Mapped[Vendor] = relationship(foreign_keys=[vendor_id])
    verified_by: Mapped[User | None] = relationship(foreign_keys=[verified_by_id])
    replaces: Mapped["Qualification | None"] = relationship(foreign_keys=[replaces_id], remote_side=[id])

    @property
    def traits(self) -> frozenset[str]:
        """Return its kind, by which the rules on validity and renewal know it."""
        return qualification_traits(self.certificate)

    def is_in_force(self, on: date) -> bool:
        """Tell whether it is verified and its last day has not passed."""
        return (
            self.status is QualificationStatus.verified
            and self.issued_on <= on
            and (self.expires_on is None or on <= self.expires_on)
        )

    def search_words(self) -> list[str]:
        """Return its numbers, its vendor and its issuer."""
        known = (self.certificate_number, self.issuer)
        return [*super().search_words(), *(word for word in known if word)]


# A vendor and its papers belong to the whole zone: those below the organization that keeps them see them.
Record.shared_kinds.update({"vendor", "qualification"})
