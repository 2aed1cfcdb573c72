"""What is done with tenders, and the clocks that it starts, moves, meets and refuses."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from core.auth import SYSTEM
from core.errors import Forbidden, InvalidInput, Stale, Unlawful, WrongState
from core.permissions import RoleName
from core.records import ReviewStatus
from deadlines.models import Deadline, DeadlineState, EventDate
from deadlines.rules import Method
from deadlines.services import announce
from procurement import disputes, services
from procurement.models import ExitReason, TenderStatus
from tests.factories import make_user
from tests.factories.procurement import make_tender
from tests.factories.vendors import make_vendor
from vendors.categories import ServiceCategory
from vendors.models import VendorStatus

S, M = TenderStatus, Method
MONDAY = date(2026, 3, 2)
BUDGET = Decimal("800000.00")


def clocks(session, tender, state=None):
    """Return the days of a tender's deadlines by rule, all of them or those in one state."""
    found = select(Deadline).where(Deadline.record_id == tender.id)
    return {row.rule_id: row.due_on for row in session.scalars(found) if state in (None, row.state)}


def dates(session, tender):
    """Return the announced days of a tender as (planned, occurred) by event, derived ones left out."""
    found = select(EventDate).where(EventDate.record_id == tender.id, EventDate.derived.is_(False))
    return {row.event: (row.planned_on, row.occurred_on) for row in session.scalars(found)}


def raise_need(session, **given):
    """Raise a need, with what a test leaves open."""
    officer = given.pop("by", None) or make_user()
    return services.raise_need(
        session,
        **{
            "by": officer,
            "on": MONDAY,
            "organization": officer.organization,
            "title": "示例：园区环境监测服务",
            "method": "public_tender",
            "category": "environment",
            "budget": BUDGET,
        }
        | given,
    )


def publish(session, tender, deadline_on, **given):
    """Publish the notice on a Monday."""
    services.advance(
        session,
        tender,
        "publish_notice",
        by=SYSTEM,
        **{"notice_on": MONDAY, "documents_on": MONDAY, "deadline_on": deadline_on} | given,
    )


def test_a_need_is_numbered_in_its_organization(session):
    officer = make_user()

    first, second = raise_need(session, by=officer), raise_need(session, by=officer)
    session.commit()

    assert [first.number, second.number] == ["CG-2026-0001", "CG-2026-0002"]
    assert (first.status, first.review) == (S.need, ReviewStatus.draft)
    assert (first.method, first.category) == (M.public_tender, ServiceCategory.environment)
    assert first.traits == {"method.public_tender", "tender.self_conducted"}


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"title": " "}, "title"),
        ({"budget": Decimal(0)}, "budget"),
        ({"budget": Decimal(-1)}, "budget"),
        ({"budget": None}, "budget"),
    ],
    ids=["no title", "nothing", "negative", "none"],
)
def test_wrong_particulars_are_named(session, given, field):
    with pytest.raises(InvalidInput) as refusal:
        raise_need(session, **given)

    assert list(refusal.value.fields) == [field]


def test_nobody_raises_a_need_without_the_permission(session):
    with pytest.raises(Forbidden):
        raise_need(session, by=make_user(RoleName.finance))


def test_an_approved_plan_that_changes_has_to_be_approved_anew(session):
    tender = make_tender(review=ReviewStatus.approved)

    services.change(session, tender, by=SYSTEM, on=MONDAY, title=tender.title)
    assert tender.review is ReviewStatus.approved
    services.change(
        session, tender, by=SYSTEM, on=MONDAY, budget=Decimal("900000.00"), method="single_source"
    )

    assert (tender.review, tender.method) == (ReviewStatus.draft, M.single_source)


def test_a_plan_under_review_or_filed_is_not_changed(session):
    for tender in (make_tender(review=ReviewStatus.submitted), make_tender(status=S.plan_filed)):
        with pytest.raises(WrongState):
            services.change(session, tender, by=SYSTEM, on=MONDAY, budget=BUDGET)


def test_a_change_based_on_an_old_version_is_refused(session):
    tender = make_tender()
    seen = tender.version
    services.change(session, tender, by=SYSTEM, on=MONDAY, version=seen, title="示例：改名")
    session.commit()

    with pytest.raises(Stale):
        services.change(session, tender, by=SYSTEM, on=MONDAY, version=seen, title="示例：再改名")


def test_another_method_brings_other_clocks_for_the_days_planned_so_far(session):
    tender = make_tender()
    services.plan_date(session, tender, by=SYSTEM, event="procurement_activity_start", on=date(2026, 6, 1))
    assert clocks(session, tender) == {"gp_intent_publication_30d": date(2026, 5, 2)}

    services.change(session, tender, by=SYSTEM, on=MONDAY, method="bidding_law_tender")

    assert clocks(session, tender, DeadlineState.open) == {}


@pytest.mark.parametrize(
    ("deadline_on", "is_refused"),
    [
        (date(2026, 3, 20), True),
        (date(2026, 3, 21), True),
        (date(2026, 3, 22), True),
        (date(2026, 3, 23), False),
        (date(2026, 3, 24), False),
    ],
    ids=["18 days", "19 days", "20 days, a Sunday", "the Monday after", "22 days"],
)
def test_a_bid_deadline_sooner_than_twenty_days_is_refused(session, deadline_on, is_refused):
    tender = make_tender(status=S.documents_reviewed)

    if is_refused:
        with pytest.raises(Unlawful) as refusal:
            publish(session, tender, deadline_on)
        assert refusal.value.rule == "gp_bid_period_min_20d"
        assert refusal.value.article == "第三十五条"
        assert refusal.value.lawful_on == date(2026, 3, 23)
        assert refusal.value.field == "deadline_on"
    else:
        publish(session, tender, deadline_on)
        assert tender.status is S.notice_published


def test_a_lawful_notice_opens_the_clocks_behind_it(session):
    tender = make_tender(status=S.documents_reviewed)

    publish(session, tender, date(2026, 3, 30), supply_end_on=date(2026, 3, 10))
    session.commit()

    assert clocks(session, tender)["gp_tender_clarify_15d"] == date(2026, 3, 15)
    assert clocks(session, tender)["gp_tender_notice_period_5wd"] == date(2026, 3, 9)
    assert dates(session, tender)["bid_submission_deadline"] == (date(2026, 3, 30), None)
    assert dates(session, tender)["tender_notice_published"] == (None, MONDAY)


def test_documents_are_offered_for_five_working_days(session):
    tender = make_tender(status=S.documents_reviewed)

    with pytest.raises(Unlawful) as refusal:
        publish(session, tender, date(2026, 3, 30), supply_end_on=date(2026, 3, 6))

    assert (refusal.value.field, refusal.value.lawful_on) == ("supply_end_on", date(2026, 3, 9))


@pytest.mark.parametrize(
    ("method", "rule", "too_soon", "lawful_on"),
    [
        (M.invited_tender, "gp_bid_period_min_20d", date(2026, 3, 22), date(2026, 3, 23)),
        (M.bidding_law_tender, "bl_bid_period_min_20d", date(2026, 3, 22), date(2026, 3, 23)),
        (M.competitive_negotiation, "neg_response_min_3wd", date(2026, 3, 4), date(2026, 3, 5)),
        (M.request_for_quotation, "rfq_response_min_3wd", date(2026, 3, 4), date(2026, 3, 5)),
    ],
    ids=str,
)
def test_each_method_has_its_own_shortest_period(session, method, rule, too_soon, lawful_on):
    with pytest.raises(Unlawful) as refusal:
        publish(session, make_tender(status=S.documents_reviewed, method=method), too_soon)
    assert (refusal.value.rule, refusal.value.lawful_on) == (rule, lawful_on)

    tender = make_tender(status=S.documents_reviewed, method=method)
    publish(session, tender, lawful_on)
    assert tender.status is S.notice_published


def test_a_period_known_from_an_excerpt_only_warns(session):
    tender = make_tender(status=S.documents_reviewed, method=M.competitive_consultation)

    publish(session, tender, date(2026, 3, 10))

    assert clocks(session, tender)["con_response_min_10d"] == date(2026, 3, 12)


def test_a_method_refuses_a_date_that_it_does_not_know(session):
    tender = make_tender(status=S.documents_reviewed, method=M.competitive_negotiation)

    with pytest.raises(InvalidInput) as refusal:
        publish(session, tender, date(2026, 3, 16), supply_end_on=date(2026, 3, 10))

    assert list(refusal.value.fields) == ["supply_end_on"]


def test_a_late_clarification_is_refused_unless_the_deadline_is_put_off(session):
    tender = make_tender(status=S.documents_reviewed)
    publish(session, tender, date(2026, 3, 30))

    with pytest.raises(Unlawful) as refusal:
        services.clarify(session, tender, by=SYSTEM, on=date(2026, 3, 16))
    assert (refusal.value.rule, refusal.value.field) == ("gp_tender_clarify_15d", "on")


def test_a_clarification_with_a_later_deadline_moves_the_clocks(session):
    tender = make_tender(status=S.documents_reviewed)
    publish(session, tender, date(2026, 3, 30))

    services.clarify(session, tender, by=SYSTEM, on=date(2026, 3, 16), deadline_on=date(2026, 4, 7))
    services.clarify(session, tender, by=SYSTEM, on=date(2026, 3, 20))
    session.commit()

    assert dates(session, tender)["bid_submission_deadline"] == (date(2026, 4, 7), None)
    assert clocks(session, tender)["gp_tender_clarify_15d"] == date(2026, 3, 23)
    notified = select(EventDate.occurrence).where(EventDate.event == "tender_clarification_notified")
    assert sorted(session.scalars(notified)) == ["", "2"]


def test_bids_are_not_closed_before_their_deadline(session):
    tender = make_tender(status=S.documents_reviewed)
    publish(session, tender, date(2026, 3, 30), supply_end_on=date(2026, 3, 10))

    with pytest.raises(InvalidInput, match="2026-03-30"):
        services.close_bids(session, tender, by=SYSTEM, on=date(2026, 3, 29))
    services.close_bids(session, tender, by=SYSTEM, on=date(2026, 3, 31))

    assert dates(session, tender)["bid_submission_deadline"][1] == date(2026, 3, 30)
    assert dates(session, tender)["tender_document_supply_end"][1] == date(2026, 3, 10)
    assert "gp_bid_period_min_20d" in clocks(session, tender, DeadlineState.met)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({}, "agent"),
        ({"agent_name": " "}, "agent"),
        ({"agent_name": "示例代理", "agent": "vendor"}, "agent"),
    ],
    ids=["nobody", "blank", "two"],
)
def test_one_agent_is_named(session, given, field):
    if "agent" in given:
        given = given | {"agent": make_vendor()}
    with pytest.raises(InvalidInput) as refusal:
        services.engage_agent(session, make_tender(status=S.plan_filed), by=SYSTEM, on=MONDAY, **given)

    assert list(refusal.value.fields) == [field]


def test_an_agent_changes_which_rules_govern_the_evaluation(session):
    tender = make_tender(status=S.plan_filed)
    services.engage_agent(session, tender, by=SYSTEM, on=MONDAY, agent_name="示例代理机构")
    session.commit()
    assert "tender.by_agent" in tender.traits
    assert "示例代理机构" in tender.search_text

    later = make_tender(status=S.qualification_checked, agent_name="示例代理机构")
    services.advance(session, later, "evaluate", by=SYSTEM, on=date(2026, 4, 1))
    alone = make_tender(status=S.qualification_checked)
    services.advance(session, alone, "evaluate", by=SYSTEM, on=date(2026, 4, 1))

    assert "gp_eval_report_2wd" in clocks(session, later)
    assert set(clocks(session, alone)) == {"gp_confirm_winner_self_5wd"}


@pytest.mark.parametrize(
    "status", [VendorStatus.suspended, VendorStatus.debarred, VendorStatus.removed], ids=str
)
def test_a_barred_vendor_is_neither_engaged_nor_awarded(session, status):
    barred = make_vendor(status=status)

    with pytest.raises(WrongState, match="not available"):
        services.engage_agent(session, make_tender(status=S.plan_filed), by=SYSTEM, on=MONDAY, agent=barred)
    with pytest.raises(WrongState, match="not available"):
        services.confirm_result(
            session, make_tender(status=S.evaluated), by=SYSTEM, on=MONDAY, winner=barred, award_amount=BUDGET
        )


@pytest.mark.parametrize(
    ("amount", "is_refused"),
    [(None, True), (Decimal("-0.01"), True), (BUDGET, False), (Decimal("800000.01"), True)],
    ids=["none", "negative", "the whole budget", "a fen above"],
)
def test_an_award_stays_within_the_budget(session, amount, is_refused):
    tender = make_tender(status=S.evaluated)
    award = {"on": MONDAY, "winner": make_vendor(), "award_amount": amount}

    if is_refused:
        with pytest.raises(InvalidInput) as refusal:
            services.confirm_result(session, tender, by=SYSTEM, **award)
        assert list(refusal.value.fields) == ["award_amount"]
    else:
        services.confirm_result(session, tender, by=SYSTEM, **award)
        assert clocks(session, tender) == {"gp_award_notice_2wd": date(2026, 3, 4)}


def test_the_letter_starts_the_thirty_days_to_the_contract(session):
    tender = make_tender(status=S.result_confirmed)

    services.advance(
        session, tender, "publish_result", by=SYSTEM, on=date(2026, 3, 4), letter_on=date(2026, 3, 5)
    )
    assert clocks(session, tender)["gp_contract_sign_30d"] == date(2026, 4, 4)
    services.conclude(session, tender, by=SYSTEM, on=date(2026, 4, 2))

    assert "gp_contract_sign_30d" in clocks(session, tender, DeadlineState.met)
    assert clocks(session, tender)["gp_winner_bond_refund_5wd"] == date(2026, 4, 10)
    assert clocks(session, tender)["gp_docs_retention_15y"] == date(2041, 4, 2)


def test_an_open_challenge_holds_up_the_contract_and_moves_its_day(session):
    tender = make_tender(status=S.result_confirmed)
    services.advance(
        session, tender, "publish_result", by=SYSTEM, on=date(2026, 3, 4), letter_on=date(2026, 3, 4)
    )
    before = clocks(session, tender)["gp_contract_sign_30d"]

    disputes.receive_challenge(session, tender, by=SYSTEM, on=date(2026, 3, 10), reference="质疑函 1")
    with pytest.raises(WrongState, match="challenge"):
        services.conclude(session, tender, by=SYSTEM, on=date(2026, 3, 12))
    disputes.answer_challenge(session, tender, by=SYSTEM, on=date(2026, 3, 17), reference="质疑函 1")

    after = clocks(session, tender)
    assert (after["gp_contract_sign_30d"] - before).days == 7
    assert after["gp_challenge_answer_7wd"] == date(2026, 3, 19)
    assert tender.open_challenges == 0


def test_several_challenges_run_beside_each_other(session):
    tender = make_tender(status=S.evaluated)
    for number, day in (("甲", 10), ("乙", 11)):
        disputes.receive_challenge(session, tender, by=SYSTEM, on=date(2026, 3, day), reference=number)

    with pytest.raises(InvalidInput):
        disputes.receive_challenge(session, tender, by=SYSTEM, on=date(2026, 3, 12), reference="甲")
    with pytest.raises(InvalidInput, match=r"乙、甲|甲、乙"):
        disputes.answer_challenge(session, tender, by=SYSTEM, on=date(2026, 3, 12), reference="丙")
    disputes.answer_challenge(session, tender, by=SYSTEM, on=date(2026, 3, 12), reference="甲")

    answers = select(Deadline).where(Deadline.rule_id == "gp_challenge_answer_7wd")
    states = {row.occurrence: row.state for row in session.scalars(answers)}
    assert states == {"甲": DeadlineState.met, "乙": DeadlineState.open}
    assert tender.open_challenges == 1


def test_a_complaint_runs_until_its_decision(session):
    tender = make_tender(status=S.result_published)

    disputes.receive_complaint(session, tender, by=SYSTEM, on=date(2026, 3, 10), reference="投诉 1")
    assert clocks(session, tender)["fin_complaint_decision_30wd"] == date(2026, 4, 22)
    disputes.note_decision(session, tender, by=SYSTEM, on=date(2026, 4, 1), reference="投诉 1")

    assert tender.open_complaints == 0
    assert "fin_complaint_decision_30wd" in clocks(session, tender, DeadlineState.met)


def test_while_the_regulator_stops_the_purchase_no_step_is_taken(session):
    tender = make_tender(status=S.result_published)

    disputes.suspend(session, tender, by=SYSTEM, on=date(2026, 3, 10))
    with pytest.raises(WrongState):
        services.conclude(session, tender, by=SYSTEM, on=date(2026, 3, 11))
    with pytest.raises(InvalidInput):
        disputes.resume(session, tender, by=SYSTEM, on=date(2026, 3, 9))
    assert clocks(session, tender)["fin_suspend_max_30d"] == date(2026, 4, 9)
    disputes.resume(session, tender, by=SYSTEM, on=date(2026, 4, 1))
    services.conclude(session, tender, by=SYSTEM, on=date(2026, 4, 2))

    assert tender.status is S.contract_signed


def test_an_objection_to_a_single_source_opens_the_clock_of_the_new_argument(session):
    tender = make_tender(status=S.documents_reviewed, method=M.single_source)
    services.advance(session, tender, "publicise", by=SYSTEM, on=MONDAY)
    assert "ss_objection_reargue_5wd" not in clocks(session, tender)

    disputes.receive_objection(session, tender, by=SYSTEM, on=date(2026, 3, 5))

    assert clocks(session, tender)["ss_objection_reargue_5wd"] == date(2026, 3, 16)


@pytest.mark.parametrize("leave", [services.fail, services.void, services.terminate])
def test_an_exit_names_its_reason_and_stops_what_leads_on(session, leave):
    tender, following = make_tender(status=S.documents_reviewed), make_tender()
    publish(session, tender, date(2026, 3, 30))

    leave(
        session,
        tender,
        by=SYSTEM,
        on=date(2026, 3, 30),
        reason="too_few_bidders",
        note="示例：仅两家投标",
        successor=following,
    )
    session.commit()

    assert (tender.exit_reason, tender.exited_on) == (ExitReason.too_few_bidders, date(2026, 3, 30))
    assert tender.successor is following
    assert "gp_bid_period_min_20d" not in clocks(session, tender, DeadlineState.open)
    assert clocks(session, tender)["gp_docs_retention_15y"] == date(2041, 3, 30)
    refund = {"gp_terminate_refund_5wd"} if leave is services.terminate else set()
    assert set(clocks(session, tender)) & {"gp_terminate_refund_5wd"} == refund


def test_another_reason_has_to_be_explained(session):
    tender = make_tender(status=S.evaluated)

    with pytest.raises(InvalidInput) as refusal:
        services.fail(session, tender, by=SYSTEM, on=MONDAY, reason="other", note=" ")

    assert list(refusal.value.fields) == ["note"]


def test_tenders_do_not_follow_each_other_in_a_circle(session):
    first, second = make_tender(status=S.failed), make_tender(status=S.failed)
    services.name_successor(session, first, by=SYSTEM, successor=second)

    for successor in (first, second):
        with pytest.raises(InvalidInput):
            services.name_successor(session, second, by=SYSTEM, successor=successor)
    other = make_tender()
    services.change_successor(session, first, by=SYSTEM, successor=other)
    assert first.successor is other


def test_a_planned_day_can_be_late_before_it_happens(session):
    tender = make_tender()

    services.plan_date(session, tender, by=SYSTEM, event="procurement_activity_start", on=date(2026, 6, 1))
    services.advance(session, tender, "publish_intent", by=SYSTEM, on=date(2026, 5, 6))

    late = session.scalars(select(Deadline).where(Deadline.record_id == tender.id)).one()
    assert (late.rule_id, late.due_on, late.is_late) == ("gp_intent_publication_30d", date(2026, 5, 2), True)


@pytest.mark.parametrize(
    ("call", "event"),
    [
        (services.plan_date, "negotiation_held"),
        (services.record_date, "negotiation_held"),
        (services.record_date, "bids_opened"),
    ],
    ids=["plan of another method", "fact of another method", "a stage of its own"],
)
def test_only_what_belongs_to_the_method_is_dated_by_hand(session, call, event):
    with pytest.raises(InvalidInput) as refusal:
        call(session, make_tender(), by=SYSTEM, event=event, on=MONDAY)

    assert list(refusal.value.fields) == ["event"]


def test_a_bond_refunded_is_recorded_beside_the_stages(session):
    tender = make_tender(status=S.result_confirmed)
    services.advance(session, tender, "publish_result", by=SYSTEM, on=MONDAY, letter_on=MONDAY)

    services.record_date(session, tender, by=SYSTEM, event="loser_bid_bond_refunded", on=date(2026, 3, 6))

    assert clocks(session, tender, DeadlineState.met)["gp_loser_bond_refund_5wd"] == date(2026, 3, 9)


@pytest.mark.parametrize(
    "broken",
    [
        {"budget": Decimal(0)},
        {"status": S.agent_engaged, "agent_name": None},
        {"status": S.result_confirmed, "winner_name": None},
        {"status": S.failed, "exit_reason": None},
        {"status": S.failed, "exited_on": None},
        {"status": S.need, "exit_reason": ExitReason.other, "exited_on": MONDAY},
        {"open_challenges": -1},
        {"award_amount": Decimal(-1)},
    ],
    ids=lambda given: "-".join(map(str, (given.get("status"), *given))),
)
def test_the_database_refuses_a_state_without_the_facts_behind_it(session, broken):
    with pytest.raises(IntegrityError):
        make_tender(**broken)


@pytest.mark.parametrize(
    ("published_on", "challenged_on", "cautioned"),
    [
        (None, date(2026, 3, 18), False),  # the last of seven working days after the notice period
        (None, date(2026, 3, 19), True),
        (date(2026, 4, 13), date(2026, 4, 15), False),  # too late for the documents, in time for the result
        (date(2026, 4, 13), date(2026, 4, 23), False),
        (date(2026, 4, 13), date(2026, 4, 24), True),
    ],
)
def test_a_challenge_is_late_only_when_no_period_for_one_is_open(
    session, published_on, challenged_on, cautioned
):
    tender = make_tender(status=S.result_published if published_on else S.notice_published)
    announce(session, tender, "tender_notice_published", on=date(2026, 3, 2), by=SYSTEM)
    if published_on:
        announce(session, tender, "award_result_published", on=published_on, by=SYSTEM)
    session.info.pop("warnings", None)

    disputes.receive_challenge(session, tender, by=SYSTEM, on=challenged_on, reference="质疑函 1")

    assert bool(session.info.pop("warnings", [])) is cautioned
