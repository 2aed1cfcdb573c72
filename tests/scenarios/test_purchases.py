"""Purchases by every method, from the need to the signed contract."""

from datetime import date
from decimal import Decimal

import pytest

from core.errors import Forbidden, Unlawful, WrongState
from deadlines.models import DeadlineState
from procurement.models import TenderStatus
from tests.scenarios.offices import Office


def prepare(office, method, *, agent=False):
    """Lead a purchase to the settled documents: 2 March 2026 is a Monday."""
    tender = office.create(
        "tender",
        by=office.officer,
        on=date(2026, 1, 5),
        title="示例：园区环境监测与环保管家服务",
        method=method,
        category="environment",
        budget=Decimal("800000.00"),
    )
    office.approve(tender)
    if method != "bidding_law_tender":
        office.take("publish_intent", tender, by=office.officer, on=date(2026, 1, 12))
        office.take("file_plan", tender, by=office.officer, on=date(2026, 1, 20))
    if agent:
        office.take("engage_agent", tender, by=office.officer, on=date(2026, 2, 2), agent_name="示例代理机构")
    office.take("draft_documents", tender, by=office.officer, on=date(2026, 2, 9))
    office.approve(tender)
    office.take("review_documents", tender, by=office.officer, on=date(2026, 2, 26))
    return tender


def award(office, tender, on, *, with_result=True):
    """Confirm, publish, and note the contract signed thirty days later at most."""
    office.take(
        "confirm_result",
        tender,
        by=office.approver,
        on=on,
        winner_name="示例检测有限公司",
        award_amount=Decimal("768000.00"),
    )
    letter = {"letter_on": on} | ({"on": on} if with_result else {})
    office.take("publish_result", tender, by=office.officer, **letter)


def test_an_open_tender(session):
    office = Office(session)
    tender = prepare(office, "public_tender", agent=True)

    # Eighteen days are not twenty: refused with the article and the first lawful day.
    notice = {"notice_on": date(2026, 3, 2), "documents_on": date(2026, 3, 2)}
    with pytest.raises(Unlawful) as refusal:
        office.take("publish_notice", tender, by=office.officer, **notice, deadline_on=date(2026, 3, 20))
    session.rollback()
    assert (refusal.value.article, refusal.value.lawful_on) == ("第三十五条", date(2026, 3, 23))
    assert tender.status is TenderStatus.documents_reviewed

    office.take(
        "publish_notice",
        tender,
        by=office.officer,
        **notice,
        supply_end_on=date(2026, 3, 9),
        deadline_on=date(2026, 3, 24),
    )
    office.take("close_bids", tender, by=office.officer, on=date(2026, 3, 24))
    office.take("open_bids", tender, by=office.officer, on=date(2026, 3, 24))
    office.take("check_qualifications", tender, by=office.officer, on=date(2026, 3, 24))
    office.take("evaluate", tender, by=office.officer, on=date(2026, 3, 25))
    assert office.due(tender)["gp_eval_report_2wd_reg"] == date(2026, 3, 27)
    office.take("receive_report", tender, by=office.officer, on=date(2026, 3, 26))
    assert office.due(tender)["gp_confirm_winner_5wd"] == date(2026, 4, 2)

    with pytest.raises(Forbidden):
        office.take("confirm_result", tender, by=office.officer, on=date(2026, 3, 30))
    session.rollback()
    award(office, tender, date(2026, 3, 30))
    assert office.due(tender)["gp_contract_sign_30d"] == date(2026, 4, 29)
    office.take("conclude", tender, by=office.approver, on=date(2026, 4, 20))

    assert tender.status is TenderStatus.contract_signed
    assert {"gp_contract_sign_30d", "gp_confirm_winner_5wd"} <= office.due(tender, DeadlineState.met).keys()


@pytest.mark.parametrize("method", ["competitive_negotiation", "competitive_consultation"])
def test_a_purchase_in_rounds(session, method):
    office = Office(session)
    tender = prepare(office, method)
    office.take(
        "publish_notice",
        tender,
        by=office.officer,
        notice_on=date(2026, 3, 2),
        documents_on=date(2026, 3, 2),
        deadline_on=date(2026, 3, 16),
    )

    with pytest.raises(Exception, match="2026-03-16"):
        office.take("receive_responses", tender, by=office.officer, on=date(2026, 3, 13))
    session.rollback()
    office.take("receive_responses", tender, by=office.officer, on=date(2026, 3, 16))
    office.take("negotiate", tender, by=office.officer, on=date(2026, 3, 17))
    office.take("negotiate", tender, by=office.officer, on=date(2026, 3, 18))
    office.take("receive_offers", tender, by=office.officer, on=date(2026, 3, 18))
    office.take("evaluate", tender, by=office.officer, on=date(2026, 3, 18))
    office.take("receive_report", tender, by=office.officer, on=date(2026, 3, 19))
    award(office, tender, date(2026, 3, 23))
    office.take("conclude", tender, by=office.approver, on=date(2026, 4, 10))

    rule = "nontender_contract_30d" if method == "competitive_negotiation" else "con_contract_30d"
    assert rule in office.due(tender, DeadlineState.met)


def test_a_quotation_is_given_once(session):
    office = Office(session)
    tender = prepare(office, "request_for_quotation")
    office.take(
        "publish_notice",
        tender,
        by=office.officer,
        notice_on=date(2026, 3, 2),
        documents_on=date(2026, 3, 2),
        deadline_on=date(2026, 3, 6),
    )
    office.take("receive_responses", tender, by=office.officer, on=date(2026, 3, 6))
    with pytest.raises(WrongState):
        office.take("negotiate", tender, by=office.officer, on=date(2026, 3, 9))
    session.rollback()
    office.take("evaluate", tender, by=office.officer, on=date(2026, 3, 9))
    office.take("receive_report", tender, by=office.officer, on=date(2026, 3, 10))
    award(office, tender, date(2026, 3, 12))

    assert "rfq_confirm_5wd" in office.due(tender, DeadlineState.met)


def test_a_single_source_is_publicised_objected_to_and_argued_again(session):
    office = Office(session)
    tender = prepare(office, "single_source")
    office.take("publicise", tender, by=office.officer, on=date(2026, 3, 2))
    office.take("receive_objection", tender, by=office.officer, on=date(2026, 3, 6))
    assert office.due(tender)["ss_objection_reargue_5wd"] == date(2026, 3, 16)
    office.take(
        "record_date",
        tender,
        by=office.officer,
        event="objection_reargument_completed",
        on=date(2026, 3, 13),
    )
    office.take("negotiate", tender, by=office.officer, on=date(2026, 3, 17))
    award(office, tender, date(2026, 3, 19))

    assert "ss_objection_reargue_5wd" in office.due(tender, DeadlineState.met)
    assert office.due(tender)["nontender_contract_30d"] == date(2026, 4, 18)


def test_a_framework_is_signed_filed_and_called_off(session):
    office = Office(session)
    tender = prepare(office, "framework_agreement")
    office.take(
        "publish_notice",
        tender,
        by=office.officer,
        notice_on=date(2026, 3, 2),
        documents_on=date(2026, 3, 2),
        deadline_on=date(2026, 3, 24),
    )
    office.take("receive_responses", tender, by=office.officer, on=date(2026, 3, 24))
    office.take("evaluate", tender, by=office.officer, on=date(2026, 3, 25))
    office.take("confirm_result", tender, by=office.approver, on=date(2026, 3, 30))
    office.take(
        "publish_result", tender, by=office.officer, on=date(2026, 3, 31), letter_on=date(2026, 3, 31)
    )
    assert office.due(tender)["fa_sign_30d"] == date(2026, 4, 30)
    office.take(
        "sign_framework",
        tender,
        by=office.approver,
        on=date(2026, 4, 13),
        effective_on=date(2026, 4, 13),
        expires_on=date(2028, 4, 12),
    )
    assert office.due(tender)["fa_file_7wd"] == date(2026, 4, 22)
    office.take(
        "record_date", tender, by=office.officer, event="framework_agreement_filed", on=date(2026, 4, 20)
    )
    for reference, day in (("第1单", 11), ("第2单", 18)):
        office.take("call_off", tender, by=office.officer, on=date(2026, 5, day), reference=reference)
    assert tender.status is TenderStatus.calling_off
    office.take("end_framework", tender, by=office.officer, on=date(2026, 11, 2))

    assert office.due(tender)["fa_summary_notice_10wd"] == date(2026, 11, 16)
    assert "fa_file_7wd" in office.due(tender, DeadlineState.met)


def test_a_tender_under_the_bidding_law_publicises_its_candidates(session):
    office = Office(session)
    tender = prepare(office, "bidding_law_tender", agent=True)
    office.take(
        "publish_notice",
        tender,
        by=office.officer,
        notice_on=date(2026, 3, 2),
        documents_on=date(2026, 3, 2),
        supply_end_on=date(2026, 3, 9),
        deadline_on=date(2026, 3, 24),
    )
    office.take("close_bids", tender, by=office.officer, on=date(2026, 3, 24))
    office.take("open_bids", tender, by=office.officer, on=date(2026, 3, 24))
    office.take("evaluate", tender, by=office.officer, on=date(2026, 3, 25))
    office.take("receive_report", tender, by=office.officer, on=date(2026, 3, 25))
    assert office.due(tender)["bl_candidate_publicity_start_3d"] == date(2026, 3, 28)
    office.take("publicise_candidates", tender, by=office.officer, on=date(2026, 3, 26))
    award(office, tender, date(2026, 3, 31), with_result=False)

    assert office.due(tender)["bl_report_15d"] == date(2026, 4, 15)
    assert office.due(tender)["bl_contract_30d"] == date(2026, 4, 30)


def test_a_failed_tender_is_followed_by_a_negotiation(session):
    office = Office(session)
    tender = prepare(office, "public_tender")
    office.take(
        "publish_notice",
        tender,
        by=office.officer,
        notice_on=date(2026, 3, 2),
        documents_on=date(2026, 3, 2),
        deadline_on=date(2026, 3, 24),
    )
    office.take("close_bids", tender, by=office.officer, on=date(2026, 3, 24))
    office.take("fail", tender, by=office.officer, on=date(2026, 3, 24), reason="too_few_bidders")
    following = prepare(office, "competitive_negotiation")
    office.take("name_successor", tender, by=office.officer, successor=following)

    assert tender.successor is following
    still_running = office.due(tender).keys()
    assert "gp_docs_retention_15y" in still_running
    assert {"gp_bid_period_min_20d", "gp_tender_clarify_15d"} & still_running == set()


def test_a_challenge_to_the_result_moves_the_contract_behind_it(session):
    office = Office(session)
    tender = prepare(office, "invited_tender")
    office.take(
        "publish_notice",
        tender,
        by=office.officer,
        notice_on=date(2026, 3, 2),
        documents_on=date(2026, 3, 2),
        deadline_on=date(2026, 3, 24),
    )
    for step, day in (("close_bids", 24), ("open_bids", 24), ("check_qualifications", 24), ("evaluate", 25)):
        office.take(step, tender, by=office.officer, on=date(2026, 3, day))
    award(office, tender, date(2026, 3, 30))

    office.take("receive_challenge", tender, by=office.officer, on=date(2026, 4, 2), reference="质疑函")
    with pytest.raises(WrongState):
        office.take("conclude", tender, by=office.approver, on=date(2026, 4, 3))
    session.rollback()
    assert "gp_contract_sign_30d" in office.due(tender, DeadlineState.paused)
    office.take("answer_challenge", tender, by=office.officer, on=date(2026, 4, 13), reference="质疑函")

    assert office.due(tender)["gp_contract_sign_30d"] == date(2026, 5, 10)
    office.take("conclude", tender, by=office.approver, on=date(2026, 5, 6))
    assert tender.status is TenderStatus.contract_signed
