"""What the portal asks the database for a vendor: what it owes, what it holds, what it is given."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from contracts.models import Contract, ContractStatus
from core.documents import Document
from core.errors import NotFound
from core.organizations import beyond
from core.records import Record
from deadlines.corrections import calendar_for
from deadlines.models import RUNNING, Deadline, DeadlineState
from deadlines.queries import working_days_left
from deadlines.routing import owed_by_party
from vendors.commissions import Commission
from vendors.libraries import Library, LibraryStatus, Membership
from vendors.models import Vendor

# what lies further ahead is found under its own record
AHEAD = timedelta(days=90)
MOST = 100
PROMISE = "commission_promise"
# nothing is signed yet, or never was
UNSIGNED = (ContractStatus.drafted, ContractStatus.withdrawn)


@dataclass(frozen=True)
class Duty:
    """A deadline that the vendor has to meet, alone or together with the office."""

    deadline: Deadline
    record: Record
    # negative when it has passed; None where only an unpublished calendar could tell
    working_days_left: int | None


def duties(session: Session, vendor: Vendor, today: date, record: Record | None = None) -> list[Duty]:
    """Return what the vendor has to do soon, the most urgent first; of one record all that runs."""
    rows = select(Deadline).where(
        Deadline.party_id == vendor.id,
        owed_by_party(Deadline),
        Deadline.state == DeadlineState.open,
        Deadline.closed_on.is_(None),
    )
    if record is None:
        rows = rows.where(Deadline.due_on <= today + AHEAD)
    else:
        rows = rows.where(Deadline.record_id == record.id)
    rows = rows.options(joinedload(Deadline.record)).order_by(
        Deadline.provisional, Deadline.due_on, Deadline.id
    )
    calendar = calendar_for(session)
    found = session.scalars(rows.limit(MOST)).all()
    return [Duty(each, each.record, working_days_left(each, today, calendar)) for each in found]


def limit(session: Session, commission: Commission, today: date) -> Duty | None:
    """Return the promised limit of a commission while it runs or stands still, whoever answers for it."""
    running = select(Deadline).where(
        Deadline.record_id == commission.id,
        Deadline.rule_id == PROMISE,
        Deadline.state.in_(RUNNING),
        Deadline.closed_on.is_(None),
    )
    found = session.scalars(running.order_by(Deadline.id.desc()).limit(1)).one_or_none()
    if found is None:
        return None
    return Duty(found, commission, working_days_left(found, today, calendar_for(session)))


def contracts(session: Session, vendor: Vendor) -> Sequence[Contract]:
    """Return the vendor's signed contracts, the newest first."""
    own = select(Contract).where(Contract.vendor_id == vendor.id, Contract.status.not_in(UNSIGNED))
    return session.scalars(own.order_by(Contract.signed_on.desc(), Contract.id.desc()).limit(MOST)).all()


def commissions(session: Session, vendor: Vendor) -> Sequence[Commission]:
    """Return what the vendor has been chosen for, the newest first."""
    own = select(Commission).where(Commission.vendor_id == vendor.id)
    return session.scalars(own.order_by(Commission.chosen_on.desc(), Commission.id.desc()).limit(MOST)).all()


def libraries(session: Session, vendor: Vendor) -> Sequence[Library]:
    """Return the libraries of the vendor's register that take in agencies; anybody may know of them."""
    with beyond(session):
        open_ones = select(Library).where(
            Library.register_id == vendor.register_id, Library.status == LibraryStatus.open
        )
        return session.scalars(open_ones.order_by(Library.category)).all()


def library(session: Session, vendor: Vendor, library_id: int) -> Library:
    """Return a library of the vendor's register, or raise NotFound."""
    found = next((each for each in libraries(session, vendor) if each.id == library_id), None)
    if found is None:
        raise NotFound
    return found


def memberships(session: Session, vendor: Vendor) -> Sequence[Membership]:
    """Return the vendor's places in libraries, each with its library."""
    with beyond(session):
        own = select(Membership).where(Membership.vendor_id == vendor.id)
        own = own.options(joinedload(Membership.library)).order_by(Membership.id.desc())
        return session.scalars(own).all()


def documents(session: Session, record: Record, label: str | None = None) -> Sequence[Document]:
    """Return what hangs on a record and is shown to its party, the newest first."""
    shown = select(Document).where(Document.record_id == record.id, Document.shared.is_(True))
    if label is not None:
        shown = shown.where(Document.label == label)
    return session.scalars(shown.order_by(Document.id.desc())).all()
