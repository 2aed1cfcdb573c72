"""However a record's dates were entered, moved and taken back: its clocks are those of the dates left."""

import random
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.auth import SYSTEM
from deadlines import amendments, services
from deadlines.bulk import Dated, Entry, announce_many
from deadlines.loading import load_catalogue
from deadlines.models import Deadline, DeadlineState, EventDate
from tests.deadlines.test_amendments import year_2027
from tests.factories.matters import Matter, make_matter

KINDS = [
    ("method.public_tender", "tender.by_agent"),
    ("method.bidding_law_tender",),
    ("method.competitive_consultation", "tender.by_agent"),
    ("contract.government_procurement", "contract.service", "payer.public_body", "payee.sme"),
    ("appraisal.filing", "asset_value.large", "owner.state_enterprise"),
    ("certificate.hazardous_waste_collection",),
]


def events_of(traits: tuple[str, ...]) -> list[str]:
    """Every event that a rule of such a record starts from or leads to."""
    catalogue = load_catalogue()
    facts = catalogue.closed(traits)
    found: set[str] = set()
    for event in catalogue.events:
        for rule in catalogue.anchored_on(event, traits=facts, on=date(2026, 9, 1)):
            found |= {rule.anchor, rule.target}
    return sorted(found)


def clocks(session: Session, record: Matter) -> list[list[Any]]:
    session.expire_all()
    skipped = {"id", "record_id", "organization_id", "created_at", "moved_at"}
    names = [column.key for column in Deadline.__mapper__.columns if column.key not in skipped]
    rows = session.scalars(
        select(Deadline).where(Deadline.record_id == record.id, Deadline.state != DeadlineState.cancelled)
    )
    return sorted(([getattr(row, name) for name in names] for row in rows), key=str)


def dates(session: Session, record: Matter) -> dict[tuple[str, str], tuple[Any, ...]]:
    rows = session.scalars(select(EventDate).where(EventDate.record_id == record.id))
    return {
        (row.event, row.occurrence): (row.planned_on, row.occurred_on, row.derived, row.provisional)
        for row in rows
    }


def scramble(session: Session, record: Matter, events: list[str], chance: random.Random) -> None:
    """Enter, move and take back dates of a record at random."""
    for _ in range(25):
        event, occurrence = chance.choice(events), chance.choice(["", "", "", "2"])
        known = dates(session, record).get((event, occurrence))
        if known and not known[2] and chance.random() < 0.3:
            services.retract(
                session, record, event, occurrence=occurrence, on=date(2026, 9, 1), by=SYSTEM, reason="error"
            )
            continue
        services.announce(
            session,
            record,
            event,
            occurrence=occurrence,
            on=date(2026, 8, 1) + timedelta(days=chance.randrange(180)),
            planned=chance.random() < 0.3,
            by=SYSTEM,
            tolerate=True,
        )


def entered_plainly(session: Session, like: Matter) -> Matter:
    """A record with the same dates, each entered once."""
    plain = make_matter(*like.traits)
    given = []
    for (event, occurrence), (planned_on, occurred_on, derived, _provisional) in dates(session, like).items():
        if derived:
            continue
        if planned_on:
            given.append(Dated(event, planned_on, occurrence, planned=True))
        if occurred_on:
            given.append(Dated(event, occurred_on, occurrence))
    entry = Entry(plain.id, plain.organization_id, plain.traits, given)
    announce_many(session, [entry], on=date(2026, 11, 23), by=SYSTEM)
    return plain


@pytest.mark.parametrize("traits", KINDS)
@pytest.mark.parametrize("seed", range(2))
def test_the_way_to_a_record_s_dates_does_not_matter(
    session: Session, traits: tuple[str, ...], seed: int
) -> None:
    record = make_matter(*traits)
    scramble(session, record, events_of(traits), random.Random(seed))

    plain = entered_plainly(session, record)

    assert dates(session, plain) == dates(session, record)
    assert clocks(session, record)
    assert clocks(session, plain) == clocks(session, record)


@pytest.mark.parametrize("traits", KINDS[:2])
def test_nor_does_it_matter_when_the_calendar_was_published(
    session: Session, traits: tuple[str, ...]
) -> None:
    record = make_matter(*traits)
    scramble(session, record, events_of(traits), random.Random(7))
    amendments.apply_calendar(session, year_2027(), on=date(2026, 11, 25), by=SYSTEM)

    plain = entered_plainly(session, record)

    assert not any(provisional for *_days, provisional in dates(session, record).values())
    assert dates(session, plain) == dates(session, record)
    assert clocks(session, record)
    assert clocks(session, plain) == clocks(session, record)
