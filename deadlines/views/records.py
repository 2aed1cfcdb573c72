"""One page for every kind of record: where it stands, its clocks, its papers, its history, the next step."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask_security import auth_required, current_user
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response

from core import audit, clock, forms, records, workflow
from core.db import db
from core.errors import DomainError, Forbidden, InvalidInput, NotFound, Stale, WrongState
from core.i18n import gettext as _
from core.intake import services
from core.kinds import Kind, Kinds, Link
from core.permissions import Permission, authorize
from core.records import REVIEW_LABELS, Record, ReviewStatus
from core.workflow import Transition
from deadlines import entries, queries
from deadlines.models import Deadline, DeadlineState
from deadlines.views import history, timeline

bp = Blueprint("records", __name__, url_prefix="/records", template_folder="../templates")


# beside the main step and one more, the others fold away
MAIN_STEPS = 2


@bp.get("/<int:record_id>")
@auth_required("session")
def show(record_id: int) -> str:
    """Show a record."""
    record, kind = find(record_id)
    today = clock.today()
    steps, more = _steps(kind.workflow.available(db.session, record, current_user))
    clocks = [line.deadline for line in queries.for_record(db.session, record, today=today)]
    return render_template(
        "records/show.html",
        record=record,
        kind=kind,
        facts=kind.facts(db.session, record),
        stages=timeline.stages(db.session, record, kind, clocks, today),
        clocks=timeline.rows(clocks, today, kind.occurrences(record)),
        entries=entries.correctable(db.session, kind, record, current_user),
        listings=kind.listings(db.session, record),
        documents=services.listing(db.session, record),
        history=history.acts(audit.history(db.session, record, limit=30), kind),
        answers=_answers(record, kind, clocks),
        steps=steps,
        more=more,
        review_steps=_review_steps(record, kind),
        may_edit=_may_edit(record, kind),
        may_upload=current_user.may(Permission.document_upload),
        review_label=REVIEW_LABELS[record.review] if _is_reviewed(kind) else None,
    )


@bp.route("/new/<kind>", methods=["GET", "POST"])
@auth_required("session")
def new(kind: str) -> str | Response | tuple[str, int]:
    """Create a record."""
    found = _kinds()[kind]
    if found.create is None:
        raise NotFound
    authorize(current_user, found.edit)
    form = forms.build(db.session, found.inputs, given=dict(request.args.items()), today=None)
    if form.validate_on_submit():
        organization = current_user.working_organizations(clock.today())[0]
        try:
            made = found.create(
                db.session, by=current_user, organization=organization, on=clock.today(), **forms.values(form)
            )
            record_id, saved = made.id, _("Saved: %(record)s", record=made)
            db.session.commit()
        except DomainError as error:
            db.session.rollback()
            forms.explain(form, error)
        else:
            _say(saved)
            return redirect(url_for("records.show", record_id=record_id))
    title = _("New: %(kind)s", kind=found.label)
    return _form_page(form, title=title, kind=found, record=None)


@bp.route("/<int:record_id>/edit", methods=["GET", "POST"])
@auth_required("session")
def edit(record_id: int) -> str | Response | tuple[str, int]:
    """Change a record's particulars; a version that is no longer current is refused and both are shown."""
    record, kind = find(record_id)
    if kind.change is None:
        raise NotFound
    authorize(current_user, kind.edit)
    kind.require_open(record)
    stored = {item.name: _shown(getattr(record, item.name, None)) for item in kind.inputs}
    form = forms.build(db.session, kind.inputs, given=stored, record=record)
    if form.validate_on_submit():
        version = request.form.get("version", type=int)
        if version != record.version:
            raise Stale(*_both_versions(kind, form, stored))
        try:
            given = forms.values(form)
            kind.change(db.session, record, by=current_user, on=clock.today(), version=version, **given)
            db.session.commit()
        except DomainError as error:
            db.session.rollback()
            forms.explain(form, error)
        else:
            _say(_("Saved."))
            return redirect(url_for("records.show", record_id=record_id))
    return _form_page(form, title=_("Edit"), kind=kind, record=record)


@bp.route("/<int:record_id>/act/<transition>", methods=["GET", "POST"])
@auth_required("session")
def act(record_id: int, transition: str) -> str | Response | tuple[str, int]:
    """Take a step of the workflow, after asking for what it needs."""
    record, kind = find(record_id)
    action = kind.action(transition)
    step = kind.workflow.check(db.session, transition, record, by=current_user)
    named = {item.name for item in action.inputs} - {"on"}
    asked = {name: value for name, value in request.args.items() if name in named}
    given = {**action.given(db.session, record), **asked}
    form = forms.build(db.session, action.inputs, given=given, today=clock.today(), record=record)
    if form.validate_on_submit():
        try:
            action.service(db.session, record, by=current_user, **forms.values(form))
            db.session.commit()
        except DomainError as error:
            db.session.rollback()
            forms.explain(form, error)
        else:
            _say(_("Done: %(step)s", step=step.label))
            return redirect(url_for("records.show", record_id=record_id))
    return _form_page(form, title=str(step.label), kind=kind, record=record, is_aside=_is_way_out(step))


@bp.post("/<int:record_id>/review/<any(submit, approve, 'return'):step>")
@auth_required("session")
def review(record_id: int, step: str) -> Response:
    """Submit, approve or return the paper now on the table."""
    record, kind = find(record_id)
    needs = kind.edit if step == "submit" else kind.approve
    authorize(current_user, needs)
    note = request.form.get("note", "").strip() or None
    if step == "return" and note is None:
        raise InvalidInput({"note": _("Say what has to be corrected.")})
    workflow.review(db.session, record, step, by=current_user, needs=needs, note=note)
    db.session.commit()
    _say(_("Done."))
    return redirect(url_for("records.show", record_id=record_id))


def _steps(available: list[Transition]) -> tuple[list[Transition], list[Transition]]:
    """Return the steps that the page proposes, and those that fold away: every way out or back among them."""
    leading = sorted((step for step in available if not step.aside), key=_side)
    asides = [step for step in available if step.aside]
    return leading[:MAIN_STEPS], [*leading[MAIN_STEPS:], *asides]


def _answers(record: Any, kind: Kind, clocks: Sequence[Deadline]) -> dict[int, Link]:
    """Return the step that meets each running deadline, or why somebody else has to take it."""
    found = {}
    for deadline in clocks:
        answer = kind.answers(record, deadline.target_event, deadline.occurrence)
        if deadline.state is not DeadlineState.open or answer is None:
            continue
        step = kind.workflow[answer.transition]
        try:
            kind.workflow.check(db.session, step.name, record, by=current_user)
        except WrongState:
            continue
        except Forbidden as kept_apart:
            if current_user.may(step.needs):
                found[deadline.id] = Link(kept_apart.message, None)
            continue
        href = url_for("records.act", record_id=record.id, transition=step.name, **answer.given)
        found[deadline.id] = Link(step.label, href)
    return found


def _is_way_out(step: Transition) -> bool:
    return step.aside and step.target is not None


def _side(step: Transition) -> tuple[bool, bool]:
    """Sort what leads on before what stands beside, what the moment calls for before what is always open."""
    return step.target is None, step.when is None


def _may_edit(record: Record, kind: Kind) -> bool:
    if kind.change is None or not current_user.may(kind.edit):
        return False
    try:
        kind.require_open(record)
    except WrongState:
        return False
    return True


def find(record_id: int) -> tuple[Any, Kind]:
    """Return a record with its kind, or raise NotFound when this person may not see it."""
    record: Record = records.get(db.session, Record, record_id)
    kind = _kinds().of(record)
    if not current_user.may(kind.view):
        raise NotFound
    return record, kind


def _kinds() -> Kinds:
    kinds: Kinds = current_app.extensions["kinds"]
    return kinds


def _review_steps(record: Record, kind: Kind) -> list[str]:
    if not _is_reviewed(kind):
        return []
    if record.review in {ReviewStatus.draft, ReviewStatus.returned} and current_user.may(kind.edit):
        return ["submit"]
    if record.review is ReviewStatus.submitted and current_user.may(kind.approve):
        return ["approve", "return"]
    return []


def _is_reviewed(kind: Kind) -> bool:
    """Tell whether a step waits for a paper; otherwise the stages themselves are the review."""
    return any(step.approved for step in kind.workflow)


def _form_page(
    form: FlaskForm, *, title: str, kind: Kind, record: Any, is_aside: bool = False
) -> str | tuple[str, int]:
    page = render_template(
        "records/form.html", form=form, title=title, kind=kind, record=record, is_aside=is_aside
    )
    return (page, 422) if form.errors else page


def _both_versions(
    kind: Kind, form: FlaskForm, stored: dict[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    labels = {item.name: str(item.label) for item in kind.inputs}
    mine = {labels[name]: form._fields[name].data for name in labels}
    return mine, {labels[name]: stored[name] for name in labels}


def _shown(value: Any) -> Any:
    return str(value) if isinstance(value, Record) else value


def _say(message: str) -> None:
    flash(message, "success")
    for warning in db.session.info.pop("warnings", []):
        flash(str(warning), "warning")
