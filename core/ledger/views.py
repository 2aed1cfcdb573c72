"""The screens of the ledger: upload, columns, preview, result, and everything taken in so far."""

from collections.abc import Iterator, Mapping
from typing import IO, Any

from flask import Blueprint, Response, current_app, flash, redirect, render_template, request, url_for
from flask_security import auth_required, current_user
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError
from werkzeug.wrappers import Response as BaseResponse

from core import clock
from core.db import db, writing
from core.documents import Store
from core.errors import DomainError, InvalidInput, NotFound, WrongState
from core.exports import XLSX, disposition
from core.i18n import Text, language
from core.i18n import gettext as _
from core.intake import antivirus
from core.kinds import Kind
from core.ledger import books, reading, services, work
from core.ledger.archive import letters
from core.ledger.checking import Check
from core.ledger.headings import UNIT_LABELS, AmountUnit
from core.ledger.models import (
    IMPORT_LABELS,
    WORK_LABELS,
    ImportState,
    LedgerImport,
    LedgerMapping,
    LedgerRecord,
    Work,
)
from core.ledger.plan import Plan
from core.ledger.sheets import Sheet, Sheets
from core.organizations import Organization
from core.permissions import Permission, authorize
from core.records import Record

bp = Blueprint("ledger", __name__, url_prefix="/ledger")

Page = str | BaseResponse | tuple[str, int]
MOST_LISTED = 30
LAMPS = {
    ImportState.received: "unknown",
    ImportState.checked: "soon",
    ImportState.done: "met",
    ImportState.undone: "waived",
}


@bp.before_request
@auth_required("session")
def admit() -> None:
    """Let only those in who may take a ledger in."""
    authorize(current_user, Permission.ledger_import)


@bp.get("/")
def index() -> Page:
    """Show where a file is handed in, and what came in before."""
    return _index({})


@bp.post("/")
def upload() -> Page:
    """Take a file and look for its headings."""
    try:
        entry = services.receive(
            db.session,
            _upload(),
            _sheets()[request.form.get("kind", "")],
            by=current_user,
            organization=_organization(),
            at=clock.now(),
            store=_store(),
        )
        db.session.commit()
    except InvalidInput as refusal:
        db.session.rollback()
        return _index(refusal.fields), 422
    return redirect(url_for("ledger.show", import_id=entry.id))


@bp.get("/<int:import_id>")
def show(import_id: int) -> Page:
    """Show an import where it stands: its columns, its preview, its progress or its result."""
    entry = services.get(db.session, import_id)
    if entry.work is not None:
        return _page("ledger/progress.html", entry, standing=work.standing(entry, _store()))
    if entry.state in {ImportState.done, ImportState.undone}:
        return _page("ledger/result.html", entry, **_result(entry))
    if entry.state is ImportState.received or "columns" in request.args:
        return _columns_page(entry, {})
    return _page("ledger/preview.html", entry)


@bp.post("/<int:import_id>/columns")
def columns(import_id: int) -> Page:
    """Confirm the columns and check every row; or look at another sheet or another row of headings."""
    entry = services.get(db.session, import_id, locked=True)
    sheet = _sheets()[entry.kind]
    try:
        _require_idle(entry)
        if "look" in request.form:
            _look_again(entry, sheet)
            db.session.commit()
            return redirect(url_for("ledger.show", import_id=import_id, columns=1))
        chosen, units = _answers(sheet)
        services.settle(
            db.session, entry, sheet, by=current_user, at=clock.now(), columns=chosen, units=units
        )
        return _do(entry, Work.check)
    except InvalidInput as refusal:
        db.session.rollback()
        return _columns_page(services.get(db.session, import_id), refusal.fields), 422


@bp.post("/<int:import_id>/commit")
def commit(import_id: int) -> Page:
    """Take every new row in, or none."""
    entry = services.get(db.session, import_id, locked=True)
    _require_idle(entry)
    if entry.state is not ImportState.checked or entry.problem_count or not entry.fresh_count:
        raise WrongState(_("There is nothing that could be taken in: check the file first."))
    return _do(entry, Work.commit)


@bp.post("/<int:import_id>/undo")
def undo(import_id: int) -> Page:
    """Take a whole import back."""
    entry = services.get(db.session, import_id, locked=True)
    _require_idle(entry)
    return _do(entry, Work.undo)


@bp.post("/<int:import_id>/release")
def release(import_id: int) -> Page:
    """Give up a process that has died."""
    work.release(db.session, import_id, _store())
    db.session.commit()
    return redirect(url_for("ledger.show", import_id=import_id))


@bp.get("/<int:import_id>/problems.xlsx")
def problems(import_id: int) -> Response:
    """Hand the file back with its wrong cells marked and explained."""
    entry = services.get(db.session, import_id)
    if entry.state is not ImportState.checked or not entry.problem_count:
        raise NotFound
    plan, path = Plan.from_json(entry.plan), _store().path(entry.sha256)
    check = Check(db.session, _sheets()[entry.kind], plan, entry.organization)
    top = reading.probe(path).sheet(plan.sheet).rows
    first = plan.heading_row + 1
    with reading.rows(path, sheet=plan.sheet, first=first, columns=check.positions) as rows:
        book = books.corrections(top, rows.each, check, total=rows.total)
    stem = entry.filename.rpartition(".")[0] or entry.filename
    return _workbook(book, _("%(file)s (problems)", file=stem))


@bp.get("/<int:import_id>/file")
def file(import_id: int) -> Response:
    """Send the file as it came in."""
    entry = services.get(db.session, import_id)
    response = Response(_store().read(entry.sha256), mimetype="application/octet-stream")
    response.content_length = entry.size
    response.headers["Content-Disposition"] = disposition(entry.filename)
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response


@bp.get("/template/<kind>.xlsx")
def template(kind: str) -> Response:
    """Send an empty workbook to be filled in."""
    sheet = _sheets()[kind]
    return _workbook(books.template(sheet), _("Template %(ledger)s", ledger=sheet.label))


# -- what is done --------------------------------------------------------------------------------------------


def _do(entry: LedgerImport, what: Work) -> BaseResponse:
    """Do it at once when it is short, else in a process of its own; then show where it stands."""
    session, store, sheets, import_id = db.session, _store(), _sheets(), entry.id
    if work.is_long(entry):
        work.begin(session, entry, what)
        session.commit()
        work.start(entry, by=current_user, language=language(), config=current_app.config, store=store)
        return redirect(url_for("ledger.show", import_id=import_id))
    try:
        work.do(session, entry, what, sheets, by=current_user, store=store)
        entry.trouble = ""
        session.commit()
    except services.FaultyRows as refusal:
        session.rollback()
        writing(session)
        entry = services.get(session, import_id, locked=True)
        services.note_check(session, entry, sheets[entry.kind], refusal.tally, at=clock.now())
        session.commit()
        flash(str(refusal), "error")
    except InvalidInput:
        raise
    except DomainError as refusal:
        session.rollback()
        flash(str(refusal), "error")
    except DBAPIError as error:  # what two people enter at once shows only in the database
        session.rollback()
        flash(str(work.failure(import_id, error)), "error")
    return redirect(url_for("ledger.show", import_id=import_id))


def _look_again(entry: LedgerImport, sheet: Sheet) -> None:
    named = request.form.get("sheet")
    typed = request.form.get("heading_row", "").strip()
    if typed and not (typed.isascii() and typed.isdigit() and len(typed) < 8):
        raise InvalidInput({"heading_row": _("Type the number of a row.")})
    plan = Plan.from_json(entry.plan)
    # another sheet has its headings elsewhere
    row = int(typed) if typed and named in (None, plan.sheet) else None
    services.look_again(
        db.session, entry, sheet, by=current_user, store=_store(), name=named or plan.sheet, row=row
    )


def _answers(sheet: Sheet) -> tuple[dict[str, int | None], dict[str, AmountUnit | None]]:
    chosen: dict[str, int | None] = {}
    units: dict[str, AmountUnit | None] = {}
    for column in sheet.columns:
        place = request.form.get(f"column_{column.name}", "")
        chosen[column.name] = int(place) if place.isascii() and place.isdigit() and len(place) < 6 else None
        unit = request.form.get(f"unit_{column.name}", "")
        units[column.name] = AmountUnit(unit) if unit in AmountUnit.__members__ else None
    return chosen, units


def _require_idle(entry: LedgerImport) -> None:
    if entry.work is not None:
        raise WrongState(_("This import is being worked on already."))


# -- what is shown -------------------------------------------------------------------------------------------


def _index(wrong: Mapping[str, Text]) -> str:
    listed = select(LedgerImport).order_by(LedgerImport.id.desc())
    before = request.args.get("before", type=int)
    if before:
        listed = listed.where(LedgerImport.id < before)
    entries = db.session.scalars(listed.limit(MOST_LISTED + 1)).all()
    return render_template(
        "ledger/index.html",
        sheets=[sheet for sheet in _sheets() if current_user.may(sheet.needs)],
        labels={sheet.kind: sheet.label for sheet in _sheets()},
        organizations=_organizations(),
        home=current_user.working_organizations(clock.today())[0].id,
        wrong=wrong,
        entries=entries[:MOST_LISTED],
        older=entries[MOST_LISTED - 1].id if len(entries) > MOST_LISTED else None,
        states=IMPORT_LABELS,
        lamps=LAMPS,
        most=current_app.config["MAX_UPLOAD_BYTES"],
    )


def _page(name: str, entry: LedgerImport, **more: Any) -> str:
    sheet = _sheets()[entry.kind]
    return render_template(
        name,
        entry=entry,
        sheet=sheet,
        plan=Plan.from_json(entry.plan),
        report=entry.report or {},
        said=language(),
        letters=letters,
        states=IMPORT_LABELS,
        lamps=LAMPS,
        works=WORK_LABELS,
        **more,
    )


def _columns_page(entry: LedgerImport, wrong: Mapping[str, Text]) -> str:
    plan = Plan.from_json(entry.plan)
    sheet = _sheets()[entry.kind]
    chosen: Mapping[str, int | None] = plan.columns
    units: Mapping[str, AmountUnit | None] = plan.units
    if wrong and "look" not in request.form:
        chosen, units = _answers(sheet)
    kept = select(LedgerMapping.id).filter_by(
        organization_id=entry.organization_id, kind=entry.kind, fingerprint=plan.fingerprint
    )
    return _page(
        "ledger/columns.html",
        entry,
        chosen=chosen,
        units=units,
        unit_labels=UNIT_LABELS,
        samples={h.position: shown for h, shown in zip(plan.headings, plan.samples, strict=False)},
        is_remembered=db.session.scalar(kept) is not None,
        wrong=wrong,
    )


def _result(entry: LedgerImport) -> dict[str, Any]:
    made = select(Record.kind, Record.number, Record.id).join(
        LedgerRecord, LedgerRecord.record_id == Record.id
    )
    made = made.where(LedgerRecord.import_id == entry.id)
    first = db.session.execute(made.order_by(LedgerRecord.row).limit(1)).first()
    last = db.session.execute(made.order_by(LedgerRecord.row.desc()).limit(1)).first()
    kind: Kind | None = current_app.extensions["kinds"][first.kind] if first else None
    count = select(func.count()).select_from(LedgerRecord).where(LedgerRecord.import_id == entry.id)
    return {"first": first, "last": last, "kind": kind, "count": db.session.scalar(count)}


def _upload() -> services.Upload:
    file = request.files.get("file")
    if file is None or not file.filename:
        raise InvalidInput({"file": _("Choose a file first.")})
    settings = current_app.config
    return services.Upload(
        file.stream, file.filename, settings["MAX_UPLOAD_BYTES"], antivirus.scanner(settings)
    )


def _organizations() -> list[Organization]:
    own = current_user.scope(clock.today()).own
    places = select(Organization).where(Organization.id.in_(own)).order_by(Organization.path)
    return list(db.session.scalars(places))


def _organization() -> Organization:
    wanted = request.form.get("organization", type=int)
    found = next((place for place in _organizations() if place.id == wanted), None)
    if wanted is None:
        found = current_user.working_organizations(clock.today())[0]
    if found is None:
        raise InvalidInput({"organization": _("Choose an organization.")})
    return found


def _workbook(book: IO[bytes], name: str) -> Response:
    response = Response(_pieces(book), mimetype=XLSX)
    response.call_on_close(book.close)  # also when nobody reads it to its end
    response.headers["Content-Disposition"] = disposition(f"{name}.xlsx")
    return response


def _pieces(book: IO[bytes]) -> Iterator[bytes]:
    with book:
        while piece := book.read(1 << 20):
            yield piece


def _sheets() -> Sheets:
    sheets: Sheets = current_app.extensions["sheets"]
    return sheets


def _store() -> Store:
    store: Store = current_app.extensions["documents"]
    return store
