"""The lawful steps of a transfer, written by hand beside the table that the program reads."""

from typing import Any

import pytest

from assets.models import Asset, AssetTransfer, Route, TransferStatus
from assets.workflow import WORKFLOW
from core.auth import SYSTEM
from core.errors import WrongState
from core.permissions import P
from core.records import ReviewStatus
from tests.factories.assets import make_transfer

S = TransferStatus
FREE, CAPITAL, SALE = Route.free_transfer, Route.capital_contribution, Route.sale

BEFORE = {S.decided, S.audited, S.appraised, S.appraisal_filed, S.approved}
AFTER = {S.agreement_signed, S.taxes_declared, S.registered, S.booked}

# step -> a route that has it, from which states, to which state (None: it stays), with which permission
LAWFUL: dict[str, tuple[Route, set[S], S | None, P]] = {
    "finish_audit": (SALE, {S.decided}, S.audited, P.asset_edit),
    "appraise": (SALE, {S.audited}, S.appraised, P.asset_edit),
    "appraise_again": (SALE, {S.appraised, S.appraisal_filed, S.approved}, S.appraised, P.asset_edit),
    "apply_for_filing": (SALE, {S.appraised}, None, P.asset_edit),
    "file_appraisal": (SALE, {S.appraised}, S.appraisal_filed, P.asset_edit),
    "approve": (SALE, {S.appraisal_filed}, S.approved, P.asset_approve),
    "approve_land": (SALE, BEFORE, None, P.asset_approve),
    "publish_notice": (SALE, {S.approved}, None, P.asset_edit),
    "end_notice": (SALE, {S.approved}, None, P.asset_edit),
    "consent_to_price": (SALE, {S.approved}, None, P.asset_approve),
    "sign_agreement": (SALE, {S.approved}, S.agreement_signed, P.asset_edit),
    "pay_price": (SALE, AFTER, None, P.asset_edit),
    "declare_deed_tax": (SALE, {S.agreement_signed}, S.taxes_declared, P.asset_edit),
    "declare_land_vat": (SALE, {S.agreement_signed, S.taxes_declared}, None, P.asset_edit),
    "declare_stamp_duty": (SALE, AFTER, None, P.asset_edit),
    "apply_for_registration": (SALE, {S.taxes_declared}, None, P.asset_edit),
    "register": (SALE, {S.taxes_declared}, S.registered, P.asset_edit),
    "register_company_change": (CAPITAL, AFTER, None, P.asset_edit),
    "register_property_rights": (SALE, {S.registered, S.booked}, None, P.asset_edit),
    "book": (SALE, {S.registered}, S.booked, P.asset_edit),
    "close": (SALE, {S.booked}, S.closed, P.asset_edit),
    "add_asset": (SALE, {S.decided, S.audited}, None, P.asset_edit),
    "file_completion": (SALE, BEFORE, None, P.asset_edit),
    "complete_accounts": (SALE, BEFORE, None, P.asset_edit),
    "plan": (SALE, BEFORE | AFTER, None, P.asset_edit),
    "abandon": (SALE, BEFORE | {S.agreement_signed, S.taxes_declared}, S.abandoned, P.asset_edit),
}

# what a step needs of the record besides its state
ASKED: dict[str, dict[str, Any]] = {
    "file_appraisal": {"appraisal_applied_on": "known"},
    "approve": {"review": ReviewStatus.approved},
    "approve_land": {"is_land_allocated": True},
    "end_notice": {"notice_published_on": "known"},
    "register": {"registration_applied_on": "known"},
    "complete_accounts": {"assets": [Asset()]},
    "file_completion": {"assets": [Asset(completion_accepted_on="known")]},
}


def ready_for(step: str, status: TransferStatus, route: Route) -> AssetTransfer:
    """A transfer in a state, with everything else that a step asks for."""
    return AssetTransfer(status=status, route=route, **ASKED.get(step, {}))


@pytest.mark.parametrize("status", list(S))
@pytest.mark.parametrize("step", sorted(LAWFUL))
def test_a_step_is_open_from_its_lawful_states_only(step, status):
    route, sources, target, needs = LAWFUL[step]
    transfer = ready_for(step, status, route)

    if status in sources:
        transition = WORKFLOW.check(None, step, transfer, by=SYSTEM)
        assert (transition.target, transition.needs) == (target, needs)
    else:
        with pytest.raises(WrongState):
            WORKFLOW.check(None, step, transfer, by=SYSTEM)


def test_no_step_is_missing_from_the_lawful_set():
    assert {transition.name for transition in WORKFLOW} == set(LAWFUL)


@pytest.mark.parametrize(
    ("step", "status", "route", "is_open"),
    [
        ("approve", S.audited, FREE, True),
        ("approve", S.audited, CAPITAL, False),
        ("approve", S.audited, SALE, False),
        ("approve", S.appraisal_filed, FREE, True),
        ("approve", S.appraisal_filed, CAPITAL, True),
        ("publish_notice", S.approved, FREE, False),
        ("publish_notice", S.approved, CAPITAL, False),
        ("consent_to_price", S.approved, CAPITAL, False),
        ("pay_price", S.registered, FREE, False),
        ("pay_price", S.registered, CAPITAL, False),
        ("declare_land_vat", S.agreement_signed, FREE, False),
        ("declare_land_vat", S.agreement_signed, CAPITAL, True),
        ("register_company_change", S.agreement_signed, FREE, False),
        ("register_company_change", S.agreement_signed, SALE, False),
    ],
)
def test_a_step_exists_on_its_routes_only(step, status, route, is_open):
    transfer = ready_for(step, status, route)

    if is_open:
        WORKFLOW.check(None, step, transfer, by=SYSTEM)
    else:
        with pytest.raises(WrongState):
            WORKFLOW.check(None, step, transfer, by=SYSTEM)


@pytest.mark.parametrize("route", list(Route))
@pytest.mark.parametrize("status", list(S))
def test_every_state_is_held_by_a_row_with_its_facts(session, status, route):
    transfer = make_transfer(status, route)
    session.commit()

    assert transfer.status is status
