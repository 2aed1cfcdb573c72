"""How the values of a register are written: once as cells of a page, once as cells of a sheet."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache, partial
from typing import Any

from markupsafe import Markup, escape

from core import formats
from core.asked import Asked
from core.clock import SHANGHAI
from core.i18n import gettext
from core.marks import Nature
from core.register import Column

# (value, row) -> text or markup; the row has every column of the list as an attribute
Formatter = Callable[[Any, Any], Any]
Write = Callable[[Sequence[Any]], Sequence[str]]

NOTHING = "—"
_special = re.compile("[&<>'\"]").search
RIGHT = frozenset({"money", "number"})
TICK_ALL = (
    '<th class="tick" scope="col"><input type="checkbox" data-check-all="[name=rowid]" aria-label="%s"></th>'
)
CLASSES: dict[Nature, str] = {"money": "r", "number": "r", "day": "nowrap num", "moment": "nowrap num"}


class RowWriter:
    """Writes the rows of one list in one language; made once, used for every page."""

    def __init__(
        self,
        columns: Sequence[Column],
        *,
        leading: Sequence[str],
        formatters: Mapping[str, Formatter],
        address: str | None,  # of row 0
        locale: str,
        ticks: bool,
        named: Callable[..., Any],  # a row with its columns as attributes
    ) -> None:
        self._columns = [(column, str(escape(column.label))) for column in columns]
        self._writes = [_writer(column, locale) for column in columns]
        names = [column.name for column in columns]
        self._special = {i: formatters[name] for i, name in enumerate(names) if name in formatters}
        self._named = named
        # the headings of a list of which nothing is asked, by its address and its order
        self._heads: dict[tuple[str, str, bool], Markup] = {}
        self._leading = names.index(leading[0]) if leading else None
        self._line = _pattern(columns, leading, ticks, address).format
        self._tick_all = TICK_ALL % escape(gettext("Select all rows of this page")) if ticks else ""

    def __call__(self, rows: Sequence[Any]) -> Markup:
        """Return the table's rows; each column is written at one go."""
        if not rows:
            return Markup()
        keys, *values = zip(*rows, strict=True)
        cells = [write(column) for write, column in zip(self._writes, values, strict=False)]
        for position, formatter in self._special.items():
            cells[position] = [str(escape(formatter(row[position + 1], self._named(*row)))) for row in rows]
        names = cells[self._leading] if self._leading is not None else [str(key) for key in keys]
        lines = zip(keys, names, *cells, strict=True)
        return Markup("".join([self._line(*line) for line in lines]))  # noqa: S704 - written by _writer

    def head(self, asked: Asked, sortable: Mapping[str, Column], here: str) -> Markup:
        """Return the row of headings; those that can be sorted by lead to the list so sorted."""
        bare = (here, asked.order.column.name, asked.order.descending) if asked.is_bare else None
        known = self._heads.get(bare) if bare else None
        if known is None:
            known = self._head(asked, sortable, here)
            if bare:
                self._heads[bare] = known
        return known

    def _head(self, asked: Asked, sortable: Mapping[str, Column], here: str) -> Markup:
        by, down = asked.order.column.name, asked.order.descending
        cells = [self._tick_all]
        for column, label in self._columns:
            look = ' class="r"' if column.nature in RIGHT else ""
            if column.name == by:
                look += f' aria-sort="{"descending" if down else "ascending"}"'
            if column.name in sortable:
                again = asked.address(sort=column.name, desc="1" if column.name == by and not down else "")
                label = f'<a href="{escape(here + again)}">{label}</a>'
            cells.append(f'<th scope="col"{look}>{label}</th>')
        return Markup(f"<tr>{''.join(cells)}</tr>")  # noqa: S704 - labels and addresses went through escape


def _pattern(columns: Sequence[Column], leading: Sequence[str], ticks: bool, address: str | None) -> str:
    before, _zero, after = (address or "").rpartition("0")
    link = f'<a href="{_literal(str(escape(before)))}{{0}}{_literal(str(escape(after)))}">'
    box = (
        '<td class="tick"><input type="checkbox" name="rowid" value="{0}" form="batch" '
        f'aria-label="{_literal(str(escape(gettext("Select"))))} {{1}}"></td>'
    )
    cells = [box] if ticks else []
    for i, column in enumerate(columns, start=2):
        label = _literal(str(escape(column.label)))
        look = CLASSES.get(column.nature)
        kind = f' class="{look}"' if look else ""
        inside = f"{link}{{{i}}}</a>" if address and column.name in leading else f"{{{i}}}"
        cells.append(f'<td{kind} data-label="{label}">{inside}</td>')
    return f"<tr>{''.join(cells)}</tr>\n"


def _literal(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")


def _writer(column: Column, locale: str) -> Write:
    if column.nature == "choice":
        return _each(_chosen(column))
    if column.nature == "yes_no":
        return _each({True: gettext("Yes"), False: gettext("No")}.get)
    if column.nature == "day":
        return _each(partial(written_day, locale=locale))
    writers: dict[Nature, Callable[[Any], str]] = {"money": formats.money, "moment": _moment, "number": str}
    known = writers.get(column.nature)
    return _each(known) if known else _texts


def _each(write: Callable[[Any], Any]) -> Write:
    return lambda values: [NOTHING if value is None else write(value) for value in values]


def _texts(values: Sequence[Any]) -> Sequence[str]:
    # Hardly any text needs escaping: one look at all of them together tells.
    texts = [value or NOTHING for value in values]
    if all(type(text) is str for text in texts) and not _special("".join(texts)):
        return texts
    return [str(escape(text)) for text in texts]


def _chosen(column: Column) -> Callable[[Any], Any]:
    members = column.source.type.enum_class
    return {m: f'<span class="tag">{escape(column.choices.get(m, m.value))}</span>' for m in members}.get


@lru_cache(4096)
def written_day(value: date, locale: str) -> str:
    """Write a day in the language of the page."""
    return formats.day(value)


def _moment(value: datetime) -> str:
    return value.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")


def plain(column: Column) -> Callable[[Any], Any]:
    """Return how a value goes into a sheet: numbers and days as themselves, the rest as text."""
    if column.nature == "choice":
        words = {m: str(column.choices.get(m, m.value)) for m in column.source.type.enum_class}
        return words.get
    if column.nature == "yes_no":
        words_of = {True: gettext("Yes"), False: gettext("No")}
        return words_of.get
    if column.nature == "moment":
        return lambda value: value.astimezone(SHANGHAI).replace(tzinfo=None) if value else None
    return lambda value: value


def is_numeric(value: Any) -> bool:
    """Return whether a sheet may take the value as a number."""
    return isinstance(value, int | Decimal) and not isinstance(value, bool)
