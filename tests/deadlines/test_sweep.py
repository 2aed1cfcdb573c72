"""What a sweep raises: once, in time, to the right people, however late it runs."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, select

from core.permissions import RoleName
from deadlines import sweep
from deadlines.alert_models import (
    Alert,
    AlertState,
    Channel,
    ChannelPreference,
    MessageState,
    OutboxMessage,
)
from deadlines.ladder import Ladder
from deadlines.loading import load_catalogue
from deadlines.models import Deadline, DeadlineState, RuleOverride
from deadlines.terms import Role
from tests.factories import make_organization, make_user
from tests.factories.alerts import USUAL, make_deadline, rule_with

DUE = date(2026, 12, 31)
BOTH = (Channel.in_app, Channel.mail)


def morning(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 1, tzinfo=UTC)


def before(days: int) -> date:
    return DUE - timedelta(days=days)


def run(session, day: date, channels=BOTH, size: int = 100) -> list[sweep.Batch]:
    session.flush()
    done = list(sweep.batches(session, morning(day), channels=channels, size=size))
    session.expire_all()
    return done


def in_app(session) -> list[tuple[int, int]]:
    rows = session.execute(
        select(Alert.step, Alert.recipient_id).where(Alert.channel == Channel.in_app).order_by(Alert.id)
    )
    return sorted(rows)


def test_a_step_is_raised_on_its_day_to_the_inbox_and_the_mail_of_the_owner(session):
    owner = make_user()
    deadline = make_deadline(DUE, owner=owner)

    assert run(session, before(91)) == [sweep.Batch(0, 0, 0)]
    assert run(session, before(90)) == [sweep.Batch(1, 2, 1)]

    alerts = session.scalars(select(Alert).order_by(Alert.channel)).all()
    assert [(a.step, a.due_on, a.recipient_id, a.channel, a.raised_on) for a in alerts] == [
        (90, DUE, owner.id, Channel.in_app, before(90)),
        (90, DUE, owner.id, Channel.mail, before(90)),
    ]
    assert alerts[1].message.state is MessageState.gathering
    assert session.get(Deadline, deadline.id).next_alert_on == before(60)


def test_running_again_does_nothing(session):
    make_deadline(DUE, owner=make_user())

    run(session, before(30))

    assert run(session, before(30)) == [sweep.Batch(0, 0, 0)]
    assert session.scalar(select(func.count()).select_from(Alert)) == 2


def test_looking_again_at_a_step_already_raised_does_not_raise_it_twice(session):
    deadline = make_deadline(DUE, owner=make_user())
    run(session, before(30))
    deadline.next_alert_on = before(30)

    assert [batch.raised for batch in run(session, before(29))] == [0]
    assert session.get(Deadline, deadline.id).next_alert_on == before(15)


def test_after_days_of_standstill_only_the_most_urgent_step_is_raised(session):
    owner = make_user()
    make_deadline(DUE, owner=owner)

    run(session, before(5))

    assert in_app(session) == [(7, owner.id)]


def test_a_look_too_early_raises_nothing_and_waits_for_the_first_step(session):
    deadline = make_deadline(DUE, owner=make_user(), next_alert_on=before(200))

    assert [batch.raised for batch in run(session, before(150))] == [0]
    assert session.get(Deadline, deadline.id).next_alert_on == before(90)


def test_it_climbs_to_the_deputy_and_then_to_the_head(session):
    zone = make_organization()
    office = make_organization(zone)
    head = make_user(organization=zone, is_head=True)
    deputy = make_user(organization=office)
    owner = make_user(organization=office, deputy=deputy)
    make_deadline(DUE, owner=owner)

    for days in (30, 15, 3, 0, -7):
        run(session, before(days), channels=(Channel.in_app,))

    three = sorted((owner.id, deputy.id, head.id))
    expected = [(step, person) for step in (-7, 0, 3) for person in three]
    expected += [(15, person) for person in sorted((owner.id, deputy.id))] + [(30, owner.id)]
    assert in_app(session) == sorted(expected)


@pytest.mark.parametrize(
    ("owner_works", "deputy_works", "told"),
    [(True, True, "owner"), (False, True, "deputy"), (False, False, "head")],
)
def test_whoever_is_absent_is_replaced_by_the_next_one_up(session, owner_works, deputy_works, told):
    office = make_organization()
    people = {"head": make_user(organization=office, is_head=True)}
    people["deputy"] = make_user(organization=office, active=deputy_works)
    people["owner"] = make_user(organization=office, active=owner_works, deputy=people["deputy"])
    make_deadline(DUE, owner=people["owner"])

    run(session, before(60), channels=(Channel.in_app,))

    assert in_app(session) == [(60, people[told].id)]


def test_without_owner_and_head_the_administrator_is_told(session):
    administrator = make_user(RoleName.administrator)
    make_user()
    make_deadline(DUE)

    run(session, before(60), channels=(Channel.in_app,))

    assert in_app(session) == [(60, administrator.id)]


def test_the_nearest_head_above_answers_for_an_organization_without_one(session):
    zone = make_organization()
    office = make_organization(zone)
    make_user(is_head=True)
    head = make_user(organization=zone, is_head=True)
    make_deadline(DUE, organization=office)

    run(session, before(60), channels=(Channel.in_app,))

    assert in_app(session) == [(60, head.id)]


def test_one_message_gathers_everything_that_falls_together(session):
    owner = make_user()
    for _number in range(7):
        make_deadline(DUE, owner=owner)

    run(session, before(30), size=3)

    message = session.scalars(select(OutboxMessage)).one()
    assert session.scalar(select(func.count()).where(Alert.message_id == message.id)) == 7


def test_a_message_on_its_way_takes_nothing_more(session):
    owner = make_user()
    make_deadline(DUE, owner=owner)
    run(session, before(30))
    first = session.scalars(select(OutboxMessage)).one()
    first.state, first.lease, first.subject = MessageState.sending, "held", "sealed"
    make_deadline(DUE, owner=owner)

    run(session, before(30))

    counts = session.execute(
        select(Alert.message_id, func.count()).where(Alert.message_id.is_not(None)).group_by(Alert.message_id)
    )
    assert sorted(count for _message, count in counts) == [1, 1]


def test_mail_can_be_turned_off_and_a_robot_on(session):
    owner = make_user()
    session.add_all(
        [
            ChannelPreference(user_id=owner.id, channel=Channel.mail, enabled=False),
            ChannelPreference(user_id=owner.id, channel=Channel.wecom, address="wecombot://key"),
            ChannelPreference(
                user_id=owner.id, channel=Channel.feishu, address="feishu://key", enabled=False
            ),
        ]
    )
    make_deadline(DUE, owner=owner)

    run(session, before(30), channels=tuple(Channel))

    assert {a.channel for a in session.scalars(select(Alert))} == {Channel.in_app, Channel.wecom}


def test_a_more_urgent_step_takes_the_place_of_the_one_in_the_inbox(session):
    make_deadline(DUE, owner=make_user())

    run(session, before(30))
    run(session, before(15))

    states = session.execute(select(Alert.step, Alert.state).where(Alert.channel == Channel.in_app))
    assert dict(states.all()) == {30: AlertState.superseded, 15: AlertState.open}


@pytest.mark.parametrize("state", [s for s in DeadlineState if s is not DeadlineState.open])
def test_a_deadline_that_does_not_run_never_reminds(session, state):
    facts = {
        DeadlineState.paused: {},
        DeadlineState.met: {"met_on": before(40), "closed_on": before(40)},
        DeadlineState.missed: {"closed_on": before(40), "reason": "示例"},
        DeadlineState.waived: {"closed_on": before(40), "reason": "示例", "authority": "示例"},
        DeadlineState.cancelled: {"closed_on": before(40), "reason": "示例"},
    }[state]
    make_deadline(DUE, owner=make_user(), state=state, next_alert_on=None, **facts)

    assert run(session, before(0)) == [sweep.Batch(0, 0, 0)]


def test_a_provisional_deadline_still_reminds_of_its_earliest_day(session):
    owner = make_user()
    make_deadline(DUE, owner=owner, provisional=True)

    run(session, before(30), channels=(Channel.in_app,))

    assert in_app(session) == [(30, owner.id)]


def test_a_first_lawful_day_is_told_once_and_not_called_late(session):
    ladder = next(r for r in load_catalogue().rules.values() if r.role is Role.earliest and r.ladder)
    deadline = make_deadline(DUE, owner=make_user(), role=Role.earliest, rule_id=ladder.id)
    assert ladder.overdue_every == 0

    run(session, before(0))

    assert session.get(Deadline, deadline.id).next_alert_on is None


def test_a_stricter_ladder_of_the_organization_counts_for_those_below_it(session):
    zone = make_organization()
    owner = make_user(organization=make_organization(zone))
    session.add(
        RuleOverride(
            rule_id=rule_with(USUAL),
            organization_id=zone.id,
            ladder=[120, 75],
            reason="示例",
            effective_from=date(2026, 1, 1),
        )
    )
    deadline = make_deadline(DUE, owner=owner, next_alert_on=before(120))
    other = make_deadline(DUE, owner=make_user(), next_alert_on=before(120))

    run(session, before(80), channels=(Channel.in_app,))

    assert in_app(session) == [(90, owner.id), (90, other.owner_id)]
    assert session.get(Deadline, deadline.id).next_alert_on == before(75)
    assert session.get(Deadline, other.id).next_alert_on == before(60)


def test_the_sweep_climbs_every_ladder_of_the_catalogue_as_the_ladder_says(session):
    owner = make_user(is_head=True)
    rules = {Ladder.of(r.ladder, r.overdue_every): r for r in load_catalogue().rules.values()}
    deadlines = {
        make_deadline(DUE, owner=owner, rule_id=rule.id, next_alert_on=before(500)): ladder
        for ladder, rule in rules.items()
    }
    for day in (
        before(left) for left in (400, 365, 181, 180, 91, 61, 30, 16, 15, 8, 5, 4, 3, 2, 1, 0, -6, -7, -22)
    ):
        for deadline in deadlines:
            deadline.next_alert_on = day
        run(session, day, channels=(Channel.in_app,))

        for deadline, ladder in deadlines.items():
            step = ladder.step_on(DUE, day)
            raised = session.scalars(select(Alert.step).where(Alert.deadline_id == deadline.id)).all()
            assert step is None or step in raised, (ladder, day)
            assert min(raised, default=None) == (None if step is None else step), (ladder, day)
            assert deadline.next_alert_on == ladder.next_look(DUE, day), (ladder, day)


def test_a_batch_that_fails_leaves_nothing_behind(session):
    deadline = make_deadline(DUE, owner=make_user())
    session.commit()

    stopped = sweep.batches(session, morning(before(30)), channels=BOTH)
    next(stopped)
    session.rollback()

    assert session.scalar(select(func.count()).select_from(Alert)) == 0
    assert session.get(Deadline, deadline.id).next_alert_on == before(90)
