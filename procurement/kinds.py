"""Tenders as the shared screens know them."""

from collections.abc import Callable, Sequence
from functools import partial

from flask import url_for
from sqlalchemy.orm import Session

from core.formats import day, money
from core.i18n import LazyString
from core.i18n import lazy_gettext as _
from core.kinds import Action, Answer, Fact, Input, Kind
from core.permissions import Permission
from core.records import Record
from procurement import disputes, queries, services
from procurement.entries import ENTERED_BY, entries, event_label
from procurement.methods import ROUTES
from procurement.models import EXIT_REASON_LABELS, METHOD_LABELS, Tender
from procurement.workflow import TENDER as TENDER_WORKFLOW
from vendors.categories import CATEGORY_LABELS

ON = Input("on", _("Day"), "date")
NOTE = Input("note", _("Explanation"), "long_text", required=False)
REFERENCE = Input("reference", _("Reference"), hint=_("A number or name that tells it from others."))
SUCCESSOR = Input(
    "successor", _("Tender that follows"), "record", required=False, choices="tender", hint=_("If known yet.")
)
FOLLOWER = Input("successor", _("Tender that follows"), "record", choices="tender")
LEAVING = (ON, Input("reason", _("Reason"), "choice", choices=EXIT_REASON_LABELS), NOTE, SUCCESSOR)


def _events(*kinds: str) -> Callable[[Tender], dict[str, LazyString]]:
    def of(tender: Tender) -> dict[str, LazyString]:
        route = ROUTES[tender.method]
        found = (event for kind in kinds for event in getattr(route, kind))
        return {event: event_label(event) for event in dict.fromkeys(found)}

    return of


def _events_beside(tender: Tender) -> dict[str, LazyString]:
    return {event: label for event, label in _events("beside")(tender).items() if event not in ENTERED_BY}


def _answers(tender: Tender, event: str, occurrence: str) -> Answer | None:
    route = ROUTES[tender.method]
    given = {"reference": occurrence} if occurrence else {}
    if event in ENTERED_BY:
        return Answer(ENTERED_BY[event], given)
    if event in route.beside:
        return Answer("record_date", {"event": event} | given)
    step = next((step for step in route.steps if event in step.events), None)
    return Answer(step.transition) if step else None


def _link(record: Record | None) -> str | None:
    return url_for("records.show", record_id=record.id) if record is not None else None


def _facts(_session: Session, tender: Tender) -> Sequence[Fact]:
    agent = tender.agent.title if tender.agent else tender.agent_name
    facts = [
        Fact(_("Procurement method"), METHOD_LABELS[tender.method]),
        Fact(_("Budget"), money(tender.budget)),
        Fact(_("Service"), CATEGORY_LABELS[tender.category]),
        Fact(_("Agent"), agent or _("none: conducted by ourselves"), href=_link(tender.agent)),
    ]
    if tender.winner is not None or tender.winner_name:
        winner = tender.winner.title if tender.winner else tender.winner_name
        facts.append(Fact(_("Winner"), winner, href=_link(tender.winner)))
    if tender.award_amount is not None:
        facts.append(Fact(_("Award"), money(tender.award_amount)))
    return [*facts, *_disputes(tender), *_exit(tender)]


def _disputes(tender: Tender) -> list[Fact]:
    found = []
    if tender.open_challenges:
        found.append(Fact(_("Open challenges"), tender.open_challenges, tone="late"))
    if tender.open_complaints:
        found.append(Fact(_("Open complaints"), tender.open_complaints, tone="late"))
    if tender.suspended_on:
        found.append(Fact(_("Stopped since"), day(tender.suspended_on), tone="late"))
    if tender.objected_on:
        found.append(Fact(_("Objection raised on"), day(tender.objected_on)))
    return found


def _exit(tender: Tender) -> list[Fact]:
    if tender.exit_reason is None:
        return []
    successor = tender.successor
    return [
        Fact(_("Ended on"), day(tender.exited_on)),
        Fact(_("Reason"), EXIT_REASON_LABELS[tender.exit_reason]),
        Fact(_("Explanation"), tender.exit_note),
        Fact(_("Tender that follows"), successor.number if successor else None, href=_link(successor)),
    ]


def _step(transition: str, *inputs: Input) -> Action:
    service: Callable[..., None] = partial(services.advance, transition=transition)
    return Action(transition, service, inputs or (ON,))


def _later(name: str, label: LazyString, hint: LazyString | None = None) -> Input:
    return Input(name, label, "date", required=False, hint=hint)


STEPS = (
    _step("publish_intent"),
    _step("file_plan"),
    Action(
        "engage_agent",
        services.engage_agent,
        (
            ON,
            Input("agent", _("Agency in the register"), "record", required=False, choices="vendor"),
            Input("agent_name", _("Or an agency outside it"), required=False),
        ),
    ),
    Action("draft_documents", services.draft_documents, (ON,)),
    _step("review_documents"),
    _step("publicise"),
    _step(
        "publish_notice",
        Input("notice_on", _("Notice published on"), "date"),
        Input("documents_on", _("Documents first issued on"), "date"),
        _later("supply_end_on", _("Documents available until"), _("Where the method sets such a period.")),
        Input("deadline_on", _("Deadline for bids or responses"), "date"),
    ),
    Action(
        "clarify",
        services.clarify,
        (ON, _later("deadline_on", _("New deadline"), _("Only when it is put off."))),
    ),
    Action("close_bids", services.close_bids, (ON,)),
    _step("open_bids"),
    Action("receive_responses", services.receive_responses, (ON,)),
    _step("check_qualifications"),
    _step("negotiate"),
    _step("receive_offers"),
    _step("evaluate"),
    Action("receive_report", services.receive_report, (ON,)),
    _step("publicise_candidates"),
    Action(
        "confirm_result",
        services.confirm_result,
        (
            ON,
            Input("winner", _("Winner in the register"), "record", required=False, choices="vendor"),
            Input("winner_name", _("Or a winner outside it"), required=False),
            Input("award_amount", _("Amount of the award"), "money", required=False),
        ),
    ),
    _step(
        "publish_result",
        _later("on", _("Result published on")),
        Input("letter_on", _("Letter issued on"), "date"),
    ),
    Action("conclude", services.conclude, (ON,)),
    Action(
        "sign_framework",
        services.sign_framework,
        (
            ON,
            Input("effective_on", _("Effective from"), "date"),
            Input("expires_on", _("Effective until"), "date"),
        ),
    ),
    Action(
        "call_off",
        services.call_off,
        (ON, REFERENCE, Input("vendor", _("Vendor"), "record", required=False, choices="vendor")),
    ),
    Action("end_framework", services.end_framework, (ON,)),
)

EXITS = (
    Action("fail", services.fail, LEAVING),
    Action("void", services.void, LEAVING),
    Action("terminate", services.terminate, LEAVING),
    Action("name_successor", services.name_successor, (FOLLOWER,)),
    Action("change_successor", services.change_successor, (FOLLOWER,)),
)

BESIDE = (
    Action(
        "plan_date",
        services.plan_date,
        (Input("event", _("Which date"), "choice", choices=_events("stages", "beside")), ON),
    ),
    Action(
        "record_date",
        services.record_date,
        (
            Input("event", _("Which date"), "choice", choices=_events_beside),
            ON,
            Input("reference", _("Reference"), required=False, hint=_("Where it happens more than once.")),
        ),
    ),
    Action("receive_objection", disputes.receive_objection, (ON,)),
    Action("receive_challenge", disputes.receive_challenge, (ON, REFERENCE)),
    Action("answer_challenge", disputes.answer_challenge, (ON, REFERENCE)),
    Action("receive_complaint", disputes.receive_complaint, (ON, REFERENCE)),
    Action("note_decision", disputes.note_decision, (ON, REFERENCE)),
    Action("suspend", disputes.suspend, (ON,)),
    Action("resume", disputes.resume, (ON,)),
)

LABELS = {
    "exit_reason": _("Reason it failed or ended"),
    "exit_note": _("Note on its end"),
    "exited_on": _("Failed or ended on"),
    "open_challenges": _("Open challenges"),
    "open_complaints": _("Open complaints"),
    "suspended_on": _("Suspended on"),
    "objected_on": _("Objected to on"),
}

TENDER = Kind(
    labels=LABELS,
    name="tender",
    model=Tender,
    prefix=services.PREFIX,
    label=_("Tender"),
    label_plural=_("Tenders"),
    workflow=TENDER_WORKFLOW,
    view=Permission.tender_view,
    edit=Permission.tender_edit,
    approve=Permission.tender_approve,
    facts=_facts,
    stages=lambda tender: ROUTES[tender.method].stages,
    inputs=(
        Input("title", _("Name of the purchase")),
        Input("method", _("Procurement method"), "choice", choices=METHOD_LABELS),
        Input("category", _("Service"), "choice", choices=CATEGORY_LABELS),
        Input("budget", _("Budget"), "money", hint=_("In yuan.")),
    ),
    create=services.raise_need,
    change=services.change,
    require_open=services.require_open,
    actions=(*STEPS, *EXITS, *BESIDE),
    register="tender.index_view",
    answers=_answers,
    waiting=queries.waiting,
    entries=entries,
    amount=lambda tender: tender.award_amount if tender.award_amount is not None else tender.budget,
)

KINDS: tuple[Kind, ...] = (TENDER,)
