"""A step's day that was entered by mistake: corrected or taken back, and the clocks behind it with it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import audit
from core.auth import By
from core.errors import Forbidden, InvalidInput, NotFound, Unlawful, WrongState
from core.i18n import lazy_gettext as _
from core.kinds import Entry, Happening, Kind
from core.permissions import authorize
from core.records import Record, hold
from deadlines.clocks import Face, whole
from deadlines.clockwork import Fact
from deadlines.models import Deadline, DeadlineState, Interval, MoveWhy
from deadlines.services import ONE_DAY, move, refresh, retract, rewind

LONGEST_REASON = 500


@dataclass(frozen=True, slots=True)
class Standing:
    """How a deadline stands at one moment."""

    state: DeadlineState
    due_on: date
    provisional: bool


@dataclass(frozen=True, slots=True)
class Effect:
    """What a correction does to one deadline; None: it did not exist before."""

    record_id: int
    rule_id: str
    occurrence: str
    was: Standing | None
    becomes: Standing


def find(session: Session, kind: Kind, record: Any, key: str) -> Entry:
    """Return an entered day of a record, or raise NotFound."""
    found = next((entry for entry in kind.entries(session, record) if entry.key == key), None)
    if found is None:
        raise NotFound
    return found


def require_correctable(session: Session, kind: Kind, record: Any, entry: Entry, *, by: By) -> None:
    """Raise unless this person may correct the day, which takes whoever may take the step itself."""
    if entry.transition is None:
        authorize(by, kind.edit)
    else:
        kind.workflow.check_correction(session, entry.transition, record, by=by)
    if entry.fixed is not None:
        raise WrongState(entry.fixed)


def correctable(session: Session, kind: Kind, record: Any, by: By) -> list[tuple[Entry, bool]]:
    """Return the entered days of a record, each with whether this person may correct it."""
    return [(entry, _may(session, kind, record, entry, by)) for entry in kind.entries(session, record)]


def correct(
    session: Session,
    kind: Kind,
    record: Any,
    key: str,
    *,
    by: By,
    on: date,
    to: date | None,
    reason: str,
) -> list[Effect]:
    """Give an entered step another day, or none when it was not taken at all; return what that changes.

    The clocks behind the day move with it, and what the law does not permit on the new day is refused as it
    would have been on entry.
    """
    hold(session, record)
    session.refresh(record)
    entry = find(session, kind, record, key)
    require_correctable(session, kind, record, entry, by=by)
    why = reason.strip()[:LONGEST_REASON]
    if not why:
        raise InvalidInput({"reason": _("Say why the entry was wrong.")})
    concerned = [record, *{each.record for each in entry.events if each.record is not None}]
    before = _standings(session, concerned)
    traits = record.traits
    if to is None:
        _take_back(session, kind, record, entry, by=by, on=on, reason=why)
    else:
        _redate(session, kind, record, entry, by=by, on=on, to=to, reason=why)
    session.flush()
    if record.traits != traits:
        refresh(session, record, on=on, by=by, note=why)
    return list(_effects(before, _standings(session, concerned)))


def _redate(
    session: Session, kind: Kind, record: Any, entry: Entry, *, by: By, on: date, to: date, reason: str
) -> None:
    _require_order(entry, to)
    _enter(session, kind, record, entry, by=by, to=to, reason=reason)
    with kind.guard(session, record, entry, on):
        for holder, column in entry.keeps:
            setattr(holder, column, to)
    session.flush()
    for happening in entry.events:
        if happening.after is not None:
            _move(session, record, entry, happening, to=to, by=by, reason=reason)
    if entry.pause is not None:
        _shift_pause(session, record, entry, to, on=on, by=by)


def _take_back(
    session: Session, kind: Kind, record: Any, entry: Entry, *, by: By, on: date, reason: str
) -> None:
    if entry.leads:
        step, day = entry.leads[0]
        facts = {"step": step, "day": day.isoformat()}
        raise WrongState(_("“%(step)s” of %(day)s rests on this step: take that back first.") % facts)
    if entry.stays is not None:
        raise WrongState(entry.stays)
    _enter(session, kind, record, entry, by=by, to=None, reason=reason)
    moved_on = _moved_on(kind, entry)
    if moved_on:
        kind.workflow.step_back(session, moved_on, record)
    with kind.guard(session, record, entry, on):
        for holder, column, value in entry.puts_back:
            setattr(holder, column, value)
    session.flush()
    for happening in reversed(entry.events):
        place = happening.record or record
        if _fact(session, place, happening) is not None:
            occurrence = happening.occurrence
            retract(session, place, happening.event, on=on, by=by, reason=reason, occurrence=occurrence)


def _enter(
    session: Session, kind: Kind, record: Any, entry: Entry, *, by: By, to: date | None, reason: str
) -> None:
    act = f"{kind.workflow.action(entry.transition or 'change')}{audit.CORRECTED}"
    about = {"about": str(entry.about)} if entry.about else {}
    becomes = {"on": to.isoformat()} if to else {}
    audit.record(session, record, act, by=by, note=reason, was=entry.on.isoformat(), **becomes, **about)


def _require_order(entry: Entry, to: date) -> None:
    if to == entry.on:
        raise InvalidInput({"to": _("This day is entered already.")})
    for step, day in entry.follows:
        if to < day:
            facts = {"step": step, "day": day.isoformat()}
            raise InvalidInput({"to": _("This cannot be before %(day)s: “%(step)s”.") % facts})
    for step, day in entry.leads:
        if to > day:
            facts = {"step": step, "day": day.isoformat()}
            raise InvalidInput({"to": _("This cannot be after %(day)s, when “%(step)s” followed.") % facts})


def _move(
    session: Session, record: Any, entry: Entry, happening: Happening, *, to: date, by: By, reason: str
) -> None:
    place, later = happening.record or record, timedelta(days=happening.after or 0)
    fact = _fact(session, place, happening)
    known = fact and (fact.planned_on if happening.planned else fact.occurred_on)
    if known is None or (place is not record and known != entry.on + later):
        return  # another step has fixed that day
    try:
        move(
            session,
            place,
            happening.event,
            to=to + later,
            by=by,
            reason=reason,
            occurrence=happening.occurrence,
            planned=happening.planned,
        )
    except Unlawful as refusal:
        refusal.field = "to"
        raise


def _fact(session: Session, record: Record, happening: Happening) -> Fact | None:
    fact = Face.of(session, record).facts.get((happening.event, happening.occurrence))
    return fact if fact is not None and not fact.derived else None


def _shift_pause(session: Session, record: Any, entry: Entry, to: date, *, on: date, by: By) -> None:
    """Let the clocks stand still from, or run again on, the corrected day."""
    cause, is_end = entry.pause or ("", False)
    edge = Interval.ends_on == entry.on - ONE_DAY if is_end else Interval.starts_on == entry.on
    chosen = (Interval.record_id == record.id, Interval.deadline_id.is_(None), Interval.cause == cause)
    stopped = session.scalars(select(Interval).where(*chosen, edge)).first()
    if stopped is None:
        return
    if is_end:
        stopped.ends_on = to - ONE_DAY
    else:
        stopped.starts_on = to
    if stopped.ends_on is not None and stopped.ends_on < stopped.starts_on:  # not a day was lost
        session.delete(stopped)
    session.flush()
    rewind(session, record, MoveWhy.paused, on, by)


def _moved_on(kind: Kind, entry: Entry) -> str | None:
    if entry.undoes is not None:
        return entry.undoes
    step = kind.workflow[entry.transition] if entry.transition else None
    return step.name if step and step.target is not None else None


def _may(session: Session, kind: Kind, record: Any, entry: Entry, by: By) -> bool:
    try:
        require_correctable(session, kind, record, entry, by=by)
    except (Forbidden, WrongState):
        return False
    return True


Standings = dict[tuple[int, str, str], Standing]


def _standings(session: Session, concerned: Sequence[Record]) -> Standings:
    rows = select(Deadline).where(Deadline.record_id.in_([each.id for each in concerned]))
    with whole(session):
        return {
            (row.record_id, row.rule_id, row.occurrence): Standing(row.state, row.due_on, row.provisional)
            for row in session.scalars(rows.order_by(Deadline.due_on, Deadline.id))
        }


def _effects(before: Standings, after: Standings) -> Iterator[Effect]:
    for key, becomes in after.items():
        was = before.get(key)
        if was != becomes:
            yield Effect(*key, was, becomes)
