"""The inbox of a vendor's people."""

from flask import flash, redirect, request, url_for
from flask_security import current_user
from werkzeug.wrappers import Response

from core import clock, memos
from core.db import db
from core.i18n import gettext as _
from deadlines import alert_queries, alerts
from deadlines.alert_queries import PAGE, Place, Show
from deadlines.views.inbox import SHOW_LABELS
from deadlines.wording import rule_title
from portal.views.home import act_on
from portal.views.page import Page, bp, render

SHOWN = (Show.waiting, Show.done)


@bp.get("/messages")
def messages() -> Page:
    """Show what this person has been reminded of."""
    show = Show.done if request.args.get("show") == Show.done.value else Show.waiting
    after, today = Place.read(request.args.get("after", "")), clock.today()
    lines = alert_queries.inbox(db.session, current_user.id, today, show=show, after=after, limit=PAGE + 1)
    more = Place(lines[PAGE - 1].due_on, lines[PAGE - 1].id) if len(lines) > PAGE else None
    return render(
        "messages.html",
        lines=lines[:PAGE],
        show=show.value,
        tabs=[
            {
                "label": SHOW_LABELS[each],
                "url": url_for("portal.messages", show=each.value),
                "current": each is show,
            }
            for each in SHOWN
        ],
        more=url_for("portal.messages", show=show.value, after=more) if more else None,
        rule_title=rule_title,
        act_on=act_on,
        memos=[] if after else memos.of(db.session, current_user.id, is_read=show is Show.done),
    )


@bp.post("/messages/acknowledge")
def acknowledge() -> Response:
    """Take messages out of the inbox; the deadlines behind them run on."""
    ids = [*request.form.getlist("one", type=int), *request.form.getlist("alert", type=int)][: PAGE * 2]
    told = request.form.getlist("memo", type=int)[:PAGE]
    at = clock.now()
    count = alerts.acknowledge_all(db.session, ids, by=current_user, at=at)
    count += memos.acknowledge(db.session, told, by=current_user, at=at)
    db.session.commit()
    flash(_("Taken out of the inbox: %(count)s.", count=count), "success" if count else "info")
    return redirect(url_for("portal.messages"))
