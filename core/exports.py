"""A register as a sheet: CSV streamed row by row, XLSX in bounded memory; no cell is ever a formula."""

import csv
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from io import StringIO
from typing import IO, Any
from urllib.parse import quote

import xlsxwriter

BOM = "\ufeff"  # without it a Chinese Excel reads UTF-8 as GBK
BATCH = 2000
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_XLSX_ROWS = 200_000
# The first character by which a spreadsheet takes a text for a formula; full-width forms included.
FORMULA_STARTS = frozenset("=+-@\t\r\n＝＋－＠")

Writers = Sequence[Callable[[Any], Any]]


def csv_rows(titles: Sequence[str], writers: Writers, rows: Iterable[Any]) -> Iterator[str]:
    """Yield the CSV text, a batch of rows at a time; rows are (id, *values)."""
    buffer = StringIO()
    buffer.write(BOM)
    sheet = csv.writer(buffer)
    sheet.writerow([_cell(title) for title in titles])
    for number, row in enumerate(rows, start=1):
        sheet.writerow([_cell(write(value)) for write, value in zip(writers, row[1:], strict=False)])
        if number % BATCH == 0:
            yield _drain(buffer)
    yield _drain(buffer)


def _drain(buffer: StringIO) -> str:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text


def _cell(value: Any) -> Any:
    if isinstance(value, str):
        return f"'{value}" if value[:1] in FORMULA_STARTS else value
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M")
    return value


def xlsx_file(titles: Sequence[str], writers: Writers, rows: Iterable[Any]) -> IO[bytes]:
    """Return an open temporary file that holds the workbook, at its beginning."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the caller sends and closes it
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "default_date_format": "yyyy-mm-dd",
    }
    with xlsxwriter.Workbook(file, options) as book:
        _fill(book, titles, writers, rows)
    file.seek(0)
    return file


def _fill(book: Any, titles: Sequence[str], writers: Writers, rows: Iterable[Any]) -> None:
    sheet = book.add_worksheet()
    money = book.add_format({"num_format": "#,##0.00"})
    moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, len(titles) - 1, 18)
    heading = book.add_format({"bold": True, "bg_color": "#E7F0F9"})
    for position, title in enumerate(titles):
        sheet.write_string(0, position, title, heading)
    for line, row in enumerate(rows, start=1):
        for position, write in enumerate(writers):
            _put(sheet, line, position, write(row[position + 1]), money, moment)


def _put(sheet: Any, line: int, position: int, value: Any, money: Any, moment: Any) -> None:
    if value is None:
        return
    if isinstance(value, datetime):
        sheet.write_datetime(line, position, value, moment)
    elif isinstance(value, date):
        sheet.write_datetime(line, position, value)
    elif isinstance(value, Decimal):
        sheet.write_number(line, position, value, money)
    elif isinstance(value, int):
        sheet.write_number(line, position, value)
    else:
        sheet.write_string(line, position, str(value))


def disposition(filename: str) -> str:
    """Return the header that names the file, in Chinese too (RFC 5987 beside an ASCII fallback)."""
    stem, _, suffix = filename.rpartition(".")
    fallback = "".join(c for c in stem if c.isascii() and (c.isalnum() or c in "-_")) or "export"
    return f"attachment; filename=\"{fallback}.{suffix}\"; filename*=UTF-8''{quote(filename, safe='')}"
