"""What is due, for whom, and in how many working days."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, func, select, tuple_
from sqlalchemy.orm import Session, joinedload, object_session

from core.auth import User
from core.i18n import LazyString
from core.i18n import lazy_gettext as _
from core.organizations import Organization, beyond
from core.records import Record
from deadlines.calendar import Calendar, UnpublishedYear
from deadlines.corrections import calendar_for
from deadlines.models import Deadline, DeadlineState, EventDate

# further than anybody scrolls: beyond it the page says "more than"
MOST_COUNTED = 10_000


class Bucket(StrEnum):
    """How near a deadline is."""

    overdue = "overdue"
    week = "week"
    month = "month"
    quarter = "quarter"
    later = "later"
    unpublished = "unpublished"
    paused = "paused"


BUCKET_LABELS: dict[Bucket, LazyString] = {
    Bucket.overdue: _("Overdue"),
    Bucket.week: _("Within 7 days"),
    Bucket.month: _("Within 30 days"),
    Bucket.quarter: _("Within 90 days"),
    Bucket.later: _("Later"),
    Bucket.unpublished: _("Calendar not published"),
    Bucket.paused: _("Paused"),
}

# the last day of each bucket, counted from today; each begins where the one before it ends
LAST_DAY = {Bucket.overdue: -1, Bucket.week: 7, Bucket.month: 30, Bucket.quarter: 90}


ORDER = (Deadline.provisional, Deadline.due_on, Deadline.id)


@dataclass(frozen=True, slots=True)
class Line:
    """A deadline on somebody's agenda."""

    deadline: Deadline
    bucket: Bucket
    # negative when it has passed; None where only an unpublished calendar could tell
    working_days_left: int | None

    @property
    def key(self) -> tuple[bool, date, int]:
        """Return what the next page starts after."""
        return self.deadline.provisional, self.deadline.due_on, self.deadline.id


def agenda(
    session: Session,
    *,
    today: date,
    user: User | None = None,
    organization: Organization | None = None,
    bucket: Bucket | None = None,
    after: tuple[bool, date, int] | None = None,
    limit: int = 50,
) -> list[Line]:
    """Return what is owed, the fewest working days left first; of one person, of one organization, or of all.

    What waits for a calendar comes last. ``after`` is the key of the last line of the page before.
    """
    rows = select(Deadline).where(*_owed(session, user, organization))
    if bucket is None:
        rows = rows.where(Deadline.state == DeadlineState.open)
    else:
        rows = rows.where(_in_bucket(bucket, today))
    if after is not None:
        rows = rows.where(tuple_(*ORDER) > after)
    rows = rows.options(joinedload(Deadline.record)).order_by(*ORDER).limit(limit)
    return _lines(session.scalars(rows).all(), today, calendar_for(session))


def agenda_counts(
    session: Session, *, today: date, user: User | None = None, organization: Organization | None = None
) -> dict[Bucket, int]:
    """Return how many deadlines each bucket holds, up to ``MOST_COUNTED`` and one more, in one query."""
    owed = _owed(session, user, organization)
    found = (
        select(Deadline.id).where(*owed, _in_bucket(bucket, today)).limit(MOST_COUNTED + 1).subquery()
        for bucket in Bucket
    )
    counts = (select(func.count()).select_from(rows).scalar_subquery() for rows in found)
    return dict(zip(Bucket, session.execute(select(*counts)).one(), strict=True))


def for_record(session: Session, record: Record, *, today: date) -> list[Line]:
    """Return every deadline of a record, closed ones included, in the order of their days."""
    rows = select(Deadline).where(Deadline.record_id == record.id).order_by(Deadline.due_on, Deadline.id)
    return _lines(session.scalars(rows).all(), today, calendar_for(session))


def dates_of(session: Session, record: Record) -> Sequence[EventDate]:
    """Return the timeline of a record: what is planned, what has happened, what the law fixes."""
    day = func.coalesce(EventDate.occurred_on, EventDate.planned_on)
    rows = select(EventDate).where(EventDate.record_id == record.id)
    return session.scalars(rows.order_by(day, EventDate.id)).all()


def bucket_of(deadline: Deadline, today: date) -> Bucket:
    """Return how near a running deadline is."""
    if deadline.state is DeadlineState.paused:
        return Bucket.paused
    if deadline.provisional:
        return Bucket.unpublished
    left = (deadline.due_on - today).days
    return next((bucket for bucket, last in LAST_DAY.items() if left <= last), Bucket.later)


def working_days_left(deadline: Deadline, today: date, calendar: Calendar) -> int | None:
    """Return the working days after today up to the last day; None where nobody can know yet."""
    if deadline.provisional:
        return None
    try:
        return calendar.count_working(today, deadline.due_on)
    except UnpublishedYear:
        return None


def _lines(rows: Sequence[Deadline], today: date, calendar: Calendar) -> list[Line]:
    return [Line(row, bucket_of(row, today), working_days_left(row, today, calendar)) for row in rows]


def _owed(
    session: Session, user: User | None, organization: Organization | None
) -> list[ColumnElement[bool]]:
    # the indexes of the agenda hold only what is not closed
    owed: list[ColumnElement[bool]] = [Deadline.owed.is_(True), Deadline.closed_on.is_(None)]
    if user is not None:
        owed.append(Deadline.owner_id == user.id)
    if organization is not None:
        # named one by one: of a single office, the index is read in the order of the agenda
        below = select(Organization.id).where(Organization.path.startswith(organization.path))
        ids = session.scalars(below).all()
        own = Deadline.organization_id
        owed.append(own == ids[0] if len(ids) == 1 else own.in_(ids))
    return owed


def _in_bucket(bucket: Bucket, today: date) -> ColumnElement[bool]:
    if bucket is Bucket.paused:
        return Deadline.state == DeadlineState.paused
    open_ones = Deadline.state == DeadlineState.open
    if bucket is Bucket.unpublished:
        return and_(open_ones, Deadline.provisional.is_(True))
    certain = and_(open_ones, Deadline.provisional.is_(False))
    bounds = [*LAST_DAY.values()]
    place = list(Bucket).index(bucket)
    if place > 0:
        certain = and_(certain, Deadline.due_on > today + timedelta(days=bounds[place - 1]))
    if place < len(bounds):
        certain = and_(certain, Deadline.due_on <= today + timedelta(days=bounds[place]))
    return certain


def has_happened(record: Record, event: str, occurrence: str = "") -> bool:
    """Tell whether an event of a record has been entered as having happened."""
    session = object_session(record)
    if session is None:
        return False
    own = (EventDate.record_id == record.id, EventDate.event == event, EventDate.occurrence == occurrence)
    found = select(EventDate.id).where(*own, EventDate.occurred_on.is_not(None))
    with session.no_autoflush, beyond(session):
        return session.scalars(found).first() is not None
