"""The audit trail for its readers: who did what to which record, and whether anybody touched the trail."""

import json
from datetime import date
from typing import Any

from flask import Blueprint, Response, current_app, render_template, request, url_for
from flask_security import auth_required, current_user
from werkzeug.datastructures import FileStorage

from core import acts, audit, clock, trail
from core.acts import Wanted
from core.db import db, writing
from core.errors import InvalidInput
from core.i18n import gettext as _
from core.kinds import Kinds
from core.organizations import NOTHING
from core.permissions import Permission, authorize
from core.trail import Anchor, Report
from deadlines.views.changes import Reader
from deadlines.views.history import act_labels, office_labels
from deadlines.views.rules import read_day

bp = Blueprint("audit", __name__, url_prefix="/audit", template_folder="../templates")

# what one request reads in a few seconds; longer trails are for the command line
MOST_VERIFIED = 200_000
MOST_SHOWN = 50


@bp.before_request
@auth_required("session")
def admit() -> None:
    """Let only auditors in."""
    authorize(current_user, Permission.audit_view)


@bp.get("/")
def index() -> str | tuple[str, int]:
    """Show the newest acts."""
    try:
        return _page(_wanted())
    except InvalidInput as refusal:
        return _page(Wanted(), problems=refusal), 422


@bp.post("/verify")
def verify() -> str | tuple[str, int]:
    """Compute the whole trail anew, and compare it with an anchor when one is given."""
    try:
        anchored = _anchor(request.files.get("anchor"))
    except InvalidInput as refusal:
        return _page(Wanted(), problems=refusal), 422
    if acts.count(db.session, at_most=MOST_VERIFIED) > MOST_VERIFIED:
        return _page(Wanted(), too_long=True)
    db.session.rollback()  # reading it all must not keep others from writing
    report = trail.verify(db.session, anchored)
    db.session.rollback()
    writing(db.session)
    detail: dict[str, Any] = {"events": report.events, "problems": len(report.problems)}
    audit.record(db.session, None, "trail.verified", by=current_user, **detail)
    db.session.commit()
    return _page(Wanted(), report=report, anchored=anchored is not None)


@bp.get("/anchor.json")
def anchor() -> Response:
    """Send the heads of the trail, to be kept where nobody here can change them."""
    response = Response(trail.anchor(db.session) + "\n", mimetype="application/json")
    name = f"anchor-{clock.today().isoformat()}.json"
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


def _page(
    wanted: Wanted,
    *,
    problems: InvalidInput | None = None,
    report: Report | None = None,
    anchored: bool = False,
    too_long: bool = False,
) -> str:
    after, before = (request.args.get(name, "") if not problems else "" for name in ("after", "before"))
    scope = db.session.info.get("scope", NOTHING)
    found = acts.page(db.session, wanted, scope=scope, after=after, before=before)
    given: dict[str, Any] = {n: text for n, text in request.args.items() if n not in {"after", "before"}}
    return render_template(
        "audit/index.html",
        lines=Reader(db.session, found.acts, _kinds()).lines(),
        newer=url_for("audit.index", **given, before=found.newer) if found.newer else None,
        older=url_for("audit.index", **given, after=found.older) if found.older else None,
        groups=_groups(),
        problems=problems.fields if problems else {},
        report=report,
        shown=MOST_SHOWN,
        anchored=anchored,
        too_long=too_long,
        most=MOST_VERIFIED,
    )


def _wanted() -> Wanted:
    given = request.args
    since, until = _day("since"), _day("until")
    if since and until and until < since:
        raise InvalidInput({"until": _("The last day lies before the first.")})
    return Wanted(
        person=given.get("person", "")[:100],
        action=given.get("action", "")[:60],
        number=given.get("number", "")[:40],
        since=since,
        until=until,
    )


def _day(name: str) -> date | None:
    return read_day(request.args.get(name), name)


def _groups() -> list[tuple[str, dict[str, str]]]:
    groups = [(_("Records"), act_labels()), (_("Accounts and the law's data"), office_labels())]
    for kind in _kinds():
        steps = {kind.workflow.action(step.name): str(step.label) for step in kind.workflow}
        change = {f"{kind.name}.change": _("Particulars changed")}
        groups.append((str(kind.label_plural), change | steps))
    return groups


def _kinds() -> Kinds:
    kinds: Kinds = current_app.extensions["kinds"]
    return kinds


def _anchor(file: FileStorage | None) -> Anchor | None:
    if file is None or not file.filename:
        return None
    try:
        content = file.stream.read(100_000).decode("utf-8-sig")
        lanes = json.loads(content)["lanes"]
        return Anchor({int(lane): (int(head["seq"]), str(head["hash"])) for lane, head in lanes.items()})
    except (ValueError, KeyError, TypeError, AttributeError):
        raise InvalidInput({"anchor": _("This file is not an anchor of the audit trail.")}) from None
