"""Libraries and memberships as the shared screens know them."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import url_for
from sqlalchemy.orm import Session

from core.formats import day, money
from core.i18n import Text
from core.i18n import lazy_gettext as _
from core.kinds import Action, Fact, Input, Kind, Listing
from core.permissions import Permission
from core.records import Record
from vendors import (
    library_queries,
    library_services,
    memberships,
)
from vendors.categories import CATEGORY_LABELS
from vendors.certificates import CERTIFICATES
from vendors.libraries import CREDIT_LABELS, Library, Membership
from vendors.library_workflow import LIBRARY as LIBRARY_WORKFLOW
from vendors.library_workflow import MEMBERSHIP as MEMBERSHIP_WORKFLOW
from vendors.report_types import REPORT_LABELS, reports_of

ON = Input("on", _("Day"), "date")
REASON = Input("reason", _("Reason"), "long_text")
CERTIFICATE_LABELS = {kind: known.label for kind, known in CERTIFICATES.items()}
FINDING = Input("finding", _("What was found"), "long_text")


def link(record: Record | None) -> str | None:
    """Return the address of a record's page."""
    return url_for("records.show", record_id=record.id) if record is not None else None


def number(name: str, label: Text, hint: Text | None = None) -> Input:
    """Return the input of a whole number that may stay empty."""
    return Input(name, label, "integer", required=False, hint=hint)


# -- libraries ----------------------------------------------------------------------------------------------


def _library_facts(session: Session, library: Library) -> Sequence[Fact]:
    count = len(library_queries.members(session, library))
    room = f"{count} / {library.capacity}" if library.capacity else str(count)
    return [
        Fact(_("Service"), CATEGORY_LABELS[library.category]),
        Fact(_("Members"), room, href=url_for("libraries.show", library_id=library.id)),
        Fact(_("Certificates asked for"), library.certificate_words or None),
        Fact(_("Publicity, working days"), library.publicity_days),
        Fact(_("Credit status no older than, days"), library.credit_days),
        Fact(_("Most commissions in the span"), library.concentration_count),
        Fact(_("Most money in the span"), amount(library.concentration_amount)),
        Fact(_("Span, days"), library.concentration_days),
        Fact(_("Cooling-off, days"), library.cooling_days),
        Fact(_("Removed below, stars"), library.remove_below),
        Fact(
            _("Weights of enterprise, department and zone"),
            f"{library.weight_enterprise} : {library.weight_department} : {library.weight_zone}",
        ),
    ]


def amount(value: Any) -> str | None:
    """Return an amount in words, or None."""
    return money(value) if value is not None else None


def _library_listings(_session: Session, library: Library) -> Sequence[Listing]:
    rows = [
        (REPORT_LABELS[fee.report_type], money(fee.amount), day(fee.effective_from), fee.document)
        for fee in library.fees
    ]
    headings = (_("Task"), _("At most"), _("From"), _("Document"))
    return [Listing(_("Published fees"), headings, rows, frozenset({1}))]


LIBRARY = Kind(
    labels={"register_id": _("Register of"), "certificates": _("Certificates asked for")},
    name="library",
    model=Library,
    prefix=library_services.PREFIX,
    label=_("Agency library"),
    label_plural=_("Agency libraries"),
    workflow=LIBRARY_WORKFLOW,
    view=Permission.library_view,
    edit=Permission.library_edit,
    approve=Permission.library_edit,
    facts=_library_facts,
    listings=_library_listings,
    inputs=(
        Input("title", _("Name of the library")),
        Input("category", _("Service"), "choice", choices=CATEGORY_LABELS),
        Input(
            "certificate_words",
            _("Certificates asked for"),
            required=False,
            hint=_("One of these in force is enough; empty: what is usual for the service."),
        ),
        number("publicity_days", _("Publicity, working days")),
        number("capacity", _("Capacity"), _("Empty: as many as qualify.")),
        number("credit_days", _("Credit status no older than, days"), _("Empty: there is no platform.")),
        number("concentration_days", _("Span, days")),
        number("concentration_count", _("Most commissions in the span")),
        Input("concentration_amount", _("Most money in the span"), "money", required=False),
        number("cooling_days", _("Cooling-off, days")),
        number("least_own_choice", _("Candidates needed: own choice")),
        number("least_draw", _("Candidates needed: draw")),
        number("least_rotation", _("Candidates needed: rotation")),
        number("least_lowest_price", _("Candidates needed: lowest price")),
        number("least_mean_adjusted", _("Candidates needed: adjusted mean price")),
        number("remove_below", _("Removed below, stars")),
        number("ranking_minimum", _("Cases needed for a rank")),
        number("shrinkage", _("Weight of the median in the ranking (k)")),
        number("weight_enterprise", _("Weight of the enterprise's stars")),
        number("weight_department", _("Weight of the department's stars")),
        number("weight_zone", _("Weight of the zone's stars")),
    ),
    create=library_services.set_up,
    change=library_services.change,
    actions=(
        Action(
            "list_fee",
            library_services.list_fee,
            (
                Input(
                    "report_type",
                    _("Task"),
                    "choice",
                    choices=lambda library: reports_of(library.category) if library else REPORT_LABELS,
                ),
                Input("amount", _("At most"), "money"),
                Input("effective_from", _("From"), "date"),
                Input("document", _("Document"), hint=_("The document that publishes the fee.")),
            ),
        ),
        Action("close", library_services.close, (REASON,)),
        Action("reopen", library_services.reopen),
    ),
    register="library.index_view",
)


# -- memberships --------------------------------------------------------------------------------------------


def _membership_facts(session: Session, membership: Membership) -> Sequence[Fact]:
    facts = [
        Fact(_("Vendor"), membership.vendor.title, href=link(membership.vendor)),
        Fact(_("Agency library"), membership.library.title, href=link(membership.library)),
        Fact(_("Admitted on"), membership.admitted_on),
        Fact(_("Publicity until"), membership.publicity_ends_on),
        Fact(_("Yearly check by"), membership.recheck_due_on),
    ]
    if membership.library.credit_days is not None:
        facts += _credit_facts(membership)
    if low := library_queries.reason_to_remove(session, membership):
        facts.append(Fact(_("Stars"), low, tone="late"))
    if membership.penalty_turns:
        facts.append(Fact(_("Turns fined"), membership.penalty_turns))
    if membership.status_reason:
        facts.append(Fact(_("Reason"), membership.status_reason))
    return facts


def _removal(session: Session, membership: Membership) -> Mapping[str, Any]:
    low = library_queries.reason_to_remove(session, membership)
    return {} if low is None else {"reason": str(low)}


def _credit_facts(membership: Membership) -> list[Fact]:
    state = membership.credit_status
    who = membership.credit_checked_by
    return [
        Fact(_("Credit status"), CREDIT_LABELS[state] if state else None, tone=None if state else "late"),
        Fact(_("Looked up on"), membership.credit_checked_on),
        Fact(_("Looked up by"), who.name if who else None),
        Fact(_("Evidence"), membership.credit_evidence),
        Fact(_("To rectify until"), membership.rectify_until),
    ]


def _membership_listings(session: Session, membership: Membership) -> Sequence[Listing]:
    rows = [
        (REPORT_LABELS[fee.report_type], fee.cases, money(fee.lowest), money(fee.middle), money(fee.highest))
        for fee in library_queries.fees_of(session, membership)
    ]
    headings = (_("Task"), _("Cases"), _("Lowest"), _("Median"), _("Highest"))
    return [Listing(_("What it charged"), headings, rows, frozenset({1, 2, 3, 4}))]


def _occurrences(membership: Membership) -> dict[str, Text]:
    return {str(n): _("Year %(year)d in the library") % {"year": n} for n in range(1, membership.checks + 1)}


MEMBERSHIP_STAGES = (
    "library_applied",
    "library_publicised",
    "library_publicity_ended",
    "library_checked",
    "library_rechecked",
)

MEMBERSHIP = Kind(
    labels={
        "library_id": _("Agency library"),
        "vendor_id": _("Vendor"),
        "applied_on": _("Applied on"),
        "reviewed_on": _("Reviewed on"),
        "publicised_on": _("Publicised on"),
        "publicity_ends_on": _("Publicity until"),
        "admitted_on": _("Admitted on"),
        "recheck_due_on": _("Yearly check by"),
        "checks": _("Checks"),
        "suspended_on": _("Suspended on"),
        "suspended_for": _("Suspended for"),
        "removed_on": _("Removed on"),
        "status_reason": _("Reason"),
        "credit_status": _("Credit status"),
        "credit_checked_on": _("Looked up on"),
        "credit_checked_by_id": _("Looked up by"),
        "credit_evidence": _("Evidence"),
        "rectify_until": _("To rectify until"),
        "virtual_turns": _("Turns at the start"),
        "penalty_turns": _("Turns fined"),
    },
    name="membership",
    model=Membership,
    prefix=memberships.PREFIX,
    label=_("Library membership"),
    label_plural=_("Library memberships"),
    workflow=MEMBERSHIP_WORKFLOW,
    view=Permission.library_view,
    edit=Permission.vendor_edit,
    approve=Permission.library_admit,
    facts=_membership_facts,
    listings=_membership_listings,
    stages=lambda _membership: MEMBERSHIP_STAGES,
    occurrences=_occurrences,
    inputs=(
        Input("vendor", _("Vendor"), "record", choices="vendor"),
        Input("library", _("Agency library"), "record", choices="library"),
    ),
    create=memberships.apply_for,
    actions=(
        Action("review", memberships.review, (ON, FINDING)),
        Action("publicise", memberships.publicise, (ON,)),
        Action("admit", memberships.admit, (ON,)),
        Action("recheck", memberships.recheck, (ON, FINDING)),
        Action(
            "check_credit",
            memberships.check_credit,
            (
                ON,
                Input("credit", _("Credit status"), "choice", choices=CREDIT_LABELS),
                Input("evidence", _("Evidence"), "long_text", hint=_("Where it was looked up; attach it.")),
                Input(
                    "reached_on",
                    _("Limit reached on"),
                    "date",
                    required=False,
                    hint=_("Only for an order to rectify: the six months count from this day."),
                ),
            ),
        ),
        Action("penalise", memberships.penalise, (ON, Input("turns", _("Turns"), "integer"), REASON)),
        Action("suspend", memberships.suspend, (ON, REASON)),
        Action("reinstate", memberships.reinstate, (ON, REASON)),
        Action("remove", memberships.remove, (ON, REASON), given=_removal),
        Action("reapply", memberships.reapply, (ON,)),
    ),
    register="membership.index_view",
    waiting=library_queries.to_remove,
)
