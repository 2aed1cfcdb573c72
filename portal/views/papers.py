"""Certificates: what is held, what is asked for, and handing in a new one."""

from dataclasses import replace
from typing import Any

from flask import flash, redirect, request, url_for
from flask_security import current_user

from core import clock, forms
from core.db import db
from core.i18n import Text, gettext
from core.i18n import lazy_gettext as _
from core.organizations import beyond
from core.permissions import Permission, authorize
from portal import queries
from portal.tasks import task_list
from portal.views.home import call
from portal.views.page import Page, Paper, bp, mine, own, render, send
from vendors import qualifications
from vendors.categories import CATEGORY_LABELS, ServiceCategory
from vendors.certificates import CERTIFICATES, CertificateKind, evidence_for
from vendors.kinds import QUALIFICATION
from vendors.models import QUALIFICATION_STATUS_LABELS, Qualification, QualificationStatus
from vendors.queries import qualifications_of
from vendors.workflow import QUALIFICATION as WORKFLOW

Q = QualificationStatus
ASKED = {each.name: each for each in QUALIFICATION.inputs}
PRINTED = ("certificate_number", "issuer", "issued_on", "expires_on")
WHAT = ("category", "certificate")
RENEWABLE = frozenset({Q.verified, Q.lapsed})
STATUS_LAMPS = {
    Q.submitted: "unknown",
    Q.verified: "ok",
    Q.rejected: "late",
    Q.lapsed: "late",
    Q.renewed: "waived",
    Q.withdrawn: "waived",
}


@bp.get("/papers")
def papers() -> Page:
    """List every certificate of the vendor, and those that are asked for."""
    vendor, today = mine(), clock.today()
    with beyond(db.session):
        tasks = task_list(db.session, vendor, today).tasks
        held = qualifications_of(db.session, vendor)
    return render(
        "papers.html",
        asked=[each for each in tasks if each.endpoint in {"portal.paper", "portal.new_paper"}],
        held=held,
        certificates=CERTIFICATES,
        states=QUALIFICATION_STATUS_LABELS,
        lamps=STATUS_LAMPS,
    )


@bp.get("/papers/<int:paper_id>")
def paper(paper_id: int) -> Page:
    """Show one certificate: what it says, how it stands, what runs for it."""
    held, vendor, today = own(Qualification, paper_id), mine(), clock.today()
    with beyond(db.session):
        replaced = held.replaces
        known = qualifications_of(db.session, vendor)
    return render(
        "paper.html",
        paper=held,
        label=CERTIFICATES[held.certificate].label,
        service=CATEGORY_LABELS[held.category],
        word=QUALIFICATION_STATUS_LABELS[held.status],
        lamp=STATUS_LAMPS[held.status],
        calls=[call(each, today) for each in queries.duties(db.session, vendor, today, held)],
        documents=queries.documents(db.session, held),
        replaced=replaced,
        coming=[each for each in known if each.replaces_id == held.id and each.status is Q.submitted],
        may_renew=held.status in RENEWABLE,
        may_correct=held.status is Q.rejected,
        may_note=_is_open(held, "apply_for_renewal"),
    )


@bp.route("/papers/new", methods=["GET", "POST"])
def new_paper() -> Page:
    """Hand in a certificate for one of the services."""
    service = request.args.get("category", "")
    if service not in ServiceCategory.__members__:
        return _hand_in(None, (*WHAT, *PRINTED), {})
    kinds = {each: CERTIFICATES[each].label for each in evidence_for(ServiceCategory(service))}
    wanted = request.args.get("certificate", "")
    if wanted in {each.value for each in kinds}:
        fixed = {"category": ServiceCategory(service), "certificate": CertificateKind(wanted)}
        return _hand_in(None, PRINTED, fixed)
    return _hand_in(None, ("certificate", *PRINTED), {"category": ServiceCategory(service)}, kinds)


@bp.route("/papers/<int:paper_id>/renew", methods=["GET", "POST"])
def renew_paper(paper_id: int) -> Page:
    """Hand in the certificate that takes the place of one."""
    held = own(Qualification, paper_id)
    fixed = {"category": held.category, "certificate": held.certificate}
    return _hand_in(held, PRINTED, fixed)


@bp.route("/papers/<int:paper_id>/correct", methods=["GET", "POST"])
def correct_paper(paper_id: int) -> Page:
    """Correct a certificate that was refused, and hand it in again."""
    authorize(current_user, Permission.portal_edit)
    held = own(Qualification, paper_id)
    stored = {name: getattr(held, name) for name in PRINTED}
    form = forms.build(db.session, [ASKED[name] for name in PRINTED], given=stored)
    scan = Paper(_("Scan of the certificate"), is_needed=False, hint=_("Only if the file itself was wrong."))

    def act() -> str:
        version = request.form.get("version", type=int)
        given = forms.values(form)
        qualifications.change(db.session, held, by=current_user, version=version, **given)
        qualifications.resubmit(db.session, held, by=current_user)
        scan.attach(held, str(CERTIFICATES[held.certificate].label))
        return url_for("portal.paper_done", paper_id=held.id)

    done = send(form, act, scan)
    if done is not None:
        return done
    return render("paper_form.html", form, paper=scan, held=held, title=_("Correct the certificate"))


@bp.get("/papers/<int:paper_id>/done")
def paper_done(paper_id: int) -> Page:
    """Confirm that a certificate is handed in, and say what happens next."""
    held = own(Qualification, paper_id)
    if held.status is not Q.submitted:
        return redirect(url_for("portal.paper", paper_id=paper_id))
    with beyond(db.session):
        replaced = held.replaces
    return render(
        "paper_done.html", paper=held, label=CERTIFICATES[held.certificate].label, replaced=replaced
    )


@bp.route("/papers/<int:paper_id>/applied", methods=["GET", "POST"])
def renewal_applied(paper_id: int) -> Page:
    """Say that the renewal has been applied for at the authority, which meets the clock."""
    authorize(current_user, Permission.portal_edit)
    held = own(Qualification, paper_id)
    form = forms.build(db.session, ())
    proof = Paper(_("Receipt of the authority"))

    def act() -> str:
        label = str(_("Receipt of the application for renewal"))
        qualifications.apply_for_renewal(db.session, held, by=current_user, on=clock.today())
        proof.attach(held, label)
        flash(gettext("Noted: the renewal has been applied for."), "success")
        return url_for("portal.paper", paper_id=held.id)

    done = send(form, act, proof)
    if done is not None:
        return done
    return render(
        "step.html",
        form,
        title=_("The renewal has been applied for"),
        lead=_("Say so when the authority has taken your application: the deadline is met by it today."),
        back=url_for("portal.paper", paper_id=held.id),
        paper=proof,
    )


def _hand_in(
    held: Qualification | None,
    names: tuple[str, ...],
    fixed: dict[str, Any],
    kinds: dict[CertificateKind, Text] | None = None,
) -> Page:
    authorize(current_user, Permission.portal_edit)
    vendor = mine()
    asked = [
        replace(ASKED[name], choices=kinds) if kinds and name == "certificate" else ASKED[name]
        for name in names
    ]
    form = forms.build(db.session, asked, given={"issuer": held.issuer} if held else None)
    scan = Paper(_("Scan of the certificate"))

    def act() -> str:
        given = fixed | forms.values(form)
        made = qualifications.submit(
            db.session, by=current_user, on=clock.today(), vendor=vendor, replaces=held, **given
        )
        scan.attach(made, str(CERTIFICATES[made.certificate].label))
        return url_for("portal.paper_done", paper_id=made.id)

    done = send(form, act, scan)
    if done is not None:
        return done
    what = CERTIFICATES[fixed["certificate"]].label if "certificate" in fixed else None
    title = _("Upload the new certificate") if held else _("Upload a certificate")
    service = CATEGORY_LABELS[fixed["category"]] if "category" in fixed else None
    return render("paper_form.html", form, paper=scan, held=held, title=title, what=what, service=service)


def _is_open(held: Qualification, step: str) -> bool:
    with beyond(db.session):
        return any(each.name == step for each in WORKFLOW.available(db.session, held, current_user))
