"""A tender's agent and winner: nobody to whom those who decide are tied, nobody barred."""

from datetime import date

import pytest

from core.auth import SYSTEM
from procurement import services
from procurement.models import TenderStatus
from tests.factories import make_organization, make_user
from tests.factories.procurement import make_tender
from tests.factories.vendors import make_vendor
from vendors import conflicts, sanctions
from vendors.models import VendorStatus

MONDAY = date(2026, 3, 2)
S = TenderStatus


@pytest.fixture
def zone(session):
    return make_organization()


def test_an_officer_tied_to_an_agency_does_not_engage_it(session, zone):
    officer, other = make_user(organization=zone), make_user(organization=zone)
    agency = make_vendor(zone, legal_representative="示例甲")
    conflicts.declare(session, by=officer, on=MONDAY, kind="kinship", name="示例甲")
    tender = make_tender(zone, S.plan_filed)

    with pytest.raises(conflicts.Conflict, match=officer.name):
        services.engage_agent(session, tender, by=officer, on=MONDAY, agent=agency)
    services.engage_agent(session, tender, by=other, on=MONDAY, agent=agency)

    assert tender.agent is agency


def test_the_owner_of_a_tender_may_not_be_tied_to_its_winner_whoever_confirms(session, zone):
    owner = make_user(organization=zone)
    winner = make_vendor(zone)
    conflicts.declare(session, by=owner, on=MONDAY, kind="shareholder", code=winner.credit_code)
    tender = make_tender(zone, S.evaluated, owner=owner)

    with pytest.raises(conflicts.Conflict, match="unified social credit code"):
        services.confirm_result(
            session, tender, by=SYSTEM, on=MONDAY, winner=winner, award_amount=tender.budget
        )


@pytest.mark.parametrize(
    ("purpose", "on", "is_refused"),
    [
        ("award", MONDAY, False),
        ("award", date(2026, 3, 31), False),
        ("award", date(2026, 4, 1), True),
        ("invite", MONDAY, True),
    ],
)
def test_a_debarred_vendor_wins_only_by_an_exception_for_awards(session, zone, purpose, on, is_refused):
    winner = make_vendor(zone, VendorStatus.debarred)
    decision = {"authority": "示例管委会", "document_number": "示例〔2026〕1号", "reason": "示例：应急"}
    until = date(2026, 3, 31)
    sanctions.grant(session, winner, by=SYSTEM, on=MONDAY, purpose=purpose, until=until, **decision)
    tender = make_tender(zone, S.evaluated)
    award = {"by": SYSTEM, "on": on, "winner": winner, "award_amount": tender.budget}

    if is_refused:
        with pytest.raises(sanctions.Barred, match="be awarded"):
            services.confirm_result(session, tender, **award)
    else:
        services.confirm_result(session, tender, **award)
        assert tender.winner is winner
