"""What the administrator watches: the workers, and the messages that did not arrive."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_security import auth_required, current_user
from sqlalchemy import select
from werkzeug.wrappers import Response

from core import clock
from core.db import db
from core.errors import NotFound
from core.i18n import gettext as _
from core.organizations import Scope
from core.permissions import Permission, authorize
from deadlines import alert_queries, delivery
from deadlines.alert_models import CHANNEL_LABELS, MESSAGE_LABELS, MessageState, OutboxMessage
from deadlines.alert_queries import PAGE, STALE_AFTER

bp = Blueprint("delivery", __name__, url_prefix="/system/delivery", template_folder="../templates")

LAMPS = {
    MessageState.gathering: "ok",
    MessageState.sending: "ok",
    MessageState.retrying: "soon",
    MessageState.dead: "late",
}


@bp.get("/")
@auth_required("session")
def index() -> str:
    """Show the signs of life, what is on its way, and what was given up."""
    authorize(current_user, Permission.delivery_view)
    now, today = clock.now(), clock.today()
    before = request.args.get("before", type=int)
    letters = alert_queries.dead_letters(db.session, scope=_scope(), before=before, limit=PAGE + 1)
    last, stale = alert_queries.worker_health(db.session, now)
    return render_template(
        "delivery/index.html",
        beats=alert_queries.heartbeats(db.session),
        now=now,
        stale_after=STALE_AFTER,
        last=last,
        stale=stale,
        unswept=alert_queries.unswept_count(db.session, today),
        cap=alert_queries.CAP,
        cells=_cells(),
        letters=letters[:PAGE],
        older=url_for("delivery.index", before=letters[PAGE - 1].id) if len(letters) > PAGE else None,
        newest=url_for("delivery.index") if before else None,
        may_act=current_user.may(Permission.delivery_edit),
        log=alert_queries.delivery_log(db.session, scope=_scope(), limit=20),
        labels=CHANNEL_LABELS,
    )


@bp.post("/<int:message_id>/requeue")
@auth_required("session")
def requeue(message_id: int) -> Response:
    """Try a message again that was given up."""
    delivery.requeue(db.session, _find(message_id), by=current_user, at=clock.now())
    db.session.commit()
    flash(_("It will be tried again."), "success")
    return redirect(url_for("delivery.index"))


@bp.post("/<int:message_id>/discard")
@auth_required("session")
def discard(message_id: int) -> Response:
    """Let go of a message that was given up."""
    reason = request.form.get("reason", "")
    delivery.discard(db.session, _find(message_id), by=current_user, reason=reason)
    db.session.commit()
    flash(_("It will not be sent."), "success")
    return redirect(url_for("delivery.index"))


def _scope() -> Scope:
    """Return whose messages the reader keeps in motion: those of the people within reach."""
    return current_user.scope(clock.today())  # type: ignore[no-any-return]  # flask-security has no types


def _find(message_id: int) -> OutboxMessage:
    authorize(current_user, Permission.delivery_edit)
    found = select(OutboxMessage).where(
        OutboxMessage.id == message_id, *alert_queries.told_within(_scope(), OutboxMessage)
    )
    message = db.session.scalars(found).one_or_none()
    if message is None:
        raise NotFound
    return message


def _cells() -> list[dict[str, Any]]:
    counts = alert_queries.outbox_counts(db.session, _scope())
    return [
        {
            "state": LAMPS[state] if count else "ok",
            "label": MESSAGE_LABELS[state],
            "count": count,
            "note": None,
            "url": "#dead" if state is MessageState.dead else "#log",
            "current": False,
        }
        for state, count in counts.items()
    ]
