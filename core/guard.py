"""What every Flask-Admin view of this site has in common: who may come in, and what is never said."""

import logging
from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from uuid import uuid4

import flask_admin
import flask_admin.actions
from flask import flash, redirect, request, url_for
from flask_admin.contrib.sqla import ModelView
from flask_security import current_user
from sqlalchemy import ColumnElement, inspect, select
from werkzeug.wrappers import Response

from core.db import db
from core.errors import DomainError, Forbidden, NotFound
from core.i18n import Text, gettext
from core.permissions import Permission

F = TypeVar("F", bound=Callable[..., Any])

log = logging.getLogger(__name__)


def expose(url: str = "/", methods: tuple[str, ...] = ("GET",)) -> Callable[[F], F]:
    """Give a view method an address; Flask-Admin's own decorator, with types."""
    decorate: Callable[[F], F] = flask_admin.expose(url, methods)
    return decorate


def action(name: str, label: Text, question: Text | None = None) -> Callable[[F], F]:
    """Make a view method a batch action; Flask-Admin's own decorator, with types."""
    decorate: Callable[[F], F] = flask_admin.actions.action(name, label, question)
    return decorate


class Guarded(ModelView):  # type: ignore[misc]  # flask-admin's types are not followed
    """A Flask-Admin view that asks who is there, and says nothing of what it may not show."""

    needs: Permission
    can_create = False
    can_edit = False
    can_delete = False
    page_size = 50
    named_filter_urls = False

    def _run_view(self, view: Callable[..., Any], *given: Any, **named: Any) -> Any:
        # Flask-Admin takes a TypeError for an old-fashioned view and runs it again.
        return view(self, *given, **named)

    def is_accessible(self) -> bool:
        """Return whether the person may see this register."""
        return bool(current_user.is_authenticated and current_user.may(self.needs))

    def inaccessible_callback(self, name: str, **kwargs: Any) -> Response:
        """Send a stranger to the login page, and refuse everybody else."""
        if current_user.is_authenticated:
            raise Forbidden
        return redirect(url_for("security.login", next=request.full_path.rstrip("?")))

    def conditions(self) -> Sequence[ColumnElement[bool]]:
        """Return what holds for every row that the view shows, counts, exports, opens or changes."""
        return ()

    def get_query(self) -> Any:
        """Return the rows in scope, for what Flask-Admin still queries itself."""
        return db.session.query(self.model).filter(*self.conditions())

    def get_one(self, id: Any) -> Any:
        """Return the row in scope, locked for a change; an absent and a foreign one are refused alike."""
        found = select(self.model).where(self.key == self.read_key(id), *self.conditions())
        if request.method == "POST":
            found = found.with_for_update(of=self.model)
        row = db.session.scalars(found).one_or_none()
        if row is None:
            raise NotFound
        return row

    @property
    def key(self) -> Any:
        """Return the attribute of the primary key."""
        return getattr(self.model, inspect(self.model).get_property_by_column(self._stored_key).key)

    @property
    def _stored_key(self) -> Any:
        return inspect(self.model).primary_key[0]

    def read_key(self, text: Any) -> Any:
        """Return the key as the database knows it, or raise NotFound."""
        kind = self._stored_key.type.python_type
        if kind is not int:
            return str(text)
        if not (str(text).isascii() and str(text).isdigit() and len(str(text)) < 19):
            raise NotFound
        return int(text)

    def handle_view_exception(self, exc: Exception) -> bool:
        """Tell the user a reference, and the log the rest: never the statement."""
        if isinstance(exc, DomainError):
            flash(str(exc), "error")
            return True
        reference = uuid4().hex[:8]
        log.error("saving failed, reference %s", reference, exc_info=exc)
        flash(
            gettext("Saving failed (reference %(reference)s). Tell the administrator.", reference=reference),
            "error",
        )
        return True
