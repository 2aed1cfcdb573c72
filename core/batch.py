"""Doing one thing to several rows of a list at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from core.db import db
from core.errors import DomainError, NotFound, WrongState
from core.guard import Guarded, action, expose
from core.i18n import Text, gettext, lazy_gettext

MOST_CHOSEN = 500


@dataclass(frozen=True)
class Step:
    """A batch action as the page shows it; a question is asked before it is done."""

    name: str
    label: Text
    question: str


class Batch(Guarded):
    """Batch actions: Flask-Admin's ``@action`` methods, and what subclasses add to ``steps``.

    An ``@action`` method takes the chosen rows, not ids; it neither commits nor answers.
    """

    def steps(self) -> list[Step]:
        """Return the batch actions that this person may use."""
        names, questions = self.get_actions_list()
        return [Step(name, label, questions.get(name, "")) for name, label in names]

    @action("delete", lazy_gettext("Delete"), lazy_gettext("Delete the selected rows?"))
    def action_delete(self, chosen: Sequence[Any]) -> None:
        """Delete the chosen rows."""
        for row in chosen:
            self.on_model_delete(row)
            db.session.delete(row)

    def perform(self, name: str, chosen: Sequence[Any]) -> None:
        """Do the action to every chosen row."""
        self._actions_data[name][0](chosen)

    @expose("/action/", methods=("POST",))
    def action_view(self) -> Any:
        """Do one thing to every chosen row, in one transaction: all or none."""
        step = next((step for step in self.steps() if step.name == request.form.get("action")), None)
        if step is None:
            raise NotFound
        chosen = self.chosen(request.form.getlist("rowid"))
        if not chosen:
            flash(gettext("Select at least one row first."), "warning")
        elif step.question and not request.form.get("confirmed"):
            return self._ask(step, chosen)
        else:
            self._carry_out(step, chosen)
        return redirect(url_for(".index_view"))

    def chosen(self, texts: Sequence[str]) -> list[Any]:
        """Return the chosen rows within scope; one that is absent or foreign is refused."""
        keys = {self.read_key(text) for text in texts[:MOST_CHOSEN]}
        found = select(self.model).where(self.key.in_(keys), *self.conditions()).order_by(self.key)
        rows = list(db.session.scalars(found.with_for_update(of=self.model)))
        if len(rows) != len(keys):
            raise NotFound
        return rows

    def _carry_out(self, step: Step, chosen: Sequence[Any]) -> None:
        try:
            self.perform(step.name, chosen)
            _commit()
        except DomainError as error:
            db.session.rollback()
            flash(gettext("Nothing was changed. %(reason)s", reason=error), "error")
        else:
            done = gettext("“%(label)s” is done for %(count)d rows.", label=step.label, count=len(chosen))
            flash(done, "success")

    def _ask(self, step: Step, chosen: Sequence[Any]) -> str:
        return render_template(
            "admin/register_confirm.html",
            question=step.question,
            detail="、".join(str(row) for row in chosen[:20]),
            action=url_for(".action_view"),
            name=step.name,
            ids=request.form.getlist("rowid"),
            cancel=url_for(".index_view"),
        )


def _commit() -> None:
    try:
        db.session.commit()
    except IntegrityError:
        raise WrongState(gettext("Something else still refers to it.")) from None
