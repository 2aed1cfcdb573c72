"""What an organization adds to a rule, as the rule's page shows and asks it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_security import current_user
from flask_wtf import FlaskForm
from sqlalchemy import select
from sqlalchemy.orm import Session
from wtforms import DateField, Field, IntegerField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional, ValidationError

from core import clock, directory, people
from core.auth import User
from core.db import db
from core.errors import NotFound
from core.i18n import gettext
from core.i18n import lazy_gettext as _
from core.organizations import Organization, Scope
from core.people_forms import organization_choices
from core.permissions import Permission, authorize
from deadlines.models import RuleOverride
from deadlines.rules import Rule
from deadlines.terms import Bound

NEEDED = DataRequired(_("This is needed."))
GIVEN = InputRequired(_("This is needed."))  # leaves it to the field to say that a date is none
LONGEST = 3650


class OverrideForm(FlaskForm):  # type: ignore[misc]  # wtforms has no types
    """A rule made stricter."""

    organization = SelectField(_("For"), coerce=int, description=_("It also binds the organizations below."))
    amount = IntegerField(_("Stricter period"), [Optional(), NumberRange(0, LONGEST)])
    ladder = StringField(
        _("Further reminders"), [Length(max=100)], description=_("Days before the last day, such as 45, 20.")
    )
    effective_from = DateField(
        _("Holds from"), [GIVEN], description=_("Periods that begin on this day or later become stricter.")
    )
    reason = TextAreaField(_("Reason"), [NEEDED, Length(max=500)])

    def validate_ladder(self, field: Field) -> None:
        """Read the days, or say that they are none."""
        words = [word for word in re.split(r"[\s,;，、；/]+", field.data or "") if word]
        if not all(word.isascii() and word.isdigit() and int(word) <= LONGEST for word in words):
            raise ValidationError(gettext("Write whole days with commas between them, such as 45, 20."))
        self.steps = [int(word) for word in words]


class EndForm(FlaskForm):  # type: ignore[misc]  # wtforms has no types
    """The last day of an override, and why it ends."""

    on = DateField(_("To the day"), [GIVEN])
    reason = StringField(_("Reason"), [NEEDED, Length(max=500)])


@dataclass(frozen=True)
class Line:
    """One override as the page shows it."""

    override: RuleOverride
    organization: str
    set_by: str
    further: Sequence[int]
    is_over: bool
    may_end: bool


def lines(session: Session, rule: Rule, today: date) -> list[Line]:
    """Return the overrides that bind the reader's organizations, or are made by them."""
    scope = people.reach(current_user, today)
    found = session.execute(
        select(RuleOverride, Organization, User.name)
        .join(Organization, Organization.id == RuleOverride.organization_id)
        .outerjoin(User, User.id == RuleOverride.set_by_id)
        .where(RuleOverride.rule_id == rule.id, *_binding(scope))
        .order_by(RuleOverride.effective_from.desc(), RuleOverride.id.desc())
    )
    may_edit = current_user.may(Permission.rule_edit)
    return [
        Line(
            override=override,
            organization=organization.name,
            set_by=name or "",
            further=sorted(set(override.ladder or ()) - set(rule.ladder), reverse=True),
            is_over=override.effective_to is not None and override.effective_to < today,
            may_end=may_edit and override.effective_to is None and _is_own(scope, organization.id),
        )
        for override, organization, name in found
    ]


def form(rule: Rule) -> OverrideForm:
    """Return the form, offering the organizations of the reader."""
    asked = OverrideForm(data={"effective_from": clock.today()})
    scope = people.reach(current_user, clock.today())
    asked.organization.choices = organization_choices(directory.tree(db.session, scope=scope))
    word = _("fewer than %(amount)d") if rule.period.bound is Bound.max else _("more than %(amount)d")
    asked.amount.description = word % {"amount": rule.period.amount}
    return asked


def values(asked: OverrideForm, rule: Rule) -> dict[str, Any]:
    """Return what was entered, as the amendment takes it."""
    further = sorted({*rule.ladder, *asked.steps}, reverse=True) if asked.steps else None
    return {
        "amount": asked.amount.data,
        "ladder": further,
        "reason": str(asked.reason.data).strip(),
        "effective_from": asked.effective_from.data,
    }


def find(rule: Rule, override_id: int) -> RuleOverride:
    """Return an override of the rule by one of the reader's organizations, or raise NotFound."""
    authorize(current_user, Permission.rule_edit)
    override = db.session.get(RuleOverride, override_id)
    scope = people.reach(current_user, clock.today())
    if override is None or override.rule_id != rule.id or not _is_own(scope, override.organization_id):
        raise NotFound
    return override


def _binding(scope: Scope | None) -> list[Any]:
    if scope is None or scope.everything:
        return []
    return [RuleOverride.organization_id.in_(sorted(scope.own | scope.above))]


def _is_own(scope: Scope | None, organization_id: int) -> bool:
    return scope is None or scope.everything or organization_id in scope.own
