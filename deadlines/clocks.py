"""The clocks of one record: loaded together, wound by the clockwork, written back as differences."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeVar

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from core.auth import By
from core.organizations import beyond
from core.records import Record, hold
from deadlines.clockwork import Clock, Clockwork, Fact, Facts, Key, Pause, Wound
from deadlines.corrections import calendar_for, rule_book
from deadlines.models import (
    EVENT_RETRACTED,
    RULE_IDLE,
    RUNNING,
    Deadline,
    DeadlineMove,
    DeadlineState,
    EventDate,
    Interval,
    MoveWhy,
)

M = TypeVar("M", EventDate, Deadline, Interval)

KEPT = "deadlines.clockwork"

# What the catalogue goes on deciding about; a waiver or a cancellation by a person stands.
FOLLOWED = (*RUNNING, DeadlineState.met, DeadlineState.missed)


@dataclass(frozen=True, slots=True)
class Shift:
    """A deadline that has moved, from which day to which."""

    deadline: Deadline
    from_on: date
    to_on: date


@dataclass(slots=True)
class Changes:
    """What became of a record's deadlines."""

    opened: list[Deadline] = field(default_factory=list)
    moved: list[Shift] = field(default_factory=list)
    met: list[Deadline] = field(default_factory=list)
    reopened: list[Deadline] = field(default_factory=list)
    cancelled: list[Deadline] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.opened or self.moved or self.met or self.reopened or self.cancelled)

    @property
    def silenced(self) -> list[Deadline]:
        """Return the deadlines whose earlier reminders no longer hold."""
        return [*(shift.deadline for shift in self.moved), *self.met, *self.cancelled]

    def summary(self) -> dict[str, Any]:
        """Return the changes as the audit trail keeps them."""
        listed: dict[str, Any] = {
            "opened": {clock_name(row): row.due_on.isoformat() for row in self.opened},
            "moved": {
                clock_name(shift.deadline): [shift.from_on.isoformat(), shift.to_on.isoformat()]
                for shift in self.moved
            },
            "met": [clock_name(row) for row in self.met],
            "reopened": [clock_name(row) for row in self.reopened],
            "cancelled": [clock_name(row) for row in self.cancelled],
        }
        return {name: rows for name, rows in listed.items() if rows}


class Face:
    """The clocks and dates of one record, as rows and as the clockwork sees them."""

    def __init__(self, session: Session, record: Record, clockwork: Clockwork, rows: "_Rows") -> None:
        self.session = session
        self.record = record
        self.clockwork = clockwork
        self.subject = clockwork.book.subject(record.organization.path, record.traits)
        self.events = {(row.event, row.occurrence): row for row in rows.events}
        self.deadlines = {(row.rule_id, row.occurrence): row for row in rows.deadlines}
        self.intervals = rows.intervals
        self.facts: Facts = {key: fact_of(row) for key, row in self.events.items()}

    @classmethod
    def of(cls, session: Session, record: Record) -> "Face":
        """Load the clocks of one record."""
        return faces(session, [record], clockwork_for(session))[0]

    @classmethod
    def held(cls, session: Session, record: Record) -> "Face":
        """Load the clocks of one record so that nobody else changes them until the transaction ends.

        Two who announce at once would otherwise both find no date yet, and the slower one be turned away.
        """
        hold(session, record)
        return cls.of(session, record)

    def pauses(self) -> list[Pause]:
        """Return the intervals as the clockwork sees them."""
        clocks = {row.id: key for key, row in self.deadlines.items()}
        return [
            Pause(row.starts_on, row.ends_on, row.cause, clocks[row.deadline_id] if row.deadline_id else None)
            for row in self.intervals
        ]

    def wind(self, facts: Facts, changed: Collection[Key]) -> Wound:
        """Let the clockwork see changed dates; nothing is written."""
        return self.clockwork.wind(self.subject, facts, changed, self.pauses())

    def settle(
        self,
        wound: Wound,
        why: MoveWhy,
        *,
        by: By,
        on: date,
        note: str = "",
        known_only: bool = False,
        remind_anew: bool = False,
    ) -> Changes:
        """Write what the clockwork found on a day: dates, clocks, and their history."""
        changes = Changes()
        revived = {key for key in wound.facts if key not in self.facts}
        self._settle_facts(wound)
        writer = _Writer(self, changes, why, by, on, note, remind_anew)
        for key, clock in wound.clocks.items():
            row = self.deadlines.get(key)
            if clock is None:
                writer.stop(row)
            elif row is None:
                if not known_only:
                    writer.open(key, clock)
            elif row.state in FOLLOWED or self._is_revived(row, revived):
                writer.follow(row, clock)
        self.facts = wound.facts
        self.session.flush()
        return changes

    def _is_revived(self, row: Deadline, revived: Collection[Key]) -> bool:
        is_own_doing = row.state is DeadlineState.cancelled and row.reason in (EVENT_RETRACTED, RULE_IDLE)
        return is_own_doing and ((row.anchor_event, row.occurrence) in revived or row.reason == RULE_IDLE)

    def _settle_facts(self, wound: Wound) -> None:
        for key in wound.changed:
            fact, row = wound.facts.get(key), self.events.get(key)
            if fact is None:
                if row is not None:
                    self.session.delete(self.events.pop(key))
            elif row is None:
                self.events[key] = self._new_event(key, fact)
            else:
                row.planned_on, row.occurred_on = fact.planned_on, fact.occurred_on
                row.derived, row.provisional = fact.derived, fact.provisional

    def _new_event(self, key: Key, fact: Fact) -> EventDate:
        row = EventDate(
            record_id=self.record.id,
            organization_id=self.record.organization_id,
            event=key[0],
            occurrence=key[1],
            planned_on=fact.planned_on,
            occurred_on=fact.occurred_on,
            derived=fact.derived,
            provisional=fact.provisional,
        )
        self.session.add(row)
        return row


@dataclass(slots=True)
class _Rows:
    """What the database holds of one record's clocks."""

    events: list[EventDate] = field(default_factory=list)
    deadlines: list[Deadline] = field(default_factory=list)
    intervals: list[Interval] = field(default_factory=list)


@dataclass(frozen=True)
class _Writer:
    """Bring the rows of one record to what the clockwork wants of them."""

    face: Face
    changes: Changes
    why: MoveWhy
    by: By
    on: date
    note: str
    remind_anew: bool

    def open(self, key: Key, clock: Clock) -> None:
        row = Deadline(
            record_id=self.face.record.id,
            organization_id=self.face.record.organization_id,
            owner_id=self.face.record.owner_id,
            **opening(clock),
        )
        self.face.session.add(row)
        self.face.deadlines[key] = row
        self.changes.opened.append(row)
        if row.state is DeadlineState.met:
            self.changes.met.append(row)

    def stop(self, row: Deadline | None) -> None:
        if row is None or row.state not in FOLLOWED:
            return
        has_anchor = (row.anchor_event, row.occurrence) in self.face.events
        row.state = DeadlineState.cancelled
        row.met_on, row.closed_on = None, self.on
        row.reason = RULE_IDLE if has_anchor else EVENT_RETRACTED
        row.next_alert_on = None
        self.changes.cancelled.append(row)

    def follow(self, row: Deadline, clock: Clock) -> None:
        from_on, was = row.due_on, row.state
        has_moved = (row.due_on, row.provisional) != (clock.days.due_on, clock.days.provisional)
        for name, value in clock.days._asdict().items():
            setattr(row, name, value)
        row.side, row.role = clock.rule.period.side, clock.rule.role
        if not has_moved and not self.remind_anew and _is_settled(row, clock):
            return
        if has_moved:
            self._remember(row, from_on)
        for name, value in standing(clock).items():
            setattr(row, name, value)
        self._report(row, was)

    def _remember(self, row: Deadline, from_on: date) -> None:
        move = DeadlineMove(
            deadline_id=row.id,
            from_on=from_on,
            to_on=row.due_on,
            why=self.why,
            note=self.note,
            by_id=self.by.id,
        )
        self.face.session.add(move)
        row.moved_at = func.now()
        self.changes.moved.append(Shift(row, from_on, row.due_on))

    def _report(self, row: Deadline, was: DeadlineState) -> None:
        if row.state is DeadlineState.met and was is not DeadlineState.met:
            self.changes.met.append(row)
        elif row.state in RUNNING and was not in RUNNING:
            self.changes.reopened.append(row)


def clockwork_for(session: Session) -> Clockwork:
    """Return the rules and the calendar at work, read once a transaction."""
    kept: tuple[object, Clockwork] | None = session.info.get(KEPT)
    if kept is not None and kept[0] is session.get_transaction():
        return kept[1]
    clockwork = Clockwork(rule_book(session), calendar_for(session))
    session.info[KEPT] = (session.get_transaction(), clockwork)
    return clockwork


def amended(session: Session) -> Clockwork:
    """Return the clockwork anew, after the calendar or a rule has changed in this transaction."""
    session.flush()
    session.info.pop(KEPT, None)
    return clockwork_for(session)


def faces(session: Session, records: Sequence[Record], clockwork: Clockwork) -> list[Face]:
    """Load the clocks of several records at once."""
    session.flush()
    rows = {record.id: _Rows() for record in records}
    with whole(session):
        for event in _of(session, EventDate, rows):
            rows[event.record_id].events.append(event)
        for deadline in _of(session, Deadline, rows):
            rows[deadline.record_id].deadlines.append(deadline)
        for interval in _of(session, Interval, rows):
            rows[interval.record_id].intervals.append(interval)
        return [Face(session, record, clockwork, rows[record.id]) for record in records]


def opening(clock: Clock) -> dict[str, object]:
    """Return the columns of a new row for a clock."""
    return {
        "rule_id": clock.rule.id,
        "occurrence": clock.occurrence,
        "role": clock.rule.role,
        "side": clock.rule.period.side,
        "anchor_event": clock.rule.anchor,
        "target_event": clock.rule.target,
        **clock.days._asdict(),
        **standing(clock),
    }


def standing(clock: Clock) -> dict[str, object]:
    """Return the columns that say where a clock stands: met, paused or open."""
    if clock.met_on is not None:
        state = DeadlineState.met
    else:
        state = DeadlineState.paused if clock.is_paused else DeadlineState.open
    return {
        "state": state,
        "met_on": clock.met_on,
        "closed_on": clock.met_on,
        "reason": "",
        "authority": "",
        "owed": clock.is_owed,
        "next_alert_on": clock.first_alert_on,
    }


def fact_of(row: EventDate) -> Fact:
    """Return an event's row as the clockwork sees it."""
    return Fact(row.planned_on, row.occurred_on, row.derived, row.provisional)


def clock_name(row: Deadline) -> str:
    """Name a deadline in the audit trail."""
    return f"{row.rule_id}#{row.occurrence}" if row.occurrence else row.rule_id


@contextmanager
def whole(session: Session) -> Iterator[None]:
    """See every row of a record that the caller may act on, even one that belongs to an office above."""
    with beyond(session):
        yield


def _is_settled(row: Deadline, clock: Clock) -> bool:
    """Tell whether a row that has not moved is already as the clock wants it."""
    if clock.met_on is not None:
        return row.state is DeadlineState.met and row.met_on == clock.met_on
    if row.state is DeadlineState.missed:
        return True
    if row.state is DeadlineState.met:  # by the law itself, on the day that it fixes
        return clock.rule.target in clock.rule.derives and row.met_on == row.due_on
    is_paused = row.state is DeadlineState.paused
    return row.state in RUNNING and is_paused == clock.is_paused and row.owed == clock.is_owed


# made once: composing them took as long as running them
ROWS: dict[Any, Any] = {
    model: select(model).where(model.record_id.in_(bindparam("records", expanding=True))).order_by(model.id)
    for model in (EventDate, Deadline, Interval)
}


def _of(session: Session, model: type[M], records: Collection[int]) -> Sequence[M]:
    return session.scalars(ROWS[model], {"records": list(records)}).all()
