"""Tenders on the shared screens."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select

from core.auth import SYSTEM
from core.permissions import RoleName
from deadlines.rules import Method
from deadlines.services import announce
from procurement.models import Tender, TenderStatus
from tests.factories import make_organization, make_user
from tests.factories.procurement import make_tender

S = TenderStatus
NOTICE = {"notice_on": "2026-03-02", "documents_on": "2026-03-02"}


@pytest.fixture
def office(session):
    """A department of a zone."""
    return make_organization(make_organization())


@pytest.fixture
def officer(office, as_user, session):
    """A browser in which an officer is signed in."""
    user = make_user(organization=office, locale="en")
    session.commit()
    return as_user(user)


def test_a_need_is_raised_in_the_officers_department(officer, office, session):
    typed = {
        "title": "示例：环境监测",
        "method": "public_tender",
        "category": "environment",
        "budget": "800,000",
    }

    answer = officer.post("/records/new/tender", data=typed)

    tender = session.scalars(select(Tender)).one()
    assert answer.headers["Location"].endswith(f"/records/{tender.id}")
    assert (tender.organization_id, tender.budget) == (office.id, Decimal(800000))
    assert tender.title in officer.get(f"/records/{tender.id}").text


def test_an_unlawful_deadline_is_refused_with_its_article_and_a_lawful_one_opens_clocks(
    officer, office, session
):
    tender = make_tender(office, status=S.documents_reviewed)
    session.commit()
    page = f"/records/{tender.id}/act/publish_notice"

    refused = officer.post(page, data=NOTICE | {"deadline_on": "2026-03-20"})
    assert refused.status_code == 422
    assert "第三十五条" in refused.text
    assert "2026-03-23" in refused.text
    assert "2026-03-20" in refused.text

    assert officer.post(page, data=NOTICE | {"deadline_on": "2026-03-24"}).status_code == 302
    session.expire_all()
    assert tender.status is S.notice_published
    assert "第三十五条" in officer.get(f"/records/{tender.id}").text


@pytest.mark.parametrize("status", list(S), ids=str)
@pytest.mark.parametrize("method", [Method.public_tender, Method.framework_agreement], ids=str)
def test_a_tender_has_a_page_at_every_stage(officer, office, session, status, method):
    tender = make_tender(office, status=status, method=method)
    session.commit()

    page = officer.get(f"/records/{tender.id}")

    assert page.status_code == 200
    assert tender.number in page.text


def test_every_step_has_a_form(as_user, office, session):
    tender = make_tender(office, status=S.evaluated, open_challenges=1, open_complaints=1)
    people = [as_user(make_user(role, organization=office)) for role in (RoleName.officer, RoleName.approver)]
    session.commit()

    shown = {
        step
        for step in (
            "confirm_result",
            "receive_report",
            "fail",
            "void",
            "plan_date",
            "record_date",
            "suspend",
        )
        for person in people
        if person.get(f"/records/{tender.id}/act/{step}").status_code == 200
    }

    assert shown == {
        "confirm_result",
        "receive_report",
        "fail",
        "void",
        "plan_date",
        "record_date",
        "suspend",
    }


@pytest.mark.parametrize("asked", ["", "?sort=budget", "?sort=title", "?sort=status&desc=1"])
def test_the_register_lists_tenders(officer, office, session, asked):
    tender = make_tender(office)
    session.commit()

    page = officer.get(f"/admin/tender/{asked}")

    assert page.status_code == 200
    assert tender.number in page.text


def test_an_event_beside_the_stages_is_entered_from_its_deadline(officer, office, session):
    tender = make_tender(office, status=S.result_published)
    announce(session, tender, "award_letter_issued", on=date(2026, 3, 2), by=SYSTEM)
    session.commit()

    page = officer.get(f"/records/{tender.id}").text
    href = f"/records/{tender.id}/act/record_date?event=loser_bid_bond_refunded"
    assert f'href="{href}"' in page

    form = officer.get(href).text
    assert '<option selected value="loser_bid_bond_refunded">' in form
    for elsewhere in ("challenge_received", "complaint_received", "calloff_supplier_confirmed"):
        assert f'value="{elsewhere}"' not in form
