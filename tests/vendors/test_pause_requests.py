"""A pause that the agency asks for: nothing stands still until the officer confirms, and only those days."""

import io
import re
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from core import clock, memos
from core.auth import SYSTEM
from core.errors import Forbidden, InvalidInput, WrongState
from core.permissions import Permission, RoleName
from deadlines import alert_queries
from deadlines.models import Deadline, DeadlineState
from tests.factories import make_user
from tests.factories.files import pdf
from tests.factories.libraries import DAY, make_commission, make_library
from tests.factories.parties import make_document, make_party_user
from tests.factories.vendors import make_vendor
from vendors import commission_requests, commission_services, pause_requests
from vendors.commissions import CommissionStatus, PauseCause, PauseDecision

ASKED_ON = date(2026, 3, 11)


@pytest.fixture
def work(session):
    """A commission on which an agency works since 2 March, promised for ten working days: 16 March."""
    library = make_library()
    made = make_commission(library, promised_days=10)
    commission_requests.assign(session, made, make_vendor(library.organization), by=SYSTEM, on=DAY)
    commission_services.accept(session, made, by=SYSTEM, on=DAY, fee=100)
    commission_services.begin(session, made, by=SYSTEM, on=DAY)
    return made


@pytest.fixture
def agency(work):
    return make_party_user(work.vendor, RoleName.vendor_agent)


def ask(session, work, by, **given) -> None:
    pause_requests.ask_pause(
        session,
        work,
        by=by,
        **{
            "on": ASKED_ON,
            "cause": PauseCause.owner,
            "starts_on": date(2026, 3, 4),
            "note": "示例：企业补正资料",
            "evidence": make_document(work, shared=True),
        }
        | given,
    )


def confirm(session, work, **given) -> None:
    asked = {"cause": PauseCause.owner, "starts_on": date(2026, 3, 4), "ends_on": date(2026, 3, 10)}
    pause_requests.confirm_pause(session, work, by=work.owner, on=ASKED_ON, **asked | given)


def running(session, work) -> Deadline:
    return session.scalars(select(Deadline).where(Deadline.record_id == work.id)).one()


def told(session, user) -> list[str]:
    return [memo.what for memo in memos.of(session, user.id)]


def test_what_is_asked_for_stops_nothing_and_reaches_the_officer(session, work, agency):
    ask(session, work, agency)

    assert (work.status, work.pauses, running(session, work).due_on) == (
        CommissionStatus.working,
        [],
        date(2026, 3, 16),
    )
    assert told(session, work.owner) == [pause_requests.ASKED_FOR]
    assert alert_queries.frame(session, work.owner_id, DAY).unread == 1
    held = frozenset({Permission.commission_edit})
    assert [each.record for each in pause_requests.waiting(session, held, 5)] == [work]
    assert pause_requests.waiting(session, frozenset(), 5) == []


@pytest.mark.parametrize(
    ("given", "due", "days", "status"),
    [
        # 4 to 10 March: five working days
        ({}, date(2026, 3, 23), 5, CommissionStatus.working),
        # the officer confirms two of them only
        ({"starts_on": date(2026, 3, 9)}, date(2026, 3, 18), 8, CommissionStatus.working),
        ({"cause": PauseCause.agency}, date(2026, 3, 16), 10, CommissionStatus.working),
    ],
)
def test_only_the_confirmed_days_count(session, work, agency, given, due, days, status):
    ask(session, work, agency)
    confirm(session, work, **given)

    assert (work.status, running(session, work).due_on) == (status, due)
    commission_services.deliver(session, work, by=agency, on=date(2026, 3, 16))
    commission_services.accept_by_authority(session, work, by=work.owner, on=date(2026, 3, 18))
    assert work.handling_days == days
    assert told(session, agency) == [pause_requests.CONFIRMED]


def test_confirmed_without_a_last_day_it_lasts_until_the_agency_goes_on(session, work, agency):
    ask(session, work, agency)
    confirm(session, work, ends_on=None)

    assert (work.status, running(session, work).state) == (CommissionStatus.paused, DeadlineState.paused)
    commission_services.resume(session, work, by=agency, on=date(2026, 3, 11))
    assert (work.status, running(session, work).due_on) == (CommissionStatus.working, date(2026, 3, 23))


def test_a_refused_request_counts_for_nothing_and_says_why(session, work, agency):
    ask(session, work, agency)
    with pytest.raises(InvalidInput):
        pause_requests.refuse_pause(session, work, by=work.owner, on=ASKED_ON, reason=" ")
    pause_requests.refuse_pause(session, work, by=work.owner, on=ASKED_ON, reason="示例：资料已齐")

    assert (work.pauses, running(session, work).due_on) == ([], date(2026, 3, 16))
    (memo,) = memos.of(session, agency.id)
    assert "示例：资料已齐" in str(memo.words)
    assert work.pause_requests[0].decision is PauseDecision.refused
    ask(session, work, agency)  # with better evidence


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"starts_on": date(2026, 3, 1)}, "starts_on"),
        ({"starts_on": ASKED_ON + timedelta(days=1)}, "starts_on"),
        ({"cause": PauseCause.agency}, "cause"),
        ({"note": " "}, "note"),
    ],
)
def test_a_request_that_cannot_count_names_its_field(session, work, agency, given, field):
    with pytest.raises(InvalidInput) as refusal:
        ask(session, work, agency, **given)
    assert list(refusal.value.fields) == [field]
    assert work.pause_requests == []


@pytest.mark.parametrize("starts_on", [DAY, ASKED_ON])
def test_it_may_begin_with_the_work_or_with_the_day_of_asking(session, work, agency, starts_on):
    ask(session, work, agency, starts_on=starts_on)

    assert work.asked_pause.starts_on == starts_on


@pytest.mark.parametrize(
    ("ends_on", "is_taken"),
    [(date(2026, 3, 3), False), (date(2026, 3, 4), True), (date(2026, 3, 10), True), (ASKED_ON, False)],
)
def test_the_last_day_lies_between_the_first_and_yesterday(session, work, agency, ends_on, is_taken):
    ask(session, work, agency)
    if is_taken:
        confirm(session, work, ends_on=ends_on)
        assert work.pauses[0].ends_on == ends_on
        return
    with pytest.raises(InvalidInput) as refusal:
        confirm(session, work, ends_on=ends_on)
    assert list(refusal.value.fields) == ["ends_on"]


def test_while_a_request_waits_nobody_pauses_past_it_or_closes_the_figures(session, work, agency):
    ask(session, work, agency)
    with pytest.raises(WrongState):
        ask(session, work, agency)
    with pytest.raises(WrongState):
        commission_services.pause(session, work, by=work.owner, on=ASKED_ON, cause="owner", note="示例")
    commission_services.deliver(session, work, by=agency, on=date(2026, 3, 16))
    with pytest.raises(WrongState):
        commission_services.accept_by_authority(session, work, by=work.owner, on=date(2026, 3, 18))
    with pytest.raises(InvalidInput):
        confirm(session, work, ends_on=None)
    confirm(session, work)
    commission_services.accept_by_authority(session, work, by=work.owner, on=date(2026, 3, 18))

    assert work.handling_days == 5


def test_the_agency_takes_its_request_back(session, work, agency):
    ask(session, work, agency)
    pause_requests.withdraw_pause(session, work, by=agency, on=ASKED_ON)

    assert (work.asked_pause, work.pauses) == (None, [])
    with pytest.raises(WrongState):
        confirm(session, work)


def test_neither_side_takes_the_others_step(session, work, agency):
    other = make_party_user(make_vendor(work.library.organization))
    for somebody in (work.owner, other):
        with pytest.raises(Forbidden):
            ask(session, work, somebody)
    ask(session, work, agency)
    with pytest.raises(Forbidden):
        pause_requests.confirm_pause(
            session, work, by=agency, on=ASKED_ON, cause="owner", starts_on=date(2026, 3, 4)
        )
    with pytest.raises(Forbidden):
        pause_requests.withdraw_pause(session, work, by=other, on=ASKED_ON)


# -- on the screens -----------------------------------------------------------------------------------------


@pytest.fixture
def today_work(session):
    today = clock.today()
    library = make_library()
    made = make_commission(library, on=today)
    commission_requests.assign(session, made, make_vendor(library.organization), by=SYSTEM, on=today)
    commission_services.accept(session, made, by=SYSTEM, on=today, fee=100)
    commission_services.begin(session, made, by=SYSTEM, on=today)
    return made


def key_of(browser, path: str) -> str:
    return re.search(r'name="once" value="([0-9a-f]{32})"', browser.get(path).text)[1]


def test_from_the_portal_to_the_officers_decision_and_back(session, today_work, as_user):
    agency = make_party_user(today_work.vendor)
    session.commit()
    browser, here = as_user(agency), f"/portal/commissions/{today_work.id}"
    asked = {
        "once": key_of(browser, f"{here}/ask_pause"),
        "cause": "owner",
        "starts_on": clock.today().isoformat(),
        "note": "示例：企业补正资料",
    }
    assert "先选择文件" in browser.post(f"{here}/ask_pause", data=asked).text

    answer = browser.post(f"{here}/ask_pause", data=asked | {"file": (io.BytesIO(pdf()), "通知.pdf")})

    assert answer.location == here
    assert "待经办人确认" in browser.get(here).text
    office, record = as_user(today_work.owner), f"/records/{today_work.id}"
    assert "申请暂停" in office.get("/inbox").text
    assert "确认暂停" in office.get("/").text
    form = office.get(f"{record}/act/confirm_pause").text
    assert f'value="{clock.today().isoformat()}"' in form
    assert "通知.pdf" in office.get(record).text
    office.post(
        f"{record}/act/refuse_pause", data={"on": clock.today().isoformat(), "reason": "示例：资料已齐"}
    )
    page = browser.get("/portal/messages").text
    assert "示例：资料已齐" in page
    assert "示例：资料已齐" in browser.get(here).text
    memo = memos.of(session, agency.id)[0]
    browser.post("/portal/messages/acknowledge", data={"memo": str(memo.id)})
    session.expire_all()
    assert memos.of(session, agency.id) == []
    assert "示例：资料已齐" in browser.get("/portal/messages?show=done").text


def test_nobody_acknowledges_what_somebody_else_was_told(session, today_work, as_user):
    ask(session, today_work, make_party_user(today_work.vendor), on=clock.today(), starts_on=clock.today())
    stranger = make_user(RoleName.officer, organization=today_work.organization)
    session.commit()
    (memo,) = memos.of(session, today_work.owner_id)

    as_user(stranger).post("/inbox/acknowledge", data={"memo": str(memo.id)})

    session.expire_all()
    assert len(memos.of(session, today_work.owner_id)) == 1


@pytest.mark.parametrize("step", ["pause", "resume"])
def test_on_the_page_of_the_promise_a_pause_is_refused_with_the_way_to_the_commission(
    session, today_work, as_user, step
):
    clock_of = running(session, today_work)
    session.commit()
    browser = as_user(make_user(RoleName.officer, organization=today_work.organization))
    given = {"on": clock.today().isoformat(), "cause": "commission_owner"}

    shown = browser.get(f"/deadlines/{clock_of.id}").text
    answer = browser.post(f"/deadlines/{clock_of.id}/{step}", data=given)

    assert answer.status_code == 422
    for page in (shown, answer.text):
        assert f'href="/records/{today_work.id}"' in page
        assert "该期限的暂停须在委托本身办理" in page
    session.expire_all()
    assert running(session, today_work).state is DeadlineState.open
