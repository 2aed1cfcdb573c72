"""Where officers declare what may make them partial; everybody sees the own declarations only."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_security import auth_required, current_user
from werkzeug.wrappers import Response

from core import clock, forms
from core.db import db
from core.errors import DomainError
from core.i18n import gettext
from core.i18n import lazy_gettext as _
from core.kinds import Input
from core.permissions import Permission, authorize
from vendors import conflicts
from vendors.ties import TIE_LABELS

bp = Blueprint("ties", __name__, url_prefix="/ties", template_folder="../templates")

INPUTS = (
    Input("kind", _("What binds you"), "choice", choices=TIE_LABELS),
    Input("name", _("Name of the person or firm"), required=False),
    Input("code", _("Unified social credit code"), required=False),
    Input("id", _("Identity number"), required=False),
    Input("phone", _("Phone"), required=False),
    Input("account", _("Bank account"), required=False),
    Input("since", _("Since"), "date", required=False),
    Input("until", _("Until"), "date", required=False, hint=_("Empty while it lasts.")),
)


@bp.route("", methods=["GET", "POST"])
@auth_required("session")
def index() -> Any:
    """Show the own declarations and take in another."""
    authorize(current_user, Permission.vendor_view)
    form = forms.build(db.session, INPUTS)
    if form.validate_on_submit():
        try:
            conflicts.declare(db.session, by=current_user, on=clock.today(), **forms.values(form))
            db.session.commit()
        except DomainError as error:
            db.session.rollback()
            forms.explain(form, error)
        else:
            flash(gettext("Your declaration is kept."), "success")
            return redirect(url_for("ties.index"))
    page = render_template(
        "ties/index.html",
        form=form,
        ties=conflicts.own(db.session, current_user),
        labels=TIE_LABELS,
        today=clock.today(),
    )
    return (page, 422) if form.errors else page


@bp.post("/<int:tie_id>/withdraw")
@auth_required("session")
def withdraw(tie_id: int) -> Response:
    """Take back an own declaration."""
    authorize(current_user, Permission.vendor_view)
    conflicts.withdraw(db.session, tie_id, by=current_user, on=clock.today())
    db.session.commit()
    flash(gettext("Your declaration is taken back; the trail keeps it."), "success")
    return redirect(url_for("ties.index"))
