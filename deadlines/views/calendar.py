"""The working calendar: each year's arrangement with its notice, and how a year is added or corrected."""

from calendar import Calendar as Months
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from flask import Blueprint, Response, current_app, flash, redirect, render_template, request, url_for
from flask_security import auth_required, current_user
from flask_wtf import FlaskForm
from sqlalchemy import select
from werkzeug.wrappers import Response as BaseResponse
from wtforms import FileField, TextAreaField

from core import clock
from core.auth import User
from core.db import db
from core.errors import InvalidInput
from core.i18n import gettext, language
from core.i18n import lazy_gettext as _
from core.kinds import Kinds
from core.permissions import Permission, authorize
from core.records import Record
from deadlines import amendments
from deadlines.amendments import Foreseen
from deadlines.calendar import FESTIVAL_LABELS, Calendar, DayKind, Festival, YearArrangement
from deadlines.corrections import calendar_for
from deadlines.loading import load_catalogue
from deadlines.models import CalendarYear
from deadlines.notices import ALWAYS_OFF, YEARS, NoticeFormat, as_notice, parse_notice
from deadlines.views.labels import day_labels

bp = Blueprint("calendar", __name__, url_prefix="/calendar", template_folder="../templates")

Page = str | BaseResponse | tuple[str, int]
LARGEST_NOTICE = 200_000
MOST_SHOWN = 200


class NoticeForm(FlaskForm):  # type: ignore[misc]  # wtforms has no types
    """A year's notice, as a file or as its text."""

    file = FileField(_("Notice file (CSV or JSON)"))
    text = TextAreaField(
        _("The notice"),
        description=_(
            "First lines such as “# year: 2027” for year, title, number and issued_on. Then one line for "
            "each stretch of days: from, to, holiday or make_up, festival. The sample file shows it."
        ),
    )


@bp.get("/")
@auth_required("session")
def index() -> str:
    """Show a year, month by month."""
    calendar, today = calendar_for(db.session), clock.today()
    year = request.args.get("year", today.year, type=int)
    published = calendar.published(year)
    known = calendar.published_years
    return render_template(
        "calendar/index.html",
        year=year,
        today=today,
        published=published,
        months=[_month(calendar, year, month) for month in range(1, 13)] if published else [],
        arrangement=calendar.year(year),
        working=calendar.count_working(date(year - 1, 12, 31), date(year, 12, 31)) if published else None,
        years=sorted({*known, max(known) + 1, year} & {*YEARS}, reverse=True),
        festivals=FESTIVAL_LABELS,
        kinds=day_labels(),
        correction=_correction(year),
        may_edit=current_user.may(Permission.calendar_edit) and year in YEARS,
    )


@bp.route("/import", methods=["GET", "POST"])
@auth_required("session")
def notice() -> Page:
    """Read a notice, show every deadline that would move, and put it in force when confirmed."""
    authorize(current_user, Permission.calendar_edit)
    form, year = NoticeForm(), request.args.get("year", type=int)
    if not form.validate_on_submit():
        form.text.data = form.text.data or _present(year)
        return _page(form, year)
    try:
        form.text.data = _uploaded() or form.text.data or ""
        arrangement = _read(str(form.text.data))
        if request.form.get("confirm") == "yes":
            return _put_in_force(arrangement)
        moves = amendments.preview_calendar(db.session, arrangement)
    except InvalidInput as refusal:
        db.session.rollback()
        return _page(form, year, problems=refusal), 422
    return _page(form, year, arrangement=arrangement, moves=moves)


@bp.get("/sample.csv")
@auth_required("session")
def sample() -> Response:
    """Send the newest year as a file that can be edited into the next one."""
    authorize(current_user, Permission.calendar_edit)
    calendar = calendar_for(db.session)
    newest = calendar.arrangements[-1]
    text = "\ufeff" + as_notice(newest, language())  # the mark tells a spreadsheet that it is UTF-8
    response = Response(text, mimetype="text/csv")
    response.headers.set("Content-Disposition", "attachment", filename=f"calendar-{newest.year}.csv")
    return response


def _put_in_force(arrangement: YearArrangement) -> BaseResponse:
    done = amendments.apply_calendar(db.session, arrangement, by=current_user, on=clock.today())
    db.session.commit()
    flash(
        gettext(
            "The calendar of %(year)s is in force; %(moved)s deadlines moved.",
            year=arrangement.year,
            moved=done.moved,
        ),
        "success",
    )
    return redirect(url_for("calendar.index", year=arrangement.year))


def _page(
    form: NoticeForm,
    year: int | None,
    *,
    problems: InvalidInput | None = None,
    arrangement: YearArrangement | None = None,
    moves: Sequence[Foreseen] = (),
) -> str:
    seen = _visible(moves)
    kinds: Kinds = current_app.extensions["kinds"]
    open_kinds = {kind.name for kind in kinds if current_user.may(kind.view)}
    return render_template(
        "calendar/import.html",
        form=form,
        year=arrangement.year if arrangement else year,
        problems=problems.fields if problems else {},
        arrangement=arrangement,
        changed=_changed(arrangement) if arrangement else [],
        moves=[move for move in moves if move.record_id in seen][:MOST_SHOWN],
        may_open={record_id for record_id, kind in seen.items() if kind in open_kinds},
        total=len(moves),
        elsewhere=sum(move.record_id not in seen for move in moves),
        rules=load_catalogue().rules,
        kinds=day_labels(),
        language=language(),
    )


def _read(text: str) -> YearArrangement:
    named = NoticeFormat.json if text.lstrip("\ufeff \r\n").startswith("{") else NoticeFormat.csv
    return parse_notice(text, named)


def _uploaded() -> str:
    upload = request.files.get("file")
    return _decoded(upload.stream.read(LARGEST_NOTICE + 1)) if upload is not None and upload.filename else ""


def _decoded(content: bytes) -> str:
    if len(content) > LARGEST_NOTICE:
        raise InvalidInput({"file": _("A notice of one year is a small file; this one is too large.")})
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise InvalidInput({"file": _("The file is not text in UTF-8 or GB18030.")})


def _present(year: int | None) -> str:
    if year is None or year not in YEARS:
        return ""
    known = calendar_for(db.session).year(year)
    return as_notice(known or _skeleton(year), language())


def _skeleton(year: int) -> YearArrangement:
    festivals = (Festival.new_year, Festival.labour_day, Festival.national_day)
    days = [date(year, month, day) for month, day in ALWAYS_OFF]
    return YearArrangement(year, tuple(zip(days, festivals, strict=True)), ())


def _visible(moves: Sequence[Foreseen]) -> dict[int, str]:
    """Return the kinds of the records in scope; who keeps the calendar need not be allowed to open them."""
    ids = sorted({move.record_id for move in moves})
    found = select(Record.id, Record.kind).where(Record.id.in_(ids))
    return {row.id: row.kind for row in db.session.execute(found)} if ids else {}


def _changed(arrangement: YearArrangement) -> list[tuple[date, DayKind, DayKind]]:
    before = calendar_for(db.session)
    if not before.published(arrangement.year):
        return []
    after = before.with_years([arrangement])
    first = date(arrangement.year - 1, 12, 1)
    days = [first + timedelta(days=n) for n in range((date(arrangement.year, 12, 31) - first).days + 1)]
    return [
        (day, before.kind(day), after.kind(day)) for day in days if before.kind(day) is not after.kind(day)
    ]


def _correction(year: int) -> tuple[CalendarYear, str | None] | None:
    found = db.session.execute(
        select(CalendarYear, User.name)
        .outerjoin(User, User.id == CalendarYear.corrected_by_id)
        .where(CalendarYear.year == year)
    ).one_or_none()
    return (found[0], found[1]) if found else None


def _month(calendar: Calendar, year: int, month: int) -> dict[str, Any]:
    weeks = Months().monthdatescalendar(year, month)
    return {
        "number": month,
        "weeks": [[calendar.day(day) if day.month == month else None for day in week] for week in weeks],
    }
