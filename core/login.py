"""Accounts at the door: flask-security with argon2, TOTP, lockout, and sessions that end."""

from datetime import datetime, timedelta
from typing import Any

from flask import Flask, current_app, redirect, request, session, url_for
from flask_security import (
    FSQLALiteUserDatastore,
    LoginForm,
    Security,
    current_user,
    logout_user,
    password_changed,
    user_authenticated,
)
from werkzeug.wrappers import Response

from core import audit, clock, lockout
from core.auth import Role, User, signed_in
from core.config import is_production
from core.db import db
from core.i18n import lazy_gettext as _
from core.permissions import RoleName

SINCE = "signed_in_at"
KEEP_FAILURES = timedelta(days=30)
TOTP_ROLES = (RoleName.officer, RoleName.approver, RoleName.finance, RoleName.administrator)
WITHOUT_TOTP = frozenset(
    {
        "static",
        "office.language",
        "security.logout",
        "security.static",
        "security.two_factor_setup",
        "security.two_factor_setup_validate",
        "security.two_factor_token_validation",
        "security.mf_recovery_codes",
        "security.verify",
    }
)


# what flask-security says in English only, as its own catalogue has no Chinese for it
MESSAGES = {
    "INVALID_CODE": (_("This code is not right. Type the one that the app shows now."), "error"),
    "TWO_FACTOR_INVALID_TOKEN": (
        _("This code is not right. Type the one that the app shows now; in a set-up scan the new picture."),
        "error",
    ),
    "TWO_FACTOR_CHANGE_METHOD_SUCCESSFUL": (_("Two-step sign-in is switched on."), "success"),
    "TWO_FACTOR_LOGIN_SUCCESSFUL": (_("Your code is right."), "success"),
    "TWO_FACTOR_DISABLED": (_("Two-step sign-in is switched off."), "success"),
    "INVALID_RECOVERY_CODE": (_("This recovery code is not right, or has been used."), "error"),
    "NO_RECOVERY_CODES_SETUP": (_("There are no recovery codes yet."), "info"),
    "REAUTHENTICATION_REQUIRED": (_("Type your password once more to go on."), "error"),
}


class Accounts(FSQLALiteUserDatastore):
    """Where flask-security finds people."""

    def find_user(self, case_insensitive: bool = False, **named: Any) -> Any:
        """Return the person, with roles and organization when it is the one signed in."""
        if set(named) == {"fs_uniquifier"}:
            return signed_in(self.db.session, named["fs_uniquifier"], clock.today())
        return super().find_user(case_insensitive, **named)


class OfficeLoginForm(LoginForm):
    """The sign-in form; it says the same of a wrong password, an unknown address and a locked one."""

    def validate(self, **kwargs: Any) -> bool:
        """Refuse a locked address without asking further; count what fails."""
        email, now = str(self.email.data or ""), clock.now()
        limits = {
            "tries": current_app.config["LOCKOUT_TRIES"],
            "minutes": current_app.config["LOCKOUT_MINUTES"],
        }
        if lockout.is_locked(db.session, email, at=now, **limits):
            self.form_errors.append(self._refusal(limits["minutes"]))
            return False
        if super().validate(**kwargs):
            lockout.forget(db.session, email, before=now - KEEP_FAILURES)
            return self._has_not_lapsed(now)
        lockout.note_failure(db.session, email, at=now, ip=request.remote_addr)
        db.session.commit()
        for field in self:
            field.errors = []
        self.form_errors[:] = [self._refusal(limits["minutes"])]
        return False

    def _has_not_lapsed(self, now: datetime) -> bool:
        user: Any = self.user
        until = user.one_time_until
        if until is None or now <= until:
            return True
        self.form_errors.append(_("This one-time password has lapsed. Ask the administrator for another."))
        return False

    @staticmethod
    def _refusal(minutes: int) -> Any:
        return _(
            "The address or the password is wrong, or there were too many tries: "
            "then wait %(minutes)d minutes.",
            minutes=minutes,
        )


def init_app(app: Flask) -> None:
    """Attach flask-security with the settings of this system."""
    settings = dict(  # noqa: C408 - reads like the settings file that it is
        SECURITY_PASSWORD_HASH="argon2",  # noqa: S106 - the name of an algorithm
        SECURITY_PASSWORD_SALT=app.config["PASSWORD_SALT"],
        SECURITY_PASSWORD_LENGTH_MIN=12,
        SECURITY_EMAIL_VALIDATOR_ARGS={"check_deliverability": False},
        SECURITY_CHANGEABLE=True,
        SECURITY_SEND_PASSWORD_CHANGE_EMAIL=False,
        SECURITY_TWO_FACTOR=True,
        SECURITY_TWO_FACTOR_ENABLED_METHODS=["authenticator"],
        SECURITY_TWO_FACTOR_REQUIRED=False,
        SECURITY_MULTI_FACTOR_RECOVERY_CODES=True,
        SECURITY_TOTP_SECRETS={"1": app.config["SECRET_KEY"]},
        SECURITY_TOTP_ISSUER=app.config["SITE_NAME"],
        SECURITY_CSRF_IGNORE_UNAUTH_ENDPOINTS=False,
        SECURITY_REDIRECT_VALIDATE_MODE=["regex"],
        SECURITY_UNAUTHORIZED_VIEW=None,
        SECURITY_POST_LOGIN_VIEW="/",
        SECURITY_POST_LOGOUT_VIEW="/login",
        SECURITY_CLI_USERS_NAME=None,
        SECURITY_CLI_ROLES_NAME=None,
    )
    for name, value in settings.items():
        app.config.setdefault(name, value)
    for name, (text, tone) in MESSAGES.items():
        app.config.setdefault(f"SECURITY_MSG_{name}", (text, tone))
    app.config["PERMANENT_SESSION_LIFETIME"] = timedelta(minutes=app.config["SESSION_IDLE_MINUTES"])
    if app.config["TOTP_REQUIRED"] is None:
        app.config["TOTP_REQUIRED"] = is_production(app.config)
    Security(  # one for each application: it keeps its settings in itself
        app, Accounts(db, User, Role), register_blueprint=True, login_form=OfficeLoginForm
    )
    _spare_needs(app)
    user_authenticated.connect(_begin, app)
    password_changed.connect(_note_password, app)
    app.before_request(end_old_session)
    app.before_request(demand_totp)
    app.before_request(demand_own_password)


def _spare_needs(app: Flask) -> None:
    """Take out the hook that would load everybody's roles anew as needs of flask-principal.

    Nothing asks for needs here: what somebody may do stands in ``core.permissions``.
    """
    hooks = app.before_request_funcs[None]
    owners = [type(getattr(hook, "__self__", None)).__module__ for hook in hooks]
    hooks[:] = [hook for hook, owner in zip(hooks, owners, strict=True) if owner != "flask_principal"]


def end_old_session() -> None:
    """Sign out whoever signed in too long ago, however busy the session."""
    since = session.get(SINCE)
    if since is None or not current_user.is_authenticated:
        return
    if clock.now() - datetime.fromisoformat(since) > timedelta(hours=current_app.config["SESSION_HOURS"]):
        logout_user()
        session.pop(SINCE, None)


def demand_totp() -> Response | None:
    """Send those who must have a second factor and have none to setting it up."""
    if not current_app.config["TOTP_REQUIRED"] or request.endpoint in WITHOUT_TOTP:
        return None
    if not current_user.is_authenticated or current_user.tf_primary_method:
        return None
    if not current_user.has_role_named(*TOTP_ROLES):
        return None
    return redirect(url_for("security.two_factor_setup"))


def demand_own_password() -> Response | None:
    """Send those who came in with a one-time password to choosing their own."""
    if request.endpoint in WITHOUT_TOTP | {"security.change_password"}:
        return None
    if not current_user.is_authenticated or current_user.one_time_until is None:
        return None
    return redirect(url_for("security.change_password"))


def _begin(_app: Flask, user: User, **_extra: Any) -> None:
    session.permanent = True
    session[SINCE] = clock.now().isoformat()
    audit.record(db.session, None, "user.sign_in", by=user)
    db.session.commit()


def _note_password(_app: Flask, user: User, **_extra: Any) -> None:
    user.password_changed_at = clock.now()
    user.one_time_until = None
    audit.record(db.session, None, "user.change_password", by=user)
