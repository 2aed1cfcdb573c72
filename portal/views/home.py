"""The first page of the portal: what is most urgent, then the file, then what the vendor is given."""

from dataclasses import dataclass
from datetime import date

from flask import flash, redirect, url_for
from flask_security import current_user
from werkzeug.wrappers import Response

from contracts.models import STATUS_LABELS
from core import clock
from core.db import db
from core.i18n import Text, language
from core.i18n import gettext as _
from core.organizations import beyond
from core.records import Record
from deadlines.loading import load_catalogue
from deadlines.models import Deadline, DeadlineState
from deadlines.views import why
from deadlines.views.labels import grade_labels, short_statute
from portal import queries
from portal.queries import Duty
from portal.tasks import task_list
from portal.views.lists import commission_line, membership_line
from portal.views.page import Page, bp, mine, own, page_of, render
from vendors import review
from vendors.models import VENDOR_STATUS_LABELS, Qualification, VendorStatus
from vendors.views.registration import send_link

# where each part of the file is corrected
REMARK_PAGES = {
    "title": "portal.edit_company",
    "credit_code": "portal.edit_company",
    "legal_representative": "portal.edit_company",
    "address": "portal.edit_company",
    "size": "portal.size",
    "contacts": "portal.company",
    "account": "portal.account",
    "agents": "portal.agents",
    "people": "portal.people",
    "papers": "portal.pledge",
}
URGENT = 3
SHOWN = 3
SOON = 7


@dataclass(frozen=True)
class Call:
    """A duty as a page says it: what, until when, what happens otherwise, where to do it."""

    duty: Duty
    title: str
    subject: str
    consequence: str
    tone: str
    left: str
    act: tuple[Text, str]
    why_url: str

    @property
    def due_on(self) -> date:
        """Return its last day."""
        return self.duty.deadline.due_on


@bp.get("/")
def home() -> Page:
    """Show what the vendor has to do and where it stands."""
    vendor, today = mine(), clock.today()
    calls = [call(each, today) for each in queries.duties(db.session, vendor, today)]
    with beyond(db.session):
        tasks = task_list(db.session, vendor, today)
        remarks = review.remarks(db.session, vendor)
    given, signed = queries.commissions(db.session, vendor), queries.contracts(db.session, vendor)
    return render(
        "home.html",
        calls=calls[:URGENT],
        more_calls=max(0, len(calls) - URGENT),
        tasks=tasks,
        is_pending=current_user.email_pending,
        remarks=remarks,
        remark_pages=REMARK_PAGES,
        remark_labels=review.FIELDS,
        vendor_states=VENDOR_STATUS_LABELS,
        may_submit=vendor.status in {VendorStatus.registered, VendorStatus.returned},
        memberships=[membership_line(each) for each in queries.memberships(db.session, vendor)][:SHOWN],
        commissions=[commission_line(each) for each in given[:SHOWN]],
        more_commissions=len(given) > SHOWN,
        contracts=signed[:SHOWN],
        more_contracts=len(signed) > SHOWN,
        contract_states=STATUS_LABELS,
    )


@bp.post("/send-confirmation")
def send_confirmation() -> Response:
    """Send the link once more by which this person confirms the address of the account."""
    if current_user.email_pending:
        with beyond(db.session):
            send_link(current_user)
        db.session.commit()
        flash(_("The link was sent once more."), "success")
    return redirect(url_for("portal.home"))


@bp.get("/duties")
def duties() -> Page:
    """List everything that the vendor has to do in the next months."""
    vendor, today = mine(), clock.today()
    return render(
        "duties.html", calls=[call(each, today) for each in queries.duties(db.session, vendor, today)]
    )


@bp.get("/why/<int:deadline_id>")
def why_date(deadline_id: int) -> Page:
    """Explain a deadline day by day."""
    deadline, today = own(Deadline, deadline_id), clock.today()
    record = own(Record, deadline.record_id)
    with beyond(db.session):
        panel = why.of(db.session, deadline, today)
    return render(
        "why.html",
        panel=panel,
        record=record,
        record_url=page_of(record),
        language=language(),
        grades=grade_labels(),
        short_statute=short_statute,
        period_words=why.period_words,
    )


@bp.get("/records/<int:record_id>")
def record(record_id: int) -> Response:
    """Lead from a message to the page on which something can be done about it."""
    return redirect(page_of(own(Record, record_id)))


def call(duty: Duty, today: date) -> Call:
    """Return a duty in the reader's words."""
    deadline, words = duty.deadline, language()
    rule = load_catalogue().rules.get(deadline.rule_id)
    return Call(
        duty=duty,
        title=rule.title.to(words) if rule else deadline.rule_id,
        subject=duty.record.title,
        consequence=rule.consequence.to(words) if rule else "",
        tone=_tone(deadline, today),
        left=left_words(duty, today),
        act=act_on(duty.record.kind, duty.record.id) or (_("Open"), page_of(duty.record)),
        why_url=url_for("portal.why_date", deadline_id=deadline.id),
    )


def _tone(deadline: Deadline, today: date) -> str:
    if deadline.provisional:
        return "unknown"
    left = (deadline.due_on - today).days
    if left < 0:
        return "late"
    return "soon" if left <= SOON else "ok"


def left_words(duty: Duty, today: date) -> str:
    """Say how many working days are left, or that it stands still."""
    if duty.deadline.state is DeadlineState.paused:
        return _("stands still while the work is paused")
    if duty.deadline.provisional:
        return _("at the earliest; the calendar is not published")
    days = duty.working_days_left
    if days is None:  # the day is certain, the working days until then are not
        return _("%(days)d days left", days=(duty.deadline.due_on - today).days)
    if days < 0:
        return _("%(days)d working days over", days=-days)
    return _("last day today") if days == 0 else _("%(days)d working days left", days=days)


def act_on(kind: str, record_id: int) -> tuple[Text, str] | None:
    """Return the step that meets a duty without opening its record first: for a certificate the upload."""
    if kind != Qualification.__mapper__.polymorphic_identity:
        return None
    return _("Upload the new certificate"), url_for("portal.renew_paper", paper_id=record_id)
