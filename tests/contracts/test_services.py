"""The life of a contract."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select

from contracts import rules, services
from contracts.models import ContractStatus
from core import audit, workflow
from core.errors import Forbidden, InvalidInput, Stale, Unlawful, WrongState
from core.organizations import OrganizationKind
from core.permissions import P
from core.records import ReviewStatus
from deadlines.models import Deadline, DeadlineState, ThresholdValue
from tests.factories.contracts import (
    SIGNED_ON,
    approve,
    draft,
    make_contract,
    make_office,
    make_payee,
    perform,
    schedule,
    sign,
)
from vendors.models import EnterpriseSize, VendorStatus

S = ContractStatus


def clock(session, record, rule, occurrence=""):
    return session.scalars(
        select(Deadline).where(
            Deadline.record_id == record.id, Deadline.rule_id == rule, Deadline.occurrence == occurrence
        )
    ).one()


def test_a_draft_takes_its_number_its_ceiling_and_the_vendors_size_with_it(session):
    office = make_office()
    contract = draft(office, amount=Decimal("250000.50"))

    assert contract.number == "HT-2026-0001"
    assert contract.ceiling == Decimal("250000.50")
    assert contract.is_payee_sme
    assert contract.vendor_name in contract.search_text


def test_a_barred_vendor_gets_no_contract(session):
    office = make_office()
    barred = make_payee(
        office.zone, status=VendorStatus.debarred, debarred_until=date(2027, 1, 1), status_reason="示例"
    )

    with pytest.raises(WrongState, match="not available"):
        draft(office, vendor=barred)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"amount": Decimal(0)}, "amount"),
        ({"amount": Decimal("-1.00")}, "amount"),
        ({"starts_on": date(2026, 9, 2), "ends_on": SIGNED_ON}, "ends_on"),
        ({"payment_days": 0}, "payment_days"),
    ],
)
def test_a_draft_that_makes_no_sense_is_refused_at_its_field(session, given, field):
    with pytest.raises(InvalidInput) as refusal:
        draft(make_office(), **given)

    assert list(refusal.value.fields) == [field]


@pytest.mark.parametrize(
    ("days", "size", "payer", "lawful"),
    [
        (60, EnterpriseSize.small, OrganizationKind.zone, True),
        (61, EnterpriseSize.small, OrganizationKind.zone, False),
        (61, EnterpriseSize.medium, OrganizationKind.zone, False),
        (61, EnterpriseSize.large, OrganizationKind.zone, True),
        (61, EnterpriseSize.small, OrganizationKind.platform_company, True),
    ],
)
def test_a_public_body_agrees_on_no_more_than_sixty_days_article_9(session, days, size, payer, lawful):
    office = make_office(kind=payer)
    vendor = make_payee(office.zone, size=size)

    if lawful:
        assert draft(office, vendor=vendor, payment_days=days).payment_days == days
    else:
        with pytest.raises(Unlawful) as refusal:
            draft(office, vendor=vendor, payment_days=days)
        assert refusal.value.rule == "sme_payment_max_60d"


def test_an_edit_of_a_version_that_is_no_longer_current_is_refused(session):
    office = make_office()
    contract = draft(office)
    seen = contract.version
    services.change(session, contract, by=office.officer, version=seen, title="改过的标题")

    with pytest.raises(Stale):
        services.change(session, contract, by=office.colleague, version=seen, title="另一个标题")


def test_an_edit_after_the_reviews_makes_them_void(session):
    office = make_office()
    contract = draft(office)
    workflow.review(session, contract, "submit", by=office.officer, needs=P.contract_edit)
    services.clear_legal(session, contract, by=office.finance, on=date(2026, 8, 10))
    workflow.review(session, contract, "return", by=office.approver, needs=P.contract_approve, note="示例")

    services.change(session, contract, by=office.officer, amount=Decimal("90000.00"))

    assert contract.legal_cleared_on is None
    assert contract.ceiling == Decimal("90000.00")


@pytest.mark.parametrize("review", [ReviewStatus.submitted, ReviewStatus.approved])
def test_nothing_is_edited_under_the_reviewers_eyes(session, review):
    office = make_office()
    contract = make_contract(organization=office.zone, review=review)

    with pytest.raises(WrongState):
        services.change(session, contract, by=office.officer, title="改过的标题")


def test_a_signed_contract_is_not_edited(session):
    office = make_office()
    contract = sign(office)

    with pytest.raises(WrongState, match="supplement"):
        services.change(session, contract, by=office.officer, amount=Decimal("1.00"))


def test_the_drafter_reviews_nothing_of_it(session):
    office = make_office()
    contract = draft(office)
    workflow.review(session, contract, "submit", by=office.officer, needs=P.contract_edit)

    with pytest.raises(Forbidden):
        workflow.review(session, contract, "approve", by=office.officer, needs=P.contract_edit)


def test_without_both_reviews_nobody_signs(session):
    office = make_office()
    contract = draft(office)
    workflow.review(session, contract, "submit", by=office.officer, needs=P.contract_edit)
    services.clear_legal(session, contract, by=office.finance, on=date(2026, 8, 10))
    workflow.review(session, contract, "approve", by=office.approver, needs=P.contract_approve)

    with pytest.raises(WrongState, match="review"):
        services.sign(session, contract, by=office.approver, on=SIGNED_ON)


@pytest.mark.parametrize(
    ("starts_on", "lawful"),
    [(date(2026, 8, 31), False), (SIGNED_ON, True), (date(2026, 9, 2), True), (None, True)],
)
def test_a_contract_is_signed_before_the_work_begins(session, starts_on, lawful):
    office = make_office()
    contract = draft(office, starts_on=starts_on)
    approve(office, contract)

    if lawful:
        services.sign(session, contract, by=office.approver, on=SIGNED_ON)
        assert contract.status is S.signed
    else:
        with pytest.raises(InvalidInput, match="before the work begins"):
            services.sign(session, contract, by=office.approver, on=SIGNED_ON)


@pytest.mark.parametrize(("award_on", "lawful"), [(date(2026, 9, 2), False), (SIGNED_ON, True)])
def test_a_contract_is_not_signed_before_its_award_letter(session, award_on, lawful):
    office = make_office()
    contract = draft(office, award_letter_on=award_on, procurement_method="public_tender")
    approve(office, contract)

    if lawful:
        services.sign(session, contract, by=office.approver, on=SIGNED_ON)
    else:
        with pytest.raises(InvalidInput):
            services.sign(session, contract, by=office.approver, on=SIGNED_ON)


def test_the_award_letter_gives_thirty_days_to_sign_and_signing_meets_them(session):
    office = make_office()
    contract = draft(office, award_letter_on=date(2026, 8, 3), procurement_method="public_tender")
    deadline = clock(session, contract, "gp_contract_sign_30d")
    assert deadline.strict_on == date(2026, 9, 2)
    approve(office, contract)

    services.sign(session, contract, by=office.approver, on=SIGNED_ON)

    assert (deadline.state, deadline.met_on) == (DeadlineState.met, SIGNED_ON)


def test_an_award_letter_struck_out_of_the_draft_stops_its_clock(session):
    office = make_office()
    contract = draft(office, award_letter_on=date(2026, 8, 3), procurement_method="public_tender")

    services.change(session, contract, by=office.officer, award_letter_on=None)

    assert clock(session, contract, "gp_contract_sign_30d").state is DeadlineState.cancelled


def test_a_withdrawn_draft_keeps_no_clock_running(session):
    office = make_office()
    contract = draft(office, award_letter_on=date(2026, 8, 3), procurement_method="public_tender")

    services.withdraw(session, contract, by=office.officer, on=date(2026, 8, 5), reason="示例")

    assert contract.status is S.withdrawn
    assert clock(session, contract, "gp_contract_sign_30d").state is DeadlineState.cancelled


@pytest.mark.parametrize("first", ["publish", "file"])
def test_a_contract_counts_as_filed_once_it_is_both_published_and_filed(session, first):
    office = make_office()
    contract = sign(office)
    second = {"publish": "file", "file": "publish"}[first]

    getattr(services, first)(session, contract, by=office.officer, on=date(2026, 9, 2))
    assert contract.status is S.signed
    getattr(services, second)(session, contract, by=office.officer, on=date(2026, 9, 3))

    assert contract.status is S.filed
    assert clock(session, contract, "gp_contract_publish_2wd").state is DeadlineState.met
    assert clock(session, contract, "gp_contract_file_7wd").state is DeadlineState.met


def test_a_late_publication_is_noted_without_moving_the_stage(session):
    office = make_office()
    contract = perform(office)

    services.publish(session, contract, by=office.officer, on=date(2026, 9, 10))

    assert contract.status is S.performing
    assert clock(session, contract, "gp_contract_publish_2wd").is_late


def test_nothing_is_published_before_it_is_signed(session):
    office = make_office()
    contract = sign(office)

    with pytest.raises(InvalidInput):
        services.publish(session, contract, by=office.officer, on=date(2026, 8, 31))


def test_a_purchase_outside_government_procurement_owes_no_publication(session):
    office = make_office()
    contract = sign(office, is_government_procurement=False)

    rules_running = session.scalars(select(Deadline.rule_id).where(Deadline.record_id == contract.id)).all()
    assert not {"gp_contract_publish_2wd", "gp_contract_file_7wd"} & set(rules_running)


@pytest.mark.parametrize(
    ("deltas", "lawful"),
    [
        (["10000.00"], True),
        (["10000.01"], False),
        (["6000.00", "4000.00"], True),
        (["6000.00", "4000.01"], False),
        (["-5000.00", "10000.00"], True),
        (["10000.00", "-5000.00", "0.01"], False),
    ],
)
def test_supplements_together_stay_within_a_tenth_article_49(session, deltas, lawful):
    office = make_office()
    contract = perform(office)
    *before, last = (Decimal(delta) for delta in deltas)
    for delta in before:
        services.amend(session, contract, by=office.approver, on=SIGNED_ON, reason="示例", amount_delta=delta)

    def amend():
        return services.amend(
            session, contract, by=office.approver, on=SIGNED_ON, reason="示例", amount_delta=last
        )

    if lawful:
        amend()
        assert contract.ceiling == contract.amount + sum(map(Decimal, deltas))
    else:
        with pytest.raises(Unlawful) as refusal:
            amend()
        assert (refusal.value.rule, refusal.value.field) == ("supplementary_contract_cap", "amount_delta")
        assert "四十九" in refusal.value.article


@pytest.mark.parametrize(
    ("signed_on", "is_emergency", "delta", "answer"),
    [
        (date(2026, 10, 1), True, "10000.00", "plain"),
        (date(2026, 10, 1), True, "10000.01", "caution"),
        (date(2026, 10, 1), True, "30000.00", "caution"),
        (date(2026, 10, 1), True, "30000.01", "emergency_addon_cap"),
        (date(2026, 9, 30), True, "10000.01", "supplementary_contract_cap"),
        (date(2026, 10, 1), False, "10000.01", "supplementary_contract_cap"),
    ],
)
def test_an_emergency_purchase_since_october_2026_may_go_to_three_tenths(
    session, signed_on, is_emergency, delta, answer
):
    office = make_office()
    contract = perform(office, on=signed_on, is_emergency=is_emergency)
    session.info.pop("warnings", None)
    given = {"on": signed_on, "reason": "示例", "amount_delta": Decimal(delta)}

    if answer in {"plain", "caution"}:
        services.amend(session, contract, by=office.approver, **given)
        assert contract.supplemented == Decimal(delta)
        assert bool(session.info.pop("warnings", [])) is (answer == "caution")
    else:
        with pytest.raises(Unlawful) as refusal:
            services.amend(session, contract, by=office.approver, **given)
        assert refusal.value.rule == answer


@pytest.mark.parametrize(("delta", "lawful"), [("5000.00", True), ("5000.01", False)])
def test_a_stricter_cap_of_the_offices_own_binds_its_supplements(session, delta, lawful):
    office = make_office()
    session.add(
        ThresholdValue(
            threshold_id="supplementary_contract_cap",
            organization_id=office.zone.id,
            year=2026,
            value=Decimal(5),
            reason="示例",
        )
    )
    session.flush()
    contract = perform(office)
    given = {"on": SIGNED_ON, "reason": "示例", "amount_delta": Decimal(delta)}

    if lawful:
        services.amend(session, contract, by=office.approver, **given)
    else:
        with pytest.raises(Unlawful, match="may not exceed 5 per cent"):
            services.amend(session, contract, by=office.approver, **given)


@pytest.mark.parametrize(("days", "sensible"), [(0, False), (1, True), (365, True), (366, False)])
def test_an_agreed_time_of_acceptance_is_a_year_at_most(session, days, sensible):
    office = make_office()
    if sensible:
        assert draft(office, acceptance_days=days).acceptance_days == days
    else:
        with pytest.raises(InvalidInput) as refusal:
            draft(office, acceptance_days=days)
        assert list(refusal.value.fields) == ["acceptance_days"]


def test_no_cap_binds_a_contract_outside_government_procurement(session):
    office = make_office()
    contract = perform(office, is_government_procurement=False)

    services.amend(
        session, contract, by=office.approver, on=SIGNED_ON, reason="示例", amount_delta=Decimal("50000.00")
    )

    assert contract.ceiling == Decimal("150000.00")


@pytest.mark.parametrize(("delta", "lawful"), [("-50000.00", True), ("-50000.01", False)])
def test_a_reduction_stops_at_what_is_scheduled(session, delta, lawful):
    office = make_office()
    contract = perform(office)
    schedule(office, contract, amount=Decimal("50000.00"))

    def amend():
        services.amend(
            session, contract, by=office.approver, on=SIGNED_ON, reason="示例", amount_delta=Decimal(delta)
        )

    if lawful:
        amend()
        assert contract.ceiling == contract.scheduled
    else:
        with pytest.raises(InvalidInput, match="instalments"):
            amend()


@pytest.mark.parametrize(("ceiling", "lawful"), [("70000.00", True), ("69999.99", False)])
def test_the_amount_never_falls_below_what_is_paid(session, ceiling, lawful):
    contract = make_contract(S.performing, scheduled=Decimal("70000.00"), paid=Decimal("70000.00"))

    if lawful:
        rules.check_ceiling(contract, Decimal(ceiling), "amount_delta")
    else:
        with pytest.raises(InvalidInput, match="paid already"):
            rules.check_ceiling(contract, Decimal(ceiling), "amount_delta")


def test_a_supplement_that_changes_nothing_is_refused(session):
    office = make_office()
    contract = perform(office)

    with pytest.raises(InvalidInput):
        services.amend(session, contract, by=office.approver, on=SIGNED_ON, reason="示例")


def test_every_change_is_published_in_its_turn(session):
    office = make_office()
    contract = perform(office, starts_on=SIGNED_ON, ends_on=date(2027, 8, 31))
    first, second = (
        services.amend(
            session, contract, by=office.approver, on=day, reason="示例", amount_delta=Decimal("100.00")
        )
        for day in (date(2026, 9, 8), date(2026, 9, 9))
    )

    services.publish_change(session, contract, by=office.officer, on=date(2026, 9, 10))

    assert (first.published_on, second.published_on) == (date(2026, 9, 10), None)
    assert clock(session, contract, "gp_contract_change_publish_2wd", first.occurrence).met_on
    assert clock(session, contract, "gp_contract_change_publish_2wd", second.occurrence).state == "open"


def test_a_new_end_of_the_term_is_kept_and_announced(session):
    office = make_office()
    contract = perform(office, starts_on=SIGNED_ON, ends_on=date(2027, 2, 28))

    services.amend(
        session,
        contract,
        by=office.approver,
        on=date(2026, 10, 9),
        reason="示例",
        new_ends_on=date(2027, 4, 30),
    )

    assert contract.ends_on == date(2027, 4, 30)


def test_a_suspended_contract_resumes_where_it_was(session):
    office = make_office()
    contract = perform(office)
    services.suspend(session, contract, by=office.approver, on=date(2026, 9, 10), reason="示例")

    services.resume(session, contract, by=office.approver, on=date(2026, 9, 20))

    assert (contract.status, contract.suspended_on) == (S.performing, None)


def test_a_contract_with_unpaid_instalments_is_not_completed(session):
    office = make_office()
    contract = perform(office)
    schedule(office, contract)

    with pytest.raises(WrongState, match="Complete"):
        services.complete(session, contract, by=office.officer, on=date(2026, 10, 30))


def test_a_contract_goes_from_its_end_to_the_archive(session):
    office = make_office()
    contract = perform(office, procurement_method="public_tender")
    day = date(2026, 10, 30)
    services.complete(session, contract, by=office.officer, on=day)
    services.evaluate(session, contract, by=office.officer, on=day, score=88)
    services.archive(session, contract, by=office.officer, on=day)
    session.commit()

    assert contract.status is S.archived
    assert clock(session, contract, "gp_docs_retention_15y").strict_on == date(2041, 10, 30)


@pytest.mark.parametrize(("score", "lawful"), [(-1, False), (0, True), (100, True), (101, False)])
def test_a_score_lies_between_nothing_and_a_hundred(session, score, lawful):
    office = make_office()
    contract = make_contract(S.completed, organization=office.zone)

    def evaluate():
        services.evaluate(session, contract, by=office.officer, on=date(2026, 11, 3), score=score)

    if lawful:
        evaluate()
        assert contract.score == score
    else:
        with pytest.raises(InvalidInput):
            evaluate()


def test_a_terminated_contract_says_so_in_the_trail(session):
    office = make_office()
    contract = perform(office)

    services.terminate(
        session, contract, by=office.approver, on=date(2026, 9, 30), reason="供应商破产（示例）"
    )
    session.commit()

    found = {event.action: event for event in audit.history(session, contract)}
    assert found["contract.terminate"].facts["note"] == "供应商破产（示例）"
    assert found["contract.terminate"].facts["changes"]["status"] == ["performing", "terminated"]


def test_an_imported_contract_shows_what_went_wrong(session):
    contract = make_contract(
        S.performing, starts_on=date(2026, 8, 1), award_letter_on=date(2026, 9, 20), organization=None
    )

    assert [str(found) for found in rules.irregularities(contract)] == [
        "Signed after the work began",
        "Signed before the award letter",
    ]
