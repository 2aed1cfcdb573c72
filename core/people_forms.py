"""The forms of accounts, postings and organizations."""

from collections.abc import Iterable, Mapping, Sequence

from flask import current_app
from flask_security import MailUtil
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    EmailField,
    Field,
    HiddenField,
    SelectField,
    SelectMultipleField,
    StringField,
)
from wtforms.fields import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, Optional, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from core.auth import User
from core.directory import Branch
from core.i18n import gettext
from core.i18n import lazy_gettext as _
from core.organizations import ORGANIZATION_KIND_LABELS, Organization, OrganizationKind
from core.people import Particulars
from core.permissions import ROLE_LABELS, RoleName

NEEDED = DataRequired(_("This is needed."))
GIVEN = InputRequired(_("This is needed."))  # leaves it to the field to say that a date is none
NOBODY = 0
STEP = "\u3000"  # as wide as a Chinese letter


class PersonForm(FlaskForm):  # type: ignore[misc]  # wtforms has no types
    """What is asked of an account."""

    name = StringField(_("Full name"), [NEEDED, Length(max=80)])
    email = EmailField(
        _("E-mail address"), [NEEDED, Length(max=255)], description=_("The person signs in with it.")
    )
    organization = SelectField(_("Home organization"), coerce=int)
    roles = SelectMultipleField(
        _("Roles"),
        [DataRequired(_("Choose at least one role."))],
        coerce=RoleName,
        choices=[SelectChoice(role, label) for role, label in ROLE_LABELS.items()],
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    is_head = BooleanField(
        _("Heads the organization"), description=_("Is told when a deadline there is overdue.")
    )
    deputy = SelectField(_("Deputy"), coerce=int, description=_("Is told when the person does not react."))
    note = StringField(
        _("Ground for the roles and the organization"),
        [Length(max=300)],
        description=_("The document or instruction; it goes into the audit trail."),
    )
    seen = HiddenField()

    def validate_email(self, field: Field) -> None:
        """Bring the address into its usual form, or say that it is none."""
        try:
            mail: MailUtil = current_app.extensions["security"]._mail_util
            field.data = mail.validate(field.data.strip()).lower()
        except ValueError:
            raise ValidationError(gettext("This is not an e-mail address.")) from None

    def offer(self, branches: Sequence[Branch], deputies: Iterable[User], person: User | None) -> None:
        """Set what may be chosen."""
        self.organization.choices = organization_choices(branches)
        others = {other.id: f"{other.name} ({other.email})" for other in deputies if other is not person}
        if person is not None and person.deputy is not None:
            others.setdefault(person.deputy.id, person.deputy.name)
        self.deputy.choices = [SelectChoice(NOBODY, "—"), *(SelectChoice(*other) for other in others.items())]

    def particulars(self, organizations: Mapping[int, Organization], deputy: User | None) -> Particulars:
        """Return what was entered."""
        return Particulars(
            name=str(self.name.data).strip(),
            email=str(self.email.data),
            organization=organizations[self.organization.data],
            roles=frozenset(self.roles.data),
            deputy=deputy,
            is_head=bool(self.is_head.data),
        )


class GroundForm(FlaskForm):  # type: ignore[misc]  # wtforms has no types
    """The reason for an act on an account; which act, the button says."""

    note = StringField(
        _("Ground"),
        [NEEDED, Length(max=300)],
        description=_("The instruction, or how you made sure who asks; it goes into the audit trail."),
    )


class PostingForm(FlaskForm):  # type: ignore[misc]  # wtforms has no types
    """A posting."""

    organization = SelectField(_("Posted to"), coerce=int, id="posting-organization")
    starts_on = DateField(_("From the day"), [GIVEN])
    ends_on = DateField(_("To the day"), [Optional()])
    note = StringField(_("Posting letter"), [Length(max=300)], id="posting-note")


class EndForm(FlaskForm):  # type: ignore[misc]  # wtforms has no types
    """The last day of a posting."""

    ends_on = DateField(_("To the day"), [GIVEN])


class OrganizationForm(FlaskForm):  # type: ignore[misc]  # wtforms has no types
    """An organization under another."""

    parent = SelectField(_("Belongs to"), coerce=int)
    name = StringField(_("Name"), [NEEDED, Length(max=120)])
    code = StringField(
        _("Code"),
        [NEEDED, Length(max=40)],
        description=_("Short and unique: imports and the command line call the organization by it."),
    )
    kind = SelectField(
        _("Kind"),
        coerce=OrganizationKind,
        choices=[SelectChoice(kind, label) for kind, label in ORGANIZATION_KIND_LABELS.items()],
    )


def organization_choices(branches: Iterable[Branch]) -> list[SelectChoice]:
    """Return the tree as choices, each as far in as it stands below."""
    return [
        SelectChoice(branch.organization.id, STEP * branch.depth + branch.organization.name)
        for branch in branches
    ]
