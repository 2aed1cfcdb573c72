"""The routes of documents: attach whole or in pieces, look at, preview, fetch."""

from typing import Any

from flask import (
    Blueprint,
    Response,
    current_app,
    flash,
    jsonify,
    redirect,
    render_template,
    request,
    url_for,
)
from flask_security import auth_required, current_user
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response as BaseResponse

from core import clock, records
from core.db import db, writing
from core.documents import SCAN_LABELS, Document, ScanState, Store
from core.errors import DomainError, InvalidInput, NoRoom, NotFound, WrongState
from core.i18n import gettext as _
from core.intake import antivirus, parts, pipeline, services, wording
from core.intake.families import PAPERS, SUFFIXES
from core.intake.parts import Announced
from core.intake.services import Limits
from core.kinds import Kinds
from core.permissions import Permission, authorize
from core.records import Record

bp = Blueprint("intake", __name__)

Page = str | BaseResponse | tuple[str, int]
LAMPS = {
    ScanState.received: "unknown",
    ScanState.scanning: "unknown",
    ScanState.clean: "met",
    ScanState.infected: "late",
    ScanState.failed: "soon",
    ScanState.unscanned: "waived",
}
LONGEST_LABEL = 80


@bp.app_context_processor
def _context() -> dict[str, Any]:
    return {"intake": Shown()}


class Shown:
    """What templates ask about documents."""

    labels = SCAN_LABELS
    lamps = LAMPS
    piece = parts.PIECE
    accepts = ",".join(f".{suffix}" for suffix in sorted(frozenset().union(*(SUFFIXES[k] for k in PAPERS))))

    @property
    def most(self) -> int:
        """Return the largest upload."""
        return int(current_app.config["MAX_UPLOAD_BYTES"])

    @property
    def has_scanner(self) -> bool:
        """Tell whether somebody scans what comes in."""
        return antivirus.scanner(current_app.config) is not None

    def findings(self, document: Document) -> list[Any]:
        """Return what was noticed in a document, in words."""
        return wording.findings(document.findings)

    def is_released(self, document: Document) -> bool:
        """Tell whether a document may be opened."""
        return services.is_released(document, is_off=antivirus.is_off(current_app.config))


# -- attaching -----------------------------------------------------------------------------------------------


@bp.post("/records/<int:record_id>/documents")
@auth_required("session")
def upload(record_id: int) -> Page:
    """Attach a file that comes in one piece."""
    record = _record(record_id)
    authorize(current_user, Permission.document_upload)
    label = request.form.get("label", "")[:LONGEST_LABEL]
    try:
        document = _attach(record, request.files.get("file"), label)
    except (InvalidInput, NoRoom) as refusal:
        db.session.rollback()
        return _refused(record_id, refusal, label)
    db.session.commit()
    flash(_said(document), "success")
    return redirect(_place(record_id))


def _attach(record: Record, file: Any, label: str) -> Document:
    if not isinstance(file, FileStorage) or not file.filename:
        raise InvalidInput({"file": _("Choose a file first.")})
    services.require_room(db.session, record, _length(file), by=current_user, limits=_limits())
    received = _take_in(file.stream, file.filename)
    return services.attach(
        db.session,
        _record(record.id),
        received,
        by=current_user,
        at=clock.now(),
        limits=_limits(),
        label=label,
    )


def _take_in(stream: Any, filename: str) -> pipeline.Received:
    """Take a file in while no transaction is open, then begin the one that writes."""
    db.session.rollback()
    received = pipeline.take_in(_store(), stream, filename, at_most=_limits().file_bytes)
    writing(db.session)
    return received


def _length(file: FileStorage) -> int:
    size = file.stream.seek(0, 2)
    file.stream.seek(0)
    return size


def _refused(record_id: int, refusal: DomainError, label: str) -> tuple[str, int]:
    record = _record(record_id)
    page = render_template("intake/refused.html", record=record, refusal=refusal, label=label)
    return page, refusal.status


# -- in pieces -----------------------------------------------------------------------------------------------


@bp.post("/records/<int:record_id>/parts")
@auth_required("session")
def begin(record_id: int) -> tuple[Response, int]:
    """Begin an upload in pieces."""
    begun = announce(_record(record_id))
    return so_far(url_for("intake.piece", upload_id=begun), 0), 201


def announce(record: Record) -> str:
    """Begin an upload of what the form announces, and return its id."""
    announced = Announced(
        request.form.get("filename", "")[:1000],
        request.form.get("size", 0, type=int),
        request.form.get("label", "")[:LONGEST_LABEL],
    )
    begun = parts.begin(
        db.session,
        record,
        announced,
        by=current_user,
        at=clock.now(),
        limits=_limits(),
        store=_store(),
    )
    upload_id = begun.id
    db.session.commit()
    return upload_id


def so_far(address: str, count: int) -> Response:
    """Say how far an upload has come, and how large its pieces may be."""
    return jsonify(url=address, received=count, piece=parts.PIECE)


@bp.get("/documents/parts/<upload_id>")
@auth_required("session")
def piece(upload_id: str) -> Response:
    """Say how far an upload has come."""
    return so_far(request.path, has_come(upload_id))


def has_come(upload_id: str) -> int:
    """Return how many bytes of somebody's own upload have come."""
    found = parts.find(db.session, upload_id, by=current_user, at=clock.now())
    return found.size if found.document_id is not None else parts.received(_store(), upload_id)


@bp.put("/documents/parts/<upload_id>")
@auth_required("session")
def add(upload_id: str) -> Response:
    """Take the next piece."""
    return jsonify(received=take_piece(upload_id))


def take_piece(upload_id: str) -> int:
    """Add what the request brings to somebody's own upload, and return how much has come."""
    found = parts.find(db.session, upload_id, by=current_user, at=clock.now())
    offset, size = request.args.get("offset", -1, type=int), found.size
    if found.document_id is not None:
        raise WrongState(_("This upload is finished already."))
    db.session.rollback()  # nobody waits for the database while bytes come in
    return parts.add(_store(), upload_id, request.stream, offset=offset, size=size)


@bp.delete("/documents/parts/<upload_id>")
@auth_required("session")
def give_up(upload_id: str) -> tuple[str, int]:
    """Give an upload up."""
    found = parts.find(db.session, upload_id, by=current_user, at=clock.now(), locked=True)
    parts.give_up(db.session, _store(), found)
    db.session.commit()
    return "", 204


@bp.post("/documents/parts/<upload_id>")
@auth_required("session")
def finish(upload_id: str) -> Response:
    """Attach an upload that is whole; asked twice, answer the same."""
    found = parts.find(db.session, upload_id, by=current_user, at=clock.now())
    record_id = found.record_id
    if found.document_id is None:
        try:
            _finish(upload_id, found.filename, found.size)
        except InvalidInput:
            db.session.rollback()
            writing(db.session)
            refused = parts.find(db.session, upload_id, by=current_user, at=clock.now(), locked=True)
            parts.give_up(db.session, _store(), refused)
            db.session.commit()
            raise
    return jsonify(url=_place(record_id))


def _finish(upload_id: str, filename: str, size: int) -> None:
    db.session.rollback()
    with parts.whole(_store(), upload_id, size) as stream:
        received = _take_in(stream, filename)
        found = parts.find(db.session, upload_id, by=current_user, at=clock.now(), locked=True)
        record, label = _record(found.record_id), found.label
        document = services.attach(
            db.session,
            record,
            received,
            by=current_user,
            at=clock.now(),
            limits=_limits(),
            label=label,
            upload=found,
        )
        said = _said(document)
        db.session.commit()
        parts.path(_store(), upload_id).unlink(missing_ok=True)
    flash(said, "success")


# -- looking at ----------------------------------------------------------------------------------------------


@bp.get("/documents/<int:document_id>/about")
@auth_required("session")
def show(document_id: int) -> str:
    """Show what is known of a document, and its first pages."""
    found = _document(document_id)
    kind = _kinds().of(found.record)
    return render_template("intake/show.html", document=found, kind=kind)


@bp.get("/documents/<int:document_id>/preview/<int:number>.png")
@auth_required("session")
def preview(document_id: int, number: int) -> Response:
    """Send a page as we have drawn it."""
    return picture(_document(document_id), number)


def picture(document: Document, number: int) -> Response:
    """Return a page of a document as a picture; of one that was not found clean there is none."""
    services.require_released(document, is_off=antivirus.is_off(current_app.config))
    if not 1 <= number <= document.previews:
        raise NotFound
    try:
        drawn = _store().preview(document.sha256, number).read_bytes()
    except FileNotFoundError as error:
        raise NotFound from error
    response = Response(drawn, mimetype="image/png")
    response.headers["Content-Disposition"] = "inline"
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response


# -- what they share -----------------------------------------------------------------------------------------


def _record(record_id: int) -> Record:
    record = records.get(db.session, Record, record_id)
    if not current_user.may(_kinds().of(record).view):
        raise NotFound
    return record


def _document(document_id: int) -> Document:
    return services.find(db.session, _kinds(), document_id, by=current_user)


def _said(document: Document) -> str:
    if document.findings:
        found = "、".join(map(str, wording.findings(document.findings)))
        return _("The file is attached. Noticed in it: %(findings)s.", findings=found)
    return _("The file is attached.")


def _place(record_id: int) -> str:
    return url_for("records.show", record_id=record_id) + "#documents"


def _limits() -> Limits:
    return Limits.of(current_app.config)


def _kinds() -> Kinds:
    kinds: Kinds = current_app.extensions["kinds"]
    return kinds


def _store() -> Store:
    kept: Store = current_app.extensions["documents"]
    return kept
