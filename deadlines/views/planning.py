"""Planning backwards: when each step of a purchase has to be taken so that the service starts on time."""

from datetime import timedelta
from typing import Any

from flask import Blueprint, render_template, request
from flask_security import auth_required

from core import clock
from core.db import db
from core.formats import short_day
from core.i18n import gettext as _
from core.i18n import language
from deadlines.corrections import calendar_for
from deadlines.planning import Step, plan
from deadlines.rules import Method
from deadlines.views.labels import method_labels
from deadlines.views.rules import read_day
from deadlines.views.timeline import chip

bp = Blueprint("planning", __name__, url_prefix="/plan", template_folder="../templates")

USUAL_LEAD = timedelta(days=120)


@bp.get("/")
@auth_required("session")
def index() -> str:
    """Show the plan of a method for a day on which the service must start, as a table and as a picture."""
    today = clock.today()
    start = read_day(request.args.get("start"), "start") or today + USUAL_LEAD
    named = request.args.get("method", Method.public_tender.value)
    method = Method(named) if named in Method.__members__ else Method.public_tender
    steps = plan(method, start, calendar_for(db.session))
    return render_template(
        "planning/index.html",
        steps=steps,
        method=method,
        methods=method_labels(),
        start=start,
        today=today,
        late=[step for step in steps if step.ceiling_on < today],
        gantt=[_bar(step, following) for step, following in zip(steps, [*steps[1:], None], strict=True)],
        since=min(steps[0].floor_on, today),
        until=start,
        language=language(),
        chip=chip,
    )


def _bar(step: Step, following: Step | None) -> dict[str, Any]:
    begins = step.latest_on or step.floor_on
    ends = (following.latest_on or following.floor_on) if following else begins
    title = step.event.title.to(language())
    return {
        "label": title,
        "when": short_day(begins) if step.latest_on else _("from %(day)s", day=short_day(begins)),
        "bars": [
            {
                "start": step.prudent_on or begins,
                "end": begins,
                "kind": "planned",
                "title": _("prudent lead"),
            },
            {"start": begins, "end": max(begins, ends), "kind": "statutory", "title": title},
        ],
        "marks": [{"on": begins, "title": title}],
    }
