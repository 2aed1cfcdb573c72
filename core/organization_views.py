"""The screens of the tree of organizations."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_security import auth_required, current_user
from werkzeug.wrappers import Response

from core import clock, directory, people
from core.db import db
from core.directory import Branch
from core.errors import DomainError
from core.forms import explain
from core.i18n import gettext as _
from core.organizations import ORGANIZATION_KIND_LABELS, Organization
from core.people_forms import OrganizationForm, organization_choices
from core.permissions import Permission, authorize

bp = Blueprint("organizations", __name__, url_prefix="/organizations")

Page = str | Response | tuple[str, int]


@bp.before_request
@auth_required("session")
def admit() -> None:
    """Let only administrators of accounts in."""
    authorize(current_user, Permission.user_edit)


@bp.get("/")
def index() -> str:
    """Show the tree of organizations."""
    return render_template("organizations/index.html", branches=_branches(), kinds=ORGANIZATION_KIND_LABELS)


@bp.route("/new", methods=["GET", "POST"])
def new() -> Page:
    """Add an organization below another."""
    form = OrganizationForm(parent=request.args.get("below", type=int))
    form.parent.choices = organization_choices(_branches())
    if form.validate_on_submit():
        try:
            people.add_below(
                db.session,
                people.find_organization(db.session, form.parent.data, by=current_user, on=clock.today()),
                **_names(form),
            )
            db.session.commit()
        except DomainError as refusal:
            db.session.rollback()
            explain(form, refusal)
        else:
            return _saved()
    return _page(form, None)


@bp.route("/<int:organization_id>", methods=["GET", "POST"])
def edit(organization_id: int) -> Page:
    """Rename an organization."""
    organization = people.find_organization(db.session, organization_id, by=current_user, on=clock.today())
    form = OrganizationForm(obj=organization)
    del form.parent
    if form.validate_on_submit():
        try:
            people.rename(db.session, organization, **_names(form))
            db.session.commit()
        except DomainError as refusal:
            db.session.rollback()
            explain(form, refusal)
        else:
            return _saved()
    return _page(form, organization)


def _branches() -> list[Branch]:
    return directory.tree(db.session, scope=people.reach(current_user, clock.today()))


def _names(form: OrganizationForm) -> dict[str, Any]:
    return {
        "kind": form.kind.data,
        "code": str(form.code.data).strip(),
        "name": str(form.name.data).strip(),
        "by": current_user,
        "on": clock.today(),
    }


def _saved() -> Response:
    flash(_("Saved."), "success")
    return redirect(url_for("organizations.index"))


def _page(form: OrganizationForm, organization: Organization | None) -> Page:
    page = render_template("organizations/form.html", form=form, organization=organization)
    return (page, 422) if form.errors else page
