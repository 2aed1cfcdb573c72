"""The lawful steps of a contract, written by hand beside the table that the program reads."""

from typing import Any

import pytest

from contracts.models import Amendment, Basis, Contract, ContractStatus, PaymentLine
from contracts.workflow import WORKFLOW
from core.auth import SYSTEM
from core.errors import Forbidden, WrongState
from core.permissions import P
from core.records import ReviewStatus
from tests.factories.contracts import make_contract, make_office

S = ContractStatus

# step -> from which states, to which state (None: it stays), with which permission
LAWFUL: dict[str, tuple[set[S], S | None, P]] = {
    "clear_finance": ({S.drafted}, None, P.contract_review),
    "clear_legal": ({S.drafted}, None, P.contract_review),
    "sign": ({S.drafted}, S.signed, P.contract_sign),
    "withdraw": ({S.drafted}, S.withdrawn, P.contract_edit),
    "publish": (
        {S.signed, S.filed, S.performing, S.suspended, S.completed, S.terminated},
        None,
        P.contract_edit,
    ),
    "file": (
        {S.signed, S.filed, S.performing, S.suspended, S.completed, S.terminated},
        None,
        P.contract_edit,
    ),
    "settle_disclosure": ({S.signed}, S.filed, P.contract_edit),
    "begin": ({S.signed, S.filed}, S.performing, P.contract_edit),
    "deliver": ({S.performing}, None, P.contract_edit),
    "accept": ({S.performing, S.suspended, S.terminated}, None, P.contract_edit),
    "settle": ({S.performing, S.suspended, S.terminated}, None, P.contract_edit),
    "enter_invoice": ({S.performing, S.suspended, S.terminated}, None, P.contract_edit),
    "request_payment": ({S.performing, S.suspended, S.terminated}, None, P.contract_edit),
    "approve_payment": ({S.performing, S.suspended, S.terminated}, None, P.contract_review),
    "return_payment": ({S.performing, S.suspended, S.terminated}, None, P.contract_review),
    "pay": ({S.performing, S.suspended, S.terminated}, None, P.contract_review),
    "publish_change": (
        {S.signed, S.filed, S.performing, S.suspended, S.completed, S.terminated},
        None,
        P.contract_edit,
    ),
    "schedule": ({S.drafted, S.signed, S.filed, S.performing, S.suspended}, None, P.contract_edit),
    "unschedule": ({S.drafted, S.signed, S.filed, S.performing, S.suspended}, None, P.contract_edit),
    "amend": ({S.signed, S.filed, S.performing, S.suspended}, None, P.contract_sign),
    "suspend": ({S.performing}, S.suspended, P.contract_approve),
    "resume": ({S.suspended}, S.performing, P.contract_approve),
    "complete": ({S.performing}, S.completed, P.contract_edit),
    "terminate": ({S.signed, S.filed, S.performing, S.suspended}, S.terminated, P.contract_approve),
    "evaluate": ({S.completed, S.terminated}, S.evaluated, P.contract_edit),
    "archive": ({S.evaluated}, S.archived, P.contract_edit),
}

# what a step needs of the record besides its state
ASKED: dict[str, dict[str, Any]] = {
    "clear_finance": {"review": ReviewStatus.submitted},
    "clear_legal": {"review": ReviewStatus.submitted},
    "sign": {"review": ReviewStatus.approved},
    "settle_disclosure": {"published_on": "known", "filed_on": "known"},
    "accept": {"delivered_on": "known"},
    "settle": {"basis": Basis.settled},
    "request_payment": {"accepted_on": "known"},
    "approve_payment": {"requested_on": "known"},
    "return_payment": {"requested_on": "known"},
    "pay": {"approved_on": "known"},
    "complete": {"paid_on": "known"},
}


def ready_for(step: str, status: ContractStatus) -> Contract:
    """A contract in a state, with everything else that a step asks for."""
    contract = Contract(status=status, is_government_procurement=True, review=ReviewStatus.draft)
    line = PaymentLine(basis=Basis.accepted)
    contract.lines.append(line)
    contract.amendments.append(Amendment())
    for name, value in ASKED.get(step, {}).items():
        setattr(contract if hasattr(contract, name) else line, name, value)
    return contract


@pytest.mark.parametrize("status", list(S))
@pytest.mark.parametrize("step", sorted(LAWFUL))
def test_a_step_is_open_from_its_lawful_states_only(step, status):
    sources, target, needs = LAWFUL[step]
    contract = ready_for(step, status)

    if status in sources:
        transition = WORKFLOW.check(None, step, contract, by=SYSTEM)
        assert (transition.target, transition.needs) == (target, needs)
    else:
        with pytest.raises(WrongState):
            WORKFLOW.check(None, step, contract, by=SYSTEM)


def test_no_step_is_missing_from_the_lawful_set():
    assert {transition.name for transition in WORKFLOW} == set(LAWFUL)


@pytest.mark.parametrize(
    ("step", "status", "given"),
    [
        ("publish", S.signed, {"is_government_procurement": False}),
        ("file", S.signed, {"is_government_procurement": False}),
        ("publish", S.signed, {"published_on": "known"}),
        ("settle_disclosure", S.signed, {"filed_on": None}),
        ("clear_legal", S.drafted, {"review": ReviewStatus.draft}),
        ("sign", S.drafted, {"review": ReviewStatus.submitted}),
        ("schedule", S.drafted, {"review": ReviewStatus.approved}),
        ("deliver", S.performing, {"lines": []}),
        ("publish_change", S.performing, {"amendments": []}),
        ("complete", S.performing, {"lines": [PaymentLine(basis=Basis.invoiced)]}),
    ],
)
def test_a_step_does_not_exist_for_a_record_that_has_no_use_for_it(step, status, given):
    contract = ready_for(step, status)
    for name, value in given.items():
        setattr(contract, name, value)

    with pytest.raises(WrongState):
        WORKFLOW.check(None, step, contract, by=SYSTEM)


@pytest.mark.parametrize("status", list(S))
def test_every_state_is_held_by_a_row_with_its_facts(session, status):
    contract = make_contract(status)
    session.commit()

    assert contract.status is status


@pytest.mark.parametrize(
    ("role", "step"),
    [("officer", "sign"), ("finance", "sign"), ("approver", "withdraw"), ("officer", "terminate")],
)
def test_a_role_without_the_permission_is_refused(session, role, step):
    office = make_office()
    contract = ready_for(step, next(iter(LAWFUL[step][0])))

    with pytest.raises(Forbidden):
        WORKFLOW.check(session, step, contract, by=getattr(office, role))
