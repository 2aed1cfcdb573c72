"""What is done with a tender: raised, led through the stages of its method, awarded or ended."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from core import audit, numbering
from core.auth import By, User
from core.errors import InvalidInput, Unlawful, WrongState
from core.i18n import lazy_gettext as _
from core.organizations import Organization
from core.permissions import Permission, authorize
from core.records import ReviewStatus, check_version
from deadlines.queries import has_happened
from deadlines.rules import Method
from deadlines.services import announce, cancel_all, refresh
from procurement import methods, queries, rules
from procurement.methods import ROUTES, Step
from procurement.models import EXIT_REASON_LABELS, ExitReason, Tender, TenderStatus
from procurement.workflow import TENDER
from vendors.categories import ServiceCategory
from vendors.conflicts import require_none
from vendors.dossier import Purpose
from vendors.models import Vendor
from vendors.rules import require_reason
from vendors.sanctions import require_clear

PREFIX = "CG"


def raise_need(
    session: Session,
    *,
    by: By,
    on: date,
    organization: Organization,
    title: str,
    method: Method | str,
    category: ServiceCategory | str,
    budget: Decimal,
) -> Tender:
    """Enter a need to buy: what, by which method, for how much at most."""
    authorize(by, Permission.tender_edit)
    tender = Tender(
        number=numbering.next_number(session, PREFIX, organization.id, on.year),
        title=_title(title),
        organization=organization,
        owner_id=by.id,
        created_by_id=by.id,
        status=TenderStatus.need,
        review=ReviewStatus.draft,
        method=Method(method),
        category=ServiceCategory(category),
        budget=rules.require_budget(budget),
    )
    audit.record(session, tender, "created", by=by)
    session.add(tender)
    session.flush()
    return tender


def require_open(tender: Tender) -> None:
    """Raise WrongState while somebody is reviewing the plan, or once it has left the house."""
    if tender.status is not TenderStatus.need:
        raise WrongState(_("The plan has left the house: its content stands."))
    if tender.review is ReviewStatus.submitted:
        raise WrongState(_("Somebody is reviewing this plan: ask to have it returned first."))


def change(
    session: Session, tender: Tender, *, by: By, on: date, version: int | None = None, **given: Any
) -> None:
    """Correct the need while nothing has left the house; an approved plan has to be approved anew."""
    authorize(by, Permission.tender_edit)
    check_version(tender, version, given)
    require_open(tender)
    wanted = _corrected(given)
    audit.record(session, tender, "tender.change", by=by)
    if tender.review is ReviewStatus.approved and any(getattr(tender, n) != v for n, v in wanted.items()):
        tender.review = ReviewStatus.draft
    for name, value in wanted.items():
        setattr(tender, name, value)
    session.flush()
    refresh(session, tender, on=on, by=by)  # another method, other rules for the dates planned so far


def advance(session: Session, tender: Tender, transition: str, *, by: By, **days: date | None) -> None:
    """Take the next step of the tender's method and announce the days that it settles."""
    _take(session, tender, transition, {}, by=by, **days)


def draft_documents(session: Session, tender: Tender, *, by: By, on: date) -> None:
    """Lay the documents on the table: a new paper, which has to be approved in its turn."""
    _take(session, tender, "draft_documents", {"review": ReviewStatus.draft}, by=by, on=on)


def engage_agent(
    session: Session,
    tender: Tender,
    *,
    by: By,
    on: date,
    agent: Vendor | None = None,
    agent_name: str | None = None,
) -> None:
    """Have an agency conduct the purchase."""
    TENDER.check(session, "engage_agent", tender, by=by)
    engaged = {"agent": agent, "agent_name": rules.require_party(agent, agent_name, "agent")}
    _require_fit(session, tender, agent, Purpose.invite, by=by, on=on)
    _take(session, tender, "engage_agent", engaged, by=by, on=on)


def clarify(session: Session, tender: Tender, *, by: By, on: date, deadline_on: date | None = None) -> None:
    """Notify everybody of a clarification, and put off the deadline if it came too close."""
    TENDER.apply(session, "clarify", tender, by=by)
    session.flush()
    (deadline_day, deadline), (day, notified) = _step(tender, "clarify").days
    if deadline_on is not None:
        _announce(session, tender, deadline, on=deadline_on, by=by, field=deadline_day, planned=True)
    earlier = queries.times(session, tender, notified)
    occurrence = str(earlier + 1) if earlier else ""
    _announce(session, tender, notified, on=on, by=by, field=day, occurrence=occurrence)


def close_bids(session: Session, tender: Tender, *, by: By, on: date) -> None:
    """Note that no more bids are taken in."""
    TENDER.check(session, "close_bids", tender, by=by)
    rules.require_closed(queries.day_of(session, tender, methods.deadline_of(tender.method)), on)
    _take(session, tender, "close_bids", {}, by=by)
    _let_terms_pass(session, tender, by=by, on=on)


def receive_responses(session: Session, tender: Tender, *, by: By, on: date) -> None:
    """Take in the first responses once their deadline has passed."""
    TENDER.check(session, "receive_responses", tender, by=by)
    rules.require_closed(queries.day_of(session, tender, methods.deadline_of(tender.method)), on)
    _take(session, tender, "receive_responses", {}, by=by, on=on)
    _let_terms_pass(session, tender, by=by, on=on)


def receive_report(session: Session, tender: Tender, *, by: By, on: date) -> None:
    """Note the day on which the evaluation report arrived."""
    TENDER.apply(session, "receive_report", tender, by=by)
    for event in ("evaluation_report_delivered", "evaluation_report_received"):
        _announce(session, tender, event, on=on, by=by)


def confirm_result(
    session: Session,
    tender: Tender,
    *,
    by: By,
    on: date,
    winner: Vendor | None = None,
    winner_name: str | None = None,
    award_amount: Decimal | None = None,
) -> None:
    """Confirm who wins and for how much; of a framework, that the shortlist stands."""
    TENDER.check(session, "confirm_result", tender, by=by)
    if tender.method is not Method.framework_agreement or winner is not None or winner_name:
        winner_name = rules.require_party(winner, winner_name, "winner")
    rules.require_award(tender, award_amount)
    _require_fit(session, tender, winner, Purpose.award, by=by, on=on)
    award = {"winner": winner, "winner_name": winner_name, "award_amount": award_amount}
    _take(session, tender, "confirm_result", award, by=by, on=on)


def conclude(session: Session, tender: Tender, *, by: By, on: date) -> None:
    """Note that the contract is signed, which ends the purchase."""
    TENDER.check(session, "conclude", tender, by=by)
    rules.require_no_dispute(tender)
    advance(session, tender, "conclude", by=by, on=on)


def sign_framework(
    session: Session, tender: Tender, *, by: By, on: date, effective_on: date, expires_on: date
) -> None:
    """Sign the framework agreement with the shortlist."""
    TENDER.check(session, "sign_framework", tender, by=by)
    rules.require_no_dispute(tender)
    advance(session, tender, "sign_framework", by=by, on=on, effective_on=effective_on, expires_on=expires_on)


def end_framework(session: Session, tender: Tender, *, by: By, on: date) -> None:
    """End the framework agreement; the summary of its call-offs falls due."""
    _take(session, tender, "end_framework", {}, by=by, on=on)
    expiry = "framework_agreement_expiry"
    _announce(session, tender, expiry, on=min(queries.day_of(session, tender, expiry) or on, on), by=by)


def call_off(
    session: Session, tender: Tender, *, by: By, on: date, reference: str, vendor: Vendor | None = None
) -> None:
    """Confirm the vendor of one call-off, told apart from the others by its reference."""
    TENDER.check(session, "call_off", tender, by=by)
    ((day, event),) = _step(tender, "call_off").days
    occurrence = rules.require_new_reference(reference, queries.references(session, tender, event))
    note = occurrence if vendor is None else f"{occurrence} {vendor}"
    _require_fit(session, tender, vendor, Purpose.award, by=by, on=on)
    TENDER.apply(session, "call_off", tender, by=by, note=note)
    session.flush()
    _announce(session, tender, event, on=on, by=by, field=day, occurrence=occurrence)


def fail(
    session: Session,
    tender: Tender,
    *,
    by: By,
    on: date,
    reason: ExitReason | str,
    note: str | None = None,
    successor: Tender | None = None,
) -> None:
    """Declare that the purchase has failed for want of bidders."""
    _leave(session, tender, "fail", by=by, on=on, reason=reason, note=note, successor=successor)


def void(
    session: Session,
    tender: Tender,
    *,
    by: By,
    on: date,
    reason: ExitReason | str,
    note: str | None = None,
    successor: Tender | None = None,
) -> None:
    """Declare the purchase void."""
    _leave(session, tender, "void", by=by, on=on, reason=reason, note=note, successor=successor)


def terminate(
    session: Session,
    tender: Tender,
    *,
    by: By,
    on: date,
    reason: ExitReason | str,
    note: str | None = None,
    successor: Tender | None = None,
) -> None:
    """Terminate the purchase; what bidders have paid is due back."""
    _leave(session, tender, "terminate", by=by, on=on, reason=reason, note=note, successor=successor)
    _announce(session, tender, "tender_terminated", on=on, by=by)


def name_successor(session: Session, tender: Tender, *, by: By, successor: Tender) -> None:
    """Name the tender that follows one that has ended without a contract."""
    _name_successor(session, tender, "name_successor", successor, by=by)


def change_successor(session: Session, tender: Tender, *, by: By, successor: Tender) -> None:
    """Name another tender in the place of one that was named by mistake."""
    _name_successor(session, tender, "change_successor", successor, by=by)


def plan_date(session: Session, tender: Tender, *, by: By, event: str, on: date) -> None:
    """Plan the day of an event of the tender's method."""
    TENDER.check(session, "plan_date", tender, by=by)
    rules.require_event(tender, event)
    TENDER.apply(session, "plan_date", tender, by=by, note=f"{event} {on.isoformat()}")
    _announce(session, tender, event, on=on, by=by, planned=True)


def record_date(
    session: Session, tender: Tender, *, by: By, event: str, on: date, reference: str | None = None
) -> None:
    """Record the day of an event beside the stages: a bond refunded, a report filed, a question answered."""
    TENDER.check(session, "record_date", tender, by=by)
    rules.require_event_beside(tender, event)
    if has_happened(tender, event, (reference or "").strip()):
        raise InvalidInput(
            {"on": _("It is entered already: correct its day, or give a reference that tells it apart.")}
        )
    TENDER.apply(session, "record_date", tender, by=by, note=f"{event} {on.isoformat()}")
    _announce(session, tender, event, on=on, by=by, occurrence=(reference or "").strip())


def _name_successor(session: Session, tender: Tender, transition: str, successor: Tender, *, by: By) -> None:
    TENDER.check(session, transition, tender, by=by)
    rules.require_successor(tender, successor)
    TENDER.apply(session, transition, tender, by=by, note=successor.number)
    tender.successor = successor
    session.flush()


def _leave(
    session: Session,
    tender: Tender,
    transition: str,
    *,
    by: By,
    on: date,
    reason: ExitReason | str,
    note: str | None,
    successor: Tender | None,
) -> None:
    TENDER.check(session, transition, tender, by=by)
    why = ExitReason(reason)
    explained = require_reason(note, "note") if why is ExitReason.other else (note or "").strip() or None
    if successor is not None:
        rules.require_successor(tender, successor)
    TENDER.apply(session, transition, tender, by=by, note=explained)
    tender.exit_reason, tender.exit_note, tender.exited_on = why, explained, on
    tender.successor = successor
    session.flush()
    label = str(EXIT_REASON_LABELS[why])
    cancel_all(session, tender, on=on, by=by, reason=label, keep=rules.outlives_the_exit(tender))
    _announce(session, tender, "procurement_closed", on=on, by=by)


def _take(
    session: Session, tender: Tender, transition: str, facts: dict[str, Any], *, by: By, **days: date | None
) -> None:
    TENDER.check(session, transition, tender, by=by)
    step = _step(tender, transition)
    given = {name: day for name, day in days.items() if day is not None}
    if faults := rules.unknown_days(tender, step, set(given)):
        raise InvalidInput(faults)
    TENDER.apply(session, transition, tender, by=by)
    for name, value in facts.items():
        setattr(tender, name, value)
    session.flush()
    for name, event in step.days:
        if name in given:
            planned = event in methods.TERMS
            _announce(session, tender, event, on=given[name], by=by, field=name, planned=planned)


def _let_terms_pass(session: Session, tender: Tender, *, by: By, on: date) -> None:
    for term in queries.terms_past(session, tender, methods.TERMS, on):
        _announce(session, tender, term.event, on=term.on, by=by)


def _announce(
    session: Session, tender: Tender, event: str, *, on: date, by: By, field: str = "on", **how: Any
) -> None:
    try:
        announce(session, tender, event, on=on, by=by, **how)
    except Unlawful as refusal:
        refusal.field = field  # the form shows the refusal where the day was typed
        raise


def _step(tender: Tender, transition: str) -> Step:
    step = ROUTES[tender.method].step(transition)
    if step is None:
        raise LookupError(f"{transition} is no step of {tender.method}")
    return step


def _title(title: str) -> str:
    plain = " ".join(title.split())
    if not plain:
        raise InvalidInput({"title": _("Say what is bought.")})
    return plain


def _require_fit(
    session: Session, tender: Tender, vendor: Vendor | None, purpose: Purpose, *, by: By, on: date
) -> None:
    """Refuse a barred vendor without an exception, and people who are tied to the vendor."""
    if vendor is not None:
        require_clear(session, vendor, purpose, on)
        require_none(session, vendor, (tender.owner, by if isinstance(by, User) else None), on)


def _corrected(given: dict[str, Any]) -> dict[str, Any]:
    readers: dict[str, Callable[[Any], Any]] = {
        "title": _title,
        "method": Method,
        "category": ServiceCategory,
        "budget": rules.require_budget,
    }
    return {name: readers[name](value) for name, value in given.items()}
