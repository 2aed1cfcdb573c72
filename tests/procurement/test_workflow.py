"""Every stage by every step for every method: the lawful routes are written out here by hand."""

import pytest

from core.auth import SYSTEM
from core.errors import Forbidden, WrongState
from core.permissions import Permission, RoleName
from core.records import ReviewStatus
from deadlines.rules import Method
from procurement.kinds import TENDER
from procurement.methods import ROUTES
from procurement.models import Tender, TenderStatus
from procurement.workflow import TENDER as WORKFLOW
from tests.factories import make_user
from tests.factories.procurement import make_tender

S, M = TenderStatus, Method

PREPARATION = """
need publish_intent
need file_plan
intent_published file_plan
plan_filed engage_agent
plan_filed draft_documents
agent_engaged draft_documents
documents_drafted review_documents
"""

RESULT = """
result_confirmed publish_result
result_published conclude
"""

TENDERING = f"""
{PREPARATION}
documents_reviewed publish_notice
notice_published clarify
notice_published close_bids
clarified clarify
clarified close_bids
bids_closed open_bids
bids_opened check_qualifications
qualification_checked evaluate
evaluated confirm_result
{RESULT}
"""

ROUNDS = f"""
{PREPARATION}
documents_reviewed publish_notice
notice_published clarify
notice_published receive_responses
clarified clarify
clarified receive_responses
responses_received check_qualifications
responses_received negotiate
qualification_checked negotiate
negotiated negotiate
negotiated receive_offers
offers_received evaluate
evaluated confirm_result
{RESULT}
"""

QUOTATION = f"""
{PREPARATION}
documents_reviewed publish_notice
notice_published clarify
notice_published receive_responses
clarified clarify
clarified receive_responses
responses_received check_qualifications
responses_received evaluate
qualification_checked evaluate
evaluated confirm_result
{RESULT}
"""

SINGLE_SOURCE = f"""
{PREPARATION}
documents_reviewed publicise
documents_reviewed negotiate
publicised negotiate
negotiated negotiate
negotiated confirm_result
{RESULT}
"""

FRAMEWORK = f"""
{PREPARATION}
documents_reviewed publish_notice
notice_published clarify
notice_published receive_responses
clarified clarify
clarified receive_responses
responses_received check_qualifications
responses_received evaluate
qualification_checked evaluate
evaluated confirm_result
result_confirmed publish_result
result_published sign_framework
framework_signed call_off
framework_signed end_framework
calling_off call_off
calling_off end_framework
"""

BIDDING_LAW = f"""
need engage_agent
need draft_documents
agent_engaged draft_documents
documents_drafted review_documents
documents_reviewed publish_notice
notice_published clarify
notice_published close_bids
clarified clarify
clarified close_bids
bids_closed open_bids
bids_opened evaluate
evaluated publicise_candidates
candidates_publicised confirm_result
{RESULT}
"""

LAWFUL = {
    M.public_tender: TENDERING,
    M.invited_tender: TENDERING,
    M.competitive_negotiation: ROUNDS,
    M.competitive_consultation: ROUNDS,
    M.request_for_quotation: QUOTATION,
    M.single_source: SINGLE_SOURCE,
    M.framework_agreement: FRAMEWORK,
    M.bidding_law_tender: BIDDING_LAW,
}

COMPETING = [
    "publicised",
    "notice_published",
    "clarified",
    "bids_closed",
    "bids_opened",
    "responses_received",
    "qualification_checked",
    "negotiated",
    "offers_received",
    "evaluated",
    "candidates_publicised",
]
PREPARING = [
    "need",
    "intent_published",
    "plan_filed",
    "agent_engaged",
    "documents_drafted",
    "documents_reviewed",
]
AWARDING = ["result_confirmed", "result_published"]
CALLING = ["framework_signed", "calling_off"]
GONE = ["failed", "void", "terminated"]
ENDED = [*GONE, "contract_signed", "framework_ended"]
EVERYWHERE = [str(status) for status in S]

# whichever the method
ALWAYS = {
    "fail": COMPETING,
    "void": [*COMPETING, *AWARDING],
    "terminate": [*PREPARING, *COMPETING, *AWARDING],
    "name_successor": GONE,
    "plan_date": [status for status in EVERYWHERE if status not in GONE],
    "record_date": EVERYWHERE,
    "receive_report": ["evaluated", "candidates_publicised"],
    "receive_objection": ["publicised"],
    "receive_challenge": [*COMPETING, *AWARDING, *CALLING, *ENDED],
    "answer_challenge": [*COMPETING, *AWARDING, *CALLING, *ENDED],
    "receive_complaint": [*COMPETING, *AWARDING, *CALLING, *ENDED],
    "note_decision": [*COMPETING, *AWARDING, *CALLING, *ENDED],
    "suspend": [*PREPARING, *COMPETING, *AWARDING, *CALLING],
    "resume": [],
}
NO_CHALLENGES = {(M.bidding_law_tender, "receive_challenge")}


def lawful(method: Method) -> set[tuple[str, str]]:
    """Return the (stage, step) pairs that the lists above allow."""
    steps = {tuple(line.split()) for line in LAWFUL[method].split("\n") if line}
    beside = {(stage, step) for step, stages in ALWAYS.items() for stage in stages}
    return steps | {pair for pair in beside if (method, pair[1]) not in NO_CHALLENGES}


def open_steps(**facts) -> set[tuple[str, str]]:
    """Return the (stage, step) pairs that the workflow allows to a tender with these facts."""
    found = set()
    for status in S:
        tender = Tender(status=status, review=ReviewStatus.approved, **facts)
        found |= {(str(status), step.name) for step in WORKFLOW.available(None, tender, SYSTEM)}
    return found


@pytest.mark.parametrize("method", list(M), ids=str)
def test_a_tender_moves_as_its_method_says_and_not_otherwise(method):
    assert open_steps(method=method, open_challenges=1, open_complaints=1) == lawful(method)


@pytest.mark.parametrize("method", list(M), ids=str)
def test_a_stopped_purchase_takes_no_step_but_may_end(method):
    stopped = open_steps(method=method, open_challenges=0, open_complaints=0, suspended_on=True)

    steps = {step.transition for step in ROUTES[method].steps}
    assert {step for _stage, step in stopped} & steps == set()
    assert {step for _stage, step in stopped} >= {"resume", "terminate", "void"}


@pytest.mark.parametrize("method", list(M), ids=str)
def test_without_an_approved_paper_nothing_leaves_the_house(method):
    held_back = set()
    for status in S:
        draft = Tender(status=status, review=ReviewStatus.draft, method=method, open_challenges=0)
        draft.open_complaints = 0
        held_back |= {(str(status), step.name) for step in WORKFLOW.available(None, draft, SYSTEM)}

    outgoing = {"publish_intent", "file_plan", "engage_agent", "draft_documents", "review_documents"}
    outgoing |= {"publicise", "publish_notice"}
    assert {step for _stage, step in held_back} & outgoing == set()


def test_every_step_has_an_action_behind_it():
    assert {step.name for step in WORKFLOW} == {action.transition for action in TENDER.actions}


@pytest.mark.parametrize("method", list(M), ids=str)
def test_every_route_leads_from_the_need_to_an_end_step_by_step(method):
    tender = Tender(status=S.need, review=ReviewStatus.approved, method=method)
    for step in ROUTES[method].steps:
        WORKFLOW.check(None, step.transition, tender, by=SYSTEM)
        tender.status = step.target

    assert tender.status in {S.contract_signed, S.framework_ended}


@pytest.mark.parametrize(
    ("step", "needs"),
    [
        ("confirm_result", Permission.tender_approve),
        ("void", Permission.tender_approve),
        ("terminate", Permission.tender_approve),
        ("sign_framework", Permission.tender_approve),
        ("conclude", Permission.contract_sign),
        ("publish_notice", Permission.tender_edit),
        ("fail", Permission.tender_edit),
    ],
)
def test_a_step_needs_its_permission(step, needs):
    assert WORKFLOW[step].needs is needs


def test_an_auditor_takes_no_step_at_all(session):
    auditor = make_user(RoleName.auditor)

    assert WORKFLOW.available(session, make_tender(status=S.evaluated), auditor) == []


def test_an_officer_does_not_confirm_a_result(session):
    tender = make_tender(status=S.evaluated)

    with pytest.raises(Forbidden):
        WORKFLOW.check(session, "confirm_result", tender, by=make_user())
    with pytest.raises(WrongState):
        WORKFLOW.check(session, "publish_result", tender, by=make_user())
