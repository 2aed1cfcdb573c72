"""Fields of the forms that Flask-Admin derives from a table: exact amounts, native dates, plain choices."""

from collections.abc import Iterator, Mapping
from typing import Any

from flask_admin.contrib.sqla.ajax import QueryAjaxModelLoader
from flask_admin.contrib.sqla.fields import QuerySelectField, QuerySelectMultipleField
from flask_admin.contrib.sqla.form import AdminModelConverter
from flask_admin.model.form import converts
from sqlalchemy import or_, select
from wtforms import DateField, Field, HiddenField, SelectField
from wtforms.fields import SelectChoice
from wtforms.fields.choices import Choice
from wtforms.widgets import CheckboxInput, ListWidget, Select

from core.db import db
from core.forms import MoneyField

MOST_OPTIONS = 1000
MOST_SUGGESTIONS = 20


class SeenField(HiddenField):  # type: ignore[misc]  # wtforms has no types
    """What the row looked like when the form was opened; it is compared and never stored."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.type = "HiddenField"  # by which the page knows how to draw it

    def populate_obj(self, obj: Any, name: str) -> None:
        """Store nothing."""


class LinkField(QuerySelectField):  # type: ignore[misc]  # flask-admin's types are not followed
    """One row of another table, in the browser's own list."""

    widget = Select()

    def iter_choices(self) -> Iterator[Choice]:
        """Yield the rows as wtforms wants them."""
        for value, label, selected, *_ in super().iter_choices():
            yield Choice(value, str(label) or "—", selected, {})


class LinksField(QuerySelectMultipleField):  # type: ignore[misc]  # flask-admin's types are not followed
    """Several rows of another table, as boxes to tick."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.type = "SelectMultipleField"  # by which the page knows how to draw it

    def iter_choices(self) -> Iterator[Choice]:
        """Yield the rows as wtforms wants them."""
        for value, label, selected, *_ in super().iter_choices():
            yield Choice(value, str(label), selected, {})


class Converter(AdminModelConverter):  # type: ignore[misc]  # flask-admin's types are not followed
    """Which field a column gets."""

    def _model_select_field(self, prop: Any, multiple: Any, remote_model: Any, **named: Any) -> Field:
        if prop.key in self.view._form_ajax_refs:
            return super()._model_select_field(prop, multiple, remote_model, **named)
        named.setdefault("query_factory", lambda: rows_by_name(remote_model))
        return (LinksField if multiple else LinkField)(**named)

    @converts("Money")  # type: ignore[untyped-decorator]
    def convert_money(self, field_args: dict[str, Any], **_extra: Any) -> Field:
        """Return a field for an amount in yuan."""
        return MoneyField(**field_args)

    @converts("Date")  # type: ignore[untyped-decorator]
    def convert_date(self, column: Any, field_args: dict[str, Any], **_extra: Any) -> Field:
        """Return a field for a day."""
        self._nullable_common(column, field_args)
        return DateField(**field_args)

    @converts("sqlalchemy.sql.sqltypes.Enum")  # type: ignore[untyped-decorator]
    def convert_enum(self, column: Any, field_args: dict[str, Any], **_extra: Any) -> Field:
        """Return a list of choices under their labels; the chosen one is a member, never a bare text."""
        members = column.type.enum_class
        labels: Mapping[Any, Any] = self.view.column_choices.get(column.key, {})
        choices = [SelectChoice(member.value, labels.get(member, member.value)) for member in members]
        if column.nullable:
            choices.insert(0, SelectChoice("", "—"))
        return SelectField(**field_args, choices=choices, coerce=lambda text: members(text) if text else None)

    @converts("UtcDateTime")  # type: ignore[untyped-decorator]
    def convert_moment(self, **_extra: Any) -> None:
        """Return no field: moments are taken from the clock, never typed."""


class Suggestions(QueryAjaxModelLoader):  # type: ignore[misc]  # flask-admin's types are not followed
    """Rows that match what is being typed: a few, within scope, with no wildcards of the user's."""

    def get_list(self, term: str | None, offset: int | None = 0, limit: int | None = 10) -> Any:
        """Return at most a handful of rows."""
        few = min(max(limit or 10, 1), MOST_SUGGESTIONS)
        typed = (term or "").strip()[:100]
        found = select(self.model).where(
            or_(*(field.icontains(typed, autoescape=True) for field in self._cached_fields))
        )
        return db.session.scalars(found.order_by(self._cached_fields[0]).limit(few)).all()

    def get_one(self, pk: Any) -> Any:
        """Return the chosen row within scope, or None."""
        if not (str(pk).isascii() and str(pk).isdigit() and len(str(pk)) < 19):
            return None
        with db.session.no_autoflush:
            chosen = select(self.model).where(getattr(self.model, self.pk) == int(pk))
            return db.session.scalars(chosen).one_or_none()


def rows_by_name(model: Any) -> list[Any]:
    """Return the rows of a small table by their names."""
    return sorted(db.session.scalars(select(model).limit(MOST_OPTIONS)), key=str)
