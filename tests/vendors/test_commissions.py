"""A commission: its limit stands still for others, never for the agency; its figures are measured."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import product

import pytest
from sqlalchemy import select

from core.auth import SYSTEM
from core.errors import Forbidden, InvalidInput, WrongState
from core.permissions import RoleName
from deadlines.models import Deadline, DeadlineState
from tests.factories import make_user
from tests.factories.libraries import DAY, make_commission, make_done, make_library, make_officer, make_pick
from tests.factories.parties import make_document
from tests.factories.vendors import make_code, make_vendor
from vendors import commission_requests, commission_services, effects
from vendors.commission_kinds import COMMISSION
from vendors.commissions import CommissionStatus as S
from vendors.commissions import PauseCause
from vendors.effects import Figure
from vendors.report_types import REPORTS, ReportType


def working(library=None, *, on=DAY, fee="100.00", **given):
    """Return a commission on which an agency works."""
    library = library or make_library()
    commission = make_commission(library, **given)
    session = commission._sa_instance_state.session
    commission_requests.assign(session, commission, make_vendor(library.organization), by=SYSTEM, on=on)
    commission_services.accept(session, commission, by=SYSTEM, on=on, fee=Decimal(fee))
    commission_services.begin(session, commission, by=SYSTEM, on=on)
    return commission


def clock(session, commission):
    return session.scalars(select(Deadline).where(Deadline.record_id == commission.id)).one()


def test_a_request_takes_the_usual_limit_the_listed_fee_and_its_officer(session):
    library = make_library(fees={ReportType.eia_report: "60000.00"})
    officer = make_officer(library)
    commission = make_commission(library, officer, report_type="eia_report", client_code=make_code().lower())
    session.commit()

    assert commission.number == "WT-2026-0001"
    assert (commission.promised_days, commission.list_fee) == (25, Decimal("60000.00"))
    assert (commission.owner, commission.organization) == (officer, officer.organization)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"report_type": "financing"}, "report_type"),
        ({"client_name": "  "}, "client_name"),
        ({"client_code": "91"}, "client_code"),
        ({"promised_days": 366}, "promised_days"),
    ],
)
def test_a_request_that_makes_no_sense_names_its_field(session, given, field):
    with pytest.raises(InvalidInput) as refusal:
        make_commission(make_library(), **given)
    assert list(refusal.value.fields) == [field]


def test_every_task_has_a_promise_of_working_days():
    assert set(REPORTS) == set(ReportType)
    assert {report.promised_days for report in REPORTS.values()} >= {25}


@pytest.mark.parametrize(("promised", "due"), [(None, date(2026, 4, 7)), (10, date(2026, 3, 16))])
def test_the_promised_limit_runs_from_the_acceptance_by_the_agency(session, promised, due):
    commission = working(promised_days=promised)

    # 25 working days after Monday 2 March; 6 April 2026 is the holiday of Tomb-sweeping Day
    assert clock(session, commission).due_on == due


@pytest.mark.parametrize(
    ("cause", "state", "due", "days"),
    [
        (PauseCause.owner, DeadlineState.paused, date(2026, 3, 23), 5),
        (PauseCause.authority, DeadlineState.paused, date(2026, 3, 23), 5),
        (PauseCause.force_majeure, DeadlineState.paused, date(2026, 3, 23), 5),
        (PauseCause.agency, DeadlineState.open, date(2026, 3, 16), 10),
    ],
)
def test_the_clock_and_the_measure_stand_still_for_everybody_but_the_agency(session, cause, state, due, days):
    commission = working(promised_days=10)
    commission_services.pause(
        session, commission, by=SYSTEM, on=date(2026, 3, 4), cause=cause, note="示例：补正资料"
    )
    assert (commission.status, clock(session, commission).state) == (S.paused, state)
    commission_services.resume(session, commission, by=SYSTEM, on=date(2026, 3, 11))
    assert (clock(session, commission).state, clock(session, commission).due_on) == (DeadlineState.open, due)
    commission_services.deliver(session, commission, by=SYSTEM, on=date(2026, 3, 16))
    commission_services.accept_by_authority(session, commission, by=SYSTEM, on=date(2026, 3, 18))
    session.commit()

    assert commission.handling_days == days
    assert clock(session, commission).state is DeadlineState.met


def test_a_pause_of_no_day_is_none_and_no_day_is_paused_twice(session):
    commission = working()
    pause = {"by": SYSTEM, "cause": PauseCause.owner, "note": "示例"}
    commission_services.pause(session, commission, on=date(2026, 3, 4), **pause)
    commission_services.resume(session, commission, by=SYSTEM, on=date(2026, 3, 4))
    assert commission.pauses == []
    commission_services.pause(session, commission, on=date(2026, 3, 4), **pause)
    with pytest.raises(InvalidInput, match="not paused before"):
        commission_services.resume(session, commission, by=SYSTEM, on=date(2026, 3, 3))
    commission_services.resume(session, commission, by=SYSTEM, on=date(2026, 3, 9))
    with pytest.raises(InvalidInput, match="before 2026-03-09"):
        commission_services.pause(session, commission, on=date(2026, 3, 8), **pause)
    with pytest.raises(InvalidInput, match="before 2026-03-09"):
        commission_services.deliver(session, commission, by=SYSTEM, on=date(2026, 3, 8))


def test_the_days_on_which_the_authority_had_the_papers_are_not_the_agencys(session):
    commission = working()
    commission_services.deliver(session, commission, by=SYSTEM, on=date(2026, 3, 6))
    commission_services.send_back(
        session, commission, by=SYSTEM, on=date(2026, 3, 13), reason="示例：补充监测"
    )
    commission_services.deliver(session, commission, by=SYSTEM, on=date(2026, 3, 17))
    commission_services.accept_by_authority(session, commission, by=SYSTEM, on=date(2026, 3, 20))

    assert commission.handling_days == 4 + 2  # 3 to 6 March, 16 and 17 March


@pytest.mark.parametrize(("fee", "accepted"), [("60000.00", True), ("60000.01", False), ("0.00", False)])
def test_a_fee_above_the_published_list_is_refused(session, fee, accepted):
    library = make_library(fees={ReportType.eia_report: "60000.00"})
    commission = make_commission(library, report_type="eia_report")
    commission_requests.assign(session, commission, make_vendor(library.organization), by=SYSTEM, on=DAY)

    if accepted:
        commission_services.accept(session, commission, by=SYSTEM, on=DAY, fee=Decimal(fee))
        assert commission.agreed_fee == Decimal(fee)
    else:
        with pytest.raises(InvalidInput):
            commission_services.accept(session, commission, by=SYSTEM, on=DAY, fee=Decimal(fee))
        assert commission.status is S.requested


def test_who_was_picked_for_a_quote_cannot_agree_on_more(session):
    library = make_library()
    commission = make_commission(library)
    agency = make_vendor(library.organization)
    commission_requests.assign(session, commission, agency, by=SYSTEM, on=DAY, fee=Decimal("800.00"))
    with pytest.raises(InvalidInput, match="picked for its quote"):
        commission_services.accept(session, commission, by=SYSTEM, on=DAY, fee=Decimal("800.01"))
    commission_services.accept(session, commission, by=SYSTEM, on=DAY)

    assert commission.agreed_fee == Decimal("800.00")


@pytest.mark.parametrize(("stars", "rating"), [((5, 5, 5), "5.00"), ((5, 3, 1), "3.60"), ((1, 1, 2), "1.20")])
def test_ratings_weigh_five_to_three_to_two(session, stars, rating):
    library = make_library()
    commission = make_done(library, make_vendor(library.organization), stars=stars)
    session.commit()

    assert (commission.status, commission.rating) == (S.rated, Decimal(rating))


@pytest.mark.parametrize("star", [0, 6])
def test_there_are_one_to_five_stars(session, star):
    library = make_library()
    commission = make_done(library, make_vendor(library.organization))
    with pytest.raises(InvalidInput, match="one to five"):
        commission_services.rate(
            session, commission, by=SYSTEM, on=date(2026, 4, 1), enterprise=star, department=5, zone=5
        )


def test_another_officer_takes_the_case_over_with_its_clock(session):
    library = make_library()
    officer = make_officer(library)
    other = make_user(RoleName.officer, organization=officer.organization)
    commission = working(library, by=officer)
    with pytest.raises(InvalidInput, match="Nobody"):
        commission_services.hand_over(session, commission, by=officer, officer="别处的人")
    commission_services.hand_over(session, commission, by=officer, officer=other.email)

    assert (commission.owner, clock(session, commission).owner) == (other, other)


def test_another_limit_is_agreed_on_with_a_reason_and_moves_the_clock(session):
    commission = working(promised_days=10)
    commission_services.promise(
        session, commission, by=SYSTEM, on=date(2026, 3, 3), days=12, reason="示例：范围扩大"
    )

    assert clock(session, commission).due_on == date(2026, 3, 18)


def test_a_cancelled_commission_stops_its_clock_and_waits_for_no_pick(session):
    library = make_library()
    waiting = make_commission(library)
    make_pick(waiting)
    with pytest.raises(WrongState, match="under way"):
        commission_services.cancel(session, waiting, by=SYSTEM, on=DAY, reason="示例")
    commission = working(library)
    commission_services.cancel(session, commission, by=SYSTEM, on=DAY, reason="示例：企业撤回")
    session.commit()

    assert clock(session, commission).state is DeadlineState.cancelled


# -- the workflow -------------------------------------------------------------------------------------------

STEPS = {
    (S.requested, "accept"): S.accepted,
    (S.accepted, "begin"): S.working,
    (S.working, "pause"): S.paused,
    (S.working, "ask_pause"): S.working,
    (S.paused, "resume"): S.working,
    (S.working, "deliver"): S.delivered,
    (S.delivered, "send_back"): S.working,
    (S.delivered, "accept_by_authority"): S.accepted_by_authority,
    (S.accepted_by_authority, "rate"): S.rated,
}
UNFINISHED = (S.requested, S.accepted, S.working, S.paused, S.delivered)
STEPS |= {(state, "cancel"): S.cancelled for state in UNFINISHED}
STEPS |= {(state, step): state for state in UNFINISHED for step in ("hand_over", "promise")}
WAY = ("accept", "begin", "pause", "resume", "deliver", "accept_by_authority", "rate")
LATE = date(2026, 6, 1)


def answers(step, commission):
    given = {
        "on": LATE,
        "fee": Decimal("100.00"),
        "cause": "owner",
        "note": "示例",
        "reason": "示例",
        "enterprise": 5,
        "department": 5,
        "zone": 5,
        "days": 20,
        "officer": commission.owner.email,
        "starts_on": LATE,
    }
    if step == "ask_pause":
        given["evidence"] = make_document(commission, shared=True)
        return {name: given[name] for name in ("on", "cause", "starts_on", "note", "evidence")}
    return {item.name: given[item.name] for item in COMMISSION.action(step).inputs if item.name in given}


def in_state(session, state):
    """Return a commission in a state, taken there by the steps themselves."""
    library = make_library()
    commission = make_commission(library)
    commission_requests.assign(session, commission, make_vendor(library.organization), by=SYSTEM, on=DAY)
    way = {S.paused: ("accept", "begin", "pause"), S.cancelled: ("cancel",)}
    for step in way.get(state, WAY):
        if commission.status is state:
            break
        COMMISSION.action(step).service(session, commission, by=SYSTEM, **answers(step, commission))
    assert commission.status is state
    return commission


@pytest.mark.parametrize(("state", "step"), list(product(S, [step.name for step in COMMISSION.workflow])))
def test_a_commission_moves_as_the_table_says_and_not_otherwise(session, state, step):
    commission = in_state(session, state)
    service = COMMISSION.action(step).service
    if (state, step) in STEPS:
        service(session, commission, by=SYSTEM, **answers(step, commission))
        session.commit()
        assert commission.status is STEPS[state, step]
    else:
        with pytest.raises(WrongState):
            service(session, commission, by=SYSTEM, **answers(step, commission))
        assert commission.status is state


def test_a_request_without_an_agency_cannot_be_accepted_and_readers_change_nothing(session):
    commission = make_commission(make_library())
    with pytest.raises(WrongState):
        commission_services.accept(session, commission, by=SYSTEM, on=DAY, fee=Decimal(1))
    auditor = make_user(RoleName.auditor)
    with pytest.raises(Forbidden):
        commission_services.cancel(session, commission, by=auditor, on=DAY, reason="示例")


# -- the report ---------------------------------------------------------------------------------------------


def test_the_report_adds_up_what_the_authority_accepted_in_the_period(session):
    library = make_library()
    first, second = make_vendor(library.organization), make_vendor(library.organization)
    for agency, day, figures in (
        (first, date(2026, 3, 31), {"financing_amount": Decimal("9999.99")}),
        (first, date(2026, 4, 1), {"financing_amount": Decimal("12000000.00"), "filings": 130}),
        (second, date(2026, 4, 30), {"declarations": 15, "fund_amount": Decimal("40000000.00")}),
        (second, date(2026, 5, 6), {"filings": 1}),
    ):
        commission = working(library, on=date(2026, 3, 2))
        commission.vendor = agency
        commission_services.deliver(session, commission, by=SYSTEM, on=date(2026, 3, 20))
        commission_services.accept_by_authority(session, commission, by=SYSTEM, on=day, **figures)
    session.commit()

    found = effects.effects(session, date(2026, 4, 1), date(2026, 4, 30))
    assert (found.financing, found.filings, found.declarations) == (Decimal("12000000.00"), 130, 15)
    assert found.fund_amount == Decimal("40000000.00")
    assert found.agencies == [first.title, second.title]
    assert [len(found.of(figure)) for figure in Figure] == [2, 1, 1, 1, 1]
    assert (found.enterprises, found.in_time) == (1, 2)
    with pytest.raises(InvalidInput, match="before the first"):
        effects.effects(session, date(2026, 4, 2), date(2026, 4, 1))


def test_the_report_holds_nothing_of_what_is_still_on_its_way(session):
    commission = working()
    commission_services.deliver(session, commission, by=SYSTEM, on=DAY + timedelta(days=3))

    assert effects.effects(session, DAY, DAY + timedelta(days=30)).commissions == []
