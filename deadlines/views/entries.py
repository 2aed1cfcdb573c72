"""The days that steps have entered: listed on a record's page, corrected after a look at what that moves."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_security import auth_required, current_user
from flask_wtf import FlaskForm
from sqlalchemy import select
from werkzeug.wrappers import Response

from core import clock, forms
from core.db import db
from core.errors import DomainError, InvalidInput, Stale
from core.formats import day
from core.i18n import gettext as _
from core.i18n import language, lazy_gettext
from core.kinds import Entry, Input, Kind
from core.records import Record
from deadlines import entries
from deadlines.entries import Effect, Standing
from deadlines.loading import load_catalogue
from deadlines.models import DeadlineState
from deadlines.views.records import find

bp = Blueprint("entries", __name__, url_prefix="/records", template_folder="../templates")

INPUTS = (
    Input(
        "to",
        lazy_gettext("Right day"),
        "date",
        required=False,
        hint=lazy_gettext("Leave it empty when the step was entered by mistake and is to be removed."),
    ),
    Input("remove", lazy_gettext("Entered by mistake, remove"), "boolean", required=False),
    Input(
        "reason",
        lazy_gettext("Reason for the correction"),
        "long_text",
        hint=lazy_gettext("It stays in the history, with your name."),
    ),
)


@dataclass(frozen=True)
class Line:
    """One deadline that a correction changes, before and after."""

    title: str
    occurrence: str
    was: str
    becomes: str
    provisional: bool


@bp.route("/<int:record_id>/entries/<key>", methods=["GET", "POST"])
@auth_required("session")
def correct(record_id: int, key: str) -> str | Response | tuple[str, int]:
    """Ask for the right day and the reason, show what would move, and save when that is confirmed."""
    record, kind = find(record_id)
    entry = entries.find(db.session, kind, record, key)
    entries.require_correctable(db.session, kind, record, entry, by=current_user)
    form = forms.build(db.session, INPUTS, given={"to": entry.on}, record=record)
    if not form.validate_on_submit():
        return _page(form, record, kind, entry)
    if request.form.get("version", type=int) != record.version:
        raise Stale
    try:
        to = _asked(form)
        effects = _corrected(kind, record, entry, to, form)
        if request.form.get("confirm") == "yes":
            return _save(record_id, entry, to)
        lines = [_line(kind, record, effect) for effect in effects]
    except DomainError as error:
        db.session.rollback()
        forms.explain(form, error)
        return _page(form, *find(record_id), entry)
    db.session.rollback()  # it was only looked at
    db.session.info.pop("warnings", None)
    return _page(form, *find(record_id), entry, to=to, lines=lines)


def _asked(form: FlaskForm) -> date | None:
    to: date | None = form.to.data
    if form.remove.data:
        return None
    if to is None:
        raise InvalidInput({"to": _("Give the right day, or tick that the step is to be removed.")})
    return to


def _corrected(kind: Kind, record: Any, entry: Entry, to: date | None, form: FlaskForm) -> list[Effect]:
    return entries.correct(
        db.session,
        kind,
        record,
        entry.key,
        by=current_user,
        on=clock.today(),
        to=to,
        reason=form.reason.data or "",
    )


def _save(record_id: int, entry: Entry, to: date | None) -> Response:
    label = str(entry.label)
    db.session.commit()
    if to is None:
        flash(_("“%(step)s” is taken back.", step=label), "success")
    else:
        flash(_("“%(step)s” is now entered for %(day)s.", step=label, day=day(to)), "success")
    for warning in db.session.info.pop("warnings", []):
        flash(str(warning), "warning")
    return redirect(url_for("records.show", record_id=record_id, _anchor="entries"))


def _line(kind: Kind, record: Record, effect: Effect) -> Line:
    other = effect.record_id != record.id
    number = db.session.scalars(select(Record.number).where(Record.id == effect.record_id)).first()
    named = kind.occurrences(record).get(effect.occurrence, effect.occurrence)
    return Line(
        title=load_catalogue().rule(effect.rule_id).title.to(language()),
        occurrence=str(number if other else named),
        was=_standing(effect.was) if effect.was else _("does not run"),
        becomes=_standing(effect.becomes),
        provisional=effect.becomes.provisional,
    )


def _standing(standing: Standing) -> str:
    shown = day(standing.due_on)
    if standing.state is DeadlineState.open:
        return f"≥ {shown}" if standing.provisional else shown
    words = {
        DeadlineState.met: _("Met"),
        DeadlineState.paused: _("Paused"),
        DeadlineState.waived: _("Waived"),
        DeadlineState.missed: _("Missed"),
        DeadlineState.cancelled: _("Cancelled"),
    }
    return f"{shown} · {words[standing.state]}"


def _page(
    form: FlaskForm,
    record: Any,
    kind: Kind,
    entry: Entry,
    *,
    to: date | None = None,
    lines: Sequence[Line] | None = None,
) -> str | tuple[str, int]:
    page = render_template(
        "records/correct.html", form=form, record=record, kind=kind, entry=entry, to=to, lines=lines
    )
    return (page, 422) if form.errors else page
