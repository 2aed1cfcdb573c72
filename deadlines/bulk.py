"""Announcing the dates of thousands of records at once: an office's ledger comes in."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from itertools import islice
from operator import itemgetter
from typing import Any, cast

from sqlalchemy import Table, select
from sqlalchemy.orm import Session, selectinload

from core import audit
from core.auth import By
from core.engine import RowWriter
from core.organizations import Organization
from core.records import Record
from deadlines.clocks import clockwork_for, faces, opening, whole
from deadlines.clockwork import Clock, Clockwork, Days, Fact, Facts, Wound
from deadlines.corrections import Subject
from deadlines.loading import load_catalogue
from deadlines.models import Deadline, EventDate, MoveWhy
from deadlines.verdicts import Caution, caution_of

AT_ONCE = 2_000
EVENTS = cast(Table, EventDate.__table__)
DEADLINES = cast(Table, Deadline.__table__)

EVENT_COLUMNS = (
    "record_id",
    "organization_id",
    "party_id",
    "event",
    "occurrence",
    "planned_on",
    "occurred_on",
    "derived",
    "provisional",
)
OWN_COLUMNS = ("record_id", "organization_id", "party_id", "owner_id")
CLOCK_COLUMNS = (
    "rule_id",
    "occurrence",
    "role",
    "side",
    "anchor_event",
    "target_event",
    *Days._fields,
    "state",
    "met_on",
    "closed_on",
    "reason",
    "authority",
    "owed",
    "next_alert_on",
)
DUE_ON = itemgetter(CLOCK_COLUMNS.index("due_on"))


@dataclass(frozen=True, slots=True)
class Dated:
    """A date that a ledger gives for a record."""

    event: str
    on: date
    occurrence: str = ""
    planned: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """A record with the dates of its line in the ledger."""

    record_id: int
    organization_id: int
    traits: frozenset[str]
    dates: Sequence[Dated]
    owner_id: int | None = None
    # the outside party that the record concerns
    party_id: int | None = None


@dataclass(slots=True)
class Imported:
    """What an import of dates did."""

    records: int = 0
    events: int = 0
    opened: int = 0
    moved: int = 0
    # by record: dates that a rule does not permit; what has happened is entered all the same
    cautions: list[tuple[int, Caution]] = field(default_factory=list)


def announce_many(
    session: Session, entries: Iterable[Entry], *, on: date, by: By, judge: bool = False
) -> Imported:
    """Announce the dates of many records, tolerating what breaks a rule; with ``judge`` it is reported.

    New records are written straight through; those that have dates already are compared with them.
    One audit event covers the whole import, besides those of the records that were changed.
    """
    clockwork = clockwork_for(session)
    done = Imported()
    session.flush()
    ledger = _Ledger(session, clockwork, judge, done)
    waiting = iter(entries)
    while batch := list(islice(waiting, AT_ONCE)):
        _check_events(batch)
        known = _known(session, batch)
        ledger.write([entry for entry in batch if entry.record_id not in known])
        if known:
            _compare([e for e in batch if e.record_id in known], session, clockwork, done, judge, on, by)
    audit.record(session, None, "dates.imported", by=by, records=done.records, opened=done.opened)
    return done


def _check_events(batch: Sequence[Entry]) -> None:
    known = load_catalogue().events
    for unknown in {dated.event for entry in batch for dated in entry.dates} - known.keys():
        raise ValueError(f"the catalogue knows no event {unknown!r}")


def _known(session: Session, batch: Sequence[Entry]) -> set[int]:
    ids = [entry.record_id for entry in batch]
    return set(session.scalars(select(EVENTS.c.record_id).where(EVENTS.c.record_id.in_(ids)).distinct()))


class _Ledger:
    """New records' dates and clocks on their way to the database, as the driver takes them.

    Ledgers repeat themselves: a clock of one rule from one day is laid out once.
    """

    def __init__(self, session: Session, clockwork: Clockwork, judge: bool, done: Imported) -> None:
        self.clockwork = clockwork
        self.judge = judge
        self.done = done
        self.paths = {row.id: row.path for row in session.execute(select(Organization.id, Organization.path))}
        self._events = RowWriter(session, EVENTS, EVENT_COLUMNS)
        self._deadlines = RowWriter(session, DEADLINES, (*CLOCK_COLUMNS, *OWN_COLUMNS))
        self._known: dict[Any, tuple[Any, ...]] = {}

    def write(self, entries: Sequence[Entry]) -> None:
        """Write the dates of new records and open their clocks."""
        events: list[tuple[Any, ...]] = []
        deadlines: list[tuple[Any, ...]] = []
        for entry in entries:
            subject = self.clockwork.book.subject(self.paths[entry.organization_id], entry.traits)
            wound = self.clockwork.wind_all(subject, _facts(entry))
            own = (entry.record_id, entry.organization_id, entry.party_id)
            events += [
                (*own, *key, fact.planned_on, fact.occurred_on, fact.derived, fact.provisional)
                for key, fact in wound.facts.items()
            ]
            mine = (*own, entry.owner_id)
            deadlines += [(*self._clock(clock), *mine) for clock in wound.clocks.values() if clock]
            if self.judge:
                _report(self.clockwork, subject, wound, entry.record_id, self.done)
        self._events.write(self._events.bind_all(zip(*events, strict=True)))
        deadlines.sort(key=DUE_ON)  # the agenda's indexes are by day: each of their pages is met once a batch
        self._deadlines.write(self._deadlines.bind_all(zip(*deadlines, strict=True)))
        self.done.records += len(entries)
        self.done.events += len(events)
        self.done.opened += len(deadlines)

    def _clock(self, clock: Clock) -> tuple[Any, ...]:
        days = clock.days
        key = (
            clock.rule.id,
            clock.occurrence,
            clock.rule.period.amount,
            days.anchor_on,
            days.provisional,
            clock.met_on,
            clock.is_idle,
        )
        known = self._known.get(key)
        if known is None:
            columns = opening(clock)
            known = self._known[key] = tuple([columns[name] for name in CLOCK_COLUMNS])
        return known


def _compare(
    entries: Sequence[Entry],
    session: Session,
    clockwork: Clockwork,
    done: Imported,
    judge: bool,
    on: date,
    by: By,
) -> None:
    given = {entry.record_id: entry for entry in entries}
    with whole(session):
        found = select(Record).where(Record.id.in_(given)).options(selectinload(Record.organization))
        loaded = faces(session, session.scalars(found).all(), clockwork)
    for face in loaded:
        facts, changed = _given(given[face.record.id], face.facts)
        if not changed:
            continue
        wound = face.wind(facts, changed)
        if judge:
            _report(clockwork, face.subject, wound, face.record.id, done)
        changes = face.settle(wound, MoveWhy.anchor_moved, by=by, on=on)
        audit.record(session, face.record, "dates.imported", by=by, **changes.summary())
        done.records += 1
        done.events += len(changed)
        done.opened += len(changes.opened)
        done.moved += len(changes.moved)


def _facts(entry: Entry) -> Facts:
    """Return the dates of a record that has none yet."""
    facts = {(dated.event, dated.occurrence): _fact(dated.on, dated.planned) for dated in entry.dates}
    return facts if len(facts) == len(entry.dates) else _given(entry, {})[0]


@lru_cache(AT_ONCE)
def _fact(on: date, planned: bool) -> Fact:
    return Fact(planned_on=on) if planned else Fact(occurred_on=on)


def _given(entry: Entry, known: Facts) -> tuple[Facts, list[tuple[str, str]]]:
    facts = dict(known)
    for dated in entry.dates:
        key = (dated.event, dated.occurrence)
        before = facts.get(key, Fact())
        planned_on = None if before.derived else before.planned_on
        if dated.planned:
            facts[key] = Fact(planned_on=dated.on, occurred_on=before.occurred_on)
        else:
            facts[key] = Fact(planned_on=planned_on, occurred_on=dated.on)
    return facts, [key for key, fact in facts.items() if fact != known.get(key)]


def _report(clockwork: Clockwork, subject: Subject, wound: Wound, record_id: int, done: Imported) -> None:
    for breach in clockwork.breaches(subject, wound):
        done.cautions.append((record_id, caution_of(breach)))
