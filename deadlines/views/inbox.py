"""The inbox, how somebody is reminded, and the calendar that other programs fetch."""

import logging
from typing import Any

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    flash,
    g,
    redirect,
    render_template,
    request,
    url_for,
)
from flask_security import auth_required, current_user
from flask_wtf import FlaskForm
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.wrappers import Response as BaseResponse
from wtforms import BooleanField, DateField, SelectField, StringField, TextAreaField, TimeField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from core import clock, forms, memos
from core.db import db
from core.errors import DomainError, NotFound
from core.i18n import gettext
from core.i18n import lazy_gettext as _
from core.organizations import limit
from deadlines import alert_queries, alerts, feed, preferences
from deadlines.alert_models import CHANNEL_LABELS, DIGEST_LABELS, ROBOTS, Channel, Digest
from deadlines.alert_queries import PAGE, Frame, Place, Show
from deadlines.sending import Post
from deadlines.wording import rule_title

bp = Blueprint("inbox", __name__, template_folder="../templates")
logger = logging.getLogger(__name__)

SHOW_LABELS = {Show.waiting: _("Waiting"), Show.snoozed: _("Put off"), Show.done: _("Done")}


class SnoozeForm(FlaskForm):  # type: ignore[misc]  # flask-wtf has no types
    """Until when, and why."""

    until = DateField(_("Remind again on"), [InputRequired(_("This is needed."))])
    reason = TextAreaField(
        _("Why it can wait"), [DataRequired(_("This is needed.")), Length(max=300)], render_kw={"rows": 3}
    )


class ChannelForm(FlaskForm):  # type: ignore[misc]  # flask-wtf has no types
    """One channel."""

    enabled = BooleanField(_("Remind me over this channel"))
    address = StringField(_("Address of the robot"), [Optional(), Length(max=500)])
    digest = SelectField(
        _("How often"),
        choices=[SelectChoice(digest, label) for digest, label in DIGEST_LABELS.items()],
        coerce=Digest,
    )
    digest_at = TimeField(_("Time of the daily message"), [Optional()])
    quiet_from = TimeField(_("Quiet from"), [Optional()])
    quiet_until = TimeField(_("Quiet until"), [Optional()])


def badges() -> dict[str, Any]:
    """Return what every page shows of reminders: the unread count, and whether the worker is silent."""
    if not current_user or not current_user.is_authenticated:
        return {}
    now = clock.now()
    told = frame()
    return {"inbox_count": told.unread, "worker_stale": told.is_worker_stale(now)} if told else {}


def late_count() -> int | None:
    """Return how many deadlines of this person have passed, for the menu."""
    told = frame()
    return told.late or None if told else None


def frame() -> Frame | None:
    """Return what the frame of the page tells, asked once for a page; None when it could not be read."""
    if "frame" not in g:
        try:
            g.frame = alert_queries.frame(db.session, current_user.id, clock.today())
        except SQLAlchemyError:  # the page that says so must not fail for its badge
            logger.exception("the badges of the page could not be counted")
            return None
    found: Frame = g.frame
    return found


# -- the inbox ----------------------------------------------------------------------------------------------


@bp.get("/inbox")
@auth_required("session")
def index() -> str:
    """Show somebody's alerts."""
    show = Show(request.args["show"]) if request.args.get("show") in set(Show) else Show.waiting
    after = Place.read(request.args.get("after", ""))
    today = clock.today()
    lines = alert_queries.inbox(db.session, current_user.id, today, show=show, after=after, limit=PAGE + 1)
    more = Place(lines[PAGE - 1].due_on, lines[PAGE - 1].id) if len(lines) > PAGE else None
    return render_template(
        "inbox/index.html",
        lines=lines[:PAGE],
        show=show,
        tabs=_tabs(show),
        first=url_for("inbox.index", show=show.value) if after else None,
        more=url_for("inbox.index", show=show.value, after=more) if more else None,
        today=today,
        rule_title=rule_title,
        words=_words,
        memos=[]
        if after or show is Show.snoozed
        else memos.of(db.session, current_user.id, is_read=show is Show.done),
    )


@bp.post("/inbox/acknowledge")
@auth_required("session")
def acknowledge() -> BaseResponse:
    """Take the ticked alerts, or the one or the memo whose button was pressed, out of the inbox."""
    one = request.form.get("one", type=int)
    ids = [one] if one else request.form.getlist("alert", type=int)[: PAGE * 2]
    told = request.form.getlist("memo", type=int)[:PAGE]
    at = clock.now()
    count = alerts.acknowledge_all(db.session, ids, by=current_user, at=at)
    count += memos.acknowledge(db.session, told, by=current_user, at=at)
    db.session.commit()
    flash(gettext("Taken out of the inbox: %(count)s.", count=count), "success" if count else "info")
    return redirect(url_for("inbox.index"))


@bp.route("/inbox/<int:alert_id>/snooze", methods=["GET", "POST"])
@auth_required("session")
def snooze(alert_id: int) -> str | BaseResponse | tuple[str, int]:
    """Put an alert off until a day."""
    alert = alerts.find(db.session, alert_id, current_user)
    form = SnoozeForm()
    if form.validate_on_submit():
        try:
            alerts.snooze(
                db.session,
                alert,
                until=form.until.data,
                reason=form.reason.data,
                by=current_user,
                on=clock.today(),
            )
            db.session.commit()
        except DomainError as error:
            db.session.rollback()
            forms.explain(form, error)
        else:
            flash(gettext("Put off until %(day)s.", day=form.until.data.isoformat()), "success")
            return redirect(url_for("inbox.index"))
    alert = alerts.find(db.session, alert_id, current_user)
    page = render_template(
        "inbox/snooze.html", alert=alert, form=form, what=rule_title(alert.deadline.rule_id)
    )
    return (page, 422) if form.errors else page


def _tabs(show: Show) -> list[dict[str, Any]]:
    return [
        {"label": label, "url": url_for("inbox.index", show=part.value), "current": part is show}
        for part, label in SHOW_LABELS.items()
    ]


def _words(line: alert_queries.Line) -> dict[str, str]:
    """Return the lamp of a line in words, and what is left."""
    today = clock.today()
    state, left = line.lamp(today), line.days_left(today)
    word = {
        "late": gettext("Overdue"),
        "soon": gettext("Soon"),
        "ok": gettext("In time"),
        "unknown": gettext("Calendar unpublished"),
        "paused": gettext("Paused"),
        "met": gettext("Closed"),
    }[state]
    if state == "unknown":
        remaining = gettext("not before this day")
    elif state in {"paused", "met"}:
        remaining = "—"
    else:
        remaining = gettext("%(days)s days", days=left).replace("-", "−")
    return {"lamp": state, "word": word, "left": remaining}


# -- how I am reminded --------------------------------------------------------------------------------------


@bp.get("/settings/notifications")
@auth_required("session")
def settings() -> str:
    """Show the channels, the calendar address and the delivery log of the person."""
    return _settings()


@bp.post("/settings/notifications/<channel>")
@auth_required("session")
def choose(channel: str) -> BaseResponse | tuple[str, int]:
    """Keep the choice for one channel."""
    post = Post.of(current_app.config)
    if channel not in {offered.value for offered in post.channels if offered is not Channel.in_app}:
        raise NotFound
    chosen = Channel(channel)
    if request.form.get("forget"):
        preferences.forget(db.session, current_user, chosen)
        db.session.commit()
        flash(gettext("The robot is forgotten."), "success")
        return redirect(url_for("inbox.settings"))
    form = ChannelForm(prefix=channel)
    if form.validate_on_submit():
        try:
            facts = {name: value for name, value in form.data.items() if name != "csrf_token"}
            facts["address"] = facts["address"] or ""
            preferences.choose(db.session, current_user, chosen, post=post, at=clock.now(), **facts)
            db.session.commit()
        except DomainError as error:
            db.session.rollback()
            forms.explain(form, error)
        else:
            flash(gettext("Saved."), "success")
            return redirect(url_for("inbox.settings"))
    return _settings(wrong={chosen: form}), 422


@bp.post("/settings/notifications/feed")
@auth_required("session")
def make_feed() -> str:
    """Make a calendar address and show it this once."""
    token = feed.issue(db.session, current_user, at=clock.now())
    db.session.commit()
    post = Post.of(current_app.config)
    return _settings(address=f"{post.base_url}{url_for('inbox.feed', token=token)}")


@bp.post("/settings/notifications/feed/revoke")
@auth_required("session")
def revoke_feed() -> BaseResponse:
    """Make the calendar address stop working."""
    feed.revoke(db.session, current_user, at=clock.now())
    db.session.commit()
    flash(gettext("The calendar address no longer works."), "success")
    return redirect(url_for("inbox.settings"))


def _settings(wrong: dict[Channel, ChannelForm] | None = None, address: str | None = None) -> str:
    before = request.args.get("before", type=int)
    log = alert_queries.delivery_log(db.session, current_user.id, before=before, limit=PAGE + 1)
    return render_template(
        "inbox/settings.html",
        cards=[_card(channel, (wrong or {}).get(channel)) for channel in _offered()],
        token=alert_queries.feed_token(db.session, current_user.id),
        address=address,
        waiting=alert_queries.waiting_messages(db.session, current_user.id),
        log=log[:PAGE],
        older=url_for("inbox.settings", before=log[PAGE - 1].id) if len(log) > PAGE else None,
        newest=url_for("inbox.settings") if before else None,
        labels=CHANNEL_LABELS,
    )


def _offered() -> list[Channel]:
    return [channel for channel in Post.of(current_app.config).channels if channel is not Channel.in_app]


def _card(channel: Channel, wrong: ChannelForm | None) -> dict[str, Any]:
    chosen = preferences.wish(db.session, current_user, channel)
    form = wrong or ChannelForm(formdata=None, prefix=channel.value, obj=chosen, data={"address": ""})
    if wrong is None:
        form.address.data = ""
    return {
        "channel": channel,
        "label": CHANNEL_LABELS[channel],
        "form": form,
        "is_robot": channel in ROBOTS,
        "is_kept": bool(chosen.address),
        "is_on": chosen.enabled and (channel is Channel.mail or bool(chosen.address)),
        "open": wrong is not None,
        "to": current_user.email if channel is Channel.mail else None,
    }


# -- the calendar of other programs -------------------------------------------------------------------------


@bp.get("/calendar/feed/<token>.ics", endpoint="feed")
def calendar_feed(token: str) -> Response:
    """Send the calendar whose address this is; the address is the only key."""
    user = feed.reader(db.session, token)
    if user is None:
        abort(404)
    limit(db.session, user.scope(clock.today()))
    body = feed.calendar(db.session, user, Post.of(current_app.config))
    response = Response(body, mimetype="text/calendar")
    response.headers["Cache-Control"] = "private, max-age=900"
    response.headers["X-Robots-Tag"] = "noindex"
    return response
