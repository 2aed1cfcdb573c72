"""Files of a vendor: large ones that come in pieces before their form, and what became of each."""

from flask import current_app, jsonify, url_for
from flask_security import current_user
from werkzeug.wrappers import Response

from core.db import db
from core.documents import Document
from core.intake import services
from core.intake.views import announce, has_come, picture, so_far, take_piece
from core.permissions import Permission, authorize
from core.records import Record
from portal.views.page import Page, bp, mine, own, page_of, render


@bp.post("/parts")
def begin_upload() -> tuple[Response, int]:
    """Begin an upload in pieces; the form that is sent afterwards says what the file is for."""
    authorize(current_user, Permission.portal_edit)
    return so_far(url_for("portal.upload", upload_id=announce(mine())), 0), 201


@bp.get("/parts/<upload_id>")
def upload(upload_id: str) -> Response:
    """Say how far an upload has come."""
    return so_far(url_for("portal.upload", upload_id=upload_id), has_come(upload_id))


@bp.put("/parts/<upload_id>")
def add_piece(upload_id: str) -> Response:
    """Take the next piece."""
    authorize(current_user, Permission.portal_edit)
    return jsonify(received=take_piece(upload_id))


@bp.get("/documents/<int:document_id>")
def document(document_id: int) -> Page:
    """Show how the scan of a file stands, and its first pages."""
    found = _document(document_id)
    return render("document.html", document=found, back=page_of(own(Record, found.record_id)))


@bp.get("/documents/<int:document_id>/preview/<int:number>.png")
def preview(document_id: int, number: int) -> Response:
    """Send a page as we have drawn it."""
    return picture(_document(document_id), number)


def _document(document_id: int) -> Document:
    return services.find(db.session, current_app.extensions["kinds"], document_id, by=current_user)
