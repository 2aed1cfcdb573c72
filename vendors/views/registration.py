"""Self-registration: the one page of the system that a firm without an account fills in."""

from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, session, url_for
from flask_security import current_user, hash_password
from flask_wtf import FlaskForm
from itsdangerous import BadData, URLSafeTimedSerializer
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import EmailField, PasswordField, SelectField, StringField
from wtforms.fields import SelectChoice
from wtforms.validators import DataRequired, Length, Regexp, ValidationError

from core import clock, forms
from core.auth import User
from core.db import db
from core.errors import DomainError, NotFound
from core.i18n import gettext
from core.i18n import lazy_gettext as _
from core.organizations import Organization
from vendors import credit_code, registration
from vendors.categories import CATEGORY_LABELS, ServiceCategory
from vendors.registration import Applicant

bp = Blueprint("registration", __name__, url_prefix="/register", template_folder="../templates")

TEXTS = ("title", "credit_code", "legal_representative", "address", "contact", "phone", "email")
# how long the link holds by which an address is confirmed
HOURS = 72
NEEDED = DataRequired(_("This is needed."))
MAIL = Regexp(r"[^@\s]+@[^@\s]+\.[^@\s]+$", message=_("Give an e-mail address such as name@example.org."))


def _text(label: Any, longest: int, hint: Any = "", **more: Any) -> StringField:
    limits = [NEEDED, Length(max=longest, message=_("At most %(max)d characters."))]
    return StringField(label, limits, description=hint, render_kw=more or None)


class RegistrationForm(FlaskForm):  # type: ignore[misc]  # flask-wtf has no types
    """What a firm enters of itself, and the first account."""

    place = SelectField(_("Register of"), [NEEDED])
    credit_code = _text(
        _("Unified social credit code"),
        60,
        _("18 characters, as on the business licence; spaces and small letters do no harm."),
        autocomplete="off",
        spellcheck="false",
    )
    title = _text(_("Registered name"), 200, autocomplete="organization")
    legal_representative = _text(_("Legal representative"), 80)
    address = _text(_("Address"), 200, autocomplete="street-address")
    category = SelectField(_("Service"), [NEEDED], description=_("The main one; others are added later."))
    contact = _text(_("Your name"), 80, autocomplete="name")
    phone = _text(_("Phone"), 40, autocomplete="tel", inputmode="tel")
    email = EmailField(
        _("E-mail address"),
        [NEEDED, Length(max=255), MAIL],
        description=_("With it you sign in."),
        render_kw={"autocomplete": "username", "spellcheck": "false"},
    )
    password = PasswordField(
        _("Password"),
        [NEEDED, Length(max=200)],
        description=_("At least 12 characters."),
        render_kw={"autocomplete": "new-password"},
    )

    def validate_credit_code(self, field: StringField) -> None:
        """Name the character that is wrong, beside whatever else is."""
        wrong = credit_code.fault(credit_code.normalise(field.data))
        if wrong is not None:
            raise ValidationError(str(wrong))

    def validate_password(self, field: PasswordField) -> None:
        """Say what the password lacks."""
        faults, _plain = _password(field.data)
        if faults:
            raise ValidationError(" ".join(str(fault) for fault in faults))


@bp.route("", methods=["GET", "POST"])
def form() -> Any:
    """Take in the registration of a firm."""
    if current_user.is_authenticated:
        return redirect("/")
    places = registration.registers(db.session)
    if not places:
        raise NotFound
    entry = _entry(places)
    if entry.validate_on_submit():
        try:
            return _register(db.session, entry, places)
        except DomainError as error:
            db.session.rollback()
            forms.explain(entry, error)
    page = render_template("registration/form.html", form=entry, several=len(places) > 1)
    return (page, 422) if entry.errors else page


@bp.get("/done")
def done() -> str:
    """Say under which number the file was handed in, and what happens next."""
    number = session.get("registered")
    if not number:
        raise NotFound
    account = registration.pending(db.session, session.get("confirming") or 0)
    return render_template(
        "registration/done.html", number=number, account=account, form=FlaskForm(), hours=HOURS
    )


@bp.post("/resend")
def resend() -> Response:
    """Send the link once more to whoever has just registered."""
    account = registration.pending(db.session, session.get("confirming") or 0)
    if account is None:
        raise NotFound
    send_link(account)
    db.session.commit()
    flash(gettext("The link was sent once more."), "success")
    return redirect(url_for("registration.done"))


@bp.route("/confirm/<token>", methods=["GET", "POST"])
def confirm(token: str) -> Any:
    """Confirm the address of an account; a button, because programs that check mail open links too."""
    account = _confirming(token)
    if account is None:
        return render_template("registration/expired.html"), 422
    form = FlaskForm()
    if not form.validate_on_submit():
        return render_template("registration/confirm.html", form=form, account=account)
    vendor = registration.confirm(db.session, account)
    session["registered"], session["confirming"] = vendor.number, None
    db.session.commit()
    if current_user.is_authenticated:
        return redirect("/")
    return redirect(url_for("registration.done"))


def _entry(places: list[Organization]) -> RegistrationForm:
    entry = RegistrationForm()
    nothing = SelectChoice("", "—")
    entry.place.choices = [nothing, *(SelectChoice(str(place.id), place.name) for place in places)]
    services = [SelectChoice(str(category), label) for category, label in CATEGORY_LABELS.items()]
    entry.category.choices = [nothing, *services]
    if len(places) == 1 and not entry.place.data:
        entry.place.data = str(places[0].id)
    return entry


def _password(typed: str) -> tuple[list[str] | None, str]:
    """Return what is wrong with a password, and the password as it is kept."""
    util = current_app.extensions["security"].password_util
    faults, plain = util.validate(typed, is_register=False, user=None)
    return faults, str(plain)


def _register(own: Session, entry: RegistrationForm, places: list[Organization]) -> Response:
    digest = str(hash_password(_password(entry.password.data)[1]))
    place = next(place for place in places if str(place.id) == entry.place.data)
    given = Applicant(
        **{name: entry[name].data for name in TEXTS}, category=ServiceCategory(entry.category.data)
    )
    is_pending = bool(current_app.config["MAIL_SERVER"])
    account = registration.register(
        own, place, given, digest=digest, on=clock.today(), at=clock.now(), is_pending=is_pending
    )
    number, account_id = registration.firm_of(own, account).number, account.id
    if is_pending:
        send_link(account)
    own.commit()
    session["registered"] = number
    session["confirming"] = account_id if is_pending else None
    return redirect(url_for("registration.done"))


def send_link(account: User) -> None:
    """Write to the holder of an account the link by which the address is confirmed."""
    settings = current_app.config
    token = _signer().dumps({"account": account.id, "email": account.email})
    link = str(settings["BASE_URL"]).rstrip("/") + url_for("registration.confirm", token=token)
    registration.write_to_confirm(
        db.session, account, link, settings["SITE_NAME"], hours=HOURS, at=clock.now()
    )


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(str(current_app.config["SECRET_KEY"]), salt="confirm-address")


def _confirming(token: str) -> User | None:
    """Return the account whose pending address a link confirms, unless it is forged, out of time or used."""
    try:
        facts = _signer().loads(token, max_age=HOURS * 3600)
    except BadData:
        return None
    return registration.pending(db.session, facts["account"], facts["email"])
