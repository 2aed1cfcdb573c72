"""The state of the system for its administrator: settings, database, worker, law's data, accounts."""

from collections import Counter
from datetime import date
from typing import Any

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Blueprint, current_app, render_template
from flask_security import auth_required, current_user
from sqlalchemy import ColumnElement, func, select

from core import clock, engine
from core.auth import Role, User
from core.config import DEVELOPMENT_KEY, is_production
from core.db import db
from core.i18n import gettext as _
from core.login import TOTP_ROLES
from core.permissions import Permission, authorize
from deadlines import alert_queries
from deadlines.alert_models import MessageState, OutboxMessage
from deadlines.calendar import Calendar
from deadlines.corrections import calendar_for
from deadlines.loading import load_catalogue
from deadlines.models import CalendarYear, RuleOverride, ThresholdValue
from deadlines.views.labels import grade_labels

bp = Blueprint("system", __name__, url_prefix="/system", template_folder="../templates")

# from which month on the next year's notice may be out
NOTICE_MONTH = 11
# only these are shown: whatever is not listed may be a secret
SHOWN = (
    "ENV",
    "BASE_URL",
    "ALLOWED_HOSTS",
    "SESSION_COOKIE_SECURE",
    "SESSION_IDLE_MINUTES",
    "SESSION_HOURS",
    "TOTP_REQUIRED",
    "LOCKOUT_TRIES",
    "LOCKOUT_MINUTES",
    "MAX_UPLOAD_BYTES",
    "DOCUMENT_DIR",
    "MAIL_SERVER",
    "MAIL_PORT",
    "MAIL_STARTTLS",
    "MAIL_FROM",
    "WEBHOOK_SCHEMES",
)


@bp.get("/")
@auth_required("session")
def index() -> str:
    """Show how the system stands."""
    authorize(current_user, Permission.user_edit)
    last, stale = alert_queries.worker_health(db.session, clock.now())
    calendar, today = calendar_for(db.session), clock.today()
    accounts = _accounts()
    return render_template(
        "system/index.html",
        warnings=list(_warnings(accounts, calendar, today)),
        database=engine.describe(db.session),
        revision=_revision(),
        last=last,
        stale=stale,
        workers=len(alert_queries.heartbeats(db.session)),
        dead=_count(OutboxMessage.state == MessageState.dead),
        calendar=calendar,
        corrected=db.session.scalars(select(CalendarYear.year).order_by(CalendarYear.year)).all(),
        next_year=today.year + 1,
        catalogue=load_catalogue(),
        by_grade=Counter(rule.grade.value for rule in load_catalogue().rules.values()),
        grades=grade_labels(),
        overrides=_count(RuleOverride.id.is_not(None)),
        values=_count(ThresholdValue.id.is_not(None)),
        accounts=accounts,
        settings=[(f"PROCUREMENT_{name}", _written(current_app.config[name])) for name in SHOWN],
    )


def _warnings(accounts: dict[str, int], calendar: Calendar, today: date) -> list[str]:
    config = current_app.config
    found = {
        _("The development key is in use: set PROCUREMENT_SECRET_KEY before real data comes in."): (
            config["SECRET_KEY"] == DEVELOPMENT_KEY
        ),
        _("Sample accounts are open; their password is public."): accounts["demo"] > 0,
        _("This is not a production start: cookies and second factors are not enforced."): not is_production(
            config
        ),
        _("No mail server is set: reminders reach the inbox only."): not config["MAIL_SERVER"],
        _("The calendar of %(year)s may be published by now: look for the notice.", year=today.year + 1): (
            today.month >= NOTICE_MONTH and not calendar.published(today.year + 1)
        ),
    }
    return [message for message, holds in found.items() if holds]


def _accounts() -> dict[str, int]:
    decides = User.roles.any(Role.name.in_(sorted(TOTP_ROLES)))
    return {
        "open": _count(User.active),
        "closed": _count(User.active.is_(False)),
        "demo": _count(User.active & User.is_demo),
        "one_time": _count(User.active & User.one_time_until.is_not(None)),
        "without_factor": _count(User.active & User.tf_primary_method.is_(None) & decides),
    }


def _count(condition: ColumnElement[bool] | Any) -> int:
    return db.session.execute(select(func.count()).where(condition)).scalar_one()


def _revision() -> tuple[str | None, str | None]:
    config: Any = current_app.extensions["migrate"].migrate.get_config()
    here = MigrationContext.configure(db.session.connection()).get_current_revision()
    return here, ScriptDirectory.from_config(config).get_current_head()


def _written(value: Any) -> str:
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    return str(value)
