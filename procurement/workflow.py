"""How a tender moves: the steps of its method, the exits, and what happens beside the stages."""

from collections.abc import Callable

from core.i18n import LazyString
from core.i18n import lazy_gettext as _
from core.permissions import Permission
from core.workflow import Transition, Workflow
from deadlines.queries import has_happened
from deadlines.rules import Method
from procurement import methods
from procurement.models import EXITS, TENDER_STATUS_LABELS, Tender, TenderStatus

P = Permission
S = TenderStatus

LABELS: dict[str, LazyString] = {
    "publish_intent": _("Publish the intent"),
    "file_plan": _("File the plan"),
    "engage_agent": _("Engage an agent"),
    "draft_documents": _("Lay the documents on the table"),
    "review_documents": _("Settle the documents"),
    "publicise": _("Publicise the single source"),
    "publish_notice": _("Publish the notice"),
    "clarify": _("Clarify the documents"),
    "close_bids": _("Close the bids"),
    "open_bids": _("Open the bids"),
    "receive_responses": _("Take in the first responses"),
    "check_qualifications": _("Check the qualifications"),
    "negotiate": _("Hold a round"),
    "receive_offers": _("Take in the final offers"),
    "evaluate": _("End the evaluation"),
    "publicise_candidates": _("Publicise the candidates"),
    "confirm_result": _("Confirm the result"),
    "publish_result": _("Publish the result"),
    "conclude": _("Note the signed contract"),
    "sign_framework": _("Sign the framework agreement"),
    "call_off": _("Call off"),
    "end_framework": _("End the framework agreement"),
}

# The paper on the table (first the plan, then the documents) is approved before anything leaves the house.
ON_AN_APPROVED_PAPER = frozenset(
    {
        "publish_intent",
        "file_plan",
        "engage_agent",
        "draft_documents",
        "review_documents",
        "publicise",
        "publish_notice",
    }
)
# where a plan or the documents may lie before an approver
PAPERS = frozenset({S.need, S.intent_published, S.plan_filed, S.agent_engaged, S.documents_drafted})
NEEDS = {
    "confirm_result": P.tender_approve,
    "sign_framework": P.tender_approve,
    "conclude": P.contract_sign,
}
# Whoever raised the need or led the evaluation does not confirm the winner.
APART = {"confirm_result": ("created", "evaluate", "negotiate")}

ENDED = EXITS | {S.contract_signed, S.framework_ended}
BEFORE_THE_AWARD = frozenset(S) - ENDED - {S.framework_signed, S.calling_off}
IN_COMPETITION = frozenset(
    {
        S.publicised,
        S.notice_published,
        S.clarified,
        S.bids_closed,
        S.bids_opened,
        S.responses_received,
        S.qualification_checked,
        S.negotiated,
        S.offers_received,
        S.evaluated,
        S.candidates_publicised,
    }
)
AWARDED = frozenset({S.result_confirmed, S.result_published, S.framework_signed, S.calling_off})
OPEN_TO_OBJECTION = IN_COMPETITION | AWARDED | ENDED


def _is_challengeable(tender: Tender) -> bool:
    return tender.method is not Method.bidding_law_tender


def _leads_on(transition: str) -> Callable[[Tender], bool]:
    def leads_on(tender: Tender) -> bool:
        route = methods.ROUTES[tender.method]
        return tender.suspended_on is None and route.leads_on(tender.status, transition)

    return leads_on


STEPS = tuple(
    Transition(
        name,
        methods.sources(name),
        target,
        NEEDS.get(name, P.tender_edit),
        LABELS[name],
        apart_from=APART.get(name, ()),
        approved=name in ON_AN_APPROVED_PAPER,
        when=_leads_on(name),
    )
    for name, target in methods.targets()
)

EXIT_STEPS = (
    Transition(
        "fail", IN_COMPETITION, S.failed, P.tender_edit, _("Declare failed for want of bidders"), aside=True
    ),
    Transition(
        "void",
        IN_COMPETITION | {S.result_confirmed, S.result_published},
        S.void,
        P.tender_approve,
        _("Declare void"),
        apart_from=("created",),
        aside=True,
    ),
    Transition(
        "terminate",
        BEFORE_THE_AWARD,
        S.terminated,
        P.tender_approve,
        _("Terminate"),
        apart_from=("created",),
        aside=True,
    ),
    Transition(
        "name_successor",
        EXITS,
        None,
        P.tender_edit,
        _("Name the tender that follows"),
        when=lambda tender: tender.successor is None,
    ),
    Transition(
        "change_successor",
        EXITS,
        None,
        P.tender_edit,
        _("Name another tender that follows"),
        when=lambda tender: tender.successor is not None,
        aside=True,
    ),
)

BESIDE = (
    Transition("plan_date", frozenset(S) - EXITS, None, P.tender_edit, _("Plan a date"), aside=True),
    Transition("record_date", frozenset(S), None, P.tender_edit, _("Record a date"), aside=True),
    Transition(
        "receive_report",
        frozenset({S.evaluated, S.candidates_publicised}),
        None,
        P.tender_edit,
        _("Receive the evaluation report"),
        when=lambda tender: not has_happened(tender, "evaluation_report_received"),
    ),
    Transition(
        "receive_objection",
        frozenset({S.publicised}),
        None,
        P.tender_edit,
        _("Receive an objection to the single source"),
        when=lambda tender: tender.objected_on is None,
        aside=True,
    ),
    Transition(
        "receive_challenge",
        OPEN_TO_OBJECTION,
        None,
        P.tender_edit,
        _("Receive a challenge"),
        when=_is_challengeable,
        aside=True,
    ),
    Transition(
        "answer_challenge",
        OPEN_TO_OBJECTION,
        None,
        P.tender_edit,
        _("Answer a challenge"),
        when=lambda tender: tender.open_challenges > 0,
    ),
    Transition(
        "receive_complaint", OPEN_TO_OBJECTION, None, P.tender_edit, _("Receive a complaint"), aside=True
    ),
    Transition(
        "note_decision",
        OPEN_TO_OBJECTION,
        None,
        P.tender_edit,
        _("Note the decision on a complaint"),
        when=lambda tender: tender.open_complaints > 0,
    ),
    Transition(
        "suspend",
        frozenset(S) - ENDED,
        None,
        P.tender_edit,
        _("Note that the regulator stops the purchase"),
        when=lambda tender: tender.suspended_on is None,
        aside=True,
    ),
    Transition(
        "resume",
        frozenset(S),
        None,
        P.tender_edit,
        _("Note that the purchase goes on"),
        when=lambda tender: tender.suspended_on is not None,
    ),
)

TENDER = Workflow("tender", TenderStatus, TENDER_STATUS_LABELS, *STEPS, *EXIT_STEPS, *BESIDE)
