"""Read the history of a run and say what was lost, doubled, early, or said to the wrong person.

What should have happened is computed here from the ladder alone, day by day, without a line of SQL.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.auth import User
from core.clock import local_day
from deadlines.alert_models import Alert, Channel, DeliveryLog, MessageState, OutboxMessage, Outcome
from deadlines.ladder import Ladder
from tests.faults.sink import Received

Key = tuple[int, int, date, int]  # deadline, step, last day, recipient


@dataclass(frozen=True)
class Subject:
    """A deadline as the model knows it."""

    id: int
    number: str
    ladder: Ladder
    owner: int
    deputy: int
    head: int
    # the accounts of the vendor whose duty it is: every step reaches them
    party: tuple[int, ...] = ()

    def people(self, step: int) -> list[int]:
        """Return whom a step reaches."""
        return [*[self.owner, self.deputy, self.head][: self.ladder.reach(step) + 1], *self.party]


@dataclass
class Model:
    """What must have been raised by now."""

    subjects: dict[int, Subject] = field(default_factory=dict)
    due: dict[int, date] = field(default_factory=dict)
    expected: set[Key] = field(default_factory=set)
    # retired before they could be sent: a message about them need not have left, and may not leave later
    excused: set[Key] = field(default_factory=set)

    def pass_day(self, today: date) -> None:
        """Expect what a sweep on this day has to raise."""
        for deadline_id, due_on in self.due.items():
            subject = self.subjects[deadline_id]
            step = subject.ladder.step_on(due_on, today)
            if step is not None:
                self.expected |= {(deadline_id, step, due_on, person) for person in subject.people(step)}

    def move(self, deadline_id: int, to: date) -> None:
        """A deadline got another last day."""
        self._excuse(deadline_id)
        self.due[deadline_id] = to

    def meet(self, deadline_id: int) -> None:
        """A deadline was met."""
        self._excuse(deadline_id)
        del self.due[deadline_id]

    def _excuse(self, deadline_id: int) -> None:
        self.excused |= {key for key in self.expected if key[0] == deadline_id}


@dataclass
class Verdict:
    """What a run did, and what was wrong with it."""

    in_app: int = 0
    mailed: int = 0
    messages: int = 0
    received: int = 0
    repeated: int = 0
    faults: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"{self.in_app} in-app alerts, {self.mailed} mailed alerts in {self.messages} messages, "
            f"{self.received} mails received of which {self.repeated} repeated, {len(self.faults)} faults"
        )


def judge(session: Session, model: Model, received: Iterable[Received]) -> Verdict:
    """Compare what happened with what should have."""
    verdict = Verdict()
    mails = defaultdict(list)
    for mail in received:
        mails[mail.key].append(mail)
    alerts = session.execute(
        select(
            Alert.deadline_id, Alert.step, Alert.due_on, Alert.recipient_id, Alert.channel, Alert.message_id
        ).add_columns(Alert.raised_at, Alert.raised_on, Alert.state)
    ).all()
    _judge_alerts(verdict, model, alerts)
    _judge_mail(session, verdict, model, alerts, mails)
    _judge_repetitions(session, verdict, mails)
    return verdict


def _judge_alerts(verdict: Verdict, model: Model, alerts: list) -> None:
    for channel in (Channel.in_app, Channel.mail):
        keys = Counter(tuple(alert)[:4] for alert in alerts if alert.channel == channel)
        missing = model.expected - model.excused - keys.keys()
        verdict.faults += [f"lost {channel}: {key}" for key in missing]
        verdict.faults += [f"never due {channel}: {key}" for key in keys.keys() - model.expected]
        verdict.faults += [f"doubled {channel}: {key}" for key, count in keys.items() if count > 1]
        if channel is Channel.in_app:
            verdict.in_app = len(keys)
        else:
            verdict.mailed = len(keys)
    last: dict[tuple, int] = {}
    for alert in sorted(alerts, key=lambda alert: (alert.raised_at, -alert.step)):
        on_its_day = local_day(alert.raised_at) == alert.raised_on
        if alert.raised_on < alert.due_on - timedelta(days=alert.step) or not on_its_day:
            verdict.faults.append(f"early: {tuple(alert)}")
        ladder = (alert.deadline_id, alert.due_on, alert.recipient_id, alert.channel)
        if alert.step > last.get(ladder, alert.step):
            verdict.faults.append(f"went back: {tuple(alert)}")
        last[ladder] = alert.step


def _judge_mail(session: Session, verdict: Verdict, model: Model, alerts: list, mails: dict) -> None:
    """Every mailed alert stands in a message that arrived, unless its deadline was met or moved before."""
    messages = {row.id: row for row in session.scalars(select(OutboxMessage))}
    emails = dict(session.execute(select(User.id, User.email)).all())
    verdict.messages = len(messages)
    for alert in alerts:
        if alert.channel != Channel.mail:
            continue
        key, message = tuple(alert)[:4], messages[alert.message_id]
        copies = mails.get(message.dedup_key, [])
        told = any(model.subjects[alert.deadline_id].number in mail.body for mail in copies)
        if not told and key not in model.excused:
            verdict.faults.append(f"not delivered: {key} in message {message.id}, {message.state}")
        if any(mail.recipient != emails[alert.recipient_id] for mail in copies):
            verdict.faults.append(f"to the wrong person: {key}")
    for message in messages.values():
        if message.state not in {MessageState.sent, MessageState.cancelled}:
            why = select(DeliveryLog.detail).where(DeliveryLog.message_id == message.id)
            said = session.scalars(why.order_by(DeliveryLog.id.desc())).first()
            verdict.faults.append(f"left over: message {message.id} is {message.state}: {said}")
        if message.state is MessageState.sent and not mails.get(message.dedup_key):
            verdict.faults.append(f"called sent, never received: message {message.id}")


def _judge_repetitions(session: Session, verdict: Verdict, mails: dict) -> None:
    """A message comes again only after an attempt whose answer was lost, and then word for word."""
    lost = Counter(
        session.scalars(
            select(OutboxMessage.dedup_key)
            .join(DeliveryLog, DeliveryLog.message_id == OutboxMessage.id)
            .where(DeliveryLog.outcome.in_((Outcome.unknown, Outcome.failed)))
        )
    )
    for key, copies in mails.items():
        verdict.received += len(copies)
        verdict.repeated += len(copies) - 1
        if len(copies) - 1 > lost[key]:
            verdict.faults.append(f"repeated without a reason: {key}, {len(copies)} times")
        if len({(mail.recipient, mail.subject, mail.body) for mail in copies}) > 1:
            verdict.faults.append(f"repeated in other words: {key}")
