"""The workbench: what is due, in which order, and why on that date."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from flask_security import auth_required, current_user
from flask_wtf import FlaskForm
from sqlalchemy import select
from werkzeug.wrappers import Response

from core import clock, forms
from core.auth import User
from core.db import db
from core.errors import DomainError, NotFound
from core.i18n import Text, language
from core.i18n import gettext as _
from core.kinds import Input, Kind, Kinds
from core.organizations import Organization
from core.permissions import Permission
from core.records import Record
from deadlines import alert_queries, queries, services
from deadlines.calendar import UnpublishedYear
from deadlines.corrections import calendar_for
from deadlines.loading import load_catalogue
from deadlines.models import RUNNING, Deadline, DeadlineState
from deadlines.queries import BUCKET_LABELS, Bucket, Line
from deadlines.views import why
from deadlines.views.labels import grade_labels, move_labels, short_statute
from deadlines.views.timeline import Row
from deadlines.views.timeline import row as row_of

bp = Blueprint("workbench", __name__, template_folder="../templates")

SHOWN = 200
WAITING = 20
TILES = {
    Bucket.overdue: "late",
    Bucket.week: "soon",
    Bucket.month: "ok",
    Bucket.quarter: "ok",
    Bucket.paused: "paused",
    Bucket.unpublished: "unknown",
}
AHEAD = timedelta(days=30)


@dataclass(frozen=True)
class Task:
    """A line of the workbench."""

    row: Row
    record: Record
    record_url: str
    why_url: str
    left: str
    floor: bool
    chosen: bool

    def __getattr__(self, name: str) -> Any:
        return getattr(self.row, name)


@bp.get("/")
@auth_required("session")
def index() -> str | Response:
    """Show what is due, grouped by how near it is, with the reason for one date beside it."""
    if not _does_business():
        return redirect(url_for("system.index"))
    today = clock.today()
    whose = request.args.get("whose", "mine" if _owns_anything() else "ours")
    bucket = Bucket(request.args["due"]) if request.args.get("due") in Bucket.__members__ else None
    user, organization = _circle(whose, today)
    lines = queries.agenda(
        db.session, today=today, user=user, organization=organization, bucket=bucket, limit=SHOWN + 1
    )
    counts = queries.agenda_counts(db.session, today=today, user=user, organization=organization)
    chosen = _chosen(lines[:SHOWN])
    return render_template(
        "workbench/index.html",
        today=today,
        weekday=_weekday(today),
        working_days=_working_days(today),
        cells=_cells(counts, bucket, whose),
        groups=_groups(lines[:SHOWN], chosen, today, whose, bucket),
        more=len(lines) > SHOWN,
        shown=SHOWN,
        whose=_whose(whose, bucket),
        panel=why.of(db.session, chosen, today) if chosen else None,
        waiting=_waiting(),
        new_kind=_new_kind(),
        worker_words=_worker_words(),
        **_words(),
    )


@bp.get("/deadlines/<int:deadline_id>")
@auth_required("session")
def show(deadline_id: int) -> str:
    """Explain one deadline day by day, with its history and what may be done about it."""
    return _why_page(_find(deadline_id))


@bp.post("/deadlines/<int:deadline_id>/<step>")
@auth_required("session")
def act(deadline_id: int, step: str) -> str | Response | tuple[str, int]:
    """Waive, pause or resume a deadline."""
    deadline = _find(deadline_id)
    found = next((a for a in _acts(deadline) if a["name"] == step), None)
    if found is None and step in PAUSES and _paused_elsewhere(deadline) is not None:
        return _why_page(deadline), 422
    if found is None:
        abort(403)
    form: FlaskForm = found["form"]
    if form.validate_on_submit():
        try:
            STEPS[step](db.session, deadline, by=current_user, **forms.values(form))
            db.session.commit()
        except DomainError as error:
            db.session.rollback()
            forms.explain(form, error)
        else:
            flash(_("Done."), "success")
            return redirect(url_for("workbench.show", deadline_id=deadline_id))
    return _why_page(_find(deadline_id), step, form), 422


STEPS: dict[str, Callable[..., Any]] = {
    "waive": services.waive,
    "pause": services.pause,
    "resume": services.resume,
}


PAUSES = frozenset({"pause", "resume"})


def _paused_elsewhere(deadline: Deadline) -> str | None:
    """Return where the pauses of a running deadline are entered, if its record measures them itself."""
    kind = current_app.extensions["kinds"].of(deadline.record)
    if kind.pauses is None or deadline.state not in RUNNING:
        return None
    return str(url_for("records.show", record_id=deadline.record_id))


def _why_page(deadline: Deadline, step: str | None = None, form: FlaskForm | None = None) -> str:
    acts = _acts(deadline)
    for act in acts:
        if act["name"] == step:
            act.update(form=form, open=True)
    return render_template(
        "workbench/why.html",
        deadline=deadline,
        record=deadline.record,
        row=row_of(deadline, clock.today(), _occurrences(deadline)),
        panel=why.of(db.session, deadline, clock.today()),
        moves=deadline.moves,
        move_words=move_labels(),
        forms=acts,
        elsewhere=_paused_elsewhere(deadline),
        **_words(),
    )


def _find(deadline_id: int) -> Deadline:
    found = db.session.scalars(select(Deadline).where(Deadline.id == deadline_id)).one_or_none()
    if found is None or not current_user.may(Permission.deadline_view):
        raise NotFound
    return found


def _acts(deadline: Deadline) -> list[dict[str, Any]]:
    if deadline.state not in RUNNING:
        return []
    day = Input("on", _("Day"), "date")
    offered: list[tuple[str, str, tuple[Input, ...]]] = []
    if current_user.may(Permission.deadline_waive):
        authority = Input("authority", _("On whose authority"))
        offered.append(("waive", _("Waive"), (day, Input("reason", _("Reason"), "long_text"), authority)))
    edits = {Permission.tender_edit, Permission.contract_edit, Permission.asset_edit, Permission.vendor_edit}
    causes = why.rule_of(db.session, deadline).pausable
    if _paused_elsewhere(deadline) is not None:
        edits = set()
    if current_user.permissions & edits and deadline.state is DeadlineState.paused:
        offered.append(("resume", _("Let it run again"), (day,)))
    elif current_user.permissions & edits and causes:
        known = load_catalogue().causes
        choices = {cause: known[cause].title.to(language()) for cause in causes}
        offered.append(("pause", _("Pause"), (day, Input("cause", _("Cause"), "choice", choices=choices))))
    today = clock.today()
    return [
        {"name": name, "label": label, "form": forms.build(db.session, inputs, today=today), "open": False}
        for name, label, inputs in offered
    ]


def _owns_anything() -> bool:
    owned = select(Deadline.id).where(Deadline.owner_id == current_user.id, Deadline.state.in_(RUNNING))
    return db.session.execute(owned.limit(1)).first() is not None


def _waiting() -> list[dict[str, Any]]:
    """Return what waits for a decision of this person: papers to approve, payments to review."""
    kinds: Kinds = current_app.extensions["kinds"]
    found = [
        {
            "step": each.step,
            "kind": kind.label,
            "record": each.record,
            "amount": kind.amount(each.record),
            "url": url_for("records.show", record_id=each.record.id),
        }
        for kind in kinds
        if current_user.may(kind.view)
        for each in kind.waiting(db.session, current_user.permissions, WAITING)
    ]
    return found[:WAITING]


def _circle(whose: str, today: date) -> tuple[User | None, Organization | None]:
    if whose == "mine":
        return current_user, None
    return None, current_user.working_organizations(today)[0] if whose == "ours" else None


def _whose(chosen: str, bucket: Bucket | None) -> list[dict[str, Any]]:
    due = bucket.value if bucket else None
    labels = {"mine": _("Mine"), "ours": _("My department"), "all": _("All that I see")}
    return [
        {"label": label, "url": url_for("workbench.index", whose=name, due=due), "current": name == chosen}
        for name, label in labels.items()
    ]


def _cells(counts: dict[Bucket, int], chosen: Bucket | None, whose: str) -> list[dict[str, Any]]:
    return [
        {
            "state": state,
            "label": BUCKET_LABELS[bucket],
            "count": counts[bucket] if counts[bucket] <= queries.MOST_COUNTED else f"{queries.MOST_COUNTED}+",
            "url": url_for("workbench.index", whose=whose, due=None if bucket is chosen else bucket.value),
            "current": bucket is chosen,
        }
        for bucket, state in TILES.items()
    ]


def _groups(
    lines: Sequence[Line], chosen: Deadline | None, today: date, whose: str, bucket: Bucket | None
) -> list[dict[str, Any]]:
    tasks: dict[Bucket, list[Task]] = {}
    for line in lines:
        tasks.setdefault(line.bucket, []).append(_task(line, chosen, today, whose, bucket))
    return [{"title": BUCKET_LABELS[name], "rows": tasks[name]} for name in Bucket if name in tasks]


def _task(line: Line, chosen: Deadline | None, today: date, whose: str, bucket: Bucket | None) -> Task:
    deadline = line.deadline
    here = url_for("workbench.index", whose=whose, due=bucket.value if bucket else None, why=deadline.id)
    return Task(
        row=row_of(deadline, today, _occurrences(deadline)),
        record=deadline.record,
        record_url=url_for("records.show", record_id=deadline.record_id),
        why_url=here + "#why",
        left="—" if line.working_days_left is None else _left(line.working_days_left),
        floor=deadline.provisional,
        chosen=deadline is chosen,
    )


def _occurrences(deadline: Deadline) -> Mapping[str, Text]:
    kinds: Kinds = current_app.extensions["kinds"]
    return kinds.of(deadline.record).occurrences(deadline.record) if deadline.occurrence else {}


def _left(days: int) -> str:
    return "0" if days == 0 else _("%(days)s working days", days=f"−{-days}" if days < 0 else days)


def _chosen(lines: Sequence[Line]) -> Deadline | None:
    asked = request.args.get("why", type=int)
    first = lines[0].deadline if lines else None
    return next((line.deadline for line in lines if line.deadline.id == asked), first)


def _working_days(today: date) -> int | None:
    try:
        return calendar_for(db.session).count_working(today, today + AHEAD)
    except UnpublishedYear:
        return None


def _weekday(today: date) -> str:
    week = [_("Monday"), _("Tuesday"), _("Wednesday"), _("Thursday"), _("Friday"), _("Saturday"), _("Sunday")]
    return week[today.weekday()]


def _does_business() -> bool:
    # the administrator keeps the system and opens no record: what is due is nothing to act on for that role
    kinds: Kinds = current_app.extensions["kinds"]
    return any(current_user.may(kind.view) for kind in kinds)


def _new_kind() -> Kind | None:
    kinds: Kinds = current_app.extensions["kinds"]
    return next((kind for kind in kinds if kind.create and current_user.may(kind.edit)), None)


def _worker_words() -> str:
    beat, stale = alert_queries.worker_health(db.session, clock.now())
    if beat is None or stale:
        return _("the reminder worker is not running")
    minutes = int((clock.now() - beat).total_seconds() // 60)
    return _("the reminder worker ran %(minutes)s minutes ago", minutes=minutes)


def _words() -> dict[str, Any]:
    return {
        "language": language(),
        "grades": grade_labels(),
        "period_words": why.period_words,
        "short_statute": short_statute,
    }
