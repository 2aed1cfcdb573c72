"""The libraries of the zone: who is in them, on which evidence, and how the agencies compare."""

from typing import Any

from flask import Blueprint, render_template
from flask_security import auth_required, current_user

from core import clock
from core.db import db
from core.errors import InvalidInput
from core.permissions import Permission, authorize
from core.records import get
from vendors import gate, library_queries
from vendors.categories import CATEGORY_LABELS
from vendors.libraries import CREDIT_LABELS, MEMBERSHIP_STATUS_LABELS, Library
from vendors.library_kinds import CERTIFICATE_LABELS
from vendors.report_types import REPORT_LABELS
from vendors.views import comparison
from vendors.views.comparison import Period

bp = Blueprint("libraries", __name__, url_prefix="/libraries", template_folder="../templates")


@bp.before_request
@auth_required("session")
def admit() -> None:
    """Let in whoever may see the libraries."""
    authorize(current_user, Permission.library_view)


@bp.get("/")
def index() -> str:
    """List the libraries with their members and their cases."""
    return render_template(
        "libraries/index.html",
        lines=library_queries.overview(db.session),
        categories=CATEGORY_LABELS,
        may_set_up=current_user.may(Permission.library_edit),
    )


@bp.get("/<int:library_id>")
def show(library_id: int) -> str:
    """Show who is in a library: admitted for what, on which evidence, valid until when, and how they did."""
    library = get(db.session, Library, library_id)
    today = clock.today()
    members = library_queries.members(db.session, library)
    waiting = library_queries.applicants(db.session, library)
    vendor_ids = [member.vendor_id for member in members]
    return render_template(
        "libraries/show.html",
        library=library,
        members=members,
        waiting=waiting,
        papers=library_queries.papers_of(db.session, library, vendor_ids, today),
        standings=library_queries.lines_of(db.session, library),
        refusals={member.id: gate.standing_refusals(db.session, member, today) for member in members},
        words=gate.words,
        labels=_labels(),
        today=today,
        may_remove=current_user.may(Permission.library_admit),
    )


@bp.get("/<int:library_id>/comparison")
def compare(library_id: int) -> str | tuple[str, int]:
    """Compare the agencies of a library at a glance: chart, table, and the formula behind the order."""
    library = get(db.session, Library, library_id)
    try:
        by, period = comparison.asked()
    except InvalidInput as refusal:
        return _comparison(library, "days", Period(), refusal), 422
    return _comparison(library, by, period)


def _comparison(library: Library, by: str, period: Period, problems: InvalidInput | None = None) -> str:
    found = comparison.compare(db.session, library, by, period)
    return render_template(
        "libraries/comparison.html",
        library=library,
        found=found,
        formula=comparison.formula(library, found.typical, by),
        shown=comparison.shown,
        problems=problems.fields if problems else {},
        labels=_labels(),
    )


def _labels() -> dict[str, Any]:
    return {
        "categories": CATEGORY_LABELS,
        "certificates": CERTIFICATE_LABELS,
        "states": MEMBERSHIP_STATUS_LABELS,
        "credit": CREDIT_LABELS,
        "tasks": REPORT_LABELS,
    }
