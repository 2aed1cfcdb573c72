"""A step that is entered is not offered again; what may happen several times says so here."""

from datetime import date

import pytest

from assets.kinds import TRANSFER
from assets.models import Route, TransferStatus
from contracts import payments, services
from contracts.kinds import CONTRACT
from core.auth import SYSTEM
from core.errors import InvalidInput
from deadlines.rules import Method
from procurement import services as procurement
from procurement.kinds import TENDER
from procurement.models import TenderStatus
from tests.factories.assets import make_asset_office, take_to
from tests.factories.contracts import make_office, perform, schedule
from tests.factories.procurement import make_tender
from tests.factories.vendors import make_qualification
from vendors import qualifications
from vendors.kinds import QUALIFICATION
from vendors.models import QualificationStatus

DAY = date(2026, 3, 2)
# rounds, clarifications, call-offs, objections of several people, and what adds one more of several
SEVERAL = {
    "add_asset",
    "amend",
    "appraise_again",
    "call_off",
    "clarify",
    "negotiate",
    "plan",
    "plan_date",
    "receive_challenge",
    "receive_complaint",
    "record_date",
    "schedule",
}


def offered(session, kind, record):
    return {step.name for step in kind.workflow.available(session, record, SYSTEM)}


def taken(session, kind, record):
    """Return the steps that the entered days of a record belong to."""
    return {entry.transition for entry in kind.entries(session, record)}


@pytest.mark.parametrize("route", list(Route))
@pytest.mark.parametrize("status", [TransferStatus.approved, TransferStatus.registered])
def test_no_step_of_a_transfer_is_offered_twice(session, route, status):
    transfer = take_to(status, make_asset_office(), route)

    again = offered(session, TRANSFER, transfer) & taken(session, TRANSFER, transfer)
    assert again - SEVERAL == set()


def test_no_step_of_a_contract_is_offered_twice(session):
    office = make_office()
    contract = perform(office)
    schedule(office, contract)
    payments.deliver(session, contract, by=office.officer, on=date(2026, 9, 10))
    payments.accept(session, contract, by=office.colleague, on=date(2026, 9, 11))
    payments.request_payment(session, contract, by=office.officer, on=date(2026, 9, 12))
    payments.approve_payment(session, contract, by=office.finance, on=date(2026, 9, 13))
    services.publish(session, contract, by=office.officer, on=date(2026, 9, 2))

    again = offered(session, CONTRACT, contract) & taken(session, CONTRACT, contract)
    assert again - SEVERAL == set()


NOTICE = {"notice_on": DAY, "documents_on": DAY, "deadline_on": date(2026, 4, 1)}


@pytest.mark.parametrize("method", list(Method))
def test_no_step_of_a_tender_is_offered_twice(session, method):
    tender = make_tender(method=method, status=TenderStatus.evaluated)
    if "receive_report" in offered(session, TENDER, tender):
        procurement.receive_report(session, tender, by=SYSTEM, on=DAY)

    assert "receive_report" not in offered(session, TENDER, tender)
    published = make_tender(method=method, status=TenderStatus.documents_reviewed)
    if "publish_notice" in offered(session, TENDER, published):
        procurement.advance(session, published, "publish_notice", by=SYSTEM, **NOTICE)
    again = offered(session, TENDER, published) & taken(session, TENDER, published)
    assert again - SEVERAL == set()


def test_a_tender_that_failed_names_its_successor_once(session):
    tender = make_tender(status=TenderStatus.failed)
    assert "name_successor" in offered(session, TENDER, tender)

    procurement.name_successor(session, tender, by=SYSTEM, successor=make_tender())

    assert "name_successor" not in offered(session, TENDER, tender)


def test_a_date_beside_the_stages_is_not_moved_by_recording_it_again(session):
    tender = make_tender(status=TenderStatus.evaluated)
    event = "loser_bid_bond_refunded"
    procurement.record_date(session, tender, by=SYSTEM, event=event, on=DAY)

    with pytest.raises(InvalidInput, match="entered already"):
        procurement.record_date(session, tender, by=SYSTEM, event=event, on=date(2026, 3, 3))
    procurement.record_date(session, tender, by=SYSTEM, event=event, on=date(2026, 3, 3), reference="乙公司")


def test_a_renewal_is_applied_for_once(session):
    held = make_qualification(status=QualificationStatus.verified)
    assert "apply_for_renewal" in offered(session, QUALIFICATION, held)

    qualifications.apply_for_renewal(session, held, by=SYSTEM, on=DAY)

    assert "apply_for_renewal" not in offered(session, QUALIFICATION, held)
