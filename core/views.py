"""The kernel's own routes: language, documents, health."""

from urllib.parse import urlsplit

from flask import Blueprint, Response, current_app, redirect, request, session
from flask_security import auth_required, current_user
from sqlalchemy import text
from werkzeug.wrappers import Response as BaseResponse

from core.db import db
from core.documents import Store
from core.exports import disposition
from core.intake import antivirus, services

bp = Blueprint("office", __name__)


@bp.post("/language")
def language() -> BaseResponse:
    """Change the language and go back to the page."""
    chosen = request.form.get("locale", "")
    if chosen in current_app.config["LANGUAGES"]:
        session["language"] = chosen
    return redirect(inner(request.form.get("next", "")))


@bp.get("/healthz")
def health() -> Response:
    """Say that the process answers and reaches its database; open to monitors."""
    db.session.execute(text("select 1"))
    return Response("ok\n", mimetype="text/plain")


@bp.get("/documents/<int:document_id>")
@auth_required("session")
def document(document_id: int) -> Response:
    """Send a document as an attachment under its own name, once nothing was found in it."""
    found = services.find(db.session, current_app.extensions["kinds"], document_id, by=current_user)
    services.require_released(found, is_off=antivirus.is_off(current_app.config))
    response = Response(store().read(found.sha256), mimetype=found.media_type)
    response.content_length = found.size
    response.headers["Content-Disposition"] = disposition(found.filename)
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response


def store() -> Store:
    """Return where documents are kept."""
    kept: Store = current_app.extensions["documents"]
    return kept


def inner(target: str) -> str:
    """Return a target inside this site, or the home page."""
    parts = urlsplit(target)
    safe = not parts.scheme and not parts.netloc and target.startswith("/") and not target.startswith("//")
    return target if safe and "\\" not in target else "/"
