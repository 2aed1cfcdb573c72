"""Workbooks that leave: the template of a sheet, and a file handed back with its problems marked."""

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from typing import IO, Any

import xlsxwriter

from core.i18n import gettext, language
from core.ledger.archive import letters
from core.ledger.cells import day, offered
from core.ledger.checking import Check, Line
from core.ledger.samples import sample_of, title_in
from core.ledger.sheets import Column, Sheet

OPTIONS = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
ROWS_TO_FILL = 2_000
MOST_WHOLE = 20_000
HEADING, EXAMPLE, WRONG, LATE = "#E7F0F9", "#5B6778", "#FDEAE9", "#A2191F"
FORMATS = {"date": "yyyy-mm-dd", "money": "#,##0.00", "integer": "0"}


@contextmanager
def _book(file: IO[bytes], **more: Any) -> Iterator[Any]:
    with xlsxwriter.Workbook(file, {**OPTIONS, **more}) as book:
        yield book


def template(sheet: Sheet) -> IO[bytes]:
    """Return an open workbook to be filled in: headings, an example, lists to choose from, a dictionary."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the caller sends it, and closes it by letting go
    with _book(file) as book:
        page = book.add_worksheet(str(sheet.label)[:31])
        words = book.add_worksheet(gettext("Dictionary"))
        _fill_dictionary(book, words, sheet)
        for position, column in enumerate(sheet.columns):
            _fill_column(book, page, words.get_name(), position, column)
        page.freeze_panes(1, 0)
        page.activate()
    file.seek(0)
    return file


def heading_of(column: Column) -> str:
    """Return what the template writes over a column."""
    title = title_in(column, chinese=_is_chinese())
    unit = gettext("(yuan)") if column.type == "money" else ""
    return f"{title}{unit}{'*' if column.required else ''}"


def _fill_column(book: Any, page: Any, words: str, position: int, column: Column) -> None:
    form = {"num_format": FORMATS.get(column.type, "@")}
    page.set_column(position, position, 12 if column.type in FORMATS else 20, book.add_format(form))
    bold = book.add_format({"bold": True, "bg_color": HEADING, "text_wrap": True, "valign": "vcenter"})
    page.write_string(0, position, heading_of(column), bold)
    _write_example(page, position, column, book.add_format({**form, "italic": True, "font_color": EXAMPLE}))
    rule = _rule(words, position, column)
    if rule:
        page.data_validation(1, position, ROWS_TO_FILL, position, rule)


def _write_example(page: Any, position: int, column: Column, form: Any) -> None:
    sample = sample_of(column)
    if column.type == "date":
        page.write_datetime(1, position, day(sample), form)
    elif column.type in {"money", "integer"}:
        page.write_number(1, position, float(sample), form)
    else:
        page.write_string(1, position, sample, form)


def _rule(words: str, position: int, column: Column) -> dict[str, Any] | None:
    """Return what the spreadsheet itself may check while somebody types."""
    asked = {"input_title": title_in(column, chinese=_is_chinese())[:32], "input_message": _how(column)[:255]}
    if column.type == "choice":
        where = letters(DICTIONARY_COLUMNS + position + 1)
        source = f"='{words}'!${where}$2:${where}${len(offered(column)) + 1}"
        return {**asked, "validate": "list", "source": source}
    if column.type == "boolean":
        return {**asked, "validate": "list", "source": ["是", "否"]}
    if column.type == "date":
        limits = {"minimum": date(1950, 1, 1), "maximum": date(2199, 12, 31)}
        return {**asked, "validate": "date", "criteria": "between", **limits}
    if column.type == "money":
        return {**asked, "validate": "decimal", "criteria": ">=", "value": 0}
    if column.type == "integer":
        return {**asked, "validate": "integer", "criteria": ">=", "value": 0}
    return {**asked, "validate": "length", "criteria": "<=", "value": column.longest}


DICTIONARY_COLUMNS = 4


def _fill_dictionary(book: Any, page: Any, sheet: Sheet) -> None:
    """Write a line for each column, and beside them the words of each column of choices."""
    bold, wrap = book.add_format({"bold": True, "bg_color": HEADING}), book.add_format({"text_wrap": True})
    titles = (gettext("Column"), gettext("Needed"), gettext("How it is written"))
    for position, title in enumerate(titles):
        page.write_string(0, position, title, bold)
    page.set_column(0, 0, 20)
    page.set_column(2, 2, 48)
    for row, column in enumerate(sheet.columns, start=1):
        page.write_string(row, 0, heading_of(column))
        page.write_string(row, 1, gettext("Yes") if column.required else gettext("No"))
        page.write_string(row, 2, _how(column), wrap)
        if column.type == "choice":
            place = DICTIONARY_COLUMNS + row - 1
            page.write_string(0, place, title_in(column, chinese=_is_chinese()), bold)
            page.set_column(place, place, 18)
            for line, word in enumerate(offered(column), start=1):
                page.write_string(line, place, word)
    page.freeze_panes(1, 0)


def _how(column: Column) -> str:
    if column.type == "choice":
        return gettext("One of: %(words)s", words="、".join(offered(column)))
    if column.type == "text":
        return gettext("Text of at most %(longest)d characters.", longest=column.longest)
    said = {
        "boolean": gettext("Yes or no: 是 or 否."),
        "date": gettext("A day such as 2026-03-02."),
        "integer": gettext("A whole number."),
        "money": gettext("An amount in yuan with at most two decimal places."),
    }
    return said[column.type]


def _is_chinese() -> bool:
    return language().startswith("zh")


# -- handed back ---------------------------------------------------------------------------------------------


def corrections(
    top: Sequence[tuple[int, Sequence[Any]]], rows: Iterable[Sequence[Any]], check: Check, *, total: int
) -> IO[bytes]:
    """Return an open workbook with the rows of a file where they stood, the wrong cells marked and explained.

    Of a very long file only the wrong rows are written; they keep their places all the same.
    """
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the caller sends it, and closes it by letting go
    with _book(file, constant_memory=True) as book:
        marker = _Marker(book, check)
        for number, cells in top:
            if number <= check.plan.heading_row:
                marker.write_above(number, cells)
        kept: list[Sequence[Any]] = []
        for batch in check.batches(_remembering(rows, kept)):
            wrong = {line.number: line for line in batch.wrong}
            for raw in kept:
                if total <= MOST_WHOLE or raw[0] in wrong:
                    marker.write(raw, wrong.get(raw[0]))
            kept.clear()
    file.seek(0)
    return file


def _remembering(rows: Iterable[Sequence[Any]], kept: list[Sequence[Any]]) -> Iterator[Sequence[Any]]:
    for row in rows:
        kept.append(row)
        yield row


class _Marker:
    """Writes rows to where they stood, and beside them what is wrong."""

    def __init__(self, book: Any, check: Check) -> None:
        self.page = book.add_worksheet(check.plan.sheet[:31] or None)
        self.positions = check.positions
        self.last = max(self.positions) + 1
        self.heading_row = check.plan.heading_row
        self.wrong = book.add_format({"bg_color": WRONG, "font_color": LATE})
        self.bold = book.add_format({"bold": True, "bg_color": HEADING})
        self.page.set_column(0, self.last - 1, 16)
        self.page.set_column(self.last, self.last, 70)

    def write_above(self, number: int, cells: Sequence[Any]) -> None:
        """Write a row of the title or the headings."""
        form = self.bold if number == self.heading_row else None
        for position, cell in enumerate(cells[: self.last]):
            self._put(number, position, cell, form)
        if number == self.heading_row:
            self.page.write_string(number - 1, self.last, gettext("Problems"), self.bold)

    def write(self, raw: Sequence[Any], line: Line | None) -> None:
        """Write a row with what is wrong with it."""
        problems = line.problems if line else []
        marked = {problem.position for problem in problems}
        for position, cell in zip(self.positions, raw[1:], strict=True):
            self._put(raw[0], position, cell, self.wrong if position in marked else None)
        if problems:
            said = "; ".join(f"{problem.cell} {problem.column}: {problem.message}" for problem in problems)
            self.page.write_string(raw[0] - 1, self.last, said[:32_000], self.wrong)

    def _put(self, number: int, position: int, cell: Any, form: Any) -> None:
        if cell is None or cell == "":
            if form:
                self.page.write_blank(number - 1, position, None, form)
        elif isinstance(cell, bool):
            self.page.write_boolean(number - 1, position, cell, form)
        elif isinstance(cell, int | float):
            self.page.write_number(number - 1, position, cell, form)
        else:
            self.page.write_string(number - 1, position, str(cell), form)
