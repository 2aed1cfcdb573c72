"""The accounts of a vendor: who may come in, opened and closed by the vendor's own administrator."""

from flask import flash, redirect, render_template, url_for
from flask_security import current_user, hash_password
from flask_wtf import FlaskForm
from wtforms import EmailField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Length

from core import clock, lockout, parties, people
from core.auth import User
from core.db import db
from core.errors import DomainError, InvalidInput, NotFound
from core.forms import explain
from core.i18n import gettext
from core.i18n import lazy_gettext as _
from core.login import KEEP_FAILURES
from core.permissions import ROLE_LABELS, Permission, RoleName, authorize
from portal.views.page import Page, bp, mine, render

ROLES = (RoleName.vendor_agent, RoleName.vendor_admin)


class AccountForm(FlaskForm):  # type: ignore[misc]  # flask-wtf has no types
    """Somebody who is to come in."""

    name = StringField(_("Full name"), [DataRequired(_("This is needed.")), Length(max=80)])
    email = EmailField(
        _("Address for mail"),
        [DataRequired(_("This is needed.")), Length(max=255)],
        description=_("With this address the person signs in."),
    )
    role = SelectField(
        _("Role"),
        choices=[SelectChoice(role, ROLE_LABELS[role]) for role in ROLES],
        coerce=RoleName,
        description=_("An administrator of the vendor opens and closes accounts, too."),
    )


@bp.get("/users")
def users() -> Page:
    """List the accounts of the vendor."""
    authorize(current_user, Permission.portal_users)
    return render("users.html", users=parties.accounts(db.session, mine()), form=None)


@bp.route("/users/new", methods=["GET", "POST"])
def new_user() -> Page:
    """Open an account, and show the password with which it is opened once."""
    authorize(current_user, Permission.portal_users)
    vendor, form = mine(), AccountForm()
    if form.validate_on_submit():
        password, at = people.new_password(), clock.now()
        try:
            person = parties.open_account(
                db.session,
                vendor,
                name=str(form.name.data),
                email=str(form.email.data),
                role=form.role.data,
                by=current_user,
                at=at,
            )
            parties.hand_over_password(
                db.session, vendor, person, hash_password(password), by=current_user, at=at
            )
            db.session.commit()
        except DomainError as refusal:
            db.session.rollback()
            explain(form, refusal)
        else:
            return render_template("portal/password.html", person=person, password=password)
    return render("user_form.html", form)


@bp.post("/users/<int:user_id>/<any(close, reopen, password):act>")
def user_act(user_id: int, act: str) -> Page:
    """Close an account, open it again, or hand a new password over."""
    authorize(current_user, Permission.portal_users)
    vendor = mine()
    person = next((each for each in parties.accounts(db.session, vendor) if each.id == user_id), None)
    if person is None:
        raise NotFound
    if act == "password":
        return _new_password(person)
    try:
        change = parties.close_account if act == "close" else parties.reopen_account
        change(db.session, vendor, person, by=current_user)
        db.session.commit()
    except InvalidInput as refusal:
        db.session.rollback()
        flash(str(refusal), "error")
    else:
        flash(gettext("Done."), "success")
    return redirect(url_for("portal.users"))


def _new_password(person: User) -> Page:
    password, at = people.new_password(), clock.now()
    parties.hand_over_password(db.session, mine(), person, hash_password(password), by=current_user, at=at)
    lockout.forget(db.session, person.email, before=at - KEEP_FAILURES)
    db.session.commit()
    return render_template("portal/password.html", person=person, password=password)
