"""Picks and commissions as the shared screens know them."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from flask import url_for
from sqlalchemy.orm import Session

from core import clock
from core.auth import By
from core.formats import day
from core.i18n import Text
from core.i18n import lazy_gettext as _
from core.kinds import Action, Fact, Input, Kind, Link, Listing
from core.organizations import Organization
from core.permissions import Permission
from vendors import (
    commission_requests,
    commission_services,
    gate,
    library_queries,
    pause_requests,
    pick_services,
)
from vendors.commissions import CLIENT_LABELS, DECISION_LABELS, EXCUSED, PAUSE_LABELS, Commission
from vendors.library_kinds import LIBRARY, MEMBERSHIP, ON, REASON, amount, link, number
from vendors.library_workflow import COMMISSION as COMMISSION_WORKFLOW
from vendors.library_workflow import PICK as PICK_WORKFLOW
from vendors.methods import METHOD_LABELS
from vendors.picks import Candidate, Pick
from vendors.report_types import REPORT_LABELS

# -- picks --------------------------------------------------------------------------------------------------


def open_now(session: Session, *, by: By, on: date, organization: Organization, **given: Any) -> Pick:
    """Open a pick at this moment, as its form does."""
    return pick_services.open_pick(session, by=by, on=on, organization=organization, at=clock.now(), **given)


def _pick_facts(_session: Session, pick: Pick) -> Sequence[Fact]:
    winner = pick.winner
    facts = [
        Fact(_("Way of picking"), METHOD_LABELS[pick.method]),
        Fact(_("Commission"), str(pick.commission), href=link(pick.commission)),
        Fact(_("Picked"), winner.title if winner else None, href=link(winner)),
        Fact(_("Agency library"), pick.commission.library.title, href=link(pick.commission.library)),
        Fact(_("Algorithm"), pick.algorithm),
        Fact(_("SHA-256 of the seed"), pick.seed_hash, href=url_for("public.pick", pick_id=pick.id)),
        Fact(_("SHA-256 of the list of candidates"), pick.list_hash),
        Fact(_("Witnesses"), pick.witnesses),
    ]
    if pick.status_reason:
        facts.append(Fact(_("Reason"), pick.status_reason, tone="late"))
    return facts


def _pick_listings(_session: Session, pick: Pick) -> Sequence[Listing]:
    headings: tuple[Text, ...] = (_("Number"), _("Agency"), _("Result"), _("Why not"), _("Quote"))
    return [Listing(_("Candidates"), headings, [_line(one) for one in pick.candidates], frozenset({4}))]


def _line(one: Candidate) -> tuple[Any, ...]:
    state = _("Picked") if one.is_winner else _("May be picked") if one.is_eligible else _("Left out")
    why = "；".join(str(gate.words(reason)) for reason in one.reasons)
    return one.vendor.number, one.vendor.title, state, why, amount(one.quote)


def _eligible(pick: Pick | None) -> dict[Any, Text]:
    return {one.vendor: one.vendor.title for one in pick.eligible} if pick is not None else {}


PICK = Kind(
    labels={
        "commission_id": _("Commission"),
        "algorithm": _("Algorithm"),
        "opened_on": _("Opened on"),
        "seed": _("Seed"),
        "seed_hash": _("SHA-256 of the seed"),
        "committed_at": _("Committed at"),
        "frozen_on": _("Candidates frozen on"),
        "candidate_list": _("List of candidates"),
        "list_hash": _("SHA-256 of the list of candidates"),
        "outcome": _("Quotes or choice"),
        "picked_on": _("Picked on"),
        "winner_id": _("Picked"),
        "status_reason": _("Reason"),
    },
    name="pick",
    model=Pick,
    prefix=pick_services.PREFIX,
    label=_("Pick"),
    label_plural=_("Picks"),
    workflow=PICK_WORKFLOW,
    view=Permission.library_view,
    edit=Permission.pick_run,
    approve=Permission.pick_run,
    facts=_pick_facts,
    listings=_pick_listings,
    inputs=(
        Input("commission", _("Commission"), "record", choices="commission"),
        Input("method", _("Way of picking"), "choice", choices=METHOD_LABELS),
    ),
    create=open_now,
    actions=(
        Action(
            "freeze",
            pick_services.freeze,
            (ON, Input("witnesses", _("Witnesses"), required=False, hint=_("Who was present."))),
        ),
        Action(
            "quote",
            pick_services.quote,
            (
                Input("vendor", _("Agency"), "choice", choices=_eligible),
                Input("amount", _("Quote"), "money"),
            ),
        ),
        Action(
            "choose",
            pick_services.choose,
            (
                ON,
                Input(
                    "vendor",
                    _("The client's choice"),
                    "record",
                    required=False,
                    choices="vendor",
                    hint=_("Only where the client chooses; every other method finds the agency itself."),
                ),
                Input(
                    "called_out",
                    _("Called out by a witness"),
                    required=False,
                    hint=_(
                        "Any words or number, said after the candidates were frozen; mixed into the draw."
                    ),
                ),
                Input("reason", _("Note"), "long_text", required=False),
            ),
        ),
        Action("fail", pick_services.fail, (ON, REASON)),
        Action("cancel", pick_services.cancel, (ON, REASON)),
    ),
    register="pick.index_view",
)


# -- commissions --------------------------------------------------------------------------------------------


def _commission_facts(session: Session, commission: Commission) -> Sequence[Fact]:
    agency = commission.vendor
    facts = [
        Fact(_("Agency"), agency.title if agency else None, href=link(agency)),
        Fact(_("Commissioned by"), commission.client_name),
        Fact(_("Task"), REPORT_LABELS[commission.report_type]),
        Fact(_("Agency library"), commission.library.title, href=link(commission.library)),
        Fact(_("Accompanied by"), commission.owner.name if commission.owner else None),
        Fact(_("Published fee, at most"), amount(commission.list_fee)),
        Fact(_("Agreed fee"), amount(commission.agreed_fee)),
        Fact(_("Promised, working days"), commission.promised_days),
        Fact(_("Taken by the agency, working days"), commission.handling_days),
        Fact(_("Financing"), amount(commission.financing_amount)),
        Fact(_("Intellectual-property filings"), commission.filings),
        Fact(_("Science project declarations"), commission.declarations),
        Fact(_("Funds landed"), amount(commission.fund_amount)),
        Fact(_("Stars"), commission.rating),
    ]
    if commission.status_reason:
        facts.append(Fact(_("Reason"), commission.status_reason))
    facts += [
        Fact(_("Pick"), f"{pick.number} {PICK_WORKFLOW.labels[pick.status]}", href=link(pick))
        for pick in library_queries.picks_of(session, commission)
    ]
    return facts


def _commission_listings(_session: Session, commission: Commission) -> Sequence[Listing]:
    headings = (_("Waited for"), _("From"), _("To"), _("Note"))
    rows = [
        (PAUSE_LABELS[gap.cause], day(gap.starts_on), day(gap.ends_on), gap.note) for gap in commission.pauses
    ]
    listings = [Listing(_("Pauses"), headings, rows)]
    if commission.pause_requests:
        listings.append(_requests(commission))
    return listings


def _requests(commission: Commission) -> Listing:
    headings = (
        _("Waited for"),
        _("From"),
        _("Why"),
        _("Evidence"),
        _("Decision"),
        _("What the officer says"),
    )
    rows = [
        (
            PAUSE_LABELS[each.cause],
            day(each.starts_on),
            each.note,
            Link(each.evidence.filename, url_for("office.document", document_id=each.evidence_id)),
            DECISION_LABELS[each.decision],
            each.answer,
        )
        for each in commission.pause_requests
    ]
    return Listing(_("Pauses that the agency asks for"), headings, rows)


ASKABLE = {cause: PAUSE_LABELS[cause] for cause in EXCUSED}


COMMISSION_STAGES = (
    "commission_requested",
    "commission_accepted",
    "commission_delivered",
    "commission_authority_accepted",
    "commission_rated",
)
STARS = {star: "★" * star for star in range(5, 0, -1)}

COMMISSION = Kind(
    labels={
        "library_id": _("Agency library"),
        "vendor_id": _("Agency"),
        "list_fee": _("Published fee, at most"),
        "agreed_fee": _("Agreed fee"),
        "requested_on": _("Requested on"),
        "chosen_on": _("Agency chosen on"),
        "accepted_on": _("Accepted on"),
        "started_on": _("Begun on"),
        "delivered_on": _("Delivered on"),
        "authority_accepted_on": _("Accepted by the authority on"),
        "rated_on": _("Rated on"),
        "status_reason": _("Reason"),
        "handling_days": _("Taken by the agency, working days"),
        "stars_enterprise": _("Stars of the enterprise"),
        "stars_department": _("Stars of the department"),
        "stars_zone": _("Stars of the zone"),
        "rating": _("Stars"),
    },
    name="commission",
    model=Commission,
    prefix=commission_requests.PREFIX,
    label=_("Commission"),
    label_plural=_("Commissions"),
    workflow=COMMISSION_WORKFLOW,
    view=Permission.library_view,
    edit=Permission.commission_edit,
    approve=Permission.commission_edit,
    facts=_commission_facts,
    listings=_commission_listings,
    stages=lambda _commission: COMMISSION_STAGES,
    amount=lambda commission: commission.agreed_fee,
    inputs=(
        Input("title", _("What for")),
        Input("library", _("Agency library"), "record", choices="library"),
        Input("report_type", _("Task"), "choice", choices=REPORT_LABELS),
        Input("client_name", _("Commissioned by")),
        Input("client_kind", _("Kind of client"), "choice", required=False, choices=CLIENT_LABELS),
        Input("client_code", _("Unified social credit code"), required=False),
        number(
            "promised_days",
            _("Promised, working days"),
            _("Empty: what is usual for the task; 25 for the approvals of an investment."),
        ),
    ),
    create=commission_requests.request,
    change=commission_requests.change,
    require_open=commission_requests.require_open,
    actions=(
        Action(
            "accept",
            commission_services.accept,
            (ON, Input("fee", _("Agreed fee"), "money", required=False, hint=_("Empty: as quoted."))),
        ),
        Action("begin", commission_services.begin, (ON,)),
        Action(
            "pause",
            commission_services.pause,
            (
                ON,
                Input("cause", _("Waiting for"), "choice", choices=PAUSE_LABELS),
                Input("note", _("Why"), "long_text"),
            ),
        ),
        Action(
            "ask_pause",
            pause_requests.ask_pause,
            (
                ON,
                Input("cause", _("Waiting for"), "choice", choices=ASKABLE),
                Input("starts_on", _("Standing still since"), "date"),
                Input("note", _("Why"), "long_text"),
            ),
        ),
        Action(
            "confirm_pause",
            pause_requests.confirm_pause,
            (
                ON,
                Input("cause", _("Waiting for"), "choice", choices=PAUSE_LABELS),
                Input("starts_on", _("First day of the pause"), "date"),
                Input(
                    "ends_on",
                    _("Last day of the pause"),
                    "date",
                    required=False,
                    hint=_("Empty: it lasts until the work goes on."),
                ),
                Input("answer", _("Note"), "long_text", required=False),
            ),
            given=pause_requests.as_asked,
        ),
        Action("refuse_pause", pause_requests.refuse_pause, (ON, REASON)),
        Action("withdraw_pause", pause_requests.withdraw_pause, (ON,)),
        Action("resume", commission_services.resume, (ON,)),
        Action("deliver", commission_services.deliver, (ON,)),
        Action("send_back", commission_services.send_back, (ON, REASON)),
        Action(
            "accept_by_authority",
            commission_services.accept_by_authority,
            (
                ON,
                Input("financing_amount", _("Financing"), "money", required=False),
                number("filings", _("Intellectual-property filings")),
                number("declarations", _("Science project declarations")),
                Input("fund_amount", _("Funds landed"), "money", required=False),
            ),
        ),
        Action(
            "rate",
            commission_services.rate,
            (
                ON,
                Input("enterprise", _("Stars of the enterprise"), "choice", choices=STARS),
                Input("department", _("Stars of the department"), "choice", choices=STARS),
                Input("zone", _("Stars of the zone"), "choice", choices=STARS),
                Input("remark", _("Note"), "long_text", required=False),
            ),
        ),
        Action(
            "promise",
            commission_services.promise,
            (ON, Input("days", _("Promised, working days"), "integer"), REASON),
        ),
        Action(
            "hand_over",
            commission_services.hand_over,
            (Input("officer", _("Officer"), hint=_("Name or address for mail.")),),
        ),
        Action("cancel", commission_services.cancel, (ON, REASON)),
    ),
    register="commission.index_view",
    waiting=pause_requests.waiting,
    pauses="pause",
)

KINDS: tuple[Kind, ...] = (LIBRARY, MEMBERSHIP, COMMISSION, PICK)
