"""Forms built from the inputs that a kind of record declares."""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from flask_wtf import FlaskForm
from sqlalchemy import inspect, or_, select
from sqlalchemy.orm import Session
from wtforms import (
    BooleanField,
    DateField,
    Field,
    FileField,
    IntegerField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.fields import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, Optional, ValidationError

from core.errors import DomainError, InvalidInput, Unlawful
from core.i18n import gettext
from core.i18n import lazy_gettext as _
from core.kinds import Input
from core.records import Record

LONGEST_TEXT = 4000
# where a field that names another record finds suggestions while somebody types
SUGGESTIONS = "/search/suggest/"
LARGEST_AMOUNT = Decimal("99999999999999.99")


class MoneyField(StringField):  # type: ignore[misc]  # wtforms has no types
    """An amount in yuan; separators and the yuan sign may be typed, words may not."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Read the typed amount as a Decimal with at most two places."""
        self.data: Any = None
        if not valuelist or not str(valuelist[0]).strip():
            return
        self.data = valuelist[0]
        self.data = parse_money(str(valuelist[0]))

    def _value(self) -> str:
        return f"{self.data:.2f}" if isinstance(self.data, Decimal) else str(self.data or "")


class RecordField(StringField):  # type: ignore[misc]  # wtforms has no types
    """Another record, typed by its number or its exact title."""

    def __init__(self, *args: Any, kind: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind = kind
        self.session: Session | None = None
        self.record: Record | None = None

    def _value(self) -> str:
        return str(self.data) if self.data is not None else ""

    def post_validate(self, form: Any, validation_stopped: bool) -> None:
        """Find the record that was meant, or say that there is none or more than one."""
        if validation_stopped or not self.data or self.session is None:
            return
        typed = str(self.data).strip()
        number = typed.split(" ", 1)[0]
        model = inspect(Record).polymorphic_map[self.kind].class_  # with its own columns, in one statement
        named = or_(Record.number == number, Record.title == typed)
        found = self.session.scalars(select(model).where(named).limit(2)).all()
        if len(found) != 1:
            raise ValidationError(
                gettext("Nothing is found under this number or name.")
                if not found
                else gettext("More than one is called so: type the number.")
            )
        self.record = found[0]


def parse_money(typed: str) -> Decimal:
    """Return a typed amount in yuan; raise ValueError in the user's words."""
    plain = typed.strip().replace(",", "").replace("，", "").lstrip("¥￥").strip()
    try:
        amount = Decimal(plain)
    except InvalidOperation:
        raise ValueError(gettext("Type the amount in yuan, such as 1234567.00.")) from None
    if not amount.is_finite() or abs(amount) > LARGEST_AMOUNT:
        raise ValueError(gettext("The amount is too large."))
    if amount != amount.quantize(Decimal("0.01")):
        raise ValueError(gettext("An amount has at most two decimal places."))
    return amount


def build(
    session: Session,
    inputs: Iterable[Input],
    *,
    given: Mapping[str, Any] | None = None,
    today: date | None = None,
    record: Record | None = None,
) -> FlaskForm:
    """Return a form with one field for each input, filled with what is given."""
    fields = {item.name: _field(item, record) for item in inputs}
    form_class = type("RecordForm", (FlaskForm,), fields)
    # only the day of the act itself is likely to be today; a deadline or an expiry never is
    defaults = {item.name: today for item in inputs if item.name == "on" and today}
    form = form_class(data=defaults | dict(given or {}))
    for field in form:
        if isinstance(field, RecordField):
            field.session = session
    return form


def values(form: FlaskForm) -> dict[str, Any]:
    """Return what the form holds, each record field resolved to its record."""
    return {
        field.name: field.record
        if isinstance(field, RecordField)
        else field.data or (None if field.data == "" else field.data)
        for field in form
        if field.name != "csrf_token"
    }


def explain(form: FlaskForm, error: DomainError) -> None:
    """Put a refusal where it belongs: at its field, or on top of the form; nothing typed is lost."""
    named = error.fields if isinstance(error, InvalidInput) else {}
    if isinstance(error, Unlawful):
        named = {error.field: error.message}
    for name, message in named.items():
        field = form._fields.get(name)
        if field is not None:
            field.errors = [*field.errors, str(message)]
        else:
            form.form_errors.append(str(message))
    if not named:
        form.form_errors.append(str(error))


def _field(item: Input, record: Record | None) -> Any:
    validators: list[Any] = [DataRequired(_("This is needed.")) if item.required else Optional()]
    hint = item.hint(record) if callable(item.hint) else item.hint
    common: dict[str, Any] = {"label": item.label, "description": hint or ""}
    if item.widget == "choice":
        return _select(item, item.choices(record) if callable(item.choices) else item.choices, **common)
    if item.widget == "record":
        look_up = {"data-lookup": f"{SUGGESTIONS}{item.choices}"}
        return RecordField(kind=str(item.choices), validators=validators, render_kw=look_up, **common)
    if item.widget == "integer":
        return IntegerField(
            validators=[InputRequired(_("This is needed.")) if item.required else Optional()], **common
        )
    if item.widget == "boolean":
        return BooleanField(default=item.default, **common)
    if item.widget in {"text", "long_text"}:
        longest = 200 if item.widget == "text" else LONGEST_TEXT
        validators.append(Length(max=longest, message=_("At most %(max)d characters.")))
    return FIELDS[item.widget](validators=validators, **common)


def _select(item: Input, known: Any, **common: Any) -> SelectField:
    known = dict(known or {})
    by_text = {str(value): value for value in known}
    choices = [SelectChoice(value, label) for value, label in known.items()]
    is_settled = callable(item.choices) and len(choices) == 1  # of this record there is only one to mean
    if not item.required and not is_settled:
        choices.insert(0, SelectChoice("", "—"))
    return SelectField(
        choices=choices,
        validators=[DataRequired(_("This is needed.")) if item.required else Optional()],
        coerce=lambda typed: by_text.get(str(typed), typed or None),
        default=next(iter(known)) if is_settled else None,
        **common,
    )


FIELDS: dict[str, type[Field]] = {
    "text": StringField,
    "long_text": TextAreaField,
    "date": DateField,
    "money": MoneyField,
    "file": FileField,
}
