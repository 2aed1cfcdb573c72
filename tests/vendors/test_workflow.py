"""Every state by every step, for vendors and qualifications: the lawful ones are written out here by hand."""

from datetime import date
from itertools import product

import pytest

from core.auth import SYSTEM
from core.errors import Forbidden, WrongState
from core.permissions import RoleName
from tests.factories import make_user
from tests.factories.people import make_id_number
from tests.factories.vendors import make_qualification, make_vendor
from vendors import qualifications, services
from vendors.kinds import QUALIFICATION, VENDOR
from vendors.models import QualificationStatus, VendorStatus

V, Q = VendorStatus, QualificationStatus
DAY, LONG_AFTER = date(2026, 3, 2), date(2031, 1, 6)

VENDOR_STEPS = (
    {
        (V.registered, "submit"): V.under_review,
        (V.returned, "submit"): V.under_review,
        (V.under_review, "admit"): V.admitted,
        (V.under_review, "send_back"): V.returned,
        (V.admitted, "suspend"): V.suspended,
        (V.suspended, "reinstate"): V.admitted,
        (V.registered, "remove"): V.removed,
        (V.returned, "remove"): V.removed,
        (V.admitted, "remove"): V.removed,
        (V.suspended, "remove"): V.removed,
        (V.registered, "debar"): V.debarred,
        (V.under_review, "debar"): V.debarred,
        (V.returned, "debar"): V.debarred,
        (V.admitted, "debar"): V.debarred,
        (V.suspended, "debar"): V.debarred,
        (V.removed, "debar"): V.debarred,
        (V.removed, "reapply"): V.under_review,
        (V.debarred, "reapply"): V.under_review,
    }
    | {
        (state, step): state
        for state in (V.registered, V.under_review, V.returned, V.admitted, V.suspended)
        for step in (
            "add_contact",
            "remove_contact",
            "offer_service",
            "propose_account",
            "add_agent",
            "declare_size",
            "add_person",
            "note_premises",
        )
    }
    | {(state, "grant_exception"): state for state in (V.suspended, V.removed, V.debarred)}
)
# clearing a tie asks for one that somebody has declared
OF_A_VENDOR = [step.name for step in VENDOR.workflow if step.name != "clear_tie"]

QUALIFICATION_STEPS = {
    (Q.submitted, "verify"): Q.verified,
    (Q.submitted, "reject"): Q.rejected,
    (Q.rejected, "resubmit"): Q.submitted,
    (Q.verified, "apply_for_renewal"): Q.verified,
    (Q.verified, "lapse"): Q.lapsed,
    (Q.verified, "renew"): Q.renewed,
    (Q.lapsed, "renew"): Q.renewed,
    (Q.submitted, "withdraw"): Q.withdrawn,
    (Q.verified, "withdraw"): Q.withdrawn,
    (Q.lapsed, "withdraw"): Q.withdrawn,
}


def answers(kind, step, record):
    """Return something lawful for each thing that a step asks for."""
    given = {
        "on": LONG_AFTER,
        "until": date(2031, 7, 6),
        "reason": "示例原因",
        "source": "示例核验来源",
        "name": "示例联系人" if step == "remove_contact" else "另一联系人",
        "phone": "0796-1111111",
        "successor": None,
        "category": "testing",
        "holder": "示例供应商",
        "bank": "示例银行",
        "number": "6222021234567890",
        "letter": "示例授权书",
        "starts_on": LONG_AFTER,
        "ends_on": LONG_AFTER,
        "agent": 1,
        "size": "small",
        "figures_year": 2030,
        "document": "示例声明函",
        "id_number": make_id_number(),
        "credential": "special_operation",
        "certificate_number": "示例证",
        "person": 1,
        "address": "示例路 1 号",
        "area": 200,
        "evidence": "示例租约",
        "purpose": "contract",
        "authority": "示例管委会",
        "document_number": "示例〔2031〕1号",
    }
    if step == "renew":
        given["successor"] = make_qualification(record.vendor, Q.verified)
    return {item.name: given[item.name] for item in kind.action(step).inputs if item.name in given}


@pytest.mark.parametrize(("state", "step"), list(product(V, OF_A_VENDOR)))
def test_a_vendor_moves_as_the_table_says_and_not_otherwise(session, state, step):
    vendor = make_vendor(status=state)
    service = VENDOR.action(step).service

    if (state, step) in VENDOR_STEPS:
        service(session, vendor, by=SYSTEM, **answers(VENDOR, step, vendor))
        session.commit()
        assert vendor.status is VENDOR_STEPS[state, step]
    else:
        with pytest.raises(WrongState):
            service(session, vendor, by=SYSTEM, **answers(VENDOR, step, vendor))
        assert vendor.status is state


@pytest.mark.parametrize(("state", "step"), list(product(Q, [t.name for t in QUALIFICATION.workflow])))
def test_a_qualification_moves_as_the_table_says_and_not_otherwise(session, state, step):
    held = make_qualification(status=state)
    service = QUALIFICATION.action(step).service

    if (state, step) in QUALIFICATION_STEPS:
        service(session, held, by=SYSTEM, **answers(QUALIFICATION, step, held))
        session.commit()
        assert held.status is QUALIFICATION_STEPS[state, step]
    else:
        with pytest.raises(WrongState):
            service(session, held, by=SYSTEM, **answers(QUALIFICATION, step, held))
        assert held.status is state


@pytest.mark.parametrize("kind", [VENDOR, QUALIFICATION], ids=lambda kind: kind.name)
def test_every_step_has_an_action_behind_it(kind):
    assert {step.name for step in kind.workflow} == {action.transition for action in kind.actions}


def test_who_submits_a_vendor_does_not_admit_it(session):
    librarian, other = make_user(RoleName.librarian), make_user(RoleName.librarian)
    vendor = make_vendor(status=V.registered)
    services.submit(session, vendor, by=librarian)

    with pytest.raises(Forbidden, match="Submit for review"):
        services.admit(session, vendor, by=librarian, on=DAY)
    services.admit(session, vendor, by=other, on=DAY)

    assert vendor.status is V.admitted


def test_who_suspends_a_vendor_does_not_lift_the_suspension(session):
    librarian, approver = make_user(RoleName.librarian), make_user(RoleName.approver)
    vendor = make_vendor(status=V.admitted)
    services.suspend(session, vendor, by=librarian, on=DAY, until=date(2026, 9, 1), reason="示例")

    with pytest.raises(Forbidden):
        services.reinstate(session, vendor, by=librarian, reason="示例")
    services.reinstate(session, vendor, by=approver, reason="示例")

    assert vendor.suspended_until is None


def test_who_hands_in_a_certificate_does_not_verify_it(session):
    librarian, other = make_user(RoleName.librarian), make_user(RoleName.librarian)
    held = qualifications.submit(
        session,
        by=librarian,
        on=DAY,
        vendor=make_vendor(),
        category="testing",
        certificate="cma",
        certificate_number="示例 241201060000",
        issued_on=date(2024, 5, 20),
        expires_on=date(2030, 5, 19),
    )

    with pytest.raises(Forbidden):
        qualifications.verify(session, held, by=librarian, on=DAY, source="示例核验来源")
    qualifications.verify(session, held, by=other, on=DAY, source="示例核验来源")

    assert held.verified_by_id == other.id


@pytest.mark.parametrize("step", ["admit", "send_back", "suspend", "remove", "debar"])
def test_an_officer_decides_nothing_about_a_vendor(session, step):
    state = V.under_review if step in {"admit", "send_back"} else V.admitted
    vendor = make_vendor(status=state)

    with pytest.raises(Forbidden):
        VENDOR.action(step).service(session, vendor, by=make_user(), **answers(VENDOR, step, vendor))
