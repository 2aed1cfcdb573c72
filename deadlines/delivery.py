"""Bringing messages out: claim under a lease, send outside of any transaction, then write down the answer.

At least once: whoever dies between sending and writing it down leaves a lease that runs out, and the
message goes again under the same key. Everything about one message changes in one transaction.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from uuid import uuid4

from sqlalchemy import ColumnElement, Update, and_, or_, select, update
from sqlalchemy.orm import Session

from core import audit
from core.auth import User
from core.clock import SHANGHAI, local_day
from core.db import writing
from core.errors import InvalidInput, WrongState
from core.i18n import lazy_gettext as _
from core.i18n import speaking
from core.permissions import Permission, authorize
from core.records import Record
from deadlines import engine, wording
from deadlines.alert_models import (
    ROBOTS,
    Alert,
    AlertState,
    Channel,
    ChannelPreference,
    DeliveryLog,
    Digest,
    MessageState,
    OutboxMessage,
    Outcome,
)
from deadlines.alert_queries import WAITING, preferences
from deadlines.models import Deadline, DeadlineState
from deadlines.sending import Carrier, Parcel, Post, Undelivered, Unreachable, route

BATCH = 20
LEASE = timedelta(minutes=10)
# about three days of tries, so that a mail server may be down over a weekend
MOST_ATTEMPTS = 72
FIRST_RETRY = timedelta(seconds=30)
LONGEST_RETRY = timedelta(hours=1)
# what the robots of WeCom and DingTalk take; the latter is silent for ten minutes when it is more
ROBOT_LIMIT = 20
ROBOT_WINDOW = timedelta(minutes=1)

Moment = Callable[[Session], datetime]


@dataclass
class Tally:
    """What one round of delivery did."""

    sent: int = 0
    failed: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(self.sent + other.sent, self.failed + other.failed)


def is_waiting(session: Session, now: datetime) -> bool:
    """Return whether a message may leave: the whole cost of an idle round."""
    return session.scalars(select(OutboxMessage.id).where(*_ready(now)).limit(1)).first() is not None


def deliver(session: Session, carrier: Carrier, *, moment: Moment = engine.present) -> Tally:
    """Claim one batch and carry it out, message by message; commits after each step."""
    if not session.in_transaction():
        writing(session)
    parcels = claim(session, carrier.post, moment(session))
    session.commit()
    tally = Tally()
    silent = ""
    for parcel in parcels:
        writing(session)
        held = hold(session, parcel, moment(session))
        session.commit()
        if not held:
            continue
        problem = silent if parcel.channel is Channel.mail else ""
        try:
            if not problem:
                carrier.carry(parcel)
        except Undelivered as failure:
            problem = str(failure)[:500] or "no reason was given"
            if isinstance(failure, Unreachable):  # nobody waits for the same silence twenty times
                silent = problem
        writing(session)
        settle(session, parcel, problem, moment(session))
        session.commit()
        tally += Tally(sent=not problem, failed=bool(problem))
    return tally


def write(session: Session, to: User, subject: str, body: str, *, at: datetime) -> OutboxMessage:
    """Put a letter into the outbox, in the words that it leaves with; it is tried as often as any message."""
    letter = OutboxMessage(
        dedup_key=uuid4().hex,
        recipient_id=to.id,
        channel=Channel.mail,
        state=MessageState.retrying,
        created_at=at,
        send_after=at,
        subject=subject[:300],
        body=body,
        is_letter=True,
    )
    session.add(letter)
    session.flush()
    return letter


# -- claiming -----------------------------------------------------------------------------------------------


def claim(session: Session, post: Post, now: datetime, *, limit: int = BATCH) -> list[Parcel]:
    """Take messages that may leave now, seal those that still gathered, and hold them under a lease.

    Quiet hours, a daily digest and a robot's limit put a message off; one whose alerts have all been
    retired, and one to somebody who has left or turned the channel off, is not needed any more.
    """
    engine.claim_alone(session)
    ready = select(OutboxMessage).where(*_ready(now)).order_by(OutboxMessage.send_after, OutboxMessage.id)
    locked = ready.limit(limit).with_for_update(skip_locked=True)
    messages = session.scalars(locked.execution_options(populate_existing=True)).all()
    if not messages:
        return []
    people = sorted({message.recipient_id for message in messages})
    users = {user.id: user for user in session.scalars(select(User).where(User.id.in_(people)))}
    wishes = preferences(session, people)
    items = _items(session, [message.id for message in messages])
    desk = _Desk(session, post, now)
    parcels = []
    for message in messages:
        wish = wishes.get((message.recipient_id, message.channel))
        if parcel := desk.take(message, users[message.recipient_id], wish, items.get(message.id, [])):
            parcels.append(parcel)
    session.flush()
    return parcels


def _ready(now: datetime) -> list[ColumnElement[bool]]:
    return [OutboxMessage.state.in_(WAITING), OutboxMessage.send_after <= now]


def _items(session: Session, message_ids: Sequence[int]) -> Mapping[int, list[wording.Item]]:
    """Return what each message still has to say, the most urgent first, each deadline once."""
    record = Record.__table__
    query = (
        select(Alert.message_id, Deadline.id, Deadline.rule_id, record.c.number, record.c.id)
        .add_columns(Deadline.due_on, Deadline.provisional, Deadline.owed)
        .join_from(Alert, Deadline, Alert.deadline_id == Deadline.id)
        .join(record, record.c.id == Deadline.record_id)
        .join(User, User.id == Alert.recipient_id)
        .where(
            Alert.message_id.in_(message_ids),
            or_(User.party_id.is_(None), User.party_id == Deadline.party_id),
            Alert.state == AlertState.open,
            Deadline.state == DeadlineState.open,
            Deadline.due_on == Alert.due_on,
        )
        .order_by(Deadline.due_on, Deadline.id)
    )
    found: dict[int, dict[int, wording.Item]] = defaultdict(dict)
    for message_id, deadline_id, *facts in session.connection().execute(query):
        found[message_id].setdefault(deadline_id, wording.Item(*facts))
    return {message_id: list(items.values()) for message_id, items in found.items()}


@dataclass(frozen=True)
class _Desk:
    """Decide about one message at a time: needless, later, or now."""

    session: Session
    post: Post
    now: datetime

    def take(
        self,
        message: OutboxMessage,
        user: User,
        wish: ChannelPreference | None,
        items: Sequence[wording.Item],
    ) -> Parcel | None:
        if message.state is MessageState.sending:
            self._give_up_on_the_answer(message)
            if message.attempts % MOST_ATTEMPTS == 0:
                message.state = MessageState.dead
                return None
        if why := _needless(message, user, wish, items):
            message.state, message.last_error = MessageState.cancelled, why
            return None
        address = user.email if message.channel is Channel.mail else (wish.address if wish else "")
        way = route(message.channel, address, self.post)
        if later := self._later(message, wish, way):
            message.send_after = later
            return None
        if message.state is MessageState.gathering:
            self._seal(message, user, items)
        return self._start(message, user, address, way)

    def _give_up_on_the_answer(self, message: OutboxMessage) -> None:
        self.session.execute(
            update(DeliveryLog)
            .where(DeliveryLog.message_id == message.id, DeliveryLog.outcome == Outcome.started)
            .values(outcome=Outcome.unknown, ended_at=self.now)
        )
        message.state, message.lease = MessageState.retrying, ""
        message.last_error = "the process ended before the answer"

    def _later(self, message: OutboxMessage, wish: ChannelPreference | None, way: str) -> datetime | None:
        moments = [self._free_again(way)] if message.channel in ROBOTS else []
        if wish is not None:
            moments.append(quiet_until(wish, self.now))
            if wish.digest is Digest.daily and message.state is MessageState.gathering:
                moments.append(_next(wish.digest_at, message.created_at))
        return max((moment for moment in moments if moment and moment > self.now), default=None)

    def _free_again(self, way: str) -> datetime | None:
        """Return when a robot takes the next message, if it has had its fill for this minute."""
        recent = (
            select(DeliveryLog.started_at)
            .where(DeliveryLog.route == way, DeliveryLog.started_at > self.now - ROBOT_WINDOW)
            .order_by(DeliveryLog.started_at.desc())
        )
        earliest = self.session.scalars(recent.offset(ROBOT_LIMIT - 1).limit(1)).first()
        return earliest + ROBOT_WINDOW if earliest else None

    def _seal(self, message: OutboxMessage, user: User, items: Sequence[wording.Item]) -> None:
        """Fix the words of a message: every attempt says the same."""
        today = local_day(self.now)
        most = wording.MOST_LINES_OF_A_ROBOT if message.channel in ROBOTS else wording.MOST_LINES
        with speaking(user.locale or self.post.language):
            message.subject = wording.subject(items, self.post.site_name, today)
            message.body = wording.body(
                items, self.post.base_url, today, most, for_party=user.party_id is not None
            )

    def _start(self, message: OutboxMessage, user: User, address: str, way: str) -> Parcel:
        message.state, message.lease = MessageState.sending, uuid4().hex
        message.send_after = self.now + LEASE
        message.attempts += 1
        self.session.add(
            DeliveryLog(
                message_id=message.id,
                recipient_id=user.id,
                attempt=message.attempts,
                channel=message.channel,
                route=way,
                lease=message.lease,
                started_at=self.now,
            )
        )
        return Parcel(
            message_id=message.id,
            dedup_key=message.dedup_key,
            lease=message.lease,
            attempt=message.attempts,
            channel=message.channel,
            recipient=user.name,
            address=address,
            subject=message.subject,
            body=message.body,
            at=message.created_at,
        )


def _needless(
    message: OutboxMessage, user: User, wish: ChannelPreference | None, items: Sequence[wording.Item]
) -> str:
    if not items and not message.is_letter:
        return "every deadline in it has been met or moved"
    if not user.active:
        return "the account is disabled"
    if (wish is not None and not wish.enabled) or (wish is None and message.channel is not Channel.mail):
        return "the channel is turned off"
    return ""


def quiet_until(wish: ChannelPreference, now: datetime) -> datetime | None:
    """Return the end of the quiet hours that now run, if they do; they may pass midnight."""
    if wish.quiet_from is None or wish.quiet_until is None or wish.quiet_from == wish.quiet_until:
        return None
    clock = now.astimezone(SHANGHAI).time()
    if wish.quiet_from < wish.quiet_until:
        is_quiet = wish.quiet_from <= clock < wish.quiet_until
    else:
        is_quiet = clock >= wish.quiet_from or clock < wish.quiet_until
    return _next(wish.quiet_until, now) if is_quiet else None


def _next(at: time, since: datetime) -> datetime:
    """Return the first moment from ``since`` on at which clocks in China show a time."""
    local = since.astimezone(SHANGHAI)
    moment = local.replace(hour=at.hour, minute=at.minute, second=0, microsecond=0)
    return moment if moment >= local else moment + timedelta(days=1)


# -- holding and settling -----------------------------------------------------------------------------------


def hold(session: Session, parcel: Parcel, now: datetime) -> bool:
    """Renew the lease just before sending; return False when the message has passed to another attempt."""
    mine = (OutboxMessage.id == parcel.message_id, OutboxMessage.lease == parcel.lease)
    held = (
        update(OutboxMessage)
        .where(*mine, OutboxMessage.state == MessageState.sending)
        .values(send_after=now + LEASE)
    )
    if session.connection().execute(held).rowcount == 0:
        return False
    session.connection().execute(_attempt(parcel).values(started_at=now))
    return True


def settle(session: Session, parcel: Parcel, problem: str, now: datetime) -> None:
    """Write down how an attempt ended; without a problem the message has arrived."""
    outcome = Outcome.failed if problem else Outcome.sent
    session.connection().execute(_attempt(parcel).values(outcome=outcome, ended_at=now, detail=problem))
    under_lease = and_(OutboxMessage.lease == parcel.lease, OutboxMessage.state == MessageState.sending)
    message = update(OutboxMessage).where(OutboxMessage.id == parcel.message_id)
    if not problem:
        # a confirmation that comes after the lease still saves the next attempt
        arrived = message.where(or_(under_lease, OutboxMessage.state == MessageState.retrying))
        session.connection().execute(
            arrived.values(state=MessageState.sent, sent_at=now, lease="", last_error="")
        )
        return
    is_last = parcel.attempt % MOST_ATTEMPTS == 0
    session.connection().execute(
        message.where(under_lease).values(
            state=MessageState.dead if is_last else MessageState.retrying,
            send_after=now + retry_after(parcel),
            lease="",
            last_error=problem,
        )
    )


def _attempt(parcel: Parcel) -> Update:
    return update(DeliveryLog).where(
        DeliveryLog.message_id == parcel.message_id, DeliveryLog.attempt == parcel.attempt
    )


def retry_after(parcel: Parcel) -> timedelta:
    """Return how long to wait after a failed attempt: twice as long each time, scattered by a quarter."""
    doubled = FIRST_RETRY * 2 ** min((parcel.attempt - 1) % MOST_ATTEMPTS, 10)
    digits = int(parcel.dedup_key[parcel.attempt % 24 :][:4], 16)
    wait: timedelta = min(doubled, LONGEST_RETRY) * (0.75 + digits / 0xFFFF / 2)
    return wait


# -- what the administrator does about dead letters ---------------------------------------------------------


def requeue(session: Session, message: OutboxMessage, *, by: User, at: datetime) -> None:
    """Try a message that was given up again, as often as before."""
    _dead(message, by)
    message.state, message.send_after = MessageState.retrying, at
    audit.record(session, None, "message.requeued", by=by, message=message.dedup_key)
    session.flush()


def discard(session: Session, message: OutboxMessage, *, by: User, reason: str) -> None:
    """Let go of a message that was given up; the reminder stays in its reader's inbox."""
    _dead(message, by)
    if not reason.strip():
        raise InvalidInput({"reason": _("Say why it is not needed.")})
    message.state, message.last_error = MessageState.cancelled, reason.strip()[:500]
    audit.record(session, None, "message.discarded", by=by, note=reason.strip(), message=message.dedup_key)
    session.flush()


def _dead(message: OutboxMessage, by: User) -> None:
    authorize(by, Permission.delivery_edit)
    if message.state is not MessageState.dead:
        raise WrongState(_("The message has not been given up."))
