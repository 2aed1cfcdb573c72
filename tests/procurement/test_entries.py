"""A day of a tender that was entered by mistake: corrected or taken back."""

from datetime import date

import pytest
from sqlalchemy import select

from core.errors import Forbidden, InvalidInput, Unlawful, WrongState
from core.permissions import RoleName
from core.records import ReviewStatus
from deadlines import entries
from deadlines.models import Deadline, DeadlineState, Interval
from procurement import disputes, services
from procurement.kinds import TENDER
from procurement.models import TenderStatus
from tests.factories import make_user
from tests.factories.procurement import make_tender

S = TenderStatus
NOTICE, DEADLINE, OPENED = date(2026, 3, 2), date(2026, 3, 25), date(2026, 3, 25)
EVALUATED, REPORT = date(2026, 3, 26), date(2026, 3, 27)
ON = date(2026, 4, 10)
WHY = "录入笔误（示例）"


@pytest.fixture
def officer(session):
    return make_user(RoleName.officer)


def noticed(session, officer):
    """A tender whose notice is published."""
    tender = make_tender(officer.organization, status=S.documents_reviewed, agent_name="示例代理机构")
    days = {"notice_on": NOTICE, "documents_on": NOTICE, "deadline_on": DEADLINE}
    services.advance(session, tender, "publish_notice", by=officer, **days)
    session.commit()
    return tender


def evaluated(session, officer):
    """A tender whose evaluation has ended and whose report has arrived."""
    tender = noticed(session, officer)
    services.close_bids(session, tender, by=officer, on=DEADLINE)
    services.advance(session, tender, "open_bids", by=officer, on=OPENED)
    services.advance(session, tender, "check_qualifications", by=officer, on=OPENED)
    services.advance(session, tender, "evaluate", by=officer, on=EVALUATED)
    services.receive_report(session, tender, by=officer, on=REPORT)
    session.commit()
    return tender


def clock(session, tender, rule):
    found = select(Deadline).where(Deadline.record_id == tender.id, Deadline.rule_id == rule)
    return session.scalars(found).one()


def correct(session, tender, key, to, *, by):
    return entries.correct(session, TENDER, tender, key, by=by, on=ON, to=to, reason=WHY)


def keys(session, tender):
    return {entry.key: entry for entry in TENDER.entries(session, tender)}


def test_a_corrected_notice_moves_the_earliest_deadline_behind_it(session, officer):
    tender = noticed(session, officer)

    correct(session, tender, "publish_notice.procurement_activity_start", date(2026, 3, 3), by=officer)
    correct(session, tender, "publish_notice.tender_documents_first_issued", date(2026, 3, 3), by=officer)

    assert clock(session, tender, "gp_bid_period_min_20d").anchor_on == date(2026, 3, 3)
    assert clock(session, tender, "gp_tender_notice_period_5wd").anchor_on == date(2026, 3, 3)


@pytest.mark.parametrize(
    ("to", "is_refused"), [(date(2026, 3, 5), False), (date(2026, 3, 6), True), (date(2026, 3, 9), True)]
)
def test_a_correction_that_breaks_the_shortest_period_is_refused_with_its_article(
    session, officer, to, is_refused
):
    tender = noticed(session, officer)
    key = "publish_notice.tender_documents_first_issued"

    if is_refused:
        with pytest.raises(Unlawful) as refusal:
            correct(session, tender, key, to, by=officer)
        assert (refusal.value.article, refusal.value.field) == ("第三十五条", "to")
    else:
        correct(session, tender, key, to, by=officer)
        assert clock(session, tender, "gp_bid_period_min_20d").anchor_on == to


def test_a_deadline_is_not_corrected_beyond_the_opening(session, officer):
    tender = evaluated(session, officer)

    with pytest.raises(InvalidInput, match="2026-03-25"):
        correct(session, tender, "publish_notice.bid_submission_deadline", date(2026, 3, 26), by=officer)
    correct(session, tender, "publish_notice.bid_submission_deadline", date(2026, 3, 24), by=officer)

    assert keys(session, tender)["publish_notice.bid_submission_deadline"].on == date(2026, 3, 24)


def test_the_report_is_corrected_with_the_clock_of_the_confirmation(session, officer):
    tender = evaluated(session, officer)
    before = clock(session, tender, "gp_confirm_winner_5wd").due_on

    correct(session, tender, "receive_report.evaluation_report_received", date(2026, 3, 30), by=officer)
    moved = clock(session, tender, "gp_confirm_winner_5wd")
    assert (moved.anchor_on, moved.due_on > before) == (date(2026, 3, 30), True)

    correct(session, tender, "receive_report.evaluation_report_received", None, by=officer)
    assert clock(session, tender, "gp_confirm_winner_5wd").state is DeadlineState.cancelled
    assert "receive_report.evaluation_report_received" not in keys(session, tender)


def test_the_last_step_is_taken_back_and_an_earlier_one_is_not(session, officer):
    tender = evaluated(session, officer)
    correct(session, tender, "receive_report.evaluation_report_received", None, by=officer)

    with pytest.raises(WrongState):
        correct(session, tender, "open_bids.bids_opened", None, by=officer)
    correct(session, tender, "evaluate.evaluation_ended", None, by=officer)
    session.commit()

    assert tender.status is S.qualification_checked
    services.advance(session, tender, "evaluate", by=officer, on=EVALUATED)
    assert tender.status is S.evaluated


def test_a_notice_taken_back_takes_all_its_days_along(session, officer):
    tender = noticed(session, officer)

    correct(session, tender, "publish_notice.procurement_activity_start", None, by=officer)
    session.commit()

    assert (tender.status, keys(session, tender)) == (S.documents_reviewed, {})
    open_ones = (Deadline.record_id == tender.id, Deadline.state == DeadlineState.open)
    assert session.scalars(select(Deadline).where(*open_ones)).all() == []


def test_documents_taken_back_leave_the_approved_plan(session, officer):
    tender = make_tender(officer.organization, status=S.plan_filed)
    services.draft_documents(session, tender, by=officer, on=NOTICE)
    session.commit()

    correct(session, tender, "draft_documents.procurement_documents_drafted", None, by=officer)

    assert (tender.status, tender.review) == (S.plan_filed, ReviewStatus.approved)


def test_a_corrected_challenge_shifts_its_answer_and_the_standstill(session, officer):
    tender = evaluated(session, officer)
    disputes.receive_challenge(session, tender, by=officer, on=date(2026, 3, 30), reference="质疑一")
    session.commit()

    correct(session, tender, "receive_challenge.challenge_received.质疑一", date(2026, 3, 31), by=officer)

    pause = session.scalars(select(Interval).where(Interval.record_id == tender.id)).one()
    assert pause.starts_on == date(2026, 3, 31)
    assert clock(session, tender, "gp_challenge_answer_7wd").anchor_on == date(2026, 3, 31)
    with pytest.raises(WrongState):
        correct(session, tender, "receive_challenge.challenge_received.质疑一", None, by=officer)


def test_an_exit_has_its_day_corrected_but_stays(session, officer):
    tender = evaluated(session, officer)
    services.fail(session, tender, by=officer, on=date(2026, 3, 30), reason="no_valid_bid")
    session.commit()

    correct(session, tender, "exited_on", date(2026, 3, 31), by=officer)

    assert tender.exited_on == date(2026, 3, 31)
    with pytest.raises(WrongState):
        correct(session, tender, "exited_on", None, by=officer)


def test_an_officer_does_not_correct_what_an_approver_confirmed(session, officer):
    tender = evaluated(session, officer)
    approver = make_user(RoleName.approver, organization=officer.organization)
    award = {"winner_name": "示例中标人", "award_amount": tender.budget}
    services.confirm_result(session, tender, by=approver, on=date(2026, 3, 31), **award)
    session.commit()
    key = "confirm_result.winner_confirmed"

    with pytest.raises(Forbidden):
        correct(session, tender, key, date(2026, 4, 1), by=officer)
    correct(session, tender, key, None, by=approver)
    assert (tender.status, tender.winner_name, tender.award_amount) == (S.evaluated, None, None)
