"""The list page of a table: one query along an index, pages by mark, exports as streams."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from time import monotonic
from typing import Any

from flask import (
    Response,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    stream_with_context,
    url_for,
)
from markupsafe import Markup
from sqlalchemy import ColumnElement, and_, or_
from sqlalchemy.orm import Session
from wtforms import Form

from core import clock, exports, filters
from core.asked import Asked, read
from core.batch import Batch
from core.cells import Formatter, RowWriter, plain
from core.db import db
from core.errors import NotFound
from core.filters import Filter
from core.guard import expose
from core.i18n import Text, gettext, language, lazy_gettext
from core.organizations import NOTHING, limit
from core.register import CAP, Column, Listing, Order, Page, column, expression, is_indexed
from core.search import words

FIRST_FILTERS = 3  # the rest folds away
FORMS_FOR = 30.0  # seconds; a form also lists organizations
MOST_FORMS = 500


class ListView(Batch):
    """A list declared by names: columns, filters and sorts; the rest is the same for every table.

    ``column_list`` names columns, many-to-one relationships, or keys of ``column_expressions`` (SQL
    expressions). ``column_formatters`` maps a name to a function of (value, row), where the row has
    every column as an attribute; ``column_extra_list`` is fetched for formatters and not shown.
    """

    column_list: Sequence[str] = ()
    column_extra_list: Sequence[str] = ()
    column_labels: Mapping[str, Text] = {}
    column_choices: Mapping[str, Mapping[Any, Text]] = {}
    column_expressions: Mapping[str, Any] = {}
    column_filters: Sequence[str] = ()
    column_sortable_list: Sequence[str] = ()
    column_searchable_list: Sequence[str] = ()
    column_default_sort: str | tuple[str, bool] | None = None
    column_formatters: Mapping[str, Formatter] = {}
    # the columns that lead to the row's own page
    column_links: Sequence[str] = ()
    search_hint: Text = ""
    export_types = ["csv", "xlsx"]
    can_export = True
    list_template = "admin/register_list.html"
    # filters and sorts have to follow an index, as long as the table can grow
    grows = True

    def __init__(self, model: Any, database: Any = db, **options: Any) -> None:
        super().__init__(model, database, **options)
        self._writers: dict[tuple[str, bool], RowWriter] = {}
        # parts of forms, by language, what is asked and scope, and until when they may be shown
        self._forms: dict[tuple[Any, ...], tuple[float, Markup]] = {}
        shown = [self._column(name) for name in self.column_list]
        extra = [self._column(name) for name in self.column_extra_list]
        self.shown = tuple(shown)
        self.listing = Listing(self.model, [*shown, *extra])
        self.sortable = {name: self._sortable(name) for name in self.column_sortable_list}
        self.narrowing = [filters.build(self._indexed(name)) for name in self.column_filters]
        default = self.column_default_sort or (self.listing.key_name, True)
        name, descending = (default, False) if isinstance(default, str) else default
        self.default_order = Order(self._sortable(name), descending)

    def _column(self, name: str) -> Column:
        label = self.column_labels.get(name) or LABELS.get(name, name)
        if name in self.column_expressions:
            return expression(name, label, self.column_expressions[name])
        return column(self.model, name, label, self.column_choices.get(name))

    def _sortable(self, name: str) -> Column:
        found = self._indexed(name)
        if not found.is_own:
            raise ValueError(f"{type(self).__name__}: {name!r} is in another table; do not sort by it")
        return found

    def _indexed(self, name: str) -> Column:
        found = self.listing.by_name.get(name) or self._column(name)
        if self.grows and not is_indexed(found):
            raise ValueError(
                f"{type(self).__name__}: no index begins with {name!r}; do not sort or filter by it"
            )
        return found

    # What Flask-Admin would derive from the model for its own list.
    def init_search(self) -> bool:
        """Say that Flask-Admin's own search is off."""
        return False

    def get_filters(self) -> None:
        """Say that Flask-Admin's own filters are off."""

    def get_list_columns(self) -> list[Any]:
        """Return nothing: the list is our own."""
        return []

    get_export_columns = scaffold_auto_joins = get_list_columns

    def get_sortable_columns(self) -> dict[Any, Any]:
        """Return nothing: the order is our own."""
        return {}

    def create_blueprint(self, admin: Any) -> Any:
        """Remember the address at which the site puts the list."""
        blueprint = super().create_blueprint(admin)
        self._address = f"{self.url}/"
        return blueprint

    def scaffold_list_form(self, *given: Any, **named: Any) -> Any:
        """Return an empty form: nothing is edited in the list."""
        return Form

    # What subclasses decide.
    def matching(self, text: str) -> ColumnElement[bool] | None:
        """Return the condition for the words of the search box, or None for no words."""
        sources = [getattr(self.model, name) for name in self.column_searchable_list]
        found = [or_(*(s.icontains(word, autoescape=True) for s in sources)) for word in words(text)]
        return and_(*found) if found else None

    def can_search(self) -> bool:
        """Return whether there is a search box."""
        return bool(self.column_searchable_list)

    def row_address(self) -> str | None:
        """Return the address of the row with key 0, or None when rows have no page."""
        return None

    def create_address(self) -> str | None:
        """Return the address of the form for a new row, or None when this person may not add one."""
        return None

    def asked(self) -> Asked:
        """Return what the address of this request asks for."""
        return read(
            db.session,
            request.args.to_dict(flat=False),
            matching=self.matching,
            always=self.conditions(),
            narrowing=self.narrowing,
            sortable=self.sortable,
            default=self.default_order,
        )

    @expose("/")
    def index_view(self) -> Any:
        """Show a page of the list."""
        asked = self.asked()
        if asked.problems:
            return self._render(asked, Page([], None, None)), 400
        page = self.listing.page(
            db.session,
            asked.criteria,
            asked.order,
            at=asked.at,
            backwards=asked.backwards,
            size=self.page_size,
        )
        return self._render(asked, page)

    @expose("/count/")
    def count_view(self) -> Any:
        """Return how many rows there are, counted no further than the cap; a part of the list page."""
        asked = self.asked()
        found = 0 if asked.problems else self.listing.count(db.session, asked.criteria)
        return gettext("%(count)s in all", count=f"{found:,}" if found <= CAP else f"{CAP:,}+")

    def _render(self, asked: Asked, page: Page) -> str:
        batch = self.steps()
        here = request.script_root + self._address
        writer = self._writer(bool(batch))
        return render_template(
            self.list_template,
            view=self,
            asked=asked,
            page=page,
            here=here,
            query=asked.address(),
            count=f"{here}count/{asked.address(['sort', 'desc'])}",
            filters=Markup(self._filter_form(asked, here)),  # noqa: S704 - templates wrote it
            chips=self._chips(asked),
            head=writer.head(asked, self.sortable, here),
            body=writer(page.rows),
            batch=batch,
            create_address=self.create_address(),
        )

    def _filter_form(self, asked: Asked, here: str) -> str:
        if not self.narrowing and not self.can_search():
            return Markup()
        alike = (language(), here)
        if asked.is_bare:
            return self._drawn(alike, lambda: self._draw_form(asked, here))
        return self._draw_form(asked, here)

    def _draw_form(self, asked: Asked, here: str) -> str:
        folded = self.narrowing[FIRST_FILTERS:]
        return render_template(
            "admin/register_filters.html",
            view=self,
            asked=asked,
            here=here,
            first=self.narrowing[:FIRST_FILTERS],
            folded=folded,
            is_unfolded=any(asked.given.get(name, [""])[0] for each in folded for name in each.names),
            control=partial(self._control, asked),
        )

    def _control(self, asked: Asked, each: Filter) -> Markup:
        """Return a filter as it is drawn; most of those beside the one in use ask for nothing."""
        given = tuple(tuple(asked.given.get(name, ())) for name in each.names)
        alike = (language(), each.names, given, each.names[0] in asked.problems)
        template = current_app.jinja_env.get_template("admin/register_control.html")
        return self._drawn(alike, lambda: template.render(each=each, asked=asked, session=db.session))

    def _drawn(self, alike: tuple[Any, ...], draw: Callable[[], str]) -> Markup:
        """Return what was drawn for the same before, in the same scope and not long ago."""
        alike += (db.session.info.get("scope", NOTHING),)
        known = self._forms.get(alike)
        if known is None or known[0] < monotonic():
            if len(self._forms) >= MOST_FORMS:
                self._forms.clear()
            drawn = Markup(draw())  # noqa: S704 - a template wrote it
            known = self._forms[alike] = (monotonic() + FORMS_FOR, drawn)
        return known[1]

    def _chips(self, asked: Asked) -> list[tuple[Text, str, str]]:
        """Return what the list is narrowed to: label, words, and the address without it."""
        if asked.is_bare:
            return []
        used = [each for each in self.narrowing if any(asked.given.get(name) for name in each.names)]
        said = [(each, each.words(db.session, asked.given)) for each in used]
        return [
            *([("", asked.words, asked.address(["q"]))] if asked.words else []),
            *((each.column.label, text, asked.address(each.names)) for each, text in said if text),
        ]

    def _writer(self, ticks: bool) -> RowWriter:
        locale = language()
        known = self._writers.get((locale, ticks))
        if known is None:
            known = self._writers[locale, ticks] = RowWriter(
                self.shown,
                leading=[name for name in self.column_links if name in self.column_list],
                formatters=self.column_formatters,
                address=self.row_address(),
                locale=locale,
                ticks=ticks,
                named=self.listing.named,
            )
        return known

    @expose("/export/<export_type>/")
    def export(self, export_type: str) -> Any:
        """Send the rows of the list as a sheet."""
        asked = self.asked()
        if not self.can_export or export_type not in self.export_types or asked.problems:
            raise NotFound
        if export_type == "csv":
            rows = exports.csv_rows(self._titles(), self._plain(), self._all(asked))
            return self._send(stream_with_context(rows), "csv", "text/csv; charset=utf-8")
        most = exports.MOST_XLSX_ROWS
        if self.listing.count(db.session, asked.criteria, most) > most:
            flash(
                gettext("More than %(count)d rows: narrow the list, or export it as CSV.", count=most),
                "warning",
            )
            return redirect(url_for(".index_view") + asked.address())
        file = exports.xlsx_file(self._titles(), self._plain(), self._all(asked))
        answer = self._send(iter(lambda: file.read(65536), b""), "xlsx", exports.XLSX)
        answer.call_on_close(file.close)
        return answer

    def _all(self, asked: Asked) -> Iterator[Any]:
        # The session of the request is closed before its last row is sent: these rows have one to themselves.
        own = db.sessionmaker()
        limit(own, db.session.info["scope"])
        return self._stream(own, asked)

    def _stream(self, own: Session, asked: Asked) -> Iterator[Any]:
        with own:
            yield from self.listing.stream(own, asked.criteria, asked.order, batch=exports.BATCH)

    def _titles(self) -> list[str]:
        return [str(shown.label) for shown in self.shown]

    def _plain(self) -> list[Any]:
        return [plain(shown) for shown in self.shown]

    def _send(self, content: Any, suffix: str, media_type: str) -> Response:
        name = f"{self.name}-{clock.today().isoformat()}.{suffix}"
        headers = {"Content-Disposition": exports.disposition(name)}
        return Response(content, content_type=media_type, headers=headers)


LABELS: dict[str, Text] = {
    "number": lazy_gettext("Number"),
    "title": lazy_gettext("Title"),
    "name": lazy_gettext("Name"),
    "status": lazy_gettext("State"),
    "review": lazy_gettext("Review"),
    "organization": lazy_gettext("Organization"),
    "owner": lazy_gettext("Owner"),
    "created_at": lazy_gettext("Created"),
}
