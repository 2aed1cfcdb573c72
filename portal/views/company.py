"""The vendor's own file: one page for each part of it, and the way to hand it in."""

from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, request, url_for
from flask_security import current_user

from core import clock, forms
from core.db import db
from core.i18n import LazyString, gettext
from core.i18n import lazy_gettext as _
from core.identity import masked
from core.organizations import beyond
from core.permissions import Permission, authorize
from portal import queries
from portal.tasks import pledge_label, task_list
from portal.views.page import Page, Paper, bp, mine, render, send
from vendors import accounts, needs, papers, review, rules, services
from vendors.categories import CATEGORY_LABELS
from vendors.evidence import CREDENTIAL_LABELS
from vendors.kinds import VENDOR
from vendors.models import SIZE_LABELS, Vendor, VendorStatus
from vendors.workflow import VENDOR as WORKFLOW

# what a vendor says of itself; its size it declares with a paper
OWN_FIELDS = ("title", "credit_code", "legal_representative", "address")
INPUTS = tuple(each for each in VENDOR.inputs if each.name in OWN_FIELDS)


@dataclass(frozen=True)
class Step:
    """A step of the file that has a page: what it is called, and where it leads back."""

    title: LazyString
    endpoint: str
    done: LazyString
    # the paper that comes along; named after the input that it takes the place of, if it does
    paper: LazyString | None = None
    takes_place_of: str | None = None
    lead: LazyString | None = None
    # the input that is chosen on the page before
    given: str | None = None


STEPS: dict[str, Step] = {
    "add_contact": Step(_("Add a contact"), "portal.company", _("The contact is kept.")),
    "remove_contact": Step(
        _("Take out a contact"), "portal.company", _("The contact is taken out."), given="name"
    ),
    "offer_service": Step(
        _("Add a service"),
        "portal.company",
        _("The service is kept: your list of tasks shows what it demands."),
        lead=_("What a service demands by law is added to your list of tasks."),
    ),
    "drop_service": Step(
        _("Take out a service"), "portal.company", _("The service is taken out."), given="category"
    ),
    "propose_account": Step(
        _("Enter a bank account"),
        "portal.account",
        _("The account is entered. An officer compares it with your paper before anything is paid."),
        paper=_("Proof of the account"),
        lead=_("Payments wait until an officer has compared the account with your paper."),
    ),
    "add_agent": Step(
        _("Add an authorised agent"),
        "portal.agents",
        _("The agent is kept."),
        paper=_("Letter of authority"),
        takes_place_of="letter",
    ),
    "revoke_agent": Step(
        _("End an agent's authority"), "portal.agents", _("The authority is ended."), given="agent"
    ),
    "declare_size": Step(
        _("Declare the size of the enterprise"),
        "portal.size",
        _("The declaration is kept."),
        paper=_("Signed declaration"),
        takes_place_of="document",
        lead=_(
            "Whoever declares more favourably than the figures allow is liable for it. "
            "The periods in which you are paid follow from the size."
        ),
    ),
    "add_person": Step(
        _("Add a registered person"),
        "portal.people",
        _("The person is entered. An officer checks the registration at its source."),
        paper=_("Certificate and proof of social insurance"),
    ),
    "release_person": Step(
        _("A person has left"), "portal.people", _("The person is not counted any more."), given="person"
    ),
}
NEEDED_PAPERS = frozenset({"add_agent", "declare_size", "add_person"})
TODAY = "on"


@bp.get("/file")
def company() -> Page:
    """Show who the vendor is, as the office has it."""
    vendor = mine()
    with beyond(db.session):
        offered = papers.offered(db.session, vendor)
        lacking = needs.lines(db.session, vendor, clock.today())
    return render(
        "company.html",
        fields=[(each.label, getattr(vendor, each.name), each.name) for each in INPUTS],
        size=SIZE_LABELS[vendor.size],
        remarks=_remarks(vendor),
        is_under_review=vendor.status is VendorStatus.under_review,
        is_kept=_is_open(vendor, "add_contact"),
        offered=[(each.category, CATEGORY_LABELS[each.category]) for each in offered],
        lacking=lacking,
    )


@bp.route("/file/edit", methods=["GET", "POST"])
def edit_company() -> Page:
    """Correct who the vendor is, while the file is a draft or was returned."""
    authorize(current_user, Permission.portal_edit)
    vendor = mine()
    if vendor.status not in rules.DRAFTS and request.method == "GET":
        return redirect(url_for("portal.company"))  # which says why nothing can be changed now
    stored = {name: getattr(vendor, name) for name in OWN_FIELDS}
    form = forms.build(db.session, INPUTS, given=stored)

    def act() -> str:
        given = forms.values(form)
        version = request.form.get("version", type=int)
        services.change(db.session, vendor, by=current_user, on=clock.today(), version=version, **given)
        flash(gettext("Saved."), "success")
        return url_for("portal.company")

    done = send(form, act)
    return done or render("company_edit.html", form, remarks=_remarks(vendor), version=vendor.version)


@bp.route("/file/submit", methods=["GET", "POST"])
def submit() -> Page:
    """Check the answers, then hand the file in."""
    authorize(current_user, Permission.portal_edit)
    vendor = mine()
    form = forms.build(db.session, ())

    def act() -> str:
        services.submit(db.session, vendor, by=current_user)
        return url_for("portal.submitted")

    done = send(form, act)
    if done is not None:
        return done
    with beyond(db.session):
        tasks = task_list(db.session, vendor, clock.today())
    return render(
        "submit.html",
        form,
        fields=[(each.label, getattr(vendor, each.name)) for each in INPUTS],
        tasks=tasks,
        is_open=_is_open(vendor, "submit"),
        state=WORKFLOW.labels[vendor.status],
    )


@bp.get("/file/submitted")
def submitted() -> Page:
    """Confirm that the file is handed in, and say what happens next."""
    if mine().status is not VendorStatus.under_review:
        return redirect(url_for("portal.home"))
    return render("submitted.html")


@bp.route("/file/<any(" + ", ".join(STEPS) + "):step>", methods=["GET", "POST"])
def file_step(step: str) -> Page:
    """Take one step on the file: one page, one thing."""
    authorize(current_user, Permission.portal_edit)
    vendor, known, action = mine(), STEPS[step], VENDOR.action(step)
    with beyond(db.session):
        asked = [each for each in action.inputs if each.name not in {TODAY, known.takes_place_of}]
        form = forms.build(db.session, asked, given=_chosen(known), record=vendor)
    paper = Paper(known.paper, is_needed=step in NEEDED_PAPERS) if known.paper else None

    def act() -> str:
        given = forms.values(form)
        if any(each.name == TODAY for each in action.inputs):
            given[TODAY] = clock.today()
        if paper is not None:
            attached = paper.attach(vendor, gettext(str(known.paper)))
            if known.takes_place_of and attached is not None:
                given[known.takes_place_of] = attached.filename
        action.service(db.session, vendor, by=current_user, **given)
        flash(str(known.done), "success")
        return url_for(known.endpoint)

    done = send(form, act, paper)
    if done is not None:
        return done
    return render(
        "step.html", form, title=known.title, lead=known.lead, back=url_for(known.endpoint), paper=paper
    )


def _chosen(step: Step) -> dict[str, Any]:
    """Return what the page before has chosen."""
    if step.given is None or step.given not in request.args:
        return {}
    return {step.given: request.args[step.given]}


@bp.get("/account")
def account() -> Page:
    """Show where the vendor is paid; of a number only the end."""
    vendor = mine()
    known = accounts.of_vendor(db.session, vendor)
    return render(
        "account.html",
        current=next((each for each in known if each.is_current), None),
        waiting=next((each for each in known if each.is_proposed), None),
        refused=known[0] if known and known[0].confirmed_on is None and known[0].ended_on else None,
        masked=masked,
        remarks=_remarks(vendor),
    )


@bp.get("/agents")
def agents() -> Page:
    """Show who speaks for the vendor."""
    vendor = mine()
    return render("agents.html", agents=papers.agents(db.session, vendor), remarks=_remarks(vendor))


@bp.get("/people")
def people() -> Page:
    """Show the registered people, and how many a service demands."""
    vendor, today = mine(), clock.today()
    with beyond(db.session):
        asked = [each for each in needs.of_vendor(db.session, vendor, today) if not each.requirement.kinds]
    return render(
        "people.html",
        people=papers.people(db.session, vendor),
        asked=[(each.words(today), each.is_met(today)) for each in asked],
        credentials=CREDENTIAL_LABELS,
        masked=masked,
        remarks=_remarks(vendor),
    )


@bp.get("/size")
def size() -> Page:
    """Show what the vendor has declared of its size."""
    vendor = mine()
    return render(
        "size.html",
        declared=papers.declarations(db.session, vendor),
        size=SIZE_LABELS[vendor.size],
        sizes=SIZE_LABELS,
        remarks=_remarks(vendor),
    )


@bp.route("/pledge", methods=["GET", "POST"])
def pledge() -> Page:
    """Show the pledge that the vendor has signed, and take a signed one in."""
    vendor = mine()
    form, paper = forms.build(db.session, ()), Paper(_("Signed pledge"))

    def act() -> str:
        authorize(current_user, Permission.portal_edit)
        paper.attach(vendor, pledge_label())
        flash(gettext("The pledge is kept."), "success")
        return url_for("portal.pledge")

    done = send(form, act, paper)
    if done is not None:
        return done
    signed = queries.documents(db.session, vendor, pledge_label())
    return render("pledge.html", form, paper=paper, signed=signed, remarks=_remarks(vendor))


def _remarks(vendor: Vendor) -> dict[str, str]:
    """Return what has to be corrected, by field."""
    return {each.field: each.text for each in review.remarks(db.session, vendor)}


def _is_open(vendor: Vendor, step: str) -> bool:
    with beyond(db.session):
        return any(each.name == step for each in WORKFLOW.available(db.session, vendor, current_user))
