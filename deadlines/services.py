"""What happens to a record's clocks: business packages announce dated events, people waive and pause."""

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from core import audit
from core.auth import By, User
from core.errors import Forbidden, InvalidInput, NotFound, WrongState
from core.i18n import lazy_gettext as _
from core.permissions import Permission, authorize
from core.records import Record
from deadlines.clocks import Changes, Face, clock_name
from deadlines.clockwork import Fact, Facts
from deadlines.loading import load_catalogue
from deadlines.models import DAY_WENT_BY, RUNNING, Deadline, DeadlineState, Interval, MoveWhy
from deadlines.rules import Nature, Rule
from deadlines.terms import Direction, Role
from deadlines.verdicts import Announcement, judge

ONE_DAY = timedelta(days=1)

# whoever works on records may say what became of one of their deadlines
WORKING = frozenset(
    {
        Permission.asset_edit,
        Permission.contract_edit,
        Permission.deadline_waive,
        Permission.tender_edit,
        Permission.vendor_edit,
    }
)


def announce(
    session: Session,
    record: Record,
    event: str,
    *,
    on: date,
    by: By,
    occurrence: str = "",
    planned: bool = False,
    tolerate: bool = False,
    note: str = "",
) -> Announcement:
    """Store when an event happened or is planned; open, move and meet the clocks that hang on it.

    Raises Unlawful when the day breaks a minimum period of the buying side whose text is verified, or
    moves an anchor so that a known day would; ``tolerate`` turns that into a caution, for what has
    happened anyhow. Announcing the same day again changes nothing.
    """
    _check_event(event)
    face = Face.held(session, record)
    key = (event, occurrence)
    known = face.facts.get(key, Fact())
    fact = replace(
        known, derived=False, provisional=False, **{"planned_on" if planned else "occurred_on": on}
    )
    if known.derived and not planned:
        fact = replace(fact, planned_on=None)
    if fact == known:
        return Announcement()
    why = MoveWhy.anchor_moved if known == Fact() or known.occurred_on or planned else MoveWhy.anchor_occurred
    wound = face.wind({**face.facts, key: fact}, [key])
    cautions = judge(face, wound, event, tolerate=tolerate)
    session.info.setdefault("warnings", []).extend(caution.message for caution in cautions)
    changes = face.settle(wound, why, by=by, on=on, note=note)
    detail = {"event": event, "on": on.isoformat(), "planned": planned, **_occurrence(occurrence)}
    audit.record(session, record, "event.announced", by=by, note=note or None, **detail, **changes.summary())
    return Announcement(changes, cautions)


def move(
    session: Session,
    record: Record,
    event: str,
    *,
    to: date,
    by: By,
    reason: str,
    occurrence: str = "",
    planned: bool = False,
    tolerate: bool = False,
) -> Announcement:
    """Correct the day of an event that is known already; the history of every clock behind it says why."""
    if (event, occurrence) not in Face.held(session, record).facts:
        raise NotFound(_("There is no such date to move."))
    _require(reason=reason)
    return announce(
        session,
        record,
        event,
        on=to,
        by=by,
        occurrence=occurrence,
        planned=planned,
        tolerate=tolerate,
        note=reason,
    )


def retract(
    session: Session, record: Record, event: str, *, on: date, by: By, reason: str, occurrence: str = ""
) -> Changes:
    """Take back an event entered by mistake: what it opened is cancelled, what it met runs again.

    An event that was planned as well is planned again.
    """
    face = Face.held(session, record)
    key = (event, occurrence)
    known = face.facts.get(key)
    if known is None or known.derived:
        raise NotFound(_("There is no such date to take back."))
    _require(reason=reason)
    facts: Facts = {other: fact for other, fact in face.facts.items() if other != key}
    if known.occurred_on and known.planned_on:
        facts[key] = replace(known, occurred_on=None)
    changes = face.settle(face.wind(facts, [key]), MoveWhy.reopened, by=by, on=on, note=reason)
    audit.record(
        session,
        record,
        "event.retracted",
        by=by,
        note=reason,
        event=event,
        was=known.on.isoformat(),
        **_occurrence(occurrence),
        **changes.summary(),
    )
    return changes


def refresh(
    session: Session, record: Record, *, on: date, by: By, note: str = "", known_only: bool = False
) -> Changes:
    """Bring every clock of a record up to its present traits, after its method or another fact changed."""
    face = Face.held(session, record)
    wound = face.wind(face.facts, list(face.facts))
    changes = face.settle(wound, MoveWhy.traits, by=by, on=on, note=note, known_only=known_only)
    if changes:
        audit.record(session, record, "deadlines.refreshed", by=by, note=note or None, **changes.summary())
    return changes


def meet(session: Session, deadline: Deadline, *, on: date, by: By, note: str = "") -> Announcement:
    """Enter that what a deadline asks for was done on a day, in time or late."""
    _steer(deadline, by)
    return announce(
        session,
        deadline.record,
        deadline.target_event,
        on=on,
        by=by,
        occurrence=deadline.occurrence,
        tolerate=True,
        note=note,
    )


def miss(session: Session, deadline: Deadline, *, on: date, by: By, reason: str) -> None:
    """Close a deadline whose day went by and which will not be met any more."""
    _steer(deadline, by)
    _require(reason=reason)
    if deadline.provisional or deadline.due_on >= on:
        raise WrongState(_("The last day has not passed yet."))
    _close(session, deadline, DeadlineState.missed, on=on, by=by, reason=reason)


def waive(session: Session, deadline: Deadline, *, on: date, by: By, reason: str, authority: str) -> None:
    """Release a record from a deadline, naming the reason and on whose authority.

    Whoever answers for the deadline may not release themselves from it.
    """
    authorize(by, Permission.deadline_waive)
    if by.id is not None and by.id in (deadline.owner_id, deadline.record.owner_id):
        raise Forbidden(_("Nobody waives a deadline that they answer for themselves."))
    _running(deadline)
    _require(reason=reason, authority=authority)
    deadline.authority = authority
    _close(session, deadline, DeadlineState.waived, on=on, by=by, reason=reason, authority=authority)


def cancel(session: Session, deadline: Deadline, *, on: date, by: By, reason: str) -> None:
    """Stop a deadline that has lost its object."""
    _steer(deadline, by)
    _require(reason=reason)
    _close(session, deadline, DeadlineState.cancelled, on=on, by=by, reason=reason)


def cancel_all(
    session: Session, record: Record, *, on: date, by: By, reason: str, keep: Collection[str] = ()
) -> int:
    """Stop every running deadline of a record that is at its end, except those of the named rules."""
    _require(reason=reason)
    running = [row for row in Face.held(session, record).deadlines.values() if row.state in RUNNING]
    ending = [row for row in running if row.rule_id not in keep]
    for row in ending:
        _shut(row, DeadlineState.cancelled, on, reason)
    if ending:
        names = [clock_name(row) for row in ending]
        audit.record(session, record, "deadlines.cancelled", by=by, note=reason, cancelled=names)
    session.flush()
    return len(ending)


def pause(session: Session, deadline: Deadline, *, cause: str, on: date, by: By) -> Changes:
    """Let one deadline stand still from a day on, for a cause that its statute knows."""
    _steer(deadline, by)
    rule = load_catalogue().rule(deadline.rule_id)
    if cause not in rule.pausable:
        raise InvalidInput({"cause": _("The law does not let this period stand still for that cause.")})
    if deadline.state is not DeadlineState.open:
        raise WrongState(_("Only an open deadline can be paused."))
    if on <= deadline.anchor_on:
        raise InvalidInput({"on": _("The period has not begun by that day.")})
    return _stop(session, deadline.record, deadline, cause, on, by)


def pause_record(session: Session, record: Record, *, cause: str, on: date, by: By) -> Changes:
    """Let every deadline of a record, present or later, stand still whose statute knows the cause."""
    if cause not in load_catalogue().causes:
        raise InvalidInput({"cause": _("There is no such cause for a pause.")})
    if any(row.ends_on is None for row in _intervals(Face.held(session, record), None, cause)):
        raise WrongState(_("The record is paused for that cause already."))
    return _stop(session, record, None, cause, on, by)


def resume(session: Session, deadline: Deadline, *, on: date, by: By) -> Changes:
    """Let a paused deadline run again, the given day being the first that counts."""
    _steer(deadline, by)
    if deadline.state is not DeadlineState.paused:
        raise WrongState(_("The deadline is not paused."))
    return _start(session, deadline.record, deadline, None, on, by)


def resume_record(session: Session, record: Record, *, cause: str, on: date, by: By) -> Changes:
    """Let the deadlines of a record run again that stood still for a cause."""
    return _start(session, record, None, cause, on, by)


def reassign(session: Session, record: Record, *, to: User | None, by: By) -> int:
    """Hand the running deadlines of a record to another person."""
    running = [row for row in Face.held(session, record).deadlines.values() if row.state in RUNNING]
    moved = [row for row in running if row.owner_id != (to.id if to else None)]
    for row in moved:
        row.owner_id = to.id if to else None
    if moved:
        name = to.name if to else None
        audit.record(session, record, "deadlines.reassigned", by=by, to=name, count=len(moved))
    session.flush()
    return len(moved)


def close_lapsed(session: Session, *, today: date) -> int:
    """Close what ends by itself when its day has passed: notice periods are over, rights unused are gone.

    Nobody owes these; the sweep calls it once a day so that the agenda's index holds only what runs.
    """
    rules = load_catalogue().rules.values()
    over = [rule.id for rule in rules if rule.target in rule.derives and rule.role is Role.earliest]
    gone = [rule.id for rule in rules if rule.overdue_every == 0 and _lapses(rule)]
    past = (
        Deadline.state == DeadlineState.open,
        Deadline.closed_on.is_(None),
        Deadline.owed.is_(False),
        Deadline.provisional.is_(False),
        Deadline.due_on < today,
    )
    ended = update(Deadline).where(*past, Deadline.rule_id.in_(over))
    lapsed = update(Deadline).where(*past, Deadline.rule_id.in_(gone))
    count = 0
    for statement in (
        ended.values(
            state=DeadlineState.met, met_on=Deadline.due_on, closed_on=Deadline.due_on, next_alert_on=None
        ),
        lapsed.values(
            state=DeadlineState.missed, reason=DAY_WENT_BY, closed_on=Deadline.due_on, next_alert_on=None
        ),
    ):
        done: Any = session.execute(statement.execution_options(synchronize_session=False))
        count += done.rowcount
    return count


def _lapses(rule: Rule) -> bool:
    return rule.nature is Nature.right or (
        rule.nature is Nature.duty and rule.period.direction is Direction.before
    )


def _check_event(event: str) -> None:
    if event not in load_catalogue().events:
        raise ValueError(f"the catalogue knows no event {event!r}")


def _occurrence(occurrence: str) -> dict[str, str]:
    return {"occurrence": occurrence} if occurrence else {}


def _require(**given: str) -> None:
    missing = {name: _("Required.") for name, value in given.items() if not value.strip()}
    if missing:
        raise InvalidInput(missing)


def _steer(deadline: Deadline, by: By) -> None:
    if not by.permissions & WORKING:
        raise Forbidden
    _running(deadline)


def _running(deadline: Deadline) -> None:
    if deadline.state not in RUNNING:
        raise WrongState(_("The deadline is closed already."))


def _shut(deadline: Deadline, state: DeadlineState, on: date, reason: str) -> None:
    deadline.next_alert_on = None
    deadline.state, deadline.closed_on, deadline.reason = state, on, reason


def _close(
    session: Session,
    deadline: Deadline,
    state: DeadlineState,
    *,
    on: date,
    by: By,
    reason: str,
    **detail: Any,
) -> None:
    _shut(deadline, state, on, reason)
    act = f"deadline.{state.value}"
    name = clock_name(deadline)
    audit.record(session, deadline.record, act, by=by, note=reason, deadline=name, **detail)
    session.flush()


def _stop(
    session: Session, record: Record, deadline: Deadline | None, cause: str, on: date, by: By
) -> Changes:
    session.add(
        Interval(
            record_id=record.id,
            organization_id=record.organization_id,
            deadline_id=deadline.id if deadline else None,
            starts_on=on,
            cause=cause,
            by_id=by.id,
        )
    )
    session.flush()
    changes = rewind(session, record, MoveWhy.paused, on, by)
    name = clock_name(deadline) if deadline else None
    audit.record(session, record, "deadlines.paused", by=by, deadline=name, cause=cause, on=on.isoformat())
    return changes


def _start(
    session: Session, record: Record, deadline: Deadline | None, cause: str | None, on: date, by: By
) -> Changes:
    stopped = [row for row in _intervals(Face.held(session, record), deadline, cause) if row.ends_on is None]
    if not stopped:
        raise WrongState(_("Not this alone is paused: let the whole record run again."))
    for row in stopped:
        if on < row.starts_on:
            raise InvalidInput({"on": _("It was not paused before %(day)s.", day=row.starts_on.isoformat())})
        if on == row.starts_on:  # not a day was lost
            session.delete(row)
        else:
            row.ends_on = on - ONE_DAY
    session.flush()
    changes = rewind(session, record, MoveWhy.resumed, on, by)
    name = clock_name(deadline) if deadline else None
    audit.record(
        session, record, "deadlines.resumed", by=by, deadline=name, on=on.isoformat(), **changes.summary()
    )
    return changes


def rewind(session: Session, record: Record, why: MoveWhy, on: date, by: By) -> Changes:
    """Let the running clocks of a record see its pauses anew."""
    face = Face.held(session, record)
    anchors = {(row.anchor_event, row.occurrence) for row in face.deadlines.values() if row.state in RUNNING}
    wound = face.wind(face.facts, anchors)
    return face.settle(wound, why, by=by, on=on, known_only=True)


def _intervals(face: Face, deadline: Deadline | None, cause: str | None) -> Iterable[Interval]:
    own = deadline.id if deadline else None
    return [row for row in face.intervals if row.deadline_id == own and cause in (None, row.cause)]
