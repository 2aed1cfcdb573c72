"""What is asked about libraries, their members and their commissions more than once."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from decimal import Decimal
from statistics import median
from typing import Any, NamedTuple, cast

from sqlalchemy import Table, and_, func, or_, select
from sqlalchemy.orm import Session

from core.auth import User
from core.i18n import Text
from core.i18n import lazy_gettext as _
from core.kinds import Waiting
from core.permissions import Permission
from vendors import standings
from vendors.commissions import Commission, CommissionStatus
from vendors.libraries import Library, Membership, MembershipStatus
from vendors.models import Qualification, QualificationStatus, Vendor
from vendors.picks import LIVE_PICKS, Candidate, Pick, PickStatus
from vendors.ranking import Standing
from vendors.report_types import ReportType

# Awards and invitations count over the whole zone, whichever department gave them: not under a scope.
GIVEN = cast(Table, Commission.__table__)
PICKS = cast(Table, Pick.__table__)
CANDIDATES = cast(Table, Candidate.__table__)
LIBRARIES = cast(Table, Library.__table__)

# stars in hundredths from which a member is of the first and of the second class
FIRST_CLASS, SECOND_CLASS = 450, 350


def membership_of(session: Session, library: Library, vendor: Vendor) -> Membership | None:
    """Return a vendor's place in a library."""
    own = select(Membership).where(Membership.library_id == library.id, Membership.vendor_id == vendor.id)
    return session.scalars(own).one_or_none()


def memberships_of(session: Session, vendor: Vendor) -> Sequence[Membership]:
    """Return the places of a vendor, library by library."""
    own = select(Membership).where(Membership.vendor_id == vendor.id)
    return session.scalars(own.order_by(Membership.library_id)).all()


def members(session: Session, library: Library) -> Sequence[Membership]:
    """Return the members of a library, suspended ones too, in the order of their vendors' numbers."""
    held = (MembershipStatus.admitted, MembershipStatus.suspended)
    own = select(Membership).where(Membership.library_id == library.id, Membership.status.in_(held))
    return sorted(session.scalars(own), key=lambda membership: membership.vendor.number)


def in_force(session: Session, vendor: Vendor, on: date) -> list[Qualification]:
    """Return a vendor's certificates that are verified and whose last day has not passed."""
    verified = select(Qualification).where(
        Qualification.vendor_id == vendor.id, Qualification.status == QualificationStatus.verified
    )
    return [held for held in session.scalars(verified) if held.is_in_force(on)]


def applicants(session: Session, library: Library) -> Sequence[Membership]:
    """Return the places that are applied for, the oldest application first."""
    waiting = (MembershipStatus.applied, MembershipStatus.reviewed, MembershipStatus.publicised)
    own = select(Membership).where(Membership.library_id == library.id, Membership.status.in_(waiting))
    return session.scalars(own.order_by(Membership.applied_on, Membership.id)).all()


def papers_of(
    session: Session, library: Library, vendor_ids: Collection[int], on: date
) -> dict[int, list[Qualification]]:
    """Return the certificates in force on which the members of a library rest, by vendor."""
    verified = select(Qualification).where(
        Qualification.vendor_id.in_(vendor_ids),
        Qualification.status == QualificationStatus.verified,
        Qualification.certificate.in_(library.required),
    )
    found: dict[int, list[Qualification]] = {}
    for held in session.scalars(verified.order_by(Qualification.expires_on, Qualification.id)):
        if held.is_in_force(on):
            found.setdefault(held.vendor_id, []).append(held)
    return found


def lines_of(session: Session, library: Library) -> dict[int, Standing]:
    """Return the figures of every agency of a library, by vendor."""
    known = [*standings.top(session, library, limit=None), *standings.unranked(session, library)]
    return {line.vendor_id: line for line in known}


class Overview(NamedTuple):
    """A library at a glance."""

    library: Library
    members: int
    suspended: int
    applied: int
    cases: int


def overview(session: Session) -> list[Overview]:
    """Return every library that the reader sees, with its members and its finished cases."""
    libraries = session.scalars(select(Library).order_by(Library.category)).all()
    states: dict[tuple[int, MembershipStatus], int] = {}
    counted = select(Membership.library_id, Membership.status, func.count()).group_by(
        Membership.library_id, Membership.status
    )
    for library_id, status, count in session.execute(counted):
        states[library_id, status] = count
    lines = standings.LINES
    cases = dict(
        map(
            tuple,
            session.execute(
                select(lines.c.library_id, func.sum(lines.c.days_n)).group_by(lines.c.library_id)
            ),
        )
    )
    return [_overview(library, states, cases.get(library.id, 0)) for library in libraries]


def _overview(library: Library, states: Mapping[tuple[int, MembershipStatus], int], cases: int) -> Overview:
    count = {status: states.get((library.id, status), 0) for status in MembershipStatus}
    applied = (MembershipStatus.applied, MembershipStatus.reviewed, MembershipStatus.publicised)
    return Overview(
        library,
        count[MembershipStatus.admitted],
        count[MembershipStatus.suspended],
        sum(count[status] for status in applied),
        cases,
    )


class TaskFee(NamedTuple):
    """What an agency charged for one kind of task."""

    report_type: ReportType
    cases: int
    lowest: Decimal
    middle: Decimal
    highest: Decimal


def fees_of(session: Session, membership: Membership) -> list[TaskFee]:
    """Return what a member charged, task by task, in the cases that the authority has accepted."""
    found = select(GIVEN.c.report_type, GIVEN.c.agreed_fee).where(
        GIVEN.c.library_id == membership.library_id,
        GIVEN.c.vendor_id == membership.vendor_id,
        GIVEN.c.authority_accepted_on.is_not(None),
    )
    fees: dict[ReportType, list[Decimal]] = {}
    for task, fee in session.execute(found):
        fees.setdefault(task, []).append(fee)
    return [
        TaskFee(task, len(paid), min(paid), median(paid), max(paid)) for task, paid in sorted(fees.items())
    ]


class Given(NamedTuple):
    """What an agency was given lately."""

    cases: int
    amount: Decimal
    last_on: date | None


def given_since(session: Session, library: Library, vendor: Vendor, since: date) -> Given:
    """Return how much an agency was given in a library after a day, over the whole zone."""
    found = select(
        func.count(), func.coalesce(func.sum(GIVEN.c.agreed_fee), 0), func.max(GIVEN.c.chosen_on)
    ).where(
        GIVEN.c.library_id == library.id,
        GIVEN.c.vendor_id == vendor.id,
        GIVEN.c.chosen_on > since,
        GIVEN.c.status != CommissionStatus.cancelled,
    )
    count, amount, last_on = session.execute(found).one()
    return Given(count, Decimal(amount), last_on)


def turns(session: Session, library: Library, members_: Collection[Membership]) -> list[dict[str, Any]]:
    """Return what the rotation counts of each member: invitations, awards, class, fines, virtual turns."""
    invited, awarded = _invitations(session, library), _awards(session, library)
    classes = _classes(session, library)
    return [
        {
            "number": member.vendor.number,
            "name": member.vendor.title,
            "awards": awarded.get(member.vendor_id, 0),
            "invitations": invited.get(member.vendor_id, 0),
            "class": classes.get(member.vendor_id, 2),
            "penalties": member.penalty_turns,
            "virtual": member.virtual_turns,
        }
        for member in members_
    ]


def live_pick(session: Session, commission: Commission) -> Pick | None:
    """Return the pick that runs for a commission, or that has found its agency."""
    own = select(Pick).where(Pick.commission_id == commission.id, Pick.status.in_(LIVE_PICKS))
    return session.scalars(own).one_or_none()


def unfinished_pick(session: Session, commission: Commission) -> Pick | None:
    """Return the pick of a commission that has no result yet."""
    pick = live_pick(session, commission)
    return pick if pick is not None and pick.status is not PickStatus.picked else None


def officer_called(session: Session, commission: Commission, called: str) -> User | None:
    """Return the one officer of a commission's organization who has this name or address."""
    name = called.strip()
    own = select(User).where(
        User.organization_id == commission.organization_id,
        User.active.is_(True),
        or_(User.name == name, User.email == name.lower()),
    )
    found = session.scalars(own.limit(2)).all()
    return found[0] if len(found) == 1 else None


def picks_of(session: Session, commission: Commission) -> Sequence[Pick]:
    """Return every pick made for a commission, the newest first."""
    own = select(Pick).where(Pick.commission_id == commission.id)
    return session.scalars(own.order_by(Pick.id.desc())).all()


def _awards(session: Session, library: Library) -> dict[int, int]:
    found = (
        select(GIVEN.c.vendor_id, func.count())
        .where(GIVEN.c.library_id == library.id, GIVEN.c.vendor_id.is_not(None))
        .where(GIVEN.c.status != CommissionStatus.cancelled)
        .group_by(GIVEN.c.vendor_id)
    )
    return dict(map(tuple, session.execute(found)))


def _invitations(session: Session, library: Library) -> dict[int, int]:
    found = (
        select(CANDIDATES.c.vendor_id, func.count())
        .join(PICKS, PICKS.c.id == CANDIDATES.c.pick_id)
        .join(GIVEN, GIVEN.c.id == PICKS.c.commission_id)
        .where(GIVEN.c.library_id == library.id, CANDIDATES.c.is_eligible.is_(True))
        .where(PICKS.c.status.in_((PickStatus.frozen, PickStatus.picked)))
        .group_by(CANDIDATES.c.vendor_id)
    )
    return dict(map(tuple, session.execute(found)))


def _classes(session: Session, library: Library) -> dict[int, int]:
    lines = standings.LINES
    found = select(lines.c.vendor_id, lines.c.stars_sum, lines.c.stars_n).where(
        lines.c.library_id == library.id, lines.c.stars_n > 0
    )
    return {vendor_id: _class(total // n) for vendor_id, total, n in session.execute(found)}


def _class(hundredths: int) -> int:
    if hundredths >= FIRST_CLASS:
        return 1
    return 2 if hundredths >= SECOND_CLASS else 3


# -- below the threshold of stars ---------------------------------------------------------------------------

HELD = (MembershipStatus.admitted, MembershipStatus.suspended)


class Stars(NamedTuple):
    """What an agency was rated with in one library: the sum in hundredths, and how often."""

    total: int
    times: int

    def is_below(self, library: Library) -> bool:
        """Tell whether the average lies below what the library asks of its members."""
        return bool(self.times) and self.total < (library.remove_below or 0) * 100 * self.times

    def against(self, library: Library) -> dict[str, Any]:
        """Return the figures that speak for the removal."""
        average = f"{self.total / self.times / 100:.2f}"
        return {"rating": average, "count": self.times, "least": library.remove_below}

    def why_remove(self, library: Library) -> Text:
        """Say what speaks for the removal, as its reason."""
        words = _("%(rating)s stars on average of %(count)d ratings: below the threshold of %(least)d")
        return words % self.against(library)


def stars_of(session: Session, library_id: int, vendor_id: int) -> Stars:
    """Return what an agency was rated with in a library so far."""
    line = standings.LINES.c
    found = session.execute(
        select(line.stars_sum, line.stars_n).where(line.library_id == library_id, line.vendor_id == vendor_id)
    ).first()
    return Stars(*found) if found is not None else Stars(0, 0)


def reason_to_remove(session: Session, membership: Membership) -> Text | None:
    """Return why a member is a candidate for removal, or None when its stars suffice."""
    if membership.status not in HELD or membership.library.remove_below is None:
        return None
    stars = stars_of(session, membership.library_id, membership.vendor_id)
    return stars.why_remove(membership.library) if stars.is_below(membership.library) else None


def to_remove(session: Session, held: frozenset[Permission], limit: int) -> Sequence[Waiting]:
    """Return the members whose stars have fallen below the threshold, for whoever decides of it."""
    if Permission.library_admit not in held:
        return []
    line = standings.LINES.c
    below = (
        select(Membership)
        .join(LIBRARIES, LIBRARIES.c.id == Membership.library_id)
        .join(
            standings.LINES,
            and_(line.library_id == Membership.library_id, line.vendor_id == Membership.vendor_id),
        )
        .where(Membership.status.in_(HELD), line.stars_sum < LIBRARIES.c.remove_below * 100 * line.stars_n)
    )
    label = _("Remove from the library: below the threshold of stars")
    return [Waiting(each, label) for each in session.scalars(below.order_by(Membership.id).limit(limit))]
