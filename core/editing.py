"""The form half of a plain table: who may change it, what was seen before, and what the trail is told."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from flask import request
from flask_security import current_user
from sqlalchemy import inspect
from wtforms import HiddenField, SelectField

from core import audit
from core.auth import secret_fields
from core.db import db
from core.errors import NotFound, Stale
from core.fields import Converter, SeenField, Suggestions
from core.guard import expose
from core.i18n import Text
from core.lists import ListView
from core.permissions import Permission, authorize

# Only a workflow, the numbering or the database assigns these.
NEVER_TYPED = frozenset({"status", "review", "version", "number", "search_text", "created_at", "created_by"})


class Editing(ListView):
    """Create, edit and delete with a permission, a check of what was seen, and an audit event."""

    edits: Permission
    can_view_details = True
    model_form_converter = Converter
    form_excluded_columns: Sequence[str] = ()
    column_choices: Mapping[str, Mapping[Any, Text]] = {}

    def __init__(self, *given: Any, **named: Any) -> None:
        self.form_excluded_columns = sorted(NEVER_TYPED | set(self.form_excluded_columns or ()))
        super().__init__(*given, **named)

    def _create_ajax_loader(self, name: str, options: Mapping[str, Any]) -> Any:
        remote = inspect(self.model).relationships[name].mapper.class_
        return Suggestions(name, db, remote, **options)

    def get_edit_form(self) -> Any:
        """Return the form class with the mark of what was seen."""
        return type("EditForm", (super().get_edit_form(),), {"seen": SeenField()})

    def edit_form(self, obj: Any = None) -> Any:
        """Return the form; a fresh one carries the mark of the row as it is now."""
        form = super().edit_form(obj)
        if request.method == "GET" and obj is not None:
            form.seen.data = mark(obj)
        return form

    @expose("/new/", methods=("GET", "POST"))
    def create_view(self) -> Any:
        """Show and take the form of a new row."""
        self._may_change(self.can_create)
        return super().create_view()

    @expose("/edit/", methods=("GET", "POST"))
    def edit_view(self) -> Any:
        """Show and take the form of a row."""
        self._may_change(self.can_edit)
        self.get_one(request.args.get("id", ""))  # refused before anything is said about it
        return super().edit_view()

    @expose("/delete/", methods=("POST",))
    def delete_view(self) -> Any:
        """Delete a row."""
        self._may_change(self.can_delete)
        return super().delete_view()

    @expose("/details/")
    def details_view(self) -> Any:
        """Show a row."""
        if not self.can_view_details:
            raise NotFound
        self.get_one(request.args.get("id", ""))
        return super().details_view()

    def _may_change(self, opened: bool) -> None:
        if not opened:
            raise NotFound
        authorize(current_user, self.edits)

    def is_action_allowed(self, name: str) -> bool:
        """Return whether this person may take a batch action: each of them changes rows."""
        return bool(super().is_action_allowed(name) and current_user.may(self.edits))

    def update_model(self, form: Any, model: Any) -> Any:
        """Save the form; refuse it when somebody else saved since it was opened."""
        if form.seen.data != mark(model):
            theirs = self._edit_form_class(None, obj=model)
            raise Stale(dict(_words(form)), dict(_words(theirs)))
        return super().update_model(form, model)

    def on_model_change(self, form: Any, model: Any, is_created: bool) -> None:
        """Tell the trail who changed what."""
        changed = dict(_changes(model))
        db.session.flush()
        act = "created" if is_created else "changed"
        audit.record(
            db.session, None, f"{self.endpoint}.{act}", by=current_user, row=str(_key(model)), changes=changed
        )

    def on_model_delete(self, model: Any) -> None:
        """Tell the trail what was deleted."""
        audit.record(
            db.session,
            None,
            f"{self.endpoint}.deleted",
            by=current_user,
            row=str(_key(model)),
            name=str(model),
        )


def mark(row: Any) -> str:
    """Return a short mark of a row's stored values: any change by anybody gives another."""
    state = inspect(row)
    values = [(name, getattr(row, name)) for name in sorted(state.mapper.column_attrs.keys())]
    for relation in state.mapper.relationships:
        if relation.secondary is not None:
            linked = sorted(str(_key(other)) for other in getattr(row, relation.key))
            values.append((relation.key, linked))
    return hashlib.sha256(repr(values).encode()).hexdigest()[:32]


def _key(row: Any) -> Any:
    return inspect(row).mapper.primary_key_from_instance(row)[0]


def _changes(row: Any) -> Iterator[tuple[str, list[Any]]]:
    state = inspect(row)
    hidden = secret_fields(type(row))
    for attribute in state.attrs:
        past = attribute.history
        if not past.has_changes():
            continue
        before, after = ([_plain(value) for value in side or ()] for side in (past.deleted, past.added))
        secret = attribute.key in hidden or "password" in attribute.key
        yield attribute.key, ["•••", "•••"] if secret else [before, after]


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, str | int | bool) else str(value)


def _words(form: Any) -> Iterator[tuple[str, str]]:
    for field in form:
        if not isinstance(field, HiddenField):
            yield str(field.label.text), _word(field)


def _word(field: Any) -> str:
    if isinstance(field, SelectField):
        return str(next((label for value, label, *_ in field.iter_choices() if value == field.data), ""))
    if isinstance(field.data, list | tuple | set):
        return "、".join(str(value) for value in field.data)
    return "" if field.data is None else str(field.data)
