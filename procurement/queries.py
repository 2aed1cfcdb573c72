"""What is asked about the dates of a tender more than once."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from decimal import Decimal

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from core.i18n import Text
from core.kinds import Waiting
from core.organizations import Organization
from core.permissions import Permission
from core.records import ReviewStatus
from core.workflow import ACT_LABELS, Transition
from deadlines.models import EventDate
from procurement.models import Tender
from procurement.workflow import PAPERS, TENDER
from vendors.queries import portions


def day_of(session: Session, tender: Tender, event: str) -> date | None:
    """Return the day of an event: the actual one, or else the planned one."""
    found = session.scalars(
        select(EventDate).where(
            EventDate.record_id == tender.id, EventDate.event == event, EventDate.occurrence == ""
        )
    ).one_or_none()
    return found.on if found is not None else None


def terms_past(session: Session, tender: Tender, events: Collection[str], on: date) -> Sequence[EventDate]:
    """Return the days fixed beforehand that have gone by without having been noted."""
    return session.scalars(
        select(EventDate)
        .where(
            EventDate.record_id == tender.id,
            EventDate.event.in_(events),
            EventDate.occurred_on.is_(None),
            EventDate.planned_on <= on,
        )
        .order_by(EventDate.planned_on, EventDate.id)
    ).all()


def references(session: Session, tender: Tender, event: str) -> set[str]:
    """Return what tells apart the several events of one name that have happened."""
    found = select(EventDate.occurrence).where(
        EventDate.record_id == tender.id, EventDate.event == event, EventDate.occurred_on.is_not(None)
    )
    return set(session.scalars(found))


def times(session: Session, tender: Tender, event: str) -> int:
    """Return how often an event has happened."""
    counted = select(func.count()).where(
        EventDate.record_id == tender.id, EventDate.event == event, EventDate.occurred_on.is_not(None)
    )
    return session.scalars(counted).one()


def tenders_by_number(session: Session, organization: Organization, numbers: Iterable[str]) -> dict[str, int]:
    """Return the ids of an organization's tenders by their number."""
    own = select(Tender.number, Tender.id).where(Tender.organization_id == organization.id)
    found = (session.execute(own.where(Tender.number.in_(some))) for some in portions(numbers))
    return {number: id_ for rows in found for number, id_ in rows}


def tenders_by_title(
    session: Session, organization: Organization, titles: Iterable[str]
) -> dict[tuple[str, Decimal], int]:
    """Return the ids of an organization's tenders by their title and budget, the newest of each."""
    own = select(Tender.title, Tender.budget, Tender.id).where(
        Tender.kind == "tender", Tender.organization_id == organization.id
    )
    found = (
        session.execute(own.where(Tender.title.in_(some)).order_by(Tender.id)) for some in portions(titles)
    )
    return {(title, budget): id_ for rows in found for title, budget, id_ in rows}


def waiting(session: Session, held: frozenset[Permission], limit: int) -> list[Waiting]:
    """Return the tenders whose paper waits for approval, or whose result waits for confirmation."""
    if Permission.tender_approve not in held:
        return []
    confirm = TENDER["confirm_result"]
    papers = and_(Tender.status.in_(sorted(PAPERS)), Tender.review == ReviewStatus.submitted)
    results = Tender.status.in_(sorted(confirm.sources))
    found = session.scalars(select(Tender).where(or_(papers, results)).order_by(Tender.id).limit(limit)).all()
    steps = {tender: _step_of(tender, confirm) for tender in found}
    return [Waiting(tender, step) for tender, step in steps.items() if step]


def _step_of(tender: Tender, confirm: Transition) -> Text | None:
    if tender.status in PAPERS and tender.review is ReviewStatus.submitted:
        return ACT_LABELS["review.approve"]
    return confirm.label if confirm.when is None or confirm.when(tender) else None
