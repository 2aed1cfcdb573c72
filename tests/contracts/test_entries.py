"""A day of a contract that was entered by mistake: corrected or taken back."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select

from contracts import payments, services
from contracts.kinds import CONTRACT
from contracts.models import ContractStatus
from core import audit
from core.clock import now
from core.errors import Forbidden, InvalidInput, NotFound, WrongState
from core.permissions import RoleName
from deadlines import entries
from deadlines.alert_models import Alert, AlertState, Channel
from deadlines.models import Deadline, DeadlineMove, DeadlineState
from tests.factories import make_user
from tests.factories.contracts import SIGNED_ON, make_contract, make_office, perform, schedule, sign

S = ContractStatus
ON = date(2026, 10, 20)
WHY = "日期录错一天（示例）"


def clock(session, record, rule, occurrence=""):
    return session.scalars(
        select(Deadline).where(
            Deadline.record_id == record.id, Deadline.rule_id == rule, Deadline.occurrence == occurrence
        )
    ).one()


def correct(session, contract, key, to, *, by, reason=WHY):
    return entries.correct(session, CONTRACT, contract, key, by=by, on=ON, to=to, reason=reason)


def accepted(session, office, **given):
    """Perform a contract whose one instalment is delivered by one officer and accepted by the other."""
    contract = perform(office, **given)
    line = schedule(office, contract)
    payments.deliver(session, contract, by=office.officer, on=date(2026, 10, 8))
    payments.accept(session, contract, by=office.colleague, on=date(2026, 10, 12))
    session.commit()
    return contract, line


def test_the_clock_of_the_payment_moves_with_the_corrected_acceptance(session):
    office = make_office()
    contract, line = accepted(session, office)
    due = clock(session, contract, "sme_payment_after_acceptance_30d", line.occurrence)
    was = due.due_on

    effects = correct(session, contract, "line-1-accepted_on", date(2026, 10, 15), by=office.colleague)
    session.commit()

    assert line.accepted_on == date(2026, 10, 15)
    assert (due.due_on - was).days == 3
    moved = {effect.rule_id: (effect.was.due_on, effect.becomes.due_on) for effect in effects}
    assert moved["sme_payment_after_acceptance_30d"] == (was, due.due_on)
    history = session.scalars(select(DeadlineMove).where(DeadlineMove.deadline_id == due.id)).one()
    assert (history.from_on, history.to_on, history.note) == (was, due.due_on, WHY)
    assert history.by_id == office.colleague.id
    act = next(each for each in audit.history(session, contract) if each.action.endswith(".corrected"))
    assert (act.action, act.actor_id, act.facts["note"]) == (
        "contract.accept.corrected",
        office.colleague.id,
        WHY,
    )
    detail = act.facts["detail"]
    assert (detail["was"], detail["on"]) == ("2026-10-12", "2026-10-15")


def test_the_reminder_of_the_old_day_is_retired_with_it(session):
    office = make_office()
    contract, line = accepted(session, office)
    due = clock(session, contract, "sme_payment_after_acceptance_30d", line.occurrence)
    alert = Alert(
        deadline_id=due.id,
        step=30,
        due_on=due.due_on,
        recipient_id=office.officer.id,
        channel=Channel.in_app,
        raised_at=now(),
        raised_on=ON,
    )
    session.add(alert)
    session.commit()

    correct(session, contract, "line-1-accepted_on", date(2026, 10, 15), by=office.colleague)
    session.commit()

    session.refresh(alert)
    assert alert.state is AlertState.retired


def test_an_acceptance_that_never_was_is_taken_back_and_offered_again(session):
    office = make_office()
    contract, line = accepted(session, office)

    correct(session, contract, "line-1-accepted_on", None, by=office.colleague)

    assert line.accepted_on is None
    assert (
        clock(session, contract, "sme_payment_after_acceptance_30d", line.occurrence).state
        is DeadlineState.cancelled
    )
    payments.accept(session, contract, by=office.colleague, on=date(2026, 10, 14))
    again = clock(session, contract, "sme_payment_after_acceptance_30d", line.occurrence)
    assert (again.state, again.anchor_on) == (DeadlineState.open, date(2026, 10, 14))


@pytest.mark.parametrize(
    ("key", "to", "told"),
    [
        ("line-1-accepted_on", date(2026, 10, 7), "2026-10-08"),
        ("line-1-accepted_on", date(2026, 10, 8), None),
        ("line-1-accepted_on", date(2026, 10, 12), "entered already"),
        ("line-1-delivered_on", date(2026, 10, 12), None),
        ("line-1-delivered_on", date(2026, 10, 13), "2026-10-12"),
        ("line-1-delivered_on", date(2026, 8, 31), "2026-09-01"),
        ("line-1-delivered_on", None, "rests on this step"),
        ("signed_on", date(2026, 9, 2), "2026-09-01"),
        ("signed_on", date(2026, 8, 19), "2026-08-20"),
    ],
)
def test_the_steps_before_and_after_bound_a_corrected_day(session, key, to, told):
    office = make_office()
    contract, _line = accepted(session, office)
    by = office.approver if key == "signed_on" else office.colleague

    if told is None:
        correct(session, contract, key, to, by=by)
    else:
        with pytest.raises((InvalidInput, WrongState), match=told):
            correct(session, contract, key, to, by=by)


def test_a_correction_without_a_reason_is_refused(session):
    office = make_office()
    contract, _line = accepted(session, office)

    with pytest.raises(InvalidInput) as refusal:
        correct(session, contract, "line-1-accepted_on", date(2026, 10, 9), by=office.colleague, reason=" ")

    assert list(refusal.value.fields) == ["reason"]


def test_only_who_may_take_the_step_corrects_its_day(session):
    office = make_office()
    contract, _line = accepted(session, office)
    auditor = make_user(RoleName.auditor, organization=office.zone)

    for stranger in (auditor, office.finance):
        with pytest.raises(Forbidden):
            correct(session, contract, "line-1-accepted_on", date(2026, 10, 9), by=stranger)
    with pytest.raises(Forbidden):
        correct(session, contract, "signed_on", date(2026, 8, 31), by=office.officer)


def test_duties_stay_apart_when_a_day_is_corrected(session):
    office = make_office()
    contract, _line = accepted(session, office)
    correct(session, contract, "line-1-accepted_on", date(2026, 10, 9), by=office.officer)

    with pytest.raises(Forbidden, match="may not do"):  # whoever corrected an acceptance counts as accepting
        payments.request_payment(session, contract, by=office.officer, on=date(2026, 10, 13))


def test_the_signing_takes_its_clocks_along_and_can_be_taken_back(session):
    office = make_office()
    contract = sign(office)
    session.commit()
    assert clock(session, contract, "gp_contract_publish_2wd").anchor_on == SIGNED_ON

    correct(session, contract, "signed_on", date(2026, 8, 31), by=office.approver)
    session.commit()
    assert clock(session, contract, "gp_contract_publish_2wd").anchor_on == date(2026, 8, 31)

    correct(session, contract, "signed_on", None, by=office.approver)
    session.commit()
    assert (contract.status, contract.signed_on) == (S.drafted, None)
    assert clock(session, contract, "gp_contract_publish_2wd").state is DeadlineState.cancelled
    services.sign(session, contract, by=office.approver, on=SIGNED_ON)
    assert clock(session, contract, "gp_contract_publish_2wd").state is DeadlineState.open


def test_a_publication_taken_back_reopens_its_deadline_and_the_stage_before(session):
    office = make_office()
    contract = sign(office)
    services.publish(session, contract, by=office.officer, on=date(2026, 9, 2))
    services.file(session, contract, by=office.officer, on=date(2026, 9, 3))
    session.commit()
    assert contract.status is S.filed

    correct(session, contract, "published_on", None, by=office.officer)
    session.commit()

    assert (contract.status, contract.published_on) == (S.signed, None)
    assert clock(session, contract, "gp_contract_publish_2wd").state is DeadlineState.open
    assert clock(session, contract, "gp_contract_file_7wd").state is DeadlineState.met


def test_a_payment_entered_by_mistake_gives_its_amount_back(session):
    office = make_office()
    contract, line = accepted(session, office)
    payer = make_user(RoleName.finance, organization=office.zone)
    payments.request_payment(session, contract, by=office.officer, on=date(2026, 10, 13))
    payments.approve_payment(session, contract, by=office.finance, on=date(2026, 10, 14))
    payments.pay(session, contract, by=payer, on=date(2026, 10, 15))
    session.commit()
    assert contract.paid == Decimal("50000.00")

    correct(session, contract, "line-1-paid_on", None, by=payer)
    session.commit()

    assert (contract.paid, line.paid_on, line.paid_amount) == (Decimal(0), None, None)
    assert (
        clock(session, contract, "sme_payment_after_acceptance_30d", line.occurrence).state
        is DeadlineState.open
    )


def test_a_step_that_the_contract_has_left_behind_is_not_taken_back(session):
    office = make_office()
    contract = perform(office)
    services.complete(session, contract, by=office.officer, on=date(2026, 10, 12))
    services.evaluate(session, contract, by=office.officer, on=date(2026, 10, 13), score=90)
    session.commit()

    with pytest.raises(WrongState):
        correct(session, contract, "completed_on", None, by=office.officer)
    correct(session, contract, "evaluated_on", None, by=office.officer)
    session.commit()
    assert (contract.status, contract.score) == (S.completed, None)
    correct(session, contract, "completed_on", None, by=office.officer)
    session.commit()
    assert (contract.status, contract.completed_on) == (S.performing, None)


def test_an_archived_contract_stands(session):
    office = make_office()
    contract = make_contract(S.archived, office.zone)

    with pytest.raises(WrongState, match="archive"):
        correct(session, contract, "signed_on", date(2026, 8, 31), by=office.approver)
    with pytest.raises(NotFound):
        correct(session, contract, "no-such-day", date(2026, 8, 31), by=office.approver)


def test_the_page_previews_a_correction_before_it_saves_it(session, as_user):
    office = make_office()
    contract, line = accepted(session, office)
    due = clock(session, contract, "sme_payment_after_acceptance_30d", line.occurrence)
    was = due.due_on
    browser, address = as_user(office.colleague), f"/records/{contract.id}/entries/line-1-accepted_on"
    assert address in browser.get(f"/records/{contract.id}").text
    typed = {"to": "2026-10-15", "reason": WHY, "version": contract.version}

    preview = browser.post(address, data=typed)
    session.expire_all()
    assert (line.accepted_on, due.due_on) == (date(2026, 10, 12), was)
    assert "2026年11月11日" in preview.text
    assert "2026年11月14日" in preview.text

    saved = browser.post(address, data=typed | {"confirm": "yes"})
    session.expire_all()
    assert saved.status_code == 302
    assert (line.accepted_on, due.due_on) == (date(2026, 10, 15), date(2026, 11, 14))
    assert WHY in browser.get(f"/records/{contract.id}").text

    stale = browser.post(address, data=typed | {"to": "2026-10-16", "version": contract.version - 1})
    assert stale.status_code == 409


def test_the_page_refuses_at_the_field_and_keeps_what_was_typed(session, as_user):
    office = make_office()
    contract, line = accepted(session, office)
    browser, address = as_user(office.colleague), f"/records/{contract.id}/entries/line-1-accepted_on"

    page = browser.post(
        address, data={"to": "2026-10-01", "reason": WHY, "version": contract.version, "confirm": "yes"}
    )
    session.expire_all()

    assert page.status_code == 422
    assert "2026-10-08" in page.text
    assert WHY in page.text
    assert line.accepted_on == date(2026, 10, 12)
    assert as_user(office.finance).get(address).status_code == 403
