"""What vendors lack, service by service: kept in step with their papers, and read off by day."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import date
from typing import Any, cast

from sqlalchemy import Table, delete, exists, insert, select, update
from sqlalchemy.orm import Session

from vendors.categories import ServiceCategory
from vendors.dossier import OfferedService, Person, Premises, VendorNeed
from vendors.evidence import REQUIREMENTS, Held, Need, Paper, Staffer
from vendors.evidence import needs as needs_of
from vendors.models import Qualification, QualificationStatus, Vendor, VendorStatus
from vendors.queries import portions

NEEDS = cast(Table, VendorNeed.__table__)
GONE = (VendorStatus.removed, VendorStatus.debarred)
# one that has lapsed or was renewed held once: its last day is told, and a renewal carries on from it
FOUND_GENUINE = (QualificationStatus.verified, QualificationStatus.lapsed, QualificationStatus.renewed)
SPOKEN_FOR = (QualificationStatus.rejected, QualificationStatus.withdrawn)
AT_ONCE = 1_000


def of_vendor(
    session: Session, vendor: Vendor, on: date, categories: Collection[ServiceCategory] | None = None
) -> list[Need]:
    """Return every requirement of a vendor's services, or of these, worked out anew from its papers."""
    ids = [vendor.id]
    asked = services(session, ids)[vendor.id] if categories is None else categories
    return needs_of(held(session, ids)[vendor.id], asked, on)


def lines(session: Session, vendor: Vendor, on: date) -> list[str]:
    """Return what a vendor lacks, in the words that the office and the vendor both read."""
    return [str(need.words(on)) for need in of_vendor(session, vendor, on) if not need.is_met(on)]


def lacks(session: Session, vendor_id: int, category: ServiceCategory, on: date) -> list[Need]:
    """Return what a vendor lacks for one service on a day, as it was last kept."""
    found = select(VendorNeed).where(
        VendorNeed.vendor_id == vendor_id, VendorNeed.category == category, VendorNeed.met_until < on
    )
    return [row.as_need for row in session.scalars(found.order_by(VendorNeed.need))]


def lacking(vendor_id: Any, category: Any, on: date) -> Any:
    """Return the condition that a vendor lacks something for a service, for lists of what rests on it."""
    row = VendorNeed
    return exists().where(row.vendor_id == vendor_id, row.category == category, row.met_until < on)


def refresh(session: Session, vendors: Iterable[Vendor], on: date) -> None:
    """Bring what is kept of some vendors' needs in line with their papers."""
    session.flush()
    for some in portions(vendors):
        by_id = {vendor.id: vendor.register_id for vendor in some}
        _keep(session, by_id, on)


def refresh_all(session: Session, on: date) -> int:
    """Bring the needs of every vendor in line, those too that came in with a ledger; return how many."""
    known = select(Vendor.id, Vendor.register_id).order_by(Vendor.id).execution_options(yield_per=AT_ONCE)
    seen = 0
    for part in list(session.execute(known).partitions()):
        _keep(session, {row.id: row.register_id for row in part}, on)
        seen += len(part)
    return seen


def held(session: Session, vendor_ids: Collection[int]) -> dict[int, Held]:
    """Return what has been verified of some vendors, in a handful of queries."""
    papers: dict[int, list[Paper]] = defaultdict(list)
    staff: dict[int, list[Staffer]] = defaultdict(list)
    verified = select(
        Qualification.vendor_id, Qualification.certificate, Qualification.issued_on, Qualification.expires_on
    ).where(Qualification.vendor_id.in_(vendor_ids), Qualification.status.in_(FOUND_GENUINE))
    for vendor_id, kind, issued_on, expires_on in session.execute(verified):
        papers[vendor_id].append(Paper(kind, issued_on, expires_on))
    counted = select(Person.vendor_id, Person.id_digest, Person.credential, Person.expires_on).where(
        Person.vendor_id.in_(vendor_ids), Person.verified_on.is_not(None), Person.left_on.is_(None)
    )
    for vendor_id, who, credential, expires_on in session.execute(counted):
        staff[vendor_id].append(Staffer(who, credential, expires_on))
    areas = _areas(session, vendor_ids)
    return {id_: Held(papers[id_], staff[id_], areas.get(id_, 0)) for id_ in vendor_ids}


def services(session: Session, vendor_ids: Collection[int]) -> dict[int, set[ServiceCategory]]:
    """Return the services that vendors offer or have papers for, as far as these demand something.

    Of a vendor that has left the register nothing is demanded.
    """
    found: dict[int, set[ServiceCategory]] = defaultdict(set)
    offered = select(OfferedService.vendor_id, OfferedService.category).where(
        OfferedService.vendor_id.in_(vendor_ids), OfferedService.category.in_(REQUIREMENTS)
    )
    documented = select(Qualification.vendor_id, Qualification.category).where(
        Qualification.vendor_id.in_(vendor_ids),
        Qualification.category.in_(REQUIREMENTS),
        Qualification.status.not_in(SPOKEN_FOR),
    )
    gone = select(Vendor.id).where(Vendor.id.in_(vendor_ids), Vendor.status.in_(GONE))
    left = set(session.scalars(gone))
    for query in (offered, documented.distinct()):
        for vendor_id, category in session.execute(query):
            if vendor_id not in left:
                found[vendor_id].add(category)
    return found


def _areas(session: Session, vendor_ids: Collection[int]) -> dict[int, int]:
    seen = select(Premises.vendor_id, Premises.area).where(Premises.vendor_id.in_(vendor_ids))
    seen = seen.order_by(Premises.seen_on, Premises.id)  # the last look counts
    return {row.vendor_id: row.area for row in session.execute(seen)}


def _keep(session: Session, register_ids: dict[int, int], on: date) -> None:
    """Write only what differs: on most days that is next to nothing."""
    have, offer = held(session, register_ids), services(session, register_ids)
    wanted = {
        (id_, need.category, need.key): need.met_until
        for id_, place in have.items()
        for need in needs_of(place, offer.get(id_, ()), on)
    }
    kept = select(VendorNeed.vendor_id, VendorNeed.category, VendorNeed.need, VendorNeed.met_until)
    known = {
        (id_, category, need): until
        for id_, category, need, until in session.execute(kept.where(VendorNeed.vendor_id.in_(register_ids)))
    }
    for key in known.keys() - wanted.keys():
        session.execute(delete(NEEDS).where(*_is(key)))
    for key in wanted.keys() & known.keys():
        if wanted[key] != known[key]:
            session.execute(update(NEEDS).where(*_is(key)).values(met_until=wanted[key]))
    new = [
        dict(zip(("vendor_id", "category", "need"), key, strict=True))
        | {"register_id": register_ids[key[0]], "met_until": wanted[key]}
        for key in sorted(wanted.keys() - known.keys())
    ]
    if new:
        session.execute(insert(NEEDS), new)


def _is(key: tuple[int, ServiceCategory, str]) -> Sequence[Any]:
    columns = (NEEDS.c.vendor_id, NEEDS.c.category, NEEDS.c.need)
    return [column == value for column, value in zip(columns, key, strict=True)]
