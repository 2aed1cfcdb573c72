"""The report on what the agencies achieved: a paragraph from the records, its lines, a sheet and a paper."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from flask import Blueprint, Response, render_template, request
from flask_security import auth_required, current_user

from core import clock, exports
from core.db import db
from core.errors import InvalidInput
from core.i18n import gettext as _
from core.permissions import Permission, authorize
from vendors.commissions import Commission
from vendors.effects import FIGURE_LABELS, Effects, Figure, effects
from vendors.papermaking import pdf
from vendors.report_types import REPORT_LABELS
from vendors.views.comparison import day_of

bp = Blueprint("effects", __name__, url_prefix="/reports/agencies", template_folder="../templates")

TEN_THOUSAND = Decimal(10_000)


@bp.before_request
@auth_required("session")
def admit() -> None:
    """Let in whoever may see the libraries."""
    authorize(current_user, Permission.library_view)


@bp.get("/")
def index() -> str | tuple[str, int]:
    """Show the paragraph of a period, and the commissions behind each of its figures."""
    try:
        found = _asked()
    except InvalidInput as refusal:
        return _page(effects(db.session, *_this_year()), refusal), 422
    return _page(found)


@bp.get("/sheet.xlsx")
def sheet() -> Response:
    """Send the commissions of a period as a sheet."""
    found = _asked()
    titles = [str(title) for title in _titles()]
    rows = ((each.id, *_cells(each)) for each in found.commissions)
    with exports.xlsx_file(titles, [_as_is] * len(titles), rows) as file:
        answer = Response(file.read(), mimetype=exports.XLSX)
    answer.headers["Content-Disposition"] = exports.disposition(f"{_name(found)}.xlsx")
    return answer


@bp.get("/paper.pdf")
def paper() -> Response:
    """Send the report of a period as a paper."""
    found = _asked()
    page = render_template("libraries/effects_paper.html", **_given(found), made_on=clock.today())
    answer = Response(pdf(page), mimetype="application/pdf")
    answer.headers["Content-Disposition"] = exports.disposition(f"{_name(found)}.pdf")
    return answer


def _page(found: Effects, problems: InvalidInput | None = None) -> str:
    return render_template(
        "libraries/effects.html", **_given(found), problems=problems.fields if problems else {}
    )


def _given(found: Effects) -> dict[str, Any]:
    chosen = request.args.get("figure", "")
    figure = Figure(chosen) if chosen in Figure.__members__ else Figure.commissions
    return {
        "found": found,
        "figure": figure,
        "figures": FIGURE_LABELS,
        "values": _values(found),
        "tasks": REPORT_LABELS,
        "in_ten_thousands": in_ten_thousands,
    }


def _values(found: Effects) -> dict[Figure, str]:
    return {
        Figure.commissions: str(len(found.commissions)),
        Figure.financing: in_ten_thousands(found.financing),
        Figure.filings: str(found.filings),
        Figure.declarations: str(found.declarations),
        Figure.funds: in_ten_thousands(found.fund_amount),
    }


def in_ten_thousands(amount: Decimal) -> str:
    """Write an amount in ten thousands of yuan, without idle zeros."""
    plain = f"{amount / TEN_THOUSAND:,.6f}".rstrip("0").rstrip(".")
    return _("%(amount)s ten thousand yuan", amount=plain)


def _asked() -> Effects:
    first, last = _this_year()
    return effects(db.session, day_of("since") or first, day_of("until") or last)


def _this_year() -> tuple[date, date]:
    today = clock.today()
    return date(today.year, 1, 1), today


def _name(found: Effects) -> str:
    return f"{_('Effects of agency services')} {found.since.isoformat()} {found.until.isoformat()}"


def _titles() -> Sequence[str]:
    return (
        _("Number"),
        _("What for"),
        _("Commissioned by"),
        _("Agency"),
        _("Task"),
        _("Accepted by the authority on"),
        _("Taken by the agency, working days"),
        _("Agreed fee"),
        _("Financing"),
        _("Intellectual-property filings"),
        _("Science project declarations"),
        _("Funds landed"),
    )


def _cells(each: Commission) -> tuple[Any, ...]:
    return (
        each.number,
        each.title,
        each.client_name,
        each.vendor.title if each.vendor else "",
        str(REPORT_LABELS[each.report_type]),
        each.authority_accepted_on,
        each.handling_days,
        each.agreed_fee,
        each.financing_amount,
        each.filings,
        each.declarations,
        each.fund_amount,
    )


def _as_is(value: Any) -> Any:
    return value
