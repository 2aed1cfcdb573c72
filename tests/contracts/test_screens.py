"""Contracts on the screen: the register, the page of each state, a draft, a refusal at its field."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select

from contracts import payments
from contracts.kinds import ACTIONS, CONTRACT
from contracts.models import Contract, ContractStatus
from contracts.workflow import WORKFLOW
from core import workflow
from core.permissions import P, RoleName
from tests.factories import make_user
from tests.factories.contracts import (
    SIGNED_ON,
    draft,
    make_amendment,
    make_contract,
    make_line,
    make_office,
    make_payee,
    perform,
    schedule,
)

S = ContractStatus


@pytest.mark.parametrize("status", list(S))
def test_the_page_of_every_state_opens(session, as_user, status):
    office = make_office()
    contract = make_contract(
        status, office.zone, starts_on=SIGNED_ON, ends_on=date(2027, 8, 31), seal_note="2号章，四份（示例）"
    )
    make_line(contract, planned_on=date(2026, 10, 15))
    make_amendment(contract)
    session.commit()

    page = as_user(office.officer).get(f"/records/{contract.id}")

    assert page.status_code == 200
    for shown in (contract.vendor_name, "壹拾万元整", "¥100,000.00", "2号章，四份（示例）", "1. 示例款"):
        assert shown in page.text


def test_an_irregularity_stands_on_the_page(session, as_user):
    office = make_office()
    contract = make_contract(S.performing, office.zone, starts_on=date(2026, 8, 1))
    session.commit()

    page = as_user(office.officer).get(f"/records/{contract.id}", headers={"Accept-Language": "en"})

    assert "先履行后签约" in page.text or "Signed after the work began" in page.text


@pytest.mark.parametrize("sort", ["number", "title", "vendor_name", "amount", "signed_on", "ends_on"])
def test_the_register_sorts_along_its_indexes(session, as_user, sort):
    office = make_office()
    contract = make_contract(S.signed, office.zone)
    session.commit()

    page = as_user(office.officer).get(f"/admin/contract/?sort={sort}")

    assert page.status_code == 200
    assert contract.vendor_name in page.text


def test_another_offices_contract_looks_like_none(session, as_user):
    contract, stranger = make_contract(), make_user()
    session.commit()
    client = as_user(stranger)

    foreign, missing = client.get(f"/records/{contract.id}"), client.get("/records/999999999")

    assert (foreign.status_code, missing.status_code) == (404, 404)


def test_a_contract_is_drafted_in_the_form(session, as_user):
    office = make_office()
    vendor = make_payee(office.zone)
    session.commit()
    form = {
        "title": "环卫保洁服务合同（示例）",
        "vendor": vendor.number,
        "amount": "1,234,567.00",
        "is_government_procurement": "y",
        "nature": "service",
        "category": "sanitation",
        "starts_on": "2027-01-01",
        "ends_on": "2027-12-31",
    }

    answer = as_user(office.officer).post("/records/new/contract", data=form)

    assert answer.status_code == 302
    contract = session.scalars(select(Contract).where(Contract.title == form["title"])).one()
    assert (contract.amount, contract.vendor_id) == (Decimal("1234567.00"), vendor.id)
    assert contract.is_government_procurement


def test_an_unlawful_supplement_is_refused_at_its_field(session, as_user):
    office = make_office()
    contract = perform(office)
    session.commit()
    form = {"on": "2026-09-08", "amount_delta": "10000.01", "reason": "示例"}

    answer = as_user(office.approver).post(f"/records/{contract.id}/act/amend", data=form)
    session.expire_all()

    assert answer.status_code == 422
    assert "10000.00" in answer.text
    assert contract.ceiling == Decimal("100000.00")


def test_every_step_that_a_person_takes_has_its_form():
    assert {action.transition for action in ACTIONS} == {transition.name for transition in WORKFLOW}
    assert CONTRACT.amount(Contract(ceiling=Decimal("5.00"))) == Decimal("5.00")


def test_a_deadline_on_the_page_leads_to_the_step_that_meets_it_with_its_instalment_chosen(session, as_user):
    office = make_office()
    contract = perform(office)
    schedule(office, contract, label="首期款", amount=Decimal("10.00"))
    line = schedule(office, contract, label="尾款", amount=Decimal("20.00"))
    payments.deliver(session, contract, by=office.officer, on=SIGNED_ON, line=line.position)
    payments.accept(session, contract, by=office.colleague, on=SIGNED_ON, line=line.position)
    session.commit()

    page = as_user(office.officer).get(f"/records/{contract.id}").text
    href = f"/records/{contract.id}/act/request_payment?line=2"
    assert f'href="{href}"' in page
    assert "第 2 期：尾款" in page
    assert "payment:" not in page

    form = as_user(office.officer).get(href).text
    assert '<option selected value="2">2. 尾款' in form
    assert "1. 首期款" not in form


@pytest.mark.parametrize(("line", "answer"), [(None, 422), ("3", 422), ("1", 302)])
def test_of_several_instalments_one_has_to_be_chosen(session, as_user, line, answer):
    office = make_office()
    contract = perform(office)
    for amount in ("10.00", "20.00"):
        schedule(office, contract, amount=Decimal(amount))
    session.commit()

    typed = {"on": SIGNED_ON.isoformat()} | ({"line": line} if line else {})
    sent = as_user(office.officer).post(f"/records/{contract.id}/act/deliver", data=typed)

    assert sent.status_code == answer


def test_the_schedule_stands_in_a_table_with_its_sum(session, as_user):
    office = make_office()
    contract = perform(office, amount=Decimal("100.00"))
    schedule(office, contract, label="首期款", amount=Decimal("60.00"))
    session.commit()

    page = as_user(office.officer).get(f"/records/{contract.id}").text

    assert "1. 首期款" in page
    assert "¥60.00" in page
    assert "尚有 ¥40.00 未列计划" in page


def test_what_waits_for_somebody_stands_on_their_work_list_and_on_nobody_elses(session, as_user):
    office = make_office()
    contract = draft(office, title="示例待审合同")
    workflow.review(session, contract, "submit", by=office.officer, needs=P.contract_edit)
    paying = perform(office, title="示例待付合同")
    owed = schedule(office, paying)
    payments.deliver(session, paying, by=office.officer, on=SIGNED_ON, line=owed.position)
    payments.accept(session, paying, by=office.colleague, on=SIGNED_ON, line=owed.position)
    payments.request_payment(session, paying, by=office.officer, on=SIGNED_ON)
    session.commit()

    def waiting(user):
        page = as_user(user).get("/").text
        shown = page.partition('id="waiting"')[2].partition("</section>")[0]
        return {title for title in (contract.title, paying.title) if title in shown}

    assert waiting(office.finance) == {contract.title, paying.title}
    assert waiting(office.approver) == {contract.title}
    assert waiting(office.officer) == set()
    assert waiting(make_user(RoleName.finance)) == set()


def test_whoever_accepted_is_told_that_somebody_else_has_to_go_on(session, as_user):
    office = make_office()
    contract = perform(office)
    line = schedule(office, contract)
    payments.deliver(session, contract, by=office.officer, on=SIGNED_ON, line=line.position)
    payments.accept(session, contract, by=office.colleague, on=SIGNED_ON, line=line.position)
    session.commit()
    told = "须由他人办理"

    assert told in as_user(office.colleague).get(f"/records/{contract.id}").text
    assert told not in as_user(office.officer).get(f"/records/{contract.id}").text
    assert told not in as_user(office.approver).get(f"/records/{contract.id}").text


def test_a_new_contract_is_one_of_government_procurement_unless_somebody_says_otherwise(session, as_user):
    office = make_office()
    session.commit()

    page = as_user(office.officer).get("/records/new/contract").text

    box = page[page.index('name="is_government_procurement"') - 200 :][:400]
    assert "checked" in box
