"""The procurement methods as data: which steps each passes through, and which dates each step settles."""

from collections.abc import Iterator
from dataclasses import dataclass

from deadlines.rules import Method
from procurement.models import TenderStatus

S = TenderStatus


# Days fixed beforehand: they are planned when they are announced, and occur when they have gone by.
TERMS = frozenset(
    {
        "tender_document_supply_end",
        "tender_document_sale_end",
        "consultation_document_sale_end",
        "bid_submission_deadline",
        "first_response_deadline",
        "rfq_response_deadline",
        "framework_agreement_expiry",
    }
)


@dataclass(frozen=True)
class Step:
    """One step: its transition, the stage it leads to, and the event behind each day that it asks for."""

    transition: str
    target: TenderStatus
    # (name of the day asked for, event that happens on it); announced in this order
    days: tuple[tuple[str, str], ...] = ()
    optional: bool = False
    repeats: bool = False

    @property
    def events(self) -> tuple[str, ...]:
        """Return the events that this step settles."""
        return tuple(event for _day, event in self.days)


@dataclass(frozen=True)
class Route:
    """The steps of a method in order, and the events that happen beside them."""

    steps: tuple[Step, ...]
    beside: tuple[str, ...] = ()

    def step(self, transition: str) -> Step | None:
        """Return a step by its transition, or None when the method has no such step."""
        return next((step for step in self.steps if step.transition == transition), None)

    def place(self, status: TenderStatus) -> int | None:
        """Return how many steps lie behind a stage, or None when the method never reaches it."""
        if status is S.need:
            return 0
        return next((n for n, step in enumerate(self.steps, start=1) if step.target is status), None)

    def leads_on(self, status: TenderStatus, transition: str) -> bool:
        """Tell whether a step may follow a stage: nothing that has to be done lies between."""
        here, step = self.place(status), self.step(transition)
        if here is None or step is None:
            return False
        there = self.steps.index(step)
        if there < here:
            return step.repeats and there == here - 1
        return all(between.optional for between in self.steps[here:there])

    @property
    def stages(self) -> tuple[str, ...]:
        """Return the events of its steps in order, each once: the timeline of a tender.

        A day fixed beforehand stands where it goes by, after all that has to happen before it.
        """
        ordered = [event for step in self.steps for event in sorted(step.events, key=TERMS.__contains__)]
        return tuple(reversed(dict.fromkeys(reversed(ordered))))

    @property
    def events(self) -> tuple[str, ...]:
        """Return every event that may be dated on a tender by this method."""
        return tuple(dict.fromkeys((*self.stages, *self.beside)))


def _on(*events: str) -> tuple[tuple[str, str], ...]:
    return tuple(("on", event) for event in events)


def _notice(documents: str, deadline: str, supply_end: str | None, *notices: str) -> Step:
    days = [("notice_on", notice) for notice in notices]
    days.append(("documents_on", documents))
    if supply_end is not None:
        days.append(("supply_end_on", supply_end))
    days.append(("deadline_on", deadline))
    return Step("publish_notice", S.notice_published, tuple(days))


def _clarify(notified: str, deadline: str) -> Step:
    # The new deadline first: only against it can be told whether the clarification came in time.
    return Step(
        "clarify",
        S.clarified,
        (("deadline_on", deadline), ("on", notified)),
        optional=True,
        repeats=True,
    )


INTENT = Step("publish_intent", S.intent_published, _on("procurement_intention_published"), optional=True)
PLAN = Step("file_plan", S.plan_filed, _on("procurement_plan_filed"))
AGENT = Step("engage_agent", S.agent_engaged, _on("agent_engaged"), optional=True)
DOCUMENTS = (
    Step("draft_documents", S.documents_drafted, _on("procurement_documents_drafted")),
    Step("review_documents", S.documents_reviewed, _on("procurement_documents_reviewed")),
)
PREPARED = (INTENT, PLAN, AGENT, *DOCUMENTS)

CLOSE = Step("close_bids", S.bids_closed)
OPEN = Step("open_bids", S.bids_opened, _on("bids_opened"))
RESPONSES = Step("receive_responses", S.responses_received, _on("first_responses_opened"))
QUALIFICATIONS = Step("check_qualifications", S.qualification_checked, _on("qualifications_checked"))
QUALIFICATIONS_IF_ANY = Step(
    "check_qualifications", S.qualification_checked, _on("qualifications_checked"), optional=True
)
ROUNDS = Step("negotiate", S.negotiated, _on("negotiation_held"), repeats=True)
OFFERS = Step("receive_offers", S.offers_received, _on("final_offers_submitted"))
EVALUATE = Step("evaluate", S.evaluated, _on("evaluation_ended"))
CANDIDATES = Step("publicise_candidates", S.candidates_publicised, _on("candidate_publicity_published"))
CONFIRM = Step("confirm_result", S.result_confirmed, _on("winner_confirmed"))
PUBLISH = Step(
    "publish_result",
    S.result_published,
    (("on", "award_result_published"), ("letter_on", "award_letter_issued")),
)
LETTER_ONLY = Step("publish_result", S.result_published, (("letter_on", "award_letter_issued"),))
CONCLUDE = Step("conclude", S.contract_signed, _on("contract_signed", "procurement_closed"))
AWARD = (CONFIRM, PUBLISH, CONCLUDE)

QUESTIONS = (
    "inquiry_received",
    "inquiry_answered",
    "sme_confirmation_request_received",
    "sme_confirmation_replied",
    "information_received_by_platform",
    "information_published",
)
REPORT = ("evaluation_report_delivered", "evaluation_report_received")
DISPUTES = (
    "award_notice_period_end",
    "challenge_submitted",
    "challenge_received",
    "challenge_answered",
    "complaint_submitted",
    "complaint_received",
    "complaint_reviewed",
    "complaint_copy_issued",
    "complaint_decided",
    "suspension_notice_received",
    "suspension_end",
)
BONDS = ("loser_bid_bond_refunded", "winner_bid_bond_refunded")
WITHDRAWAL = ("bid_withdrawal_notice_received", "bid_bond_refunded")
TERMINATION = ("tender_terminated", "fees_and_bonds_refunded")
PREQUALIFICATION = (
    "prequal_notice_published",
    "prequal_clarification_notified",
    "prequal_application_deadline",
)

TENDERING = Route(
    (
        *PREPARED,
        _notice(
            "tender_documents_first_issued",
            "bid_submission_deadline",
            "tender_document_supply_end",
            "procurement_activity_start",
            "tender_notice_published",
        ),
        _clarify("tender_clarification_notified", "bid_submission_deadline"),
        CLOSE,
        OPEN,
        QUALIFICATIONS,
        EVALUATE,
        *AWARD,
    ),
    (*PREQUALIFICATION, *REPORT, *BONDS, *WITHDRAWAL, *TERMINATION, *QUESTIONS, *DISPUTES),
)

BIDDING_LAW = Route(
    (
        AGENT,
        *DOCUMENTS,
        _notice(
            "tender_documents_first_issued",
            "bid_submission_deadline",
            "tender_document_sale_end",
            "tender_notice_published",
        ),
        _clarify("tender_clarification_notified", "bid_submission_deadline"),
        CLOSE,
        OPEN,
        EVALUATE,
        CANDIDATES,
        CONFIRM,
        LETTER_ONLY,
        CONCLUDE,
    ),
    (
        *PREQUALIFICATION,
        "prequal_document_sale_end",
        "prequal_objection_submitted",
        "document_objection_submitted",
        "objection_received",
        "objection_answered",
        "result_objection_received",
        "result_objection_answered",
        *REPORT,
        *WITHDRAWAL,
        "tender_report_submitted",
        "tender_terminated",
        "complaint_submitted",
        "complaint_received",
        "complaint_acceptance_decided",
        "complaint_accepted",
        "complaint_decided",
        "suspension_notice_received",
        "suspension_end",
    ),
)


def _negotiated(notice: Step, clarify: Step, *, by_rounds: bool) -> Route:
    rounds = (ROUNDS, OFFERS) if by_rounds else ()
    steps = (*PREPARED, notice, clarify, RESPONSES, QUALIFICATIONS_IF_ANY, *rounds, EVALUATE, *AWARD)
    return Route(steps, (*REPORT, *BONDS, "tender_terminated", *QUESTIONS, *DISPUTES))


NEGOTIATION = _negotiated(
    _notice(
        "negotiation_documents_issued",
        "first_response_deadline",
        None,
        "procurement_activity_start",
        "procurement_notice_published",
    ),
    _clarify("negotiation_clarification_notified", "first_response_deadline"),
    by_rounds=True,
)

CONSULTATION = _negotiated(
    _notice(
        "consultation_documents_issued",
        "first_response_deadline",
        "consultation_document_sale_end",
        "procurement_activity_start",
        "procurement_notice_published",
    ),
    _clarify("consultation_clarification_notified", "first_response_deadline"),
    by_rounds=True,
)

# A quotation is given once and not changed: no rounds, no second offer.
QUOTATION = _negotiated(
    _notice(
        "rfq_notice_issued",
        "rfq_response_deadline",
        None,
        "procurement_activity_start",
        "procurement_notice_published",
    ),
    _clarify("rfq_clarification_notified", "rfq_response_deadline"),
    by_rounds=False,
)

SINGLE_SOURCE = Route(
    (
        *PREPARED,
        Step(
            "publicise",
            S.publicised,
            _on("procurement_activity_start", "single_source_publicity_published"),
            optional=True,
        ),
        ROUNDS,
        *AWARD,
    ),
    (
        "single_source_publicity_end",
        "objection_reargument_completed",
        "tender_terminated",
        *QUESTIONS,
        *DISPUTES,
    ),
)

FRAMEWORK = Route(
    (
        *PREPARED,
        _notice(
            "tender_documents_first_issued",
            "first_response_deadline",
            "tender_document_supply_end",
            "procurement_activity_start",
            "tender_notice_published",
        ),
        _clarify("tender_clarification_notified", "first_response_deadline"),
        RESPONSES,
        QUALIFICATIONS_IF_ANY,
        EVALUATE,
        CONFIRM,
        Step(
            "publish_result",
            S.result_published,
            (("on", "award_result_published"), ("letter_on", "shortlist_letter_issued")),
        ),
        Step(
            "sign_framework",
            S.framework_signed,
            (
                ("on", "framework_agreement_signed"),
                ("effective_on", "framework_agreement_effective"),
                ("expires_on", "framework_agreement_expiry"),
            ),
        ),
        Step("call_off", S.calling_off, _on("calloff_supplier_confirmed"), optional=True, repeats=True),
        Step(
            "end_framework",
            S.framework_ended,
            (("expires_on", "framework_agreement_expiry"), ("on", "procurement_closed")),
        ),
    ),
    (
        "framework_agreement_filed",
        "shortlist_notified",
        "calloff_result_published",
        "offlist_result_copied",
        "calloff_summary_published",
        "open_application_received",
        "open_application_reviewed",
        "open_application_approved",
        "open_admission_published",
        "exit_application_received",
        "exit_notice_published",
        "tender_terminated",
        *REPORT,
        *QUESTIONS,
        *DISPUTES,
    ),
)

ROUTES: dict[Method, Route] = {
    Method.public_tender: TENDERING,
    Method.invited_tender: TENDERING,
    Method.competitive_negotiation: NEGOTIATION,
    Method.competitive_consultation: CONSULTATION,
    Method.request_for_quotation: QUOTATION,
    Method.single_source: SINGLE_SOURCE,
    Method.framework_agreement: FRAMEWORK,
    Method.bidding_law_tender: BIDDING_LAW,
}


def sources(transition: str) -> frozenset[TenderStatus]:
    """Return every stage from which a step may be taken, by whichever method."""
    return frozenset(
        status for route in ROUTES.values() for status in TenderStatus if route.leads_on(status, transition)
    )


def targets() -> Iterator[tuple[str, TenderStatus]]:
    """Yield every step of any method once, with the stage it leads to, in the order of the stages."""
    found = {step.transition: step.target for route in ROUTES.values() for step in route.steps}
    order = list(TenderStatus)
    yield from sorted(found.items(), key=lambda item: order.index(item[1]))


def deadline_of(method: Method) -> str:
    """Return the event by which bids or first responses have to be in; empty when nothing is handed in."""
    notice = ROUTES[method].step("publish_notice")
    return dict(notice.days)["deadline_on"] if notice else ""
