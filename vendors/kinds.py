"""Vendors and qualifications as the shared screens know them."""

from collections.abc import Sequence

from flask import url_for
from sqlalchemy.orm import Session

from core.formats import day
from core.i18n import Text
from core.i18n import lazy_gettext as _
from core.kinds import Action, Answer, Fact, Input, Kind, Link, Listing
from core.permissions import Permission
from core.records import Record
from vendors import entries, file_screens, qualifications, queries, services
from vendors.categories import CATEGORY_LABELS
from vendors.certificates import CERTIFICATES
from vendors.models import SIZE_LABELS, Qualification, Vendor
from vendors.queries import qualifications_of
from vendors.workflow import QUALIFICATION as QUALIFICATION_WORKFLOW
from vendors.workflow import VENDOR as VENDOR_WORKFLOW

ON = Input("on", _("Day"), "date")
REASON = Input("reason", _("Reason"), "long_text")
UNTIL = Input("until", _("Until"), "date", hint=_("The last day on which it holds."))
NAME = Input("name", _("Full name"))
DECISION = (
    Input("authority", _("Authority that decided"), required=False),
    Input("document_number", _("Number of its document"), required=False),
)


def _contacts(vendor: Vendor) -> dict[str, Text]:
    return {contact.name: str(contact) for contact in vendor.contacts}


WHOM = Input("name", _("Contact"), "choice", choices=_contacts)


CERTIFICATE_LABELS = {kind: known.label for kind, known in CERTIFICATES.items()}


def _link(record: Record | None) -> str | None:
    return url_for("records.show", record_id=record.id) if record is not None else None


def _vendor_facts(session: Session, vendor: Vendor) -> Sequence[Fact]:
    facts = [
        Fact(_("Unified social credit code"), vendor.credit_code),
        Fact(_("Legal representative"), vendor.legal_representative),
        Fact(_("Enterprise size"), SIZE_LABELS[vendor.size]),
        Fact(_("Address"), vendor.address),
        Fact(_("Admitted on"), day(vendor.admitted_on)),
    ]
    if vendor.suspended_until or vendor.debarred_until:
        facts.append(
            Fact(_("Barred until"), day(vendor.suspended_until or vendor.debarred_until), tone="late")
        )
    if vendor.status_reason:
        facts.append(Fact(_("Reason"), vendor.status_reason))
    facts += file_screens.facts(session, vendor)
    return facts


def _vendor_listings(session: Session, vendor: Vendor) -> Sequence[Listing]:
    held = [
        (
            Link(CERTIFICATE_LABELS[one.certificate], _link(one)),
            CATEGORY_LABELS[one.category],
            one.certificate_number,
            QUALIFICATION_WORKFLOW.labels[one.status],
            day(one.expires_on) if one.expires_on else "",
        )
        for one in qualifications_of(session, vendor)
    ]
    contacts = [(one.name, one.position, one.phone, one.email) for one in vendor.contacts]
    headings = (_("Certificate"), _("Service"), _("Certificate number"), _("State"), _("Last day"))
    return [
        *file_screens.listings(session, vendor),
        Listing(_("Qualifications"), headings, held, numeric=frozenset({4})),
        Listing(_("Contacts"), (_("Full name"), _("Position"), _("Phone"), _("E-mail")), contacts),
    ]


VENDOR_LABELS = {
    "register_id": _("Register of"),
    "admitted_on": _("Admitted on"),
    "suspended_until": _("Suspended until"),
    "debarred_until": _("Debarred until"),
    "removed_on": _("Removed on"),
    "status_reason": _("Reason"),
}

VENDOR = Kind(
    labels=VENDOR_LABELS,
    name="vendor",
    model=Vendor,
    prefix=services.PREFIX,
    label=_("Vendor"),
    label_plural=_("Vendors"),
    workflow=VENDOR_WORKFLOW,
    view=Permission.vendor_view,
    edit=Permission.vendor_edit,
    approve=Permission.vendor_admit,
    facts=_vendor_facts,
    inputs=(
        Input("title", _("Registered name")),
        Input(
            "credit_code",
            _("Unified social credit code"),
            required=False,
            hint=_("18 characters, as on the business licence; empty only for who has none."),
        ),
        Input("legal_representative", _("Legal representative"), required=False),
        Input("size", _("Enterprise size"), "choice", required=False, choices=SIZE_LABELS),
        Input("address", _("Address"), required=False),
        Input(
            "pinyin_initials", _("Pinyin initials"), required=False, hint=_("So that typing jxsf finds it.")
        ),
    ),
    create=services.register,
    change=services.change,
    require_open=services.require_open,
    actions=(
        Action("submit", services.submit),
        Action("admit", services.admit, (ON,)),
        file_screens.SEND_BACK,
        Action("suspend", services.suspend, (ON, UNTIL, REASON, *DECISION)),
        Action("reinstate", services.reinstate, (REASON,)),
        Action("remove", services.remove, (ON, REASON, *DECISION)),
        Action("debar", services.debar, (ON, UNTIL, REASON, *DECISION)),
        Action("reapply", services.reapply, (ON,)),
        Action(
            "add_contact",
            services.add_contact,
            (
                NAME,
                Input("position", _("Position"), required=False),
                Input("phone", _("Phone"), required=False),
                Input("email", _("E-mail"), required=False),
            ),
        ),
        Action(
            "remove_contact",
            services.remove_contact,
            (Input("name", _("Contact"), "choice", choices=_contacts),),
        ),
        *file_screens.ACTIONS,
    ),
    register="vendor.index_view",
    listings=_vendor_listings,
    waiting=queries.vendors_waiting,
)


def _qualification_facts(_session: Session, held: Qualification) -> Sequence[Fact]:
    facts = [
        Fact(_("Vendor"), held.vendor.title, href=_link(held.vendor)),
        Fact(_("Certificate"), CERTIFICATE_LABELS[held.certificate]),
        Fact(_("Last day"), day(held.expires_on)),
        Fact(_("Service"), CATEGORY_LABELS[held.category]),
        Fact(_("Certificate number"), held.certificate_number),
        Fact(_("Issued by"), held.issuer),
        Fact(_("Issued on"), day(held.issued_on)),
        Fact(_("Evidence"), held.evidence),
        Fact(_("Verified from"), held.source),
        Fact(_("Verified on"), day(held.verified_on)),
        Fact(_("Verified by"), held.verified_by.name if held.verified_by else None),
    ]
    if held.status_reason:
        facts.append(Fact(_("Reason"), held.status_reason))
    if held.replaces is not None:
        facts.append(Fact(_("Replaces"), held.replaces.number, href=_link(held.replaces)))
    return facts


def _qualification_answers(held: Qualification, event: str, _occurrence: str) -> Answer | None:
    if event == "renewal_application_submitted":
        return Answer("apply_for_renewal")
    return Answer("renew") if event == CERTIFICATES[held.certificate].expiry_event else None


def _qualification_stages(held: Qualification) -> Sequence[str]:
    known = CERTIFICATES[held.certificate]
    if held.expires_on is None:
        return (known.issued_event,)
    return (known.issued_event, "renewal_application_submitted", known.expiry_event)


QUALIFICATION_LABELS = {
    "verified_on": _("Verified on"),
    "verified_by_id": _("Verified by"),
    "status_reason": _("Reason"),
}

QUALIFICATION = Kind(
    labels=QUALIFICATION_LABELS,
    name="qualification",
    model=Qualification,
    prefix=qualifications.PREFIX,
    label=_("Qualification"),
    label_plural=_("Qualifications"),
    workflow=QUALIFICATION_WORKFLOW,
    view=Permission.vendor_view,
    edit=Permission.vendor_edit,
    approve=Permission.vendor_admit,
    facts=_qualification_facts,
    stages=_qualification_stages,
    inputs=(
        Input("vendor", _("Vendor"), "record", choices="vendor"),
        Input("category", _("Service"), "choice", choices=CATEGORY_LABELS),
        Input("certificate", _("Certificate"), "choice", choices=CERTIFICATE_LABELS),
        Input("certificate_number", _("Certificate number")),
        Input("issuer", _("Issued by"), required=False),
        Input("issued_on", _("Issued on"), "date"),
        Input(
            "expires_on",
            _("Last day"),
            "date",
            required=False,
            hint=_("As printed on the certificate; empty for a filing that has none."),
        ),
        Input("evidence", _("Evidence"), "long_text", required=False),
        Input("replaces", _("Replaces"), "record", required=False, choices="qualification"),
    ),
    create=qualifications.submit,
    change=qualifications.change,
    require_open=qualifications.require_open,
    actions=(
        Action(
            "verify",
            qualifications.verify,
            (
                ON,
                Input("source", _("Verified from"), hint=_("The registry, letter or original looked at.")),
            ),
        ),
        Action("reject", qualifications.reject, (REASON,)),
        Action("resubmit", qualifications.resubmit),
        Action("apply_for_renewal", qualifications.apply_for_renewal, (ON,)),
        Action("lapse", qualifications.lapse, (ON,)),
        Action(
            "renew",
            qualifications.renew,
            (ON, Input("successor", _("New certificate"), "record", choices="qualification")),
        ),
        Action("withdraw", qualifications.withdraw, (ON, REASON)),
    ),
    register="qualification.index_view",
    answers=_qualification_answers,
    waiting=queries.qualifications_waiting,
    entries=entries.entries,
    guard=entries.guard,
)

KINDS: tuple[Kind, ...] = (VENDOR, QUALIFICATION)
