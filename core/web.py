"""What every request gets: language, scope, security headers, and pages for refusals."""

import logging
import secrets
import uuid
from typing import Any

import flask_babel
from babel import Locale
from flask import (
    Flask,
    Response,
    current_app,
    g,
    has_request_context,
    jsonify,
    render_template,
    request,
    session,
)
from flask_babel import Babel, get_locale
from flask_security import current_user
from flask_wtf.csrf import CSRFError, CSRFProtect
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import BadRequest, HTTPException

from core import audit, clock, entrance, formats, fragments, i18n
from core.config import allowed_hosts
from core.db import db, writing
from core.errors import DomainError, Stale, WrongState
from core.i18n import lazy_gettext as _
from core.organizations import NOTHING, limit

logger = logging.getLogger(__name__)

csrf = CSRFProtect()
babel = Babel()

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
TITLES_OF_ERRORS = frozenset({400, 403, 404, 405, 409, 413, 422, 429, 500, 503})


def init_app(app: Flask) -> None:
    """Attach the request hooks, filters and error pages."""
    babel.init_app(
        app,
        locale_selector=choose_language,
        default_timezone="Asia/Shanghai",
        default_translation_directories=f"{app.root_path}/translations",
    )
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]  # jinja2.ext.i18n adds it
        i18n.gettext, flask_babel.ngettext, newstyle=True
    )
    fragments.init_app(app)
    app.before_request(_check_host)
    app.before_request(_open_session)
    app.before_request(_keep_apart)
    csrf.init_app(app)  # its hook comes last: a refusal of it would tell that there is such a page
    app.after_request(_harden)
    app.register_error_handler(DomainError, _refuse)
    app.register_error_handler(StaleDataError, lambda _error: _refuse(Stale()))
    app.register_error_handler(IntegrityError, _collision)
    app.register_error_handler(CSRFError, _http_error)
    app.register_error_handler(HTTPException, _http_error)
    app.context_processor(_page_context)
    formats.init_app(app)


def choose_language() -> Locale:
    """Return the language of the request: the person's choice, else Chinese."""
    languages: tuple[str, ...] = current_app.config["LANGUAGES"]
    chosen = session.get("language") if has_request_context() else None
    return i18n.parsed(str(chosen) if chosen in languages else languages[0])


def csp_nonce() -> str:
    """Return the nonce of this response."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    return str(g.csp_nonce)


def wants_json() -> bool:
    """Return whether the client asked for data rather than a page."""
    return request.path.startswith("/api/") or request.accept_mimetypes.best == "application/json"


def _check_host() -> None:
    names = allowed_hosts(current_app.config)
    if names and request.host.rsplit(":", 1)[0] not in names:
        raise BadRequest


def _open_session() -> None:
    g.request_id = uuid.uuid4().hex[:12]
    if entrance.is_static(request.endpoint):
        return
    if request.endpoint is not None and request.method not in SAFE_METHODS:
        writing(db.session)
    limit(db.session, NOTHING)
    db.session.info["origin"] = audit.Origin(request_id=g.request_id, ip=request.remote_addr)
    if current_user.is_authenticated:
        limit(db.session, current_user.scope(clock.today()))


def _keep_apart() -> Any:
    return None if entrance.is_static(request.endpoint) else entrance.keep_apart()


def _harden(response: Response) -> Response:
    nonce = f"'nonce-{csp_nonce()}'"
    headers = response.headers
    headers.setdefault(
        "Content-Security-Policy",
        f"default-src 'none'; script-src 'self' {nonce}; style-src 'self' {nonce}; img-src 'self' data:; "
        "font-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    )
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Referrer-Policy", "same-origin")
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
    if request.endpoint and not request.endpoint.endswith("static"):
        headers.setdefault("Cache-Control", "no-store")
    if current_app.config["SESSION_COOKIE_SECURE"]:
        headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    return response


def _refuse(error: DomainError) -> Any:
    db.session.rollback()
    return answer(error.status, str(error), error)


def _collision(error: IntegrityError) -> Any:
    """Answer two people who entered the same thing at once; log it, for it may be a fault of ours."""
    logger.error("request %s: %s", g.get("request_id"), error.orig)
    return _refuse(WrongState(_("Somebody else has just entered the same. Open the record again.")))


def _http_error(error: HTTPException) -> Any:
    if error.response is not None or (error.code or 500) < 400:
        return error
    return answer(error.code or 500, None, error)


def answer(status: int, message: str | None, error: Exception, **given: Any) -> Any:
    """Return the page, or the data, that tells of a refusal, with its status."""
    if wants_json():
        return jsonify(code=status, message=message, errors=getattr(error, "fields", None)), status
    name = status if status in TITLES_OF_ERRORS else 500
    return render_template(
        f"errors/{name}.html", message=message, error=error, status=status, **given
    ), status


def _page_context() -> dict[str, Any]:
    return {
        "csp_nonce": csp_nonce,
        "site_name": current_app.config["SITE_NAME"],
        "locale": str(get_locale()),
        "today": clock.today(),
    }
