"""The base classes of the site: the register of a kind of record, and the table that people edit."""

from collections.abc import Sequence
from typing import Any, ClassVar

from flask import redirect, request, url_for
from flask_security import current_user
from sqlalchemy import ColumnElement
from werkzeug.wrappers import Response
from wtforms import Form

from core import search
from core.batch import Step
from core.db import db
from core.editing import Editing
from core.fragments import address
from core.guard import action, expose
from core.i18n import Text, gettext, lazy_gettext
from core.kinds import Kind
from core.lists import ListView
from core.permissions import Permission
from core.register import Column

__all__ = ["OfficeModelView", "RegisterView", "action", "expose"]


class RegisterView(ListView):
    """The register of one kind of record: rows lead to the record's page, where everything is done."""

    kind: ClassVar[Kind]
    column_list: Sequence[str] = ("number", "title", "status")
    column_links: Sequence[str] = ("number", "title")
    # names of the kind's actions without inputs that may be done to several records at once
    batch_transitions: Sequence[str] = ()
    search_hint: Text = lazy_gettext("Number, title or name")

    def __init__(self, database: Any = db, **options: Any) -> None:
        self.needs = self.kind.view
        given = {"name": self.kind.label_plural, "endpoint": self.kind.name, "url": self.kind.name}
        super().__init__(self.kind.model, database, **(given | options))

    def _column(self, name: str) -> Column:
        if name == "status" and name not in self.column_choices:
            self.column_choices = {**self.column_choices, name: self.kind.workflow.labels}
        return super()._column(name)

    def scaffold_form(self) -> Any:
        """Return an empty form: records are created and changed on their own pages."""
        return Form

    def matching(self, text: str) -> ColumnElement[bool] | None:
        """Return the condition for the words of the search box, from the search index."""
        return search.matches(db.session, text, self.kind.name) if search.words(text) else None

    def can_search(self) -> bool:
        """Return True: every record has a search text."""
        return True

    def row_address(self) -> str:
        """Return the address of record 0."""
        return url_for("records.show", record_id=0)

    def create_address(self) -> str | None:
        """Return the address of the form for a new record."""
        if self.kind.create is None or not current_user.may(self.kind.edit):
            return None
        return address("records.new", kind=self.kind.name)

    def steps(self) -> list[Step]:
        """Return the workflow steps for several records that this person may take, and own actions."""
        transitions = [self.kind.workflow[name] for name in self.batch_transitions]
        return [
            Step(
                transition.name,
                transition.label,
                gettext("Do “%(label)s” for the selected records?", label=transition.label),
            )
            for transition in transitions
            if current_user.may(transition.needs)
        ] + super().steps()

    def perform(self, name: str, chosen: Sequence[Any]) -> None:
        """Take the workflow step with every chosen record."""
        if name not in self.batch_transitions:
            super().perform(name, chosen)
            return
        for record in chosen:
            self.kind.action(name).service(db.session, record, by=current_user)

    # What stock views would do elsewhere: records have pages of their own.
    @expose("/details/")
    def details_view(self) -> Response:
        """Lead to the record's own page."""
        return redirect(url_for("records.show", record_id=self.get_one(request.args.get("id", "")).id))

    @expose("/edit/")
    def edit_view(self) -> Response:
        """Lead to the record's own form."""
        return redirect(url_for("records.edit", record_id=self.get_one(request.args.get("id", "")).id))

    @expose("/new/")
    def create_view(self) -> Response:
        """Lead to the form of a new record."""
        return redirect(url_for("records.new", kind=self.kind.name))


class OfficeModelView(Editing):
    """A plain table that people edit in a form: accounts, organizations, years of the calendar.

    ``needs`` and ``edits`` are the permissions to see and to change; ``can_create``, ``can_edit`` and
    ``can_delete`` open the acts at all. ``form_columns`` names what the form asks for.
    """

    needs: Permission
    edits: Permission
    grows = False
    column_links: Sequence[str] = ("name",)

    def row_address(self) -> str | None:
        """Return the address of the form, or of the details when nobody may edit."""
        if self.can_edit:
            return url_for(".edit_view", id=0)
        return url_for(".details_view", id=0) if self.can_view_details else None

    def create_address(self) -> str | None:
        """Return the address of the form for a new row."""
        return url_for(".create_view") if self.can_create and current_user.may(self.edits) else None
