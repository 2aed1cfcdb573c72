"""What becomes of an alert: read, put off, and retired when its deadline moves on."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from core import audit
from core.errors import InvalidInput, NotFound, WrongState
from deadlines import alert_queries, alerts, sweep
from deadlines.alert_models import Alert, AlertState, Channel
from deadlines.alert_queries import Show
from deadlines.models import Deadline, DeadlineState
from tests.factories import make_user
from tests.factories.alerts import make_deadline

DUE = date(2026, 12, 31)
TODAY = DUE - timedelta(days=10)
AT = datetime(2026, 12, 21, 1, tzinfo=UTC)


def raise_on(session, day: date) -> None:
    session.flush()
    moment = datetime(day.year, day.month, day.day, 1, tzinfo=UTC)
    for _batch in sweep.batches(session, moment, channels=(Channel.in_app, Channel.mail)):
        session.flush()
    session.expire_all()


def told(session, user) -> Alert:
    query = select(Alert).where(
        Alert.recipient_id == user.id, Alert.channel == Channel.in_app, Alert.state == AlertState.open
    )
    return session.scalars(query).one()


@pytest.fixture
def owner(session):
    return make_user()


@pytest.fixture
def alert(session, owner) -> Alert:
    make_deadline(DUE, owner=owner)
    raise_on(session, TODAY)
    return told(session, owner)


def unread(session, user, today=TODAY) -> int:
    return alert_queries.unread_count(session, user.id, today)


def test_an_acknowledged_alert_leaves_the_inbox_and_the_deadline_goes_on(session, owner, alert):
    assert unread(session, owner) == 1

    alerts.acknowledge(session, alert, by=owner, at=AT)
    alerts.acknowledge(session, alert, by=owner, at=AT)

    assert unread(session, owner) == 0
    assert alert.deadline.next_alert_on == DUE - timedelta(days=7)
    assert [line.id for line in alert_queries.inbox(session, owner.id, TODAY, show=Show.done)] == [alert.id]


def test_nobody_acknowledges_for_somebody_else(session, alert):
    stranger = make_user()

    with pytest.raises(NotFound):
        alerts.acknowledge(session, alert, by=stranger, at=AT)
    with pytest.raises(NotFound):
        alerts.find(session, alert.id, stranger)
    assert alerts.acknowledge_all(session, [alert.id], by=stranger, at=AT) == 0


def test_several_are_acknowledged_at_once(session, owner, alert):
    make_deadline(DUE, owner=owner)
    raise_on(session, TODAY)
    ids = [line.id for line in alert_queries.inbox(session, owner.id, TODAY)]

    assert alerts.acknowledge_all(session, ids, by=owner, at=AT) == 2
    assert unread(session, owner) == 0


def test_a_newer_step_cannot_be_overtaken_by_acknowledging_the_older(session, owner, alert):
    raise_on(session, DUE - timedelta(days=7))
    session.refresh(alert)

    with pytest.raises(WrongState, match="newer reminder"):
        alerts.acknowledge(session, alert, by=owner, at=AT)
    assert unread(session, owner) == 1


def test_a_snoozed_alert_comes_back_on_its_day(session, owner, alert):
    until = TODAY + timedelta(days=2)

    alerts.snooze(session, alert, until=until, reason="等供应商回复", by=owner, on=TODAY)
    session.commit()

    assert unread(session, owner) == 0
    assert [line.id for line in alert_queries.inbox(session, owner.id, TODAY, show=Show.snoozed)] == [
        alert.id
    ]
    assert unread(session, owner, until - timedelta(days=1)) == 0
    assert unread(session, owner, until) == 1
    entry = audit.history(session, alert.deadline.record)[0]
    assert (entry.action, entry.facts["note"]) == ("alert.snoozed", "等供应商回复")


@pytest.mark.parametrize(
    ("until", "reason", "field"),
    [
        (TODAY, "理由", "until"),
        (DUE + timedelta(days=1), "理由", "until"),
        (DUE, "  ", "reason"),
    ],
)
def test_a_snooze_is_refused_without_reason_or_past_the_last_day(session, owner, alert, until, reason, field):
    with pytest.raises(InvalidInput) as refusal:
        alerts.snooze(session, alert, until=until, reason=reason, by=owner, on=TODAY)

    assert list(refusal.value.fields) == [field]


def test_a_snooze_may_last_until_the_last_day(session, owner, alert):
    alerts.snooze(session, alert, until=DUE, reason="理由", by=owner, on=TODAY)

    assert alert.snoozed_until == DUE


def test_a_more_urgent_step_comes_in_spite_of_a_snooze(session, owner, alert):
    alerts.snooze(session, alert, until=DUE, reason="理由", by=owner, on=TODAY)

    raise_on(session, DUE - timedelta(days=7))

    assert unread(session, owner, DUE - timedelta(days=7)) == 1


def test_a_deadline_that_moves_retires_its_alerts_and_reminds_of_the_new_day(session, owner, alert):
    deadline = alert.deadline
    deadline.due_on = deadline.effective_on = DUE + timedelta(days=20)
    deadline.next_alert_on = TODAY
    session.flush()

    assert unread(session, owner) == 0
    raise_on(session, TODAY)

    states = {(a.due_on, a.channel): a.state for a in session.scalars(select(Alert))}
    assert states == {
        (DUE, Channel.in_app): AlertState.retired,
        (DUE, Channel.mail): AlertState.retired,
        (DUE + timedelta(days=20), Channel.in_app): AlertState.open,
        (DUE + timedelta(days=20), Channel.mail): AlertState.open,
    }


@pytest.mark.parametrize(
    "facts",
    [
        {"state": DeadlineState.met, "met_on": TODAY, "closed_on": TODAY},
        {"state": DeadlineState.paused},
        {"state": DeadlineState.cancelled, "closed_on": TODAY, "reason": "示例"},
    ],
)
def test_a_deadline_that_no_longer_runs_leaves_the_inbox(session, owner, alert, facts):
    for name, value in {**facts, "next_alert_on": None}.items():
        setattr(alert.deadline, name, value)
    session.flush()

    assert unread(session, owner) == 0


def test_a_deadline_that_runs_again_brings_its_alert_back(session, owner, alert):
    deadline = alert.deadline
    deadline.state, deadline.next_alert_on = DeadlineState.paused, None
    session.flush()
    deadline.state, deadline.next_alert_on = DeadlineState.open, DUE - timedelta(days=90)
    session.flush()

    raise_on(session, TODAY)

    assert unread(session, owner) == 1


def test_a_new_owner_is_told_the_present_step_and_the_former_one_is_left_alone(session, owner, alert):
    successor = make_user(organization=owner.organization)
    deadline = alert.deadline

    deadline.owner_id = successor.id
    session.flush()
    raise_on(session, TODAY)

    assert (unread(session, owner), unread(session, successor)) == (0, 1)
    assert told(session, successor).step == 15


def test_an_owner_who_takes_it_back_finds_the_alert_again(session, owner, alert):
    successor = make_user(organization=owner.organization)
    for person in (successor, owner):
        alert.deadline.owner_id = person.id
        session.flush()
        raise_on(session, TODAY)

    assert (unread(session, owner), unread(session, successor)) == (1, 0)


def test_what_was_moved_in_bulk_is_put_right_afterwards(session, owner, alert):
    session.execute(Deadline.__table__.update().values(due_on=DUE + timedelta(days=1)))

    assert alerts.reconcile(session) == 2
    assert unread(session, owner) == 0


def test_the_count_of_the_inbox_stops_at_one_over_a_hundred(session, owner, monkeypatch):
    monkeypatch.setattr(alert_queries, "CAP", 2)
    for _number in range(4):
        make_deadline(DUE, owner=owner)
    raise_on(session, TODAY)

    assert unread(session, owner) == 3


def test_the_inbox_says_what_each_alert_is_about(session, owner, alert):
    line = alert_queries.inbox(session, owner.id, TODAY)[0]

    assert (line.number, line.title) == (alert.deadline.record.number, alert.deadline.record.title)
    assert (line.step, line.due_on, line.days_left(TODAY), line.lamp(TODAY)) == (15, DUE, 10, "ok")
    assert line.lamp(DUE - timedelta(days=7)) == "soon"
    assert line.lamp(DUE + timedelta(days=1)) == "late"
    assert line.rule.id == alert.deadline.rule_id


def test_a_provisional_deadline_is_never_called_late(session, owner):
    make_deadline(DUE, owner=owner, provisional=True)
    raise_on(session, TODAY)

    assert alert_queries.inbox(session, owner.id, TODAY)[0].lamp(DUE + timedelta(days=30)) == "unknown"


def test_the_inbox_goes_on_where_a_page_ended_the_most_urgent_first(session, owner):
    for number in (3, 1, 2, 1, 0):
        make_deadline(DUE + timedelta(days=number), owner=owner)
    raise_on(session, TODAY)
    first = alert_queries.inbox(session, owner.id, TODAY, limit=2)
    end = alert_queries.Place.read(str(alert_queries.Place(first[-1].due_on, first[-1].id)))

    rest = alert_queries.inbox(session, owner.id, TODAY, after=end)

    assert [(line.due_on - DUE).days for line in [*first, *rest]] == [0, 1, 1, 2, 3]
    assert len({line.id for line in [*first, *rest]}) == 5


@pytest.mark.parametrize("text", ["", "x", "2026-12-31", "2026-13-01.5", "2026-12-31.x"])
def test_a_place_that_is_none_is_taken_for_the_beginning(text):
    assert alert_queries.Place.read(text) is None
