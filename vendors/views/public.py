"""What anybody may see without an account: libraries, how agencies compare, and picks to be made again.

No person is named here, and no client: agencies by their registered name, figures, hashes.
"""

from typing import Any, cast

from flask import Blueprint, render_template
from sqlalchemy import Table, select

from core import clock
from core.db import db
from core.errors import InvalidInput, NotFound
from core.organizations import Organization, Scope, beyond, limit
from core.records import Record, get
from vendors import gate, library_queries
from vendors.categories import CATEGORY_LABELS
from vendors.libraries import MEMBERSHIP_STATUS_LABELS, Library, LibraryStatus
from vendors.library_kinds import CERTIFICATE_LABELS
from vendors.library_workflow import PICK
from vendors.methods import METHOD_LABELS
from vendors.picks import Pick, PickStatus
from vendors.queries import register_of
from vendors.replay import replay
from vendors.report_types import REPORT_LABELS
from vendors.views import comparison

bp = Blueprint(
    "public", __name__, url_prefix="/public", template_folder="../templates", static_folder="../static"
)

LIBRARIES = cast(Table, Library.__table__)
RECORDS = cast(Table, Record.__table__)


@bp.get("/libraries")
def libraries() -> str:
    """List the libraries that are in use."""
    zones = db.session.scalars(select(LIBRARIES.c.register_id).distinct()).all()
    limit(db.session, Scope(own=frozenset(zones)))
    lines = [line for line in library_queries.overview(db.session) if _is_public(line.library)]
    return render_template("libraries/public_index.html", lines=lines, categories=CATEGORY_LABELS)


@bp.get("/libraries/<int:library_id>")
def library(library_id: int) -> str | tuple[str, int]:
    """Show who is in a library, on which evidence, and how the agencies compare."""
    found = _library(library_id)
    try:
        by, period = comparison.asked()
    except InvalidInput as refusal:
        return _library_page(found, "days", comparison.Period(), refusal), 422
    return _library_page(found, by, period)


@bp.get("/picks/<int:pick_id>")
def pick(pick_id: int) -> str:
    """Show a pick: its committed seed, its frozen list, and the result made again step by step."""
    found = _pick(pick_id)
    return render_template(
        "libraries/public_pick.html",
        pick=found,
        library=found.commission.library,
        replayed=replay(found) if found.status is PickStatus.picked else None,
        methods=METHOD_LABELS,
        states=PICK.labels,
        tasks=REPORT_LABELS,
        words=gate.words,
    )


def _library_page(
    found: Library, by: str, period: comparison.Period, problems: InvalidInput | None = None
) -> str:
    today = clock.today()
    members = library_queries.members(db.session, found)
    compared = comparison.compare(db.session, found, by, period)
    return render_template(
        "libraries/public_library.html",
        library=found,
        members=members,
        papers=library_queries.papers_of(db.session, found, [one.vendor_id for one in members], today),
        found=compared,
        formula=comparison.formula(found, compared.typical, by),
        shown=comparison.shown,
        problems=problems.fields if problems else {},
        labels=_labels(),
    )


def _labels() -> dict[str, Any]:
    return {
        "categories": CATEGORY_LABELS,
        "certificates": CERTIFICATE_LABELS,
        "states": MEMBERSHIP_STATUS_LABELS,
        "tasks": REPORT_LABELS,
    }


def _library(library_id: int) -> Library:
    register = db.session.scalar(select(LIBRARIES.c.register_id).where(LIBRARIES.c.id == library_id))
    limit(db.session, Scope(own=frozenset({register} if register is not None else ())))
    found = get(db.session, Library, library_id)
    if not _is_public(found):
        raise NotFound
    return found


def _pick(pick_id: int) -> Pick:
    """Return a pick in its organization's scope, with the zone's register above it."""
    with beyond(db.session):  # a stranger sees no row, of which the policies of PostgreSQL know too
        place = db.session.scalar(
            select(RECORDS.c.organization_id).where(RECORDS.c.id == pick_id, RECORDS.c.kind == "pick")
        )
        organization = db.session.get(Organization, place) if place is not None else None
    if organization is None:
        raise NotFound
    above = frozenset({register_of(organization).id})
    limit(db.session, Scope(own=frozenset({organization.id}), above=above - {organization.id}))
    return get(db.session, Pick, pick_id)


def _is_public(found: Library) -> bool:
    return found.status is LibraryStatus.open
