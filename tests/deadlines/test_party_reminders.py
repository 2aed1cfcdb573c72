"""Reminders to the people of an outside party: of the duties it owes, and of nothing else."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from core.permissions import RoleName
from core.records import Record
from deadlines import alert_queries, alerts, delivery, sweep
from deadlines.alert_models import Alert, AlertState, Channel, MessageState, OutboxMessage
from deadlines.models import DeadlineState
from deadlines.sending import Post
from deadlines.terms import Role, Side
from tests.factories import add_record, make_user
from tests.factories.alerts import make_deadline
from tests.factories.parties import make_party_user
from tests.factories.vendors import make_vendor

DUE = date(2026, 12, 31)
NOW = datetime(2026, 12, 1, 1, tzinfo=UTC)
EVERY = (Channel.in_app, Channel.mail)
POST = Post("示例站", "http://office.example", "zh_Hans_CN", mail_server="mail.example")


class Hands:
    """A carrier that keeps what it is given."""

    post = POST

    def __init__(self) -> None:
        self.carried = []

    def carry(self, parcel) -> None:
        self.carried.append(parcel)


@pytest.fixture
def vendor(session):
    return make_vendor()


@pytest.fixture
def people(vendor):
    return [make_party_user(vendor), make_party_user(vendor, RoleName.vendor_agent)]


def of_party(vendor, **given):
    """Make a deadline on a record that concerns a vendor; its own duty unless told otherwise."""
    owner = make_user(organization=vendor.organization)
    matter = Record(title="机密的示例标题", party_id=vendor.id)
    add_record(matter, vendor.organization)
    return make_deadline(DUE, owner=owner, record=matter, **{"side": Side.vendor} | given)


def run(session, days: int = 30, channels=EVERY) -> None:
    session.flush()
    moment = datetime(DUE.year, DUE.month, DUE.day, 1, tzinfo=UTC) - timedelta(days=days)
    for _batch in sweep.batches(session, moment, channels=channels):
        session.flush()
    session.expire_all()


def told(session) -> list[tuple[int, int]]:
    rows = session.execute(select(Alert.step, Alert.recipient_id).where(Alert.channel == Channel.in_app))
    return sorted(rows)


def test_the_vendors_own_duty_reaches_all_its_people_and_the_officer_on_every_step(session, vendor, people):
    deadline = of_party(vendor)
    everybody = [deadline.owner_id, *(each.id for each in people)]

    run(session, 90)
    run(session, 60)
    run(session, 60)

    assert told(session) == sorted((step, person) for step in (60, 90) for person in everybody)
    mailed = session.scalars(select(Alert.recipient_id).where(Alert.channel == Channel.mail)).all()
    assert sorted(mailed) == sorted(everybody * 2)


def test_looking_again_tells_a_party_nothing_twice(session, vendor, people):
    deadline = of_party(vendor)
    run(session)
    before = told(session)
    deadline.next_alert_on = DUE - timedelta(days=30)

    run(session, 29)

    assert told(session) == before


@pytest.mark.parametrize(
    ("given", "is_told"),
    [
        ({"side": Side.vendor}, True),
        ({"side": Side.buyer}, False),
        ({"side": Side.other}, False),
        ({"side": Side.regulator}, False),
        ({"side": Side.buyer, "rule_id": "commission_promise"}, True),
        ({"side": Side.buyer, "rule_id": "gp_contract_sign_30d"}, True),
        ({"side": Side.buyer, "rule_id": "gp_contract_file_7wd"}, False),
        ({"role": Role.latest}, True),
        ({"role": Role.earliest}, False),
        ({"owed": False}, False),
    ],
)
def test_a_party_hears_of_its_own_and_of_joint_duties_only(session, vendor, people, given, is_told):
    deadline = of_party(vendor, **given)

    run(session, 1)

    heard = {person for _step, person in told(session)} - {deadline.owner_id}
    assert heard >= {each.id for each in people} if is_told else not heard & {each.id for each in people}


def test_neither_another_vendor_nor_a_closed_account_is_told(session, vendor, people):
    make_party_user(make_vendor(vendor.organization))
    people[1].active = False
    deadline = of_party(vendor)

    run(session)

    assert told(session) == sorted([(30, deadline.owner_id), (30, people[0].id)])


def test_nobody_from_outside_answers_for_an_organization_in_its_stead(session, vendor, people):
    people[0].is_head = True
    make_deadline(DUE, organization=vendor.organization)
    administrator = make_user(RoleName.administrator)

    run(session)

    assert told(session) == [(30, administrator.id)]


def test_the_mail_leads_into_the_portal_and_says_no_title(app, session, vendor):
    person = make_party_user(vendor)
    deadline = of_party(vendor)
    run(session)
    hands = Hands()

    delivery.deliver(session, hands, moment=lambda _session: NOW + timedelta(minutes=1))

    parcel = next(each for each in hands.carried if each.address == person.email)
    assert f"http://office.example/portal/records/{deadline.record_id}\n" in parcel.body
    assert parcel.body.endswith("http://office.example/portal/messages")
    links = [word for word in parcel.body.split() if word.startswith("http")]
    assert all(link.startswith("http://office.example/portal/") for link in links)
    assert "机密" not in parcel.subject + parcel.body
    office = next(each for each in hands.carried if each.address != person.email)
    assert "http://office.example/inbox" in office.body


def test_what_a_record_owes_under_another_vendor_leaves_the_inbox_of_the_former(session, vendor, people):
    deadline = of_party(vendor)
    run(session)
    other = make_vendor(vendor.organization)
    record = session.get(Record, deadline.record_id)

    record.party_id = other.id
    session.flush()
    session.expire_all()

    states = dict(
        session.execute(select(Alert.recipient_id, Alert.state).where(Alert.channel == Channel.in_app)).all()
    )
    assert [states[each.id] for each in people] == [AlertState.retired] * 2
    assert states[deadline.owner_id] is AlertState.open
    hands = Hands()
    delivery.deliver(session, hands, moment=lambda _session: NOW + timedelta(minutes=1))
    assert [parcel.address for parcel in hands.carried] == [deadline.owner.email]
    cancelled = select(OutboxMessage).where(OutboxMessage.state == MessageState.cancelled)
    assert {message.recipient_id for message in session.scalars(cancelled)} == {each.id for each in people}


def test_a_met_duty_leaves_the_inbox_of_the_vendor_too(session, vendor, people):
    deadline = of_party(vendor)
    run(session)

    deadline.state, deadline.met_on, deadline.closed_on = DeadlineState.met, DUE, DUE
    deadline.next_alert_on = None
    session.flush()

    assert alert_queries.unread_count(session, people[0].id, DUE) == 0
    assert alerts.reconcile(session) == 0
