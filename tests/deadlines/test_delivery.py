"""How messages leave: gathered, at the right hour, again after a failure, and never twice by mistake."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from core.errors import InvalidInput, WrongState
from core.permissions import RoleName
from deadlines import alert_queries, delivery, sweep
from deadlines.alert_models import (
    Alert,
    Channel,
    ChannelPreference,
    DeliveryLog,
    Digest,
    MessageState,
    OutboxMessage,
    Outcome,
)
from deadlines.models import DeadlineState
from deadlines.sending import Post, Undelivered, Unreachable
from tests.factories import make_user
from tests.factories.alerts import make_deadline

CHINA = ZoneInfo("Asia/Shanghai")
DUE = date(2026, 12, 31)
# ten o'clock in China, ten days before
NOW = datetime(2026, 12, 21, 2, tzinfo=UTC)
LATER = timedelta(minutes=1)
POST = Post(
    "示例站", "http://office.example", "zh_Hans_CN", mail_server="mail.example", mail_from="a@office.example"
)
EVERY = tuple(Channel)


class Hands:
    """A carrier that keeps what it is given, or fails as told."""

    def __init__(self, *problems: Exception | None, post: Post = POST) -> None:
        self.post = post
        self.problems = list(problems)
        self.carried = []

    def carry(self, parcel) -> None:
        self.carried.append(parcel)
        if self.problems and (problem := self.problems.pop(0)):
            raise problem


@pytest.fixture
def owner(session):
    return make_user(name="张三")


def raise_all(session, now: datetime = NOW, channels=EVERY) -> None:
    session.flush()
    for _batch in sweep.batches(session, now, channels=channels):
        session.flush()
    session.expire_all()


def deliver(session, hands: Hands, now: datetime = NOW + LATER) -> delivery.Tally:
    tally = delivery.deliver(session, hands, moment=lambda _session: now)
    session.expire_all()
    return tally


def messages(session) -> list[OutboxMessage]:
    return session.scalars(select(OutboxMessage).order_by(OutboxMessage.id)).all()


def test_everything_that_falls_together_is_one_message_in_the_reader_s_words(app, session, owner):
    numbers = [make_deadline(DUE, owner=owner).record.number for _number in range(3)]
    raise_all(session)
    hands = Hands()

    assert deliver(session, hands) == delivery.Tally(sent=1)

    parcel = hands.carried[0]
    assert parcel.address == owner.email
    assert parcel.subject.startswith("[示例站] ")
    assert all(number in parcel.body for number in numbers)
    assert "示例" not in parcel.body.replace("示例站", "")  # no title of a record leaves the house
    assert messages(session)[0].state is MessageState.sent


def test_a_message_waits_for_company_before_it_leaves(session, owner):
    make_deadline(DUE, owner=owner)
    raise_all(session)

    assert deliver(session, Hands(), NOW + timedelta(seconds=5)) == delivery.Tally()
    assert deliver(session, Hands(), NOW + sweep.GATHERING) == delivery.Tally(sent=1)


def test_what_was_sent_is_not_sent_again(session, owner):
    make_deadline(DUE, owner=owner)
    raise_all(session)
    deliver(session, Hands())

    assert deliver(session, Hands(), NOW + timedelta(days=1)) == delivery.Tally()


def test_a_failure_is_tried_again_later_with_the_same_key_and_the_same_words(session, owner):
    make_deadline(DUE, owner=owner)
    raise_all(session)
    hands = Hands(Undelivered("421 busy"))

    assert deliver(session, hands) == delivery.Tally(failed=1)
    waiting = messages(session)[0]
    assert (waiting.state, waiting.last_error) == (MessageState.retrying, "421 busy")
    assert timedelta(seconds=20) < waiting.send_after - (NOW + LATER) < timedelta(seconds=40)
    assert deliver(session, hands) == delivery.Tally()

    assert deliver(session, hands, NOW + timedelta(minutes=5)) == delivery.Tally(sent=1)
    first, second = hands.carried
    assert (first.dedup_key, first.subject, first.body) == (second.dedup_key, second.subject, second.body)
    assert [entry.outcome for entry in alert_queries.delivery_log(session, owner.id)] == [
        Outcome.sent,
        Outcome.failed,
    ]


def test_waits_double_up_to_an_hour_and_are_scattered():
    def wait(attempt: int, key: str) -> timedelta:
        return delivery.retry_after(
            delivery.Parcel(1, key, "x", attempt, Channel.mail, "n", "a", "s", "b", NOW)
        )

    assert [wait(n, "0" * 32) / timedelta(seconds=30) for n in (1, 2, 3, 4)] == [0.75, 1.5, 3, 6]
    assert wait(20, "f" * 32) == timedelta(hours=1) * 1.25
    assert wait(70, "0" * 32) == timedelta(hours=1) * 0.75


def test_a_message_that_never_arrives_is_given_up_and_the_administrator_sees_it(session, owner):
    make_deadline(DUE, owner=owner)
    raise_all(session)
    now = NOW
    for _attempt in range(delivery.MOST_ATTEMPTS):
        now += timedelta(hours=2)
        assert deliver(session, Hands(Undelivered("550 no such user")), now) == delivery.Tally(failed=1)

    assert [letter.last_error for letter in alert_queries.dead_letters(session)] == ["550 no such user"]
    assert deliver(session, Hands(), now + timedelta(days=9)) == delivery.Tally()
    assert alert_queries.outbox_counts(session)[MessageState.dead] == 1


def test_a_dead_letter_can_be_tried_again_or_let_go(session, owner):
    administrator = make_user(RoleName.administrator)
    make_deadline(DUE, owner=owner)
    raise_all(session)
    message = messages(session)[0]
    message.state, message.subject, message.attempts = MessageState.dead, "x", delivery.MOST_ATTEMPTS
    session.flush()

    delivery.requeue(session, message, by=administrator, at=NOW)
    assert deliver(session, Hands()) == delivery.Tally(sent=1)

    session.refresh(message)
    with pytest.raises(WrongState):
        delivery.discard(session, message, by=administrator, reason="不需要")


def test_letting_go_of_a_dead_letter_needs_a_reason(session, owner):
    administrator = make_user(RoleName.administrator)
    make_deadline(DUE, owner=owner)
    raise_all(session)
    message = messages(session)[0]
    message.state, message.subject = MessageState.dead, "x"

    with pytest.raises(InvalidInput):
        delivery.discard(session, message, by=administrator, reason=" ")


def test_a_lease_that_ran_out_is_taken_over_with_the_same_key(session, owner):
    make_deadline(DUE, owner=owner)
    raise_all(session)
    abandoned = delivery.claim(session, POST, NOW + LATER)[0]
    session.commit()
    hands = Hands()

    assert deliver(session, hands, NOW + timedelta(minutes=9)) == delivery.Tally()
    assert deliver(session, hands, NOW + timedelta(minutes=12)) == delivery.Tally(sent=1)

    assert hands.carried[0].dedup_key == abandoned.dedup_key
    log = session.scalars(select(DeliveryLog).order_by(DeliveryLog.attempt)).all()
    assert [entry.outcome for entry in log] == [Outcome.unknown, Outcome.sent]


def test_who_has_lost_the_lease_does_not_send(session, owner):
    make_deadline(DUE, owner=owner)
    raise_all(session)
    slow = delivery.claim(session, POST, NOW + LATER)[0]
    deliver(session, Hands(), NOW + timedelta(minutes=12))

    assert not delivery.hold(session, slow, NOW + timedelta(minutes=13))


def test_a_confirmation_after_the_lease_saves_the_next_attempt(session, owner):
    make_deadline(DUE, owner=owner)
    raise_all(session)
    slow = delivery.claim(session, POST, NOW + LATER)[0]
    deliver(session, Hands(Undelivered("timeout")), NOW + timedelta(minutes=12))

    delivery.settle(session, slow, "", NOW + timedelta(minutes=13))
    session.expire_all()

    assert messages(session)[0].state is MessageState.sent


def test_a_silent_server_is_not_tried_twenty_times_in_a_row(session):
    for _number in range(3):
        make_deadline(DUE, owner=make_user())
    raise_all(session)
    hands = Hands(Unreachable("timed out"))

    assert deliver(session, hands) == delivery.Tally(failed=3)
    assert len(hands.carried) == 1


@pytest.mark.parametrize(
    "facts",
    [
        {"state": DeadlineState.met, "met_on": date(2026, 12, 21), "closed_on": date(2026, 12, 21)},
        {"due_on": DUE + timedelta(days=30), "effective_on": DUE + timedelta(days=30)},
    ],
)
def test_a_message_whose_deadlines_are_all_met_or_moved_is_not_sent(session, owner, facts):
    deadline = make_deadline(DUE, owner=owner)
    raise_all(session)
    for name, value in {**facts, "next_alert_on": None}.items():
        setattr(deadline, name, value)
    session.flush()

    assert deliver(session, Hands()) == delivery.Tally()
    assert messages(session)[0].state is MessageState.cancelled


def test_what_is_met_before_the_message_leaves_is_not_in_it(session, owner):
    kept, met = make_deadline(DUE, owner=owner), make_deadline(DUE, owner=owner)
    raise_all(session)
    met.state, met.met_on, met.closed_on, met.next_alert_on = DeadlineState.met, DUE, DUE, None
    session.flush()
    hands = Hands()

    deliver(session, hands)

    assert kept.record.number in hands.carried[0].body
    assert met.record.number not in hands.carried[0].body


@pytest.mark.parametrize("reason", ["left", "off"])
def test_nothing_goes_to_who_has_left_or_turned_the_channel_off(session, owner, reason):
    make_deadline(DUE, owner=owner)
    raise_all(session)
    if reason == "left":
        owner.active = False
    else:
        session.add(ChannelPreference(user_id=owner.id, channel=Channel.mail, enabled=False))
    session.flush()

    assert deliver(session, Hands()) == delivery.Tally()
    assert messages(session)[0].state is MessageState.cancelled


def china(hour: int, minute: int = 0, day: int = 21) -> datetime:
    return datetime(2026, 12, day, hour, minute, tzinfo=CHINA)


NIGHT = {"quiet_from": time(21), "quiet_until": time(7, 30)}


@pytest.mark.parametrize(
    ("at", "hours", "until"),
    [
        (china(20, 59), NIGHT, None),
        (china(21), NIGHT, china(7, 30, day=22)),
        (china(3), NIGHT, china(7, 30)),
        (china(7, 30), NIGHT, None),
        (china(12, 30), {"quiet_from": time(12), "quiet_until": time(13)}, china(13)),
        (china(13), {"quiet_from": time(12), "quiet_until": time(13)}, None),
        (china(3), {"quiet_from": None, "quiet_until": None}, None),
        (china(3), {"quiet_from": time(3), "quiet_until": time(3)}, None),
    ],
)
def test_quiet_hours_end_in_the_time_of_china(at, hours, until):
    assert delivery.quiet_until(ChannelPreference(**hours), at) == until


def test_quiet_hours_put_a_message_off_and_lose_nothing(session, owner):
    session.add(ChannelPreference(user_id=owner.id, channel=Channel.mail, **NIGHT))
    make_deadline(DUE, owner=owner)
    raise_all(session, china(22))
    late = make_deadline(DUE, owner=owner)

    assert deliver(session, Hands(), china(22, 5)) == delivery.Tally()
    raise_all(session, china(23))
    assert deliver(session, Hands(), china(7, 29, day=22)) == delivery.Tally()
    hands = Hands()
    assert deliver(session, hands, china(7, 30, day=22)) == delivery.Tally(sent=1)
    assert late.record.number in hands.carried[0].body


def test_a_daily_digest_leaves_once_a_day_with_everything(session, owner):
    wish = ChannelPreference(
        user_id=owner.id, channel=Channel.mail, digest=Digest.daily, digest_at=time(8, 30)
    )
    session.add(wish)
    make_deadline(DUE, owner=owner)
    raise_all(session, china(9))
    make_deadline(DUE, owner=owner)

    assert deliver(session, Hands(), china(9, 5)) == delivery.Tally()
    raise_all(session, china(15))
    assert deliver(session, Hands(), china(8, 29, day=22)) == delivery.Tally()
    assert deliver(session, Hands(), china(8, 30, day=22)) == delivery.Tally(sent=1)
    assert {alert.message_id for alert in session.scalars(select(Alert)) if alert.message_id} == {
        messages(session)[0].id
    }


def test_a_robot_gets_no_more_than_twenty_a_minute_whoever_writes_to_it(session):
    for _number in range(30):
        person = make_user()
        session.add_all(
            [
                ChannelPreference(user_id=person.id, channel=Channel.mail, enabled=False),
                ChannelPreference(user_id=person.id, channel=Channel.wecom, address="wecombot://shared"),
            ]
        )
        make_deadline(DUE, owner=person)
    raise_all(session)
    sent: list[datetime] = []

    for second in range(0, 200, 5):
        now = NOW + LATER + timedelta(seconds=second)
        hands = Hands()
        deliver(session, hands, now)
        sent += [now] * len(hands.carried)

    assert len(sent) == 30
    for at in sent:
        assert sum(at <= other < at + timedelta(minutes=1) for other in sent) <= 20


def test_the_person_s_language_is_spoken(session):
    reader = make_user(locale="en")
    make_deadline(DUE, owner=reader)
    raise_all(session)
    hands = Hands()

    deliver(session, hands)

    assert "10 days left, due on 2026-12-31" in hands.carried[0].subject


def test_a_provisional_day_is_never_called_overdue(session):
    reader = make_user(locale="en")
    make_deadline(DUE - timedelta(days=20), owner=reader, provisional=True)
    raise_all(session)
    hands = Hands()

    deliver(session, hands)

    assert "not before 2026-12-11, calendar not published" in hands.carried[0].body
    assert "overdue" not in hands.carried[0].subject + hands.carried[0].body
