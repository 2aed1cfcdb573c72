"""What the demonstration vendor has in hand, so that each part of its portal shows something."""

from decimal import Decimal
from typing import Any

from contracts import payments
from contracts import services as contracts
from core.auth import SYSTEM
from demo.agencies import request, set_up_library, take_in
from demo.cases import sign_contract
from demo.office import Office
from vendors import commission_requests, commission_services, memberships
from vendors.commissions import Commission
from vendors.libraries import Library

OWN = "testing"
CHOSEN = "企业自主选择（示例）"


def lay_work_in_hand(office: Office, research: Library) -> None:
    """Give the vendor a library place, one in publicity, commissions at each turn, and two contracts."""
    library = set_up_library(office, "testing", "检测服务中介库")
    for key in ("shengfeng", OWN):
        take_in(office, library, key)
    _apply(office, research)
    _commissions(office, library)
    _contracts(office)


def _apply(office: Office, library: Library) -> None:
    session, days, keeper = office.session, office.days, office.people["librarian"]
    place = memberships.apply_for(
        session, by=office.officer, on=days.back(8), vendor=office.vendors[OWN], library=library
    )
    memberships.review(session, place, by=keeper, on=days.back(3), finding="材料齐全（示例）")
    memberships.publicise(session, place, by=keeper, on=days.back(2))


def _commissions(office: Office, library: Library) -> None:
    """Leave one case that waits for the vendor's answer, one at work and one waiting for the enterprise."""
    _given(office, library, 1, ago=0)
    _begun(office, library, 3, ago=6)
    waiting = _begun(office, library, 4, ago=9)
    commission_services.pause(
        office.session,
        waiting,
        by=office.officer,
        on=office.days.back(3),
        cause="owner",
        note="等待企业停产检修后采样（示例）",
    )


def _given(office: Office, library: Library, serial: int, *, ago: int) -> Commission:
    on = office.days.back(ago)
    commission = request(office, library, serial, "test_report", on)
    commission_requests.assign(office.session, commission, office.vendors[OWN], by=SYSTEM, on=on, note=CHOSEN)
    return commission


def _begun(office: Office, library: Library, serial: int, *, ago: int) -> Commission:
    commission = _given(office, library, serial, ago=ago)
    step: dict[str, Any] = {"by": office.officer, "on": office.days.back(ago)}
    commission_services.accept(office.session, commission, fee=Decimal(9800), **step)
    commission_services.begin(office.session, commission, **step)
    return commission


def _contracts(office: Office) -> None:
    """Leave one contract with a payment made and one on its way, and one just signed."""
    session, days, officer = office.session, office.days, office.officer
    finance, colleague = office.people["finance"], office.people["colleague"]
    running = sign_contract(
        office, "园区地下水与土壤监测服务合同", OWN, "environment", "268000", days.plain(-130)
    )
    contracts.publish(session, running, by=officer, on=days.plain(-129))
    contracts.file(session, running, by=officer, on=days.plain(-125))
    contracts.begin(session, running, by=officer, on=days.plain(-124))
    for line, since in ((1, 90), (2, 20)):
        payments.deliver(session, running, by=officer, on=days.plain(-since), line=line)
        payments.accept(session, running, by=colleague, on=days.plain(4 - since), line=line)
        payments.enter_invoice(session, running, by=officer, on=days.plain(6 - since), line=line)
        payments.request_payment(session, running, by=officer, on=days.plain(8 - since), line=line)
    payments.approve_payment(session, running, by=finance, on=days.plain(-80), line=1)
    payments.pay(session, running, by=finance, on=days.plain(-78), line=1)
    sign_contract(office, "消防水池水质检测合同", OWN, "testing", "36000", days.back(1))
