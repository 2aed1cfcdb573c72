"""What the vendor is given to do: commissions to accept and deliver, contracts to look up."""

from datetime import date

from flask import flash, url_for
from flask_security import current_user

from contracts.models import BASIS_LABELS, STATUS_LABELS, Contract, PaymentLine
from core import clock, forms
from core.db import db
from core.errors import NotFound
from core.i18n import LazyString, Text, lazy_gettext
from core.i18n import gettext as _
from core.organizations import beyond
from core.permissions import Permission, authorize
from portal import queries
from portal.views.home import left_words
from portal.views.lists import commission_line
from portal.views.page import Page, Paper, bp, mine, own, render, send
from vendors.commission_kinds import COMMISSION
from vendors.commissions import DECISION_LABELS, PAUSE_LABELS, Commission
from vendors.library_workflow import COMMISSION as WORKFLOW
from vendors.report_types import REPORT_LABELS

# what the agency itself does; the day is the one on which it does it
STEPS: dict[str, tuple[LazyString, LazyString]] = {
    "accept": (
        lazy_gettext("Accept the commission"),
        lazy_gettext("You have accepted. The promised limit runs from today."),
    ),
    "begin": (lazy_gettext("Begin the work"), lazy_gettext("Noted: you have begun.")),
    "resume": (lazy_gettext("Go on with the work"), lazy_gettext("Noted: you go on.")),
    "deliver": (
        lazy_gettext("Deliver the result"),
        lazy_gettext("Delivered. The officer hands it to the authority."),
    ),
    "ask_pause": (
        lazy_gettext("Ask for a pause"),
        lazy_gettext("Asked. Until the officer confirms it, your limit runs on."),
    ),
    "withdraw_pause": (
        lazy_gettext("Take the request back"),
        lazy_gettext("Taken back. Your limit runs on as before."),
    ),
}
LEADS: dict[str, LazyString] = {
    "accept": lazy_gettext("With your acceptance the promised number of working days begins."),
    "deliver": lazy_gettext("Your days of handling end today. Attach the result, if it is a file."),
    "ask_pause": lazy_gettext(
        "Only days that the officer confirms are taken out of your limit. Say since when and for whom"
        " the work waits, and attach what proves it."
    ),
}
# the file that a step may or has to bring along
PAPERS: dict[str, tuple[LazyString, bool]] = {
    "deliver": (lazy_gettext("Result"), False),
    "ask_pause": (lazy_gettext("Evidence for the pause"), True),
}
TODAY = "on"


@bp.get("/commissions", endpoint="commissions")
def index() -> Page:
    """List what the vendor has been chosen for."""
    found = queries.commissions(db.session, mine())
    return render("commissions.html", lines=[commission_line(each) for each in found])


@bp.get("/commissions/<int:commission_id>")
def commission(commission_id: int) -> Page:
    """Show one commission: the task, the limit, the pauses, the next step."""
    found, today = own(Commission, commission_id), clock.today()
    line, limit = commission_line(found), queries.limit(db.session, found, today)
    with beyond(db.session):
        is_open = {each.name for each in WORKFLOW.available(db.session, found, current_user)}
        officer = found.owner.name if found.owner else None
        pauses, requests = list(found.pauses), list(found.pause_requests)
    return render(
        "commission.html",
        commission=found,
        task=REPORT_LABELS[found.report_type],
        lamp=line.lamp,
        word=line.word,
        steps=[(name, label) for name, (label, _done) in STEPS.items() if name in is_open],
        officer=officer,
        pauses=pauses,
        requests=requests,
        decisions=DECISION_LABELS,
        causes=PAUSE_LABELS,
        documents=queries.documents(db.session, found),
        limit=limit,
        left=left_words(limit, today) if limit else None,
    )


@bp.route("/commissions/<int:commission_id>/<any(" + ", ".join(STEPS) + "):step>", methods=["GET", "POST"])
def commission_step(commission_id: int, step: str) -> Page:
    """Take a step on a commission."""
    authorize(current_user, Permission.portal_edit)
    found, action = own(Commission, commission_id), COMMISSION.action(step)
    asked = [each for each in action.inputs if each.name != TODAY]
    form = forms.build(db.session, asked, record=found)
    title, done_words = STEPS[step]
    label, is_needed = PAPERS.get(step, ("", False))
    paper = Paper(label, is_needed=is_needed) if label else None

    def act() -> str:
        given = forms.values(form)
        attached = paper.attach(found, str(label)) if paper is not None else None
        if is_needed:
            given["evidence"] = attached
        action.service(db.session, found, by=current_user, on=clock.today(), **given)
        flash(str(done_words), "success")
        return url_for("portal.commission", commission_id=found.id)

    done = send(form, act, paper)
    if done is not None:
        return done
    back = url_for("portal.commission", commission_id=commission_id)
    return render("step.html", form, title=title, lead=_lead(found, step), back=back, paper=paper)


def _lead(commission: Commission, step: str) -> Text | None:
    """Return what has to be known before a step, the published fee among it."""
    if step != "accept" or commission.list_fee is None:
        return LEADS.get(step)
    most = _("The published list allows %(most)s yuan at most.", most=f"{commission.list_fee:,.2f}")
    return f"{LEADS[step]}{most}"


@bp.get("/contracts", endpoint="contracts")
def contracts() -> Page:
    """List the signed contracts of the vendor."""
    return render("contracts.html", contracts=queries.contracts(db.session, mine()), states=STATUS_LABELS)


@bp.get("/contracts/<int:contract_id>")
def contract(contract_id: int) -> Page:
    """Show a contract and what is paid of it; it is the office's record, and nothing changes it here."""
    found = own(Contract, contract_id)
    if found.status in queries.UNSIGNED:
        raise NotFound
    with beyond(db.session):
        lines = list(found.lines)
        buyer = found.organization.name
    today = clock.today()
    return render(
        "contract.html",
        contract=found,
        buyer=buyer,
        lines=[(line, *_payment(line, today)) for line in lines],
        bases=BASIS_LABELS,
        word=STATUS_LABELS[found.status],
        documents=queries.documents(db.session, found),
    )


def _payment(line: PaymentLine, today: date) -> tuple[str, Text]:
    """Return how an instalment stands: its lamp and the word for it."""
    if line.paid_on is not None:
        return "met", _("Paid")
    if line.approved_on is not None:
        return "ok", _("Approved, on its way")
    if line.requested_on is not None:
        return "unknown", _("Being approved")
    if line.condition_met_on is not None:
        return "soon", _("Due, not yet asked for")
    return "blank", _("Not due yet")
