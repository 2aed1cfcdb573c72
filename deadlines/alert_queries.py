"""What people ask of their reminders: the inbox, the delivery log, and what the administrator watches."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Any, cast

from sqlalchemy import ColumnElement, Date, Integer, Table, bindparam, func, or_, select, tuple_
from sqlalchemy.orm import Session, selectinload

from core.auth import User
from core.memos import MEMOS
from core.organizations import EVERYTHING, NOTHING, Scope
from core.prepared import Prepared
from core.records import Record
from deadlines.alert_models import (
    Alert,
    AlertState,
    Channel,
    ChannelPreference,
    DeliveryLog,
    FeedToken,
    Heartbeat,
    MessageState,
    OutboxMessage,
)
from deadlines.loading import load_catalogue
from deadlines.models import Deadline, DeadlineState
from deadlines.rules import Rule

CAP = 100
PAGE = 50
SOON = 7
STALE_AFTER = timedelta(minutes=2)  # eight beats
WAITING = (MessageState.gathering, MessageState.sending, MessageState.retrying)


class Show(StrEnum):
    """Which part of the inbox."""

    waiting = "waiting"
    snoozed = "snoozed"
    done = "done"


@dataclass(frozen=True)
class Line:
    """An alert in the inbox with what it is about."""

    id: int
    step: int
    due_on: date
    raised_at: datetime
    state: AlertState
    snoozed_until: date | None
    snooze_reason: str
    deadline_id: int
    rule_id: str
    provisional: bool
    owed: bool
    deadline_state: DeadlineState
    record_id: int
    number: str
    title: str
    kind: str

    @property
    def rule(self) -> Rule | None:
        """Return the rule behind it, unless the catalogue has dropped it."""
        return load_catalogue().rules.get(self.rule_id)

    def days_left(self, today: date) -> int:
        """Return the calendar days until its last day; negative after it."""
        return (self.due_on - today).days

    def lamp(self, today: date) -> str:
        """Return the lamp to show: late, soon, ok, or unknown while the calendar is not published."""
        if self.deadline_state is not DeadlineState.open:
            return "paused" if self.deadline_state is DeadlineState.paused else "met"
        if self.provisional:
            return "unknown"
        left = self.days_left(today)
        if left < 0:
            return "late" if self.owed else "ok"
        return "soon" if left <= SOON else "ok"


@dataclass(frozen=True)
class Frame:
    """What the frame of every page tells: reminders and memos unread, deadlines passed, the worker's beat."""

    unread: int
    late: int
    beat_at: datetime | None

    def is_worker_stale(self, now: datetime) -> bool:
        """Return whether the worker has been silent for too long."""
        return _is_stale(self.beat_at, now)


def _count_of(*conditions: ColumnElement[bool]) -> Any:
    table = conditions[0].left.table
    some = select(table.c.id).where(*conditions).limit(CAP + 1).subquery()
    return select(func.count()).select_from(some).scalar_subquery()


@lru_cache(maxsize=512)  # the offices that are open
def _frame(own: frozenset[int]) -> Prepared:
    alert, deadline = cast(Table, Alert.__table__).c, cast(Table, Deadline.__table__).c
    beat = cast(Table, Heartbeat.__table__).c
    person, today = bindparam("person", type_=Integer()), bindparam("today", type_=Date())
    counted = select(
        _count_of(
            alert.recipient_id == person,
            alert.channel == Channel.in_app,
            alert.state == AlertState.open,
            or_(alert.snoozed_until.is_(None), alert.snoozed_until <= today),
        )
        + _count_of(MEMOS.c.recipient_id == person, MEMOS.c.read_at.is_(None)),
        _count_of(
            deadline.owner_id == person,
            deadline.state == DeadlineState.open,
            deadline.owed.is_(True),
            deadline.provisional.is_(False),
            deadline.due_on < today,
            deadline.organization_id.in_(sorted(own)),
        ),
        select(func.max(beat.beat_at)).scalar_subquery(),
    )
    return Prepared(counted)


def frame(session: Session, user_id: int, today: date) -> Frame:
    """Return what the frame of a page tells, in one statement; counts stop one beyond a hundred."""
    scope: Scope = session.info.get("scope", NOTHING)  # a refusal before any scope was set
    (told,) = _frame(scope.own).rows(session, {"person": user_id, "today": today})
    return Frame(*told)


@dataclass(frozen=True)
class Place:
    """Where a page of the inbox ended."""

    due_on: date
    id: int

    def __str__(self) -> str:
        return f"{self.due_on.isoformat()}.{self.id}"

    @classmethod
    def read(cls, text: str) -> "Place | None":
        """Read a place as it stands in an address, or return None when it is none."""
        day, _dot, number = text.partition(".")
        try:
            return cls(date.fromisoformat(day), int(number))
        except ValueError:
            return None


def unread_count(session: Session, user_id: int, today: date) -> int:
    """Return how many alerts wait in somebody's inbox, counted no further than one over a hundred."""
    waiting = select(Alert.id).where(*_mine(user_id, Show.waiting, today)).limit(CAP + 1).subquery()
    return int(session.scalar(select(func.count()).select_from(waiting)) or 0)


def inbox(
    session: Session,
    user_id: int,
    today: date,
    *,
    show: Show = Show.waiting,
    after: Place | None = None,
    limit: int = PAGE,
) -> list[Line]:
    """Return somebody's alerts from a place on: what waits by its last day, what is done newest first.

    Whoever is told may read the number and the title of the record, wherever it belongs: the alert
    reached them because they answer for it. Opening the record asks for the usual right.
    """
    query = _lines().where(*_mine(user_id, show, today))
    if show is Show.done:
        query = query.order_by(Alert.id.desc())
        query = query.where(Alert.id < after.id) if after else query
    else:
        query = query.order_by(Alert.due_on, Alert.id)
        query = query.where(tuple_(Alert.due_on, Alert.id) > (after.due_on, after.id)) if after else query
    return [Line(*row) for row in session.connection().execute(query.limit(limit))]


def _lines() -> Any:
    return (
        select(
            Alert.id,
            Alert.step,
            Alert.due_on,
            Alert.raised_at,
            Alert.state,
            Alert.snoozed_until,
            Alert.snooze_reason,
            Deadline.id,
            Deadline.rule_id,
            Deadline.provisional,
            Deadline.owed,
            Deadline.state,
            Record.__table__.c.id,
            Record.__table__.c.number,
            Record.__table__.c.title,
            Record.__table__.c.kind,
        )
        .join_from(Alert, Deadline, Alert.deadline_id == Deadline.id)
        .join(Record.__table__, Record.__table__.c.id == Deadline.record_id)
    )


def _mine(user_id: int, show: Show, today: date) -> list[ColumnElement[bool]]:
    own = [Alert.recipient_id == user_id, Alert.channel == Channel.in_app]
    if show is Show.done:
        return [*own, Alert.state.in_((AlertState.acknowledged, AlertState.retired))]
    awake = or_(Alert.snoozed_until.is_(None), Alert.snoozed_until <= today)
    snoozed = Alert.snoozed_until > today
    return [*own, Alert.state == AlertState.open, snoozed if show is Show.snoozed else awake]


def delivery_log(
    session: Session,
    user_id: int | None = None,
    *,
    scope: Scope = EVERYTHING,
    before: int | None = None,
    limit: int = PAGE,
) -> Sequence[DeliveryLog]:
    """Return the last attempts to send, somebody's own or those in a scope, newest first."""
    query = select(DeliveryLog).options(selectinload(DeliveryLog.message))
    query = query.where(*told_within(scope, DeliveryLog))
    if user_id is not None:
        query = query.where(DeliveryLog.recipient_id == user_id)
    if before is not None:
        query = query.where(DeliveryLog.id < before)
    return session.scalars(query.order_by(DeliveryLog.id.desc()).limit(limit)).all()


def waiting_messages(session: Session, user_id: int) -> Sequence[OutboxMessage]:
    """Return what is still on its way to somebody."""
    query = select(OutboxMessage).where(
        OutboxMessage.recipient_id == user_id, OutboxMessage.state.in_(WAITING)
    )
    return session.scalars(query.order_by(OutboxMessage.send_after).limit(PAGE)).all()


def told_within(scope: Scope, model: type[OutboxMessage | DeliveryLog]) -> list[ColumnElement[bool]]:
    """Return the condition that a message went to somebody of the organizations of a scope."""
    if scope.everything:
        return []
    people = select(User.id).where(User.organization_id.in_(sorted(scope.own)))
    return [model.recipient_id.in_(people)]


def dead_letters(
    session: Session, *, scope: Scope = EVERYTHING, before: int | None = None, limit: int = PAGE
) -> Sequence[OutboxMessage]:
    """Return the messages that were given up, newest first."""
    query = select(OutboxMessage).where(
        OutboxMessage.state == MessageState.dead, *told_within(scope, OutboxMessage)
    )
    if before is not None:
        query = query.where(OutboxMessage.id < before)
    query = query.options(selectinload(OutboxMessage.recipient)).order_by(OutboxMessage.id.desc())
    return session.scalars(query.limit(limit)).all()


def outbox_counts(session: Session, scope: Scope = EVERYTHING) -> dict[MessageState, int]:
    """Return how many messages stand where, of those that are not done."""
    states = (*WAITING, MessageState.dead)
    query = (
        select(OutboxMessage.state, func.count())
        .where(OutboxMessage.state.in_(states), *told_within(scope, OutboxMessage))
        .group_by(OutboxMessage.state)
    )
    found = {state: int(count) for state, count in session.execute(query)}
    return {state: found.get(state, 0) for state in states}


def unswept_count(session: Session, today: date) -> int:
    """Return how many deadlines should have been looked at by yesterday, counted no further than the cap."""
    late = select(Deadline.__table__.c.id).where(Deadline.__table__.c.next_alert_on < today).limit(CAP + 1)
    return int(session.scalar(select(func.count()).select_from(late.subquery())) or 0)


def heartbeats(session: Session) -> Sequence[Heartbeat]:
    """Return the worker processes that have shown a sign of life, the latest first."""
    return session.scalars(select(Heartbeat).order_by(Heartbeat.beat_at.desc()).limit(PAGE)).all()


def worker_health(session: Session, now: datetime) -> tuple[datetime | None, bool]:
    """Return the last sign of life of any worker, and whether it is too old."""
    last = session.scalar(select(Heartbeat.beat_at).order_by(Heartbeat.beat_at.desc()).limit(1))
    return last, _is_stale(last, now)


def _is_stale(last: datetime | None, now: datetime) -> bool:
    return last is None or now - last > STALE_AFTER


def preferences(session: Session, user_ids: Sequence[int]) -> dict[tuple[int, Channel], ChannelPreference]:
    """Return what these people have chosen, by person and channel."""
    query = select(ChannelPreference).where(ChannelPreference.user_id.in_(user_ids))
    return {(row.user_id, row.channel): row for row in session.scalars(query)}


def feed_token(session: Session, user_id: int) -> FeedToken | None:
    """Return somebody's calendar address in force, if there is one."""
    query = select(FeedToken).where(FeedToken.user_id == user_id, FeedToken.revoked_at.is_(None))
    return session.scalars(query.order_by(FeedToken.id.desc()).limit(1)).one_or_none()
