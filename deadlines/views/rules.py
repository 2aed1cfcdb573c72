"""The rule table: every statutory period with its source, and a place to try it on a date."""

from datetime import date

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_security import auth_required, current_user
from werkzeug.wrappers import Response

from core import clock, people
from core.db import db
from core.errors import DomainError, InvalidInput
from core.forms import explain
from core.i18n import gettext as _
from core.i18n import language
from core.permissions import Permission, authorize
from deadlines import amendments
from deadlines.corrections import calendar_for, rule_book
from deadlines.loading import load_catalogue
from deadlines.rules import Rule
from deadlines.views import overrides, why
from deadlines.views.labels import domain_labels, grade_labels, method_labels, short_statute, unit_labels
from deadlines.views.overrides import EndForm, OverrideForm

bp = Blueprint("rules", __name__, url_prefix="/rules", template_folder="../templates")

Page = str | Response | tuple[str, int]


@bp.get("/")
@auth_required("session")
def index() -> str:
    """List the rules, filtered by domain and by words."""
    domain, words = request.args.get("domain", ""), request.args.get("q", "").strip()
    catalogue = load_catalogue()
    everything = catalogue.rules.values()
    return render_template(
        "rules/index.html",
        rules=[rule for rule in everything if _matches(rule, domain, words)],
        catalogue=catalogue,
        total=len(everything),
        domain=domain,
        domains=domain_labels(),
        grades=grade_labels(),
        language=language(),
        period_words=why.period_words,
        short_statute=short_statute,
    )


@bp.get("/<rule_id>")
@auth_required("session")
def show(rule_id: str) -> Page:
    """Show a rule, what it makes of a day, and what organizations have added to it."""
    return _page(load_catalogue().rule(rule_id))


@bp.post("/<rule_id>/overrides")
@auth_required("session")
def tighten(rule_id: str) -> Page:
    """Make the rule stricter for an organization."""
    authorize(current_user, Permission.rule_edit)
    rule = load_catalogue().rule(rule_id)
    form = overrides.form(rule)
    if form.validate_on_submit():
        today = clock.today()
        organization = people.find_organization(db.session, form.organization.data, by=current_user, on=today)
        try:
            amendments.set_override(
                db.session, organization, rule_id, on=today, by=current_user, **overrides.values(form, rule)
            )
            db.session.commit()
        except DomainError as refusal:
            db.session.rollback()
            explain(form, refusal)
        else:
            flash(_("The rule is stricter for %(organization)s.", organization=organization), "success")
            return redirect(url_for("rules.show", rule_id=rule_id) + "#overrides")
    return _page(rule, form=form), 422


@bp.post("/<rule_id>/overrides/<int:override_id>/end")
@auth_required("session")
def ease(rule_id: str, override_id: int) -> Page:
    """Let the rule be no stricter than the law again after a day."""
    rule = load_catalogue().rule(rule_id)
    override, form = overrides.find(rule, override_id), EndForm()
    if form.validate_on_submit():
        reason = str(form.reason.data).strip()
        try:
            amendments.end_override(db.session, override, on=form.on.data, reason=reason, by=current_user)
            db.session.commit()
        except DomainError as refusal:
            db.session.rollback()
            explain(form, refusal)
        else:
            flash(_("The law's own period holds again after that day."), "success")
            return redirect(url_for("rules.show", rule_id=rule_id) + "#overrides")
    return _page(rule, ending=(override_id, form)), 422


def _page(rule: Rule, *, form: OverrideForm | None = None, ending: tuple[int, EndForm] | None = None) -> str:
    on = read_day(request.args.get("on"), "on") or clock.today()
    here = current_user.working_organizations(clock.today())[0]
    ours = rule_book(db.session).rule_for(rule.id, here.path, on)
    may_edit = current_user.may(Permission.rule_edit)
    return render_template(
        "rules/show.html",
        rule=rule,
        ours=ours,
        here=here,
        on=on,
        panel=why.panel(ours, on, (), calendar_for(db.session)),
        lines=overrides.lines(db.session, rule, clock.today()),
        form=(form or overrides.form(rule)) if may_edit else None,
        ending=ending,
        domains=domain_labels(),
        grades=grade_labels(),
        language=language(),
        catalogue=load_catalogue(),
        methods=method_labels(),
        period_words=why.period_words,
        unit_words=why.unit_words,
        units=unit_labels(),
        short_statute=short_statute,
    )


def read_day(text: str | None, field: str) -> date | None:
    """Read a typed day, or raise InvalidInput naming the field."""
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidInput({field: _("Type the date as 2026-11-23.")}) from None


def _matches(rule: Rule, domain: str, words: str) -> bool:
    if domain and rule.domain != domain:
        return False
    texts = (rule.id, rule.title.zh, rule.title.en, rule.statute.title.zh, rule.article)
    return not words or any(words.lower() in text.lower() for text in texts)
