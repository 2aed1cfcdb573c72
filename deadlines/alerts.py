"""What becomes of an alert: acknowledged or snoozed by its reader, retired when its deadline moves on."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import Exists, Table, and_, event, exists, func, inspect, or_, select, update
from sqlalchemy.orm import Session

from core import audit
from core.auth import User
from core.errors import InvalidInput, NotFound, WrongState
from core.i18n import lazy_gettext as _
from core.records import Record
from deadlines.alert_models import Alert, AlertState, Channel
from deadlines.ladder import Ladder
from deadlines.loading import load_catalogue
from deadlines.models import Deadline, DeadlineState

ALERTS = cast(Table, Alert.__table__)
DEADLINES = cast(Table, Deadline.__table__)
USERS = cast(Table, User.__table__)
SLICE = 500
WATCHED = ("due_on", "state", "owner_id")


def find(session: Session, alert_id: int, by: User) -> Alert:
    """Return somebody's own alert in the inbox, or raise NotFound alike for an absent and a foreign one."""
    query = select(Alert).where(
        Alert.id == alert_id, Alert.recipient_id == by.id, Alert.channel == Channel.in_app
    )
    alert = session.scalars(query).one_or_none()
    if alert is None:
        raise NotFound
    return alert


def acknowledge(session: Session, alert: Alert, *, by: User, at: datetime) -> None:
    """Take an alert out of the inbox of its reader; the deadline goes on running, and reminding."""
    _own(alert, by)
    if alert.state is AlertState.acknowledged:
        return
    if alert.state is not AlertState.open:
        raise WrongState(_("A newer reminder has taken the place of this one."))
    alert.state, alert.closed_at = AlertState.acknowledged, at
    session.flush()


def acknowledge_all(session: Session, alert_ids: Collection[int], *, by: User, at: datetime) -> int:
    """Take these alerts out of somebody's inbox; those of others and those already closed stay."""
    statement = (
        update(ALERTS)
        .where(
            ALERTS.c.id.in_(alert_ids),
            ALERTS.c.recipient_id == by.id,
            ALERTS.c.channel == Channel.in_app,
            ALERTS.c.state == AlertState.open,
        )
        .values(state=AlertState.acknowledged, closed_at=at)
    )
    return _run(session, statement)


def snooze(session: Session, alert: Alert, *, until: date, reason: str, by: User, on: date) -> None:
    """Put an alert out of sight until a day, never past the last day of its deadline.

    The more urgent steps of the ladder come all the same, and so do those to deputy and head.
    """
    _own(alert, by)
    if alert.state is not AlertState.open:
        raise WrongState(_("A newer reminder has taken the place of this one."))
    problems = {}
    if until <= on:
        problems["until"] = _("Choose a day after today.")
    elif until > alert.due_on:
        problems["until"] = _("A reminder cannot be put off past the last day of its deadline.")
    if not reason.strip():
        problems["reason"] = _("Say why it can wait.")
    if problems:
        raise InvalidInput(problems)
    record = alert.deadline.record
    audit.record(
        session,
        record,
        "alert.snoozed",
        by=by,
        note=reason.strip(),
        deadline=alert.deadline.rule_id,
        until=until.isoformat(),
    )
    alert.snoozed_until, alert.snooze_reason = until, reason.strip()[:300]
    session.flush()


def reconcile(session: Session, deadline_ids: Sequence[int] | None = None) -> int:
    """Bring alerts in line with their deadlines; return how many were retired.

    An alert of a day that is no longer the last day, of a deadline that no longer runs, or to the people of
    an outside party that the record does not concern any more, is retired: it leaves the inbox, and its
    message is not sent. When the deadline gets that day back, so does the alert. Without ids every open
    alert is looked at, which is for changes made in bulk.
    """
    if deadline_ids is None:
        return _retire(session, None)
    retired = 0
    for start in range(0, len(deadline_ids), SLICE):
        part = list(deadline_ids[start : start + SLICE])
        retired += _retire(session, part)
        _reinstate(session, part)
    return retired


def _retire(session: Session, deadline_ids: Sequence[int] | None) -> int:
    chosen = [] if deadline_ids is None else [ALERTS.c.deadline_id.in_(deadline_ids)]
    statement = (
        update(ALERTS)
        .where(*chosen, ALERTS.c.state == AlertState.open, ~_holds())
        .values(state=AlertState.retired, closed_at=func.now())
    )
    return _run(session, statement)


def _holds() -> Exists:
    """Return the condition under which an alert still says what is so to somebody whom it concerns."""
    return exists().where(
        DEADLINES.c.id == ALERTS.c.deadline_id,
        DEADLINES.c.due_on == ALERTS.c.due_on,
        DEADLINES.c.state == DeadlineState.open,
        USERS.c.id == ALERTS.c.recipient_id,
        or_(USERS.c.party_id.is_(None), USERS.c.party_id == DEADLINES.c.party_id),
    )


def _reinstate(session: Session, deadline_ids: Sequence[int]) -> None:
    theirs = and_(ALERTS.c.deadline_id.in_(deadline_ids), ALERTS.c.channel == Channel.in_app)
    statement = (
        update(ALERTS)
        .where(theirs, ALERTS.c.state == AlertState.retired, _holds())
        .values(state=AlertState.open, closed_at=None)
    )
    _run(session, statement)


def _run(session: Session, statement: Any) -> int:
    # past the identity map: these rows may be many, and only their own page reads them back
    return int(session.connection().execute(statement).rowcount)


def _own(alert: Alert, by: User) -> None:
    if alert.recipient_id != by.id:
        raise NotFound


# -- the guard: whoever changes a deadline need not think of its alerts --------------------------------------


@event.listens_for(Session, "before_flush")
def _notice_moved_deadlines(session: Session, *_arguments: object) -> None:
    moved = session.info.setdefault("moved_deadlines", {})
    for row in session.dirty:
        if not isinstance(row, Deadline):
            continue
        history = {name: inspect(row).attrs[name].history for name in WATCHED}
        if not any(past.has_changes() for past in history.values()):
            continue
        moved.setdefault(row.id, None)
        if history["owner_id"].has_changes():
            _tell_the_new_owner(row)
            moved[row.id] = (next(iter(history["owner_id"].deleted or ()), None), row.owner_id)


@event.listens_for(Session, "after_flush")
def _follow_moved_deadlines(session: Session, _context: object) -> None:
    moved: dict[int, tuple[int | None, int | None] | None] = session.info.pop("moved_deadlines", {})
    for deadline_id, owners in moved.items():
        if owners is not None:
            _hand_over(session, deadline_id, *owners)
    changed = [row.id for row in session.dirty if _has_other_party(row)]
    if changed:
        moved |= dict.fromkeys(
            session.scalars(select(DEADLINES.c.id).where(DEADLINES.c.record_id.in_(changed)))
        )
    if moved:
        reconcile(session, sorted(moved))


def _has_other_party(row: object) -> bool:
    return isinstance(row, Record) and inspect(row).attrs.party_id.history.has_changes()


def _tell_the_new_owner(deadline: Deadline) -> None:
    """Look again from the first step: it reaches the new owner, and nobody else a second time."""
    rule = load_catalogue().rules.get(deadline.rule_id)
    if rule is None or deadline.next_alert_on is None or deadline.state is not DeadlineState.open:
        return
    first = Ladder.of(rule.ladder, rule.overdue_every).first_look(deadline.due_on)
    if first is not None:
        deadline.next_alert_on = min(first, deadline.next_alert_on)


def _hand_over(session: Session, deadline_id: int, former: int | None, present: int | None) -> None:
    """Clear the former owner's inbox; what the present one had of it before comes back."""
    theirs = and_(ALERTS.c.deadline_id == deadline_id, ALERTS.c.channel == Channel.in_app)
    other = ALERTS.alias("other")
    latest = select(func.min(other.c.step)).where(
        other.c.deadline_id == deadline_id,
        other.c.due_on == DEADLINES.c.due_on,
        DEADLINES.c.id == deadline_id,
    )
    left = update(ALERTS).where(theirs, ALERTS.c.recipient_id == former, ALERTS.c.state == AlertState.open)
    back = update(ALERTS).where(
        theirs,
        ALERTS.c.recipient_id == present,
        ALERTS.c.state == AlertState.superseded,
        ALERTS.c.step == latest.scalar_subquery(),
    )
    _run(session, left.values(state=AlertState.superseded, closed_at=func.now()))
    _run(session, back.values(state=AlertState.open, closed_at=None))
