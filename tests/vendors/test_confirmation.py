"""The address of a firm that registers itself: confirmed by a link from its mail before it hands in."""

import re
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from core import clock
from core.auth import User
from core.errors import WrongState
from deadlines import worker
from deadlines.alert_models import MessageState, OutboxMessage
from deadlines.sending import Post
from tests.factories import make_organization, make_user
from tests.factories.libraries import make_library
from tests.factories.parties import make_party_user
from tests.factories.vendors import make_vendor
from tests.faults.sink import Sink
from tests.vendors.test_registration import TYPED
from vendors import memberships, services
from vendors.models import Vendor, VendorStatus


@pytest.fixture
def zone(session):
    zone = make_organization()
    session.commit()
    return zone


@pytest.fixture
def sink(app, monkeypatch):
    """A mail server on the loopback, to which the application is set."""
    server = Sink()
    server.start()
    given = {
        "MAIL_SERVER": "127.0.0.1",
        "MAIL_PORT": server.port,
        "MAIL_FROM": "office@example.org",
        "BASE_URL": "https://office.example",
        "SITE_NAME": "示例站",
    }
    for name, value in given.items():
        monkeypatch.setitem(app.config, name, value)
    yield server
    server.stop()


def register(client, zone, **given):
    return client.post("/register", data=TYPED | {"place": str(zone.id)} | given)


def deliver(app, session) -> None:
    """Let the worker's round of delivery run."""
    session.commit()  # the round begins by giving up what is open, and with it what the browser did inside
    worker.deliver_all(session, Post.of(app.config), moment=lambda _session: clock.now())
    session.expire_all()


def link_of(mail) -> str:
    return re.search(r"https://office\.example(/register/confirm/\S+)", mail.body)[1]


def firm(session) -> Vendor:
    session.expire_all()
    return session.scalars(select(Vendor)).one()


def test_the_file_is_handed_in_once_the_link_from_the_mail_is_confirmed(app, client, session, zone, sink):
    waiting = client.get(register(client, zone).headers["Location"]).text

    assert "确认邮箱" in waiting
    assert TYPED["email"] in waiting
    assert firm(session).status is VendorStatus.registered
    deliver(app, session)
    (mail,) = sink.received
    assert (mail.recipient, mail.subject) == (TYPED["email"], "[示例站] 请确认您的邮箱")
    assert TYPED["title"] in mail.body
    assert "72 小时" in mail.body
    link = link_of(mail)
    assert "确认并提交" in client.get(link).text
    assert firm(session).status is VendorStatus.registered  # a program that opens links confirms nothing

    answer = client.post(link)

    assert answer.headers["Location"] == "/register/done"
    assert "已提交审核" in client.get("/register/done").text
    assert firm(session).status is VendorStatus.under_review
    assert session.scalars(select(User)).one().email_pending is False


def test_a_link_holds_once_for_its_address_and_for_three_days(app, client, session, zone, sink):
    register(client, zone)
    deliver(app, session)
    link = link_of(sink.received[0])

    for wrong in (link[:-1] + ("A" if link[-1] != "A" else "B"), "/register/confirm/x"):
        assert client.post(wrong).status_code == 422
    with time_machine.travel(clock.now() + timedelta(hours=72, seconds=5)):
        late = client.post(link)
    assert late.status_code == 422
    assert "链接已失效" in late.text
    assert firm(session).status is VendorStatus.registered
    with time_machine.travel(clock.now() + timedelta(hours=71, minutes=59)):
        assert client.post(link).status_code == 302
    assert client.post(link).status_code == 422


def test_a_link_to_an_address_that_was_changed_since_confirms_nothing(app, client, session, zone, sink):
    register(client, zone)
    deliver(app, session)
    session.scalars(select(User)).one().email = "other@example.org"
    session.commit()

    assert client.post(link_of(sink.received[0])).status_code == 422


def test_the_link_is_sent_once_more_from_the_last_page_and_from_the_portal(
    app, client, session, zone, sink, as_user
):
    register(client, zone)
    assert client.post("/register/resend").headers["Location"] == "/register/done"
    person = session.scalars(select(User)).one()
    portal = as_user(person)
    assert "确认邮箱" in portal.get("/portal/").text
    assert portal.post("/portal/send-confirmation").status_code == 302
    deliver(app, session)
    assert len(sink.received) == 3

    assert portal.post(link_of(sink.received[2])).headers["Location"] == "/"

    assert firm(session).status is VendorStatus.under_review
    assert "确认邮箱" not in portal.get("/portal/").text
    portal.post("/portal/send-confirmation")
    assert client.post("/register/resend").status_code == 404
    deliver(app, session)
    assert len(sink.received) == 3


def test_before_it_is_confirmed_the_account_hands_nothing_in(app, client, session, zone, sink, as_user):
    register(client, zone)
    person, vendor = session.scalars(select(User)).one(), firm(session)
    page = as_user(person).get("/portal/file/submit").text
    key = re.search(r'name="once" value="([0-9a-f]{32})"', page)[1]

    answer = as_user(person).post("/portal/file/submit", data={"once": key})

    assert answer.status_code == 422
    assert "请先确认邮箱" in answer.text
    assert firm(session).status is VendorStatus.registered
    library = make_library(zone)
    with pytest.raises(WrongState, match="Confirm your e-mail"):
        memberships.apply_for(session, by=person, on=clock.today(), vendor=vendor, library=library)


def test_an_account_that_somebody_opened_for_its_holder_need_not_be_confirmed(session):
    vendor = make_vendor(status=VendorStatus.registered)
    services.submit(session, vendor, by=make_party_user(vendor))

    assert vendor.status is VendorStatus.under_review


def test_the_office_may_hand_in_what_waits_for_a_confirmation(client, session, zone, sink):
    register(client, zone)
    vendor = firm(session)

    services.submit(session, vendor, by=make_user(organization=zone))

    assert vendor.status is VendorStatus.under_review


def test_a_mail_server_that_refuses_for_a_while_gets_the_link_afterwards(app, client, session, zone, sink):
    sink.mode = "refuse_421"
    register(client, zone)
    deliver(app, session)
    letter = session.scalars(select(OutboxMessage)).one()
    assert (letter.state, sink.received) == (MessageState.retrying, [])

    sink.mode = "take"
    with time_machine.travel(clock.now() + timedelta(minutes=5)):
        deliver(app, session)

    assert len(sink.received) == 1


def test_where_no_mail_leaves_the_house_the_file_is_handed_in_at_once(client, session, zone):
    register(client, zone)

    assert firm(session).status is VendorStatus.under_review
    assert "已提交审核" in client.get("/register/done").text
