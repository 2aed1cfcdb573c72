"""What every page of the portal shares: whose it is, a form that is sent once, a paper that comes along."""

from collections.abc import Callable
from dataclasses import asdict
from typing import IO, Any, TypeVar

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask_security import auth_required, current_user
from flask_wtf import FlaskForm
from itsdangerous import BadData, URLSafeTimedSerializer
from sqlalchemy import select
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response

from contracts.models import Contract
from core import clock, forms, once
from core.db import db, writing
from core.documents import Document, Store, Stored
from core.errors import DomainError, InvalidInput, NotFound, WrongState
from core.i18n import Text
from core.i18n import gettext as _
from core.intake import parts, pipeline, services
from core.intake.families import FileKind
from core.intake.pipeline import Received
from core.intake.services import Limits
from core.organizations import beyond
from core.permissions import Permission, authorize
from core.records import Record
from deadlines.models import Deadline
from portal.queries import UNSIGNED
from vendors import rules
from vendors.models import Vendor

R = TypeVar("R", bound=Record | Deadline)
Page = str | Response | tuple[str, int]
HOUR = 3600

bp = Blueprint("portal", __name__, url_prefix="/portal", template_folder="../templates")


@bp.before_request
@auth_required("session")
def demand_party() -> None:
    """Let in who holds an account of a party; the others never come here."""
    authorize(current_user, Permission.portal_view)


@bp.context_processor
def context() -> dict[str, Any]:
    """Return what the frame of the portal shows."""
    if not current_user.is_authenticated or current_user.party_id is None:
        return {}
    vendor = mine()
    return {
        "vendor": vendor,
        "is_draft": vendor.status in rules.DRAFTS,
        "may_edit": current_user.may(Permission.portal_edit),
        "may_open_accounts": current_user.may(Permission.portal_users),
    }


def mine() -> Vendor:
    """Return the vendor whose account this is."""
    return own(Vendor, current_user.party_id)


def own(model: type[R], record_id: int) -> R:
    """Return a record that concerns the party, or raise NotFound alike for an absent and a foreign one.

    It is looked for under the scope of the party, and loaded beyond it: what services need around it, such
    as the organization that keeps it, lies outside.
    """
    found = db.session.scalar(select(model.id).where(model.id == record_id))
    if found is None:
        raise NotFound
    with beyond(db.session):
        return db.session.scalars(
            select(model).where(model.id == record_id).execution_options(populate_existing=True)
        ).one()


def render(template: str, form: FlaskForm | None = None, **given: Any) -> Page:
    """Draw a page; one whose form was refused says so with its status."""
    key = request.form.get("once") or once.new_key()
    page = render_template(f"portal/{template}", form=form, once=key, **given)
    return (page, 422) if request.method == "POST" else page


def send(form: FlaskForm, act: Callable[[], str], paper: "Paper | None" = None) -> Response | None:
    """Do once what a form asks for and lead to the address that comes of it; None when it was refused.

    Whoever sends the same form again is led to the same address, and nothing is done a second time.
    """
    if request.method != "POST":
        return None
    led = once.spent(db.session, request.form.get("once", ""), by=current_user)
    if led is not None:
        return redirect(led)
    if not _is_whole(form, paper):
        return None
    key = request.form.get("once", "")
    try:
        target = once.claim(db.session, key, by=current_user, at=clock.now())
        if target is None:
            with beyond(db.session):
                target = act()
            once.settle(db.session, key, by=current_user, target=target)
        db.session.commit()
    except NotFound:
        raise
    except DomainError as refusal:
        db.session.rollback()
        forms.explain(form, refusal)
        return None
    return redirect(target)


def _is_whole(form: FlaskForm, paper: "Paper | None") -> bool:
    """Take in the file and look at every field, so that all that is wrong is said at once."""
    if paper is not None:
        paper.take()
    return bool(form.validate()) and (paper is None or paper.is_there)


class Paper:
    """A file that comes with a form; once taken in it is not asked for again when the form is refused."""

    def __init__(self, label: Text, *, is_needed: bool = True, hint: Text | None = None) -> None:
        self.label = label
        self.is_needed = is_needed
        self.hint = hint
        self.errors: list[str] = []
        self.received: Received | None = None

    @property
    def is_there(self) -> bool:
        """Tell whether the form may go on: the file is taken in, or none is needed."""
        return not self.errors and (self.received is not None or not self.is_needed)

    @property
    def kept(self) -> str:
        """Return what the form carries of a file that was taken in already."""
        if self.received is None:
            return ""
        facts = asdict(self.received.stored) | {
            "filename": self.received.filename,
            "kind": self.received.kind.value,
            "findings": list(self.received.findings),
            "user": current_user.id,
        }
        return str(_signer().dumps(facts))

    def take(self) -> None:
        """Take in the file that was sent along, or recognise the one that was taken in before."""
        file = request.files.get("file")
        if isinstance(file, FileStorage) and file.filename:
            self._take_in(file.stream, file.filename)
        elif request.form.get("upload"):
            self._fetch(request.form["upload"])
        else:
            self.received = _recognised(request.form.get("kept", ""))
        if self.received is None and self.is_needed and not self.errors:
            self.errors = [_("Choose a file first.")]

    def attach(self, record: Record, label: str) -> Document | None:
        """Attach the file to a record, if there is one."""
        if self.received is None:
            return None
        return services.attach(
            db.session,
            record,
            self.received,
            by=current_user,
            at=clock.now(),
            limits=Limits.of(current_app.config),
            label=label[:80],
        )

    def _fetch(self, upload_id: str) -> None:
        """Take in what has come in pieces; the pieces and their reserved room are given up then."""
        store, at = _store(), clock.now()
        try:
            upload = parts.find(db.session, upload_id, by=current_user, at=at)
            name = upload.filename  # what is loaded is let go before the bytes are read
            with parts.whole(store, upload_id, upload.size) as stream:
                self._take_in(stream, name)
        except (NotFound, WrongState):
            self.errors = [
                _("The file has not come in whole. Choose it once more: it goes on where it stopped.")
            ]
            return
        parts.give_up(
            db.session, store, parts.find(db.session, upload_id, by=current_user, at=at, locked=True)
        )
        db.session.commit()
        writing(db.session)

    def _take_in(self, stream: IO[bytes], filename: str) -> None:
        most = Limits.of(current_app.config).file_bytes
        db.session.rollback()  # nobody waits for the database while bytes come in
        try:
            self.received = pipeline.take_in(_store(), stream, filename, at_most=most)
        except InvalidInput as refusal:
            self.errors = [str(refusal)]
        writing(db.session)


def _recognised(token: str) -> Received | None:
    try:
        facts = _signer().loads(token, max_age=HOUR)
    except BadData:
        return None
    if facts["user"] != current_user.id:
        return None
    stored = Stored(facts["sha256"], facts["size"], facts["media_type"])
    return Received(stored, facts["filename"], FileKind(facts["kind"]), tuple(facts["findings"]))


def _store() -> Store:
    kept: Store = current_app.extensions["documents"]
    return kept


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(str(current_app.config["SECRET_KEY"]), salt="portal-paper")


def page_of(record: Record) -> str:
    """Return where the portal shows a record; a contract that is not signed yet has no page of its own."""
    if isinstance(record, Contract) and record.status in UNSIGNED:
        return str(url_for("portal.contracts"))
    pages: dict[str, tuple[str, dict[str, Any]]] = {
        "vendor": ("portal.company", {}),
        "qualification": ("portal.paper", {"paper_id": record.id}),
        "membership": ("portal.membership", {"membership_id": record.id}),
        "commission": ("portal.commission", {"commission_id": record.id}),
        "contract": ("portal.contract", {"contract_id": record.id}),
    }
    if record.kind not in pages:
        raise NotFound
    endpoint, values = pages[record.kind]
    return str(url_for(endpoint, **values))
