"""Asset transfers on the screen: the register, the page of each state and route, a refusal at its field."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select

from assets.kinds import ACTIONS, TRANSFER
from assets.models import AssetTransfer, Route, Stage, StagePlan, TransferStatus
from assets.workflow import WORKFLOW
from core.permissions import RoleName
from tests.factories import make_user
from tests.factories.assets import make_asset, make_asset_office, make_transfer, open_case, take_to

S = TransferStatus


@pytest.mark.parametrize("route", list(Route))
@pytest.mark.parametrize("status", list(S))
def test_the_page_of_every_state_opens(session, as_user, status, route):
    transfer = make_transfer(status, route)
    transfer.assets.append(make_asset(name="5号标准厂房", final_accounts_on=None))
    transfer.plans.append(StagePlan(stage=Stage.registration, planned_on=date(2027, 6, 1)))
    desk = make_user(RoleName.asset_desk, organization=transfer.organization)
    session.commit()

    page = as_user(desk).get(f"/records/{transfer.id}")

    assert page.status_code == 200
    assert "5号标准厂房" in page.text


@pytest.mark.parametrize("sort", ["number", "title", "book_value", "decided_on", "appraisal_expires_on"])
def test_the_register_sorts_along_its_indexes(session, as_user, sort):
    office = make_asset_office()
    transfer = take_to(S.appraised, office, Route.sale)
    session.commit()

    page = as_user(office.desk).get(f"/admin/transfer/?sort={sort}")

    assert page.status_code == 200
    assert transfer.number in page.text


def test_a_case_is_opened_in_the_form(session, as_user):
    office = make_asset_office()
    session.commit()
    form = {
        "title": "二期标准厂房（示例）",
        "route": "capital_contribution",
        "from_name": "经开区管委会",
        "to_name": "县工投",
        "decided_on": "2026-11-02",
        "appraisal_procedure": "approval",
    }

    answer = as_user(office.desk).post("/records/new/transfer", data=form)

    assert answer.status_code == 302
    transfer = session.scalars(select(AssetTransfer).where(AssetTransfer.title == form["title"])).one()
    assert (transfer.route, transfer.status) == (Route.capital_contribution, S.decided)
    assert transfer.decided_on == date(2026, 11, 2)


def test_a_lapsed_appraisal_is_refused_at_the_day(session, as_user):
    office = make_asset_office()
    transfer = take_to(S.approved, office, Route.capital_contribution)
    session.commit()
    form = {"on": "2027-04-01", "price": "20000000.00"}

    answer = as_user(office.desk).post(f"/records/{transfer.id}/act/sign_agreement", data=form)
    session.expire_all()

    assert answer.status_code == 422
    assert transfer.status is S.approved


def test_every_step_that_a_person_takes_has_its_form():
    assert {action.transition for action in ACTIONS} == {transition.name for transition in WORKFLOW}
    assert TRANSFER.amount(AssetTransfer(net_value=Decimal("5.00"))) == Decimal("5.00")


def test_a_completion_is_filed_even_after_the_final_accounts(session, as_user):
    office = make_asset_office()
    transfer = open_case(office, Route.sale)
    transfer.assets.append(
        make_asset(completion_accepted_on=date(2026, 1, 5), final_accounts_on=date(2026, 2, 5))
    )
    session.commit()

    page = as_user(office.desk).get(f"/records/{transfer.id}").text

    assert f"/records/{transfer.id}/act/file_completion" in page
