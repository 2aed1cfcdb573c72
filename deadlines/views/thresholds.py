"""The amounts and shares that decide what the law asks: by province, level, category and year."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_security import auth_required, current_user
from flask_wtf import FlaskForm
from sqlalchemy import ColumnElement, or_, select
from werkzeug.wrappers import Response
from wtforms import IntegerField, SelectField, StringField, TextAreaField
from wtforms.fields import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange

from core import clock, directory, people
from core.auth import User
from core.db import db
from core.errors import DomainError, NotFound
from core.forms import MoneyField, explain
from core.i18n import gettext, language
from core.i18n import lazy_gettext as _
from core.organizations import Organization, Scope
from core.people_forms import organization_choices
from core.permissions import Permission, authorize
from deadlines import amendments
from deadlines.loading import load_catalogue
from deadlines.models import ThresholdValue
from deadlines.rules import Threshold
from deadlines.views.labels import (
    category_labels,
    grade_labels,
    level_labels,
    short_statute,
    written_threshold,
)

bp = Blueprint("thresholds", __name__, url_prefix="/rules/thresholds", template_folder="../templates")

Page = str | Response | tuple[str, int]
EVERYBODY = 0
OLDEST, FURTHEST = 1990, 5
MOST_LISTED = 3


class ValueForm(FlaskForm):  # type: ignore[misc]  # wtforms has no types
    """A value of a threshold, with where it holds and what sets it."""

    organization = SelectField(_("Set for"), coerce=int)
    province = StringField(
        _("Province"), [Length(max=20)], description=_("Empty: everywhere. Such as Jiangxi.")
    )
    level = SelectField(_("Level"))
    category = SelectField(_("Category"))
    year = IntegerField(_("From the year"), [InputRequired(_("This is needed."))])
    value = MoneyField(_("Value"), [InputRequired(_("This is needed."))])
    document_number = StringField(
        _("Document number"), [Length(max=120)], description=_("Of the document that sets an official value.")
    )
    reason = TextAreaField(
        _("Reason"),
        [Length(max=500)],
        description=_("Why the organization is stricter than the official value."),
    )


class WithdrawForm(FlaskForm):  # type: ignore[misc]  # wtforms has no types
    """Why a value is taken back."""

    reason = StringField(_("Reason"), [DataRequired(_("This is needed.")), Length(max=500)])


@dataclass(frozen=True)
class Line:
    """One value as the page shows it."""

    kept: ThresholdValue
    organization: str | None
    set_by: str
    may_withdraw: bool


@bp.get("")
@auth_required("session")
def index() -> str:
    """List the thresholds with the values set here."""
    kept: dict[str, list[Line]] = {}
    for line in _lines():
        kept.setdefault(line.kept.threshold_id, []).append(line)
    return render_template(
        "thresholds/index.html",
        thresholds=load_catalogue().thresholds.values(),
        kept=kept,
        most=MOST_LISTED,
        **_labels(),
    )


@bp.get("/<threshold_id>")
@auth_required("session")
def show(threshold_id: str) -> Page:
    """Show a threshold with its values."""
    return _page(_find(threshold_id))


@bp.post("/<threshold_id>")
@auth_required("session")
def set_value(threshold_id: str) -> Page:
    """Set a value, officially or for an organization."""
    authorize(current_user, Permission.rule_edit)
    found = _find(threshold_id)
    form = _form()
    if form.validate_on_submit():
        try:
            amendments.set_threshold(db.session, threshold_id, by=current_user, **_values(form))
            db.session.commit()
        except DomainError as refusal:
            db.session.rollback()
            explain(form, refusal)
        else:
            flash(gettext("Saved."), "success")
            return redirect(url_for("thresholds.show", threshold_id=threshold_id))
    return _page(found, form=form), 422


@bp.post("/<threshold_id>/<int:value_id>/withdraw")
@auth_required("session")
def withdraw(threshold_id: str, value_id: int) -> Page:
    """Take a value back that should not have been set."""
    authorize(current_user, Permission.rule_edit)
    found, kept = _find(threshold_id), db.session.get(ThresholdValue, value_id)
    if kept is None or kept.threshold_id != threshold_id or not _is_mine(_scope(), kept):
        raise NotFound
    form = WithdrawForm()
    if not form.validate_on_submit():
        return _page(found, withdrawing=(value_id, form)), 422
    amendments.withdraw_threshold(db.session, kept, reason=str(form.reason.data).strip(), by=current_user)
    db.session.commit()
    flash(gettext("The value is taken back."), "success")
    return redirect(url_for("thresholds.show", threshold_id=threshold_id))


def _find(threshold_id: str) -> Threshold:
    found = load_catalogue().thresholds.get(threshold_id)
    if found is None:
        raise NotFound
    return found


def _page(
    found: Threshold, *, form: ValueForm | None = None, withdrawing: tuple[int, WithdrawForm] | None = None
) -> str:
    is_editable = current_user.may(Permission.rule_edit) and isinstance(found.value, Decimal)
    return render_template(
        "thresholds/show.html",
        threshold=found,
        lines=_lines(ThresholdValue.threshold_id == found.id),
        form=(form or _form()) if is_editable else None,
        withdrawing=withdrawing,
        **_labels(),
    )


def _lines(*narrowed: ColumnElement[bool]) -> Sequence[Line]:
    scope, may_edit = _scope(), current_user.may(Permission.rule_edit)
    rows = db.session.execute(
        select(ThresholdValue, Organization.name, User.name)
        .outerjoin(Organization, Organization.id == ThresholdValue.organization_id)
        .outerjoin(User, User.id == ThresholdValue.set_by_id)
        .where(*narrowed, *_binding(scope))
        .order_by(ThresholdValue.province, ThresholdValue.year.desc(), ThresholdValue.id)
    )
    return [
        Line(kept, organization, set_by or "", may_edit and _is_mine(scope, kept))
        for kept, organization, set_by in rows
    ]


def _form() -> ValueForm:
    today = clock.today()
    form = ValueForm(data={"year": today.year})
    organizations = organization_choices(directory.tree(db.session, scope=_scope()))
    official = gettext("Everybody, by an official document")
    form.organization.choices = [SelectChoice(EVERYBODY, official), *organizations]
    form.level.choices = [SelectChoice(*level) for level in level_labels().items()]
    form.category.choices = [SelectChoice(*category) for category in category_labels().items()]
    within = NumberRange(OLDEST, today.year + FURTHEST)
    form.year.validators = [*form.year.validators, within]
    return form


def _values(form: ValueForm) -> dict[str, Any]:
    chosen = form.organization.data
    return {
        "value": form.value.data,
        "year": form.year.data,
        "province": str(form.province.data or "").strip(),
        "level": form.level.data,
        "category": form.category.data,
        "document_number": str(form.document_number.data or "").strip(),
        "reason": str(form.reason.data or "").strip(),
        "organization": people.find_organization(db.session, chosen, by=current_user, on=clock.today())
        if chosen != EVERYBODY
        else None,
    }


def _labels() -> dict[str, Any]:
    return {
        "language": language(),
        "grades": grade_labels(),
        "levels": level_labels(),
        "categories": category_labels(),
        "written": written_threshold,
        "short_statute": short_statute,
    }


def _scope() -> Scope | None:
    return people.reach(current_user, clock.today())


def _binding(scope: Scope | None) -> list[Any]:
    if scope is None or scope.everything:
        return []
    bound = ThresholdValue.organization_id.in_(sorted(scope.own | scope.above))
    return [or_(ThresholdValue.organization_id.is_(None), bound)]


def _is_mine(scope: Scope | None, kept: ThresholdValue) -> bool:
    own = scope is None or scope.everything or kept.organization_id in scope.own
    return kept.organization_id is None or own
