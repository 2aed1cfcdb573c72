"""Stories of clocks: events open, move and meet them, on both engines."""

from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.audit import history
from core.auth import SYSTEM
from core.errors import Forbidden, InvalidInput, NotFound, Unlawful, WrongState
from core.organizations import Scope, limit
from core.permissions import RoleName
from core.records import Record
from deadlines import services
from deadlines.models import Deadline, DeadlineMove, DeadlineState, EventDate, Interval, MoveWhy
from deadlines.rules import Grade
from deadlines.verdicts import Announcement
from tests import factories
from tests.factories.matters import make_matter, set_traits

OPEN_TENDER = "method.public_tender"


def clock(session: Session, record: Record, rule_id: str, occurrence: str = "") -> Deadline:
    return session.scalars(
        select(Deadline).filter_by(record_id=record.id, rule_id=rule_id, occurrence=occurrence)
    ).one()


def rules_of(session: Session, record: Record, *states: DeadlineState) -> set[str]:
    rows = select(Deadline.rule_id).where(Deadline.record_id == record.id)
    return set(session.scalars(rows.where(Deadline.state.in_(states)) if states else rows))


def day_of(session: Session, record: Record, event: str) -> EventDate:
    return session.scalars(select(EventDate).filter_by(record_id=record.id, event=event)).one()


def announce(session: Session, record: Record, event: str, on: str, **given: object) -> Announcement:
    return services.announce(session, record, event, on=date.fromisoformat(on), by=SYSTEM, **given)  # type: ignore[arg-type]


# -- opening, meeting, moving -------------------------------------------------------------------------------


def test_an_event_opens_the_clocks_that_the_catalogue_hangs_on_it(session: Session) -> None:
    owner = factories.make_user()
    contract = make_matter("contract.government_procurement", owner_id=owner.id)

    result = announce(session, contract, "contract_signed", "2026-09-30")

    publish = clock(session, contract, "gp_contract_publish_2wd")
    assert {row.rule_id for row in result.opened} >= {"gp_contract_publish_2wd", "gp_contract_file_7wd"}
    assert (publish.due_on, publish.effective_on, publish.anchor_on) == (
        date(2026, 10, 9),
        date(2026, 10, 9),
        date(2026, 9, 30),
    )
    assert (publish.state, publish.owed, publish.owner_id) == (DeadlineState.open, True, owner.id)
    assert publish.organization_id == contract.organization_id
    assert publish.next_alert_on == date(2026, 10, 8)


def test_a_rule_that_asks_for_another_trait_opens_no_clock(session: Session) -> None:
    contract = make_matter()
    announce(session, contract, "contract_signed", "2026-09-30")
    assert "gp_contract_publish_2wd" not in rules_of(session, contract)


@pytest.mark.parametrize(
    ("published_on", "late"), [("2026-10-08", False), ("2026-10-09", False), ("2026-10-10", True)]
)
def test_the_target_meets_the_clock_in_time_or_late(session: Session, published_on: str, late: bool) -> None:
    contract = make_matter("contract.government_procurement")
    announce(session, contract, "contract_signed", "2026-09-30")

    result = announce(session, contract, "contract_published", published_on)

    publish = clock(session, contract, "gp_contract_publish_2wd")
    assert result.met == [publish]
    assert (publish.state, publish.met_on) == (DeadlineState.met, date.fromisoformat(published_on))
    assert publish.next_alert_on is None
    assert publish.is_late is late
    assert session.scalars(select(Deadline.is_late).where(Deadline.id == publish.id)).one() is late
    assert [caution.lawful_on for caution in result.cautions] == ([date(2026, 10, 9)] if late else [])


def test_a_planned_target_meets_nothing(session: Session) -> None:
    contract = make_matter("contract.government_procurement")
    announce(session, contract, "contract_signed", "2026-09-30")
    announce(session, contract, "contract_published", "2026-10-09", planned=True)
    assert clock(session, contract, "gp_contract_publish_2wd").state is DeadlineState.open


def test_a_planned_anchor_opens_no_duty_that_follows_it_until_it_happens(session: Session) -> None:
    contract = make_matter("contract.government_procurement")
    announce(session, contract, "contract_signed", "2026-09-29", planned=True)
    assert rules_of(session, contract) == set()

    announce(session, contract, "contract_signed", "2026-09-30")

    dates = day_of(session, contract, "contract_signed")
    assert (dates.planned_on, dates.occurred_on) == (date(2026, 9, 29), date(2026, 9, 30))
    assert clock(session, contract, "gp_contract_publish_2wd").due_on == date(2026, 10, 9)


def test_announcing_the_same_day_again_changes_nothing(session: Session) -> None:
    contract = make_matter("contract.government_procurement")
    announce(session, contract, "contract_signed", "2026-09-30")
    session.commit()
    before = len(history(session, contract))

    again = announce(session, contract, "contract_signed", "2026-09-30")
    session.commit()

    assert not again.changes
    assert not again.cautions
    assert len(history(session, contract)) == before


def test_a_moved_anchor_moves_its_clocks_and_the_history_says_why(session: Session) -> None:
    contract = make_matter("contract.government_procurement")
    announce(session, contract, "contract_signed", "2026-09-30")

    result = services.move(
        session,
        contract,
        "contract_signed",
        to=date(2026, 10, 9),
        by=SYSTEM,
        reason="wrong page of the contract",
    )

    publish = clock(session, contract, "gp_contract_publish_2wd")
    (first,) = publish.moves
    assert publish.due_on == date(2026, 10, 12)
    assert publish.next_alert_on == date(2026, 10, 11)
    assert publish in [shift.deadline for shift in result.moved]
    assert (first.from_on, first.to_on, first.why, first.note) == (
        date(2026, 10, 9),
        date(2026, 10, 12),
        MoveWhy.anchor_moved,
        "wrong page of the contract",
    )


def test_a_met_clock_follows_its_anchor_and_may_turn_out_late(session: Session) -> None:
    contract = make_matter("contract.government_procurement")
    announce(session, contract, "contract_signed", "2026-09-30")
    announce(session, contract, "contract_published", "2026-10-09")
    announce(session, contract, "contract_signed", "2026-09-28")
    publish = clock(session, contract, "gp_contract_publish_2wd")
    assert (publish.state, publish.due_on, publish.is_late) == (DeadlineState.met, date(2026, 9, 30), True)


def test_occurrences_of_one_event_keep_clocks_of_their_own(session: Session) -> None:
    matter = make_matter(OPEN_TENDER)
    announce(session, matter, "inquiry_received", "2026-09-21", occurrence="a")
    announce(session, matter, "inquiry_received", "2026-09-22", occurrence="b")
    announce(session, matter, "inquiry_answered", "2026-09-23", occurrence="a")
    assert clock(session, matter, "gp_inquiry_answer_3wd", "a").state is DeadlineState.met
    assert clock(session, matter, "gp_inquiry_answer_3wd", "b").state is DeadlineState.open


def test_an_event_that_the_catalogue_does_not_know_is_a_fault_of_the_program(session: Session) -> None:
    with pytest.raises(ValueError, match="no event"):
        announce(session, make_matter(), "tea_break", "2026-09-21")


def test_the_act_on_the_record_is_audited_with_what_it_led_to(session: Session) -> None:
    contract = make_matter("contract.government_procurement")
    announce(session, contract, "contract_signed", "2026-09-30")
    session.commit()
    event = history(session, contract, limit=1)[0]
    assert event.action == "event.announced"
    assert event.facts["detail"]["opened"]["gp_contract_publish_2wd"] == "2026-10-09"


# -- chains -------------------------------------------------------------------------------------------------


def test_the_award_notice_derives_its_end_from_which_the_right_to_challenge_runs(session: Session) -> None:
    tender = make_matter(OPEN_TENDER)

    announce(session, tender, "award_result_published", "2026-09-22")

    end = day_of(session, tender, "award_notice_period_end")
    challenge = clock(session, tender, "gp_challenge_result_7wd")
    assert (end.planned_on, end.occurred_on, end.derived) == (date(2026, 9, 23), None, True)
    assert (challenge.anchor_on, challenge.due_on) == (date(2026, 9, 23), date(2026, 10, 10))
    assert challenge.owed is False


def test_moving_the_award_notice_moves_the_whole_chain(session: Session) -> None:
    tender = make_matter(OPEN_TENDER)
    announce(session, tender, "award_result_published", "2026-09-22")

    announce(session, tender, "award_result_published", "2026-09-21")

    assert day_of(session, tender, "award_notice_period_end").planned_on == date(2026, 9, 22)
    assert clock(session, tender, "gp_challenge_result_7wd").due_on == date(2026, 10, 9)


def test_a_publicity_kept_up_longer_goes_before_the_day_that_the_law_fixes(session: Session) -> None:
    tender = make_matter("method.bidding_law_tender")
    announce(session, tender, "candidate_publicity_published", "2026-11-02")
    assert day_of(session, tender, "candidate_publicity_end").planned_on == date(2026, 11, 5)

    announce(session, tender, "candidate_publicity_end", "2026-11-09")

    end = day_of(session, tender, "candidate_publicity_end")
    publicity = clock(session, tender, "bl_candidate_publicity_min_3d")
    assert (end.occurred_on, end.planned_on, end.derived) == (date(2026, 11, 9), None, False)
    assert (publicity.state, publicity.met_on) == (DeadlineState.met, date(2026, 11, 9))


def test_taking_the_longer_publicity_back_brings_the_lawful_end_back(session: Session) -> None:
    tender = make_matter("method.bidding_law_tender")
    announce(session, tender, "candidate_publicity_published", "2026-11-02")
    announce(session, tender, "candidate_publicity_end", "2026-11-09")
    services.retract(
        session, tender, "candidate_publicity_end", on=date(2026, 11, 10), by=SYSTEM, reason="typing error"
    )
    end = day_of(session, tender, "candidate_publicity_end")
    assert (end.planned_on, end.derived) == (date(2026, 11, 5), True)
    assert clock(session, tender, "bl_candidate_publicity_min_3d").state is DeadlineState.open


def test_taking_back_an_event_cancels_the_chain_and_a_new_entry_revives_it(session: Session) -> None:
    tender = make_matter(OPEN_TENDER)
    announce(session, tender, "award_result_published", "2026-09-22")

    services.retract(
        session, tender, "award_result_published", on=date(2026, 9, 22), by=SYSTEM, reason="wrong tender"
    )

    assert session.scalars(select(EventDate).filter_by(record_id=tender.id)).all() == []
    challenge = clock(session, tender, "gp_challenge_result_7wd")
    assert (challenge.state, challenge.next_alert_on) == (DeadlineState.cancelled, None)
    assert "taken back" in str(challenge.reason_text)

    announce(session, tender, "award_result_published", "2026-09-21")
    assert (challenge.state, challenge.due_on) == (DeadlineState.open, date(2026, 10, 9))
    assert challenge.reason == ""


def test_taking_back_the_target_lets_the_clock_run_again(session: Session) -> None:
    contract = make_matter("contract.government_procurement")
    announce(session, contract, "contract_signed", "2026-09-30")
    announce(session, contract, "contract_published", "2026-10-08")
    changes = services.retract(
        session, contract, "contract_published", on=date(2026, 10, 8), by=SYSTEM, reason="other contract"
    )
    publish = clock(session, contract, "gp_contract_publish_2wd")
    assert changes.reopened == [publish]
    assert (publish.state, publish.met_on, publish.closed_on) == (DeadlineState.open, None, None)
    assert publish.next_alert_on == date(2026, 10, 8)


def test_taking_back_what_happened_leaves_what_was_planned(session: Session) -> None:
    contract = make_matter("contract.government_procurement")
    announce(session, contract, "contract_signed", "2026-09-29", planned=True)
    announce(session, contract, "contract_signed", "2026-09-30")
    services.retract(session, contract, "contract_signed", on=date(2026, 9, 30), by=SYSTEM, reason="not yet")
    dates = day_of(session, contract, "contract_signed")
    assert (dates.planned_on, dates.occurred_on) == (date(2026, 9, 29), None)
    assert rules_of(session, contract, DeadlineState.open) == set()


def test_what_was_never_announced_cannot_be_taken_back_or_moved(session: Session) -> None:
    matter = make_matter()
    with pytest.raises(NotFound):
        services.retract(session, matter, "contract_signed", on=date(2026, 9, 1), by=SYSTEM, reason="x")
    with pytest.raises(NotFound):
        services.move(session, matter, "contract_signed", to=date(2026, 9, 1), by=SYSTEM, reason="x")


# -- minimum periods ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("planned", [True, False])
@pytest.mark.parametrize(
    ("deadline_on", "lawful"), [("2026-09-29", False), ("2026-10-07", False), ("2026-10-08", True)]
)
def test_a_bid_deadline_too_soon_after_the_documents_is_refused_with_article_and_lawful_day(
    session: Session, deadline_on: str, lawful: bool, planned: bool
) -> None:
    tender = make_matter(OPEN_TENDER)
    announce(session, tender, "tender_documents_first_issued", "2026-09-11")
    if lawful:
        assert not announce(session, tender, "bid_submission_deadline", deadline_on, planned=planned).cautions
        return
    with pytest.raises(Unlawful) as refusal:
        announce(session, tender, "bid_submission_deadline", deadline_on, planned=planned)
    assert refusal.value.rule == "gp_bid_period_min_20d"
    assert refusal.value.article == "第三十五条"
    assert "政府采购法" in refusal.value.statute
    assert refusal.value.field == "bid_submission_deadline"
    assert refusal.value.lawful_on == date(2026, 10, 8)
    assert "2026-10-08" in str(refusal.value)


def test_a_refused_date_leaves_nothing_behind(session: Session) -> None:
    tender = make_matter(OPEN_TENDER)
    announce(session, tender, "tender_documents_first_issued", "2026-09-11")
    session.commit()
    with pytest.raises(Unlawful):
        announce(session, tender, "bid_submission_deadline", "2026-09-29")
    assert not session.new
    assert not session.dirty
    assert session.scalars(select(EventDate.event).filter_by(record_id=tender.id)).all() == [
        "tender_documents_first_issued"
    ]


def test_a_plan_against_a_plan_is_judged_as_well(session: Session) -> None:
    tender = make_matter(OPEN_TENDER)
    announce(session, tender, "tender_documents_first_issued", "2026-09-11", planned=True)
    with pytest.raises(Unlawful):
        announce(session, tender, "bid_submission_deadline", "2026-09-29", planned=True)


def test_moving_the_anchor_behind_a_known_target_is_refused(session: Session) -> None:
    tender = make_matter(OPEN_TENDER)
    announce(session, tender, "tender_documents_first_issued", "2026-09-11")
    announce(session, tender, "bid_submission_deadline", "2026-10-08", planned=True)
    with pytest.raises(Unlawful) as refusal:
        announce(session, tender, "tender_documents_first_issued", "2026-09-30")
    assert refusal.value.field == "tender_documents_first_issued"
    assert refusal.value.lawful_on == date(2026, 10, 20)


@pytest.mark.parametrize(("notified_on", "lawful"), [("2026-10-05", True), ("2026-10-06", False)])
def test_a_clarification_too_late_before_the_bid_deadline_is_refused(
    session: Session, notified_on: str, lawful: bool
) -> None:
    tender = make_matter(OPEN_TENDER)
    announce(session, tender, "bid_submission_deadline", "2026-10-20", planned=True)
    latest = clock(session, tender, "gp_tender_clarify_15d")
    assert (latest.due_on, latest.recommended_on) == (date(2026, 10, 5), date(2026, 9, 30))
    if lawful:
        announce(session, tender, "tender_clarification_notified", notified_on, occurrence="1")
        return
    with pytest.raises(Unlawful) as refusal:
        announce(session, tender, "tender_clarification_notified", notified_on, occurrence="1")
    assert refusal.value.lawful_on == date(2026, 10, 5)
    announce(session, tender, "bid_submission_deadline", "2026-10-21", planned=True)
    announce(session, tender, "tender_clarification_notified", notified_on, occurrence="1")


def test_what_happened_anyhow_can_be_tolerated_with_a_caution(session: Session) -> None:
    tender = make_matter(OPEN_TENDER)
    announce(session, tender, "tender_documents_first_issued", "2026-09-11")
    result = announce(session, tender, "bid_submission_deadline", "2026-09-29", tolerate=True)
    assert [caution.rule.id for caution in result.cautions] == ["gp_bid_period_min_20d"]
    assert clock(session, tender, "gp_bid_period_min_20d").is_late


def test_a_rule_of_a_lower_grade_only_warns(session: Session) -> None:
    case = make_matter("asset_value.small")
    announce(session, case, "asset_transfer_notice_published", "2026-11-02")
    result = announce(session, case, "asset_transfer_notice_end", "2026-11-10")
    (caution,) = result.cautions
    assert caution.rule.grade is Grade.page_secondary
    assert caution.lawful_on == date(2026, 11, 16)
    assert "2026-11-16" in str(caution.message)


def test_others_late_is_a_fact_and_never_refused(session: Session) -> None:
    permit = make_matter("certificate.safety_permit")
    announce(session, permit, "certificate_expiry", "2026-12-15")
    result = announce(session, permit, "renewal_application_submitted", "2026-11-20")
    assert [caution.rule.id for caution in result.cautions] == ["safety_permit_renewal_3m"]
    assert clock(session, permit, "safety_permit_renewal_3m").is_late


# -- joint statutes and idle rules --------------------------------------------------------------------------


def test_of_two_statutes_on_one_matter_only_the_stricter_is_owed(session: Session) -> None:
    tender = make_matter(OPEN_TENDER, "tender.by_agent")
    announce(session, tender, "evaluation_ended", "2026-11-02")
    rows = session.scalars(select(Deadline).filter_by(record_id=tender.id)).all()
    reports = {row.rule_id: row for row in rows if row.target_event == "evaluation_report_delivered"}
    assert set(reports) == {"gp_eval_report_2wd", "gp_eval_report_2wd_reg"}
    assert sorted(row.owed for row in reports.values()) == [False, True]
    assert sum(row.next_alert_on is not None for row in reports.values()) == 1

    announce(session, tender, "evaluation_report_delivered", "2026-11-03")
    assert {row.state for row in reports.values()} == {DeadlineState.met}


def test_the_stricter_statute_takes_over_when_anchors_move(session: Session) -> None:
    payment = make_matter(
        "payer.public_body", "payee.sme", "payment.term_agreed", "contract.government_procurement"
    )
    announce(session, payment, "goods_or_services_delivered", "2026-03-02")
    by_delivery = clock(session, payment, "sme_payment_max_60d")
    assert (by_delivery.due_on, by_delivery.owed) == (date(2026, 5, 1), True)

    announce(session, payment, "invoice_received", "2026-03-10")
    by_invoice = clock(session, payment, "gp_invoice_payment_30d")
    assert by_invoice.due_on < by_delivery.due_on
    assert (by_delivery.owed, by_delivery.next_alert_on) == (False, None)
    assert by_invoice.owed

    announce(session, payment, "invoice_received", "2026-04-20")
    assert (by_delivery.owed, by_invoice.owed) == (True, False)
    assert by_delivery.next_alert_on == date(2026, 4, 1)


def test_a_change_of_method_stops_the_clocks_of_the_old_and_starts_those_of_the_new(session: Session) -> None:
    tender = make_matter(OPEN_TENDER)
    announce(session, tender, "tender_documents_first_issued", "2026-09-11")
    set_traits(tender, ["method.bidding_law_tender"])

    services.refresh(session, tender, on=date(2026, 9, 14), by=SYSTEM, note="works after all")

    assert "bl_bid_period_min_20d" in rules_of(session, tender, DeadlineState.open)
    assert "gp_bid_period_min_20d" in rules_of(session, tender, DeadlineState.cancelled)

    set_traits(tender, [OPEN_TENDER])
    services.refresh(session, tender, on=date(2026, 9, 15), by=SYSTEM)
    assert clock(session, tender, "gp_bid_period_min_20d").state is DeadlineState.open
    assert services.refresh(session, tender, on=date(2026, 9, 16), by=SYSTEM).summary() == {}


# -- people decide ------------------------------------------------------------------------------------------


def signed(session: Session, **given: object) -> Deadline:
    contract = make_matter("contract.government_procurement", **given)  # type: ignore[arg-type]
    announce(session, contract, "contract_signed", "2026-09-30")
    return clock(session, contract, "gp_contract_publish_2wd")


def test_a_waiver_names_its_reason_and_authority_and_stands(session: Session) -> None:
    deadline = signed(session)
    head = factories.make_user(RoleName.approver)
    services.waive(
        session, deadline, on=date(2026, 10, 8), by=head, reason="state secret", authority="保密办〔2026〕3号"
    )
    assert (deadline.state, deadline.closed_on, deadline.next_alert_on) == (
        DeadlineState.waived,
        date(2026, 10, 8),
        None,
    )
    announce(session, deadline.record, "contract_signed", "2026-09-29")
    announce(session, deadline.record, "contract_published", "2026-10-09")
    assert deadline.state is DeadlineState.waived


@pytest.mark.parametrize("missing", ["reason", "authority"])
def test_a_waiver_without_reason_or_authority_is_not_accepted(session: Session, missing: str) -> None:
    words = {"reason": "secret", "authority": "3号"} | {missing: "  "}
    with pytest.raises(InvalidInput) as refusal:
        services.waive(
            session, signed(session), on=date(2026, 10, 8), by=factories.make_user(RoleName.approver), **words
        )
    assert set(refusal.value.fields) == {missing}


def test_only_who_holds_the_permission_waives(session: Session) -> None:
    with pytest.raises(Forbidden):
        services.waive(
            session,
            signed(session),
            on=date(2026, 10, 8),
            by=factories.make_user(RoleName.officer),
            reason="x",
            authority="y",
        )


def test_nobody_waives_a_deadline_of_their_own(session: Session) -> None:
    owner = factories.make_user(RoleName.approver)
    with pytest.raises(Forbidden, match="answer for themselves"):
        services.waive(
            session,
            signed(session, owner_id=owner.id),
            on=date(2026, 10, 8),
            by=owner,
            reason="x",
            authority="y",
        )


def test_meeting_by_hand_enters_the_event_on_the_timeline(session: Session) -> None:
    deadline = signed(session)
    services.meet(session, deadline, on=date(2026, 10, 8), by=SYSTEM)
    assert deadline.state is DeadlineState.met
    assert day_of(session, deadline.record, "contract_published").occurred_on == date(2026, 10, 8)
    with pytest.raises(WrongState):
        services.meet(session, deadline, on=date(2026, 10, 9), by=SYSTEM)


@pytest.mark.parametrize(("on", "passed"), [("2026-10-09", False), ("2026-10-10", True)])
def test_a_deadline_is_missed_only_when_its_day_has_passed(session: Session, on: str, passed: bool) -> None:
    deadline = signed(session)
    if not passed:
        with pytest.raises(WrongState):
            services.miss(session, deadline, on=date.fromisoformat(on), by=SYSTEM, reason="forgotten")
        return
    services.miss(session, deadline, on=date.fromisoformat(on), by=SYSTEM, reason="forgotten")
    assert (deadline.state, deadline.reason) == (DeadlineState.missed, "forgotten")
    announce(session, deadline.record, "contract_published", "2026-10-20")
    assert (deadline.state, deadline.is_late) == (DeadlineState.met, True)


def test_cancelling_stops_one_clock_and_ending_a_record_stops_all(session: Session) -> None:
    deadline = signed(session)
    services.cancel(session, deadline, on=date(2026, 10, 8), by=SYSTEM, reason="contract void")
    assert deadline.state is DeadlineState.cancelled
    count = services.cancel_all(
        session,
        deadline.record,
        on=date(2026, 10, 8),
        by=SYSTEM,
        reason="contract void",
        keep={"bl_bond_refund_5d"},
    )
    assert count == len(rules_of(session, deadline.record)) - 1
    assert rules_of(session, deadline.record, DeadlineState.open) == set()
    announce(session, deadline.record, "contract_signed", "2026-09-29")
    assert rules_of(session, deadline.record, DeadlineState.open) == set()


def test_a_new_owner_takes_over_what_runs(session: Session) -> None:
    deadline = signed(session)
    officer = factories.make_user()
    assert services.reassign(session, deadline.record, to=officer, by=SYSTEM) > 0
    assert deadline.owner_id == officer.id
    assert services.reassign(session, deadline.record, to=officer, by=SYSTEM) == 0


# -- pauses -------------------------------------------------------------------------------------------------


def complaint(session: Session) -> Deadline:
    case = make_matter(OPEN_TENDER)
    announce(session, case, "complaint_received", "2026-03-02")
    return clock(session, case, "fin_complaint_decision_30wd")


def test_a_pause_takes_its_days_out_of_the_period(session: Session) -> None:
    deadline = complaint(session)
    assert deadline.due_on == date(2026, 4, 14)

    services.pause(session, deadline, cause="expert_review", on=date(2026, 3, 9), by=SYSTEM)
    assert (deadline.state, deadline.next_alert_on) == (DeadlineState.paused, None)

    services.resume(session, deadline, on=date(2026, 3, 16), by=SYSTEM)
    assert (deadline.state, deadline.due_on) == (DeadlineState.open, date(2026, 4, 21))
    assert [move.why for move in deadline.moves] == [MoveWhy.resumed]
    (gap,) = session.scalars(select(Interval).filter_by(deadline_id=deadline.id))
    assert (gap.starts_on, gap.ends_on, gap.cause) == (date(2026, 3, 9), date(2026, 3, 15), "expert_review")


def test_a_pause_resumed_on_its_first_day_loses_none(session: Session) -> None:
    deadline = complaint(session)
    services.pause(session, deadline, cause="expert_review", on=date(2026, 3, 9), by=SYSTEM)
    services.resume(session, deadline, on=date(2026, 3, 9), by=SYSTEM)
    assert (deadline.state, deadline.due_on) == (DeadlineState.open, date(2026, 4, 14))
    assert session.scalars(select(Interval)).all() == []


def test_a_moved_anchor_keeps_the_pause(session: Session) -> None:
    deadline = complaint(session)
    services.pause(session, deadline, cause="expert_review", on=date(2026, 3, 9), by=SYSTEM)
    services.resume(session, deadline, on=date(2026, 3, 16), by=SYSTEM)
    announce(session, deadline.record, "complaint_received", "2026-03-03")
    assert deadline.due_on == date(2026, 4, 22)


def test_the_law_says_for_which_causes_a_period_stands_still(session: Session) -> None:
    with pytest.raises(InvalidInput) as refusal:
        services.pause(session, complaint(session), cause="challenge", on=date(2026, 3, 9), by=SYSTEM)
    assert set(refusal.value.fields) == {"cause"}


@pytest.mark.parametrize("on", ["2026-03-01", "2026-03-02"])
def test_a_period_cannot_stand_still_before_it_runs(session: Session, on: str) -> None:
    with pytest.raises(InvalidInput):
        services.pause(session, complaint(session), cause="testing", on=date.fromisoformat(on), by=SYSTEM)


def test_pausing_twice_or_resuming_what_runs_is_refused(session: Session) -> None:
    deadline = complaint(session)
    with pytest.raises(WrongState):
        services.resume(session, deadline, on=date(2026, 3, 16), by=SYSTEM)
    services.pause(session, deadline, cause="testing", on=date(2026, 3, 9), by=SYSTEM)
    with pytest.raises(WrongState):
        services.pause(session, deadline, cause="appraisal", on=date(2026, 3, 10), by=SYSTEM)
    with pytest.raises(InvalidInput):
        services.resume(session, deadline, on=date(2026, 3, 8), by=SYSTEM)


def test_a_challenge_pauses_the_signing_but_not_the_other_clocks_of_the_tender(session: Session) -> None:
    tender = make_matter(OPEN_TENDER)
    announce(session, tender, "award_letter_issued", "2026-06-01")

    services.pause_record(session, tender, cause="challenge", on=date(2026, 6, 8), by=SYSTEM)

    signing = clock(session, tender, "gp_contract_sign_30d")
    assert signing.state is DeadlineState.paused
    assert clock(session, tender, "gp_loser_bond_refund_5wd").state is DeadlineState.open
    with pytest.raises(WrongState):
        services.pause_record(session, tender, cause="challenge", on=date(2026, 6, 9), by=SYSTEM)

    services.resume_record(session, tender, cause="challenge", on=date(2026, 6, 18), by=SYSTEM)
    assert (signing.state, signing.due_on) == (DeadlineState.open, date(2026, 7, 11))


def test_what_stands_still_with_its_record_is_not_resumed_alone(session: Session) -> None:
    tender = make_matter(OPEN_TENDER)
    announce(session, tender, "award_letter_issued", "2026-06-01")
    services.pause_record(session, tender, cause="challenge", on=date(2026, 6, 8), by=SYSTEM)
    with pytest.raises(WrongState, match="whole record"):
        services.resume(
            session, clock(session, tender, "gp_contract_sign_30d"), on=date(2026, 6, 9), by=SYSTEM
        )


@pytest.mark.parametrize(("role", "may"), [(RoleName.officer, True), (RoleName.auditor, False)])
def test_who_does_not_work_on_records_steers_none_of_their_clocks(
    session: Session, role: RoleName, may: bool
) -> None:
    person = factories.make_user(role)
    acts = (
        lambda deadline: services.meet(session, deadline, on=date(2026, 10, 8), by=person),
        lambda deadline: services.miss(session, deadline, on=date(2026, 10, 20), by=person, reason="x"),
        lambda deadline: services.cancel(session, deadline, on=date(2026, 10, 8), by=person, reason="x"),
    )
    for act in acts:
        if may:
            act(signed(session))
        else:
            with pytest.raises(Forbidden):
                act(signed(session))


def test_a_clock_opened_while_its_record_is_paused_stands_still_from_the_start(session: Session) -> None:
    tender = make_matter(OPEN_TENDER)
    services.pause_record(session, tender, cause="complaint", on=date(2026, 6, 8), by=SYSTEM)
    announce(session, tender, "award_letter_issued", "2026-06-10")
    assert clock(session, tender, "gp_contract_sign_30d").state is DeadlineState.paused


# -- what ends by itself ------------------------------------------------------------------------------------


def test_notice_periods_end_and_unused_rights_lapse_on_the_day_after(session: Session) -> None:
    tender = make_matter(OPEN_TENDER)
    announce(session, tender, "award_result_published", "2026-09-22")
    services.close_lapsed(session, today=date(2026, 9, 23))
    session.expire_all()
    assert rules_of(session, tender, DeadlineState.met) == set()

    services.close_lapsed(session, today=date(2026, 10, 11))
    session.expire_all()
    assert "gp_award_notice_period_1wd" in rules_of(session, tender, DeadlineState.met)
    challenge = clock(session, tender, "gp_challenge_result_7wd")
    assert (challenge.state, challenge.is_overdue(date(2026, 10, 11))) == (DeadlineState.missed, False)

    announce(session, tender, "award_result_published", "2026-09-24")
    assert challenge.state is DeadlineState.open


def test_a_duty_never_ends_by_itself(session: Session) -> None:
    deadline = signed(session)
    services.close_lapsed(session, today=date(2027, 6, 1))
    session.expire_all()
    assert deadline.state is DeadlineState.open
    assert deadline.is_overdue(date(2026, 10, 10))
    assert not deadline.is_overdue(date(2026, 10, 9))


# -- scope --------------------------------------------------------------------------------------------------


def test_an_event_on_a_record_of_the_office_above_meets_the_clocks_that_are_out_of_sight(
    session: Session,
) -> None:
    deadline = signed(session)
    record = deadline.record
    limit(session, Scope())
    announce(session, record, "contract_published", "2026-10-08")
    limit(session, Scope(everything=True))
    assert clock(session, record, "gp_contract_publish_2wd").state is DeadlineState.met
    assert session.scalars(select(DeadlineMove)).all() == []
