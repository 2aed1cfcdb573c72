"""The pages of reminders: inbox, settings, the calendar feed, and what the administrator watches."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from icalendar import Calendar
from sqlalchemy import select

from core import clock
from core.permissions import RoleName
from deadlines import alert_queries, delivery, feed, sweep
from deadlines.alert_models import (
    Alert,
    AlertState,
    Channel,
    ChannelPreference,
    Digest,
    Heartbeat,
    MessageState,
    OutboxMessage,
)
from tests.factories import make_organization, make_user
from tests.factories.alerts import make_deadline

NOW = datetime(2026, 12, 21, 2, tzinfo=UTC)


@pytest.fixture
def owner(session):
    return make_user(name="张三")


@pytest.fixture
def page(as_user, owner, session):
    session.commit()
    return as_user(owner)


def due_in(days: int) -> date:
    return clock.today() + timedelta(days=days)


def raise_all(session) -> None:
    session.flush()
    for _batch in sweep.batches(session, clock.now(), channels=(Channel.in_app, Channel.mail)):
        session.flush()
    session.commit()


def open_alerts(session) -> list[Alert]:
    query = select(Alert).where(Alert.channel == Channel.in_app, Alert.state == AlertState.open)
    return session.scalars(query.order_by(Alert.id)).all()


def text(response) -> str:
    assert response.status_code == 200, response.text
    return response.text


def test_the_inbox_lists_what_waits_and_every_page_counts_it(session, owner, page):
    late = make_deadline(due_in(-3), owner=owner)
    raise_all(session)

    body = text(page.get("/inbox"))

    assert late.record.number in body
    assert "lamp late" in body
    assert '<span class="count">1</span>' in body


def test_alerts_are_acknowledged_one_by_one_and_together(session, owner, page):
    for _number in range(3):
        make_deadline(due_in(5), owner=owner)
    raise_all(session)
    first, *others = [alert.id for alert in open_alerts(session)]

    assert page.post("/inbox/acknowledge", data={"one": first}).status_code == 302
    assert len(open_alerts(session)) == 2
    page.post("/inbox/acknowledge", data={"alert": others})

    assert open_alerts(session) == []


def test_nobody_reaches_the_alerts_of_somebody_else(session, owner, as_user):
    make_deadline(due_in(5), owner=owner)
    raise_all(session)
    alert = open_alerts(session)[0]
    stranger = as_user(make_user())
    session.commit()

    stranger.post("/inbox/acknowledge", data={"one": alert.id})
    foreign, absent = stranger.get(f"/inbox/{alert.id}/snooze"), stranger.get("/inbox/999999/snooze")

    assert len(open_alerts(session)) == 1
    assert (foreign.status_code, absent.status_code) == (404, 404)


def test_an_alert_is_put_off_with_a_reason(session, owner, page):
    make_deadline(due_in(5), owner=owner)
    raise_all(session)
    url = f"/inbox/{open_alerts(session)[0].id}/snooze"

    assert text(page.get(url))
    assert page.post(url, data={"until": due_in(9), "reason": "理由"}).status_code == 422
    assert page.post(url, data={"until": due_in(3), "reason": ""}).status_code == 422
    assert page.post(url, data={"until": due_in(3), "reason": "理由"}).status_code == 302

    session.expire_all()
    assert alert_queries.unread_count(session, owner.id, clock.today()) == 0
    assert "理由" in text(page.get("/inbox?show=snoozed"))


# -- settings -----------------------------------------------------------------------------------------------


@pytest.fixture
def mail_on(app, monkeypatch):
    monkeypatch.setitem(app.config, "MAIL_SERVER", "mail.example")


def test_the_mail_can_be_set_to_once_a_day_outside_quiet_hours(session, owner, page, mail_on):
    form = {
        "mail-enabled": "y",
        "mail-digest": "daily",
        "mail-digest_at": "08:15",
        "mail-quiet_from": "21:00",
        "mail-quiet_until": "07:30",
    }

    assert page.post("/settings/notifications/mail", data=form).status_code == 302

    kept = session.scalars(select(ChannelPreference)).one()
    assert (kept.channel, kept.enabled, kept.digest, kept.digest_at) == (
        Channel.mail,
        True,
        Digest.daily,
        time(8, 15),
    )
    assert (kept.quiet_from, kept.quiet_until) == (time(21), time(7, 30))
    assert 'value="07:30"' in text(page.get("/settings/notifications"))


def test_half_of_the_quiet_hours_is_refused_and_nothing_typed_is_lost(session, page, mail_on):
    form = {"mail-enabled": "y", "mail-digest": "at_once", "mail-quiet_from": "21:00"}

    refusal = page.post("/settings/notifications/mail", data=form)

    assert refusal.status_code == 422
    assert 'value="21:00"' in refusal.text
    assert session.scalars(select(ChannelPreference)).all() == []


@pytest.mark.parametrize(
    ("channel", "typed", "kept"),
    [
        (
            "wecom",
            "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=693a91f6-7abc-4bc4",
            "wecombot://693a91f6",
        ),
        (
            "dingtalk",
            "https://oapi.dingtalk.com/robot/send?access_token=abcdef0123456789",
            "dingtalk://abcdef",
        ),
        ("feishu", "https://open.feishu.cn/open-apis/bot/v2/hook/aaaa-bbbb-cccc", "feishu://aaaa-bbbb"),
    ],
)
def test_a_robot_s_own_address_is_understood_kept_and_never_shown(session, owner, page, channel, typed, kept):
    form = {f"{channel}-enabled": "y", f"{channel}-address": typed, f"{channel}-digest": "at_once"}

    assert page.post(f"/settings/notifications/{channel}", data=form).status_code == 302

    assert session.scalars(select(ChannelPreference.address)).one().startswith(kept)
    body = text(page.get("/settings/notifications"))
    assert kept not in body
    assert typed not in body
    form[f"{channel}-address"] = ""
    assert page.post(f"/settings/notifications/{channel}", data=form).status_code == 302
    assert session.scalars(select(ChannelPreference.address)).one().startswith(kept)


@pytest.mark.parametrize(
    "typed",
    [
        "json://127.0.0.1:8080/",
        "syslog://",
        "file:///etc/passwd",
        "mailto://a:b@example.org",
        "dingtalk://abcdef",
        "?",
    ],
)
def test_an_address_that_is_no_such_robot_is_refused(session, page, typed):
    form = {"wecom-enabled": "y", "wecom-address": typed, "wecom-digest": "at_once"}

    assert page.post("/settings/notifications/wecom", data=form).status_code == 422
    assert session.scalars(select(ChannelPreference)).all() == []


def test_a_robot_without_an_address_is_refused(page):
    form = {"wecom-enabled": "y", "wecom-digest": "at_once"}

    assert page.post("/settings/notifications/wecom", data=form).status_code == 422


@pytest.mark.parametrize("channel", ["webhook", "in_app", "mail", "pigeon"])
def test_a_channel_that_is_not_offered_here_is_not_found(page, channel):
    assert page.post(f"/settings/notifications/{channel}", data={}).status_code == 404


def test_a_robot_can_be_forgotten(session, owner, page):
    session.add(ChannelPreference(user_id=owner.id, channel=Channel.wecom, address="wecombot://abcdefgh"))
    session.commit()

    page.post("/settings/notifications/wecom", data={"forget": "1"})

    assert session.scalars(select(ChannelPreference)).all() == []


def test_the_person_sees_every_attempt_to_send(session, owner, page, mail_on):
    make_deadline(due_in(5), owner=owner)
    raise_all(session)
    post = delivery.Post("示例站", "http://office.example", "zh_Hans_CN", mail_server="mail.example")
    parcel = delivery.claim(session, post, clock.now() + timedelta(minutes=1))[0]
    delivery.settle(session, parcel, "451 try later", clock.now())
    session.commit()

    body = text(page.get("/settings/notifications"))

    assert "451 try later" in body
    assert "lamp late" in body


# -- the calendar feed --------------------------------------------------------------------------------------


def make_feed(page) -> str:
    body = text(page.post("/settings/notifications/feed"))
    start = body.index("/calendar/feed/")
    return body[start : body.index(".ics", start) + 4]


def events(response) -> list[dict]:
    assert response.content_type.startswith("text/calendar")
    return [
        {name: str(event[name]) for name in ("SUMMARY", "UID", "STATUS", "URL")} | {"on": event.start}
        for event in Calendar.from_ical(response.data).walk("VEVENT")
    ]


def test_the_feed_shows_what_somebody_answers_for_and_nothing_confidential(session, owner, page, client):
    deputy_of = make_user(organization=owner.organization, deputy=owner)
    mine = make_deadline(due_in(5), owner=owner)
    stood_in_for = make_deadline(due_in(6), owner=deputy_of)
    make_deadline(due_in(7), owner=make_user(organization=owner.organization))
    make_deadline(due_in(8), owner=owner, provisional=True)
    session.commit()

    found = events(client.get(make_feed(page)))

    assert [event["on"] for event in found] == [due_in(5), due_in(6), due_in(8)]
    assert mine.record.number in found[0]["SUMMARY"]
    assert stood_in_for.record.number in found[1]["SUMMARY"]
    assert all(mine.record.title not in event["SUMMARY"] for event in found)
    assert [event["STATUS"] for event in found] == ["CONFIRMED", "CONFIRMED", "TENTATIVE"]


def test_the_head_s_feed_shows_the_organization_and_no_other(session, as_user, client):
    head = make_user(is_head=True)
    make_deadline(due_in(5), owner=make_user(organization=head.organization))
    make_deadline(due_in(6), owner=make_user(organization=make_organization()))
    session.commit()

    assert [event["on"] for event in events(client.get(make_feed(as_user(head))))] == [due_in(5)]


def test_the_address_is_kept_as_a_hash_only(session, owner, page):
    token = make_feed(page).removeprefix("/calendar/feed/").removesuffix(".ics")

    kept = alert_queries.feed_token(session, owner.id)
    assert token not in kept.token_hash
    assert feed.reader(session, token).id == owner.id
    assert token not in text(page.get("/settings/notifications"))


def test_a_new_address_and_a_revocation_close_the_former_one(session, page, client):
    first = make_feed(page)
    second = make_feed(page)

    assert client.get(first).status_code == 404
    assert client.get(second).status_code == 200
    page.post("/settings/notifications/feed/revoke")
    assert client.get(second).status_code == 404


def test_a_revoked_and_an_unknown_address_answer_alike_and_so_does_a_closed_account(
    session, owner, page, client
):
    url = make_feed(page)
    owner.active = False
    session.commit()

    closed, unknown = client.get(url), client.get("/calendar/feed/unknown.ics")

    assert (closed.status_code, unknown.status_code) == (404, 404)


# -- the administrator --------------------------------------------------------------------------------------


@pytest.fixture
def administrator(session, as_user, owner):
    user = make_user(RoleName.administrator, organization=owner.organization)
    session.commit()
    return as_user(user)


def beat(session, age: timedelta, **facts) -> None:
    now = clock.now() - age
    session.add(Heartbeat(**{"worker": "host:1", "started_at": now, "beat_at": now, "leads": True} | facts))
    session.commit()


@pytest.mark.parametrize(("age", "is_stale"), [(timedelta(seconds=20), False), (timedelta(minutes=3), True)])
def test_a_silent_worker_turns_every_header_red(session, page, age, is_stale):
    beat(session, age)

    assert ("stale-note" in text(page.get("/inbox"))) is is_stale


def test_the_administrator_sees_the_workers_and_their_clocks(session, administrator):
    beat(session, timedelta(seconds=5), skew=259200.0, note="OperationalError")

    body = text(administrator.get("/system/delivery/"))

    assert "host:1" in body
    assert "259200.0" in body
    assert "OperationalError" in body


@pytest.mark.parametrize("role", [RoleName.officer, RoleName.finance, RoleName.vendor])
def test_the_delivery_page_is_for_who_may_see_it(session, as_user, role):
    user = make_user(role)
    session.commit()

    assert as_user(user).get("/system/delivery/").status_code == 403


@pytest.fixture
def dead_letter(session, owner) -> OutboxMessage:
    make_deadline(due_in(5), owner=owner)
    raise_all(session)
    message = session.scalars(select(OutboxMessage)).one()
    message.state, message.subject, message.last_error = MessageState.dead, "提醒", "550 no such user"
    session.commit()
    return message


def test_a_dead_letter_is_shown_with_its_reason_and_can_be_tried_again(session, administrator, dead_letter):
    assert "550 no such user" in text(administrator.get("/system/delivery/"))

    administrator.post(f"/system/delivery/{dead_letter.id}/requeue")

    session.expire_all()
    assert dead_letter.state is MessageState.retrying


def test_a_dead_letter_is_let_go_only_with_a_reason(session, administrator, dead_letter):
    url = f"/system/delivery/{dead_letter.id}/discard"

    assert administrator.post(url, data={"reason": ""}).status_code == 422
    assert administrator.post(url, data={"reason": "已电话通知"}).status_code == 302
    session.expire_all()
    assert dead_letter.state is MessageState.cancelled


def test_an_officer_cannot_act_on_a_dead_letter(session, page, dead_letter):
    assert page.post(f"/system/delivery/{dead_letter.id}/requeue").status_code == 403


def test_an_auditor_reads_of_a_dead_letter_and_does_nothing_about_it(session, as_user, owner, dead_letter):
    auditor = make_user(RoleName.auditor, organization=owner.organization)
    session.commit()
    browser = as_user(auditor)

    shown = browser.get("/system/delivery/").text

    assert "550 no such user" in shown
    assert "requeue" not in shown
    assert browser.post(f"/system/delivery/{dead_letter.id}/requeue").status_code == 403


def test_of_another_organizations_letters_an_administrator_sees_none(session, as_user, dead_letter):
    stranger = make_user(RoleName.administrator)
    session.commit()
    browser = as_user(stranger)

    assert "550 no such user" not in browser.get("/system/delivery/").text
    assert browser.post(f"/system/delivery/{dead_letter.id}/requeue").status_code == 404
