"""What is asked about vendors and their qualifications more than once."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import islice
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.kinds import Waiting
from core.organizations import Organization, OrganizationKind
from core.permissions import Permission
from deadlines.clocks import whole
from deadlines.models import RUNNING, Deadline
from vendors.models import Qualification, QualificationStatus, Vendor, VendorStatus
from vendors.workflow import QUALIFICATION, VENDOR

T = TypeVar("T")

AT_ONCE = 5_000
KEEPS_A_REGISTER = frozenset({OrganizationKind.zone, OrganizationKind.county, OrganizationKind.province})


def register_of(organization: Organization) -> Organization:
    """Return whose register of vendors an organization uses: the nearest zone or county, itself included."""
    place = organization
    while place.kind not in KEEPS_A_REGISTER and place.parent is not None:
        place = place.parent
    return place


def vendor_with_code(session: Session, register: Organization, code: str) -> Vendor | None:
    """Return the vendor that has this code in a register."""
    return session.scalars(
        select(Vendor).where(Vendor.register_id == register.id, Vendor.credit_code == code)
    ).one_or_none()


def vendors_by_code(session: Session, register: Organization, codes: Collection[str]) -> dict[str, int]:
    """Return the ids of vendors by their code."""
    own = select(Vendor.credit_code, Vendor.id).where(Vendor.register_id == register.id)
    found = (session.execute(own.where(Vendor.credit_code.in_(some))) for some in portions(codes))
    return {code: vendor_id for rows in found for code, vendor_id in rows if code}


def vendors_by_name(session: Session, register: Organization, names: Collection[str]) -> dict[str, list[int]]:
    """Return the ids of vendors by their name; a name may be borne by several."""
    own = select(Vendor.title, Vendor.id).where(Vendor.kind == "vendor", Vendor.register_id == register.id)
    by_name: dict[str, list[int]] = {}
    for some in portions(names):
        for name, vendor_id in session.execute(own.where(Vendor.title.in_(some)).order_by(Vendor.id)):
            by_name.setdefault(name, []).append(vendor_id)
    return by_name


def names_of(session: Session, vendor_ids: Collection[int]) -> dict[int, str]:
    """Return the names of vendors by their ids."""
    known = select(Vendor.id, Vendor.title)
    found = (session.execute(known.where(Vendor.id.in_(some))) for some in portions(vendor_ids))
    return {vendor_id: name for rows in found for vendor_id, name in rows}


def qualifications_by_number(session: Session, vendor_ids: Collection[int]) -> dict[tuple[int, str], int]:
    """Return the ids of vendors' qualifications by vendor and certificate number, the newest of each."""
    kept = select(Qualification.vendor_id, Qualification.certificate_number, Qualification.id)
    kept = kept.order_by(Qualification.issued_on, Qualification.id)
    parts = portions(vendor_ids)
    found = (session.execute(kept.where(Qualification.vendor_id.in_(some))) for some in parts)
    return {(vendor_id, number): id_ for rows in found for vendor_id, number, id_ in rows}


def qualifications_of(session: Session, vendor: Vendor) -> Sequence[Qualification]:
    """Return a vendor's qualifications, the longest lasting first."""
    chosen = select(Qualification).where(Qualification.vendor_id == vendor.id)
    latest = Qualification.expires_on.desc().nulls_last()
    return session.scalars(chosen.order_by(latest, Qualification.id.desc())).all()


def running_deadlines(session: Session, qualification: Qualification) -> Sequence[Deadline]:
    """Return the deadlines of a qualification that still run."""
    running = select(Deadline).where(Deadline.record_id == qualification.id, Deadline.state.in_(RUNNING))
    with whole(session):
        return session.scalars(running.order_by(Deadline.due_on, Deadline.id)).all()


def vendors_waiting(session: Session, held: frozenset[Permission], limit: int) -> list[Waiting]:
    """Return the vendors that wait for their admission."""
    if Permission.vendor_admit not in held:
        return []
    found = select(Vendor).where(Vendor.status == VendorStatus.under_review).order_by(Vendor.id).limit(limit)
    return [Waiting(vendor, VENDOR["admit"].label) for vendor in session.scalars(found)]


def qualifications_waiting(session: Session, held: frozenset[Permission], limit: int) -> list[Waiting]:
    """Return the qualifications that wait for their verification."""
    if Permission.vendor_admit not in held:
        return []
    found = select(Qualification).where(Qualification.status == QualificationStatus.submitted)
    chosen = session.scalars(found.order_by(Qualification.id).limit(limit))
    return [Waiting(held_, QUALIFICATION["verify"].label) for held_ in chosen]


def portions(values: Iterable[T]) -> Iterator[list[T]]:
    """Yield the values in portions that every engine takes in one statement."""
    waiting = iter(values)
    while some := list(islice(waiting, AT_ONCE)):
        yield some
