"""Finding a record of any kind from the box at the head of every page."""

from flask import Blueprint, Response, current_app, jsonify, redirect, render_template, request, url_for
from flask_security import auth_required, current_user
from sqlalchemy import select
from sqlalchemy.orm import selectin_polymorphic, selectinload
from werkzeug.wrappers import Response as BaseResponse

from core import search
from core.db import db
from core.errors import NotFound
from core.kinds import Kind, Kinds
from core.records import REVIEW_LABELS, Record

bp = Blueprint("search", __name__, template_folder="../templates")

SHOWN = 50
SUGGESTED = 10


@bp.get("/search")
@auth_required("session")
def index() -> str | BaseResponse:
    """List the records that hold all words, the newest first; a whole number leads straight to its record."""
    words = request.args.get("q", "").strip()[: search.LONGEST]
    seen = {kind.name: kind for kind in _kinds() if current_user.may(kind.view)}
    among = select(Record).where(Record.kind.in_(seen))
    if words:
        exact = list(db.session.scalars(among.where(Record.number == words.upper()).limit(2)))
        if len(exact) == 1:
            return redirect(url_for("records.show", record_id=exact[0].id))
    found = search.find(db.session, words, kinds=list(seen), limit=SHOWN)
    return render_template(
        "search/index.html",
        words=words,
        found=_records(found, seen),
        page=found,
        kinds=seen,
        reviews=REVIEW_LABELS,
    )


@bp.get("/search/suggest/<kind>")
@auth_required("session")
def suggest(kind: str) -> Response:
    """Offer records of a kind to a field in which somebody types."""
    if not current_user.may(_kinds()[kind].view):
        raise NotFound
    words = request.args.get("query", "").strip()
    found = search.find(db.session, words, kinds=[kind], limit=SUGGESTED)
    return jsonify([[row.id, f"{row.number} {row.title}"] for row in found.rows])


def _kinds() -> Kinds:
    kinds: Kinds = current_app.extensions["kinds"]
    return kinds


def _records(found: search.Page, kinds: dict[str, Kind]) -> list[Record]:
    """Load what the page shows of each record, in the order in which they were found."""
    models = [kinds[name].model for name in {row.kind for row in found.rows}]
    ids = [row.id for row in found.rows]
    loaded = select(Record).where(Record.id.in_(ids)).order_by(Record.id.desc())
    return list(
        db.session.scalars(
            loaded.options(
                selectin_polymorphic(Record, models),
                selectinload(Record.organization),
                selectinload(Record.owner),
            )
        )
    )
